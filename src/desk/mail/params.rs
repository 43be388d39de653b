//! `Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045 §5.1, RFC 2183, RFC 2231).

use super::{charset, transfer, words};

/// Most segments of one parameter that are joined.
const MOST_SEGMENTS: usize = 100;

/// A value with parameters, both in the order of writing.
#[derive(Debug, Default)]
pub(super) struct Valued {
    /// `text/plain`, `attachment`: lower case.
    pub(super) value: String,
    parameters: Vec<(String, String)>,
}

impl Valued {
    /// Reads a header value that has been unfolded.
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = pieces(text).into_iter();
        let value = pieces.next().unwrap_or_default();
        let value = value.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
        let parameters = pieces.filter_map(|it| {
            let (name, value) = it.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), unquote(value.trim())))
        });
        Self { value, parameters: parameters.collect() }
    }

    /// A parameter, decoded. `name*` beats `name*0…` beats `name` (RFC 2231 §4, RFC 6266 §4.3).
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.extended(name)
            .or_else(|| self.continued(name))
            .or_else(|| self.plain(name).map(|it| unescaped(&words::decode(it))))
            .filter(|it| !it.trim().is_empty())
    }

    fn plain(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    fn extended(&self, name: &str) -> Option<String> {
        let value = self.plain(&format!("{name}*"))?;
        let (label, rest) = labelled(value);
        let rest = rest.trim_matches('"');
        // Raw text where percents should be was decoded with the header already.
        let label = label.filter(|_| rest.is_ascii());
        let decoded = charset::decode(label, &transfer::hexed(rest.as_bytes(), b'%'));
        Some(words::decode(&decoded)).filter(|it| !it.is_empty())
    }

    /// `name*0`, `name*1*`, …: joined as bytes, then decoded, since a character may be split over two.
    fn continued(&self, name: &str) -> Option<String> {
        let prefix = format!("{name}*");
        let mut segments: Vec<(u32, bool, &str)> = self
            .parameters
            .iter()
            .filter_map(|(it, value)| {
                let number = it.strip_prefix(&prefix)?;
                let encoded = number.ends_with('*');
                Some((number.trim_end_matches('*').parse().ok()?, encoded, value.as_str()))
            })
            .take(MOST_SEGMENTS)
            .collect();
        segments.sort_by_key(|it| it.0);
        segments.dedup_by_key(|it| it.0);
        if segments.is_empty() {
            return None;
        }
        if segments.iter().all(|(_, encoded, _)| !encoded) {
            let joined: String = segments.iter().map(|(_, _, value)| *value).collect();
            return Some(unescaped(&words::decode(&joined)));
        }
        let mut label: Option<&str> = None;
        let mut begun = false;
        let mut bytes: Vec<u8> = Vec::new();
        // Joined before the percents are undone, since one may be split over two segments.
        let mut coded = String::new();
        for (_, encoded, value) in segments {
            if !encoded {
                bytes.extend(transfer::hexed(std::mem::take(&mut coded).as_bytes(), b'%'));
                bytes.extend_from_slice(value.as_bytes());
            } else if begun {
                // Some name the charset again in every segment.
                let (again, rest) = labelled(value);
                let again = again.is_some_and(|it| label.is_some_and(|label| label.eq_ignore_ascii_case(it)));
                coded.push_str(if again { rest } else { value });
            } else {
                // The first that is encoded names the charset; some mailers begin with one that is not.
                begun = true;
                let (named, rest) = labelled(value);
                label = named;
                coded.push_str(rest);
            }
        }
        bytes.extend(transfer::hexed(coded.as_bytes(), b'%'));
        Some(charset::decode(label, &bytes))
    }
}

/// `charset'language'text` → charset and text.
fn labelled(value: &str) -> (Option<&str>, &str) {
    let mut pieces = value.splitn(3, '\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(label), Some(_), Some(rest)) => (Some(label).filter(|it| !it.is_empty()), rest),
        _ => (None, value),
    }
}

/// Splits at semicolons that stand outside quotes. Where a quote is never closed it is none.
fn pieces(text: &str) -> Vec<String> {
    let (found, open) = split(text, true);
    if open { split(text, false).0 } else { found }
}

/// The pieces, and whether a quote is left open.
fn split(text: &str, quotes: bool) -> (Vec<String>, bool) {
    let mut found = vec![String::new()];
    let mut quoted = false;
    let mut escaped = false;
    for it in text.chars() {
        if it == ';' && !quoted {
            found.push(String::new());
            continue;
        }
        // Only these two: a backslash in an old mailer's name is a path's.
        if it == '"' && !escaped && quotes {
            quoted = !quoted;
        }
        escaped = it == '\\' && !escaped;
        if let Some(last) = found.last_mut() {
            last.push(it);
        }
    }
    (found, quoted)
}

/// A quoted string up to the quote that ends it; what follows is a comment or was never meant.
fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_string();
    };
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.char_indices();
    while let Some((at, it)) = characters.next() {
        let rest = inner.get(at.saturating_add(1)..).unwrap_or_default();
        match it {
            '\\' if rest.starts_with(['"', '\\']) => out.extend(characters.next().map(|(_, it)| it)),
            '"' if !rest.contains('"') => break,
            other => out.push(other),
        }
    }
    out
}

/// Some web mailers percent-encode a plain `filename`, as they would in an URL.
fn unescaped(value: &str) -> String {
    if !value.is_ascii() || !value.contains('%') {
        return value.to_string();
    }
    let bytes = transfer::hexed(value.as_bytes(), b'%');
    match String::from_utf8(bytes) {
        Ok(text) if !text.is_ascii() => text,
        _ => value.to_string(),
    }
}
