//! Finds one header field in a mail's first bytes: enough to sort and to name files, not to understand a mail.

/// How far into a mail a header is looked for.
pub const SCANNED: usize = 64 * 1024;

/// The value of the first field called `name` in the header section, unfolded (RFC 5322 §2.2.3), without the line end.
/// Bytes that are not UTF-8 are replaced. Looks at the first [`SCANNED`] bytes only.
#[must_use]
pub fn first(mail: &[u8], name: &str) -> Option<String> {
    let head = mail.get(..SCANNED).unwrap_or(mail);
    let mut value: Option<Vec<u8>> = None;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        match &mut value {
            Some(found) if folded => found.extend_from_slice(line),
            Some(_) => break,
            // The empty line ends the header section (RFC 5322 §2.1).
            None if line.is_empty() => break,
            None => value = field(line, name),
        }
    }
    value.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The header section with the empty line behind it; all of the bytes where no empty line is.
#[must_use]
pub fn section(mail: &[u8]) -> &[u8] {
    let mut end = 0_usize;
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        end = end.saturating_add(line.len());
        if line.trim_ascii().is_empty() {
            break;
        }
    }
    mail.get(..end.min(SCANNED)).unwrap_or(mail)
}

/// The `Message-ID`, without angle brackets.
#[must_use]
pub fn message_id(mail: &[u8]) -> Option<String> {
    let value = first(mail, "Message-ID")?;
    let id = match value.split_once('<') {
        Some((_, rest)) => rest.split_once('>').map_or(rest, |(id, _)| id).trim().to_owned(),
        None => value,
    };
    (!id.is_empty()).then_some(id)
}

fn field(line: &[u8], name: &str) -> Option<Vec<u8>> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (label, value) = line.split_at_checked(colon)?;
    label.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes()).then(|| value.get(1..).unwrap_or_default().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{first, message_id};

    #[test]
    fn folded_and_oddly_cased_fields_are_found() {
        let mail = b"Subject: a\r\nDATE :\r\n Fri, 12 Aug 2022\r\n\t10:00:00 +0900 (JST)\r\nTo: b\r\n\r\nDate: no\r\n";
        assert_eq!(first(mail, "Date").as_deref(), Some("Fri, 12 Aug 2022\t10:00:00 +0900 (JST)"));
        assert_eq!(first(mail, "Cc"), None);
    }

    #[test]
    fn the_body_is_not_searched() {
        assert_eq!(first(b"Subject: a\n\nDate: x\n", "Date"), None);
        assert_eq!(first(b"", "Date"), None);
    }

    #[test]
    fn the_message_id_loses_its_brackets() {
        assert_eq!(message_id(b"Message-Id:\r\n  <a.b@example.jp> \r\n\r\n").as_deref(), Some("a.b@example.jp"));
        assert_eq!(message_id(b"Message-ID: <>\r\n\r\n"), None);
        assert_eq!(message_id(b"Message-ID: <open\r\n\r\n").as_deref(), Some("open"));
    }
}
