//! Books that go back unmarked, and why.

use super::{
    Unmarkable, at,
    made::{MAIN, Made},
    marked, must,
};
use crate::desk::{
    rules::Bounds,
    workbook::mark::{Weight, mark},
};

fn book(inside: &str) -> Made {
    Made::of(&format!("<worksheet xmlns=\"{MAIN}\">{inside}</worksheet>"))
}

#[track_caller]
fn refused(made: &Made) -> Unmarkable {
    marked(&made.pack(), &[must("B2", "あ")]).unwrap_err()
}

#[test]
fn what_is_no_workbook_or_may_not_change() {
    let good = book("<sheetData/>");
    assert!(marked(&good.pack(), &[must("B2", "あ")]).is_ok());
    assert_eq!(marked(b"PDF", &[]), Err(Unmarkable::NotAWorkbook));
    assert_eq!(marked(b"PK\x03\x04", &[]), Err(Unmarkable::Damaged));
    let mut protected = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    protected.resize(1_024, 0);
    assert_eq!(marked(&protected, &[]), Err(Unmarkable::NotAWorkbook));
    protected.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    protected.resize(2_048, 0);
    assert_eq!(marked(&protected, &[]), Err(Unmarkable::Encrypted));
    let signed = good.clone().part("_xmlsignatures/sig1.xml", "application/xml", "<a/>");
    assert_eq!(refused(&signed), Unmarkable::Signed);
    let shared = good.clone().related(
        "xl/workbook.xml",
        &[
            ("worksheet", "worksheets/sheet1.xml"),
            ("styles", "styles.xml"),
            ("revisionHeaders", "revisions/revisionHeaders.xml"),
        ],
    );
    assert_eq!(refused(&shared), Unmarkable::Shared);
    let binary = good.replaced("spreadsheetml.sheet.main+xml", "sheet.binary.main");
    assert_eq!(refused(&binary), Unmarkable::NotAWorkbook);
}

#[test]
fn marks_that_lead_nowhere() {
    let bytes = book("<sheetData/>").pack();
    assert_eq!(marked(&bytes, &[at("別", "B2", Weight::Ask, "")]), Err(Unmarkable::NoSuchSheet("別".to_owned())));
    for cell in ["", "B", "2", "B0", "XFE1", "A1048577", "AAAA1", "B2:C3", "あ1", "R1C1"] {
        assert_eq!(marked(&bytes, &[must(cell, "")]), Err(Unmarkable::NoSuchCell(cell.to_owned())), "{cell}");
    }
}

#[test]
fn what_is_not_understood_for_sure() {
    for inside in [
        "",
        "<sheetData/><sheetData/>",
        "<sheetData><row r=\"2\"/><row r=\"2\"/></sheetData>",
        "<sheetData><row r=\"3\"/><row r=\"2\"/></sheetData>",
        "<sheetData><row r=\"x\"/></sheetData>",
        "<sheetData><row r=\"2\"><c r=\"B3\"/></row></sheetData>",
        "<sheetData><row r=\"2\"><c r=\"C2\"/><c r=\"B2\"/></row></sheetData>",
        "<sheetData><row r=\"2\"><c r=\"B2\" s=\"99\"/></row></sheetData>",
        "<sheetData><row r=\"2\"><c r=\"B2\" r=\"B2\"/></row></sheetData>",
        "<sheetData><cell/></sheetData>",
        "<sheetData/><extLst/><drawing/>",
        "<sheetData/><legacyDrawing/>",
        "<sheetData/><mergeCells><mergeCell ref=\"B2:A1\"/></mergeCells>",
        "<sheetData></worksheet>",
        "<cols><col min=\"3\" max=\"4\"/><col min=\"4\" max=\"5\"/></cols><sheetData/>",
    ] {
        assert!(matches!(refused(&book(inside)), Unmarkable::NotUnderstood(_)), "{inside}");
    }
    let good = book("<sheetData/>");
    for (from, to) in [
        ("<worksheet ", "<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet "),
        ("<worksheet ", "<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><worksheet "),
        ("<cellXfs count=\"4\">", "<cellXfs count=\"4\"><xg/>"),
        ("fillId=\"4\" borderId", "fillId=\"5\" borderId"),
        ("name=\"診断\" sheetId=\"1\" r:id=\"rId1\"", "name=\"診断\" sheetId=\"1\" r:id=\"rId9\""),
    ] {
        assert!(matches!(refused(&good.clone().replaced(from, to)), Unmarkable::NotUnderstood(_)), "{to}");
    }
    let mut wide = good.clone();
    let units: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain("<?xml version=\"1.0\" encoding=\"UTF-8\"?>".encode_utf16().flat_map(u16::to_le_bytes))
        .chain(good.text("xl/worksheets/sheet1.xml").encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    wide.parts.iter_mut().find(|(name, _)| name.ends_with("sheet1.xml")).unwrap().1 = units;
    assert!(matches!(refused(&wide), Unmarkable::NotUnderstood(_)), "UTF-16 that says it is UTF-8");
}

/// Whoever has no name would have written every comment of the company.
#[test]
fn marks_without_an_author() {
    let good = book("<sheetData/>").pack();
    for author in ["", " ", "\u{3000}\n"] {
        let found = mark(&good, &[must("B2", "あ")], author, &Bounds::default());
        assert_eq!(found, Err(Unmarkable::NoAuthor), "{author:?}");
    }
}

#[test]
fn bounds_hold() {
    let bytes = book("<sheetData><row r=\"1\"><c r=\"A1\"/><c r=\"B1\"/></row></sheetData>").pack();
    let refused = |change: fn(&mut Bounds)| {
        let mut bounds = Bounds::default();
        change(&mut bounds);
        mark(&bytes, &[must("B2", "あ")], "受付", &bounds)
    };
    assert!(refused(|_| {}).is_ok());
    for change in [
        (|it| it.workbook_bytes = 100) as fn(&mut Bounds),
        |it| it.entries = 2,
        |it| it.part_bytes = 100,
        |it| it.inflated_bytes = 1_000,
        |it| it.xml_depth = 1,
        |it| it.strings = 3,
        |it| it.cells = 1,
    ] {
        assert_eq!(refused(change), Err(Unmarkable::TooLarge));
    }
}

/// Damage anywhere is a refusal or a sound book, and never a panic.
#[test]
fn damaged_parts_are_refused_or_marked_soundly() {
    let good = book(
        "<sheetData><row r=\"2\" spans=\"1:2\"><c r=\"B2\" s=\"1\"><v>3</v></c></row></sheetData><mergeCells count=\"1\"><mergeCell ref=\"B2:C2\"/></mergeCells>",
    );
    let once = marked(&good.pack(), &[must("B2", "あ")]).unwrap();
    let parts: Vec<(String, Vec<u8>)> = super::entries(&once).into_iter().map(|(name, _, it)| (name, it)).collect();
    let mut seed = 7_u32;
    let mut next = |most: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(seed >> 8).unwrap() % most
    };
    let mut sound = 0;
    for round in 0..1_500 {
        let mut parts = parts.clone();
        let which = next(parts.len());
        let content = &mut parts[which].1;
        let place = next(content.len());
        match round % 4 {
            0 => content.truncate(place),
            1 => content[place] = b"<>/\"'=&1: x"[next(11)],
            2 => drop(content.drain(place..(place + 1 + next(30)).min(content.len()))),
            _ => {
                let piece = content[place..(place + 1 + next(60)).min(content.len())].to_vec();
                content.splice(place..place, piece);
            }
        }
        if let Ok(marked) = marked(&Made { parts }.pack(), &[must("B2", "あ"), must("D7", "い")]) {
            assert!(!super::entries(&marked).is_empty());
            sound += 1;
        }
    }
    assert!(sound > 50, "only {sound} could be marked");
}
