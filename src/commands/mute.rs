//! `uketsuke mute`, `uketsuke release`: who speaks with a company; `uketsuke revive`: an address is written to again.

use std::path::Path;

use anyhow::{Result, bail};

use super::{End, desk, table};
use crate::{config::Config, desk::case::Number, ports::store::Store, run::clock};

/// Arguments of `mute` and `release`.
#[derive(Debug, clap::Args)]
pub struct CaseArguments {
    /// Receipt number
    number: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `revive`.
#[derive(Debug, clap::Args)]
pub struct AddressArguments {
    /// The address, as the digest names it
    address: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Hands a case to a person (`muted`), or back to the desk. Doing it twice is doing it once.
///
/// # Errors
/// When the configuration or the store is wrong, or there is no such case.
pub fn set(arguments: &CaseArguments, muted: bool, folder: &Path) -> Result<End> {
    let mut store = Store::open(&Config::read(folder)?.settings.state)?;
    let number = Number(arguments.number);
    let changed = store.set_muted(number, muted, clock())?;
    if arguments.json {
        table::json(&serde_json::json!({ "number": arguments.number, "muted": muted, "changed": changed }))?;
    } else if muted {
        table::line(&format!("The desk writes nothing in case {number} until `uketsuke release {number}`."))?;
    } else {
        table::line(&format!("The desk answers in case {number}. What came meanwhile is recorded and not answered."))?;
    }
    Ok(End::Done)
}

/// Clears an address that was marked as one that cannot be reached.
///
/// # Errors
/// When the configuration or the store is wrong, or the address is not marked.
pub fn revive(arguments: &AddressArguments, folder: &Path) -> Result<End> {
    let mut desk = desk(folder)?;
    let waits = desk.settings.sending.waits();
    let address = arguments.address.trim();
    let Some(done) = desk.store.revive(address, waits, &desk.sender, clock())? else {
        bail!("{address} is not marked; see \"要対応\" in `uketsuke digest`");
    };
    if arguments.json {
        table::json(&serde_json::json!({ "address": address, "letters": done.released, "again": done.again }))?;
    } else {
        let how = if waits { "wait for approval" } else { "go with the daemon's next round" };
        table::line(&format!(
            "{address} is written to again; {} letters that waited {how}, {} that came back go once more.",
            done.released, done.again
        ))?;
    }
    Ok(End::Done)
}
