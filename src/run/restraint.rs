//! What is not said: because a person has answered, because it was said before, because it is no longer true. Each look
//! takes letters away from a decision and adds none.

use anyhow::Result;
use jiff::{SignedDuration, Span, Timestamp};

use super::Judge;
use crate::{
    desk::{
        case::{Case, Number},
        check::Rule,
        decide::{self, Decision, Outcome},
        letter::{Letter, LetterKind, MOST_ASKED},
        once,
        reading::Reading,
    },
    ports::store::Unit,
};

/// For how long nobody is told again that a person will answer: in a case until a person acts, but not for ever, because
/// a telephone call leaves no trace; without a case for a day.
const TOLD_HOURS_IN_A_CASE: i64 = 7 * 24;
const TOLD_HOURS: i64 = 24;

impl Judge<'_> {
    /// What a person answered in the Sent folder is not answered again.
    pub(super) fn heed_people(
        &self,
        unit: &Unit<'_>,
        decision: Decision,
        case: Option<&Case>,
        reading: &Reading,
    ) -> Result<Decision> {
        let mut answered = Vec::new();
        for mail in reading.mails() {
            let Some(id) = &mail.message_id else { continue };
            let sender = [&mail.from, &mail.reply_to].into_iter().flatten().map(|it| it.address.clone());
            let mut to: Vec<String> = sender.collect();
            to.extend(decision.letters.iter().map(|it| it.to.address.clone()));
            if unit.is_answered(id, &to)? {
                answered.extend(to);
            }
        }
        Ok(decide::answered_by_person(case, decision, |it| {
            answered.iter().any(|to| to.eq_ignore_ascii_case(&it.address))
        }))
    }

    /// Nobody is asked for a file that the same person of the same company sent from another address, a telephone's perhaps,
    /// minutes apart. A name proves nothing, so nothing else is taken from it, and a person hears of it.
    pub(super) fn not_asked_twice(
        &self,
        unit: &Unit<'_>,
        mut decision: Decision,
        before: Option<&Case>,
        sha256: &str,
        reading: &Reading,
    ) -> Result<Decision> {
        let forgot = |it: &Letter| matches!(it.kind, LetterKind::NoWorkbook { .. });
        let Some(from) = reading.mail.from.as_ref().filter(|it| !it.name.is_empty()) else { return Ok(decision) };
        if !decision.letters.iter().any(forgot) {
            return Ok(decision);
        }
        let case = decision.case.as_ref().or(before);
        let found = unit.came_from_elsewhere(sha256, &from.name, &from.address, self.settings.settling.max(60))?;
        if found.iter().any(|(other, company)| once::is_of_company(&reading.mail, case, company, other)) {
            decision.letters.retain(|it| !forgot(it));
            decision.outcome = Outcome::ToSecretariat;
            let line = "the file came from another address under the same name; nothing was written";
            decision.journal.push(line.to_owned());
        }
        Ok(decision)
    }

    /// A company hears at most once that a person will answer, until a person has; not at all of a mail that a person has
    /// given to the case (`ordered`).
    pub(super) fn tell_once(
        &self,
        unit: &Unit<'_>,
        decision: &mut Decision,
        case: Option<&Case>,
        ordered: bool,
        now: Timestamp,
    ) -> Result<()> {
        let case = decision.case.as_ref().or(case).filter(|_| decision.held.is_none());
        let (number, hours) = case.map_or((Number(0), TOLD_HOURS), |it| (it.number, TOLD_HOURS_IN_A_CASE));
        let since = now.checked_sub(Span::new().hours(hours)).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut kept = Vec::new();
        for letter in std::mem::take(&mut decision.letters) {
            let told = letter.kind == (LetterKind::HandedOver { file: false })
                && (ordered || unit.waits_for_person(number, &letter.to.address, since)?);
            if told {
                decision.journal.push("told before that a person will answer; not told again".to_owned());
            } else {
                kept.push(letter);
            }
        }
        decision.letters = kept;
        Ok(())
    }

    /// A question of the questionnaire is asked in so many letters; then it is the secretariat's.
    pub(super) fn ask_no_more(&self, unit: &Unit<'_>, decision: &mut Decision, case: Option<&Case>) -> Result<()> {
        let Some(number) = decision.case.as_ref().or(case).map(|it| it.number) else { return Ok(()) };
        for asks in decision.letters.iter_mut().filter_map(|it| it.kind.asks_mut()) {
            let mut open = Vec::new();
            for it in std::mem::take(asks) {
                let question = it.title.as_deref().filter(|_| it.rule == Rule::AnswerMissing);
                let asked = question.map(|it| unit.times_asked(number, it)).transpose()?;
                if asked.is_none_or(|it| it < MOST_ASKED) {
                    open.push(it);
                }
            }
            *asks = open;
        }
        Ok(())
    }

    /// A file that came makes a letter untrue that asks the same person of the same company for it at another address.
    pub(super) fn supersede_elsewhere(&self, unit: &Unit<'_>, it: &Decision, now: Timestamp) -> Result<()> {
        let day_ago = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::UNIX_EPOCH);
        let book = it.revision.as_ref().and_then(|it| it.workbook.as_ref());
        let company = book.and_then(|it| it.company.as_deref()).unwrap_or_default();
        for letter in it.letters.iter().filter(|it| !it.to.name.is_empty()) {
            for (id, number, asked) in unit.asking_elsewhere(&letter.to.name, &letter.to.address, day_ago)? {
                let case = unit.case(number)?.filter(|it| it.revision == 0);
                if case.is_some() && once::is_of_company(&asked.mail, case.as_ref(), company, &letter.to.address) {
                    unit.supersede_letter(id, now)?;
                    unit.settle_rounds(number)?;
                }
            }
        }
        Ok(())
    }
}
