//! `uketsuke letters`, `uketsuke approve`: the outbox.

use std::path::Path;

use anyhow::{Result, bail};

use super::{End, table};
use crate::{
    config::Config,
    desk::{letter::mime::japan, mail},
    ports::store::{LetterLine, Store},
    run::clock,
};

/// Arguments of `letters`.
#[derive(Debug, clap::Args)]
pub struct ListArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print this letter as its reader gets it
    #[arg(long, value_name = "NUMBER")]
    show: Option<i64>,
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
