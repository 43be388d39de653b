//! What a cell's XML says, as the cell shows it (ECMA-376 part 1, §18.3.1.4 and §18.18.11).

use std::borrow::Cow;

use calamine::{ExcelDateTime, ExcelDateTimeType};
use jiff::civil::{DateTime, date};

use super::{
    strings::{self, Strings},
    styles::Styles,
    xml,
};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::{
        book::{Cell, Datum, Text, clean, clip},
        format::{self, Format},
        moment,
        package::Fail,
        screen::Screen,
    },
};

/// How often the bytes of shared strings may be gone through, all cells together, by the bytes a book may inflate to.
const PASSES: u64 = 4;
/// What a cell shows that says nothing that can be understood.
const UNKNOWN: &str = "#?";

/// What all sheets share.
pub(super) struct Shared<'a> {
    pub(super) strings: Strings,
    pub(super) styles: Styles,
    pub(super) is_1904: bool,
    pub(super) screen: &'a Screen<'a>,
}

/// What may still be read, all sheets together.
pub(super) struct Budget {
    cells: usize,
    /// Bytes of text; one shared string may be shown by every cell.
    text: u64,
    /// Bytes of shared strings that are gone through.
    work: u64,
    pub(super) depth: usize,
}

impl Budget {
    pub(super) fn new(bounds: &Bounds) -> Self {
        Self {
            cells: bounds.cells,
            text: bounds.part_bytes,
            work: bounds.inflated_bytes.saturating_mul(PASSES),
            depth: bounds.xml_depth,
        }
    }

    fn work(&mut self, bytes: usize) -> Result<(), Fail> {
        spend(&mut self.work, bytes)
    }

    pub(super) fn keep(&mut self, cell: &Cell) -> Result<(), Fail> {
        self.count(1)?;
        spend(&mut self.text, cell.text.len())
    }

    pub(super) fn count(&mut self, cells: usize) -> Result<(), Fail> {
        self.cells = self.cells.checked_sub(cells).ok_or(Fail::Refused(Unreadable::TooManyCells))?;
        Ok(())
    }
}

fn spend(left: &mut u64, bytes: usize) -> Result<(), Fail> {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    *left = left.checked_sub(bytes).ok_or(Fail::Refused(Unreadable::InflatesTooFar))?;
    Ok(())
}

/// What stands in a cell's element.
#[derive(Default)]
pub(super) struct Written<'a> {
    /// `t`, where it is given.
    pub(super) kind: Option<&'a [u8]>,
    /// `s`, as written.
    pub(super) style: Option<&'a [u8]>,
    /// `v`, as written.
    pub(super) value: Cow<'a, [u8]>,
    pub(super) has_value: bool,
    /// `is`.
    pub(super) inline: Option<String>,
    pub(super) formula: bool,
}

impl Written<'_> {
    /// The cell as it is shown, `None` where it shows nothing. One that is not understood is an error of its own: it
    /// must not lose its sheet.
    pub(super) fn shown(&self, shared: &Shared<'_>, budget: &mut Budget) -> Result<Option<Cell>, Fail> {
        if let Some(text) = &self.inline {
            return Ok(text_cell(Cow::Borrowed(text)));
        }
        let value = self.value.trim_ascii();
        let found = match self.kind {
            Some(b"s") => return shared_string(value, shared, budget),
            Some(b"inlineStr" | b"is") => return Ok(None),
            Some(b"str") => strings::value(&self.value).ok().map(text_cell),
            _ if value.is_empty() => return Ok(None),
            Some(b"b") => flag(value).map(Some),
            Some(b"e") => strings::value(value).ok().map(|it| Some(error(&it))),
            Some(b"d") => strings::value(value).ok().map(|it| self.iso(&it, shared)),
            Some(b"n") => real(value).map(|it| self.number(it, shared)),
            None => match real(value) {
                Some(number) => Some(self.number(number, shared)),
                None => strings::value(&self.value).ok().map(text_cell),
            },
            Some(_) => None,
        };
        Ok(found.unwrap_or_else(|| Some(error(UNKNOWN))))
    }

    /// Whether the result of its formula was never stored. An empty text is a result.
    pub(super) fn lacks_result(&self) -> bool {
        self.inline.is_none() && (!self.has_value || (self.value.trim_ascii().is_empty() && self.kind != Some(b"str")))
    }

    fn format<'s>(&self, shared: &'s Shared<'_>) -> Option<&'s Format> {
        shared.styles.format(self.style.and_then(xml::number).unwrap_or(0))
    }

    fn number(&self, number: f64, shared: &Shared<'_>) -> Option<Cell> {
        let format = self.format(shared);
        let (text, datum) = if matches!(format, Some(Format::Moment(_))) {
            moment::shown(&ExcelDateTime::new(number, ExcelDateTimeType::DateTime, shared.is_1904), format)
        } else {
            (format::number(number, format), Datum::Number(number))
        };
        (!text.is_empty()).then_some(Cell { text: text.into(), datum })
    }

    /// Strict books write dates as ISO 8601 (§18.17.4): shown as the same date stored as a number would be.
    fn iso(&self, text: &str, shared: &Shared<'_>) -> Option<Cell> {
        match serial(text, shared.is_1904) {
            Some(serial) => {
                let format = self.format(shared);
                let moment = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, shared.is_1904);
                let (text, datum) = moment::shown(&moment, format);
                Some(Cell { text: text.into(), datum })
            }
            None => text_cell(Cow::Borrowed(text)),
        }
    }
}

/// Nearly all texts of nearly all books.
fn shared_string(value: &[u8], shared: &Shared<'_>, budget: &mut Budget) -> Result<Option<Cell>, Fail> {
    if value.is_empty() {
        return Ok(None);
    }
    let Some(raw) = xml::bare_number(value).and_then(|it| shared.strings.raw(it)) else {
        return Ok(Some(error(UNKNOWN)));
    };
    budget.work(raw.len())?;
    Ok(shared.strings.shown(&raw, shared.screen, budget.depth).map_or_else(|_| Some(error(UNKNOWN)), cell_of))
}

/// Days since the epoch of the book.
fn serial(text: &str, is_1904: bool) -> Option<f64> {
    let moment: DateTime = text.trim().trim_end_matches('Z').parse().ok()?;
    let epoch = if is_1904 { date(1904, 1, 1) } else { date(1899, 12, 30) };
    let seconds = epoch.at(0, 0, 0, 0).until((jiff::Unit::Second, moment)).ok()?.get_seconds();
    #[expect(clippy::cast_precision_loss, reason = "ten thousand years are few seconds")]
    let days = seconds as f64 / 86_400.0;
    (days >= 0.0).then_some(days)
}

/// A number that Excel could have written: it knows neither infinity nor NaN.
fn real(value: &[u8]) -> Option<f64> {
    std::str::from_utf8(value).ok()?.parse().ok().filter(|it: &f64| it.is_finite())
}

fn flag(value: &[u8]) -> Option<Cell> {
    let text = match value {
        b"1" => "TRUE",
        b"0" => "FALSE",
        _ if value.eq_ignore_ascii_case(b"true") => "TRUE",
        _ if value.eq_ignore_ascii_case(b"false") => "FALSE",
        _ => return None,
    };
    Some(Cell { text: text.into(), datum: Datum::Flag })
}

/// `#REF!`, and `#SPILL!` and whatever Excel will think of next.
fn error(text: &str) -> Cell {
    Cell { text: clip(&clean(Cow::Borrowed(text)), 20).into(), datum: Datum::Error }
}

fn text_cell(text: Cow<'_, str>) -> Option<Cell> {
    cell_of(clean(text).into())
}

fn cell_of(text: Text) -> Option<Cell> {
    (!text.is_empty()).then_some(Cell { text, datum: Datum::Text })
}
