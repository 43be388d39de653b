//! A line as folded letters without blanks, each knowing where it stood.

use crate::desk::text::fold;

/// Longest part of a line in which a question is looked for.
const MAX: usize = 300;

/// Folded letters of one line.
#[derive(Debug)]
pub(super) struct Letters {
    /// The letters, lower case, without blanks.
    pub folded: Vec<char>,
    /// Where each stood, in bytes.
    at: Vec<usize>,
    /// Whether a blank stood before it.
    spaced: Vec<bool>,
    /// Whether it is a circled number.
    circled: Vec<bool>,
    end: usize,
}

impl Letters {
    /// Folds a line.
    pub(super) fn new(line: &str) -> Self {
        let mut it =
            Self { folded: Vec::new(), at: Vec::new(), spaced: Vec::new(), circled: Vec::new(), end: line.len() };
        let mut spaced = false;
        for (at, one) in line.char_indices() {
            if it.folded.len() >= MAX {
                it.end = at;
                break;
            }
            let circled = matches!(one, '①'..='⒛' | '❶'..='➓');
            for folded in fold(one.encode_utf8(&mut [0; 4])).chars() {
                if folded.is_whitespace() {
                    spaced = true;
                    continue;
                }
                it.folded.push(folded.to_ascii_lowercase());
                it.at.push(at);
                it.spaced.push(spaced);
                it.circled.push(circled);
                spaced = false;
            }
        }
        it
    }

    /// The letter there.
    pub(super) fn get(&self, at: usize) -> Option<char> {
        self.folded.get(at).copied()
    }

    /// The byte at which the letter stood; behind the last one the line's end.
    pub(super) fn byte(&self, at: usize) -> usize {
        self.at.get(at).copied().unwrap_or(self.end)
    }

    /// Whether a blank stood before the letter.
    pub(super) fn is_spaced(&self, at: usize) -> bool {
        self.spaced.get(at).copied().unwrap_or(false)
    }

    /// Whether the letter was a circled number.
    pub(super) fn is_circled(&self, at: usize) -> bool {
        self.circled.get(at).copied().unwrap_or(false)
    }

    /// Where `word` stands first from `from` on.
    pub(super) fn find(&self, from: usize, word: &[char]) -> Option<usize> {
        if word.is_empty() {
            return None;
        }
        let rest = self.folded.get(from..)?;
        rest.windows(word.len()).position(|it| it == word).map(|at| at + from)
    }
}

/// A question's words as letters, its brackets and what stands in them left out.
pub(super) fn bare(text: &str) -> Vec<char> {
    let mut depth = 0_usize;
    let mut bare = Vec::new();
    for it in Letters::new(text).folded {
        match it {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            '?' | '。' | ':' if depth == 0 => {}
            it if depth == 0 => bare.push(it),
            _ => {}
        }
    }
    bare
}
