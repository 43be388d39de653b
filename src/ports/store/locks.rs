//! Readings as they are kept, and the mails that belong to one another by a locked file and its password.

use anyhow::{Context as _, Result};
use jiff::{Span, Timestamp};
use rusqlite::params;

use super::{Store, moment, one, run, seconds};
use crate::desk::reading::{Key, Reading};

/// A locked file and its password may lie so far apart.
const DAYS: i64 = 30;
/// Mails looked at for one partner.
const MOST: i64 = 10;
/// Times a day that words of which nothing says that they are passwords are tried on one mail's files: each may cost half
/// a second of hashing. What is told as a password is always tried.
const TRIES_A_DAY: u32 = 24;

/// A mail that may belong to another by a locked file and its password.
#[derive(Debug, Clone, PartialEq)]
pub struct Partner {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it came to the server.
    pub arrived_at: Timestamp,
    /// It is decided already.
    pub decided: bool,
    /// Its sender's address, lower case; empty where it has none.
    pub sender: String,
    /// What was understood of it.
    pub reading: Reading,
}

/// Asked for many a mail: two searches, each by its index. With OR in one of them all senders' mails are looked through.
fn partners(column: &str) -> String {
    format!(
        "SELECT sha256, arrived_at, state = 'decided', coalesce(sender, ''), reading FROM mails
         WHERE id IN (SELECT id FROM mails WHERE {column} = 1 AND sender = ?3
                      UNION SELECT id FROM mails WHERE message_id IN (SELECT value FROM json_each(?4)))
           AND +{column} = 1 AND sha256 <> ?1 AND arrived_at >= ?2 AND state <> 'set-aside'
           AND coalesce(outcome, '') <> 'held' AND reading IS NOT NULL
         ORDER BY arrived_at DESC, id DESC LIMIT ?5"
    )
}

impl Store {
    /// Stores what was understood of mails, in one transaction. A mail that waits for its other half is not decided before
    /// `waits_until`; what its sender writes meanwhile waits with it, but for a form that can be read.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_readings(
        &mut self,
        readings: &[(String, Reading)],
        waits_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<()> {
        let unit = self.unit()?;
        for (sha256, reading) in readings {
            let sender = reading.mail.from.as_ref().map(|it| it.address.to_lowercase());
            let text = serde_json::to_string(reading).context("cannot write a reading")?;
            let waits = waits_until.filter(|_| reading.awaits_other_half()).map_or(0, seconds);
            let follows = reading.workbook.is_none() && !reading.is_locked() && reading.key == Key::Lone;
            run(
                &unit.tx,
                "UPDATE mails SET reading = ?2, sender = ?3, message_id = ?4, locked = ?5, tells_password = ?6,
                   waits_until = CASE WHEN ?8 THEN max(?7, coalesce((SELECT max(waits_until) FROM mails
                     WHERE sender = ?3 AND state = 'kept' AND locked = 1 AND waits_until > ?9), 0)) ELSE ?7 END
                 WHERE sha256 = ?1 AND state = 'kept'",
                params![
                    sha256,
                    text,
                    sender,
                    reading.mail.message_id,
                    reading.is_locked(),
                    reading.mail.tells_password,
                    waits,
                    follows,
                    seconds(now)
                ],
            )?;
            if !reading.with.is_empty() {
                // opened: what waited with it waits no more
                run(
                    &unit.tx,
                    "UPDATE mails SET waits_until = 0 WHERE sender = ?1 AND state = 'kept' AND locked = 0",
                    [&sender],
                )?;
            }
        }
        unit.commit()
    }

    /// When the next kept mail can be read or decided.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn next_decision(&self, settling_seconds: i64) -> Result<Option<Timestamp>> {
        let at: Option<i64> = one(
            &self.db,
            "SELECT min(CASE WHEN reading IS NULL THEN kept_at ELSE max(kept_at + ?1, waits_until) END)
                 FROM mails WHERE state = 'kept'",
            [settling_seconds],
            |row| row.get(0),
        )
        .context("cannot look for the next decision")?;
        Ok(at.map(moment))
    }

    /// Mails with a locked file, or mails that tell a password, of the same sender or in the same thread; newest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn partners(&self, reading: &Reading, sha256: &str, locked: bool, now: Timestamp) -> Result<Vec<Partner>> {
        let sender = reading.mail.from.as_ref().map(|it| it.address.to_lowercase());
        let thread = serde_json::to_string(&reading.mail.replies_to)?;
        let since = now.checked_sub(Span::new().hours(24 * DAYS)).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut ask = self.db.prepare_cached(&partners(if locked { "locked" } else { "tells_password" }))?;
        let rows = ask.query_map(params![sha256, seconds(since), sender, thread, MOST], |row| {
            // what a newer program wrote is no partner
            let reading = serde_json::from_str(&row.get::<_, String>(4)?).ok();
            let (sha256, arrived_at, decided) = (row.get(0)?, moment(row.get(1)?), row.get(2)?);
            let sender = row.get(3)?;
            Ok(reading.map(|reading| Partner { sha256, arrived_at, decided, sender, reading }))
        })?;
        let found: Vec<Option<Partner>> =
            rows.collect::<Result<_, _>>().context("cannot look for locked files and passwords")?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Counts one more try of unsaid words on a locked mail; false where it was tried often enough today.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn may_try(&self, sha256: &str, now: Timestamp) -> Result<bool> {
        let day = seconds(now).div_euclid(86_400);
        let changed = run(
            &self.db,
            "INSERT INTO password_tries (mail, day, tries) VALUES (?1, ?2, 1) ON CONFLICT (mail) DO UPDATE
               SET tries = iif(day = ?2, tries + 1, 1), day = ?2 WHERE day <> ?2 OR tries < ?3",
            params![sha256, day, TRIES_A_DAY],
        )?;
        Ok(changed == 1)
    }

    /// Whether the sender handed a readable form in after that moment: then an older file is of no use any more.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn handed_in_since(&self, sender: &str, since: Timestamp) -> Result<bool> {
        one(
            &self.db,
            "SELECT EXISTS (SELECT 1 FROM mails WHERE sender = ?1 AND arrived_at > ?2 AND state = 'decided'
                   AND reading ->> '$.workbook' IS NOT NULL)",
            params![sender.to_lowercase(), seconds(since)],
            |row| row.get(0),
        )
        .context("cannot look for a later form")
    }

    /// How many mails wait for their other half.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn waiting_for_passwords(&self, now: Timestamp) -> Result<u64> {
        let count: i64 = one(
            &self.db,
            "SELECT count(*) FROM mails WHERE state = 'kept' AND waits_until > ?1",
            [seconds(now)],
            |row| row.get(0),
        )
        .context("cannot count mails that wait")?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn partners_are_found_by_their_sender_and_by_their_thread() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state")).unwrap();
        for column in ["locked", "tells_password"] {
            let mut plan = store.db.prepare(&format!("EXPLAIN QUERY PLAN {}", partners(column))).unwrap();
            let given = rusqlite::params_from_iter(vec!["1"; plan.parameter_count()]);
            let lines = plan.query_map(given, |row| row.get::<_, String>(3)).unwrap();
            let plan = lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
            assert!(plan.contains("mails_locks (sender=?)") && plan.contains("mails_message_id"), "{plan}");
            assert!(!plan.contains("SCAN mails"), "{plan}");
        }
    }
}
