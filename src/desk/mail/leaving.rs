//! The words of leaving the programme, of calling off, of changing an address: folded, lower case, without blanks.

/// To leave the programme: by their meaning.
pub(super) const WITHDRAWS: &[&str] = &["辞退", "取り下げ", "取下げ", "取りさげ", "棄権"];
/// To call something off: what, is said beside.
pub(super) const CALLS_OFF: &[&str] = &[
    "キャンセル",
    "見送",
    "見合わせ",
    "取りやめ",
    "取り止め",
    "取止め",
    "とりやめ",
    "断念",
    "参加できなくな",
    "参加できませ",
    "参加しないこと",
    "不参加",
    "降り",
    "中止",
    "辞め",
    "白紙",
];
/// What one takes part in.
pub(super) const TAKES_PART: &[&str] =
    &["参加", "申込", "申し込", "応募", "申請", "事業", "自己診断", "今回", "エントリー", "プログラム"];
/// Said as done, decided or wished.
pub(super) const DECLARES: &[&str] = &[
    "させていただ",
    "させて頂",
    "いたします",
    "致します",
    "します",
    "することに",
    "ことになり",
    "こととなり",
    "ことといたし",
    "ことにいたし",
    "ことにし",
    "ことと致し",
    "したい",
    "したく",
    "いたしたく",
    "たいと",
    "をお願い",
    "でお願い",
    "のお願い",
    "ます。",
    "です。",
    "りました",
    "しました",
    "ください",
    "下さい",
];
/// Weighed, denied, asked about: not done.
pub(super) const HEDGES: &[&str] = &[
    "場合",
    "検討して",
    "検討中",
    "検討させ",
    "検討したい",
    "検討も",
    "を検討",
    "扱い",
    "わけでは",
    "ではありません",
    "ではございません",
    "つもりはあ",
    "ことなく",
    "せずに",
    "せず、",
    "手続",
    "かも",
    "れば",
    "可能性",
    "方法",
    "すべき",
    "迷って",
    "悩んで",
    "考えて",
    "前に",
    "撤回",
    "なかったこと",
    "無かったこと",
    "手違い",
    "参加させてください",
    "参加させて下さい",
    "続けさせて",
    "取り消",
    "辞退しません",
    "辞退はしません",
    "他社",
    "先日辞退",
];
/// A date with an advisor, which can be called off without leaving the programme.
pub(super) const MEETING: &[&str] = &[
    "面談",
    "日程",
    "日時",
    "訪問",
    "来社",
    "予約",
    "アドバイス",
    "アドバイザー",
    "打ち合わせ",
    "打合せ",
    "会議",
    "zoom",
    "teams",
    "オンライン",
    "日を改",
    "別の日",
    "延期",
    "説明会",
    "セミナー",
    "出席",
    "代わり",
    "時から",
];
/// An address to write to.
pub(super) const ADDRESS: &[&str] = &["アドレス", "連絡先", "宛先", "送信先", "送付先", "e-mail"];
/// Changed.
pub(super) const CHANGES: &[&str] = &[
    "変更になり",
    "変更いたし",
    "変更致し",
    "変更しま",
    "変更をお願",
    "変更のお知らせ",
    "変更のご連絡",
    "変更お知らせ",
    "変更とな",
    "変更後の",
    "後任",
    "引き継",
    "引継",
    "変わりまし",
    "変わります",
    "交代",
    "切り替え",
    "新しいアドレス",
    "新アドレス",
    "異動",
    "退職",
];
/// Who is written to.
pub(super) const IN_CHARGE: &[&str] = &["担当", "窓口"];
/// Said of people, with が or は: 「担当が鈴木に変わりました」.
pub(super) const REPLACED: &[&str] = &[
    "変わりまし",
    "変わります",
    "変わった",
    "代わりまし",
    "代わります",
    "交代",
    "異動",
    "退職",
    "変更にな",
    "変更とな",
];
/// Said of people as what is changed: 「担当を佐藤に変更します」.
pub(super) const REPLACES: &[&str] =
    &["変更しま", "変更いたし", "変更致し", "変更をお願", "変更のお知らせ", "変更のご連絡", "変更させ", "変更する"];
/// From now on.
pub(super) const FROM_NOW_ON: &[&str] =
    &["今後は", "今後のご連絡", "今後の連絡", "今後のメール", "これからは", "以後は", "以後、"];

/// Another company, whose file came along.
pub(super) const OTHERS: &[&str] = &[
    "別の会社",
    "別会社",
    "他社",
    "他の会社",
    "ほかの会社",
    "別の企業",
    "他の企業",
    "他企業",
    "違う会社",
    "別のお客",
    "他のお客",
    "別の顧客",
    "他の顧客",
    "別法人",
    "別の事業者",
    "関連会社の",
    "グループ会社の",
    "親会社の",
    "子会社の",
];
/// Whose files a company has anyway: only where it says that one was sent.
pub(super) const PARTNERS: &[&str] = &["顧客の", "取引先の", "お客様の", "得意先の"];
/// What came along.
pub(super) const FILES: &[&str] =
    &["ファイル", "添付", "データ", "エクセル", "excel", "フォーマット", "シート", "書類", "自己診断"];
/// As `FILES`, behind a company's name: 「他社のものでした」.
pub(super) const THEIRS: &[&str] =
    &["のものでした", "の分でした", "のものになって", "のものが", "のものを", "の分が", "の分を"];
/// It came along.
pub(super) const CAME_ALONG: &[&str] = &[
    "混じっ",
    "混ざっ",
    "混入",
    "紛れ",
    "まぎれ",
    "入ってしま",
    "入っていました",
    "入っておりました",
    "のものでした",
    "の分でした",
];
/// It was sent.
pub(super) const SENT: &[&str] =
    &["添付し", "送付し", "送信し", "送って", "送りし", "送りいたし", "送り致し", "誤送", "提出し", "添付いたし"];
/// By mistake.
pub(super) const BY_MISTAKE: &[&str] = &["誤って", "間違", "誤送", "まちがえ", "手違い", "うっかり", "てしま"];
/// Said as done, or with an apology.
pub(super) const OWNED_UP: &[&str] = &[
    "ました",
    "でした",
    "てしま",
    "申し訳",
    "お詫び",
    "失礼",
    "すみません",
    "削除をお願",
    "削除くだ",
    "削除して",
    "削除いただ",
    "破棄をお願",
    "破棄くだ",
    "破棄して",
    "破棄いただ",
    "差し替え",
];
/// Wished of us: 「取引先のデータが混ざっておりますので、破棄してください」.
pub(super) const TO_BE_DELETED: &[&str] = &[
    "削除してください",
    "削除して下さい",
    "削除をお願",
    "削除くだ",
    "削除いただ",
    "破棄してください",
    "破棄して下さい",
    "破棄をお願",
    "破棄くだ",
    "破棄いただ",
];
/// A file takes the place of one that was sent before.
pub(super) const AGAIN: &[&str] = &[
    "差し替え",
    "差替",
    "再送",
    "再提出",
    "再度",
    "送り直",
    "出し直",
    "誤り",
    "誤って",
    "間違",
    "まちが",
    "訂正",
    "修正",
    "改訂",
    "最新",
    "更新版",
    "正しい",
    "正しく",
    "改めて",
    "あらためて",
];
/// Supposed, forbidden or a rule: the small print under a mail.
pub(super) const SUPPOSED: &[&str] = &[
    "場合",
    "の際",
    "ないよう",
    "ことがな",
    "ことがあ",
    "ことのな",
    "おそれ",
    "恐れがあ",
    "可能性",
    "防ぐ",
    "防止",
    "万一",
    "万が一",
];
