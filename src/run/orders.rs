//! What the secretariat says of who speaks for a company.

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;

use super::Judge;
use crate::{
    desk::{
        case::{Case, Number, Stage},
        decide::Order,
        letter::mime,
        mail::Person,
    },
    ports::store::Unit,
};

impl Judge<'_> {
    /// An address is known in a case from now on (`None`: in a new one), and what was held for it, or the one held mail
    /// that is named, is decided anew. Returns the case and how many mails that are.
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
    ) -> Result<(Number, usize)> {
        ensure!(mime::is_usable(address), "this is no address that can be written to");
        let contact = Person { name: String::new(), address: address.to_lowercase() };
        let case = match case {
            Some(number) => unit.case(number)?.with_context(|| format!("there is no case {number}"))?,
            None => Case::opened(unit.next_number()?, contact.clone(), now),
        };
        let cause = format!("order/contact/{}/{}", case.number, now.as_second());
        let _ = self.order(unit, &case, Order::Admit { contact, instead }, &cause, now)?;
        Ok((case.number, unit.admit(case.number, address, mail)?))
    }

    /// Undoes a withdrawal: the case stands where it stood.
    ///
    /// # Errors
    /// No such case, or one that is not withdrawn; any SQLite error.
    pub fn reopen(&self, unit: &Unit<'_>, number: Number, now: Timestamp) -> Result<Stage> {
        let case = unit.case(number)?.with_context(|| format!("there is no case {number}"))?;
        let withdrawn = matches!(case.stage, Stage::Withdrawn { .. });
        ensure!(withdrawn, "case {number} is {}; only a withdrawn one can be reopened", case.stage.name());
        let cause = format!("order/reopen/{number}/{}", now.as_second());
        let decision = self.order(unit, &case, Order::Reopen, &cause, now)?;
        Ok(decision.case.unwrap_or(case).stage)
    }
}
