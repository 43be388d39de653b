//! RFC 2047 encoded words → text, adjacent words joined as bytes before they are decoded.

use memchr::memmem;

use super::{charset, transfer};

/// Longer words are none: no mailer comes near, and each `=?` would be looked at up to the end of the field.
const LONGEST: usize = 16_384;
const LONGEST_LABEL: usize = 60;

/// Decodes every encoded word in a header value. Words stand anywhere (mailers put them into quotes and beside
/// brackets, against RFC 2047 §5), a character may be split over two of them (against §5 too, and common in Japan),
/// and a JIS state may run on into the next.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<(String, Vec<u8>)> = None;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("=?") {
        let Some((word, tail)) = word(after) else {
            close(&mut out, &mut open);
            out.push_str(before);
            out.push_str("=?");
            rest = after;
            continue;
        };
        // Blanks between two words are not part of the text (§6.2).
        if open.is_none() || !before.chars().all(|it| it.is_ascii_whitespace()) {
            close(&mut out, &mut open);
            out.push_str(before);
        }
        match open.as_mut() {
            Some((label, bytes)) if *label == word.label => bytes.extend(word.bytes),
            _ => {
                close(&mut out, &mut open);
                open = Some((word.label, word.bytes));
            }
        }
        rest = tail;
    }
    close(&mut out, &mut open);
    out.push_str(rest);
    out
}

/// How long the encoded word at the start is, if one is there: what looks like syntax within it is none.
pub(super) fn length(text: &str) -> Option<usize> {
    let (_, tail) = word(text.strip_prefix("=?")?)?;
    text.len().checked_sub(tail.len())
}

/// The charset that the first encoded word of a raw value names.
pub(super) fn label(value: &[u8]) -> Option<&str> {
    let after = value.get(memmem::find(value, b"=?")?.checked_add(2)?..)?;
    let end = memchr::memchr(b'?', after.get(..after.len().min(LONGEST_LABEL))?)?;
    let label = std::str::from_utf8(after.get(..end)?).ok()?;
    label.split('*').next().filter(|it| !it.is_empty())
}

struct Word {
    label: String,
    bytes: Vec<u8>,
}

fn close(out: &mut String, open: &mut Option<(String, Vec<u8>)>) {
    if let Some((label, bytes)) = open.take() {
        out.push_str(&charset::decode(Some(&label), &bytes));
    }
}

/// The word whose `=?` has been taken, and what follows it.
fn word(text: &str) -> Option<(Word, &str)> {
    let (label, rest) = text.split_once('?')?;
    let fits = |it: char| it.is_ascii_alphanumeric() || "-_.:*+()".contains(it);
    if label.is_empty() || label.len() > LONGEST_LABEL || !label.chars().all(fits) {
        return None;
    }
    let (encoding, rest) = rest.split_once('?')?;
    let (body, rest) = body(rest, encoding)?;
    let bytes = match encoding {
        "B" | "b" => transfer::base64(body.as_bytes()),
        "Q" | "q" => transfer::hexed(body.replace('_', " ").as_bytes(), b'='),
        _ => return None,
    };
    let label = label.split('*').next().unwrap_or_default().to_ascii_lowercase();
    Some((Word { label, bytes }, rest))
}

/// Up to the `?=` that ends the word. A question mark before a Q-coded byte looks like one and is none.
fn body<'a>(text: &'a str, encoding: &str) -> Option<(&'a str, &'a str)> {
    let is_q = encoding.eq_ignore_ascii_case("q");
    let near = text.get(..text.floor_char_boundary(LONGEST))?;
    let at = near.match_indices("?=").map(|(at, _)| at).take(100).find(|at| {
        let after: Vec<char> = text.get(at.saturating_add(2)..).unwrap_or_default().chars().take(2).collect();
        !(is_q && after.len() == 2 && after.iter().all(char::is_ascii_hexdigit) && has_end(near, *at))
    })?;
    Some((text.get(..at)?, text.get(at.checked_add(2)?..)?))
}

/// Whether the word goes on to another `?=` without a blank.
fn has_end(text: &str, at: usize) -> bool {
    let rest = text.get(at.saturating_add(2)..).unwrap_or_default();
    rest.split_once("?=").is_some_and(|(before, _)| !before.contains([' ', '?']))
}
