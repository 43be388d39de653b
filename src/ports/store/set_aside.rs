//! Mails that no reader survived: which, and whether a person has answered them.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;

use super::{Store, moment};

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
