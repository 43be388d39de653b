//! Letters that come back: which letter, whose address, and what that means.

use anyhow::Result;
use jiff::Timestamp;
use tracing::error;

use super::Judge;
use crate::{
    desk::{
        decide::Event,
        letter::mime,
        mail::{Mail, class::Class},
        trust,
    },
    ports::store::{Returned, Unit},
};

impl Judge<'_> {
    /// Only a notification that names a letter of ours counts, and only for good does it mark the address the letter went to:
    /// whatever else it names, nobody is silenced by it. Least of all our own people, who read the report of all this.
    pub(super) fn bounce(&self, unit: &Unit<'_>, mail: &Mail) -> Result<Event> {
        let permanent = mail.bounce.as_ref().is_some_and(|it| it.permanent);
        Ok(match self.bounced_letter(unit, mail)? {
            Some(it) if permanent && (it.kind == "digest" || self.is_our_people(&it.recipient)) => {
                error!(
                    letter = it.letter,
                    kind = it.kind,
                    "a letter to our own people came back; see uketsuke letters"
                );
                Event::Bounced { address: None }
            }
            Some(it) if permanent => Event::Bounced { address: Some(it.recipient) },
            Some(_) => Event::Machine,
            None => Event::NotOurs,
        })
    }

    /// Readers of the report, and advisors.
    fn is_our_people(&self, address: &str) -> bool {
        let mut people = self.settings.secretariat.iter().map(|it| it.address.as_str());
        let mut advisors = self.rules.advisors.iter().map(|it| it.address.as_str());
        people.any(|it| trust::same_address(it, address)) || advisors.any(|it| trust::same_address(it, address))
    }

    /// The letter a bounce is about: by the returned Message-ID, or by the plus-address it came to.
    pub(super) fn bounced_letter(&self, unit: &Unit<'_>, mail: &Mail) -> Result<Option<Returned>> {
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

    /// Notes a notification about a letter of ours, also where it marks nothing.
    pub(super) fn count_bounce(
        &self,
        unit: &Unit<'_>,
        class: Class,
        sha256: &str,
        mail: &Mail,
        now: Timestamp,
    ) -> Result<()> {
        let Some(bounce) = mail.bounce.as_ref().filter(|_| class == Class::Bounce) else { return Ok(()) };
        let Some(letter) = self.bounced_letter(unit, mail)? else { return Ok(()) };
        let count = unit.count_bounce(sha256, &letter, bounce.permanent, now)?;
        let kind = if bounce.permanent { "not delivered, for good" } else { "not delivered yet" };
        unit.journal(
            letter.case,
            &format!("mail/{sha256}"),
            &format!("letter {}: {kind} ({count})", letter.letter),
            now,
        )
    }
}
