//! Revision after revision: what was mended, what changed besides, and when a person calls.

use std::collections::BTreeMap;

use rust_xlsxwriter::Workbook;
use uketsuke::desk::{case::Stage, rules::Form, workbook::IndicatorKind};

use crate::{desk::Desk, mails};

const TARO: &str = "佐久 太郎 <taro@saku-mokkou.example.jp>";

fn catalogue() -> Form {
    toml::from_str(include_str!("../../config/forms/dxpi-2.3.toml")).unwrap()
}

/// A filled form of one company, with other words in some cells of 現在 (or of 目標, for `4-2>`).
pub fn filled(changes: &[(&str, &str)]) -> Vec<u8> {
    let changes: BTreeMap<&str, &str> = changes.iter().copied().collect();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    sheet.write(0, 0, "DX推進指標 自己診断フォーマット ver2.3").unwrap();
    sheet.write(1, 0, "企業名").unwrap();
    sheet.write(1, 1, "佐久木工株式会社").unwrap();
    sheet.write(2, 0, "所在地").unwrap();
    sheet.write(2, 1, "長野県佐久市").unwrap();
    for (at, text) in (0..).zip(["No", "DX推進指標", "定性定量", "現在", "目標", "根拠・エビデンス", "アクション"])
    {
        sheet.write(4, at, text).unwrap();
    }
    for (row, known) in (5..).zip(catalogue().rows) {
        let qualitative = known.kind == IndicatorKind::Qualitative;
        if qualitative {
            sheet.write(row, 0, known.no.as_str()).unwrap();
        }
        sheet.write(row, 1, known.title.as_str()).unwrap();
        sheet.write(row, 2, if qualitative { "定性" } else { "定量" }).unwrap();
        let level = (1 + row % 2).to_string();
        sheet.write(row, 3, changes.get(known.no.as_str()).copied().unwrap_or(&level)).unwrap();
        let target = format!("{}>", known.no);
        sheet.write(row, 4, changes.get(target.as_str()).copied().unwrap_or("3")).unwrap();
        sheet.write(row, 5, "打合せの記録").unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// The company's n-th mail with a form.
pub fn sends(desk: &mut Desk, n: usize, text: &str, form: Vec<u8>) {
    let mail = mails::from(TARO).text(text).file(&format!("自己診断{n}.xlsx"), form).id(&format!("{n}@saku"));
    desk.waits(60).receives(mail.bytes()).settles();
}

const SUBMITTED: &str = "自己診断を提出します。オンライン希望、8/29 13:00-16:00。\n";

fn rounds(desk: &Desk) -> u32 {
    match desk.case(1).stage {
        Stage::Correcting { rounds, .. } => rounds,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_next_letter_counts_names_what_is_mended_and_what_changed_besides() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("4-2", ""), ("6", "2.5"), ("K1", "")]));
    assert!(!desk.letter("corrections").text.contains("前回"));
    sends(&mut desk, 2, "修正しました。\n", filled(&[("6", "2.5"), ("7-1", "4"), ("8>", "5"), ("K2", "30%")]));
    let letter = desk.letter("corrections");
    for said in [
        "前回3件 → 今回1件",
        "・4-2 KPI\n",
        "・製品開発スピード\n",
        "・7-1 戦略とロードマップ　現在 2 → 4",
        "目標 3 → 5",
        "・新規顧客獲得割合　現在",
        "2～3 のうち",
    ] {
        assert!(letter.text.replace("\r\n", "\n").contains(said), "{said}: {}", letter.text);
    }
    assert_eq!(rounds(&desk), 2);
    sends(&mut desk, 3, "再度修正しました。\n", filled(&[("7-1", "4"), ("8>", "5"), ("K2", "30%")]));
    let letter = desk.letter("complete");
    assert!(letter.text.contains("前回1件 → 今回0件"), "{}", letter.text);
    assert!(!letter.text.contains("前回から変わっていた値"), "{}", letter.text);
    assert_eq!(desk.case(1).stage, Stage::Complete);
    desk.balanced();
}

#[test]
fn many_changes_are_named_up_to_ten() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("4-2", "")]));
    let numbers: Vec<String> = catalogue().rows.iter().map(|it| it.no.clone()).take(14).collect();
    let changes: Vec<(&str, &str)> = numbers.iter().map(|it| (it.as_str(), "0")).collect();
    sends(&mut desk, 2, "修正しました。\n", filled(&changes));
    let letter = desk.letter("complete");
    assert_eq!(letter.text.matches("現在 ").count(), 10, "{}", letter.text);
    assert!(letter.text.contains("ほか 3 件") && letter.html.contains("ほか 3 件"), "{}", letter.text);
}

#[test]
fn after_two_rounds_a_person_calls_and_nobody_is_asked_a_third_time() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("4-2", ""), ("6", "2.5")]));
    sends(&mut desk, 2, "修正しました。\n", filled(&[("4-2", "未定"), ("6", "2.5")]));
    assert!(!desk.digest().contains("お電話をお願いします"));
    sends(&mut desk, 3, "修正しました。\n", filled(&[("4-2", "2～3"), ("6", "2.5")]));
    let letters: Vec<String> = desk.letters();
    assert_eq!(
        letters.iter().map(|it| it.split(' ').next().unwrap()).collect::<Vec<_>>(),
        ["corrections", "corrections", "call"]
    );
    let letter = desk.letter("call");
    assert!(letter.text.contains("事務局よりお電話でご連絡いたします") && letter.text.contains("4-2 KPI"));
    assert!(!letter.text.contains("までにお送りください"), "no third order: {}", letter.text);
    let digest = desk.digest();
    for said in ["修正のお願いが2回になりました。お電話をお願いします", "佐久 太郎 様", "4-2 KPI、6 人材育成・確保"]
    {
        assert!(digest.contains(said), "{said}: {digest}");
    }
    // a fourth mail is answered, too
    sends(&mut desk, 4, "修正しました。\n", filled(&[("6", "2.5")]));
    assert!(desk.letter("call").text.contains("前回2件 → 今回1件"), "{}", desk.letter("call").text);
    sends(&mut desk, 5, "修正しました。\n", filled(&[]));
    assert_eq!(desk.case(1).stage, Stage::Complete);
    assert!(!desk.digest().contains("お電話をお願いします"));
    desk.balanced();
}

#[test]
fn the_same_file_again_is_no_round_the_first_time() {
    let mut desk = Desk::open();
    let form = || filled(&[("4-2", "")]);
    sends(&mut desk, 1, SUBMITTED, form());
    sends(&mut desk, 2, "修正しました。\n", form());
    let letter = desk.letter("corrections");
    assert!(letter.text.contains("前回と同じ内容でした") && !letter.text.contains("今回1件"), "{}", letter.text);
    assert_eq!(rounds(&desk), 1);
    sends(&mut desk, 3, "修正しました。\n", form());
    assert_eq!(rounds(&desk), 2);
    sends(&mut desk, 4, "修正しました。\n", form());
    assert_eq!(desk.letters().last().unwrap(), "call → taro@saku-mokkou.example.jp");
}

#[test]
fn no_value_is_asked_about_once_and_accepted_when_explained_or_said_again() {
    for (second, form) in [
        ("K6は上場していないため該当なしです。\n", filled(&[("K6", "該当なし"), ("4-2", "")])),
        ("修正しました。\n", filled(&[("K6", "該当なし（未上場のため）"), ("4-2", "")])),
        ("修正しました。\n", filled(&[("K6", "該当なし"), ("7", "3"), ("4-2", "")])),
    ] {
        let mut desk = Desk::open();
        sends(&mut desk, 1, SUBMITTED, filled(&[("K6", "該当なし"), ("4-2", "")]));
        assert!(desk.letter("corrections").text.contains("時価総額"));
        sends(&mut desk, 2, second, form);
        let letter = desk.letter("corrections");
        let open = letter.text.split("ご修正をお願いしたいところ").nth(1).unwrap();
        assert!(!open.contains("時価総額") && open.contains("4-2 KPI"), "{second}: {}", letter.text);
        // and stays accepted
        sends(&mut desk, 3, "4-2を記入しました。\n", filled(&[("K6", "該当なし"), ("7", "3")]));
        assert_eq!(desk.case(1).stage, Stage::Complete, "{second}");
        let notes = desk.desk.store.revisions(uketsuke::desk::case::Number(1)).unwrap().pop().unwrap().findings;
        assert!(notes.iter().any(|it| it.rule.name() == "not-applicable"), "{second}: {notes:?}");
    }
}

#[test]
fn rows_the_catalogue_only_guesses_are_told_to_the_secretariat_once() {
    let mut desk = Desk::open();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "DX推進指標 自己診断フォーマット ver2.3").unwrap();
    for (at, text) in (0..).zip(["No", "DX推進指標", "定性定量", "現在", "目標"]) {
        sheet.write(1, at, text).unwrap();
    }
    let rows = catalogue().rows.into_iter().filter(|it| !["K5", "T6"].contains(&it.no.as_str()));
    for (row, known) in (2..).zip(rows) {
        let qualitative = known.kind == IndicatorKind::Qualitative;
        if qualitative {
            sheet.write(row, 0, known.no).unwrap();
        }
        sheet.write(row, 1, known.title).unwrap();
        sheet.write(row, 2, if qualitative { "定性" } else { "定量" }).unwrap();
        sheet.write(row, 3, 1 + row % 2).unwrap();
        sheet.write(row, 4, 3).unwrap();
    }
    let form = book.save_to_buffer().unwrap();
    sends(&mut desk, 1, SUBMITTED, form.clone());
    desk.receives(mails::from("別の会社 <x@other.example.jp>").file("b.xlsx", form.clone()).id("2@o").bytes())
        .settles();
    assert!(desk.post().iter().all(|it| !it.text.contains("フォーキャスト")), "no company is told");
    let said = "見つからない行があります：K5、T6（受付0001";
    assert!(desk.digest().contains(said), "{}", desk.digest());
    // the digest of the day goes out; the next one is silent, though another mail brings the same
    desk.waits(24 * 60).settles().waits(60);
    desk.receives(mails::from("三社目 <y@third.example.jp>").file("c.xlsx", form).id("3@t").bytes()).settles();
    assert!(!desk.digest().contains("見つからない行"), "{}", desk.digest());
}
