//! What our letters print whatever they are about. It comes back in quoted replies, and is nobody's answer.

use std::{collections::HashMap, sync::LazyLock};

use super::words::BUILT_IN;
use crate::desk::text::key;

/// Fewest fixed letters by which a line is known as ours.
const LEAST: usize = 4;
/// Fewest of them where somebody's words may follow on the same line.
const LEAST_BEFORE_WORDS: usize = 12;
/// Letters by which lines are looked up.
const HEAD: usize = 3;
/// Most letters of a line that are compared.
const MOST: usize = 400;

/// A line of a letter: its fixed words in order, and between them what differs from letter to letter.
struct Line {
    parts: Vec<String>,
}

/// A line that is ours, or begins as one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Where the words behind ours begin, in bytes; the line's end where there are none.
    pub end: usize,
    /// Whether it stands over other lines: 【アンケート】.
    pub heads: bool,
}

/// The lines of all letters, by their first letters.
static LINES: LazyLock<HashMap<String, Vec<Line>>> = LazyLock::new(|| {
    let mut lines: HashMap<String, Vec<Line>> = HashMap::new();
    for line in BUILT_IN.iter().flat_map(|(path, text)| templates(path, text)) {
        let parts: Vec<String> = fixed(&line).iter().map(|it| bare(it)).collect();
        let letters: usize = parts.iter().map(|it| it.chars().count()).sum();
        let head: String = parts.first().map(|it| it.chars().take(HEAD).collect()).unwrap_or_default();
        if letters >= LEAST && head.chars().count() == HEAD {
            lines.entry(head).or_default().push(Line { parts });
        }
    }
    lines
});

/// Whether our letters print this line, wholly or at its beginning.
pub(crate) fn printed(line: &str) -> Option<Printed> {
    let bare = bare(&line.chars().take(MOST).collect::<String>());
    let head: String = bare.chars().take(HEAD).collect();
    let lines = LINES.get(&head)?;
    if lines.iter().any(|it| it.is(&bare)) {
        let heads = !bare.ends_with(['。', ')']) && lines.iter().any(|it| it.parts.len() == 1 && it.is(&bare));
        return Some(Printed { end: line.len(), heads });
    }
    // 「・アドバイス方式（対面／オンライン）をお知らせください。→オンライン」
    let begun =
        lines.iter().filter_map(|it| it.parts.first().filter(|one| it.parts.len() == 1 && bare.starts_with(*one)));
    let ours = begun.map(|it| it.chars().count()).max().filter(|it| *it >= LEAST_BEFORE_WORDS)?;
    Some(Printed { end: behind(line, ours), heads: false })
}

impl Line {
    fn is(&self, bare: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|it| it == bare);
        };
        let Some(mut rest) = bare.strip_prefix(first.as_str()).and_then(|it| it.strip_suffix(last.as_str())) else {
            return false;
        };
        middle.iter().all(|part| match rest.split_once(part.as_str()) {
            Some((_, behind)) => {
                rest = behind;
                true
            }
            None => false,
        })
    }
}

/// The lines a template prints, blocks of their own left out.
fn templates(path: &str, text: &str) -> Vec<String> {
    if path.starts_with("digest/") || path.starts_with("assignment/") || path.ends_with("subject.txt") {
        return Vec::new();
    }
    if path.ends_with(".toml") {
        // what is wrong, and what is wanted, as the findings tell it
        let told = text.split("[digest]").next().unwrap_or_default().replace("\\\"", "'");
        return told.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    }
    if path.ends_with(".html") {
        return text.split(['<', '>']).step_by(2).flat_map(str::lines).map(str::to_owned).collect();
    }
    text.lines().map(str::to_owned).collect()
}

/// The fixed words of a template's line, cut at what is filled in. Words inside a condition are not sure to stand there.
fn fixed(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("{{") {
        if depth == 0
            && let Some(last) = parts.last_mut()
        {
            last.push_str(before);
        }
        let Some((tag, behind)) = behind.split_once("}}") else { return parts };
        match tag.chars().next() {
            Some('#') => depth += 1,
            Some('/') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if parts.len() < 2 || parts.last().is_some_and(|it| !it.is_empty()) {
            parts.push(String::new());
        }
        rest = behind;
    }
    if let Some(last) = parts.last_mut() {
        last.push_str(rest);
    }
    parts
}

/// A line as it is compared: folded, without blanks, bullets, arrows, and 「（3 か所）」.
fn bare(line: &str) -> String {
    let key = key(line);
    let bare = key.trim_start_matches(['・', '■', '→', '※', '*', '•', '-', '|', '#']);
    let counted = bare.strip_suffix("か所)").and_then(|it| it.rsplit_once('('));
    counted.filter(|it| it.1.chars().all(|it| it.is_ascii_digit())).map_or(bare, |it| it.0).to_owned()
}

/// The byte behind the first `letters` letters as they are compared.
fn behind(line: &str, letters: usize) -> usize {
    let skipped = key(line).chars().count() - bare(line).chars().count();
    let mut left = letters + skipped;
    for (at, it) in line.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(key(it.encode_utf8(&mut [0; 4])).chars().count());
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_lines_are_known_however_they_are_filled_in() {
        for line in [
            "・アドバイス方式（対面／オンライン）をお知らせください。",
            "　期間：9月2日（金）まで",
            "　たとえば次の日時が空いております（ほかの日時でも結構です）。",
            "【アンケート】",
            "このメールへの返信に添付して、8月19日（金）までにお送りください。",
            "・アドバイスは 1 社 1 回、3 時間程度です。期間は9月2日（金）までです。",
            "　※読み違いがございましたら、お手数ですがお知らせください。",
            "・どちらの地域でのお申し込みか分かりませんでした。",
            "■ 現在の値が空欄です。（5 か所）",
            "アドバイス（3時間程度）の日時の候補を 2〜3、お知らせください。期間は9月2日（金）までです。",
        ] {
            assert_eq!(printed(line).map(|it| it.end), Some(line.len()), "{line}");
        }
        assert!(printed("【アドバイスのご希望】").is_some_and(|it| it.heads));
        let line = "・アドバイス方式（対面／オンライン）をお知らせください。　→ オンライン";
        assert_eq!(printed(line).and_then(|it| line.get(it.end..)), Some("　→ オンライン"));
    }

    #[test]
    fn what_people_write_is_not_ours() {
        for line in [
            "",
            "オンライン",
            "・参加者：田中",
            "8/24 13:00～16:00",
            "承知しました。",
            "参加者は田中です。",
            "アドバイス方式はオンラインを希望します。",
            "紙の帳票が多いです。",
        ] {
            assert_eq!(printed(line), None, "{line}");
        }
    }
}
