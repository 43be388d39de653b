//! What keeps two machines from talking for ever, where no header tells that one of them is a machine.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::Judge;
use crate::{
    desk::{case::Number, decide::Hold, mail::Person, once, reading::Reading},
    ports::store::Unit,
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
            && unit.answers_in(case, hour_ago, now)? >= ANSWERS_PER_CASE_AND_HOUR
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
}
