//! The checks of a workbook: as a whole, and row by row.

use super::{Finding, Rule, Severity};
use crate::desk::{
    rules::{Form, FormRow},
    workbook::{Fault, Indicator, IndicatorKind, Rival, Value, Workbook, Written},
};

/// From this difference on, a key question and its sub-questions do not fit together (the publisher's own measure).
const KEY_DIFFERENCE: i64 = 2;

/// Findings about the book as a whole.
pub(super) fn whole(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = Vec::new();
    let file = (!book.name.is_empty()).then(|| book.name.clone());
    // where no row could be read at all, nobody can say that it is blank
    if !book.indicators.is_empty() && book.indicators.iter().all(|it| is_blank(&it.current)) {
        findings.push(Finding { file: file.clone(), ..Finding::new(Rule::BlankForm, Severity::MustMend) });
    }
    match &book.version {
        Some(version) if *version == form.version => {}
        Some(version) => findings.push(Finding {
            file,
            found: Some(version.clone()),
            ..Finding::new(Rule::VersionWrong, Severity::MustMend)
        }),
        None => findings.push(Finding { file, ..Finding::new(Rule::VersionUnknown, Severity::Ask) }),
    }
    for (kind, title) in [(IndicatorKind::Qualitative, "定性指標"), (IndicatorKind::Quantitative, "定量指標")] {
        let (found, all) = found_rows(book, form, kind);
        if lacks(book, form, kind) {
            findings.push(Finding {
                title: Some(title.to_owned()),
                found: Some(format!("{found}／{all}")),
                ..Finding::new(Rule::BlockMissing, Severity::MustMend)
            });
        }
    }
    findings
}

/// Findings row by row.
pub(super) fn each(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = Vec::new();
    let no_targets = lacks_targets(book);
    findings.extend(no_targets.map(target_column));
    for row in &form.rows {
        let Some(found) = book.indicators.iter().find(|it| it.no == row.no) else {
            // a kind that is missing, or most of it, is told once
            if !lacks(book, form, row.kind) {
                findings.push(missing(row, form.confirmed));
            }
            continue;
        };
        if book.conflicts.contains(&row.no) {
            let places = conflict_places(book, found);
            findings.push(Finding { found: Some(places), ..at(Rule::RowConflict, Severity::MustMend, found) });
        } else {
            findings.extend(current(found));
        }
        if row.kind == IndicatorKind::Qualitative {
            if no_targets.is_none() {
                findings.extend(target(found));
            }
            findings.extend(key_differs(found, book));
        }
    }
    findings
}

/// Rows that the catalogue does not know.
pub(super) fn unknown(book: &Workbook) -> impl Iterator<Item = Finding> {
    book.unknown_rows.iter().map(|it| Finding {
        title: Some(it.title.clone()),
        sheet: Some(it.sheet.clone()),
        cell: Some(it.cell.clone()),
        found: Some(it.title.clone()),
        ..Finding::new(Rule::RowUnknown, Severity::Note)
    })
}

/// Whether the book has less than half of the rows of a kind: no company takes out so many on purpose, so a table is
/// missing or could not be read. This holds however sure the catalogue is of single rows.
fn lacks(book: &Workbook, form: &Form, kind: IndicatorKind) -> bool {
    let (found, all) = found_rows(book, form, kind);
    found.saturating_mul(2) < all
}

/// How many of the form's rows of a kind were found, and how many there are.
fn found_rows(book: &Workbook, form: &Form, kind: IndicatorKind) -> (usize, usize) {
    let rows = form.rows.iter().filter(|it| it.kind == kind);
    let all = rows.clone().count();
    (rows.filter(|row| book.indicators.iter().any(|it| it.no == row.no)).count(), all)
}

/// The first qualitative row, where no such row has a cell for its target.
fn lacks_targets(book: &Workbook) -> Option<&Indicator> {
    let mut rows = book.indicators.iter().filter(|it| it.kind == IndicatorKind::Qualitative);
    let none = rows.clone().all(|it| it.target_cell.is_none() && it.target.raw.is_none());
    rows.next().filter(|_| none)
}

/// The column of targets is not there: asked for once.
fn target_column(first: &Indicator) -> Finding {
    Finding {
        title: Some("目標（3年後）の列".to_owned()),
        file: Some(first.file.clone()),
        sheet: Some(first.sheet.clone()),
        ..Finding::new(Rule::TargetMissing, Severity::Ask)
    }
}

fn missing(row: &FormRow, confirmed: bool) -> Finding {
    let severity = if confirmed { Severity::MustMend } else { Severity::Note };
    Finding { no: Some(row.no.clone()), title: Some(row.title.clone()), ..Finding::new(Rule::RowMissing, severity) }
}

fn at(rule: Rule, severity: Severity, it: &Indicator) -> Finding {
    Finding {
        no: Some(it.no.clone()),
        title: Some(it.title.clone()),
        file: Some(it.file.clone()),
        sheet: Some(it.sheet.clone()),
        cell: Some(it.cell.clone()),
        found: it.current.raw.clone(),
        ..Finding::new(rule, severity)
    }
}

fn at_target(rule: Rule, severity: Severity, it: &Indicator) -> Finding {
    let found = it.target.raw.clone().filter(|it| !it.trim().is_empty());
    Finding { cell: it.target_cell.clone(), found, ..at(rule, severity, it) }
}

/// 「旧.xlsx 自己診断 J14：3／新.xlsx 自己診断 J14：4」; the files only where there are several.
fn conflict_places(book: &Workbook, found: &Indicator) -> String {
    let rivals: Vec<&Rival> =
        book.rivals.iter().filter(|it| it.no == found.no && !it.raw.trim().is_empty()).take(5).collect();
    // two files of one name differ in nothing but their order
    let twins = rivals.iter().enumerate().any(|(at, it)| {
        let mut others = rivals.iter().take(at);
        others.any(|other| (&other.file, &other.sheet, &other.cell) == (&it.file, &it.sheet, &it.cell))
    });
    let many_files = twins || rivals.iter().any(|it| it.file != found.file);
    let places = rivals.iter().enumerate().map(|(at, it)| {
        let count = if twins { format!("（{}つ目）", at.saturating_add(1)) } else { String::new() };
        let file = if many_files { format!("{}{count} ", it.file) } else { String::new() };
        format!("{file}{} {}：{}", it.sheet, it.cell, it.raw.trim())
    });
    places.collect::<Vec<String>>().join("／")
}

fn is_blank(written: &Written) -> bool {
    written.value.is_none() && matches!(written.fault, None | Some(Fault::Blank))
}

fn current(it: &Indicator) -> Option<Finding> {
    if it.current.value.is_some() {
        return None;
    }
    let rule = match it.current.fault {
        None | Some(Fault::Blank) => Rule::CurrentMissing,
        Some(Fault::NotALevel | Fault::NotANumber) => Rule::CurrentNotALevel,
        Some(Fault::NoValueWord) => Rule::CurrentNoValue,
        Some(Fault::NoCachedValue | Fault::ErrorCell) => Rule::CurrentUnreadable,
    };
    Some(at(rule, Severity::MustMend, it))
}

fn target(it: &Indicator) -> Option<Finding> {
    match (&it.target.value, &it.current.value) {
        // a formula without a result shows nothing, so there is nothing to quote
        (None, _) if is_blank(&it.target) || it.target.fault == Some(Fault::NoCachedValue) => {
            Some(at_target(Rule::TargetMissing, Severity::Ask, it))
        }
        (None, _) => Some(at_target(Rule::TargetNotALevel, Severity::Ask, it)),
        (Some(Value::Level(target)), Some(Value::Level(current))) if target < current => {
            Some(at_target(Rule::TargetBelowCurrent, Severity::Note, it))
        }
        _ => None,
    }
}

/// A key question against the mean of its sub-questions, as far as they have levels.
fn key_differs(key: &Indicator, book: &Workbook) -> Option<Finding> {
    let level = |it: &Indicator| match it.current.value {
        Some(Value::Level(level)) => Some(i64::from(level)),
        _ => None,
    };
    let own = level(key)?;
    let front = format!("{}-", key.no);
    let subs: Vec<i64> = book.indicators.iter().filter(|it| it.no.starts_with(&front)).filter_map(level).collect();
    let count = i64::try_from(subs.len()).ok().filter(|it| *it > 0)?;
    let differs = (own * count - subs.iter().sum::<i64>()).abs() >= KEY_DIFFERENCE * count;
    differs.then(|| at(Rule::KeyDiffers, Severity::Note, key))
}
