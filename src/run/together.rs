//! Which mails of one sender are one thing.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::{Judge, whose::Found};
use crate::{
    desk::{
        mail::class::{Class, replaces_file},
        reading::Reading,
        text,
        workbook::Workbook,
    },
    ports::store::Unit,
};

impl Judge<'_> {
    /// Whether a later mail of the same sender is one thing with an earlier one: both hand in or supplement, for the same
    /// case and company, and each may do so by itself, where who hands in is no stranger. Anything else is decided alone.
    pub(super) fn belong_together(&self, unit: &Unit<'_>, a: (&str, &Reading), b: (&str, &Reading)) -> Result<bool> {
        let (found_a, found_b) = (self.find(unit, a.0, a.1)?, self.find(unit, b.0, b.1)?);
        let submits = |it: &Reading, found: &Found| self.class(it, found) == Class::Submission;
        let handed_in = submits(a.1, &found_a) || submits(b.1, &found_b);
        let hands_in = |reading: &Reading, found: &Found| {
            let class = self.class_beside(reading, found, handed_in);
            let alone = matches!(class, Class::Submission | Class::Answers | Class::Courtesy | Class::Password);
            alone && reading.mail.machine.is_empty() && self.refusal(class, reading, found).is_none()
        };
        let same_end = found_a.admitted == found_b.admitted && found_a.number() == found_b.number();
        let same_book = is_one_book(a.1, b.1, found_a.case.is_some());
        Ok(same_end && same_book && hands_in(a.1, &found_a) && hands_in(b.1, &found_b))
    }

    /// A form that came with another one of the same sender, which it is not one with, where one of them names no company:
    /// the sender's one case would take both.
    pub(super) fn may_be_anothers(
        &self,
        unit: &Unit<'_>,
        reading: &Reading,
        found: &Found,
        now: Timestamp,
    ) -> Result<bool> {
        let (Some(case), Some(book), Some(from)) = (&found.case, &reading.workbook, &reading.mail.from) else {
            return Ok(false);
        };
        let exact = !company(book).is_empty() && company(book) == text::company_key(&case.company);
        if found.admitted.is_some() || found.replies_to_us || exact {
            return Ok(false);
        }
        let settling = SignedDuration::from_secs(self.settings.settling);
        let since = now.checked_sub(settling).unwrap_or(Timestamp::UNIX_EPOCH);
        let other = |it: &Reading| {
            let unnamed = it.workbook.as_ref().is_some_and(|it| company(it).is_empty()) || company(book).is_empty();
            unnamed && !is_one_book(it, reading, false)
        };
        Ok(unit.recent_of(&from.address, since)?.iter().any(other))
    }
}

fn company(book: &Workbook) -> String {
    book.company.as_deref().map(text::company_key).unwrap_or_default()
}

/// Whether two mails of a sender bring one form. Two filled ones are one company's only where something says so: both name
/// it, the later mail says that its file is the true one, each brings what the other lacks, or the sender's one case is
/// `known`. A consultant sends several companies' forms, and not every form says whose it is.
fn is_one_book(earlier: &Reading, later: &Reading, known: bool) -> bool {
    let (Some(a), Some(b)) = (&earlier.workbook, &later.workbook) else { return true };
    let (of_a, of_b) = (company(a), company(b));
    if !of_a.is_empty() && !of_b.is_empty() {
        return text::same_company(&of_a, &of_b);
    }
    let (rows_a, rows_b) = (a.answered(), b.answered());
    known || rows_a.iter().all(|it| !rows_b.contains(it)) || replaces_file(&later.mail)
}
