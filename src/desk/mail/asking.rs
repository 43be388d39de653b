//! Whether a sentence asks: a question that somebody has to answer, and not politeness or an offer of dates in its form.

/// A question, however polite.
pub(super) const ASKS: &[&str] = &[
    "でしょうか",
    "ますか",
    "ですか",
    "ませんか",
    "ましょうか",
    "?",
    "教えて",
    "教示",
    "お尋ね",
    "おたずね",
    "質問",
    "問い合わせ",
    "問合せ",
    "問い合せ",
    "お伺い",
    "伺いたい",
    "分かりません",
    "わかりません",
    "分からない",
    "わからない",
    "どうすれば",
    "どうしたら",
    "可能か",
    "いつまで",
    "相談",
    "不明な点が",
    "知りたい",
    "困ってお",
    "取材",
];
/// Words of asking in sentences that ask nothing.
pub(super) const NOT_ASKED: &[&str] = &[
    "質問はありません",
    "質問はございません",
    "質問は特に",
    "質問なし",
    "質問等は",
    "質問も",
    "質問の件",
    "質問いただ",
    "質問頂",
    "相談した結果",
    "相談の結果",
    "相談しました結果",
    "相談のうえ",
    "相談の上",
];
/// Words of asking, as subjects have them.
pub(super) const SUBJECT_ASKS: &[&str] = &[
    "質問",
    "問い合わせ",
    "問合せ",
    "問い合せ",
    "お尋ね",
    "おたずね",
    "相談",
    "教えて",
    "ご教示",
    "について伺",
    "お伺い",
];
/// How a sentence's question ends.
const MARKS: [&str; 7] = ["でしょうか", "ましょうか", "ませんか", "ますか", "ですか", "ないか", "?"];
/// Endings that ask a favour, without their ます.
const FAVOURS: [&str; 21] = [
    "いただけ",
    "頂け",
    "戴け",
    "もらえ",
    "ください",
    "下さい",
    "願え",
    "お願いでき",
    "お願い出来",
    "お願い可能",
    "お願いいたし",
    "お願いしてもよろしい",
    "お願い申し上げてもよろしい",
    "お願いしても大丈夫",
    "いただくことは可能",
    "頂くことは可能",
    "いただくことはでき",
    "頂くことはでき",
    "いただくことができ",
    "いただいてもよろしい",
    "頂いてもよろしい",
];
/// What the desk does with any mail: to ask for it asks nothing.
const DONE_ANYWAY: [&str; 27] = [
    "確認",
    "査収",
    "検討",
    "調整",
    "手配",
    "受け取り",
    "受取り",
    "受領",
    "取り計らい",
    "取計らい",
    "目通し",
    "高覧",
    "覧",
    "一読",
    "了承",
    "了解",
    "容赦",
    "承知おき",
    "理解",
    "受理",
    "お収め",
    "お納め",
    "申し付け",
    "申しつけ",
    "処理",
    "ご対応",
    "協力",
];
/// What the desk tells anyway, where it is about dates or in case of something.
const TOLD_ANYWAY: [&str; 16] = [
    "知らせ",
    "連絡",
    "返信",
    "返事",
    "回答",
    "一報",
    "提示",
    "案内",
    "候補を",
    "候補日を",
    "日程を",
    "日時を",
    "指定",
    "決め",
    "設定",
    "相談",
];
/// Dates for the meeting, and conditions.
const DATES_OR_CASES: [&str; 19] = [
    "日程",
    "日時",
    "候補",
    "都合",
    "空き",
    "決まり",
    "決まったら",
    "確定",
    "スケジュール",
    "ございましたら",
    "ありましたら",
    "あれば",
    "の場合は",
    "の際は",
    "次第",
    "難しいよう",
    "不都合",
    "都合が悪",
    "合わな",
];
/// Endings that offer.
const OFFERS: [&str; 25] = [
    "いかが",
    "如何",
    "よろしい",
    "宜しい",
    "よい",
    "良い",
    "いい",
    "可能",
    "大丈夫",
    "問題ない",
    "問題ありません",
    "問題ございません",
    "問題あり",
    "問題ござい",
    "差し支えない",
    "構わない",
    "構い",
    "かまわない",
    "かまい",
    "どう",
    "お願いでき",
    "お願い出来",
    "お願い可能",
    "ご都合がつき",
    "空いて",
];
/// What is offered, beside days and hours: a method, or what was written just before.
const OFFERED: [&str; 30] = [
    "オンライン",
    "対面",
    "zoom",
    "teams",
    "リモート",
    "web",
    "これ",
    "こちら",
    "以上",
    "上記",
    "下記",
    "前記",
    "添付",
    "この内容",
    "この形",
    "その日",
    "その時間",
    "いずれか",
    "どちらか",
    "都合",
    "日程",
    "日時",
    "候補",
    "時間帯",
    "スケジュール",
    "ほかの日",
    "他の日",
    "別の日",
    "あたり",
    "いつ頃",
];
/// What a question with such an ending may really be about.
const TOPICS: [&str; 52] = [
    "提出",
    "締切",
    "締め切",
    "〆切",
    "期限",
    "延長",
    "申込",
    "申し込",
    "記入",
    "空欄",
    "欄",
    "費用",
    "料金",
    "無料",
    "有料",
    "金額",
    "参加",
    "出席",
    "同席",
    "対象",
    "必要",
    "不要",
    "印",
    "マクロ",
    "録画",
    "録音",
    "持ち物",
    "場所",
    "会場",
    "変更",
    "資料",
    "説明会",
    "以外",
    "ファイル",
    "様式",
    "書式",
    "アドレス",
    "契約",
    "支援",
    "補助",
    "社長",
    "何",
    "誰",
    "どなた",
    "どこ",
    "どの",
    "いくら",
    "場合",
    "担当",
    "結果",
    "名で",
    "レベル",
];
/// Words that ask for something in particular.
const ASKS_FOR: [&str; 13] =
    ["いつまで", "何時", "何日", "何名", "何を", "何が", "どこ", "どの", "どう", "いくら", "誰", "どなた", "なぜ"];
/// Behind 「ご質問」, these make it the reader's.
const IN_CASE: [&str; 5] = ["ございましたら", "ありましたら", "あれば", "がある場合", "がございます場合"];

/// Whether a sentence without blanks asks. `offered`: the mail hands in or tells wishes, so favours that are done anyway
/// and offers ask nothing: 「ご確認いただけますでしょうか」, 「24日の13時でいかがでしょうか」.
pub(super) fn asks(sentence: &str, offered: bool) -> bool {
    // 「特に質問はありません」「社内で相談した結果」 ask nothing; what else the sentence says may
    let said = NOT_ASKED.iter().fold(in_no_case(sentence), |it, words| it.replace(words, ""));
    if !offered {
        return has(&said, ASKS) || ends_asking(&said);
    }
    let mut rest = said.as_str();
    let mut plain = String::new();
    // a bound: no sentence asks more often
    for _ in 0..20 {
        let Some((at, mark)) = first_mark(rest) else { break };
        let (piece, behind) = (rest.get(..at).unwrap_or(""), rest.get(at + mark.len()..).unwrap_or(""));
        if !piece.is_empty() && !is_favour(piece) && !is_offer(piece) && !asks_when(piece) {
            return true;
        }
        plain.push_str(piece);
        rest = behind.trim_start_matches(['?', '。']);
    }
    plain.push_str(rest);
    has(&plain, ASKS) || ends_asking(rest)
}

/// 「どうなりましたか」: a sentence or line whose last word is か asks, unless it is 「いつか」 and the like.
pub(super) fn ends_asking(sentence: &str) -> bool {
    let bare = sentence.trim_end_matches(['。', '!', '?', '.', ' ']);
    bare.ends_with('か')
        && !["いつか", "なにか", "何か", "どこか", "ほか", "なか", "わずか", "ばか", "せっか"]
            .iter()
            .any(|it| bare.ends_with(it))
}

/// Without 「ご質問等ございましたら」: a question that somebody else may have.
fn in_no_case(sentence: &str) -> String {
    let words = ["質問", "問い合わせ", "問合せ", "相談", "不明な点が"];
    let behind = |at: usize| sentence.get(at..).unwrap_or("").chars().take(16).collect::<String>();
    let theirs = |word: &&&str| sentence.find(**word).is_some_and(|at| has(&behind(at), &IN_CASE));
    words.iter().filter(theirs).fold(sentence.to_owned(), |it, word| it.replace(word, ""))
}

fn first_mark(text: &str) -> Option<(usize, &'static str)> {
    MARKS.iter().filter_map(|it| text.find(it).map(|at| (at, *it))).min()
}

/// What stands before the end of a question, without its ます and ません.
fn stem(piece: &str) -> &str {
    ["ません", "ます", "ない", "るの", "る", "です"].iter().find_map(|it| piece.strip_suffix(it)).unwrap_or(piece)
}

/// 「ご確認いただけます（でしょうか）」: a favour that is done anyway, and no question in its words.
fn is_favour(piece: &str) -> bool {
    let stem = stem(piece);
    let Some(asked) = FAVOURS.iter().filter_map(|it| stem.strip_suffix(it)).min_by_key(|it| it.len()) else {
        return false;
    };
    let verb = asked.trim_end_matches("よう").trim_end_matches(['を', 'は', 'の', '、']);
    let verb = ["のほど", "の程", "のうえ", "の上", "して", "し", "ます", "まで"]
        .iter()
        .fold(verb, |it, end| it.trim_end_matches(end));
    let verb = verb.trim_end_matches(['を', 'は', 'も', '、']);
    let ends = |words: &[&str]| words.iter().any(|it| verb.ends_with(it) || asked.ends_with(it));
    if is_about_dates(piece) {
        return true;
    }
    !has(asked, &ASKS_FOR) && (ends(&DONE_ANYWAY) || (ends(&TOLD_ANYWAY) && has(asked, &DATES_OR_CASES)))
}

/// 「別の日を挙げていただけます（か）」, 「どの日程がご都合よろしい（でしょうか）」: our dates are wanted, which we offer anyway.
fn is_about_dates(piece: &str) -> bool {
    let dates = ["日程", "日時", "都合", "候補", "別日", "別の日", "ほかの日", "他の日", "空き"];
    let topic = piece.replace("どの日程", "日程").replace("どの日", "日程");
    has(piece, &dates) && !has(&topic, &TOPICS) && !has(piece, &["いつまで", "何日まで"])
}

/// 「12/4の午後でいかが（でしょうか）」: days, hours, a method or what was just said, and nothing else is spoken of.
fn is_offer(piece: &str) -> bool {
    let whole = piece.strip_suffix("です").unwrap_or(piece);
    let by = |it: &str| OFFERS.iter().filter_map(|end| it.strip_suffix(end)).min_by_key(|it| it.len()).map(str::len);
    let Some(end) = by(whole).or_else(|| by(stem(piece))) else { return false };
    let offered = piece.get(..end).unwrap_or("").replace("添付ファイル", "添付");
    let mut clauses =
        offered.rsplit(['、', ',', '。']).map(|it| it.trim_end_matches(['は', 'で', 'が', 'も', 'に'])).take(3);
    let Some(clause) = clauses.find(|it| !it.is_empty()) else { return true };
    !has(clause, &TOPICS) && (names_a_time(clause) || has(clause, &OFFERED))
}

/// 「ご都合つき（ますでしょうか）」, 「どの日程がご都合よろしい（でしょうか）」.
fn asks_when(piece: &str) -> bool {
    piece.contains("都合") && is_about_dates(piece)
}

/// Digits with the marks of a date.
pub(super) fn names_a_day(clause: &str) -> bool {
    clause.contains(|it: char| it.is_ascii_digit()) && clause.contains(['/', '月', '日'])
}

/// Digits with the marks of a date or clock, a weekday, a part of the day or a week.
fn names_a_time(clause: &str) -> bool {
    let digit = clause.contains(|it: char| it.is_ascii_digit() || "一二三四五六七八九十".contains(it));
    (digit && clause.contains(['/', '月', '日', '時', ':']))
        || has(
            clause,
            &[
                "午前",
                "午後",
                "曜",
                "来週",
                "再来週",
                "今週",
                "夕方",
                "終日",
                "平日",
                "明日",
                "年明け",
                "上旬",
                "中旬",
                "下旬",
            ],
        )
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}
