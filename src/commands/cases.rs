//! `uketsuke cases`, `uketsuke case NUMBER`.

use std::path::Path;

use anyhow::{Result, bail};
use jiff::Timestamp;

use super::{End, table, wishes};
use crate::{
    config::Config,
    desk::{
        case::{Number, Revision, Stage},
        check::{self, Rule},
        letter::{mime::japan, view, when, words::Words},
    },
    ports::store::{CaseLine, Store},
};

/// Arguments of `cases`.
#[derive(Debug, clap::Args)]
pub struct ListArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print CSV, for a spreadsheet
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// Arguments of `case`.
#[derive(Debug, clap::Args)]
pub struct OneArguments {
    /// Receipt number
    number: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists all cases by stage.
///
/// # Errors
/// When the configuration or the store is wrong.
pub fn list(arguments: &ListArguments, folder: &Path) -> Result<End> {
    let store = Store::open(&Config::read(folder)?.settings.state)?;
    let mut cases = store.cases()?;
    if arguments.json {
        table::json(&cases)?;
        return Ok(End::Done);
    }
    if cases.is_empty() && !arguments.csv {
        table::line("No case yet.")?;
        return Ok(End::Done);
    }
    cases.sort_by_key(|it| (rank(it.case.stage.name()), it.case.number));
    let headings = ["STAGE", "NUMBER", "COMPANY", "CONTACT", "REGION", "REVISION", "WISHES", "ADVISOR", "CHANGED"];
    let rows: Vec<Vec<String>> = cases.iter().map(row).collect();
    if arguments.csv { table::csv(&headings, &rows) } else { table::rows(&headings, &rows) }?;
    Ok(End::Done)
}

/// The order of a case's life.
fn rank(stage: &str) -> usize {
    let order = ["held", "complete", "offering", "correcting", "applied", "proposed", "booked", "advised", "closed"];
    order.iter().position(|it| *it == stage).unwrap_or(order.len())
}

fn row(it: &CaseLine) -> Vec<String> {
    let case = &it.case;
    let wishes = &case.wishes;
    let wishes = match (when::method(wishes), wishes.dates.len()) {
        (None, 0) => "-".to_string(),
        (None, 1) => "1 date".to_string(),
        (None, n) => format!("{n} dates"),
        (Some(method), 1) => format!("{method}, 1 date"),
        (Some(method), n) => format!("{method}, {n} dates"),
    };
    vec![
        if case.muted { format!("{} (muted)", case.stage.name()) } else { case.stage.name().to_string() },
        case.number.to_string(),
        if case.company.is_empty() { "-".to_string() } else { case.company.clone() },
        case.contact.address.clone(),
        case.region.clone().unwrap_or_else(|| "-".to_string()),
        case.revision.to_string(),
        wishes,
        case.stage.advisor().unwrap_or("-").to_string(),
        local(it.changed_at),
    ]
}

fn local(at: Timestamp) -> String {
    at.to_zoned(japan()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Shows one case.
///
/// # Errors
/// When the configuration or the store is wrong, or there is no such case.
pub fn one(arguments: &OneArguments, folder: &Path) -> Result<End> {
    let config = Config::read(folder)?;
    let store = Store::open(&config.settings.state)?;
    let number = Number(arguments.number);
    let Some(case) = store.case(number)? else { bail!("there is no case {number}; see `uketsuke cases`") };
    let answers = store.sent_lines(number)?;
    let (revisions, mails, letters, journal) = (
        store.revisions(number)?,
        store.mail_lines(Some(number))?,
        store.letter_lines(Some(number))?,
        store.journal(number)?,
    );
    if arguments.json {
        let all = serde_json::json!({ "case": case, "revisions": revisions, "mails": mails, "answers": answers, "letters": letters, "journal": journal });
        table::json(&all)?;
        return Ok(End::Done);
    }
    let words = Words::new(&config.templates)?;
    table::line(&format!("Case {number}  {}  {}", case.company, case.stage.name()))?;
    if case.muted {
        table::line(&format!("  muted    a person speaks with the company; `uketsuke release {number}` ends it"))?;
    }
    if let Stage::Correcting { rounds, .. } = &case.stage {
        let most = config.rules.programme.correction_rounds;
        let call = if case.stage.needs_call(most) { "; please call the company" } else { "" };
        table::line(&format!("  rounds   {} of {most} letters asking for corrections{call}", rounds.min(&most)))?;
    }
    table::line(&format!("  contact  {} <{}>", case.contact.name, case.contact.address))?;
    table::line(&format!("  region   {}", case.region.as_deref().unwrap_or("-")))?;
    wishes::show(&case)?;
    for (id, answer) in &case.answers {
        table::line(&format!("  {id:<8} {answer}"))?;
    }
    for it in check::open_questions(&case.answers, &case.wishes, case.region.as_deref(), &config.rules) {
        if it.rule == Rule::AnswerMissing {
            table::line(&format!("  open     {}", it.title.as_deref().unwrap_or_default()))?;
        }
    }
    for it in &revisions {
        show_revision(it, &words)?;
    }
    table::line("\nMails")?;
    for it in &mails {
        let class = it.class.as_deref().unwrap_or("-");
        table::line(&format!(
            "  {}  {class}  {}  {}",
            local(it.arrived_at),
            it.outcome.as_deref().unwrap_or(&it.state),
            it.sha256.get(..12).unwrap_or_default()
        ))?;
    }
    for it in &answers {
        table::line(&format!(
            "  {}  a person's answer  {}",
            local(it.sent_at),
            it.sha256.get(..12).unwrap_or_default()
        ))?;
    }
    table::line("\nLetters")?;
    for it in &letters {
        table::line(&format!("  {}  {}  {}  {} → {}", it.id, local(it.due_at), it.state, it.kind, it.recipient))?;
    }
    table::line("\nJournal")?;
    for it in &journal {
        table::line(&format!("  {}  {}", local(it.at), it.line))?;
    }
    Ok(End::Done)
}

fn show_revision(it: &Revision, words: &Words) -> Result<()> {
    let version = it.workbook.as_ref().and_then(|it| it.version.as_deref()).unwrap_or("unknown");
    table::line(&format!("\nRevision {} (form {version})", it.n))?;
    for sheet in it.workbook.iter().flat_map(|it| &it.drafts) {
        table::line(&format!("  hidden    sheet {sheet} holds other values than the form; they were not taken"))?;
    }
    for change in &it.changes {
        let column = if change.target { "目標" } else { "現在" };
        table::line(&format!(
            "  changed   {} {} {column} {} → {}",
            change.no, change.title, change.before, change.now
        ))?;
    }
    for finding in &it.findings {
        let place =
            [finding.sheet.as_deref(), finding.cell.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        table::line(&format!("  {:<9} {place}  {}", finding.severity.name(), view::message(words, finding)))?;
    }
    Ok(())
}
