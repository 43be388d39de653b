//! Letters that came back, and addresses that cannot be reached.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Unit, one, run, seconds};
use crate::desk::case::Number;

/// A letter of ours that a notification names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Row id.
    pub letter: i64,
    /// Where it was sent: the only address a notification can mark.
    pub recipient: String,
    /// Receipt number, 0 without a case.
    pub case: Number,
    /// Kind.
    pub kind: String,
}

/// What is returned was sent; a letter that still waits cannot have bounced.
const RETURNED: &str = "SELECT id, recipient, case_number, kind FROM letters WHERE tries > 0 AND";

/// As in the index `letters_tag`.
pub(super) fn of_tag() -> String {
    format!("{RETURNED} substr(message_id, instr(message_id, '@') - 20, 20) = ?1 LIMIT 1")
}

fn returned(row: &Row<'_>) -> rusqlite::Result<Returned> {
    Ok(Returned { letter: row.get(0)?, recipient: row.get(1)?, case: Number(row.get(2)?), kind: row.get(3)? })
}

impl Unit<'_> {
    /// The letter whose plus-address carries this tag.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn letter_of_tag(&self, tag: &str) -> Result<Option<Returned>> {
        Ok(one(&self.tx, &of_tag(), [tag.to_ascii_lowercase()], returned).optional()?)
    }

    /// A letter of ours that was sent, by its Message-ID.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn letter_of_id(&self, message_id: &str) -> Result<Option<Returned>> {
        let ask = format!("{RETURNED} message_id = ?1");
        Ok(one(&self.tx, &ask, [message_id], returned).optional()?)
    }

    /// Counts a notification about a letter. Returns how many there are of its recipient now.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn count_bounce(&self, mail: &str, it: &Returned, hard: bool, now: Timestamp) -> Result<u32> {
        run(
            &self.tx,
            "INSERT INTO bounces (mail, letter, hard, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (mail) DO NOTHING",
            params![mail, it.letter, hard, seconds(now)],
        )?;
        Ok(one(
            &self.tx,
            "SELECT count(*) FROM bounces JOIN letters ON letters.id = bounces.letter
             WHERE recipient = ?1 COLLATE NOCASE AND hard = ?2",
            params![it.recipient, hard],
            |row| row.get(0),
        )?)
    }

    /// Marks an address that cannot be reached, once more. Its letters wait from now on.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn mark_dead(&self, address: &str, now: Timestamp) -> Result<()> {
        let address = address.to_lowercase();
        run(
            &self.tx,
            "INSERT INTO dead_addresses (address, since, letter) VALUES (?1, ?2,
               (SELECT max(id) FROM letters WHERE recipient = ?1 COLLATE NOCASE AND tries > 0))
             ON CONFLICT (address) DO NOTHING",
            params![address, seconds(now)],
        )?;
        run(
            &self.tx,
            "UPDATE letters SET state = 'waiting', why = ?2 WHERE recipient = ?1 COLLATE NOCASE AND state = 'due'",
            params![address, super::letters::UNREACHABLE],
        )?;
        self.settle_rounds_to(&address)
    }

    /// Whether an address is marked as one that cannot be reached.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn is_dead(&self, address: &str) -> Result<bool> {
        let ask = "SELECT EXISTS (SELECT 1 FROM dead_addresses WHERE address = ?1)";
        Ok(one(&self.tx, ask, [address.to_lowercase()], |row| row.get(0))?)
    }
}
