//! Raw bytes → a bounded tree of MIME parts. The only file that knows the MIME parser.

use std::borrow::Cow;

use mail_parser::{Message, MessageParser, PartType};

use super::{clean, fields::Fields, params::Valued, transfer};

/// Most parts looked at.
const MOST_PARTS: usize = 100;
/// Deepest nesting looked at.
const DEEPEST: usize = 8;
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

/// Calls `then` with the tree and whether a bound was hit; `None` where the bytes are no mail at all.
pub(super) fn with_tree<T>(raw: &[u8], then: impl FnOnce(&Part<'_>, bool) -> T) -> Option<T> {
    let fitting = raw.get(..raw.len().min(MOST_BYTES)).unwrap_or_default();
    let unfolded = unfold_boundaries(fitting);
    let message = MessageParser::default().parse(unfolded.as_ref())?;
    let mut budget = Budget { parts: MOST_PARTS, hit: raw.len() > MOST_BYTES };
    let root = part(&message, 0, 0, &mut budget)?;
    Some(then(&root, budget.hit))
}

/// The parser does not see a parameter that is folded before its value. For names we read the header ourselves; the
/// boundary it has to see, so the fold is closed up. Spaces keep every offset where it was.
fn unfold_boundaries(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut patched = Cow::Borrowed(raw);
    let word = b"boundary=";
    for (at, window) in raw.windows(word.len()).enumerate() {
        if !window.eq_ignore_ascii_case(word) {
            continue;
        }
        let after = raw.get(at.saturating_add(word.len())..).unwrap_or_default();
        let blank = after.iter().take(80).take_while(|it| it.is_ascii_whitespace()).count();
        let next = after.get(blank).copied().unwrap_or_default();
        let folded =
            after.iter().take(blank).any(|it| *it == b'\n') && after.get(blank.saturating_sub(1)) != Some(&b'\n');
        if folded && !next.is_ascii_whitespace() {
            // `boundary=⏎␣␣"x"` becomes `⏎␣␣boundary="x"` in the same bytes.
            let until = at.saturating_add(word.len()).saturating_add(blank);
            if let Some(room) = patched.to_mut().get_mut(at..until) {
                room.rotate_right(blank);
            }
        }
    }
    patched
}

fn part<'a>(message: &'a Message<'a>, id: u32, depth: usize, budget: &mut Budget) -> Option<Part<'a>> {
    if budget.parts == 0 || depth > DEEPEST {
        budget.hit = true;
        return None;
    }
    budget.parts -= 1;
    let it = message.parts.get(usize::try_from(id).ok()?)?;
    let raw = message.raw_message.as_ref();
    let header = raw.get(it.offset_header as usize..it.offset_body as usize).unwrap_or_default();
    let fields = Fields::parse(header);
    let body = match &it.body {
        PartType::Multipart(ids) => {
            Body::Parts(ids.iter().filter_map(|id| part(message, *id, depth + 1, budget)).collect())
        }
        PartType::Message(inner) => match part(inner, 0, depth + 1, budget) {
            Some(root) => Body::Mail(Box::new(root)),
            None => Body::Leaf(Cow::Borrowed(&[])),
        },
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) if !it.is_encoding_problem => {
            Body::Leaf(Cow::Borrowed(bytes.as_ref()))
        }
        _ => {
            // Text is decoded by the bytes, not by the parser's idea of the charset; broken encodings leniently.
            let bytes = raw.get(it.offset_body as usize..it.offset_end as usize).unwrap_or_default();
            Body::Leaf(undo_transfer(&fields, bytes))
        }
    };
    Some(assemble(fields, body))
}

/// A part of nothing but a header and the bytes below it, for mails the parser gives up on.
pub(super) fn bare(raw: &[u8]) -> Part<'_> {
    let header_end = end_of_header(raw);
    let fields = Fields::parse(raw);
    let body = undo_transfer(&fields, raw.get(header_end..).unwrap_or_default());
    assemble(fields, Body::Leaf(body))
}

fn end_of_header(raw: &[u8]) -> usize {
    let mut at = 0_usize;
    for line in raw.split_inclusive(|it| *it == b'\n') {
        at = at.saturating_add(line.len());
        if line.trim_ascii().is_empty() {
            break;
        }
    }
    at
}

fn assemble<'a>(fields: Fields, body: Body<'a>) -> Part<'a> {
    let mut content_type = Valued::parse(fields.first("content-type").unwrap_or_default());
    if !content_type.value.contains('/') {
        content_type.value = "text/plain".to_string();
    }
    let disposition = Valued::parse(fields.first("content-disposition").unwrap_or_default());
    let name = disposition
        .parameter("filename")
        .or_else(|| disposition.parameter("name"))
        .or_else(|| content_type.parameter("name"))
        .or_else(|| content_type.parameter("filename"));
    Part {
        name: clean::file_name(&name.unwrap_or_default()),
        attached: disposition.value == "attachment",
        fields,
        content_type,
        body,
    }
}

fn undo_transfer<'a>(fields: &Fields, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    let encoding = Valued::parse(fields.first("content-transfer-encoding").unwrap_or_default()).value;
    match encoding.trim_matches('"') {
        "base64" => Cow::Owned(transfer::base64(bytes)),
        "quoted-printable" => Cow::Owned(transfer::quoted_printable(bytes)),
        _ => Cow::Borrowed(bytes),
    }
}
