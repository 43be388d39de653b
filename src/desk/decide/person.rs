//! A person of the secretariat speaks with the company: what came is taken in, and nothing is written (DESIGN §2.14).

use super::{Decision, Outcome, Stage};
use crate::desk::{case::Case, mail::Person};

/// What is decided in a muted case: all of it but the letters.
pub(super) fn in_muted_case(case: &Case, decision: Decision) -> Decision {
    let mut it = silent(Some(case), decision);
    it.outcome = Outcome::ToSecretariat;
    it.journal.push("a person handles this case; nothing was written".to_string());
    it
}

/// A mail that a person answered before the desk did: `answered` tells whether this person was written to. The case is the
/// person's from now on.
pub fn answered_by_person(before: Option<&Case>, decision: Decision, answered: impl Fn(&Person) -> bool) -> Decision {
    if !decision.letters.iter().any(|it| answered(&it.to)) {
        return decision;
    }
    let mut it = silent(before, decision);
    // a held mail is nobody's yet: what a person wrote to its sender says nothing about the case it may belong to
    if it.held.is_none() {
        it.case = it.case.or_else(|| before.cloned()).map(|case| Case { muted: true, ..case });
    }
    it.outcome = Outcome::Recorded;
    it.journal.push("a person answered already; nothing was written".to_string());
    it
}

/// Without letters; nobody was asked for anything, so no round is counted.
fn silent(before: Option<&Case>, decision: Decision) -> Decision {
    let asked = before.map_or(0, |it| rounds(&it.stage));
    let case = decision.case.map(|mut it| {
        it.muted = before.is_some_and(|it| it.muted);
        if let Stage::Correcting { rounds, .. } = &mut it.stage {
            *rounds = asked;
        }
        it
    });
    Decision { case, letters: Vec::new(), ..decision }
}

fn rounds(stage: &Stage) -> u32 {
    match stage {
        Stage::Correcting { rounds, .. } => *rounds,
        _ => 0,
    }
}
