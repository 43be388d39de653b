//! Where everything stands, for `uketsuke status` and the figures of the monitoring.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;

use super::{MailAccount, Store, figures::DONE, moment, one, seconds, set_aside::ANSWERED_SET_ASIDE};

/// So long something that will not mend itself counts as news for a person.
const NEWS_SECONDS: i64 = 7 * 24 * 3600;

/// What the store knows of where everything stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Mails by state: `kept`, `decided`, `set-aside`.
    pub mails: BTreeMap<String, u64>,
    /// Letters by state, the reports among them.
    pub letters: BTreeMap<String, u64>,
    /// Cases by stage.
    pub cases: BTreeMap<String, u64>,
    /// Where every mail went.
    pub account: MailAccount,
    /// Mails within the last week that ask for a person, and that nothing has answered since.
    pub for_people: u64,
    /// Cases that wait for an advisor's assignment.
    pub to_assign: u64,
    /// Mails set aside within the last week, that no person has answered.
    pub set_aside: u64,
    /// Letters given up within the last week and not sent again.
    pub given_up: u64,
    /// Letters whose last answer was not heard.
    pub uncertain: u64,
    /// Letters that wait for approval.
    pub waiting_for_approval: u64,
    /// Letters that wait for their address to be cleared.
    pub waiting_for_address: u64,
    /// Mails that wait for a password.
    pub waiting_for_password: u64,
    /// Filings on the server that were given up; the mail still lies in the inbox.
    pub stuck: u64,
    /// Mails in the inbox that are too big or cannot be fetched, and sent mails that cannot be fetched.
    pub not_taken: u64,
    /// Addresses marked as ones that cannot be reached.
    pub dead_addresses: u64,
    /// Since when the mail that waits longest for a decision has been here.
    pub oldest_mail: Option<Timestamp>,
    /// Since when the letter that waits longest has been here.
    pub oldest_letter: Option<Timestamp>,
    /// When the newest letter was sent.
    pub last_sent: Option<Timestamp>,
}

impl Store {
    /// Counts everything.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn figures(&self, now: Timestamp) -> Result<Figures> {
        let week_ago = seconds(now) - NEWS_SECONDS;
        let letters = |condition: &str| self.count(&format!("SELECT count(*) FROM letters AS it WHERE {condition}"));
        let unreachable = format!("state = 'waiting' AND why = '{}'", super::letters::UNREACHABLE);
        Ok(Figures {
            mails: self.by("SELECT state, count(*) FROM mails GROUP BY 1")?,
            letters: self.by("SELECT state, count(*) FROM letters GROUP BY 1")?,
            cases: self.by("SELECT stage, count(*) FROM cases GROUP BY 1")?,
            account: self.account()?,
            for_people: self.count(&format!(
                "SELECT count(*) FROM mails WHERE outcome IN ('to-secretariat', 'held') AND ended_at > {week_ago} AND NOT {DONE}"
            ))?,
            to_assign: self.count("SELECT count(*) FROM cases WHERE stage = 'complete'")?,
            set_aside: self.count(&format!(
                "SELECT count(*) FROM mails WHERE state = 'set-aside' AND ended_at > {week_ago} AND NOT {ANSWERED_SET_ASIDE}"
            ))?,
            given_up: letters(&format!(
                "state = 'given-up' AND ended_at > {week_ago} AND NOT EXISTS (SELECT 1 FROM letters WHERE again_of = it.id)"
            ))?,
            uncertain: letters("state = 'uncertain'")?,
            waiting_for_approval: self.waiting_for_approval()?,
            waiting_for_address: letters(&unreachable)?,
            waiting_for_password: self.waiting_for_passwords(now)?,
            stuck: self.count("SELECT count(*) FROM seen WHERE filing = 'stuck'")?,
            not_taken: self.count("SELECT count(*) FROM seen WHERE fate IN ('too-big', 'unfetchable')")?
                + self.count(super::sent::UNFETCHABLE)?,
            dead_addresses: self.count("SELECT count(*) FROM dead_addresses")?,
            oldest_mail: self.oldest("SELECT min(kept_at) FROM mails WHERE state = 'kept'")?,
            oldest_letter: self.oldest(
                "SELECT min(made_at) FROM letters WHERE state IN ('waiting', 'due', 'trying', 'uncertain')",
            )?,
            last_sent: self.oldest("SELECT max(ended_at) FROM letters WHERE state = 'sent'")?,
        })
    }

    /// Cases in which letters have not helped and no person speaks with the company yet.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn cases_to_call(&self, correction_rounds: u32) -> Result<u64> {
        let ask =
            "SELECT count(*) FROM cases WHERE stage = 'correcting' AND NOT muted AND stage_data ->> '$.rounds' > ?1";
        let n: i64 = self.db.query_row(ask, [correction_rounds], |row| row.get(0))?;
        Ok(u64::try_from(n).unwrap_or(0))
    }

    /// Letters that wait for approval, those that wait for their address aside.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn waiting_for_approval(&self) -> Result<u64> {
        let ask = "SELECT count(*) FROM letters WHERE state = 'waiting' AND coalesce(why, '') <> ?1";
        let n: i64 = one(&self.db, ask, [super::letters::UNREACHABLE], |row| row.get(0))?;
        Ok(u64::try_from(n).unwrap_or(0))
    }

    fn by(&self, ask: &str) -> Result<BTreeMap<String, u64>> {
        let mut ask = self.db.prepare_cached(ask)?;
        let rows = ask.query_map((), |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        let rows: Vec<(String, i64)> = rows.collect::<Result<_, _>>().context("cannot count")?;
        Ok(rows.into_iter().map(|(name, n)| (name, u64::try_from(n).unwrap_or(0))).collect())
    }

    fn oldest(&self, ask: &str) -> Result<Option<Timestamp>> {
        let at: Option<i64> = one(&self.db, ask, (), |row| row.get(0)).context("cannot look for the oldest")?;
        Ok(at.map(moment))
    }
}
