//! From sheets to one row for each indicator, with what could not be settled.

use std::collections::BTreeSet;

use super::{
    Indicator, IndicatorKind, UnknownRow, Workbook,
    book::{Book, Cell, Sheet, cell_name, clip},
    header::{self, Columns, Span, Table},
    matching::{self, Catalogue, Facts, canon},
    profile,
    settle::{Claim, Claims, Standing, settle},
    sightings::Sightings,
    value, version,
};
use crate::desk::{
    reading::Unreadable,
    rules::{Form, FormRow},
};

/// Rows for one number that are kept; a sheet may repeat one thousands of times.
const MAX_CLAIMS: usize = 50;
const MAX_UNKNOWN: usize = 200;
/// Characters of 根拠 and アクション that are kept; the book itself goes to the advisor.
const MAX_PROSE: usize = 4_000;
pub(super) const MAX_NAME: usize = 100;

/// Reads the rows by the form they fit best.
pub(super) fn understand(name: &str, book: &Book, forms: &[Form]) -> Result<Workbook, Unreadable> {
    let name = clip(name, MAX_NAME);
    let tables: Vec<(&Sheet, Table)> =
        book.sheets.iter().flat_map(|sheet| header::tables(sheet).into_iter().map(move |it| (sheet, it))).collect();
    let version = version::find(book, &tables, &name, forms);
    let best = forms
        .iter()
        .map(|form| (form, Harvest::of(&name, &tables, form), Sightings::of(book, form)))
        .filter(|(_, it, seen)| !it.claims.is_empty() || seen.are_the_form())
        // the last of equals wins, so: of those with most rows, the one of the book's version
        .max_by_key(|(form, it, seen)| {
            (it.claims.len(), seen.count(), version.as_deref() == Some(form.version.as_str()))
        });
    let Some((form, harvest, seen)) = best else {
        return Err(if book.torn { Unreadable::Damaged } else { Unreadable::NotTheForm });
    };
    let mut workbook = settle(harvest.claims, &seen, form);
    workbook.unknown_rows = harvest.unknown;
    workbook.name = name;
    workbook.version = version;
    (workbook.company, workbook.prefecture) = profile::find(book, &tables);
    workbook.companies = workbook.company.iter().cloned().collect();
    Ok(workbook)
}

/// All rows of all tables, before it is settled which count.
#[derive(Default)]
struct Harvest {
    claims: Claims,
    unknown: Vec<UnknownRow>,
}

impl Harvest {
    fn of(file: &str, tables: &[(&Sheet, Table)], form: &Form) -> Self {
        let catalogue = Catalogue::of(form);
        let mut harvest = Self::default();
        for (sheet, table) in tables {
            harvest.table(file, sheet, table, form, &catalogue);
        }
        harvest
    }

    fn table(&mut self, file: &str, sheet: &Sheet, table: &Table, form: &Form, catalogue: &Catalogue) {
        let standing = Standing::of(sheet, table);
        let rows: BTreeSet<u32> =
            sheet.cells.range((table.first, 0)..(table.end, 0)).map(|((row, _), _)| *row).collect();
        let mut carried = Facts::default();
        let mut before = None;
        for row in rows {
            let facts = facts(sheet, row, &table.columns, &mut carried);
            if facts.titles.is_empty() && facts.numbers.is_empty() {
                continue;
            }
            let found = catalogue.find(&facts, before).and_then(|(at, sure)| Some((at, sure, form.rows.get(at)?)));
            if let Some((at, sureness, known)) = found {
                before = Some(at);
                let claims = self.claims.entry(at).or_default();
                for (place, indicator) in indicators(file, sheet, row, &table.columns, known) {
                    if claims.len() < MAX_CLAIMS {
                        let derived = sheet.formulas.contains(&place);
                        claims.push(Claim { indicator, standing, sureness, derived });
                    }
                }
            } else if standing == Standing::Form
                && looks_like_indicator(&facts, &table.columns)
                && self.unknown.len() < MAX_UNKNOWN
            {
                self.unknown.push(unknown(sheet, row, &table.columns));
            }
        }
    }
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
    facts.kind = kind(sheet, row, columns.kind);
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
fn kind(sheet: &Sheet, row: u32, column: Option<u32>) -> Option<IndicatorKind> {
    match column {
        Some(column) => sheet.cells.get(&(row, column)).and_then(kind_in),
        None => sheet.row(row).take(100).find_map(|(_, cell)| kind_in(cell)),
    }
}

pub(super) fn kind_in(cell: &Cell) -> Option<IndicatorKind> {
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

/// The cell under a header: the first that is filled, where the header covers several columns.
fn filled(sheet: &Sheet, row: u32, (first, last): Span) -> (u32, u32) {
    let found = (first..=last).find(|column| sheet.cells.contains_key(&(row, *column)));
    (row, found.unwrap_or(first))
}

/// What the row says, once for each column of current values: 現在（営業部） and 現在（製造部） may differ. In a further
/// column only what may be a value counts; words beside a level are none.
fn indicators(file: &str, sheet: &Sheet, row: u32, columns: &Columns, known: &FormRow) -> Vec<((u32, u32), Indicator)> {
    let read = |span: Span| {
        let place = filled(sheet, row, span);
        (place, indicator(file, sheet, place, columns, known))
    };
    let others = columns.also.iter().map(|it| read(*it)).filter(|(_, it)| it.current.value.is_some());
    std::iter::once(read(columns.current)).chain(others).collect()
}

fn indicator(file: &str, sheet: &Sheet, current: (u32, u32), columns: &Columns, known: &FormRow) -> Indicator {
    let row = current.0;
    let target = columns.target.map(|it| filled(sheet, row, it));
    let prose = |column: u32| sheet.text((row, column)).map(|it| clip(it.trim(), MAX_PROSE));
    let evidence = columns.evidence.iter().find_map(|it| prose(*it));
    let read = |place: (u32, u32), reason: Option<&str>| {
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
    }
}
