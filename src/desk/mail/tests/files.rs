//! Attachments: what they are, what is in them, what is refused.

use std::io::{Cursor, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{SAMPLES, Unreadable, base64, folded, form, mail, outcomes, read, sample, sjis, with_files};
use crate::desk::mail::AttachmentKind;

const PNG: &[u8] = b"\x89PNG\r\n\x1A\n0000";

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A stored zip by hand: names as raw bytes, flags as given.
fn raw_zip(name: &[u8], flags: u16, content: &[u8], crc: u32) -> Vec<u8> {
    raw_zip_with(name, flags, content, crc, &[])
}

/// With an extra field of the central directory.
fn raw_zip_with(name: &[u8], flags: u16, content: &[u8], crc: u32, extra: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    let name_size = u16::try_from(name.len()).unwrap().to_le_bytes();
    let mut common = Vec::new();
    common.extend([20, 0]);
    common.extend(flags.to_le_bytes());
    common.extend([0, 0, 0, 0, 0x21, 0x54]);
    common.extend(crc.to_le_bytes());
    common.extend(size);
    common.extend(size);
    common.extend(name_size);
    let local = [b"PK\x03\x04".as_slice(), &common, &[0, 0], name, content].concat();
    common.extend(u16::try_from(extra.len()).unwrap().to_le_bytes());
    let central = [b"PK\x01\x02\x14\x00".as_slice(), &common, &[0; 14], name, extra].concat();
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    end.extend(u32::try_from(central.len()).unwrap().to_le_bytes());
    end.extend(u32::try_from(local.len()).unwrap().to_le_bytes());
    end.extend([0, 0]);
    [local, central, end].concat()
}

fn files(list: &[(&str, &[u8])]) -> Vec<(String, Result<usize, Unreadable>)> {
    outcomes(&read(&with_files("x", "本文", list)).1)
}

fn named(name: &str, what: Result<usize, Unreadable>) -> (String, Result<usize, Unreadable>) {
    (name.to_string(), what)
}

#[test]
fn samples_have_their_files() {
    let expected: [&[(&str, AttachmentKind)]; 10] = [
        &[("DX推進指標自己診断フォーマットver2.3_ひたち精工.xlsx", AttachmentKind::Workbook)],
        &[("自己診断　信州きのこ工房.xlsx", AttachmentKind::Workbook)],
        &[("", AttachmentKind::Workbook)],
        &[("DX推進指標自己診断フォーマットver2.2.xlsx", AttachmentKind::Workbook)],
        &[("image001.png", AttachmentKind::Picture)],
        &[],
        &[],
        &[("自己診断.zip", AttachmentKind::Archive)],
        &[],
        &[],
    ];
    for (name, expected) in SAMPLES.iter().zip(expected) {
        let (mail, files) = read(&sample(name));
        assert_eq!(mail.attachments.len(), expected.len(), "{name}: {:?}", mail.attachments);
        for (it, (file, kind)) in mail.attachments.iter().zip(expected) {
            assert!(file.is_empty() || it.name == *file, "{name}: {}", it.name);
            assert_eq!(it.kind, *kind, "{name}");
        }
        assert!(files.iter().all(|it| it.content.is_ok()), "{name}");
    }
    let (_, inner) = read(&sample("08-zip"));
    assert_eq!((inner[0].name.as_str(), inner[0].kind), ("自己診断フォーマット.xlsx", AttachmentKind::Workbook));
}

#[test]
fn kinds_by_bytes_first() {
    let ole = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 600]].concat();
    let word: Vec<u8> = "WordDocument".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let old_word = [ole.as_slice(), &word].concat();
    let docx = zipped(&[("word/document.xml", b"<w:p><w:r><w:t>1. \xE5\xAF\xBE\xE9\x9D\xA2</w:t></w:r></w:p>")]);
    let cut = &form("complete")[..2_000];
    let cases: [(&str, &[u8], AttachmentKind); 13] = [
        ("a.dat", &form("complete"), AttachmentKind::Workbook),
        ("a.txt", &form("blank"), AttachmentKind::Workbook),
        ("cut.xlsx", cut, AttachmentKind::Workbook),
        ("a.xls", &ole, AttachmentKind::Workbook),
        ("a", &ole, AttachmentKind::Workbook),
        ("a", &old_word, AttachmentKind::Questionnaire),
        ("a.xlsx", PNG, AttachmentKind::Picture),
        ("a.pdf", b"%PDF-1.7", AttachmentKind::Other),
        ("a.docx", &docx, AttachmentKind::Questionnaire),
        ("a.csv", b"1,2", AttachmentKind::Questionnaire),
        ("a.lzh", b"\x20\x00-lh5-xxxx", AttachmentKind::Archive),
        ("garbage.xlsx", b"????", AttachmentKind::Workbook),
        ("a.bin", b"????", AttachmentKind::Other),
    ];
    for (name, bytes, kind) in cases {
        let (mail, _) = read(&with_files("x", "", &[(name, bytes)]));
        assert_eq!(mail.attachments[0].kind, kind, "{name}");
        assert_eq!(mail.attachments[0].bytes, bytes.len(), "{name}");
    }
    let text = crate::desk::mail::document_text("a.docx", &docx).unwrap();
    assert_eq!(text, "1. 対面\n");
}

#[test]
fn boxes_of_documents_and_columns_of_csv_files() {
    let text =
        |xml: &str| crate::desk::mail::document_text("a.docx", &zipped(&[("word/document.xml", xml.as_bytes())]));
    let field = |checked: &str| {
        format!("<w:ffData><w:checkBox><w:sizeAuto/><w:default w:val=\"0\"/>{checked}</w:checkBox></w:ffData>")
    };
    let table = format!(
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>支援</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r>{}<w:t>対面</w:t>{}<w:t>オンライン</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        field(""),
        field("<w:checked/>"),
    );
    assert_eq!(text(&table).unwrap(), "支援\t☐対面☑オンライン\t\n");
    let symbols = "<w:p><w:r><w:sym w:font=\"Wingdings\" w:char=\"F0FE\"/><w:t>対面</w:t><w:sym w:font=\"Wingdings\" w:char=\"F0A8\"/><w:t>オンライン</w:t></w:r></w:p>";
    assert_eq!(text(symbols).unwrap(), "☑対面☐オンライン\n");
    let control = "<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val=\"1\"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t>対面</w:t></w:r></w:p>";
    assert_eq!(text(control).unwrap(), "☒対面\n");
    let csv = "参加者,\"田中, 佐藤\"\n困りごと,\"紙が\n多い \"\"とても\"\"\"\n";
    let told = crate::desk::mail::document_text("a.csv", csv.as_bytes()).unwrap();
    assert_eq!(told.trim_end(), "参加者\t田中, 佐藤\n困りごと\t紙が 多い \"とても\"");
}

#[test]
fn archives_are_opened() {
    let book = form("complete");
    let inner = zipped(&[("深い/自己診断.xlsx", &book)]);
    let litter = zipped(&[
        ("提出/自己診断.xlsx", &book),
        ("__MACOSX/提出/._自己診断.xlsx", b"x"),
        ("提出/.DS_Store", b"x"),
        ("提出/~$自己診断.xlsx", b"x"),
        ("提出/空.xlsx", b""),
    ]);
    assert_eq!(
        files(&[("a.zip", &litter)]),
        [named("自己診断.xlsx", Ok(book.len())), named("空.xlsx", Err(Unreadable::Empty))]
    );
    let twice = zipped(&[("b.zip", &inner)]);
    assert_eq!(files(&[("a.zip", &twice)]), [named("自己診断.xlsx", Ok(book.len()))]);
    let thrice = zipped(&[("c.zip", &twice)]);
    assert_eq!(files(&[("a.zip", &thrice)]), [named("b.zip", Err(Unreadable::TooManyEntries))]);
    assert_eq!(files(&[("a.zip", &zipped(&[]))]), [named("a.zip", Err(Unreadable::Empty))]);
    assert_eq!(files(&[("a.zip", &litter[..2_000])]), [named("a.zip", Err(Unreadable::Damaged))]);
    assert_eq!(files(&[("a.7z", b"7z\xBC\xAF\x27\x1C")]), [named("a.7z", Err(Unreadable::Archive))]);
}

#[test]
fn names_in_archives() {
    // crc32 of "data"
    let crc = 0xADF3_F363;
    for name in [sjis("表計算\\自己診断.txt"), "表計算/自己診断.txt".as_bytes().to_vec()] {
        assert_eq!(files(&[("a.zip", &raw_zip(&name, 0, b"data", crc))]), [named("自己診断.txt", Ok(4))]);
    }
}

/// The extra field 0x7075 of Info-ZIP (APPNOTE §4.6.9): the name as UTF-8, good for the name whose CRC it tells.
fn unicode_path(header_name: &[u8], name: &str) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(header_name);
    let body = [b"\x01".as_slice(), &crc.sum().to_le_bytes(), name.as_bytes()].concat();
    [b"\x75\x70".as_slice(), &u16::try_from(body.len()).unwrap().to_le_bytes(), &body].concat()
}

#[test]
fn names_in_archives_as_info_zip_writes_them() {
    let crc = 0xADF3_F363;
    let with = |header: &[u8], extra: &[u8]| files(&[("a.zip", &raw_zip_with(header, 0, b"data", crc, extra))]);
    let header = sjis("表計算/自己診断〜.txt");
    // kanji that no Shift_JIS has
    let extra = unicode_path(&header, "表計算/自己診断𠮷野.txt");
    assert_eq!(with(&header, &extra), [named("自己診断𠮷野.txt", Ok(4))]);
    assert_eq!(
        with(b"??/????.txt", &unicode_path(b"??/????.txt", "書類/自己診断.txt")),
        [named("自己診断.txt", Ok(4))]
    );
    // the entry was renamed by a program that knows nothing of the field
    let renamed = sjis("表計算/ソフト.txt");
    assert_eq!(with(&renamed, &extra), [named("ソフト.txt", Ok(4))]);
    for broken in [&extra[..5], &extra[..8], b"\x75\x70\xFF\xFF".as_slice()] {
        let found = with(&renamed, broken);
        assert!(
            found == [named("ソフト.txt", Ok(4))] || found == [named("a.zip", Err(Unreadable::Damaged))],
            "{found:?}"
        );
    }
}

#[test]
fn encrypted_archives_are_told() {
    let locked = raw_zip(&sjis("自己診断.xlsx"), 1, b"data", 0);
    assert_eq!(files(&[("書類.zip", &locked)]), [named("書類.zip", Err(Unreadable::EncryptedArchive))]);
}

#[test]
fn bombs_hit_a_bound() {
    let zeros = vec![0_u8; 33 * 1024 * 1024];
    let bomb = zipped(&[("a.bin", &zeros), ("b.bin", &zeros)]);
    let found = files(&[("bomb.zip", &bomb)]);
    assert_eq!(found, [named("a.bin", Ok(zeros.len())), named("bomb.zip", Err(Unreadable::InflatesTooFar))]);
    let names: Vec<String> = (0..300).map(|it| format!("{it}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|it| (it.as_str(), b"x".as_slice())).collect();
    let found = files(&[("many.zip", &zipped(&many))]);
    assert_eq!((found.len(), found[200].1), (201, Err(Unreadable::TooManyEntries)));
}

#[test]
fn refused_files() {
    let found = files(&[
        ("winmail.dat", b"\x78\x9F\x3E\x22rest"),
        ("empty.xlsx", b""),
        ("smime.p7s", b"x"),
        ("invite.ics", b"x"),
        ("ATT00001.txt", b"x"),
        ("scan.pdf", b"%PDF-1.4"),
    ]);
    let expected = [
        named("winmail.dat", Err(Unreadable::Tnef)),
        named("empty.xlsx", Err(Unreadable::Empty)),
        named("scan.pdf", Ok(8)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn too_many_attachments_are_told() {
    let names: Vec<String> = (0..60).map(|it| format!("{it}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|it| (it.as_str(), b"x".as_slice())).collect();
    let (mail, found) = read(&with_files("x", "本文", &many));
    assert_eq!(mail.attachments.len(), 50);
    assert_eq!(outcomes(&found)[50], named("50.txt", Err(Unreadable::TooManyEntries)));
}

#[test]
fn nesting_is_bounded_and_told() {
    let mut body = String::new();
    for depth in 0..20 {
        body.push_str(&format!("--b{depth}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", depth + 1));
    }
    body.push_str("--b20\r\nContent-Type: text/plain\r\n\r\ndeep\r\n");
    let (mail, found) = read(&mail(&[b"From: a@x.jp", b"Content-Type: multipart/mixed; boundary=b0"], body.as_bytes()));
    assert_eq!(mail.text, "");
    assert_eq!(outcomes(&found), [named("", Err(Unreadable::TooManyEntries))]);
}

fn forwarded(inner: &[u8], coded: bool) -> Vec<u8> {
    let (encoding, content) =
        if coded { ("base64", folded(&base64(inner)).into_bytes()) } else { ("8bit", inner.to_vec()) };
    let head = format!(
        "--f\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n転送します\r\n--f\r\nContent-Type: message/rfc822\r\n\
         Content-Transfer-Encoding: {encoding}\r\nContent-Disposition: attachment\r\n\r\n"
    );
    let body = [head.as_bytes(), &content, b"\r\n--f--\r\n"].concat();
    mail(&[b"From: a@x.jp", b"Content-Type: multipart/mixed; boundary=f"], &body)
}

#[test]
fn forwarded_mails_are_opened() {
    let book = form("complete");
    let inner = with_files("中", "中の文", &[("自己診断.xlsx", &book)]);
    for coded in [false, true] {
        let (mail, found) = read(&forwarded(&inner, coded));
        assert_eq!(mail.text.trim(), "転送します");
        assert_eq!(outcomes(&found), [named("自己診断.xlsx", Ok(book.len()))]);
        let kinds: Vec<AttachmentKind> = mail.attachments.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [AttachmentKind::Other, AttachmentKind::Workbook]);
    }
    // As a file of no type, and a forward in a forward.
    let (_, found) = read(&with_files("x", "本文", &[("転送.eml", &forwarded(&inner, false))]));
    assert_eq!(outcomes(&found), [named("自己診断.xlsx", Ok(book.len()))]);
}

#[test]
fn inline_files_count() {
    let png = base64(PNG);
    let body = format!(
        "--r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>提出<img src=\"cid:1\"></p>\r\n--r\r\nContent-Type: image/png\r\n\
         Content-ID: <1>\r\nContent-Disposition: inline; filename=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\n{png}\r\n--r--\r\n"
    );
    let (mail, _) = read(&mail(&[b"From: a@x.jp", b"Content-Type: multipart/related; boundary=r"], body.as_bytes()));
    assert_eq!(mail.text.trim(), "提出");
    assert_eq!((mail.attachments[0].name.as_str(), mail.attachments[0].kind), ("logo.png", AttachmentKind::Picture));
}

#[test]
fn a_mail_that_is_a_file() {
    let book = form("complete");
    let header: [&[u8]; 4] = [
        b"From: a@x.jp",
        b"Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        b"Content-Disposition: attachment; filename=a.xlsx",
        b"Content-Transfer-Encoding: base64",
    ];
    let (mail, found) = read(&mail(&header, folded(&base64(&book)).as_bytes()));
    assert_eq!((mail.text.as_str(), outcomes(&found)), ("", vec![named("a.xlsx", Ok(book.len()))]));
}
