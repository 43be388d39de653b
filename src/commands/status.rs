//! `uketsuke status`: where everything stands, for a person and for a monitor.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;

use super::{End, table};
use crate::{
    config::Config,
    desk::letter::mime::japan,
    ports::store::Store,
    run::{clock, status::Status},
};

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows where everything stands. [`End::Found`] where something is for a person.
///
/// # Errors
/// When the configuration or the store is wrong.
pub fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let config = Config::read(folder)?;
    let store = Store::open(&config.settings.state)?;
    let it = Status::of(&store, &config.settings, &config.rules.programme, clock())?;
    if arguments.json {
        table::json(&it)?;
    } else {
        show(&it)?;
    }
    Ok(if it.ok { End::Done } else { End::Found })
}

fn show(it: &Status) -> Result<()> {
    if it.ok {
        table::line("Nothing is for a person.")?;
    } else {
        let open: Vec<String> = it.for_a_person.iter().map(|(what, n)| format!("{what} {n}")).collect();
        table::line(&format!("For a person: {}", open.join(", ")))?;
    }
    for (folder, at) in &it.last_look {
        table::line(&format!("  last look   {folder}: {}", when(*at)))?;
    }
    if let Some(since) = it.inbox_trouble {
        let refused = it.inbox_refused.as_ref().map(|it| format!(": our {it} was refused")).unwrap_or_default();
        table::line(&format!("  trouble     the inbox does not answer since {}{refused}", when(Some(since))))?;
    }
    if let Some(since) = it.sent_trouble {
        table::line(&format!("  trouble     the Sent folder cannot be read since {}", when(Some(since))))?;
    }
    if let Some(since) = it.relay_trouble {
        table::line(&format!(
            "  trouble     no letter goes, the report neither, since {}: the relay refuses us or does not answer",
            when(Some(since))
        ))?;
    }
    if let Some(why) = &it.standstill {
        table::line(&format!(
            "  standstill  {why}: no letter goes but the report, until `uketsuke restore --confirmed`"
        ))?;
    }
    table::line(&format!("  next wake   {}", when(it.next_wake)))?;
    let f = &it.figures;
    for (name, sums) in [("mails", &f.mails), ("letters", &f.letters), ("cases", &f.cases)] {
        let sums: Vec<String> = sums.iter().map(|(state, n)| format!("{state} {n}")).collect();
        let sums = if sums.is_empty() { "none".to_string() } else { sums.join(", ") };
        table::line(&format!("  {name:<11} {sums}"))?;
    }
    table::line(&format!(
        "  waiting     {} for approval, {} for their address, {} for a password",
        f.waiting_for_approval, f.waiting_for_address, f.waiting_for_password
    ))?;
    for (name, at) in [("oldest mail", f.oldest_mail), ("old letter", f.oldest_letter), ("last sent", f.last_sent)] {
        if at.is_some() {
            table::line(&format!("  {name:<11} {}", when(at)))?;
        }
    }
    for (end, days) in &it.days_left {
        let left = if *days < 0 { format!("ended {} days ago", days.abs()) } else { format!("{days} days left") };
        table::line(&format!("  {end:<11} {left}"))?;
    }
    for mail in &it.set_aside_mails {
        let id: String = mail.sha256.chars().take(12).collect();
        table::line(&format!("  set aside   {id}  {}  {}", when(Some(mail.arrived_at)), mail.why))?;
    }
    Ok(())
}

fn when(at: Option<Timestamp>) -> String {
    at.map_or("never".to_string(), |it| it.to_zoned(japan()).strftime("%Y-%m-%d %H:%M").to_string())
}
