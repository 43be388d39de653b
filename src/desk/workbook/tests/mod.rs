//! The samples in every layout, odd workbooks, and hostile ones.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test may panic"
)]

mod formats;
mod forms;
mod hostile;
mod odd;
mod oracle;
mod probe;
mod reader;
mod refused;
mod samples;
mod tables;
mod traps;
mod two_books;
mod values;

use rust_xlsxwriter::{Workbook as Writer, Worksheet};

use super::{Indicator, Value, Workbook, book::Book, read, screen::Screen, sightings::Titles, xlsx};
use crate::desk::{
    reading::Unreadable,
    rules::{Bounds, Form, FormRow, Questionnaire, Rules},
};

/// The catalogue as it is shipped.
pub(crate) fn form() -> Form {
    toml::from_str(include_str!("../../../../config/forms/dxpi-2.3.toml")).unwrap()
}

/// The cells of an .xlsx.
fn open_xlsx(bytes: &[u8], bounds: &Bounds) -> Result<Book, Unreadable> {
    xlsx::open(bytes, bounds, &Screen::of(&Titles::of(&[form()])))
}

/// Reads by these forms, with the bounds as they are shipped; of an .xlsx that can be read whole, calamine must agree on
/// every cell.
#[track_caller]
fn read_by(name: &str, bytes: &[u8], forms: &[Form]) -> Result<Workbook, Unreadable> {
    let whole = open_xlsx(bytes, &Bounds::default()).is_ok_and(|it| !it.torn);
    assert!(oracle::agrees(name, bytes) || !whole, "{name}: calamine cannot read it");
    read_alone(name, bytes, forms)
}

/// The same without calamine, which some hostile books kill.
fn read_alone(name: &str, bytes: &[u8], forms: &[Form]) -> Result<Workbook, Unreadable> {
    read(name, bytes, &rules(forms), &[])
}

/// Rules with these forms, with the bounds as they are shipped.
fn rules(forms: &[Form]) -> Rules {
    Rules {
        programme: toml::from_str(include_str!("../../../../config/programme.toml")).unwrap(),
        forms: forms.to_vec(),
        questionnaire: Questionnaire { questions: Vec::new() },
        advisors: Vec::new(),
        bounds: Bounds::default(),
    }
}

pub(crate) fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/forms/{name}.xlsx", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub(crate) fn read_sample(name: &str) -> Workbook {
    read_by(&format!("{name}.xlsx"), &sample(name), &[form()]).unwrap()
}

/// What is read of any workbook.
pub(crate) fn read_any(bytes: &[u8]) -> Result<Workbook, Unreadable> {
    read_alone("book.xlsx", bytes, &[form()])
}

#[track_caller]
fn read_written(book: &mut Writer) -> Workbook {
    let bytes = book.save_to_buffer().unwrap();
    assert!(oracle::agrees("book.xlsx", &bytes));
    read_alone("book.xlsx", &bytes, &[form()]).unwrap()
}

fn by_no<'a>(book: &'a Workbook, no: &str) -> &'a Indicator {
    book.indicators.iter().find(|it| it.no == no).unwrap_or_else(|| panic!("{no} not found"))
}

/// Current value as text.
fn value(book: &Workbook, no: &str) -> Option<String> {
    by_no(book, no).current.value.as_ref().map(|it| match it {
        Value::Level(level) => level.to_string(),
        Value::Text(text) => text.clone(),
    })
}

const HEADERS: [&str; 11] = [
    "No",
    "定性指標\nNo.",
    "大分類",
    "中分類",
    "小分類",
    "DX推進指標",
    "定性定量",
    "現在",
    "目標\n(例えば3年後)",
    "根拠",
    "アクション欄\n(任意)",
];
const CURRENT: u16 = 7;
const TARGET: u16 = 8;

fn headers(sheet: &mut Worksheet, row: u32, left: u16) {
    for (at, text) in HEADERS.iter().enumerate() {
        sheet.write(row, left + u16::try_from(at).unwrap(), *text).unwrap();
    }
}

/// Writes what the form prints in a row.
fn printed(sheet: &mut Worksheet, row: u32, left: u16, running: usize, known: &FormRow) {
    let qualitative = known.kind == super::IndicatorKind::Qualitative;
    sheet.write(row, left, u32::try_from(running).unwrap()).unwrap();
    if qualitative {
        sheet.write(row, left + 1, known.no.as_str()).unwrap();
    }
    sheet.write(row, left + 2, known.block.as_str()).unwrap();
    sheet.write(row, left + 3, known.category.as_str()).unwrap();
    sheet.write(row, left + 4, known.title.as_str()).unwrap();
    sheet.write(row, left + 5, known.title.as_str()).unwrap();
    sheet.write(row, left + 6, if qualitative { "定性" } else { "定量" }).unwrap();
}

/// The whole form with 2 and 3 in every row, from a header in the given row and column.
fn filled_sheet(sheet: &mut Worksheet, top: u32, left: u16) {
    filled_sheet_of(&form(), sheet, top, left);
}

fn filled_sheet_of(form: &Form, sheet: &mut Worksheet, top: u32, left: u16) {
    headers(sheet, top, left);
    for (at, known) in form.rows.iter().enumerate() {
        let row = top + 1 + u32::try_from(at).unwrap();
        printed(sheet, row, left, at + 1, known);
        sheet.write(row, left + CURRENT, 2).unwrap();
        sheet.write(row, left + TARGET, 3).unwrap();
    }
}

/// The row of a number in [`filled_sheet`].
fn row_of(no: &str, top: u32) -> u32 {
    top + 1 + u32::try_from(form().rows.iter().position(|it| it.no == no).unwrap()).unwrap()
}
