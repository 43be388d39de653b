//! What lies in the inbox: everything that SEARCH returned, and what became of it.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Store, run, seconds};

/// Fetches of one mail that may fail before it is listed for a person instead.
pub(super) const MOST_FETCHES: u32 = 5;

impl Store {
    /// Records what SEARCH returned, before any FETCH. Returns the uids that are new or still pending.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn see(&mut self, mailbox: &str, validity: &str, uids: &[String], now: Timestamp) -> Result<Vec<String>> {
        let mut open = self.open_uids(mailbox, validity, uids)?;
        open.sort_by_key(|(tries, _)| *tries); // what failed before comes last and holds up nobody
        let open: Vec<String> = open.into_iter().map(|(_, uid)| uid).collect();
        if open.is_empty() {
            return Ok(open); // an empty poll writes nothing
        }
        let unit = self.unit()?;
        for uid in &open {
            run(
                &unit.tx,
                "INSERT INTO seen (mailbox, validity, uid, seen_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (mailbox, validity, uid) DO UPDATE SET fate = 'pending', filing = 'none', mail = NULL
                   WHERE fate <> 'pending'",
                params![mailbox, validity, uid, seconds(now)],
            )?;
        }
        unit.commit()?;
        Ok(open)
    }

    /// Of the uids SEARCH returned those that are not dealt with, with the fetches that failed so far. One that was gone and
    /// is back counts again; so does a Maildir's file name that was filed away and is used anew (a server's UID never is).
    fn open_uids(&self, mailbox: &str, validity: &str, uids: &[String]) -> Result<Vec<(u32, String)>> {
        let mut ask = self.db.prepare_cached(
            "SELECT fate IN ('pending', 'gone') OR (validity = 'maildir' AND filing = 'done'), tries FROM seen
             WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
        )?;
        let mut open = Vec::new();
        for uid in uids {
            let known =
                ask.query_row(params![mailbox, validity, uid], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let (is_open, tries): (bool, u32) = known.unwrap_or((true, 0));
            if is_open {
                open.push((tries, uid.clone()));
            }
        }
        Ok(open)
    }

    /// A mail could not be fetched. After [`MOST_FETCHES`] it is given up and listed for a person.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn fetch_failed(&mut self, mailbox: &str, validity: &str, uid: &str) -> Result<()> {
        run(
            &self.db,
            "UPDATE seen SET tries = tries + 1, fate = CASE WHEN tries + 1 >= ?4 THEN 'unfetchable' ELSE fate END
             WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3 AND fate = 'pending'",
            params![mailbox, validity, uid, MOST_FETCHES],
        )?;
        Ok(())
    }

    /// Whether a mail of this mailbox could not be fetched or filed and lies there still, or a sent one could not be fetched.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn has_given_up(&self, mailbox: &str) -> Result<bool> {
        let mut ask = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM seen INDEXED BY seen_watched
               WHERE mailbox = ?1 AND (fate IN ('too-big', 'unfetchable') OR filing = 'stuck') AND fate = 'unfetchable')",
        )?;
        Ok(ask.query_row([mailbox], |row| row.get(0))? || self.filing_rests(mailbox)? || self.sent_rests()?)
    }

    /// What was given up counts as pending again, for one try each: a server that was ill for a while may be well now.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn try_once_more(&self, mailbox: &str) -> Result<()> {
        run(
            &self.db,
            "UPDATE seen SET fate = 'pending', tries = ?2 - 1 WHERE mailbox = ?1 AND fate = 'unfetchable'",
            params![mailbox, MOST_FETCHES],
        )?;
        self.try_sent_once_more()?;
        self.file_once_more(mailbox)
    }

    /// Pending uids of this mailbox that SEARCH no longer returns: gone before we could take them.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn lose_sight(&mut self, mailbox: &str, validity: &str, uids: &[String]) -> Result<usize> {
        let pending: Vec<(String, String)> = {
            let mut ask =
                self.db.prepare_cached("SELECT validity, uid FROM seen WHERE mailbox = ?1 AND fate = 'pending'")?;
            let rows = ask.query_map([mailbox], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>().context("cannot read what is pending")?
        };
        let here: HashSet<&String> = uids.iter().collect();
        let gone: Vec<_> = pending.into_iter().filter(|(old, uid)| old != validity || !here.contains(uid)).collect();
        for (old, uid) in &gone {
            self.not_taken(mailbox, old, uid, "gone", None)?;
        }
        self.moved_by_people(mailbox, validity, &here)?;
        Ok(gone.len())
    }

    /// Mails that were left in the inbox for a person, too big, not to be fetched or not to be filed, and that lie there no
    /// more: the person has acted.
    fn moved_by_people(&mut self, mailbox: &str, validity: &str, here: &HashSet<&String>) -> Result<()> {
        let watched: Vec<(String, String)> = {
            let mut ask = self.db.prepare_cached(
                "SELECT validity, uid FROM seen INDEXED BY seen_watched
                 WHERE mailbox = ?1 AND (fate IN ('too-big', 'unfetchable') OR filing = 'stuck')",
            )?;
            let rows = ask.query_map([mailbox], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>().context("cannot read what lies in the inbox for a person")?
        };
        for (old, uid) in watched.iter().filter(|(old, uid)| old != validity || !here.contains(uid)) {
            run(
                &self.db,
                "UPDATE seen SET fate = CASE WHEN fate IN ('too-big', 'unfetchable') THEN 'gone' ELSE fate END,
                   filing = CASE filing WHEN 'stuck' THEN 'done' ELSE filing END
                 WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
                params![mailbox, old, uid],
            )?;
        }
        Ok(())
    }

    /// A seen mail that is not taken: `too-old`, `too-big` or `gone`. Each is counted; what is too big is told, too.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn not_taken(&mut self, mailbox: &str, validity: &str, uid: &str, fate: &str, size: Option<u64>) -> Result<()> {
        run(
            &self.db,
            "UPDATE seen SET fate = ?4, size = ?5 WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![mailbox, validity, uid, fate, size.map(|it| i64::try_from(it).unwrap_or(i64::MAX))],
        )
        .context("cannot record a mail that is not taken")?;
        Ok(())
    }
}
