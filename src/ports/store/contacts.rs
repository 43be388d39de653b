//! Addresses that are known in a case, and held mails that a person gives to a case.

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, Unit, moment, one, run, seconds};
use crate::desk::{case::Number, text, trust};

/// How an address became known in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The case was opened with it.
    Contact,
    /// It handed in for the company, and our border vouched for the company's domain.
    Colleague,
    /// The secretariat said so.
    Secretariat,
}

impl How {
    fn column(self) -> &'static str {
        match self {
            How::Contact => "contact",
            How::Colleague => "colleague",
            How::Secretariat => "secretariat",
        }
    }
}

/// A mail that is held, for the one who decides about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HeldMail {
    /// SHA-256 of the raw mail.
    pub sha256: String,
    /// When the server got it.
    pub arrived_at: Timestamp,
    /// Its sender, lower case; empty where none can be told.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Why it is held: a name of `decide::Hold`.
    pub why: String,
    /// Receipt numbers it may belong to.
    pub proposed: String,
}

/// A held mail that a person's word on its sender may release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releasable {
    /// SHA-256 of the raw mail.
    pub sha256: String,
    /// The cases it may belong to.
    pub proposed: Vec<Number>,
    /// The company its workbook names; empty without one.
    pub company: String,
    /// Another company's file may be in it: no word about the sender says which is the case's.
    pub mixes_companies: bool,
}

/// Holds that a person's word about the sender lifts. A forged sender is none, nor are books of several companies in one mail:
/// they cannot be judged as one.
const LIFTED: &str =
    "('other-address', 'same-company', 'several-cases', 'forwarded', 'address-change', 'unsure-withdrawal',
  'other-company', 'mixed-file', 'recalled')";

/// A domain in which addresses of different companies with open cases are known is a provider's, or a consultant's.
const SHARED: &str = "SELECT count(DISTINCT cases.company_key) > 1 FROM contacts INDEXED BY contacts_domain
   JOIN cases ON cases.number = case_number
   WHERE domain = ?1 AND coalesce(company_key, '') <> '' AND stage NOT IN ('closed', 'withdrawn', 'lapsed')";

fn company_domain(db: &Connection, address: &str) -> Result<Option<String>> {
    let Some(domain) = trust::company_domain(address) else { return Ok(None) };
    let shared: bool = db.prepare_cached(SHARED)?.query_row([&domain], |row| row.get(0))?;
    Ok((!shared).then_some(domain))
}

impl Store {
    /// Held mails that a person may give to a case, newest first.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn held_mails(&self) -> Result<Vec<HeldMail>> {
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT sha256, arrived_at, coalesce(sender, ''), coalesce(reading ->> '$.mail.subject', ''), why,
               coalesce(proposed, '')
             FROM mails WHERE outcome = 'held' AND why IN {LIFTED} ORDER BY id DESC LIMIT 500"
        ))?;
        let rows = ask.query_map((), |row| {
            Ok(HeldMail {
                sha256: row.get(0)?,
                arrived_at: moment(row.get(1)?),
                sender: row.get(2)?,
                subject: row.get(3)?,
                why: row.get(4)?,
                proposed: row.get(5)?,
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list held mails")
    }

    /// The domain of an address, where it speaks for one company.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn company_domain(&self, address: &str) -> Result<Option<String>> {
        company_domain(&self.db, address)
    }

    /// Writes the key of companies that an older program kept without one.
    pub(super) fn key_companies(&mut self) -> Result<()> {
        const OPEN: &str = "SELECT number, company FROM cases WHERE company_key IS NULL";
        if !self.db.prepare(OPEN)?.exists(())? {
            return Ok(());
        }
        let unit = self.unit()?;
        let rows: Vec<(u32, String)> = {
            let mut ask = unit.tx.prepare(OPEN)?;
            ask.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        for (number, company) in rows {
            let key = text::company_key(&company);
            run(&unit.tx, "UPDATE cases SET company_key = ?2 WHERE number = ?1", params![number, key])?;
        }
        unit.commit()
    }
}

impl Unit<'_> {
    /// Makes an address known in a case; how it first became so is kept.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_contact(&self, case: Number, address: &str, how: How, now: Timestamp) -> Result<()> {
        let address = address.to_lowercase();
        let domain = address.rsplit_once('@').map(|(_, it)| it).unwrap_or_default();
        run(
            &self.tx,
            "INSERT INTO contacts (case_number, address, domain, how, since) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (case_number, address) DO NOTHING",
            params![case.0, address, domain, how.column(), seconds(now)],
        )?;
        Ok(())
    }

    /// The domain of an address, where it speaks for one company.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn company_domain(&self, address: &str) -> Result<Option<String>> {
        company_domain(&self.tx, address)
    }

    /// Takes an address away from a case: it is not known there, and its domain does not speak for it. Letters that wait to
    /// be sent to it there are not sent. False where it was not known.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn dismiss(&self, case: Number, address: &str, now: Timestamp) -> Result<bool> {
        let address = address.to_lowercase();
        let known = "DELETE FROM contacts WHERE case_number = ?1 AND address = ?2";
        if run(&self.tx, known, params![case.0, address])? == 0 {
            return Ok(false);
        }
        run(
            &self.tx,
            "INSERT INTO dismissed (case_number, address, since) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![case.0, address, seconds(now)],
        )?;
        run(
            &self.tx,
            "UPDATE letters SET state = 'superseded', ended_at = ?3, why = 'the address was taken away'
             WHERE recipient = ?2 COLLATE NOCASE AND case_number = ?1 AND state IN ('waiting', 'due')",
            params![case.0, address, seconds(now)],
        )?;
        self.settle_rounds(case)?;
        Ok(true)
    }

    /// An address that was taken away may be given back.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn readmit(&self, case: Number, address: &str) -> Result<()> {
        let gone = "DELETE FROM dismissed WHERE case_number = ?1 AND address = ?2";
        run(&self.tx, gone, params![case.0, address.to_lowercase()])?;
        Ok(())
    }

    /// Whether the secretariat took this address away from the case.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn is_dismissed(&self, case: Number, address: &str) -> Result<bool> {
        let ask = "SELECT EXISTS (SELECT 1 FROM dismissed WHERE case_number = ?1 AND address = ?2)";
        Ok(one(&self.tx, ask, params![case.0, address.to_lowercase()], |row| row.get(0))?)
    }

    /// The name that an address gave itself in its newest mail.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn name_of(&self, address: &str) -> Result<String> {
        let ask = "SELECT reading ->> '$.mail.from.name' FROM mails INDEXED BY mails_from
             WHERE sender = ?1 AND state = 'decided' AND reading ->> '$.mail.from.name' <> '' ORDER BY id DESC LIMIT 1";
        Ok(one(&self.tx, ask, [address.to_lowercase()], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// Whether a mail domain is that of an address known in a case.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn is_domain(&self, case: Number, domain: &str) -> Result<bool> {
        Ok(one(
            &self.tx,
            "SELECT EXISTS (SELECT 1 FROM contacts WHERE case_number = ?1 AND domain = ?2)",
            params![case.0, domain],
            |row| row.get(0),
        )?)
    }

    /// Case and address a person has given this mail to.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn admitted(&self, sha256: &str) -> Result<Option<(Number, String)>> {
        let ask = "SELECT case_number, address FROM admitted WHERE mail = ?1";
        Ok(one(&self.tx, ask, [sha256], |row| Ok((Number(row.get(0)?), row.get(1)?))).optional()?)
    }

    /// One held mail by the first letters of its id, or all of an address, oldest first.
    ///
    /// # Errors
    /// Any SQLite error, or a mail of that id that is not held.
    pub fn held_of(&self, address: &str, mail: Option<&str>) -> Result<Vec<Releasable>> {
        let mut ask = self.tx.prepare_cached(&format!(
            "SELECT sha256, coalesce(proposed, ''), coalesce(reading ->> '$.workbook.company', ''), why = 'mixed-file'
             FROM mails WHERE outcome = 'held' AND why IN {LIFTED} AND reading IS NOT NULL
               AND CASE WHEN ?1 IS NULL THEN sender = ?2 ELSE substr(sha256, 1, length(?1)) = ?1 END ORDER BY id"
        ))?;
        let found = ask.query_map(params![mail, address.to_lowercase()], |row| {
            let proposed: String = row.get(1)?;
            let proposed = proposed.split('、').filter_map(|it| it.parse().ok()).map(Number).collect();
            Ok(Releasable { sha256: row.get(0)?, proposed, company: row.get(2)?, mixes_companies: row.get(3)? })
        })?;
        let found: Vec<Releasable> = found.collect::<Result<_, _>>()?;
        ensure!(mail.is_none() || found.len() == 1, "no held mail, or more than one, has that id");
        Ok(found)
    }

    /// Gives a held mail to a case: it is decided anew, and filed by that where the server was not told yet.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn admit(&self, case: Number, address: &str, sha256: &str) -> Result<()> {
        run(
            &self.tx,
            "INSERT INTO admitted (mail, case_number, address) VALUES (?1, ?2, ?3)
             ON CONFLICT (mail) DO UPDATE SET case_number = ?2, address = ?3",
            params![sha256, case.0, address.to_lowercase()],
        )?;
        run(
            &self.tx,
            "UPDATE mails SET state = 'kept', outcome = NULL, class = NULL, why = NULL, proposed = NULL, ended_at = NULL
             WHERE sha256 = ?1",
            [sha256],
        )?;
        run(&self.tx, "UPDATE seen SET filing = 'none' WHERE mail = ?1 AND filing = 'to-held'", [sha256])?;
        Ok(())
    }

    /// Notes which cases a held mail may belong to.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn propose(&self, sha256: &str, cases: &[Number]) -> Result<()> {
        let numbers = cases.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
        run(&self.tx, "UPDATE mails SET proposed = ?2 WHERE sha256 = ?1", params![sha256, numbers])?;
        Ok(())
    }

    /// Whether an address was told since a moment that a person will answer, and no person has acted in the case since.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn waits_for_person(&self, case: Number, address: &str, since: Timestamp) -> Result<bool> {
        Ok(one(
            &self.tx,
            "SELECT EXISTS (SELECT 1 FROM letters WHERE kind = 'handed-over' AND case_number = ?1
               AND recipient = ?2 COLLATE NOCASE AND made_at >= ?3 AND state NOT IN ('superseded', 'given-up')
               AND made_at >= coalesce((SELECT max(at) FROM journal WHERE case_number = ?1 AND case_number > 0
                 AND (cause LIKE 'order/%' OR cause LIKE 'sent/%')), 0))",
            params![case.0, address, seconds(since)],
            |row| row.get(0),
        )?)
    }
}
