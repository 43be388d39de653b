//! The advice method: online or in person, by the sender's answer and not by the question's words.

use super::lines::{Line, Standing};
use crate::desk::{reading::Method, text::key};

/// Words of each method, as [`key`] folds them.
const WORDS: [(Method, &[&str]); 2] = [
    (
        Method::Online,
        &[
            "オンライン",
            "おんらいん",
            "zoom",
            "ズーム",
            "teams",
            "チームズ",
            "webex",
            "googlemeet",
            "meet",
            "skype",
            "web会議",
            "webミーティング",
            "web面談",
            "web形式",
            "web方式",
            "web希望",
            "web",
            "ウェブ会議",
            "ウェブ",
            "リモート",
            "テレビ会議",
            "tv会議",
            "ビデオ会議",
            "遠隔",
            "online",
        ],
    ),
    (
        Method::InPerson,
        &["対面", "訪問", "来社", "来訪", "お越し", "ご足労", "現地", "弊社にて", "当社にて", "リアル", "face-to-face"],
    ),
];

/// Behind a method's word these make it about something else: オンライン受発注, 訪問販売, リモートワーク.
const ABOUT: [&str; 44] = [
    "受",
    "シス",
    "ショップ",
    "ストア",
    "販売",
    "サイト",
    "ワーク",
    "ページ",
    "説明",
    "セミナー",
    "研修",
    "バンキング",
    "ツール",
    "サービス",
    "化",
    "配信",
    "上",
    "ストレージ",
    "マーケ",
    "カメラ",
    "アクセス",
    "デスクトップ",
    "接客",
    "商談",
    "営業",
    "で参加",
    "で受講",
    "で視聴",
    "で拝見",
    "で説明",
    "で聴",
    "授業",
    "勤務",
    "介護",
    "看護",
    "診療",
    "申請",
    "申込",
    "で申",
    "注文",
    "広告",
    "フォーム",
    "edi",
    "ec",
];

/// Behind a method's word these turn it down.
const NOT: [&str; 26] = [
    "ではなく",
    "でなく",
    "じゃなく",
    "以外",
    "不可",
    "は難し",
    "が難し",
    "はでき",
    "は避け",
    "は希望しま",
    "は希望せ",
    "を希望しません",
    "は困",
    "は無理",
    "ng",
    "×",
    "は厳し",
    "は遠慮",
    "を避け",
    "より",
    "なし",
    "は不要",
    "は出来",
    "では難し",
    "は不可",
    "が不可",
];

/// Behind or before a method's word these make it the second choice.
const SECOND_BEHIND: [&str; 6] = ["でも", "も可", "も対応", "も大丈夫", "も問題", "もok"];
const SECOND_BEFORE: [&str; 12] = [
    "難しければ",
    "難しい場合は",
    "難しい場合",
    "無理なら",
    "無理であれば",
    "不可の場合は",
    "不可の場合",
    "不可なら",
    "できなければ",
    "だめなら",
    "場合は",
    "ngなら",
];

/// Marks of a chosen and of a free box.
const CHOSEN: [char; 13] = ['☑', '✓', '✔', '■', '☒', '●', '◉', '○', '◯', '〇', '◎', 'レ', '✅'];
const FREE: [char; 3] = ['□', '☐', '△'];

/// The method the sender asks for; `None` where none is named, or both without a choice.
pub(super) fn method(lines: &[Line<'_>]) -> Option<Method> {
    let keys: Vec<(Standing, String)> = lines.iter().map(|it| (it.standing, key(it.text))).collect();
    let own = |it: &&(Standing, String)| it.0 == Standing::Own;
    let others = |it: &&(Standing, String)| matches!(it.0, Standing::Quoted | Standing::Signature);
    match answer(keys.iter().filter(own)).or_else(|| inside(&keys)) {
        Some(Answer::One(method)) => Some(method),
        Some(Answer::Both) => None,
        None => match prose(keys.iter().filter(own)) {
            Some(method) => Some(method),
            None => match answer(keys.iter().filter(others)) {
                Some(Answer::One(method)) => Some(method),
                _ => None,
            },
        },
    }
}

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    One(Method),
    Both,
}

/// The answer to the question for the method: behind its colon, or on the next line.
fn answer<'k>(lines: impl Iterator<Item = &'k (Standing, String)>) -> Option<Answer> {
    let lines: Vec<&str> = lines.map(|it| it.1.as_str()).collect();
    lines.iter().enumerate().find_map(|(at, line)| {
        let answer = behind_question(line)?;
        if !answer.is_empty() {
            return said(answer);
        }
        let next = lines.iter().skip(at + 1).take(4).find(|it| !it.is_empty())?;
        if next.chars().count() > 60 || next.contains("候補") { None } else { said(next) }
    })
}

/// The sender's own line right below the quoted question.
fn inside(keys: &[(Standing, String)]) -> Option<Answer> {
    let asked = |it: &(Standing, String)| it.0 == Standing::Quoted && behind_question(&it.1).is_some();
    keys.iter().enumerate().filter(|(_, it)| asked(it)).find_map(|(at, _)| {
        let next = keys.iter().skip(at + 1).take(4).find(|it| !it.1.is_empty())?;
        if next.0 == Standing::Own { said(&next.1) } else { None }
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
        Some((choices, behind)) if said(choices) == Some(Answer::Both) => behind,
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
fn prose<'k>(lines: impl Iterator<Item = &'k (Standing, String)>) -> Option<Method> {
    let text: String =
        lines.map(|it| if it.1.is_empty() { "\n" } else { it.1.as_str() }).collect::<Vec<_>>().join("\u{b}");
    let mut found = Vec::new();
    for sentence in text.split(['。', '\n', '!', '?']).filter(|it| wishes(it)) {
        // a wrapped line goes on; a list does not
        let parts = if sentence.contains("希望") { vec![sentence] } else { sentence.split('\u{b}').collect() };
        for part in parts {
            match said(&part.replace('\u{b}', "")) {
                Some(Answer::Both) => return None,
                Some(Answer::One(method)) => found.push(method),
                None => {}
            }
        }
    }
    let first = *found.first()?;
    found.iter().all(|it| *it == first).then_some(first)
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
    ];
    let dated = sentence.chars().any(|it| it.is_ascii_digit()) && sentence.contains(['月', '/', '時', ':']);
    words.iter().any(|it| sentence.contains(it)) || dated || sentence.chars().count() <= 16
}

/// A method's word in a sentence.
struct Named {
    method: Method,
    chosen: bool,
    free: bool,
    denied: bool,
    second: bool,
}

/// What a sentence or an answer says of the methods.
fn said(text: &str) -> Option<Answer> {
    let named = named(text);
    let one = |keep: &dyn Fn(&&Named) -> bool| {
        let mut methods = named.iter().filter(keep).map(|it| it.method);
        let first = methods.next()?;
        methods.all(|it| it == first).then_some(Answer::One(first))
    };
    if named.is_empty() {
        let either = ["どちらでも", "いずれでも", "どちらも可"].iter().any(|it| text.contains(it));
        return either.then_some(Answer::Both);
    }
    let boxes = named.iter().any(|it| it.free) || named.iter().filter(|it| it.chosen).count() == 1;
    if boxes && let Some(answer) = one(&|it: &&Named| it.chosen) {
        return Some(answer);
    }
    let either = ["どちらでも", "いずれでも", "どちらも", "両方", "問いません"].iter().any(|it| text.contains(it));
    let wanted = || named.iter().filter(|it| !it.denied);
    wanted().next()?;
    if either && wanted().any(|it| it.method == Method::Online) && wanted().any(|it| it.method == Method::InPerson) {
        return Some(Answer::Both);
    }
    one(&|it: &&Named| !it.denied && !it.second).or_else(|| one(&|it: &&Named| !it.denied)).or(Some(Answer::Both))
}

/// All methods' words of the text, from left to right.
fn named(text: &str) -> Vec<Named> {
    let mut named = Vec::new();
    let (mut at, mut from) = (0, 0);
    // a bound: an answer is short
    for _ in 0..20 {
        let Some(rest) = text.get(at..) else { break };
        let Some((method, start, length)) = first_word(rest) else { break };
        let before = text.get(..at + start).unwrap_or("");
        let behind = rest.get(start + length..).unwrap_or("");
        let word = at + start;
        at += start + length;
        let about = ABOUT.iter().any(|it| behind.starts_with(it)) && !behind.starts_with("可");
        if about || before.ends_with("説明会は") || before.ends_with("貴社") {
            continue;
        }
        let mark = marked_behind(behind);
        let chosen = mark.is_some() || is_marked(text.get(from..word).unwrap_or(""), &CHOSEN);
        let free = !chosen && is_marked(before, &FREE);
        at += mark.unwrap_or(0);
        from = at;
        named.push(Named {
            method,
            chosen,
            free,
            denied: free || denied(behind),
            second: SECOND_BEHIND.iter().any(|it| behind.starts_with(it))
                || SECOND_BEFORE.iter().any(|it| before.ends_with(it)),
        });
    }
    named
}

fn denied(behind: &str) -> bool {
    let behind = behind.trim_start_matches([')', '」', '会', '議']);
    let behind = ["での面談", "での実施", "での対応", "面談", "形式", "方式"]
        .iter()
        .find_map(|it| behind.strip_prefix(it))
        .unwrap_or(behind);
    NOT.iter().any(|it| behind.starts_with(it)) || behind.starts_with("(×)") || behind.starts_with(":×")
}

/// A mark right before the word: 「☑対面」, 「(○)対面」.
fn is_marked(before: &str, marks: &[char]) -> bool {
    before.trim_end_matches([')', ']']).chars().next_back().is_some_and(|it| marks.contains(&it))
}

/// The length in bytes of a mark right behind the word: 「対面（○）」, 「対面○」. A box belongs to the word after it.
fn marked_behind(behind: &str) -> Option<usize> {
    let next = behind.trim_start_matches(['(', ':', '[']);
    let bracketed = next.len() < behind.len();
    let first = next.chars().next().filter(|it| CHOSEN.contains(it))?;
    let circle = matches!(first, '○' | '◯' | '〇' | '◎');
    (bracketed || circle).then_some(behind.len() - next.len() + first.len_utf8())
}

/// The leftmost word of a method, the longest of those; its place and length in bytes.
fn first_word(text: &str) -> Option<(Method, usize, usize)> {
    let all = WORDS.iter().flat_map(|(method, words)| words.iter().map(move |it| (*method, *it)));
    let found = all.filter_map(|(method, word)| text.find(word).map(|at| (method, at, word.len())));
    found.min_by_key(|(_, at, length)| (*at, usize::MAX - length))
}
