//! Passwords told in a mail: the custom of sending a locked file in one mail and its password in the next. They are found
//! anew in the raw mail whenever a file is to be opened, and stand nowhere else: what is stored of a mail has them blotted.
//!
//! Here: which words a mail tells as a password. `word` says which may be one at all, `blot` takes them out of a text.

mod blot;
#[cfg(test)]
mod tests;
mod word;

use std::ops::Range;

use crate::desk::text;
use word::{alone, is_mixed, is_unsaid, is_word, names_product, runs, variants};

pub(in crate::desk) use blot::hidden;
pub use word::looks_secret;

/// Candidates taken from one mail.
const MOST: usize = 12;
/// Candidates of a mail that says no word of a password.
const MOST_LIKELY: usize = 6;
/// Written lines below 「パスワードは以下の通りです」 in which it may stand.
const BELOW: usize = 4;
/// Lines that are looked at.
const MOST_LINES: usize = 2_000;
/// Words before a password.
const CUES: [&str; 24] = [
    "パスワード",
    "パスワ-ド",
    "ぱすわーど",
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "解凍キー",
    "解凍コード",
    "展開キー",
    "展開コード",
    "開封キー",
    "開封コード",
    "解除キー",
    "解除コード",
    "合言葉",
    "復号キー",
    "暗号キー",
    "暗証番号",
    "pass",
    "パス",
    "pwd",
    "pw",
    "p/w",
];
/// Words before one on a line that speaks of opening: 「展開するための文字列は…」「開くときの文字は…」.
const LOOSE_CUES: [&str; 7] = ["文字列", "文字", "英数字", "キー", "コード", "ワード", "番号"];
const OPENING: [&str; 9] = ["展開", "解凍", "開く", "開け", "開封", "復号", "解除", "ロック", "開き方"];
/// What the reader is thought to know: 「今日の日付8桁」「御社の電話番号の下4桁」. It is not guessed.
const HINTS: [&str; 13] = [
    "日付",
    "電話番号",
    "郵便番号",
    "年月日",
    "設立",
    "創立",
    "社名",
    "会社名",
    "いつもの",
    "例の",
    "前回と",
    "共通の",
    "ご存",
];
/// 「電話の下4桁」 is a hint, 「英数字12桁」 only says how long it is.
const HINTED_FIGURES: [&str; 3] = ["電話", "郵便", "番地"];
/// Lines of a signature.
const SIGNS: [&str; 11] = ["tel", "fax", "〒", "http", "mail", "携帯", "電話", "www.", "mobile", "phone", "内線"];
/// Words behind one: 「先ほどのファイルは abc123 で開けます」.
const USES: [&str; 6] = ["で開", "で解凍", "にて解凍", "で復号", "で展開", "にて開"];
/// It comes by another way.
const ELSEWHERE: [&str; 31] = [
    "別途",
    "別メール",
    "別のメール",
    "別送",
    "別便",
    "次便",
    "後ほど",
    "後程",
    "のちほど",
    "追って",
    "おって",
    "追送",
    "改めて",
    "あらためて",
    "次のメール",
    "続けて",
    "つづけて",
    "引き続き",
    "この後",
    "このあと",
    "直後に",
    "2通目",
    "もう1通",
    "電話で",
    "電話にて",
    "口頭",
    "sms",
    "fax",
    "チャット",
    "ショートメ",
    "separately",
];
/// Behind 「パスワード」: that there is one, or none, is all that is said.
const THERE_IS: [&str; 12] =
    ["付", "つき", "を付", "を設定", "を掛", "をかけ", "がかか", "で保護", "なし", "無し", "不要", "は不要"];
/// Behind 「パスワード」: nobody knows it any more.
pub(super) const FORGOTTEN: [&str; 8] =
    ["失念", "忘れて", "忘れま", "忘れた", "わからなく", "分からなく", "思い出せ", "覚えており"];
/// It stands below.
const HERE: [&str; 5] = ["以下", "下記", "次の", "こちら", "通り"];
/// Somebody is asked for it: what stands below is none.
const ASKED: [&str; 3] = ["当日", "ください", "下さい"];

/// The passwords that subject and text may tell, most likely first.
pub(super) fn told(subject: &str, text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for it in found(subject, text) {
        if all.len() < MOST && !all.contains(&it.word) {
            all.push(it.word);
        }
    }
    all
}

/// Words that may be a password though nothing says so, likeliest first: for a mail whose sender has left a locked file.
pub(super) fn likely(subject: &str, own_words: &str) -> Vec<String> {
    let mut ranked: Vec<(u8, String)> = Vec::new();
    let lines = own_words.split('\n').take(MOST_LINES).enumerate();
    for (at, line) in std::iter::once((0, subject)).chain(lines.map(|(at, it)| (at + 1, it))) {
        let line = text::fold(line);
        let lower = line.to_ascii_lowercase();
        if line.chars().count() > 300 || SIGNS.iter().any(|it| lower.contains(it)) {
            continue;
        }
        let shown = bracketed(&line).into_iter().chain(said(&line));
        ranked.extend(shown.filter(|it| is_mixed(it)).map(|it| (0, it)));
        let lone = if at == 0 { Vec::new() } else { alone(&line) };
        ranked.extend(lone.into_iter().map(|it| (if is_mixed(&it) { 0 } else { 2 }, it)));
        let within = runs(&line).flat_map(variants).filter(|it| is_mixed(it) && is_word(it) && !names_product(it));
        ranked.extend(within.map(|it| (1, it)));
    }
    ranked.sort_by_key(|it| it.0);
    let mut all: Vec<String> = Vec::new();
    for (_, word) in ranked {
        if all.len() < MOST_LIKELY && word.chars().count() >= 4 && is_unsaid(&word) && !all.contains(&word) {
            all.push(word);
        }
    }
    all
}

/// Whether a password is described instead of told.
pub(super) fn hinted(subject: &str, own_words: &str) -> bool {
    let lines: Vec<String> =
        std::iter::once(subject).chain(own_words.split('\n')).take(MOST_LINES).map(text::fold).collect();
    let describes = |(at, line): (usize, &String)| {
        let lower = line.to_ascii_lowercase();
        let Some(cue) = cue(&lower) else { return false };
        let rest = line.get(cue.end..).unwrap_or_default().split('。').next().unwrap_or_default();
        let figures = rest.contains('桁') && HINTED_FIGURES.iter().any(|it| rest.contains(it));
        (figures || HINTS.iter().any(|it| rest.contains(it))) && !comes_elsewhere(&lines, at, &lower, &cue)
    };
    is_forgotten(&lines) || (told(subject, own_words).is_empty() && lines.iter().enumerate().any(describes))
}

/// 「パスワードを失念しました」: what is told beside it is a guess, and the true one never comes.
fn is_forgotten(lines: &[String]) -> bool {
    let text = lines.iter().map(|it| it.trim()).collect::<Vec<_>>().join("").to_ascii_lowercase();
    text.split(['。', '!', '?']).any(|it| {
        let named = CUES.iter().filter_map(|word| it.find(word)).min().and_then(|at| it.get(at..)).unwrap_or_default();
        FORGOTTEN.iter().any(|word| named.contains(word)) && !ELSEWHERE.iter().any(|word| named.contains(word))
    })
}

/// Whether the line, or the sentence behind it, says that the password comes by another way: 「パスワードは8桁です。別途
/// お送りします。」. 「別メールでお送りしたファイルのパスワード」 tells of the file.
fn comes_elsewhere(lines: &[String], at: usize, lower: &str, cue: &Range<usize>) -> bool {
    let of_file = |it: &str| it.starts_with('の') || it.contains("した") || it.contains("済");
    let announces =
        |it: &str| ELSEWHERE.iter().any(|word| it.split_once(word).is_some_and(|(_, behind)| !of_file(behind)));
    let before = lower.get(..cue.start).unwrap_or_default();
    let mut sentences = lower.get(cue.end..).unwrap_or_default().split('。').map(str::trim);
    let first = sentences.next().unwrap_or_default();
    if announces(before.rsplit('。').next().unwrap_or_default()) || ELSEWHERE.iter().any(|it| first.contains(it)) {
        return true;
    }
    let below = || lines.get(at.saturating_add(1)).filter(|_| at > 0).map(|it| it.to_ascii_lowercase());
    let next = sentences.find(|it| !it.is_empty()).map(str::to_owned).or_else(below).unwrap_or_default();
    let next = next.split('。').next().unwrap_or_default();
    !HERE.iter().any(|it| first.contains(it)) && !ASKED.iter().any(|it| next.contains(it)) && announces(next)
}

/// Subject and text with every told password blotted out where it is told.
pub(super) fn blotted(subject: &str, text: &str) -> (String, String) {
    let found = found(subject, text);
    if found.is_empty() {
        return (subject.to_owned(), text.to_owned());
    }
    let blot = |at: usize, line: &str| {
        blot::without(line, found.iter().filter(|it| it.line == at).map(|it| it.word.as_str()), false)
    };
    let lines: Vec<String> = text.split('\n').enumerate().map(|(at, line)| blot(at + 1, line)).collect();
    (blot::no_longer(&blot(0, subject), subject), blot::no_longer(&lines.join("\n"), text))
}

/// A word that may be a password.
struct Found {
    /// 0 is the subject.
    line: usize,
    word: String,
}

fn found(subject: &str, text: &str) -> Vec<Found> {
    let lines: Vec<String> =
        std::iter::once(subject).chain(text.split('\n')).take(MOST_LINES).map(text::fold).collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let lower = line.to_ascii_lowercase();
        let mut words = before_use(line, &lower);
        let sure = cue(&lower);
        let loose = sure.is_none();
        let Some(cue) = sure.or_else(|| loose_cue(&lower)) else {
            found.extend(words.into_iter().map(|word| Found { line: at, word }));
            continue;
        };
        let rest = line.get(cue.end..).unwrap_or_default().split('。').next().unwrap_or_default(); // the sentence
        let told = rest.to_ascii_lowercase();
        let elsewhere = ELSEWHERE.iter().any(|it| told.contains(it));
        let english = lower.get(cue.clone()).is_some_and(str::is_ascii) && !is_told(&told);
        let mut words_behind = if elsewhere { Vec::new() } else { behind(rest) };
        words_behind.retain(|it| !loose || is_mixed(it));
        words.extend(words_behind.into_iter().filter(|it| !english || it.chars().any(|it| it.is_ascii_digit())));
        let asked = loose || ASKED.iter().any(|it| told.contains(it)) || THERE_IS.iter().any(|it| told.starts_with(it));
        if words.is_empty() && !asked && !comes_elsewhere(&lines, at, &lower, &cue) {
            let below = lines.iter().enumerate().skip(at.saturating_add(1));
            let written = below.filter(|(_, it)| !it.trim().is_empty()).take(if at == 0 { 2 * BELOW } else { BELOW });
            let told = written.map(|(at, line)| (at, alone(line))).find(|it| !it.1.is_empty());
            found.extend(
                told.into_iter().flat_map(|(line, words)| words.into_iter().map(move |word| Found { line, word })),
            );
        }
        found.extend(words.into_iter().map(|word| Found { line: at, word }));
    }
    found
}

/// What follows says that this is the password; "password has expired" does not.
fn is_told(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.starts_with("is ") || rest.starts_with(|it: char| !it.is_ascii_alphanumeric())
}

/// Where the last cue of the line stands; one of letters only as a word of its own.
fn cue(lower: &str) -> Option<Range<usize>> {
    let places = CUES.iter().flat_map(|cue| lower.rmatch_indices(cue).map(|(at, it)| at..at.saturating_add(it.len())));
    let own = |it: &Range<usize>| {
        let letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphabetic());
        let word = lower.get(it.clone()).unwrap_or_default();
        let kana = |it: Option<char>| it.is_some_and(|it| matches!(it, 'ァ'..='ー'));
        let (before, after) = (
            lower.get(..it.start).and_then(|it| it.chars().next_back()),
            lower.get(it.end..).and_then(|it| it.chars().next()),
        );
        if word.is_ascii() {
            // "pass-through", "old_passwd": a part of another word
            let joined = lower.get(it.end..).unwrap_or_default();
            let joined = joined.strip_prefix('-').is_some_and(|it| letter(it.chars().next()));
            !letter(before) && !letter(after) && !joined && before != Some('_') && after != Some('_')
        } else {
            word != "パス" || !(kana(before) || kana(after))
        }
    };
    // of overlapping ones the longest says where the password begins
    places.filter(own).max_by_key(|it| (it.end, it.end - it.start))
}

/// The same of a word that is a cue only where the line speaks of opening.
fn loose_cue(lower: &str) -> Option<Range<usize>> {
    let opens = OPENING.iter().filter_map(|it| lower.find(it)).min()?;
    let places = LOOSE_CUES.iter().filter_map(|it| lower.rfind(it).map(|at| at..at.saturating_add(it.len())));
    places.filter(|it| it.start > opens).max_by_key(|it| it.end)
}

/// What stands in brackets and quotation marks.
fn bracketed(line: &str) -> Vec<String> {
    let pairs = [('「', '」'), ('『', '』'), ('【', '】'), ('[', ']'), ('"', '"'), ('“', '”'), ('<', '>')];
    let inner = pairs.iter().filter_map(|(open, close)| line.split_once(*open)?.1.split_once(*close));
    inner.map(|it| it.0.trim()).filter(|it| is_word(it)).map(str::to_owned).collect()
}

/// 「念のため、k7#Mz2Qp です」
fn said(line: &str) -> Vec<String> {
    let ends = ["です", "になります", "となります", "でございます"];
    let before = ends.iter().filter_map(|it| line.split_once(it)).map(|it| it.0.trim_end());
    let last = before.filter_map(|it| runs(it).last().filter(|run| it.ends_with(run) && is_word(run)));
    last.flat_map(variants).collect()
}

/// The words behind a cue: in brackets, as they stand, and without the marks that close a sentence.
fn behind(rest: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (open, close) in [('「', '」'), ('『', '』'), ('【', '】'), ('"', '"'), ('\'', '\''), ('“', '”'), ('<', '>')]
    {
        let inner = rest.split_once(open).and_then(|(_, it)| it.split_once(close)).map(|it| it.0.trim());
        words.extend(inner.filter(|it| is_word(it)).map(str::to_owned));
    }
    if let Some(run) = runs(rest).find(|it| is_word(it.trim_start_matches([':', '=']))) {
        words.extend(variants(run));
    }
    words
}

/// 「abc123 で開けます」
fn before_use(line: &str, lower: &str) -> Vec<String> {
    let used = USES.iter().filter_map(|it| lower.find(it)).min();
    let before = used.and_then(|at| line.get(..at)).unwrap_or_default().trim_end();
    let last = runs(before).last().filter(|it| before.ends_with(it) && is_word(it));
    // 「Excelで開けます」 tells a program, no password
    let told = last.filter(|it| it.chars().any(|it| it.is_ascii_digit() || it.is_ascii_punctuation()));
    told.map(variants).unwrap_or_default()
}
