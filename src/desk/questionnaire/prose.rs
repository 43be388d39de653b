//! Answers in sentences of a letter: 「参加者は鈴木と佐藤です。伴走型支援を希望します。」

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answers, attending,
    letters::{Letters, bare},
    questions::after_any,
    wished,
};
use crate::desk::{
    rules::{Question, QuestionKind},
    schedule::{
        lines::{Line, Standing},
        method_named,
    },
    text::key,
};

/// Longest answer that a sentence holds, in characters.
const MAX: usize = 200;
/// Longest list of the people who take part.
const MAX_PEOPLE: usize = 60;
/// Longest choice or mark with the words around it.
const MAX_SHORT: usize = 30;

/// Words that put off, ask or deny: such a sentence answers nothing.
const OPEN: [&str; 19] = [
    "未定",
    "後日",
    "追って",
    "改めて",
    "決ま",
    "検討",
    "連絡",
    "相談",
    "何名",
    "よろし",
    "でしょうか",
    "ですか",
    "ますか",
    "お願い",
    "ください",
    "いただ",
    "ません",
    "ない",
    "以外",
];

/// Words of what is said of taking part, but not of who does: 「参加は自由」, 「参加は難しい」.
const NO_PEOPLE: [&str; 41] = [
    "可能",
    "難し",
    "自由",
    "任意",
    "無料",
    "有料",
    "必須",
    "必要",
    "不可",
    "不要",
    "でき",
    "出来",
    "初めて",
    "はじめて",
    "オンライン",
    "zoom",
    "対面",
    "月",
    "時",
    "円",
    "日",
    "希望",
    "場合",
    "歓迎",
    "条件",
    "下記",
    "以下",
    "上記",
    "見送",
    "辞退",
    "欠席",
    "キャンセル",
    "予定通",
    "予定どお",
    "確定",
    "遠慮",
    "いつ",
    "どこ",
    "従業員",
    "社員",
    "まで",
];

/// How a sentence ends that says who takes part.
const TAKE_PART: [&str; 28] = [
    "で参加します",
    "で参加いたします",
    "で参加させていただきます",
    "で参加予定です",
    "が参加します",
    "が参加いたします",
    "で出席します",
    "で出席いたします",
    "が出席します",
    "が出席いたします",
    "が参加させていただきます",
    "が出席させていただきます",
    "が参加予定です",
    "が出席予定です",
    "が参加する予定です",
    "が出席する予定です",
    "が参加致します",
    "が出席致します",
    "で伺います",
    "でお伺いします",
    "で対応します",
    "で対応いたします",
    "の予定です",
    "を予定しております",
    "でございます",
    "となります",
    "になります",
    "です",
];

/// Words for people.
const PEOPLE: [&str; 18] = [
    "私",
    "代表",
    "社長",
    "専務",
    "常務",
    "取締役",
    "部長",
    "課長",
    "係長",
    "店長",
    "工場長",
    "担当",
    "小職",
    "当方",
    "本人",
    "さん",
    "氏",
    "の",
];

/// Adds what the sender's own sentences answer and nothing else did. `asked`: the lines that have a question's label.
pub(super) fn read(
    lines: &[Line<'_>],
    asked: &BTreeSet<usize>,
    questions: &[Question],
    known: &mut BTreeMap<String, String>,
) {
    let open: Vec<&Question> = questions.iter().filter(|it| !known.contains_key(&it.id)).collect();
    if open.iter().all(|it| it.kind == QuestionKind::Dates) {
        return;
    }
    // a line may end without a mark: 「参加3名（社長、経理）」
    let own = lines.iter().enumerate().filter(|(at, it)| it.standing == Standing::Own && !asked.contains(at));
    let counted = own.flat_map(|(_, it)| it.text.split('。')).find_map(|it| attending::counted(it.trim()));
    for question in open.iter().filter(|it| it.kind == QuestionKind::Text && asks_who(it)) {
        known.extend(counted.iter().map(|it| (question.id.clone(), it.clone())));
    }
    for sentence in sentences(lines, asked).iter().flat_map(|it| clauses(it, questions)) {
        for question in &open {
            let answer = match question.kind {
                QuestionKind::Text => text(sentence, question),
                QuestionKind::Choice => choice(sentence, question),
                QuestionKind::Method | QuestionKind::Scale => short(sentence, question),
                QuestionKind::Dates => None,
            };
            if let Some(answer) = answer {
                known.entry(question.id.clone()).or_insert(answer);
            }
        }
    }
}

/// The sender's sentences, wrapped lines joined; questions are left out, and so is what stands below a label.
fn sentences(lines: &[Line<'_>], asked: &BTreeSet<usize>) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut sentence = String::new();
    let mut labelled = false;
    for (at, line) in lines.iter().enumerate() {
        let text = line.text.trim();
        let ends = text.is_empty() || line.standing != Standing::Own || answers::ends_answer(text);
        labelled = asked.contains(&at) || (labelled && !ends);
        if ends || labelled {
            sentences.push(std::mem::take(&mut sentence));
            continue;
        }
        for it in text.chars() {
            match it {
                '。' | '！' | '!' => sentences.push(std::mem::take(&mut sentence)),
                '？' | '?' => sentence.clear(),
                it => sentence.push(it),
            }
        }
    }
    sentences.push(sentence);
    sentences.retain(|it| !it.trim().is_empty());
    sentences
}

/// 「参加者は田中、支援は未定です」: cut where another question's answer begins.
fn clauses<'s>(sentence: &'s str, questions: &[Question]) -> Vec<&'s str> {
    let mut clauses = Vec::new();
    let mut from = 0;
    // a bound: there are not many questions
    for (at, mark) in sentence.match_indices(['、', '，', ',', '／', '/']).take(40) {
        let behind = at + mark.len();
        let rest = sentence.get(behind..).unwrap_or("");
        // 「参加者は松田のみ、未定」: what is undecided is something else
        let undecided = rest.trim_start().starts_with("未定") && names_people(sentence.get(from..at).unwrap_or(""));
        if undecided || questions.iter().any(|it| about(rest, it, 2).is_some()) {
            clauses.extend(sentence.get(from..at));
            from = behind;
        }
    }
    clauses.extend(sentence.get(from..));
    clauses
}

/// Whether a clause ends with people and their number: who takes part is decided.
fn names_people(clause: &str) -> bool {
    ["のみ", "だけ", "名", "人", "です"].iter().any(|it| clause.trim_end().ends_with(it))
}

/// What follows a question's word at the sentence's start: 「なお、当日の参加者は…」. `least`: letters the word has.
fn about<'s>(sentence: &'s str, question: &Question, least: usize) -> Option<&'s str> {
    let letters = Letters::new(sentence);
    let start = after_any(&letters, 0, &["なお、", "また、", "なお", "また"]);
    let start = after_any(&letters, start, &["当日の", "今回の", "アドバイスの", "弊社の", "当社の", "今後の"]);
    let start = after_any(&letters, start, &["ご", "お"]);
    let words = question.known_by.iter().map(|it| bare(it)).chain([bare(&question.text)]);
    let rest = letters.folded.get(start..)?;
    let word = words.filter(|it| it.len() >= least && rest.starts_with(it)).map(|it| it.len()).max()?;
    let end = after_any(&letters, start + word, &["につきましては", "については", "としては", "は"]);
    (end > start + word).then(|| sentence.get(letters.byte(end)..)).flatten()
}

/// 「参加者は社長の山田と総務の田中です」: the part that names them, or how many they are.
fn text(sentence: &str, question: &Question) -> Option<String> {
    if asks_who(question)
        && let Some(it) = attending::counted(sentence).or_else(|| who(sentence, question))
    {
        return Some(it);
    }
    let rest = about(sentence, question, 3)?.trim().trim_start_matches(['、', ',']).trim();
    let ends =
        ["の予定です", "を予定しております", "を予定しています", "でございます", "になります", "となります", "です"];
    let said = ends.iter().find_map(|it| rest.strip_suffix(it)).unwrap_or(rest).trim();
    let verb = ["ます", "した", "する"].iter().any(|it| said.ends_with(it));
    let number = said.chars().all(|it| it.is_numeric() || "名人約程度の計合計".contains(it));
    let open = OPEN.iter().any(|it| said.contains(it));
    (!verb && !number && !open && said.chars().count() <= MAX).then(|| said.to_owned())
}

/// Whether a question is about who takes part.
fn asks_who(question: &Question) -> bool {
    question.known_by.iter().any(|it| it.contains("参加") || it.contains("出席"))
}

/// 「参加は私1名」, 「私と経理の佐藤の2名で伺います」: people with their number, or one alone.
fn who(sentence: &str, question: &Question) -> Option<String> {
    let topic = about(sentence, question, 2).or_else(|| attending::topic(sentence));
    let rest = topic.unwrap_or(sentence).trim();
    let rest = ["当日は、", "当日は", "当日、", "当社からは", "弊社からは", "こちらからは", "なお、", "また、"]
        .iter()
        .fold(rest, |it, start| it.trim_start_matches(start));
    let rest = rest.trim_end_matches(['、', ',', '，']).trim_end();
    let said = TAKE_PART.iter().find_map(|it| rest.strip_suffix(it)).unwrap_or(rest).trim();
    let said = topic.and_then(|_| said.strip_suffix('で')).unwrap_or(said);
    let folded = key(said);
    let counted = ["名", "人"].iter().filter_map(|it| folded.strip_suffix(it)).any(|it| it.ends_with(char::is_numeric));
    let alone = ["のみ", "だけ"].iter().any(|it| folded.ends_with(it));
    let named = PEOPLE.iter().any(|it| folded.contains(it)) && folded.chars().any(|it| !it.is_numeric());
    if takes_part(rest, topic.is_some(), said) {
        return Some(said.to_owned());
    }
    let other = ["従業員", "社員数", "社員は", "運営", "雇用", "採用", "人材", "募集", "上限", "まで", "部署", "体制"];
    let open = other.iter().chain(&OPEN).any(|it| folded.contains(it)) || said.contains(['は', '：', ':']);
    let short = said.chars().count() <= MAX_PEOPLE;
    (short && named && !open && (counted || (alone && topic.is_some()))).then(|| said.to_owned())
}

/// 「参加は山田と鈴木で」, 「山田と鈴木が参加します」: whether the words or the verb say that these are the people who take
/// part. `topic`: they stand behind 「参加は」; `said`: what is left of `rest` without its verb.
fn takes_part(rest: &str, topic: bool, said: &str) -> bool {
    let folded = key(said);
    let verb = rest.strip_prefix(said).unwrap_or("");
    let took = |it: &str| verb.starts_with(it) && (verb.contains("参加") || verb.contains("出席"));
    let several = said.contains(['と', '、', '・']);
    let named = topic || took("が") || (took("で") && several);
    let number = folded.chars().all(|it| it.is_numeric() || "一二三四五六七八九十名人約程度の計合".contains(it));
    let ends = ["ます", "した", "する", "たい", "です", "った", "れば", "なら"].iter().any(|it| said.ends_with(it));
    let other = NO_PEOPLE.iter().chain(&OPEN).any(|it| folded.contains(it)) || said.contains(['は', '：', ':', '/']);
    named && !number && !ends && !other && !said.is_empty() && said.chars().count() <= MAX_PEOPLE
}

/// 「方式はオンライン」, 「説明会の評価は4です」: the only choice, or the mark, behind the question's own word.
fn short(sentence: &str, question: &Question) -> Option<String> {
    let rest = about(sentence, question, 2)?.trim();
    let closed = OPEN.iter().filter(|it| **it != "お願い").any(|it| rest.contains(it));
    if closed || rest.chars().count() > MAX_SHORT {
        return None;
    }
    if question.kind == QuestionKind::Scale {
        return answers::clean(question, rest);
    }
    answers::choice(question, rest).or_else(|| {
        // 「方式は来てもらう形で」
        let method = method_named(rest)?;
        question.choices.iter().find(|it| method_named(it) == Some(method)).cloned()
    })
}

/// 「支援は伴走型支援です」, 「伴走型支援を希望します」: the only choice that is named, and not merely mentioned.
fn choice(sentence: &str, question: &Question) -> Option<String> {
    let whole = key(sentence);
    if let Some(rest) = about(sentence, question, 2)
        && let Some(it) = answers::undecided(question, rest)
    {
        return Some(it);
    }
    let closed = |it: &str| {
        ["ません", "ない", "以外", "ではなく", "でしょうか", "ですか", "ますか", "検討"]
            .iter()
            .any(|no| it.contains(no))
    };
    if closed(&whole) || sentence.chars().count() > MAX {
        return None;
    }
    if let Some(rest) = about(sentence, question, 2) {
        return answers::choice(question, rest).or_else(|| wished::choice(sentence, question));
    }
    if let Some(it) = wished::choice(sentence, question) {
        return Some(it);
    }
    let named: Vec<&String> = question.choices.iter().filter(|it| whole.contains(&key(it))).collect();
    let [one] = named.as_slice() else { return None };
    let wished = |particle: &&str| whole.contains(&format!("{}{particle}希望", key(one)));
    ["", "を", "が", "の", "での"].iter().any(wished).then(|| (*one).clone())
}
