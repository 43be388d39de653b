//! Workbooks of the companies: the forms of the other tests in their names, without the pictures that only cost time.

use std::{
    collections::HashMap,
    fs,
    io::{Cursor, Read as _, Write as _},
    path::Path,
    sync::{Arc, LazyLock, Mutex},
};

use zip::{ZipArchive, ZipWriter, unstable::write::FileOptionsExt as _, write::SimpleFileOptions};

use crate::{event::Book, mails::COMPANIES};

/// Password of the locked archives.
pub const PASSWORD: &str = "saku-8824x";

type Made = Mutex<HashMap<(Option<Book>, u8), Arc<Vec<u8>>>>;
static MADE: LazyLock<Made> = LazyLock::new(Made::default);

/// A company's workbook.
pub fn book(book: Book, company: u8) -> Arc<Vec<u8>> {
    made((Some(book), company), || named(book, COMPANIES[usize::from(company)].name))
}

/// A company's good workbook in a locked archive.
pub fn locked(company: u8) -> Arc<Vec<u8>> {
    let inner = book(Book::Good, company);
    made((None, company), || {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().with_deprecated_encryption(PASSWORD.as_bytes()).unwrap();
        writer.start_file("自己診断.xlsx", options).unwrap();
        writer.write_all(&inner).unwrap();
        writer.finish().unwrap().into_inner()
    })
}

fn made(key: (Option<Book>, u8), make: impl FnOnce() -> Vec<u8>) -> Arc<Vec<u8>> {
    if let Some(it) = MADE.lock().unwrap().get(&key) {
        return it.clone();
    }
    let it = Arc::new(make());
    MADE.lock().unwrap().insert(key, it.clone());
    it
}

/// A workbook in a company's name.
pub fn named(book: Book, company: &str) -> Vec<u8> {
    let (form, named) = match book {
        Book::Good => ("complete", "有限会社ひたち精工"),
        Book::Faulty => ("faulty", "信州きのこ工房株式会社"),
        Book::Mended => ("faulty-corrected", "信州きのこ工房株式会社"),
        Book::OldVersion => ("old-version-2.2", "筑波測器株式会社"),
        Book::NoFigures => ("no-quantitative", "株式会社かすみ運輸"),
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms").join(format!("{form}.xlsx"));
    let mut form = ZipArchive::new(Cursor::new(fs::read(path).unwrap())).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..form.len() {
        let mut entry = form.by_index(n).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name.starts_with("xl/media/") {
            bytes.truncate(64);
        }
        if name == "xl/sharedStrings.xml" {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(named), "{path} names no {named}", path = name);
            bytes = text.replace(named, company).into_bytes();
        }
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The strings of a workbook, to look for what must not stand there.
pub fn strings(bytes: &[u8]) -> String {
    let mut all = String::new();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return all };
    for n in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(n) else { continue };
        let mut bytes = Vec::new();
        if entry.name().is_ok_and(|it| it.ends_with(".xml")) && entry.read_to_end(&mut bytes).is_ok() {
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    all
}
