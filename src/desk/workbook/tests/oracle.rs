//! calamine as the oracle: it reads every workbook of the tests beside our own reader, and both must have read the same.
//!
//! What differs on purpose:
//! - calamine gives up a sheet or a book where ours reads on: references to entities in one cell, an attribute without
//!   quotes, a `state` that is unknown, a missing relation, an odd merged range, a bad `dimension`, no `_rels/.rels`.
//! - Ours gives up where calamine reads on: elements that are not closed by their own names, a document type, two
//!   entries in one place, a size or check sum that is not the entry's, a list of sheets without its part.
//! - A cell that is not understood is an error cell here; calamine names its place only where it has a format.
//! - CDATA in a value is text, and a redundant `v` behind `is` does not empty the cell.
//! - Dates of Strict books (`t=\"d\"`) are dates here and text there; `NaN` and `inf` are words.
//! - calamine tells neither hidden rows nor macros.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{DataRef, Dimensions, NumberFormat, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::{
    super::{
        book::{Book, Cell, Datum, Place, Sheet, clip},
        format::{self, Format},
        moment,
    },
    open_xlsx,
};
use crate::desk::{reading::Unreadable, rules::Bounds};

/// Reads a workbook by both, and holds what they read against each other where both could read all of it; says whether
/// they could.
#[must_use = "calamine may not have read it"]
#[track_caller]
pub(super) fn agrees(what: &str, bytes: &[u8]) -> bool {
    let (Ok(ours), Ok(theirs)) = (open_xlsx(bytes, &Bounds::default()), open(bytes)) else {
        return false;
    };
    if ours.torn || theirs.torn {
        return false;
    }
    assert_eq!(ours.properties, theirs.properties, "{what}");
    let names = |book: &Book| book.sheets.iter().map(|it| (it.name.clone(), it.hidden)).collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs), "{what}");
    for (ours, theirs) in ours.sheets.iter().zip(&theirs.sheets) {
        for (place, cell) in &theirs.cells {
            assert_eq!(ours.cells.get(place), Some(cell), "{what}, {} at {place:?}", ours.name);
        }
        let more: Vec<_> = ours.cells.into_iter().filter(|it| theirs.cells.get(&it.0).is_none()).collect();
        assert!(more.iter().all(|it| ["#?", "#SPILL!"].contains(&&*it.1.text)), "{what}, {}: {more:?}", ours.name);
        assert_eq!(ours.formulas, theirs.formulas, "{what}, {}", ours.name);
        assert_eq!(ours.merged, theirs.merged, "{what}, {}", ours.name);
    }
    true
}

/// Workbooks under `tests/forms` that are no encrypted ones.
const BOOKS: usize = 132;

/// calamine knows neither sheets in UTF-16 nor dates as Strict books write them.
const OURS_ALONE: [&str; 2] = ["excel-shaped.xlsm", "strict-inline.xlsx"];

#[test]
fn every_workbook_of_the_tests() {
    let mut open = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/forms"))];
    let mut read = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "xlsx" || it == "xlsm") {
            let bytes = std::fs::read(&path).unwrap();
            // an encrypted workbook is no archive
            if bytes.starts_with(b"PK") {
                let what = path.display().to_string();
                let ours = open_xlsx(&bytes, &Bounds::default()).unwrap();
                assert!(!ours.torn && !ours.sheets.is_empty(), "{what}");
                assert!(OURS_ALONE.iter().any(|it| what.ends_with(it)) || agrees(&what, &bytes), "{what}");
                read += 1;
            }
        }
    }
    assert!(read >= BOOKS, "{read}");
}

/// Excel's own limits (ECMA-376 gives none): rows and columns of a sheet.
const MAX_ROW: u32 = 1_048_576;
const MAX_COLUMN: u32 = 16_384;
/// Cells with something in them, over all sheets. The form has about 700.
const MAX_CELLS: usize = 500_000;
/// Cell elements looked at, over all sheets, empty ones too.
const MAX_ELEMENTS: usize = 4_000_000;
/// Bytes of text kept; one shared string may be used by every cell.
const MAX_TEXT: usize = 32 << 20;
/// Characters kept of one cell: Excel's own limit.
const MAX_CELL_CHARS: usize = 32_767;
const MAX_SHEETS: usize = 256;
/// Cells that calamine cannot read, in one sheet, before the sheet is given up.
const MAX_TROUBLES: usize = 1_000;

type Source<'a> = Xlsx<Cursor<&'a [u8]>>;

struct Budget {
    cells: usize,
    elements: usize,
    text: usize,
}

/// Reads an .xlsx.
fn open(bytes: &[u8]) -> Result<Book, Unreadable> {
    let mut source: Source<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| why(&error))?;
    let names: Vec<(String, bool)> = source
        .sheets_metadata()
        .iter()
        .filter(|it| it.typ == SheetType::WorkSheet)
        .map(|it| (it.name.clone(), it.visible != SheetVisible::Visible))
        .collect();
    if names.len() > MAX_SHEETS {
        return Err(Unreadable::TooLarge);
    }
    let mut book = Book { properties: properties(&mut source), ..Book::default() };
    let mut budget = Budget { cells: MAX_CELLS, elements: MAX_ELEMENTS, text: MAX_TEXT };
    let mut formats = None;
    for (name, hidden) in names {
        match sheet(&mut source, &name, &mut formats, &mut budget) {
            Ok(mut sheet) => {
                sheet.hidden = hidden;
                book.sheets.push(sheet);
            }
            Err(Unreadable::TooLarge) => return Err(Unreadable::TooLarge),
            Err(_) => book.torn = true,
        }
    }
    Ok(book)
}

/// calamine tells the codes of an American Excel where the book gives none (`builtin_format_by_id`).
const AMERICAN: [&str; 10] = [
    "General",
    "m/d/yy h:mm",
    "#,##0 ;(#,##0)",
    "#,##0 ;[Red](#,##0)",
    "#,##0.00;(#,##0.00)",
    "#,##0.00;[Red](#,##0.00)",
    "_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)",
    "_($* #,##0_);_($* (#,##0);_($* \"-\"_);_(@_)",
    "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)",
    "_($* #,##0.00_);_($* (#,##0.00);_($* \"-\"??_);_(@_)",
];

fn of(format: Option<&NumberFormat>) -> Format {
    let own = |it: &NumberFormat| !AMERICAN.contains(&it.format_code.as_str());
    format.map_or(Format::General, |it| {
        Format::of_id(it.format_id.unwrap_or(0), own(it).then_some(it.format_code.as_str()))
    })
}

fn why(error: &XlsxError) -> Unreadable {
    match error {
        XlsxError::Password => Unreadable::Encrypted,
        _ => Unreadable::Damaged,
    }
}

fn properties(source: &mut Source<'_>) -> Vec<String> {
    let Ok(found) = source.workbook_properties() else {
        return Vec::new();
    };
    let version = found.version.map(|it| format!("version {it}"));
    let mut all: Vec<String> =
        [found.title, found.subject, found.description, found.keywords, version].into_iter().flatten().collect();
    let mut custom: Vec<(String, String)> = found.custom_properties.into_iter().take(100).collect();
    custom.sort();
    all.extend(custom.into_iter().map(|(name, value)| format!("{name} {value}")));
    all.iter().map(|it| it.chars().take(300).collect()).collect()
}

fn sheet(
    source: &mut Source<'_>,
    name: &str,
    formats: &mut Option<Vec<Format>>,
    budget: &mut Budget,
) -> Result<Sheet, Unreadable> {
    let mut sheet = Sheet { name: name.to_owned(), ..Sheet::default() };
    let mut cells = BTreeMap::new();
    let troubles = values(source, name, &mut cells, formats, budget)?;
    locate_troubles(source, name, &mut cells, &troubles)?;
    formulas(source, &mut sheet, &mut cells)?;
    sheet.cells = cells.into_iter().collect();
    let merged = source.merge_cells_by_sheet_name(name).unwrap_or_default();
    for Dimensions { start, end } in merged.into_iter().take(100_000) {
        sheet.merged.insert(start, end.1);
    }
    Ok(sheet)
}

/// A cell that calamine could not read: it lies between the cells before and after it.
struct Trouble {
    after: Option<Place>,
    before: Option<Place>,
    text: String,
}

fn values(
    source: &mut Source<'_>,
    name: &str,
    cells: &mut BTreeMap<Place, Cell>,
    formats: &mut Option<Vec<Format>>,
    budget: &mut Budget,
) -> Result<Vec<Trouble>, Unreadable> {
    let mut reader = source.worksheet_cells_reader(name).map_err(|error| why(&error))?;
    let formats =
        formats.get_or_insert_with(|| reader.styles().iter().map(|it| of(it.number_format.as_ref())).collect());
    let mut troubles: Vec<Trouble> = Vec::new();
    let mut last = None;
    loop {
        budget.elements = budget.elements.checked_sub(1).ok_or(Unreadable::TooLarge)?;
        match reader.next_cell_with_style_id() {
            Ok(None) => return Ok(troubles),
            Ok(Some((found, style))) => {
                let place = found.get_position();
                for open in troubles.iter_mut().rev().take_while(|it| it.before.is_none()) {
                    open.before = Some(place);
                }
                last = Some(place);
                if let Some(cell) = shown(found.get_value(), formats.get(style), budget.text) {
                    keep(cells, place, cell, budget)?;
                }
            }
            // one cell that is not understood must not lose its sheet
            Err(error) if !is_torn(&error) && troubles.len() < MAX_TROUBLES => {
                let text = if let XlsxError::CellError(text) = error { clip(&text, 20) } else { "#?".to_owned() };
                troubles.push(Trouble { after: last, before: None, text });
            }
            Err(error) => return Err(why(&error)),
        }
    }
}

fn keep(cells: &mut BTreeMap<Place, Cell>, place: Place, cell: Cell, budget: &mut Budget) -> Result<(), Unreadable> {
    if place.0 >= MAX_ROW || place.1 >= MAX_COLUMN {
        return Err(Unreadable::Damaged);
    }
    budget.cells = budget.cells.checked_sub(1).ok_or(Unreadable::TooLarge)?;
    budget.text = budget.text.checked_sub(cell.text.len()).ok_or(Unreadable::TooLarge)?;
    cells.insert(place, cell);
    Ok(())
}

/// Whether reading can go on after this error: the XML is whole, only a cell's content is odd.
fn is_torn(error: &XlsxError) -> bool {
    matches!(
        error,
        XlsxError::Xml(_) | XlsxError::XmlEof(_) | XlsxError::Zip(_) | XlsxError::Io(_) | XlsxError::XmlAttr(_)
    )
}

/// Finds the places of cells that could not be read. Cells without any format stay unfound.
fn locate_troubles(
    source: &mut Source<'_>,
    name: &str,
    cells: &mut BTreeMap<Place, Cell>,
    troubles: &[Trouble],
) -> Result<(), Unreadable> {
    if troubles.is_empty() {
        return Ok(());
    }
    let mut reader = source.worksheet_cells_reader(name).map_err(|error| why(&error))?;
    while let Some((row, column, _)) = reader.next_style_id().map_err(|error| why(&error))? {
        let place = (row, column);
        let found =
            troubles.iter().find(|it| it.after.is_none_or(|it| it < place) && it.before.is_none_or(|it| place < it));
        if let Some(found) = found
            && row < MAX_ROW
            && column < MAX_COLUMN
        {
            cells.insert(place, Cell { text: found.text.as_str().into(), datum: Datum::Error });
        }
    }
    Ok(())
}

/// Notes which cells hold formulas, and which of those have no stored result.
fn formulas(source: &mut Source<'_>, sheet: &mut Sheet, cells: &mut BTreeMap<Place, Cell>) -> Result<(), Unreadable> {
    let mut reader = source.worksheet_cells_reader(&sheet.name).map_err(|error| why(&error))?;
    let mut troubles = 0_usize;
    loop {
        match reader.next_cell_with_formula_metadata() {
            Ok(None) => return Ok(()),
            Ok(Some(record)) => {
                let (row, column) = record.pos;
                if record.formula.is_none()
                    || row >= MAX_ROW
                    || column >= MAX_COLUMN
                    || sheet.formulas.len() >= MAX_CELLS
                {
                    continue;
                }
                sheet.formulas.insert(record.pos);
                if record.value == DataRef::Empty {
                    cells.entry(record.pos).or_insert(Cell { text: "".into(), datum: Datum::NoResult });
                }
            }
            Err(error) if !is_torn(&error) && troubles < MAX_TROUBLES => troubles += 1,
            Err(error) => return Err(why(&error)),
        }
    }
}

fn shown(value: &DataRef<'_>, format: Option<&Format>, room: usize) -> Option<Cell> {
    let (text, datum) = match value {
        DataRef::Empty => return None,
        DataRef::String(text) => (clean(text, room), Datum::Text),
        DataRef::SharedString(text) => (clean(text, room), Datum::Text),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (clean(text, room), Datum::Text),
        #[expect(clippy::cast_precision_loss, reason = "whole numbers of a form are small")]
        DataRef::Int(number) => (format::number(*number as f64, format), Datum::Number(*number as f64)),
        DataRef::Float(number) => (format::number(*number, format), Datum::Number(*number)),
        DataRef::DateTime(serial) => moment::shown(serial, format),
        DataRef::Bool(flag) => (if *flag { "TRUE" } else { "FALSE" }.to_owned(), Datum::Flag),
        DataRef::Error(error) => (error.to_string(), Datum::Error),
    };
    if text.is_empty() {
        return None;
    }
    Some(Cell { text: text.into(), datum })
}

/// Without control characters (but line breaks), and no longer than Excel allows.
fn clean(text: &str, room: usize) -> String {
    // one byte more than there is room for is enough to find the budget spent
    let mut kept = String::with_capacity(text.len().min(room).min(MAX_CELL_CHARS));
    for it in text.chars().take(MAX_CELL_CHARS).filter(|it| !it.is_control() || *it == '\n') {
        kept.push(it);
        if kept.len() > room {
            break;
        }
    }
    kept
}
