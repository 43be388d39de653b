//! `uketsuke reread MAIL`: a mail that was set aside is read once more, after the bounds or the program were mended.

use std::path::Path;

use anyhow::Result;

use super::{End, table};
use crate::{config::Config, ports::store::Store, run::clock};

/// Arguments of `reread`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The mail: the first letters of its id, as the digest and `uketsuke status` show them
    mail: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Has a mail read again.
///
/// # Errors
/// When the configuration or the store is wrong, or no such mail is set aside.
pub fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let mut store = Store::open(&Config::read(folder)?.settings.state)?;
    let sha256 = store.reread(arguments.mail.trim(), clock())?;
    if arguments.json {
        table::json(&serde_json::json!({ "mail": sha256 }))?;
    } else {
        let id: String = sha256.chars().take(12).collect();
        table::line(&format!("Mail {id} is read again with the daemon's next round."))?;
    }
    Ok(End::Done)
}
