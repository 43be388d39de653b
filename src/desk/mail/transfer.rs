//! Content-Transfer-Encoding, undone as far as it goes (RFC 2045 §6): damage never loses the rest.
//!
//! What is well-formed goes through the decoders of mail-parser, which are strict: they refuse what they would have to
//! guess at, and only then the lenient ones here begin. Its tree of parts is not used: an inner multipart that is never
//! closed swallows the files behind it without a word. The tests hold both trees against each other.

use std::borrow::Cow;

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};

use super::{fields::Fields, uuencode};

/// How a body was made to fit the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `7bit`, `8bit`, `binary`, and whatever is unknown.
    Identity,
    /// RFC 2045 §6.8.
    Base64,
    /// RFC 2045 §6.7.
    QuotedPrintable,
    /// `x-uuencode` and its like, of before MIME.
    Uuencode,
}

impl Encoding {
    /// What the header declares.
    pub(super) fn of(fields: &Fields) -> Self {
        let value = fields.first("content-transfer-encoding").unwrap_or_default();
        let word = value.trim_start_matches(['"', ' ']).split([';', '(', ' ', '\t', '"']).next().unwrap_or_default();
        match word.to_ascii_lowercase().as_str() {
            "base64" | "b" => Self::Base64,
            "quoted-printable" | "q" => Self::QuotedPrintable,
            "x-uuencode" | "x-uue" | "uuencode" => Self::Uuencode,
            _ => Self::Identity,
        }
    }
}

/// The bytes as they were before they were encoded, by what the header declares, unless the body belies it.
pub(super) fn undo<'a>(fields: &Fields, body: &'a [u8]) -> Cow<'a, [u8]> {
    match Encoding::of(fields) {
        Encoding::Base64 if !is_prose(body) => Cow::Owned(base64(body)),
        Encoding::QuotedPrintable => Cow::Owned(quoted_printable(body)),
        Encoding::Uuencode => uuencode::first(body).map_or(Cow::Borrowed(body), Cow::Owned),
        Encoding::Base64 | Encoding::Identity => Cow::Borrowed(body),
    }
}

/// A file that some gateway encoded without saying so: base64 of a zip or an OLE container, line by line.
pub(super) fn undeclared(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let starts = [b"UEsDB".as_slice(), b"0M8R4KGx"];
    let is_coded = |it: &u8| sextet(*it).is_some() || *it == b'=' || it.is_ascii_whitespace();
    let coded = starts.iter().any(|it| bytes.starts_with(it)) && bytes.iter().all(is_coded);
    if coded { Cow::Owned(base64(&bytes)) } else { bytes }
}

/// Called base64, but more than a few bytes are none of its alphabet.
fn is_prose(text: &[u8]) -> bool {
    let head = text.get(..text.len().min(4_096)).unwrap_or_default();
    let written = head.iter().filter(|it| !it.is_ascii_whitespace());
    let (foreign, all) = written.fold((0_usize, 0_usize), |(foreign, all), it| {
        let fits = *it == b'=' || sextet(*it).is_some();
        (foreign.saturating_add(usize::from(!fits)), all.saturating_add(1))
    });
    foreign.saturating_mul(6) > all
}

/// Base64; whatever is not of its alphabet is skipped, missing padding is no fault.
pub(in crate::desk) fn base64(text: &[u8]) -> Vec<u8> {
    base64_decode(text).unwrap_or_else(|| damaged_base64(text))
}

pub(super) fn damaged_base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut count = 0_u8;
    let mut padded = false;
    for &byte in text {
        let Some(value) = sextet(byte) else {
            // Padding ends a group; some mailers go on with a new one.
            if byte == b'=' {
                (bits, count, padded) = (0, 0, true);
            } else if padded && matches!(byte, b'_' | b'-' | b'*') {
                // What mailing lists write below.
                break;
            }
            continue;
        };
        bits = (bits << 6) | u32::from(value);
        count += 1;
        match count {
            2 => out.push(low_byte(bits >> 4)),
            3 => out.push(low_byte(bits >> 2)),
            4 => {
                out.push(low_byte(bits));
                (bits, count) = (0, 0);
            }
            _ => {}
        }
    }
    out
}

fn low_byte(bits: u32) -> u8 {
    bits.to_le_bytes().first().copied().unwrap_or_default()
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Quoted-printable; an `=` that starts nothing stays as it is.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    // The crate's takes one CR for the sign that every line ends in CRLF.
    let sound = memchr::memchr_iter(b'\n', text).all(|at| at > 0 && text.get(at - 1) == Some(&b'\r'));
    let sound = sound && memchr::memchr_iter(b'\r', text).all(|at| text.get(at.saturating_add(1)) == Some(&b'\n'));
    let clean = if sound || !text.contains(&b'\r') { quoted_printable_decode(text) } else { None };
    clean.unwrap_or_else(|| damaged_quoted_printable(text))
}

pub(super) fn damaged_quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|it| *it == b'\n') {
        let ended = line.ends_with(b"\n");
        let kept = line.trim_ascii_end();
        let soft = kept.ends_with(b"=");
        out.extend(hexed(kept.strip_suffix(b"=").filter(|_| soft).unwrap_or(kept), b'='));
        if ended && !soft {
            out.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
        }
    }
    out
}

/// `=E3` or `%E3` → the byte, for the given mark.
pub(super) fn hexed(text: &[u8], mark: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let byte = match tail {
            [high, low, ..] if first == mark => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        out.push(byte.unwrap_or(first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok())
}
