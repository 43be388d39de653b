//! A workbook's cells as the cells show them, whatever the file's format: what every reader makes and all the rest reads.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    fmt,
    ops::Deref,
    rc::Rc,
};

use super::{cells::Cells, screen::Signs};

/// Characters kept of one cell: Excel's own limit.
pub(super) const MAX_CELL_CHARS: usize = 32_767;

/// Row and column, from 0.
pub(super) type Place = (u32, u32);

/// A workbook's sheets and what its properties say.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Book {
    pub(super) sheets: Vec<Sheet>,
    /// Document properties that may name the form, most telling first.
    pub(super) properties: Vec<String>,
    /// A sheet could not be read.
    pub(super) torn: bool,
    /// The file carries macros (VBA or Excel 4), which are never run.
    pub(super) macros: bool,
}

/// One sheet.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) hidden: bool,
    pub(super) cells: Cells,
    /// Cells that hold a formula.
    pub(super) formulas: HashSet<Place>,
    /// Rows that are not to be seen, where the format tells.
    pub(super) hidden_rows: HashSet<u32>,
    /// For the first cell of a merged range, its last column.
    pub(super) merged: BTreeMap<Place, u32>,
}

/// A cell that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// As the cell shows it.
    pub(super) text: Text,
    pub(super) datum: Datum,
}

/// What a cell holds beneath what it shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Datum {
    Text,
    Number(f64),
    /// A number shown as a date: month and day.
    Date(u32, u32),
    /// A number shown as a time of day or a duration.
    Time,
    Flag,
    Error,
    /// A formula whose result was not stored.
    NoResult,
}

/// What a cell shows. A book may show tens of thousands of texts of which a dozen are looked at, so a shared string stays
/// where it is written.
#[derive(Clone)]
pub(super) struct Text {
    kept: Kept,
    signs: Signs,
}

#[derive(Clone)]
enum Kept {
    Own(Rc<str>),
    /// A stretch of the part with the shared strings.
    Within {
        part: Rc<Vec<u8>>,
        start: u32,
        length: u32,
    },
}

impl Text {
    /// A text of its own.
    pub(super) fn own(text: &str, signs: Signs) -> Self {
        Self { kept: Kept::Own(text.into()), signs }
    }

    /// A stretch of a part, which is UTF-8 and shown as it is written.
    pub(super) fn within(part: &Rc<Vec<u8>>, start: usize, length: usize, signs: Signs) -> Option<Self> {
        let (start, length) = (start.try_into().ok()?, length.try_into().ok()?);
        Some(Self { kept: Kept::Within { part: Rc::clone(part), start, length }, signs })
    }

    /// What it may be.
    pub(super) fn signs(&self) -> Signs {
        self.signs
    }

    /// In bytes, without looking at them.
    pub(super) fn len(&self) -> usize {
        match &self.kept {
            Kept::Own(text) => text.len(),
            Kept::Within { length, .. } => usize::try_from(*length).unwrap_or(usize::MAX),
        }
    }

    /// By its length.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn within_part(part: &[u8], start: u32, length: u32) -> Option<&str> {
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        std::str::from_utf8(part.get(start..end)?).ok()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.kept {
            Kept::Own(text) => text,
            Kept::Within { part, start, length } => Self::within_part(part, *start, *length).unwrap_or_default(),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::own(text, Signs::ALL)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::own(&text, Signs::ALL)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Sheet {
    pub(super) fn text(&self, place: Place) -> Option<&str> {
        self.cells.get(&place).map(|it| &*it.text).filter(|it| !it.trim().is_empty())
    }

    /// The cells of one row, from left to right.
    pub(super) fn row(&self, row: u32) -> impl Iterator<Item = (u32, &Cell)> {
        self.cells.range((row, 0)..=(row, u32::MAX)).map(|((_, column), cell)| (*column, cell))
    }
}

/// `J14` for (13, 9).
pub(super) fn cell_name((row, column): Place) -> String {
    let mut letters = Vec::new();
    let mut rest = column.saturating_add(1);
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A'.saturating_add(digit)));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{}", row.saturating_add(1))
}

/// At most `most` characters, with a mark where something was cut.
pub(super) fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Without control characters (but line breaks), and no longer than Excel allows.
pub(super) fn clean(text: Cow<'_, str>) -> String {
    // 0xC2 begins the characters of C1; all bytes are looked at, which vectors do faster than stopping early
    let suspect = |it: u8| (it < b' ' && it != b'\n') | (it == 0x7F) | (it == 0xC2);
    if text.len() <= MAX_CELL_CHARS && !text.bytes().fold(false, |found, it| found | suspect(it)) {
        return text.into_owned();
    }
    text.chars().take(MAX_CELL_CHARS).filter(|it| !it.is_control() || *it == '\n').collect()
}
