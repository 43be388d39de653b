//! What people order, decided like everything else.

use jiff::civil;

use super::{
    Decision, Held, Hold, Order, Outcome, held, plain,
    wishes::{offered, settle, still_missing, take_offers},
};
use crate::desk::{
    case::{Case, Stage},
    letter::{Letter, LetterKind},
    mail::Person,
    reading::{DoubtWhy, Method, Scope, Wishes},
    rules::{Advisor, Programme, Rules},
};

pub(super) fn ordered(today: civil::Date, rules: &Rules, case: &Case, order: Order) -> Decision {
    match order {
        Order::Assign { advisor, workbooks } => match rules.advisors.iter().find(|it| it.id == advisor) {
            Some(it) => assigned(case, it, workbooks),
            None => held(Held::silently(Hold::BadOrder)),
        },
        Order::Admit { contact, instead } => admitted(case, contact, instead),
        Order::Wish(wishes) => wished(today, rules, case.clone(), wishes),
        Order::Reopen => match &case.stage {
            Stage::Withdrawn { before } => {
                let stage = before.as_deref().cloned().unwrap_or(Stage::Applied);
                reopened(today, rules, Case { stage, ..case.clone() })
            }
            // the company was told only that a person will answer, and the person does
            Stage::Held { before, .. } => {
                let stage = before.as_deref().cloned().unwrap_or(Stage::Applied);
                let journal = format!("a person has looked, {} as before", stage.name());
                Decision { case: Some(Case { stage, ..case.clone() }), ..plain(Outcome::Recorded, &journal) }
            }
            _ => held(Held::silently(Hold::BadOrder)),
        },
    }
}

/// The case stands where it stood, and the company hears so, with what is still missing: the letter about the withdrawal
/// was the last it heard. Where a person speaks with the company, the person says it.
fn reopened(today: civil::Date, rules: &Rules, case: Case) -> Decision {
    let journal = format!("reopened by the secretariat, {} as before", case.stage.name());
    let call = case.stage.needs_call(rules.programme.correction_rounds);
    let findings = match &case.stage {
        Stage::Correcting { findings, .. } if !call => findings.clone(),
        _ => Vec::new(),
    };
    let (asks, slots) =
        if call { (Vec::new(), Vec::new()) } else { (still_missing(rules, &case), offered(today, rules, &case)) };
    let letter = Letter {
        to: case.contact.clone(),
        kind: LetterKind::Reopened { findings, asks, slots, call },
        asked_too: false,
    };
    let letters = if case.muted { Vec::new() } else { vec![letter] };
    Decision { letters, case: Some(case), ..plain(Outcome::Recorded, &journal) }
}

/// Nothing is written to anybody: what was held for this address is decided anew.
fn admitted(case: &Case, contact: Person, instead: bool) -> Decision {
    let journal = if instead {
        "the secretariat names another address to write to"
    } else {
        "the secretariat admits another address"
    };
    let writes_to = if instead { contact.clone() } else { case.contact.clone() };
    Decision {
        case: Some(Case { contact: writes_to, ..case.clone() }),
        admitted: Some(contact),
        ..plain(Outcome::Recorded, journal)
    }
}

fn assigned(case: &Case, advisor: &Advisor, workbooks: Vec<(String, Vec<u8>)>) -> Decision {
    let to = Person { name: advisor.name.clone(), address: advisor.address.clone() };
    let case = Case { stage: Stage::Proposed { advisor: advisor.id.clone() }, ..case.clone() };
    let journal = format!("assigned to {}", advisor.id);
    let form = !workbooks.is_empty();
    let kind = LetterKind::Assignment { advisor: advisor.clone(), workbooks };
    let mut letters = vec![Letter { to, kind, asked_too: false }];
    // where a person speaks with the company, the person says it
    if !case.muted {
        let kind = LetterKind::AdvisorNamed { advisor: advisor.clone(), form };
        letters.push(Letter { to: case.contact.clone(), kind, asked_too: false });
    }
    Decision { letters, case: Some(case), ..plain(Outcome::Answered, &journal) }
}

/// The days take the place of those that are known; what is not named stays. Nobody is written to: a person has spoken or
/// written with the company.
fn wished(today: civil::Date, rules: &Rules, mut case: Case, mut new: Wishes) -> Decision {
    take_offers(&case.stage, &mut new);
    if new.knows_method() {
        (case.wishes.method, case.wishes.either) = (new.method, new.either);
    }
    if !new.dates.is_empty() {
        let (method, either) = (case.wishes.method, case.wishes.either);
        case.wishes = Wishes { method, either, scope: Scope::All, ..new };
    }
    if matches!(case.stage, Stage::Complete | Stage::Offering { .. }) {
        let slots = offered(today, rules, &case);
        settle(rules, &mut case, &slots);
    }
    let journal = format!("the secretariat sets the wishes: {} days, {}", case.wishes.dates.len(), case.stage.name());
    Decision { case: Some(case), ..plain(Outcome::Recorded, &journal) }
}

/// Whether the wishes of a case may be set to these; the reason why not, for the one who ordered. Whatever is not sure is said
/// again by the one who knows it.
pub fn may_wish(case: &Case, new: &Wishes) -> Result<(), String> {
    if case.stage.is_over() {
        return Err(format!("case {} is {}", case.number, case.stage.name()));
    }
    let why = |it: DoubtWhy| match it {
        DoubtWhy::Weekday => "the weekday is not that of the date",
        DoubtWhy::Impossible => "there is no such day or time",
        DoubtWhy::Outside => "it is over, or after the end of the advice",
        DoubtWhy::Unclear => "it cannot be read for sure",
    };
    if let Some(it) = new.doubts.first() {
        return Err(format!("「{}」: {}", it.raw, why(it.why)));
    }
    if new.dates.is_empty() && (!new.excluded.is_empty() || !new.knows_method()) {
        return Err("neither a day that suits nor a method is named".to_string());
    }
    let changes = matches!(new.scope, Scope::Single | Scope::More | Scope::Stays | Scope::Unclear);
    if changes || new.unsure {
        return Err("this tells of a change; name all the days that suit, and no others".to_string());
    }
    let days = new.dates.iter().map(|it| (it.open_month, &it.raw));
    let mut days = days.chain(new.excluded.iter().map(|it| (it.open_month, &it.raw)));
    match days.find(|it| it.0) {
        Some((_, raw)) => Err(format!("「{raw}」 names no month")),
        None => Ok(()),
    }
}

/// Whether a case may be given to this advisor now; the reason why not, for the one who ordered.
pub fn may_assign(case: &Case, advisor: Option<&Advisor>, programme: &Programme, load: u32) -> Result<(), String> {
    let Some(advisor) = advisor else {
        return Err("no such advisor in advisors.toml".to_string());
    };
    match &case.stage {
        Stage::Complete | Stage::Offering { .. } => {}
        Stage::Proposed { advisor } => return Err(format!("case {} is with {advisor} already", case.number)),
        other => return Err(format!("case {} is {}; only a complete one can be assigned", case.number, other.name())),
    }
    if load >= advisor.capacity {
        return Err(format!("{} has {load} cases already (capacity {})", advisor.id, advisor.capacity));
    }
    let wished = case.wishes.method.filter(|_| programme.in_person && !case.wishes.either);
    if let Some(method) = wished.filter(|it| !advisor.methods.contains(it)) {
        return Err(format!("{} does not advise {}; the company wishes it", advisor.id, method_name(method)));
    }
    Ok(())
}

fn method_name(it: Method) -> &'static str {
    match it {
        Method::Online => "online",
        Method::InPerson => "in person",
    }
}
