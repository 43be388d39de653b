//! Raw header bytes → fields: unfolded, raw eight-bit and JIS text decoded, encoded words left for who knows the syntax.

use super::charset;

/// Most fields looked at in one header.
const MOST_FIELDS: usize = 1_000;
/// Most bytes of one field's value.
const MOST_BYTES: usize = 65_536;

/// The fields of one header, in order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads up to the first empty line. A line that is no field (RFC 5322 §2.2: a name has no blanks, so `Fr om:` is
    /// none) is passed over with its continuations.
    pub(super) fn parse(raw: &[u8]) -> Self {
        let mut found: Vec<(Option<String>, Vec<u8>)> = Vec::new();
        for line in raw.split(|it| *it == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() || found.len() > MOST_FIELDS {
                break;
            }
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                if let Some((_, value)) = found.last_mut()
                    && value.len() < MOST_BYTES
                {
                    value.extend_from_slice(line);
                }
            } else {
                found.push(split(line));
            }
        }
        let named = found.into_iter().filter_map(|(name, value)| Some((name?, text(&value))));
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

/// Name and value; blanks before the colon are the old syntax (RFC 5322 §4.5.1), blanks within a name are not.
fn split(line: &[u8]) -> (Option<String>, Vec<u8>) {
    let mut pieces = line.splitn(2, |it| *it == b':');
    let name = pieces.next().unwrap_or_default().trim_ascii_end();
    let Some(value) = pieces.next() else {
        return (None, Vec::new());
    };
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return (None, Vec::new());
    }
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    (Some(name), value.iter().take(MOST_BYTES).copied().collect())
}

/// One charset per value is assumed: who writes raw text does not mix.
fn text(value: &[u8]) -> String {
    charset::decode(None, value).trim().to_string()
}
