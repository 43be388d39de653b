//! A round is a letter asking for corrections that went: what waits, was thrown away or given up, asked nobody.

use anyhow::Result;
use rusqlite::params;

use super::{Unit, run};
use crate::desk::case::{Case, Number, Stage};

/// Kinds of letters that are a round.
const ASKING: &str = "('corrections', 'wrong-version', 'no-workbook', 'unreadable', 'call')";

/// Rounds so far; a withdrawal keeps them.
fn rounds(stage: &Stage) -> u32 {
    match stage {
        Stage::Correcting { rounds: sent, .. } => *sent,
        Stage::Withdrawn { before: Some(before) } | Stage::Held { before: Some(before), .. } => rounds(before),
        _ => 0,
    }
}

impl Unit<'_> {
    /// Ties the round that a decision counted to its letter, so that it is counted while the letter goes and not otherwise.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn count_round(&self, case: &Case, before: Option<&Case>, cause: &str) -> Result<()> {
        if rounds(&case.stage) > before.map_or(0, |it| rounds(&it.stage)) {
            let mark =
                format!("UPDATE letters SET round = 2 WHERE cause = ?1 AND case_number = ?2 AND kind IN {ASKING}");
            if run(&self.tx, &mark, params![cause, case.number.0])? == 0 {
                self.add_rounds(case.number, -1)?; // its letter was left out
            }
        }
        self.settle_rounds(case.number)
    }

    /// Counts what goes, takes back what does not. Doing it twice is doing it once.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn settle_rounds(&self, case: Number) -> Result<()> {
        if case.0 == 0 {
            return Ok(());
        }
        let back = run(
            &self.tx,
            "UPDATE letters SET round = 1 WHERE case_number = ?1 AND round > 0 AND round = 2
               AND state IN ('waiting', 'superseded', 'given-up')",
            [case.0],
        )?;
        let gone = run(
            &self.tx,
            "UPDATE letters SET round = 2 WHERE case_number = ?1 AND round > 0 AND round = 1
               AND state IN ('due', 'trying', 'uncertain', 'sent')",
            [case.0],
        )?;
        self.add_rounds(case, i64::try_from(gone)? - i64::try_from(back)?)
    }

    /// The same for every case with a letter to an address.
    ///
    /// # Errors
    /// Any SQLite error.
    pub(super) fn settle_rounds_to(&self, address: &str) -> Result<()> {
        let mut ask = self.tx.prepare_cached(
            "SELECT DISTINCT case_number FROM letters WHERE recipient = ?1 COLLATE NOCASE AND round > 0",
        )?;
        let cases: Vec<u32> = ask.query_map([address], |row| row.get(0))?.collect::<Result<_, _>>()?;
        cases.into_iter().try_for_each(|it| self.settle_rounds(Number(it)))
    }

    fn add_rounds(&self, case: Number, n: i64) -> Result<()> {
        if n != 0 {
            run(&self.tx, "UPDATE cases SET stage_data = json_set(stage_data, '$.rounds', max(0, (stage_data ->> '$.rounds') + ?2))
                 WHERE number = ?1 AND stage = 'correcting'",
                params![case.0, n],
            )?;
            // a withdrawal, or a hold, keeps them in the stage it keeps
            run(
                &self.tx,
                "UPDATE cases SET stage_data =
                   json_set(stage_data, '$.before.rounds', max(0, (stage_data ->> '$.before.rounds') + ?2))
                 WHERE number = ?1 AND stage IN ('withdrawn', 'held') AND stage_data ->> '$.before.rounds' IS NOT NULL",
                params![case.0, n],
            )?;
        }
        Ok(())
    }
}
