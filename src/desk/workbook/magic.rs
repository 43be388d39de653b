//! What a file is that is neither a zip nor a compound file: by its first bytes, then as text.

use encoding_rs::{SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::kind::{Kind, Name, refused};
use crate::desk::reading::Unreadable::{
    self, Archive, CloudLink, Csv, Damaged, Document, OldFormat, Other, Pdf, Picture, Shortcut, Tnef,
};

/// Bytes that are looked at as text.
const HEAD: usize = 8_192;
/// An owner file of Office is smaller than this.
const OWNER_FILE: usize = 1_024;

/// Files that begin with these bytes.
const STARTS: [(&[u8], &str, Unreadable); 41] = [
    (b"\x89PNG", "PNG picture", Picture),
    (b"\xFF\xD8\xFF", "JPEG picture", Picture),
    (b"GIF8", "GIF picture", Picture),
    (b"II*\0", "TIFF picture", Picture),
    (b"MM\0*", "TIFF picture", Picture),
    (b"8BPS", "Photoshop picture", Picture),
    (b"\xD7\xCD\xC6\x9A", "Windows metafile picture", Picture),
    (b"{\\rtf", "RTF document", Document),
    (b"\x60\x0E\x82\x01", "DocuWorks document", Document),
    (b"\xDB\xA5\x2D\0", "old Word document", Document),
    (b"\x78\x9F\x3E\x22", "winmail.dat (TNEF)", Tnef),
    (b"\x4C\0\0\0\x01\x14\x02\0", "Windows shortcut", Shortcut),
    (b"book\0\0\0\0mark", "Mac alias", Shortcut),
    (b"Rar!\x1A\x07", "RAR archive", Archive),
    (b"7z\xBC\xAF\x27\x1C", "7z archive", Archive),
    (b"\x1F\x8B", "gzip archive", Archive),
    (b"MSCF", "cabinet archive", Archive),
    (b"BZh", "bzip2 archive", Archive),
    (b"\xFD7zXZ\0", "xz archive", Archive),
    // BOF of BIFF2 to BIFF8 without a compound file around them ([MS-XLS] §2.4.21)
    (b"\x09\0\x04\0", "workbook of Excel 2", OldFormat),
    (b"\x09\0\x06\0", "workbook of Excel 2", OldFormat),
    (b"\x09\x02\x06\0", "workbook of Excel 3", OldFormat),
    (b"\x09\x04\x06\0", "workbook of Excel 4", OldFormat),
    (b"\x09\x08\x08\0", "bare workbook stream of Excel 5", OldFormat),
    (b"\x09\x08\x10\0", "bare workbook stream of Excel 97", OldFormat),
    (b"\0\0\x02\0\x04\x04", "Lotus 1-2-3 workbook", OldFormat),
    (b"\0\0\x02\0\x06\x04", "Lotus 1-2-3 workbook", OldFormat),
    (b"\0\0\x1A\0", "Lotus 1-2-3 workbook", OldFormat),
    (b"\0\0\x02\0\x20\x51", "Quattro Pro workbook", OldFormat),
    (b"\0\0\x02\0\x21\x51", "Quattro Pro workbook", OldFormat),
    (b"\0\0\x02\0\x01\x10", "Quattro Pro workbook", OldFormat),
    (b"\0\0\x02\0\x02\x10", "Quattro Pro workbook", OldFormat),
    (b"ID;", "SYLK workbook", OldFormat),
    (b"\xFF\0\x02\0\x04\x04", "Works workbook", OldFormat),
    (b"\0\x01\0\0Standard", "Access database", Other),
    (b"SQLite format 3\0", "SQLite database", Other),
    (b"MZ", "Windows program", Other),
    (b"\x7FELF", "program", Other),
    (b"\xCF\xFA\xED\xFE", "program", Other),
    (b"#!", "script", Other),
    (b"%!PS", "PostScript file", Other),
];

/// Tells what it is.
pub(super) fn of(name: &Name, bytes: &[u8]) -> Kind {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if head.windows(5).take(1_020).any(|it| it == b"%PDF-") {
        return refused("PDF", Pdf);
    }
    if let Some((_, label, why)) = STARTS.iter().find(|(start, ..)| bytes.starts_with(start)) {
        return refused(label, *why);
    }
    within(head).or_else(|| text(head).map(|it| by_text(name, &it))).unwrap_or_else(|| by_name(name))
}

fn by_name(name: &Name) -> Kind {
    if name.says_workbook() {
        refused("damaged file called a workbook", Damaged)
    } else if name.ends(&[".dbf"]) {
        refused("dBASE table", OldFormat)
    } else if name.ends(&[".csv", ".tsv"]) {
        refused("CSV", Csv)
    } else {
        refused(super::kind::UNKNOWN, Other)
    }
}

/// The small file that Excel (`~$…`, with the user's name) and LibreOffice (`.~lock.…#`) lay beside an open workbook.
pub(super) fn is_owner_file(base: &str, bytes: &[u8]) -> bool {
    let office = bytes.first().is_some_and(|it| (1..=54).contains(it)) && bytes.len() == 165;
    let named = base.starts_with("~$") || (base.starts_with(".~lock.") && base.ends_with('#'));
    // the name's length again, before the name in UTF-16
    let again = bytes.get(55..57) == Some(&[bytes.first().copied().unwrap_or(0), 0]);
    let printable = || bytes.get(1..55).is_some_and(|it| it.iter().all(|it| *it >= b' '));
    (named && bytes.len() < OWNER_FILE) || (office && again && printable())
}

/// Marks that do not stand at the beginning.
fn within(head: &[u8]) -> Option<Kind> {
    let at = |place: usize, mark: &[u8]| head.get(place..).is_some_and(|it| it.starts_with(mark));
    let brands: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"hevc", b"mif1", b"msf1", b"avif", b"heis"];
    if at(0, b"RIFF") && at(8, b"WEBP") {
        Some(refused("WebP picture", Picture))
    } else if at(4, b"ftyp") && brands.iter().any(|it| at(8, it)) {
        Some(refused("HEIC picture", Picture))
    } else if at(4, b"ftyp") {
        Some(refused("film or sound", Other))
    } else if at(0, b"BM") && at(6, &[0; 4]) {
        Some(refused("BMP picture", Picture))
    } else if at(40, b" EMF") {
        Some(refused("Windows metafile picture", Picture))
    } else if at(2, b"-lh") && at(6, b"-") {
        Some(refused("LZH archive", Archive))
    } else if at(257, b"ustar") {
        Some(refused("tar archive", Archive))
    } else {
        None
    }
}

/// The head as text, where it is text in a charset that occurs in Japan.
fn text(head: &[u8]) -> Option<String> {
    let charset = match head {
        [0xFF, 0xFE, ..] => UTF_16LE,
        [0xFE, 0xFF, ..] => UTF_16BE,
        _ if !UTF_8.decode(head.get(..head.len().saturating_sub(3)).unwrap_or(head)).2 => UTF_8,
        _ => SHIFT_JIS,
    };
    let (text, _, _) = charset.decode(head);
    let odd = text.chars().filter(|it| it.is_control() && !matches!(it, '\t' | '\r' | '\n' | '\x0C' | '\x1A')).count();
    // the last character may be cut; ISO-2022-JP is full of escapes
    let broken = text.chars().filter(|it| *it == char::REPLACEMENT_CHARACTER).count();
    let escapes = text.matches('\u{1B}').count();
    (odd == escapes && broken <= 1).then(|| text.into_owned())
}

fn by_text(name: &Name, text: &str) -> Kind {
    let lower = text.trim_start_matches('\u{FEFF}').trim_start().to_lowercase();
    let has = |marks: &[&str]| marks.iter().any(|it| lower.contains(it));
    if lower.starts_with("[internetshortcut]") || (lower.starts_with("<?xml") && has(&["<key>url</key>"])) {
        return refused("link file", CloudLink);
    }
    if name.ends(&[".webloc", ".gsheet", ".gdoc", ".gslides"]) || (lower.starts_with('{') && has(&["\"doc_id\""])) {
        return refused("link file", CloudLink);
    }
    if has(&["urn:schemas-microsoft-com:office:spreadsheet"]) && lower.starts_with('<') {
        return refused("workbook of Excel 2003 XML", OldFormat);
    }
    if has(&["opendocument.spreadsheet", "<office:spreadsheet"]) && lower.starts_with('<') {
        return refused("flat OpenDocument workbook", OldFormat);
    }
    if lower.starts_with("table\r\n0,1") || lower.starts_with("table\n0,1") {
        return refused("DIF workbook", OldFormat);
    }
    let old_name = name.ends(&[".xls", ".xlt"]);
    let page = has(&["<html", "<!doctype html", "<table"]) && lower.starts_with('<');
    if (old_name && lower.starts_with('<')) || (name.says_workbook() && page) {
        return refused("web page called a workbook", OldFormat);
    }
    if name.says_workbook() && lower.starts_with("mime-version:") {
        return refused("web archive called a workbook", OldFormat);
    }
    if lower.contains("<svg") && lower.starts_with('<') {
        return refused("SVG picture", Picture);
    }
    if page {
        return refused("web page", Other);
    }
    if name.ends(&[".csv", ".tsv"]) || is_table(text) {
        return refused("CSV", Csv);
    }
    if name.says_workbook() { refused("text called a workbook", Damaged) } else { refused("text", Other) }
}

/// Lines of the same number of commas or tabs.
fn is_table(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|it| !it.trim().is_empty()).take(6).collect();
    // the last line may be cut
    let whole = lines.get(..lines.len().saturating_sub(1)).unwrap_or_default();
    [',', '\t'].iter().any(|mark| {
        let counts: Vec<usize> = whole.iter().map(|it| it.matches(*mark).count()).collect();
        counts.len() >= 2 && counts.iter().all(|it| *it >= 2 && Some(it) == counts.first())
    })
}
