//! Our tree of parts against that of mail-parser, over every mail of `tests/mails`; its decoders against ours.

use std::{collections::BTreeMap, path::PathBuf};

use mail_parser::{
    Encoding, Message, MessageParser, MimeHeaders as _, PartType,
    decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode},
};
use proptest::prelude::*;

use crate::desk::mail::{
    parts::{self, Body, Part},
    transfer,
};

/// Mails in which the two differ, and why ours reads them so.
const DELIBERATE: [(&str, &str); 7] = [
    ("b10-rfc822-base64", "a mail in base64 is opened with the files, not with the parts"),
    ("b16-winmail-truncated", "the line end before the delimiter is the delimiter's, also of base64 cut short"),
    ("b31-cut-off-in-base64", "base64 is undone though the end is missing"),
    ("b32-no-closing-boundary", "base64 is undone though the end is missing"),
    ("b34-cut-in-part-header", "a file of which only the name came is told"),
    ("b35-empty-file", "no header at all is an empty text"),
    ("h11-deep-multipart-200", "deeper than is looked, and said"),
];

/// Type and decoded bytes of a leaf.
type Leaf = (String, Vec<u8>);

fn ours(part: &Part<'_>, found: &mut Vec<Leaf>) {
    match &part.body {
        Body::Leaf(bytes) => found.push((part.content_type.value.clone(), bytes.to_vec())),
        Body::Parts(parts) => parts.iter().for_each(|it| ours(it, found)),
        Body::Mail(inner) => ours(inner, found),
    }
}

fn theirs(message: &Message<'_>, found: &mut Vec<Leaf>) {
    for part in &message.parts {
        let content_type = part.content_type().map_or("text/plain".to_string(), |it| {
            format!("{}/{}", it.ctype(), it.subtype().unwrap_or_default()).to_lowercase()
        });
        match &part.body {
            PartType::Multipart(_) => {}
            PartType::Message(inner) => theirs(inner, found),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => found.push((content_type, bytes.to_vec())),
            // As bytes: texts are decoded already, and which charset is meant is another question.
            PartType::Text(_) | PartType::Html(_) => {
                let raw = &message.raw_message[part.offset_body as usize..part.offset_end as usize];
                let bytes = match part.encoding {
                    Encoding::None => None,
                    Encoding::Base64 => base64_decode(raw),
                    Encoding::QuotedPrintable => quoted_printable_decode(raw),
                };
                found.push((content_type, bytes.unwrap_or_else(|| raw.to_vec())));
            }
        }
    }
}

fn mails() -> Vec<PathBuf> {
    let mut open = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mails")];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "eml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn two_readers_see_the_same_parts() {
    let mut leaves = 0;
    let mut differing = BTreeMap::new();
    for path in mails() {
        let raw = std::fs::read(&path).unwrap();
        let raw = parts::with_line_ends(&raw);
        let (tree, _) = parts::tree(&raw);
        let (mut mine, mut other) = (Vec::new(), Vec::new());
        ours(&tree, &mut mine);
        if let Some(message) = MessageParser::default().parse(raw.as_ref()) {
            theirs(&message, &mut other);
        }
        leaves += mine.len();
        if mine != other {
            let brief = |it: &[Leaf]| it.iter().map(|(kind, bytes)| format!("{kind} {}", bytes.len())).collect();
            let (mine, other): (Vec<String>, Vec<String>) = (brief(&mine), brief(&other));
            differing.insert(path.file_stem().unwrap().to_str().unwrap().to_owned(), (mine, other));
        }
    }
    let named: Vec<&str> = DELIBERATE.iter().map(|it| it.0).collect();
    let unnamed: Vec<_> = differing.iter().filter(|(it, _)| !named.contains(&it.as_str())).collect();
    assert!(unnamed.is_empty(), "{} of them: {unnamed:#?}", unnamed.len());
    assert!(named.iter().all(|it| differing.contains_key(*it)), "named, but the same by now");
    assert!(leaves > 300, "only {leaves} leaves");
}

proptest! {
    /// The strict decoders only ever answer what the lenient ones would.
    #[test]
    fn where_base64_is_clean_both_decoders_agree(text in "([A-Za-z0-9+/]{4}|[A-Za-z0-9+/ =\r\n]){0,40}") {
        prop_assert_eq!(base64_decode(text.as_bytes()), Some(transfer::damaged_base64(text.as_bytes())));
    }

    #[test]
    fn where_quoted_printable_is_clean_both_decoders_agree(text in "((=[0-9A-Fa-f]{2}|[!-<>-~]|[ \t][!-<>-~]|[ \t]?=?\r\n){0,60})x") {
        let strict = quoted_printable_decode(text.as_bytes());
        prop_assert_eq!(strict, Some(transfer::damaged_quoted_printable(text.as_bytes())));
    }
}
