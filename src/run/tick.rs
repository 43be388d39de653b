//! The clock is one more sender: once a day, the digest.

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp, civil::Date};
use tracing::info;

use super::{Desk, OurDisk, Step};
use crate::{
    desk::{
        case::Number,
        digest::{Account, Facts, HeldBack, Item, Refused, Sent, View},
        letter::{
            mime::{self, Key, Thread, japan},
            words::Rendered,
        },
    },
    ports::store::{DigestFacts, Line, MailAccount, SentAccount, Store, Why},
};

/// Where the store notes since when the inbox does not answer; empty while it does.
pub(super) const INBOX_TROUBLE: &str = "inbox-trouble";
/// Where the store notes who refused it then, by name.
pub(super) const INBOX_REFUSED: &str = "inbox-refused";
/// Where the store notes since when the relay refuses us or does not answer; empty while it takes letters.
pub(super) const RELAY_TROUBLE: &str = "relay-trouble";
/// The same of the Sent folder.
pub(super) const SENT_TROUBLE: &str = "sent-trouble";

/// Where the store notes when the most letters of one hour were sent.
pub(super) const HOUR_FULL: &str = "hour-full";

/// Where the store notes when a mail last came from a later day than our clock's.
pub(super) const CLOCK_BEHIND: &str = "clock-behind";
/// So long it is told: the clock may have been put right since.
const CLOCK_TOLD: SignedDuration = SignedDuration::from_hours(24);

/// Since when mails come from a later day than our clock's, where they still do.
///
/// # Errors
/// When the store fails.
pub(super) fn clock_behind(store: &Store, now: Timestamp) -> Result<Option<Timestamp>> {
    let noted = store.noted(CLOCK_BEHIND)?.and_then(|it| it.parse::<Timestamp>().ok());
    Ok(noted.filter(|it| now.duration_since(*it).abs() < CLOCK_TOLD))
}

impl Desk {
    /// Makes today's digest once its hour has come.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tick(&mut self, now: Timestamp) -> Result<Step> {
        let local = now.to_zoned(japan());
        if local.hour() < self.settings.digest_hour || self.settings.secretariat.is_empty() {
            return Ok(Step::Idle);
        }
        self.send_digest(&digest_cause(local.date()), now)
    }

    /// Puts today's digest into the outbox, once for each cause.
    ///
    /// # Errors
    /// When the store fails.
    pub fn send_digest(&mut self, cause: &str, now: Timestamp) -> Result<Step> {
        if self.store.has_letter_for(cause)? {
            return Ok(Step::Idle);
        }
        let words = self.digest(now)?;
        let unit = self.store.unit()?;
        for to in &self.settings.secretariat {
            let key = Key { cause, kind: "digest", case: 0 };
            let finished = mime::finish(&self.sender, &key, to, &Thread::default(), &words, &[], now)?;
            unit.supersede(&["digest"], Number(0), &to.address, now)?;
            unit.keep_letter(cause, "digest", Number(0), &finished, false, now)?;
        }
        unit.told_people(cause)?;
        unit.journal(Number(0), cause, "digest made", now)?;
        unit.commit().context(OurDisk)?;
        info!("the digest is made");
        Ok(Step::Did)
    }

    /// Today's digest in words.
    ///
    /// # Errors
    /// When the store fails, or a template.
    pub fn digest(&self, now: Timestamp) -> Result<Rendered> {
        let day_ago = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::UNIX_EPOCH);
        let since = self.store.last_digest(now)?.unwrap_or(Timestamp::UNIX_EPOCH).min(day_ago);
        let began = self.rules.programme.submission_from.to_zoned(japan())?.timestamp();
        let facts = self.store.digest_facts(since, began)?;
        let mut told = told(&facts, since, &self.settings.from.address);
        told.waiting_for_passwords = self.store.waiting_for_passwords(now)?;
        told.inbox_trouble = self.store.noted(INBOX_TROUBLE)?.and_then(|it| it.parse().ok());
        told.refused = self.store.noted(INBOX_REFUSED)?.and_then(|it| Refused::of(&it));
        told.log_in = self.settings.log_in.as_ref();
        told.sent_trouble = self.store.noted(SENT_TROUBLE)?.and_then(|it| it.parse().ok());
        let full = self.store.noted(HOUR_FULL)?.and_then(|it| it.parse().ok());
        let halted = self.store.halted()?;
        told.behind = halted.as_ref().is_some_and(|it| it.0 == Why::Behind.name());
        told.standstill = halted.map(|it| it.1);
        told.clock_behind = clock_behind(&self.store, now)?;
        told.hour_full = full.filter(|it: &Timestamp| *it > since);
        let view = View::of(&self.words, &self.rules, &told, now);
        Ok(self.words.render("digest", &view)?)
    }
}

/// The cause of a day's digest: one a day, whatever the clock does.
fn digest_cause(day: Date) -> String {
    format!("day/{day}")
}

fn told<'a>(facts: &'a DigestFacts, since: Timestamp, desk: &'a str) -> Facts<'a> {
    let items = |lines: &[Line]| {
        let item = |it: &Line| Item {
            number: it.case_number,
            what: it.what.clone(),
            detail: it.detail.clone(),
            why: it.why.clone(),
            proposed: it.proposed.clone(),
        };
        lines.iter().map(item).collect()
    };
    Facts {
        cases: &facts.cases,
        earlier: &facts.earlier,
        for_people: items(&facts.for_people),
        not_taken: items(&facts.not_taken),
        waiting_letters: facts.waiting_letters,
        waiting_for_passwords: 0,
        held_back: facts.held_back.iter().map(held_back).collect(),
        stuck: items(&facts.stuck),
        undelivered: items(&facts.undelivered),
        unmatched: facts.unmatched.clone(),
        dead_addresses: items(&facts.dead_addresses),
        muted: items(&facts.muted),
        account: account(&facts.account),
        sent: sent(&facts.sent),
        since,
        inbox_trouble: None,
        refused: None,
        log_in: None,
        sent_trouble: None,
        behind: false,
        clock_behind: None,
        hour_full: None,
        standstill: None,
        desk,
    }
}

fn held_back((number, address): &(u32, bool)) -> (Number, HeldBack) {
    (Number(*number), if *address { HeldBack::Address } else { HeldBack::Approval })
}

fn account(it: &MailAccount) -> Account {
    let [answered, recorded, to_secretariat, held, machine, not_ours] = it.outcomes;
    Account {
        seen: it.seen,
        kept: it.seen_kept,
        not_taken: it.too_old + it.too_big + it.gone + it.unfetchable,
        seen_pending: it.seen_pending,
        mails: it.kept,
        decided: it.decided,
        set_aside: it.set_aside,
        pending: it.pending,
        answered,
        recorded,
        to_secretariat,
        held,
        machine,
        not_ours,
        balanced: it.balanced(),
    }
}

fn sent(it: &SentAccount) -> Sent {
    let (seen, answers, ours, other) = (it.seen, it.answers, it.ours, it.other);
    Sent { seen, answers, ours, other, not_taken: it.not_taken, pending: it.pending, balanced: it.balanced() }
}
