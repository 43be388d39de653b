//! Sums and lists for the digest.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use crate::desk::{
    case::{Case, Number},
    digest::Unmatched,
    letter::mime::japan,
};

use super::{SentAccount, Store, Unit, letters::replaceable, moment, run, seconds};

/// Mails that are for people.
const FOR_PEOPLE: &str = "(state = 'set-aside' OR outcome IN ('to-secretariat', 'held'))";
/// Of a row of `mails` or `letters`: named in no digest that went out or may still go. Its time says nothing where the clock
/// was set back. A digest that a newer one replaced was never read, nor will be one that has not gone when the next is made.
fn untold(table: &str) -> String {
    format!(
        "({table}.told IS NULL OR EXISTS (SELECT 1 FROM letters AS report WHERE report.cause = {table}.told
           AND report.kind = 'digest' AND (report.state IN ('superseded', 'given-up') OR {})))",
        replaceable("report")
    )
}
/// Letters that ended without anybody knowing that they arrived once.
const ENDED_BADLY: &str = "(it.state = 'given-up' OR (it.state = 'sent' AND it.repeats > 0))";

/// Where every mail went, for one inbox (all its UIDVALIDITYs together).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MailAccount {
    /// What SEARCH returned.
    pub seen: u64,
    /// Seen and kept.
    pub seen_kept: u64,
    /// Seen and not taken: older than `since`.
    pub too_old: u64,
    /// Seen and not taken: too big.
    pub too_big: u64,
    /// Seen and gone before it could be taken.
    pub gone: u64,
    /// Seen and given up: the server would not hand it over.
    pub unfetchable: u64,
    /// Seen, not fetched yet.
    pub seen_pending: u64,
    /// Kept mails (one mail may be seen twice).
    pub kept: u64,
    /// Kept and decided.
    pub decided: u64,
    /// Kept and set aside.
    pub set_aside: u64,
    /// Kept, not decided yet.
    pub pending: u64,
    /// Decided, by outcome: answered, recorded, to the secretariat, held, machine, not ours.
    pub outcomes: [u64; 6],
}

impl MailAccount {
    /// The conservation line: no mail is anywhere else.
    pub fn balanced(&self) -> bool {
        self.seen == self.seen_kept + self.too_old + self.too_big + self.gone + self.unfetchable + self.seen_pending
            && self.kept == self.decided + self.set_aside + self.pending
            && self.decided == self.outcomes.iter().sum::<u64>()
    }
}

/// One thing that happened, for a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Receipt number, 0 without a case.
    pub case_number: u32,
    /// What kind of thing (`question`, `held`, …): the key of its words.
    pub what: String,
    /// Names or details for the words.
    pub detail: String,
    /// Why a mail was held; empty for anything else.
    pub why: String,
    /// Receipt numbers a held mail may belong to.
    pub proposed: String,
    /// When.
    pub at: Timestamp,
}

/// Everything the digest is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct DigestFacts {
    /// The cases of the running programme.
    pub cases: Vec<Case>,
    /// Cases of an earlier one that are named below.
    pub earlier: Vec<Case>,
    /// Mails for people that came since the last digest.
    pub for_people: Vec<Line>,
    /// Mails that could not be taken and lie in the inbox still: too big, or never handed over; and, as long as there are
    /// any, how many sent mails cannot be fetched.
    pub not_taken: Vec<Line>,
    /// Letters that wait for approval.
    pub waiting_letters: u64,
    /// Cases with a letter that does not go: receipt number, and whether all such wait for their address.
    pub held_back: Vec<(u32, bool)>,
    /// Mails on the server that could not be moved, and are tried now and then.
    pub stuck: Vec<Line>,
    /// Letters not delivered: given up, uncertain, perhaps twice.
    pub undelivered: Vec<Line>,
    /// Rows in which books and catalogue differ, seen for the first time since the last digest.
    pub unmatched: Vec<Unmatched>,
    /// Addresses that cannot be reached.
    pub dead_addresses: Vec<Line>,
    /// Cases in which a person speaks with the company, and since when.
    pub muted: Vec<Line>,
    /// Where every mail went.
    pub account: MailAccount,
    /// Where every mail of the Sent folder went.
    pub sent: SentAccount,
}

impl DigestFacts {
    /// The cases that lines name and the running programme has not.
    fn earlier_named(&self) -> BTreeSet<Number> {
        let lists = [&self.for_people, &self.stuck, &self.undelivered, &self.dead_addresses, &self.muted];
        let named = lists.into_iter().flatten().map(|it| Number(it.case_number)).filter(|it| it.0 > 0);
        named.filter(|it| self.cases.binary_search_by_key(it, |case| case.number).is_err()).collect()
    }
}

/// Of a row of `mails`: what it asked of a person is done. A person answered it, or our letter about it, or a later mail of
/// its sender in the case; its withdrawal was undone; the file of its password was opened; the
/// address it returns from was cleared, or is told in a line of its own as an open case's contact.
pub(super) const DONE: &str = "(EXISTS (SELECT 1 FROM sent_answers WHERE
     (sent_answers.recipient IN (mails.sender, lower(reading ->> '$.mail.reply_to.address'))
       OR sent_answers.recipient = (SELECT contact_address FROM cases WHERE number = mails.case_number)
       OR mails.state = 'set-aside')
     AND sent_answers.message_id IN (SELECT mails.message_id
       UNION ALL SELECT message_id FROM letters WHERE cause = 'mail/' || mails.sha256
       UNION ALL SELECT later.message_id FROM mails AS later WHERE later.case_number = mails.case_number
         AND later.sender = mails.sender AND later.id > mails.id))
   OR (class = 'withdrawal' AND EXISTS (SELECT 1 FROM journal WHERE journal.case_number = mails.case_number
     AND journal.at >= mails.ended_at AND journal.cause LIKE 'order/reopen/%'))
   OR (class = 'password' AND EXISTS (SELECT 1 FROM mails AS later WHERE later.sender = mails.sender
     AND later.arrived_at > mails.arrived_at AND later.state = 'decided' AND later.reading ->> '$.workbook' IS NOT NULL))
   OR (class = 'password' AND EXISTS (SELECT 1 FROM mails AS other, json_each(other.reading, '$.with') AS it
     WHERE other.id > mails.id - 500 AND it.value = mails.sha256))
   OR (class = 'bounce' AND EXISTS (SELECT 1 FROM bounces JOIN letters ON letters.id = bounces.letter
     WHERE bounces.mail = mails.sha256 AND CASE
       WHEN EXISTS (SELECT 1 FROM dead_addresses WHERE address = lower(recipient)) THEN EXISTS (SELECT 1 FROM cases
         WHERE contact_address = lower(recipient) AND stage NOT IN ('withdrawn', 'closed', 'lapsed'))
       ELSE EXISTS (SELECT 1 FROM journal WHERE journal.cause = 'order/revive' AND journal.at >= mails.ended_at) END)))";

impl Store {
    /// When the newest digest before this moment was made, of those that went out or may still go.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn last_digest(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let ask = format!(
            "SELECT max(made_at) FROM letters WHERE kind = 'digest' AND made_at < ?1
             AND NOT (state IN ('superseded', 'given-up') OR {})",
            replaceable("letters")
        );
        let at: Option<i64> = self.db.query_row(&ask, [seconds(now)], |row| row.get(0))?;
        Ok(at.map(moment))
    }

    /// Gathers the digest's facts; `since` is the moment of the digest before, `began` that of the programme.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn digest_facts(&self, since: Timestamp, began: Timestamp) -> Result<DigestFacts> {
        let mut facts = DigestFacts {
            cases: self.running_cases(began)?,
            earlier: Vec::new(),
            for_people: self.for_people(since)?,
            not_taken: self.not_taken_and_here()?,
            waiting_letters: self.waiting_for_approval()?,
            held_back: self.held_back()?,
            stuck: self.stuck()?,
            undelivered: self.undelivered(since)?,
            unmatched: self.unmatched(since)?,
            dead_addresses: self.dead_addresses()?,
            muted: self.muted()?,
            account: self.account()?,
            sent: self.sent_account()?,
        };
        for number in facts.earlier_named() {
            facts.earlier.extend(self.case(number)?);
        }
        Ok(facts)
    }

    fn for_people(&self, since: Timestamp) -> Result<Vec<Line>> {
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT coalesce(case_number, 0), CASE state WHEN 'set-aside' THEN 'set-aside' ELSE
               CASE WHEN outcome = 'held' THEN 'held' WHEN why = 'address-change' THEN 'new-contact' ELSE coalesce(class, 'question') END END,
               CASE WHEN outcome = 'held' AND coalesce(reading ->> '$.mail.from.name', '') <> ''
                 THEN (reading ->> '$.mail.from.name') || ' <' || coalesce(reading ->> '$.mail.from.address', '') || '>'
                 ELSE coalesce(nullif(reading ->> '$.mail.from.name', ''), reading ->> '$.mail.from.address', '') END, coalesce(reading ->> '$.mail.subject', ''), ended_at, arrived_at,
               CASE outcome WHEN 'held' THEN coalesce(why, '') ELSE '' END, coalesce(proposed, ''), substr(sha256, 1, 12)
             FROM mails WHERE {FOR_PEOPLE} AND (ended_at > ?1 OR {untold}) AND NOT {DONE} ORDER BY id",
            untold = untold("mails")
        ))?;
        let rows = ask.query_map([seconds(since)], |row| {
            let (name, subject): (String, String) = (row.get(2)?, row.get(3)?);
            let arrived = moment(row.get(5)?).to_zoned(japan()).strftime("%-m/%-d %H:%M").to_string();
            Ok(Line {
                case_number: row.get(0)?,
                what: row.get(1)?,
                detail: if row.get::<_, String>(1)? == "set-aside" {
                    format!("（{arrived}、{}）", row.get::<_, String>(8)?)
                } else if name.is_empty() {
                    format!("{subject}（{arrived}）")
                } else {
                    format!("{name}「{subject}」（{arrived}）")
                },
                why: row.get(6)?,
                proposed: row.get(7)?,
                at: moment(row.get(4)?),
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list mails for people")
    }

    /// Each day until a person has moved them; one that is tried once more this minute was not fetched yet.
    fn not_taken_and_here(&self) -> Result<Vec<Line>> {
        let mut ask = self.db.prepare_cached(
            "SELECT CASE fate WHEN 'pending' THEN 'unfetchable' ELSE fate END, coalesce(size, 0), seen_at FROM seen
             WHERE fate IN ('too-big', 'unfetchable') OR (fate = 'pending' AND tries >= ?1 - 1) ORDER BY seen_at",
        )?;
        let rows = ask.query_map([super::seen::MOST_FETCHES], |row| {
            let size: i64 = row.get(1)?;
            Ok(Line {
                case_number: 0,
                what: row.get(0)?,
                detail: format!("{:.1} MB", size as f64 / 1e6),
                why: String::new(),
                proposed: String::new(),
                at: moment(row.get(2)?),
            })
        })?;
        let mut lines: Vec<Line> = rows.collect::<Result<_, _>>().context("cannot list mails that were not taken")?;
        let sent = self.count(super::sent::UNFETCHABLE)?;
        lines.extend((sent > 0).then(|| Line {
            case_number: 0,
            what: "unfetchable-sent".to_string(),
            detail: sent.to_string(),
            why: String::new(),
            proposed: String::new(),
            at: moment(0),
        }));
        Ok(lines)
    }

    fn undelivered(&self, since: Timestamp) -> Result<Vec<Line>> {
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT case_number, CASE WHEN state = 'sent' THEN 'maybe-twice' WHEN state = 'due' THEN 'delayed' ELSE state END,
               '手紙 ' || id || '　' || recipient || '　' || subject || coalesce('（' || why || '）', ''), coalesce(ended_at, due_at)
             FROM letters AS it WHERE ({ENDED_BADLY} AND (ended_at > ?1 OR {untold}) AND (state <> 'given-up' OR (NOT EXISTS (SELECT 1 FROM letters WHERE again_of = it.id)
                 AND NOT EXISTS (SELECT 1 FROM letters AS newer WHERE newer.case_number = it.case_number AND it.case_number > 0
                   AND newer.recipient = it.recipient COLLATE NOCASE AND newer.id > it.id AND newer.state = 'sent'))))
               OR state = 'uncertain' OR (state IN ('due', 'trying') AND tries >= 3)
             ORDER BY id",
            untold = untold("it")
        ))?;
        let rows = ask.query_map(params![seconds(since)], |row| {
            Ok(Line {
                case_number: row.get(0)?,
                what: row.get(1)?,
                detail: row.get(2)?,
                why: String::new(),
                proposed: String::new(),
                at: moment(row.get(3)?),
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list undelivered letters")
    }

    /// From the notes of the revisions: what was put to a company as a fault is no doubt about the catalogue.
    fn unmatched(&self, since: Timestamp) -> Result<Vec<Unmatched>> {
        let mut ask = self.db.prepare_cached(
            "SELECT coalesce(finding.value ->> '$.no', finding.value ->> '$.title', ''), group_concat(DISTINCT case_number)
             FROM revisions, json_each(data, '$.findings') AS finding
             WHERE finding.value ->> '$.rule' IN ('row-missing', 'row-unknown') AND finding.value ->> '$.severity' = 'note'
             GROUP BY 1 HAVING min(at) > ?1 ORDER BY min(revisions.rowid), 1",
        )?;
        let rows = ask.query_map([seconds(since)], |row| {
            let cases: String = row.get(1)?;
            let cases = cases.split(',').filter_map(|it| it.parse().ok()).collect();
            Ok(Unmatched { row: row.get(0)?, cases })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list rows in doubt")
    }

    fn dead_addresses(&self) -> Result<Vec<Line>> {
        let mut ask = self.db.prepare_cached(
            "SELECT coalesce((SELECT max(number) FROM cases WHERE contact_address = lower(address)),
               (SELECT case_number FROM letters WHERE id = letter), 0), address, since
             FROM dead_addresses AS dead WHERE EXISTS (SELECT 1 FROM cases WHERE contact_address = lower(address)
                 AND stage NOT IN ('withdrawn', 'closed', 'lapsed'))
               OR EXISTS (SELECT 1 FROM letters WHERE recipient = address COLLATE NOCASE AND state = 'waiting')
               OR EXISTS (SELECT 1 FROM letters AS it WHERE it.id = dead.letter AND NOT EXISTS (
                 SELECT 1 FROM letters AS newer WHERE newer.case_number = it.case_number AND it.case_number > 0
                   AND newer.id > it.id AND newer.state = 'sent' AND newer.recipient <> address COLLATE NOCASE
                   AND newer.kind NOT IN ('handed-over', 'noted')))
             ORDER BY since",
        )?;
        let rows = ask.query_map((), |row| {
            Ok(Line {
                case_number: row.get(0)?,
                what: "dead-address".to_string(),
                detail: row.get(1)?,
                why: String::new(),
                proposed: String::new(),
                at: moment(row.get(2)?),
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list dead addresses")
    }

    fn muted(&self) -> Result<Vec<Line>> {
        let mut ask = self
            .db
            .prepare_cached("SELECT number, coalesce(muted_at, changed_at) FROM cases WHERE muted = 1 ORDER BY 2, 1")?;
        let rows = ask.query_map((), |row| {
            let at = moment(row.get(1)?);
            Ok(Line {
                case_number: row.get(0)?,
                what: "muted".to_string(),
                detail: at.to_zoned(japan()).strftime("%-m/%-d %H:%M").to_string(),
                why: String::new(),
                proposed: String::new(),
                at,
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list muted cases")
    }

    /// Cases with a letter that waits.
    fn held_back(&self) -> Result<Vec<(u32, bool)>> {
        let mut ask = self.db.prepare_cached(
            "SELECT case_number, min(coalesce(why, '') = ?1) FROM letters
             WHERE state = 'waiting' AND case_number > 0 GROUP BY case_number",
        )?;
        let rows = ask.query_map([super::letters::UNREACHABLE], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>().context("cannot list letters that wait")
    }

    fn stuck(&self) -> Result<Vec<Line>> {
        let mut ask = self.db.prepare_cached(&format!(
            "SELECT coalesce(case_number, 0), coalesce(reading ->> '$.mail.subject', ''), arrived_at, seen_at,
               CASE WHEN sha256 IS NULL OR {FOR_PEOPLE} THEN 'stuck-held' ELSE 'stuck' END
             FROM seen LEFT JOIN mails ON mails.sha256 = seen.mail WHERE filing = 'stuck'
             UNION ALL SELECT coalesce(case_number, 0), coalesce(reading ->> '$.mail.subject', ''), arrived_at, kept_at, 'stuck-refiling'
             FROM refilings JOIN mails ON mails.sha256 = refilings.mail WHERE tries >= ?1 - 1 ORDER BY 4 LIMIT 20"
        ))?;
        let rows = ask.query_map([super::filing::MOST_FILINGS], |row| {
            let arrived: Option<i64> = row.get(2)?;
            let at = moment(row.get(3)?);
            let arrived = arrived.map_or(at, moment).to_zoned(japan()).strftime("%-m/%-d %H:%M").to_string();
            Ok(Line {
                case_number: row.get(0)?,
                what: row.get(4)?,
                detail: format!("「{}」（{arrived}）", row.get::<_, String>(1)?),
                why: String::new(),
                proposed: String::new(),
                at,
            })
        })?;
        rows.collect::<Result<_, _>>().context("cannot list stuck filings")
    }

    /// Where every mail went.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn account(&self) -> Result<MailAccount> {
        let seen = |fate: &str| self.count(&format!("SELECT count(*) FROM seen WHERE fate = '{fate}'"));
        let mails = |condition: &str| self.count(&format!("SELECT count(*) FROM mails WHERE {condition}"));
        let outcome = |name: &str| mails(&format!("state = 'decided' AND outcome = '{name}'"));
        Ok(MailAccount {
            seen: self.count("SELECT count(*) FROM seen")?,
            seen_kept: self
                .count("SELECT count(*) FROM seen WHERE fate = 'kept' AND mail IN (SELECT sha256 FROM mails)")?,
            too_old: seen("too-old")?,
            too_big: seen("too-big")?,
            gone: seen("gone")?,
            unfetchable: seen("unfetchable")?,
            seen_pending: seen("pending")?,
            kept: mails("1")?,
            decided: mails("state = 'decided'")?,
            set_aside: mails("state = 'set-aside'")?,
            pending: mails("state = 'kept'")?,
            outcomes: [
                outcome("answered")?,
                outcome("recorded")?,
                outcome("to-secretariat")?,
                outcome("held")?,
                outcome("machine")?,
                outcome("not-ours")?,
            ],
        })
    }

    pub(super) fn count(&self, sql: &str) -> Result<u64> {
        let mut ask = self.db.prepare_cached(sql).context("cannot count")?;
        let n: i64 = ask.query_row((), |row| row.get(0)).context("cannot count")?;
        Ok(u64::try_from(n).unwrap_or(0))
    }
}

impl Unit<'_> {
    /// The digest of this cause names what was not told before.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn told_people(&self, cause: &str) -> Result<()> {
        let mails = format!("UPDATE mails SET told = ?1 WHERE {FOR_PEOPLE} AND {}", untold("mails"));
        let letters = format!("UPDATE letters AS it SET told = ?1 WHERE {ENDED_BADLY} AND {}", untold("it"));
        for tell in [mails, letters] {
            run(&self.tx, &tell, [cause]).context("cannot note what the digest tells")?;
        }
        Ok(())
    }
}
