//! All answers in one line: 「1. 対面　2. 9/6午後　3. 田中」 and 「参加者：田中、方式：対面」 are read as several.

use super::labels::{self, behind, may_answer};
use crate::desk::{rules::Question, schedule::lines::Line, text::fold};

/// Fewest numbers that make a line a list of answers.
const LEAST: usize = 3;
/// Marks and blanks between two answers.
const SEPARATORS: [char; 11] = ['/', '／', '、', ',', '，', '・', ';', '；', '|', ' ', '　'];
/// Longest such line, in bytes.
const MAX: usize = 2_000;

/// The lines, cut where several answers stand on one: at their numbers, and at their labels.
pub(super) fn answers<'t>(lines: Vec<Line<'t>>, questions: &[Question]) -> Vec<Line<'t>> {
    at_labels(at_numbers(lines), questions)
}

/// The lines, with those that list several numbered answers cut at their numbers.
fn at_numbers<'t>(lines: Vec<Line<'t>>) -> Vec<Line<'t>> {
    let mut cut = Vec::with_capacity(lines.len());
    for line in lines {
        let starts = starts(line.text);
        if starts.len() < LEAST {
            cut.push(line);
            continue;
        }
        push_parts(&mut cut, line, &starts);
    }
    cut
}

/// The line's parts from each start to the next, without the marks between them.
fn push_parts<'t>(cut: &mut Vec<Line<'t>>, line: Line<'t>, starts: &[usize]) {
    let ends = starts.iter().skip(1).copied().chain([line.text.len()]);
    for (from, to) in starts.iter().copied().zip(ends) {
        let text = line.text.get(from..to).unwrap_or("").trim_end_matches(SEPARATORS);
        cut.push(Line { at: line.at + from, text, ..line });
    }
}

/// The lines, with those cut at their labels that have two or more of different questions: 「参加者：田中／方式：対面」.
fn at_labels<'t>(lines: Vec<Line<'t>>, questions: &[Question]) -> Vec<Line<'t>> {
    let words = labels(questions);
    let mut cut = Vec::with_capacity(lines.len());
    for line in lines {
        let labelled = answered(line.text, labelled(line.text, &words), questions);
        let other = labelled.iter().any(|it| labelled.first().is_some_and(|first| first.question != it.question));
        let mut starts: Vec<usize> = labelled.into_iter().map(|it| it.at).collect();
        // 「…ものです。参加者：飯島」
        let behind_sentence = |at: &usize| line.text.get(..*at).is_some_and(|it| it.trim_end().ends_with('。'));
        if !other && !starts.first().is_some_and(behind_sentence) {
            cut.push(line);
            continue;
        }
        // what stands before the first label is a line of its own
        let head = line.text.get(..starts.first().copied().unwrap_or(0)).unwrap_or("");
        if head.chars().any(char::is_alphabetic) {
            starts.insert(0, 0);
        } else if let Some(first) = starts.first_mut() {
            *first = 0;
        }
        push_parts(&mut cut, line, &starts);
    }
    cut
}

/// A word that can be a label.
struct Word {
    letters: Vec<char>,
    question: usize,
    /// Only a part of the question's words.
    stem: bool,
}

/// A label that stands in a line.
struct Label {
    /// Its first byte.
    at: usize,
    /// The byte behind it.
    end: usize,
    question: usize,
    stem: bool,
    /// Whether no more than a blank stands behind it.
    spaced: bool,
}

/// The words that can be a label, the longest first.
fn labels(questions: &[Question]) -> Vec<Word> {
    let whole = questions.iter().enumerate().flat_map(|(question, it)| {
        labels::words(it).into_iter().map(move |letters| Word { letters, question, stem: false })
    });
    let stems = labels::stems(questions).into_iter();
    let stems = stems.map(|it| Word { letters: it.word, question: it.question, stem: true });
    let mut words: Vec<Word> = whole.chain(stems).collect();
    words.sort_by_key(|it| (std::cmp::Reverse(it.letters.len()), it.stem));
    words
}

/// Those that a colon follows, or, where each has one, an answer behind a blank: 「方式 オンライン / 参加 山田」.
fn answered(line: &str, mut labels: Vec<Label>, questions: &[Question]) -> Vec<Label> {
    let ends: Vec<usize> = labels.iter().skip(1).map(|it| it.at).chain([line.len()]).collect();
    let answers = labels.iter().zip(&ends).filter(|(it, _)| it.spaced).all(|(it, to)| {
        let rest = line.get(it.end..*to).unwrap_or("").trim_matches(SEPARATORS);
        questions.get(it.question).is_some_and(|question| may_answer(question, rest, it.stem))
    });
    labels.retain(|it| !it.spaced || answers);
    labels
}

/// Where labels begin: at the start or behind a mark, before a colon or a blank, outside of brackets.
fn labelled(line: &str, words: &[Word]) -> Vec<Label> {
    if line.len() > MAX {
        return Vec::new();
    }
    let chars: Vec<(usize, char)> = line.char_indices().collect();
    let folded: Vec<char> = chars.iter().map(|it| one(it.1)).collect();
    let mut found = Vec::new();
    let (mut depth, mut free) = (0_usize, 0_usize);
    for (at, (byte, _)) in chars.iter().enumerate() {
        match folded.get(at) {
            Some('(') => depth += 1,
            Some(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let start = depth == 0 && at >= free && begins(&folded, at);
        if let Some((word, end)) = start.then(|| label(&folded, at, words)).flatten() {
            let spaced = folded.get(end).is_some_and(|it| it.is_whitespace()) && !before_colon(&folded, end);
            let behind = chars.get(end).map_or(line.len(), |it| it.0);
            found.push(Label { at: *byte, end: behind, question: word.question, stem: word.stem, spaced });
            free = end;
        }
    }
    found
}

/// A character folded, if it folds to one.
fn one(it: char) -> char {
    let folded = fold(it.encode_utf8(&mut [0; 4])).to_lowercase();
    let mut chars = folded.chars();
    chars.next().filter(|_| chars.next().is_none()).unwrap_or(it)
}

/// Whether a part may begin there: at the line's start, or behind a mark or a blank.
fn begins(folded: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|it| folded.get(it));
    let opens = folded.get(at).is_some_and(|it| matches!(it, '【' | '[' | '■' | '●' | '○'));
    before.is_none_or(|it| it.is_whitespace() || "、,/・。;|】]".contains(*it) || opens)
        && folded.get(at).is_some_and(|it| !it.is_whitespace())
}

/// The question whose label stands there, and the place behind its words: 「3. ご希望の支援：」, 【支援】.
fn label<'w>(folded: &[char], at: usize, words: &'w [Word]) -> Option<(&'w Word, usize)> {
    let mut at = at;
    let numbered = folded
        .get(at..at + 2)
        .is_some_and(|it| matches!(it, [number, mark] if number.is_ascii_digit() && matches!(mark, '.' | ')' | ':')));
    at += if numbered { 2 } else { 0 };
    while folded.get(at).is_some_and(|it| it.is_whitespace() || "【[■●○◆・".contains(*it)) {
        at += 1;
    }
    for polite in ["ご希望の", "希望の", "希望する", "今後の", "当日の", "ご", "お"] {
        let rest = folded.get(at..).unwrap_or(&[]);
        let length = polite.chars().count();
        let own = words.iter().any(|it| rest.starts_with(&it.letters));
        if !own && rest.len() > length && polite.chars().zip(rest).all(|(a, b)| a == *b) {
            at += length;
        }
    }
    let rest = folded.get(at..)?;
    let word = words.iter().find(|it| rest.starts_with(&it.letters))?;
    let end = at + word.letters.len();
    let end = if word.letters.len() == 2 { behind(folded, end) } else { end };
    let spaced = folded.get(end).is_some_and(|it| it.is_whitespace());
    (spaced || before_colon(folded, end)).then_some((word, end))
}

/// Whether a mark that ends a label is the next letter.
fn before_colon(folded: &[char], at: usize) -> bool {
    let next = folded.iter().skip(at).find(|it| !it.is_whitespace());
    next.is_some_and(|it| matches!(it, ':' | '=' | '→' | '⇒' | '】' | ']'))
}

/// Where the numbers 1, 2, 3 … stand, the first at the line's start, the others behind a blank or a mark.
fn starts(line: &str) -> Vec<usize> {
    let mut starts: Vec<(usize, char, u32)> = Vec::new();
    if line.len() > MAX {
        return Vec::new();
    }
    let mut before = ' ';
    for (at, it) in line.char_indices() {
        let free = before.is_whitespace() || matches!(before, '/' | '／' | '、' | ',');
        let first = starts.is_empty() && line.get(..at).is_some_and(|it| it.trim().is_empty());
        if let Some((style, number)) = line.get(at..).and_then(number).filter(|_| free) {
            match starts.last() {
                None if first && number == 1 => starts.push((at, style, number)),
                Some((_, last, value)) if *last == style && value + 1 == number => starts.push((at, style, number)),
                _ => {}
            }
        }
        before = it;
    }
    starts.into_iter().map(|it| it.0).collect()
}

/// `1.`, `1)`, ①, `Q1`, 問1: its style and value.
fn number(text: &str) -> Option<(char, u32)> {
    let first = text.chars().next()?;
    if ('①'..='⑨').contains(&first) {
        return Some(('①', u32::from(first) - u32::from('①') + 1));
    }
    let head: String = text.chars().take(3).collect();
    let folded = fold(&head).to_lowercase();
    let mut chars = folded.chars();
    let (first, second) = (chars.next()?, chars.next()?);
    match (first, second.to_digit(10)) {
        ('q' | '問', Some(number)) => Some(('q', number)),
        (_, None) if matches!(second, '.' | ')') => {
            let clock = chars.next().is_some_and(|it| it.is_ascii_digit());
            Some((second, first.to_digit(10).filter(|_| !clock)?))
        }
        _ => None,
    }
}
