//! Kept → read → decided. Reading is parallel, in children; deciding is serial, one transaction each.

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use tracing::{info, warn};

use super::{Desk, Judge, OurDisk, Step};
use crate::{
    desk::reading::Reading,
    ports::{
        reader::{Death, Readers},
        store::{Store, Unread},
    },
};

/// How many mails are in the readers' hands at once (each is in memory).
const AT_ONCE: usize = 4;
/// Readings a mail gets before it is set aside: the second only tells an accident of the machine from the mail's own.
const READINGS: u32 = 2;

impl Desk {
    /// Reads what is unread, then decides about the next settled mail.
    ///
    /// # Errors
    /// When the disk or the store fails.
    pub async fn process(&mut self, now: Timestamp) -> Result<Step> {
        let unread = self.store.unread(AT_ONCE)?;
        if !unread.is_empty() {
            self.read_all(unread, now).await?;
            return Ok(Step::Did);
        }
        self.decide_next(now)
    }

    async fn read_all(&mut self, unread: Vec<Unread>, now: Timestamp) -> Result<()> {
        let mut jobs = Vec::new();
        for it in unread {
            if it.attempts >= READINGS {
                self.store.set_aside(&it.sha256, "its readings never ended", now)?;
                continue;
            }
            self.store.begin_reading(&it.sha256)?;
            jobs.push(it);
        }
        let (store, readers) = (&self.store, &self.readers);
        let read: Vec<(Unread, Result<Result<Reading, Death>>)> = stream::iter(jobs)
            .map(|it| async move {
                let reading = read(store, readers, &it).await;
                (it, reading)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        for (it, reading) in read {
            match reading? {
                Ok(reading) => self.store.keep_reading(&it.sha256, &reading)?,
                Err(death) if it.attempts + 1 >= READINGS => {
                    warn!(
                        mail = short(&it.sha256),
                        why = death.to_string(),
                        "a mail could not be read and is set aside; see the digest"
                    );
                    self.store.set_aside(&it.sha256, &death.to_string(), now)?;
                }
                Err(_) => {} // read once more, in a fresh child
            }
        }
        Ok(())
    }

    fn decide_next(&mut self, now: Timestamp) -> Result<Step> {
        let judge = Judge { settings: &self.settings, rules: &self.rules, words: &self.words, sender: &self.sender };
        let unit = self.store.unit()?;
        let mails = unit.next_undecided(now, self.settings.settling)?;
        if mails.is_empty() {
            return Ok(Step::Idle);
        }
        let told = judge.mails(&unit, mails, now)?;
        unit.commit().context(OurDisk)?;
        info!(
            mail = short(&told.mail),
            class = told.class,
            outcome = told.outcome,
            case = told.case,
            letters = told.letters,
            "decided"
        );
        Ok(Step::Did)
    }
}

async fn read(store: &Store, readers: &Readers, it: &Unread) -> Result<Result<Reading, Death>> {
    let raw = store.raw(&it.sha256).context(OurDisk)?;
    Ok(readers.read(it.arrived_at, raw).await)
}

/// Enough of a hash for a log line.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
