//! A choice that is wished for in other words: 「マッチングに興味があります」, 「伴走支援の方でお願いします」.

use crate::desk::{rules::Question, text::key};

/// Between the choice and the wish.
const PARTICLES: [&str; 18] = [
    "の方でお",
    "のほうでお",
    "の方で",
    "のほうで",
    "の方を",
    "のほうを",
    "の方が",
    "のほうが",
    "の方に",
    "のほうに",
    "に大変",
    "にも",
    "での",
    "を",
    "が",
    "に",
    "で",
    "の",
];
/// What is wished.
const WISHES: [&str; 24] = [
    "希望",
    "お願い",
    "願い",
    "興味があ",
    "興味がござい",
    "関心があ",
    "関心がござい",
    "受けたい",
    "受けたく",
    "受けさせ",
    "利用したい",
    "利用したく",
    "活用したい",
    "活用したく",
    "申し込み",
    "申込",
    "選び",
    "選択",
    "いいです",
    "良いです",
    "よいです",
    "ありがたい",
    "ありがたく",
    "助かります",
];
/// Asks, denies, supposes or only tells.
const OTHERWISE: [&str; 22] = [
    "ません",
    "ない",
    "以外",
    "ではなく",
    "でしょうか",
    "ですか",
    "ますか",
    "ませんか",
    "検討",
    "とは",
    "場合",
    "費用",
    "説明",
    "違い",
    "不要",
    "未定",
    "聞",
    "迷",
    "だった",
    "でした",
    "ました",
    "まだ",
];

/// The only choice that a sentence wishes for.
pub(super) fn choice(sentence: &str, question: &Question) -> Option<String> {
    let said = key(sentence);
    if OTHERWISE.iter().any(|it| said.contains(it)) {
        return None;
    }
    let names = names(question);
    let named = |choice: &str| names.iter().any(|(of, name)| *of == choice && said.contains(name.as_str()));
    let wished = |choice: &str| names.iter().any(|(of, name)| *of == choice && is_wished(&said, name));
    let mut all = question.choices.iter().filter(|it| named(it));
    let only = all.next().filter(|it| all.next().is_none() && wished(it))?;
    Some(only.clone())
}

fn is_wished(said: &str, name: &str) -> bool {
    said.match_indices(name).any(|(at, it)| {
        let behind = said.get(at.saturating_add(it.len())..).unwrap_or_default();
        let behind = behind.strip_prefix("支援").unwrap_or(behind);
        let behind = behind.strip_prefix("の支援").unwrap_or(behind);
        let verb = PARTICLES.iter().find_map(|it| behind.strip_prefix(it)).unwrap_or(behind);
        WISHES.iter().any(|it| verb.starts_with(it))
    })
}

/// What people call each choice: whole, without the ending that choices share, and without 型: 伴走型支援, 伴走型, 伴走支援, 伴走.
fn names(question: &Question) -> Vec<(&str, String)> {
    let keys: Vec<(&str, String)> = question.choices.iter().map(|it| (it.as_str(), key(it))).collect();
    let shared = |own: &str| {
        let tail: String = own.chars().skip(own.chars().count().saturating_sub(2)).collect();
        let count = keys.iter().filter(|it| it.1.ends_with(&tail)).count();
        if count > 1 { tail } else { String::new() }
    };
    let mut names = Vec::new();
    for (choice, own) in &keys {
        let tail = shared(own);
        names.push((*choice, own.clone()));
        let Some(stem) = own.strip_suffix(tail.as_str()).filter(|it| !tail.is_empty() && it.chars().count() >= 2)
        else {
            continue;
        };
        let bare = stem.trim_end_matches('型');
        names.extend([stem.to_owned(), format!("{bare}{tail}")].map(|it| (*choice, it)));
        names.extend((bare.chars().count() >= 2).then(|| (*choice, bare.to_owned())));
    }
    names
}
