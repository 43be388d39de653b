//! The path, one step at a time, and the only clock. Each step does one thing, commits, and says so.

mod bounces;
pub mod dispatch;
mod event;
mod intake;
mod judge;
mod loops;
mod marking;
mod orders;
mod pairing;
mod process;
mod restraint;
mod sent;
mod standstill;
pub mod status;
mod tick;
mod whose;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use crate::{
    config::{Config, Sending, Settings},
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
/// Longest time one step is repeated while others wait.
const LONGEST_SPELL: Duration = Duration::from_secs(60);
/// Trouble that lasts is told again after this time.
const TELL_AGAIN: Duration = Duration::from_secs(3600);

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
    /// The newest pause for a relay that could not be reached.
    pub relay_pause: SignedDuration,
    /// What is known of the Sent folder.
    sent: sent::SentWatch,
    /// Letters sent in the running hour.
    hour: dispatch::Hour,
}

impl Desk {
    /// Puts the desk together from its configuration.
    ///
    /// # Errors
    /// A template that does not compile, a store that does not open, a password file that cannot be read.
    pub fn open(config: &Config) -> Result<Desk> {
        let words = Words::new(&config.templates)?;
        words.rehearse(&config.rules).context("the templates do not fit the letters")?;
        Desk::with_words(config, words)
    }

    /// The same with templates that were rehearsed already.
    ///
    /// # Errors
    /// A store that does not open, a password file that cannot be read.
    pub fn with_words(config: &Config, words: Words) -> Result<Desk> {
        let store = Store::open(&config.settings.state)?;
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
            relay_pause: SignedDuration::ZERO,
            sent: sent::SentWatch::default(),
            hour: dispatch::Hour::default(),
        })
    }

    /// Takes in, processes, dispatches and files until nothing is left to do at `now`.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn until_idle(&mut self, now: Timestamp) -> Result<()> {
        loop {
            let taken = self.intake(now).await?;
            self.looked("inbox", now)?;
            let read = self.read_sent(now).await?;
            self.looked("sent", now)?;
            while self.process(now).await? == Step::Did {}
            let ticked = self.tick(now)?;
            while self.dispatch(now).await? == Step::Did {}
            let filed = self.file().await?;
            if [taken, read, ticked, filed].iter().all(|it| *it == Step::Idle) {
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

    /// The daemon: polls, works, waits, until `stop` says so. Trouble with a server is told hourly and met with patience;
    /// trouble with the store ends the process. A step that has begun is ended before the desk closes: a letter on its way
    /// gets its answer heard.
    ///
    /// # Errors
    /// Trouble with the store or the disk.
    pub async fn run(&mut self, mut stop: Stop) -> Result<()> {
        let mut troubles = Troubles::default();
        let mut figures = None;
        self.recover(clock())?;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        info!("the desk is open");
        while !*stop.borrow() {
            alive();
            self.round(&mut troubles, clock, &stop).await?;
            if figures.is_none_or(|it: Instant| it.elapsed() >= POLL) {
                self.write_figures(clock())?;
                figures = Some(Instant::now());
            }
            alive();
            let pause = self.next_wake(&troubles)?;
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = self.rest(pause, &mut troubles.inbox) => {}
            }
        }
        self.mailbox.close().await;
        self.mailer.close().await;
        info!("the desk is closed");
        Ok(())
    }

    /// Notes since when the inbox does not answer, for the digest.
    fn remember(&self, inbox: &Trouble, now: Timestamp) -> Result<()> {
        let since = if inbox.until.is_none() { String::new() } else { now.to_string() };
        let noted = self.store.noted(tick::INBOX_TROUBLE)?.unwrap_or_default();
        if since.is_empty() == noted.is_empty() { Ok(()) } else { self.store.note(tick::INBOX_TROUBLE, &since) }
    }

    /// One round of every step. Nothing of it can hold up the rest for more than [`LONGEST_SPELL`] and a step.
    ///
    /// # Errors
    /// Trouble with the store or the disk.
    pub async fn round(&mut self, troubles: &mut Troubles, clock: impl Fn() -> Timestamp, stop: &Stop) -> Result<()> {
        let Troubles { inbox, work } = troubles;
        if inbox.may_try() {
            let taken = self.intake(clock()).await;
            if taken.is_ok() {
                self.looked("inbox", clock())?;
            }
            inbox.heed(taken.map(|_| ()))?;
        }
        if inbox.may_try() {
            let read = self.read_sent(clock()).await;
            if read.is_ok() {
                self.looked("sent", clock())?;
            }
            inbox.heed(read.map(|_| ()))?;
        }
        if work.may_try() {
            let worked = self.work(&clock, stop).await;
            work.heed(worked)?;
        }
        let spell = Instant::now();
        while !*stop.borrow() && spell.elapsed() < LONGEST_SPELL && self.dispatch(clock()).await? == Step::Did {
            alive();
        }
        if inbox.may_try() && !*stop.borrow() {
            let filed = self.file().await;
            inbox.heed(filed.map(|_| ()))?;
        }
        self.remember(inbox, clock())
    }

    /// Processes for a spell, then the clock's own business, whether or not the processing went well.
    async fn work(&mut self, clock: &impl Fn() -> Timestamp, stop: &Stop) -> Result<()> {
        let worked = self.process_for_a_spell(clock, stop).await;
        let _ = self.tick(clock())?;
        worked
    }

    async fn process_for_a_spell(&mut self, clock: &impl Fn() -> Timestamp, stop: &Stop) -> Result<()> {
        let (spell, mut decided) = (Instant::now(), false);
        while !*stop.borrow() && spell.elapsed() < LONGEST_SPELL && self.process(clock()).await? == Step::Did {
            decided = true;
            alive();
        }
        if decided && !self.store.account()?.balanced() {
            error!("the account of mails does not balance; see README, \"When the account does not balance\"");
        }
        Ok(())
    }

    /// How long until something is due: the next poll, a letter, a mail that has settled, the end of a pause.
    fn next_wake(&self, troubles: &Troubles) -> Result<Duration> {
        let Troubles { inbox, work } = troubles;
        let now = clock();
        let mut wake = if inbox.may_try() { POLL } else { inbox.left().min(POLL) };
        if self.sent.more && inbox.may_try() {
            wake = Duration::ZERO;
        }
        if work.may_try() {
            if let Some(next) = self.store.next_decision(self.settings.settling)? {
                let seconds = next.as_second() - now.as_second();
                wake = wake.min(Duration::from_secs(seconds.clamp(1, 3600).unsigned_abs()));
            }
        } else {
            wake = wake.min(work.left());
        }
        if self.settings.sending != Sending::Off
            && let Some(due) = self.store.next_due()?
        {
            let due = self.stopped_until.map_or(due, |until| due.max(until));
            let seconds = due.as_second() - now.as_second();
            wake = wake.min(Duration::from_secs(seconds.clamp(1, 3600).unsigned_abs()));
        }
        Ok(wake.max(Duration::from_millis(200)))
    }

    async fn rest(&mut self, pause: Duration, inbox: &mut Trouble) {
        if !inbox.may_try() {
            tokio::time::sleep(pause).await;
        } else if let Err(it) = self.mailbox.wait(pause).await {
            inbox.begin(&it);
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

/// Says when to stop.
pub type Stop = tokio::sync::watch::Receiver<bool>;

/// Trouble of our own (SQLite, the disk) ends the process: after a failed sync nothing that follows can be believed.
/// A store that another command holds for a moment is no such trouble.
fn is_ours(it: &anyhow::Error) -> bool {
    // A context is found by `downcast_ref` on the whole error only, never in its chain.
    let sqlite = it.downcast_ref::<rusqlite::Error>().or_else(|| it.chain().find_map(|it| it.downcast_ref()));
    match sqlite {
        Some(it) if it.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => false,
        Some(_) => true,
        None => it.downcast_ref::<OurDisk>().is_some(),
    }
}

/// Marks an error of our own disk, apart from a server's.
#[derive(Debug, thiserror::Error)]
#[error("the disk failed; nothing more is done until a person has looked")]
pub struct OurDisk;

async fn stopped(stop: &mut Stop) {
    let _ = stop.wait_for(|it| *it).await;
}

/// How the desk stands with what may fail for a while: the inbox, and the work on what is kept.
pub struct Troubles {
    inbox: Trouble,
    work: Trouble,
}

impl Default for Troubles {
    fn default() -> Troubles {
        Troubles { inbox: Trouble::new("the inbox"), work: Trouble::new("the work") }
    }
}

/// Trouble with one side of the desk: told when it begins and once an hour, met with a growing pause, and told when it is
/// over.
struct Trouble {
    what: &'static str,
    pause: Duration,
    until: Option<Instant>,
    told: Option<Instant>,
}

impl Trouble {
    fn new(what: &'static str) -> Trouble {
        Trouble { what, pause: Duration::ZERO, until: None, told: None }
    }

    /// # Errors
    /// Trouble of our own is passed on.
    fn heed(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Ok(()) if self.until.take().is_some() => {
                info!(what = self.what, "it works again");
                *self = Trouble::new(self.what);
                Ok(())
            }
            Ok(()) => Ok(()),
            Err(it) if is_ours(&it) => Err(it),
            Err(it) => {
                self.begin(&it);
                Ok(())
            }
        }
    }

    fn begin(&mut self, it: &anyhow::Error) {
        self.pause = (self.pause * 2).clamp(FIRST_BACKOFF, LONGEST_BACKOFF);
        self.until = Some(Instant::now() + self.pause);
        if self.told.is_none_or(|it| it.elapsed() > TELL_AGAIN) {
            self.told = Some(Instant::now());
            error!(what = self.what, error = format!("{it:#}"), "it does not work; trying again until it does");
        }
    }

    fn may_try(&self) -> bool {
        self.until.is_none_or(|it| it <= Instant::now())
    }

    fn left(&self) -> Duration {
        self.until.map_or(Duration::ZERO, |it| it.saturating_duration_since(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn trouble_of_our_own_is_told_apart() {
        let disk = std::io::Error::other("no space");
        assert!(is_ours(&Err::<(), _>(disk).context(OurDisk).context("keeping a mail").unwrap_err()));
        assert!(!is_ours(&anyhow::anyhow!("connection refused").context("looking")));
        let broken = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        assert!(is_ours(&Err::<(), _>(broken(rusqlite::ffi::SQLITE_IOERR)).context("x").unwrap_err()));
        assert!(!is_ours(&Err::<(), _>(broken(rusqlite::ffi::SQLITE_BUSY)).context("x").unwrap_err()));
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut it = Trouble::new("x");
        for pause in [2, 4, 8] {
            it.heed(Err(anyhow::anyhow!("no"))).unwrap();
            assert_eq!(it.pause.as_secs(), pause);
            assert!(!it.may_try());
        }
        it.heed(Ok(())).unwrap();
        assert!(it.may_try() && it.pause.is_zero());
    }
}
