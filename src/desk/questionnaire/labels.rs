//! Short labels: parts of a question's words that no other question has, and what may stand around them.

use super::letters::{Letters, bare};
use crate::desk::rules::{Question, QuestionKind};

/// Letters of a stem: 方式, 参加, 候補.
const STEM: usize = 2;

/// Behind a short word these make the same label of it: 「参加予定：」.
const BEHIND: [&str; 6] = ["予定者", "予定", "する人", "する方", "の方", "者"];

/// Words of a question that stand for it in a label.
#[derive(Debug)]
pub(super) struct Stem {
    /// Its letters.
    pub word: Vec<char>,
    /// The question's place.
    pub question: usize,
}

/// Two kanji at the start or the end of a question's words that stand in no other question's: 「方法：」 for 実施方法.
pub(super) fn stems(questions: &[Question]) -> Vec<Stem> {
    let words: Vec<Vec<Vec<char>>> = questions.iter().map(words).collect();
    let mut stems: Vec<Stem> = Vec::new();
    for (question, own) in words.iter().enumerate() {
        let ends = own.iter().flat_map(|it| [it.get(..STEM), it.get(it.len().saturating_sub(STEM)..)]).flatten();
        for stem in ends.filter(|it| it.len() == STEM && it.iter().all(|it| is_kanji(*it))) {
            let holds = |it: &Vec<char>| it.windows(STEM).any(|it| it == stem);
            let others = words.iter().enumerate().any(|(at, it)| at != question && it.iter().any(holds));
            if !others && stems.iter().all(|it| it.word != stem) {
                stems.push(Stem { word: stem.to_vec(), question });
            }
        }
    }
    stems
}

/// All words of a question as letters.
pub(super) fn words(question: &Question) -> Vec<Vec<char>> {
    let words = question.known_by.iter().map(|it| bare(it)).chain([bare(&question.text)]);
    words.filter(|it| it.len() >= STEM).collect()
}

fn is_kanji(it: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&it)
}

/// The letters behind 予定 and the like.
pub(super) fn behind(letters: &[char], at: usize) -> usize {
    let rest = letters.get(at..).unwrap_or(&[]);
    let stands = |it: &&&str| it.chars().count() <= rest.len() && it.chars().zip(rest).all(|(a, b)| a == *b);
    at + BEHIND.iter().find(stands).map_or(0, |it| it.chars().count())
}

/// Whether what stands behind a label and a blank can be its answer: no sentence goes on there. A `stem` needs an answer that
/// proves itself.
pub(super) fn may_answer(question: &Question, rest: &str, stem: bool) -> bool {
    let letters = Letters::new(rest).folded;
    let rest: String = letters.iter().collect();
    let goes_on = ["の", "は", "が", "を", "に", "も", "で", "と", "へ", "や", "につ", "、"];
    let says = ["ません", "ました", "ます", "ください", "下さい", "難し", "可能", "できな", "でしょうか", "ですか"];
    let prose = goes_on.iter().any(|it| rest.starts_with(it)) || says.iter().any(|it| rest.contains(it));
    match question.kind {
        QuestionKind::Dates => !prose && rest.contains(|it: char| it.is_ascii_digit()),
        QuestionKind::Choice | QuestionKind::Scale => {
            !goes_on.iter().any(|it| rest.starts_with(it)) && super::answers::clean(question, &rest).is_some()
        }
        QuestionKind::Text | QuestionKind::Method => !stem && !prose && !rest.is_empty(),
    }
}
