//! The words around dates: which join them, and which say whether a date is wished for.

use std::{collections::HashMap, sync::LazyLock};

/// What a word says about the date beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// The date suits: 可, 大丈夫, 希望.
    Yes,
    /// The talk is of dates for the meeting: 日程, 候補.
    Topic,
    /// Polite words that follow a wish, and much else: お願い.
    Weak,
    /// The date does not suit: 不可.
    No,
    /// All but what stands before it: 以外, を除いて.
    Except,
    /// What was named before is left out: それ以外.
    Rest,
    /// Something else takes place then: 会議. Says less than any other word.
    Busy,
    /// The hours behind it are free: 会議が終わる15時から.
    After,
    /// The date is about something else: 送付, 連絡.
    Other,
    /// As `Other`, and a date may follow it too: 締切8/19.
    Thing,
    /// Nobody is there, or there is a reason why not: 出張, のため.
    Away,
    /// As `Away`, but a reason for anything: のため.
    Because,
    /// One day takes the place of another: に変更.
    Change,
    /// So does what follows: ではなく, の代わりに.
    Instead,
    /// Called off: キャンセル.
    Cancel,
    /// Called off, directly behind the day: はなしで. 「録画はなしで」 leaves out something else.
    Dropped,
    /// Something was called off, mostly what stood in the way: キャンセルになりましたので.
    Freed,
    /// What stood there was wrong: 誤:.
    Wrong,
    /// And this is right: 正:, 正しくは.
    Right,
    /// What stands before it was wrong, or before の what follows it is right: 「…は間違いで」, 「…の誤りです」.
    Mistake,
    /// To what was said before: 追加.
    Add,
    /// Weekends or holidays left out of a range: 祝日を除く.
    Working,
    /// Perhaps: △.
    Unsure,
    /// Looks like one of these and says nothing: 認可.
    Nothing,
    /// As `Nothing`, and only supposed: 不可の場合.
    InCase,
    /// Beside a day: what becomes of it is asked, only perhaps so, or of somebody else.
    Doubt,
    /// Turns around what is said of any day: かもしれません, 代理.
    Turns,
    /// Nothing else: のみ.
    Only,
    /// With a refusal behind it, nothing else: しか.
    But,
}

/// A piece of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// Says something about a date.
    Word(Word),
    /// Between two dates or times: か, または.
    Join,
    /// As `Join`, and ends a clause: 「、」.
    Comma,
    /// From … to: 〜, から.
    Range,
    /// 以降.
    Since,
    /// まで.
    Until,
    /// Stands between a date and its time: の, は.
    Particle,
    /// Before hours of all the days that were named: いずれも, 時間は.
    Every,
    /// The hours of the day before: 同上.
    Ditto,
    /// 平日.
    Workdays,
    /// A time that names no day that can be reckoned: 来月, 週明け.
    Vague,
    /// The end of a sentence.
    Stop,
}

/// The entry that stands at the start of `rest`, the longest one, and its length in characters.
pub(super) fn longest(first: char, fits: impl Fn(&str) -> Option<usize>) -> Option<(Entry, usize)> {
    let entries = TABLE.get(&first)?;
    entries.iter().filter_map(|(word, entry)| fits(word).map(|end| (*entry, end))).max_by_key(|(_, end)| *end)
}

static TABLE: LazyLock<HashMap<char, Vec<(&'static str, Entry)>>> = LazyLock::new(|| {
    let mut table: HashMap<char, Vec<(&'static str, Entry)>> = HashMap::new();
    for (entry, words) in LISTS {
        for word in words.split_whitespace() {
            if let Some(first) = word.chars().next() {
                table.entry(first).or_default().push((word, *entry));
            }
        }
    }
    table
});

/// Words as [`super::cells::Cells`] folds them: half-width, lower case.
const LISTS: &[(Entry, &str)] = &[
    (
        Entry::Word(Word::Yes),
        "希望 望まし のぞまし 望みます 可 可能 大丈夫 だいじょうぶ ok 空いて 空いており あいて 空き いつでも 問題ありません 問題ない 問題ございません 支障ありません 差し支え \
         よい 良い いい 良く よろしければ 宜しければ いかが 如何 どうで 結構 構いません かまいません 対応でき 対応いたします 対応します 対応可 参加でき \
         伺え お受けでき 受けられ 都合がつきます 都合が付きます 都合が付く 都合の付く 都合がつく 都合が合う 都合のつく 都合の合う 都合が良 都合がよ 都合がいい 都合良 都合よ 都合のよ 都合の良 都合のいい ○ ◯ 〇 ◎ 助かり 幸い ありがたい 優先 \
         調整可 調整でき お会いでき 指定 午前中可 在社 問いません 問わず 希望日 希望日時 不可ではありません いかがでしょうか いかがですか 如何でしょうか どうでしょうか \
         変わりません 変わりありません 変わりございません 変わりなし 変更なし 変更ありません 変更はありません 変更ございません 変更はございません",
    ),
    (
        Entry::Word(Word::Topic),
        "候補 候補日 日程 日時 日にち 都合 日取り スケジュール アドバイス 面談 予約 実施希望 打ち合わせ 打合せ ヒアリング 訪問 来社 来訪",
    ),
    (
        Entry::Word(Word::Weak),
        "お願い おねがい 御願い 願います 頂け いただけ 頂きたく いただきたく 頂ければ いただければ 頂きたい いただきたい いただけますか 頂けますか いただけますでしょうか 頂けますでしょうか いただけないでしょうか 頂けないでしょうか \
         いただけませんか 頂けませんか いただけませんでしょうか お願いできますか お願いできますでしょうか お願いできませんか お願いできないでしょうか とさせてください とさせて下さい",
    ),
    (
        Entry::Word(Word::No),
        "不可 不可能 ng × ✕ ✖ ✗ ❌ 都合が悪 都合がわる 都合悪 都合の悪 都合のわる 都合がつか 都合がつきません 都合が付きません 都合が付か 都合が付き兼 都合がつき兼 都合が合 都合があ \
         都合が合い 不都合 難し むずかし 厳しい きびしい 厳しく できません 出来ません できない 出来ない できかね 出来かね 無理 避け さけて さけたい 候補から除 候補から外 候補からはず 候補より除 候補より外 候補から除外 候補を取り下げ 候補を取下げ 希望を取り下げ 日程を取り下げ だめ ダメ 駄目 困ります \
         埋まって 先約 予定あり 予定が入 予定があり 会議が入 希望しません 希望いたしません 参加できません 対応できません 対応できかね 対応でき兼 空いておりません 空いていません 空いてません \
         空いていない 空きがありません 空きがない 空きなし 可能ではありません 可能でない 可ではありません お受けできません 受けられません よくありません 良くありません 大丈夫ではありません \
         伺えません 会えません お会いできません \
         できなく 出来なく 伺えなく 重なり 重なって 塞がり 塞がって ふさがり ふさがって 見送らせ 見送りで 見送りと 見送ります 見送りたく 除外 外して 外させて はずして 削って 削り",
    ),
    (
        Entry::Word(Word::Other),
        "までに 送付 お送り 送り 送信 提出 受領 拝受 受け取 受取 添付 付け 付の 付で 現在 時点 公開 発行 届 申込 申し込み お申込 ました 頂いた いただいた 頂き、 \
         連絡 メール 開催 先日 以来 設立 創業 決算 の件 の説明 説明会 セミナー 記入 作成 改訂 版 \
          締め 締切 締切り 締め切 〆 期限 期日 納期 稼働 導入 入社 着任 生まれ 付 より前に お返事 返事 返信 回答 到着 完了 修正 再提出 \
         時間が取れ 最終 とのこと 再送 予定表 配信 視聴 拝聴 伺った 公表",
    ),
    (
        Entry::Word(Word::Thing),
        "締切日 締切り日 締切 締め切り 〆切 〆切り 期限 期日 提出期限 提出日 回答期限 返信期限 説明会 説明会日 セミナー 記入日 記入年月日 作成日 作成年月日 送信日 送付日 受領日 受付日 発行日 更新日 改訂日 開催日 営業時間 営業日 受付時間 受付期間 電話受付 窓口 お電話 電話は 電話対応 電話しま 電話をく 連絡は ご連絡は \
         生年月日 設立 創立 創業 例 例) 記載例 記入例 見本 申込日 申込期間 提出期間 募集期間 実施期間 締日 日付",
    ),
    (
        Entry::Word(Word::Away),
        "外出 通院 法事 私用 不在 不在期間 休業 休業日 休業期間 休暇 休み お休み 休館 休館日 定休 定休日 お盆休み 盆休み 夏季休業 夏期休業 夏季休暇 夏期休暇 夏休み 出張 来客 棚卸 棚卸し",
    ),
    (
        Entry::Word(Word::Because),
        "ため が入りましたので が入りましたため が入ったため が入ったので が入ってしまいましたので が入ってしまったため が入ってしまったので",
    ),
    (
        Entry::Word(Word::Change),
        "変更 差し替え 差替 差しかえ 振替 振り替え 振りかえ 変えて 替えて 移して 訂正 リスケ ずらし にしてくださ にして下さ にしてもらえますか にしてもらえますでしょうか にしてもらえないでしょうか にしてもらいた \
         にしていただけますか にしていただけますでしょうか にしていただけないでしょうか にしていただけませんか にしていただきた にしていただければ にして頂けますか にして頂けますでしょうか にして頂きた にして頂ければ にさせて",
    ),
    (
        Entry::Word(Word::Instead),
        "ではなく でなく じゃなく の代わりに の替わりに のかわりに に代えて に替えて お願いしていましたが お願いしておりましたが お伝えしていましたが お伝えしておりましたが とお伝えしましたが とご連絡しましたが とお送りしましたが と書きましたが と記載しましたが と記入しましたが としていましたが としておりましたが のところ、 のところを としていたところ",
    ),
    (
        Entry::Word(Word::Cancel),
        "キャンセル 取り消し 取消 取りやめ 取り止め 削除 の件はなしで の件は無しで の件はなしに の件は無しに",
    ),
    (Entry::Word(Word::Dropped), "はなしで は無しで はなしに は無しに"),
    (
        Entry::Word(Word::Freed),
        "キャンセルになりましたので キャンセルになったので キャンセルとなりましたので キャンセルとなったので キャンセルになったため キャンセルとなったため 取り消しになりましたので 取り消しになったので 取り消しとなりましたので 取り消しとなったので 取り消しになったため 取り消しとなったため 取消になりましたので 取消になったので 取消となりましたので 取消となったので 取消になったため 取消となったため 取りやめになりましたので 取りやめになったので 取りやめとなりましたので 取りやめとなったので 取りやめになったため 取りやめとなったため 取り止めになりましたので 取り止めになったので 取り止めとなりましたので 取り止めとなったので 取り止めになったため 取り止めとなったため",
    ),
    (Entry::Word(Word::Wrong), "誤: 誤) 変更前 変更前: 訂正前 訂正前:"),
    (Entry::Word(Word::Right), "正: 正) 正しくは 正しい 変更後 変更後: 訂正後 訂正後:"),
    (Entry::Word(Word::Mistake), "間違い の間違い の誤り まちがい 間違え 誤り あやまり 誤記"),
    (Entry::Word(Word::Add), "追加 加えて 加えます 候補に入れ"),
    (
        Entry::Word(Word::Working),
        "土日を除 土日祝を除 土日祝日を除 土日は除 土日除 土日祝除 祝日を除 祝日は除 土日以外 土日祝以外 土日祝日以外 土・日以外 土日・祝日以外 祝日以外",
    ),
    (Entry::Word(Word::Unsure), "△ ▲ は結構です は結構でございます"),
    (Entry::Word(Word::Except), "以外 除く 除いて 除き 除きます のぞく のぞいて のぞき"),
    (
        Entry::Word(Word::Rest),
        "それ以外 それ以外の それ以外の日 それ以外の日の それ以外の日程 その他の日 その他の日の 他の日 他の日の ほかの日 ほかの日の 上記以外 上記以外の 上記以外の日 上記以外の日の これ以外 これ以外の この日以外 この日以外の \
         その日以外 その日以外の この期間以外 この期間以外の その期間以外 その期間以外の 期間以外 期間以外の",
    ),
    (
        Entry::Word(Word::Busy),
        "会議 展示会 出展 研修 商談 用事 社内行事 行事 式典 監査 検査 審査 工事 健康診断 見学 視察 朝礼 定例 定例会 定例会議",
    ),
    (
        Entry::Word(Word::After),
        "終わる 終わった 終わり 終わりました 終わって 終わります 終了後 終了する 終了した 終了次第 済む 済んだ 済み次第",
    ),
    (
        Entry::Word(Word::Nothing),
        "可否 可能性 可能な限り 可能な範囲 可能でしたら 可能なら 可能であれば 認可 許可 できるだけ 出来るだけ なるだけ ますから ですから 念のため もらえますか もらえますでしょうか もらえないでしょうか もらえませんか 願えますか 都合が合えば 都合があえば 都合がつけば いい会社 会議室 web会議 オンライン会議 テレビ会議 tv会議 ビデオ会議 zoom会議 会議形式 会議url 会議のurl \
         休日以外 休日を除 週末以外 週末を除 定休日以外 定休日を除 年末年始 問題ない場合 都合により お世話になりました \
         間違いありません 間違いございません 間違いない 間違いなく 間違いなし 間違いなけ 間違いではありません 間違いではござい まちがいありません まちがいない まちがいなく \
         間違えありません 間違えない 間違えなく 誤りありません 誤りございません の間違いではありません の間違いではござい の間違いではなく の誤りではありません",
    ),
    (
        Entry::Word(Word::InCase),
        "不可の場合 不可であれば 不可なら 不可能な場合 ngの場合 ngなら ngであれば 難しい場合 難しければ 難しいよう 難しいとき 難しい時 難しいなら 厳しい場合 厳しければ 厳しいよう \
         無理なら 無理な場合 無理であれば できない場合 できなければ 出来ない場合 都合が悪い場合 都合が悪ければ 都合が合わない場合 都合が合わなければ 都合がつかない場合 \
         都合がつかなければ だめなら だめな場合 ダメなら ダメな場合",
    ),
    (
        Entry::Word(Word::Doubt),
        "場合 ようでしたら ようですが 解消 間に合 遅れ でしょうか ますか ですか ませんか 何時でも 同席 調整中 検討中 確認中 検討して 確認して 未定 譲 私の うちの とお伝えし と申し としており としていまし \
         次第で 次第と もう少し 別の日 別日 別の候補 ではない ではなくな ではござい ではあり じゃない ということは 優先順位",
    ),
    (
        Entry::Word(Word::Turns),
        "なくて結構 なくても結構 なくて構 なくても構 なくて大丈夫 なくても大丈夫 かもしれ かも知れ でなければ でないと 無理をすれば より前 過ぎると 代理 抜きで その予定は",
    ),
    (Entry::Word(Word::Only), "のみ だけ"),
    (Entry::Word(Word::But), "しか"),
    (
        Entry::Join,
        "か または 又は もしくは 若しくは あるいは 或いは or と や 及び および 並びに ならびに ・ / & + ; でも それか ないし また and 次に 次いで その次は 次は",
    ),
    (Entry::Comma, "、 , ､"),
    (Entry::Range, "~ - ー → ⇒ から より"),
    (Entry::Since, "以降 以後 いこう"),
    (Entry::Until, "まで 迄 以前"),
    (
        Entry::Particle,
        "の は も に へ が で を なら ならば であれば でしたら でしたらば だったら だと とも ともに 共に 中 間 うち の間 のうち 頃 ごろ 時間 \
         とも、 同日 同日の 開始 においては において について については につきましては 祝 仮 できれば 出来れば 可能であれば 可能なら 可能でしたら",
    ),
    (
        Entry::Every,
        "いずれも いずれかの のいずれも いずれか のいずれか どちらも どちらか のどちらか 両日とも 両日 どの日も すべて 全て 全部 各日 それぞれ 時間は 時間帯は 時間帯 時間帯としては 時刻は 時間としては 時間: 時刻: 時間帯: 希望時間 希望時間: 希望時間帯 希望時間帯: 希望時刻 希望時刻: \
         開始時間: 開始時刻: 開始時間は 開始時刻は 可能時間 可能時間: 可能時間帯 可能時間帯: 対応時間: 対応可能時間 対応可能時間: 対応可能時間帯 対応可能時間帯:",
    ),
    (Entry::Ditto, "同上 同じく 同時間 同時間帯 同時刻 同じ時間 同じ時間帯 同じ時刻 〃"),
    (Entry::Workdays, "平日"),
    (
        Entry::Vague,
        "来週 再来週 さ来週 今週 翌週 来月 今月 翌日 その翌日 翌々日 年明け 年明け早々 年始 年始早々 年内 年末 月末 月初 月中 週明け 週末 お盆明け 盆明け 休み明け 連休明け 夏休み明け 最終週 第1週 第2週 第3週 第4週 第5週 月内 来週中 今週中 再来週中 来週以降 再来週以降 来週末 今週末 今月末 今月中 来月初め 来月頭 \
         来月上旬 来月中旬 来週前半 来週後半 お盆過ぎ 盆過ぎ お盆以降 盆以降",
    ),
    (Entry::Stop, "。 ! ? ｡"),
];
