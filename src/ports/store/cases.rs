//! Cases, their revisions and their journal.

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{How, Store, Unit, moment, one, run, seconds};
use crate::desk::{
    case::{Case, Number, Revision, Stage},
    mail::Person,
    text,
};

/// One line of the listing of cases.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CaseLine {
    /// The case.
    pub case: Case,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Since when a person speaks with the company instead of the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_since: Option<Timestamp>,
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct JournalLine {
    /// When.
    pub at: Timestamp,
    /// What caused it.
    pub cause: String,
    /// What was done.
    pub line: String,
}

const COLUMNS: &str = "number, company, contact_name, contact_address, region, stage, stage_data, muted, revision, wishes, answers, opened_at, changed_at, muted_at";

struct CaseRow {
    case: Case,
    stage: String,
    stage_data: String,
    wishes: String,
    answers: String,
    changed_at: i64,
    muted_at: Option<i64>,
}

fn row(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    let case = Case {
        number: Number(row.get(0)?),
        company: row.get(1)?,
        contact: Person { name: row.get(2)?, address: row.get(3)? },
        region: row.get(4)?,
        stage: Stage::Applied,
        muted: row.get(7)?,
        revision: row.get(8)?,
        wishes: crate::desk::reading::Wishes::default(),
        answers: std::collections::BTreeMap::new(),
        opened_at: moment(row.get(11)?),
    };
    Ok(CaseRow {
        case,
        stage: row.get(5)?,
        stage_data: row.get(6)?,
        wishes: row.get(9)?,
        answers: row.get(10)?,
        changed_at: row.get(12)?,
        muted_at: row.get(13)?,
    })
}

impl CaseRow {
    /// Decodes all columns together: half a stage cannot pass.
    fn whole(self) -> Result<CaseLine> {
        let number = self.case.number;
        let muddled = || format!("case {number} says two things at once; restore a backup or ask for help");
        let stage: Stage = serde_json::from_str(&self.stage_data).with_context(muddled)?;
        ensure!(stage.name() == self.stage, muddled());
        let case = Case {
            stage,
            wishes: serde_json::from_str(&self.wishes).with_context(muddled)?,
            answers: serde_json::from_str(&self.answers).with_context(muddled)?,
            ..self.case
        };
        Ok(CaseLine { case, changed_at: moment(self.changed_at), muted_since: self.muted_at.map(moment) })
    }
}

fn find(db: &Connection, condition: &str, value: &dyn rusqlite::ToSql) -> Result<Option<Case>> {
    let found = db
        .query_row(&format!("SELECT {COLUMNS} FROM cases WHERE {condition} ORDER BY number DESC LIMIT 1"), [value], row)
        .optional()
        .context("cannot look up a case")?;
    found.map(|it| it.whole().map(|it| it.case)).transpose()
}

impl Store {
    /// All cases, by number.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn cases(&self) -> Result<Vec<CaseLine>> {
        let mut ask = self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM cases ORDER BY number"))?;
        let rows: Vec<CaseRow> = ask.query_map((), row)?.collect::<Result<_, _>>()?;
        rows.into_iter().map(CaseRow::whole).collect()
    }

    /// The cases of the programme that began then, by number: without those that were over or in an advisor's hands before.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub(super) fn running_cases(&self, began: Timestamp) -> Result<Vec<Case>> {
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM cases WHERE changed_at >= ?1
               OR stage NOT IN ('proposed', 'booked', 'advised', 'closed', 'withdrawn', 'lapsed') ORDER BY number"
        ))?;
        let mut cases = Vec::new();
        for it in ask.query_map([seconds(began)], row)? {
            cases.push(it?.whole()?.case);
        }
        Ok(cases)
    }

    /// One case.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn case(&self, number: Number) -> Result<Option<Case>> {
        find(&self.db, "number = ?1", &number.0)
    }

    /// A case's revisions, first to newest.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn revisions(&self, number: Number) -> Result<Vec<Revision>> {
        let mut ask = self.db.prepare_cached("SELECT data FROM revisions WHERE case_number = ?1 ORDER BY n")?;
        let rows: Vec<String> = ask.query_map([number.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
        rows.iter().map(|it| serde_json::from_str(it).context("a stored revision cannot be understood")).collect()
    }

    /// A case's journal; number 0 is the desk's own.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn journal(&self, number: Number) -> Result<Vec<JournalLine>> {
        let mut ask =
            self.db.prepare_cached("SELECT at, cause, line FROM journal WHERE case_number = ?1 ORDER BY id")?;
        let rows = ask.query_map([number.0], |row| {
            Ok(JournalLine { at: moment(row.get(0)?), cause: row.get(1)?, line: row.get(2)? })
        })?;
        rows.collect::<Result<_, _>>().context("cannot read a journal")
    }
}

impl Store {
    /// Hands a case to a person, or back to the desk. False where it was so already.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn set_muted(&mut self, number: Number, muted: bool, now: Timestamp) -> Result<bool> {
        let unit = self.unit()?;
        let case = unit.case(number)?.with_context(|| format!("there is no case {number}; see `uketsuke cases`"))?;
        if case.muted == muted {
            return Ok(false);
        }
        unit.keep_case(&Case { muted, ..case }, now)?;
        let (cause, line) = if muted {
            ("order/mute", "muted by the secretariat; the desk writes nothing until it is released")
        } else {
            ("order/release", "released by the secretariat; the desk answers again")
        };
        unit.journal(number, cause, line, now)?;
        unit.commit()?;
        Ok(true)
    }
}

impl Unit<'_> {
    /// The number the next opened case gets.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn next_number(&self) -> Result<Number> {
        let last: Option<u32> =
            one(&self.tx, "SELECT seq FROM sqlite_sequence WHERE name = 'cases'", (), |row| row.get(0)).optional()?;
        Ok(Number(last.unwrap_or(0) + 1))
    }

    /// One case.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn case(&self, number: Number) -> Result<Option<Case>> {
        find(&self.tx, "number = ?1", &number.0)
    }

    /// The cases in which an address is known, newest first.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn cases_of_address(&self, address: &str) -> Result<Vec<Case>> {
        let known = "number IN (SELECT case_number FROM contacts WHERE address = ?1)";
        self.cases_where(known, &address.to_lowercase())
    }

    /// The cases with a known address of one mail domain, newest first.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn cases_of_domain(&self, domain: &str) -> Result<Vec<Case>> {
        self.cases_where("number IN (SELECT case_number FROM contacts WHERE domain = ?1)", domain)
    }

    /// The cases of one company by its key, newest first.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn cases_of_company(&self, key: &str) -> Result<Vec<Case>> {
        self.cases_where("company_key = ?1", key)
    }

    /// At most fifty: nobody speaks for more.
    fn cases_where(&self, condition: &str, value: &str) -> Result<Vec<Case>> {
        let ask = format!("SELECT {COLUMNS} FROM cases WHERE {condition} ORDER BY number DESC LIMIT 50");
        let rows: Vec<CaseRow> = self.tx.prepare_cached(&ask)?.query_map([value], row)?.collect::<Result<_, _>>()?;
        rows.into_iter().map(|it| it.whole().map(|it| it.case)).collect()
    }

    /// How many open cases an advisor has.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn load(&self, advisor: &str) -> Result<u32> {
        let mut ask =
            self.tx.prepare_cached(&format!("SELECT {COLUMNS} FROM cases WHERE stage IN ('proposed', 'booked')"))?;
        let rows: Vec<CaseRow> = ask.query_map((), row)?.collect::<Result<_, _>>()?;
        let mut load = 0;
        for row in rows {
            if row.whole()?.case.stage.advisor() == Some(advisor) {
                load += 1;
            }
        }
        Ok(load)
    }

    /// Opens a case or writes its new state. Its contact is known in it.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_case(&self, case: &Case, now: Timestamp) -> Result<()> {
        run(&self.tx, "INSERT INTO cases (number, company, contact_name, contact_address, region, stage, stage_data, muted, revision, wishes, answers, opened_at, changed_at, company_key, muted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, CASE WHEN ?8 THEN ?13 END)
             ON CONFLICT (number) DO UPDATE SET company = ?2, contact_name = ?3, contact_address = ?4, region = ?5, stage = ?6,
               stage_data = ?7, muted = ?8, revision = ?9, wishes = ?10, answers = ?11, changed_at = ?13, company_key = ?14,
               muted_at = CASE WHEN ?8 THEN coalesce(muted_at, ?13) END",
            params![
                case.number.0,
                case.company,
                case.contact.name,
                case.contact.address.to_lowercase(),
                case.region,
                case.stage.name(),
                serde_json::to_string(&case.stage)?,
                case.muted,
                case.revision,
                serde_json::to_string(&case.wishes)?,
                serde_json::to_string(&case.answers)?,
                seconds(case.opened_at),
                seconds(now),
                text::company_key(&case.company),
            ],
        )?;
        self.keep_contact(case.number, &case.contact.address, How::Contact, now)
    }

    /// Keeps a revision. None is ever overwritten.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_revision(&self, number: Number, revision: &Revision, now: Timestamp) -> Result<()> {
        run(
            &self.tx,
            "INSERT INTO revisions (case_number, n, mail, data, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![number.0, revision.n, revision.mails.last(), serde_json::to_string(revision)?, seconds(now)],
        )?;
        Ok(())
    }

    /// The newest revision of a case.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn newest_revision(&self, number: Number) -> Result<Option<Revision>> {
        let text: Option<String> = one(
            &self.tx,
            "SELECT data FROM revisions WHERE case_number = ?1 ORDER BY n DESC LIMIT 1",
            [number.0],
            |row| row.get(0),
        )
        .optional()?;
        text.map(|it| serde_json::from_str(&it).context("a stored revision cannot be understood")).transpose()
    }

    /// Writes a line into a case's journal (0: the desk's own).
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn journal(&self, number: Number, cause: &str, line: &str, now: Timestamp) -> Result<()> {
        run(
            &self.tx,
            "INSERT INTO journal (at, case_number, cause, line) VALUES (?1, ?2, ?3, ?4)",
            params![seconds(now), number.0, cause, line],
        )?;
        Ok(())
    }
}
