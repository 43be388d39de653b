//! Which rows are headers, and which column holds what: by the header's words, never by position.

use super::book::{Place, Sheet};
use crate::desk::text;

/// A header cell is a few words; 「なぜその成熟度と判断したかの根拠、確認方法／エビデンス等(任意)」 has 34 characters.
const MAX_HEADER: usize = 60;
/// The longest header of a column of values.
const MAX_VALUE_HEADER: usize = 30;
/// How far above the row with 現在 the other headers may stand (merged headers of two or three rows).
const MAX_ABOVE: u32 = 2;
/// Departments beside each other that are held against each other.
const MAX_ALSO: usize = 20;
/// So many different headers in a row are no chance.
const MIN_HEADERS: usize = 3;
/// Sheets with more headers than this are no forms.
const MAX_TABLES: usize = 500;

/// The rows under one header.
#[derive(Debug, Clone)]
pub(super) struct Table {
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

/// What a header cell stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Current,
    /// スコア: the current values, but only where it stands beside 目標 and nothing else can be meant.
    Score,
    Target,
    Number,
    Running,
    Title,
    Minor,
    Kind,
    Block,
    Category,
    Evidence,
    Action,
}

/// Cheap first look: is there a cell that could head the current values?
pub(super) fn may_hold_rows(sheet: &Sheet) -> bool {
    let may = |role| matches!(role, Role::Current | Role::Score);
    sheet.cells.values().any(|it| role(&it.text).is_some_and(|(role, _)| may(role)))
}

/// Whether some row is one of headers, be there a column of current values or not.
pub(super) fn has_header(sheet: &Sheet) -> bool {
    sheet.rows().into_iter().any(|row| {
        let mut found: Vec<Role> = Vec::new();
        for (_, role, _) in roles(sheet, row) {
            if !found.contains(&role) {
                found.push(role);
            }
        }
        found.len() >= MIN_HEADERS
    })
}

/// The tables of a sheet, from top to bottom.
pub(super) fn tables(sheet: &Sheet) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for row in sheet.rows() {
        if tables.len() >= MAX_TABLES {
            break;
        }
        if let Some(columns) = columns(sheet, row) {
            if let Some(last) = tables.last_mut() {
                last.end = row;
            }
            tables.push(Table { first: row.saturating_add(1), end: u32::MAX, columns });
        }
    }
    tables
}

fn columns(sheet: &Sheet, row: u32) -> Option<Columns> {
    let found = roles(sheet, row);
    let target = best(&found, Role::Target);
    let current = best(&found, Role::Current).or_else(|| score(sheet, row, &found, target?))?;
    let current = plain(sheet, row, &found, current);
    let mut columns = Columns { current: span(sheet, (row, current)), ..Columns::default() };
    columns.also = also(sheet, row, &found, current);
    columns.target = target.map(|it| span(sheet, (row, it)));
    fill(&mut columns, sheet, row, &found);
    for above in 1..=MAX_ABOVE {
        if let Some(row) = row.checked_sub(above) {
            let found = roles(sheet, row);
            // a row with values of its own belongs to the table above, and so does this row then; a header of two rows
            // has 自己評価 over 現在 in one column
            let above = best(&found, Role::Current);
            if above.is_some_and(|it| it != current || best(&found, Role::Target).is_some()) {
                break;
            }
            fill(&mut columns, sheet, row, &found);
        }
    }
    let titled = columns.title.is_some() || columns.minor.is_some();
    let enough = if target.is_some() { titled || columns.number.is_some() } else { titled && columns.is_form() };
    enough.then_some(columns)
}

/// Each header cell of a row: its column, role and how well it fits (0 is best).
fn roles(sheet: &Sheet, row: u32) -> Vec<(u32, Role, u8)> {
    sheet.row(row).filter_map(|(column, cell)| role(&cell.text).map(|(role, fit)| (column, role, fit))).collect()
}

fn best(found: &[(u32, Role, u8)], wanted: Role) -> Option<u32> {
    found
        .iter()
        .filter(|(_, role, _)| *role == wanted)
        .min_by_key(|(column, _, fit)| (*fit, *column))
        .map(|(column, ..)| *column)
}

/// The only column that may be one of scores, where it stands beside the target.
fn score(sheet: &Sheet, row: u32, found: &[(u32, Role, u8)], target: u32) -> Option<u32> {
    let mut scores = found.iter().filter(|(_, role, _)| *role == Role::Score).map(|(column, ..)| *column);
    let only = scores.next().filter(|_| scores.next().is_none())?;
    let beside = |left: u32, right: u32| span(sheet, (row, left)).1.saturating_add(1) == right;
    (beside(only, target) || beside(target, only)).then_some(only)
}

/// Of several columns called 現在 the one without a bracket is the form's own: 現在（営業部） stands beside it.
fn plain(sheet: &Sheet, row: u32, found: &[(u32, Role, u8)], current: u32) -> u32 {
    let mut plain = found.iter().filter(|(column, role, fit)| {
        let whole = sheet.text((row, *column)).map(text::key).unwrap_or_default();
        *role == Role::Current && *fit == 0 && whole == bare(&whole)
    });
    match (plain.next(), plain.next()) {
        (Some((column, ..)), None) => *column,
        _ => current,
    }
}

/// The columns that have as good a claim to be the current values as the one that was taken.
fn also(sheet: &Sheet, row: u32, found: &[(u32, Role, u8)], current: u32) -> Vec<Span> {
    let words = |column: u32| sheet.text((row, column)).map(text::key).unwrap_or_default();
    let fit = found.iter().find(|(column, ..)| *column == current).map_or(0, |it| it.2);
    let others = found.iter().filter(|(column, role, it)| *column != current && *role == Role::Current && *it == fit);
    let own = words(current);
    // 現在 alone is meant before 現在（営業部）
    let whole = fit == 0 && own == bare(&own);
    let rivals = others.filter(|(column, ..)| !whole || words(*column) == bare(&words(*column)));
    rivals.map(|(column, ..)| span(sheet, (row, *column))).take(MAX_ALSO).collect()
}

fn fill(columns: &mut Columns, sheet: &Sheet, row: u32, found: &[(u32, Role, u8)]) {
    columns.number = columns.number.or(best(found, Role::Number));
    columns.running = columns.running.or(best(found, Role::Running));
    columns.minor = columns.minor.or(best(found, Role::Minor));
    columns.kind = columns.kind.or(best(found, Role::Kind));
    columns.block = columns.block.or(best(found, Role::Block));
    columns.category = columns.category.or(best(found, Role::Category));
    columns.action = columns.action.or(best(found, Role::Action));
    columns.title = columns.title.or_else(|| best(found, Role::Title).map(|it| span(sheet, (row, it))));
    if columns.evidence.is_empty() {
        columns.evidence =
            found.iter().filter(|(_, role, _)| *role == Role::Evidence).map(|(column, ..)| *column).collect();
    }
}

/// The columns a header cell covers.
fn span(sheet: &Sheet, place: Place) -> Span {
    let last = sheet.merged.get(&place).copied().unwrap_or(place.1);
    // a title may be merged over everything
    (place.1, last.clamp(place.1, place.1.saturating_add(5)))
}

fn role(header: &str) -> Option<(Role, u8)> {
    if header.len() > MAX_HEADER * 4 {
        return None;
    }
    let key = text::key(header);
    let length = key.chars().count();
    if length == 0 || length > MAX_HEADER {
        return None;
    }
    let bare = bare(&key);
    match exact_role(&bare) {
        Some(Role::Current | Role::Target) if is_past(&key, &bare) => return None,
        // 「成熟度（現在）」「自己評価（3年後）」
        Some(Role::Score) => return value_role(&key).or(Some((Role::Score, 0))),
        Some(found) => return Some((found, 0)),
        None if bare == "自己評価" => return value_role(&key).or(Some((Role::Current, 3))),
        None => {}
    }
    let has = |words: &[&str]| words.iter().any(|it| key.contains(it));
    // before the values: 「現在の成熟度の根拠」 is no column of values
    if has(&["根拠", "エビデンス", "算出", "計算方法", "判断理由"]) {
        return Some((Role::Evidence, 1));
    }
    if has(&["アクション"]) {
        return Some((Role::Action, 1));
    }
    if length > MAX_VALUE_HEADER || has(&["ください", "下さい", "。"]) {
        return None;
    }
    if has(&["定性"]) && has(&["定量"]) {
        return Some((Role::Kind, 1));
    }
    if has(&["指標", "項目"]) && (key.ends_with("no") || key.ends_with("no.") || has(&["番号"])) {
        return Some((Role::Number, if has(&["指標"]) { 0 } else { 1 }));
    }
    if is_past(&key, &bare) { None } else { value_role(&key) }
}

/// 「前回の現在値」「現在（前回）」 say nothing of today.
fn is_past(key: &str, bare: &str) -> bool {
    ["前回", "昨年", "前年", "過去", "以前"]
        .iter()
        .any(|it| bare.contains(it) || ["", "度", "時"].iter().any(|end| key.contains(&format!("({it}{end})"))))
}

/// Without what stands in brackets and marks like 「※」.
fn bare(key: &str) -> String {
    let mut depth = 0_u32;
    let mut bare = String::new();
    for it in key.chars() {
        match it {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            '※' | '*' | ':' | '■' | '●' | '・' => {}
            other if depth == 0 => bare.push(other),
            _ => {}
        }
    }
    bare
}

fn exact_role(bare: &str) -> Option<Role> {
    Some(match bare {
        "現在" | "現状" | "現在値" | "現状値" | "現在の成熟度" | "現在の値" | "現在成熟度" | "asis" | "as-is" => {
            Role::Current
        }
        "現時点" | "現時点の成熟度" | "現時点の値" | "現状の成熟度" => Role::Current,
        "スコア" | "成熟度" | "成熟度レベル" | "レベル" | "評価点" | "点数" | "得点" | "自己採点" | "いま" | "今回" => {
            Role::Score
        }
        "目標" | "目標値" | "目標の成熟度" | "目標の値" | "目標成熟度" | "3年後の目標" | "tobe" | "to-be" => {
            Role::Target
        }
        "定性指標no." | "定性指標no" | "指標no." | "指標no" | "指標番号" | "定性指標番号" => {
            Role::Number
        }
        "no" | "no." | "番号" | "#" | "項番" | "通番" => Role::Running,
        "dx推進指標" | "推進指標" | "指標" | "指標名" | "項目" | "項目名" | "設問" | "指標項目" => {
            Role::Title
        }
        "小分類" => Role::Minor,
        "定性定量" | "種別" => Role::Kind,
        "大分類" => Role::Block,
        "中分類" => Role::Category,
        "アクション" | "アクション欄" => Role::Action,
        _ => return None,
    })
}

const NOW: [&str; 3] = ["現在", "現状", "現時点"];

/// 「現在の成熟度レベル」「目標(例えば3年後)」「3年後」; not 「現在の課題」 or 「目標との差」.
fn value_role(key: &str) -> Option<(Role, u8)> {
    let other =
        ["課題", "取組", "内容", "理由", "コメント", "差", "ギャップ", "日", "担当", "備考", "メモ", "平均", "人"];
    if other.iter().any(|it| key.contains(it)) {
        return None;
    }
    let (current, target) = (NOW.iter().any(|it| key.contains(it)), key.contains("目標") || key.contains("年後"));
    let (role, leads) = match (current, target) {
        (true, false) => (Role::Current, NOW.iter().any(|it| key.starts_with(it))),
        (false, true) => (Role::Target, key.starts_with("目標")),
        _ => return None,
    };
    // 「現在の状況」 may be words beside the value
    let fit = match (["状況", "状態", "説明", "概要"].iter().any(|it| key.contains(it)), leads) {
        (true, _) => 4,
        (false, true) => 1,
        (false, false) => 2,
    };
    Some((role, fit))
}
