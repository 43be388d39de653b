//! From sheets to one row for each indicator, with what could not be settled.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Indicator, IndicatorKind, Rival, UnknownRow, Workbook, Written,
    grid::{Book, Cell, Sheet, cell_name, clip},
    header::{self, Columns, Span, Table},
    matching::{self, Catalogue, Facts, Sureness, canon},
    profile, value, version,
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
const MAX_NAME: usize = 100;

/// Reads the rows by the form they fit best.
pub(super) fn understand(name: &str, book: &Book, forms: &[Form]) -> Result<Workbook, Unreadable> {
    let name = clip(name, MAX_NAME);
    let tables: Vec<(&Sheet, Table)> =
        book.sheets.iter().flat_map(|sheet| header::tables(sheet).into_iter().map(move |it| (sheet, it))).collect();
    let version = version::find(book, &tables, &name, forms);
    let best = forms
        .iter()
        .map(|form| (form, Harvest::of(&name, &tables, form)))
        .filter(|(_, it)| !it.claims.is_empty())
        // the last of equals wins, so: of those with most rows, the one of the book's version
        .max_by_key(|(form, it)| (it.claims.len(), version.as_deref() == Some(form.version.as_str())));
    let Some((form, harvest)) = best else {
        return Err(if book.torn { Unreadable::Damaged } else { Unreadable::NotTheForm });
    };
    let mut workbook = harvest.settle(form);
    workbook.name = name;
    workbook.version = version;
    (workbook.company, workbook.prefecture) = profile::find(book, &tables);
    Ok(workbook)
}

/// How much a table counts. Better ones silence the others for the same kind of indicator: what is hidden or an
/// example must not fill a gap in what the company wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// The form, to be seen.
    Form,
    /// A sheet called 記入例.
    Example,
    /// The form on a hidden sheet.
    Hidden,
    /// Titles and values only: the sheet behind a chart.
    Summary,
}

/// A row that claims to be an indicator.
struct Claim {
    indicator: Indicator,
    standing: Standing,
    sureness: Sureness,
    /// The current value is a formula: copied from elsewhere.
    derived: bool,
}

/// All rows of all tables, before it is settled which count.
#[derive(Default)]
struct Harvest {
    claims: BTreeMap<usize, Vec<Claim>>,
    unknown: Vec<UnknownRow>,
}

impl Standing {
    fn of(sheet: &Sheet, table: &Table) -> Self {
        let name = crate::desk::text::key(&sheet.name);
        if !table.columns.is_form() {
            Self::Summary
        } else if sheet.hidden {
            Self::Hidden
        } else if ["記入例", "記載例", "入力例", "見本", "サンプル", "sample"].iter().any(|it| name.contains(it))
        {
            Self::Example
        } else {
            Self::Form
        }
    }
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
                if claims.len() < MAX_CLAIMS {
                    let indicator = indicator(file, sheet, row, &table.columns, known);
                    let derived = sheet.formulas.contains(&(row, table.columns.current.0));
                    claims.push(Claim { indicator, standing, sureness, derived });
                }
            } else if standing == Standing::Form
                && looks_like_indicator(&facts, &table.columns)
                && self.unknown.len() < MAX_UNKNOWN
            {
                self.unknown.push(unknown(sheet, row, &table.columns));
            }
        }
    }

    fn settle(self, form: &Form) -> Workbook {
        let mut workbook = Workbook::default();
        let best = |kind: IndicatorKind| {
            let claims = self.claims.values().flatten().filter(|it| it.indicator.kind == kind);
            claims.map(|it| it.standing).min()
        };
        let (qualitative, quantitative) = (best(IndicatorKind::Qualitative), best(IndicatorKind::Quantitative));
        let mut claims = self.claims;
        for (at, row) in form.rows.iter().enumerate() {
            let standing = if row.kind == IndicatorKind::Qualitative { qualitative } else { quantitative };
            let mut rivals = claims.remove(&at).unwrap_or_default();
            rivals.retain(|it| Some(it.standing) == standing);
            if rivals.iter().any(|it| !it.derived) {
                rivals.retain(|it| !it.derived);
            }
            rivals.sort_by_key(|it| (is_blank(&it.indicator.current), std::cmp::Reverse(it.sureness)));
            if differ(&rivals) {
                workbook.conflicts.push(row.no.clone());
                workbook.rivals.extend(rivals.iter().map(|it| rival(&it.indicator)));
            }
            match rivals.into_iter().next() {
                Some(claim) => workbook.indicators.push(claim.indicator),
                None => workbook.missing_rows.push(row.no.clone()),
            }
        }
        workbook.unknown_rows = self.unknown;
        workbook
    }
}

fn differ(claims: &[Claim]) -> bool {
    let mut filled = claims.iter().map(|it| &it.indicator.current).filter(|it| !is_blank(it));
    filled.next().is_some_and(|first| filled.any(|it| !same(first, it)))
}

/// Whether nothing was written: empty, or blanks only.
pub(super) fn is_blank(written: &Written) -> bool {
    written.value.is_none() && matches!(written.fault, None | Some(super::Fault::Blank))
}

/// Whether two cells say the same.
pub(super) fn same(one: &Written, other: &Written) -> bool {
    let key = |it: &Written| it.raw.as_deref().map(crate::desk::text::key);
    match (&one.value, &other.value) {
        (Some(super::Value::Level(one)), Some(super::Value::Level(other))) => one == other,
        _ => key(one) == key(other),
    }
}

/// The place and words of a row, for people to look at.
pub(super) fn rival(it: &Indicator) -> Rival {
    Rival {
        no: it.no.clone(),
        file: it.file.clone(),
        sheet: it.sheet.clone(),
        cell: it.cell.clone(),
        raw: it.current.raw.clone().unwrap_or_default(),
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
    let read = |cell: &Cell| match canon(&cell.text).as_str() {
        "定性" | "定性指標" => Some(IndicatorKind::Qualitative),
        "定量" | "定量指標" => Some(IndicatorKind::Quantitative),
        _ => None,
    };
    match column {
        Some(column) => sheet.cells.get(&(row, column)).and_then(read),
        None => sheet.row(row).take(100).find_map(|(_, cell)| read(cell)),
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

fn indicator(file: &str, sheet: &Sheet, row: u32, columns: &Columns, known: &FormRow) -> Indicator {
    let current = filled(sheet, row, columns.current);
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
