//! `uketsuke inspect FILE…`: what the desk would understand. Touches nothing; files are read by reader children.

mod show;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use futures_util::{StreamExt as _, stream};
use jiff::{ToSpan as _, civil::Date};

use super::{End, table};
use crate::{
    config::Config,
    desk::{
        check::{self, Finding, Severity},
        letter::{mime::japan, words::Words},
        mail::class::{Class, Known, classify},
        reading::{Care, DoubtWhy, Reading, Refused, Unreadable, Wishes},
        rules::Rules,
        text,
        workbook::{Inspected, Workbook},
    },
    ports::reader::{Readers, Unanswered},
    run::clock,
};

/// Larger files are not taken into memory.
const MOST_BYTES: u64 = 64 << 20;

/// For so many days after a mail its own days are understood where nothing is configured: as long as `init` writes advice.
const WINDOW_DAYS: i32 = 42;

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Mails (.eml), workbooks, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object; of several files one on each line
    #[arg(long)]
    json: bool,
    /// Try the passwords in this file, one on each line, on protected workbooks
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// What was understood of one file.
struct Seen {
    file: String,
    kind: &'static str,
    verdict: &'static str,
    /// What the file is, in a few words.
    what: String,
    size: Option<(usize, usize)>,
    mail: Option<(Class, Reading)>,
    workbook: Option<Workbook>,
    findings: Vec<Finding>,
}

/// Inspects files. Without a configuration folder the built-in example is used.
///
/// # Errors
/// When no reader can be started, or the passwords cannot be read. A file that cannot be opened is told and passed.
pub async fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let config = if folder.exists() { Config::read(folder)? } else { Config::example()? };
    let words = Words::new(&config.templates)?;
    let passwords = arguments.password_file.as_deref().map(passwords).transpose()?.unwrap_or_default();
    let single = matches!(arguments.files.as_slice(), [file] if !file.is_dir());
    let mut files = Vec::new();
    for it in &arguments.files {
        collect(it, &mut files);
    }
    let readers = config.readers()?;
    let example = !folder.exists();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let looks = files.iter().map(|it| look(it, &config.rules, &readers, &passwords, example));
    let mut all = stream::iter(looks).buffered(cores);
    let mut worst = End::Done;
    while let Some(seen) = all.next().await {
        let seen = seen?;
        match (arguments.json, single) {
            (true, true) => table::json(&show::object(&seen, &words))?,
            (true, false) => table::line(&show::object(&seen, &words).to_string())?,
            (false, single) => show::lines(&seen, &words, &config.rules, single)?,
        }
        worst = worse(worst, end(&seen));
    }
    Ok(worst)
}

fn passwords(file: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.lines().map(|it| it.trim_end_matches('\r').to_string()).filter(|it| !it.is_empty()).collect())
}

/// The file, or all files below the folder in the order of their names. Links to folders are not followed.
fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        files.push(path.to_path_buf()); // told as what cannot be opened
        return;
    };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
    entries.sort();
    for it in entries {
        if !(it.is_symlink() && it.is_dir()) {
            collect(&it, files);
        }
    }
}

fn end(seen: &Seen) -> End {
    let expects_form = seen.mail.as_ref().is_none_or(|(class, _)| *class == Class::Submission);
    match (seen.verdict, expects_form) {
        ("unreadable", _) => End::CouldNot,
        ("findings", _) | ("no-workbook", true) => End::Found,
        _ => End::Done,
    }
}

fn worse(one: End, other: End) -> End {
    match (one, other) {
        (End::CouldNot, _) | (_, End::CouldNot) => End::CouldNot,
        (End::Found, _) | (_, End::Found) => End::Found,
        _ => End::Done,
    }
}

/// The bytes of a file, or why they cannot be had.
fn take_in(path: &Path) -> Result<Option<Vec<u8>>> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        bail!("not a file");
    }
    Ok(if about.len() > MOST_BYTES { None } else { Some(std::fs::read(path)?) })
}

async fn look(path: &Path, rules: &Rules, readers: &Readers, passwords: &[String], example: bool) -> Result<Seen> {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let seen = match take_in(path) {
        Ok(Some(bytes)) => {
            let later = if example && is_mail(&name, &bytes) { Some(bytes.clone()) } else { None };
            let seen = read(&name, bytes, rules, readers, passwords).await?;
            match later.and_then(|bytes| Some((bytes, written_after(&seen, rules)?))) {
                Some((bytes, written)) => read_in_its_time(&name, bytes, written, passwords).await?,
                None => seen,
            }
        }
        Ok(None) => unreadable("other", &name, "large file", Unreadable::TooLarge),
        Err(error) => {
            let what = format!("cannot be opened: {error:#}");
            Seen { what, findings: Vec::new(), ..unreadable("other", &name, "", Unreadable::Other) }
        }
    };
    Ok(Seen { file: path.display().to_string(), ..seen })
}

/// The day a mail was written that names days after the end of the example's programme: no secretariat has said yet until when
/// advice is given.
fn written_after(seen: &Seen, rules: &Rules) -> Option<Date> {
    let (_, reading) = seen.mail.as_ref()?;
    let written = reading.mail.date?.to_zoned(japan()).date();
    let outside = reading.wishes.doubts.iter().any(|it| it.why == DoubtWhy::Outside);
    (outside && written > rules.programme.advice_to).then_some(written)
}

/// Reads a mail by the example with its programme moved to the mail's own date.
async fn read_in_its_time(name: &str, bytes: Vec<u8>, written: Date, passwords: &[String]) -> Result<Seen> {
    let mut config = Config::example()?;
    config.rules.programme.advice_from = written;
    config.rules.programme.advice_to = written.checked_add(WINDOW_DAYS.days()).unwrap_or(written);
    let readers = config.readers()?;
    read(name, bytes, &config.rules, &readers, passwords).await
}

async fn read(name: &str, bytes: Vec<u8>, rules: &Rules, readers: &Readers, passwords: &[String]) -> Result<Seen> {
    // a death is the file's answer; that no reader starts is not
    if is_mail(name, &bytes) {
        return match readers.read(clock(), Care::All, bytes, passwords).await {
            Ok(reading) => Ok(mail(reading, rules)),
            Err(it @ Unanswered::CannotStart(_)) => Err(it.into()),
            Err(_) => Ok(unreadable("mail", name, "mail", Unreadable::TooMuchWork)),
        };
    }
    match readers.inspect(name, bytes.clone(), passwords).await {
        Ok(Inspected { kind, size, form: Ok(book) }) => Ok(workbook(kind, size, book, rules)),
        Ok(Inspected { kind, size, form: Err(why) }) => {
            let class = if is_spreadsheet(why) { "workbook" } else { "other" };
            Ok(Seen { size, ..unreadable(class, name, &kind, why) })
        }
        Err(it @ Unanswered::CannotStart(_)) => Err(it.into()),
        Err(_) => {
            let kind = readers.kind(name, bytes).await.unwrap_or_else(|_| "unknown".to_string());
            Ok(unreadable("workbook", name, &kind, Unreadable::TooMuchWork))
        }
    }
}

/// A mail begins with a header field (RFC 5322 §2.2) or an mbox `From ` line, and has one of the usual fields, unless its
/// name says what it is. Excel saves web archives that look so too, under the name of a workbook.
fn is_mail(name: &str, bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let head = bytes.get(..16_384).unwrap_or(bytes).trim_ascii_start();
    let field: Vec<u8> = head.iter().copied().take_while(|it| it.is_ascii_graphic() && *it != b':').collect();
    let after = head.get(field.len()..).unwrap_or_default().trim_ascii_start();
    let begins = (after.starts_with(b":") && !field.is_empty()) || head.starts_with(b"From ");
    let head = String::from_utf8_lossy(head).to_lowercase().replace("\r\n", "\n").replace('\r', "\n");
    let usual = [
        "from:",
        "to:",
        "cc:",
        "subject:",
        "date:",
        "sender:",
        "received:",
        "return-path:",
        "delivered-to:",
        "message-id:",
        "mime-version:",
        "content-type:",
    ];
    let named =
        head.lines().take_while(|it| !it.trim().is_empty()).any(|line| usual.iter().any(|it| line.starts_with(it)));
    let called = text::key(name);
    if called.ends_with(".eml") {
        let office: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];
        return !office.iter().any(|it| bytes.starts_with(it));
    }
    begins && named && ![".xls", ".xlsx", ".mht", ".mhtml"].iter().any(|it| called.ends_with(it))
}

fn is_spreadsheet(why: Unreadable) -> bool {
    why.is_bound()
        || matches!(
            why,
            Unreadable::Encrypted
                | Unreadable::OldFormat
                | Unreadable::Numbers
                | Unreadable::Damaged
                | Unreadable::NotTheForm
        )
}

fn mail(reading: Reading, rules: &Rules) -> Seen {
    let has_answers = !reading.answers.is_empty() || reading.wishes != Wishes::default();
    let meant = reading.unreadable.iter().any(|it| it.why.was_meant());
    let known = Known {
        contact: false,
        colleague: false,
        replies_to_us: false,
        wants_form: false,
        our_addresses: &[],
        staff: &[],
    };
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
        // a link is no file
        (None, Class::Submission) if reading.unreadable.iter().any(|it| it.why != Unreadable::CloudLink) => {
            "unreadable"
        }
        _ => "no-workbook",
    };
    Seen {
        file: String::new(),
        kind: "mail",
        verdict,
        what: "mail".to_string(),
        size: None,
        workbook: reading.workbook.clone(),
        mail: Some((class, reading)),
        findings,
    }
}

fn workbook(what: String, size: Option<(usize, usize)>, book: Workbook, rules: &Rules) -> Seen {
    let form = rules.forms.iter().find(|it| it.version == rules.programme.form_version);
    let findings = form.map(|form| check::check_workbook(&book, form)).unwrap_or_default();
    let verdict = judged(&findings);
    Seen { file: String::new(), kind: "workbook", verdict, what, size, mail: None, workbook: Some(book), findings }
}

fn judged(findings: &[Finding]) -> &'static str {
    if findings.iter().any(|it| it.severity == Severity::MustMend) { "findings" } else { "complete" }
}

fn unreadable(kind: &'static str, name: &str, what: &str, why: Unreadable) -> Seen {
    Seen {
        file: String::new(),
        kind,
        verdict: "unreadable",
        what: what.to_string(),
        size: None,
        mail: None,
        workbook: None,
        findings: vec![check::refused(&Refused { file: name.to_string(), why }, Severity::MustMend)],
    }
}
