//! What a company wishes: taken into its case, known or asked for, and the free slots it may choose from.

use std::collections::BTreeMap;

use jiff::civil;

use crate::desk::{
    case::{Case, Stage},
    check::{self, Finding, Rule, Severity},
    reading::{Method, Wishes},
    rules::{QuestionKind, Rules},
    schedule::{self, Slot},
};

/// How many free slots a company is offered.
const OFFERED_SLOTS: usize = 6;

/// The newest said wins; what is not said again stays. Whether it was sure what becomes of days that were known.
pub(super) fn take_wishes(case: &mut Case, wishes: &Wishes, answers: &BTreeMap<String, String>) -> bool {
    for (id, answer) in answers {
        case.answers.insert(id.clone(), answer.clone());
    }
    case.wishes.renew(wishes)
}

/// What the letter asks for without blocking: what this mail leaves open and the case does not know yet.
pub(super) fn asks(case: &Case, findings: &[Finding]) -> Vec<Finding> {
    findings
        .iter()
        .filter(|it| it.severity == Severity::Ask && !matches!(it.rule, Rule::UnreadableFile | Rule::FileRefused)) // told with its reason, as a file
        .filter(|it| case.lacks(it))
        .cloned()
        .collect()
}

/// Where a case with a complete form stands by its wishes: they are known, or offers are out. Days may have been taken
/// back, too.
pub(super) fn settle(rules: &Rules, case: &mut Case, slots: &[Slot]) {
    let stage = if known(rules, case) { Stage::Complete } else { Stage::Offering { slots: slots.to_vec() } };
    if stage.name() != case.stage.name() || !slots.is_empty() {
        case.stage = stage;
    }
}

/// Whether everything the questionnaire requires of the wishes is said. Where advice is online only, the method is no
/// question.
fn known(rules: &Rules, case: &Case) -> bool {
    let wanted = |kind| check::asks_for(&rules.questionnaire, kind);
    let method = case.wishes.knows_method() || !rules.programme.in_person || !wanted(QuestionKind::Method);
    let dates = case.wishes.knows_days() || !wanted(QuestionKind::Dates);
    method && dates
}

/// Free slots to choose from, where the company has named none and is asked for some.
pub(super) fn offered(today: civil::Date, rules: &Rules, case: &Case) -> Vec<Slot> {
    if !case.wishes.dates.is_empty() || !check::asks_for(&rules.questionnaire, QuestionKind::Dates) {
        return Vec::new();
    }
    let programme = &rules.programme;
    let mut wishes = case.wishes.clone();
    if !programme.in_person {
        (wishes.method, wishes.either) = (Some(Method::Online), false);
    }
    let tomorrow = today.tomorrow().unwrap_or(today);
    let from = programme.advice_from.max(tomorrow);
    schedule::slots(&rules.advisors, &wishes, case.region.as_deref(), from, programme.advice_to, OFFERED_SLOTS)
}

/// A day named without hours, on which we offered some, means what we offered; so does one without its month.
pub(super) fn take_offers(stage: &Stage, wishes: &mut Wishes) {
    let Stage::Offering { slots } = stage else { return };
    let offered = |date: civil::Date| slots.iter().find(|it| it.start.date() == date);
    for it in &mut wishes.dates {
        let day = it.start.date();
        let mut same = slots.iter().map(|it| it.start.date()).filter(|slot| slot.day() == day.day());
        if it.open_month
            && offered(day).is_none()
            && let Some(meant) = same.next()
            && same.all(|it| it == meant)
        {
            (it.start, it.end) = (meant.to_datetime(it.start.time()), meant.to_datetime(it.end.time()));
        }
        // 「12/22（火）終日」 says more than we offered
        if let Some(slot) = offered(it.start.date()).filter(|_| it.open_hours) {
            (it.start, it.end) = (slot.start, slot.end);
        }
        (it.open_month, it.open_hours) = (false, false);
    }
}

/// What the case as a whole still lacks, after a supplement.
pub(super) fn still_missing(rules: &Rules, case: &Case) -> Vec<Finding> {
    check::open_questions(&case.answers, &case.wishes, case.region.as_deref(), rules)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::desk::reading::Candidate;

    #[test]
    fn a_day_without_month_and_hours_is_the_one_we_offered() {
        let offered = [date(2026, 12, 8).at(10, 0, 0, 0), date(2026, 12, 25).at(13, 0, 0, 0)];
        let end = |it: civil::DateTime| it.date().at(16, 0, 0, 0);
        let slots = offered.map(|start| Slot { start, end: end(start), advisor: "a".to_owned() }).to_vec();
        let said = |day: civil::Date, open_month: bool| {
            let (start, end) = (day.at(9, 0, 0, 0), day.at(17, 0, 0, 0));
            let raw = "25日".to_owned();
            let date = Candidate { rank: 1, start, end, raw, open_month, open_hours: true, in_rank: None };
            let mut wishes = Wishes { dates: vec![date], ..Wishes::default() };
            take_offers(&Stage::Offering { slots: slots.clone() }, &mut wishes);
            wishes.dates.iter().map(|it| (it.start, it.end)).collect::<Vec<_>>()
        };
        let november = date(2026, 11, 25);
        assert_eq!(said(november, true), [(offered[1], end(offered[1]))]);
        assert_eq!(said(november, false), [(november.at(9, 0, 0, 0), november.at(17, 0, 0, 0))]);
        // 「12/25 終日」 is said to be all of it
        let mut whole = crate::desk::schedule::wishes("12/25 終日", date(2026, 11, 24), date(2026, 12, 25));
        take_offers(&Stage::Offering { slots: slots.clone() }, &mut whole);
        let christmas = date(2026, 12, 25);
        let times = whole.dates.iter().map(|it| (it.start, it.end)).collect::<Vec<_>>();
        assert_eq!(times, [(christmas.at(9, 0, 0, 0), christmas.at(17, 0, 0, 0))]);
    }
}
