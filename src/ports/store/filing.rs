//! Where decided mails go on the server: an after-effect that is repeated until it is done.

use anyhow::{Context as _, Result};
use rusqlite::params;

use super::{Store, Unit, run};

/// Filings of one mail that may fail before it rests and a person is told.
pub(super) const MOST_FILINGS: u32 = 20;

/// The one rule of what goes where, of a row of `seen`: mails for people to the folder of held ones, what is not ours nowhere.
const FOLDER: &str = "CASE (SELECT coalesce(outcome, state) FROM mails WHERE sha256 = seen.mail)
   WHEN 'kept' THEN 'none' WHEN 'not-ours' THEN 'none'
   WHEN 'set-aside' THEN 'to-held' WHEN 'held' THEN 'to-held' WHEN 'to-secretariat' THEN 'to-held' ELSE 'to-processed' END";

/// Where a decided mail goes on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filing {
    /// To the folder of worked mails.
    Processed,
    /// To the folder of mails a person must look at.
    Held,
}

/// One filing still to be done on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToFile {
    /// Mailbox.
    pub mailbox: String,
    /// UIDVALIDITY.
    pub validity: String,
    /// UID.
    pub uid: String,
    /// Where to.
    pub filing: Filing,
}

/// A mail that lies in the folder of held ones and was answered since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refiling {
    /// Where it lay in the inbox: a Maildir keeps that name.
    pub uid: String,
    /// How a server finds it.
    pub message_id: Option<String>,
    /// SHA-256 of its bytes.
    pub mail: String,
}

impl Store {
    /// Filings still to be done on the server.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn to_file(&self, mailbox: &str) -> Result<Vec<ToFile>> {
        let mut ask = self.db.prepare_cached(
            "SELECT mailbox, validity, uid, filing FROM seen WHERE filing IN ('to-processed', 'to-held') AND mailbox = ?1
             ORDER BY tries LIMIT 100",
        )?;
        let rows = ask.query_map([mailbox], |row| {
            let filing: String = row.get(3)?;
            Ok(ToFile {
                mailbox: row.get(0)?,
                validity: row.get(1)?,
                uid: row.get(2)?,
                filing: if filing == "to-held" { Filing::Held } else { Filing::Processed },
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list filings")
    }

    /// A filing failed; others come first then, and at last it rests.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn filing_failed(&mut self, it: &ToFile) -> Result<()> {
        run(
            &self.db,
            "UPDATE seen SET tries = tries + 1, filing = CASE WHEN tries + 1 >= ?4 THEN 'stuck' ELSE filing END
             WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![it.mailbox, it.validity, it.uid, MOST_FILINGS],
        )?;
        Ok(())
    }

    /// A filing was done.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn filed(&mut self, it: &ToFile) -> Result<()> {
        run(
            &self.db,
            "UPDATE seen SET filing = 'done' WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![it.mailbox, it.validity, it.uid],
        )?;
        Ok(())
    }

    /// Mails of this mailbox that are to leave the folder of held ones.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn to_refile(&self, mailbox: &str) -> Result<Vec<Refiling>> {
        let mut ask = self.db.prepare_cached(
            "SELECT uid, message_id, mail FROM refilings JOIN mails ON sha256 = mail WHERE mailbox = ?1 AND tries < ?2
             ORDER BY tries LIMIT 100",
        )?;
        let rows = ask.query_map(params![mailbox, MOST_FILINGS], |row| {
            Ok(Refiling { uid: row.get(0)?, message_id: row.get(1)?, mail: row.get(2)? })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list what is to be filed anew")
    }

    /// A mail was filed anew, or could not be.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn refiled(&self, mailbox: &str, it: &Refiling, done: bool) -> Result<()> {
        let change = if done { "DELETE FROM refilings" } else { "UPDATE refilings SET tries = tries + 1" };
        let which = format!("{change} WHERE mailbox = ?1 AND uid = ?2 AND mail = ?3");
        run(&self.db, &which, params![mailbox, it.uid, it.mail])?;
        Ok(())
    }

    /// Whether a mail of this mailbox rests because it could not be moved.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn filing_rests(&self, mailbox: &str) -> Result<bool> {
        let mut ask = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM seen INDEXED BY seen_watched
               WHERE mailbox = ?1 AND (fate IN ('too-big', 'unfetchable') OR filing = 'stuck') AND filing = 'stuck')
             OR EXISTS (SELECT 1 FROM refilings WHERE mailbox = ?1 AND tries >= ?2)",
        )?;
        Ok(ask.query_row(params![mailbox, MOST_FILINGS], |row| row.get(0))?)
    }

    /// What rests is moved once more.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn file_once_more(&self, mailbox: &str) -> Result<()> {
        let once = MOST_FILINGS - 1;
        let wake = format!("UPDATE seen SET tries = ?2, filing = {FOLDER} WHERE mailbox = ?1 AND filing = 'stuck'");
        run(&self.db, &wake, params![mailbox, once])?;
        let wake = "UPDATE refilings SET tries = ?2 WHERE mailbox = ?1 AND tries > ?2";
        run(&self.db, wake, params![mailbox, once])?;
        Ok(())
    }
}

impl Unit<'_> {
    /// What is to be done on the server with a mail that has come to its end.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn file(&self, sha256: &str) -> Result<()> {
        let file = format!("UPDATE seen SET filing = {FOLDER} WHERE mail = ?1 AND filing = 'none'");
        run(&self.tx, &file, [sha256])?;
        Ok(())
    }

    /// A mail that was moved before, and is worked now, leaves the folder of held ones: only what a person has released, or
    /// had read again, was decided before.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn refile(&self, sha256: &str) -> Result<()> {
        let refile = format!(
            "INSERT INTO refilings (mailbox, uid, mail) SELECT mailbox, uid, mail FROM seen
             WHERE mail = ?1 AND filing = 'done' AND {FOLDER} = 'to-processed' ON CONFLICT DO NOTHING"
        );
        run(&self.tx, &refile, [sha256])?;
        Ok(())
    }
}
