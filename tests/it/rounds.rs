//! Revision after revision: what was mended, what changed besides, and when a person calls.

use std::collections::BTreeMap;

use rust_xlsxwriter::Workbook;
use uketsuke::desk::{
    case::Stage,
    rules::{Form, FormRow},
    workbook::IndicatorKind,
};

use crate::{desk::Desk, mails};

pub const TARO: &str = "佐久 太郎 <taro@saku-mokkou.example.jp>";

pub fn catalogue() -> Form {
    toml::from_str(include_str!("../../config/forms/dxpi-2.3.toml")).unwrap()
}

/// A filled form of one company, with other words in some cells of 現在 (or of 目標, for `4-2>`).
pub fn filled(changes: &[(&str, &str)]) -> Vec<u8> {
    form_of(catalogue().rows, "長野県佐久市", changes)
}

/// The rows of one kind only.
pub fn half(kind: IndicatorKind, changes: &[(&str, &str)]) -> Vec<u8> {
    form_of(catalogue().rows.into_iter().filter(|it| it.kind == kind).collect(), "長野県佐久市", changes)
}

pub fn form_of(rows: Vec<FormRow>, place: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    form_for("佐久木工株式会社", rows, place, changes)
}

/// A form of a company, or with its name left out.
pub fn form_for(company: &str, rows: Vec<FormRow>, place: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let changes: BTreeMap<&str, &str> = changes.iter().copied().collect();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    sheet.write(0, 0, "DX推進指標 自己診断フォーマット ver2.3").unwrap();
    sheet.write(1, 0, "企業名").unwrap();
    sheet.write(1, 1, company).unwrap();
    sheet.write(2, 0, "所在地").unwrap();
    sheet.write(2, 1, place).unwrap();
    for (at, text) in (0..).zip(["No", "DX推進指標", "定性定量", "現在", "目標", "根拠・エビデンス", "アクション"])
    {
        sheet.write(4, at, text).unwrap();
    }
    for (row, known) in (5..).zip(rows) {
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
    assert!(letter.text.contains("前回と同じ内容でした（前回1件 → 今回1件）"), "{}", letter.text);
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

#[test]
fn an_explanation_without_a_file_is_an_answer() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("K6", "該当なし"), ("T3", "なし")]));
    let asked = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap();
    let explains = |id: &str, text: &str| {
        mails::from(TARO)
            .subject(&format!("Re: {}", asked.subject))
            .replying(&asked.message_id)
            .text(text)
            .id(id)
            .bytes()
    };
    desk.waits(60).receives(explains("2@saku", "お尋ねの件、時価総額は非上場のため該当なしです。\n")).settles();
    let letter = desk.letter("corrections");
    assert!(letter.text.contains("前回2件 → 今回1件") && letter.text.contains("DX人材（技術）の数"), "{}", letter.text);
    assert!(!letter.text.contains("前回と同じ内容"), "{}", letter.text);
    assert!(letter.raw.contains("filename"), "the book that is known goes back marked");
    assert_eq!(rounds(&desk), 1, "nobody was asked anew");
    desk.waits(60).receives(explains("3@saku", "DX人材（技術）の数は、専任者がいないため該当なしです。\n")).settles();
    assert!(matches!(desk.case(1).stage, Stage::Complete), "{:?}", desk.case(1).stage);
    let revision = desk.desk.store.revisions(uketsuke::desk::case::Number(1)).unwrap().pop().unwrap();
    assert_eq!((revision.n, revision.mails.len()), (3, 3), "the book's own mail is among them");
    desk.balanced();
}

#[test]
fn a_question_about_a_row_explains_nothing() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("K6", "該当なし")]));
    let asked = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap();
    let mail = mails::from(TARO).subject(&format!("Re: {}", asked.subject)).replying(&asked.message_id);
    let mail = mail.text("時価総額は非上場のため該当なしでよろしいでしょうか。\n").id("2@saku");
    desk.waits(60).receives(mail.bytes()).settles();
    assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }));
    assert_eq!(desk.letters().last().unwrap().split(' ').next(), Some("handed-over"));
    let thanks = mails::from(TARO).subject("Re: 自己診断").replying(&asked.message_id);
    desk.waits(60)
        .receives(thanks.text("ありがとうございます。よろしくお願いします。\n").id("3@saku").bytes())
        .settles();
    assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }), "nor does what comes after it");
}

#[test]
fn nobody_is_asked_for_ever_for_a_form_that_cannot_be_read() {
    let mut desk = Desk::open();
    for n in 1..=3 {
        let mail = mails::from(TARO).file("自己診断.pdf", format!("%PDF-1.7 {n}").into_bytes());
        desk.waits(60).receives(mail.id(&format!("{n}@saku")).bytes()).settles();
    }
    let kinds: Vec<String> = desk.outbox().into_iter().map(|it| it.kind).filter(|it| it != "digest").collect();
    assert_eq!(kinds, ["unreadable", "unreadable", "call"]);
    let letter = desk.letter("call");
    for said in ["・自己診断.pdf", "PDF", "読み取ることができませんでした", "事務局よりお電話でご連絡いたします"]
    {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
    assert!(letter.html.contains("自己診断.pdf") && !letter.text.contains("確かに受け取りました"), "{}", letter.text);
    let digest = desk.digest();
    assert!(digest.contains("お願いが2回になりました。お電話をお願いします"), "{digest}");
    assert!(!digest.contains("（0 か所）") && !digest.contains("残っている点：。"), "{digest}");
    // a form that is right is taken all the same
    sends(&mut desk, 4, SUBMITTED, filled(&[]));
    assert_eq!(desk.case(1).stage, Stage::Complete);
    desk.balanced();
}

#[test]
fn a_forgotten_file_is_a_round_and_what_is_open_stays_so() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("4-2", "")]));
    for n in 2..=3 {
        let at = if n == 2 { "2022-08-12T04:00:00Z" } else { "2022-08-12T05:00:00Z" };
        let mail =
            mails::from(TARO).text("修正した自己診断フォーマットを添付します。\n").id(&format!("{n}@saku")).at(at);
        desk.waits(60).receives(mail.bytes()).settles();
        assert_eq!(rounds(&desk), n);
    }
    let kinds: Vec<String> = desk.outbox().into_iter().map(|it| it.kind).filter(|it| it != "digest").collect();
    assert_eq!(kinds, ["corrections", "no-workbook", "call"]);
    let letter = desk.letter("call");
    assert!(letter.text.contains("見当たりませんでした") && letter.text.contains("4-2 KPI"), "{}", letter.text);
    assert!(desk.digest().contains("残っている点：4-2 KPI"), "{}", desk.digest());
    desk.balanced();
}

#[test]
fn a_form_that_is_right_may_come_twice() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[]));
    sends(&mut desk, 2, "念のため再送します。\n", filled(&[]));
    assert_eq!(desk.letters().len(), 2);
    for (letter, again) in desk.post().iter().zip([false, true]) {
        let said = letter.text.contains("前回と同じ内容でした。");
        assert!(letter.kind == "complete" && said == again && !letter.text.contains("修正前"), "{}", letter.text);
    }
}

#[test]
fn a_catalogue_that_is_likelier_wrong_than_the_book_is_a_matter_of_the_secretariat() {
    let mut rows = catalogue().rows;
    let quantitative = rows.iter_mut().filter(|it| it.kind == IndicatorKind::Quantitative);
    quantitative.skip(5).enumerate().for_each(|(n, it)| it.title = format!("来年度の新しい指標その{n}"));
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, form_of(rows, "長野県佐久市", &[]));
    let letter = desk.letter("complete");
    assert!(!letter.text.contains("定量指標") && !letter.text.contains("新しい指標"), "{}", letter.text);
    assert!(desk.digest().contains("見つからない行があります"), "{}", desk.digest());
    desk.balanced();
}
