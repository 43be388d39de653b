//! Letters that go again, or not at all, because a person says so.

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Store, Unit, letters::UNREACHABLE, one, run, seconds};
use crate::desk::{
    case::Number,
    letter::{
        again::{Kept, again, is_of_stage},
        mime::{Finished, Key, Sender},
    },
};

/// What clearing an address has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Revived {
    /// Letters that had waited for it.
    pub released: usize,
    /// Letters that came back, sent again.
    pub again: usize,
}

/// Letters that came back for good, were not sent again, and are not made untrue by a newer one in their case. In a muted
/// case, or one that is over, a person decides about each.
const CAME_BACK: &str = "SELECT id FROM letters AS it
   WHERE recipient = ?1 COLLATE NOCASE AND state = 'sent' AND kind <> 'handed-over' AND case_number > 0
     AND (?2 IS NULL OR case_number = ?2)
     AND id IN (SELECT letter FROM bounces WHERE hard = 1)
     AND NOT EXISTS (SELECT 1 FROM letters WHERE again_of = it.id)
     AND NOT EXISTS (SELECT 1 FROM letters AS newer WHERE newer.case_number = it.case_number AND newer.id > it.id
       AND newer.state <> 'superseded' AND newer.kind NOT IN ('assignment', 'handed-over'))
     AND NOT EXISTS (SELECT 1 FROM cases WHERE number = it.case_number
       AND (muted = 1 OR stage IN ('withdrawn', 'closed', 'lapsed')))
   ORDER BY id";

/// The row of a letter that may go again.
struct Row {
    kind: String,
    case: u32,
    recipient: String,
    subject: String,
    bytes: Vec<u8>,
    text: String,
    state: String,
}

impl Store {
    /// Clears a marked address: its letters that wait for this go, and those that came back from it go again. `None` where
    /// it is not marked.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn revive(&mut self, address: &str, waits: bool, sender: &Sender, now: Timestamp) -> Result<Option<Revived>> {
        let unit = self.unit()?;
        let address = address.to_lowercase();
        if run(&unit.tx, "DELETE FROM dead_addresses WHERE address = ?1", [&address])? == 0 {
            return Ok(None);
        }
        let back = unit.came_back(&address, None)?;
        let state = if waits { "waiting" } else { "due" };
        let released = run(
            &unit.tx,
            "UPDATE letters SET state = ?2, due_at = ?3, released_at = ?3, why = NULL
             WHERE recipient = ?1 COLLATE NOCASE AND state = 'waiting' AND why = ?4",
            params![address, state, seconds(now), UNREACHABLE],
        )?;
        for id in &back {
            unit.send_again(sender, *id, None, false, now)?;
        }
        unit.settle_rounds_to(&address)?;
        let line =
            format!("an address was cleared by the secretariat; {released} letters released, {} again", back.len());
        unit.journal(Number(0), "order/revive", &line, now)?;
        unit.commit()?;
        Ok(Some(Revived { released, again: back.len() }))
    }

    /// Throws a waiting letter away: it is kept and never sent. False where it does not wait.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn reject(&mut self, id: i64, now: Timestamp) -> Result<bool> {
        let unit = self.unit()?;
        let changed = run(
            &unit.tx,
            "UPDATE letters SET state = 'superseded', ended_at = ?2, why = 'rejected by the secretariat'
             WHERE id = ?1 AND state = 'waiting'",
            params![id, seconds(now)],
        )?;
        if changed == 1 {
            let case: u32 = one(&unit.tx, "SELECT case_number FROM letters WHERE id = ?1", [id], |row| row.get(0))?;
            unit.journal(Number(case), &format!("letter/{id}"), "rejected by the secretariat; never sent", now)?;
            unit.settle_rounds(Number(case))?;
        }
        unit.commit()?;
        Ok(changed == 1)
    }
}

impl Unit<'_> {
    fn came_back(&self, address: &str, case: Option<Number>) -> Result<Vec<i64>> {
        let mut ask = self.tx.prepare_cached(CAME_BACK)?;
        let rows = ask.query_map(params![address, case.map(|it| it.0)], |row| row.get(0))?;
        rows.collect::<Result<_, _>>().context("cannot look for letters that came back")
    }

    /// What could not reach the address goes to the case's other one: letters that came back, and those that wait for the
    /// address to be cleared, which nobody has approved yet where letters `waits` for that. In a muted case, or one that is
    /// over, a person decides about each. Returns how many.
    ///
    /// # Errors
    /// Any SQLite error, or an address nothing can be sent to.
    pub fn redirect(
        &self,
        sender: &Sender,
        case: Number,
        (from, to): (&str, &str),
        waits: bool,
        now: Timestamp,
    ) -> Result<usize> {
        if from.eq_ignore_ascii_case(to) {
            return Ok(0);
        }
        let back = self.came_back(from, Some(case))?;
        let mut ask = self.tx.prepare_cached(
            "SELECT id FROM letters WHERE recipient = ?1 COLLATE NOCASE AND case_number = ?2 AND state = 'waiting'
               AND why = ?3 AND EXISTS (SELECT 1 FROM cases WHERE number = ?2
                 AND muted = 0 AND stage NOT IN ('withdrawn', 'closed', 'lapsed'))
             ORDER BY id",
        )?;
        let stopped: Vec<i64> =
            ask.query_map(params![from, case.0, UNREACHABLE], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for (ids, waits) in [(&back, false), (&stopped, waits)] {
            for id in ids {
                self.send_again(sender, *id, Some(to), waits, now)?;
            }
        }
        Ok(back.len().saturating_add(stopped.len()))
    }

    /// Puts a letter into the outbox once more under a new Message-ID, to its addressee or another; one that still waits is
    /// replaced by it. Only a person orders this: it goes without a further approval, unless it `waits`. Returns its number.
    ///
    /// # Errors
    /// No such letter, one that is still on its way, a marked address, or any SQLite error.
    pub fn send_again(&self, sender: &Sender, id: i64, to: Option<&str>, waits: bool, now: Timestamp) -> Result<i64> {
        let it = self.row(id)?.with_context(|| format!("there is no letter {id}"))?;
        let on_its_way = matches!(it.state.as_str(), "due" | "trying" | "uncertain");
        ensure!(!on_its_way, "letter {id} is on its way ({}); see `uketsuke letters`", it.state);
        ensure!(it.kind != "digest", "letter {id} is a report; `uketsuke digest --send` makes a new one");
        let to = to.unwrap_or(&it.recipient);
        ensure!(!self.is_dead(to)?, "the address is marked as one that cannot be reached; `uketsuke revive` clears it");
        let count: i64 = one(&self.tx, "SELECT count(*) FROM letters WHERE again_of = ?1", [id], |row| row.get(0))?;
        let cause = format!("again/{id}/{}", count + 1);
        let kept = Kept { bytes: &it.bytes, recipient: &it.recipient, subject: &it.subject, text: &it.text };
        let key = Key { cause: &cause, kind: &it.kind, case: it.case };
        let fresh: Finished = again(sender, &key, &kept, to, now)?;
        self.keep_letter(&cause, &it.kind, Number(it.case), &fresh, waits, now)?;
        let new: i64 =
            one(&self.tx, "SELECT id FROM letters WHERE message_id = ?1", [&fresh.message_id], |row| row.get(0))?;
        run(
            &self.tx,
            "UPDATE letters SET again_of = ?2, round = (SELECT round FROM letters WHERE id = ?2) WHERE id = ?1",
            params![new, id],
        )?;
        run(&self.tx, "UPDATE letters SET round = 0 WHERE id = ?1", [id])?;
        run(
            &self.tx,
            "UPDATE letters SET state = 'superseded', ended_at = ?2, why = 'sent again under another number'
             WHERE id = ?1 AND state = 'waiting'",
            params![id, seconds(now)],
        )?;
        let line = format!("letter {id} goes again as letter {new}, by order of the secretariat");
        self.journal(Number(it.case), &format!("letter/{id}"), &line, now)?;
        self.settle_rounds(Number(it.case))?;
        Ok(new)
    }

    /// Why a letter may be true no more: a newer one has taken its place, its case stands elsewhere, or the days that it tells
    /// were set anew. `None` where nothing speaks against it.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn outdated(&self, id: i64) -> Result<Option<String>> {
        let Some(it) = self.row(id)? else { return Ok(None) };
        let newer = "SELECT newer.id, newer.kind FROM letters AS it JOIN letters AS newer
             ON newer.case_number = it.case_number AND newer.id > it.id AND newer.state <> 'superseded'
             WHERE it.id = ?1 AND it.case_number > 0
               AND (newer.kind = it.kind OR (it.kind NOT IN ('assignment', 'handed-over')
                 AND newer.kind NOT IN ('assignment', 'handed-over', 'noted')))
             ORDER BY newer.id DESC LIMIT 1";
        let found =
            one(&self.tx, newer, [id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional()?;
        if let Some((newer, kind)) = found {
            return Ok(Some(format!("letter {newer} ({kind}) was made after it")));
        }
        let Some(case) = self.case(Number(it.case))? else { return Ok(None) };
        if !is_of_stage(&it.kind, &case.stage) {
            return Ok(Some(format!("case {} is {} now", case.number, case.stage.name())));
        }
        let set = "SELECT EXISTS (SELECT 1 FROM journal WHERE case_number = ?2 AND cause LIKE 'order/wishes/%'
             AND at >= (SELECT made_at FROM letters WHERE id = ?1))";
        let set: bool = one(&self.tx, set, params![id, it.case], |row| row.get(0))?;
        Ok((set && it.kind != "handed-over").then(|| "the days of its case were set after it was made".to_owned()))
    }

    fn row(&self, id: i64) -> Result<Option<Row>> {
        let ask =
            "SELECT kind, case_number, recipient, subject, bytes, coalesce(text, ''), state FROM letters WHERE id = ?1";
        let row = one(&self.tx, ask, [id], |row| {
            Ok(Row {
                kind: row.get(0)?,
                case: row.get(1)?,
                recipient: row.get(2)?,
                subject: row.get(3)?,
                bytes: row.get(4)?,
                text: row.get(5)?,
                state: row.get(6)?,
            })
        });
        row.optional().context("cannot read a letter")
    }
}
