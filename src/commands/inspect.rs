//! `uketsuke inspect FILE`: what the desk would understand. Touches nothing; the file is read by a reader child.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use super::{End, table};
use crate::{
    config::Config,
    desk::{
        check::{self, Finding, Rule, Severity},
        letter::{view, words::Words},
        mail::class::{Class, Known, classify},
        reading::{Reading, Refused, Unreadable, Wishes},
        rules::Rules,
        workbook::Workbook,
    },
    ports::reader::Readers,
    run::clock,
};

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A mail (.eml) or a workbook
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What was understood.
struct Seen {
    kind: &'static str,
    verdict: &'static str,
    mail: Option<(Class, Reading)>,
    workbook: Option<Workbook>,
    findings: Vec<Finding>,
}

/// Inspects a file. Without a configuration folder the built-in example is used.
///
/// # Errors
/// When the file cannot be read from disk.
pub async fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let config = if folder.exists() { Config::read(folder)? } else { Config::example()? };
    let words = Words::new(&config.templates)?;
    let bytes = std::fs::read(&arguments.file).with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let name = arguments.file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let seen = look(&name, bytes, &config.rules, &config.readers()?).await;
    if arguments.json {
        table::json(&object(&seen, &words))?;
    } else {
        show(&seen, &words)?;
    }
    Ok(match (seen.verdict, expects_form(&seen)) {
        ("unreadable", _) => End::CouldNot,
        ("findings", _) | ("no-workbook", true) => End::Found,
        _ => End::Done,
    })
}

fn expects_form(seen: &Seen) -> bool {
    seen.mail.as_ref().is_none_or(|(class, _)| *class == Class::Submission)
}

async fn look(name: &str, bytes: Vec<u8>, rules: &Rules, readers: &Readers) -> Seen {
    if is_mail(&bytes) {
        return match readers.read(clock(), bytes).await {
            Ok(reading) => mail(reading, rules),
            Err(_) => unreadable("mail", name, Unreadable::TooLarge),
        };
    }
    match readers.workbook(name, bytes).await {
        Ok(Ok(book)) => workbook(book, rules),
        Ok(Err(why)) => unreadable(if is_spreadsheet(why) { "workbook" } else { "other" }, name, why),
        Err(_) => unreadable("workbook", name, Unreadable::TooLarge),
    }
}

/// A mail begins with a header field (RFC 5322 §2.2) or an mbox `From ` line.
fn is_mail(bytes: &[u8]) -> bool {
    let head: Vec<u8> = bytes.iter().copied().skip_while(|it| it.is_ascii_whitespace()).take(200).collect();
    let name: Vec<u8> = head.iter().copied().take_while(|it| it.is_ascii_graphic() && *it != b':').collect();
    let colon = head.get(name.len()) == Some(&b':');
    (colon && !name.is_empty()) || head.starts_with(b"From ")
}

fn is_spreadsheet(why: Unreadable) -> bool {
    matches!(
        why,
        Unreadable::Encrypted
            | Unreadable::OldFormat
            | Unreadable::Damaged
            | Unreadable::TooLarge
            | Unreadable::NotTheForm
    )
}

fn mail(reading: Reading, rules: &Rules) -> Seen {
    let has_answers = !reading.answers.is_empty() || reading.wishes != Wishes::default();
    let meant = reading.unreadable.iter().any(|it| it.why.was_meant());
    let known = Known { contact: false, replies_to_us: false, our_addresses: &[], staff: &[] };
    let class = classify(&reading.mail, reading.workbook.is_some(), meant, has_answers, &known, &rules.programme);
    let region = reading
        .workbook
        .as_ref()
        .and_then(|it| it.prefecture.as_deref())
        .and_then(|it| check::region_of(it, &rules.programme.regions));
    let mut findings = Vec::new();
    if class == Class::Submission {
        findings = check::check_reading(&reading, rules, region.as_deref());
    }
    let verdict = match (&reading.workbook, class) {
        (Some(_), _) => judged(&findings),
        (None, Class::Submission) if !reading.unreadable.is_empty() => "unreadable",
        _ => "no-workbook",
    };
    Seen { kind: "mail", verdict, workbook: reading.workbook.clone(), mail: Some((class, reading)), findings }
}

fn workbook(book: Workbook, rules: &Rules) -> Seen {
    let form = rules.forms.iter().find(|it| it.version == rules.programme.form_version);
    let findings = form.map(|form| check::check_workbook(&book, form)).unwrap_or_default();
    Seen { kind: "workbook", verdict: judged(&findings), mail: None, workbook: Some(book), findings }
}

fn judged(findings: &[Finding]) -> &'static str {
    if findings.iter().any(|it| it.severity == Severity::MustMend) { "findings" } else { "complete" }
}

fn unreadable(kind: &'static str, name: &str, why: Unreadable) -> Seen {
    let finding = refused(&Refused { file: name.to_string(), why });
    Seen { kind, verdict: "unreadable", mail: None, workbook: None, findings: vec![finding] }
}

fn refused(it: &Refused) -> Finding {
    Finding {
        rule: Rule::UnreadableFile,
        severity: Severity::MustMend,
        no: None,
        title: None,
        file: Some(it.file.clone()),
        sheet: None,
        cell: None,
        found: Some(it.why.name().to_string()),
    }
}

/// A finding in words; for a refused file its reason.
fn message(words: &Words, it: &Finding) -> String {
    match (it.rule, &it.found) {
        (Rule::UnreadableFile, Some(why)) => words.reason(why),
        _ => view::message(words, it),
    }
}

fn object(seen: &Seen, words: &Words) -> Json {
    let findings: Vec<Json> =
        seen.findings.iter().map(|it| with(json!(it), "message", Json::String(message(words, it)))).collect();
    let reading = seen.mail.as_ref().map(|(_, reading)| reading);
    json!({
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

fn show(seen: &Seen, words: &Words) -> Result<()> {
    table::line(&format!("{}: {}", seen.kind, seen.verdict))?;
    if let Some((class, reading)) = &seen.mail {
        let from = reading.mail.from.clone().unwrap_or_default();
        table::line(&format!("  class    {}", class.name()))?;
        table::line(&format!("  from     {} <{}>", from.name, from.address))?;
        table::line(&format!("  subject  {}", reading.mail.subject))?;
        for it in &reading.mail.attachments {
            table::line(&format!("  file     {} ({} bytes)", it.name, it.bytes))?;
        }
        table::line(&format!("  method   {}", reading.wishes.method.map_or("-", view::method)))?;
        for it in &reading.wishes.dates {
            table::line(&format!("  date {}   {}  ({})", it.rank, view::span(it.start, it.end), it.raw))?;
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
