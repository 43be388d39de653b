//! What became of the revision before, as a letter tells it.

use serde::Serialize;

use super::{Progress, group::printed_number};
use crate::desk::case::Change;

/// Rows and changes that a letter names; the rest is counted.
const MOST_NAMED: usize = 10;

#[derive(Debug, Clone, Serialize)]
pub(super) struct ProgressView {
    /// How many there were and are; absent where there was nothing to mend.
    counts: Option<Counts>,
    mended: Vec<RowName>,
    more_mended: usize,
    changes: Vec<ChangeView>,
    more_changes: usize,
    resent: bool,
    explained: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Counts {
    before: usize,
    now: usize,
}

#[derive(Debug, Clone, Serialize)]
struct RowName {
    no: String,
    title: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ChangeView {
    no: String,
    title: String,
    target: bool,
    before: String,
    now: String,
}

pub(super) fn progressed(it: &Progress) -> ProgressView {
    // what has no row of its own (the version) is counted, and cannot be listed
    let named = it.mended.iter().filter_map(|it| Some(RowName { no: printed_number(it), title: it.title.clone()? }));
    let (changes, more_changes) = changed(&it.changes);
    ProgressView {
        counts: (it.before > 0).then_some(Counts { before: it.before, now: it.now }),
        mended: named.clone().take(MOST_NAMED).collect(),
        more_mended: named.count().saturating_sub(MOST_NAMED),
        changes,
        more_changes,
        resent: it.resent,
        explained: it.explained,
    }
}

/// The first ten, and how many more there are.
pub(super) fn changed(changes: &[Change]) -> (Vec<ChangeView>, usize) {
    let number =
        |it: &Change| if it.no.starts_with(|it: char| it.is_ascii_digit()) { it.no.clone() } else { String::new() };
    let view = |it: &Change| ChangeView {
        no: number(it),
        title: it.title.clone(),
        target: it.target,
        before: it.before.clone(),
        now: it.now.clone(),
    };
    (changes.iter().take(MOST_NAMED).map(view).collect(), changes.len().saturating_sub(MOST_NAMED))
}
