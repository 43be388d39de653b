//! The outbox: finished letters and their fate.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Store, Unit, moment, one, run, seconds};
use crate::desk::{case::Number, letter::mime::Finished};

/// A letter that is to be sent now. Its try is counted already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLetter {
    /// Row id.
    pub id: i64,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// Envelope sender, `None` is `<>`.
    pub return_path: Option<String>,
    /// Envelope recipient.
    pub recipient: String,
    /// The finished mail.
    pub bytes: Vec<u8>,
    /// Tries, this one included.
    pub tries: u32,
    /// The answer to an earlier try was not heard: it may have arrived.
    pub uncertain: bool,
    /// Times it was sent again after an unheard answer.
    pub repeats: u32,
    /// When it was made or approved.
    pub released_at: Timestamp,
    /// When it was to be tried, or looked for.
    pub due_at: Timestamp,
    /// Since when it is uncertain.
    pub doubtful_since: Timestamp,
    /// A person answered meanwhile: it is looked for, and never sent again.
    pub needless: bool,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterEnd {
    /// The relay took it.
    Sent,
    /// Try again at this time.
    Again(Timestamp),
    /// The relay took no letter at all: this was no try of this one; again at this time.
    NotTried(Timestamp),
    /// Nobody tries any more; the digest names it.
    GivenUp,
    /// The answer after the final dot was not heard; look for a copy before trying again at this time.
    Uncertain(Timestamp),
}

/// One line of a listing of letters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LetterLine {
    /// Number for `approve`.
    pub id: i64,
    /// Kind.
    pub kind: String,
    /// Receipt number, 0 without a case.
    pub case_number: u32,
    /// Recipient.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// `waiting`, `due`, `trying`, `sent`, `given-up`, `uncertain`.
    pub state: String,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// Tries so far.
    pub tries: u32,
    /// Last answer of the relay.
    pub why: Option<String>,
    /// What caused it.
    pub cause: String,
    /// Message-ID without angle brackets.
    pub message_id: String,
}

/// Why a letter waits for its address to be cleared.
pub(super) const UNREACHABLE: &str = "its address is marked as one that cannot be reached; see `uketsuke revive`";

/// Longest pause between two tries, in seconds: a letter that is due later was put off by a clock that was wrong, and is
/// due now.
pub(super) const LONGEST_PAUSE: i64 = 6 * 3600;

const LINE: &str = "id, kind, case_number, recipient, subject, state, due_at, tries, why, cause, message_id";

fn line(row: &rusqlite::Row<'_>) -> rusqlite::Result<LetterLine> {
    Ok(LetterLine {
        id: row.get(0)?,
        kind: row.get(1)?,
        case_number: row.get(2)?,
        recipient: row.get(3)?,
        subject: row.get(4)?,
        state: row.get(5)?,
        due_at: moment(row.get(6)?),
        tries: row.get(7)?,
        why: row.get(8)?,
        cause: row.get(9)?,
        message_id: row.get(10)?,
    })
}

impl Store {
    /// Takes the letter that is due longest and counts the try before it is made: a letter that kills us still counts.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn take_due(&mut self, now: Timestamp) -> Result<Option<DueLetter>> {
        self.take(false, now)
    }

    /// The same while all letters but the digest rest.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn take_due_digest(&mut self, now: Timestamp) -> Result<Option<DueLetter>> {
        self.take(true, now)
    }

    fn take(&mut self, only_digests: bool, now: Timestamp) -> Result<Option<DueLetter>> {
        let unit = self.unit()?;
        let due = one(
            &unit.tx,
            "SELECT id, message_id, return_path, recipient, bytes, tries, state = 'uncertain', repeats,
                   released_at, coalesce(doubtful_since, ?1), needless, due_at FROM letters
                 WHERE state IN ('due', 'trying', 'uncertain') AND (due_at <= ?1 OR due_at > ?3) AND (kind = 'digest' OR NOT ?2)
                 ORDER BY due_at, id LIMIT 1",
            params![seconds(now), only_digests, seconds(now) + LONGEST_PAUSE],
            |row| {
                Ok(DueLetter {
                    id: row.get(0)?,
                    message_id: row.get(1)?,
                    return_path: row.get(2)?,
                    recipient: row.get(3)?,
                    bytes: row.get(4)?,
                    tries: row.get::<_, u32>(5)? + 1,
                    uncertain: row.get(6)?,
                    repeats: row.get(7)?,
                    released_at: moment(row.get(8)?),
                    doubtful_since: moment(row.get(9)?),
                    needless: row.get(10)?,
                    due_at: moment(row.get(11)?),
                })
            },
        )
        .optional()?;
        if let Some(it) = &due
            && !it.uncertain
        {
            run(&unit.tx, "UPDATE letters SET state = 'trying', tries = ?2 WHERE id = ?1", params![it.id, it.tries])?;
        }
        unit.commit()?;
        Ok(due)
    }

    /// An uncertain letter was looked for and not found: it is tried once more, and may be there twice.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn try_again_after_doubt(&mut self, letter: &DueLetter) -> Result<()> {
        run(
            &self.db,
            "UPDATE letters SET state = 'trying', tries = ?2, repeats = repeats + 1, doubtful_since = NULL WHERE id = ?1",
            params![letter.id, letter.tries],
        )?;
        Ok(())
    }

    /// Nobody could look for an uncertain letter; it is looked for again. The doubt began then, or so much later as nobody has
    /// looked.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn look_again(&mut self, id: i64, at: Timestamp, since: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE letters SET state = 'uncertain', due_at = ?2, doubtful_since = ?3, why = 'nobody could look for it yet'
             WHERE id = ?1",
            params![id, seconds(at), seconds(since)],
        )?;
        Ok(())
    }

    /// Records how a try ended.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn end_try(&mut self, id: i64, end: &LetterEnd, why: Option<&str>, now: Timestamp) -> Result<()> {
        let (state, due_at) = match end {
            LetterEnd::Sent => ("sent", now),
            LetterEnd::GivenUp => ("given-up", now),
            LetterEnd::Again(at) | LetterEnd::NotTried(at) => ("due", *at),
            LetterEnd::Uncertain(at) => ("uncertain", *at),
        };
        let ended = matches!(end, LetterEnd::Sent | LetterEnd::GivenUp).then_some(seconds(now));
        let unit = self.unit()?;
        // a doubt that began in the future was noted by a clock that was wrong
        run(
            &unit.tx,
            "UPDATE letters SET state = ?2, due_at = ?3, why = ?4, ended_at = ?5,
               doubtful_since = CASE ?2 WHEN 'uncertain' THEN min(coalesce(doubtful_since, ?6), ?6) END WHERE id = ?1",
            params![id, state, seconds(due_at), why, ended, seconds(now)],
        )?;
        if matches!(end, LetterEnd::NotTried(_)) {
            run(&unit.tx, "UPDATE letters SET tries = max(tries - 1, 0) WHERE id = ?1", [id])?;
        }
        if *end == LetterEnd::GivenUp {
            let case = one(&unit.tx, "SELECT case_number FROM letters WHERE id = ?1", [id], |row| row.get(0))?;
            unit.settle_rounds(Number(case))?;
        }
        unit.commit()
    }

    /// A letter that was being tried when the last process ended: nobody heard its answer.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn doubt_interrupted(&mut self, look_at: Timestamp, now: Timestamp) -> Result<usize> {
        let n = run(
            &self.db,
            "UPDATE letters SET state = 'uncertain', due_at = ?1, doubtful_since = ?2, why = 'the desk ended during the try'
             WHERE state = 'trying'",
            [seconds(look_at), seconds(now)],
        )?;
        Ok(n)
    }

    /// When the next letter is due; of digests alone while the others rest.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn next_due(&self, only_digests: bool) -> Result<Option<Timestamp>> {
        let at: Option<i64> = one(
            &self.db,
            "SELECT min(due_at) FROM letters WHERE state IN ('due', 'trying', 'uncertain') AND (kind = 'digest' OR NOT ?1)",
            [only_digests],
            |row| row.get(0),
        )?;
        Ok(at.map(moment))
    }

    /// Letters that are not sent yet (waiting, due, uncertain, given up), or all of a case.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn letter_lines(&self, case: Option<Number>) -> Result<Vec<LetterLine>> {
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT {LINE} FROM letters WHERE (?1 IS NULL AND state NOT IN ('sent', 'superseded')) OR case_number = ?1 ORDER BY id"
        ))?;
        ask.query_map([case.map(|it| it.0)], line)?.collect::<Result<_, _>>().context("cannot list letters")
    }

    /// Every letter there is, oldest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn all_letters(&self) -> Result<Vec<LetterLine>> {
        let mut ask = self.db.prepare_cached(&format!("SELECT {LINE} FROM letters ORDER BY id"))?;
        ask.query_map((), line)?.collect::<Result<_, _>>().context("cannot list letters")
    }

    /// One letter's bytes, to be read before it is approved.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn letter_bytes(&self, id: i64) -> Result<Option<Vec<u8>>> {
        Ok(one(&self.db, "SELECT bytes FROM letters WHERE id = ?1", [id], |row| row.get(0)).optional()?)
    }

    /// Lets a waiting letter go. False where it does not wait, or waits for its address to be cleared.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn approve(&mut self, id: i64, now: Timestamp) -> Result<bool> {
        let unit = self.unit()?;
        let changed = run(
            &unit.tx,
            "UPDATE letters SET state = 'due', due_at = ?2, released_at = ?2, why = NULL WHERE id = ?1 AND state = 'waiting'
             AND lower(recipient) NOT IN (SELECT address FROM dead_addresses)",
            params![id, seconds(now)],
        )?;
        if changed == 1 {
            let case: u32 = one(&unit.tx, "SELECT case_number FROM letters WHERE id = ?1", [id], |row| row.get(0))?;
            unit.journal(Number(case), &format!("letter/{id}"), "approved by the secretariat", now)?;
            unit.settle_rounds(Number(case))?;
        }
        unit.commit()?;
        Ok(changed == 1)
    }

    /// Whether a letter for this cause exists: the digest of a day is made once.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn has_letter_for(&self, cause: &str) -> Result<bool> {
        Ok(one(&self.db, "SELECT EXISTS (SELECT 1 FROM letters WHERE cause = ?1)", [cause], |row| row.get(0))?)
    }
}

/// Where a window that reaches back from now ends ahead of it. A clock that is set back leaves letters in the future: those
/// within the window's length count, so that a step of an hour lifts no limit, and those of another week block nothing.
pub(super) fn as_far_ahead(since: Timestamp, now: Timestamp) -> i64 {
    seconds(now).saturating_mul(2).saturating_sub(seconds(since))
}

/// Of a row of `letters`: a newer one may take its place. `due` is certain not to have arrived, unless it was repeated after a
/// doubt.
pub(super) fn replaceable(table: &str) -> String {
    format!("({table}.state = 'waiting' OR ({table}.state = 'due' AND {table}.repeats = 0))")
}

impl Unit<'_> {
    /// Puts a finished letter into the outbox; one to a marked address waits, the report never does. The same cause, kind, case and recipient a second time changes nothing.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_letter(
        &self,
        cause: &str,
        kind: &str,
        case: Number,
        letter: &Finished,
        waiting: bool,
        now: Timestamp,
    ) -> Result<()> {
        run(
            &self.tx,
            "INSERT INTO letters (cause, kind, case_number, recipient, message_id, return_path, subject, bytes, state, due_at,
               made_at, released_at, text, why)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, CASE WHEN dead THEN 'waiting' ELSE ?9 END, ?10, ?10, ?10, ?11,
               CASE WHEN dead THEN ?12 END
             FROM (SELECT ?2 <> 'digest' AND EXISTS (SELECT 1 FROM dead_addresses WHERE address = lower(?4)) AS dead)
             WHERE true
             ON CONFLICT (cause, kind, case_number, recipient) DO NOTHING",
            params![
                cause,
                kind,
                case.0,
                letter.recipient,
                letter.message_id,
                letter.return_path,
                letter.subject,
                letter.bytes,
                if waiting { "waiting" } else { "due" },
                seconds(now),
                letter.text,
                UNREACHABLE,
            ],
        )?;
        Ok(())
    }

    /// Waiting or unsent letters that a newer one makes untrue: a case's earlier answer to the same person, an earlier
    /// day's digest. They are kept, and never sent.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn supersede(&self, kinds: &[&str], case: Number, recipient: &str, now: Timestamp) -> Result<()> {
        for kind in kinds {
            run(
                &self.tx,
                &format!(
                    "UPDATE letters SET state = 'superseded', ended_at = ?4 WHERE kind = ?1 AND case_number = ?2
                     AND recipient = ?3 COLLATE NOCASE AND {}",
                    replaceable("letters")
                ),
                params![kind, case.0, recipient, seconds(now)],
            )?;
        }
        Ok(())
    }

    /// Letters to a company that asked it a question, in these words; the materials only tell what will be asked.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn times_asked(&self, case: Number, question: &str) -> Result<u32> {
        Ok(one(
            &self.tx,
            "SELECT count(*) FROM letters WHERE case_number = ?1 AND tries > 0 AND again_of IS NULL
             AND kind NOT IN ('materials', 'assignment') AND instr(coalesce(text, ''), ?2) > 0",
            params![case.0, question],
            |row| row.get(0),
        )?)
    }

    /// The case a letter of ours, or a person's own answer, belongs to, by its Message-ID: `None` no letter of ours,
    /// `Some(0)` one without a case.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn case_of_letter(&self, message_id: &str) -> Result<Option<Number>> {
        Ok(one(
            &self.tx,
            "SELECT case_number FROM letters WHERE message_id = ?1
                 UNION ALL SELECT coalesce(case_number, 0) FROM sent_mails WHERE message_id = ?1 LIMIT 1",
            [message_id],
            |row| row.get(0).map(Number),
        )
        .optional()?)
    }

    /// Letters made for an address since a moment, for the daily limit: what people ordered is none, nor what was made by a
    /// clock that ran far ahead ([`as_far_ahead`]).
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn letters_to(&self, address: &str, since: Timestamp, now: Timestamp) -> Result<u32> {
        Ok(one(
            &self.tx,
            "SELECT count(*) FROM letters WHERE recipient = ?1 COLLATE NOCASE AND made_at > ?2 AND made_at <= ?3
             AND cause LIKE 'mail/%'",
            params![address, seconds(since), as_far_ahead(since, now)],
            |row| row.get(0),
        )?)
    }
}
