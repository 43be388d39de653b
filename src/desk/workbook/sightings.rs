//! Rows of the form that are somewhere in the book, whether or not their header could be understood: where the real
//! table is to be seen, no summary, example or hidden copy may answer for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    IndicatorKind,
    book::{Place, Sheet, clip},
    matching::{self, canon},
    rows::{MAX_NAME, Survey, kind_in},
    settle::is_example,
};
use crate::desk::{
    rules::{Form, FormRow},
    text,
};

/// The longest cell that is a number or 定性, in bytes.
const MAX_NUMBER: usize = 60;
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
    /// What was seen of each form.
    pub(super) fn of(survey: &Survey, titles: &Titles, forms: &[Form]) -> Vec<Self> {
        let sheets = || survey.sheets.iter().filter(|it| !it.sheet.hidden && !is_example(it.sheet));
        let headed = sheets().any(|it| it.headed);
        let mut all: Vec<Self> = forms.iter().map(|_| Self { headed, ..Self::default() }).collect();
        for it in sheets() {
            for (row, found) in &it.printed {
                for (form, at) in rows_of(it.sheet, *row, found, titles, forms) {
                    if let (Some(seen), Some(form)) = (all.get_mut(form), forms.get(form)) {
                        seen.add(at, it.sheet, form);
                    }
                }
            }
        }
        all
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

/// Rows of the forms: (form, row).
type Meant = Vec<(usize, usize)>;

/// The cells of a sheet that are titles: for each row, (column, the folded title).
pub(super) type Printed = BTreeMap<u32, Vec<(u32, String)>>;

/// The rows of all forms by title: two are called 体制 or the like.
pub(super) struct Titles {
    rows: HashMap<String, Meant>,
    /// The first letters of each, sorted: most cells end here.
    beginnings: Vec<Beginning>,
}

impl Titles {
    pub(super) fn of(forms: &[Form]) -> Self {
        let mut rows: HashMap<String, Meant> = HashMap::new();
        for (form, it) in forms.iter().enumerate() {
            for (at, row) in it.rows.iter().enumerate() {
                for title in std::iter::once(&row.title).chain(&row.also) {
                    rows.entry(canon(title)).or_default().push((form, at));
                }
            }
        }
        let mut beginnings: Vec<Beginning> = rows.keys().map(|it| beginning(it.chars())).collect();
        beginnings.sort_unstable();
        Self { rows, beginnings }
    }

    /// How titles begin.
    pub(super) fn first_letters(&self) -> impl Iterator<Item = char> {
        self.beginnings.iter().map(|it| it[0]).filter(|it| text::is_letter(*it))
    }

    /// Whether a title begins like these folded words.
    pub(super) fn may_be(&self, key: impl Iterator<Item = char>) -> bool {
        self.beginnings.binary_search(&beginning(key)).is_ok()
    }

    /// Takes a cell in, by its folded words, where it is a title.
    pub(super) fn add(&self, printed: &mut Printed, (row, column): Place, key: &str) {
        if !self.may_be(key.chars()) {
            return;
        }
        let title: String = key.chars().filter(|it| text::is_letter(*it)).collect();
        if self.rows.contains_key(&title) {
            let found = printed.entry(row).or_default();
            if found.len() < MAX_CELLS {
                found.push((column, title));
            }
        }
    }
}

/// More letters than the first words of most titles: a text of the same matter is no title (人材育成の… and 人材育成・確保).
type Beginning = [char; 6];

fn beginning(words: impl Iterator<Item = char>) -> Beginning {
    let mut letters = words.filter(|it| text::is_letter(*it));
    // no letter behind the last
    std::array::from_fn(|_| letters.next().unwrap_or_default())
}

/// The rows of the forms that are printed here: a title with its number before it, or with 定性 or 定量 anywhere. A title
/// alone may stand in a summary or a text, and a 3 behind it is a value.
fn rows_of(sheet: &Sheet, row: u32, found: &[(u32, String)], titles: &Titles, forms: &[Form]) -> Meant {
    let found: Vec<(u32, &Meant)> =
        found.iter().filter_map(|(column, title)| Some((*column, titles.rows.get(title)?))).collect();
    let short = || sheet.row(row).take(MAX_CELLS).filter(|(_, it)| it.text.len() <= MAX_NUMBER);
    let kind = short().find_map(|(_, it)| kind_in(it));
    let mut rows = Meant::new();
    for (form, it) in forms.iter().enumerate() {
        // the first title of a row is its own
        let Some((column, meant)) = found.iter().find(|(_, meant)| meant.iter().any(|it| it.0 == form)) else {
            continue;
        };
        let before = short().take_while(|(it, _)| *it < *column);
        let numbers: Vec<String> = before.flat_map(|(_, it)| matching::numbers(it)).collect();
        let fits = |it: &FormRow| {
            let number = matching::number_in_text(&it.no);
            number.is_some_and(|it| numbers.contains(&it)) || kind == Some(it.kind)
        };
        let mut these = meant.iter().filter(|it| it.0 == form);
        rows.extend(these.find(|(_, at)| it.rows.get(*at).is_some_and(fits)));
    }
    rows
}
