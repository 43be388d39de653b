//! From sheets to one row for each indicator, with what could not be settled.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Indicator, IndicatorKind, UnknownRow, Workbook,
    book::{Book, Cell, Place, Sheet, cell_name, clip},
    header::{Columns, Headers, Span, Table},
    matching::{self, Catalogue, Facts, Sureness, canon},
    profile,
    roles::short_key,
    screen::Signs,
    settle::{Claim, Claims, Standing, is_blank, settle},
    sightings::{Printed, Sightings, Titles},
    value,
    version::Versions,
};
use crate::desk::{
    reading::Unreadable,
    rules::{Form, FormRow},
};

/// Rows for one number that are kept; a sheet may repeat one thousands of times.
const MAX_CLAIMS: usize = 50;
const MAX_UNKNOWN: usize = 200;
/// Cells of a row in which 定性 or 定量 is looked for, and their longest spelling in bytes (「【 定量指標 】」).
const MAX_LOOKED: usize = 100;
const MAX_KIND: usize = 36;
/// Characters of 根拠 and アクション that are kept; the book itself goes to the advisor.
const MAX_PROSE: usize = 4_000;
pub(super) const MAX_NAME: usize = 100;

/// Reads the rows by the form they fit best.
pub(super) fn understand(name: &str, book: &Book, forms: &[Form], titles: &Titles) -> Result<Workbook, Unreadable> {
    let name = clip(name, MAX_NAME);
    let survey = Survey::of(book, titles);
    let seen = Sightings::of(&survey, titles, forms);
    let found: Vec<(&Form, Matches, Sightings)> = forms
        .iter()
        .zip(seen)
        .map(|(form, seen)| (form, survey.matches(form), seen))
        .filter(|(_, it, seen)| !it.rows.is_empty() || seen.are_the_form())
        .collect();
    if found.is_empty() {
        return Err(if book.torn { Unreadable::Damaged } else { Unreadable::NotTheForm });
    }
    let versions = Versions::of(book, &survey, forms);
    let version = versions.find(&name, &BTreeSet::new());
    // the last of equals wins, so: of those with most rows, the one of the book's version
    let best = found.into_iter().max_by_key(|(form, it, seen)| {
        (it.rows.len(), seen.count(), version.as_deref() == Some(form.version.as_str()))
    });
    let (form, matches, seen) = best.ok_or(Unreadable::NotTheForm)?;
    let mut workbook = settle(survey.claims(&name, &matches, form), &seen, form);
    let answering = workbook.indicators.iter().filter(|it| !is_blank(&it.current)).map(|it| it.sheet.clone()).collect();
    workbook.version = versions.find(&name, &answering);
    workbook.unknown_rows = survey.unknown(&matches);
    workbook.name = name;
    workbook.macros = book.macros;
    (workbook.company, workbook.prefecture) = profile::find(&survey);
    workbook.companies = workbook.company.iter().cloned().collect();
    Ok(workbook)
}

/// A book's tables and what their rows say about themselves, whatever the form.
pub(super) struct Survey<'a> {
    pub(super) sheets: Vec<Surveyed<'a>>,
    pub(super) tables: Vec<Tabled<'a>>,
}

/// A sheet, with whether some row of it is one of headers.
pub(super) struct Surveyed<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) headed: bool,
    /// First row under the first header; the end of the sheet where there is none.
    pub(super) first: u32,
    /// The cells that are titles of a form's rows.
    pub(super) printed: Printed,
}

/// A table and its rows.
pub(super) struct Tabled<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) table: Table,
    pub(super) standing: Standing,
    lines: Vec<(u32, Facts)>,
}

/// Which rows of the tables are which rows of a form.
#[derive(Default)]
pub(super) struct Matches {
    /// The form's rows that were found, by index.
    pub(super) rows: BTreeMap<usize, Vec<Match>>,
    /// Rows that look like indicators and are none of the form's: (table, row).
    pub(super) unknown: Vec<(usize, u32)>,
}

/// A row of a table that is one of the form's.
pub(super) struct Match {
    pub(super) table: usize,
    pub(super) row: u32,
    pub(super) sureness: Sureness,
}

impl<'a> Survey<'a> {
    /// Every cell that may tell is folded and looked at once.
    pub(super) fn of(book: &'a Book, titles: &Titles) -> Self {
        let mut survey = Self { sheets: Vec::new(), tables: Vec::new() };
        for sheet in &book.sheets {
            let (mut headers, mut printed) = (Headers::of(sheet), Printed::new());
            for (place, cell) in sheet.cells.with(Signs::HEADER.or(Signs::TITLE)) {
                let Some(key) = short_key(cell) else {
                    continue;
                };
                if cell.text.signs().have(Signs::HEADER) {
                    headers.add(*place, &key);
                }
                if cell.text.signs().have(Signs::TITLE) {
                    titles.add(&mut printed, *place, &key);
                }
            }
            let tables = headers.tables();
            let first = tables.iter().map(|it| it.first).min().unwrap_or(u32::MAX);
            survey.sheets.push(Surveyed { sheet, headed: headers.are_there(), first, printed });
            for table in tables {
                let (standing, lines) = (Standing::of(sheet, &table), lines(sheet, &table));
                survey.tables.push(Tabled { sheet, table, standing, lines });
            }
        }
        survey
    }

    pub(super) fn matches(&self, form: &Form) -> Matches {
        let catalogue = Catalogue::of(form);
        let mut matches = Matches::default();
        for (table, it) in self.tables.iter().enumerate() {
            let mut before = None;
            for (row, facts) in &it.lines {
                if let Some((at, sureness)) = catalogue.find(facts, before) {
                    before = Some(at);
                    let rivals = matches.rows.entry(at).or_default();
                    if rivals.len() < MAX_CLAIMS {
                        rivals.push(Match { table, row: *row, sureness });
                    }
                } else if it.standing == Standing::Form
                    && looks_like_indicator(facts, &it.table.columns)
                    && matches.unknown.len() < MAX_UNKNOWN
                {
                    matches.unknown.push((table, *row));
                }
            }
        }
        matches
    }

    fn claims(&self, file: &str, matches: &Matches, form: &Form) -> Claims {
        let mut claims = Claims::new();
        for (at, found) in &matches.rows {
            let Some(known) = form.rows.get(*at) else {
                continue;
            };
            let rivals: &mut Vec<Claim> = claims.entry(*at).or_default();
            for it in found {
                let Some(Tabled { sheet, table, standing, .. }) = self.tables.get(it.table) else {
                    continue;
                };
                for (place, indicator) in indicators(file, sheet, it.row, &table.columns, known) {
                    let derived = sheet.formulas.contains(&place);
                    rivals.push(Claim { indicator, standing: *standing, sureness: it.sureness, derived });
                }
            }
            rivals.truncate(MAX_CLAIMS);
        }
        claims
    }

    pub(super) fn unknown(&self, matches: &Matches) -> Vec<UnknownRow> {
        let of = |(table, row): &(usize, u32)| {
            let it = self.tables.get(*table)?;
            Some(unknown(it.sheet, *row, &it.table.columns))
        };
        matches.unknown.iter().filter_map(of).collect()
    }
}

impl Tabled<'_> {
    /// The rows that say something about themselves.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> {
        self.lines.iter().map(|it| it.0)
    }

    /// How a row is marked: 定性 or 定量.
    pub(super) fn kind(&self, row: u32) -> Option<IndicatorKind> {
        kind(self.sheet, row, &self.table.columns)
    }
}

fn lines(sheet: &Sheet, table: &Table) -> Vec<(u32, Facts)> {
    let mut rows: Vec<u32> = sheet.cells.range((table.first, 0)..(table.end, 0)).map(|((row, _), _)| *row).collect();
    rows.dedup();
    let mut carried = Facts::default();
    let mut lines = Vec::new();
    for row in rows {
        let facts = facts(sheet, row, &table.columns, &mut carried);
        if !facts.titles.is_empty() || !facts.numbers.is_empty() {
            lines.push((row, facts));
        }
    }
    lines
}

/// What the row says about itself; block and category are carried down from merged cells above.
fn facts(sheet: &Sheet, row: u32, columns: &Columns, carried: &mut Facts) -> Facts {
    let mut facts = Facts::default();
    let at = |column: Option<u32>| column.and_then(|it| sheet.text((row, it)));
    if let Some(block) = at(columns.block) {
        carried.block = canon(block);
        carried.category.clear();
    }
    if let Some(category) = at(columns.category) {
        carried.category = canon(category);
    }
    facts.block.clone_from(&carried.block);
    facts.category.clone_from(&carried.category);
    if let Some(cell) = columns.number.and_then(|it| sheet.cells.get(&(row, it))) {
        facts.numbers = matching::numbers(cell);
    }
    let running = columns.running.and_then(|it| sheet.cells.get(&(row, it)));
    facts.running = running.and_then(|it| it.text.trim().parse().ok());
    titles(sheet, row, columns, &mut facts);
    if columns.number.is_none() && facts.numbers.is_empty() {
        // the only number there is: 4-1 says which row is meant, a plain 5 may count the rows
        let plain = running.map(matching::numbers).unwrap_or_default();
        facts.numbers = plain
            .into_iter()
            .filter(|it| it.contains('-') || !it.starts_with(|it: char| it.is_ascii_digit()))
            .collect();
    }
    facts.kind = kind(sheet, row, columns);
    facts
}

fn titles(sheet: &Sheet, row: u32, columns: &Columns, facts: &mut Facts) {
    let (first, last) = columns.title.unwrap_or((1, 0));
    for column in (first..=last).chain(columns.minor) {
        let Some(text) = sheet.text((row, column)) else {
            continue;
        };
        if let Some((number, title)) = matching::number_before_title(text) {
            if columns.number.is_none() && facts.numbers.is_empty() {
                facts.numbers.push(number);
            }
            facts.titles.push(canon(&title));
        }
        facts.titles.push(canon(text));
    }
    facts.titles.retain(|it| !it.is_empty());
    facts.titles.dedup();
}

/// 定性 or 定量, in its column or, where there is none, in a cell that says nothing else.
fn kind(sheet: &Sheet, row: u32, columns: &Columns) -> Option<IndicatorKind> {
    let (first, last) = columns.within;
    match columns.kind {
        Some(column) => sheet.cells.get(&(row, column)).and_then(kind_in),
        None => sheet.cells.range((row, first)..=(row, last)).take(MAX_LOOKED).find_map(|(_, cell)| kind_in(cell)),
    }
}

pub(super) fn kind_in(cell: &Cell) -> Option<IndicatorKind> {
    if cell.text.len() > MAX_KIND {
        return None;
    }
    match canon(&cell.text).as_str() {
        "定性" | "定性指標" => Some(IndicatorKind::Qualitative),
        "定量" | "定量指標" => Some(IndicatorKind::Quantitative),
        _ => None,
    }
}

/// Where the table marks each row 定性 or 定量, a row without the mark is a legend or a line of text.
fn looks_like_indicator(facts: &Facts, columns: &Columns) -> bool {
    let marked = facts.kind.is_some() || (columns.kind.is_none() && !facts.numbers.is_empty());
    !facts.titles.is_empty() && marked
}

fn unknown(sheet: &Sheet, row: u32, columns: &Columns) -> UnknownRow {
    let place = filled(sheet, row, columns.current);
    let number = columns.number.and_then(|it| sheet.text((row, it)));
    let (first, last) = columns.title.unwrap_or((1, 0));
    let title = (first..=last).chain(columns.minor).find_map(|it| sheet.text((row, it)));
    let said: Vec<&str> = [number, title].into_iter().flatten().map(str::trim).collect();
    UnknownRow {
        sheet: clip(&sheet.name, MAX_NAME),
        cell: cell_name(place),
        title: clip(&said.join(" "), 200),
        current: sheet.text(place).map(|it| clip(it, 200)),
    }
}

/// The cell under a header: where it covers several columns, the first that may hold a value, not only a unit.
fn filled(sheet: &Sheet, row: u32, (first, last): Span) -> Place {
    let may_be_value = |column: &u32| sheet.cells.get(&(row, *column)).is_some_and(|it| !value::says_no_value(it));
    let found = (first..=last).find(may_be_value);
    (row, found.unwrap_or(first))
}

/// What the row says, once for each column of current values: 現在（営業部） and 現在（製造部） may differ. In a further
/// column only what may be a value counts; words or a unit beside a value are none.
fn indicators(file: &str, sheet: &Sheet, row: u32, columns: &Columns, known: &FormRow) -> Vec<(Place, Indicator)> {
    let first = filled(sheet, row, columns.current);
    let beside = (first.1.saturating_add(1)..=columns.current.1).map(|column| (row, column));
    let beside = beside.filter(|it| sheet.text(*it).is_some_and(|it| it.contains(char::is_numeric)));
    let also = columns.also.iter().map(|it| filled(sheet, row, *it));
    let read = |place: Place| (place, indicator(file, sheet, place, columns, known));
    let others = beside.chain(also).map(read).filter(|(_, it)| it.current.value.is_some());
    std::iter::once(read(first)).chain(others).collect()
}

fn indicator(file: &str, sheet: &Sheet, current: Place, columns: &Columns, known: &FormRow) -> Indicator {
    let row = current.0;
    let target = columns.target.map(|it| filled(sheet, row, it));
    let prose = |column: u32| sheet.text((row, column)).map(|it| clip(it.trim(), MAX_PROSE));
    let evidence = columns.evidence.iter().find_map(|it| prose(*it));
    let read = |place: Place, reason: Option<&str>| {
        let cell = sheet.cells.get(&place);
        if known.kind == IndicatorKind::Qualitative { value::level(cell) } else { value::quantity(cell, reason) }
    };
    Indicator {
        no: known.no.clone(),
        title: known.title.clone(),
        kind: known.kind,
        file: file.to_owned(),
        sheet: clip(&sheet.name, MAX_NAME),
        cell: cell_name(current),
        current: read(current, evidence.as_deref()),
        target_cell: target.map(cell_name),
        target: target.map(|it| read(it, evidence.as_deref())).unwrap_or_default(),
        evidence,
        action: columns.action.and_then(prose),
        hidden: sheet.hidden || sheet.hidden_rows.contains(&row),
    }
}
