//! What we know + what happened → what is to become true. The heart; read this first.

mod event;
mod order;
mod person;
mod progress;
mod submitted;
mod wishes;

use jiff::{Timestamp, civil};

use super::{
    case::{Case, Number, Stage},
    check::Rule,
    letter::{Letter, LetterKind},
    mail::{Person, application::Application},
    rules::Rules,
};

pub use order::{may_assign, may_wish};
pub use person::answered_by_person;

use submitted::submitted;
use wishes::{asks, offered, still_missing, take_offers, take_wishes};

pub use event::{Decision, Event, Held, Hold, Order, Outcome, Submission, Supplement};

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
        (_, Event::Listed) => plain(Outcome::ToSecretariat, "came through a mailing list, for people; not answered"),
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
        (Some(case), Event::Submitted(it)) => submitted(today, rules, case.clone(), *it),
        (None, Event::Submitted(it)) => submitted(today, rules, Case::opened(next, it.from.clone(), now), *it),
        (Some(case), Event::Supplemented(it)) => supplemented(today, rules, case, *it),
        (None, Event::Supplemented(it)) => asked(it.from, false),
        (Some(case), Event::Withdrew { from }) => withdrew(case, from),
        (_, Event::Asked { from, file }) => asked(from, file),
        (None, Event::Withdrew { from }) => asked(from, false),
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
        return Decision { journal, ..asked(to, false) };
    }
    Decision {
        letters: vec![Letter { to, kind: LetterKind::Materials { message: message.clone() }, asked_too: false }],
        case: Some(Case { region: case.region.clone().or(it.region), ..case.clone() }),
        ..plain(answered(!message.is_empty()), "applied again by the form; materials written again")
    }
}

/// A mail that is answered and asks something besides is a person's business, too.
fn answered(asks_too: bool) -> Outcome {
    if asks_too { Outcome::ToSecretariat } else { Outcome::Answered }
}

fn supplemented(today: civil::Date, rules: &Rules, case: &Case, mut it: Supplement) -> Decision {
    let mut case = case.clone();
    let had_advisor = case.stage.advisor().is_some();
    take_offers(&case.stage, &mut it.wishes);
    let sure = take_wishes(&mut case, &it.wishes, &it.answers);
    if case.region.is_none() {
        case.region.clone_from(&it.region);
    }
    // what is said before a call is for the one who calls: a telephone number, hours
    if had_advisor || case.stage.is_over() || case.stage.needs_call(rules.programme.correction_rounds) {
        let decision = asked(it.from, false);
        return Decision { case: Some(case), ..decision };
    }
    let slots = offered(today, rules, &case);
    if case.stage.has_complete_form() {
        wishes::settle(rules, &mut case, &slots);
    }
    if !sure {
        let journal = vec!["which of the days it changes is not sure; for the secretariat".to_owned()];
        return Decision { case: Some(case), journal, ..asked(it.from, false) };
    }
    let mut asks = asks(&case, &it.findings);
    asks.extend(still_missing(rules, &case));
    if asks.iter().any(|it| it.rule == Rule::RegionOutside) {
        asks.retain(|it| it.rule != Rule::RegionUnknown);
    }
    let journal = format!("wishes or answers → {}", case.stage.name());
    let kind = LetterKind::Noted { asks, slots };
    Decision {
        letters: vec![Letter { to: it.from, kind, asked_too: it.asks_too }],
        case: Some(case),
        ..plain(answered(it.asks_too), &journal)
    }
}

/// The company's own end of the matter: confirmed with how to undo it, and the secretariat is told. Where an advisor is
/// involved, or the case is over, it is a person's business.
fn withdrew(case: &Case, from: Person) -> Decision {
    if case.stage.is_over() || case.stage.advisor().is_some() {
        let journal = vec![format!("asks to withdraw while {}; for the secretariat", case.stage.name())];
        return Decision { journal, ..asked(from, false) };
    }
    let stage = Stage::Withdrawn { before: Some(Box::new(case.stage.clone())) };
    Decision {
        letters: vec![Letter { to: from, kind: LetterKind::Withdrawn, asked_too: false }],
        case: Some(Case { stage, ..case.clone() }),
        ..plain(Outcome::ToSecretariat, "withdrawn by the company; confirmed, and the secretariat is told")
    }
}

/// Handed to the secretariat; the sender is told so.
fn asked(from: Person, file: bool) -> Decision {
    Decision {
        letters: vec![Letter { to: from, kind: LetterKind::HandedOver { file }, asked_too: false }],
        ..plain(Outcome::ToSecretariat, "a question, handed to the secretariat")
    }
}
