//! A mail's text → answers by question id: the questions are found by number and words, the answers beside or below them.

mod answers;
mod attending;
mod labels;
mod letters;
mod prose;
mod questions;
mod split;
mod wished;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    rules::{Question, QuestionKind},
    schedule::lines::{Line, Standing, lines},
};
use questions::{Found, Place};

/// Most lines that are read below one question.
const MAX_LINES: usize = 200;

/// Reads the answers that the text holds.
///
/// A question that is not answered (nothing there, the template's blanks, all choices left standing, a mark outside of the
/// scale) is absent; what the letter's sentences say plainly counts then. An answer is kept as it is written, but a choice is told in the questionnaire's words and a mark in
/// ASCII digits. Where a question stands twice, the sender's own lines count before quoted ones; of their own the last
/// place that is answered, of quoted ones the first.
pub fn read(text: &str, questions: &[Question]) -> BTreeMap<String, String> {
    let lines = split::answers(lines(text), questions);
    let found = questions::find(&lines, questions);
    let mut answers = BTreeMap::new();
    for (nth, one) in found.iter().enumerate() {
        let Place::Question(question) = one.place else { continue };
        let Some(question) = questions.get(question) else { continue };
        let own = lines.get(one.line).is_some_and(|it| it.standing == Standing::Own);
        if !own && answers.contains_key(&question.id) {
            continue;
        }
        if let Some(answer) = answer(&lines, one, found.get(nth + 1), question) {
            answers.insert(question.id.clone(), answer);
        }
    }
    let asked = found.iter().map(|it| it.line).collect();
    prose::read(&lines, &asked, questions, &mut answers);
    answers
}

/// Whether the text is the questionnaire: at least half of its questions stand in it, or two.
pub fn asks(text: &str, questions: &[Question]) -> bool {
    let lines = split::answers(lines(text), questions);
    let asked = questions::find(&lines, questions).into_iter().filter_map(|it| match it.place {
        Place::Question(question) => Some(question),
        Place::Unknown => None,
    });
    let asked: BTreeSet<usize> = asked.collect();
    !asked.is_empty() && asked.len() >= questions.len().div_ceil(2).min(2)
}

/// The answer in the question's line, and in those below it up to the next question.
fn answer(lines: &[Line<'_>], one: &Found, next: Option<&Found>, question: &Question) -> Option<String> {
    let head = lines.get(one.line)?;
    let beside = one.answer.and_then(|at| head.text.get(at..)).unwrap_or("").trim();
    let beside = if is_note(beside) || answers::is_request(beside) { "" } else { answers::unlabelled(beside) };
    let below = below(lines, one.line + 1, next.map(|it| it.line), head.standing, !answers::is_blank(beside));
    // the sender's own words below a quoted question
    let inside = head.standing == Standing::Quoted && below.iter().any(|it| it.standing == Standing::Own);
    let mut parts: Vec<&str> = Vec::new();
    let short = matches!(question.kind, QuestionKind::Method | QuestionKind::Choice | QuestionKind::Scale);
    if !inside && !answers::is_blank(beside) {
        if short && let Some(it) = answers::clean(question, beside) {
            return Some(it);
        }
        parts.push(beside);
    }
    parts.extend(
        below.iter().filter(|it| !inside || it.standing == Standing::Own).map(|it| answers::unlabelled(it.text.trim())),
    );
    answers::clean(question, parts.join("\n").trim())
}

/// The lines between a question and the next one. An answer ends at a rule, a signature, a quoted mail's introduction and
/// polite closing words; where no question follows, also at an empty line.
fn below<'l, 't>(
    lines: &'l [Line<'t>],
    from: usize,
    next: Option<usize>,
    standing: Standing,
    begun: bool,
) -> Vec<&'l Line<'t>> {
    let to = next.unwrap_or(lines.len());
    let mut kept = Vec::new();
    let mut begun = begun;
    // what follows an answer up to a quoted question is no part of it
    let ends =
        next.and_then(|at| lines.get(at)).is_none_or(|it| standing == Standing::Own && it.standing != Standing::Own);
    for line in lines.iter().take(to).skip(from).take(MAX_LINES) {
        let text = line.text.trim();
        let other = standing == Standing::Own && line.standing == Standing::Quoted;
        if line.standing == Standing::Header || other || answers::ends_answer(text) {
            break;
        }
        if text.is_empty() {
            if begun && ends {
                break;
            }
            continue;
        }
        // the template's own notes
        if is_note(text) {
            continue;
        }
        begun = true;
        kept.push(line);
    }
    kept
}

/// The template's own notes: 「※お名前をお書きください」, 「（例）…」.
fn is_note(text: &str) -> bool {
    ["※", "（※", "（例", "(例"].iter().any(|it| text.starts_with(it))
}
