//! What the secretariat says of who speaks for a company, and of what the company wishes.

use anyhow::{Context as _, Error, Result, ensure};
use jiff::Timestamp;

use super::Judge;
use crate::{
    desk::{
        case::{Case, Number, Stage},
        decide::{self, Order},
        letter::mime,
        mail::Person,
        schedule, trust,
    },
    ports::store::Unit,
};

/// Most bytes of the words of an order.
const MOST_BYTES: usize = 2_000;

/// What a person's word about an address has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The case.
    pub number: Number,
    /// Held mails that are decided anew.
    pub mails: usize,
    /// Ids of those that stay held: not proposed for the case, or of another company.
    pub left: Vec<String>,
}

impl Judge<'_> {
    /// An address is known in a case from now on (`None`: in a new one), and what was held for it, or the one held mail
    /// that is named, is decided anew. A sender may speak for several companies: unnamed, only mails that may belong to the
    /// case are.
    ///
    /// # Errors
    /// No such case or mail, an address nothing can be sent to, or any SQLite error.
    pub fn admit(
        &self,
        unit: &Unit<'_>,
        case: Option<Number>,
        address: &str,
        mail: Option<&str>,
        instead: bool,
        now: Timestamp,
    ) -> Result<Admitted> {
        ensure!(mime::is_usable(address), "this is no address that can be written to");
        let contact = Person { name: unit.name_of(address)?, address: address.to_lowercase() };
        let is_new = case.is_none();
        let case = match case {
            Some(number) => unit.case(number)?.with_context(|| format!("there is no case {number}"))?,
            None => Case::opened(unit.next_number()?, contact.clone(), now),
        };
        let cause = format!("order/contact/{}/{}", case.number, now.as_second());
        unit.readmit(case.number, address)?;
        let _ = self.order(unit, &case, Order::Admit { contact, instead }, &cause, now)?;
        let mut end = Admitted { number: case.number, mails: 0, left: Vec::new() };
        let mut case = case;
        for it in unit.held_of(address, mail)? {
            let proposed = is_new || it.proposed.contains(&case.number);
            if mail.is_none() && (it.mixes_companies || !proposed || !case.may_be(&it.company)) {
                end.left.push(it.sha256);
                continue;
            }
            if case.company.is_empty() && !it.company.is_empty() {
                (case.company, case.revision) = (it.company, 1); // what comes after it must be of the same company
            }
            unit.admit(case.number, address, &it.sha256)?;
            end.mails = end.mails.saturating_add(1);
        }
        Ok(end)
    }

    /// An address speaks for the company no more: from this moment its mails are held.
    ///
    /// # Errors
    /// No such case, an address that is not known in it, or the one that letters go to; any SQLite error.
    pub fn dismiss(&self, unit: &Unit<'_>, number: Number, address: &str, now: Timestamp) -> Result<()> {
        let case = unit.case(number)?.with_context(|| format!("there is no case {number}"))?;
        let is_contact = trust::same_address(&case.contact.address, address);
        ensure!(
            !is_contact,
            "letters go to this address; first name another: `uketsuke contact {number} ADDRESS --instead`"
        );
        ensure!(unit.dismiss(number, address, now)?, "this address is not known in case {number}");
        let cause = format!("order/dismiss/{number}/{}", now.as_second());
        unit.journal(number, &cause, "the secretariat takes an address away: it speaks for the company no more", now)
    }

    /// Undoes a withdrawal, or ends a hold: the case stands where it stood. Says where, and how many letters were made.
    ///
    /// # Errors
    /// No such case, or one that is neither withdrawn nor held; any SQLite error.
    pub fn reopen(&self, unit: &Unit<'_>, number: Number, now: Timestamp) -> Result<(Stage, usize)> {
        let case = unit.case(number)?.with_context(|| format!("there is no case {number}"))?;
        let rests = matches!(case.stage, Stage::Withdrawn { .. } | Stage::Held { .. });
        ensure!(rests, "case {number} is {}; only a withdrawn or held one can be reopened", case.stage.name());
        let cause = format!("order/reopen/{number}/{}", now.as_second());
        let decision = self.order(unit, &case, Order::Reopen, &cause, now)?;
        Ok((decision.case.unwrap_or(case).stage, decision.letters.len()))
    }
    /// The days and the method of a case, in the words of the one who orders, read like a company's own. The case as it stands
    /// then.
    ///
    /// # Errors
    /// No such case, one that is over, or words that are not sure: then nothing is changed; any SQLite error.
    pub fn wish(&self, unit: &Unit<'_>, number: Number, said: &str, now: Timestamp) -> Result<Case> {
        let case = unit.case(number)?.with_context(|| format!("there is no case {number}"))?;
        ensure!(said.len() <= MOST_BYTES, "these are too many words; name the days and the method only");
        let today = now.to_zoned(mime::japan()).date();
        let wishes = schedule::wishes(said, today, self.rules.programme.advice_to);
        decide::may_wish(&case, &wishes).map_err(Error::msg).context("nothing was changed")?;
        let cause = format!("order/wishes/{number}/{}", now.as_second());
        let decision = self.order(unit, &case, Order::Wish(wishes), &cause, now)?;
        Ok(decision.case.unwrap_or(case))
    }
}
