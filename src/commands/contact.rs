//! `uketsuke contact [CASE ADDRESS]`, `uketsuke reopen CASE`: the secretariat says who speaks for a company.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{End, desk, table};
use crate::{
    desk::{case::Number, letter::mime::japan},
    run::{Judge, clock},
};

/// Arguments of `contact`.
#[derive(Debug, clap::Args)]
pub struct ContactArguments {
    /// Receipt number, or `new` for a company that has none; without it the held mails are listed
    #[arg(requires = "address")]
    case: Option<String>,
    /// The address that speaks for the company
    address: Option<String>,
    /// Only this held mail (the first letters of its id), whoever sent it: for one that was forwarded
    #[arg(long, value_name = "ID", requires = "case")]
    mail: Option<String>,
    /// Letters go to this address from now on
    #[arg(long, requires = "case")]
    instead: bool,
    /// The address speaks for the company no more: its mails are held from now on
    #[arg(long, requires = "case", conflicts_with_all = ["mail", "instead"])]
    remove: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `reopen`.
#[derive(Debug, clap::Args)]
pub struct ReopenArguments {
    /// Receipt number
    number: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists held mails, or admits an address.
///
/// # Errors
/// When the configuration or the store is wrong, or there is no such case or mail.
pub fn contact(arguments: &ContactArguments, folder: &Path) -> Result<End> {
    let mut desk = desk(folder)?;
    let (Some(case), Some(address)) = (&arguments.case, &arguments.address) else {
        return list(&desk.store.held_mails()?, arguments.json);
    };
    let number = match case.as_str() {
        "new" => None,
        number => Some(Number(number.parse().context("CASE is a receipt number, or `new`")?)),
    };
    let judge = Judge { settings: &desk.settings, rules: &desk.rules, words: &desk.words, sender: &desk.sender };
    let unit = desk.store.unit()?;
    let now = clock();
    if arguments.remove {
        let number = number.context("CASE is a receipt number")?;
        judge.dismiss(&unit, number, address.trim(), now)?;
        unit.commit()?;
        return dismissed(number, arguments.json);
    }
    let before = number.map(|it| unit.case(it)).transpose()?.flatten().map(|it| it.contact.address);
    let done = judge.admit(&unit, number, address.trim(), arguments.mail.as_deref(), arguments.instead, now)?;
    let redirected = match before.filter(|_| arguments.instead) {
        Some(old) => {
            unit.redirect(&desk.sender, done.number, (&old, address.trim()), desk.settings.sending.waits(), now)?
        }
        None => 0,
    };
    unit.commit()?;
    if arguments.json {
        let all =
            serde_json::json!({ "number": done.number, "mails": done.mails, "left": done.left, "again": redirected });
        table::json(&all)?;
    } else {
        let (number, mails) = (done.number, done.mails);
        table::line(&format!("The address is known in case {number}; {mails} held mails are decided anew."))?;
        if redirected > 0 {
            table::line(&format!("{redirected} letters that could not reach the other address go to this one."))?;
        }
        for id in &done.left {
            let id: String = id.chars().take(12).collect();
            table::line(&format!("{id} stays held: it may be another company's. To give it to the case: --mail {id}"))?;
        }
    }
    Ok(End::Done)
}

fn dismissed(number: Number, json: bool) -> Result<End> {
    if json {
        table::json(&serde_json::json!({ "number": number, "removed": true }))?;
    } else {
        table::line(&format!("The address is known in case {number} no more; mails from it are held."))?;
    }
    Ok(End::Done)
}

fn list(held: &[crate::ports::store::HeldMail], json: bool) -> Result<End> {
    if json {
        table::json(&held)?;
        return Ok(End::Done);
    }
    if held.is_empty() {
        table::line("No mail is held for a word on its sender.")?;
        return Ok(End::Done);
    }
    let row = |it: &crate::ports::store::HeldMail| {
        vec![
            it.sha256.chars().take(12).collect(),
            it.arrived_at.to_zoned(japan()).strftime("%Y-%m-%d %H:%M").to_string(),
            it.why.clone(),
            it.proposed.clone(),
            it.sender.clone(),
            it.subject.clone(),
        ]
    };
    table::rows(
        &["ID", "ARRIVED", "WHY", "CASE?", "SENDER", "SUBJECT"],
        &held.iter().map(row).collect::<Vec<Vec<String>>>(),
    )?;
    Ok(End::Done)
}

/// Undoes a withdrawal, or ends a hold.
///
/// # Errors
/// When the configuration or the store is wrong, or the case is neither withdrawn nor held.
pub fn reopen(arguments: &ReopenArguments, folder: &Path) -> Result<End> {
    let mut desk = desk(folder)?;
    let judge = Judge { settings: &desk.settings, rules: &desk.rules, words: &desk.words, sender: &desk.sender };
    let unit = desk.store.unit()?;
    let number = Number(arguments.number);
    let (stage, letters) = judge.reopen(&unit, number, clock())?;
    unit.commit()?;
    if arguments.json {
        table::json(&serde_json::json!({ "number": arguments.number, "stage": stage.name(), "letters": letters }))?;
    } else {
        let told = match (letters, desk.settings.sending.waits()) {
            (0, _) => "nothing is written to the company: a person speaks with it",
            (_, true) => "the letter to the company waits for approval",
            (_, false) => "the company is told",
        };
        table::line(&format!("Case {number} is {} again; {told}.", stage.name()))?;
    }
    Ok(End::Done)
}
