//! What the mail says of a quantitative row that has no value: 「K3は事業上該当しないため空欄です」.

use super::{Finding, Hint, Rule, Severity};
use crate::desk::{
    rules::{Form, FormRow},
    text,
    workbook::IndicatorKind,
};

/// Says that there is no value.
const STATEMENTS: [&str; 20] = [
    "該当しない",
    "該当しません",
    "該当いたしません",
    "該当なし",
    "該当無し",
    "該当がな",
    "該当はな",
    "該当がありません",
    "該当はありません",
    "該当ありません",
    "該当せず",
    "非該当",
    "対象外",
    "算出できな",
    "算出できません",
    "算出不可",
    "把握していな",
    "把握しておりません",
    "測定していな",
    "測定しておりません",
];
/// Gives a reason.
const REASONS: [&str; 8] = ["ため", "為", "ので", "理由", "により", "ことから", "につき", "おらず"];
/// Asks or supposes: no plain statement.
const UNSURE: [&str; 14] = [
    "?",
    "でしょうか",
    "ますか",
    "ですか",
    "よいか",
    "良いか",
    "い場合",
    "しの場合",
    "かもしれ",
    "かどうか",
    "教えて",
    "ご教示",
    "わけではな",
    "訳ではな",
];
/// Speaks of the named rows otherwise, and of others as having no value.
const OTHERS: [&str; 8] = ["そのほか", "その他", "ほかの", "他の", "以外", "記入済", "入力済", "回答済"];
/// Longest sentence that is looked at.
const MOST_CHARS: usize = 200;

/// Takes what the sender's own words explain for an answer: a note for the advisor, with the sender's words as the reason. Only a
/// plain statement about the row, with a reason, counts; whoever asks or supposes is asked in turn.
pub(super) fn accept(findings: &mut [Finding], words: &str, form: &Form) {
    let open = |it: &Finding| matches!(it.rule, Rule::NotAnAnswer | Rule::CurrentMissing);
    if !findings.iter().any(open) {
        return;
    }
    let explained = explained(words, form);
    for it in findings.iter_mut().filter(|it| open(it)) {
        let Some((_, reason)) = explained.iter().find(|(no, _)| it.no.as_ref() == Some(no)) else { continue };
        it.hint = Hint { hidden: it.hint.hidden, reason: Some(reason.clone()), ..Hint::default() };
        (it.rule, it.severity) = (Rule::NotApplicable, Severity::Note);
    }
}

/// Whether rows that were open before are explained now.
pub fn explains(now: &[Finding], before: &[Finding]) -> bool {
    let was_open = |no: &Option<String>| {
        before.iter().any(|it| it.no == *no && matches!(it.rule, Rule::NotAnAnswer | Rule::CurrentMissing))
    };
    now.iter().any(|it| it.rule == Rule::NotApplicable && was_open(&it.no))
}

/// The rows that the text says have no value, each with the reason in the sender's words.
fn explained(words: &str, form: &Form) -> Vec<(String, String)> {
    let sentences = sentences(words, form);
    let mut found = Vec::new();
    for (at, sentence) in sentences.iter().enumerate() {
        let next = sentences.get(at.saturating_add(1)).filter(|it| text::key(it).starts_with("理由"));
        // 「K2、K4は該当なしです。理由は…」
        let reason = match (gives_reason(sentence), next) {
            (true, _) => sentence.clone(),
            (false, Some(next)) => format!("{sentence}。{next}"),
            (false, None) => continue,
        };
        for clause in clauses(sentence, form) {
            found.extend(declined(&clause, form).into_iter().map(|no| (no, reason.clone())));
        }
    }
    found
}

fn gives_reason(sentence: &str) -> bool {
    let key = text::key(sentence);
    REASONS.iter().any(|it| key.contains(it))
}

/// Mails break their lines anywhere, so a sentence ends with 「。」, a blank line, or before a line that begins an item.
fn sentences(words: &str, form: &Form) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in words.lines().map(str::trim) {
        let bare = line.trim_start_matches(['・', '-', '*', '●', '■', '○', '※', ' ', '　']);
        let begins = bare.len() < line.len() || names_first(&text::key(bare), form);
        let last = paragraphs.last().is_some_and(|it| !it.ends_with(['、', ',']));
        if line.is_empty() || (begins && last) {
            paragraphs.push(String::new());
        }
        if let Some(it) = paragraphs.last_mut() {
            it.push_str(bare);
        }
    }
    let sentences = paragraphs.iter().flat_map(|it| it.split(['。', '！', '!'])).map(str::trim);
    sentences.filter(|it| !it.is_empty() && it.chars().count() <= MOST_CHARS).map(str::to_owned).collect()
}

fn names_first(line: &str, form: &Form) -> bool {
    named(line, form).iter().any(|it| it.start == 0)
}

/// 「K3は記入しましたが、K4は該当しないため空欄です」 says two things, and so does 「K3は…のため該当なし、K4は…該当なし」.
fn clauses(sentence: &str, form: &Form) -> Vec<String> {
    let key = text::key(sentence);
    let parts = key.split("が、").flat_map(|it| it.split("けど、").flat_map(|it| it.split("、なお")));
    parts.flat_map(|it| statements(it, form)).collect()
}

/// Cut where a statement is made and the next begins with a row.
fn statements(part: &str, form: &Form) -> Vec<String> {
    let mut all = vec![String::new()];
    for piece in part.split('、') {
        let stated = all.last().is_some_and(|it| STATEMENTS.iter().any(|statement| it.contains(statement)));
        match all.last_mut() {
            Some(last) if !(stated && names_first(piece, form)) => {
                if !last.is_empty() {
                    last.push('、');
                }
                last.push_str(piece);
            }
            _ => all.push(piece.to_owned()),
        }
    }
    all
}

/// The rows at the head of a clause that says there is no value for them.
fn declined(clause: &str, form: &Form) -> Vec<String> {
    let Some(statement) = STATEMENTS.iter().filter_map(|it| clause.find(it)).min() else { return Vec::new() };
    if UNSURE.iter().any(|it| clause.contains(it)) {
        return Vec::new();
    }
    let head = clause.get(..statement).unwrap_or_default();
    let mut named = named(head, form);
    named.sort_by_key(|it| it.start);
    let Some((first, last)) = named.first().zip(named.last()) else { return Vec::new() };
    let between = head.get(first.start..last.end).unwrap_or_default();
    let after = head.get(last.end..).unwrap_or_default();
    let after = after.trim_start_matches(['」', ')', '』', ']']);
    let spoken_of =
        ["は", "について", "に関して", "に関しまして", "につきまして", "も", "が", ":", "の欄", "の項目", "="];
    let listed = separators_only(between, &named, first.start);
    let is_topic = spoken_of.iter().any(|it| after.starts_with(it)) || (after.is_empty() && listed);
    // 「K3は記入済み、K4は該当しないため」: only the list right before its topic word
    let others = OTHERS.iter().any(|it| after.contains(it));
    if is_topic && listed && !others { named.into_iter().map(|it| it.no).collect() } else { Vec::new() }
}

/// A row named in a text, by its bytes.
struct Named {
    no: String,
    start: usize,
    end: usize,
}

/// The quantitative rows that a text names, by number or title.
fn named(head: &str, form: &Form) -> Vec<Named> {
    let rows = form.rows.iter().filter(|it| it.kind == IndicatorKind::Quantitative);
    let mut found: Vec<Named> = rows.flat_map(|it| places(head, it)).collect();
    // 「デジタルサービスの利益」 names no shorter title inside it
    found.sort_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
    found.dedup_by(|later, kept| later.start < kept.end);
    found
}

fn places(head: &str, row: &FormRow) -> Vec<Named> {
    let number = text::key(&row.no);
    let apart = |start: usize, end: usize| {
        let before = head.get(..start).and_then(|it| it.chars().next_back());
        let after = head.get(end..).and_then(|it| it.chars().next());
        !before.is_some_and(|it| it.is_ascii_alphanumeric())
            && !after.is_some_and(|it| it.is_ascii_digit() || it == '-' || it == '.')
    };
    let at = |word: &str| -> Vec<(usize, usize)> {
        head.match_indices(word).map(|(start, word)| (start, start.saturating_add(word.len()))).collect()
    };
    let by_number = at(&number).into_iter().filter(|(start, end)| apart(*start, *end));
    let titles = std::iter::once(&row.title).chain(&row.also).map(|it| text::key(it));
    let by_title = titles.filter(|it| it.chars().count() >= 4).flat_map(|it| at(&it));
    by_number.chain(by_title).map(|(start, end)| Named { no: row.no.clone(), start, end }).collect()
}

/// Whether between the named rows stands nothing but 「、」「と」 and brackets: 「K2（新規顧客獲得割合）、K4」.
fn separators_only(between: &str, named: &[Named], offset: usize) -> bool {
    let mut rest = String::new();
    let mut at = offset;
    for it in named {
        let gap = between.get(at.saturating_sub(offset)..it.start.saturating_sub(offset)).unwrap_or_default();
        rest.push_str(gap);
        at = it.end;
    }
    rest.chars().all(|it| "、,・&と及びやび並に()「」『』:/／".contains(it))
}
