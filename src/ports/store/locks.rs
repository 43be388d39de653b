//! Readings as they are kept, and the mails that belong to one another by a locked file and its password.

use anyhow::{Context as _, Result};
use jiff::{Span, Timestamp};
use rusqlite::params;

use super::{Store, moment, seconds};
use crate::desk::reading::Reading;

/// A locked file and its password may lie so far apart.
const DAYS: i64 = 30;
/// Mails looked at for one partner.
const MOST: i64 = 10;

/// A mail that may belong to another by a locked file and its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it came to the server.
    pub arrived_at: Timestamp,
    /// It is decided already.
    pub decided: bool,
    /// Its sender's address, lower case; empty where it has none.
    pub sender: String,
}

impl Store {
    /// Stores what was understood of mails, in one transaction. A mail that waits for its other half is not decided before
    /// `waits_until`.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_readings(&mut self, readings: &[(String, Reading)], waits_until: Option<Timestamp>) -> Result<()> {
        let unit = self.unit()?;
        for (sha256, reading) in readings {
            let sender = reading.mail.from.as_ref().map(|it| it.address.to_lowercase());
            let text = serde_json::to_string(reading).context("cannot write a reading")?;
            let waits = waits_until.filter(|_| reading.awaits_other_half());
            unit.tx.execute(
                "UPDATE mails SET reading = ?2, sender = ?3, message_id = ?4, locked = ?5, tells_password = ?6, waits_until = ?7
                 WHERE sha256 = ?1 AND state = 'kept'",
                params![
                    sha256,
                    text,
                    sender,
                    reading.mail.message_id,
                    reading.is_locked(),
                    reading.mail.tells_password,
                    waits.map_or(0, seconds)
                ],
            )?;
        }
        unit.commit()
    }

    /// Mails with a locked file, or mails that tell a password, of the same sender or in the same thread; newest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn partners(&self, reading: &Reading, sha256: &str, locked: bool, now: Timestamp) -> Result<Vec<Partner>> {
        let sender = reading.mail.from.as_ref().map(|it| it.address.to_lowercase());
        let thread = serde_json::to_string(&reading.mail.replies_to)?;
        let since = now.checked_sub(Span::new().hours(24 * DAYS)).unwrap_or(Timestamp::UNIX_EPOCH);
        let column = if locked { "locked" } else { "tells_password" };
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT sha256, arrived_at, state = 'decided', coalesce(sender, '') FROM mails
             WHERE {column} = 1 AND sha256 <> ?1 AND arrived_at >= ?2 AND state <> 'set-aside'
               AND (sender = ?3 OR message_id IN (SELECT value FROM json_each(?4)))
             ORDER BY arrived_at DESC, id DESC LIMIT ?5"
        ))?;
        let rows = ask.query_map(params![sha256, seconds(since), sender, thread, MOST], |row| {
            Ok(Partner {
                sha256: row.get(0)?,
                arrived_at: moment(row.get(1)?),
                decided: row.get(2)?,
                sender: row.get(3)?,
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot look for locked files and passwords")
    }

    /// Whether the sender handed a readable form in after that moment: then an older file is of no use any more.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn handed_in_since(&self, sender: &str, since: Timestamp) -> Result<bool> {
        self.db
            .query_row(
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
        let count: i64 = self
            .db
            .query_row("SELECT count(*) FROM mails WHERE state = 'kept' AND waits_until > ?1", [seconds(now)], |row| {
                row.get(0)
            })
            .context("cannot count mails that wait")?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
