//! What the mail says of a quantitative row that has no value: 「K3は事業上該当しないため空欄です」.

mod short;
mod words;

use super::{Finding, Hint, Rule, Severity};
use crate::desk::{
    rules::{Form, FormRow},
    text,
    workbook::IndicatorKind,
};
use words::{LACKS, LEFT_BLANK, NOT_DONE, NOT_WRITTEN, OTHERS, PASSING, REASONS, STATEMENTS, SUBJECTS, UNSURE, VALUES};

/// Longest sentence that is looked at.
const MOST_CHARS: usize = 200;

/// Takes what the sender's own words explain for an answer: a note for the advisor, with the sender's words as the reason. Only a
/// plain statement about the row, with a reason, counts; whoever asks or supposes is asked in turn.
pub(super) fn accept(findings: &mut [Finding], words: &str, form: &Form) {
    let open = may_be_explained;
    if !findings.iter().any(open) {
        return;
    }
    let cells: Vec<(String, String)> = findings
        .iter()
        .filter(|it| open(it))
        .filter_map(|it| Some((text::key(it.cell.as_ref()?), it.no.clone()?)))
        .collect();
    let names = Names { form, cells: &cells };
    let sentences = sentences(words, &names);
    let reasons = reasons(&sentences, &names);
    let explained = explained(&sentences, &reasons, &names);
    for it in findings.iter_mut().filter(|it| open(it)) {
        let of_row = |no: &String| it.no.as_ref() == Some(no);
        let said = explained.iter().find(|known| of_row(&known.0)).map(|known| &known.1);
        // that there is no value stands in the cell
        let in_cell = it.rule == Rule::NotAnAnswer;
        let beside = || reasons.iter().find(|known| in_cell && known.plain && of_row(&known.no)).map(|it| &it.sentence);
        let Some(reason) = said.or_else(beside) else { continue };
        it.hint = Hint { hidden: it.hint.hidden, reason: Some(reason.clone()), ..Hint::default() };
        (it.rule, it.severity) = (Rule::NotApplicable, Severity::Note);
    }
}

/// Whether a reason may stand for the value that a finding asks for.
pub fn may_be_explained(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::NotAnAnswer | Rule::CurrentMissing)
}

/// What a mail may call the rows by.
struct Names<'f> {
    form: &'f Form,
    /// The cells of those that are open, as our letter named them, and their numbers.
    cells: &'f [(String, String)],
}

/// Whether rows that were open before are explained now.
pub fn explains(now: &[Finding], before: &[Finding]) -> bool {
    let was_open = |no: &Option<String>| before.iter().any(|it| it.no == *no && may_be_explained(it));
    now.iter().any(|it| it.rule == Rule::NotApplicable && was_open(&it.no))
}

/// The rows that the text says have no value, each with the reason in the sender's words.
fn explained(sentences: &[String], reasons: &[Reason], names: &Names<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, sentence) in sentences.iter().enumerate() {
        let next = sentences.get(at.saturating_add(1)).filter(|it| is_reason(it, names));
        if next.is_some_and(|it| is_unsure(&text::key(it))) {
            continue;
        }
        // 「K2、K4は該当なしです。理由は…」
        let reason = match (gives_reason(sentence), next) {
            (true, _) => Some(sentence.clone()),
            (false, Some(next)) => Some(format!("{sentence}。{next}")),
            (false, None) => None,
        };
        for clause in clauses(sentence, names) {
            for no in whole_block(&clause, names).into_iter().chain(declined(&clause, names)) {
                // or said before, of the same row
                let before = || reasons.iter().find(|it| it.no == no).map(|it| format!("{sentence}。{}", it.sentence));
                found.extend(reason.clone().or_else(before).map(|reason| (no, reason)));
            }
        }
    }
    found
}

/// A sentence that gives the reason for what the one before it says.
fn is_reason(sentence: &str, names: &Names<'_>) -> bool {
    let key = text::key(sentence);
    let ends = ["ためです", "からです", "ためでございます", "ためとなります", "によります", "が理由です"];
    let gives = ends.iter().any(|it| key.ends_with(it)) && in_full(&key, names).is_empty() && !is_passing(&key);
    key.starts_with("理由") || gives
}

/// What a sentence says of a row beside a 「該当なし」 that stands elsewhere.
struct Reason {
    no: String,
    sentence: String,
    /// It does not ask.
    plain: bool,
}

/// The rows of which a sentence says what is not done or not there, and why they are spoken of.
fn reasons(sentences: &[String], names: &Names<'_>) -> Vec<Reason> {
    let mut found = Vec::new();
    for sentence in sentences {
        for clause in clauses(sentence, names) {
            if is_lasting(&clause) {
                let plain = !is_unsure(&text::key(sentence));
                let of = |no| Reason { no, sentence: sentence.clone(), plain };
                found.extend(spoken_of(&clause, names).into_iter().map(of));
            }
        }
    }
    found
}

/// The reason lies in the business, and does not pass.
fn is_lasting(clause: &str) -> bool {
    NOT_DONE.iter().any(|it| clause.contains(it)) && !is_passing(clause)
}

fn is_passing(clause: &str) -> bool {
    PASSING.iter().any(|it| clause.contains(it))
}

fn gives_reason(sentence: &str) -> bool {
    let key = text::key(sentence);
    REASONS.iter().any(|it| key.contains(it))
}

/// Mails break their lines anywhere, so a sentence ends with 「。」, a blank line, or before a line that begins an item.
fn sentences(words: &str, names: &Names<'_>) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in words.lines().map(str::trim) {
        let bare = line.trim_start_matches(['・', '-', '*', '●', '■', '○', '※', ' ', '　']);
        let begins = bare.len() < line.len() || names_first(&text::key(bare), names);
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

fn names_first(line: &str, names: &Names<'_>) -> bool {
    named(line, names).iter().any(|it| it.start == 0)
}

/// 「K3は記入しましたが、K4は該当しないため空欄です」 says two things, and so does 「K3は…のため該当なし、K4は…該当なし」.
fn clauses(sentence: &str, names: &Names<'_>) -> Vec<String> {
    // 「K3の件ですが、」 only names what is spoken of
    let key = text::key(sentence).replace("の件ですが、", "は、").replace("についてですが、", "は、");
    let parts = key.split("が、").flat_map(|it| it.split("けど、").flat_map(|it| it.split("、なお")));
    parts.flat_map(|it| statements(it, names)).collect()
}

/// Cut where a statement is made and the next begins with a row.
fn statements(part: &str, names: &Names<'_>) -> Vec<String> {
    let mut all = vec![String::new()];
    for piece in part.split('、') {
        let stated = all.last().is_some_and(|it| statement(it).is_some());
        match all.last_mut() {
            Some(last) if !(stated && names_first(piece, names)) => {
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

/// Where a clause says that there is no value.
fn statement(clause: &str) -> Option<usize> {
    let plain = STATEMENTS.iter().filter_map(|it| clause.find(it)).min();
    let lacks = VALUES.iter().any(|value| LACKS.iter().any(|it| clause.contains(&format!("{value}{it}"))));
    let not_written = || NOT_WRITTEN.iter().filter_map(|it| clause.find(it)).min().filter(|_| lacks);
    let blank = || LEFT_BLANK.iter().filter_map(|it| clause.find(it)).min().filter(|_| is_lasting(clause));
    plain.into_iter().chain(not_written()).chain(nothing_there(clause)).chain(blank()).min()
}

/// 「該当する事業がない」, 「金額がありません」.
fn nothing_there(clause: &str) -> Option<usize> {
    let written = ["記入しました", "記入済", "0と", "ゼロと"].iter().any(|it| clause.contains(it));
    let near = |behind: &str| {
        let behind: String = behind.chars().take(20).collect();
        LACKS.iter().any(|it| behind.contains(it))
    };
    let of_kind = clause.match_indices("該当する").find(|(at, _)| near(clause.get(*at..).unwrap_or_default()));
    let lacks = |subject: &&str| LACKS.iter().filter_map(|it| clause.find(&format!("{subject}{it}"))).min();
    let subject = SUBJECTS.iter().filter_map(lacks).min();
    of_kind.map(|it| it.0).into_iter().chain(subject).min().filter(|_| !written && !is_passing(clause))
}

fn is_unsure(clause: &str) -> bool {
    UNSURE.iter().any(|it| clause.contains(it))
}

/// The rows at the head of a clause that says there is no value for them.
fn declined(clause: &str, names: &Names<'_>) -> Vec<String> {
    let Some(statement) = statement(clause) else { return Vec::new() };
    if is_unsure(clause) {
        return Vec::new();
    }
    spoken_of(clause.get(..statement).unwrap_or_default(), names)
}

/// The rows that stand at the head of a clause as what it speaks of.
fn spoken_of(head: &str, names: &Names<'_>) -> Vec<String> {
    let mut named = named(head, names);
    named.sort_by_key(|it| it.start);
    let Some((first, last)) = named.first().zip(named.last()) else { return Vec::new() };
    let between = head.get(first.start..last.end).unwrap_or_default();
    let after = head.get(last.end..).unwrap_or_default();
    let after = after.trim_start_matches(['」', ')', '』', ']']);
    let after = behind_cell(after);
    let after =
        ["番", "セル", "のセル", "欄", "の欄"].iter().fold(after, |it, word| it.strip_prefix(word).unwrap_or(it));
    let after = after.trim_start_matches(['」', ')', '』', ']', '、', '.', '…']);
    let after = ["など", "等"].iter().fold(after, |it, word| it.strip_prefix(word).unwrap_or(it));
    let after = ["いずれも", "どちらも", "両方とも"].iter().fold(after, |it, word| it.strip_prefix(word).unwrap_or(it));
    let spoken_of =
        ["は", "について", "に関して", "に関しまして", "につきまして", "も", "が", ":", "の欄", "の項目", "の件", "="];
    let listed = separators_only(between, &named, first.start);
    let is_topic = spoken_of.iter().any(|it| after.starts_with(it)) || (after.is_empty() && listed);
    // 「K3は記入済み、K4は該当しないため」: only the list right before its topic word
    let others = OTHERS.iter().any(|it| after.contains(it));
    if let ([from, to], Some(gap)) =
        (named.as_slice(), named.first().zip(named.last()).and_then(|(a, b)| head.get(a.end..b.start)))
        && matches!(gap, "~" | "-" | "から")
        && spoken_of.iter().any(|it| after.starts_with(it))
    {
        return between_rows(from, to, names);
    }
    if is_topic && listed && !others { named.into_iter().map(|it| it.no).collect() } else { Vec::new() }
}

/// 「定量指標はすべて…のため該当なしです」: all quantitative rows, where one is said of all and nothing else is named.
fn whole_block(clause: &str, names: &Names<'_>) -> Vec<String> {
    let Some(statement) = statement(clause) else { return Vec::new() };
    let head = clause.get(..statement).unwrap_or_default();
    let block = ["定量指標", "定量の項目", "定量的指標", "定量項目", "定量"].iter().find_map(|it| head.split_once(it));
    let Some((_, behind)) = block else { return Vec::new() };
    let numbers = named(behind, names);
    let all = ["すべて", "全て", "全部", "全項目", "いずれも", "どれも", "全般"].iter().any(|it| head.contains(it));
    let span = numbers.len() > 1 && is_all(&numbers, names);
    let some =
        ["一部", "いくつか", "のうち", "以外", "を除", "ほかの", "他の", "定性"].iter().any(|it| clause.contains(it));
    let only = numbers.is_empty() || span;
    if !(all || span) || some || is_unsure(clause) || !only {
        return Vec::new();
    }
    quantitative(names).map(|it| it.no.clone()).collect()
}

fn quantitative<'f>(names: &Names<'f>) -> impl Iterator<Item = &'f FormRow> + use<'f> {
    names.form.rows.iter().filter(|it| it.kind == IndicatorKind::Quantitative)
}

/// 「K1～T6」: from the first row to the last.
fn is_all(named: &[Named], names: &Names<'_>) -> bool {
    let ends = |at: Option<&FormRow>| at.is_some_and(|row| named.iter().any(|it| it.no == row.no));
    ends(quantitative(names).next()) && ends(quantitative(names).last())
}

/// Behind 「（E12）」 or 「（自己診断 E12）」, as our letters write it: where a row that is named stands.
fn behind_cell(after: &str) -> &str {
    let Some((place, behind)) = after.strip_prefix('(').and_then(|it| it.split_once(')')) else { return after };
    let place = place.trim_end_matches("セル");
    let column = place.trim_end_matches(|it: char| it.is_ascii_digit());
    let sheet = column.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let is_cell = (1..=2).contains(&column.len().saturating_sub(sheet.len())) && column.len() < place.len();
    if is_cell && is_sheet(sheet) { behind } else { after }
}

/// Whether the words before a cell can be its sheet's name, and say nothing.
fn is_sheet(words: &str) -> bool {
    words.chars().count() <= 20 && !words.contains(['、', 'は', 'が', 'を', '。', '済'])
}

/// 「K2～K4」.
fn between_rows(from: &Named, to: &Named, names: &Names<'_>) -> Vec<String> {
    let rows: Vec<&str> = quantitative(names).map(|it| it.no.as_str()).collect();
    let place = |no: &str| rows.iter().position(|it| *it == no);
    let (Some(from), Some(to)) = (place(&from.no), place(&to.no)) else { return Vec::new() };
    rows.get(from..=to).unwrap_or(&[]).iter().map(|it| (*it).to_owned()).collect()
}

/// A row named in a text, by its bytes.
struct Named {
    no: String,
    start: usize,
    end: usize,
}

/// The quantitative rows that a text names, by number, cell or title, whole or in short.
fn named(head: &str, names: &Names<'_>) -> Vec<Named> {
    let mut found = in_full(head, names);
    found.extend(short::named(head, names));
    without_overlaps(found)
}

/// The same, but for names in short.
fn in_full(head: &str, names: &Names<'_>) -> Vec<Named> {
    let mut found: Vec<Named> = quantitative(names).flat_map(|it| places(head, it, names)).collect();
    let by_cell = names.cells.iter().flat_map(|(cell, no)| places_of(head, cell, no));
    found.extend(by_cell);
    without_overlaps(found)
}

fn without_overlaps(mut found: Vec<Named>) -> Vec<Named> {
    // 「デジタルサービスの利益」 names no shorter title inside it
    found.sort_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
    found.dedup_by(|later, kept| later.start < kept.end);
    found
}

fn places(head: &str, row: &FormRow, names: &Names<'_>) -> Vec<Named> {
    let number = text::key(&row.no);
    // 「K-3」, 「3-(2)」
    let letters = number.trim_end_matches(|it: char| it.is_ascii_digit());
    let digits = number.get(letters.len()..).unwrap_or_default();
    let series = letters.trim_end_matches('-');
    let mut numbers = vec![number.clone()];
    if !series.is_empty() && !digits.is_empty() {
        numbers.extend([format!("{series}-{digits}"), format!("{series}({digits})"), format!("{series}-({digits})")]);
    }
    // 「No.41」: the running number over all rows, as the form prints it
    let running = names.form.rows.iter().position(|it| it.no == row.no).map(|at| at.saturating_add(1));
    numbers.extend(running.into_iter().flat_map(|it| [format!("no.{it}"), format!("no{it}")]));
    numbers.dedup();
    let by_number = numbers.iter().flat_map(|it| places_of(head, it, &row.no));
    let titles = std::iter::once(&row.title).chain(&row.also).map(|it| text::key(it));
    let by_title = titles.filter(|it| it.chars().count() >= 4).flat_map(|it| {
        let found: Vec<Named> = at(head, &it).map(|(start, end)| Named { no: row.no.clone(), start, end }).collect();
        found
    });
    by_number.chain(by_title).collect()
}

fn at<'t>(head: &'t str, word: &'t str) -> impl Iterator<Item = (usize, usize)> + use<'t> {
    head.match_indices(word).map(|(start, word)| (start, start.saturating_add(word.len())))
}

/// Where a number or a cell stands, and no longer one that has it within.
fn places_of(head: &str, number: &str, no: &str) -> Vec<Named> {
    let apart = |start: usize, end: usize| {
        let before = head.get(..start).and_then(|it| it.chars().next_back());
        let after = head.get(end..).and_then(|it| it.chars().next());
        !before.is_some_and(|it| it.is_ascii_alphanumeric() || it == '-')
            && !after.is_some_and(|it| it.is_ascii_digit() || it == '-' || it == '.')
    };
    let found = at(head, number).filter(|(start, end)| apart(*start, *end));
    found.map(|(start, end)| Named { no: no.to_owned(), start, end }).collect()
}

/// Whether between the named rows stands nothing but 「、」「と」 and brackets: 「K2（新規顧客獲得割合）、K4」.
fn separators_only(between: &str, named: &[Named], offset: usize) -> bool {
    let mut rest = String::new();
    let mut at = offset;
    for it in named {
        let gap = between.get(at.saturating_sub(offset)..it.start.saturating_sub(offset)).unwrap_or_default();
        // 「効率性（自己診断 E12）」
        let bracket = gap.strip_prefix('(').filter(|sheet| is_sheet(sheet));
        rest.push_str(if bracket.is_some() { "(" } else { gap });
        at = it.end;
    }
    let rest = ["セル", "番"].iter().fold(rest, |it, word| it.replace(word, ""));
    rest.chars().all(|it| "、,・&と及びやび並に()「」『』:/／.…およ".contains(it))
}
