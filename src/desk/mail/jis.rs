//! ISO-2022-JP with all its vendors' ways (RFC 1468, RFC 1554, RFC 2237, Microsoft's CP50220 to 50222).

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK};

/// How far the end of a run of kanji is looked for that goes on over a line's end.
const LOOK_AHEAD: usize = 1_000;

/// What the bytes currently mean.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    Ascii,
    Kana,
    Kanji,
    /// JIS X 0212, `ESC $ ( D`.
    Supplement,
    /// GB 2312, `ESC $ A` (RFC 1554).
    Chinese,
    /// KS X 1001, `ESC $ ( C` (RFC 1554).
    Korean,
}

/// Whether an escape sequence says that this is JIS, whatever it is called. Those to ASCII and to JIS X 0201 Roman
/// count where no eight-bit byte speaks against it.
pub(super) fn is_switched_to(bytes: &[u8]) -> bool {
    let kanji = |it: &[u8]| matches!(it, [0x1B, b'$', b'@' | b'B' | b'('] | [0x1B, b'(', b'I']);
    let latin = |it: &[u8]| matches!(it, [0x1B, b'(', b'B' | b'J']);
    let mut latin_found = false;
    for at in memchr::memchr_iter(0x1B, bytes) {
        let sequence = bytes.get(at..at.saturating_add(3)).unwrap_or_default();
        if kanji(sequence) {
            return true;
        }
        latin_found |= latin(sequence);
    }
    latin_found && bytes.is_ascii()
}

/// Decodes. The bytes are rewritten as EUC-JP, whose decoder knows NEC row 13, the NEC-selected IBM characters,
/// half-width kana and JIS X 0212; the ISO-2022-JP decoder of the web knows less.
pub(super) fn jis(bytes: &[u8]) -> String {
    let mut out = Text::default();
    let mut set = Set::Ascii;
    let mut shifted = false;
    let mut korean_shift = false;
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        if first == 0x1B {
            if let Some((next, length)) = escape(rest) {
                set = next;
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            if rest.starts_with(b"\x1B$)C") {
                // ISO-2022-KR (RFC 1557): from here on SO means Korean.
                korean_shift = true;
                rest = rest.get(4..).unwrap_or_default();
                continue;
            }
            if is_cut_off(rest) {
                break;
            }
        }
        if first == b'\n' && !goes_on(tail) {
            set = Set::Ascii;
        }
        if matches!(first, 0x0E | 0x0F) {
            shifted = first == 0x0E;
            rest = tail;
            continue;
        }
        let meant = match (shifted, korean_shift) {
            (true, true) => Set::Korean,
            (true, false) => Set::Kana,
            (false, _) => set,
        };
        rest = out.put(meant, first, tail);
    }
    out.end()
}

/// The text so far, and the bytes that are not decoded yet.
#[derive(Default)]
struct Text {
    done: String,
    run: Vec<u8>,
    encoding: Option<&'static Encoding>,
}

impl Text {
    /// One character; returns what follows it.
    fn put<'a>(&mut self, set: Set, first: u8, tail: &'a [u8]) -> &'a [u8] {
        let is_wide = !matches!(set, Set::Ascii | Set::Kana) && matches!(first, 0x21..=0x7E);
        if is_wide && let Some((second, rest, wrapped)) = second(tail) {
            let pair = [first | 0x80, second | 0x80];
            match set {
                Set::Supplement => self.push(EUC_JP, &[0x8F, first | 0x80, second | 0x80]),
                Set::Chinese => self.push(GBK, &pair),
                Set::Korean => self.push(EUC_KR, &pair),
                _ => self.push(EUC_JP, &pair),
            }
            if wrapped {
                self.push(EUC_JP, b"\n");
            }
            return rest;
        }
        match first {
            0x21..=0x5F if set == Set::Kana => self.push(EUC_JP, &[0x8E, first | 0x80]),
            // Eight-bit half-width kana, as cp50221 writes them.
            0xA1..=0xDF => self.push(EUC_JP, &[0x8E, first]),
            0x80.. => self.push(EUC_JP, b"?"),
            _ => self.push(EUC_JP, &[first]),
        }
        tail
    }

    fn push(&mut self, encoding: &'static Encoding, bytes: &[u8]) {
        if self.encoding != Some(encoding) {
            self.flush();
            self.encoding = Some(encoding);
        }
        self.run.extend_from_slice(bytes);
    }

    fn flush(&mut self) {
        if let Some(encoding) = self.encoding {
            self.done.push_str(&encoding.decode_without_bom_handling(&self.run).0);
            self.run.clear();
        }
    }

    fn end(mut self) -> String {
        self.flush();
        self.done
    }
}

/// The second byte of a character, what follows it, and whether a line was wrapped between the two.
fn second(tail: &[u8]) -> Option<(u8, &[u8], bool)> {
    let breaks = tail.iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
    let (&second, rest) = tail.get(breaks..)?.split_first()?;
    (breaks <= 2 && matches!(second, 0x21..=0x7E)).then_some((second, rest, breaks > 0))
}

/// Whether kanji go on after a line's end: RFC 1468 forbids it. They do where the next escape ends them, and do not
/// where it begins others or there is none.
fn goes_on(rest: &[u8]) -> bool {
    let near = rest.get(..rest.len().min(LOOK_AHEAD)).unwrap_or_default();
    let next = memchr::memchr(0x1B, near).and_then(|at| near.get(at.checked_add(1)?));
    next == Some(&b'(')
}

/// An escape sequence whose rest is missing, at the end of all.
fn is_cut_off(rest: &[u8]) -> bool {
    matches!(rest, [0x1B] | [0x1B, b'$' | b'(' | b'&'] | [0x1B, b'$', b'('])
}

/// The escape sequence at the start, and its length.
fn escape(bytes: &[u8]) -> Option<(Set, usize)> {
    match bytes {
        [0x1B, b'$', b'(', b'D', ..] => Some((Set::Supplement, 4)),
        [0x1B, b'$', b'(', b'C', ..] => Some((Set::Korean, 4)),
        [0x1B, b'$', b'(', b'A', ..] => Some((Set::Chinese, 4)),
        [0x1B, b'$', b'(', b'@' | b'B' | b'O' | b'P' | b'Q', ..] => Some((Set::Kanji, 4)),
        [0x1B, b'$', b'A', ..] => Some((Set::Chinese, 3)),
        [0x1B, b'$', b'@' | b'B', ..] => Some((Set::Kanji, 3)),
        [0x1B, b'(', b'I', ..] => Some((Set::Kana, 3)),
        [0x1B, b'(', b'B' | b'J' | b'H', ..] => Some((Set::Ascii, 3)),
        [0x1B, b'&', b'@', ..] => Some((Set::Ascii, 3)),
        _ => None,
    }
}
