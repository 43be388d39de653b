//! What a file is, by its bytes first and by its name where the bytes say nothing.

use std::io::Cursor;
use std::panic::catch_unwind;

use super::AttachmentKind;
use crate::desk::workbook;

/// Magic of a TNEF container, `winmail.dat` ([MS-OXTNEF] §2.1.3.1), little endian.
const TNEF: [u8; 4] = [0x78, 0x9F, 0x3E, 0x22];
const OLE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Whether it is a TNEF container.
pub(super) fn is_tnef(bytes: &[u8]) -> bool {
    bytes.starts_with(&TNEF)
}

/// Whether it is a zip of any kind, an empty one too.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") || bytes.starts_with(b"PK00PK\x03\x04")
}

/// The kind of a file. `content_type` is only asked where neither bytes nor name tell.
pub(super) fn kind(bytes: &[u8], name: &str, content_type: &str) -> AttachmentKind {
    let ending = ending(name);
    by_bytes(bytes, &ending)
        .or_else(|| by_ending(&ending))
        .or_else(|| by_type(content_type))
        .unwrap_or(AttachmentKind::Other)
}

/// The extension, lower case, without the dot.
pub(super) fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, it)| it.trim().to_lowercase()).unwrap_or_default()
}

fn by_bytes(bytes: &[u8], ending: &str) -> Option<AttachmentKind> {
    if is_zip(bytes) {
        return Some(zip_kind(bytes, ending));
    }
    if bytes.starts_with(&OLE) {
        return Some(ole_kind(bytes, ending));
    }
    if is_picture(bytes) {
        return Some(AttachmentKind::Picture);
    }
    let archives: [&[u8]; 6] = [b"Rar!\x1A\x07", b"7z\xBC\xAF\x27\x1C", b"\x1F\x8B", b"MSCF", b"BZh", b"\xFD7zXZ\x00"];
    let lzh = bytes.get(2..5) == Some(b"-lh") && bytes.get(6) == Some(&b'-');
    if lzh || archives.iter().any(|it| bytes.starts_with(it)) {
        return Some(AttachmentKind::Archive);
    }
    if bytes.starts_with(b"%PDF") || is_tnef(bytes) {
        return Some(AttachmentKind::Other);
    }
    bytes.starts_with(b"{\\rtf").then_some(AttachmentKind::Questionnaire)
}

fn is_picture(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 6] = [b"\x89PNG\r\n", b"\xFF\xD8\xFF", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"];
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let heic =
        bytes.get(4..8) == Some(b"ftyp") && matches!(bytes.get(8..12), Some(b"heic" | b"heix" | b"mif1" | b"avif"));
    let bmp = bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]);
    webp || heic || bmp || starts.iter().any(|it| bytes.starts_with(it))
}

/// An Office file is a zip with a folder of its own; what cannot be listed is taken for what its name says.
fn zip_kind(bytes: &[u8], ending: &str) -> AttachmentKind {
    if workbook::is_crowded(bytes) {
        return AttachmentKind::Archive;
    }
    let Ok(Ok(archive)) = catch_unwind(|| zip::ZipArchive::new(Cursor::new(bytes))) else {
        return by_ending(ending).unwrap_or_else(|| torn_kind(bytes));
    };
    let has = |start: &str| archive.file_names_raw().take(5_000).any(|it| it.starts_with(start.as_bytes()));
    if has("xl/") || has("Index/Tables/") || matches!(ending, "ods" | "numbers") {
        AttachmentKind::Workbook
    } else if has("word/") || ending == "odt" {
        AttachmentKind::Questionnaire
    } else if has("ppt/") || has("Index/") || (has("mimetype") && has("META-INF/")) {
        AttachmentKind::Other
    } else {
        AttachmentKind::Archive
    }
}

/// A zip that is cut off, under a name that tells nothing.
fn torn_kind(bytes: &[u8]) -> AttachmentKind {
    let head = bytes.get(..bytes.len().min(65_536)).unwrap_or_default();
    let office = head.windows(3).any(|it| it == b"xl/");
    if office { AttachmentKind::Workbook } else { AttachmentKind::Archive }
}

/// OLE is the container of the old Office formats, of encrypted new ones, and of Outlook's own mails.
fn ole_kind(bytes: &[u8], ending: &str) -> AttachmentKind {
    let head = bytes.get(..bytes.len().min(4 * 1024 * 1024)).unwrap_or_default();
    let stream = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        head.windows(wide.len()).any(|it| it == wide.as_slice())
    };
    match ending {
        "xls" | "xlsx" | "xlsm" | "xlsb" | "xlt" => AttachmentKind::Workbook,
        "doc" | "docx" | "jtd" => AttachmentKind::Questionnaire,
        "msg" | "ppt" | "pptx" | "msi" | "db" => AttachmentKind::Other,
        _ if stream("WordDocument") => AttachmentKind::Questionnaire,
        _ if stream("__properties_version1.0") || stream("PowerPoint Document") => AttachmentKind::Other,
        _ => AttachmentKind::Workbook,
    }
}

fn by_ending(ending: &str) -> Option<AttachmentKind> {
    match ending {
        "xlsx" | "xlsm" | "xls" | "xlsb" | "xltx" | "xltm" | "xlt" | "ods" | "numbers" => {
            Some(AttachmentKind::Workbook)
        }
        "txt" | "csv" | "tsv" | "docx" | "docm" | "doc" | "rtf" | "odt" | "md" | "jtd" | "pages" => {
            Some(AttachmentKind::Questionnaire)
        }
        "zip" | "lzh" | "rar" | "7z" | "gz" | "tgz" | "tar" | "cab" | "bz2" => Some(AttachmentKind::Archive),
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "webp" | "heic" | "heif" | "svg" | "emz" | "wmf"
        | "emf" => Some(AttachmentKind::Picture),
        "pdf" | "htm" | "html" | "p7s" | "p7m" | "ics" | "vcf" | "eml" | "msg" | "dat" | "asc" => {
            Some(AttachmentKind::Other)
        }
        _ => None,
    }
}

fn by_type(content_type: &str) -> Option<AttachmentKind> {
    match content_type {
        "text/plain" | "text/csv" | "text/rtf" | "application/rtf" | "application/msword" => {
            Some(AttachmentKind::Questionnaire)
        }
        "application/zip" | "application/x-zip-compressed" | "application/x-lzh" => Some(AttachmentKind::Archive),
        it if it.starts_with("image/") => Some(AttachmentKind::Picture),
        it if it.contains("spreadsheet") || it.contains("ms-excel") => Some(AttachmentKind::Workbook),
        it if it.contains("wordprocessing") => Some(AttachmentKind::Questionnaire),
        _ => None,
    }
}
