//! What a sentence calls off: the company's own part in the programme, or something else: 「EC事業は昨年中止しました」.

use super::{
    leaving::{CALLS_OFF, DECLARES, HEDGES, MEETING, TAKES_PART, WITHDRAWS},
    parting_words::{ADVERBS, APOLOGIES, OURS, PART, PLAIN_OBJECTS, TOPICS},
};
use crate::desk::text;

/// Words of calling off that mean much else, so that only 「今回は」 may stand before them without an object.
const MEAN_MUCH: [&str; 2] = ["降り", "辞め"];

/// What stands before the word that calls off.
#[derive(Debug, PartialEq, Eq)]
enum Object {
    /// Taking part in the programme.
    Part,
    /// Nothing: what is meant was said before.
    Unsaid,
    /// Anything else.
    Other,
}

/// Whether a sentence without blanks takes the company out of the programme: said as done or wished, not asked, weighed or
/// limited. `unsaid`: what is called off need not be said in it.
pub(super) fn leaves(sentence: &str, unsaid: bool) -> bool {
    if has(sentence, HEDGES) || has(sentence, MEETING) {
        return false;
    }
    let plainly = found(sentence, WITHDRAWS).any(|(_, before, after)| declares(after) && !is_of_others(before));
    plainly
        || found(sentence, CALLS_OFF).any(|(word, before, after)| {
            declares(after)
                && match object(word, before) {
                    Object::Part => true,
                    // 「見送りました」 tells of something that was told before
                    Object::Unsaid => unsaid && !is_past(after),
                    Object::Other => false,
                }
        })
}

/// Whether words speak of what one takes part in.
pub(super) fn names_part(words: &str) -> bool {
    has(words, TAKES_PART)
}

/// Whether a mail speaks of the form's rows: then what is called off may be what a row asks about.
pub(super) fn speaks_of_rows(body: &str) -> bool {
    let numbered = body.match_indices('k').any(|(at, _)| {
        body.get(at.saturating_add(1)..).is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
    });
    numbered || has(body, &["空欄", "該当", "目標値", "現在値", "記入", "投資", "売上", "指標", "レベル", "導入"])
}

/// Each place of such a word, with what stands before and behind it; of 「参加できなく…」 the 参加 stands before.
fn found<'s>(
    sentence: &'s str,
    words: &'static [&'static str],
) -> impl Iterator<Item = (&'static str, &'s str, &'s str)> {
    words.iter().flat_map(move |word| {
        let noun = if word.starts_with("参加") { "参加".len() } else { 0 };
        sentence.match_indices(word).take(20).map(move |(at, _)| {
            let before = sentence.get(..at.saturating_add(noun)).unwrap_or_default();
            let after = sentence.get(at.saturating_add(word.len())..).unwrap_or_default();
            (*word, before, after)
        })
    })
}

fn declares(after: &str) -> bool {
    has(after, DECLARES) && !has(after, &["が、", "けど", "けれど", "ものの"])
}

fn is_past(after: &str) -> bool {
    ["りました", "しました", "いたしました", "致しました", "せました", "ました"].iter().any(|it| after.starts_with(it))
}

/// What a word calls off, by the clause before it, else by what the sentence is about.
fn object(word: &str, before: &str) -> Object {
    let clauses: Vec<&str> = clauses(before).collect();
    let Some((last, earlier)) = clauses.split_last() else { return Object::Unsaid };
    if is_part(last) {
        return Object::Part;
    }
    let rest = without_ours(last);
    if rest.contains(['を', 'は', 'が']) || rest.ends_with('の') || (!rest.is_empty() && MEAN_MUCH.contains(&word))
    {
        return Object::Other;
    }
    for topic in earlier.iter().rev().filter_map(|it| topic(it)) {
        if is_part(topic) {
            return Object::Part;
        }
        if !has(topic, APOLOGIES) && !without_ours(topic).is_empty() {
            return Object::Other;
        }
    }
    Object::Unsaid
}

fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split(['、', ','])
        .flat_map(|it| it.split("ので"))
        .flat_map(|it| it.split("ため"))
        .flat_map(|it| it.split("により"))
}

/// What a clause before is about: 「自己診断ですが」, 「K5の件」, 「投資は検討しましたが」.
fn topic(clause: &str) -> Option<&str> {
    let named = TOPICS.iter().find_map(|it| clause.strip_suffix(it));
    named.or_else(|| clause.strip_suffix('が').and_then(|it| it.split_once('は')).map(|(topic, _)| topic))
}

/// Taking part, and of the programme: 「展示会への参加」 is another's, 「補助金の申請」 too.
fn is_part(words: &str) -> bool {
    let words = bare(words);
    let noun = PART.iter().filter(|it| words.ends_with(**it)).max_by_key(|it| it.len());
    let Some(of) = noun.and_then(|it| words.strip_suffix(it)) else { return false };
    let of = bare(of).trim_end_matches(['本', '当', '貴', '御', 'ご', 'お']);
    let of = bare(of);
    of.is_empty() || OURS.iter().any(|it| of.ends_with(it)) || text::names_a_company(of)
}

/// 「ものづくり補助金の申請（は取り下げました）」, 「特許を（取り下げます）」.
fn is_of_others(before: &str) -> bool {
    let Some(last) = clauses(before).last() else { return false };
    let words = bare(last);
    if PART.iter().any(|it| words.ends_with(it)) {
        return !is_part(words);
    }
    let objects = last.ends_with(['を', 'の']);
    objects && !PLAIN_OBJECTS.iter().chain(OURS).any(|it| words.ends_with(it)) && !text::names_a_company(words)
}

/// Without the particles at its end.
fn bare(words: &str) -> &str {
    let particle = [
        "につきましては",
        "につきまして",
        "については",
        "としましては",
        "としては",
        "への",
        "から",
        "へ",
        "の",
        "は",
        "を",
        "も",
        "に",
        "で",
        "が",
        "と",
        "こと",
    ];
    let mut rest = words;
    while let Some(shorter) = particle.iter().find_map(|it| rest.strip_suffix(it)) {
        rest = shorter;
    }
    rest
}

/// Without what only says when, whose and how: 「誠に勝手ながら弊社は今回は」.
fn without_ours(clause: &str) -> &str {
    let mut rest = clause;
    let known = || OURS.iter().chain(ADVERBS);
    while let Some(shorter) = known()
        .find_map(|it| rest.strip_suffix(it).or_else(|| bare(rest).strip_suffix(it)))
        .filter(|_| !rest.is_empty())
    {
        rest = shorter;
    }
    rest
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}
/// One who takes part, one day: 「参加者を1名辞退させていただきます」, 「取り下げたいのは12/10のみです」.
pub(super) fn is_of_a_part(sentence: &str) -> bool {
    let behind_digit = |mark: char| {
        sentence
            .match_indices(mark)
            .any(|(at, _)| sentence.get(..at).is_some_and(|it| it.ends_with(|it: char| it.is_numeric())))
    };
    ["参加者", "出席者", "同席", "のみ", "だけ"].iter().any(|it| sentence.contains(it))
        || ['日', '名', '/', '／'].into_iter().any(behind_digit)
}
