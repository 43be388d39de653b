//! What counts as an answer to a question of each kind.

use crate::desk::{
    rules::{Question, QuestionKind},
    schedule::marks::{CHOSEN, boxed, boxes_behind},
    text::{fold, key},
};

/// Longest answer that is kept, in characters.
const MAX: usize = 2_000;
/// Longest part of an answer in which a choice or a mark is looked for.
const SHORT: usize = 300;

/// Marks of what is not.
const FREE: [char; 2] = ['□', '☐'];

/// The answer as it is kept; `None` where nothing is answered.
pub(super) fn clean(question: &Question, answer: &str) -> Option<String> {
    if is_blank(answer) {
        return None;
    }
    match question.kind {
        QuestionKind::Choice => choice(question, answer),
        QuestionKind::Method => method(question, answer),
        QuestionKind::Scale => scale(question, answer),
        QuestionKind::Dates => is_filled(answer).then(|| kept(answer)),
        QuestionKind::Text => Some(kept(answer)),
    }
}

fn kept(answer: &str) -> String {
    // walls of a table's cells, where HTML was turned into text
    let answer = answer.trim_matches(['|', '│', ' ']);
    // 「（オンライン）」 fills in the template's brackets
    let inner = answer.strip_prefix(['(', '（']).and_then(|it| it.strip_suffix([')', '）']));
    let answer = inner.filter(|it| !it.contains(['(', '（', ')', '）'])).unwrap_or(answer);
    answer.chars().take(MAX).collect::<String>().trim().to_owned()
}

/// Whether nothing stands there but brackets, lines and dots.
pub(super) fn is_blank(answer: &str) -> bool {
    answer.chars().all(|it| {
        it.is_whitespace() || "()（）「」『』[]［］【】_＿・.．…‥-－ー―─━〜～:：、。,/／→□☐|│─┼┬┴├┤".contains(it)
    })
}

/// Whether the brackets of a question hold its choices, or its scale: 「（1〜5）」.
pub(super) fn lists_choices(question: &Question, inner: &str) -> bool {
    let inner = key(inner);
    let named = question.choices.iter().filter(|it| inner.contains(&key(it))).count();
    let scale =
        question.scale.is_some_and(|(low, high)| inner.contains(&low.to_string()) && inner.contains(&high.to_string()));
    let printed = key(&question.text).contains(&format!("({inner})"));
    named > 1 || scale || printed
}

/// A line that ends any answer: a rule, a signature's mark, closing words.
pub(super) fn ends_answer(line: &str) -> bool {
    let rule = line.chars().count() >= 2 && line.chars().all(|it| "-－ー―─━=＝_＿*＊~〜～─".contains(it));
    let closing = [
        "以上",
        "よろしくお願い",
        "宜しくお願い",
        "よろしくおねがい",
        "どうぞよろしく",
        "何卒",
        "ご確認のほど",
        "ご査収",
    ];
    rule || closing.iter().any(|it| line.starts_with(it))
}

/// One of the choices: marked, or the only one that is named.
pub(super) fn choice(question: &Question, answer: &str) -> Option<String> {
    let text = boxed(&key(&answer.chars().take(SHORT).collect::<String>()));
    if let Some(it) = question.choices.iter().find(|it| key(it) == text) {
        return Some(it.clone());
    }
    let named = named(&question.choices, &text);
    let marked: Vec<&Named<'_>> = named.iter().filter(|it| it.marked).collect();
    let only = match (marked.as_slice(), named.as_slice()) {
        ([one], _) => Some(*one),
        ([], [one]) if !one.free => Some(one),
        _ => None,
    };
    only.map(|it| it.choice.to_owned())
}

/// A choice that an answer names.
#[derive(Debug, Clone, Copy)]
struct Named<'q> {
    choice: &'q str,
    marked: bool,
    free: bool,
}

fn named<'q>(choices: &'q [String], text: &str) -> Vec<Named<'q>> {
    let keys: Vec<String> = choices.iter().map(|it| key(it)).collect();
    let mut named = Vec::new();
    let places =
        keys.iter().filter(|it| !it.is_empty()).filter_map(|it| text.find(it.as_str()).map(|at| (at, at + it.len())));
    let behind_words = places.min().is_some_and(|(at, end)| boxes_behind(text, at, end));
    for (choice, own) in choices.iter().zip(&keys) {
        // 「支援」 inside of 「伴走型支援」 is not named by it
        let longer: Vec<&String> = keys.iter().filter(|it| it.len() > own.len() && it.contains(own.as_str())).collect();
        let text = longer.iter().fold(text.to_owned(), |text, it| text.replace(it.as_str(), "\u{1}"));
        let Some((before, behind)) = text.split_once(own.as_str()).filter(|_| !own.is_empty()) else { continue };
        let last = before.trim_end_matches([')', ']']).chars().next_back();
        // a mark right behind another choice belongs to that one
        let taken = keys.iter().any(|it| {
            before
                .trim_end_matches([')', ']'])
                .trim_end_matches(CHOSEN)
                .trim_end_matches(['(', '['])
                .ends_with(it.as_str())
                && before.ends_with([')', ']'])
        });
        if behind_words {
            let next = behind.trim_start_matches(['(', ':']).chars().next();
            let is = |marks: &[char]| next.is_some_and(|it| marks.contains(&it));
            named.push(Named { choice, marked: is(&CHOSEN), free: is(&FREE) });
            continue;
        }
        let bracket = behind.strip_prefix(['(', '[']).and_then(|it| it.chars().next());
        let circle = behind.chars().next().filter(|it| matches!(it, '○' | '◯' | '〇' | '◎'));
        let marked = (last.is_some_and(|it| CHOSEN.contains(&it)) && !taken)
            || bracket.or(circle).is_some_and(|it| CHOSEN.contains(&it));
        named.push(Named { choice, marked, free: last.is_some_and(|it| FREE.contains(&it)) });
    }
    named
}

/// The method as it is written; a marked box is told in the questionnaire's words, choices left standing are no answer.
fn method(question: &Question, answer: &str) -> Option<String> {
    let text = boxed(&key(&answer.chars().take(SHORT).collect::<String>()));
    let named = named(&question.choices, &text);
    let marked: Vec<&Named<'_>> = named.iter().filter(|it| it.marked).collect();
    if let [one] = marked.as_slice() {
        return Some(one.choice.to_owned());
    }
    let boxes = named.iter().any(|it| it.free);
    let rest = named.iter().fold(text, |text, it| text.replace(&key(it.choice), ""));
    let left_standing = named.len() > 1 && named.len() == question.choices.len() && is_blank(&rest);
    (!boxes && !left_standing).then(|| kept(answer))
}

/// A whole number of the scale, in ASCII digits.
fn scale(question: &Question, answer: &str) -> Option<String> {
    let (low, high) = question.scale.unwrap_or((i32::MIN, i32::MAX));
    let head: String = answer.chars().take(SHORT).collect();
    let circled: Vec<i32> = head
        .chars()
        .filter(|it| matches!(it, '①'..='⑳'))
        .filter_map(|it| fold(it.encode_utf8(&mut [0; 4])).parse().ok())
        .collect();
    let folded = key(&head);
    // 「5段階中4」, 「4/5」
    let folded = match folded.split_once("段階中") {
        Some((_, behind)) => behind.trim_start_matches(':').to_owned(),
        None => folded.trim_end_matches(&format!("/{high}")).to_owned(),
    };
    let numbers = numbers(&folded)?;
    let value = match (circled.as_slice(), numbers.as_slice()) {
        ([one], _) => *one,
        (_, [one]) => *one,
        // all that the template prints, none marked; or several
        _ => return None,
    };
    (low..=high).contains(&value).then(|| value.to_string())
}

/// All whole numbers of a text; nothing where one is a fraction or has a sign.
fn numbers(text: &str) -> Option<Vec<i32>> {
    let mut numbers = Vec::new();
    for run in text
        .split(|it: char| !(it.is_ascii_digit() || matches!(it, '.' | '-')))
        .filter(|it| it.contains(|it: char| it.is_ascii_digit()))
    {
        numbers.push(run.trim_end_matches('.').parse().ok()?);
    }
    numbers.dedup();
    Some(numbers)
}

/// Whether a day or a word stands in the template's 「第1希望：　月　日（　）　時〜」.
fn is_filled(answer: &str) -> bool {
    answer.lines().any(|line| {
        let line = key(line);
        let rest = match line.split_once("希望") {
            Some((label, rest)) if label.chars().count() <= 4 => rest,
            _ => &line,
        };
        rest.chars().any(|it| it.is_alphanumeric() && !"年月日時分曜午前後".contains(it))
    })
}
