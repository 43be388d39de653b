//! A real form held against the catalogues: where each row stands, by which words its columns were known, and what the
//! catalogue would be that is made of it.

mod draft;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    UnknownRow,
    book::{Book, Place, Sheet, cell_name, clip},
    header::{Columns, Table},
    matching::{Sureness, canon},
    roles::{role, short_key},
    rows::{MAX_NAME, Match, Survey},
    settle::Standing,
    sightings::Titles,
    version::{Named, Versions},
};
use crate::desk::{
    reading::Unreadable,
    rules::{Form, FormRow},
};
use draft::Draft;

/// Tables of a book that are told; a form has a few.
const MAX_TABLES: usize = 50;
const MAX_WORDS: usize = 200;

/// What was found in a book, and how it compares with each catalogue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Probe {
    /// The file's name.
    pub name: String,
    /// The version that the book names.
    pub version: Option<VersionSeen>,
    /// The sheets, in the book's order.
    pub sheets: Vec<SheetSeen>,
    /// The tables with a column of current values.
    pub tables: Vec<TableSeen>,
    /// The book against each catalogue.
    pub held: Vec<Held>,
    /// The catalogue that is made of the book, where it has rows.
    pub catalogue: Vec<FormRow>,
    /// What a person must look at in that catalogue: rows that were left out, numbers that may be others.
    pub doubts: Vec<Doubt>,
    /// The form's title as printed.
    pub title: Option<String>,
}

/// A version and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSeen {
    /// `2.3`.
    pub version: String,
    /// Sheet and cell; `None` for a property or the file's name.
    pub spot: Option<Spot>,
}

/// Sheet and cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// Sheet.
    pub sheet: String,
    /// `J14`.
    pub cell: String,
}

/// A row of the book that is not in the catalogue that is made of it, or may be wrong there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Where its title or number stands.
    pub spot: Spot,
    /// Its title.
    pub title: String,
    /// What is doubtful.
    pub why: String,
}

/// A sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetSeen {
    /// Its name.
    pub name: String,
    /// Hidden, or very hidden.
    pub hidden: bool,
    /// Tables with a column of current values.
    pub tables: usize,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSeen {
    /// Sheet.
    pub sheet: String,
    /// What it counts as: `form`, `summary` …
    pub standing: String,
    /// Its columns.
    pub columns: Vec<ColumnSeen>,
}

/// A column and the header by which it was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSeen {
    /// `current`, `target`, `evidence` …
    pub stands_for: String,
    /// Cell of the header.
    pub cell: String,
    /// What it says.
    pub header: String,
}

/// A book against one catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The catalogue's version.
    pub version: String,
    /// Whether it is confirmed.
    pub confirmed: bool,
    /// Its rows.
    pub rows: Vec<RowSeen>,
    /// Rows of the book that are not in it.
    pub unknown: Vec<UnknownRow>,
}

/// A row of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSeen {
    /// Its number.
    pub no: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub found: Option<RowFound>,
    /// Where it stands once more.
    pub again: Vec<Spot>,
}

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFound {
    /// Cell of its current value.
    pub current: Spot,
    /// Cell of its target.
    pub target: Option<String>,
    /// How sure this is.
    pub sure: Sure,
    /// The title as printed, where the catalogue knows it otherwise.
    pub printed: Option<String>,
    /// It stands in a hidden row or on a hidden sheet.
    pub hidden: bool,
}

/// How a row was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// By number and title.
    NumberAndTitle,
    /// By its title.
    TitleOnly,
    /// By a title that is near, or by its number alone.
    Near,
}

impl Sure {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::NumberAndTitle => "number + title",
            Self::TitleOnly => "title only",
            Self::Near => "near",
        }
    }
}

impl Held {
    /// What keeps the catalogue from being confirmed, one line each; empty when all rows were found as they are written.
    pub fn differences(&self) -> Vec<String> {
        let mut all = Vec::new();
        for row in &self.rows {
            let id = format!("{} {}", row.no, row.title);
            match &row.found {
                None => all.push(format!("{id}: not found")),
                Some(it) if it.hidden => all.push(format!("{id}: only in a hidden row or sheet")),
                Some(it) => {
                    if let Some(printed) = &it.printed {
                        all.push(format!("{id}: printed as 「{printed}」"));
                    } else if it.sure == Sure::Near {
                        all.push(format!("{id}: recognised by its number alone"));
                    }
                }
            }
            all.extend(row.again.iter().map(|it| format!("{id}: once more at {} {}", it.sheet, it.cell)));
        }
        all.extend(
            self.unknown.iter().map(|it| format!("{} {}: not in the catalogue: {}", it.sheet, it.cell, it.title)),
        );
        all
    }

    /// How many of its rows were found.
    pub fn found(&self) -> usize {
        self.rows.iter().filter(|it| it.found.is_some()).count()
    }
}

pub(super) fn probe(name: &str, book: &Book, forms: &[Form], titles: &Titles) -> Result<Probe, Unreadable> {
    let name = clip(name, MAX_NAME);
    let survey = Survey::of(book, titles);
    let held: Vec<Held> = forms.iter().map(|it| held(&survey, it)).collect();
    let Draft { rows: catalogue, doubts, .. } = Draft::of(&survey);
    if catalogue.is_empty() && held.iter().all(|it| it.found() == 0) {
        return Err(if book.torn { Unreadable::Damaged } else { Unreadable::NotTheForm });
    }
    let versions = Versions::of(book, &survey, forms);
    let answering: BTreeSet<String> =
        survey.tables.iter().filter(|it| it.standing == Standing::Form).map(|it| it.sheet.name.clone()).collect();
    let sheets = survey.sheets.iter().map(|it| SheetSeen {
        name: clip(&it.sheet.name, MAX_NAME),
        hidden: it.sheet.hidden,
        tables: survey.tables.iter().filter(|table| std::ptr::eq(table.sheet, it.sheet)).count(),
    });
    let tables = survey.tables.iter().take(MAX_TABLES).map(|it| table(it.sheet, &it.table, it.standing));
    Ok(Probe {
        version: versions.find_place(&name, &answering).map(version),
        name,
        sheets: sheets.collect(),
        tables: tables.collect(),
        held,
        catalogue,
        doubts,
        title: versions.title(),
    })
}

fn version(it: Named) -> VersionSeen {
    let cell = it.place.map(cell_name);
    VersionSeen { version: it.version, spot: cell.map(|cell| Spot { sheet: clip(&it.sheet, MAX_NAME), cell }) }
}

fn table(sheet: &Sheet, table: &Table, standing: Standing) -> TableSeen {
    let standing = match standing {
        Standing::Form | Standing::Copied => "form",
        Standing::Example => "example",
        Standing::Hidden => "hidden form",
        Standing::Summary => "summary",
    };
    let columns = named_columns(&table.columns).into_iter().map(|(stands_for, column)| {
        let (place, header) = header(sheet, table, column);
        ColumnSeen { stands_for: stands_for.to_owned(), cell: cell_name(place), header }
    });
    TableSeen { sheet: clip(&sheet.name, MAX_NAME), standing: standing.to_owned(), columns: columns.collect() }
}

fn named_columns(columns: &Columns) -> Vec<(&'static str, u32)> {
    let mut all = vec![("current", Some(columns.current.0))];
    all.extend(columns.also.iter().map(|it| ("current, too", Some(it.0))));
    all.extend([
        ("target", columns.target.map(|it| it.0)),
        ("number", columns.number),
        ("running number", columns.running),
        ("title", columns.title.map(|it| it.0)),
        ("minor class", columns.minor),
        ("kind", columns.kind),
        ("block", columns.block),
        ("category", columns.category),
    ]);
    all.extend(columns.evidence.iter().map(|it| ("evidence", Some(*it))));
    all.push(("action", columns.action));
    all.into_iter().filter_map(|(name, column)| Some((name, column?))).collect()
}

/// The header of a column: in the row of 現在, or the one above or below that has a meaning.
fn header(sheet: &Sheet, table: &Table, column: u32) -> (Place, String) {
    let rows = std::iter::once(table.header).chain(table.header.saturating_sub(2)..table.first);
    let places: Vec<Place> = rows.map(|row| (row, column)).collect();
    let telling =
        places.iter().find(|it| sheet.cells.get(it).and_then(short_key).is_some_and(|it| role(&it).is_some()));
    let place = telling.or_else(|| places.iter().find(|it| sheet.text(**it).is_some()));
    let place = place.copied().unwrap_or((table.header, column));
    (place, words(sheet, place).unwrap_or_default())
}

fn held(survey: &Survey, form: &Form) -> Held {
    let mut matches = survey.matches(form);
    let unknown = survey.unknown(&matches);
    let rows = form.rows.iter().enumerate().map(|(at, known)| {
        let mut found = matches.rows.remove(&at).unwrap_or_default();
        let standing = |it: &Match| survey.tables.get(it.table).map(|it| it.standing);
        found.sort_by_key(|it| (standing(it), std::cmp::Reverse(it.sureness)));
        let best = found.first().and_then(standing);
        found.retain(|it| standing(it) == best);
        let mut found = found.iter().filter_map(|it| row(survey, it, known));
        let first = found.next();
        // what is not to be seen is no second row
        let again = found.filter(|it| !it.hidden).map(|it| it.current).collect();
        RowSeen { no: known.no.clone(), title: known.title.clone(), found: first, again }
    });
    let rows = rows.collect();
    Held { version: form.version.clone(), confirmed: form.confirmed, rows, unknown }
}

fn row(survey: &Survey, it: &Match, known: &FormRow) -> Option<RowFound> {
    let tabled = survey.tables.get(it.table)?;
    let (sheet, columns) = (tabled.sheet, &tabled.table.columns);
    let (title, _) = title(sheet, it.row, columns).unwrap_or_default();
    let knows = std::iter::once(&known.title).chain(&known.also).any(|it| canon(it) == canon(&title));
    Some(RowFound {
        current: Spot { sheet: clip(&sheet.name, MAX_NAME), cell: cell_name((it.row, columns.current.0)) },
        target: columns.target.map(|column| cell_name((it.row, column.0))),
        sure: match it.sureness {
            Sureness::Both => Sure::NumberAndTitle,
            Sureness::Title => Sure::TitleOnly,
            Sureness::NumberAndNear | Sureness::Near => Sure::Near,
        },
        printed: Some(title).filter(|it| !knows && !it.is_empty()),
        hidden: sheet.hidden || sheet.hidden_rows.contains(&it.row),
    })
}

/// A cell's words in one line.
fn words(sheet: &Sheet, place: Place) -> Option<String> {
    let text = sheet.text(place)?;
    // Japanese has no spaces where a line is broken
    let lines = text.lines().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
    Some(clip(&lines.collect::<String>(), MAX_WORDS))
}

/// A row's title as printed, without a number before it, and that number.
fn title(sheet: &Sheet, row: u32, columns: &Columns) -> Option<(String, Option<String>)> {
    let (first, last) = columns.title.unwrap_or((1, 0));
    let words = (first..=last).chain(columns.minor).find_map(|it| words(sheet, (row, it)))?;
    let numbered = super::matching::number_before_title(&words).filter(|_| columns.number.is_none());
    let Some((number, title)) = numbered else {
        return Some((words, None));
    };
    let bare = title.trim_start_matches(|it: char| it.is_whitespace() || ".:)]】、・".contains(it));
    Some((bare.to_owned(), Some(number)))
}
