//! Raw bytes → a bounded tree of MIME parts (RFC 2045, RFC 2046).

use std::borrow::Cow;

use super::{
    clean,
    fields::{self, Fields},
    params::Valued,
    split, transfer,
};

/// Most parts looked at.
const MOST_PARTS: usize = 100;
/// Deepest nesting looked at: a mail forwarded three times, each with pictures and alternatives, has twelve levels.
const DEEPEST: usize = 16;
/// Larger mails are not taken apart; the mailbox asks for the size before it fetches.
const MOST_BYTES: usize = 128 * 1024 * 1024;

/// One part.
pub(super) struct Part<'a> {
    /// Its header.
    pub(super) fields: Fields,
    /// `Content-Type`; `text/plain` where there is none (RFC 2045 §5.2).
    pub(super) content_type: Valued,
    /// File name, cleaned; from the disposition, else from the type.
    pub(super) name: String,
    /// `Content-Disposition: attachment`.
    pub(super) attached: bool,
    /// What is in it.
    pub(super) body: Body<'a>,
}

/// What a part holds.
pub(super) enum Body<'a> {
    /// Decoded bytes.
    Leaf(Cow<'a, [u8]>),
    /// `multipart/*`.
    Parts(Vec<Part<'a>>),
    /// `message/rfc822`.
    Mail(Box<Part<'a>>),
}

/// What is left to be looked at.
struct Budget {
    parts: usize,
    hit: bool,
}

/// The tree, and whether a bound was hit.
pub(super) fn tree(raw: &[u8]) -> (Part<'_>, bool) {
    let fitting = raw.get(..raw.len().min(MOST_BYTES)).unwrap_or_default();
    let mut budget = Budget { parts: MOST_PARTS.saturating_sub(1), hit: raw.len() > MOST_BYTES };
    let root = part(fitting, "text/plain", 0, &mut budget);
    (root, budget.hit)
}

/// A mail whose lines end in CR alone, as old Macs wrote them: the line ends as everyone else's.
pub(super) fn with_line_ends(raw: &[u8]) -> Cow<'_, [u8]> {
    let head = raw.get(..raw.len().min(65_536)).unwrap_or_default();
    if head.contains(&b'\n') || !head.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|it| if *it == b'\r' { b'\n' } else { *it }).collect())
}

fn part<'a>(raw: &'a [u8], usual: &str, depth: usize, budget: &mut Budget) -> Part<'a> {
    let starts_in_header = depth == 0 || fields::begin(raw);
    let (header, content) =
        raw.split_at_checked(if starts_in_header { fields::end(raw) } else { 0 }).unwrap_or_default();
    let fields = Fields::parse(header);
    let content_type = content_type(&fields, usual);
    let body = body(&fields, &content_type, content, depth, budget);
    let disposition = Valued::parse(fields.first("content-disposition").unwrap_or_default());
    let name = disposition
        .parameter("filename")
        .or_else(|| content_type.parameter("name"))
        // That of a form's field is no file's (RFC 7578 §4.2).
        .or_else(|| disposition.parameter("name").filter(|_| disposition.value != "form-data"))
        .or_else(|| content_type.parameter("filename"));
    let attached = disposition.value == "attachment";
    Part { name: clean::file_name(&name.unwrap_or_default()), attached, fields, content_type, body }
}

fn content_type(fields: &Fields, usual: &str) -> Valued {
    let mut found = Valued::parse(fields.first("content-type").unwrap_or_default());
    if !found.value.contains('/') {
        found.value = usual.to_string();
    }
    found
}

fn body<'a>(fields: &Fields, kind: &Valued, content: &'a [u8], depth: usize, budget: &mut Budget) -> Body<'a> {
    if kind.value.starts_with("multipart/")
        && let Some(pieces) = split::parts(content, &kind.parameter("boundary").unwrap_or_default())
    {
        let usual = if kind.value == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let mut parts = Vec::new();
        for it in pieces {
            if !budget.has_room(depth) {
                break;
            }
            parts.push(part(it, usual, depth.saturating_add(1), budget));
        }
        return Body::Parts(parts);
    }
    let is_plain = transfer::Encoding::of(fields) == transfer::Encoding::Identity;
    if is_mail(&kind.value) && is_plain {
        if !budget.has_room(depth) {
            return Body::Leaf(Cow::Borrowed(&[]));
        }
        let content = without_blank_lines(content);
        return Body::Mail(Box::new(part(content, "text/plain", depth.saturating_add(1), budget)));
    }
    Body::Leaf(transfer::undo(fields, content))
}

/// Whether a part of this type holds a mail (RFC 2046 §5.2.1, RFC 6532 §3.7).
pub(super) fn is_mail(content_type: &str) -> bool {
    matches!(content_type, "message/rfc822" | "message/global" | "message/news")
}

/// Some mailers leave an empty line above the header of what they forward.
fn without_blank_lines(content: &[u8]) -> &[u8] {
    let blank = content.iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
    content.get(blank..).unwrap_or_default()
}

impl Budget {
    /// Takes one part from what is left.
    fn has_room(&mut self, depth: usize) -> bool {
        if self.parts == 0 || depth >= DEEPEST {
            self.hit = true;
            return false;
        }
        self.parts -= 1;
        true
    }
}
