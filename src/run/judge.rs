//! Store and rules → event → decision → rows. The one place where a decision is asked for and made true.

use anyhow::{Context as _, Result};
use jiff::{Span, Timestamp};

use crate::{
    config::Settings,
    desk::{
        case::{Case, Number, Revision},
        check,
        decide::{self, Decision, Event, Order, Outcome, Submission, Supplement},
        letter::{
            Letter, LetterKind,
            mime::{self, Finished, Key, Sender, Thread, japan},
            view::{About, View},
            words::Words,
        },
        mail::{
            Mail, Person,
            application::application,
            auth::{Auth, authenticated},
            class::{Class, Known, classify},
        },
        reading::Reading,
        rules::Rules,
        text,
        trust::{self, Pointer},
    },
    ports::store::{KeptMail, Unit},
};

const HAD_ENOUGH: &str = "this address got its most letters for one day; a person answers";

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
    pub class: String,
    /// Outcome.
    pub outcome: &'static str,
    /// Receipt number, 0 without a case.
    pub case: u32,
    /// Letters made.
    pub letters: usize,
}

/// Which case a mail points at, and how.
struct Found {
    case: Option<(Case, Pointer)>,
    replies_to_us: bool,
    /// The workbook names another company than the case.
    other_company: bool,
}

impl Found {
    /// A case is one company. A contact whose workbook names another company speaks for another case: a new one is
    /// opened, unless the mail points at the old one, which a person has to untangle.
    fn of_this_company(self, reading: &Reading) -> Found {
        let Some(company) = reading.workbook.as_ref().and_then(|it| it.company.as_deref()) else { return self };
        match self.case {
            Some((case, pointer)) if case.revision > 0 && !text::same_company(company, &case.company) => {
                match pointer {
                    Pointer::Contact | Pointer::Colleague => Found { case: None, ..self },
                    Pointer::Thread | Pointer::Number => {
                        Found { case: Some((case, pointer)), other_company: true, ..self }
                    }
                }
            }
            case => Found { case, ..self },
        }
    }
}

impl Judge<'_> {
    /// Decides about one mail, or about several of one sender that came within the settling time.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn mails(&self, unit: &Unit<'_>, mails: Vec<KeptMail>, now: Timestamp) -> Result<Told> {
        let mut mails = mails.into_iter();
        let first = mails.next().context("a decision without a mail")?;
        let mut joined = vec![first.sha256.clone()];
        let (mut sha256, mut reading) = (first.sha256, first.reading);
        for it in mails {
            if !reading.mail.machine.is_empty() || !it.reading.mail.machine.is_empty() {
                continue; // machines are never joined to people; it is decided next
            }
            joined.push(it.sha256.clone());
            sha256 = it.sha256;
            reading = reading.joined_by(it.reading);
        }
        let found = self.find(unit, &reading)?.of_this_company(&reading);
        let class = self.class(&reading, &found);
        let event = self.event(unit, class, &reading, &found, &joined, now)?;
        let case = found.case.map(|(case, _)| case);
        let case = match &event {
            Event::Applied(it) => unit.case_of_contact(&it.address)?,
            Event::Bounced { .. } => self.case_of_bounce(unit, &reading.mail)?,
            _ => case,
        };
        let held = matches!(event, Event::Hold { .. });
        let decision =
            decide::decide(now, now.to_zoned(japan()).date(), self.rules, unit.next_number()?, case.as_ref(), event);
        let cause = format!("mail/{sha256}");
        let thread = Thread::answering(&reading.mail);
        let told = Told {
            mail: sha256.clone(),
            class: class.name().to_string(),
            outcome: decision.outcome.name(),
            case: decision.case.as_ref().or(case.as_ref()).map_or(0, |it| it.number.0),
            letters: decision.letters.len(),
        };
        self.make_true(unit, &decision, case.as_ref(), &cause, &thread, now)?;
        let number = (told.case > 0 && !held).then_some(Number(told.case));
        let why = (decision.outcome == Outcome::Held).then(|| decision.journal.join("; "));
        for older in joined.iter().filter(|it| **it != sha256) {
            unit.decided(older, Outcome::Recorded, "joined", None, number, now)?;
        }
        unit.decided(&sha256, decision.outcome, class.name(), why.as_deref(), number, now)?;
        Ok(told)
    }

    /// Decides about a person's order. `cause` names it for good.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn order(&self, unit: &Unit<'_>, case: &Case, order: Order, cause: &str, now: Timestamp) -> Result<Decision> {
        let today = now.to_zoned(japan()).date();
        let decision = decide::decide(now, today, self.rules, case.number, Some(case), Event::Ordered(order));
        self.make_true(unit, &decision, Some(case), cause, &Thread::default(), now)?;
        Ok(decision)
    }

    fn find(&self, unit: &Unit<'_>, reading: &Reading) -> Result<Found> {
        let mail = &reading.mail;
        let sender = mail.from.as_ref().map(|it| it.address.as_str()).unwrap_or_default();
        for id in &mail.replies_to {
            if let Some(number) = unit.case_of_letter(id)? {
                let case = unit.case(number)?.map(|it| (it, Pointer::Thread));
                let of_sender =
                    || Ok::<_, anyhow::Error>(unit.case_of_contact(sender)?.map(|it| (it, Pointer::Contact)));
                let case = case.map_or_else(of_sender, |it| Ok(Some(it)))?;
                return Ok(Found { case, replies_to_us: true, other_company: false });
            }
        }
        if let Some(number) = trust::receipt_number(&mail.subject)
            && let Some(case) = unit.case(Number(number))?
        {
            return Ok(Found { case: Some((case, Pointer::Number)), replies_to_us: true, other_company: false });
        }
        let contact = unit.case_of_contact(sender)?.map(|it| (it, Pointer::Contact));
        let case = match contact {
            Some(it) => Some(it),
            None => self.of_colleague(unit, sender, reading)?.map(|it| (it, Pointer::Colleague)),
        };
        Ok(Found { case, replies_to_us: false, other_company: false })
    }

    /// An open case of the same company, begun by a colleague: same domain (not a mail provider's), same name.
    fn of_colleague(&self, unit: &Unit<'_>, sender: &str, reading: &Reading) -> Result<Option<Case>> {
        let Some(company) = reading.workbook.as_ref().and_then(|it| it.company.as_deref()) else { return Ok(None) };
        let Some(domain) = trust::company_domain(sender) else { return Ok(None) };
        let same = |it: &Case| !it.stage.is_over() && text::company_key(&it.company) == text::company_key(company);
        Ok(unit.cases_of_domain(&domain)?.into_iter().find(same))
    }

    fn class(&self, reading: &Reading, found: &Found) -> Class {
        let staff: Vec<String> = self
            .settings
            .secretariat
            .iter()
            .map(|it| it.address.to_lowercase())
            .chain(self.rules.advisors.iter().map(|it| it.address.to_lowercase()))
            .collect();
        let known = Known {
            contact: found.case.is_some(),
            replies_to_us: found.replies_to_us,
            our_addresses: std::slice::from_ref(&self.settings.from.address),
            staff: &staff,
        };
        let has_answers = reading.wishes.method.is_some()
            || !reading.wishes.dates.is_empty()
            || !reading.wishes.doubts.is_empty()
            || !reading.wishes.excluded.is_empty()
            || !reading.answers.is_empty();
        let refused = reading.unreadable.iter().any(|it| it.why.was_meant());
        classify(&reading.mail, reading.workbook.is_some(), refused, has_answers, &known, &self.rules.programme)
    }

    fn event(
        &self,
        unit: &Unit<'_>,
        class: Class,
        reading: &Reading,
        found: &Found,
        joined: &[String],
        now: Timestamp,
    ) -> Result<Event> {
        let mail = &reading.mail;
        match class {
            Class::NotOurs => return Ok(Event::NotOurs),
            Class::AutoReply | Class::List | Class::Own => return Ok(Event::Machine),
            Class::Staff => return Ok(Event::Staff),
            Class::Bounce => return self.bounce(unit, mail),
            Class::Application => return self.application(unit, mail, now),
            Class::Submission | Class::Question | Class::Answers | Class::Courtesy => {}
        }
        let Some(from) = mail.from.clone() else {
            return Ok(hold("the mail has no single sender"));
        };
        let auth = authenticated(mail, self.settings.authserv_id.as_deref());
        if let Some((case, pointer)) = &found.case
            && let Err(why) = trust::admit(case, &from.address, *pointer, auth)
        {
            return Ok(Event::Hold { why });
        }
        if auth == Auth::Fail {
            return Ok(hold("the sender's domain says this mail is not theirs (DMARC failed)"));
        }
        if found.other_company {
            return Ok(hold("the workbook names another company than the case it replies to"));
        }
        let from = answer_to(mail, from);
        if class != Class::Courtesy && self.had_enough(unit, &from.address, now)? {
            return Ok(hold(HAD_ENOUGH));
        }
        Ok(match class {
            Class::Submission => Event::Submitted(Box::new(self.submission(reading, found, from, joined))),
            Class::Answers => Event::Supplemented(Box::new(self.supplement(reading, found, from, joined))),
            Class::Courtesy => Event::Thanked,
            _ => Event::Asked { from },
        })
    }

    fn submission(&self, reading: &Reading, found: &Found, from: Person, joined: &[String]) -> Submission {
        let region = self.region(reading, found);
        Submission {
            findings: check::check_reading(reading, self.rules, region.as_deref()),
            region,
            from,
            mails: joined.to_vec(),
            workbook: reading.workbook.clone(),
            refused: reading.unreadable.clone(),
            wishes: reading.wishes.clone(),
            answers: reading.answers.clone(),
        }
    }

    fn supplement(&self, reading: &Reading, found: &Found, from: Person, joined: &[String]) -> Supplement {
        let region = self.region(reading, found);
        Supplement {
            findings: check::doubts(&reading.wishes),
            region,
            from,
            mails: joined.to_vec(),
            wishes: reading.wishes.clone(),
            answers: reading.answers.clone(),
        }
    }

    /// The region the case has, else the one the workbook names, else one the mail's own words name.
    fn region(&self, reading: &Reading, found: &Found) -> Option<String> {
        let regions = &self.rules.programme.regions;
        let known = found.case.as_ref().and_then(|(case, _)| case.region.clone());
        let book = || {
            reading
                .workbook
                .as_ref()
                .and_then(|it| it.prefecture.as_deref())
                .and_then(|it| check::region_of(it, regions))
        };
        known.or_else(book)
    }

    fn application(&self, unit: &Unit<'_>, mail: &Mail, now: Timestamp) -> Result<Event> {
        let authserv_id = self.settings.authserv_id.as_deref();
        if authserv_id.is_some() && authenticated(mail, authserv_id) != Auth::Pass {
            return Ok(hold("it names the form mailer as its sender, and the server could not confirm that"));
        }
        let Some(mut it) = application(&mail.text, &self.rules.programme.form_mailer) else {
            return Ok(hold("the form mailer's notice could not be read; see [form_mailer] in programme.toml"));
        };
        if self.had_enough(unit, &it.address, now)? {
            return Ok(hold(HAD_ENOUGH));
        }
        it.region = it.region.as_deref().and_then(|it| check::region_of(it, &self.rules.programme.regions));
        Ok(Event::Applied(it))
    }

    /// Whether an address got its most letters for one day.
    fn had_enough(&self, unit: &Unit<'_>, address: &str, now: Timestamp) -> Result<bool> {
        let day_ago = now.checked_sub(Span::new().hours(24)).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(unit.letters_to(address, day_ago)? >= self.settings.letters_per_day)
    }

    /// Only a bounce that names a letter of ours marks an address.
    fn bounce(&self, unit: &Unit<'_>, mail: &Mail) -> Result<Event> {
        let Some(bounce) = &mail.bounce else { return Ok(Event::Machine) };
        let named = match &bounce.original {
            Some(id) => unit.recipient_of_letter(id)?,
            None => None,
        };
        Ok(match named {
            Some(address) if bounce.permanent => Event::Bounced { address },
            _ => Event::Machine,
        })
    }

    fn case_of_bounce(&self, unit: &Unit<'_>, mail: &Mail) -> Result<Option<Case>> {
        let id = mail.bounce.as_ref().and_then(|it| it.original.as_deref()).unwrap_or_default();
        unit.case_of_letter(id)?.map_or(Ok(None), |number| unit.case(number))
    }

    /// Writes what a decision says: case, revision, letters, journal.
    fn make_true(
        &self,
        unit: &Unit<'_>,
        it: &Decision,
        before: Option<&Case>,
        cause: &str,
        thread: &Thread,
        now: Timestamp,
    ) -> Result<()> {
        let case = it.case.as_ref().or(before);
        let number = case.map_or(Number(0), |it| it.number);
        if let Some(case) = &it.case {
            unit.keep_case(case, now)?;
        }
        if let Some(revision) = &it.revision {
            unit.keep_revision(number, revision, now)?;
        }
        for letter in &it.letters {
            let revision = unit.newest_revision(number)?;
            match self.finish(letter, case, revision.as_ref(), cause, thread, now) {
                Ok(finished) => {
                    unit.keep_letter(cause, letter.kind.name(), number, &finished, self.settings.sending.waits(), now)?;
                }
                Err(why) => unit.journal(number, cause, &format!("no {} letter: {why:#}", letter.kind.name()), now)?,
            }
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
        let enclosed: &[(String, Vec<u8>)] = match &letter.kind {
            LetterKind::Assignment { workbooks, .. } => workbooks,
            _ => &[],
        };
        let key = Key { cause, kind: letter.kind.name(), case: case.map_or(0, |it| it.number.0) };
        let thread = if letter.kind.is_reply() { thread.clone() } else { Thread::default() };
        Ok(mime::finish(self.sender, &key, &letter.to, &thread, &words, enclosed, now)?)
    }
}

fn hold(why: &str) -> Event {
    Event::Hold { why: why.to_string() }
}

/// `Reply-To` is followed only inside the sender's own domain.
fn answer_to(mail: &Mail, from: Person) -> Person {
    let domain = |it: &str| it.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    match &mail.reply_to {
        Some(it) if domain(&it.address) == domain(&from.address) => {
            Person { name: from.name, address: it.address.clone() }
        }
        _ => from,
    }
}
