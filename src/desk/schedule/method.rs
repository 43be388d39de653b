//! The advice method: online or in person, by the sender's answer and not by the question's words.

mod lexicon;

use super::{
    lines::{Line, Standing},
    marks::{CHOSEN, boxed, boxes_behind},
};
use crate::desk::{reading::Method, text::key};
use lexicon::{
    ABOUT, EITHER, FREE, IN_CASE, IN_USE, LACKS, LEFT, NOT, NOT_AT_ONCE, PAST, REFUSED, SECOND_BEFORE, SECOND_BEHIND,
    TIMES, WANTED, WAYS, WORDS,
};

/// The method the sender asks for, and whether the other one suits, too; `None` where none is named, or both without a
/// choice or a preference.
pub(super) fn method(lines: &[Line<'_>]) -> (Option<Method>, bool) {
    let found = wanted(lines);
    match found {
        Some(Answer::One(method)) => (Some(method), false),
        Some(Answer::First(method)) => (Some(method), true),
        Some(Answer::Either) => (None, true),
        Some(Answer::Both) | None => (None, false),
    }
}

/// Whether words of both methods stand there: which day is meant by which is not read.
pub(super) fn names_both<'k>(keys: impl Iterator<Item = &'k str>) -> bool {
    let (mut online, mut in_person) = (false, false);
    for key in keys {
        for (method, words) in &WORDS {
            let said = words.iter().any(|it| key.contains(it));
            online |= said && *method == Method::Online;
            in_person |= said && *method == Method::InPerson;
        }
    }
    online && in_person
}

fn wanted(lines: &[Line<'_>]) -> Option<Answer> {
    let keys: Vec<(Standing, String)> = lines.iter().map(|it| (it.standing, key(it.text))).collect();
    let own = |it: &&(Standing, String)| it.0 == Standing::Own;
    let others = |it: &&(Standing, String)| matches!(it.0, Standing::Quoted | Standing::Signature);
    answer(keys.iter().filter(own))
        .or_else(|| inside(&keys))
        .or_else(|| prose(keys.iter().filter(own)))
        .or_else(|| answer(keys.iter().filter(others)))
}

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Only this one.
    One(Method),
    /// This one if possible, else the other: 「できれば対面、難しければオンライン」.
    First(Method),
    /// どちらでも可.
    Either,
    /// Both are named, and no choice is made.
    Both,
}

/// The answer to the question for the method: behind its colon, or on the next line.
fn answer<'k>(lines: impl Iterator<Item = &'k (Standing, String)>) -> Option<Answer> {
    let lines: Vec<&str> = lines.map(|it| it.1.as_str()).collect();
    lines.iter().enumerate().find_map(|(at, line)| {
        let answer = behind_question(line)?;
        if !answer.is_empty() {
            return said_to(answer);
        }
        let next = lines.iter().skip(at + 1).take(4).find(|it| !it.is_empty())?;
        if next.chars().count() > 60 || next.contains("候補") { None } else { said_to(next) }
    })
}

/// The sender's own line right below the quoted question.
fn inside(keys: &[(Standing, String)]) -> Option<Answer> {
    let asked = |it: &(Standing, String)| it.0 == Standing::Quoted && behind_question(&it.1).is_some();
    keys.iter().enumerate().filter(|(_, it)| asked(it)).find_map(|(at, _)| {
        let next = keys.iter().skip(at + 1).take(4).find(|it| !it.1.is_empty())?;
        if next.0 == Standing::Own { said_to(&next.1) } else { None }
    })
}

/// What stands behind 「アドバイス方式（対面／オンライン）：」; `None` where the line does not ask.
fn behind_question(line: &str) -> Option<&str> {
    let asks = [
        "方式",
        "実施方法",
        "アドバイス方法",
        "面談方法",
        "開催方法",
        "実施形式",
        "実施形態",
        "アドバイス形式",
        "希望方法",
        "希望形式",
    ];
    let end = asks.iter().filter_map(|it| line.find(it).map(|at| at + it.len())).min()?;
    let rest = line.get(end..)?;
    // the question's own choices
    let rest = match rest.strip_prefix(['(', '[', '【']).and_then(|it| it.split_once([')', ']', '】'])) {
        Some((choices, behind)) if matches!(said(choices), Some(Answer::Both | Answer::Either)) => behind,
        _ => rest,
    };
    let asked = rest.find([':', '?', '→', '⇒', '=']).filter(|at| *at <= 90);
    match asked.and_then(|at| rest.get(at..)) {
        Some(it) => Some(it.trim_start_matches([':', '?', '→', '⇒', '='])),
        // 「方式は対面で」 is prose
        None if rest.starts_with(['は', 'に', 'を', 'の', 'が', 'で', 'と']) => None,
        None => Some(rest),
    }
}

/// Sentences that wish, or name a date, or say nothing but the method.
fn prose<'k>(lines: impl Iterator<Item = &'k (Standing, String)>) -> Option<Answer> {
    let text: String =
        lines.map(|it| if it.1.is_empty() { "\n" } else { it.1.as_str() }).collect::<Vec<_>>().join("\u{b}");
    let mut found = Vec::new();
    for whole in text.split_inclusive(['。', '\n', '!', '?']) {
        let sentence = behind_thanks(whole.trim_end_matches(['。', '\n', '!', '?']));
        if !wishes(sentence) {
            continue;
        }
        // a wrapped line goes on; a list does not
        let parts = if sentence.contains("希望") { vec![sentence] } else { sentence.split('\u{b}').collect() };
        for part in parts {
            let mark = if whole.ends_with('?') { "?" } else { "" };
            match said(&(part.replace('\u{b}', "") + mark)) {
                Some(Answer::Both) => return None,
                Some(answer) => found.push(answer),
                None => {}
            }
        }
    }
    let first = *found.first()?;
    found.iter().all(|it| *it == first).then_some(first)
}

/// 「先日はご訪問いただきありがとうございました、…」: what one is thanked for is not asked for.
fn behind_thanks(sentence: &str) -> &str {
    ["ありがとうござ", "有難うござ", "有り難うござ"]
        .iter()
        .find_map(|it| sentence.split_once(it))
        .map_or(sentence, |it| it.1)
}

fn wishes(sentence: &str) -> bool {
    let words = [
        "希望",
        "お願い",
        "いただ",
        "頂",
        "可",
        "よい",
        "良い",
        "いい",
        "構い",
        "かまい",
        "ください",
        "下さい",
        "結構",
        "幸い",
        "助かり",
        "都合",
        "たい",
        "でおねがい",
        "いかが",
        "どちら",
        "できれば",
        "出来れば",
        "なるべく",
        "難しければ",
        "任せ",
        "一任",
    ];
    let dated = sentence.chars().any(|it| it.is_ascii_digit()) && sentence.contains(['月', '/', '時', ':']);
    let chosen = sentence.ends_with('で') || chosen_from(sentence).len() < sentence.len();
    words.iter().any(|it| sentence.contains(it)) || dated || chosen || sentence.chars().count() <= 16
}

/// A method's word in a sentence.
struct Named {
    method: Method,
    chosen: bool,
    free: bool,
    denied: bool,
    second: bool,
}

/// What an answer to the question says; 「お任せします」 is one.
fn said_to(answer: &str) -> Option<Answer> {
    said(answer).or_else(|| LEFT.iter().any(|it| answer.contains(it)).then_some(Answer::Either))
}

/// Whether the words take either method, and speak of no time by that.
fn takes_either(text: &str) -> bool {
    text.split(['、', ',']).any(|clause| {
        let has = |words: &[&str]| words.iter().any(|it| clause.contains(it));
        let way = has(&WAYS) || first_word(clause).is_some();
        (has(&EITHER) && (way || !has(&TIMES))) || (has(&LEFT) && way)
    })
}

/// What a sentence or an answer says of the methods.
fn said(text: &str) -> Option<Answer> {
    let text = &boxed(text);
    let text = chosen_from(text);
    let named = named(text);
    let one = |keep: &dyn Fn(&&Named) -> bool| {
        let mut methods = named.iter().filter(keep).map(|it| it.method);
        let first = methods.next()?;
        methods.all(|it| it == first).then_some(Answer::One(first))
    };
    let either = takes_either(text);
    if named.is_empty() {
        return either.then_some(Answer::Either);
    }
    let boxes = named.iter().any(|it| it.free) || named.iter().filter(|it| it.chosen).count() == 1;
    if boxes && let Some(answer) = one(&|it: &&Named| it.chosen) {
        return Some(answer);
    }
    let both = |keep: &dyn Fn(&&Named) -> bool| {
        let has = |method: Method| named.iter().filter(keep).any(|it| it.method == method);
        has(Method::Online) && has(Method::InPerson)
    };
    named.iter().find(|it| !it.denied)?;
    let ticked = named.len() == 2 && both(&|it| it.chosen && !it.denied);
    if ticked || (either && both(&|it| !it.denied)) {
        return Some(Answer::Either);
    }
    // 「オンラインでも可能です」 says, or asks, that it suits, too
    if named.iter().all(|it| it.second && !it.denied) {
        return Some(Answer::Either);
    }
    let preferred = match one(&|it: &&Named| !it.denied && !it.second) {
        Some(Answer::One(method)) if both(&|it| !it.denied) => Some(Answer::First(method)),
        it => it,
    };
    // 「対面でもオンラインでも」
    let all_second = || both(&|it| !it.denied && it.second).then_some(Answer::Either);
    preferred.or_else(|| one(&|it: &&Named| !it.denied)).or_else(all_second).or(Some(Answer::Both))
}

/// What is chosen from a list of both: 「対面/オンライン:対面」, 「(対面・オンライン)のうちオンライン」.
fn chosen_from(text: &str) -> &str {
    let marks = ["のうち", "の中から", "の中で", "のなかで", "のなかから", ":", "→", "⇒"];
    let cut = marks.iter().filter_map(|it| text.split_once(it)).min_by_key(|(before, _)| before.len());
    let Some((list, behind)) = cut else { return text };
    let mut rest = list;
    let mut methods = (false, false);
    for _ in 0..4 {
        let Some((method, at, length)) = first_word(rest) else { break };
        let joined = rest.get(..at).is_some_and(|it| it.chars().all(|it| "([【・/,、.or又はまたはか".contains(it)));
        if !joined {
            return text;
        }
        methods.0 |= method == Method::Online;
        methods.1 |= method == Method::InPerson;
        rest = rest.get(at + length..).unwrap_or("");
    }
    let listed = methods == (true, true) && rest.chars().all(|it| ")]】".contains(it));
    if listed && first_word(behind).is_some() { behind } else { text }
}

/// All methods' words of the text, from left to right.
fn named(text: &str) -> Vec<Named> {
    let mut named = Vec::new();
    let boxes_behind = first_word(text).is_some_and(|(_, at, length)| boxes_behind(text, at, at + length));
    let first = first_word(text).and_then(|(_, at, _)| text.get(..at)).unwrap_or("");
    // 「（　）対面　（○）オンライン」
    let brackets_before =
        first.ends_with("()") || (first.ends_with(')') && first.contains('(') && is_marked(first, &CHOSEN));
    let (mut at, mut from) = (0, 0);
    // a bound: an answer is short
    for _ in 0..20 {
        let Some(rest) = text.get(at..) else { break };
        let Some((method, start, length)) = first_word(rest) else { break };
        let before = text.get(..at + start).unwrap_or("");
        let behind = rest.get(start + length..).unwrap_or("");
        let word = at + start;
        at += start + length;
        let asked = || ["希望", "お願い", "たい", "ください", "下さい", "いただ"].iter().any(|it| behind.contains(it));
        let used = IN_USE.iter().any(|it| behind.starts_with(it)) && !asked();
        let about = used || (ABOUT.iter().any(|it| behind.starts_with(it)) && !behind.starts_with("可"));
        let past = PAST.iter().any(|it| behind.strip_prefix(it).is_some_and(|it| !it.starts_with('ら')))
            && first_word(behind).is_some();
        if about || past || behind.starts_with("の場合") || before.ends_with("説明会は") || before.ends_with("貴社")
        {
            continue;
        }
        let before_word = text.get(from..word).unwrap_or("");
        let mark = if brackets_before { None } else { marked_behind(behind, boxes_behind) };
        let chosen = mark.is_some() || (!boxes_behind && is_marked(before_word, &CHOSEN));
        let free = !chosen && if boxes_behind { behind.starts_with(FREE) } else { is_marked(before, &FREE) };
        at += mark.unwrap_or(0);
        from = at;
        let (method, denied) = turned(method, behind);
        named.push(Named {
            method,
            chosen,
            free,
            denied: free || denied,
            second: SECOND_BEHIND.iter().any(|it| behind.starts_with(it))
                || SECOND_BEFORE.iter().any(|it| before.ends_with(it)),
        });
    }
    named
}

/// The method that is meant, and whether it is turned down: of two, 「オンライン以外」 means the other.
fn turned(method: Method, behind: &str) -> (Method, bool) {
    let behind = behind.trim_start_matches([')', '」', '会', '議']);
    let behind = ["での面談", "での実施", "での対応", "面談", "形式", "方式"]
        .iter()
        .find_map(|it| behind.strip_prefix(it))
        .unwrap_or(behind);
    match behind.strip_prefix("以外") {
        Some(rest) if refused(rest) => (method, false),
        Some(_) if method == Method::Online => (Method::InPerson, false),
        Some(_) => (Method::Online, false),
        None => (method, refused(behind) || behind.starts_with("(×)") || behind.starts_with(":×")),
    }
}

/// Whether what stands behind the word turns it down: at once, or at the end of the sentence that is about it.
fn refused(behind: &str) -> bool {
    let topic = ["ですと", "だと", "では", "での", "は", "が", "も", "を", "の"];
    let topic = topic.iter().find_map(|it| behind.strip_prefix(it));
    // 「対面→オンラインに変更」
    let changed = ["→", "⇒", "から"].iter().filter_map(|it| behind.strip_prefix(it)).any(|it| {
        let next = first_word(it).filter(|(_, at, _)| *at == 0);
        next.is_some() && it.contains("変更")
    });
    changed
        || at_once(topic.unwrap_or(behind))
        || NOT.iter().chain(&NOT_AT_ONCE).any(|it| is_not(behind, it))
        || topic.is_some_and(in_the_end)
}

fn at_once(said: &str) -> bool {
    NOT.iter().any(|it| is_not(said, it))
}

fn is_not(said: &str, word: &str) -> bool {
    let Some(rest) = said.strip_prefix(word) else { return false };
    // 「できれば」 and 「できます」 are none
    let able = matches!(word, "でき" | "出来");
    !able || ["ませ", "ない", "かね", "ず"].iter().any(|it| rest.starts_with(it))
}

/// 「…通信環境が悪いため難しいです」, 「…環境がないため対面で」: the sentence about a method up to the next one.
fn in_the_end(said: &str) -> bool {
    let sentence = said.split(['。', '!', '?', '\n']).next().unwrap_or("");
    let next = first_word(sentence).map(|it| it.1);
    let clause = sentence.get(..next.unwrap_or(sentence.len())).unwrap_or("");
    let wanted = WANTED.iter().filter_map(|it| clause.find(it)).min().unwrap_or(clause.len());
    let refusal = REFUSED.iter().filter_map(|it| clause.find(it).map(|at| (at, it.len()))).min();
    let in_case = |at: usize| {
        let rest: String = clause.get(at..).unwrap_or("").chars().take(4).collect();
        IN_CASE.iter().any(|it| rest.contains(it))
    };
    if refusal.is_some_and(|(at, length)| at < wanted && !in_case(at + length)) {
        return true;
    }
    let reason = clause.trim_end_matches(['、', ',', 'に']);
    let because = ["ため", "ので", "から"].iter().any(|it| reason.ends_with(it));
    next.is_some() && because && wanted == clause.len() && LACKS.iter().any(|it| clause.contains(it))
}

/// A mark right before the word: 「☑対面」, 「(○)対面」.
fn is_marked(before: &str, marks: &[char]) -> bool {
    before.trim_end_matches([')', ']']).chars().next_back().is_some_and(|it| marks.contains(&it))
}

/// The length in bytes of a mark right behind the word: 「対面（○）」, 「対面○」. A box belongs to the word after it, unless
/// `boxes` stand behind their words.
fn marked_behind(behind: &str, boxes: bool) -> Option<usize> {
    let next = behind.trim_start_matches(['(', ':', '[']);
    let bracketed = next.len() < behind.len();
    let first = next.chars().next().filter(|it| CHOSEN.contains(it))?;
    let circle = matches!(first, '○' | '◯' | '〇' | '◎');
    (bracketed || circle || boxes).then_some(behind.len() - next.len() + first.len_utf8())
}

/// The leftmost word of a method, the longest of those; its place and length in bytes.
fn first_word(text: &str) -> Option<(Method, usize, usize)> {
    let all = WORDS.iter().flat_map(|(method, words)| words.iter().map(move |it| (*method, *it)));
    let found = all.filter_map(|(method, word)| text.find(word).map(|at| (method, at, word.len())));
    found.min_by_key(|(_, at, length)| (*at, usize::MAX - length))
}
