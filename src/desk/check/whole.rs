//! The checks of a workbook as a whole.

use super::{Finding, Hint, Rule, Severity, rows::is_blank};
use crate::desk::{
    rules::Form,
    workbook::{Indicator, IndicatorKind, Value, Workbook},
};

/// Rows whose current level differs from the target, from which on something may be said of the columns.
const ENOUGH_PAIRS: usize = 5;

/// Findings about the book as a whole.
pub(super) fn whole(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = Vec::new();
    let file = (!book.name.is_empty()).then(|| book.name.clone());
    // where no row could be read at all, nobody can say that it is blank
    if !book.indicators.is_empty() && book.indicators.iter().all(|it| is_blank(&it.current)) {
        findings.push(Finding { file: file.clone(), ..Finding::new(Rule::BlankForm, Severity::MustMend) });
    }
    findings.extend(version(book, form).map(|it| Finding { file: file.clone(), ..it }));
    for (kind, title) in [(IndicatorKind::Qualitative, "定性指標"), (IndicatorKind::Quantitative, "定量指標")] {
        let (found, all) = found_rows(book, form, kind);
        if is_short(found, all) {
            let severity = if lacks(book, form, kind) { Severity::MustMend } else { Severity::Note };
            findings.push(Finding {
                title: Some(title.to_owned()),
                found: Some(format!("{found}／{all}")),
                ..Finding::new(Rule::BlockMissing, severity)
            });
        }
    }
    findings.extend(swapped(book));
    findings.extend(all_the_same(book, form));
    if book.macros {
        findings.push(Finding { file, ..Finding::new(Rule::Macros, Severity::Note) });
    }
    findings
}

fn version(book: &Workbook, form: &Form) -> Option<Finding> {
    let Some(version) = &book.version else { return Some(Finding::new(Rule::VersionUnknown, Severity::Ask)) };
    if *version == form.version {
        return None;
    }
    let order = |it: &str| it.split('.').map(|it| it.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let rule = if order(version) > order(&form.version) { Rule::VersionNew } else { Rule::VersionOld };
    Some(Finding { found: Some(version.clone()), ..Finding::new(rule, Severity::MustMend) })
}

/// Whether the book has less than half of the rows of a kind: no company takes out so many on purpose, so a table is
/// missing or could not be read. This holds however sure the catalogue is of single rows; but where it was never held
/// against a real form, and the book has rows that it does not know in the place of those that it misses, it is likelier
/// wrong than the book, and no company is told so.
pub(super) fn lacks(book: &Workbook, form: &Form, kind: IndicatorKind) -> bool {
    let (found, all) = found_rows(book, form, kind);
    let renamed = book.unknown_rows.len().saturating_mul(2) >= all.saturating_sub(found);
    let in_doubt = !form.confirmed && found > 0 && renamed;
    is_short(found, all) && !in_doubt
}

fn is_short(found: usize, all: usize) -> bool {
    found.saturating_mul(2) < all
}

/// How many of the form's rows of a kind were found, and how many there are.
fn found_rows(book: &Workbook, form: &Form, kind: IndicatorKind) -> (usize, usize) {
    let rows = form.rows.iter().filter(|it| it.kind == kind);
    let all = rows.clone().count();
    (rows.filter(|row| book.indicators.iter().any(|it| it.no == row.no)).count(), all)
}

/// Nearly every current level above its target: nobody plans to get worse everywhere, so the columns were mixed up. One
/// question for the whole book; a single row below its level may be meant, and is a note.
pub(super) fn swapped(book: &Workbook) -> Option<Finding> {
    let levels = |it: &Indicator| match (&it.current.value, &it.target.value) {
        (Some(Value::Level(current)), Some(Value::Level(target))) => Some((*current, *target)),
        _ => None,
    };
    let differing = book.indicators.iter().filter_map(|it| levels(it).filter(|it| it.0 != it.1).map(|pair| (it, pair)));
    let all = differing.clone().count();
    let mut above = differing.filter(|(_, (current, target))| current > target).map(|(it, _)| it);
    let first = above.next()?;
    let count = above.count().saturating_add(1);
    (all >= ENOUGH_PAIRS && count.saturating_mul(5) >= all.saturating_mul(4)).then(|| Finding {
        file: Some(first.file.clone()),
        sheet: Some(first.sheet.clone()),
        found: Some(count.to_string()),
        ..Finding::new(Rule::SwappedColumns, Severity::Ask)
    })
}

/// One and the same level in every row was hardly thought about, which the advisor should know. 0 everywhere is not
/// told: 0 (未着手) is the most frequent level of small firms, and an honest answer of one that begins.
fn all_the_same(book: &Workbook, form: &Form) -> Option<Finding> {
    let all = form.rows.iter().filter(|it| it.kind == IndicatorKind::Qualitative).count();
    let mut levels = book.indicators.iter().filter_map(|it| match it.current.value {
        Some(Value::Level(level)) => Some(level),
        _ => None,
    });
    let first = levels.next().filter(|it| *it > 0)?;
    let others = levels.try_fold(1_usize, |count, it| (it == first).then(|| count.saturating_add(1)))?;
    let hint = Hint { stands: Some(others.to_string()), ..Hint::default() };
    (others.saturating_mul(2) > all).then(|| Finding {
        found: Some(first.to_string()),
        hint,
        ..Finding::new(Rule::AllTheSame, Severity::Note)
    })
}
