//! Which table answers for a row: the form itself, however its headers read, before anything that only repeats it.

use rust_xlsxwriter::Formula;

use super::{super::*, *};
use crate::desk::check::{Rule, check_workbook};

const SUMMARY: [&str; 3] = ["指標", "現在", "目標"];

/// The sheet behind the chart: the nine key questions, with typed values or formulas.
fn summary(book: &mut Writer, write: impl Fn(&mut Worksheet, u32)) {
    let sheet = book.add_worksheet().set_name("結果").unwrap();
    for (at, text) in SUMMARY.iter().enumerate() {
        sheet.write(0, u16::try_from(at).unwrap(), *text).unwrap();
    }
    let keys = form().rows.into_iter().filter(|it| it.kind == IndicatorKind::Qualitative && !it.no.contains('-'));
    for (row, known) in (1..).zip(keys) {
        sheet.write(row, 0, known.title).unwrap();
        write(sheet, row);
    }
}

fn typed(sheet: &mut Worksheet, row: u32) {
    sheet.write(row, 1, 3).unwrap();
    sheet.write(row, 2, 4).unwrap();
}

fn formulas(sheet: &mut Worksheet, row: u32) {
    for column in [1, 2] {
        sheet.write_formula(row, column, Formula::new(format!("'自己診断'!J{row}")).set_result("")).unwrap();
    }
}

/// The filled form, its columns of current values and target called otherwise, with a summary.
fn called(current: &str, target: &str) -> Workbook {
    let mut book = Writer::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    filled_sheet(sheet, 4, 0);
    sheet.write(4, CURRENT, current).unwrap();
    sheet.write(4, TARGET, target).unwrap();
    summary(&mut book, typed);
    read_written(&mut book)
}

#[test]
fn other_words_for_current_and_target() {
    for (current, target) in [
        ("自己評価", "目標"),
        ("現状", "目標値"),
        ("成熟度（現在）", "成熟度（目標）"),
        ("自己評価（現在）", "自己評価（3年後）"),
        ("現時点", "目標（例えば3年後）"),
        ("現時点の成熟度レベル", "目標"),
        ("現在値", "3年後"),
        ("スコア", "目標"),
        ("成熟度", "目標成熟度"),
        ("現在の状況", "目標"),
        ("現在（2022年）", "目標（2025年）"),
    ] {
        let found = called(current, target);
        assert_eq!((found.indicators.len(), found.conflicts.len()), (55, 0), "{current}");
        assert!(found.indicators.iter().all(|it| it.sheet == "自己診断"), "{current}");
        assert!(found.indicators.iter().all(|it| it.cell.starts_with('H')), "{current}");
        assert_eq!(by_no(&found, "4-1").target.value, Some(Value::Level(3)), "{current}");
    }
}

#[test]
fn a_summary_never_stands_in_for_a_table_whose_values_cannot_be_told() {
    for current in ["2022年度", "―", "前回の現在値", "現在（前回）", "備考"] {
        let found = called(current, "目標");
        assert_eq!((found.indicators.len(), found.missing_rows.len()), (0, 55), "{current}");
    }
    // a score that does not stand beside the target, or is not the only one
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    filled_sheet(sheet, 4, 0);
    sheet.write(4, CURRENT, "スコア").unwrap();
    sheet.write(4, 6, "成熟度").unwrap();
    assert_eq!(read_written(&mut book).indicators, []);
}

#[test]
fn neither_do_an_example_or_a_hidden_copy() {
    for (name, hidden) in [("集計", true), ("記入例", false)] {
        let mut book = Writer::new();
        let sheet = book.add_worksheet().set_name("自己診断").unwrap();
        filled_sheet(sheet, 4, 0);
        sheet.write(4, CURRENT, "2022年度").unwrap();
        filled_sheet(book.add_worksheet().set_name(name).unwrap().set_hidden(hidden), 4, 0);
        assert_eq!(read_written(&mut book).indicators, [], "{name}");
    }
}

#[test]
fn rows_that_are_taken_out_are_missing() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    headers(sheet, 0, 0);
    for (row, known) in (1..).zip(form().rows.iter().filter(|it| it.no == "1" || it.no.starts_with('K'))) {
        printed(sheet, row, 0, 1, known);
        sheet.write(row, CURRENT, 1).unwrap();
    }
    summary(&mut book, typed);
    let found = read_written(&mut book);
    let qualitative = found.indicators.iter().filter(|it| it.kind == IndicatorKind::Qualitative);
    assert_eq!(qualitative.map(|it| it.no.as_str()).collect::<Vec<_>>(), ["1"]);
}

#[test]
fn a_summary_alone_counts_only_if_it_is_typed() {
    let mut book = Writer::new();
    summary(&mut book, typed);
    assert_eq!(read_written(&mut book).indicators.len(), 9);
    let mut book = Writer::new();
    summary(&mut book, formulas);
    assert_eq!(read_written(&mut book).indicators.len(), 0);
}

#[test]
fn a_form_that_is_calculated_counts_only_where_there_is_no_other() {
    let calculated = |sheet: &mut Worksheet| {
        filled_sheet(sheet, 4, 0);
        for no in form().rows {
            let formula = Formula::new("別表!A1").set_result("5");
            sheet.write_formula(row_of(&no.no, 4), CURRENT, formula).unwrap();
        }
    };
    let mut book = Writer::new();
    calculated(book.add_worksheet());
    assert_eq!(value(&read_written(&mut book), "4-1").as_deref(), Some("5"));
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    filled_sheet(sheet, 4, 0);
    assert_eq!(value(&read_written(&mut book), "4-1").as_deref(), Some("2"));
    let sheet = book.worksheet_from_name("自己診断").unwrap();
    sheet.write(4, CURRENT, "2022年度").unwrap();
    assert_eq!(read_written(&mut book).indicators, []);
}

/// 現在 of two departments, and of the company where `whole` is its header.
fn departments(whole: Option<&str>) -> Workbook {
    let mut book = Writer::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    filled_sheet(sheet, 4, 0);
    for (column, text) in [(CURRENT, "現在（営業部）"), (12, "現在（製造部）")] {
        sheet.write(4, column, text).unwrap();
    }
    for known in form().rows {
        let row = row_of(&known.no, 4);
        sheet.write(row, 12, if known.no == "4-1" || known.no == "K1" { 4 } else { 2 }).unwrap();
        if whole.is_some() {
            sheet.write(row, 13, 1).unwrap();
        }
    }
    if let Some(whole) = whole {
        sheet.write(4, 13, whole).unwrap();
    }
    read_written(&mut book)
}

#[test]
fn two_columns_of_current_values_are_not_picked_from_silently() {
    let found = departments(None);
    assert_eq!((found.indicators.len(), found.conflicts.clone()), (55, vec!["4-1".to_owned(), "K1".to_owned()]));
    let places: Vec<_> =
        found.rivals.iter().filter(|it| it.no == "4-1").map(|it| (it.cell.as_str(), it.raw.as_str())).collect();
    assert_eq!(places, [("H10", "2"), ("M10", "4")]);
    // the form's own column stands for the whole company
    let found = departments(Some("現在"));
    assert_eq!(found.conflicts, Vec::<String>::new());
    assert!(found.indicators.iter().all(|it| it.cell.starts_with('N')));
}

#[test]
fn a_word_beside_the_values_makes_no_table() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    filled_sheet(sheet, 4, 0);
    sheet.write(4, TARGET, "備考").unwrap();
    for known in form().rows {
        sheet.write(row_of(&known.no, 4), 9, "自己評価").unwrap();
    }
    let found = read_written(&mut book);
    assert_eq!((found.indicators.len(), found.conflicts.len()), (55, 0));
    assert!(found.indicators.iter().all(|it| it.cell.starts_with('H') && it.target_cell.is_none()));
}

#[test]
fn an_untouched_form_with_printed_units_is_blank() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    headers(sheet, 4, 0);
    let units = ["件", "円", "％", "（　）%", "人", "約　　円"];
    for (at, known) in form().rows.iter().enumerate() {
        let row = row_of(&known.no, 4);
        printed(sheet, row, 0, at + 1, known);
        if known.kind == IndicatorKind::Quantitative {
            sheet.write(row, CURRENT, units[at % units.len()]).unwrap();
            sheet.write(row, TARGET, units[at % units.len()]).unwrap();
        }
    }
    let found = read_written(&mut book);
    let findings = check_workbook(&found, &form());
    let rules = |rule: Rule| findings.iter().filter(|it| it.rule == rule).count();
    assert_eq!((rules(Rule::BlankForm), rules(Rule::CurrentMissing)), (1, 55));
}

/// The header of one table reaches below the header of the next.
#[test]
fn headers_that_reach_into_each_other() {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    for (row, column, words) in [
        (0, 0, "DX推進指標"),
        (0, 3, "目標"),
        (1, 5, "指標"),
        (1, 6, "現在"),
        (1, 7, "目標"),
        (2, 1, "レベル"),
        (2, 2, "理由"),
    ] {
        sheet.write(row, column, words).unwrap();
    }
    sheet.merge_range(0, 1, 0, 2, "現在", &rust_xlsxwriter::Format::new()).unwrap();
    filled_sheet(sheet, 10, 0);
    assert_eq!(read_written(&mut book).indicators.len(), 55);
}
