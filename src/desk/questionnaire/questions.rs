//! Which lines ask which question, and where the answer begins in them.

use super::{
    answers,
    labels::{Stem, behind as behind_word, may_answer, stems},
    letters::{Letters, bare},
};
use crate::desk::{
    rules::{Question, QuestionKind},
    schedule::lines::{Line, Standing},
};

/// How far from the line's start a question's words may begin without its number: a bullet, 「ご」.
const NEAR_START: usize = 4;
/// Longest way from the question's words to its colon: 「…をお選びください：」.
const TO_COLON: usize = 30;
/// Part of a question's pairs of letters that has to stand in a line that words it differently.
const ALIKE: f64 = 0.7;

/// A line that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The line.
    pub line: usize,
    /// What it asks.
    pub place: Place,
    /// The byte of the line at which its answer begins.
    pub answer: Option<usize>,
}

/// What a line asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A question of ours, by its index.
    Question(usize),
    /// A numbered question among ours that we do not know; it ends the answer before it.
    Unknown,
}

/// The number at a line's start.
#[derive(Debug, Clone, Copy)]
struct Number {
    value: usize,
    /// 「1.」 and 「①」 count apart: one may list things under the other.
    style: char,
    /// The letter behind it.
    end: usize,
    /// 「5.3」: a number only where the questionnaire comes to it.
    weak: bool,
}

#[derive(Debug)]
struct Numbered {
    line: usize,
    number: Number,
    letters: Letters,
    /// The question whose words it has.
    question: Option<usize>,
}

/// A question's words.
struct Words {
    /// The question itself, without what stands in brackets.
    whole: Vec<char>,
    known: Vec<Vec<char>>,
    /// Parts of them that no other question has.
    stems: Vec<Vec<char>>,
}

/// All lines that ask, in order.
pub(super) fn find(lines: &[Line<'_>], questions: &[Question]) -> Vec<Found> {
    let stems = stems(questions);
    let words: Vec<Words> = questions.iter().enumerate().map(|(at, it)| words(it, at, &stems)).collect();
    let mut found = Vec::new();
    let mut numbered = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, it)| it.standing != Standing::Header) {
        if line.text.trim().is_empty() {
            continue;
        }
        let letters = Letters::new(line.text);
        let number = number(&letters);
        let by_words = by_words(&letters, number.filter(|it| !it.weak), &words, questions);
        if let Some((question, answer)) = by_words {
            found.push(Found { line: at, place: Place::Question(question), answer });
        }
        if let Some(number) = number {
            numbered.push(Numbered { line: at, number, letters, question: by_words.map(|it| it.0) });
        }
    }
    by_number(&numbered, lines, questions, &mut found);
    found.sort_by_key(|it| it.line);
    found
}

fn words(question: &Question, at: usize, stems: &[Stem]) -> Words {
    let known: Vec<Vec<char>> = question.known_by.iter().map(|it| bare(it)).filter(|it| it.len() > 1).collect();
    let stems = stems.iter().filter(|it| it.question == at && !known.contains(&it.word));
    Words { whole: bare(&question.text), stems: stems.map(|it| it.word.clone()).collect(), known }
}

/// The number a question has: its place in the questionnaire.
fn ordinal(question: usize) -> usize {
    question + 1
}

/// `1.`, 「１．」, ①, 【1】, (1), Q1, 問1.
fn number(letters: &Letters) -> Option<Number> {
    let mut at = 0;
    while letters.get(at).is_some_and(|it| matches!(it, '・' | '■' | '●' | '◆' | '□' | '*' | '#' | '|' | '│'))
    {
        at += 1;
    }
    let open = letters.get(at).filter(|it| matches!(it, '【' | '(' | '[' | '<' | '〈' | '《' | '〔'));
    at += usize::from(open.is_some());
    let asked = [['設', '問'].as_slice(), &['質', '問'], &['問'], &['q'], &['n', 'o', '.'], &['n', 'o']];
    let prefix = asked.iter().find(|it| letters.folded.get(at..).is_some_and(|rest| rest.starts_with(it)));
    at += prefix.map_or(0, |it| it.len());
    let circled = letters.is_circled(at);
    // ⑤５ is the fifth, answered by 5
    // and 「Q5 3」 is, too
    let own =
        |it: &usize| *it == at || if circled { letters.byte(*it) == letters.byte(at) } else { !letters.is_spaced(*it) };
    let digits =
        (at..at + 3).take_while(|it| own(it) && letters.get(*it).is_some_and(|it| it.is_ascii_digit())).count();
    if !(1..=2).contains(&digits) {
        return None;
    }
    let value = (at..at + digits).fold(0, |sum, it| sum * 10 + digit(letters.get(it)));
    let mut end = at + digits;
    let next = letters.get(end);
    let mark = next.filter(|it| matches!(it, '.' | ')' | '】' | ']' | '>' | '〉' | '》' | '〕' | '、' | ':' | ','));
    // 1.5 and 13:00 are none
    let goes_on = matches!(mark, Some('.' | ':' | ','))
        && letters.get(end + 1).is_some_and(|it| it.is_ascii_digit())
        && !letters.is_spaced(end + 1)
        && prefix.is_none();
    let weak = goes_on && mark == Some('.') && digits == 1;
    if goes_on && !weak {
        return None;
    }
    let spaced = letters.is_spaced(end);
    if !(circled || mark.is_some() || prefix.is_some() || spaced) {
        return None;
    }
    while letters
        .get(end)
        .is_some_and(|it| matches!(it, '.' | ')' | '】' | ']' | '>' | '〉' | '》' | '〕' | '、' | ':' | ','))
    {
        end += 1;
    }
    let style = if circled { '①' } else { open.or(prefix.map(|_| 'q')).or(mark).unwrap_or(' ') };
    Some(Number { value, style, end, weak })
}

fn digit(it: Option<char>) -> usize {
    it.and_then(|it| it.to_digit(10)).and_then(|it| usize::try_from(it).ok()).unwrap_or(0)
}

/// The question whose words the line has, and where its answer begins.
fn by_words(
    letters: &Letters,
    number: Option<Number>,
    words: &[Words],
    questions: &[Question],
) -> Option<(usize, Option<usize>)> {
    let start = number.map_or(0, |it| it.end);
    let mut best: Option<(usize, usize, Option<usize>)> = None;
    for (at, (words, question)) in words.iter().zip(questions).enumerate() {
        let own = number.is_some_and(|it| it.value == ordinal(at));
        let Some((weight, end)) = fit(letters, start, words, question, own) else { continue };
        let (answer, asks) = behind(letters, end, question);
        if (own || asks) && best.is_none_or(|it| it.0 < weight) {
            best = Some((weight, at, answer.map(|it| letters.byte(it))));
        }
    }
    best.map(|(_, question, answer)| (question, answer))
}

/// How well the words fit, and the letter behind them. `own`: the line has the question's number.
fn fit(letters: &Letters, start: usize, words: &Words, question: &Question, own: bool) -> Option<(usize, usize)> {
    let reach = start + if own { 60 } else { NEAR_START };
    let stands = |word: &Vec<char>| letters.find(start, word).filter(|it| *it <= reach).map(|it| it + word.len());
    if let Some(end) = stands(&words.whole) {
        return Some((1000 + words.whole.len(), end));
    }
    let known = |it: &Vec<char>| match it.len() {
        ..=2 if own => stands(it).filter(|end| ends_label(letters, *end)),
        ..=2 => labels(letters, start, it, question, false),
        _ => stands(it),
    };
    let known = words.known.iter().filter_map(|it| known(it).map(|end| (it.len(), end))).max();
    // the words end where the question ends that they are part of
    let known = known.map(|(weight, end)| (100 + weight, end));
    let stem = || {
        let stems = words.stems.iter().filter_map(|it| labels(letters, start, it, question, true));
        stems.max().map(|end| (2, end))
    };
    known.or_else(stem).or_else(|| {
        let part = alike(letters, start, &words.whole).filter(|_| own)?;
        Some((1, part))
    })
}

/// Whether a label may end here: the 支援 of 「4. 伴走型支援」 is none.
fn ends_label(letters: &Letters, end: usize) -> bool {
    letters.get(end).is_some_and(|it| ":?(|│】]→".contains(it) || letters.is_spaced(end))
}

/// Where a short word ends that is all of the line's label: 「支援：」, but not 「支援部長：」.
fn labels(letters: &Letters, start: usize, word: &[char], question: &Question, stem: bool) -> Option<usize> {
    let mut at = start;
    while letters.get(at).is_some_and(|it| "・■●◆◇□*#|│【[○◎-".contains(it)) {
        at += 1;
    }
    let at = after_any(letters, at, &["ご希望の", "ご希望", "希望の", "希望", "今後の", "ご", "お"]);
    let end = at + word.len();
    if letters.folded.get(at..end) != Some(word) {
        return None;
    }
    let end = behind_word(&letters.folded, end);
    let chosen = matches!(question.kind, QuestionKind::Method | QuestionKind::Choice | QuestionKind::Scale) && !stem;
    let rest = || letters.folded.get(end..).unwrap_or(&[]).iter().collect::<String>();
    let spaced = letters.is_spaced(end) && (chosen || may_answer(question, &rest(), stem));
    (spaced || letters.get(end).is_some_and(|it| ":|│】]→⇒=".contains(it))).then_some(end)
}

/// The letter behind the first of `words` that stands there, or `at`.
pub(super) fn after_any(letters: &Letters, at: usize, words: &[&str]) -> usize {
    let rest = letters.folded.get(at..).unwrap_or(&[]);
    let stands = |word: &&&str| word.chars().count() <= rest.len() && word.chars().zip(rest).all(|(a, b)| a == *b);
    at + words.iter().find(stands).map_or(0, |it| it.chars().count())
}

/// The letter behind a line's question that has most of the words in another order or form.
fn alike(letters: &Letters, start: usize, whole: &[char]) -> Option<usize> {
    let line = letters.folded.get(start..)?;
    let end = line.iter().position(|it| matches!(it, ':' | '?' | '(' | '→')).unwrap_or(line.len());
    let line = line.get(..end)?;
    let pairs = whole.windows(2).count();
    let shared = whole.windows(2).filter(|pair| line.windows(2).any(|it| it == *pair)).count();
    let (shared, pairs) = (f64::from(u32::try_from(shared).ok()?), f64::from(u32::try_from(pairs).ok()?));
    (pairs >= 3.0 && shared / pairs >= ALIKE).then_some(start + end)
}

/// The letter at which the answer begins behind a question's words, and whether the line asks at all: 「参加者：」 does,
/// 「参加者は3名です」 does not.
fn behind(letters: &Letters, end: usize, question: &Question) -> (Option<usize>, bool) {
    let mut at = end;
    let mut bracketed = false;
    if letters.get(at) == Some('(') {
        let Some(close) = (at..letters.folded.len()).find(|it| letters.get(*it) == Some(')')) else {
            return (None, true);
        };
        let inner: String = letters.folded.get(at + 1..close).unwrap_or(&[]).iter().collect();
        let next = letters.get(close + 1);
        let asks = answers::lists_choices(question, &inner) || next.is_some();
        // 「支援　(　)伴走型支援　(レ)マッチング支援」: the bracket of the first choice
        if answers::marks_choice(question, &inner, letters.folded.get(close + 1..).unwrap_or(&[])) {
            return (Some(at), true);
        }
        // 「方式（オンライン）」 answers in brackets
        if !asks && !answers::is_blank(&inner) {
            return (Some(at), true);
        }
        at = close + 1;
        bracketed = true;
    }
    if let Some(colon) = colon(letters, at) {
        let mut answer = colon + 1;
        while letters.get(answer).is_some_and(|it| matches!(it, ':' | '→' | '⇒' | '=' | '?' | '|' | '│')) {
            answer += 1;
        }
        return (Some(answer), true);
    }
    match letters.get(at) {
        None => (None, true),
        Some('か') if letters.get(at + 1).is_none() => (None, true),
        Some(_) if bracketed || letters.is_spaced(at) => (Some(at), true),
        Some('は' | 'が' | '、' | '-') => (Some(at + 1), false),
        Some('】' | ']' | '」' | '〉' | '》') => (Some(at + 1), true),
        Some(_) => (Some(at), false),
    }
}

/// The mark that ends the question; one between digits is a clock's.
fn colon(letters: &Letters, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in from..(from + TO_COLON).min(letters.folded.len()) {
        match letters.get(at)? {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ':' | '→' | '⇒' | '=' | '?' | '|' | '│' if depth == 0 => {
                let digit = |it: Option<char>| it.is_some_and(|it| it.is_ascii_digit());
                let clock = at > 0 && digit(letters.get(at - 1)) && digit(letters.get(at + 1));
                if !clock {
                    return Some(at);
                }
            }
            // 「…ましたか。4」; any other sentence that ends here asks nothing
            '。' if depth == 0 => {
                let asked = at.checked_sub(1).and_then(|it| letters.get(it)) == Some('か');
                return asked.then_some(at);
            }
            _ => {}
        }
    }
    None
}

/// Lines that have only a question's number: in a run of numbers of one style that shows itself to be the questionnaire.
fn by_number(numbered: &[Numbered], lines: &[Line<'_>], questions: &[Question], found: &mut Vec<Found>) {
    let mut styles: Vec<char> = numbered.iter().map(|it| it.number.style).collect();
    styles.sort_unstable();
    styles.dedup();
    for style in styles {
        let mut run: Vec<&Numbered> = Vec::new();
        for one in numbered.iter().filter(|it| it.number.style == style) {
            // 「Q2」 and 「Q5」 are never two lists
            let most = if style == 'q' { questions.len() } else { 2 };
            let gap = run.last().map(|it| one.number.value.wrapping_sub(it.number.value));
            let follows = gap.is_none_or(|it| (1..=most).contains(&it));
            if one.number.weak && !(follows && gap.is_some() && answers_itself(one, lines, questions)) {
                continue;
            }
            if !follows {
                take_run(&run, lines, questions, found);
                run.clear();
            }
            run.push(one);
        }
        take_run(&run, lines, questions, found);
    }
}

fn take_run(run: &[&Numbered], lines: &[Line<'_>], questions: &[Question], found: &mut Vec<Found>) {
    let worded = run.iter().filter_map(|it| it.question.map(|question| (it.number.value, question)));
    let agree = worded.clone().all(|(number, question)| number == ordinal(question));
    let has_words = worded.count() > 0;
    let evidence =
        has_words || titled(run, lines) || run.iter().any(|it| !it.number.weak && answers_itself(it, lines, questions));
    if !evidence {
        return;
    }
    for one in run.iter().filter(|it| it.question.is_none()) {
        let question = one.number.value.checked_sub(1).filter(|it| *it < questions.len());
        let taken = |question: usize| found.iter().any(|it| it.place == Place::Question(question));
        // 「7. 従業員数：20名」 among our questions is another question
        let other = has_words && colon(&one.letters, one.number.end).is_some();
        let place = match question {
            Some(question) if agree && !other && !taken(question) => Place::Question(question),
            _ if has_words => Place::Unknown,
            _ => continue,
        };
        found.push(Found { line: one.line, place, answer: Some(one.letters.byte(one.number.end)) });
    }
}

/// Whether 「アンケート」 stands over the run.
fn titled(run: &[&Numbered], lines: &[Line<'_>]) -> bool {
    let first = run.first().map_or(0, |it| it.line);
    let one = run.first().is_some_and(|it| it.number.value == 1) && run.len() > 1;
    let above = lines.iter().take(first).rev().filter(|it| !it.text.trim().is_empty()).take(2);
    one && above.into_iter().any(|it| it.text.contains("アンケート"))
}

/// Whether a line without the question's words answers the question of its number: 「4. 伴走型支援」, 「Q5 3」, 「5.3」.
fn answers_itself(one: &Numbered, lines: &[Line<'_>], questions: &[Question]) -> bool {
    let Some(question) = one.number.value.checked_sub(1).and_then(|it| questions.get(it)) else { return false };
    let Some(rest) = lines.get(one.line).and_then(|it| it.text.get(one.letters.byte(one.number.end)..)) else {
        return false;
    };
    if let Some((low, high)) = question.scale.filter(|_| one.number.weak || one.number.style == 'q') {
        return crate::desk::text::key(rest).parse().is_ok_and(|it| (low..=high).contains(&it));
    }
    // 「2.8/24 午後」
    if one.number.weak && question.kind == QuestionKind::Dates {
        return rest.contains(['/', '／', '月']);
    }
    let chooses = matches!(question.kind, QuestionKind::Choice | QuestionKind::Method);
    chooses && question.choices.iter().any(|it| crate::desk::text::key(it) == crate::desk::text::key(rest))
}
