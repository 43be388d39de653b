//! Why no letter goes: this store may not be the newest of its kind. A person confirms that it is the only one.

use std::{fs, os::unix::fs::MetadataExt as _};

use anyhow::{Context as _, Result};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use rusqlite::params;
use sha2::Sha256;

use super::{DATABASE, Store, hex, seconds};
use crate::desk::case::Number;

/// Under which name `desk` keeps it: reason and moment, or nothing.
pub(super) const NOTE: &str = "standstill";
/// The first reason stays until a person has confirmed.
pub(super) const HALT: &str =
    "INSERT INTO desk (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2
   WHERE length(value) = 0";
/// When a person last confirmed.
const CONFIRMED: &str = "standstill-confirmed";
/// On which machine, and as which file, the database was last used.
const HOME: &str = "home";

/// Why the desk stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// `uketsuke restore` made this store of a backup.
    Restored,
    /// The database is another file than at the last start, or on another machine: it was copied.
    Copied,
    /// There is a letter under our key that this store does not know: it is older than the mailbox, or not the only one.
    Behind,
}

impl Why {
    /// Its name in logs and notes.
    pub fn name(self) -> &'static str {
        match self {
            Why::Restored => "restored",
            Why::Copied => "copied",
            Why::Behind => "behind",
        }
    }
}

/// What the note says.
pub(super) fn value(why: Why, now: Timestamp) -> Vec<u8> {
    format!("{} {now}", why.name()).into_bytes()
}

impl Store {
    /// Lets no letter go but the report from now on. Returns whether that is new.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn halt(&self, why: Why, now: Timestamp) -> Result<bool> {
        Ok(self.db.execute(HALT, params![NOTE, value(why, now)]).context("cannot note the standstill")? > 0)
    }

    /// Since when no letter goes, until a person confirms; with the reason's name.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn halted(&self) -> Result<Option<(String, Timestamp)>> {
        let noted = self.noted(NOTE)?.unwrap_or_default();
        Ok(noted.split_once(' ').map(|(why, at)| (why.to_string(), at.parse().unwrap_or(Timestamp::UNIX_EPOCH))))
    }

    /// When a person last confirmed that this store is the newest and the only one.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn confirmed_at(&self) -> Result<Option<Timestamp>> {
        Ok(self.noted(CONFIRMED)?.and_then(|it| it.parse().ok()))
    }

    /// A person confirms: letters go again. Each that was due may have gone from another store and is in doubt: where there
    /// is a `proof`, it is looked for first. Returns how many there are; `None` where nothing stood still.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn confirm(&mut self, now: Timestamp) -> Result<Option<usize>> {
        let Some((why, _)) = self.halted()? else { return Ok(None) };
        let unit = self.unit()?;
        let doubtful = unit.tx.execute(
            "UPDATE letters SET state = 'uncertain', why = 'the store was restored or copied' WHERE state IN ('due', 'trying')
               AND kind <> 'digest'",
            (),
        )?;
        // a doubt that a backup tells of is as old as the backup: nobody has looked since
        unit.tx.execute("UPDATE letters SET doubtful_since = ?1 WHERE state = 'uncertain'", [seconds(now)])?;
        unit.tx.execute("UPDATE desk SET value = x'' WHERE name = ?1", [NOTE])?;
        unit.tx.execute(
            "INSERT INTO desk (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            params![CONFIRMED, now.to_string().into_bytes()],
        )?;
        let cause = format!("confirmed/{}", seconds(now));
        unit.journal(Number(0), &cause, &format!("standstill ({why}) ended by order of a person"), now)?;
        unit.commit()?;
        Ok(Some(doubtful))
    }

    /// Halts where the database is not where it was at the last start: the same file on the same machine. Notes with that
    /// where it is now: a place that is known already must not hide a halt that was never noted.
    ///
    /// # Errors
    /// When the file cannot be looked at, or any SQLite error.
    pub fn come_home(&mut self, now: Timestamp) -> Result<()> {
        let file = self.folder.join(DATABASE);
        let inode = fs::metadata(&file).with_context(|| format!("cannot look at {}", file.display()))?.ino();
        // machine-id(5): not to be shown to others as it is; a machine without one is told by the inode alone
        let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key()?).context("the store's key is none")?;
        mac.update(machine.trim().as_bytes());
        let machine: String = hex(&mac.finalize().into_bytes()).chars().take(16).collect();
        let home = format!("{machine}.{inode}");
        let noted = self.noted(HOME)?;
        if noted.as_ref() == Some(&home) {
            return Ok(());
        }
        let unit = self.unit()?;
        if noted.is_some() {
            unit.tx.execute(HALT, params![NOTE, value(Why::Copied, now)]).context("cannot note the standstill")?;
        }
        unit.tx.execute(
            "INSERT INTO desk (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            params![HOME, home.as_bytes()],
        )?;
        unit.commit()
    }
}
