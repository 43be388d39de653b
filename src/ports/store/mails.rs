//! Mails: kept, read, decided or set aside.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Store, Unit, moment, once, one, run, seconds};
use crate::{
    desk::{case::Number, decide::Outcome, reading::Reading},
    ports::header,
};

/// A mail that was kept so many seconds in the future was kept by a clock that was wrong: it waits for nothing.
const CLOCK_SLACK: i64 = 3600;

/// A kept mail that was read and not yet decided.
#[derive(Debug, Clone)]
pub struct KeptMail {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it came to the server.
    pub arrived_at: Timestamp,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// What the reader understood.
    pub reading: Reading,
}

/// A kept mail that no reader has answered for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it came to the server.
    pub arrived_at: Timestamp,
    /// Readers that died on it.
    pub deaths: u32,
}

/// One line of a case's mails, or of the demo's listing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MailLine {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it came.
    pub arrived_at: Timestamp,
    /// Class, when decided.
    pub class: Option<String>,
    /// Outcome, when decided.
    pub outcome: Option<String>,
    /// `kept`, `decided` or `set-aside`.
    pub state: String,
    /// Why, when set aside or held.
    pub why: Option<String>,
    /// Its case.
    pub case_number: Option<u32>,
}

impl Store {
    /// Keeps a mail: bytes synced to their file, then the rows. Keeping twice is keeping once; a mail that was decided
    /// under another uid is filed by that decision.
    ///
    /// # Errors
    /// Any disk or SQLite error; the mail stays pending then.
    pub fn keep(
        &mut self,
        mailbox: &str,
        validity: &str,
        uid: &str,
        raw: &[u8],
        arrived: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let sha256 = self.keep_raw(raw)?;
        let unit = self.unit()?;
        run(
            &unit.tx,
            "INSERT INTO mails (sha256, arrived_at, kept_at, size, print) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (sha256) DO NOTHING",
            params![
                sha256,
                seconds(arrived),
                seconds(now),
                i64::try_from(raw.len()).unwrap_or(i64::MAX),
                once::print(raw)
            ],
        )?;
        run(
            &unit.tx,
            "UPDATE seen SET fate = 'kept', filing = 'none', size = ?4, mail = ?5
             WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![mailbox, validity, uid, i64::try_from(raw.len()).unwrap_or(i64::MAX), sha256],
        )?;
        unit.file(&sha256)?;
        unit.commit()
    }

    /// Kept mails without a reading, oldest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn unread(&self, most: usize) -> Result<Vec<Unread>> {
        let mut ask = self.db.prepare_cached(
            "SELECT sha256, arrived_at, deaths FROM mails WHERE state = 'kept' AND reading IS NULL
             ORDER BY arrived_at, id LIMIT ?1",
        )?;
        let rows = ask.query_map([i64::try_from(most).unwrap_or(i64::MAX)], |row| {
            Ok(Unread { sha256: row.get(0)?, arrived_at: moment(row.get(1)?), deaths: row.get(2)? })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list unread mails")
    }

    /// A reader died on a mail.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn reader_died(&mut self, sha256: &str) -> Result<()> {
        run(&self.db, "UPDATE mails SET deaths = deaths + 1 WHERE sha256 = ?1", [sha256])?;
        Ok(())
    }

    /// Sets a mail aside: named in the digest, in nobody's way.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn set_aside(&mut self, sha256: &str, why: &str, now: Timestamp) -> Result<()> {
        // so that a person's answer to it is known for one
        let message_id = self.raw(sha256).ok().and_then(|it| header::message_id(&it));
        let unit = self.unit()?;
        run(
            &unit.tx,
            "UPDATE mails SET state = 'set-aside', why = ?2, ended_at = ?3, message_id = coalesce(message_id, ?4)
             WHERE sha256 = ?1 AND state = 'kept'",
            params![sha256, why, seconds(now), message_id],
        )?;
        unit.file(sha256)?;
        unit.journal(Number(0), &format!("mail/{sha256}"), &format!("set aside: {why}"), now)?;
        unit.commit()
    }

    /// Mails of a case, or all, in the order of arrival.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn mail_lines(&self, case: Option<Number>) -> Result<Vec<MailLine>> {
        let mut ask = self.db.prepare_cached(
            "SELECT sha256, arrived_at, class, outcome, state, why, case_number FROM mails
             WHERE ?1 IS NULL OR case_number = ?1 ORDER BY arrived_at, id",
        )?;
        let rows = ask.query_map([case.map(|it| it.0)], |row| {
            Ok(MailLine {
                sha256: row.get(0)?,
                arrived_at: moment(row.get(1)?),
                class: row.get(2)?,
                outcome: row.get(3)?,
                state: row.get(4)?,
                why: row.get(5)?,
                case_number: row.get(6)?,
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list mails")
    }

    /// The reading of a mail.
    ///
    /// # Errors
    /// Any SQLite error, or a reading this program cannot understand.
    pub fn reading(&self, sha256: &str) -> Result<Option<Reading>> {
        let text: Option<Option<String>> =
            one(&self.db, "SELECT reading FROM mails WHERE sha256 = ?1", [sha256], |row| row.get(0)).optional()?;
        text.flatten().map(|it| serde_json::from_str(&it).context("a stored reading cannot be understood")).transpose()
    }
}

impl Unit<'_> {
    /// The oldest read mail that has settled, and after it everything else of the same sender that arrived within the
    /// settling time around it, or waits for a password: candidates to be joined. A stored reading this program cannot understand (an older one
    /// wrote it) is dropped, so that the mail is read again.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn next_undecided(&self, now: Timestamp, settling_seconds: i64) -> Result<Vec<KeptMail>> {
        const OPEN: &str = "SELECT sha256, arrived_at, kept_at, reading, sender FROM mails
             WHERE state = 'kept' AND reading IS NOT NULL";
        let settled = seconds(now) - settling_seconds;
        let first = one(
            &self.tx,
            &format!(
                "{OPEN} AND ((kept_at <= ?1 AND waits_until <= ?2) OR kept_at > ?3) ORDER BY arrived_at, id LIMIT 1"
            ),
            [settled, seconds(now), seconds(now) + CLOCK_SLACK],
            half,
        )
        .optional()?;
        let Some(first) = first else { return Ok(Vec::new()) };
        let (sha256, sender, arrived) = (first.sha256.clone(), first.sender.clone(), seconds(first.arrived_at));
        let mut halves = vec![first];
        if let Some(sender) = sender {
            let mut ask = self.tx.prepare_cached(&format!(
                "{OPEN} AND sender = ?1 AND sha256 <> ?2
                   AND ((?4 > 0 AND abs(arrived_at - ?3) <= ?4) OR waits_until > ?5) ORDER BY arrived_at, id"
            ))?;
            let rows = ask.query_map(params![sender, sha256, arrived, settling_seconds, seconds(now)], half)?;
            halves.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        let mut mails = Vec::new();
        for it in halves {
            match serde_json::from_str(&it.reading) {
                Ok(reading) => {
                    mails.push(KeptMail { sha256: it.sha256, arrived_at: it.arrived_at, kept_at: it.kept_at, reading })
                }
                Err(_) => {
                    run(&self.tx, "UPDATE mails SET reading = NULL WHERE sha256 = ?1", [it.sha256])?;
                }
            }
        }
        Ok(mails)
    }

    /// A mail's end: exactly one outcome.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn decided(
        &self,
        sha256: &str,
        outcome: Outcome,
        class: &str,
        why: Option<&str>,
        case: Option<Number>,
        now: Timestamp,
    ) -> Result<()> {
        let changed = run(
            &self.tx,
            "UPDATE mails SET state = 'decided', outcome = ?2, class = ?3, why = ?4, case_number = ?5, ended_at = ?6
             WHERE sha256 = ?1 AND state = 'kept'",
            params![sha256, outcome.name(), class, why, case.map(|it| it.0), seconds(now)],
        )?;
        anyhow::ensure!(changed == 1, "a mail was decided twice");
        // what waited with a locked mail waits no more
        run(
            &self.tx,
            "UPDATE mails SET waits_until = 0 WHERE state = 'kept' AND locked = 0 AND waits_until > 0
               AND sender = (SELECT sender FROM mails WHERE sha256 = ?1 AND locked = 1)",
            [sha256],
        )?;
        self.file(sha256)?;
        self.refile(sha256)
    }
}

struct Half {
    sha256: String,
    arrived_at: Timestamp,
    kept_at: Timestamp,
    reading: String,
    sender: Option<String>,
}

fn half(row: &Row<'_>) -> rusqlite::Result<Half> {
    Ok(Half {
        sha256: row.get(0)?,
        arrived_at: moment(row.get(1)?),
        kept_at: moment(row.get(2)?),
        reading: row.get(3)?,
        sender: row.get(4)?,
    })
}
