//! `uketsuke letters`, `uketsuke approve`: the outbox.

use std::path::Path;

use anyhow::{Result, bail};

use super::{End, desk, table};
use crate::{
    config::Config,
    desk::{letter::mime::japan, mail},
    ports::store::{LetterLine, Store},
    run::clock,
};

/// Arguments of `letters`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ListArguments {
    #[command(subcommand)]
    order: Option<Order>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print this letter as its reader gets it
    #[arg(long, value_name = "NUMBER")]
    show: Option<i64>,
}

/// What is ordered about one letter.
#[derive(Debug, clap::Subcommand)]
enum Order {
    /// Send a letter once more, under a new Message-ID
    Again(AgainArguments),
    /// Throw a waiting letter away: it is kept and never sent
    Reject(ApproveArguments),
}

#[derive(Debug, clap::Args)]
struct AgainArguments {
    /// The letter's number, as `uketsuke letters` or `uketsuke case` shows it
    number: i64,
    /// To another address
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Though the case has moved on since the letter was made
    #[arg(long)]
    outdated: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `approve`.
#[derive(Debug, clap::Args)]
pub struct ApproveArguments {
    /// The letter's number, as `uketsuke letters` shows it
    number: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists what is not sent yet.
///
/// # Errors
/// When the configuration or the store is wrong.
pub fn list(arguments: &ListArguments, folder: &Path) -> Result<End> {
    match &arguments.order {
        Some(Order::Again(it)) => return again(it, folder),
        Some(Order::Reject(it)) => return reject(it, folder),
        None => {}
    }
    let store = Store::open(&Config::read(folder)?.settings.state)?;
    if let Some(number) = arguments.show {
        let Some(bytes) = store.letter_bytes(number)? else { bail!("there is no letter {number}") };
        // Our own letter: what the reader gets, decoded.
        let (mail, _) = mail::read(&bytes);
        table::line(&format!("To: {}\nSubject: {}\n\n{}", mail.to.join(", "), mail.subject, mail.text))?;
        return Ok(End::Done);
    }
    let letters = store.letter_lines(None)?;
    if arguments.json {
        table::json(&letters)?;
    } else if letters.is_empty() {
        table::line("Every letter is sent.")?;
    } else {
        table::rows(
            &["NUMBER", "STATE", "CASE", "KIND", "TO", "SUBJECT", "DUE", "TRIES", "WHY"],
            &letters.iter().map(row).collect::<Vec<_>>(),
        )?;
    }
    Ok(if letters.is_empty() { End::Done } else { End::Found })
}

fn row(it: &LetterLine) -> Vec<String> {
    vec![
        it.id.to_string(),
        it.state.clone(),
        if it.case_number > 0 { format!("{:04}", it.case_number) } else { "-".to_string() },
        it.kind.clone(),
        it.recipient.clone(),
        it.subject.clone(),
        it.due_at.to_zoned(japan()).strftime("%m-%d %H:%M").to_string(),
        it.tries.to_string(),
        it.why.clone().unwrap_or_default(),
    ]
}

/// Lets a waiting letter go.
///
/// # Errors
/// When the configuration or the store is wrong, or the letter does not wait.
pub fn approve(arguments: &ApproveArguments, folder: &Path) -> Result<End> {
    let mut store = Store::open(&Config::read(folder)?.settings.state)?;
    if !store.approve(arguments.number, clock())? {
        bail!(
            "letter {} does not wait for approval, or its address cannot be reached; see `uketsuke letters`",
            arguments.number
        );
    }
    if arguments.json {
        table::json(&serde_json::json!({ "number": arguments.number, "state": "due" }))?;
    } else {
        table::line(&format!("Letter {} goes with the daemon's next round.", arguments.number))?;
    }
    Ok(End::Done)
}

fn again(arguments: &AgainArguments, folder: &Path) -> Result<End> {
    let mut desk = desk(folder)?;
    let unit = desk.store.unit()?;
    let to = arguments.to.as_deref().map(str::trim);
    let number = arguments.number;
    if !arguments.outdated
        && let Some(why) = unit.outdated(number)?
    {
        bail!(
            "letter {number} is outdated, and nothing was sent: {why}. Read it (`uketsuke letters --show {number}`); `--outdated` sends it all the same"
        );
    }
    let new = unit.send_again(&desk.sender, arguments.number, to, false, clock())?;
    unit.commit()?;
    if arguments.json {
        table::json(&serde_json::json!({ "number": arguments.number, "again": new }))?;
    } else {
        table::line(&format!("It goes again as letter {new}, with the daemon's next round."))?;
    }
    Ok(End::Done)
}

fn reject(arguments: &ApproveArguments, folder: &Path) -> Result<End> {
    let mut store = Store::open(&Config::read(folder)?.settings.state)?;
    if !store.reject(arguments.number, clock())? {
        bail!("letter {} does not wait; see `uketsuke letters`", arguments.number);
    }
    if arguments.json {
        table::json(&serde_json::json!({ "number": arguments.number, "state": "superseded" }))?;
    } else {
        table::line(&format!("Letter {} is never sent; the company hears nothing of it.", arguments.number))?;
    }
    Ok(End::Done)
}
