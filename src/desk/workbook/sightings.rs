//! Rows of the form that are somewhere in the book, whether or not their header could be understood: where the real
//! table is to be seen, no summary, example or hidden copy may answer for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    IndicatorKind,
    book::{Book, Cell, Datum, Sheet, clip},
    header::has_header,
    matching::{self, canon},
    rows::{MAX_NAME, kind_in},
    settle::is_example,
};
use crate::desk::rules::Form;

/// Longer cells are prose. In bytes.
const MAX_TITLE: usize = 240;
/// Cells of one row that are looked at; the form has thirteen columns.
const MAX_CELLS: usize = 200;
/// From so many rows on a book is the form, even where no value can be read.
const ENOUGH: usize = 5;

/// Which rows of the form were seen on sheets that are to be seen.
#[derive(Default)]
pub(super) struct Sightings {
    rows: BTreeSet<usize>,
    /// A row of headers was seen too: this was meant to be filled.
    headed: bool,
    qualitative: BTreeSet<String>,
    quantitative: BTreeSet<String>,
}

impl Sightings {
    pub(super) fn of(book: &Book, form: &Form) -> Self {
        let titles = titles(form);
        let mut seen = Self::default();
        for sheet in book.sheets.iter().filter(|it| !it.hidden && !is_example(it)) {
            seen.headed = seen.headed || has_header(sheet);
            for row in sheet.rows() {
                if let Some(at) = row_of(sheet, row, form, &titles) {
                    seen.add(at, sheet, form);
                }
            }
        }
        seen
    }

    /// How many rows of the form were seen.
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn are_the_form(&self) -> bool {
        self.headed && self.rows.len() >= ENOUGH
    }

    /// The sheets on which rows of a kind were seen.
    pub(super) fn sheets(&self, kind: IndicatorKind) -> &BTreeSet<String> {
        if kind == IndicatorKind::Qualitative { &self.qualitative } else { &self.quantitative }
    }

    fn add(&mut self, at: usize, sheet: &Sheet, form: &Form) {
        self.rows.insert(at);
        let qualitative = form.rows.get(at).is_some_and(|it| it.kind == IndicatorKind::Qualitative);
        let sheets = if qualitative { &mut self.qualitative } else { &mut self.quantitative };
        sheets.insert(clip(&sheet.name, MAX_NAME));
    }
}

/// The rows of the form by title: two are called 体制 or the like.
fn titles(form: &Form) -> BTreeMap<String, Vec<usize>> {
    let mut titles: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, row) in form.rows.iter().enumerate() {
        for title in std::iter::once(&row.title).chain(&row.also) {
            titles.entry(canon(title)).or_default().push(at);
        }
    }
    titles
}

/// The row of the form that is printed here: its title with its number before it, or with 定性 or 定量 anywhere. A title
/// alone may stand in a summary or a text, and a 3 behind it is a value.
fn row_of(sheet: &Sheet, row: u32, form: &Form, titles: &BTreeMap<String, Vec<usize>>) -> Option<usize> {
    let short: Vec<&Cell> =
        sheet.row(row).take(MAX_CELLS).map(|(_, cell)| cell).filter(|it| it.text.len() <= MAX_TITLE).collect();
    let (first, meant) = short.iter().enumerate().find_map(|(at, cell)| {
        let rows = (cell.datum == Datum::Text).then(|| titles.get(&canon(&cell.text)))??;
        Some((at, rows))
    })?;
    let numbers: Vec<String> = short.iter().take(first).flat_map(|it| matching::numbers(it)).collect();
    let kind = short.iter().find_map(|it| kind_in(it));
    meant.iter().copied().find(|at| {
        form.rows.get(*at).is_some_and(|it| {
            let number = matching::number_in_text(&it.no);
            number.is_some_and(|it| numbers.contains(&it)) || kind == Some(it.kind)
        })
    })
}
