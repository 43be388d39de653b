//! `uketsuke run`: the daemon.

use std::path::Path;

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};
use tracing::warn;

use super::End;
use crate::{
    config::Config,
    desk::letter::mime::japan,
    ports::store::Lock,
    run::{Desk, clock},
};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Take in, process and dispatch until nothing is left to do, then end
    #[arg(long)]
    once: bool,
}

/// Runs the daemon.
///
/// # Errors
/// When the configuration or the store is wrong, or another daemon works here.
pub async fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let config = Config::read(folder)?;
    let _lock = Lock::take(&config.settings.state, std::process::id())?;
    let mut desk = Desk::open(&config)?;
    desk.look_at_store(clock())?;
    if config.rules.programme.advice_to < clock().to_zoned(japan()).date() {
        warn!("the programme of this configuration has ended; mails are still answered");
    }
    if arguments.once {
        desk.settings.settling = 0; // nobody is there to wait for a second mail
        desk.recover(clock())?;
        let idle = desk.until_idle(clock()).await;
        desk.write_figures(clock())?;
        desk.mailbox.close().await;
        desk.mailer.close().await;
        return idle.map(|()| End::Done);
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {} _ = int.recv() => {} }
        let _ = stop.send(true);
    });
    desk.run(stopped).await?;
    Ok(End::Done)
}
