//! Mails that no reader survived: which, whether a person has answered them, and how one is read again.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use super::{Store, Unit, moment, one, run};
use crate::desk::case::Number;

/// Of a row of `mails`: a person has answered it.
pub(super) const ANSWERED_SET_ASIDE: &str =
    "EXISTS (SELECT 1 FROM sent_answers WHERE sent_answers.message_id = mails.message_id)";
/// Mails that are listed at most.
const MOST: u32 = 50;

/// A mail that is set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it came.
    pub arrived_at: Timestamp,
    /// What its readers died of.
    pub why: String,
}

impl Store {
    /// Mails that are set aside and that no person has answered, newest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn set_aside_mails(&self) -> Result<Vec<SetAside>> {
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT sha256, arrived_at, coalesce(why, '') FROM mails WHERE state = 'set-aside' AND NOT {ANSWERED_SET_ASIDE}
             ORDER BY id DESC LIMIT {MOST}"
        ))?;
        let rows = ask.query_map((), |row| {
            Ok(SetAside { sha256: row.get(0)?, arrived_at: moment(row.get(1)?), why: row.get(2)? })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list mails that are set aside")
    }
}

impl Store {
    /// A mail that was set aside is read again. Returns its id.
    ///
    /// # Errors
    /// No mail, or more than one, that is set aside has an id that begins so; or any SQLite error.
    pub fn reread(&mut self, id: &str, now: Timestamp) -> Result<String> {
        let unit = self.unit()?;
        let sha256 = unit.set_aside_of(id)?;
        run(
            &unit.tx,
            "UPDATE mails SET state = 'kept', why = NULL, deaths = 0, reading = NULL, ended_at = NULL WHERE sha256 = ?1",
            [&sha256],
        )?;
        run(&unit.tx, "UPDATE seen SET filing = 'none' WHERE mail = ?1 AND filing IN ('to-held', 'stuck')", [&sha256])?;
        unit.journal(Number(0), &format!("mail/{sha256}"), "to be read again, by order of the secretariat", now)?;
        unit.commit()?;
        Ok(sha256)
    }
}

impl Unit<'_> {
    fn set_aside_of(&self, id: &str) -> Result<String> {
        anyhow::ensure!(
            id.len() >= 6,
            "the id is too short; give its first 12 letters, as `uketsuke status` shows them"
        );
        let ask = "SELECT min(sha256) FROM mails WHERE state = 'set-aside' AND substr(sha256, 1, length(?1)) = ?1
          GROUP BY state HAVING count(*) = 1";
        let found: Option<String> = one(&self.tx, ask, params![id.to_lowercase()], |row| row.get(0)).optional()?;
        found.context("no mail that is set aside has that id, or more than one; see `uketsuke status`")
    }
}
