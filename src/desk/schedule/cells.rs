//! Text as folded characters that remember where they stood: found in one form, told in the sender's own.

use super::lines::Line;
use crate::desk::text::fold;

/// Most characters of the sender's words that are kept with a date.
const MAX_RAW: usize = 200;

/// One folded character and the bytes it came from.
#[derive(Debug, Clone, Copy)]
struct Cell {
    folded: char,
    at: usize,
    end: usize,
}

/// Folded lines of one text. ASCII is lower case, circled numbers are `・`, addresses are masked by `x`.
#[derive(Debug)]
pub(super) struct Cells<'t> {
    text: &'t str,
    cells: Vec<Cell>,
}

impl<'t> Cells<'t> {
    /// No lines yet; `text` is what the lines were cut from.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, cells: Vec::new() }
    }

    /// Appends a line and its end.
    pub(super) fn push_line(&mut self, line: &Line<'_>) {
        let mut hidden = hidden(line.text).into_iter().peekable();
        let mut chars = line.text.char_indices().peekable();
        let mut folded = String::new();
        while let Some((at, it)) = chars.next() {
            let mut end = at + it.len_utf8();
            folded.clear();
            fold_into(&mut folded, it);
            // half-width katakana carry their voicing in a character of its own
            if let Some((next, mark)) = chars.next_if(|(_, it)| matches!(it, 'ﾞ' | 'ﾟ')) {
                end = next + mark.len_utf8();
                folded = fold(&format!("{it}{mark}"));
            }
            while hidden.next_if(|it| it.end <= at).is_some() {}
            let masked = hidden.peek().is_some_and(|it| it.contains(&at));
            for folded in folded.chars() {
                let folded = if masked { 'x' } else { folded.to_ascii_lowercase() };
                self.cells.push(Cell { folded, at: line.at + at, end: line.at + end });
            }
        }
        self.push_mark('\n', line.at + line.text.len());
    }

    /// Appends a character that does not stand in the text.
    pub(super) fn push_mark(&mut self, mark: char, at: usize) {
        self.cells.push(Cell { folded: mark, at, end: at });
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The folded character there.
    pub(super) fn get(&self, at: usize) -> Option<char> {
        self.cells.get(at).map(|it| it.folded)
    }

    /// The place behind `word`, if it stands there.
    pub(super) fn after(&self, at: usize, word: &str) -> Option<usize> {
        let mut at = at;
        for want in word.chars() {
            if self.get(at)? != want {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// The place behind the longest of `words` that stands there.
    pub(super) fn after_any(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().filter_map(|it| self.after(at, it)).max()
    }

    /// The place of the next character that is no blank; line ends are not passed.
    pub(super) fn skip_blank(&self, at: usize) -> usize {
        let mut at = at;
        while self.get(at).is_some_and(|it| it != '\n' && it.is_whitespace()) {
            at += 1;
        }
        at
    }

    /// The place of the next character that is no blank, on this line or the next.
    pub(super) fn skip_line(&self, at: usize) -> usize {
        let at = self.skip_blank(at);
        if self.get(at) == Some('\n') { self.skip_blank(at + 1) } else { at }
    }

    /// A number of at most four digits, or kanji up to 九十九, and the place behind it.
    pub(super) fn number(&self, at: usize) -> Option<(i32, usize)> {
        let (value, end) = self.digits(at)?;
        (end - at <= 4).then_some((value, end))
    }

    /// A number of any length; more digits than fit give the greatest.
    pub(super) fn digits(&self, at: usize) -> Option<(i32, usize)> {
        let mut end = at;
        let mut value = 0_i32;
        while let Some(digit) = self.get(end).and_then(|it| it.to_digit(10)) {
            value = value.saturating_mul(10).saturating_add(i32::try_from(digit).unwrap_or(0));
            end += 1;
        }
        if end > at { Some((value, end)) } else { self.kanji(at) }
    }

    fn kanji(&self, at: usize) -> Option<(i32, usize)> {
        let mut end = at;
        let (mut tens, mut ones) = (0, 0);
        while let Some(it) = self.get(end) {
            if let Some(digit) = "〇一二三四五六七八九".chars().position(|one| one == it) {
                ones = ones * 10 + i32::try_from(digit).unwrap_or(0);
            } else if it == '十' && tens == 0 {
                tens = ones.max(1) * 10;
                ones = 0;
            } else {
                break;
            }
            end += 1;
            if end - at > 4 {
                return None;
            }
        }
        (end > at).then_some((tens + ones, end))
    }

    /// The sender's own words there: on one line, trimmed, at most [`MAX_RAW`] characters.
    pub(super) fn raw(&self, from: usize, to: usize) -> String {
        let count = |want: char| (from..to).filter(|it| self.get(*it) == Some(want)).take(MAX_RAW).count();
        let to = if self.get(to) == Some(')') && count('(') > count(')') { to + 1 } else { to };
        let start = self.cells.get(from).map_or(0, |it| it.at);
        let end = to.checked_sub(1).and_then(|it| self.cells.get(it)).map_or(start, |it| it.end);
        let words = self.text.get(start..end).unwrap_or("");
        let words: Vec<&str> = words.split_whitespace().collect();
        words.join(" ").trim_start_matches(['>', '＞', ' ']).chars().take(MAX_RAW).collect()
    }
}

/// Adds `it`, folded. A circled number is a bullet: NFKC would make 「①8/24」 the 18th of something.
fn fold_into(folded: &mut String, it: char) {
    match it {
        '①'..='⒛' | '❶'..='➓' | '⓫'..='⓾' | '㉑'..='㉟' | '㊱'..='㊿' => folded.push('・'),
        // 午后
        '后' => folded.push('後'),
        it if it.is_ascii() => folded.push(it),
        it => folded.push_str(&fold(it.encode_utf8(&mut [0; 4]))),
    }
}

/// Where addresses of pages and of people stand; digits inside them are no dates.
fn hidden(line: &str) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    let edge = |it: char| it.is_whitespace() || !it.is_ascii();
    for (at, it) in line.char_indices().chain([(line.len(), ' ')]) {
        if edge(it) {
            let run = line.get(start..at).unwrap_or("");
            if run.contains("://") || run.contains('@') || run.starts_with("www.") {
                runs.push(start..at);
            }
            start = at + it.len_utf8();
        }
    }
    runs
}
