//! `uketsuke digest`: today's digest, to read or to send.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{End, desk, table};
use crate::run::clock;

/// Arguments of `digest`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Write it as HTML into this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Put it into the outbox now, besides the daily one
    #[arg(long)]
    send: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Shows or sends today's digest.
///
/// # Errors
/// When the configuration or the store is wrong.
pub fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let mut desk = desk(folder)?;
    let now = clock();
    let words = desk.digest(now)?;
    if let Some(file) = &arguments.html {
        std::fs::write(file, &words.html).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if arguments.json {
        table::json(&serde_json::json!({ "subject": words.subject, "text": words.text, "html": words.html }))?;
    } else if arguments.html.is_none() {
        table::line(&format!("{}\n\n{}", words.subject, words.text))?;
    }
    if arguments.send {
        let _ = desk.send_digest(&format!("digest/{now}"), now)?;
        eprintln!("The digest is in the outbox; the daemon sends it.");
    }
    Ok(End::Done)
}
