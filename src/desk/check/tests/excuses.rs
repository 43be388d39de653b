//! 「該当なし」 with a reason in the mail, and said again.

use crate::desk::workbook::IndicatorKind;

use super::{
    super::*,
    form,
    judged::{CURRENT, book, row},
    reading, rules,
};

/// The rows that a mail explains, of a book whose quantitative rows are all blank.
fn explained(mail: &str) -> Vec<String> {
    let mut it = reading();
    it.workbook = Some(book(|sheet| {
        for row in row("K1")..=row("T6") {
            sheet.clear_cell(row, CURRENT);
        }
    }));
    it.mail.text = mail.to_owned();
    let found = check_reading(&it, &rules(), None).into_iter();
    found.filter(|it| it.rule == Rule::NotApplicable).map(|it| it.no.unwrap()).collect()
}

#[test]
fn only_a_plain_statement_about_the_row_with_a_reason_counts() {
    for (mail, wanted) in [
        ("K3は事業上該当しないため空欄です。", &["K3"][..]),
        ("Ｋ３は事業上、該当しないため空欄です", &["K3"]),
        ("定量指標のK2、K4は該当なしです。理由は小売業で製品開発を行っていないからです。", &["K2", "K4"]),
        ("なお、K2とK4につきましては、当社では該当がありませんので空欄としております。", &["K2", "K4"]),
        ("時価総額は、上場していないため該当なしです。", &["K6"]),
        ("「時価総額」については非上場のため該当しません。", &["K6"]),
        ("デジタルサービスの利益は、サービスがないため対象外です。", &["D2"]),
        ("K6（時価総額）は非上場のため該当しません。", &["K6"]),
        ("K3は記入しましたが、K4は該当しないため空欄です。", &["K4"]),
        ("・K2：該当なし（店舗のため）\n・K6：該当なし（非上場のため）\n", &["K2", "K6"]),
        ("K2 該当なし。理由：新規の取引を行っていないため\n", &["K2"]),
        ("お世話になります。\nK3は事業上該当しな\nいため空欄です。\n", &["K3"]),
        ("時価総額は非上場のため該当なし、DX人材（技術）の数は専任者がおらず該当なしです。", &["K6", "T3"]),
        // by cell, by title and cell, by number
        ("支出プロセスにおける効率性（E12）は、今年度から開始のため該当ありません。", &["K3"]),
        ("K-3番は外注していないため該当なしです。", &["K3"]),
        ("K3番は外注していないため該当なし", &["K3"]),
        ("K-3は外注していないため該当なし", &["K3"]),
        ("Ｋ－３は外注していないため該当なし", &["K3"]),
        ("K3とK5は対象外です。理由は、当社では計画を立てていないからです。", &["K3", "K5"]),
        ("・支出プロセスにおける効率性：該当なし（今年度から開始のため）", &["K3"]),
        ("K3 支出プロセスにおける効率性は、今年度から開始のため該当ございません。", &["K3"]),
        (
            "K3（支出プロセスにおける効率性）、K6（時価総額）は、いずれも非上場・創業初年度のため該当いたしません。",
            &["K3", "K6"],
        ),
        ("K3につきましては創業初年度のため、数値がありません。", &["K3"]),
        ("K3は実績がないため記入できません。", &["K3"]),
        ("K2～K4は小売業のため該当なしです。", &["K2", "K3", "K4"]),
        // in other words
        ("D3は、計画を見送りましたので金額がありません。", &["D3"]),
        ("No.36は該当する事業がないため空欄です。", &["K1"]),
        ("Ｎｏ．３８は該当する取引がございませんので空欄にしております。", &["K3"]),
        ("K3は開発を行っておりませんので記入していません。", &["K3"]),
        ("K3は製造をすべて外注しているため未記入です。", &["K3"]),
        ("K2は新製品を出していないためです。", &["K2"]),
        ("K2は新製品の開発をしていないためです。", &["K2"]),
        ("K2については新製品の開発をしていませんから、空白のままです。", &["K2"]),
        ("K6は非上場ですので対象となる金額がございません。", &["K6"]),
        ("K2は該当なしです。当社は新規の営業をしていないためです。", &["K2"]),
        ("D1とD3は今年度の投資を中止しましたので、金額がございません。", &["D1", "D3"]),
        ("K3は外注しているのですが、該当なしでよいでしょうか。\n\nK3は該当なしでお願いします。", &["K3"]),
        // in short, several at once
        ("時価総額、キャッシュ…は非上場のため空欄です。", &["K4", "K6"]),
        ("時価総額、キャッシュコンバージョンサイクルは非上場のため空欄としております。", &["K4", "K6"]),
        ("「時価総額」「キャッシュ・コンバージョン…」は、非上場のため該当なしです。", &["K4", "K6"]),
        ("時価総額とキャッシュ・コンバージョンは非上場のため該当なしです。", &["K4", "K6"]),
        ("フォーキャスト、従業員数、時価総額については、該当する事業がないため空欄です。", &["K5", "K6", "D4"]),
        ("時価総額など、非上場のため該当しない項目は空欄です。", &[]),
        ("時価総額等は非上場のため該当なしです。", &["K6"]),
        ("業務提携の件は行っていないため該当なしです。", &["D8"]),
        // may mean several rows, or a level
        ("デジタルサービス、DX人材は該当する事業がないため空欄です。", &[]),
        ("人材育成は行っていないため空欄です。", &[]),
        // a reason that passes, or lies in the writing
        ("K3は時間がなかったため空欄です。", &[]),
        ("K3は担当者がおりませんので空欄です。", &[]),
        ("K3は集計をしておりませんので、わかり次第お送りします。空欄です。", &[]),
        ("K3は確認中で、金額がありません。", &[]),
        ("K3は資料が手元にないため空欄です。", &[]),
        ("K3は欄がないため空欄です。", &[]),
        ("K3は実績がないので0と記入しました。", &[]),
        ("K3は忘れていたため空欄です。", &[]),
        ("K3は該当なしです。明日は休みのためです。", &[]),
        ("No.12は該当する事業がないため空欄です。", &[]), // a level is a number from 0 on
        // no reason
        ("K2は該当なしです。", &[]),
        ("K2は空欄です。", &[]),
        // questions, suppositions, denials
        ("K3は事業上該当しないため空欄でよろしいでしょうか。", &[]),
        ("K3は該当しないため空欄で\nよいですか？", &[]),
        ("K3が該当しない場合は、理由を書けばよいと理解しています。", &[]),
        ("K3は該当しないわけではないので、後日記入します。", &[]),
        // a cell that cannot be written to, a value that comes later
        ("K3はセルが保護されているため記入できません。", &[]),
        ("K3は決算が来月確定するため、現時点では記入できません。", &[]),
        ("K3は欄がロックされているため、入力できませんでした。該当なしと出ます。", &[]),
        ("K3はエラーになるため記入できない状態です。", &[]),
        ("K3は集計が終わっていないため記入できません。", &[]),
        ("K3は担当者が休みのため記入できません。", &[]),
        ("K3はまだ決算前のため該当なしです。", &[]),
        ("K3は該当なしです。理由はセルが保護されていて入力できないためです。", &[]),
        ("K3は後日記入するため、今回は該当なしです。", &[]),
        ("K3は数値がないため記入できません。", &["K3"]),
        ("K4は創業初年度でデータがありませんので、記入できません。", &["K4"]),
        // other rows, no rows
        ("該当しない項目があるため、いくつか空欄です。", &[]),
        ("4-2は該当しないため空欄です。", &[]),
        ("K31は該当しないため空欄です。", &[]),
        ("AK3は該当しないため空欄です。", &[]),
        // the row is spoken of otherwise
        ("K3に時間がかかったため、該当しない項目は後で書きます。", &[]),
        ("K3は記入済み、そのほかは該当しないため空欄です。", &[]),
        // our own words in a quote
        ("承知しました。\n> K3は該当しないため空欄です。\n", &[]),
    ] {
        assert_eq!(explained(mail), wanted, "{mail}");
    }
}

/// All quantitative rows are blank: a reason for the block, in the words of people.
#[test]
fn a_reason_for_a_whole_block() {
    let all = explained("定量指標はすべて今年度から測定を始めたため該当なしです。");
    assert_eq!(all.len(), form().rows.iter().filter(|it| it.kind == IndicatorKind::Quantitative).count());
    for mail in [
        "定量指標については、全て創業初年度のため該当なしです。",
        "定量指標は創業したばかりのため、いずれも該当ありません。",
        "定量の項目は全項目、データがないため算出できません。",
        "定量指標は全部該当なしです。理由は創業初年度だからです。",
        "定量指標（K1～T6）は、集計していないため対象外とさせてください。",
    ] {
        assert_eq!(explained(mail), all, "{mail}");
    }
    for mail in [
        "定量指標は入力欄がすべてロックされているため記入できません。",
        "定量指標は全て、シートが保護されているため記入できません。",
        "定量指標はすべて、決算がまだのため該当なしです。",
        "定量指標はすべてエラーになるため記入できない状況です。",
        "定量指標はすべて担当者が不在のため記入できません。",
        "定量指標はすべて記入しました。",
        "定量指標はすべて該当なしです。",
        "定量指標がすべて該当なしの場合、理由は必要でしょうか。",
        "定量指標は一部、データがないため該当なしです。",
        "定量指標のうちいくつかは、創業初年度のため該当なしです。",
        "定性指標はすべて創業初年度のため該当なしです。",
    ] {
        assert!(explained(mail).is_empty(), "{mail}");
    }
}

/// 「E12」, as our letter told the place of it.
#[test]
fn a_row_is_named_by_its_cell() {
    let cell = |no: &str| {
        let mut it = reading();
        it.workbook = Some(book(|sheet| {
            sheet.clear_cell(row(no), CURRENT);
        }));
        let found = check_reading(&it, &rules(), None).into_iter().find(|it| it.no.as_deref() == Some(no)).unwrap();
        found.cell.unwrap()
    };
    let (k3, d1) = (cell("K3"), cell("D1"));
    for (mail, want) in [
        (format!("{k3}は、今年度から開始のため該当ありません。"), vec!["K3"]),
        (format!("セル{k3}は、今年度から開始のため該当ありません。"), vec!["K3"]),
        (format!("{k3}セルと{d1}セルは、今年度から開始のため該当ありません。"), vec!["K3", "D1"]),
        (format!("効率性（{k3}）は、今年度から開始のため該当ありません。"), vec!["K3"]),
        (format!("支出プロセスにおける効率性（{k3}）は、今年度から開始のため該当なし"), vec!["K3"]),
        (format!("「IT投資額」（{}）は、今年度から開始のため該当ありません。", d1.to_lowercase()), vec!["D1"]),
        (format!("支出プロセスにおける効率性（自己診断 {k3}）は、今年度から開始のため該当ありません。"), vec!["K3"]),
        (format!("・支出プロセスにおける効率性（自己診断 {k3}）：該当なし（今年度から開始のため）"), vec!["K3"]),
        (format!("自己診断シートの{k3}は、今年度から開始のため該当ありません。"), vec!["K3"]),
        (format!("K2（記入済み）、K3（自己診断 {k3}）は、今年度から開始のため該当ありません。"), vec![]),
        (format!("{k3}0は、今年度から開始のため該当ありません。"), vec![]),
        (format!("{k3}は、該当ないため空欄でよろしいでしょうか。"), vec![]),
    ] {
        assert_eq!(explained(&mail), want, "{mail}");
    }
}

/// 「該当なし」 in the cell, and the reason in the mail.
#[test]
fn a_reason_alone_is_enough_where_the_cell_says_that_there_is_none() {
    for (mail, accepted) in [
        ("K3は製造を外注しておりますので、よろしくお願いします。", true),
        ("K3は担当者がおりません。", false),
        ("よろしくお願いします。", false),
    ] {
        let mut it = reading();
        it.workbook = Some(book(|sheet| {
            sheet.write(row("K3"), CURRENT, "該当なし").unwrap();
        }));
        it.mail.text = mail.to_owned();
        let found = check_reading(&it, &rules(), None);
        assert_eq!(found.iter().any(|it| it.rule == Rule::NotApplicable), accepted, "{mail}: {found:?}");
    }
}

#[test]
fn the_reason_is_kept_in_the_senders_words() {
    let mut it = reading();
    it.workbook = Some(book(|sheet| {
        sheet.write(row("K6"), CURRENT, "該当なし").unwrap();
    }));
    it.mail.text = "お世話になります。時価総額は非上場のため該当なしです。よろしくお願いします。".to_owned();
    let found = check_reading(&it, &rules(), None);
    let it = found.iter().find(|it| it.rule == Rule::NotApplicable).unwrap();
    assert_eq!(it.hint.reason.as_deref(), Some("時価総額は非上場のため該当なしです"));
    assert!(found.iter().all(|it| it.severity != Severity::MustMend));
    assert_eq!(form().rows.iter().filter(|it| it.is_count()).count(), 9);
}

/// What becomes of 「該当なし」 in K2 after the findings before, for a changed book and for the same one.
fn again(before: Option<&str>, rule: Rule, now: Option<&str>) -> [Rule; 2] {
    let finding = |rule: Rule, found: Option<&str>| Finding {
        no: Some("K2".to_owned()),
        found: found.map(str::to_owned),
        ..Finding::new(rule, Severity::MustMend)
    };
    [false, true].map(|resent| {
        let rule_now = if now.is_some() { Rule::NotAnAnswer } else { Rule::CurrentMissing };
        let mut findings = [finding(rule_now, now)];
        accept_repeated(&mut findings, &[finding(rule, before)], resent);
        let [it] = findings;
        it.rule
    })
}

#[test]
fn what_was_asked_once_and_said_again_is_accepted() {
    use Rule::{CurrentMissing, NotAnAnswer, NotApplicable};
    // asked, and the same word in a changed book; the same book is no answer
    assert_eq!(again(Some("該当なし"), NotAnAnswer, Some(" 該当なし")), [NotApplicable, NotAnAnswer]);
    // another word is asked about
    assert_eq!(again(Some("該当なし"), NotAnAnswer, Some("不明")), [NotAnAnswer; 2]);
    // accepted before: stays so
    assert_eq!(again(Some("該当なし"), NotApplicable, Some("該当なし")), [NotApplicable; 2]);
    assert_eq!(again(None, NotApplicable, None), [NotApplicable; 2]);
    // blank again is no answer
    assert_eq!(again(None, CurrentMissing, None), [CurrentMissing; 2]);
    assert_eq!(again(Some("該当なし"), NotAnAnswer, None), [CurrentMissing; 2]);
}

#[test]
fn an_explanation_is_not_forgotten() {
    let finding = |rule: Rule, found: Option<&str>, reason: Option<&str>| Finding {
        no: Some("K3".to_owned()),
        found: found.map(str::to_owned),
        hint: Hint { reason: reason.map(str::to_owned), ..Hint::default() },
        ..Finding::new(rule, Severity::MustMend)
    };
    let now = |found: Option<&str>| {
        finding(if found.is_some() { Rule::NotAnAnswer } else { Rule::CurrentMissing }, found, None)
    };
    let own = "該当なし（店舗のため）";
    for (found, reason, kept) in [
        (None, Some("上場していないため"), "上場していないため"), // in the mail, of a blank cell
        (Some("-"), Some("上場していないため"), "上場していないため"), // in the column beside it
        (Some(own), None, own),                                   // in the cell
    ] {
        for written in [None, Some("該当なし"), Some("－"), Some("不明")] {
            let mut findings = [now(written)];
            accept_repeated(&mut findings, &[finding(Rule::NotApplicable, found, reason)], false);
            let it = &findings[0];
            assert_eq!((it.rule, it.severity), (Rule::NotApplicable, Severity::Note), "{found:?} {written:?}");
            assert_eq!((it.hint.reason.as_deref(), it.found.as_deref()), (Some(kept), written));
        }
    }
    // accepted without a reason: only what was accepted
    let mut findings = [now(None)];
    accept_repeated(&mut findings, &[finding(Rule::NotApplicable, Some("該当なし"), None)], false);
    assert_eq!(findings[0].rule, Rule::CurrentMissing);
}
