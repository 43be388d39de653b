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

/// Longest answer that says no more than that nothing is decided.
const MOST_UNDECIDED: usize = 40;

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
        QuestionKind::Text => (!is_put_off(answer)).then(|| kept(answer)),
    }
}

/// An answer without the mark before it: 「回答：」, `A.`, 「→」.
pub(super) fn unlabelled(answer: &str) -> &str {
    let marks = [
        "回答：",
        "回答:",
        "【回答】",
        "答え：",
        "答：",
        "A.",
        "A．",
        "A：",
        "A:",
        "Ａ．",
        "Ａ：",
        "→",
        "⇒",
        "⇨",
        "=>",
    ];
    marks.iter().find_map(|it| answer.strip_prefix(it)).unwrap_or(answer).trim_start()
}

/// What is left of a sentence that asks, behind the question's words: 「（アドバイス方式）をお知らせください。」
pub(super) fn is_request(answer: &str) -> bool {
    let asks = ["ください", "下さい", "お願いします", "お願いいたします", "お願い致します"];
    let bare = answer.trim_end_matches(['。', '.', '！', '!', ' ', '　']);
    answer.starts_with(['を', 'に', 'の', 'も']) && asks.iter().any(|it| bare.ends_with(it)) && !answer.contains('：')
}

/// 「後日回答します」.
fn is_put_off(answer: &str) -> bool {
    let later = ["後日", "追って", "改めて", "あらためて", "後ほど", "のちほど"].iter().any(|it| answer.contains(it));
    let told = ["回答", "連絡", "送り", "送付", "知らせ", "記入", "返信", "提出"].iter().any(|it| answer.contains(it));
    later && told && answer.chars().count() <= 40
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

/// Whether a bracket with nothing or a mark in it stands before one of the choices.
pub(super) fn marks_choice(question: &Question, inner: &str, behind: &[char]) -> bool {
    let mark = inner.is_empty() || inner.chars().all(|it| CHOSEN.contains(&it) || matches!(it, 'x' | 'v' | '・'));
    let names = |it: &String| behind.iter().copied().take(it.chars().count()).eq(it.chars());
    mark && question.choices.iter().map(|it| key(it)).any(|it| names(&it))
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
    if let Some(it) = by_place(question, answer) {
        return Some(it);
    }
    // 「伴走型支援ではなくマッチング支援」
    let text = ["ではなく", "でなく", "じゃなく"]
        .iter()
        .find_map(|it| text.split_once(it))
        .map_or(text.as_str(), |(_, behind)| behind);
    let named = named(&question.choices, text);
    if named.is_empty() {
        return by_beginning(question, text).or_else(|| undecided(question, answer));
    }
    let marked: Vec<&Named<'_>> = named.iter().filter(|it| it.marked).collect();
    let only = match (marked.as_slice(), named.as_slice()) {
        ([one], _) => Some(*one),
        ([], [one]) if !one.free => Some(one),
        _ => None,
    };
    only.map(|it| it.choice.to_owned())
}

/// 「まだ決めていません」, 「検討中です」: the choice that says so, where the question has one, else the sender's words. Who
/// has said so is not asked as if nothing had been said.
pub(super) fn undecided(question: &Question, answer: &str) -> Option<String> {
    let text = key(&answer.chars().take(SHORT).collect::<String>());
    if text.chars().count() > MOST_UNDECIDED || question.kind != QuestionKind::Choice {
        return None;
    }
    let words = [
        "未定",
        "検討中",
        "未決定",
        "保留",
        "考え中",
        "迷って",
        "わかりません",
        "分かりません",
        "わからない",
        "分からない",
    ];
    let decides = ["決めて", "決まって", "決めかね", "決定して"].iter().any(|it| text.contains(it));
    let not = ["いません", "おりません", "いない", "おらず", "ません", "かねて"].iter().any(|it| text.contains(it));
    let other = question.choices.iter().map(|it| key(it)).any(|it| text.contains(&it) && !words.contains(&it.as_str()));
    if other || !(words.iter().any(|it| text.contains(it)) || (decides && not)) {
        return None;
    }
    let says_so = question.choices.iter().find(|it| words.iter().any(|word| key(it).contains(word)));
    Some(says_so.cloned().unwrap_or_else(|| kept(answer)))
}

/// 「2番」, 「②」: a choice by its place. A bare 2 may mean anything.
fn by_place(question: &Question, answer: &str) -> Option<String> {
    let answer = answer.trim().trim_end_matches("です").trim_end_matches("でお願いします");
    let circled = answer.chars().count() == 1 && answer.chars().all(|it| ('①'..='⑨').contains(&it));
    let folded = key(answer);
    let number =
        if circled { Some(folded.as_str()) } else { folded.strip_suffix("番目").or(folded.strip_suffix('番')) };
    let place: usize = number?.parse().ok()?;
    question.choices.get(place.checked_sub(1)?).cloned()
}

/// 「伴走型を希望」: the only choice whose beginning is named, at least three letters of it that no other one has.
fn by_beginning(question: &Question, text: &str) -> Option<String> {
    let keys: Vec<String> = question.choices.iter().map(|it| key(it)).collect();
    // 「伴走でお願いします」: two kanji where the answer begins with them
    let short = |own: &String| {
        let start: String = own.chars().take(2).collect();
        let kanji = start.chars().count() == 2 && start.chars().all(|it| ('\u{4E00}'..='\u{9FFF}').contains(&it));
        (kanji && text.starts_with(&start)).then_some(start)
    };
    let named = |own: &String| {
        let most = own.chars().count();
        (3..=most)
            .rev()
            .map(|it| own.chars().take(it).collect::<String>())
            .chain(short(own))
            .any(|start| text.contains(&start) && keys.iter().filter(|it| it.starts_with(&start)).count() == 1)
    };
    let denied = ["ない", "ません", "以外", "不要"].iter().any(|it| text.contains(it));
    let mut found = question.choices.iter().zip(&keys).filter(|(_, own)| named(own)).map(|(it, _)| it);
    let only = found.next().filter(|_| !denied)?;
    found.next().is_none().then(|| only.clone())
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
    let first = places.clone().min().map_or(0, |it| it.0);
    let brackets_before = text.get(..first).is_some_and(stands_before);
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
        let behind = if brackets_before { "" } else { behind };
        let taken = taken && !brackets_before;
        let bracket = behind.strip_prefix(['(', '[']).and_then(|it| it.chars().next());
        let circle = behind.chars().next().filter(|it| matches!(it, '○' | '◯' | '〇' | '◎'));
        let marked = (last.is_some_and(|it| CHOSEN.contains(&it)) && !taken)
            || bracket.or(circle).is_some_and(|it| CHOSEN.contains(&it));
        named.push(Named { choice, marked, free: last.is_some_and(|it| FREE.contains(&it)) });
    }
    named
}

/// Whether a bracket for a mark stands right before the first choice: 「（　）対面」, 「（○）対面」.
fn stands_before(before: &str) -> bool {
    let Some(inner) = before.strip_suffix(')') else { return false };
    inner.ends_with('(') || inner.strip_suffix(CHOSEN).is_some_and(|it| it.ends_with('('))
}

/// The method as it is written; a marked box is told in the questionnaire's words, choices left standing are no answer.
fn method(question: &Question, answer: &str) -> Option<String> {
    let text = boxed(&key(&answer.chars().take(SHORT).collect::<String>()));
    let asks = ["でしょうか", "ですか", "ますか", "ませんか"];
    if asks.iter().any(|it| text.trim_end_matches(['。', '?']).ends_with(it)) {
        return None;
    }
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
    if let Some(value) = marked_number(&boxed(&folded)) {
        return (low..=high).contains(&value).then(|| value.to_string());
    }
    let numbers = numbers(&folded)?;
    let value = match (circled.as_slice(), numbers.as_slice()) {
        ([one], _) => *one,
        (_, [one]) => *one,
        // all that the template prints, none marked; or several
        _ => return None,
    };
    (low..=high).contains(&value).then(|| value.to_string())
}

/// The number that is marked among those the template prints: 「□3■4□5」, 「1・2・(3)」; or one written in kanji.
fn marked_number(text: &str) -> Option<i32> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        let mut kanji = text.chars().filter_map(|it| "一二三四五".chars().position(|one| one == it));
        let only = kanji.next().filter(|_| text.trim_end_matches('点').chars().count() == 1)?;
        return i32::try_from(only + 1).ok();
    }
    if digits.len() < 2 {
        return None;
    }
    let chars: Vec<char> = text.chars().collect();
    let marked: Vec<char> = chars
        .windows(2)
        .filter_map(|it| if let [mark, digit] = it { Some((*mark, *digit)) } else { None })
        .filter(|(mark, digit)| digit.is_ascii_digit() && (*mark == '(' || CHOSEN.contains(mark)))
        .map(|it| it.1)
        .collect();
    let [one] = marked.as_slice() else { return None };
    one.to_digit(10).and_then(|it| i32::try_from(it).ok())
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
