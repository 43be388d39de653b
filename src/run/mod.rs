//! The path, one step at a time, and the only clock. Each step does one thing, commits, and says so.

pub mod dispatch;
mod intake;
mod judge;
mod process;
mod tick;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tracing::{error, info, warn};

use crate::{
    config::{Config, Settings},
    desk::{
        letter::{mime::Sender, words::Words},
        rules::Rules,
    },
    ports::{mailbox::Mailbox, mailer::Mailer, reader::Readers, store::Store},
};

pub use judge::Judge;

/// Longest pause between two polls, where the server cannot wake us.
const POLL: Duration = Duration::from_secs(60);
/// First pause after a failure; it doubles up to [`LONGEST_BACKOFF`].
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
/// Longest pause after repeated failures.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);

/// Whether a step did something; `Idle` means there is nothing to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Something was done; there may be more.
    Did,
    /// Nothing to do now.
    Idle,
}

/// The whole desk: rules, words, and the three ports.
pub struct Desk {
    /// How the desk behaves.
    pub settings: Settings,
    /// What it holds to.
    pub rules: Arc<Rules>,
    /// Its templates.
    pub words: Words,
    /// What it remembers.
    pub store: Store,
    /// Where mails come from.
    pub mailbox: Mailbox,
    /// Where letters go.
    pub mailer: Mailer,
    /// Who reads strangers' bytes.
    pub readers: Readers,
    /// Our sender and the key of our Message-IDs.
    pub sender: Sender,
    /// No letter is sent before this moment: the relay refused our log-in.
    pub stopped_until: Option<Timestamp>,
}

impl Desk {
    /// Puts the desk together from its configuration.
    ///
    /// # Errors
    /// A template that does not compile, a store that does not open, a password file that cannot be read.
    pub fn open(config: &Config) -> Result<Desk> {
        let store = Store::open(&config.settings.state)?;
        let words = Words::new(&config.templates)?;
        words.rehearse(&config.rules).context("the templates do not fit the letters")?;
        Ok(Desk {
            sender: Sender {
                from: config.settings.from.clone(),
                return_path: config.settings.return_path,
                key: store.key()?,
            },
            mailbox: config.mailbox()?,
            mailer: config.mailer()?,
            readers: config.readers()?,
            settings: config.settings.clone(),
            rules: Arc::new(config.rules.clone()),
            words,
            store,
            stopped_until: None,
        })
    }

    /// Takes in, processes, dispatches and files until nothing is left to do at `now`.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn until_idle(&mut self, now: Timestamp) -> Result<()> {
        loop {
            let taken = self.intake(now).await?;
            while self.process(now).await? == Step::Did {}
            let ticked = self.tick(now)?;
            while self.dispatch(now).await? == Step::Did {}
            let filed = self.file().await?;
            if [taken, ticked, filed].iter().all(|it| *it == Step::Idle) {
                return Ok(());
            }
        }
    }

    /// What a start owes to the last end: letters that were being tried then are in doubt now.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn recover(&mut self, now: Timestamp) -> Result<()> {
        let look_at = self.settings.proof.look_at(now, self.settings.proof_wait);
        let doubtful = self.store.doubt_interrupted(look_at)?;
        if doubtful > 0 {
            warn!(
                letters = doubtful,
                "the last run ended while sending; these letters are looked for before they are sent again"
            );
        }
        Ok(())
    }

    /// The daemon: polls, works, waits, until `stop` says so. Trouble with a server is told once and met with patience;
    /// trouble with the store ends the process.
    ///
    /// # Errors
    /// Trouble with the store or the disk.
    pub async fn run(&mut self, mut stop: tokio::sync::watch::Receiver<bool>) -> Result<()> {
        let mut trouble = Trouble::default();
        self.recover(clock())?;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        info!("the desk is open");
        while !*stop.borrow() {
            alive();
            let pause = tokio::select! {
                () = stopped(&mut stop) => break,
                worked = self.round(&mut trouble) => worked?,
            };
            alive();
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = self.rest(pause, &mut trouble) => {}
            }
        }
        self.mailbox.close().await;
        self.mailer.close().await;
        info!("the desk is closed");
        Ok(())
    }

    /// One round of every step. Returns how long to rest.
    async fn round(&mut self, trouble: &mut Trouble) -> Result<Duration> {
        let now = clock();
        match self.intake(now).await {
            Ok(_) => trouble.inbox_over(),
            Err(it) if is_ours(&it) => return Err(it),
            Err(it) => trouble.inbox(&it),
        }
        while self.process(clock()).await? == Step::Did {
            alive();
        }
        let _ = self.tick(clock())?;
        while self.dispatch(clock()).await? == Step::Did {
            alive();
        }
        if trouble.inbox_is_well() {
            match self.file().await {
                Ok(_) => {}
                Err(it) if is_ours(&it) => return Err(it),
                Err(it) => trouble.inbox(&it),
            }
        }
        Ok(trouble.pause.unwrap_or(POLL).min(self.next_wake()?))
    }

    /// How long until something is due by the clock: a letter, or a mail that has settled.
    fn next_wake(&self) -> Result<Duration> {
        if self.store.undecided()? > 0 {
            return Ok(Duration::from_secs(self.settings.settling.unsigned_abs().clamp(1, 5)));
        }
        let due = self.store.next_due()?.map(|at| at.as_second() - clock().as_second());
        Ok(Duration::from_secs(due.unwrap_or(3600).clamp(1, 3600).unsigned_abs()))
    }

    async fn rest(&mut self, pause: Duration, trouble: &mut Trouble) {
        if !trouble.inbox_is_well() {
            tokio::time::sleep(pause).await;
            return;
        }
        if let Err(it) = self.mailbox.wait(pause).await {
            trouble.inbox(&it);
        }
    }
}

/// A sign of life for systemd's watchdog, from the loop that does the work; without systemd it does nothing.
fn alive() {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
}

/// The only place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn clock() -> Timestamp {
    Timestamp::now()
}

/// Trouble of our own (SQLite, the disk) ends the process: after a failed sync nothing that follows can be believed.
fn is_ours(it: &anyhow::Error) -> bool {
    it.chain().any(|cause| cause.is::<rusqlite::Error>() || cause.is::<OurDisk>())
}

/// Marks an error of our own disk, apart from a server's.
#[derive(Debug, thiserror::Error)]
#[error("the disk failed; nothing more is done until a person has looked")]
pub struct OurDisk;

async fn stopped(stop: &mut tokio::sync::watch::Receiver<bool>) {
    let _ = stop.wait_for(|it| *it).await;
}

/// Trouble with the inbox: told once, with a growing pause, and told again when it is over.
#[derive(Default)]
struct Trouble {
    pause: Option<Duration>,
}

impl Trouble {
    fn inbox(&mut self, it: &anyhow::Error) {
        let pause = self.pause.map_or(FIRST_BACKOFF, |it| (it * 2).min(LONGEST_BACKOFF));
        if self.pause.is_none() {
            error!(
                error = format!("{it:#}"),
                retry_s = pause.as_secs(),
                "cannot work with the inbox; trying again until it answers"
            );
        }
        self.pause = Some(pause);
    }

    fn inbox_over(&mut self) {
        if self.pause.take().is_some() {
            info!("the inbox answers again");
        }
    }

    fn inbox_is_well(&self) -> bool {
        self.pause.is_none()
    }
}
