//! Whose case a mail is. What is sure is found; what is only likely is proposed to a person.

use anyhow::Result;

use super::Judge;
use crate::{
    desk::{
        case::{Case, Number},
        decide::{Decision, Hold, Outcome},
        mail::{
            Person,
            auth::{Auth, authenticated},
            class::names_new_address,
            forward,
            quote::own_words,
        },
        reading::Reading,
        text,
        trust::{self, Standing},
    },
    ports::store::Unit,
};

/// Which case a mail belongs to, and what its sender is in it.
pub(super) struct Found {
    /// The case, where it is sure which one is meant; whether the sender may act in it is for the ladder to say.
    pub(super) case: Option<Case>,
    /// How the sender stands to it.
    pub(super) standing: Standing,
    /// A person has given the mail to the case, and the answer goes here.
    pub(super) admitted: Option<Person>,
    /// In-Reply-To, References or a receipt number is ours.
    pub(super) replies_to_us: bool,
    /// Why only a person can say whose it is, and whose it may be.
    pub(super) doubt: Option<(Hold, Vec<Number>)>,
    /// The sender's domain, where it speaks for one company.
    pub(super) domain: Option<String>,
    /// Its own words name a case that nothing else connects it with: it may be guessed, and learns nothing.
    pub(super) points_elsewhere: bool,
}

impl Found {
    pub(super) fn number(&self) -> Option<Number> {
        self.case.as_ref().map(|it| it.number)
    }

    /// The case, or those it may be.
    pub(super) fn proposed(&self) -> Vec<Number> {
        let doubted = self.doubt.iter().flat_map(|(_, numbers)| numbers.iter().copied());
        let mut all: Vec<Number> = self.number().into_iter().chain(doubted).collect();
        all.dedup();
        all.truncate(5);
        all
    }

    fn in_doubt(self, why: Hold, cases: &[&Case]) -> Found {
        Found { doubt: Some((why, cases.iter().map(|it| it.number).collect())), ..self }
    }
}

/// One look for a case.
struct Search<'a> {
    unit: &'a Unit<'a>,
    reading: &'a Reading,
    domain: Option<String>,
    /// The company its workbook names.
    company: Option<&'a str>,
    /// The cases in which the sender is known.
    known: Vec<Case>,
    auth: Auth,
}

impl Judge<'_> {
    /// Which case the mail belongs to: by a person's word, by thread, by receipt number, by its sender, by its sender's
    /// company.
    pub(super) fn find(&self, unit: &Unit<'_>, sha256: &str, reading: &Reading) -> Result<Found> {
        let sender = reading.mail.from.as_ref().map(|it| it.address.as_str()).unwrap_or_default();
        let company = reading.workbook.as_ref().and_then(|it| it.company.as_deref());
        let search = Search {
            unit,
            reading,
            domain: unit.company_domain(sender)?,
            company: company.filter(|it| !text::company_key(it).is_empty()),
            known: unit.cases_of_address(sender)?,
            auth: authenticated(&reading.mail, self.settings.authserv_id.as_deref()),
        };
        if let Some((number, address)) = unit.admitted(sha256)? {
            return search.admitted(unit.case(number)?, address);
        }
        let found = search.pointed()?;
        let found = if found.case.is_some() || found.doubt.is_some() { found } else { search.unpointed(found)? };
        Ok(if self.is_passed_on(reading, &found) { found.passed_on() } else { found })
    }

    /// Someone who is not known hands on what another wrote, or is a regional office: neither is the company's contact.
    fn is_passed_on(&self, reading: &Reading, found: &Found) -> bool {
        let Some(from) = &reading.mail.from else { return false };
        let brings = reading.workbook.is_some() || reading.unreadable.iter().any(|it| it.why.was_meant());
        if found.standing.known || found.admitted.is_some() || !brings {
            return false;
        }
        let offices = self.rules.programme.regions.iter().map(|it| it.address.as_str());
        let domain = trust::company_domain(&from.address);
        let from_office = offices.filter(|it| !it.is_empty()).any(|it| {
            trust::same_address(it, &from.address) || (domain.is_some() && trust::company_domain(it) == domain)
        });
        let ours = [self.settings.from.address.as_str()];
        from_office || forward::of_another(&reading.mail, &ours)
    }
}

/// What a person hears of another contact that a mail names beside what it brings.
pub(super) fn heed_contact(decision: Decision, reading: &Reading) -> Decision {
    let taken_in = matches!(decision.outcome, Outcome::Answered | Outcome::Recorded | Outcome::ToSecretariat);
    let names = || reading.mails().any(names_new_address);
    if taken_in && decision.case.is_some() && names() { decision.naming_contact() } else { decision }
}

impl Found {
    fn passed_on(self) -> Found {
        let proposed = self.proposed();
        Found { case: None, doubt: Some((Hold::Forwarded, proposed)), ..self }
    }
}

impl Search<'_> {
    fn nothing(&self, thread: bool) -> Found {
        Found {
            case: None,
            standing: Standing { known: false, company: false, thread, auth: self.auth },
            admitted: None,
            replies_to_us: thread,
            doubt: None,
            domain: self.domain.clone(),
            points_elsewhere: false,
        }
    }

    fn standing(&self, case: &Case, thread: bool) -> Result<Standing> {
        let sender = self.reading.mail.from.as_ref().map(|it| it.address.as_str()).unwrap_or_default();
        let company = match &self.domain {
            Some(domain) if !self.unit.is_dismissed(case.number, sender)? => {
                self.unit.is_domain(case.number, domain)?
            }
            _ => false,
        };
        Ok(Standing { known: self.is_known(case), company, thread, auth: self.auth })
    }

    fn is_known(&self, case: &Case) -> bool {
        self.known.iter().any(|it| it.number == case.number)
    }

    fn admitted(&self, case: Option<Case>, address: String) -> Result<Found> {
        let from = self.reading.mail.from.clone().filter(|it| trust::same_address(&it.address, &address));
        let contact = case.as_ref().map(|it| it.contact.clone());
        let contact = contact.filter(|it| trust::same_address(&it.address, &address));
        let to = from.or(contact).unwrap_or(Person { name: String::new(), address });
        Ok(Found { case, admitted: Some(to), ..self.nothing(false) })
    }

    /// By a letter of ours it replies to, else by the receipt number in its subject.
    fn pointed(&self) -> Result<Found> {
        let mut thread = false;
        for id in &self.reading.mail.replies_to {
            let Some(number) = self.unit.case_of_letter(id)? else { continue };
            thread = true;
            if let Some(case) = self.unit.case(number)? {
                return self.at(case, true);
            }
        }
        let number = trust::receipt_number(&self.reading.mail.subject).map(Number);
        match number.map(|it| self.unit.case(it)).transpose()?.flatten() {
            Some(case) => self.at(case, thread),
            None => Ok(self.nothing(thread)),
        }
    }

    /// A case that the mail itself names. A case is one company: a workbook of another one is not for it.
    fn at(&self, case: Case, thread: bool) -> Result<Found> {
        let found = Found { standing: self.standing(&case, thread)?, replies_to_us: true, ..self.nothing(thread) };
        let Some(company) = self.company.filter(|it| !case.may_be(it)) else {
            return Ok(Found { case: Some(case), ..found });
        };
        // one consultant, several companies, an answer to the wrong letter
        let same = |it: &&Case| it.number != case.number && is_of(it, company);
        let others: Vec<&Case> = self.known.iter().filter(same).collect();
        match others.as_slice() {
            [only] if self.is_known(&case) => self.known_in(only, thread),
            _ => {
                let others: Vec<&Case> = std::iter::once(&case).chain(others).collect();
                Ok(found.in_doubt(Hold::OtherCompany, &others))
            }
        }
    }

    fn known_in(&self, case: &Case, thread: bool) -> Result<Found> {
        let standing = self.standing(case, thread)?;
        Ok(Found { case: Some(case.clone()), standing, ..self.nothing(thread) })
    }

    /// By its sender's address, else by the sender's company.
    fn unpointed(&self, nothing: Found) -> Result<Found> {
        let thread = nothing.replies_to_us;
        if !self.known.is_empty() {
            let fitting = self.fitting();
            match fitting.as_slice() {
                [] => {} // a known person with a company that is new
                [only] => return self.known_in(only, thread),
                several => return Ok(nothing.in_doubt(Hold::SeveralCases, several)),
            }
        }
        let found = match self.company {
            Some(company) => self.by_company(nothing, company)?,
            None => self.by_domain(nothing)?,
        };
        if found.case.is_some() || found.doubt.is_some() { Ok(found) } else { self.by_told_number(found) }
    }

    /// A form, from an address that is not known, with a receipt number in the words around it: a changed address, perhaps.
    fn by_told_number(&self, nothing: Found) -> Result<Found> {
        let brings = self.reading.workbook.is_some() || self.reading.unreadable.iter().any(|it| it.why.was_meant());
        let case = match self.told_number().filter(|_| brings) {
            // a number may be another thing's, of a briefing perhaps: a form that names another company opens its own case
            Some(number) => {
                let may_be = |it: &Case| self.company.is_none_or(|company| it.may_be(company));
                self.unit.case(number)?.filter(|it| !it.stage.is_over() && may_be(it))
            }
            None => None,
        };
        Ok(match case {
            Some(case) => Found { points_elsewhere: true, ..nothing.in_doubt(Hold::OtherAddress, &[&case]) },
            None => nothing,
        })
    }

    /// The receipt number that the sender's own words or the names of the files tell: in a quoted letter it may be
    /// another's.
    fn told_number(&self) -> Option<Number> {
        let mail = &self.reading.mail;
        let names = mail.attachments.iter().map(|it| it.name.as_str());
        let words = own_words(&mail.text);
        std::iter::once(words.as_str()).chain(names).find_map(trust::receipt_number).map(Number)
    }

    /// Of the cases in which the sender is known, those that the mail may be about.
    fn fitting(&self) -> Vec<&Case> {
        let all: Vec<&Case> = self.known.iter().collect();
        if let Some(company) = self.company {
            let exact: Vec<&Case> = all.iter().copied().filter(|it| is_of(it, company)).collect();
            let near = || all.into_iter().filter(|it| it.may_be(company)).collect();
            return open_ones(if exact.is_empty() { near() } else { exact });
        }
        let told = self.told_number();
        let numbered: Vec<&Case> = all.iter().copied().filter(|it| told == Some(it.number)).collect();
        let named = if numbered.is_empty() { self.named(&all) } else { numbered };
        open_ones(if named.is_empty() { all } else { named })
    }

    /// The cases whose company the sender's own words name: 「山田」 within 「山田製作所」 is not named.
    fn named<'a>(&self, cases: &[&'a Case]) -> Vec<&'a Case> {
        let mail = &self.reading.mail;
        let words = text::company_key(&format!("{} {}", mail.subject, own_words(&mail.text)));
        let key = |it: &Case| text::company_key(&it.company);
        let mentioned = |it: &&&Case| key(it).chars().count() >= 2 && words.contains(&key(it));
        let named: Vec<&'a Case> = cases.iter().filter(mentioned).copied().collect();
        let within = |it: &Case| named.iter().any(|other| key(other) != key(it) && key(other).contains(&key(it)));
        named.iter().filter(|it| !within(it)).copied().collect()
    }

    /// The company of the workbook has an open case: a colleague's, where the domain says so too.
    fn by_company(&self, nothing: Found, company: &str) -> Result<Found> {
        let mut same = self.unit.cases_of_company(&text::company_key(company))?;
        same.retain(|it| !it.stage.is_over());
        let mut colleagues = Vec::new();
        for it in &same {
            let standing = self.standing(it, nothing.replies_to_us)?;
            if standing.company {
                colleagues.push((it, standing));
            }
        }
        Ok(match (colleagues.as_slice(), same.as_slice()) {
            ([(only, standing)], _) => Found { case: Some((*only).clone()), standing: *standing, ..nothing },
            ([], []) => nothing,
            ([], _) => nothing.in_doubt(Hold::SameCompany, &same.iter().collect::<Vec<_>>()),
            (several, _) => {
                let several: Vec<&Case> = several.iter().map(|(it, _)| *it).collect();
                nothing.in_doubt(Hold::SeveralCases, &several)
            }
        })
    }

    /// The domain alone only proposes.
    fn by_domain(&self, nothing: Found) -> Result<Found> {
        let Some(domain) = &self.domain else { return Ok(nothing) };
        let cases = self.unit.cases_of_domain(domain)?;
        let cases = open_ones(cases.iter().collect());
        Ok(if cases.is_empty() { nothing } else { nothing.in_doubt(Hold::OtherAddress, &cases) })
    }
}

fn is_of(case: &Case, company: &str) -> bool {
    text::company_key(&case.company) == text::company_key(company)
}

/// Those that are not over, where there are any.
fn open_ones(cases: Vec<&Case>) -> Vec<&Case> {
    let open: Vec<&Case> = cases.iter().copied().filter(|it| !it.stage.is_over()).collect();
    if open.is_empty() { cases } else { open }
}
