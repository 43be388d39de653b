//! Kept → read → decided. Reading is parallel, in children; deciding is serial, one transaction each.

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use tracing::{info, warn};

use super::{
    Desk, Judge, OurDisk, Step,
    judge::{Judged, Told},
    marking::Marked,
};
use crate::{
    desk::reading::{Care, Reading},
    ports::{
        reader::{Readers, Unanswered},
        store::{Store, Unread},
    },
};

/// How many mails are in the readers' hands at once (each is in memory).
const AT_ONCE: usize = 4;
/// From so many deaths on it is the mail's own fault, and no accident of the machine: it is read once more with care.
const OWN_FAULT: u32 = 2;
/// Readers that may die on a mail before it is set aside.
const MOST_DEATHS: u32 = 3;

impl Desk {
    /// Reads what is unread, then decides about the next settled mail.
    ///
    /// # Errors
    /// When the disk or the store fails, or no reader can be started (the mails stay kept).
    pub async fn process(&mut self, now: Timestamp) -> Result<Step> {
        let unread = self.store.unread(AT_ONCE)?;
        if !unread.is_empty() {
            self.read_all(unread, now).await?;
            return Ok(Step::Did);
        }
        self.decide_next(now).await
    }

    async fn read_all(&mut self, unread: Vec<Unread>, now: Timestamp) -> Result<()> {
        let (store, readers) = (&self.store, &self.readers);
        let read: Vec<(Unread, Result<Result<Reading, Unanswered>>)> = stream::iter(unread)
            .map(|it| async move {
                let reading = read(store, readers, &it).await;
                (it, reading)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut unstarted = None;
        for (it, reading) in read {
            match reading? {
                Ok(reading) => {
                    self.heed_reading(&reading, it.arrived_at, now)?;
                    let readings = self.paired(&it, reading, now).await?;
                    self.store.keep_readings(&readings, now.checked_add(self.settings.password_wait).ok(), now)?;
                }
                Err(why @ Unanswered::CannotStart(_)) => unstarted = Some(why), // says nothing about the mail
                Err(death) => {
                    self.store.reader_died(&it.sha256)?;
                    if it.deaths + 1 >= MOST_DEATHS {
                        let why = death.to_string();
                        warn!(
                            mail = short(&it.sha256),
                            why, "a mail could not be read and is set aside; see the digest"
                        );
                        self.store.set_aside(&it.sha256, &why, now)?;
                    }
                }
            }
        }
        unstarted.map_or(Ok(()), |why| Err(no_reader(&why)))
    }

    /// Decides about the next settled mail; where its letter encloses marked workbooks, they are made in between, outside
    /// the transaction, and the decision is taken anew on the case as it is then.
    async fn decide_next(&mut self, now: Timestamp) -> Result<Step> {
        let mut made: Option<Marked> = None;
        loop {
            let judge =
                Judge { settings: &self.settings, rules: &self.rules, words: &self.words, sender: &self.sender };
            let unit = self.store.unit()?;
            let mails = unit.next_undecided(now, self.settings.settling)?;
            if mails.is_empty() {
                return Ok(Step::Idle);
            }
            let judged = judge.mails(&unit, mails, made.as_ref(), now)?;
            let wanted = match judged {
                Judged::Told(told) => {
                    unit.commit().context(OurDisk)?;
                    self.sent.doubt();
                    tell(&told);
                    return Ok(Step::Did);
                }
                Judged::Wanted(wanted) => wanted,
            };
            drop(unit);
            made = Some(self.mark(wanted).await?);
        }
    }
}

/// Trouble of this machine: what wanted a reader waits, and is done when one can be started.
pub(super) fn no_reader(why: &Unanswered) -> anyhow::Error {
    anyhow::anyhow!("no reader can be started: {why}")
}

fn tell(told: &Told) {
    info!(
        mail = short(&told.mail),
        class = told.class,
        outcome = told.outcome,
        case = told.case,
        letters = told.letters,
        "decided"
    );
}

async fn read(store: &Store, readers: &Readers, it: &Unread) -> Result<Result<Reading, Unanswered>> {
    let raw = store.raw(&it.sha256).context(OurDisk)?;
    let care = if it.deaths < OWN_FAULT { Care::All } else { Care::Bounded };
    Ok(readers.read(it.arrived_at, care, raw, &[]).await)
}

/// Enough of a hash for a log line.
pub(super) fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
