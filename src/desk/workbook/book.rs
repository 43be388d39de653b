//! A workbook's cells as the cells show them, whatever the file's format: what every reader makes and all the rest reads.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};

/// Characters kept of one cell: Excel's own limit.
const MAX_CELL_CHARS: usize = 32_767;

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
    pub(super) cells: BTreeMap<Place, Cell>,
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
    pub(super) text: String,
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

impl Sheet {
    pub(super) fn text(&self, place: Place) -> Option<&str> {
        self.cells.get(&place).map(|it| it.text.as_str()).filter(|it| !it.trim().is_empty())
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
