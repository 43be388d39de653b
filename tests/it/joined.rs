//! Several mails of one sender within the settling time.

use uketsuke::desk::{
    case::{Number, Revision, Stage},
    workbook::IndicatorKind,
};

use crate::{
    desk::Desk,
    mails,
    rounds::{TARO, catalogue, filled, form_for, form_of, half},
};

/// What becomes of mails that come a minute after each other: each its text and its form.
fn joined(mails: Vec<(&str, Option<Vec<u8>>)>) -> Desk {
    let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 3"));
    for (n, (text, form)) in mails.into_iter().enumerate() {
        let mail = mails::from(TARO).text(text).id(&format!("{n}@saku"));
        let mail = form.into_iter().fold(mail, |mail, form| mail.file("自己診断.xlsx", form));
        desk.receives(mail.bytes()).settles().waits(1);
    }
    assert!(desk.letters().is_empty());
    desk.waits(4).settles();
    desk.balanced();
    desk
}

fn revision(desk: &Desk) -> Revision {
    desk.desk.store.revisions(Number(1)).unwrap().pop().unwrap()
}

#[test]
fn the_words_of_every_mail_count() {
    let form = form_of(catalogue().rows, "", &[("K3", "")]);
    let first = "自己診断を提出します。K3は事業上該当しないため空欄です。会社は茨城県にあります。\n\n\
                 なお、説明会の資料はいただけますでしょうか？\n";
    let desk = joined(vec![(first, Some(form)), ("オンライン希望、8/29 13:00-16:00。\n", None)]);
    assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
    let case = desk.case(1);
    assert_eq!((case.stage, case.region.as_deref()), (Stage::Complete, Some("茨城")));
    let findings = revision(&desk).findings;
    assert!(findings.iter().any(|it| it.rule.name() == "not-applicable" && it.no.as_deref() == Some("K3")));
    // the question lies where people look, in the mail that asks it
    assert!(desk.mails().iter().all(|it| it.outcome.as_deref() == Some("to-secretariat")), "{:?}", desk.mails());
    assert_eq!(desk.in_folder(".要確認"), 2);
    assert!(desk.letter("complete").text.contains("ご質問"), "{}", desk.letter("complete").text);
}

#[test]
fn a_later_file_takes_the_place_of_an_earlier_one() {
    let desk = joined(vec![
        ("自己診断を提出します。\n", Some(filled(&[("4-2", "5"), ("6>", "0"), ("K1", "3日")]))),
        ("先ほどのファイルは誤りでした。差し替えをお願いします。\n", Some(filled(&[("6", "2.5")]))),
    ]);
    assert_eq!(desk.letters(), ["corrections → taro@saku-mokkou.example.jp"]);
    let letter = desk.letter("corrections");
    assert!(letter.text.contains("2～3") && !letter.text.contains("2 か所"), "{}", letter.text);
    assert!(desk.mails().iter().any(|it| it.outcome.as_deref() == Some("recorded")));
    let book = revision(&desk).workbook.unwrap();
    assert_eq!((book.conflicts.len(), book.name.as_str()), (0, "自己診断.xlsx"));
    let row = |no: &str| book.indicators.iter().find(|it| it.no == no).unwrap();
    assert_eq!((row("4-2").current.raw.as_deref(), row("6").target.raw.as_deref()), (Some("1"), Some("3")));
}

#[test]
fn a_later_file_may_bring_the_other_half() {
    let (first, second) = (half(IndicatorKind::Qualitative, &[]), half(IndicatorKind::Quantitative, &[]));
    let desk = joined(vec![("定性指標を提出します。\n", Some(first)), ("定量指標です。\n", Some(second))]);
    assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
    assert_eq!(revision(&desk).workbook.unwrap().indicators.len(), 55);
}

#[test]
fn what_is_written_just_after_a_form_need_not_say_what_it_is_about() {
    for (order, text, days, letter) in [
        ([0, 1], "希望日は8/24 13:00〜16:00、オンラインでお願いします。\n", 1, "8月24日"),
        ([1, 0], "希望日は8/24 13:00〜16:00、オンラインでお願いします。\n", 1, "8月24日"),
        ([0, 1], "先ほどのメールの件ですが、8/24は都合が悪くなりましたので取り消してください。\n", 0, ""),
    ] {
        let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 3"));
        let form = mails::from(TARO).subject("自己診断の提出").text("提出します。\n");
        let form = form.file("自己診断.xlsx", filled(&[])).id("form@saku").bytes();
        let words = mails::from(TARO).subject("希望日について").text(text).id("words@saku").bytes();
        for n in order {
            desk.receives([&form, &words][n]).settles().waits(1);
        }
        desk.waits(4).settles();
        assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"], "{text}");
        assert_eq!(desk.case(1).wishes.dates.len(), days, "{text}");
        assert!(desk.letter("complete").text.contains(letter), "{}", desk.letter("complete").text);
        desk.balanced();
    }
}

#[test]
fn a_form_that_was_said_to_be_enclosed_is_asked_for_whatever_is_written_next() {
    let desk = joined(vec![
        ("自己診断フォーマットを提出します。\n", None),
        ("自己診断の件、オンライン希望、8/29 13:00-16:00。\n", None),
    ]);
    assert_eq!(desk.letters(), ["no-workbook → taro@saku-mokkou.example.jp"]);
    assert!(!desk.case(1).wishes.dates.is_empty());
}

/// A whole form that names this company, or none.
fn of(company: &str, level: &str) -> Vec<u8> {
    form_for(company, catalogue().rows, "長野県佐久市", &[("4-2", level)])
}

fn level(it: &Revision) -> String {
    let book = it.workbook.as_ref().unwrap();
    book.indicators.iter().find(|it| it.no == "4-2").unwrap().current.raw.clone().unwrap()
}

#[test]
fn two_forms_of_which_one_names_no_company_are_not_made_one() {
    for (first, second) in [("佐久木工株式会社", ""), ("", "信州きのこ工房株式会社"), ("", "")] {
        let mails =
            vec![("提出します。\n", Some(of(first, "2"))), ("もう1社分を提出します。\n", Some(of(second, "5")))];
        let desk = joined(mails);
        assert_eq!((desk.cases().len(), desk.case(1).revision), (1, 1), "{first}|{second}: {:?}", desk.letters());
        assert_eq!(level(&revision(&desk)), "2", "{first}|{second}");
        let held: Vec<_> = desk.mails().into_iter().filter(|it| it.outcome.as_deref() == Some("held")).collect();
        assert!(matches!(held.as_slice(), [it] if it.why.as_deref() == Some("several-cases")), "{held:?}");
    }
}

#[test]
fn a_form_that_is_said_to_be_the_true_one_is_joined_though_it_names_no_company() {
    for text in [
        "先ほどのファイルに誤りがありましたので、差し替えをお願いします。\n",
        "自己診断を再送します。\n",
        "修正版です。\n",
    ] {
        let desk = joined(vec![("提出します。\n", Some(of("佐久木工株式会社", "2"))), (text, Some(of("", "3")))]);
        assert_eq!((desk.letters().len(), desk.case(1).revision), (1, 1), "{text}: {:?}", desk.letters());
        let it = revision(&desk);
        assert_eq!((level(&it).as_str(), desk.case(1).company.as_str()), ("3", "佐久木工株式会社"), "{text}");
    }
}

#[test]
fn forms_of_two_named_companies_are_two_cases() {
    let (first, second) = (of("佐久木工株式会社", "2"), of("信州きのこ工房株式会社", "3"));
    let desk = joined(vec![("提出します。\n", Some(first)), ("差し替えをお願いします。\n", Some(second))]);
    assert_eq!(desk.cases().len(), 2, "{:?}", desk.letters());
}
