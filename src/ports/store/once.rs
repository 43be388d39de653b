//! What is asked of the store so that nobody is answered twice, and no machine for ever.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::params;
use sha2::{Digest as _, Sha256};

use super::{Unit, hex, letters::as_far_ahead, one, run, seconds};
use crate::{
    desk::{case::Number, decide::Outcome, once, reading::Reading},
    ports::header,
};

/// `state <> 'sent'` as in the index `letters_state`: what was sent is never looked through.
pub(super) const ASKING_ELSEWHERE: &str =
    "SELECT letters.id, letters.case_number, reading FROM letters INDEXED BY letters_state
   JOIN mails ON mails.sha256 = substr(cause, 6)
   WHERE letters.state <> 'sent' AND letters.state IN ('waiting', 'due') AND (letters.state = 'waiting' OR repeats = 0)
   AND kind = 'no-workbook' AND made_at > ?3 AND recipient <> ?2 COLLATE NOCASE
   AND reading ->> '$.mail.from.name' = ?1 ORDER BY letters.id DESC LIMIT ?4";

/// `+sender`, so that the second way asks by Message-ID: by sender it would read all that a form mailer ever sent.
pub(super) const TWINS: &str =
    "SELECT outcome, coalesce(print = (SELECT print FROM mails WHERE sha256 = ?1), 0), reading FROM mails
   WHERE (print = (SELECT print FROM mails WHERE sha256 = ?1) OR (message_id = ?2 AND +sender = ?3))
   AND sha256 <> ?1 AND state = 'decided' AND class <> 'twin' AND reading IS NOT NULL ORDER BY +id DESC LIMIT ?4";

/// Earlier mails and letters that are compared.
const MOST: u32 = 8;

/// A hash of what the sender wrote: sender, date, subject and the body's bytes. What servers on the way rewrite
/// (`Received`, `Delivered-To`, `X-…`, line ends, even `Message-ID`) is not in it. `None` without a `Date`: then nothing
/// tells a copy from a mail that was written twice.
pub(super) fn print(raw: &[u8]) -> Option<String> {
    let date = header::first(raw, "Date").filter(|it| !it.is_empty())?;
    let mut hash = Sha256::new();
    for field in [date, header::first(raw, "From")?, header::first(raw, "Subject").unwrap_or_default()] {
        let plain: Vec<&str> = field.split_whitespace().collect(); // folded anew
        hash.update(plain.join(" ").as_bytes());
        hash.update([0]);
    }
    let mut lines = raw.split(|it| *it == b'\n').map(|it| it.strip_suffix(b"\r").unwrap_or(it));
    let mut empty = 0u32; // those at the end do not count
    for line in lines.by_ref().skip_while(|it| !it.is_empty()).skip(1) {
        if line.is_empty() {
            empty = empty.saturating_add(1);
            continue;
        }
        (0..std::mem::take(&mut empty)).for_each(|_| hash.update(b"\n"));
        hash.update(line);
        hash.update(b"\n");
    }
    Some(hex(&hash.finalize()))
}

impl Unit<'_> {
    /// Whether a decided mail is the same as this one, of the same print, or the same under its Message-ID; and whether that
    /// one was left in the inbox. A twin was not decided itself, and a held one does not count where it is `outranked`.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn twin_of(
        &self,
        sha256: &str,
        reading: &Reading,
        outranked: impl Fn(&Reading) -> bool,
    ) -> Result<Option<bool>> {
        let mut ask = self.tx.prepare_cached(TWINS)?;
        let mail = &reading.mail;
        let sender = mail.from.as_ref().map(|it| it.address.to_lowercase());
        let found = ask.query_map(params![sha256, mail.message_id, sender, MOST], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let found: Vec<(String, bool, String)> = found.collect::<Result<_, _>>()?;
        let is_twin = |(outcome, printed, text): &(String, bool, String)| {
            let earlier: Option<Reading> = serde_json::from_str(text).ok();
            let outranked = outcome == Outcome::Held.name() && earlier.as_ref().is_some_and(&outranked);
            !outranked && (*printed || earlier.is_some_and(|it| once::is_same(&it, reading)))
        };
        Ok(found.into_iter().find(is_twin).map(|(outcome, _, _)| outcome == Outcome::NotOurs.name()))
    }

    /// Whether two kept mails have one print.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn same_print(&self, a: &str, b: &str) -> Result<bool> {
        let sql = "SELECT count(*) = 2 AND count(print) = 2 AND count(DISTINCT print) = 1 FROM mails WHERE sha256 IN (?1, ?2)";
        Ok(one(&self.tx, sql, [a, b], |row| row.get(0))?)
    }

    /// Mails of a sender that were decided since a moment, newest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn recent_of(&self, sender: &str, since: Timestamp) -> Result<Vec<Reading>> {
        let mut ask = self.tx.prepare_cached(
            "SELECT reading FROM mails WHERE sender = ?1 AND ended_at > ?2 AND state = 'decided' AND reading IS NOT NULL
             AND outcome NOT IN ('not-ours', 'machine') ORDER BY id DESC LIMIT ?3",
        )?;
        let found =
            ask.query_map(params![sender.to_lowercase(), seconds(since), MOST], |row| row.get::<_, String>(0))?;
        let found: Vec<String> = found.collect::<Result<_, _>>()?;
        Ok(found.iter().filter_map(|it| serde_json::from_str(it).ok()).collect())
    }

    /// What a sender wrote in a case, the newest mails, oldest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn words_in(&self, case: Number, sender: &str) -> Result<Vec<String>> {
        let mut ask = self.tx.prepare_cached(
            "SELECT coalesce(reading ->> '$.mail.text', '') FROM mails
             WHERE case_number = ?1 AND sender = ?2 AND state = 'decided' ORDER BY id DESC LIMIT ?3",
        )?;
        let found = ask.query_map(params![case.0, sender.to_lowercase(), MOST], |row| row.get(0))?;
        let mut found: Vec<String> = found.collect::<Result<_, _>>().context("cannot read what was written before")?;
        found.reverse();
        Ok(found)
    }

    /// The newest letters to an address, or in a case, as their readers see them.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn texts_to(&self, address: &str, case: Option<Number>) -> Result<Vec<String>> {
        let mut ask = self.tx.prepare_cached(
            "SELECT text FROM letters WHERE (recipient = ?1 COLLATE NOCASE OR (case_number = ?2 AND case_number > 0))
             AND text IS NOT NULL AND tries > 0 ORDER BY id DESC LIMIT ?3",
        )?;
        let found = ask.query_map(params![address, case.map(|it| it.0), MOST], |row| row.get(0))?;
        found.collect::<Result<_, _>>().context("cannot read letters")
    }

    /// Answers made in a case since a moment: what people ordered is none, nor what was made by a clock that ran far ahead.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn answers_in(&self, case: Number, since: Timestamp, now: Timestamp) -> Result<u32> {
        let sql = "SELECT count(*) FROM letters WHERE case_number = ?1 AND made_at > ?2 AND made_at <= ?3
          AND cause LIKE 'mail/%'";
        Ok(one(&self.tx, sql, params![case.0, seconds(since), as_far_ahead(since, now)], |row| row.get(0))?)
    }

    /// Addresses from which somebody of this name handed in a workbook, at most so many seconds apart, and the company that
    /// each workbook names.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn came_from_elsewhere(
        &self,
        sha256: &str,
        name: &str,
        address: &str,
        apart: i64,
    ) -> Result<Vec<(String, String)>> {
        let mut ask = self.tx.prepare_cached(
            "SELECT sender, coalesce(reading ->> '$.workbook.company', '') FROM mails
             WHERE id > (SELECT max(id) FROM mails) - 500
             AND abs(arrived_at - (SELECT arrived_at FROM mails WHERE sha256 = ?1)) <= ?4
             AND sender <> ?3 AND reading ->> '$.mail.from.name' = ?2
             AND reading ->> '$.workbook' IS NOT NULL AND reading ->> '$.mail.machine' = '[]'
             AND (outcome IS NULL OR outcome IN ('answered', 'to-secretariat', 'recorded')) ORDER BY id DESC LIMIT ?5",
        )?;
        let found = ask.query_map(params![sha256, name, address.to_lowercase(), apart, MOST], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        found.collect::<Result<_, _>>().context("cannot look for a file from elsewhere")
    }

    /// Unsent letters that ask somebody of this name at another address for a file: row id, case, and what the mail that
    /// they answer says.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn asking_elsewhere(&self, name: &str, address: &str, since: Timestamp) -> Result<Vec<(i64, Number, Reading)>> {
        let mut ask = self.tx.prepare_cached(ASKING_ELSEWHERE)?;
        let found = ask.query_map(params![name, address, seconds(since), MOST], |row| {
            Ok((row.get(0)?, Number(row.get(1)?), row.get::<_, String>(2)?))
        })?;
        let found: Vec<(i64, Number, String)> = found.collect::<Result<_, _>>()?;
        let read = |(id, case, text): (i64, Number, String)| Some((id, case, serde_json::from_str(&text).ok()?));
        Ok(found.into_iter().filter_map(read).collect())
    }

    /// The file that an unsent letter asks for has come.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn supersede_letter(&self, id: i64, now: Timestamp) -> Result<()> {
        run(
            &self.tx,
            "UPDATE letters SET state = 'superseded', ended_at = ?2 WHERE id = ?1",
            params![id, seconds(now)],
        )?;
        Ok(())
    }
}

impl super::Store {
    /// Letters that were sent since a moment, digests aside; by a clock that ran far ahead is not since.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn sent_since(&self, since: Timestamp, now: Timestamp) -> Result<u32> {
        let sql = "SELECT count(*) FROM letters WHERE state = 'sent' AND ended_at > ?1 AND ended_at <= ?2
          AND kind <> 'digest'";
        Ok(one(&self.db, sql, [seconds(since), as_far_ahead(since, now)], |row| row.get(0))?)
    }
}
