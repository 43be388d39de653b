//! Uuencode, in which mailers of before MIME set files into the text: `begin 644 name`, lines, `end`.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use super::{charset, clean};

/// Most files of one text.
const MOST: usize = 20;

/// A file within a text.
pub(super) struct Block {
    /// Its name, cleaned.
    pub(super) name: String,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    place: Range<usize>,
}

/// The files in a text, in order.
pub(super) fn blocks(text: &[u8]) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    for at in memmem::find_iter(text, b"begin ") {
        let starts_line = at == 0 || text.get(at.saturating_sub(1)) == Some(&b'\n');
        let is_inside = found.last().is_some_and(|it| it.place.contains(&at));
        if found.len() >= MOST {
            break;
        }
        if starts_line && !is_inside {
            found.extend(block(text, at));
        }
    }
    found
}

/// The bytes of the first file, for parts that are declared to be one.
pub(super) fn first(text: &[u8]) -> Option<Vec<u8>> {
    blocks(text).into_iter().next().map(|it| it.bytes)
}

/// The text without the files.
pub(super) fn without(text: &[u8]) -> Cow<'_, [u8]> {
    let blocks = blocks(text);
    if blocks.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for it in blocks {
        out.extend_from_slice(text.get(from..it.place.start).unwrap_or_default());
        from = it.place.end;
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

fn block(text: &[u8], at: usize) -> Option<Block> {
    let mut lines = text.get(at..)?.split_inclusive(|it| *it == b'\n');
    let first = lines.next()?;
    let mut words = first.trim_ascii().splitn(3, |it| *it == b' ');
    let (_, mode, name) = (words.next()?, words.next()?, words.next()?);
    let is_mode = (3..=4).contains(&mode.len()) && mode.iter().all(|it| (b'0'..=b'7').contains(it));
    if !is_mode {
        return None;
    }
    let mut length = first.len();
    let mut bytes = Vec::new();
    for line in lines {
        let code = line.trim_ascii_end();
        length = length.saturating_add(line.len());
        if code == b"end" {
            break;
        }
        // Not of the file: a text that happens to say "begin 100 x", or a file whose end is missing.
        let Some(decoded) = decoded(code) else {
            length = length.saturating_sub(line.len());
            break;
        };
        bytes.extend(decoded);
    }
    let name = clean::file_name(&charset::decode(None, name));
    (!bytes.is_empty()).then(|| Block { name, bytes, place: at..at.saturating_add(length) })
}

/// One line: the number of its bytes, then four characters for each three of them. Blanks at its end may be lost.
fn decoded(line: &[u8]) -> Option<Vec<u8>> {
    let (&count, code) = line.split_first().unwrap_or((&b' ', &[]));
    let sextet = |it: u8| (0x20..=0x60).contains(&it).then(|| (it - 0x20) & 0x3F);
    let count = usize::from(sextet(count)?);
    let needed = count.div_ceil(3).saturating_mul(4);
    if code.len() > needed.saturating_add(2) {
        return None;
    }
    let mut out = Vec::with_capacity(count);
    for group in code.chunks(4) {
        let at = |index: usize| sextet(group.get(index).copied().unwrap_or(b' '));
        let (one, two, three, four) = (at(0)?, at(1)?, at(2)?, at(3)?);
        out.extend([one << 2 | two >> 4, two << 4 | three >> 2, three << 6 | four]);
    }
    out.resize(count, 0);
    Some(out)
}
