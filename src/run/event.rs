//! Reading + whose case → what happened: which class, which event. Reads only.
//!
//! Who hears, once a day, that a person will answer a mail that is held, and who does not:
//!
//! | hold | told | why |
//! |---|---|---|
//! | several-cases, same-company, forwarded | yes | written in good faith, and the letter names no case |
//! | several-companies, mixed-file | yes | what it brings is the sender's own; somebody waits for an answer |
//! | address-change, unsure-withdrawal | yes | the address is known in the case |
//! | other-company | who is known in the case | others point at a letter or number that may not be theirs |
//! | other-address | colleagues by domain, and who points at nothing | the same: a copied thread or a guessed number learns nothing |
//! | forged | no | the letter would go to a person who wrote nothing |
//! | no-sender, unusable-address | no | nobody can be written to |
//! | own-letter, echo, nothing-new | no | a machine may be behind it, and each letter goes on with the talk |
//! | had-enough, case-had-enough | no | the limit is on letters |
//! | unconfirmed-notice, unreadable-notice, machine-with-workbook, calendar, recalled | no | a program wrote it (RFC 3834 §2), or it came through a list |
//! | cannot-build, bad-order | no | our own fault or our own people's: the digest tells it |

use anyhow::Result;
use jiff::{Span, Timestamp};

use super::{Judge, whose::Found};
use crate::{
    desk::{
        case::{Revision, Stage},
        check,
        decide::{Event, Held, Hold, Submission, Supplement},
        letter::mime,
        mail::{
            MachineSign, Mail, Person,
            application::application,
            auth::{Auth, authenticated},
            class::{
                Class, Known, asks, asks_for_forgotten_password, brings_other_papers, classify, confesses_other_file,
                goes_another_way, is_commercial, names_enclosure, names_new_address, recalls,
            },
            quote::own_words,
        },
        reading::{Key, Reading, Refused, Scope, Unreadable},
        trust::{self, Action},
    },
    ports::store::Unit,
};

impl Judge<'_> {
    /// What the mail is.
    pub(super) fn class(&self, reading: &Reading, found: &Found) -> Class {
        self.class_beside(reading, found, false)
    }

    /// Which kind of mail it is; `handed_in`: with another mail its sender hands in, and is no stranger in this one.
    pub(super) fn class_beside(&self, reading: &Reading, found: &Found, handed_in: bool) -> Class {
        let secretariat = self.settings.secretariat.iter().map(|it| it.address.to_lowercase());
        let advisors = self.rules.advisors.iter().map(|it| it.address.to_lowercase());
        let staff: Vec<String> = secretariat.chain(advisors).collect();
        let mut known = Known {
            contact: handed_in || found.case.is_some() || found.standing.known || self.is_several(found),
            // who passes on a file that nothing connects with us is a stranger
            colleague: found.doubt.as_ref().is_some_and(|(why, of)| *why != Hold::Forwarded || !of.is_empty()),
            replies_to_us: found.replies_to_us,
            wants_form: found.case.as_ref().is_some_and(|it| it.stage.wants_form()),
            our_addresses: std::slice::from_ref(&self.settings.from.address),
            staff: &staff,
        };
        let has_answers = reading.brings_wishes()
            || (found.case.as_ref().is_some_and(|case| case.region.is_none()) && self.names_place(reading));
        let refused = reading.unreadable.iter().any(|it| it.why.was_meant());
        let has_form = reading.workbook.is_some();
        let of = |mail: &Mail, known: &Known<'_>| {
            classify(mail, has_form, refused, has_answers, known, &self.rules.programme)
        };
        // who has said that the form is enclosed hands it in, whatever a later mail says
        let handed_in = reading.earlier.iter().any(|it| of(it, &known) == Class::Submission);
        known.contact |= handed_in;
        match of(&reading.mail, &known) {
            Class::Question | Class::Answers | Class::Courtesy | Class::Password if handed_in => Class::Submission,
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
        match class {
            Class::NotOurs => Ok(Event::NotOurs),
            Class::Own => Ok(Event::Machine),
            Class::AutoReply | Class::List => Ok(self.machine(class, reading, found)),
            Class::Staff => Ok(Event::Staff),
            Class::Bounce => self.bounce(unit, &reading.mail),
            Class::Application => self.application(unit, &reading.mail, now),
            Class::Password if reading.key == Key::Lone && found.case.is_none() && !found.replies_to_us => {
                Ok(Event::NotOurs)
            }
            Class::Submission
            | Class::Question
            | Class::Answers
            | Class::Courtesy
            | Class::Password
            | Class::Withdrawal => self.of_person(unit, class, reading, found, joined, now),
        }
    }

    /// What a person's mail is, or why it is held.
    fn of_person(
        &self,
        unit: &Unit<'_>,
        class: Class,
        reading: &Reading,
        found: &Found,
        joined: &[String],
        now: Timestamp,
    ) -> Result<Event> {
        let mail = &reading.mail;
        if is_recall(mail, found) {
            return Ok(Event::Hold(Held { proposed: found.proposed(), ..Held::silently(Hold::Recalled) }));
        }
        if found.standing.auth != Auth::Fail
            && reading.is_lone_key()
            && matches!(class, Class::Password | Class::Submission)
            && (!self.asks_too(reading) || reading.mails().all(asks_for_forgotten_password))
        {
            return Ok(Event::Unlocked);
        }
        if let Some(it) = self.refusal(class, reading, found) {
            return Ok(Event::Hold(it));
        }
        let Some(from) = found.admitted.clone().or_else(|| mail.from.clone()) else { return Ok(hold(Hold::NoSender)) };
        let from = if found.admitted.is_some() { from } else { answer_to(mail, from, found) };
        if class != Class::Courtesy
            && found.admitted.is_none()
            && let Some(why) = self.loops(unit, reading, found.number(), &from, now)?
        {
            return Ok(hold(why));
        }
        if self.may_be_anothers(unit, reading, found, now)? {
            let held = Held { proposed: found.proposed(), tell: Some(from), ..Held::silently(Hold::SeveralCases) };
            return Ok(Event::Hold(held));
        }
        if (matches!(class, Class::Question | Class::Answers | Class::Courtesy | Class::Withdrawal)
            || is_without_file(class, reading))
            && let Some(it) = self.explanation(unit, reading, found, &from, joined)?
        {
            // whoever explains rows goes on; what sounds like leaving beside it is for a person
            let asks_too = it.asks_too || class == Class::Withdrawal;
            return Ok(Event::Submitted(Box::new(Submission { asks_too, ..it })));
        }
        if class == Class::Submission && is_another_paper(reading, found) {
            // the company hears nothing of a form that cannot be read, and a person reads what it is
            let supplement = Supplement { asks_too: true, ..self.supplement(reading, found, from.clone()) };
            let brings = reading.brings_wishes();
            return Ok(if brings {
                Event::Supplemented(Box::new(supplement))
            } else {
                // a link is no file that came
                let file = reading.unreadable.iter().any(|it| it.why != Unreadable::CloudLink);
                Event::Asked { from, file }
            });
        }
        Ok(match class {
            Class::Submission => Event::Submitted(Box::new(self.submission(unit, reading, found, from, joined)?)),
            Class::Courtesy => Event::Thanked,
            Class::Withdrawal => Event::Withdrew { from },
            // what a company takes back or replaces is true whatever it asks beside it
            _ if class == Class::Answers || changes_its_word(reading, found) => {
                Event::Supplemented(Box::new(self.supplement(reading, found, from)))
            }
            _ => Event::Asked { from, file: false },
        })
    }

    /// A machine's mail is never answered. One that hands in is for a person, and so is one that a contact wrote through a
    /// list: headers of a list say nothing of its writer (RFC 2369). One that concerns no case of ours is left where people
    /// find it.
    fn machine(&self, class: Class, reading: &Reading, found: &Found) -> Event {
        let as_a_person = || {
            let mail = Mail { machine: Vec::new(), ..reading.mail.clone() };
            self.class(&Reading { mail, ..reading.clone() }, found)
        };
        let meant = reading.unreadable.iter().any(|it| it.why.was_meant());
        if reading.workbook.is_some() || (meant && as_a_person() == Class::Submission) {
            return Event::Hold(Held { proposed: found.proposed(), ..Held::silently(Hold::MachineWithWorkbook) });
        }
        if found.case.is_some() && reading.mail.machine == [MachineSign::Calendar] {
            return Event::Hold(Held { proposed: found.proposed(), ..Held::silently(Hold::Calendar) });
        }
        let in_case = found.case.is_some() || found.doubt.is_some() || found.replies_to_us;
        if class == Class::List
            && in_case
            && !is_commercial(&reading.mail, &self.rules.programme)
            && as_a_person() != Class::Courtesy
        {
            return Event::Listed;
        }
        if found.case.is_some() || found.replies_to_us { Event::Machine } else { Event::NotOurs }
    }

    /// Why a person has to look before anything is answered or taken in; `None` where nothing speaks against it.
    pub(super) fn refusal(&self, class: Class, reading: &Reading, found: &Found) -> Option<Held> {
        let Some(from) = &reading.mail.from else { return Some(Held::silently(Hold::NoSender)) };
        if found.admitted.is_some() {
            return None;
        }
        if !mime::is_usable(&from.address) {
            return Some(Held::silently(Hold::UnusableAddress));
        }
        let held = |why, lacks: Option<String>, tell: bool| {
            let tell = tell.then(|| from.clone());
            Some(Held { why, proposed: found.proposed(), lacks: lacks.unwrap_or_default(), tell })
        };
        if let Some(lacks) = found.standing.lacks(Action::Answer) {
            return held(Hold::Forged, Some(lacks), false);
        }
        match &found.doubt {
            // thanks need no case
            Some((Hold::SeveralCases, _)) if class == Class::Courtesy => return None,
            // who points at a letter or a number that is not theirs is told nothing
            Some((why, _)) => {
                let told = *why != Hold::OtherCompany || found.standing.known;
                return held(*why, found.standing.lacks(Action::Act), told && !found.points_elsewhere);
            }
            None => {}
        }
        if found.case.is_none() {
            return self.mixed_up(reading).and_then(|why| held(why, None, true));
        }
        let standing = &found.standing;
        if let Some(lacks) = standing.lacks(Action::Act) {
            return held(Hold::OtherAddress, Some(lacks), standing.company && !found.replies_to_us);
        }
        if let Some(why) = self.mixed_up(reading) {
            return held(why, None, true);
        }
        if class == Class::Withdrawal
            && let Some(lacks) = standing.lacks(Action::Withdraw)
        {
            return held(Hold::UnsureWithdrawal, Some(lacks), true);
        }
        if class == Class::Question && names_new_address(&reading.mail) {
            return held(Hold::AddressChange, standing.lacks(Action::ChangeContact), true);
        }
        None
    }

    /// Another company's file is in the mail, or was in one before.
    fn mixed_up(&self, reading: &Reading) -> Option<Hold> {
        if reading.mails().any(confesses_other_file) {
            return Some(Hold::MixedFile);
        }
        let several = reading.workbook.as_ref().is_some_and(|it| it.companies.len() > 1);
        several.then_some(Hold::SeveralCompanies)
    }

    fn is_several(&self, found: &Found) -> bool {
        matches!(found.doubt, Some((Hold::SeveralCases, _)))
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
        let heard = heard(unit, reading, found, before.as_ref())?;
        Ok(Submission {
            before,
            explains: false,
            findings: check::check_reading(heard.as_ref().unwrap_or(reading), self.rules, region.as_deref()),
            region,
            from,
            mails: each_once(reading.with.iter().chain(joined)),
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
        let Some(case) = &found.case else { return Ok(None) };
        if !matches!(case.stage, Stage::Correcting { .. }) {
            return Ok(None);
        }
        let Some(before) = unit.newest_revision(case.number)? else { return Ok(None) };
        let known = Reading { workbook: before.workbook.clone(), ..reading.clone() };
        let it = self.submission(unit, &known, found, from.clone(), joined)?;
        if known.workbook.is_none() || !check::explains(&it.findings, &before.findings) {
            return Ok(None);
        }
        let mails = each_once(before.mails.iter().chain(joined));
        Ok(Some(Submission { mails, explains: true, ..it }))
    }

    fn supplement(&self, reading: &Reading, found: &Found, from: Person) -> Supplement {
        let region = self.region(reading, found);
        let outside = check::outside(reading, region.as_deref(), self.rules);
        Supplement {
            findings: check::doubts(&reading.wishes).into_iter().chain(outside).collect(),
            region,
            from,
            wishes: reading.wishes.clone(),
            answers: reading.answers.clone(),
            asks_too: self.asks_too(reading) || reading.mails().any(goes_another_way),
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
        let known = found.case.as_ref().and_then(|case| case.region.clone());
        let book = || reading.workbook.as_ref()?.prefecture.as_deref().and_then(|it| check::region_of(it, regions));
        known.or_else(book).or_else(|| self.region_said(reading))
    }

    /// Whether a mail says where the company is: in a region of the programme, or in none.
    fn names_place(&self, reading: &Reading) -> bool {
        self.region_said(reading).is_some() || check::outside(reading, None, self.rules).is_some()
    }

    /// The newest mail that names a region.
    fn region_said(&self, reading: &Reading) -> Option<String> {
        let said = |it: &Mail| self.rules.programme.region_said(&own_words(&it.text), !it.replies_to.is_empty());
        reading.mails().find_map(said)
    }

    fn application(&self, unit: &Unit<'_>, mail: &Mail, now: Timestamp) -> Result<Event> {
        if let Some(id) = &mail.message_id
            && unit.letter_of_id(id)?.is_some()
        {
            return Ok(Event::Machine); // a form may write in our own name: this one is a copy of our letter
        }
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
    pub(super) fn had_enough(&self, unit: &Unit<'_>, address: &str, now: Timestamp) -> Result<bool> {
        let day_ago = now.checked_sub(Span::new().hours(24)).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(unit.letters_to(address, day_ago, now)? >= self.settings.letters_per_day)
    }
}

/// Outlook takes back what was sent to us before.
fn is_recall(mail: &Mail, found: &Found) -> bool {
    let to_us = found.case.is_some() || found.doubt.is_some() || found.replies_to_us;
    to_us && found.admitted.is_none() && recalls(mail)
}

fn hold(why: Hold) -> Event {
    Event::Hold(Held::silently(why))
}

/// `Reply-To` is followed only inside the sender's own company, and only where nothing speaks against the sender.
fn answer_to(mail: &Mail, from: Person, found: &Found) -> Person {
    let (auth, domain) = (found.standing.auth, found.domain.clone());
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

/// The mail with what its sender wrote in the case before, where a row waits for its reason: that may have been told in one
/// mail, and 「該当なし」 in the next.
fn heard(unit: &Unit<'_>, reading: &Reading, found: &Found, before: Option<&Revision>) -> Result<Option<Reading>> {
    let open = before.is_some_and(|it| it.findings.iter().any(check::may_be_explained));
    let (Some(number), Some(from), true) = (found.number(), &reading.mail.from, open) else { return Ok(None) };
    let told = unit.words_in(number, &from.address)?;
    let earlier = told.into_iter().map(|text| Mail { text, ..Mail::default() }).chain(reading.earlier.iter().cloned());
    Ok(Some(Reading { earlier: earlier.collect(), ..reading.clone() }))
}

/// Something is said to be mended, no file came, and none is said to be enclosed: the words themselves may be all that is
/// brought.
fn is_without_file(class: Class, reading: &Reading) -> bool {
    let none = reading.workbook.is_none() && reading.unreadable.is_empty();
    class == Class::Submission && none && !reading.mails().any(|it| names_enclosure(it, reading.brings_wishes()))
}

/// Whose form is complete sends a file that is no form and is not said to be one.
fn is_another_paper(reading: &Reading, found: &Found) -> bool {
    let complete = found.case.as_ref().is_some_and(|it| it.stage.has_complete_form());
    let readable = |it: &Refused| it.why == Unreadable::CloudLink || !it.why.may_hide_a_form();
    let others = !reading.unreadable.is_empty() && reading.unreadable.iter().all(readable);
    complete && reading.workbook.is_none() && others && reading.mails().all(brings_other_papers)
}

/// In a known case, days that are ruled out or replaced, or answers of the questionnaire, and nothing unclear among them.
fn changes_its_word(reading: &Reading, found: &Found) -> bool {
    let it = &reading.wishes;
    let days = matches!(it.scope, Scope::Single | Scope::More) || !it.excluded.is_empty();
    found.case.is_some() && it.doubts.is_empty() && (days || !reading.answers.is_empty())
}

/// A mail may have come both as the other half of a locked file and as one of several that are decided together.
fn each_once<'a>(mails: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for it in mails {
        if !found.contains(it) {
            found.push(it.clone());
        }
    }
    found
}
