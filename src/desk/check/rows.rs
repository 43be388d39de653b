//! The checks of a workbook: as a whole, and row by row.

use super::{Finding, Rule, Severity};
use crate::desk::{
    rules::{Form, FormRow},
    workbook::{Fault, Indicator, IndicatorKind, Value, Workbook, Written},
};

/// From this difference on, a key question and its sub-questions do not fit together (the publisher's own measure).
const KEY_DIFFERENCE: i64 = 2;

/// Findings about the book as a whole.
pub(super) fn whole(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = Vec::new();
    let file = (!book.name.is_empty()).then(|| book.name.clone());
    if book.indicators.iter().all(|it| is_blank(&it.current)) {
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
        if lacks(book, form, kind) {
            findings.push(Finding {
                title: Some(title.to_owned()),
                ..Finding::new(Rule::BlockMissing, Severity::MustMend)
            });
        }
    }
    findings
}

/// Findings row by row.
pub(super) fn each(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = Vec::new();
    for row in &form.rows {
        let Some(found) = book.indicators.iter().find(|it| it.no == row.no) else {
            // a whole kind that is missing is told once
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
            findings.extend(target(found));
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
        found: it.current.clone(),
        ..Finding::new(Rule::RowUnknown, Severity::Note)
    })
}

/// Whether a kind of rows that the form has is not in the book at all.
fn lacks(book: &Workbook, form: &Form, kind: IndicatorKind) -> bool {
    form.rows.iter().any(|it| it.kind == kind) && !book.indicators.iter().any(|it| it.kind == kind)
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
    Finding { cell: it.target_cell.clone(), found: it.target.raw.clone(), ..at(rule, severity, it) }
}

/// 「自己診断!J14「3」、控え!J14「4」」
fn conflict_places(book: &Workbook, found: &Indicator) -> String {
    let rivals = book.rivals.iter().filter(|it| it.no == found.no);
    let many_files = rivals.clone().any(|it| it.file != found.file);
    let places: Vec<String> = rivals
        .filter(|it| !it.raw.trim().is_empty())
        .take(5)
        .map(|it| {
            let file = if many_files { format!("{} ", it.file) } else { String::new() };
            format!("{file}{}!{}「{}」", it.sheet, it.cell, it.raw)
        })
        .collect();
    places.join("、")
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
        (None, _) if is_blank(&it.target) => Some(at_target(Rule::TargetMissing, Severity::Ask, it)),
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
