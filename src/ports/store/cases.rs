//! Cases, their revisions and their journal.

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Store, Unit, moment, seconds};
use crate::desk::{
    case::{Case, Number, Revision, Stage},
    mail::Person,
};

/// One line of the listing of cases.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CaseLine {
    /// The case.
    pub case: Case,
    /// When it last changed.
    pub changed_at: Timestamp,
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

const COLUMNS: &str = "number, company, contact_name, contact_address, region, stage, stage_data, muted, revision, wishes, answers, opened_at, changed_at";

struct CaseRow {
    case: Case,
    stage: String,
    stage_data: String,
    wishes: String,
    answers: String,
    changed_at: i64,
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
        Ok(CaseLine { case, changed_at: moment(self.changed_at) })
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

impl Unit<'_> {
    /// The number the next opened case gets.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn next_number(&self) -> Result<Number> {
        let last: Option<u32> = self
            .tx
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'cases'", (), |row| row.get(0))
            .optional()?;
        Ok(Number(last.unwrap_or(0) + 1))
    }

    /// One case.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn case(&self, number: Number) -> Result<Option<Case>> {
        find(&self.tx, "number = ?1", &number.0)
    }

    /// The newest case whose contact has this address.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn case_of_contact(&self, address: &str) -> Result<Option<Case>> {
        find(&self.tx, "contact_address = ?1", &address.to_lowercase())
    }

    /// The cases whose contacts are of one mail domain, newest first.
    ///
    /// # Errors
    /// Any SQLite error, or a muddled row.
    pub fn cases_of_domain(&self, domain: &str) -> Result<Vec<Case>> {
        let mut ask = self.tx.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM cases WHERE substr(contact_address, instr(contact_address, '@') + 1) = ?1 ORDER BY number DESC"
        ))?;
        let rows: Vec<CaseRow> = ask.query_map([domain], row)?.collect::<Result<_, _>>()?;
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

    /// Opens a case or writes its new state.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_case(&self, case: &Case, now: Timestamp) -> Result<()> {
        self.tx.execute(
            "INSERT INTO cases (number, company, contact_name, contact_address, region, stage, stage_data, muted, revision, wishes, answers, opened_at, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (number) DO UPDATE SET company = ?2, contact_name = ?3, contact_address = ?4, region = ?5, stage = ?6,
               stage_data = ?7, muted = ?8, revision = ?9, wishes = ?10, answers = ?11, changed_at = ?13",
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
            ],
        )?;
        Ok(())
    }

    /// Keeps a revision. None is ever overwritten.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn keep_revision(&self, number: Number, revision: &Revision, now: Timestamp) -> Result<()> {
        self.tx.execute(
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
        let text: Option<String> = self
            .tx
            .query_row("SELECT data FROM revisions WHERE case_number = ?1 ORDER BY n DESC LIMIT 1", [number.0], |row| {
                row.get(0)
            })
            .optional()?;
        text.map(|it| serde_json::from_str(&it).context("a stored revision cannot be understood")).transpose()
    }

    /// Writes a line into a case's journal (0: the desk's own).
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn journal(&self, number: Number, cause: &str, line: &str, now: Timestamp) -> Result<()> {
        self.tx.execute(
            "INSERT INTO journal (at, case_number, cause, line) VALUES (?1, ?2, ?3, ?4)",
            params![seconds(now), number.0, cause, line],
        )?;
        Ok(())
    }
}
