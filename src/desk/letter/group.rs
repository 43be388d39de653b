//! Findings as a letter tells them: those of one kind together, so that fifty-five can be read on a phone.

use serde::Serialize;

use super::words::Words;
use crate::desk::{
    check::{Column, Finding},
    rules::Rules,
};

/// From so many rows on, a list is divided by the form's blocks.
const DIVIDED: usize = 6;

/// One finding in words.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct FindingView {
    pub(super) rule: &'static str,
    pub(super) no: String,
    pub(super) title: String,
    pub(super) place: String,
    pub(super) cell: String,
    pub(super) found: String,
    pub(super) what: String,
    pub(super) wanted: String,
    /// What only this row of a list has.
    pub(super) own: String,
    /// The words stand above a list of rows.
    many: bool,
    hidden: bool,
    column: Option<Column>,
    quantitative: bool,
    stands: String,
    counts: bool,
    /// Lowest and highest level of a range, empty where it is none.
    low: String,
    high: String,
    reason: String,
}

/// Rows with one and the same fault, told once.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Group {
    what: String,
    wanted: String,
    /// Rows, where there are several.
    count: Option<usize>,
    /// The sheet, where all of several rows are on one.
    sheet: String,
    parts: Vec<Part>,
}

/// Rows of one block of the form.
#[derive(Debug, Clone, Serialize)]
struct Part {
    /// Empty where the list is not divided.
    block: String,
    rows: Vec<FindingView>,
}

/// The finding in words, alone or as a row of a list.
pub(super) fn tell(words: &Words, it: &Finding, many: bool) -> FindingView {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let level = |it: Option<u8>| it.map(|it| it.to_string()).unwrap_or_default();
    let place = [text(&it.sheet), text(&it.cell)];
    let mut view = FindingView {
        rule: it.rule.name(),
        no: printed_number(it),
        title: text(&it.title),
        place: place.iter().filter(|it| !it.is_empty()).cloned().collect::<Vec<_>>().join(" "),
        cell: text(&it.cell),
        found: text(&it.found),
        many,
        hidden: it.hint.hidden,
        column: it.hint.column,
        quantitative: it.no.as_deref().is_some_and(|it| it.starts_with(|it: char| it.is_ascii_alphabetic())),
        stands: text(&it.hint.stands),
        counts: it.hint.counts,
        low: level(it.hint.between.map(|it| it.0)),
        high: level(it.hint.between.map(|it| it.1)),
        reason: text(&it.hint.reason),
        ..FindingView::default()
    };
    let told = words.finding(it.rule.name(), &view);
    (view.what, view.wanted, view.own) = (told.what, told.wanted, told.own);
    view
}

/// The number as the form prints it: quantitative rows and questions have ids of ours, which mean nothing to a company.
pub(super) fn printed_number(it: &Finding) -> String {
    it.no.clone().filter(|no| no.starts_with(|first: char| first.is_ascii_digit())).unwrap_or_default()
}

/// Findings of one rule whose words agree make one paragraph with a list; the paragraphs keep the order of their first
/// findings.
pub(super) fn grouped(words: &Words, rules: &Rules, findings: &[&Finding]) -> Vec<Group> {
    let mut lists: Vec<(FindingView, Vec<&Finding>)> = Vec::new();
    for it in findings.iter().copied() {
        let view = tell(words, it, true);
        let like = |(other, _): &&mut (FindingView, Vec<&Finding>)| {
            (other.rule, &other.what, &other.wanted) == (view.rule, &view.what, &view.wanted)
        };
        match lists.iter_mut().find(like) {
            Some((_, rows)) => rows.push(it),
            None => lists.push((view, vec![it])),
        }
    }
    let mut files = findings.iter().filter_map(|it| it.file.as_ref());
    let many_files = files.next().is_some_and(|first| files.any(|it| it != first));
    lists.into_iter().map(|(view, rows)| group(words, rules, &view, &rows, many_files)).collect()
}

fn group(words: &Words, rules: &Rules, view: &FindingView, rows: &[&Finding], many_files: bool) -> Group {
    if let [only] = rows {
        let mut row = tell(words, only, false);
        row.own.clear();
        place(&mut row, only, many_files, false);
        let (what, wanted) = (row.what.clone(), row.wanted.clone());
        let parts = vec![Part { block: String::new(), rows: vec![row] }];
        return Group { what, wanted, count: None, sheet: String::new(), parts };
    }
    let sheet = rows
        .first()
        .and_then(|it| it.sheet.clone())
        .filter(|sheet| !many_files && rows.iter().all(|it| it.sheet.as_ref() == Some(sheet) && it.cell.is_some()));
    let mut parts: Vec<Part> = Vec::new();
    for it in rows {
        let mut row = tell(words, it, true);
        place(&mut row, it, many_files, sheet.is_some());
        let block = if rows.len() < DIVIDED { String::new() } else { block(rules, it) };
        match parts.iter_mut().find(|it| it.block == block) {
            Some(part) => part.rows.push(row),
            None => parts.push(Part { block, rows: vec![row] }),
        }
    }
    let titled = rows.iter().any(|it| it.title.is_some());
    Group {
        what: view.what.clone(),
        wanted: view.wanted.clone(),
        count: titled.then_some(rows.len()),
        sheet: sheet.unwrap_or_default(),
        parts,
    }
}

/// The file is named only where there are several, the sheet where the list does not name it.
fn place(row: &mut FindingView, it: &Finding, many_files: bool, sheet_told: bool) {
    if sheet_told {
        row.place.clone_from(&row.cell);
    } else if many_files && let Some(file) = &it.file {
        row.place = format!("{file} {}", row.place).trim_end().to_owned();
    }
}

fn block(rules: &Rules, it: &Finding) -> String {
    let mut rows = rules.forms.iter().flat_map(|it| &it.rows);
    rows.find(|row| Some(&row.no) == it.no.as_ref()).map(|it| it.block.clone()).unwrap_or_default()
}
