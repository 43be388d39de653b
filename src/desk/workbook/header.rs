//! Which rows are headers, and which column holds what: by the header's words, never by position.

use std::collections::BTreeMap;

use super::{
    book::{Place, Sheet},
    roles::{Role, Share, bare, is_whole, role, share},
};
use crate::desk::text;

/// How far above the row with 現在 the other headers may stand, and below it (merged headers of two or three rows).
const MAX_APART: u32 = 2;
/// Departments beside each other that are held against each other.
const MAX_ALSO: usize = 20;
/// So many different headers in a row are no chance.
const MIN_HEADERS: usize = 3;
/// So many headers below the row with 現在 belong to it.
const MIN_BELOW: usize = 2;
/// Columns that a merged header covers at most: a title may be merged over everything.
const MAX_SPAN: u32 = 5;
/// Tables side by side under one row of headers: 定性 and 定量.
const MAX_BESIDE: usize = 8;
/// Sheets with more headers than this are no forms.
const MAX_TABLES: usize = 500;

/// The rows under one header.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The row of 現在.
    pub(super) header: u32,
    /// First row under the header.
    pub(super) first: u32,
    /// First row that is no longer of this table.
    pub(super) end: u32,
    pub(super) columns: Columns,
}

/// First and last column; a merged header covers several.
pub(super) type Span = (u32, u32);

/// Where each thing stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// The columns of this table, where another stands beside it.
    pub(super) within: Span,
    /// 現在の成熟度, 現在値.
    pub(super) current: Span,
    /// Other columns that say the same of themselves: 現在（製造部） beside 現在（営業部）.
    pub(super) also: Vec<Span>,
    /// 目標.
    pub(super) target: Option<Span>,
    /// 定性指標No.: the indicator's own number.
    pub(super) number: Option<u32>,
    /// A plain No: mostly a running number over all rows.
    pub(super) running: Option<u32>,
    /// DX推進指標: title and text.
    pub(super) title: Option<Span>,
    /// 小分類, which repeats the title.
    pub(super) minor: Option<u32>,
    /// 定性定量.
    pub(super) kind: Option<u32>,
    /// 大分類.
    pub(super) block: Option<u32>,
    /// 中分類.
    pub(super) category: Option<u32>,
    /// 根拠・エビデンス, 算出方法.
    pub(super) evidence: Vec<u32>,
    /// アクション.
    pub(super) action: Option<u32>,
}

impl Columns {
    /// Whether this is the form itself. A table of titles and values only sums it up (the sheet behind a chart).
    pub(super) fn is_form(&self) -> bool {
        self.number.is_some()
            || self.kind.is_some()
            || self.running.is_some()
            || self.action.is_some()
            || !self.evidence.is_empty()
    }
}

/// A header cell: its column, role and how well it fits (0 is best).
type Found = (u32, Role, u8);

/// The header cells of a sheet: every cell is looked at once.
pub(super) struct Headers<'a> {
    sheet: &'a Sheet,
    rows: BTreeMap<u32, Vec<Found>>,
}

impl<'a> Headers<'a> {
    pub(super) fn of(sheet: &'a Sheet) -> Self {
        Self { sheet, rows: BTreeMap::new() }
    }

    /// Takes a cell in, by its folded words.
    pub(super) fn add(&mut self, (row, column): Place, key: &str) {
        if let Some((role, fit)) = role(key) {
            self.rows.entry(row).or_default().push((column, role, fit));
        }
    }

    /// Whether some row is one of headers, be there a column of current values or not.
    pub(super) fn are_there(&self) -> bool {
        self.rows.values().any(|it| different(it) >= MIN_HEADERS)
    }

    /// The tables of the sheet, from top to bottom and from left to right.
    pub(super) fn tables(&self) -> Vec<Table> {
        let mut tables: Vec<Table> = Vec::new();
        for (row, found) in &self.rows {
            let beside: Vec<Table> = segments(found).into_iter().filter_map(|it| self.table(*row, found, it)).collect();
            if beside.is_empty() {
                continue;
            }
            for open in tables.iter_mut().filter(|it| it.end == u32::MAX) {
                // a header of several rows may reach below this one: then it has no rows
                open.end = open.first.max(*row);
            }
            tables.extend(beside);
            if tables.len() >= MAX_TABLES {
                break;
            }
        }
        tables
    }

    /// The header cells of a row, of the columns of one table.
    fn row(&self, row: u32, within: Span) -> Vec<Found> {
        let found = self.rows.get(&row).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter(|it| (within.0..=within.1).contains(&it.0)).copied().collect()
    }

    fn table(&self, row: u32, found: &[Found], within: Span) -> Option<Table> {
        let found: Vec<Found> = found.iter().filter(|it| (within.0..=within.1).contains(&it.0)).copied().collect();
        let target = best(&found, Role::Target);
        let current = best(&found, Role::Current).or_else(|| self.score(row, &found, target?))?;
        let current = self.plain(row, &found, current);
        let mut columns = Columns { within, current: self.span((row, current)), ..Columns::default() };
        columns.also = self.also(row, &found, current);
        columns.target = target.map(|it| self.span((row, it)));
        self.fill(&mut columns, row, &found);
        self.above(&mut columns, row, current);
        let below = self.below(&mut columns, row);
        let titled = columns.title.is_some() || columns.minor.is_some();
        let enough = if target.is_some() { titled || columns.number.is_some() } else { titled && columns.is_form() };
        let below = below.max(self.share_out(&mut columns, row));
        enough.then(|| Table {
            header: row,
            first: row.saturating_add(below).saturating_add(1),
            end: u32::MAX,
            columns,
        })
    }

    fn above(&self, columns: &mut Columns, row: u32, current: u32) {
        for row in (1..=MAX_APART).filter_map(|it| row.checked_sub(it)) {
            let found = self.row(row, columns.within);
            // a row with values of its own belongs to the table above, and so does this row then; a header of two rows
            // has 自己評価 over 現在 in one column
            let above = best(&found, Role::Current);
            if above.is_some_and(|it| it != current || best(&found, Role::Target).is_some()) {
                return;
            }
            self.fill(columns, row, &found);
        }
    }

    /// Headers below the row of 現在, where that is merged over several rows: how many rows they take.
    fn below(&self, columns: &mut Columns, row: u32) -> u32 {
        let mut taken = 0;
        for below in 1..=MAX_APART {
            let found = self.row(row.saturating_add(below), columns.within);
            let values = found.iter().any(|(_, role, _)| matches!(role, Role::Current | Role::Target));
            let naming: Vec<Found> = found.iter().filter(|(_, role, _)| role.identifies()).copied().collect();
            if values || different(&naming) < MIN_BELOW {
                break;
            }
            self.fill(columns, row.saturating_add(below), &found);
            taken = below;
        }
        taken
    }

    /// Which of the columns under a merged 現在 are values, by the headers below it: how many rows those take.
    fn share_out(&self, columns: &mut Columns, row: u32) -> u32 {
        let naming = [columns.number, columns.running, columns.minor, columns.title.map(|it| it.0)];
        for below in 1..=MAX_APART {
            let under = row.saturating_add(below);
            // a row with a title is one of answers
            if naming.into_iter().flatten().any(|it| self.sheet.text((under, it)).is_some()) {
                return 0;
            }
            let current = self.shares(under, columns.current);
            let target = columns.target.map(|it| self.shares(under, it)).unwrap_or_default();
            if current.is_empty() && target.is_empty() {
                continue;
            }
            let best = current.first().map(|it| it.0);
            let mut values = current.iter().filter(|it| Some(it.0) == best).map(|it| (it.1, it.1));
            columns.current = values.next().unwrap_or(columns.current);
            columns.also.extend(values.take(MAX_ALSO));
            columns.target = target.first().map(|it| (it.1, it.1)).or(columns.target);
            return below;
        }
        0
    }

    /// The columns of a merged header by what is said below it, the best first; none where nothing is.
    fn shares(&self, under: u32, (first, last): Span) -> Vec<(Share, u32)> {
        let text = |column: u32| self.sheet.text((under, column));
        if first == last || !(first..=last).any(|it| text(it).is_some()) {
            return Vec::new();
        }
        let mut shares: Vec<(Share, u32)> =
            (first..=last).map(|it| (text(it).map_or(Share::Part, share), it)).collect();
        shares.sort_unstable();
        shares
    }

    /// The only column that may be one of scores, where it stands beside the target.
    fn score(&self, row: u32, found: &[Found], target: u32) -> Option<u32> {
        let mut scores = found.iter().filter(|(_, role, _)| *role == Role::Score).map(|(column, ..)| *column);
        let only = scores.next().filter(|_| scores.next().is_none())?;
        let beside = |left: u32, right: u32| self.span((row, left)).1.saturating_add(1) == right;
        (beside(only, target) || beside(target, only)).then_some(only)
    }

    /// Of several columns called 現在 the one without a bracket is the form's own, or else the one of the whole
    /// company: 現在（営業部） stands beside it.
    fn plain(&self, row: u32, found: &[Found], current: u32) -> u32 {
        let only = |test: &dyn Fn(&str) -> bool| {
            let mut these = found
                .iter()
                .filter(|(column, role, fit)| *role == Role::Current && *fit == 0 && test(&self.words((row, *column))));
            these.next().filter(|_| these.next().is_none()).map(|it| it.0)
        };
        only(&|it| it == bare(it)).or_else(|| only(&is_whole)).unwrap_or(current)
    }

    /// The columns that have as good a claim to be the current values as the one that was taken.
    fn also(&self, row: u32, found: &[Found], current: u32) -> Vec<Span> {
        let fit = found.iter().find(|(column, ..)| *column == current).map_or(0, |it| it.2);
        let others =
            found.iter().filter(|(column, role, it)| *column != current && *role == Role::Current && *it == fit);
        let own = self.words((row, current));
        // 現在 alone is meant before 現在（営業部）, and so is 現在（全社）
        let plain = fit == 0 && own == bare(&own);
        let whole = fit == 0 && is_whole(&own);
        let rivals = others.filter(|(column, ..)| {
            let words = self.words((row, *column));
            if plain { words == bare(&words) } else { !whole || is_whole(&words) }
        });
        rivals.map(|(column, ..)| self.span((row, *column))).take(MAX_ALSO).collect()
    }

    fn words(&self, place: Place) -> String {
        self.sheet.text(place).map(text::key).unwrap_or_default()
    }

    fn fill(&self, columns: &mut Columns, row: u32, found: &[Found]) {
        columns.number = columns.number.or(best(found, Role::Number));
        columns.running = columns.running.or(best(found, Role::Running));
        columns.minor = columns.minor.or(best(found, Role::Minor));
        columns.kind = columns.kind.or(best(found, Role::Kind));
        columns.block = columns.block.or(best(found, Role::Block));
        columns.category = columns.category.or(best(found, Role::Category));
        columns.action = columns.action.or(best(found, Role::Action));
        columns.title = columns.title.or_else(|| best(found, Role::Title).map(|it| self.span((row, it))));
        if columns.evidence.is_empty() {
            columns.evidence =
                found.iter().filter(|(_, role, _)| *role == Role::Evidence).map(|(column, ..)| *column).collect();
        }
    }

    /// The columns a header cell covers.
    fn span(&self, place: Place) -> Span {
        let last = self.sheet.merged.get(&place).copied().unwrap_or(place.1);
        (place.1, last.clamp(place.1, place.1.saturating_add(MAX_SPAN)))
    }
}

/// How many different roles there are.
fn different(found: &[Found]) -> usize {
    let mut seen: Vec<Role> = Vec::new();
    for (_, role, _) in found {
        if !seen.contains(role) {
            seen.push(*role);
        }
    }
    seen.len()
}

fn best(found: &[Found], wanted: Role) -> Option<u32> {
    found
        .iter()
        .filter(|(_, role, _)| *role == wanted)
        .min_by_key(|(column, _, fit)| (*fit, *column))
        .map(|(column, ..)| *column)
}

/// The tables that begin side by side in a row of headers: a second one has titles and current values of its own.
fn segments(found: &[Found]) -> Vec<Span> {
    let is_title = |it: &Found| matches!(it.1, Role::Title | Role::Minor);
    let is_value = |it: &Found| matches!(it.1, Role::Current | Role::Score);
    let last = found.iter().rposition(is_title).min(found.iter().rposition(is_value));
    let mut starts = vec![0];
    let (mut titled, mut valued) = (false, false);
    for (at, it) in found.iter().enumerate() {
        // what comes behind has both once more
        let again = last.is_some_and(|last| at <= last);
        if it.1.identifies() && titled && valued && again && starts.len() < MAX_BESIDE {
            starts.push(it.0);
            (titled, valued) = (false, false);
        }
        titled |= is_title(it);
        valued |= is_value(it);
    }
    let ends = starts.iter().skip(1).map(|it| it.saturating_sub(1)).chain([u32::MAX]);
    starts.iter().copied().zip(ends).collect()
}
