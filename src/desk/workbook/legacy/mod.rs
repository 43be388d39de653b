//! .xls and .xlsb: calamine reads the values; what it does not tell (number formats, merged cells, hidden rows) is
//! looked up beside it. Its ranges are dense: the reader child's limits bound them. An .ods is read whole in `ods`.

mod biff;
mod biff12;
mod ods;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    io::Cursor,
};

use calamine::{
    Data, ExcelDateTime, ExcelDateTimeType, Range, Reader, SheetType, SheetVisible, WorkbookProperties, Xls, Xlsb,
};

use super::{
    book::{Book, Cell, Datum, Place, Sheet, clean},
    cells::Cells,
    compound::Compound,
    format::{self, Format},
    moment,
};
use crate::desk::{reading::Unreadable, rules::Bounds};

pub(super) use biff::is_protected;
pub(super) use ods::open as ods;

const MAX_SHEETS: usize = 256;
/// Bytes of text kept; one shared string may be used by every cell.
const MAX_TEXT: usize = 32 << 20;
/// Cells of the rectangles around all cells of the sheets, which calamine lays out: some 50 bytes each.
const MAX_AREA: u64 = 2_000_000;

/// How the cells of one sheet are shown, as far as calamine does not tell.
#[derive(Default)]
struct Looks {
    formats: HashMap<Place, usize>,
    formulas: HashSet<Place>,
    /// Formulas whose result was not stored.
    unresolved: HashSet<Place>,
    hidden_rows: HashSet<u32>,
    merged: BTreeMap<Place, u32>,
    area: Area,
    /// The records with which the sheet claims a size that is too large to be reserved.
    claims: Vec<Vec<u8>>,
}

/// How all sheets are shown, in the book's order.
#[derive(Default)]
struct BookLooks {
    formats: Vec<Format>,
    sheets: Vec<Looks>,
    macros: bool,
}

impl BookLooks {
    /// Whether calamine may lay out the sheets: it has them all at once.
    fn fit(&self) -> Result<(), Unreadable> {
        let cells = self.sheets.iter().fold(0_u64, |sum, it| sum.saturating_add(it.area.cells()));
        if cells > MAX_AREA { Err(Unreadable::TooManyCells) } else { Ok(()) }
    }
}

/// The rectangle around all cells.
#[derive(Default)]
struct Area(Option<(Place, Place)>);

impl Looks {
    /// Notes a cell that holds something, and its format.
    fn cell(&mut self, place: Place, format: Option<usize>) {
        self.area.add(place);
        if let Some(format) = format {
            self.formats.insert(place, format);
        }
    }
}

impl Area {
    fn add(&mut self, (row, column): Place) {
        let (first, last) = self.0.unwrap_or(((row, column), (row, column)));
        self.0 = Some(((first.0.min(row), first.1.min(column)), (last.0.max(row), last.1.max(column))));
    }

    fn cells(&self) -> u64 {
        let side = |first: u32, last: u32| u64::from(last - first) + 1;
        self.0.map_or(0, |(first, last)| side(first.0, last.0).saturating_mul(side(first.1, last.1)))
    }
}

/// Reads an .xls ([MS-XLS]: BIFF8, and BIFF5 of Excel 95).
pub(super) fn xls(bytes: &[u8], bounds: &Bounds) -> Result<Book, Unreadable> {
    let file = Compound::open(bytes).filter(|it| !it.is_circular()).ok_or(Unreadable::Damaged)?;
    let stream = file.stream("Workbook", usize::MAX).or_else(|| file.stream("Book", usize::MAX));
    let looks = biff::looks(&stream.ok_or(Unreadable::Damaged)?, bounds)?;
    drop(file);
    looks.fit()?;
    let bytes = without_claims(bytes, &looks)?;
    let mut source: Xls<_> = Xls::new(Cursor::new(bytes.as_ref())).map_err(|error| match error {
        calamine::XlsError::Password => Unreadable::Encrypted,
        _ => Unreadable::Damaged,
    })?;
    let properties = source.workbook_properties().unwrap_or_default();
    book(&mut source, properties, looks, bounds)
}

/// calamine reserves room for the rectangle that a sheet claims to have (DIMENSIONS, [MS-XLS] §2.4.90), and many
/// programs claim 65,536 rows of 256 columns: such a claim is emptied. One that is torn in two is refused.
fn without_claims<'a>(bytes: &'a [u8], looks: &BookLooks) -> Result<Cow<'a, [u8]>, Unreadable> {
    let mut patched = Cow::Borrowed(bytes);
    let claims: HashSet<&Vec<u8>> = looks.sheets.iter().flat_map(|it| &it.claims).collect();
    if claims.len() > MAX_SHEETS {
        return Err(Unreadable::Damaged);
    }
    for claim in claims {
        let places: Vec<usize> =
            bytes.windows(claim.len()).enumerate().filter(|(_, it)| it == claim).map(|(at, _)| at).take(256).collect();
        if places.is_empty() {
            return Err(Unreadable::Damaged);
        }
        for at in places {
            let data = patched.to_mut().iter_mut().skip(at).take(claim.len()).skip(4);
            data.for_each(|it| *it = 0);
        }
    }
    Ok(patched)
}

/// Reads an .xlsb ([MS-XLSB]).
pub(super) fn xlsb(bytes: &[u8], bounds: &Bounds) -> Result<Book, Unreadable> {
    let looks = biff12::looks(bytes, bounds)?;
    looks.fit()?;
    let mut source: Xlsb<_> = Xlsb::new(Cursor::new(bytes)).map_err(|_| Unreadable::Damaged)?;
    let properties = source.workbook_properties().unwrap_or_default();
    book(&mut source, properties, looks, bounds)
}

fn book<'a, R: Reader<Cursor<&'a [u8]>>>(
    source: &mut R,
    properties: WorkbookProperties,
    looks: BookLooks,
    bounds: &Bounds,
) -> Result<Book, Unreadable> {
    let sheets = source.sheets_metadata().to_vec();
    if sheets.is_empty() {
        return Err(Unreadable::Damaged);
    }
    if sheets.len() > MAX_SHEETS {
        return Err(Unreadable::TooManyCells);
    }
    let mut book = Book { properties: told(properties), macros: looks.macros, ..Book::default() };
    let mut room = Room { cells: bounds.cells, text: MAX_TEXT };
    let mut looks_of = looks.sheets.into_iter();
    for it in sheets {
        let looks_at = looks_of.next().unwrap_or_default();
        if it.typ != SheetType::WorkSheet {
            continue;
        }
        let Ok(range) = source.worksheet_range(&it.name) else {
            book.torn = true;
            continue;
        };
        let mut sheet = sheet(&range, looks_at, &looks.formats, &mut room)?;
        sheet.name = it.name;
        sheet.hidden = it.visible != SheetVisible::Visible;
        book.sheets.push(sheet);
    }
    Ok(book)
}

/// What may still be kept.
struct Room {
    cells: usize,
    text: usize,
}

fn sheet(range: &Range<Data>, looks: Looks, formats: &[Format], room: &mut Room) -> Result<Sheet, Unreadable> {
    let mut sheet = Sheet { formulas: looks.formulas, hidden_rows: looks.hidden_rows, ..Sheet::default() };
    sheet.merged = looks.merged;
    let mut cells = Vec::new();
    let (top, left) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let place = (offset(top, row), offset(left, column));
        let format = looks.formats.get(&place).and_then(|it| formats.get(*it));
        let Some(cell) = shown(value, format, None) else {
            continue;
        };
        room.cells = room.cells.checked_sub(1).ok_or(Unreadable::TooManyCells)?;
        room.text = room.text.checked_sub(cell.text.len()).ok_or(Unreadable::TooManyCells)?;
        cells.push((place, cell));
    }
    sheet.cells = Cells::of(cells);
    sheet.cells.fill(looks.unresolved.into_iter(), &Cell { text: "".into(), datum: Datum::NoResult });
    Ok(sheet)
}

fn offset(first: u32, steps: usize) -> u32 {
    first.saturating_add(u32::try_from(steps).unwrap_or(u32::MAX))
}

/// A cell as it is shown; `told` is the shown text, where the file keeps it.
fn shown(value: &Data, format: Option<&Format>, told: Option<&String>) -> Option<Cell> {
    let (text, datum) = match value {
        Data::Empty => (told?.clone(), Datum::Text),
        Data::String(text) => (told.unwrap_or(text).clone(), Datum::Text),
        #[expect(clippy::cast_precision_loss, reason = "whole numbers of a form are small")]
        Data::Int(number) => number_shown(*number as f64, format, told),
        Data::Float(number) => number_shown(*number, format, told),
        Data::DateTime(serial) => moment::shown(serial, format),
        Data::Bool(flag) => (if *flag { "TRUE" } else { "FALSE" }.to_owned(), Datum::Flag),
        Data::Error(error) => (error.to_string(), Datum::Error),
        Data::DateTimeIso(text) => {
            (told.cloned().unwrap_or_else(|| text.replace('-', "/").replace("/0", "/")), iso_day(text))
        }
        Data::DurationIso(text) => match iso_time(text) {
            Some(serial) => moment::shown(&serial, Some(&Format::parse("h:mm"))),
            None => (told.unwrap_or(text).clone(), Datum::Text),
        },
    };
    let text = clean(Cow::Owned(text));
    (!text.is_empty()).then_some(Cell { text: text.into(), datum })
}

/// The properties that may name the form.
fn told(found: WorkbookProperties) -> Vec<String> {
    let version = found.version.map(|it| format!("version {it}"));
    let mut all: Vec<String> =
        [found.title, found.subject, found.description, found.keywords, version].into_iter().flatten().collect();
    let mut custom: Vec<(String, String)> = found.custom_properties.into_iter().take(100).collect();
    custom.sort();
    all.extend(custom.into_iter().map(|(name, value)| format!("{name} {value}")));
    all.iter().map(|it| it.chars().take(300).collect()).collect()
}

/// A shown text that is the same number only with other digits is told as the other formats tell it.
fn number_shown(number: f64, format: Option<&Format>, told: Option<&String>) -> (String, Datum) {
    let same = |text: &String| {
        text.parse::<f64>().is_ok_and(|it| (it - number).abs() <= number.abs() * 1e-9) || text.starts_with("###")
    };
    let text = match told {
        Some(text) if !same(text) => text.clone(),
        _ => format::number(number, format),
    };
    (text, Datum::Number(number))
}

/// The month and day of 「2022-04-01」 or 「2022-04-01T08:00:00」.
fn iso_day(text: &str) -> Datum {
    let mut parts = text.split(['-', 'T']).skip(1).map(|it| it.parse().unwrap_or(0));
    match (parts.next(), parts.next()) {
        (Some(month @ 1..=12), Some(day @ 1..=31)) => Datum::Date(month, day),
        _ => Datum::Text,
    }
}

/// 「PT08H02M00S」 (ISO 8601, as XML Schema writes a duration).
fn iso_time(text: &str) -> Option<ExcelDateTime> {
    let mut rest = text.strip_prefix("PT")?;
    let mut seconds = 0.0;
    for (mark, worth) in [('H', 3_600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((number, behind)) = rest.split_once(mark) {
            seconds += number.replace(',', ".").parse::<f64>().ok()? * worth;
            rest = behind;
        }
    }
    rest.is_empty().then(|| ExcelDateTime::new(seconds / 86_400.0, ExcelDateTimeType::DateTime, false))
}
