//! Content-Transfer-Encoding, undone as far as it goes (RFC 2045 §6): damage never loses the rest.

/// Base64; whatever is not of its alphabet is skipped, missing padding is no fault.
pub(in crate::desk) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut count = 0_u8;
    for &byte in text {
        let Some(value) = sextet(byte) else {
            // Padding ends a group; some mailers go on with a new one.
            if byte == b'=' {
                (bits, count) = (0, 0);
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
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|it| *it == b'\n') {
        let ended = line.ends_with(b"\n");
        let kept = line.trim_ascii_end();
        let soft = kept.ends_with(b"=") && (ended || kept.len() < line.len());
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
