//! The company's own workbook comes back marked, whatever way it came.

use std::io::{Cursor, Read as _, Write as _};

use mail_parser::{MessageParser, MimeHeaders as _};
use uketsuke::{desk::workbook::IndicatorKind, ports::reader::Readers};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    desk::{Desk, Sent, form},
    mails, rounds,
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";

/// The files in a letter: names and bytes.
fn files(letter: &Sent) -> Vec<(String, Vec<u8>)> {
    let mail = MessageParser::default().parse(letter.raw.as_bytes()).unwrap();
    mail.attachments().map(|it| (it.attachment_name().unwrap().to_string(), it.contents().to_vec())).collect()
}

fn part(book: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(book)).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(name).ok()?.read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

fn names(book: &[u8]) -> Vec<String> {
    let archive = ZipArchive::new(Cursor::new(book)).unwrap();
    archive.file_names().map(|it| it.unwrap().into_owned()).collect()
}

/// The words of all comments in a book.
fn comments(book: &[u8]) -> String {
    let parts = names(book).into_iter().filter(|it| it.contains("omments"));
    parts.map(|it| String::from_utf8(part(book, &it).unwrap()).unwrap()).collect()
}

#[test]
fn the_company_gets_its_own_book_back_with_the_cells_marked() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("自己診断ver2.3.xlsx", form("faulty")).bytes()).settles();
    let letter = desk.letter("corrections");
    let files = files(&letter);
    assert_eq!(files.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["自己診断ver2.3_要修正.xlsx"]);
    assert!(letter.text.contains("コメント"), "{}", letter.text);
    let (before, after) = (form("faulty"), &files[0].1);
    let said = comments(after);
    assert!(said.contains("KPI") && said.contains("整数"), "{said}");
    for name in names(&before) {
        let may_change = name.contains("worksheets/") || name.ends_with("styles.xml") || name == "[Content_Types].xml";
        assert!(may_change || part(&before, &name) == part(after, &name), "{name} is as it was");
    }
    desk.balanced();
}

#[test]
fn a_marked_book_that_comes_back_mended_is_complete_and_keeps_its_name() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("自己診断.xlsx", form("faulty")).bytes()).settles();
    let (name, marked) = files(&desk.letter("corrections")).remove(0);
    desk.waits(60).receives(mails::from(HANAKO).file(&name, marked).id("2@k").bytes()).settles();
    let again = files(&desk.letter("corrections"));
    assert_eq!(again.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["自己診断_要修正.xlsx"]);
    assert_eq!(desk.case(1).revision, 2);
    desk.balanced();
}

#[test]
fn a_book_in_an_archive_comes_back_by_itself() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("自己診断.xlsx", SimpleFileOptions::default()).unwrap();
    zip.write_all(&form("faulty")).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("提出.zip", zip).bytes()).settles();
    let files = files(&desk.letter("corrections"));
    assert_eq!(files.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["自己診断_要修正.xlsx"]);
}

#[test]
fn of_two_files_each_is_marked_where_it_is_to_be_mended() {
    let mut desk = Desk::open();
    let (first, second) = (
        rounds::half(IndicatorKind::Qualitative, &[("4-2", "2.5"), ("6", "")]),
        rounds::half(IndicatorKind::Quantitative, &[("K2", "該当なし")]),
    );
    let two = mails::from(rounds::TARO).file("定性.xlsx", first).file("定量.xlsx", second);
    desk.receives(two.bytes()).settles();
    let files = files(&desk.letter("corrections"));
    let marked: Vec<(&str, Vec<String>)> = files.iter().map(|(name, book)| (name.as_str(), cells(book))).collect();
    let row = |no: &str| rounds::catalogue().rows.iter().position(|it| it.no == no).unwrap();
    let first_quantitative = row("K1");
    let cell = |no: &str| format!("D{}", 6 + row(no) % first_quantitative);
    assert_eq!(marked, [("定性_要修正.xlsx", vec![cell("4-2"), cell("6")]), ("定量_要修正.xlsx", vec![cell("K2")])]);
}

/// The cells that the comments in a book are at.
fn cells(book: &[u8]) -> Vec<String> {
    let comments = comments(book);
    let places = comments.split("<comment ").skip(1);
    places.map(|it| it.split("ref=\"").nth(1).unwrap().split('"').next().unwrap().to_string()).collect()
}

#[test]
fn a_book_whose_marking_kills_the_reader_is_answered_without_it() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).takes_in();
    let _ = desk.processes().unwrap(); // read
    desk.desk.readers = crate::desk::dying_readers(&desk.desk.rules);
    desk.settles();
    let letter = desk.letter("corrections");
    assert!(files(&letter).is_empty());
    assert!(!letter.text.contains("コメントを付けた"), "{}", letter.text);
    desk.balanced();
}

/// That no reader can be started says nothing about the book.
#[test]
fn without_a_reader_the_letter_waits_for_its_marks() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).takes_in();
    let _ = desk.processes().unwrap(); // read
    let none = Readers::new("/no/such/program".into(), &[], &desk.desk.rules, 1).unwrap();
    let readers = std::mem::replace(&mut desk.desk.readers, none);
    for _ in 0..4 {
        let error = desk.tries_to_settle().unwrap_err().to_string();
        assert!(error.contains("no reader can be started"), "{error}");
    }
    assert!(desk.letters().is_empty());
    desk.desk.readers = readers;
    desk.settles();
    assert_eq!(files(&desk.letter("corrections")).len(), 1);
    desk.balanced();
}

#[test]
fn a_book_in_an_old_format_goes_back_as_it_came() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats/faulty-libreoffice.xls");
    let old = std::fs::read(path).unwrap();
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("自己診断.xls", old.clone()).bytes()).settles();
    let letter = desk.letter("corrections");
    assert_eq!(files(&letter), [("自己診断.xls".to_string(), old)]);
    assert!(!letter.text.contains("コメントを付けた"), "{}", letter.text);
}
