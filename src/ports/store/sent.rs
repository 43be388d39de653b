//! The Sent folder: what people answered by themselves.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;

use super::{Store, Unit, letters::LONGEST_PAUSE, moment, one, run, seconds};
use crate::desk::case::Number;

/// The states are named as in the index `letters_due`, so that it is used.
const DUE_ANSWER: &str = "SELECT EXISTS (SELECT 1 FROM letters WHERE state IN ('due', 'trying', 'uncertain')
     AND due_at <= ?1 AND kind <> 'digest')
   OR EXISTS (SELECT 1 FROM letters WHERE state IN ('due', 'trying', 'uncertain')
     AND due_at > ?2 AND kind <> 'digest')";
const PENDING: &str = "SELECT uid, old FROM sent_seen INDEXED BY sent_seen_pending
   WHERE mailbox = ?1 AND validity = ?2 AND fate = 'pending' AND tries < 5
   ORDER BY old, tries, iif(old, -rowid, rowid) LIMIT ?3";
/// Where the store notes that there was no Sent folder: what lies in one that appears later is new.
const ABSENT: &str = "sent-absent";

/// Sent mails that are read after one look: the others come after the next.
const MOST_AT_ONCE: u32 = 2_000;
/// From so many on, what is known is asked for at once.
const MANY: usize = 50;

/// Fetches of one sent mail that may fail before it rests; as in [`PENDING`].
const MOST_FETCHES: u32 = 5;
/// What rests, or is tried once more after a rest.
pub(super) const UNFETCHABLE: &str =
    "SELECT count(*) FROM sent_seen INDEXED BY sent_seen_pending WHERE fate = 'pending' AND tries >= 4";

/// A mail of the Sent folder that is still to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSent {
    /// UID.
    pub uid: String,
    /// It was there before the desk first looked: it tells what was answered, and takes over no case.
    pub old: bool,
}

/// What became of a mail of the Sent folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentFate {
    /// A person's answer that concerns the desk; SHA-256 of its bytes.
    Answer(String),
    /// A letter of the desk itself.
    Ours,
    /// Nothing of the desk's business.
    Other,
    /// Larger than mails may be.
    TooBig,
    /// Gone before it was read.
    Gone,
    /// No reader survived it.
    Unreadable,
}

impl SentFate {
    fn columns(&self) -> (&'static str, Option<&str>) {
        match self {
            SentFate::Answer(sha256) => ("answer", Some(sha256)),
            SentFate::Ours => ("ours", None),
            SentFate::Other => ("other", None),
            SentFate::TooBig => ("too-big", None),
            SentFate::Gone => ("gone", None),
            SentFate::Unreadable => ("unreadable", None),
        }
    }
}

/// A person's answer in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentLine {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// Where every mail of the Sent folder went, apart from the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "each is the sum of what its name says")]
pub struct SentAccount {
    pub seen: u64,
    pub answers: u64,
    pub ours: u64,
    pub other: u64,
    pub not_taken: u64,
    pub pending: u64,
}

impl SentAccount {
    /// The conservation line of the Sent folder.
    pub fn balanced(&self) -> bool {
        self.seen == self.answers + self.ours + self.other + self.not_taken + self.pending
    }
}

impl Store {
    /// There is no Sent folder now where it is looked for.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn sent_absent(&self, place: &str) -> Result<()> {
        self.note(ABSENT, place)
    }

    /// Records what came into the Sent folder, before any fetch: `uids` are all it holds, or those above
    /// [`Store::highest_sent`]. Old are the mails of the first
    /// look at a folder of this name, unless there was none at this place before, and of the first under another UIDVALIDITY, where all of
    /// them have new numbers. That the look was made is noted with them. Returns what is to be read: what people have written
    /// since first, then the old ones, newest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn see_sent(
        &mut self,
        (mailbox, validity): (&str, &str),
        uids: &[String],
        place: &str,
        now: Timestamp,
    ) -> Result<Vec<OpenSent>> {
        let name = format!("sent-validity/{mailbox}");
        let known = self.noted(&name)?;
        let looked = known.as_deref() == Some(validity);
        let old = !looked && (known.is_some() || self.noted(ABSENT)?.as_deref() != Some(place));
        let new = self.unseen_sent(mailbox, validity, uids)?;
        if looked && new.is_empty() {
            return self.pending_sent(mailbox, validity); // an empty poll writes nothing
        }
        let unit = self.unit()?;
        unit.note_sent_look(&name, validity)?;
        if !looked {
            // another folder, or all of this one under new numbers: what was not read yet is asked for under these
            let end = "UPDATE sent_seen SET fate = 'gone' WHERE fate = 'pending' AND (mailbox <> ?1 OR validity <> ?2)";
            run(&unit.tx, end, [mailbox, validity])?;
        }
        for uid in &new {
            run(
                &unit.tx,
                "INSERT INTO sent_seen (mailbox, validity, uid, seen_at, old) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![mailbox, validity, uid, seconds(now), old],
            )?;
        }
        unit.commit()?;
        self.pending_sent(mailbox, validity)
    }

    /// The highest UID that was recorded under this UIDVALIDITY.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn highest_sent(&self, mailbox: &str, validity: &str) -> Result<Option<u32>> {
        let ask = "SELECT max(CAST(uid AS INTEGER)) FROM sent_seen WHERE mailbox = ?1 AND validity = ?2";
        Ok(one(&self.db, ask, [mailbox, validity], |row| row.get(0))?)
    }

    fn unseen_sent(&self, mailbox: &str, validity: &str, uids: &[String]) -> Result<Vec<String>> {
        if uids.len() > MANY {
            let mut ask = self.db.prepare_cached("SELECT uid FROM sent_seen WHERE mailbox = ?1 AND validity = ?2")?;
            let known: HashSet<String> =
                ask.query_map([mailbox, validity], |row| row.get(0))?.collect::<Result<_, _>>()?;
            return Ok(uids.iter().filter(|it| !known.contains(*it)).cloned().collect());
        }
        let mut ask = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sent_seen WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3)",
        )?;
        let mut unseen = Vec::new();
        for uid in uids {
            if !ask.query_row(params![mailbox, validity, uid], |row| row.get::<_, bool>(0))? {
                unseen.push(uid.clone());
            }
        }
        Ok(unseen)
    }

    fn pending_sent(&self, mailbox: &str, validity: &str) -> Result<Vec<OpenSent>> {
        let mut ask = self.db.prepare_cached(PENDING)?;
        let rows = ask.query_map(params![mailbox, validity, MOST_AT_ONCE], |row| {
            Ok(OpenSent { uid: row.get(0)?, old: row.get(1)? })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list sent mails")
    }

    /// A sent mail could not be fetched; after [`MOST_FETCHES`] it rests, and a person is told.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn sent_failed(&self, mailbox: &str, validity: &str, uid: &str) -> Result<()> {
        run(
            &self.db,
            "UPDATE sent_seen SET tries = tries + 1 WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3 AND fate = 'pending'",
            [mailbox, validity, uid],
        )?;
        Ok(())
    }

    /// Whether a sent mail rests after fetches that failed.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn sent_rests(&self) -> Result<bool> {
        let ask = "SELECT EXISTS (SELECT 1 FROM sent_seen INDEXED BY sent_seen_pending
           WHERE fate = 'pending' AND tries >= ?1)";
        Ok(self.db.prepare_cached(ask)?.query_row([MOST_FETCHES], |row| row.get(0))?)
    }

    /// What rests is asked for once more.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn try_sent_once_more(&self) -> Result<()> {
        let wake = "UPDATE sent_seen SET tries = ?1 - 1 WHERE fate = 'pending' AND tries >= ?1";
        run(&self.db, wake, [MOST_FETCHES])?;
        Ok(())
    }

    /// What an earlier version of this program left alone for ever is asked for again.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn reopen_sent(&self) -> Result<()> {
        let reopen = "UPDATE sent_seen SET fate = 'pending', tries = ?1 - 1 WHERE fate = 'unreadable' AND tries >= ?1";
        run(&self.db, reopen, [MOST_FETCHES])?;
        Ok(())
    }

    /// Whether this is the Message-ID of a letter of ours.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn is_letter(&self, message_id: &str) -> Result<bool> {
        let ask = "SELECT EXISTS (SELECT 1 FROM letters WHERE message_id = ?1)";
        Ok(one(&self.db, ask, [message_id], |row| row.get(0))?)
    }

    /// Whether a letter is due that people may have made needless: any but a digest.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn has_due_answer(&self, now: Timestamp) -> Result<bool> {
        let times = [seconds(now), seconds(now) + LONGEST_PAUSE];
        Ok(one(&self.db, DUE_ANSWER, times, |row| row.get(0))?)
    }

    /// People's answers in a case, oldest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn sent_lines(&self, case: Number) -> Result<Vec<SentLine>> {
        let mut ask =
            self.db.prepare_cached("SELECT sha256, sent_at FROM sent_mails WHERE case_number = ?1 ORDER BY sent_at")?;
        let rows = ask.query_map([case.0], |row| Ok(SentLine { sha256: row.get(0)?, sent_at: moment(row.get(1)?) }))?;
        rows.collect::<Result<_, _>>().context("cannot list sent mails")
    }

    /// Where every mail of the Sent folder went.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn sent_account(&self) -> Result<SentAccount> {
        let fate = |names: &str| self.count(&format!("SELECT count(*) FROM sent_seen WHERE fate IN ({names})"));
        Ok(SentAccount {
            seen: self.count("SELECT count(*) FROM sent_seen")?,
            answers: self.count("SELECT count(*) FROM sent_seen WHERE mail IN (SELECT sha256 FROM sent_mails)")?,
            ours: fate("'ours'")?,
            other: fate("'other'")?,
            not_taken: fate("'too-big', 'gone', 'unreadable'")?,
            pending: fate("'pending'")?,
        })
    }
}

impl Unit<'_> {
    fn note_sent_look(&self, name: &str, validity: &str) -> Result<()> {
        run(
            &self.tx,
            "INSERT INTO desk (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE value <> ?2",
            params![name, validity.as_bytes()],
        )?;
        run(&self.tx, "DELETE FROM desk WHERE name = ?1", [ABSENT])?;
        Ok(())
    }

    /// What became of a sent mail.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn sent_ended(&self, mailbox: &str, validity: &str, uid: &str, fate: &SentFate) -> Result<()> {
        let (fate, mail) = fate.columns();
        run(
            &self.tx,
            "UPDATE sent_seen SET fate = ?4, mail = ?5 WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![mailbox, validity, uid, fate, mail],
        )?;
        Ok(())
    }

    /// Keeps the row of a person's answer; its bytes are on the disk already.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_sent(
        &self,
        sha256: &str,
        message_id: Option<&str>,
        sent_at: Timestamp,
        case: Option<Number>,
        now: Timestamp,
    ) -> Result<()> {
        run(
            &self.tx,
            "INSERT INTO sent_mails (sha256, message_id, sent_at, kept_at, case_number) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (sha256) DO UPDATE SET case_number = coalesce(case_number, ?5)",
            params![sha256, message_id, seconds(sent_at), seconds(now), case.map(|it| it.0)],
        )?;
        Ok(())
    }

    /// Whether a sent mail was kept already: another UIDVALIDITY shows it again.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn has_sent(&self, sha256: &str) -> Result<bool> {
        Ok(one(&self.tx, "SELECT EXISTS (SELECT 1 FROM sent_mails WHERE sha256 = ?1)", [sha256], |row| row.get(0))?)
    }

    /// Notes that a person answered these mails to these addresses.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn note_answered(&self, ids: &[String], recipients: &[String], sent: Option<&str>) -> Result<()> {
        for id in ids {
            for recipient in recipients {
                run(
                    &self.tx,
                    "INSERT INTO sent_answers (message_id, recipient, sent) VALUES (?1, ?2, ?3)
                     ON CONFLICT (message_id, recipient) DO UPDATE SET sent = coalesce(?3, sent)",
                    params![id, recipient, sent],
                )?;
            }
        }
        Ok(())
    }

    /// Whether a person answered this mail to one of these addresses.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn is_answered(&self, message_id: &str, addresses: &[String]) -> Result<bool> {
        let mut ask = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sent_answers WHERE message_id = ?1 AND recipient = ?2)")?;
        for it in addresses {
            if ask.query_row(params![message_id, it.to_lowercase()], |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// People's answers to this mail belong to the case it was given.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn adopt_sent(&self, message_id: &str, case: Number) -> Result<()> {
        run(
            &self.tx,
            "UPDATE sent_mails SET case_number = ?2 WHERE case_number IS NULL
             AND sha256 IN (SELECT sent FROM sent_answers WHERE message_id = ?1)",
            params![message_id, case.0],
        )?;
        Ok(())
    }

    /// A mail in the desk's hands by its Message-ID: its hash, its sender, its case if it has one.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn mail_of_id(&self, message_id: &str) -> Result<Option<(String, String, Option<Number>)>> {
        Ok(one(
            &self.tx,
            "SELECT sha256, coalesce(sender, ''), case_number FROM mails WHERE message_id = ?1
                 ORDER BY case_number IS NULL, id DESC LIMIT 1",
            [message_id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<u32>>(2)?.map(Number))),
        )
        .optional()?)
    }

    /// Letters that a person's own answer makes needless: those of the case to these addresses, and those that answer this
    /// mail. One in doubt may have arrived: it is still looked for, and not sent again. What is being tried this moment is
    /// not touched. Returns how many.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn cancel(
        &self,
        case: Option<Number>,
        cause: Option<&str>,
        recipients: &[String],
        now: Timestamp,
    ) -> Result<usize> {
        let mut cancelled = 0;
        for recipient in recipients {
            cancelled += run(
                &self.tx,
                "UPDATE letters SET needless = state = 'uncertain',
                   state = CASE state WHEN 'uncertain' THEN state ELSE 'superseded' END,
                   ended_at = CASE state WHEN 'uncertain' THEN ended_at ELSE ?4 END, why = 'a person answered'
                 WHERE recipient = ?3 COLLATE NOCASE AND state IN ('waiting', 'due', 'uncertain')
                 AND ((case_number = ?1 AND case_number > 0) OR cause = ?2)",
                params![case.map(|it| it.0), cause, recipient, seconds(now)],
            )?;
        }
        Ok(cancelled)
    }
}

#[cfg(test)]
mod tests;
