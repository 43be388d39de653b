//! How many take part, said plainly: 「参加3名（社長、経理、現場主任）」, 「2名で伺います」.

use crate::desk::text::fold;

/// What is spoken of, the longest first.
const TOPICS: [&str; 14] = [
    "参加予定人数",
    "参加予定者",
    "出席予定者",
    "参加人数",
    "出席人数",
    "参加予定",
    "出席予定",
    "参加者",
    "出席者",
    "同席者",
    "参加",
    "出席",
    "同席",
    "人数",
];
/// Before it.
const OPENINGS: [&str; 14] = [
    "なお、",
    "また、",
    "なお",
    "当日の",
    "当日は",
    "当日、",
    "当社は",
    "弊社は",
    "当社から",
    "弊社から",
    "こちらは",
    "こちらから",
    "ご",
    "は",
];
/// Behind the people.
const VERBS: [&str; 11] =
    ["で参加", "で出席", "で同席", "で伺", "でお伺", "で対応", "が参加", "が出席", "が同席", "が伺", "参加"];
/// How the sentence ends then.
const ENDS: [&str; 24] = [
    "させていただきます",
    "させていただく予定です",
    "する予定です",
    "いたします",
    "致します",
    "します",
    "します予定です",
    "の予定です",
    "予定です",
    "を予定しております",
    "を予定しています",
    "となります",
    "になります",
    "でございます",
    "でお願いします",
    "でお願いいたします",
    "わせていただきます",
    "いします",
    "います",
    "です",
    "の予定",
    "予定",
    "で",
    "",
];
/// Numbers as they are written out.
const NUMERALS: &str = "0123456789一二三四五六七八九十両";
/// Longest list in brackets.
const MAX_LIST: usize = 60;

/// The number of those who take part, with who they are where a bracket says so; `None` where the sentence says or asks
/// anything else.
pub(super) fn counted(sentence: &str) -> Option<String> {
    let folded = fold(sentence);
    let said = OPENINGS.iter().fold(folded.trim(), |it, start| it.strip_prefix(start).unwrap_or(it).trim_start());
    let topic = TOPICS.iter().find_map(|it| said.strip_prefix(it));
    let rest = topic.unwrap_or(said).trim_start_matches("予定");
    let rest = rest.trim_start_matches(|it: char| it.is_whitespace() || "は:、,も".contains(it));
    let (people, rest) = people(rest)?;
    let (list, rest) = bracket(rest);
    let rest = rest.trim_end_matches(['、', ',']);
    let only = ["のみ", "だけ"].iter().find(|it| rest.starts_with(**it)).copied().unwrap_or_default();
    let rest = rest.strip_prefix(only).unwrap_or(rest);
    let verb = VERBS.iter().find_map(|it| rest.strip_prefix(it));
    let (behind, rest) = bracket(verb.unwrap_or(rest));
    // 「参加は3名です（社長、経理）」
    let (rest, last) = rest.rsplit_once('(').map_or((rest, ""), |(before, list)| (before, list));
    let last = if last.is_empty() { String::new() } else { bracket(&format!("({last}")).0 };
    let takes_part = topic.is_some() || verb.is_some();
    let list = [list, behind, last].into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    (takes_part && ENDS.contains(&rest.trim())).then(|| format!("{people}{only}{list}"))
}

/// What is said of those who take part: 「参加予定は社長と経理です」.
pub(super) fn topic(sentence: &str) -> Option<&str> {
    TOPICS.iter().find_map(|it| sentence.trim().strip_prefix(it)?.strip_prefix(['は', '：', ':']))
}

/// 「3名」, and what follows.
fn people(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['名', '人']).filter(|at| text.get(..*at).is_some_and(is_count))?;
    let (people, rest) = text.split_at_checked(end.saturating_add('名'.len_utf8()))?;
    Some((people, rest.strip_prefix('様').unwrap_or(rest)))
}

fn is_count(before: &str) -> bool {
    let bare = before.trim_start_matches(['計', '約']).trim_start_matches("合計");
    let short = (1..=3).contains(&bare.chars().count());
    short && bare.chars().all(|it| NUMERALS.contains(it))
}

/// A bracket at the start, and what follows it.
fn bracket(text: &str) -> (String, &str) {
    let Some((list, rest)) = text.trim_start().strip_prefix('(').and_then(|it| it.split_once(')')) else {
        return (String::new(), text);
    };
    let fits = list.chars().count() <= MAX_LIST && !list.contains(['?', '(']);
    if fits { (format!("（{list}）"), rest) } else { (String::new(), text) }
}
