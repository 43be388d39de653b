//! All answers in one line: 「1. 対面　2. 9/6午後　3. 田中」 is read as three.

use crate::desk::{schedule::lines::Line, text::fold};

/// Fewest numbers that make a line a list of answers.
const LEAST: usize = 3;
/// Longest such line, in bytes.
const MAX: usize = 2_000;

/// The lines, with those that list several numbered answers cut at their numbers.
pub(super) fn at_numbers<'t>(lines: Vec<Line<'t>>) -> Vec<Line<'t>> {
    let mut cut = Vec::with_capacity(lines.len());
    for line in lines {
        let starts = starts(line.text);
        if starts.len() < LEAST {
            cut.push(line);
            continue;
        }
        let ends = starts.iter().skip(1).copied().chain([line.text.len()]);
        for (from, to) in starts.iter().copied().zip(ends) {
            let text = line.text.get(from..to).unwrap_or("").trim_end_matches(['/', '／', '、', ',', ' ', '　']);
            cut.push(Line { at: line.at + from, text, ..line });
        }
    }
    cut
}

/// Where the numbers 1, 2, 3 … stand, the first at the line's start, the others behind a blank or a mark.
fn starts(line: &str) -> Vec<usize> {
    let mut starts: Vec<(usize, char, u32)> = Vec::new();
    if line.len() > MAX {
        return Vec::new();
    }
    let mut before = ' ';
    for (at, it) in line.char_indices() {
        let free = before.is_whitespace() || matches!(before, '/' | '／' | '、' | ',');
        let first = starts.is_empty() && line.get(..at).is_some_and(|it| it.trim().is_empty());
        if let Some((style, number)) = line.get(at..).and_then(number).filter(|_| free) {
            match starts.last() {
                None if first && number == 1 => starts.push((at, style, number)),
                Some((_, last, value)) if *last == style && value + 1 == number => starts.push((at, style, number)),
                _ => {}
            }
        }
        before = it;
    }
    starts.into_iter().map(|it| it.0).collect()
}

/// `1.`, `1)`, ①, `Q1`, 問1: its style and value.
fn number(text: &str) -> Option<(char, u32)> {
    let first = text.chars().next()?;
    if ('①'..='⑨').contains(&first) {
        return Some(('①', u32::from(first) - u32::from('①') + 1));
    }
    let head: String = text.chars().take(3).collect();
    let folded = fold(&head).to_lowercase();
    let mut chars = folded.chars();
    let (first, second) = (chars.next()?, chars.next()?);
    match (first, second.to_digit(10)) {
        ('q' | '問', Some(number)) => Some(('q', number)),
        (_, None) if matches!(second, '.' | ')') => {
            let clock = chars.next().is_some_and(|it| it.is_ascii_digit());
            Some((second, first.to_digit(10).filter(|_| !clock)?))
        }
        _ => None,
    }
}
