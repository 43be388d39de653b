use std::io::{Cursor, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

pub(super) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An OLE file with one directory entry for each name.
fn compound(names: &[&str]) -> Vec<u8> {
    let mut bytes = vec![0_u8; 512];
    bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    bytes.resize(1_024, 0xFF);
    for name in names {
        let mut entry = [0_u8; 128];
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry[..units.len()].copy_from_slice(&units);
        entry[64..66].copy_from_slice(&u16::try_from(units.len() + 2).unwrap().to_le_bytes());
        entry[66] = 2;
        bytes.extend(entry);
    }
    bytes
}

fn why(name: &str, bytes: &[u8]) -> Unreadable {
    read_by(name, bytes, &[form()]).unwrap_err()
}

#[test]
fn told_by_their_bytes_not_their_names() {
    assert_eq!(why("a.xlsx", b""), Unreadable::Empty);
    assert_eq!(why("a.xlsx", b"%PDF-1.7 ..."), Unreadable::Pdf);
    assert_eq!(why("a.xlsx", b"\x89PNG\r\n\x1a\n"), Unreadable::Picture);
    assert_eq!(why("a.xlsx", b"\xFF\xD8\xFF\xE0"), Unreadable::Picture);
    assert_eq!(why("a.heic", b"\0\0\0\x18ftypheic"), Unreadable::Picture);
    assert_eq!(why("a.xlsx", b"{\\rtf1"), Unreadable::Document);
    assert_eq!(why("a.xlsx", b"hello"), Unreadable::Damaged);
    assert_eq!(why("a.txt", b"hello"), Unreadable::Other);
    assert_eq!(why("a.xls", b"<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">"), Unreadable::OldFormat);
    assert_eq!(why("winmail.dat", &[0x78, 0x9F, 0x3E, 0x22, 1]), Unreadable::Tnef);
    assert_eq!(why("a.xlsx", &vec![b' '; (20 << 20) + 1]), Unreadable::TooLarge);
}

#[test]
fn compound_files() {
    assert_eq!(why("a.xlsx", &compound(&["EncryptionInfo", "EncryptedPackage"])), Unreadable::Encrypted);
    assert_eq!(why("a.xlsx", &compound(&["Workbook", "\u{5}SummaryInformation"])), Unreadable::OldFormat);
    assert_eq!(why("a.xls", &compound(&["Book"])), Unreadable::OldFormat);
    assert_eq!(why("a.xls", &compound(&["WordDocument"])), Unreadable::Document);
    assert_eq!(why("a.xls", &compound(&["Other"])), Unreadable::Other);
    assert_eq!(why("a.xls", &compound(&[])), Unreadable::Damaged);
    let mut locked = compound(&["Workbook"]);
    locked.resize(1_536, 0);
    locked.extend([9, 8, 16, 0, 0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2F, 0, 2, 0, 1, 0]);
    locked.resize(2_048, 0);
    assert_eq!(why("a.xls", &locked), Unreadable::Encrypted);
}

#[test]
fn archives() {
    assert_eq!(why("a.docx", &zipped(&[("word/document.xml", b"")])), Unreadable::Document);
    assert_eq!(why("a.xlsx", &zipped(&[("xl/workbook.bin", b"")])), Unreadable::OldFormat);
    assert_eq!(why("a.ods", &zipped(&[("content.xml", b""), ("META-INF/manifest.xml", b"")])), Unreadable::OldFormat);
    assert_eq!(why("a.numbers", &zipped(&[("Index/Document.iwa", b"")])), Unreadable::OldFormat);
    assert_eq!(why("a.zip", &zipped(&[("hello.txt", b"hello")])), Unreadable::Other);
    assert_eq!(why("a.xlsx", &zipped(&[("xl/workbook.xml", b"<workbook/>")])), Unreadable::Damaged);
}

#[test]
fn a_workbook_that_is_not_the_form() {
    let mut book = Writer::new();
    book.add_worksheet().write(0, 0, "請求書").unwrap();
    assert_eq!(why("a.xlsx", &book.save_to_buffer().unwrap()), Unreadable::NotTheForm);
    assert_eq!(read_by("a.xlsx", &sample("complete"), &[]), Err(Unreadable::NotTheForm));
}
