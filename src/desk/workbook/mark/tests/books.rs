//! Whole workbooks of several writers.

use rust_xlsxwriter::{
    Chart, ConditionalFormatCell, ConditionalFormatCellRule, DataValidation, Format, Image, Note, Table, Url, Workbook,
};

use super::{Mark, Weight, at, marked, sheets, sound};

fn committed(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/tests/forms/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "xlsx" || it == "xlsm") {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    assert!(!all.is_empty());
    all
}

/// Marks in every sheet: cells that are there, cells that are not, far ones.
fn everywhere(bytes: &[u8]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (name, _) in super::values(bytes) {
        for (cell, weight) in
            [("B2", Weight::MustMend), ("C5", Weight::Ask), ("J14", Weight::MustMend), ("AB300", Weight::Ask)]
        {
            marks.push(at(&name, cell, weight, "現在値が空欄です。\n0〜5の数字をご記入ください。"));
        }
    }
    marks
}

#[test]
fn the_forms_of_the_tests() {
    for (name, bytes) in committed("").into_iter().filter(|(it, _)| !it.contains("complete")) {
        println!("{name}");
        sound(&bytes, &everywhere(&bytes));
    }
}

#[test]
fn books_of_other_programs() {
    for (name, bytes) in committed("marking") {
        println!("{name}");
        sound(&bytes, &everywhere(&bytes));
    }
}

#[test]
fn a_book_with_all_that_a_sheet_can_have() {
    let mut book = Workbook::new();
    for name in ["診断", "二枚目"] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        let yellow = Format::new().set_background_color("FFF2CC").set_unlocked();
        sheet.set_column_format(9, &yellow).unwrap();
        sheet.set_row_format(13, &yellow).unwrap();
        sheet.write_with_format(1, 1, "値", &yellow).unwrap();
        sheet.write_formula(2, 1, "=1+1").unwrap();
        sheet.merge_range(4, 2, 5, 4, "結合", &yellow).unwrap();
        sheet.insert_note(1, 1, &Note::new("社内のメモ").set_author("山田")).unwrap();
        sheet.insert_note(20, 3, &Note::new("もう一つ").set_author("鈴木")).unwrap();
        sheet.add_table(30, 0, 33, 2, &Table::new()).unwrap();
        let rule = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::GreaterThan(3)).set_format(&yellow);
        sheet.add_conditional_format(1, 1, 9, 9, &rule).unwrap();
        let list = DataValidation::new().allow_list_strings(&["0", "1"]).unwrap();
        sheet.add_data_validation(13, 9, 13, 9, &list).unwrap();
        sheet.write_url(8, 1, Url::new("https://example.com/")).unwrap();
        let mut chart = Chart::new_column();
        chart.add_series().set_values((name, 1, 1, 3, 1));
        sheet.insert_chart(3, 12, &chart).unwrap();
        sheet.insert_image(9, 12, &Image::new_from_buffer(PICTURE).unwrap()).unwrap();
        sheet.set_header("&C見出し");
        sheet.protect();
    }
    book.define_name("名前", "=診断!$B$2").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let after = sound(&bytes, &everywhere(&bytes));
    let said = super::look::comments(&after, "xl/comments1.xml");
    assert!(
        said[&(1, 1)].1.ends_with("――――\n【DX推進指標 受付】\n現在値が空欄です。\n0〜5の数字をご記入ください。"),
        "{said:?}"
    );
    assert_eq!(said.len(), 5);
}

#[test]
fn macros_stay_as_they_are() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("診断").unwrap();
    let plain = book.save_to_buffer().unwrap();
    let mut made = super::made::Made { parts: Vec::new() };
    for (name, _, content) in super::entries(&plain) {
        made.put(&name, std::str::from_utf8(&content).unwrap());
    }
    let mut made = made
        .replaced(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )
        .part("xl/vbaProject.bin", "application/vnd.ms-office.vbaProject", "");
    made.parts.last_mut().unwrap().1 = vec![0xD0, 0xCF, 0, 0xFF, 7];
    let after = sound(&made.pack(), &[at("診断", "B2", Weight::Ask, "あ")]);
    let project = super::entries(&after).into_iter().find(|(name, ..)| name == "xl/vbaProject.bin").unwrap();
    assert_eq!(project.2, [0xD0, 0xCF, 0, 0xFF, 7]);
}

#[test]
fn nothing_to_mark_changes_nothing() {
    for (name, bytes) in committed("marking") {
        assert_eq!(super::entries(&marked(&bytes, &[]).unwrap()), super::entries(&bytes), "{name}");
        assert!(!sheets(&bytes).is_empty());
    }
}

/// One grey pixel.
const PICTURE: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8,
    0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x68, 0, 0, 0, 0x82,
    0, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
];
