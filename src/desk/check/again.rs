//! 「該当なし」 is asked about once.

use super::{Finding, Hint, Rule, Severity};
use crate::desk::{text, workbook::says_nothing};

/// Takes what the company says again for its answer. `before` are the findings of the revision before.
///
/// - What was accepted with a reason stays accepted, even where the reason is not repeated, and whether the cell is left
///   blank or holds any word for no value.
/// - What was asked about and is answered with the same word in the same row is accepted without a reason: it was asked
///   once, the company has looked and stays with it, and the advisor is told. A file that is the same as before
///   (`resent`) is no answer.
pub fn accept_repeated(findings: &mut [Finding], before: &[Finding], resent: bool) {
    for it in findings.iter_mut().filter(|it| matches!(it.rule, Rule::NotAnAnswer | Rule::CurrentMissing)) {
        let Some(old) = before.iter().find(|old| old.no == it.no && answered_before(old, it, resent)) else { continue };
        // 「該当なし（店舗のため）」, which is 「該当なし」 now
        let reason = reason(old);
        it.hint = Hint { hidden: it.hint.hidden, reason, ..Hint::default() };
        (it.rule, it.severity) = (Rule::NotApplicable, Severity::Note);
    }
}

/// Why there is no value, from the mail, the column beside the cell, or the cell itself.
fn reason(old: &Finding) -> Option<String> {
    old.hint.reason.clone().or_else(|| old.found.clone().filter(|it| !says_nothing(it)))
}

fn answered_before(old: &Finding, new: &Finding, resent: bool) -> bool {
    let key = |it: &Finding| it.found.as_deref().map(text::key).unwrap_or_default();
    let (was, is) = (key(old), key(new));
    match (old.rule, new.rule) {
        (Rule::NotApplicable, _) if reason(old).is_some() => true,
        (Rule::NotApplicable, Rule::NotAnAnswer) => was.starts_with(&is),
        (Rule::NotApplicable, _) => was.is_empty(),
        (Rule::NotAnAnswer, Rule::NotAnAnswer) => was == is && !resent,
        _ => false,
    }
}
