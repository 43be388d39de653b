//! What comes when the form is complete already, or the case rests: nothing is asked for twice, nothing is forgotten.

use std::io::{Cursor, Write as _};

use uketsuke::desk::{case::Stage, reading::Method};

use crate::{
    desk::{Desk, form, main_file, write_config},
    mails,
    rounds::{TARO, catalogue, filled, form_of, sends},
};

const SUBMITTED: &str = "自己診断を提出します。\n";
const WISHES: &str = "自己診断を提出します。オンライン希望、8/29 13:00-16:00。\n";

/// A mail in the thread of our letters.
fn writes(desk: &mut Desk, n: u32, text: &str, file: Option<(&str, Vec<u8>)>) {
    let mail = mails::from(TARO).subject("Re: 自己診断").text(text).id(&format!("{n}@saku"));
    let mail = desk
        .outbox()
        .into_iter()
        .rfind(|it| it.kind != "digest")
        .into_iter()
        .fold(mail, |mail, it| mail.replying(&it.message_id));
    let mail = file.into_iter().fold(mail, |mail, (name, bytes)| mail.file(name, bytes));
    desk.waits(60).receives(mail.bytes()).settles();
}

/// A desk with other words in its programme.
fn with_rules(file: &str, from: &str, to: &str) -> Desk {
    Desk::prepared(|dir| {
        write_config(dir, &main_file(dir));
        let path = dir.join("config").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
    })
}

#[test]
fn wishes_beside_a_file_that_is_no_form_complete_the_case() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[]));
    assert!(matches!(desk.case(1).stage, Stage::Offering { .. }));
    let pdf = Some(("会社案内.pdf", b"%PDF-1.4\n%%EOF\n".to_vec()));
    writes(&mut desk, 2, "オンライン希望、8/29 13:00-16:00でお願いします。会社案内を添付します。\n", pdf);
    assert_eq!(desk.case(1).stage, Stage::Complete);
    let letter = desk.letter("noted");
    assert!(letter.text.contains("担当者が確認のうえ"), "{}", letter.text);
    assert!(!letter.text.contains("8月19日"), "nothing is asked for by a date: {}", letter.text);
    assert!(desk.to_do().contains("佐久 太郎「Re: 自己診断」"), "{}", desk.to_do());
    let pdf = Some(("自己診断.pdf", b"%PDF-1.4\n%%EOF\n".to_vec()));
    writes(&mut desk, 3, "修正した自己診断フォーマットを添付します。\n", pdf);
    let letter = desk.letter("unreadable");
    assert!(letter.text.contains("先にお送りいただいたものを受け付けております"), "{}", letter.text);
    assert!(letter.html.contains("先にお送りいただいたもの") && !letter.html.contains("8月19日"));
}

#[test]
fn a_forgotten_file_of_a_complete_form_asks_for_nothing() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[]));
    writes(&mut desk, 2, "自己診断フォーマットを添付いたします。ご確認をお願いします。\n", None);
    assert_eq!(desk.case(1).stage, Stage::Complete);
    let letter = desk.letter("no-workbook");
    assert!(letter.text.contains("先にお送りいただいたものを受け付けております"), "{}", letter.text);
    assert!(!letter.text.contains("8月19日") && !letter.html.contains("8月19日"), "{}", letter.text);
}

#[test]
fn a_case_whose_only_day_is_taken_back_waits_for_another() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[]));
    assert_eq!(desk.case(1).stage, Stage::Complete);
    writes(&mut desk, 2, "8/29は都合が悪くなりました。申し訳ございません。\n", None);
    let Stage::Offering { slots } = desk.case(1).stage else { panic!("{:?}", desk.case(1).stage) };
    assert!(!desk.to_do().contains("割り当て"), "{}", desk.to_do());
    // and the day it chooses from what that letter offers means the hours offered
    let day = slots[0].start;
    writes(&mut desk, 3, &format!("{}/{}でお願いします。\n", day.month(), day.day()), None);
    let case = desk.case(1);
    assert_eq!((case.stage, case.wishes.dates[0].start), (Stage::Complete, day));
}

#[test]
fn what_a_withdrawn_company_sends_is_kept_and_counts_when_it_is_in_again() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("4-2", "")]));
    writes(&mut desk, 2, "社内で検討した結果、今回の参加を辞退いたします。\n", None);
    assert!(matches!(desk.case(1).stage, Stage::Withdrawn { .. }), "{:?}", desk.letters());
    let text = "やはり参加いたします。オンライン希望、8/29 13:00-16:00。修正したフォーマットを添付します。\n";
    writes(&mut desk, 3, text, Some(("自己診断3.xlsx", filled(&[]))));
    let case = desk.case(1);
    assert!(matches!(case.stage, Stage::Withdrawn { .. }), "a person says so, no machine: {:?}", case.stage);
    assert_eq!((case.revision, case.wishes.method), (2, Some(Method::Online)));
    let told = desk.letter("handed-over");
    assert!(told.text.contains("ファイルを受け取りました"), "{}", told.text);
    assert_eq!(desk.reopens(1).unwrap().0, Stage::Complete);
    desk.settles();
    assert!(!desk.letter("reopened").text.contains("4-2"), "{}", desk.letter("reopened").text);
    desk.balanced();
}

#[test]
fn a_mail_without_a_right_file_lifts_no_hold_and_rounds_are_kept() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, SUBMITTED, filled(&[("4-2", "")]));
    let mixed = "申し訳ございません。別の会社のファイルが混じっていました。お手数ですが削除をお願いします。\n";
    writes(&mut desk, 2, mixed, None);
    assert!(matches!(desk.case(1).stage, Stage::Held { .. }), "{:?}", desk.letters());
    writes(&mut desk, 3, "正しい自己診断フォーマットを添付いたします。\n", None);
    assert!(matches!(desk.case(1).stage, Stage::Held { .. }), "{:?}", desk.case(1).stage);
    writes(&mut desk, 4, "こちらが正しいものです。\n", Some(("自己診断4.xlsx", filled(&[("4-2", "2.5")]))));
    let Stage::Correcting { rounds, .. } = desk.case(1).stage else { panic!("{:?}", desk.case(1).stage) };
    assert_eq!(rounds, 2, "what was asked before the case rested counts");
}

#[test]
fn an_advisor_assigned_while_a_person_speaks_with_the_company_hears_alone() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, WISHES, filled(&[]));
    assert_eq!(desk.runs(&["mute", "1"]).0, 0);
    let (code, said) = desk.runs(&["assign", "1", "kubota"]);
    assert!(code == 0 && said.contains("tell it yourself"), "{said}");
    let letters = desk.letters();
    let named: Vec<&String> = letters.iter().filter(|it| it.contains("advisor-named")).collect();
    assert!(named.is_empty() && letters.last().unwrap().starts_with("assignment"), "{letters:?}");
}

#[test]
fn where_advice_is_online_only_nobody_waits_for_the_method() {
    let mut desk = with_rules("programme.toml", "in_person = true", "in_person = false");
    sends(&mut desk, 1, "提出します。8/29 13:00-16:00を希望します。\n", filled(&[]));
    assert_eq!(desk.case(1).stage, Stage::Complete);
    let letter = desk.letter("complete");
    assert!(letter.text.contains("オンラインのみで実施いたします"), "{}", letter.text);
    assert!(!letter.text.contains("お知らせいただき次第"), "{}", letter.text);
    let mut desk = with_rules("programme.toml", "in_person = true", "in_person = false");
    sends(&mut desk, 1, "提出します。対面を希望します。8/29 13:00-16:00。\n", filled(&[]));
    assert!(desk.letter("complete").text.contains("オンラインのみで実施いたします"));
    desk.assigns(1, "nemoto").unwrap();
}

#[test]
fn what_the_questionnaire_does_not_require_is_neither_asked_nor_waited_for() {
    let mut desk = Desk::prepared(|dir| {
        write_config(dir, &main_file(dir));
        let path = dir.join("config/questionnaire.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("required = true", "required = false")).unwrap();
    });
    sends(&mut desk, 1, SUBMITTED, filled(&[]));
    assert_eq!(desk.case(1).stage, Stage::Complete);
    let letter = desk.letter("complete");
    assert!(!letter.text.contains("アドバイスのご希望") && !letter.text.contains("アンケート"), "{}", letter.text);
}

#[test]
fn an_old_version_beside_a_file_that_cannot_be_read_names_both() {
    let mut desk = Desk::open();
    let old = form("old-version-2.2");
    let mail =
        mails::from(TARO).text(SUBMITTED).file("自己診断.xlsx", old).file("定量.xlsx", b"PK\x03\x04broken".to_vec());
    desk.receives(mail.bytes()).settles();
    let letter = desk.letter("wrong-version");
    assert!(letter.text.contains("【開けなかったファイル】") && letter.text.contains("定量.xlsx"), "{}", letter.text);
    assert!(letter.html.contains("定量.xlsx"));
}

#[test]
fn the_first_letter_of_a_programme_without_rounds_excuses_itself_for_nothing() {
    let mut desk = with_rules("programme.toml", "correction_rounds = 2", "correction_rounds = 0");
    sends(&mut desk, 1, SUBMITTED, filled(&[("4-2", "")]));
    let letter = desk.letter("call");
    for never in ["あらためてお送り", "何度もお手数", "メールでのお願いだけでは"] {
        assert!(!letter.text.contains(never) && !letter.html.contains(never), "{never}: {}", letter.text);
    }
    assert!(letter.text.contains("お電話でご連絡いたします"));
}

/// Files of one name in an archive's folders.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn the_advisor_gets_the_filled_file_whatever_lies_beside_it_under_its_name() {
    let full = filled(&[]);
    let blank = {
        let empty: Vec<(String, &str)> = catalogue().rows.iter().map(|it| (it.no.clone(), "")).collect();
        let changes: Vec<(&str, &str)> = empty.iter().map(|(no, value)| (no.as_str(), *value)).collect();
        form_of(catalogue().rows, "長野県佐久市", &changes)
    };
    let mut desk = Desk::open();
    let zip = archive(&[("様式/自己診断.xlsx", &blank), ("記入済/自己診断.xlsx", &full)]);
    writes(&mut desk, 1, WISHES, Some(("自己診断.zip", zip)));
    assert_eq!(desk.case(1).stage, Stage::Complete, "{:?}", desk.letters());
    let (code, said) = desk.runs(&["assign", "1", "kubota"]);
    assert_eq!(code, 0, "{said}");
    let id = desk.outbox().into_iter().find(|it| it.kind == "assignment").unwrap().id;
    desk.now = "2100-01-01T00:00:00Z".parse().unwrap();
    desk.settles();
    let letter = desk.letter("assignment");
    let mail = mail_parser::MessageParser::default().parse(letter.raw.as_bytes()).unwrap();
    let files: Vec<&[u8]> = mail.attachments().map(|it| it.contents()).collect();
    assert_eq!(files, [full.as_slice()], "letter {id}");
}
