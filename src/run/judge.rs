//! Event → decision → rows. The one place where a decision is asked for and made true.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tracing::error;

use super::{
    marking::{Marked, Wanted},
    whose::{Found, heed_contact},
};
use crate::{
    config::Settings,
    desk::{
        case::{Case, Number, Revision},
        decide::{self, Decision, Event, Held, Hold, Order, Outcome},
        letter::{
            Letter, LetterKind,
            mime::{self, Finished, Key, Sender, Thread, japan},
            view::{About, View},
            words::Words,
        },
        mail::{
            Person,
            auth::{Auth, authenticated},
            class::Class,
        },
        once,
        reading::Reading,
        rules::Rules,
        text,
    },
    ports::store::{How, KeptMail, Unit},
};

/// Answers to a company of which only the newest is true.
const ANSWERS: [&str; 9] =
    ["withdrawn", "reopened", "corrections", "call", "complete", "no-workbook", "unreadable", "wrong-version", "noted"];

/// What a decision needs besides the store.
pub struct Judge<'a> {
    /// Settings.
    pub settings: &'a Settings,
    /// Rules.
    pub rules: &'a Rules,
    /// Words.
    pub words: &'a Words,
    /// Sender of our letters.
    pub sender: &'a Sender,
}

/// What was decided, for the log: ids and names of things, nothing of the mail.
pub struct Told {
    /// SHA-256 of the newest mail.
    pub mail: String,
    /// Class.
    pub class: &'static str,
    /// Outcome.
    pub outcome: &'static str,
    /// Receipt number, 0 without a case.
    pub case: u32,
    /// Letters made.
    pub letters: usize,
}

/// A decision about mails that was taken, or what it wants before.
pub enum Judged {
    /// It is true now, once the unit is committed.
    Told(Told),
    /// Nothing is true: first these files are to be marked.
    Wanted(Wanted),
}

/// A decision with its letters finished, ready to be made true.
struct Ready {
    decision: Decision,
    letters: Vec<(&'static str, Finished)>,
}

impl Judge<'_> {
    /// Decides about one mail, or about several of one sender that belong together. What does not belong to the first is
    /// left for the next decision. `made` are the files an earlier call wanted marked.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn mails(
        &self,
        unit: &Unit<'_>,
        mails: Vec<KeptMail>,
        made: Option<&Marked>,
        now: Timestamp,
    ) -> Result<Judged> {
        let mut mails = mails.into_iter();
        let first = mails.next().context("a decision without a mail")?;
        let mut joined = vec![first.sha256.clone()];
        let mut asking: Vec<String> = Vec::new();
        if let Some(left) = self.earlier_copy(unit, &first)? {
            return self.twin(unit, first.sha256, left, now);
        }
        let (mut sha256, mut reading) = (first.sha256, first.reading);
        let mut twins = Vec::new();
        for it in mails {
            let earlier = it.arrived_at < first.arrived_at; // it waited for a password
            let (one, other) = ((sha256.as_str(), &reading), (it.sha256.as_str(), &it.reading));
            let same = once::is_same(&reading, &it.reading) || unit.same_print(&sha256, &it.sha256)?;
            if same && unit.admitted(&it.sha256)?.is_none() {
                twins.push(it.sha256);
            } else if earlier && self.belong_together(unit, other, one)? {
                joined.push(it.sha256.clone());
                asking.extend(self.asks(&it.reading.mail).then_some(it.sha256));
                reading = it.reading.joined_by(reading);
            } else if !earlier && self.belong_together(unit, one, other)? {
                joined.push(it.sha256.clone());
                let older = std::mem::replace(&mut sha256, it.sha256);
                asking.extend(self.asks(&reading.mail).then_some(older));
                reading = reading.joined_by(it.reading);
            }
        }
        let told = match self.decide_one(unit, &sha256, &reading, &joined, made, now)? {
            Judged::Told(told) => told,
            wanted @ Judged::Wanted(_) => return Ok(wanted),
        };
        for older in joined.iter().filter(|it| **it != sha256) {
            let case = (told.case > 0).then_some(Number(told.case));
            // a question is found in the mail that asks it
            let for_people = told.outcome == Outcome::ToSecretariat.name() && asking.contains(older);
            let (outcome, class) =
                if for_people { (Outcome::ToSecretariat, told.class) } else { (Outcome::Recorded, "joined") };
            unit.decided(older, outcome, class, None, case, now)?;
        }
        for it in twins {
            let _ = self.twin(unit, it, told.outcome == Outcome::NotOurs.name(), now)?;
        }
        Ok(Judged::Told(told))
    }

    /// Whether the mail came before, and that copy was left in the inbox. A copy that was only held does not stand in the
    /// way of one that a person has given to a case, or that our border vouches for more.
    fn earlier_copy(&self, unit: &Unit<'_>, it: &KeptMail) -> Result<Option<bool>> {
        let admitted = unit.admitted(&it.sha256)?.is_some();
        let auth = |it: &Reading| authenticated(&it.mail, self.settings.authserv_id.as_deref());
        let now = auth(&it.reading);
        let more = |held: Auth| held != now && (now == Auth::Pass || held == Auth::Fail);
        unit.twin_of(&it.sha256, &it.reading, |held| admitted || more(auth(held)))
    }

    /// A mail that came before is not answered again; it lies where the first one lies.
    fn twin(&self, unit: &Unit<'_>, sha256: String, left: bool, now: Timestamp) -> Result<Judged> {
        let outcome = if left { Outcome::NotOurs } else { Outcome::Recorded };
        unit.decided(&sha256, outcome, "twin", None, None, now)?;
        Ok(Judged::Told(Told { mail: sha256, class: "twin", outcome: outcome.name(), case: 0, letters: 0 }))
    }

    fn decide_one(
        &self,
        unit: &Unit<'_>,
        sha256: &str,
        reading: &Reading,
        joined: &[String],
        made: Option<&Marked>,
        now: Timestamp,
    ) -> Result<Judged> {
        let found = self.find(unit, sha256, reading)?;
        let class = self.class(reading, &found);
        let event = self.event(unit, class, reading, &found, joined, now)?;
        let joins = joining(&event, &found, reading);
        let ordered = found.admitted.is_some();
        let case = self.case_of(unit, &event, class, reading, found.case)?;
        let (cause, thread) = (format!("mail/{sha256}"), Thread::answering(&reading.mail));
        let next = unit.next_number()?;
        let today = now.to_zoned(japan()).date();
        let decision = decide::decide(now, today, self.rules, next, case.as_ref(), event);
        let decision = self.heed_people(unit, decision, case.as_ref(), reading)?;
        let decision = self.not_asked_twice(unit, decision, case.as_ref(), sha256, reading)?;
        let mut decision = heed_contact(decision, reading);
        decision.admitted = decision.admitted.or(joins.filter(|_| decision.revision.is_some()));
        self.tell_once(unit, &mut decision, case.as_ref(), ordered, now)?;
        self.ask_no_more(unit, &mut decision, case.as_ref())?;
        if let Some(wanted) = self.enclose(&mut decision, made) {
            return Ok(Judged::Wanted(wanted));
        }
        // A letter that cannot be built must not leave a mail "answered": a person is told instead.
        let ready = match self.ready(unit, decision, case.as_ref(), &cause, &thread, now) {
            Ok(ready) => ready,
            Err(why) => {
                error!(error = format!("{why:#}"), "a letter could not be built; a person is told instead");
                let event = Event::Hold(Held::silently(Hold::CannotBuild));
                let decision = decide::decide(now, today, self.rules, next, case.as_ref(), event);
                self.ready(unit, decision, case.as_ref(), &cause, &thread, now)?
            }
        };
        self.make_true(unit, &ready, case.as_ref(), &cause, now)?;
        self.count_bounce(unit, class, sha256, &reading.mail, now)?;
        let outcome = self.outcome(unit, &ready)?;
        let number = ready.decision.case.as_ref().or(case.as_ref()).map(|it| it.number);
        let held = ready.decision.held.as_ref();
        // A held mail is not the case's until a person says so.
        let of_case = number.filter(|_| held.is_none());
        unit.decided(sha256, outcome, class.name(), ready.decision.why(), of_case, now)?;
        if let Some(held) = held {
            unit.propose(sha256, &held.proposed)?;
        }
        if let Some(case) = of_case {
            reading.mails().filter_map(|it| it.message_id.as_deref()).try_for_each(|id| unit.adopt_sent(id, case))?;
        }
        Ok(Judged::Told(Told {
            mail: sha256.to_string(),
            class: class.name(),
            outcome: outcome.name(),
            case: number.map_or(0, |it| it.0),
            letters: ready.letters.len(),
        }))
    }

    /// The outcome of a decision whose letter can reach nobody is a person's business.
    fn outcome(&self, unit: &Unit<'_>, ready: &Ready) -> Result<Outcome> {
        let outcome = ready.decision.outcome;
        for (_, letter) in &ready.letters {
            if outcome == Outcome::Answered && unit.is_dead(&letter.recipient)? {
                return Ok(Outcome::ToSecretariat);
            }
        }
        Ok(outcome)
    }

    /// An application belongs to its applicant's case, a bounce to the case of its letter.
    fn case_of(
        &self,
        unit: &Unit<'_>,
        event: &Event,
        class: Class,
        reading: &Reading,
        found: Option<Case>,
    ) -> Result<Option<Case>> {
        match event {
            Event::Applied(it) => {
                // a firm whose case is over applies anew
                let same = |case: &Case| !case.stage.is_over() && text::same_company(&it.company, &case.company);
                Ok(unit.cases_of_address(&it.address)?.into_iter().find(same))
            }
            _ if class == Class::Bounce => match self.bounced_letter(unit, &reading.mail)? {
                Some(it) => unit.case(it.case),
                None => Ok(None),
            },
            _ => Ok(found),
        }
    }

    /// Decides about a person's order. `cause` names it for good.
    ///
    /// # Errors
    /// Any SQLite error, or a letter that cannot be built.
    pub fn order(&self, unit: &Unit<'_>, case: &Case, order: Order, cause: &str, now: Timestamp) -> Result<Decision> {
        let today = now.to_zoned(japan()).date();
        let decision = decide::decide(now, today, self.rules, case.number, Some(case), Event::Ordered(order));
        let ready = self.ready(unit, decision, Some(case), cause, &Thread::default(), now)?;
        self.make_true(unit, &ready, Some(case), cause, now)?;
        Ok(ready.decision)
    }

    /// Finishes a decision's letters.
    fn ready(
        &self,
        unit: &Unit<'_>,
        decision: Decision,
        before: Option<&Case>,
        cause: &str,
        thread: &Thread,
        now: Timestamp,
    ) -> Result<Ready> {
        // a letter about a held mail knows of no case
        let case = decision.case.as_ref().or(before).filter(|_| decision.held.is_none());
        let stored = match (&decision.revision, case) {
            (None, Some(case)) if !decision.letters.is_empty() => unit.newest_revision(case.number)?,
            _ => None,
        };
        let revision = decision.revision.as_ref().or(stored.as_ref());
        let finish = |letter: &Letter| {
            let finished = self.finish(letter, case, revision, cause, thread, now)?;
            Ok((letter.kind.name(), finished))
        };
        let letters = decision.letters.iter().map(finish).collect::<Result<_>>()?;
        Ok(Ready { decision, letters })
    }

    /// Writes what a decision says: case, revision, letters, journal.
    fn make_true(
        &self,
        unit: &Unit<'_>,
        ready: &Ready,
        before: Option<&Case>,
        cause: &str,
        now: Timestamp,
    ) -> Result<()> {
        let it = &ready.decision;
        let number = it.case.as_ref().or(before).map_or(Number(0), |it| it.number);
        if let Some(case) = &it.case {
            unit.keep_case(case, now)?;
        }
        if let Some(revision) = &it.revision {
            unit.keep_revision(number, revision, now)?;
            self.supersede_elsewhere(unit, it, now)?;
        }
        let lettered = if it.held.is_some() { Number(0) } else { number };
        for (kind, letter) in &ready.letters {
            if ANSWERS.contains(kind) {
                // a note says nothing of the form: the letter that does still has to go
                let untrue: &[&str] = if *kind == "noted" { &["noted"] } else { &ANSWERS };
                unit.supersede(untrue, lettered, &letter.recipient, now)?;
            }
            unit.keep_letter(cause, kind, lettered, letter, self.settings.sending.waits(), now)?;
        }
        if let Some(case) = &it.case {
            unit.count_round(case, before, cause)?;
        }
        if let Some(contact) = &it.admitted {
            let how = if cause.starts_with("order/") { How::Secretariat } else { How::Colleague };
            unit.keep_contact(number, &contact.address, how, now)?;
        }
        if let Some(address) = &it.dead_address {
            unit.mark_dead(address, now)?;
        }
        for line in &it.journal {
            unit.journal(number, cause, line, now)?;
        }
        Ok(())
    }

    fn finish(
        &self,
        letter: &Letter,
        case: Option<&Case>,
        revision: Option<&Revision>,
        cause: &str,
        thread: &Thread,
        now: Timestamp,
    ) -> Result<Finished> {
        let about = About {
            rules: self.rules,
            desk: &self.settings.from.address,
            today: now.to_zoned(japan()).date(),
            case,
            revision,
        };
        let view = View::of(self.words, &about, letter);
        let words = self.words.render(letter.kind.name(), &view)?;
        let enclosed: Vec<(&str, &[u8])> = match &letter.kind {
            LetterKind::Assignment { workbooks, .. } => {
                workbooks.iter().map(|(name, it)| (name.as_str(), it.as_slice())).collect()
            }
            LetterKind::Corrections { enclosed, .. } => {
                enclosed.iter().map(|it| (it.name.as_str(), it.bytes.as_slice())).collect()
            }
            _ => Vec::new(),
        };
        let key = Key { cause, kind: letter.kind.name(), case: case.map_or(0, |it| it.number.0) };
        let thread = if letter.kind.is_reply() { thread.clone() } else { Thread::default() };
        Ok(mime::finish(self.sender, &key, &letter.to, &thread, &words, &enclosed, now)?)
    }
}

/// Who hands in with the server's word for the company's domain is known in the case from then on.
fn joining(event: &Event, found: &Found, reading: &Reading) -> Option<Person> {
    let it = &found.standing;
    let vouched = it.company && !it.known && it.auth == Auth::Pass;
    matches!(event, Event::Submitted(_)).then(|| reading.mail.from.clone()).flatten().filter(|_| vouched)
}
