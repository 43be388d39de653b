//! Raw header bytes → fields: unfolded, raw eight-bit and JIS text decoded, encoded words left for who knows the syntax.

use super::{charset, params::Valued, words};

/// Most fields looked at in one header.
const MOST_FIELDS: usize = 1_000;
/// Most bytes of one field's value.
const MOST_BYTES: usize = 65_536;
/// Most bytes of all values together. What is beyond keeps its names: a second `From` is seen wherever it stands.
const MOST_IN_ALL: usize = 2 << 20;
/// Most bytes of a field's name.
const MOST_NAME: usize = 1_000;

/// The fields of one header, in order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads up to the first empty line. A line that is no field (RFC 5322 §2.2: a name has no blanks, so `Fr om:` is
    /// none) is passed over with its continuations. A colon that begins the next line still ends a name: `From` may not
    /// be hidden so.
    pub(super) fn parse(raw: &[u8]) -> Self {
        let mut found: Vec<(Option<String>, Vec<u8>)> = Vec::new();
        let mut left = MOST_IN_ALL;
        for line in raw.split(|it| *it == b'\n') {
            let line = without_return(line);
            if line.is_empty() || found.len() > MOST_FIELDS {
                break;
            }
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                if let Some((name, value)) = found.last_mut() {
                    let room = MOST_BYTES.saturating_sub(value.len()).min(left);
                    let taken = line.get(..line.len().min(room)).unwrap_or_default();
                    value.extend_from_slice(taken);
                    left = left.saturating_sub(taken.len());
                    if name.is_none() && line.trim_ascii_start().starts_with(b":") {
                        (*name, *value) = split(value);
                    }
                }
            } else {
                let (name, mut value) = split(line);
                value.truncate(left);
                left = left.saturating_sub(value.len());
                found.push((name, value));
            }
        }
        let own = charset_of(&found);
        let named = found.into_iter().filter_map(|(name, value)| Some((name?, text(&value, own.as_deref()))));
        Self(named.collect())
    }

    /// The topmost field of that name (lower case).
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.iter().find(|(it, _)| *it == name).map(|(_, value)| value)
    }

    /// All fields of that name (lower case), topmost first.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Names and values in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Where the body begins: after the first empty line.
pub(super) fn end(raw: &[u8]) -> usize {
    let mut at = 0_usize;
    for line in raw.split_inclusive(|it| *it == b'\n') {
        at = at.saturating_add(line.len());
        if without_return(line.strip_suffix(b"\n").unwrap_or(line)).is_empty() {
            break;
        }
    }
    at
}

/// Whether a header stands at the start. Some programs leave out the empty line above a part without one.
pub(super) fn begin(raw: &[u8]) -> bool {
    let line = raw.split(|it| *it == b'\n').next().unwrap_or_default();
    let line = without_return(line);
    line.is_empty() || split(line.get(..line.len().min(1_000)).unwrap_or_default()).0.is_some() || is_envelope(line)
}

/// The line that mbox files put above a mail.
fn is_envelope(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// A line without its CR, or CRs: some gateways double them.
fn without_return(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

/// Name and value; blanks before the colon are the old syntax (RFC 5322 §4.5.1), blanks within a name are not.
fn split(line: &[u8]) -> (Option<String>, Vec<u8>) {
    let mut pieces = line.splitn(2, |it| *it == b':');
    let name = pieces.next().unwrap_or_default().trim_ascii_end();
    let Some(value) = pieces.next() else {
        return (None, name.iter().take(MOST_NAME).copied().collect());
    };
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return (None, Vec::new());
    }
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    (Some(name), value.iter().take(MOST_BYTES).copied().collect())
}

/// What the `Content-Type` of the same header says, where raw eight-bit text asks for it.
fn charset_of(fields: &[(Option<String>, Vec<u8>)]) -> Option<String> {
    if fields.iter().all(|(_, value)| value.is_ascii()) {
        return None;
    }
    let (_, value) = fields.iter().find(|(name, _)| name.as_deref() == Some("content-type"))?;
    Valued::parse(&String::from_utf8_lossy(value)).parameter("charset")
}

/// One charset per value is assumed: who writes raw text does not mix. That of an encoded word beside it comes first,
/// then that of the body.
fn text(value: &[u8], own: Option<&str>) -> String {
    charset::undeclared(words::label(value).or(own), value).trim().to_string()
}
