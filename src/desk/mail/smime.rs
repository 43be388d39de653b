//! S/MIME: the mail within an opaque signature (RFC 8551 §3.5.2, RFC 5652 §5). Signatures are not verified here; what
//! is encrypted stays closed.

use super::parts::{Body, Part};

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
/// 1.2.840.113549.1.7.1
const DATA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
/// Nesting of values of indefinite length (X.690 §8.1.3.6): CMS has eight levels.
const DEEPEST: usize = 12;

const OCTETS: u8 = 0x04;
const OCTETS_IN_PIECES: u8 = 0x24;
const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 0x06;
const CONTEXT: u8 = 0xA0;

/// The mail within, where the whole mail is one that is signed so.
pub(super) fn content(root: &Part<'_>) -> Option<Vec<u8>> {
    match &root.body {
        Body::Leaf(bytes) if is_type(&root.content_type.value) => opened(bytes),
        _ => None,
    }
}

/// Whether the type is that of signed or encrypted mail.
pub(super) fn is_type(content_type: &str) -> bool {
    matches!(content_type, "application/pkcs7-mime" | "application/x-pkcs7-mime")
}

/// What was signed: `ContentInfo` → `SignedData` → `EncapsulatedContentInfo` → the octets.
pub(super) fn opened(bytes: &[u8]) -> Option<Vec<u8>> {
    let info = inside(bytes, SEQUENCE)?.0;
    let (kind, rest) = inside(info, OBJECT)?;
    let signed = inside(inside(rest, CONTEXT)?.0, SEQUENCE)?.0;
    let (_, _, after_version) = element(signed, 0)?;
    let (_, _, after_digests) = element(after_version, 0)?;
    let enclosed = inside(after_digests, SEQUENCE)?.0;
    let (inner_kind, rest) = inside(enclosed, OBJECT)?;
    if kind != SIGNED_DATA || inner_kind != DATA {
        return None;
    }
    let (tag, content, _) = element(inside(rest, CONTEXT)?.0, 0)?;
    match tag {
        OCTETS => Some(content.to_vec()),
        OCTETS_IN_PIECES => Some(joined(content)),
        _ => None,
    }
}

fn joined(mut pieces: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((piece, rest)) = inside(pieces, OCTETS) {
        out.extend_from_slice(piece);
        pieces = rest;
    }
    out
}

/// The content of the next value, which must have this tag, and what follows it.
fn inside(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = element(bytes, 0)?;
    (found == tag).then_some((content, rest))
}

/// Tag, content and what follows (X.690 §8.1). A value that is cut off ends where the bytes do.
fn element(bytes: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag & 0x1F == 0x1F {
        return None; // tags of several bytes: none in CMS
    }
    if first == 0x80 {
        let length = indefinite(rest, depth)?;
        let (content, after) = rest.split_at_checked(length)?;
        return Some((tag, content, after.get(2..).unwrap_or_default()));
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
        let length = digits.iter().try_fold(0_usize, |it, digit| it.checked_mul(256)?.checked_add(usize::from(*digit)));
        (length?, rest)
    };
    let (content, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    Some((tag, content, rest))
}

/// How long a value is that ends with two zero bytes.
fn indefinite(bytes: &[u8], depth: usize) -> Option<usize> {
    if depth >= DEEPEST {
        return None;
    }
    let mut rest = bytes;
    while !rest.is_empty() && !rest.starts_with(&[0, 0]) {
        rest = element(rest, depth.saturating_add(1))?.2;
    }
    Some(bytes.len().saturating_sub(rest.len()))
}
