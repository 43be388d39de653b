//! Whether a sentence asks: a question that somebody has to answer, and not politeness or an offer of dates in its form.

use super::{
    asking_words::{ASKS, ASKS_FOR, IN_CASE, MARKS, NOT_ASKED, TOPICS},
    favour_words::{
        CASES, CASES_OF, DONE_ANYWAY, DONE_WITH_DATES, FAVOURS, MANNERS, MATTERS, NO_WHETHER, OBJECTS, TO_FIND_OUT,
        TOLD_ANYWAY, TROUBLES, WHETHER,
    },
    offer_words::{DATES, OFFERED, OFFERS},
};

/// Ends of clauses before a favour.
const CLAUSE_ENDS: [&str; 8] = ["、", ",", "。", "ので", "ますが", "ですが", "のうえ", "の上"];

/// Whether a sentence without blanks asks. `offered`: the mail hands in or tells wishes, so favours that are done anyway
/// and offers ask nothing: 「ご確認いただけますでしょうか」, 「24日の13時でいかがでしょうか」.
pub(super) fn asks(sentence: &str, offered: bool) -> bool {
    // 「特に質問はありません」「社内で相談した結果」 ask nothing; what else the sentence says may
    let said = NOT_ASKED.iter().fold(in_no_case(sentence), |it, words| it.replace(words, ""));
    if !offered {
        return has(&said, ASKS) || ends_asking(&said);
    }
    let mut rest = said.as_str();
    let mut plain = String::new();
    // a bound: no sentence asks more often
    for _ in 0..20 {
        let Some((at, mark)) = first_mark(rest) else { break };
        let (piece, behind) = (rest.get(..at).unwrap_or(""), rest.get(at + mark.len()..).unwrap_or(""));
        if !piece.is_empty() && !is_favour(piece) && !is_offer(piece) && !asks_when(piece) {
            return true;
        }
        plain.push_str(piece);
        rest = behind.trim_start_matches(['?', '。']);
    }
    plain.push_str(rest);
    has(&plain, ASKS) || ends_asking(rest) || asks_whether(&said)
}

/// 「どうなりましたか」: a sentence or line whose last word is か asks, unless it is 「いつか」 and the like.
pub(super) fn ends_asking(sentence: &str) -> bool {
    let bare = sentence.trim_end_matches(['。', '!', '?', '.', ' ']);
    bare.ends_with('か')
        && !["いつか", "なにか", "何か", "どこか", "ほか", "なか", "わずか", "ばか", "せっか"]
            .iter()
            .any(|it| bare.ends_with(it))
}

/// Without 「ご質問等ございましたら」: a question that somebody else may have.
fn in_no_case(sentence: &str) -> String {
    let words = ["質問", "問い合わせ", "問合せ", "相談", "不明な点が"];
    let behind = |at: usize| sentence.get(at..).unwrap_or("").chars().take(16).collect::<String>();
    let theirs = |word: &&&str| sentence.find(**word).is_some_and(|at| has(&behind(at), IN_CASE));
    words.iter().filter(theirs).fold(sentence.to_owned(), |it, word| it.replace(word, ""))
}

fn first_mark(text: &str) -> Option<(usize, &'static str)> {
    MARKS.iter().filter_map(|it| text.find(it).map(|at| (at, *it))).min()
}

/// What stands before the end of a question, without its ます and ません.
fn stem(piece: &str) -> &str {
    ["ません", "ます", "ない", "るの", "る", "です"].iter().find_map(|it| piece.strip_suffix(it)).unwrap_or(piece)
}

/// 「ご確認いただけます（でしょうか）」: a favour that is done anyway, with what this mail brings, and no question in its words.
fn is_favour(piece: &str) -> bool {
    let stem = stem(piece);
    let Some(asked) = FAVOURS.iter().filter_map(|it| stem.strip_suffix(it)).min_by_key(|it| it.len()) else {
        return false;
    };
    if leaves_open(asked) || has(&asked.replace("どうか", ""), ASKS_FOR) {
        return false;
    }
    let verb = asked.trim_end_matches("よう").trim_end_matches(['を', 'は', 'の', '、']);
    let verb = ["のほど", "の程", "のうえ", "の上", "して", "し", "ます", "まで"]
        .iter()
        .fold(verb, |it, end| it.trim_end_matches(end));
    let verb = verb.trim_end_matches(['を', 'は', 'も', '、']);
    let ends = |words: &[&str]| words.iter().any(|it| verb.ends_with(it) || asked.ends_with(it));
    let with_dates = || ends(DONE_WITH_DATES) || asked.ends_with('を');
    if is_about_dates(piece) && (ends(DONE_ANYWAY) || ends(TOLD_ANYWAY) || with_dates()) {
        return true;
    }
    let before = |words: &[&str]| {
        words.iter().filter_map(|it| verb.strip_suffix(it).or_else(|| asked.strip_suffix(it))).min_by_key(|it| it.len())
    };
    if let Some(before) = before(DONE_ANYWAY) {
        return is_plain(before) && (!has(before, CASES) || is_case(before));
    }
    before(TOLD_ANYWAY).is_some_and(|it| is_plain(it) && (is_case(it) || (has(it, DATES) && !has(clause(it), TOPICS))))
}

/// 「〜か」, 「〜の有無」, 「〜について」 before a favour: what is wanted is an answer.
fn leaves_open(asked: &str) -> bool {
    let about = ["について", "につきまして", "に関して", "に関しまして"];
    let other = |it: &str| asked.split_once(it).is_some_and(|(thing, _)| !is_object(clause(thing)));
    asks_whether(asked) || about.into_iter().any(other)
}

/// 「届いているかご確認」, 「参加費の有無をご連絡」.
pub(super) fn asks_whether(text: &str) -> bool {
    if has(text, WHETHER) {
        return true;
    }
    let text = NO_WHETHER.iter().fold(text.to_owned(), |it, word| it.replace(word, ""));
    let wanted = |behind: &str| {
        let behind = behind.trim_start_matches(['、', 'を', 'も', 'ご', 'お', '御']);
        TO_FIND_OUT.iter().any(|it| behind.starts_with(it))
    };
    text.match_indices('か').any(|(at, it)| text.get(at.saturating_add(it.len())..).is_some_and(wanted))
}

/// What stands behind the last end of a clause.
fn clause(text: &str) -> &str {
    let start = CLAUSE_ENDS.iter().filter_map(|it| text.rfind(it).map(|at| at.saturating_add(it.len()))).max();
    start.and_then(|it| text.get(it..)).unwrap_or(text)
}

/// Whether what stands before the verb of a favour is nothing, what this mail brings, or days: 「内容をご」, 「12/4の午後でご」.
fn is_plain(before: &str) -> bool {
    let last = clause(before);
    let earlier = before.strip_suffix(last).unwrap_or_default();
    !has(earlier, TROUBLES) && is_object(last)
}

fn is_object(words: &str) -> bool {
    let manner = MANNERS.iter().fold(words.to_owned(), |it, word| it.replace(word, ""));
    let bare = manner.trim_end_matches(['ご', 'お', '御']).trim_end_matches("から").trim_end_matches("にて");
    let bare = bare.trim_end_matches(['を', 'の', 'は', 'も', 'に', 'で', 'と', 'へ', '等', 'ほ', 'ど']);
    bare.is_empty()
        || CASES.iter().any(|it| bare.ends_with(it))
        || bare.ends_with("まで") && !names_a_time(bare)
        || (OBJECTS.iter().any(|it| bare.ends_with(it)) && !has(bare, MATTERS))
        || is_offered(bare)
}

/// 「不備がございましたら」: a case that the desk writes about by itself.
fn is_case(before: &str) -> bool {
    let at = CASES.iter().filter_map(|it| before.find(it).map(|at| at.saturating_add(it.len()))).min();
    let case = at.and_then(|it| before.get(..it)).unwrap_or_default();
    // whose question it would be was taken away before
    let bare = CASES.contains(&case) || case.strip_prefix('ご').is_some_and(|it| CASES.contains(&it));
    bare || (has(case, CASES_OF) && !has(case, MATTERS))
}

/// 「別の日を挙げていただけます（か）」, 「どの日程がご都合よろしい（でしょうか）」: our dates are wanted, which we offer anyway.
fn is_about_dates(piece: &str) -> bool {
    let dates = ["日程", "日時", "都合", "候補", "別日", "別の日", "ほかの日", "他の日", "空き"];
    let topic = piece.replace("どの日程", "日程").replace("どの日", "日程");
    has(piece, &dates) && !has(&topic, TOPICS) && !has(piece, &["いつまで", "何日まで"])
}

/// 「12/4の午後でいかが（でしょうか）」: days, hours, a method or what was just said, and nothing else is spoken of.
fn is_offer(piece: &str) -> bool {
    let whole = piece.strip_suffix("です").unwrap_or(piece);
    let by = |it: &str| OFFERS.iter().filter_map(|end| it.strip_suffix(end)).min_by_key(|it| it.len()).map(str::len);
    let Some(end) = by(whole).or_else(|| by(stem(piece))) else { return false };
    let offered = piece.get(..end).unwrap_or("");
    let mut clauses =
        offered.rsplit(['、', ',', '。']).map(|it| it.trim_end_matches(['は', 'で', 'が', 'も', 'に'])).take(3);
    clauses.find(|it| !it.is_empty()).is_none_or(is_offered)
}

/// Whether a clause has nothing but the words of an offer. 「明日まで」 is a term, and 「2時間」 a length.
fn is_offered(clause: &str) -> bool {
    let term = clause.contains("まで") && !has(clause, &["から", "より", "~", "-"]);
    let digit = |it: &str| it.ends_with(|it: char| it.is_ascii_digit());
    let length = clause.split("時間").count() > 1 && clause.split("時間").any(digit);
    !term && !length && is_made_of(clause, OFFERED)
}

/// Whether a text is digits and such words, the longest first.
fn is_made_of(text: &str, words: &[&str]) -> bool {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = words.iter().filter(|it| rest.starts_with(**it)).map(|it| it.len()).max();
        let digit = first.is_ascii_digit() || "一二三四五六七八九十".contains(first);
        let Some(length) = word.or(digit.then_some(first.len_utf8())) else { return false };
        rest = rest.get(length..).unwrap_or_default();
    }
    true
}

/// 「ご都合つき（ますでしょうか）」, 「どの日程がご都合よろしい（でしょうか）」.
fn asks_when(piece: &str) -> bool {
    piece.contains("都合") && is_about_dates(piece)
}

/// Digits with the marks of a date.
pub(super) fn names_a_day(clause: &str) -> bool {
    clause.contains(|it: char| it.is_ascii_digit()) && clause.contains(['/', '月', '日'])
}

/// Digits with the marks of a date or clock, a weekday, a part of the day or a week.
fn names_a_time(clause: &str) -> bool {
    let digit = clause.contains(|it: char| it.is_ascii_digit() || "一二三四五六七八九十".contains(it));
    (digit && clause.contains(['/', '月', '日', '時', ':']))
        || has(
            clause,
            &[
                "午前",
                "午後",
                "曜",
                "来週",
                "再来週",
                "今週",
                "夕方",
                "終日",
                "平日",
                "明日",
                "年明け",
                "上旬",
                "中旬",
                "下旬",
            ],
        )
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}
