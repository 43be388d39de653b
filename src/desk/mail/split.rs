//! The body of a multipart → its pieces (RFC 2046 §5.1.1).

use memchr::memmem;

/// Pieces beyond this many are not cut out: nobody looks at so many.
const MOST: usize = 1_000;
/// How far the first delimiter is looked for where the header does not name it.
const PREAMBLE: usize = 65_536;

/// A delimiter line: where it begins (with the line end before it, which is its own), where it ends.
struct Delimiter {
    begin: usize,
    end: usize,
    closes: bool,
}

/// The bytes of each part. A missing end is the end of the body; where no line fits the boundary, one that obviously
/// divides is taken. `None` where nothing divides the body.
pub(super) fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<&'a [u8]>> {
    let boundary = boundary.trim_end();
    let named = if boundary.is_empty() { None } else { cut(body, boundary.as_bytes()) };
    named.or_else(|| cut(body, guessed(body)?))
}

fn cut<'a>(body: &'a [u8], boundary: &[u8]) -> Option<Vec<&'a [u8]>> {
    let mark = [b"--", boundary].concat();
    let mut open: Option<usize> = None;
    let mut found = Vec::new();
    for at in memmem::find_iter(body, &mark) {
        let Some(line) = delimiter(body, at, mark.len()) else { continue };
        if let Some(from) = open {
            found.push(body.get(from..line.begin).unwrap_or_default());
        }
        open = (!line.closes).then_some(line.end);
        if line.closes || found.len() >= MOST {
            break;
        }
    }
    if let Some(from) = open {
        found.push(body.get(from..).unwrap_or_default());
    }
    (!found.is_empty()).then_some(found)
}

/// A boundary counts where it begins a line and nothing but blanks (RFC 2046: `transport-padding`) follows it: one
/// boundary is often the beginning of another.
fn delimiter(body: &[u8], at: usize, length: usize) -> Option<Delimiter> {
    let before = body.get(..at)?;
    let begin = match before {
        [] => 0,
        [.., b'\r', b'\n'] => at.saturating_sub(2),
        [.., b'\n'] => at.saturating_sub(1),
        _ => return None,
    };
    let after = body.get(at.checked_add(length)?..)?;
    let closes = after.starts_with(b"--");
    let after = if closes { after.get(2..)? } else { after };
    let line = after.iter().position(|it| *it == b'\n').map_or(after.len(), |it| it.saturating_add(1));
    let rest = after.get(..line)?;
    let blank = rest.iter().all(u8::is_ascii_whitespace);
    let end = body.len().saturating_sub(after.len()).saturating_add(line);
    blank.then_some(Delimiter { begin, end, closes })
}

/// The boundary as the body has it, where the header's was lost or spoilt on the way: the first line of two hyphens
/// that a header follows.
fn guessed(body: &[u8]) -> Option<&[u8]> {
    let head = body.get(..body.len().min(PREAMBLE)).unwrap_or_default();
    let mut lines = head.split(|it| *it == b'\n').map(|it| it.trim_ascii_end()).peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        let is_header = next.get(..8).is_some_and(|it| it.eq_ignore_ascii_case(b"content-"));
        if let Some(boundary) = line.strip_prefix(b"--")
            && is_header
            && (1..=200).contains(&boundary.len())
        {
            return Some(boundary);
        }
    }
    None
}
