//! Reading + store → what happened: whose case, which class, which event. Reads only.

use anyhow::Result;
use jiff::{Span, Timestamp};

use super::Judge;
use crate::{
    desk::{
        case::{Case, Number, Stage},
        check,
        decide::{Event, Hold, Submission, Supplement},
        letter::mime,
        mail::{
            Mail, Person,
            application::application,
            auth::{Auth, authenticated},
            class::{Class, Known, asks, classify},
            quote::own_words,
        },
        reading::Reading,
        text,
        trust::{self, Pointer},
    },
    ports::store::Unit,
};

/// Which case a mail points at, and how.
pub(super) struct Found {
    pub(super) case: Option<(Case, Pointer)>,
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
            Some((case, pointer)) if !case.may_be(company) => match pointer {
                Pointer::Contact | Pointer::Colleague => Found { case: None, ..self },
                Pointer::Thread | Pointer::Number => Found { case: Some((case, pointer)), other_company: true, ..self },
            },
            case => Found { case, ..self },
        }
    }

    fn number(&self) -> Option<Number> {
        self.case.as_ref().map(|(case, _)| case.number)
    }
}

impl Judge<'_> {
    /// Whether a later mail of the same sender is one thing with an earlier one: both hand in or supplement, for the same
    /// case and company, and each may do so by itself. Anything else is decided alone.
    pub(super) fn belong_together(&self, unit: &Unit<'_>, a: &Reading, b: &Reading) -> Result<bool> {
        let (found_a, found_b) = (self.find(unit, a)?, self.find(unit, b)?);
        let hands_in = |reading: &Reading, found: &Found| {
            let alone = matches!(self.class(reading, found), Class::Submission | Class::Answers | Class::Courtesy);
            alone && reading.mail.machine.is_empty() && !found.other_company && self.refusal(reading, found).is_none()
        };
        let company = |it: &Reading| it.workbook.as_ref().and_then(|it| it.company.clone()).unwrap_or_default();
        let same_company = text::same_company(&company(a), &company(b));
        Ok(found_a.number() == found_b.number() && same_company && hands_in(a, &found_a) && hands_in(b, &found_b))
    }

    /// Which case the mail points at: by thread, by receipt number, by its sender, by its sender's company.
    pub(super) fn find(&self, unit: &Unit<'_>, reading: &Reading) -> Result<Found> {
        let mail = &reading.mail;
        let sender = mail.from.as_ref().map(|it| it.address.as_str()).unwrap_or_default();
        let mut found = Found { case: None, replies_to_us: false, other_company: false };
        for id in &mail.replies_to {
            if let Some(number) = unit.case_of_letter(id)? {
                found.replies_to_us = true;
                found.case = unit.case(number)?.map(|it| (it, Pointer::Thread));
                break;
            }
        }
        if found.case.is_none()
            && let Some(number) = trust::receipt_number(&mail.subject)
        {
            found.case = unit.case(Number(number))?.map(|it| (it, Pointer::Number));
            found.replies_to_us |= found.case.is_some();
        }
        if found.case.is_none() {
            found.case = unit.case_of_contact(sender)?.map(|it| (it, Pointer::Contact));
        }
        if found.case.is_none() {
            found.case = self.of_colleague(unit, sender, reading)?.map(|it| (it, Pointer::Colleague));
        }
        Ok(found.of_this_company(reading))
    }

    /// An open case of the same company, begun by a colleague: same domain (not a mail provider's), same name.
    fn of_colleague(&self, unit: &Unit<'_>, sender: &str, reading: &Reading) -> Result<Option<Case>> {
        let company = reading.workbook.as_ref().and_then(|it| it.company.as_deref()).map(text::company_key);
        let Some(company) = company.filter(|it| !it.is_empty()) else { return Ok(None) };
        let Some(domain) = trust::company_domain(sender) else { return Ok(None) };
        let same = |it: &Case| !it.stage.is_over() && text::company_key(&it.company) == company;
        Ok(unit.cases_of_domain(&domain)?.into_iter().find(same))
    }

    /// What the mail is.
    pub(super) fn class(&self, reading: &Reading, found: &Found) -> Class {
        let secretariat = self.settings.secretariat.iter().map(|it| it.address.to_lowercase());
        let advisors = self.rules.advisors.iter().map(|it| it.address.to_lowercase());
        let staff: Vec<String> = secretariat.chain(advisors).collect();
        let known = Known {
            contact: found.case.is_some(),
            replies_to_us: found.replies_to_us,
            our_addresses: std::slice::from_ref(&self.settings.from.address),
            staff: &staff,
        };
        let wishes = &reading.wishes;
        let has_answers = wishes.method.is_some()
            || !(wishes.dates.is_empty() && wishes.doubts.is_empty() && wishes.excluded.is_empty())
            || !reading.answers.is_empty()
            || (found.case.as_ref().is_some_and(|(case, _)| case.region.is_none())
                && self.region_said(reading).is_some());
        let refused = reading.unreadable.iter().any(|it| it.why.was_meant());
        let has_form = reading.workbook.is_some();
        let of = |mail: &Mail| classify(mail, has_form, refused, has_answers, &known, &self.rules.programme);
        // who has said that the form is enclosed hands it in, whatever a later mail says
        let handed_in = || reading.earlier.iter().any(|it| of(it) == Class::Submission);
        match of(&reading.mail) {
            Class::Question | Class::Answers | Class::Courtesy if handed_in() => Class::Submission,
            newest => newest,
        }
    }

    /// What happened.
    pub(super) fn event(
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
            Class::Own => return Ok(Event::Machine),
            Class::AutoReply | Class::List => return Ok(machine(reading, found)),
            Class::Staff => return Ok(Event::Staff),
            Class::Bounce => return self.bounce(unit, mail),
            Class::Application => return self.application(unit, mail, now),
            Class::Submission | Class::Question | Class::Answers | Class::Courtesy => {}
        }
        if let Some(why) = self.refusal(reading, found) {
            return Ok(Event::Hold { why });
        }
        let Some(from) = mail.from.clone() else { return Ok(hold(Hold::NoSender)) };
        let from = answer_to(mail, from, authenticated(mail, self.settings.authserv_id.as_deref()));
        if class != Class::Courtesy && self.had_enough(unit, &from.address, now)? {
            return Ok(hold(Hold::HadEnough));
        }
        if matches!(class, Class::Question | Class::Answers | Class::Courtesy)
            && let Some(it) = self.explanation(unit, reading, found, &from, joined)?
        {
            return Ok(Event::Submitted(Box::new(it)));
        }
        Ok(match class {
            Class::Submission => Event::Submitted(Box::new(self.submission(unit, reading, found, from, joined)?)),
            Class::Answers => Event::Supplemented(Box::new(self.supplement(reading, found, from, joined))),
            Class::Courtesy => Event::Thanked,
            _ => Event::Asked { from },
        })
    }

    /// Why a person has to look before anything is answered or taken in; `None` where nothing speaks against it.
    fn refusal(&self, reading: &Reading, found: &Found) -> Option<Hold> {
        let Some(from) = &reading.mail.from else { return Some(Hold::NoSender) };
        if !mime::is_usable(&from.address) {
            return Some(Hold::UnusableAddress);
        }
        let auth = authenticated(&reading.mail, self.settings.authserv_id.as_deref());
        if auth == Auth::Fail {
            return Some(Hold::Forged);
        }
        if found.other_company {
            return Some(Hold::OtherCompany);
        }
        if reading.workbook.as_ref().is_some_and(|it| it.companies.len() > 1) {
            return Some(Hold::SeveralCompanies);
        }
        let (case, pointer) = found.case.as_ref()?;
        (!trust::admits(case, &from.address, *pointer, auth)).then_some(Hold::OtherAddress)
    }

    fn submission(
        &self,
        unit: &Unit<'_>,
        reading: &Reading,
        found: &Found,
        from: Person,
        joined: &[String],
    ) -> Result<Submission> {
        let region = self.region(reading, found);
        let before = found.number().map(|it| unit.newest_revision(it)).transpose()?.flatten();
        Ok(Submission {
            before,
            explains: false,
            findings: check::check_reading(reading, self.rules, region.as_deref()),
            region,
            from,
            mails: joined.to_vec(),
            workbook: reading.workbook.clone(),
            refused: reading.unreadable.clone(),
            wishes: reading.wishes.clone(),
            answers: reading.answers.clone(),
            asks_too: self.asks_too(reading),
        })
    }

    /// A mail without a file that explains rows which were asked about: the workbook that is known is judged anew with these
    /// words. `None` where nothing that is open is explained.
    fn explanation(
        &self,
        unit: &Unit<'_>,
        reading: &Reading,
        found: &Found,
        from: &Person,
        joined: &[String],
    ) -> Result<Option<Submission>> {
        let Some((case, _)) = &found.case else { return Ok(None) };
        if !matches!(case.stage, Stage::Correcting { .. }) {
            return Ok(None);
        }
        let Some(before) = unit.newest_revision(case.number)? else { return Ok(None) };
        let known = Reading { workbook: before.workbook.clone(), ..reading.clone() };
        let it = self.submission(unit, &known, found, from.clone(), joined)?;
        if known.workbook.is_none() || !check::explains(&it.findings, &before.findings) {
            return Ok(None);
        }
        let mails = before.mails.iter().chain(joined).cloned().collect();
        Ok(Some(Submission { mails, explains: true, ..it }))
    }

    fn supplement(&self, reading: &Reading, found: &Found, from: Person, joined: &[String]) -> Supplement {
        Supplement {
            findings: check::doubts(&reading.wishes),
            region: self.region(reading, found),
            from,
            mails: joined.to_vec(),
            wishes: reading.wishes.clone(),
            answers: reading.answers.clone(),
            asks_too: self.asks_too(reading),
        }
    }

    /// A question beside a submission is for a person; the letter says so and the digest names it.
    fn asks_too(&self, reading: &Reading) -> bool {
        reading.mails().any(|it| self.asks(it))
    }

    pub(super) fn asks(&self, mail: &Mail) -> bool {
        asks(mail, &self.rules.programme)
    }

    /// The region the case has, else the one the workbook names, else the one the sender's own words name.
    fn region(&self, reading: &Reading, found: &Found) -> Option<String> {
        let regions = &self.rules.programme.regions;
        let known = found.case.as_ref().and_then(|(case, _)| case.region.clone());
        let book = || reading.workbook.as_ref()?.prefecture.as_deref().and_then(|it| check::region_of(it, regions));
        known.or_else(book).or_else(|| self.region_said(reading))
    }

    /// The newest mail that names a region.
    fn region_said(&self, reading: &Reading) -> Option<String> {
        reading.mails().find_map(|it| self.rules.programme.region_said(&own_words(&it.text)))
    }

    fn application(&self, unit: &Unit<'_>, mail: &Mail, now: Timestamp) -> Result<Event> {
        let authserv_id = self.settings.authserv_id.as_deref();
        if authserv_id.is_some() && authenticated(mail, authserv_id) != Auth::Pass {
            return Ok(hold(Hold::UnconfirmedNotice));
        }
        let notice =
            application(&mail.text, &self.rules.programme.form_mailer).filter(|it| mime::is_usable(&it.address));
        let Some(mut it) = notice else {
            return Ok(hold(Hold::UnreadableNotice));
        };
        if self.had_enough(unit, &it.address, now)? {
            return Ok(hold(Hold::HadEnough));
        }
        it.region = it.region.as_deref().and_then(|it| check::region_of(it, &self.rules.programme.regions));
        Ok(Event::Applied(it))
    }

    /// Whether an address got its most letters for one day.
    fn had_enough(&self, unit: &Unit<'_>, address: &str, now: Timestamp) -> Result<bool> {
        let day_ago = now.checked_sub(Span::new().hours(24)).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(unit.letters_to(address, day_ago)? >= self.settings.letters_per_day)
    }

    /// Only a bounce that names a letter of ours marks an address: by the returned Message-ID, or by the plus-address it
    /// came to.
    fn bounce(&self, unit: &Unit<'_>, mail: &Mail) -> Result<Event> {
        let permanent = mail.bounce.as_ref().is_some_and(|it| it.permanent);
        Ok(match self.bounced_letter(unit, mail)? {
            Some((address, _)) if permanent => Event::Bounced { address },
            Some(_) => Event::Machine,
            None => Event::NotOurs,
        })
    }

    /// Recipient and case of the letter a bounce is about.
    pub(super) fn bounced_letter(&self, unit: &Unit<'_>, mail: &Mail) -> Result<Option<(String, Number)>> {
        if let Some(id) = mail.bounce.as_ref().and_then(|it| it.original.as_deref())
            && let Some(letter) = unit.letter_of_id(id)?
        {
            return Ok(Some(letter));
        }
        for to in &mail.to {
            if let Some(tag) = mime::tag_of(to, &self.settings.from.address)
                && let Some(letter) = unit.letter_of_tag(tag)?
            {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }
}

/// A machine's mail is never answered. One that brings a workbook is for a person; one that concerns no case of ours is
/// left where people find it.
fn machine(reading: &Reading, found: &Found) -> Event {
    if reading.workbook.is_some() {
        return hold(Hold::MachineWithWorkbook);
    }
    if found.case.is_some() || found.replies_to_us { Event::Machine } else { Event::NotOurs }
}

fn hold(why: Hold) -> Event {
    Event::Hold { why }
}

/// `Reply-To` is followed only inside the sender's own company, and only where nothing speaks against the sender.
fn answer_to(mail: &Mail, from: Person, auth: Auth) -> Person {
    let domain = trust::company_domain(&from.address);
    match &mail.reply_to {
        Some(it)
            if auth == Auth::Pass
                && domain.is_some()
                && trust::company_domain(&it.address) == domain
                && mime::is_usable(&it.address) =>
        {
            Person { name: from.name, address: it.address.clone() }
        }
        _ => from,
    }
}
