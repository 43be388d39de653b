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

/// A compound file with these streams at its top ([MS-CFB]): the table, the directory, then eight sectors for each.
pub(super) fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let directory = streams.len() / 4 + 1;
    let mut table: Vec<u32> = vec![0xFFFF_FFFD];
    let chain = |table: &mut Vec<u32>, length: usize| {
        let first = u32::try_from(table.len()).unwrap();
        table.extend((1..length).map(|it| first + u32::try_from(it).unwrap()));
        table.push(0xFFFF_FFFE);
        first
    };
    chain(&mut table, directory);
    let mut entries = vec![entry("Root Entry", 5, (1, 0xFFFF_FFFF), 0xFFFF_FFFE, 0)];
    let mut content = Vec::new();
    for (at, (name, bytes)) in streams.iter().enumerate() {
        let right = if at + 1 < streams.len() { u32::try_from(at).unwrap() + 2 } else { 0xFFFF_FFFF };
        entries.push(entry(name, 2, (0xFFFF_FFFF, right), chain(&mut table, 8), 4_096));
        content.extend_from_slice(bytes);
        content.resize((at + 1) * 4_096, 0);
    }
    let mut file = vec![0_u8; 512];
    file[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    file[24..34].copy_from_slice(&[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    file[44..52].copy_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0]);
    file[60..72].copy_from_slice(&[0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF]);
    file[76..512].fill(0xFF);
    file[76..80].fill(0);
    file.extend(table.iter().flat_map(|it| it.to_le_bytes()));
    file.resize(1_024, 0xFF);
    file.extend(entries.concat());
    file.resize(1_024 + directory * 512, 0);
    file.extend(content);
    file
}

fn entry(name: &str, kind: u8, (child, right): (u32, u32), start: u32, size: u32) -> Vec<u8> {
    let mut entry = vec![0_u8; 128];
    let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    entry[..units.len()].copy_from_slice(&units);
    entry[64] = u8::try_from(units.len() + 2).unwrap();
    entry[66] = kind;
    entry[68..72].fill(0xFF);
    entry[72..76].copy_from_slice(&right.to_le_bytes());
    entry[76..80].copy_from_slice(&child.to_le_bytes());
    entry[116..120].copy_from_slice(&start.to_le_bytes());
    entry[120..124].copy_from_slice(&size.to_le_bytes());
    entry
}

fn why(name: &str, bytes: &[u8]) -> Unreadable {
    read_by(name, bytes, &[form()]).unwrap_err()
}

#[test]
fn told_by_their_bytes_not_their_names() {
    assert_eq!(why("a.xlsx", b""), Unreadable::Empty);
    assert_eq!(why("a.xlsx", b"%PDF-1.7 ..."), Unreadable::Pdf);
    for picture in [
        &b"\x89PNG\r\n\x1a\n"[..],
        b"\xFF\xD8\xFF\xE0",
        b"GIF89a",
        b"II*\0",
        b"BM\0\0\0\0\0\0\0\0",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\">",
    ] {
        assert_eq!(why("a.xlsx", picture), Unreadable::Picture, "{picture:?}");
    }
    for archive in [&b"Rar!\x1A\x07\0"[..], b"7z\xBC\xAF\x27\x1C", b"!!-lh5-aaaa", b"\x1F\x8B\x08"] {
        assert_eq!(why("a.xlsx", archive), Unreadable::Archive, "{archive:?}");
    }
    assert_eq!(why("a.xlsx", b"{\\rtf1"), Unreadable::Document);
    assert_eq!(why("a.xdw", b"\x60\x0E\x82\x01"), Unreadable::Document);
    assert_eq!(why("a.xlsx", b"hello"), Unreadable::Damaged);
    assert_eq!(why("a.txt", b"hello"), Unreadable::Other);
    assert_eq!(why("a.xls", b"<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">"), Unreadable::OldFormat);
    assert_eq!(why("a.xls", b"\x09\x04\x06\0\0\0\x10\0"), Unreadable::OldFormat);
    assert_eq!(why("winmail.dat", &[0x78, 0x9F, 0x3E, 0x22, 1]), Unreadable::Tnef);
    assert_eq!(why("a.exe", b"MZ\x90\0"), Unreadable::Other);
    assert_eq!(why("a.xlsx", &vec![b' '; (20 << 20) + 1]), Unreadable::TooLarge);
}

#[test]
fn text_of_several_kinds() {
    let sheet = b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
    assert_eq!(why("a.xml", sheet), Unreadable::OldFormat);
    let table = "No,指標,現在,目標\r\n1,A,2,3\r\n2,B,2,3\r\n3,C,2,3\r\n";
    assert_eq!(why("a.dat", table.as_bytes()), Unreadable::Csv);
    let (shift_jis, ..) = encoding_rs::SHIFT_JIS.encode(table);
    assert_eq!(why("a.dat", &shift_jis), Unreadable::Csv);
    assert_eq!(why("a.csv", "一行だけ".as_bytes()), Unreadable::Csv);
    assert_eq!(why("a.dat", "拝啓、お世話になっております。\n敬具\n".as_bytes()), Unreadable::Other);
    assert_eq!(why("a.htm", b"<!DOCTYPE html><html>"), Unreadable::Other);
}

#[test]
fn links_and_what_office_leaves_behind() {
    assert_eq!(why("a.url", b"[InternetShortcut]\r\nURL=https://example.jp/\r\n"), Unreadable::CloudLink);
    let gsheet = br#"{"url":"https://docs.google.com/open?id=1","doc_id":"1","email":"a@example.jp"}"#;
    assert_eq!(why("a.gsheet", gsheet), Unreadable::CloudLink);
    let webloc = b"<?xml version=\"1.0\"?><plist><dict><key>URL</key><string>https://example.jp/</string>";
    assert_eq!(why("a.webloc", webloc), Unreadable::CloudLink);
    assert_eq!(why("a.xlsx.lnk", b"\x4C\0\0\0\x01\x14\x02\0\0\0\0\0"), Unreadable::Shortcut);
    let mut owner = vec![4, b't', b'a', b'r', b'o'];
    owner.resize(55, b' ');
    owner.extend([4, 0, b't', 0, b'a', 0, b'r', 0, b'o', 0]);
    owner.resize(165, 0);
    assert_eq!(why("~$form.xlsx", &owner), Unreadable::LockFile);
    assert_eq!(why("form.xlsx", &owner), Unreadable::LockFile);
    assert_eq!(why(".~lock.form.ods#", b",taro,pc,01.08.2022 10:00,file:///home/taro;"), Unreadable::LockFile);
    // a book whose name begins so is a book
    assert!(read_by("~$form.xlsx", &sample("complete"), &[form()]).is_ok());
}

#[test]
fn compound_files() {
    let of = |names: &[&str]| compound(&names.iter().map(|it| (*it, &b"\0"[..])).collect::<Vec<_>>());
    assert_eq!(why("a.xlsx", &of(&["EncryptionInfo", "EncryptedPackage"])), Unreadable::Encrypted);
    assert_eq!(why("a.xls", &of(&["WordDocument"])), Unreadable::Document);
    assert_eq!(why("a.xls", &of(&["PowerPoint Document"])), Unreadable::Document);
    assert_eq!(why("a.jtd", &of(&["DocumentText"])), Unreadable::Document);
    assert_eq!(why("a.msg", &of(&["__properties_version1.0"])), Unreadable::Other);
    assert_eq!(why("a.xls", &of(&["Other"])), Unreadable::Other);
    assert_eq!(why("a.xls", &of(&["Workbook"])), Unreadable::Damaged);
    assert_eq!(why("a.xls", &of(&["Workbook"])[..700]), Unreadable::Damaged);
    let locked = [9, 8, 16, 0, 0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2F, 0, 2, 0, 1, 0];
    assert_eq!(why("a.xls", &compound(&[("Workbook", &locked)])), Unreadable::Encrypted);
}

#[test]
fn archives() {
    assert_eq!(why("a.docx", &zipped(&[("word/document.xml", b"")])), Unreadable::Document);
    assert_eq!(why("a.pptx", &zipped(&[("ppt/presentation.xml", b"")])), Unreadable::Document);
    assert_eq!(why("a.xlsx", &zipped(&[("xl/workbook.bin", b"")])), Unreadable::Damaged);
    assert_eq!(why("a.ods", &zipped(&[("content.xml", b""), ("META-INF/manifest.xml", b"")])), Unreadable::Damaged);
    assert_eq!(why("a.odt", &zipped(&[("content.xml", b""), ("META-INF/manifest.xml", b"")])), Unreadable::Document);
    assert_eq!(why("a.numbers", &zipped(&[("Index/Document.iwa", b"")])), Unreadable::Numbers);
    assert_eq!(why("a.pages", &zipped(&[("Index/Document.iwa", b"")])), Unreadable::Document);
    assert_eq!(why("a.zip", &zipped(&[("hello.txt", b"hello")])), Unreadable::Other);
    assert_eq!(why("a.xlsx", &zipped(&[("xl/workbook.xml", b"<workbook/>")])), Unreadable::Damaged);
    assert_eq!(why("a.xlsx", &sample("complete")[..100_000]), Unreadable::Damaged);
}

#[test]
fn a_workbook_that_is_not_the_form() {
    let mut book = Writer::new();
    book.add_worksheet().write(0, 0, "請求書").unwrap();
    assert_eq!(why("a.xlsx", &book.save_to_buffer().unwrap()), Unreadable::NotTheForm);
    assert_eq!(read_by("a.xlsx", &sample("complete"), &[]), Err(Unreadable::NotTheForm));
}
