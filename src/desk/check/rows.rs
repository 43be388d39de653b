//! The checks of a workbook row by row.

use super::{
    Column, Finding, Hint, Rule, Severity,
    whole::{lacks, swapped},
};
use crate::desk::{
    rules::{Form, FormRow},
    text,
    workbook::{Fault, Indicator, IndicatorKind, Rival, Value, Workbook, Written, declines, says_nothing},
};

/// Characters of a reason that are kept.
const MOST_WORDS: usize = 200;
/// From this level on a company is asked by its advisor what it rests on.
const NEEDS_EVIDENCE: u8 = 3;

/// From this difference on, a key question and its sub-questions do not fit together (the publisher's own measure).
const KEY_DIFFERENCE: i64 = 2;

/// Findings row by row.
pub(super) fn each(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = Vec::new();
    let no_targets = lacks_targets(book);
    findings.extend(no_targets.map(target_column));
    // told once, for all of them
    let swapped = swapped(book).is_some();
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
            findings.push(Finding { found: Some(places), ..at(Rule::RowTwice, Severity::MustMend, found) });
        } else {
            findings.extend(current(found, row));
        }
        if row.kind == IndicatorKind::Qualitative {
            if no_targets.is_none() {
                findings.extend(target(found).filter(|it| !(swapped && it.rule == Rule::TargetBelowCurrent)));
            }
            findings.extend(key_sub_gap(found, book));
            findings.extend(evidence_missing(found));
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
        hint: Hint { hidden: it.hidden, ..Hint::default() },
        ..Finding::new(rule, severity)
    }
}

fn at_target(rule: Rule, severity: Severity, it: &Indicator) -> Finding {
    let found = it.target.raw.clone().filter(|it| !it.trim().is_empty());
    let hint = Hint { hidden: it.hidden, column: Some(Column::Target), ..Hint::default() };
    Finding { cell: it.target_cell.clone(), found, hint, ..at(rule, severity, it) }
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

pub(super) fn is_blank(written: &Written) -> bool {
    written.value.is_none() && matches!(written.fault, None | Some(Fault::Blank))
}

fn current(it: &Indicator, row: &FormRow) -> Option<Finding> {
    let must = |rule: Rule| at(rule, Severity::MustMend, it);
    let with = |found: Finding, hint: Hint| Finding { hint: Hint { hidden: it.hidden, ..hint }, ..found };
    Some(match (&it.current.value, it.current.fault) {
        (Some(value), _) => return declined(it, value),
        (None, None | Some(Fault::Blank)) => blank(it),
        (None, Some(Fault::NotALevel | Fault::NotANumber)) => {
            let between = it.current.raw.as_deref().and_then(between);
            with(must(Rule::CurrentNotALevel), Hint { between, ..Hint::default() })
        }
        (None, Some(Fault::NoValueWord)) => {
            with(must(Rule::NotAnAnswer), Hint { counts: row.is_count(), ..Hint::default() })
        }
        (None, Some(Fault::NoCachedValue)) => must(Rule::FormulaWithoutValue),
        (None, Some(Fault::ErrorCell)) => must(Rule::ErrorValue),
    })
}

/// 「該当なし」 with its reason is an answer, which the advisor should see.
fn declined(it: &Indicator, value: &Value) -> Option<Finding> {
    let Value::Text(answer) = value else { return None };
    // the cell gives the reason itself, or the column beside it does
    let evidence = it.evidence.as_ref().filter(|_| says_nothing(answer));
    let reason = evidence.map(|it| it.chars().take(MOST_WORDS).collect());
    let hint = Hint { hidden: it.hidden, reason, ..Hint::default() };
    (it.kind == IndicatorKind::Quantitative && declines(answer))
        .then(|| Finding { hint, ..at(Rule::NotApplicable, Severity::Note, it) })
}

/// A blank 現在. Where a bare value stands in 根拠 or アクション, which hold words, it was written there by mistake; one in
/// 目標 belongs there, and is only mentioned.
fn blank(it: &Indicator) -> Finding {
    let bare = |written: &Option<String>| {
        let words = written.as_deref()?;
        let is_value = match it.kind {
            IndicatorKind::Qualitative => is_bare_level(words),
            IndicatorKind::Quantitative => is_bare_quantity(words),
        };
        is_value.then(|| words.trim().to_owned())
    };
    let elsewhere = [(Column::Evidence, bare(&it.evidence)), (Column::Action, bare(&it.action))];
    let found = elsewhere.into_iter().find_map(|(column, stands)| Some((column, stands?)));
    let (rule, column, stands) = match found {
        Some((column, stands)) => (Rule::ValueInWrongColumn, Some(column), Some(stands)),
        None if it.target.value.is_some() => (Rule::CurrentMissing, Some(Column::Target), it.target.raw.clone()),
        None => (Rule::CurrentMissing, None, None),
    };
    Finding { hint: Hint { hidden: it.hidden, column, stands, ..Hint::default() }, ..at(rule, Severity::MustMend, it) }
}

/// `3`, 「レベル3」, 「3点」, and nothing else.
fn is_bare_level(words: &str) -> bool {
    let mut rest = text::key(words);
    for prefix in ["成熟度", "レベル", "level", "lv.", "lv"] {
        rest = rest.strip_prefix(prefix).map(str::to_owned).unwrap_or(rest);
    }
    matches!(rest.trim_end_matches(['点', '。', '.']), "0" | "1" | "2" | "3" | "4" | "5")
}

/// A number with its unit, and nothing else: 「25%」「約2週間」「8:2」.
fn is_bare_quantity(words: &str) -> bool {
    let key = text::key(words);
    let rest = key.trim_start_matches('約');
    let number = |it: char| it.is_ascii_digit() || matches!(it, ',' | '.' | ':' | '%');
    let unit = rest.trim_start_matches(number);
    let units = [
        "",
        "円",
        "千円",
        "万円",
        "百万円",
        "億円",
        "人",
        "名",
        "件",
        "社",
        "回",
        "個",
        "割",
        "日",
        "週",
        "週間",
        "か月",
        "ヶ月",
        "カ月",
        "ヵ月",
        "月",
        "年",
        "時間",
        "分",
        "程度",
    ];
    rest.starts_with(|it: char| it.is_ascii_digit()) && units.contains(&unit)
}

/// The levels that a range or a half lies between: (2, 3) for 「2.5」 and 「2～3」, and for the 「2月3日」 that a program made
/// of 「2-3」.
fn between(written: &str) -> Option<(u8, u8)> {
    let key = text::key(written);
    // 「3/5」 is 3 of 5, 「2→3」 is now and then
    if key.contains(['/', '→', '>']) {
        return None;
    }
    let plain = key.strip_suffix('日').unwrap_or(&key);
    let parts: Vec<&str> =
        plain.split(|it: char| !it.is_ascii_digit() && it != '.').filter(|it| !it.is_empty()).collect();
    let level = |it: &str| it.parse::<u8>().ok().filter(|it| *it <= 5);
    match parts.as_slice() {
        [low, high] => Some((level(low)?, level(high)?)).filter(|(low, high)| low < high),
        [half] => {
            let (low, rest) = half.split_once('.')?;
            let low = level(low).filter(|it| *it < 5)?;
            rest.contains(|it: char| it != '0').then_some((low, low.saturating_add(1)))
        }
        _ => None,
    }
}

fn target(it: &Indicator) -> Option<Finding> {
    match (&it.target.value, &it.current.value) {
        (None, _) if is_blank(&it.target) => Some(at_target(Rule::TargetMissing, Severity::Ask, it)),
        (None, _) => {
            let rule = match it.target.fault {
                Some(Fault::NoCachedValue) => Rule::FormulaWithoutValue,
                Some(Fault::ErrorCell) => Rule::ErrorValue,
                _ => Rule::TargetNotALevel,
            };
            let found = at_target(rule, Severity::Ask, it);
            let between = it.target.raw.as_deref().and_then(between);
            Some(Finding { hint: Hint { between, ..found.hint.clone() }, ..found })
        }
        (Some(Value::Level(target)), Some(Value::Level(current))) if target < current => {
            let found = at_target(Rule::TargetBelowCurrent, Severity::Note, it);
            let stands = it.current.raw.clone();
            Some(Finding { hint: Hint { stands, ..found.hint.clone() }, ..found })
        }
        _ => None,
    }
}

fn evidence_missing(it: &Indicator) -> Option<Finding> {
    let high = matches!(it.current.value, Some(Value::Level(level)) if level >= NEEDS_EVIDENCE);
    let silent = it.evidence.as_deref().is_none_or(|it| it.trim().is_empty());
    (high && silent).then(|| at(Rule::EvidenceMissing, Severity::Note, it))
}

/// A key question against the mean of its sub-questions, as far as they have levels.
fn key_sub_gap(key: &Indicator, book: &Workbook) -> Option<Finding> {
    let level = |it: &Indicator| match it.current.value {
        Some(Value::Level(level)) => Some(i64::from(level)),
        _ => None,
    };
    let own = level(key)?;
    let front = format!("{}-", key.no);
    let subs: Vec<i64> = book.indicators.iter().filter(|it| it.no.starts_with(&front)).filter_map(level).collect();
    let count = i64::try_from(subs.len()).ok().filter(|it| *it > 0)?;
    let differs = (own * count - subs.iter().sum::<i64>()).abs() >= KEY_DIFFERENCE * count;
    differs.then(|| at(Rule::KeySubGap, Severity::Note, key))
}
