//! What keeps two machines from talking for ever, where no header tells that one of them is a machine; and what comes back.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use tracing::error;

use super::Judge;
use crate::{
    desk::{
        case::Number,
        decide::{Event, Hold},
        letter::mime,
        mail::{Mail, Person},
        once,
        reading::Reading,
        trust,
    },
    ports::store::{Returned, Unit},
};

/// Answers in one case within an hour: more is no talk among people.
const ANSWERS_PER_CASE_AND_HOUR: u32 = 6;

impl Judge<'_> {
    /// Why a mail is not answered though it is welcome; cheapest look first.
    pub(super) fn loops(
        &self,
        unit: &Unit<'_>,
        reading: &Reading,
        case: Option<Number>,
        from: &Person,
        now: Timestamp,
    ) -> Result<Option<Hold>> {
        let mail = &reading.mail;
        if let Some(id) = &mail.message_id
            && unit.letter_of_id(id)?.is_some()
        {
            return Ok(Some(Hold::OwnLetter));
        }
        if self.had_enough(unit, &from.address, now)? {
            return Ok(Some(Hold::HadEnough));
        }
        let hour_ago = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::UNIX_EPOCH);
        if let Some(case) = case
            && unit.answers_in(case, hour_ago)? >= ANSWERS_PER_CASE_AND_HOUR
        {
            return Ok(Some(Hold::CaseHadEnough));
        }
        if reading.workbook.is_some() || !mail.attachments.is_empty() {
            return Ok(None);
        }
        if unit.texts_to(&from.address, case)?.iter().any(|it| once::is_echo(mail, it, reading.brings_wishes())) {
            return Ok(Some(Hold::Echo));
        }
        let sender = mail.from.as_ref().map(|it| it.address.as_str()).unwrap_or_default();
        let again = |it: &Reading| {
            once::says_nothing_new(mail, &it.mail) && (&reading.wishes, &reading.answers) == (&it.wishes, &it.answers)
        };
        Ok(unit.recent_of(sender, hour_ago)?.iter().any(again).then_some(Hold::NothingNew))
    }

    /// Only a notification that names a letter of ours counts, and only for good does it mark the address the letter went to:
    /// whatever else it names, nobody is silenced by it. Least of all our own people, who read the report of all this.
    pub(super) fn bounce(&self, unit: &Unit<'_>, mail: &Mail) -> Result<Event> {
        let permanent = mail.bounce.as_ref().is_some_and(|it| it.permanent);
        Ok(match self.bounced_letter(unit, mail)? {
            Some(it) if permanent && (it.kind == "digest" || self.is_our_people(&it.recipient)) => {
                error!(
                    letter = it.letter,
                    kind = it.kind,
                    "a letter to our own people came back; see `uketsuke letters`"
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
}
