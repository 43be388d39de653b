//! `uketsuke backup FOLDER`, `uketsuke restore BACKUP`: copies of the store, made in use, and the way back.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{End, table};
use crate::{
    config::Config,
    ports::store::{self, Store},
    run::clock,
};

/// Arguments of `backup`.
#[derive(Debug, clap::Args)]
pub struct BackupArguments {
    /// The folder of the backups; each becomes a folder in it, named by its time
    folder: PathBuf,
    /// Keep so many, the new one included, and remove older ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub struct RestoreArguments {
    /// The backup: one folder that `backup` made
    #[arg(required_unless_present = "confirmed")]
    backup: Option<PathBuf>,
    /// Move a state that is there aside, into a folder of its own
    #[arg(long)]
    aside: bool,
    /// This store is the only one, and what it does not know was looked after: let letters go again
    #[arg(long, conflicts_with_all = ["backup", "aside"])]
    confirmed: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes a backup, with or without a daemon at work.
///
/// # Errors
/// When something cannot be read or written, or is damaged.
pub fn back_up(arguments: &BackupArguments, folder: &Path) -> Result<End> {
    let config = Config::read(folder)?;
    let keep = arguments.keep.map(usize::from);
    let made = store::back_up(&config.settings.state, &arguments.folder, keep, clock())?;
    if arguments.json {
        table::json(&made)?;
        return Ok(End::Done);
    }
    let it = &made.manifest;
    table::line(&format!(
        "{}: {} raw mails, schema step {}, checked.",
        made.backup.display(),
        it.raw_mails,
        it.schema_step
    ))?;
    for old in &made.removed {
        table::line(&format!("removed {}", old.display()))?;
    }
    Ok(End::Done)
}

/// Puts a backup into the state folder, or ends the standstill that follows.
///
/// # Errors
/// When the backup is damaged, a daemon works there, or there is a state already.
pub fn restore(arguments: &RestoreArguments, folder: &Path) -> Result<End> {
    let config = Config::read(folder)?;
    let state = &config.settings.state;
    if arguments.confirmed {
        return confirm(arguments, &mut Store::open(state)?);
    }
    let backup = arguments.backup.as_deref().context("no backup is named")?;
    let done = store::restore(backup, state, arguments.aside, clock())?;
    drop(Store::open(state)?); // brings it to this program's step
    if arguments.json {
        table::json(&done)?;
        return Ok(End::Done);
    }
    table::line(&format!("{} holds the backup of {} now.", state.display(), done.manifest.made_at))?;
    if let Some(aside) = &done.aside {
        table::line(&format!("What was there lies in {}.", aside.display()))?;
    }
    table::line(NEXT)?;
    Ok(End::Done)
}

const NEXT: &str = "\nWhat is to be done now (README, \"Restore\"):\n\
  1. Move the mails that came since the backup from the folders of worked and of held mails back into the inbox.\n\
  2. Start the service. It takes mails in and decides; no letter goes but the report.\n\
  3. Look at `uketsuke cases` and `uketsuke letters`. Give the orders since the backup again.\n\
  4. `uketsuke restore --confirmed`: letters go again, under the Message-IDs they had.";

fn confirm(arguments: &RestoreArguments, store: &mut Store) -> Result<End> {
    let letters = store.confirm(clock())?;
    if arguments.json {
        table::json(&serde_json::json!({ "confirmed": letters.is_some(), "letters": letters.unwrap_or(0) }))?;
    } else if let Some(n) = letters {
        table::line(&format!("Letters go again. {n} were due; each is looked for first where `proof` says so."))?;
    } else {
        table::line("Nothing stood still.")?;
    }
    Ok(End::Done)
}
