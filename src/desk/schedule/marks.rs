//! Boxes and marks of what is chosen, as [`crate::desk::text::key`] folds them.

/// Marks of what is chosen.
pub(crate) const CHOSEN: [char; 13] = ['☑', '✓', '✔', '■', '☒', '●', '◉', '○', '◯', '〇', '◎', 'レ', '✅'];

/// Boxes that are written by brackets (`[x]`, `[ ]`) as boxes; blanks are gone already.
pub(crate) fn boxed(key: &str) -> String {
    let marked = ["[x]", "[v]", "[✓]", "[✔]", "[○]", "[レ]", "[*]"];
    marked.iter().fold(key.replace("[]", "☐"), |text, it| text.replace(it, "☑"))
}

/// Whether boxes stand behind their words: the first word, from `at` to `end`, has one behind it and none before.
pub(crate) fn boxes_behind(text: &str, at: usize, end: usize) -> bool {
    let is_box = |it: char| matches!(it, '☑' | '■' | '☒' | '✅' | '✓' | '✔' | '□' | '☐');
    let before = text.get(..at).and_then(|it| it.trim_end_matches([')', ']', ':', '(']).chars().next_back());
    let behind = text.get(end..).and_then(|it| it.trim_start_matches(['(', ':']).chars().next());
    behind.is_some_and(is_box) && !before.is_some_and(is_box)
}
