//! A submission: judged, taken in, answered.

use jiff::civil;

use super::{
    Decision, LetterKind, Outcome, Submission, answered, plain, progress,
    wishes::{self, asks, offered, take_offers, take_wishes},
};
use crate::desk::{
    case::{Case, Revision, Stage},
    check::{self, Finding, Severity},
    letter::{Letter, Progress, addressee::company_and_person},
    rules::Rules,
    text,
};

/// A submission: the whole judgement of the programme's step ③ in one place.
pub(super) fn submitted(today: civil::Date, rules: &Rules, mut case: Case, mut it: Submission) -> Decision {
    if let Some(before) = &it.before {
        let resent = progress::is_resent(before, it.workbook.as_ref());
        check::accept_repeated(&mut it.findings, &before.findings, resent);
    }
    if let Some(advisor) = case.stage.advisor() {
        let why = format!("a new submission after the assignment to {advisor}; a person decides what the advisor gets");
        return take_in_for_people(case, it, &why);
    }
    if case.stage.is_over() {
        return after_its_end(today, rules, case, it);
    }
    take_offers(&case.stage, &mut it.wishes);
    let sure = learn(&mut case, &it);
    it.asks_too |= !sure;
    let kind = match (&it.workbook, it.refused.is_empty()) {
        (None, no_file) => unread(today, rules, &mut case, &it, no_file),
        (Some(_), _) => judged(today, rules, &mut case, &it),
    };
    let revision = it.workbook.is_some().then(|| revise(&mut case, &it));
    let journal = format!("submission: {} → {}", kind.name(), case.stage.name());
    Decision {
        letters: vec![Letter { to: it.from, kind, asked_too: it.asks_too }],
        case: Some(case),
        revision,
        // that a person is to call stands with the case, not with the mail
        ..plain(answered(it.asks_too), &journal)
    }
}

/// Whether it is sure what becomes of the days that were known.
fn learn(case: &mut Case, it: &Submission) -> bool {
    if let Some(company) = it.workbook.as_ref().and_then(|book| book.company.clone()) {
        case.company = company;
    }
    if case.company.is_empty() && text::names_a_company(&it.from.name) {
        let parted = company_and_person(&it.from.name);
        case.company = parted.map_or(it.from.name.as_str(), |it| it.0).to_owned();
    }
    if case.region.is_none() {
        case.region.clone_from(&it.region);
    }
    take_wishes(case, &it.wishes, &it.answers)
}

fn revise(case: &mut Case, it: &Submission) -> Revision {
    case.revision += 1;
    Revision {
        n: case.revision,
        mails: it.mails.clone(),
        findings: it.findings.clone(),
        workbook: it.workbook.clone(),
        wishes: it.wishes.clone(),
        answers: it.answers.clone(),
        changes: progress::changes(it),
    }
}

/// Said to be attached and was not, or could not be read. A form that was right before stays right, a case that rests for a
/// person rests on; else it is a round like any other, so that nobody is asked for ever.
fn unread(today: civil::Date, rules: &Rules, case: &mut Case, it: &Submission, no_file: bool) -> LetterKind {
    let slots = offered(today, rules, case);
    if case.stage.has_complete_form() {
        wishes::settle(rules, case, &slots);
    } else if !matches!(case.stage, Stage::Held { .. }) {
        let (findings, rounds, resent) = match &case.stage {
            Stage::Correcting { findings, rounds, resent } => (findings.clone(), *rounds, *resent),
            _ => (Vec::new(), 0, false),
        };
        case.stage = Stage::Correcting { findings: findings.clone(), rounds: rounds.saturating_add(1), resent };
        if case.stage.needs_call(rules.programme.correction_rounds) {
            return LetterKind::Call { findings, progress: None, refused: it.refused.clone(), unread: true };
        }
    }
    let asks = asks(case, &it.findings);
    if no_file {
        LetterKind::NoWorkbook { asks, slots }
    } else {
        LetterKind::Unreadable { files: it.refused.clone(), asks, slots }
    }
}

fn judged(today: civil::Date, rules: &Rules, case: &mut Case, it: &Submission) -> LetterKind {
    let must: Vec<Finding> = it.findings.iter().filter(|f| f.severity == Severity::MustMend).cloned().collect();
    let progress = progress::of(it, &must);
    let asks = asks(case, &it.findings);
    if must.is_empty() {
        return completed(today, rules, case, it, asks, progress);
    }
    case.stage = match &case.stage {
        // nobody was asked anew
        Stage::Correcting { rounds, resent, .. } if it.explains => {
            Stage::Correcting { findings: must.clone(), rounds: *rounds, resent: *resent }
        }
        stage => corrected(stage, must.clone(), progress.as_ref().is_some_and(|it| it.resent)),
    };
    let refused = it.refused.clone();
    if case.stage.needs_call(rules.programme.correction_rounds) {
        return LetterKind::Call { findings: must, progress, refused, unread: false };
    }
    let slots = offered(today, rules, case);
    if must.iter().any(|f| f.rule.is_version()) {
        return LetterKind::WrongVersion { findings: must, progress, asks, refused, slots };
    }
    LetterKind::Corrections { findings: must, progress, asks, refused, slots, enclosed: Vec::new() }
}

/// One round more, but for a book that came again unchanged for the first time. What was asked before a case rested counts.
fn corrected(stage: &Stage, findings: Vec<Finding>, resent: bool) -> Stage {
    let (rounds, resent_before) = match stage {
        Stage::Correcting { rounds, resent, .. } => (*rounds, *resent),
        Stage::Held { before: Some(before), .. } => match before.as_ref() {
            Stage::Correcting { rounds, resent, .. } => (*rounds, *resent),
            _ => (0, false),
        },
        _ => (0, false),
    };
    let rounds = if resent && !resent_before { rounds } else { rounds.saturating_add(1) };
    Stage::Correcting { findings, rounds, resent }
}

fn completed(
    today: civil::Date,
    rules: &Rules,
    case: &mut Case,
    it: &Submission,
    asks: Vec<Finding>,
    progress: Option<Progress>,
) -> LetterKind {
    let slots = offered(today, rules, case);
    case.stage = Stage::Complete;
    wishes::settle(rules, case, &slots);
    // a form that is right is no wrong file, however often it comes: the letter only says that it is the same
    let progress = progress.map(|it| Progress { resent: it.resent && it.before == 0, ..it });
    LetterKind::Complete { asks, progress, refused: it.refused.clone(), slots }
}

fn take_in_for_people(mut case: Case, it: Submission, why: &str) -> Decision {
    let revision = it.workbook.is_some().then(|| revise(&mut case, &it));
    let kind = LetterKind::HandedOver { file: revision.is_some() };
    let letters = vec![Letter { to: it.from, kind, asked_too: false }];
    Decision { case: Some(case), revision, letters, ..plain(Outcome::ToSecretariat, why) }
}

/// What comes for a case that is over is kept, and a person answers. Of a company that has withdrawn it is judged as well,
/// so that a case that is opened again stands where its newest book says; nobody is asked for anything.
fn after_its_end(today: civil::Date, rules: &Rules, mut case: Case, it: Submission) -> Decision {
    let why = format!("a submission while {}; for the secretariat", case.stage.name());
    if let Stage::Withdrawn { before } = &case.stage {
        let stage = before.as_deref().cloned().unwrap_or(Stage::Applied);
        let mut again = Case { stage, ..case.clone() };
        learn(&mut again, &it);
        if it.workbook.is_some() {
            let _ = judged(today, rules, &mut again, &Submission { explains: true, ..it.clone() });
        }
        case = Case { stage: Stage::Withdrawn { before: Some(Box::new(again.stage.clone())) }, ..again };
    }
    take_in_for_people(case, it, &why)
}
