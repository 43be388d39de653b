//! Two books in one mail.

use rust_xlsxwriter::Formula;

use super::{super::*, *};

fn named(name: &str, company: &str, change: impl FnOnce(&mut Worksheet)) -> Workbook {
    let mut book = Writer::new();
    let cover = book.add_worksheet();
    cover.write(0, 0, "企業名").unwrap();
    cover.write(0, 1, company).unwrap();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    filled_sheet(sheet, 0, 0);
    change(sheet);
    read_by(name, &book.save_to_buffer().unwrap(), &[form()]).unwrap()
}

#[test]
fn every_company_is_told() {
    let books =
        || ["甲乙株式会社", "㈱甲乙", "丙丁株式会社", "甲乙（株）"].map(|it| named("a.xlsx", it, |_| ())).into_iter();
    assert_eq!(join(books().collect()).unwrap().companies, ["甲乙株式会社", "丙丁株式会社"]);
    let one = join(books().take(2).collect()).unwrap();
    assert_eq!((one.companies, one.company.as_deref()), (vec!["甲乙株式会社".to_owned()], Some("甲乙株式会社")));
    // a book kept before there was such a list
    let mut old = named("a.xlsx", "戊株式会社", |_| ());
    old.companies.clear();
    let with = join(vec![old, named("b.xlsx", "丙丁株式会社", |_| ())]).unwrap();
    assert_eq!(with.companies, ["戊株式会社", "丙丁株式会社"]);
}

#[test]
fn a_formula_without_a_value_contradicts_nothing() {
    let typed = || named("a.xlsx", "甲", |_| ());
    let silent = || {
        let mut book = named("b.xlsx", "甲", |_| ());
        let it = book.indicators.iter_mut().find(|it| it.no == "4-1").unwrap();
        it.current = Written { raw: None, value: None, fault: Some(Fault::NoCachedValue) };
        book
    };
    for books in [vec![typed(), silent()], vec![silent(), typed()]] {
        let joined = join(books).unwrap();
        assert_eq!(joined.conflicts, Vec::<String>::new());
        assert_eq!(value(&joined, "4-1").as_deref(), Some("2"));
    }
}

/// One kind of rows only, with the summary that the form has, its formulas pointing to nothing.
fn half(kind: IndicatorKind, name: &str) -> Workbook {
    let mut book = Writer::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    headers(sheet, 0, 0);
    for (row, known) in (1..).zip(form().rows.iter().filter(|it| it.kind == kind)) {
        printed(sheet, row, 0, 1, known);
        sheet.write(row, CURRENT, 2).unwrap();
        sheet.write(row, TARGET, 3).unwrap();
    }
    let result = book.add_worksheet().set_name("結果").unwrap();
    for (at, text) in ["指標", "現在", "目標"].iter().enumerate() {
        result.write(0, u16::try_from(at).unwrap(), *text).unwrap();
    }
    for (row, known) in (1..).zip(form().rows.iter().filter(|it| it.kind == IndicatorKind::Qualitative)) {
        result.write(row, 0, known.title.as_str()).unwrap();
        result.write_formula(row, 1, Formula::new("'自己診断'!J1").set_result("5")).unwrap();
    }
    read_by(name, &book.save_to_buffer().unwrap(), &[form()]).unwrap()
}

#[test]
fn halves_made_by_taking_rows_out() {
    let (first, second) =
        (half(IndicatorKind::Qualitative, "定性.xlsx"), half(IndicatorKind::Quantitative, "定量.xlsx"));
    assert_eq!((first.indicators.len(), second.indicators.len()), (35, 20));
    for books in [vec![first.clone(), second.clone()], vec![second, first]] {
        let joined = join(books).unwrap();
        assert_eq!((joined.indicators.len(), joined.missing_rows.len(), joined.conflicts.len()), (55, 0, 0));
        assert!(joined.indicators.iter().all(|it| it.current.value.is_some() && it.sheet == "自己診断"));
    }
}

#[test]
fn what_is_hidden_in_one_file_does_not_contradict_the_other() {
    let hidden = || {
        let mut book = named("a.xlsx", "甲", |sheet| {
            sheet.write(row_of("4-1", 0), CURRENT, 5).unwrap();
        });
        book.indicators.iter_mut().for_each(|it| it.hidden = true);
        book
    };
    let seen = || named("b.xlsx", "甲", |_| ());
    for books in [vec![hidden(), seen()], vec![seen(), hidden()]] {
        let joined = join(books).unwrap();
        assert_eq!((joined.conflicts.len(), value(&joined, "4-1").as_deref()), (0, Some("2")));
        assert!(joined.indicators.iter().all(|it| !it.hidden && it.file == "b.xlsx"));
    }
}

#[test]
fn of_a_later_mail_what_it_says_wins() {
    let form_with = |name: &str, no: &str, current: u8, target: u8| {
        named(name, "甲", |sheet| {
            sheet.write(row_of(no, 0), CURRENT, current).unwrap();
            sheet.write(row_of(no, 0), TARGET, target).unwrap();
        })
    };
    let (old, new) = (form_with("a.xlsx", "4-1", 5, 5), form_with("b.xlsx", "4-2", 0, 1));
    // all of it; what stands in the earlier one is gone, and so is what contradicted itself there
    let contradicting = join(vec![old.clone(), form_with("c.xlsx", "4-1", 1, 5)]).unwrap();
    assert_eq!(contradicting.conflicts, ["4-1"]);
    assert_eq!(renewed(Some(contradicting.clone()), Some(new.clone())), Some(new.clone()));
    // what contradicts itself within the later mail does so
    let later = renewed(Some(new.clone()), Some(contradicting)).unwrap();
    assert_eq!((later.conflicts.len(), later.rivals.len(), value(&later, "4-2").as_deref()), (1, 2, Some("2")));
    // nothing, and a blank form, take nothing back
    let mut blank = new.clone();
    blank.indicators.iter_mut().for_each(|it| it.current = Written::default());
    for (earlier, later) in [(Some(old.clone()), None), (None, Some(old.clone())), (Some(old.clone()), Some(blank))] {
        assert_eq!(renewed(earlier, later), Some(old.clone()));
    }
}

#[test]
fn a_later_mail_may_bring_one_half() {
    let (first, second) =
        (half(IndicatorKind::Qualitative, "定性.xlsx"), half(IndicatorKind::Quantitative, "定量.xlsx"));
    let joined = renewed(Some(first.clone()), Some(second.clone())).unwrap();
    assert_eq!((joined.indicators.len(), joined.missing_rows.len(), joined.conflicts.len()), (55, 0, 0));
    assert_eq!(by_no(&joined, "K1").file, "定量.xlsx");
    // the whole form, in which only the other half is filled: one row of it is still blank
    let mut whole = named("全部.xlsx", "甲", |_| ());
    let blank = |it: &&mut Indicator| it.kind == IndicatorKind::Qualitative || it.no == "K1";
    whole.indicators.iter_mut().filter(blank).for_each(|it| it.current = Written::default());
    let joined = renewed(renewed(Some(first), Some(second)), Some(whole)).unwrap();
    assert_eq!(
        (joined.name.as_str(), by_no(&joined, "4-1").file.as_str()),
        ("定性.xlsx、定量.xlsx、全部.xlsx", "定性.xlsx")
    );
    assert_eq!((by_no(&joined, "K2").file.as_str(), value(&joined, "K1")), ("全部.xlsx", None));
}
