//! How `inspect` shows what it understood.

use anyhow::Result;
use serde_json::{Value as Json, json};

use super::{Seen, table};
use crate::desk::{
    check::{Finding, Rule, Severity},
    letter::{view, when, words::Words},
    mail::class::Class,
    reading::{Reading, Unreadable},
    rules::Rules,
};

/// One line that says what the file is; of a single file what was found in it, too.
pub(super) fn lines(seen: &Seen, words: &Words, rules: &Rules, single: bool) -> Result<()> {
    let file: String = seen.file.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    table::line(&format!("{file}: {}", summary(seen, rules)))?;
    if single { details(seen, words) } else { Ok(()) }
}

fn summary(seen: &Seen, rules: &Rules) -> String {
    let mut said = seen.what.clone();
    if let Some((class, _)) = &seen.mail {
        said = format!("{said}, {}", class.name());
    }
    if let Some(book) = &seen.workbook {
        let version = book.version.as_deref().map_or("version unknown".to_string(), |it| format!("ver{it}"));
        let expected = rules.forms.iter().find(|it| it.version == rules.programme.form_version);
        let expected = expected.map_or(book.indicators.len(), |it| it.rows.len());
        let to_mend = seen.findings.iter().filter(|it| it.severity == Severity::MustMend).count();
        let mended = if to_mend == 0 { "complete".to_string() } else { format!("{to_mend} must-mend") };
        return format!("{said}, {version}, {} of {expected} rows, {mended}", book.indicators.len());
    }
    let why = seen
        .findings
        .iter()
        .find(|it| matches!(it.rule, Rule::UnreadableFile | Rule::FileRefused))
        .and_then(|it| it.found.as_deref());
    match (why, seen.size) {
        (Some(why), Some((sheets, cells))) if why == Unreadable::NotTheForm.name() => {
            format!("{said}, not the form: {} sheets, {} cells", thousands(sheets), thousands(cells))
        }
        (Some(why), _) => format!("{said}: {}", in_english(why)),
        (None, _) if seen.mail.is_some() => format!("{said}, no workbook"),
        (None, _) => said,
    }
}

fn in_english(why: &str) -> String {
    let known = Unreadable::ALL.into_iter().find(|it| it.name() == why);
    match known {
        Some(Unreadable::Encrypted) => "no password fits".to_string(),
        Some(Unreadable::TooMuchWork) => "refused, it takes too much time or memory".to_string(),
        Some(bound) if bound.is_bound() => format!("refused, {}", why.replace('-', " ")),
        Some(Unreadable::Damaged) => "cannot be read, damaged".to_string(),
        _ => "not read".to_string(),
    }
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut said = String::new();
    for (at, it) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(it);
    }
    said
}

/// A finding in words; for a refused file its reason.
fn message(words: &Words, it: &Finding) -> String {
    match (it.rule, &it.found) {
        (Rule::UnreadableFile | Rule::FileRefused, Some(why)) => words.reason(why),
        _ => view::message(words, it),
    }
}

pub(super) fn object(seen: &Seen, words: &Words) -> Json {
    let findings: Vec<Json> =
        seen.findings.iter().map(|it| with(json!(it), "message", Json::String(message(words, it)))).collect();
    let reading = seen.mail.as_ref().map(|(_, reading)| reading);
    json!({
        "file": seen.file,
        "what": seen.what,
        "sheets": seen.size.map(|it| it.0),
        "cells": seen.size.map(|it| it.1),
        "kind": seen.kind,
        "verdict": seen.verdict,
        "mail": seen.mail.as_ref().map(|(class, reading)| mail_object(*class, reading)),
        "workbook": seen.workbook,
        "findings": findings,
        "wishes": reading.map(|it| it.wishes.clone()).unwrap_or_default(),
        "answers": reading.map(|it| it.answers.clone()).unwrap_or_default(),
    })
}

fn with(mut object: Json, key: &str, value: Json) -> Json {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_string(), value);
    }
    object
}

fn mail_object(class: Class, reading: &Reading) -> Json {
    with(json!(reading.mail), "class", json!(class))
}

fn details(seen: &Seen, words: &Words) -> Result<()> {
    if let Some((class, reading)) = &seen.mail {
        let from = reading.mail.from.clone().unwrap_or_default();
        table::line(&format!("  class    {}", class.name()))?;
        table::line(&format!("  from     {} <{}>", from.name, from.address))?;
        table::line(&format!("  subject  {}", reading.mail.subject))?;
        for it in &reading.mail.attachments {
            table::line(&format!("  file     {} ({} bytes)", it.name, it.bytes))?;
        }
        table::line(&format!("  method   {}", when::method(&reading.wishes).unwrap_or("-")))?;
        for it in &reading.wishes.dates {
            table::line(&format!("  date {}   {}  ({})", it.rank, when::span(it.start, it.end), it.raw))?;
        }
        for (id, answer) in &reading.answers {
            table::line(&format!("  {id:<8} {}", answer.replace('\n', " / ")))?;
        }
    }
    if let Some(book) = &seen.workbook {
        let version = book.version.as_deref().unwrap_or("unknown");
        table::line(&format!(
            "  workbook {}, version {version}, {} rows, {}",
            book.name,
            book.indicators.len(),
            book.company.as_deref().unwrap_or("-")
        ))?;
    }
    if let (Some(book), None) = (&seen.workbook, &seen.mail) {
        for it in &book.indicators {
            let shown = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_string());
            let (current, target) = (shown(&it.current.raw), shown(&it.target.raw));
            table::line(&format!("  {:<4} {} {}  {}: {current} → {target}", it.no, it.sheet, it.cell, it.title))?;
        }
        for no in &book.missing_rows {
            table::line(&format!("  {no:<4} not found"))?;
        }
    }
    for it in &seen.findings {
        let place = [it.sheet.as_deref(), it.cell.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        table::line(&format!("  {:<9} {place}  {}", it.severity.name(), message(words, it)))?;
    }
    Ok(())
}
