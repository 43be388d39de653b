//! What a file is, by its bytes, and whether it may be opened.

use std::io::Cursor;

use zip::ZipArchive;

use crate::desk::reading::Unreadable;

/// Largest file that is looked at; the form itself is 480 KB.
const MAX_BYTES: usize = 20 << 20;
type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Says why these bytes are no .xlsx, without inflating any of them.
pub(super) fn recognise(name: &str, bytes: &[u8]) -> Result<(), Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Err(compound_file(bytes));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_file(name, bytes);
    }
    Err(by_magic(name, bytes))
}

fn zip_file(name: &str, bytes: &[u8]) -> Result<(), Unreadable> {
    let archive: Archive<'_> = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::Damaged)?;
    let has = |part: &str| archive.file_names_raw().any(|it| it.eq_ignore_ascii_case(part.as_bytes()));
    let starts = |part: &str| archive.file_names_raw().any(|it| it.starts_with(part.as_bytes()));
    if has("xl/workbook.bin") {
        return Err(Unreadable::OldFormat);
    }
    if has("xl/workbook.xml") || (starts("xl/worksheets/") && has("[Content_Types].xml")) {
        return Ok(());
    }
    if starts("word/") || starts("ppt/") {
        return Err(Unreadable::Document);
    }
    // OpenDocument names itself in an entry `mimetype`, stored first and not deflated (ODF 1.2 part 3, §3.3)
    let head = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes)).into_owned();
    if head.contains("opendocument.spreadsheet") {
        return Err(Unreadable::OldFormat);
    }
    if head.contains("opendocument") {
        return Err(Unreadable::Document);
    }
    if has("content.xml") && has("META-INF/manifest.xml") {
        let text = [".odt", ".odp", ".odg"].iter().any(|it| name.to_lowercase().ends_with(it));
        return Err(if text { Unreadable::Document } else { Unreadable::OldFormat });
    }
    if starts("Index/") || has("Index.zip") {
        let page = [".pages", ".key"].iter().any(|it| name.to_lowercase().ends_with(it));
        return Err(if page { Unreadable::Document } else { Unreadable::OldFormat });
    }
    let called_workbook = [".xlsx", ".xlsm"].iter().any(|it| name.to_lowercase().ends_with(it));
    Err(if called_workbook { Unreadable::Damaged } else { Unreadable::Other })
}

/// An OLE compound file ([MS-CFB]): its streams say what it is. Directory entries are 128 bytes at multiples of 128,
/// so they are looked for everywhere; the chain of sectors is not followed, and nothing can loop.
fn compound_file(bytes: &[u8]) -> Unreadable {
    let names: Vec<String> = bytes.chunks_exact(128).skip(4).filter_map(directory_entry).take(4_096).collect();
    let has = |wanted: &[&str]| names.iter().any(|it| wanted.contains(&it.as_str()));
    if has(&["EncryptedPackage"]) {
        Unreadable::Encrypted
    } else if has(&["Workbook", "Book"]) {
        if has_filepass(bytes) { Unreadable::Encrypted } else { Unreadable::OldFormat }
    } else if has(&["WordDocument", "PowerPoint Document", "DocumentText", "HwpSummaryInformation"]) {
        Unreadable::Document
    } else if names.is_empty() {
        Unreadable::Damaged
    } else {
        Unreadable::Other
    }
}

/// The name in a directory entry of a stream ([MS-CFB] §2.6.1): UTF-16LE, its length in bytes at 64, its type at 66.
fn directory_entry(entry: &[u8]) -> Option<String> {
    if *entry.get(66)? != 2 {
        return None;
    }
    let length = usize::from(u16::from_le_bytes([*entry.get(64)?, *entry.get(65)?]));
    if !(4..=64).contains(&length) || length % 2 != 0 {
        return None;
    }
    let units: Vec<u16> = entry
        .get(..length - 2)?
        .chunks_exact(2)
        .filter_map(|it| Some(u16::from_le_bytes([*it.first()?, *it.get(1)?])))
        .collect();
    String::from_utf16(&units).ok().filter(|it| it.chars().all(|it| !it.is_control() || it == '\u{5}'))
}

/// Whether a BIFF8 stream begins with BOF and has FILEPASS ([MS-XLS] §2.4.117) among its first records.
fn has_filepass(bytes: &[u8]) -> bool {
    let starts =
        bytes.chunks_exact(512).enumerate().skip(1).filter(|(_, it)| it.starts_with(&[9, 8, 16, 0, 0, 6, 5, 0]));
    starts.take(8).any(|(sector, _)| {
        let mut at = sector.saturating_mul(512);
        for _ in 0..8 {
            let Some([kind, kind_high, length, length_high]) = bytes.get(at..).and_then(|it| it.first_chunk::<4>())
            else {
                return false;
            };
            if u16::from_le_bytes([*kind, *kind_high]) == 0x2F {
                return true;
            }
            at = at.saturating_add(4).saturating_add(usize::from(u16::from_le_bytes([*length, *length_high])));
        }
        false
    })
}

fn by_magic(name: &str, bytes: &[u8]) -> Unreadable {
    let pictures: [&[u8]; 8] =
        [b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\0\x18ftyphei", b"\0\0\0\x24ftyphei"];
    let head = bytes.get(..1_024).unwrap_or(bytes);
    let called = |ends: &[&str]| ends.iter().any(|it| name.to_lowercase().ends_with(it));
    if head.windows(5).take(1_020).any(|it| it == b"%PDF-") {
        Unreadable::Pdf
    } else if pictures.iter().any(|it| bytes.starts_with(it))
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        || matches!(bytes.get(4..12), Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftypavif"))
    {
        Unreadable::Picture
    } else if bytes.starts_with(&[0x78, 0x9F, 0x3E, 0x22]) {
        Unreadable::Tnef
    } else if bytes.starts_with(b"{\\rtf") {
        Unreadable::Document
    } else if bytes.starts_with(&[9, 8]) || bytes.starts_with(&[9, 4]) || is_markup_sheet(head, called(&[".xls"])) {
        Unreadable::OldFormat
    } else if called(&[".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"]) {
        Unreadable::Damaged
    } else {
        Unreadable::Other
    }
}

/// SpreadsheetML of 2003, or a web page that a program calls .xls.
fn is_markup_sheet(head: &[u8], called_xls: bool) -> bool {
    let head = String::from_utf8_lossy(head).to_lowercase();
    head.contains("urn:schemas-microsoft-com:office:spreadsheet") || (called_xls && head.trim_start().starts_with('<'))
}
