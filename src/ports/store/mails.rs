//! Mails: seen, kept, read, decided or set aside, filed.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Store, Unit, moment, once, seconds};
use crate::{
    desk::{case::Number, decide::Outcome, reading::Reading},
    ports::header,
};

/// Fetches of one mail that may fail before it is listed for a person instead.
const MOST_FETCHES: u32 = 5;
/// Filings of one mail that may fail before it stays where it is.
const MOST_FILINGS: u32 = 20;
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

/// Where a decided mail goes on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filing {
    /// Stays in the inbox.
    None,
    /// To the folder of worked mails.
    Processed,
    /// To the folder of mails a person must look at.
    Held,
}

impl Filing {
    fn column(self) -> &'static str {
        match self {
            Filing::None => "none",
            Filing::Processed => "to-processed",
            Filing::Held => "to-held",
        }
    }
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
            unit.tx.execute(
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
        self.db.execute(
            "UPDATE seen SET tries = tries + 1, fate = CASE WHEN tries + 1 >= ?4 THEN 'unfetchable' ELSE fate END
             WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3 AND fate = 'pending'",
            params![mailbox, validity, uid, MOST_FETCHES],
        )?;
        Ok(())
    }

    /// Whether a mail of this mailbox could not be fetched or filed and lies there still.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn has_given_up(&self, mailbox: &str) -> Result<bool> {
        let mut ask = self.db.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM seen INDEXED BY seen_watched
               WHERE mailbox = ?1 AND (fate IN ('too-big', 'unfetchable') OR filing = 'stuck')
                 AND (fate = 'unfetchable' OR filing = 'stuck'))",
        )?;
        Ok(ask.query_row([mailbox], |row| row.get(0))?)
    }

    /// What was given up counts as pending again, for one try each: a server that was ill for a while may be well now.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn try_once_more(&self, mailbox: &str) -> Result<()> {
        self.db.execute(
            "UPDATE seen SET fate = 'pending', tries = ?2 - 1 WHERE mailbox = ?1 AND fate = 'unfetchable'",
            params![mailbox, MOST_FETCHES],
        )?;
        self.db.execute(
            "UPDATE seen SET tries = ?2 - 1,
               filing = CASE (SELECT coalesce(outcome, state) FROM mails WHERE sha256 = seen.mail)
                 WHEN 'set-aside' THEN 'to-held' WHEN 'held' THEN 'to-held' WHEN 'to-secretariat' THEN 'to-held' ELSE 'to-processed' END
             WHERE mailbox = ?1 AND filing = 'stuck'",
            params![mailbox, MOST_FILINGS],
        )?;
        Ok(())
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
        let here: std::collections::HashSet<&String> = uids.iter().collect();
        let gone: Vec<_> = pending.into_iter().filter(|(old, uid)| old != validity || !here.contains(uid)).collect();
        for (old, uid) in &gone {
            self.not_taken(mailbox, old, uid, "gone", None)?;
        }
        self.moved_by_people(mailbox, validity, &here)?;
        Ok(gone.len())
    }

    /// Mails that were left in the inbox for a person, too big, not to be fetched or not to be filed, and that lie there no
    /// more: the person has acted.
    fn moved_by_people(
        &mut self,
        mailbox: &str,
        validity: &str,
        here: &std::collections::HashSet<&String>,
    ) -> Result<()> {
        let watched: Vec<(String, String)> = {
            let mut ask = self.db.prepare_cached(
                "SELECT validity, uid FROM seen INDEXED BY seen_watched
                 WHERE mailbox = ?1 AND (fate IN ('too-big', 'unfetchable') OR filing = 'stuck')",
            )?;
            let rows = ask.query_map([mailbox], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>().context("cannot read what lies in the inbox for a person")?
        };
        for (old, uid) in watched.iter().filter(|(old, uid)| old != validity || !here.contains(uid)) {
            self.db.execute(
                "UPDATE seen SET fate = CASE WHEN fate IN ('too-big', 'unfetchable') THEN 'gone' ELSE fate END,
                   filing = CASE filing WHEN 'stuck' THEN 'done' ELSE filing END
                 WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
                params![mailbox, old, uid],
            )?;
        }
        Ok(())
    }

    /// A seen mail that is not taken: `too-old`, `too-big` or `gone`. Each is listed.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn not_taken(&mut self, mailbox: &str, validity: &str, uid: &str, fate: &str, size: Option<u64>) -> Result<()> {
        self.db
            .execute(
                "UPDATE seen SET fate = ?4, size = ?5 WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
                params![mailbox, validity, uid, fate, size.map(|it| i64::try_from(it).unwrap_or(i64::MAX))],
            )
            .context("cannot record a mail that is not taken")?;
        Ok(())
    }

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
        unit.tx.execute(
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
        unit.tx.execute(
            "UPDATE seen SET fate = 'kept', size = ?4, mail = ?5,
               filing = CASE (SELECT coalesce(outcome, state) FROM mails WHERE sha256 = ?5)
                 WHEN 'kept' THEN 'none' WHEN 'not-ours' THEN 'none'
                 WHEN 'set-aside' THEN 'to-held' WHEN 'held' THEN 'to-held' WHEN 'to-secretariat' THEN 'to-held' ELSE 'to-processed' END
             WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![mailbox, validity, uid, i64::try_from(raw.len()).unwrap_or(i64::MAX), sha256],
        )?;
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
        self.db.execute("UPDATE mails SET deaths = deaths + 1 WHERE sha256 = ?1", [sha256])?;
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
        unit.tx.execute(
            "UPDATE mails SET state = 'set-aside', why = ?2, ended_at = ?3, message_id = coalesce(message_id, ?4)
             WHERE sha256 = ?1 AND state = 'kept'",
            params![sha256, why, seconds(now), message_id],
        )?;
        unit.file(sha256, Filing::Held)?;
        unit.journal(Number(0), &format!("mail/{sha256}"), &format!("set aside: {why}"), now)?;
        unit.commit()
    }

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

    /// A filing failed; others come first then, and at last it is left where it is.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn filing_failed(&mut self, it: &ToFile) -> Result<()> {
        self.db.execute(
            "UPDATE seen SET tries = tries + 1, filing = CASE WHEN tries + 1 >= ?4 THEN 'stuck' ELSE filing END
             WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![it.mailbox, it.validity, it.uid, MOST_FILINGS],
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
        self.db.execute(&which, params![mailbox, it.uid, it.mail])?;
        Ok(())
    }

    /// A filing was done.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn filed(&mut self, it: &ToFile) -> Result<()> {
        self.db.execute(
            "UPDATE seen SET filing = 'done' WHERE mailbox = ?1 AND validity = ?2 AND uid = ?3",
            params![it.mailbox, it.validity, it.uid],
        )?;
        Ok(())
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
            self.db.query_row("SELECT reading FROM mails WHERE sha256 = ?1", [sha256], |row| row.get(0)).optional()?;
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
        let first = self
            .tx
            .query_row(
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
                    self.tx.execute("UPDATE mails SET reading = NULL WHERE sha256 = ?1", [it.sha256])?;
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
        let changed = self.tx.execute(
            "UPDATE mails SET state = 'decided', outcome = ?2, class = ?3, why = ?4, case_number = ?5, ended_at = ?6
             WHERE sha256 = ?1 AND state = 'kept'",
            params![sha256, outcome.name(), class, why, case.map(|it| it.0), seconds(now)],
        )?;
        anyhow::ensure!(changed == 1, "a mail was decided twice");
        // what waited with a locked mail waits no more
        self.tx.execute(
            "UPDATE mails SET waits_until = 0 WHERE state = 'kept' AND locked = 0 AND waits_until > 0
               AND sender = (SELECT sender FROM mails WHERE sha256 = ?1 AND locked = 1)",
            [sha256],
        )?;
        let filing = match outcome {
            Outcome::NotOurs => Filing::None,
            Outcome::Held | Outcome::ToSecretariat => Filing::Held,
            _ => Filing::Processed,
        };
        self.file(sha256, filing)
    }

    fn file(&self, sha256: &str, filing: Filing) -> Result<()> {
        self.tx.execute(
            "UPDATE seen SET filing = ?2 WHERE mail = ?1 AND filing = 'none'",
            params![sha256, filing.column()],
        )?;
        if filing == Filing::Processed {
            // only what a person has released, or had read again, was decided before
            self.tx.execute(
                "INSERT INTO refilings (mailbox, uid, mail) SELECT mailbox, uid, mail FROM seen
                 WHERE mail = ?1 AND filing = 'done'
                 ON CONFLICT DO NOTHING",
                [sha256],
            )?;
        }
        Ok(())
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
