//! What is shown and stored of a text that holds passwords. Only they are taken out: the rest stays as it was written, for
//! a line in another width is another line (① and 1/24 become 11/24).

use unicode_normalization::char::is_combining_mark;

use crate::desk::text;

/// Texts shorter than this are far from every bound.
const BOUNDLESS: usize = 900;
/// What stands in place of a password.
pub(super) const BLOT: &str = "＊＊＊＊";

/// The text without these words, where they stand by themselves.
pub(in crate::desk) fn hidden(text: &str, words: &[String]) -> String {
    if words.is_empty() {
        return text.to_owned();
    }
    let lines: Vec<String> =
        text.split('\n').map(|line| without(line, words.iter().map(String::as_str), true)).collect();
    no_longer(&lines.join("\n"), text)
}

/// A blot may be longer than what it stands for; the bounds on a mail's texts hold all the same.
pub(super) fn no_longer(blotted: &str, than: &str) -> String {
    blotted.chars().take(than.chars().count().max(BOUNDLESS)).collect()
}

/// A line without the words, which it may hold in another width; `alone`: not within longer ones.
pub(super) fn without<'w>(line: &str, words: impl Iterator<Item = &'w str>, alone: bool) -> String {
    let folded = text::fold(line);
    let held = words.filter(|it| !it.is_empty() && folded.contains(it));
    held.fold(line.to_owned(), |line, word| Folded::of(&line).without(word, alone))
}

/// A line, and its letters folded one by one.
struct Folded<'l> {
    line: &'l str,
    folded: String,
    /// Where a letter begins: in the folded line, in the line.
    steps: Vec<(usize, usize)>,
}

impl Folded<'_> {
    fn of(line: &str) -> Folded<'_> {
        let (mut folded, mut steps) = (String::new(), Vec::new());
        let mut letter = String::new();
        let mut from = 0;
        for (at, it) in line.char_indices() {
            // ﾊ and its ﾟ are one letter
            if !letter.is_empty() && !matches!(it, 'ﾞ' | 'ﾟ') && !is_combining_mark(it) {
                steps.push((folded.len(), from));
                folded.push_str(&text::fold(&letter));
                letter.clear();
                from = at;
            }
            letter.push(it);
        }
        steps.push((folded.len(), from));
        folded.push_str(&text::fold(&letter));
        steps.push((folded.len(), line.len()));
        Folded { line, folded, steps }
    }

    fn without(&self, word: &str, alone: bool) -> String {
        if !self.folded.contains(word) {
            let whole = text::fold(self.line); // letters that become one only side by side
            return if whole.contains(word) { whole.replace(word, BLOT) } else { self.line.to_owned() };
        }
        // ① beside it is a letter of its own
        let joined = |it: Option<char>| {
            it.is_some_and(
                |it| matches!(it, '0'..='9' | 'A'..='Z' | 'a'..='z' | '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ'),
            )
        };
        let (mut kept, mut done) = (String::new(), 0);
        for (start, _) in self.folded.match_indices(word) {
            let (from, to) = (self.begin(start), self.end(start.saturating_add(word.len())));
            let before = self.line.get(..from).and_then(|it| it.chars().next_back());
            let behind = self.line.get(to..).and_then(|it| it.chars().next());
            if alone && (joined(before) || joined(behind)) {
                continue;
            }
            kept.push_str(self.line.get(done..from).unwrap_or_default());
            kept.push_str(BLOT);
            done = to.max(done);
        }
        kept + self.line.get(done..).unwrap_or_default()
    }

    /// Where in the line the letter begins that a place of the folded line is in.
    fn begin(&self, at: usize) -> usize {
        let behind = self.steps.partition_point(|it| it.0 <= at);
        behind.checked_sub(1).and_then(|it| self.steps.get(it)).map_or(0, |it| it.1)
    }

    /// Where in the line the letter ends.
    fn end(&self, at: usize) -> usize {
        let behind = self.steps.partition_point(|it| it.0 < at);
        self.steps.get(behind).map_or(self.line.len(), |it| it.1)
    }
}
