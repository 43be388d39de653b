//! Bytes and a charset label, true, false or absent → text.

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8, WINDOWS_1252};

/// What a label asks for, as far as it matters how it is decoded.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    /// Absent, unknown, or one that says nothing (`us-ascii` is what mailers write that do not know).
    Nothing,
    /// Any of the ISO-2022-JP family.
    Jis,
    /// A charset the decoder knows.
    Known(&'static Encoding),
}

/// Decodes by the label where that works out, and by the bytes where the label is absent or wrong.
pub(super) fn decode(label: Option<&str>, bytes: &[u8]) -> String {
    if bytes.is_ascii() && !bytes.contains(&0x1B) && !bytes.contains(&0x0E) && !is_wide(label) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    match label.map_or(Asked::Nothing, asked) {
        Asked::Jis if bytes.contains(&0x1B) || bytes.contains(&0x0E) => jis(bytes),
        Asked::Jis | Asked::Nothing => guess(bytes),
        Asked::Known(_) if switches_to_jis(bytes) => jis(bytes),
        Asked::Known(it) if it == UTF_8 => guess_unless(it, bytes),
        Asked::Known(it) if it == SHIFT_JIS || it == EUC_JP => guess_unless(it, bytes),
        Asked::Known(it) if it == WINDOWS_1252 => western(bytes),
        Asked::Known(it) => it.decode(bytes).0.into_owned(),
    }
}

/// Without a label: JIS by its escape, UTF-8 where it is valid, else Shift_JIS (or EUC-JP, where that fits better).
/// The escape is looked for first, since JIS bytes are valid UTF-8 too.
pub(super) fn guess(bytes: &[u8]) -> String {
    if switches_to_jis(bytes) {
        return jis(bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.trim_start_matches('\u{FEFF}').to_string();
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        // `decode` follows the byte order mark.
        return UTF_8.decode(bytes).0.into_owned();
    }
    let (sjis, _, sjis_broken) = SHIFT_JIS.decode(bytes);
    let (euc, _, euc_broken) = EUC_JP.decode(bytes);
    if !euc_broken && (sjis_broken || mostly_narrow_kana(&sjis)) {
        return euc.into_owned();
    }
    let utf8 = String::from_utf8_lossy(bytes);
    // UTF-8 cut in the middle of a character is still UTF-8.
    if sjis_broken && damage(&utf8) <= damage(&sjis) { utf8.into_owned() } else { sjis.into_owned() }
}

/// The family of a label; case, blanks and RFC 2231 language suffixes (`*ja`) do not matter.
fn asked(label: &str) -> Asked {
    let plain: String = label.chars().take_while(|it| *it != '*').collect();
    let plain = plain.trim().trim_matches(['"', '\'']).to_ascii_lowercase().replace('_', "-");
    match plain.as_str() {
        "us-ascii" | "ascii" | "ansi-x3.4-1968" | "unknown-8bit" | "x-unknown" | "unknown" | "binary" | "" => {
            Asked::Nothing
        }
        "iso-2022-jp"
        | "iso-2022-jp-1"
        | "iso-2022-jp-2"
        | "iso-2022-jp-3"
        | "iso-2022-jp-2004"
        | "iso-2022-jp-ms"
        | "csiso2022jp"
        | "cp50220"
        | "cp50221"
        | "cp50222"
        | "cp50220-cp50221"
        | "jis"
        | "x-windows-50220"
        | "x-windows-50221"
        | "x-windows-iso2022jp" => Asked::Jis,
        "cp932" | "windows-932" | "ms932" | "shiftjis" | "x-ms-cp932" | "windows-31j" | "x-sjis" | "sjis"
        | "shift-jis" | "ms-kanji" | "cswindows31j" | "csshiftjis" | "sjis-win" | "cp943" | "cp943c"
        | "shift-jis-2004" => Asked::Known(SHIFT_JIS),
        "cp51932" | "eucjp-ms" | "eucjp" | "euc-jp" | "x-euc-jp" | "ujis" | "eucjp-win" | "euc-jp-ms" => {
            Asked::Known(EUC_JP)
        }
        "utf8" | "utf-8" | "utf8mb4" | "unicode-1-1-utf-8" => Asked::Known(UTF_8),
        other => Encoding::for_label_no_replacement(other.as_bytes()).map_or(Asked::Nothing, Asked::Known),
    }
}

/// UTF-16 may consist of ASCII bytes only and is still not ASCII.
fn is_wide(label: Option<&str>) -> bool {
    label.is_some_and(|it| it.trim().to_ascii_lowercase().starts_with("utf-16"))
}

fn guess_unless(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let (text, _, broken) = encoding.decode(bytes);
    if !broken {
        return text.into_owned();
    }
    let guessed = guess(bytes);
    if damage(&guessed) < damage(&text) { guessed } else { text.into_owned() }
}

/// `iso-8859-1` is what some web mailers say of anything: only believed where the bytes are not UTF-8.
fn western(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

fn switches_to_jis(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|it| matches!(it, [0x1B, b'$', b'@' | b'B' | b'(']) || *it == [0x1B, b'(', b'I'])
}

fn damage(text: &str) -> usize {
    text.chars().filter(|it| *it == '\u{FFFD}').count()
}

/// EUC-JP read as Shift_JIS becomes half-width kana without an error.
fn mostly_narrow_kana(text: &str) -> bool {
    let foreign = text.chars().filter(|it| !it.is_ascii()).count();
    let kana = text.chars().filter(|it| matches!(it, '\u{FF61}'..='\u{FF9F}')).count();
    kana > 4 && kana.saturating_mul(2) > foreign
}

/// What the bytes of an ISO-2022-JP text currently mean.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    Ascii,
    Kana,
    Kanji,
    /// JIS X 0212, `ESC $ ( D`.
    Supplement,
}

/// ISO-2022-JP with all its vendors' ways: rewritten as EUC-JP, whose decoder knows NEC row 13, the NEC-selected IBM
/// characters, half-width kana and JIS X 0212; the ISO-2022-JP decoder of the web knows less.
fn jis(bytes: &[u8]) -> String {
    let mut euc = Vec::with_capacity(bytes.len().saturating_add(16));
    let mut set = Set::Ascii;
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        if let Some((next, length)) = escape(rest) {
            set = next;
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        rest = match (first, tail.first()) {
            (0x0E | 0x0F, _) => {
                shifted = first == 0x0E;
                tail
            }
            (0x21..=0x5F, _) if set == Set::Kana || shifted => put(&mut euc, &[0x8E, first | 0x80], tail),
            (0x21..=0x7E, Some(&second @ 0x21..=0x7E)) if set == Set::Kanji => {
                put(&mut euc, &[first | 0x80, second | 0x80], tail.get(1..).unwrap_or_default())
            }
            (0x21..=0x7E, Some(&second @ 0x21..=0x7E)) if set == Set::Supplement => {
                put(&mut euc, &[0x8F, first | 0x80, second | 0x80], tail.get(1..).unwrap_or_default())
            }
            // Eight-bit half-width kana, as cp50221 writes them.
            (0xA1..=0xDF, _) => put(&mut euc, &[0x8E, first], tail),
            (0x80.., _) => put(&mut euc, b"?", tail),
            _ => put(&mut euc, &[first], tail),
        };
    }
    EUC_JP.decode_without_bom_handling(&euc).0.into_owned()
}

fn put<'a>(to: &mut Vec<u8>, bytes: &[u8], rest: &'a [u8]) -> &'a [u8] {
    to.extend_from_slice(bytes);
    rest
}

/// The escape sequence at the start, and its length.
fn escape(bytes: &[u8]) -> Option<(Set, usize)> {
    match bytes {
        [0x1B, b'$', b'(', b'D', ..] => Some((Set::Supplement, 4)),
        [0x1B, b'$', b'(', b'@' | b'B' | b'O' | b'P' | b'Q', ..] => Some((Set::Kanji, 4)),
        [0x1B, b'$', b'@' | b'B', ..] => Some((Set::Kanji, 3)),
        [0x1B, b'(', b'I', ..] => Some((Set::Kana, 3)),
        [0x1B, b'(', b'B' | b'J' | b'H', ..] => Some((Set::Ascii, 3)),
        [0x1B, b'&', b'@', ..] => Some((Set::Ascii, 3)),
        _ => None,
    }
}
