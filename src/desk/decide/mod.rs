//! What we know + what happened → what is to become true. The heart; read this first.

mod event;
mod order;
mod person;
mod progress;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil};

use super::{
    case::{Case, Number, Revision, Stage},
    check::{self, Finding, Rule, Severity},
    letter::{Letter, LetterKind, Progress},
    mail::{Person, application::Application},
    reading::Wishes,
    rules::Rules,
    schedule::{self, Slot},
    text,
};

pub use order::may_assign;
pub use person::answered_by_person;

pub use event::{Decision, Event, Held, Hold, Order, Outcome, Submission, Supplement};

/// How many free slots a company is offered.
const OFFERED_SLOTS: usize = 6;

/// Decides. `next` is the receipt number a new case gets; `case` the one the mail belongs to.
pub fn decide(
    now: Timestamp,
    today: civil::Date,
    rules: &Rules,
    next: Number,
    case: Option<&Case>,
    event: Event,
) -> Decision {
    match (case, event) {
        (_, Event::NotOurs) => plain(Outcome::NotOurs, "not the programme's, left in the inbox"),
        (_, Event::Machine) => plain(Outcome::Machine, "written by a machine, not answered"),
        (_, Event::Staff) => plain(Outcome::ToSecretariat, "from the secretariat or an advisor, for people"),
        // the person who speaks with the company reads it
        (Some(case), Event::Hold(it)) if case.muted => held(Held { tell: None, ..it }),
        (Some(case), Event::Hold(it)) if it.why == Hold::MixedFile => mixed(case, it),
        (_, Event::Hold(it)) => held(it),
        (_, Event::Bounced { address: None }) => {
            plain(Outcome::ToSecretariat, "a letter of ours to one of our people could not be delivered")
        }
        (_, Event::Bounced { address }) => Decision {
            dead_address: address,
            ..plain(Outcome::ToSecretariat, "a letter of ours could not be delivered; the address is marked")
        },
        (Some(case), Event::Ordered(order)) => order::ordered(today, rules, case, order),
        (None, Event::Ordered(_)) => held(Held::silently(Hold::BadOrder)),
        (Some(case), event) if case.muted => {
            let speaking = Case { muted: false, ..case.clone() };
            person::in_muted_case(case, decide(now, today, rules, next, Some(&speaking), event))
        }
        (Some(case), Event::Applied(it)) => applied_again(case, it),
        (None, Event::Applied(it)) => applied(now, next, it),
        (Some(case), Event::Submitted(it)) if case.stage.is_over() => asked(it.from),
        (Some(case), Event::Submitted(it)) => submitted(today, rules, case.clone(), *it),
        (None, Event::Submitted(it)) => submitted(today, rules, Case::opened(next, it.from.clone(), now), *it),
        (Some(case), Event::Supplemented(it)) => supplemented(today, rules, case, *it),
        (None, Event::Supplemented(it)) => asked(it.from),
        (Some(case), Event::Withdrew { from }) => withdrew(case, from),
        (_, Event::Asked { from } | Event::Withdrew { from }) => asked(from),
        (_, Event::Unlocked) => plain(Outcome::Recorded, "tells the password of a file that came in another mail"),
        (_, Event::Thanked) => plain(Outcome::Recorded, "thanks, nothing to answer"),
    }
}

/// A person looks first. Who wrote in good faith hears so, without a word of any case.
fn held(it: Held) -> Decision {
    let lacks = if it.lacks.is_empty() { String::new() } else { format!(": {}", it.lacks) };
    let journal = format!("held, {}{lacks}", it.why.name());
    let kind = LetterKind::HandedOver { file: false };
    Decision {
        letters: it.tell.iter().map(|to| Letter { to: to.clone(), kind: kind.clone(), asked_too: false }).collect(),
        held: Some(it),
        ..plain(Outcome::Held, &journal)
    }
}

/// Which of its files is another company's nobody knows: the case rests until a person (`reopen`), or a new file, has
/// cleared it.
fn mixed(case: &Case, it: Held) -> Decision {
    let rests = !case.stage.is_over() && case.stage.advisor().is_none() && !matches!(case.stage, Stage::Held { .. });
    let why = "the file of another company may be among its files".to_owned();
    let stage = Stage::Held { why, before: Some(Box::new(case.stage.clone())) };
    let case = rests.then(|| Case { stage, ..case.clone() });
    Decision { case, ..held(it) }
}

fn plain(outcome: Outcome, journal: &str) -> Decision {
    Decision {
        outcome,
        case: None,
        revision: None,
        letters: Vec::new(),
        journal: vec![journal.to_string()],
        dead_address: None,
        admitted: None,
        held: None,
        remark: None,
    }
}

fn applied(now: Timestamp, number: Number, it: Application) -> Decision {
    let message = it.told().to_owned();
    let contact = Person { name: it.name, address: it.address };
    let case = Case { company: it.company, region: it.region, ..Case::opened(number, contact.clone(), now) };
    Decision {
        letters: vec![Letter {
            to: contact,
            kind: LetterKind::Materials { message: message.clone() },
            asked_too: false,
        }],
        case: Some(case),
        ..plain(answered(!message.is_empty()), "applied by the form; materials written to the applicant")
    }
}

/// A second application of a known company: the materials again, the stage as it is. Whose form is complete needs none; what
/// it wants is a person's business.
fn applied_again(case: &Case, it: Application) -> Decision {
    let message = it.told().to_owned();
    let to = Person { name: it.name, address: it.address };
    if case.stage.has_complete_form() {
        let journal = vec!["applied again by the form though its own is complete; for the secretariat".to_owned()];
        return Decision { journal, ..asked(to) };
    }
    Decision {
        letters: vec![Letter { to, kind: LetterKind::Materials { message: message.clone() }, asked_too: false }],
        case: Some(Case { region: case.region.clone().or(it.region), ..case.clone() }),
        ..plain(answered(!message.is_empty()), "applied again by the form; materials written again")
    }
}

/// A submission: the whole judgement of the programme's step ③ in one place.
fn submitted(today: civil::Date, rules: &Rules, mut case: Case, mut it: Submission) -> Decision {
    if let Some(before) = &it.before {
        let resent = progress::is_resent(before, it.workbook.as_ref());
        check::accept_repeated(&mut it.findings, &before.findings, resent);
    }
    if let Some(advisor) = case.stage.advisor() {
        let why = format!("a new submission after the assignment to {advisor}; a person decides what the advisor gets");
        return take_in_for_people(case, it, &why);
    }
    learn(&mut case, &it);
    let kind = match (&it.workbook, it.refused.is_empty()) {
        (None, no_file) => unread(today, rules, &mut case, &it, no_file),
        (Some(_), _) => judged(today, rules, &mut case, &it),
    };
    let revision = it.workbook.is_some().then(|| revise(&mut case, &it));
    let for_people = it.asks_too || case.stage.needs_call(rules.programme.correction_rounds);
    let journal = format!("submission: {} → {}", kind.name(), case.stage.name());
    Decision {
        letters: vec![Letter { to: it.from, kind, asked_too: it.asks_too }],
        case: Some(case),
        revision,
        ..plain(answered(for_people), &journal)
    }
}

/// A mail that is answered and asks something besides is a person's business, too.
fn answered(asks_too: bool) -> Outcome {
    if asks_too { Outcome::ToSecretariat } else { Outcome::Answered }
}

fn learn(case: &mut Case, it: &Submission) {
    if let Some(company) = it.workbook.as_ref().and_then(|book| book.company.clone()) {
        case.company = company;
    }
    if case.company.is_empty() && text::names_a_company(&it.from.name) {
        case.company.clone_from(&it.from.name);
    }
    if case.region.is_none() {
        case.region.clone_from(&it.region);
    }
    take_wishes(case, &it.wishes, &it.answers);
}

/// The newest said wins; what is not said again stays.
fn take_wishes(case: &mut Case, wishes: &Wishes, answers: &BTreeMap<String, String>) {
    case.wishes.renew(wishes);
    for (id, answer) in answers {
        case.answers.insert(id.clone(), answer.clone());
    }
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

/// Said to be attached and was not, or could not be read. A form that was right before stays right; else it is a round like
/// any other, so that nobody is asked for ever.
fn unread(today: civil::Date, rules: &Rules, case: &mut Case, it: &Submission, no_file: bool) -> LetterKind {
    if !case.stage.has_complete_form() {
        let (findings, rounds, resent) = match &case.stage {
            Stage::Correcting { findings, rounds, resent } => (findings.clone(), *rounds, *resent),
            _ => (Vec::new(), 0, false),
        };
        case.stage = Stage::Correcting { findings: findings.clone(), rounds: rounds.saturating_add(1), resent };
        if case.stage.needs_call(rules.programme.correction_rounds) {
            return LetterKind::Call { findings, progress: None, refused: it.refused.clone(), unread: true };
        }
    }
    let (asks, slots) = (asks(case, &it.findings), offered(today, rules, case));
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
        return LetterKind::WrongVersion { findings: must, asks, slots };
    }
    LetterKind::Corrections { findings: must, progress, asks, refused, slots, enclosed: Vec::new() }
}

/// One round more, but for a book that came again unchanged for the first time.
fn corrected(stage: &Stage, findings: Vec<Finding>, resent: bool) -> Stage {
    let (rounds, resent_before) = match stage {
        Stage::Correcting { rounds, resent, .. } => (*rounds, *resent),
        _ => (0, false),
    };
    let rounds = if resent && !resent_before { rounds } else { rounds.saturating_add(1) };
    Stage::Correcting { findings, rounds, resent }
}

/// What the letter asks for without blocking: what this mail leaves open and the case does not know yet.
fn asks(case: &Case, findings: &[Finding]) -> Vec<Finding> {
    findings
        .iter()
        .filter(|it| it.severity == Severity::Ask && !matches!(it.rule, Rule::UnreadableFile | Rule::FileRefused)) // told with its reason, as a file
        .filter(|it| case.lacks(it))
        .cloned()
        .collect()
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
    case.stage = if wishes_known(case) { Stage::Complete } else { Stage::Offering { slots: slots.clone() } };
    // a form that is right is no wrong file, however often it comes: the letter only says that it is the same
    let progress = progress.map(|it| Progress { resent: it.resent && it.before == 0, ..it });
    LetterKind::Complete { asks, progress, refused: it.refused.clone(), slots }
}

fn wishes_known(case: &Case) -> bool {
    case.wishes.knows_method() && !case.wishes.dates.is_empty()
}

/// Free slots to choose from, where the company has named none.
fn offered(today: civil::Date, rules: &Rules, case: &Case) -> Vec<Slot> {
    if !case.wishes.dates.is_empty() {
        return Vec::new();
    }
    let programme = &rules.programme;
    let tomorrow = today.tomorrow().unwrap_or(today);
    let from = programme.advice_from.max(tomorrow);
    schedule::slots(&rules.advisors, &case.wishes, case.region.as_deref(), from, programme.advice_to, OFFERED_SLOTS)
}

fn supplemented(today: civil::Date, rules: &Rules, case: &Case, mut it: Supplement) -> Decision {
    let mut case = case.clone();
    let had_advisor = case.stage.advisor().is_some();
    take_offers(&case.stage, &mut it.wishes);
    take_wishes(&mut case, &it.wishes, &it.answers);
    if case.region.is_none() {
        case.region.clone_from(&it.region);
    }
    // what is said before a call is for the one who calls: a telephone number, hours
    if had_advisor || case.stage.is_over() || case.stage.needs_call(rules.programme.correction_rounds) {
        let decision = asked(it.from);
        return Decision { case: Some(case), ..decision };
    }
    if case.stage.has_complete_form() && wishes_known(&case) {
        case.stage = Stage::Complete;
    }
    let mut asks = asks(&case, &it.findings);
    asks.extend(still_missing(rules, &case));
    if asks.iter().any(|it| it.rule == Rule::RegionOutside) {
        asks.retain(|it| it.rule != Rule::RegionUnknown);
    }
    let slots = offered(today, rules, &case);
    let journal = format!("wishes or answers → {}", case.stage.name());
    let kind = LetterKind::Noted { asks, slots };
    Decision {
        letters: vec![Letter { to: it.from, kind, asked_too: it.asks_too }],
        case: Some(case),
        ..plain(answered(it.asks_too), &journal)
    }
}

/// A day named without hours, on which we offered some, means what we offered.
fn take_offers(stage: &Stage, wishes: &mut Wishes) {
    let Stage::Offering { slots } = stage else { return };
    for it in &mut wishes.dates {
        let whole_day = it.end.duration_since(it.start).as_hours() >= 8;
        if let Some(slot) = slots.iter().find(|slot| whole_day && slot.start.date() == it.start.date()) {
            (it.start, it.end) = (slot.start, slot.end);
        }
    }
}

/// What the case as a whole still lacks, after a supplement.
fn still_missing(rules: &Rules, case: &Case) -> Vec<Finding> {
    super::check::open_questions(&case.answers, &case.wishes, case.region.as_deref(), rules)
}

/// The company's own end of the matter: confirmed with how to undo it, and the secretariat is told. Where an advisor is
/// involved, or the case is over, it is a person's business.
fn withdrew(case: &Case, from: Person) -> Decision {
    if case.stage.is_over() || case.stage.advisor().is_some() {
        let journal = vec![format!("asks to withdraw while {}; for the secretariat", case.stage.name())];
        return Decision { journal, ..asked(from) };
    }
    let stage = Stage::Withdrawn { before: Some(Box::new(case.stage.clone())) };
    Decision {
        letters: vec![Letter { to: from, kind: LetterKind::Withdrawn, asked_too: false }],
        case: Some(Case { stage, ..case.clone() }),
        ..plain(Outcome::ToSecretariat, "withdrawn by the company; confirmed, and the secretariat is told")
    }
}

fn take_in_for_people(mut case: Case, it: Submission, why: &str) -> Decision {
    let revision = it.workbook.is_some().then(|| revise(&mut case, &it));
    let kind = LetterKind::HandedOver { file: revision.is_some() };
    let letters = vec![Letter { to: it.from, kind, asked_too: false }];
    Decision { case: Some(case), revision, letters, ..plain(Outcome::ToSecretariat, why) }
}

/// Handed to the secretariat; the sender is told so.
fn asked(from: Person) -> Decision {
    Decision {
        letters: vec![Letter { to: from, kind: LetterKind::HandedOver { file: false }, asked_too: false }],
        ..plain(Outcome::ToSecretariat, "a question, handed to the secretariat")
    }
}
