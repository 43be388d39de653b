//! A new revision against the one before: what is mended, and what is different besides.

use super::Submission;
use crate::desk::{
    case::{Change, Revision},
    check::{Finding, Rule, Severity},
    letter::Progress,
    text,
    workbook::{Indicator, Value, Workbook, Written},
};

/// Changed values that are kept; a letter names fewer.
const MOST_CHANGES: usize = 110;

/// What became of the revision before; `None` for the first, and where it was a blank form: of that nothing is mended.
pub(super) fn of(it: &Submission, must: &[Finding]) -> Option<Progress> {
    let before = it.before.as_ref()?;
    let old: Vec<&Finding> = before.findings.iter().filter(|it| it.severity == Severity::MustMend).collect();
    if old.iter().any(|it| it.rule == Rule::BlankForm) && !must.iter().any(|it| it.rule == Rule::BlankForm) {
        return None;
    }
    let mended = old.iter().filter(|old| !must.iter().any(|new| new.same_place(old)));
    let mended: Vec<Finding> = mended.map(|it| (*it).clone()).collect();
    // what the mail beside an unchanged book explains is an answer
    let resent = !it.explains && mended.is_empty() && is_resent(before, it.workbook.as_ref());
    Some(Progress { before: old.len(), now: must.len(), mended, changes: changes(it), resent, explained: it.explains })
}

/// Whether a book says in every row what the one before said, and in as many places; its name and layout may differ.
pub(super) fn is_resent(before: &Revision, now: Option<&Workbook>) -> bool {
    let (Some(old), Some(new)) = (&before.workbook, now) else { return false };
    let rows = |it: &Workbook| -> Vec<_> {
        let said = |it: &Indicator| {
            let written = |it: &Written| (it.raw.clone(), it.fault);
            (it.no.clone(), written(&it.current), written(&it.target), it.evidence.clone(), it.action.clone())
        };
        it.indicators.iter().map(said).collect()
    };
    let rivals = |it: &Workbook| -> Vec<_> { it.rivals.iter().map(|it| (it.no.clone(), it.raw.clone())).collect() };
    let contradicted = |it: &Workbook| (it.conflicts.clone(), rivals(it));
    old.version == new.version && rows(old) == rows(new) && contradicted(old) == contradicted(new)
}

/// The values that nothing was wrong with before, and that are others now. Two columns that were put right are none.
pub(super) fn changes(it: &Submission) -> Vec<Change> {
    let (Some(before), Some(new)) = (&it.before, &it.workbook) else { return Vec::new() };
    let Some(old) = &before.workbook else { return Vec::new() };
    let twice = |no: &str| old.conflicts.iter().any(|it| it == no);
    let put_right = |was: &Indicator, now: &Indicator| {
        was.current.value == now.target.value && was.target.value == now.current.value
    };
    let pairs = new.indicators.iter().filter_map(|now| Some((old.indicators.iter().find(|it| it.no == now.no)?, now)));
    let right = pairs.filter(|(was, now)| !twice(&was.no) && !put_right(was, now));
    right
        .flat_map(|(was, now)| {
            [change(now, false, &was.current, &now.current), change(now, true, &was.target, &now.target)]
        })
        .flatten()
        .take(MOST_CHANGES)
        .collect()
}

fn change(row: &Indicator, target: bool, before: &Written, now: &Written) -> Option<Change> {
    let (was, is) = (before.value.as_ref()?, now.value.as_ref()?);
    let shown = |value: &Value| match value {
        Value::Level(level) => level.to_string(),
        Value::Text(words) => words.clone(),
    };
    let (was, is) = (shown(was), shown(is));
    (text::key(&was) != text::key(&is)).then(|| Change {
        no: row.no.clone(),
        title: row.title.clone(),
        target,
        before: clipped(&was),
        now: clipped(&is),
    })
}

/// A change is told in one line.
fn clipped(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 30 { line } else { line.chars().take(29).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test may panic")]

    use std::collections::BTreeMap;

    use super::*;
    use crate::desk::{
        reading::Wishes,
        workbook::{Fault, Rival, tests::read_sample},
    };

    #[test]
    fn a_contradiction_or_a_fault_that_is_mended_is_no_file_sent_again() {
        let resent = |old: &Workbook, new: &Workbook| {
            let (mails, findings, changes) = (Vec::new(), Vec::new(), Vec::new());
            let (wishes, answers) = (Wishes::default(), BTreeMap::new());
            let before = Revision { n: 1, mails, findings, workbook: Some(old.clone()), wishes, answers, changes };
            is_resent(&before, Some(new))
        };
        let right = read_sample("complete");
        let mut contradicting = right.clone();
        contradicting.conflicts.push(right.indicators[3].no.clone());
        let rival = |raw: &str| Rival {
            no: right.indicators[3].no.clone(),
            file: "a.xlsx".to_owned(),
            sheet: "写し".to_owned(),
            cell: "J14".to_owned(),
            raw: raw.to_owned(),
        };
        contradicting.rivals = vec![rival("3"), rival("5")];
        let mut otherwise = contradicting.clone();
        otherwise.rivals = vec![rival("3"), rival("4")];
        let mut faulty = right.clone();
        faulty.indicators[3].current.fault = Some(Fault::NoCachedValue);
        for (old, new) in [(&contradicting, &right), (&contradicting, &otherwise), (&faulty, &right)] {
            assert!(!resent(old, new));
            assert!(resent(old, old));
        }
        let mut renamed = contradicting.clone();
        renamed.rivals.iter_mut().for_each(|it| it.file = "b.xlsx".to_owned());
        assert!(resent(&contradicting, &renamed), "the file's name is no change");
    }
}
