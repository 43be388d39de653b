//! Bytes and a charset label, true, false or absent → text.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::jis::{self, jis};

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
    let asked = label.map_or(Asked::Nothing, asked);
    if asked == Asked::Jis && (bytes.contains(&0x1B) || bytes.contains(&0x0E)) || jis::is_switched_to(bytes) {
        return jis(bytes);
    }
    match asked {
        Asked::Jis | Asked::Nothing => guess(bytes),
        Asked::Known(it) if it == UTF_16LE || it == UTF_16BE => wide(it, bytes),
        Asked::Known(it) if it != UTF_8 && is_utf8_of_the_east(bytes) => guess(bytes),
        Asked::Known(it) if it == WINDOWS_1252 => western(bytes),
        Asked::Known(it) if it.is_single_byte() => it.decode(bytes).0.into_owned(),
        Asked::Known(it) => guess_unless(it, bytes),
    }
}

/// Eight-bit text in a header, which has no label of its own: UTF-8 where it is valid (RFC 6532), else as its neighbour
/// says, else by the bytes.
pub(super) fn undeclared(neighbour: Option<&str>, bytes: &[u8]) -> String {
    if std::str::from_utf8(bytes).is_ok() { guess(bytes) } else { decode(neighbour, bytes) }
}

/// Without a label: JIS by its escape, UTF-8 where it is valid, else Shift_JIS (or EUC-JP, where that fits better).
/// The escape is looked for first, since JIS bytes are valid UTF-8 too.
pub(super) fn guess(bytes: &[u8]) -> String {
    if jis::is_switched_to(bytes) {
        return jis(bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.trim_start_matches('\u{FEFF}').to_string();
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        // `decode` follows the byte order mark.
        return UTF_8.decode(bytes).0.into_owned();
    }
    if let Some(text) = damaged_utf8(bytes) {
        return text;
    }
    if has_accents_only(bytes) {
        return WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    }
    let (sjis, _, sjis_broken) = SHIFT_JIS.decode(bytes);
    let (euc, _, euc_broken) = EUC_JP.decode(bytes);
    if is_chance(&sjis) && (euc_broken || is_chance(&euc)) {
        return WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    }
    if !euc_broken && (sjis_broken || is_euc_in_disguise(&sjis, bytes)) {
        return euc.into_owned();
    }
    if !sjis_broken {
        return sjis.into_owned();
    }
    // broken and mostly half-width kana: nobody's Japanese, and better left open than told as some
    let plausible = [sjis, euc].into_iter().filter(|it| !is_mostly_narrow(it)).map(std::borrow::Cow::into_owned);
    let lossy = String::from_utf8_lossy(bytes).into_owned();
    std::iter::once(lossy).chain(plausible).min_by_key(|it| damage(it)).unwrap_or_default()
}

/// The family of a label; case, blanks, comments and RFC 2231 language suffixes (`*ja`) do not matter.
fn asked(label: &str) -> Asked {
    let plain = label.trim_matches(|it: char| it.is_whitespace() || "\"'".contains(it)).to_ascii_lowercase();
    let plain = plain.split(|it: char| it.is_whitespace() || "*(;,\"".contains(it)).next().unwrap_or_default();
    match plain.replace('_', "-").as_str() {
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
        | "csiso2022jp2"
        | "iso2022jp"
        | "cp50220"
        | "cp50221"
        | "cp50222"
        | "cp50220-cp50221"
        | "jis"
        | "x-windows-50220"
        | "x-windows-50221"
        | "x-windows-iso2022jp"
        | "iso-2022-kr"
        | "csiso2022kr" => Asked::Jis,
        "cp932" | "windows-932" | "ms932" | "shiftjis" | "x-ms-cp932" | "windows-31j" | "x-sjis" | "sjis"
        | "shift-jis" | "x-shift-jis" | "ms-kanji" | "cswindows31j" | "csshiftjis" | "sjis-win" | "cp943"
        | "cp943c" | "ibm-943" | "shift-jis-2004" | "shift-jisx0213" | "x-mac-japanese" | "macjapanese" => {
            Asked::Known(SHIFT_JIS)
        }
        "cp51932" | "eucjp-ms" | "eucjp" | "euc-jp" | "x-euc-jp" | "ujis" | "eucjp-win" | "euc-jp-ms" | "x-eucjp"
        | "cp20932" | "euc-jisx0213" | "euc-jis-2004" => Asked::Known(EUC_JP),
        "cp936" | "ms936" | "windows-936" | "euc-cn" | "x-euc-cn" => Asked::Known(GBK),
        "cp949" | "ms949" | "uhc" | "x-windows-949" | "euckr" | "x-euc-kr" => Asked::Known(EUC_KR),
        "cp950" | "ms950" | "windows-950" | "x-windows-950" | "big5-eten" => Asked::Known(BIG5),
        "utf8" | "utf-8" | "utf8mb4" | "unicode-1-1-utf-8" | "x-utf-8" | "cp65001" | "65001" => Asked::Known(UTF_8),
        "utf-16" => Asked::Known(UTF_16LE),
        // The register itself is of two minds about underscores: `ks_c_5601-1987`, `iso-8859-1`.
        other => Encoding::for_label_no_replacement(plain.as_bytes())
            .or_else(|| Encoding::for_label_no_replacement(other.as_bytes()))
            .map_or(Asked::Nothing, Asked::Known),
    }
}

/// UTF-16 may consist of ASCII bytes only and is still not ASCII.
fn is_wide(label: Option<&str>) -> bool {
    label.is_some_and(|it| it.trim().to_ascii_lowercase().starts_with("utf-16"))
}

/// UTF-16. `decode` follows the byte order mark; where there is none, ASCII tells by the place of its zeros. What has
/// no zeros is no UTF-16, but a text whose label nobody changed when it was rewritten.
fn wide(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let marked = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).take(2_000).filter(|it| **it == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let encoding = match (marked, even, odd) {
        (true, ..) => encoding,
        (false, 0, 0) if std::str::from_utf8(bytes).is_ok() => return guess(bytes),
        (false, even, odd) if even > odd => UTF_16BE,
        (false, even, odd) if odd > even => UTF_16LE,
        _ => encoding,
    };
    encoding.decode(bytes).0.into_owned()
}

/// By the encoding, unless the bytes say better what they are.
fn guess_unless(encoding: &'static Encoding, bytes: &[u8]) -> String {
    let (text, _, broken) = encoding.decode(bytes);
    let disguised = encoding == SHIFT_JIS && is_euc_in_disguise(&text, bytes) && !EUC_JP.decode(bytes).2;
    if !broken && !disguised {
        return text.into_owned();
    }
    let guessed = guess(bytes);
    if disguised || damage(&guessed) < damage(&text) { guessed } else { text.into_owned() }
}

/// `iso-8859-1` is what some web mailers say of anything: only believed where the bytes are neither UTF-8 nor look
/// Japanese.
fn western(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) if is_japanese(bytes) => guess(bytes),
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// UTF-8 with kana, kanji or full-width forms in it: three bytes each, which other charsets do not write by chance.
fn is_utf8_of_the_east(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|it| it.chars().any(|it| matches!(it, '\u{3000}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}')))
}

/// Eight-bit Japanese under a Western label: kana are led by bytes that no Western text has in numbers, and a text of
/// kanji alone has hardly an ASCII letter.
fn is_japanese(bytes: &[u8]) -> bool {
    let pairs = |leads: [u8; 2], trails: std::ops::RangeInclusive<u8>| {
        bytes
            .windows(2)
            .filter(|it| matches!(it, [lead, trail] if leads.contains(lead) && trails.contains(trail)))
            .count()
    };
    let (sjis, _, sjis_broken) = SHIFT_JIS.decode(bytes);
    let (_, _, euc_broken) = EUC_JP.decode(bytes);
    let kana = (!sjis_broken && pairs([0x82, 0x83], 0x40..=0xF1) >= 2)
        || (!euc_broken && pairs([0xA4, 0xA5], 0xA1..=0xF6) >= 2);
    let letters = bytes.iter().filter(|it| it.is_ascii_alphabetic()).count();
    let kanji = sjis.chars().filter(|it| matches!(it, '\u{3400}'..='\u{9FFF}')).count();
    kana || (!sjis_broken && kanji >= 2 && letters < kanji)
}

/// UTF-8 that was cut within a character, or lost a byte, is still UTF-8: few other texts hold so many of its
/// characters of three bytes.
fn damaged_utf8(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let sound = text.chars().filter(|it| it.len_utf8() >= 3 && *it != '\u{FFFD}').count();
    (sound >= 2 && sound >= damage(&text).saturating_mul(2)).then(|| text.into_owned())
}

/// A Western text without a label: few bytes above ASCII, half of them or more without another beside them, and none of those
/// that lead most of Shift_JIS.
fn has_accents_only(bytes: &[u8]) -> bool {
    let is_accent = |it: &u8| *it >= 0xA0;
    let mut runs = [0_usize; 3];
    for run in bytes.split(|it| it.is_ascii()).filter(|it| !it.is_empty()) {
        if let Some(count) = runs.get_mut(run.len().min(3).saturating_sub(1)) {
            *count = count.saturating_add(1);
        }
    }
    let [one, two, more] = runs;
    let few = one.saturating_add(two.saturating_mul(2)).saturating_mul(3) < bytes.len();
    more == 0 && one > 0 && one >= two && few && bytes.iter().all(|it| it.is_ascii() || is_accent(it))
}

/// A reading as Japanese that is none: `Fr\xF6sche` gives a private-use character, `\xA35.00` a half-width bracket,
/// `H\xE5vard` one kanji between letters, and each stands alone.
fn is_chance(reading: &str) -> bool {
    let mut before = ' ';
    let mut found = false;
    let mut rest = reading.chars().peekable();
    while let Some(it) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        if !it.is_ascii() {
            let odd = match it {
                '\u{E000}'..='\u{F8FF}' | '\u{FFFD}' => true,
                '\u{FF61}'..='\u{FF9F}' => before.is_ascii_alphanumeric() || after.is_ascii_alphanumeric(),
                _ => before.is_ascii_alphabetic() && after.is_ascii_alphabetic(),
            };
            if !odd || !before.is_ascii() || !after.is_ascii() {
                return false;
            }
            found |= it != '\u{FFFD}';
        }
        before = it;
    }
    found
}

fn damage(text: &str) -> usize {
    text.chars().filter(|it| *it == '\u{FFFD}').count()
}

/// EUC-JP read as Shift_JIS becomes half-width kana without an error. Of a few characters the everyday ones tell: kana
/// and signs (rows 1 to 8), kanji of the first level (rows 16 to 47).
fn is_euc_in_disguise(sjis: &str, bytes: &[u8]) -> bool {
    let kana = narrow(sjis);
    let high: Vec<u8> = bytes.iter().copied().filter(|it| *it >= 0x80).collect();
    let everyday = high.chunks(2).all(|it| matches!(it, [0xA1..=0xA8 | 0xB0..=0xCF, 0xA1..=0xFE]));
    is_mostly_narrow(sjis) && (kana > 4 || everyday)
}

/// How many half-width kana there are.
fn narrow(text: &str) -> usize {
    text.chars().filter(|it| matches!(it, '\u{FF61}'..='\u{FF9F}')).count()
}

fn is_mostly_narrow(text: &str) -> bool {
    narrow(text).saturating_mul(2) > text.chars().filter(|it| !it.is_ascii()).count()
}
