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
mod together;
mod trouble;
mod whose;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::{
    config::{Config, Sending, Settings},
    desk::{
        digest::Refused,
        letter::{mime::Sender, words::Words},
        rules::Rules,
    },
    ports::{mailbox::Mailbox, mailer::Mailer, reader::Readers, store::Store},
};

pub use judge::Judge;
use trouble::Trouble;
pub use trouble::Troubles;

/// Longest pause between two polls, where the server cannot wake us.
const POLL: Duration = Duration::from_secs(60);
/// Pause before a store that another process holds is asked again.
const BUSY_PAUSE: Duration = Duration::from_secs(1);
/// Longest time one step is repeated while others wait.
const LONGEST_SPELL: Duration = Duration::from_secs(60);
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
        self.store.reopen_sent()?;
        let doubtful = self.store.doubt_interrupted(look_at, now)?;
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
                let written = self.write_figures(clock());
                troubles.store.heed(written)?;
                figures = Some(Instant::now());
            }
            alive();
            let pause = match self.next_wake(&troubles, clock()) {
                Err(it) if is_busy(&it) => BUSY_PAUSE,
                pause => pause?,
            };
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = self.rest(pause, &mut troubles) => {}
            }
        }
        self.mailbox.close().await;
        self.mailer.close().await;
        info!("the desk is closed");
        Ok(())
    }

    /// Notes since when something does not work, for the digest; writes only where that has changed.
    fn note_trouble(&self, name: &str, is: bool, now: Timestamp) -> Result<()> {
        let noted = self.store.noted(name)?.unwrap_or_default();
        match (is, noted.is_empty()) {
            (true, true) => self.store.note(name, &now.to_string()),
            (false, false) => self.store.note(name, ""),
            _ => Ok(()),
        }
    }

    /// One round of every step. Nothing of it can hold up the rest for more than [`LONGEST_SPELL`] and a step. A store that
    /// another process holds ends the round, and the next goes on.
    ///
    /// # Errors
    /// Trouble with the store or the disk.
    pub async fn round(&mut self, troubles: &mut Troubles, clock: impl Fn() -> Timestamp, stop: &Stop) -> Result<()> {
        if !troubles.store.may_try() {
            return Ok(());
        }
        let done = self.steps(troubles, clock, stop).await;
        troubles.store.heed(done)
    }

    async fn steps(&mut self, troubles: &mut Troubles, clock: impl Fn() -> Timestamp, stop: &Stop) -> Result<()> {
        let Troubles { inbox, sent, work, filing, .. } = troubles;
        if inbox.may_try() {
            let taken = self.intake(clock()).await;
            if taken.is_ok() {
                self.looked("inbox", clock())?;
            }
            inbox.heed(taken.map(|_| ()))?;
        }
        // the same server is behind all three: while it does not answer one look, it is not asked for the others
        if sent.may_try() && !inbox.is_closed() {
            let read = self.read_sent(clock()).await;
            if read.is_ok() {
                self.looked("sent", clock())?;
            }
            sent.heed(read.map(|_| ()))?;
        }
        if work.may_try() {
            let worked = self.work(&clock, stop).await;
            work.heed(worked)?;
        }
        let spell = Instant::now();
        while !*stop.borrow() && spell.elapsed() < LONGEST_SPELL && self.dispatch(clock()).await? == Step::Did {
            alive();
        }
        if filing.may_try() && !inbox.is_closed() && !*stop.borrow() {
            let filed = self.file().await;
            filing.heed(filed.map(|_| ()))?;
        }
        self.note_trouble(tick::INBOX_TROUBLE, inbox.lasts(), clock())?;
        self.note_trouble(tick::SENT_TROUBLE, sent.lasts(), clock())?;
        let refused = inbox.refused().map_or("", Refused::name);
        let noted = self.store.noted(tick::INBOX_REFUSED)?.unwrap_or_default();
        if refused == noted { Ok(()) } else { self.store.note(tick::INBOX_REFUSED, refused) }
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
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn next_wake(&self, troubles: &Troubles, now: Timestamp) -> Result<Duration> {
        let Troubles { inbox, sent, work, filing, store } = troubles;
        let pauses = [inbox, sent, work, filing, store].into_iter().filter(|it| !it.may_try());
        let mut wake = pauses.map(Trouble::left).fold(POLL, Duration::min);
        if self.sent.more && sent.may_try() && !inbox.is_closed() {
            wake = Duration::ZERO;
        }
        let until =
            |at: Timestamp| Duration::from_secs((at.as_second() - now.as_second()).clamp(1, 3600).unsigned_abs());
        if work.may_try()
            && let Some(next) = self.store.next_decision(self.settings.settling)?
        {
            wake = wake.min(until(next));
        }
        if self.settings.sending != Sending::Off
            && let Some(due) = self.store.next_due(self.letters_rest()?)?
        {
            wake = wake.min(until(self.stopped_until.map_or(due, |it| due.max(it))));
        }
        // nothing goes while another holds the store
        Ok(wake.max(store.left()).max(Duration::from_millis(200)))
    }

    async fn rest(&mut self, pause: Duration, Troubles { inbox, store, .. }: &mut Troubles) {
        // a wait ends when a mail comes, which nobody would take now
        if !inbox.may_try() || !store.may_try() {
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

/// The error of SQLite in it. A context is found by `downcast_ref` on the whole error only, never in its chain.
fn sqlite(it: &anyhow::Error) -> Option<&rusqlite::Error> {
    it.downcast_ref().or_else(|| it.chain().find_map(|it| it.downcast_ref()))
}

/// Trouble of our own (SQLite, the disk) ends the process: after a failed sync nothing that follows can be believed.
/// A store that another command holds for a moment is no such trouble.
fn is_ours(it: &anyhow::Error) -> bool {
    !is_busy(it) && (sqlite(it).is_some() || it.downcast_ref::<OurDisk>().is_some())
}

/// Another process holds the store.
fn is_busy(it: &anyhow::Error) -> bool {
    sqlite(it).is_some_and(|it| it.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy))
}

/// Marks an error of our own disk, apart from a server's.
#[derive(Debug, thiserror::Error)]
#[error("the disk failed; nothing more is done until a person has looked")]
pub struct OurDisk;

async fn stopped(stop: &mut Stop) {
    let _ = stop.wait_for(|it| *it).await;
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
}
