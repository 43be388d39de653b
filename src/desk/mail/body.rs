//! The parts that are the mail's text → one text.

use std::borrow::Cow;

use crate::desk::text;

use super::{
    charset, clean, html,
    parts::{Body, Part},
    uuencode,
};

/// Most characters of a mail's text.
pub(super) const MAX_TEXT: usize = 200_000;

/// One piece of the body, still knowing what it was.
enum Piece {
    Plain(String),
    Html(String),
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::Plain(it) | Self::Html(it) => it,
        }
    }

    fn is_blank(&self) -> bool {
        self.text().chars().all(char::is_whitespace)
    }
}

/// The text of the mail: every `text/plain` that is no attachment, in order; HTML where there is no plain text.
/// Forwarded mails keep their text to themselves: it is not the sender's.
pub(super) fn text(root: &Part<'_>) -> String {
    let mut joined = String::new();
    let mut seen: Vec<String> = Vec::new();
    for piece in pieces(root, true) {
        let key = text::key(piece.text());
        // The same words as plain text and as HTML side by side, not as alternatives.
        if key.is_empty() || seen.contains(&key) || joined.len() > MAX_TEXT.saturating_mul(4) {
            continue;
        }
        if !joined.is_empty() {
            joined.push('\n');
        }
        joined.push_str(piece.text().trim_matches('\n'));
        joined.push('\n');
        seen.push(key);
    }
    clean::block(&joined, MAX_TEXT)
}

/// Whether a leaf belongs to the text. A name makes a file of it, but not where it is all there is.
pub(super) fn is_body(part: &Part<'_>, is_root: bool) -> bool {
    let kind = part.content_type.value.as_str();
    let readable = matches!(kind, "text/plain" | "text/html") || (is_root && is_broken_container(kind));
    readable && !part.attached && (is_root || part.name.is_empty())
}

/// A text, or a multipart whose boundary is nowhere to be found: its bytes are all the text there is.
fn is_broken_container(kind: &str) -> bool {
    kind.starts_with("multipart/") || kind.starts_with("text/")
}

fn pieces(part: &Part<'_>, is_root: bool) -> Vec<Piece> {
    match &part.body {
        Body::Leaf(bytes) if is_body(part, is_root) => vec![piece(part, bytes)],
        Body::Leaf(_) | Body::Mail(_) => Vec::new(),
        Body::Parts(parts) => {
            let kind = part.content_type.value.as_str();
            if kind == "multipart/alternative" {
                return best(parts.iter().map(|it| pieces(it, false)).collect());
            }
            if kind == "multipart/report" {
                // The rest is for machines, or is our own letter.
                return parts.first().map(|it| pieces(it, false)).unwrap_or_default();
            }
            parts.iter().flat_map(|it| pieces(it, false)).collect()
        }
    }
}

/// Of alternatives the first with plain text, unless that is empty; else the last with anything.
fn best(mut versions: Vec<Vec<Piece>>) -> Vec<Piece> {
    let written = |it: &Vec<Piece>, plain: bool| {
        it.iter().any(|piece| !piece.is_blank() && (!plain || matches!(piece, Piece::Plain(_))))
    };
    let at =
        versions.iter().position(|it| written(it, true)).or_else(|| versions.iter().rposition(|it| written(it, false)));
    at.map(|it| versions.swap_remove(it)).unwrap_or_default()
}

fn piece(part: &Part<'_>, bytes: &[u8]) -> Piece {
    let label = part.content_type.parameter("charset");
    let is_html = part.content_type.value == "text/html";
    let label = label.or_else(|| if is_html { html::declared_charset(bytes) } else { None });
    let bytes = if is_html { Cow::Borrowed(bytes) } else { uuencode::without(bytes) };
    let decoded = charset::decode(label.as_deref(), &bytes);
    if is_html {
        return Piece::Html(html::text(&decoded));
    }
    let flowed = part.content_type.parameter("format").is_some_and(|it| it.eq_ignore_ascii_case("flowed"));
    if flowed {
        let delsp = part.content_type.parameter("delsp").is_some_and(|it| it.eq_ignore_ascii_case("yes"));
        return Piece::Plain(unflow(&decoded, delsp));
    }
    Piece::Plain(clean::block(&decoded, MAX_TEXT))
}

/// RFC 3676 §4: a line that ends in a space goes on in the next of the same quote depth; with `DelSp` that space is
/// not the text's, which is how Japanese is written.
fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in clean::block(text, MAX_TEXT).lines() {
        let body = line.trim_start_matches('>');
        let depth = line.len().saturating_sub(body.len());
        let body = body.strip_prefix(' ').unwrap_or(body);
        let flows = body.ends_with(' ') && body != "-- ";
        if open != Some(depth) || body == "-- " {
            if open.is_some() {
                out.push('\n');
            }
            if depth > 0 {
                out.push_str(&">".repeat(depth.min(20)));
                out.push(' ');
            }
        }
        out.push_str(if flows && delsp { body.strip_suffix(' ').unwrap_or(body) } else { body });
        open = flows.then_some(depth);
        if !flows {
            out.push('\n');
        }
    }
    out
}
