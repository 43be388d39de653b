use std::fmt::Write as _;

use super::{super::*, refused::zipped, *};

const TYPES: &[u8] = b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
const RELS: &[u8] = b"<Relationships><Relationship Id=\"r1\" Type=\"http://x/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
const BOOK: &[u8] = b"<workbook><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
const BOOK_RELS: &[u8] = b"<Relationships><Relationship Id=\"r1\" Type=\"http://x/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";

fn raw_book(sheet: &str, strings: &str) -> Vec<u8> {
    zipped(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn why(bytes: &[u8]) -> Unreadable {
    read_alone("a.xlsx", bytes, &[form()]).unwrap_err()
}

/// calamine may give up what was mutated, and must agree where it does not.
fn read_mutated(bytes: &[u8], forms: &[Form]) -> Result<Workbook, Unreadable> {
    let _gives_up = !oracle::agrees("mutated", bytes);
    read_alone("a.xlsx", bytes, forms)
}

fn sheet_of(cells: &str) -> String {
    format!("<worksheet><sheetData>{cells}</sheetData></worksheet>")
}

#[test]
fn far_cells() {
    let far = sheet_of("<row><c r=\"A1\"><v>1</v></c><c r=\"XFD1048576\"><v>1</v></c></row>");
    assert_eq!(why(&raw_book(&far, "<sst/>")), Unreadable::NotTheForm);
    for place in ["XFE1", "A1048577", "ZZZZZZZZZZ1", "A99999999999", "A0", "1", "A"] {
        let beyond = sheet_of(&format!("<row><c r=\"{place}\"><v>1</v></c></row>"));
        assert!(matches!(why(&raw_book(&beyond, "<sst/>")), Unreadable::Damaged | Unreadable::NotTheForm), "{place}");
    }
}

#[test]
fn a_lying_count_of_strings_is_not_looked_at() {
    let sheet = sheet_of("<row><c r=\"A1\" t=\"s\"><v>0</v></c></row>");
    for count in ["900", "99999999999999", "18446744073709551615", "4000000000", "99999999999999999999999999"] {
        let strings = format!("<sst uniqueCount = \"{count}\"><si><t>a</t></si></sst>");
        assert_eq!(why(&raw_book(&sheet, &strings)), Unreadable::NotTheForm, "{count}");
    }
    assert_eq!(
        why(&raw_book(&sheet, &format!("<sst>{}</sst>", "<si/>".repeat(1_000_001)))),
        Unreadable::TooManyStrings
    );
}

#[test]
fn too_many_cells_and_too_much_text() {
    let mut cells = String::new();
    for row in 1..=6_000 {
        write!(cells, "<row r=\"{row}\">{}</row>", "<c><v>1</v></c>".repeat(100)).unwrap();
    }
    assert_eq!(why(&raw_book(&sheet_of(&cells), "<sst/>")), Unreadable::TooManyCells);
    let formulas = sheet_of(&format!("<row>{}</row>", "<c><f/></c>".repeat(10_000)).repeat(51));
    assert_eq!(why(&raw_book(&formulas, "<sst/>")), Unreadable::TooManyCells);
    let long = format!("<sst><si><t>{}</t></si></sst>", "あ".repeat(100_000));
    let shared = sheet_of(&format!("<row r=\"1\">{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(10_000)));
    assert_eq!(why(&raw_book(&shared, &long)), Unreadable::InflatesTooFar);
    // a string that shows nothing and takes long to say so
    let empty = format!("<sst><si>{}</si></sst>", "<r><t/></r>".repeat(200_000));
    assert_eq!(why(&raw_book(&shared, &empty)), Unreadable::InflatesTooFar);
}

#[test]
fn what_inflates_too_far() {
    let spaces = |count: usize| vec![b' '; count];
    let book = |part: &[u8]| zipped(&[("xl/workbook.xml", b"<workbook/>"), ("a", part)]);
    assert_eq!(why(&book(&spaces(65 << 20))), Unreadable::InflatesTooFar);
    // steeply, though no more than a large book may have
    assert_eq!(why(&book(&spaces(20 << 20))), Unreadable::InflatesTooFar);
    // one part alone
    let mut noise = Vec::new();
    let mut seed = 1_u32;
    while noise.len() < 200_000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push(seed.to_be_bytes()[0]);
    }
    let sheet = [sheet_of("<row/>").into_bytes(), spaces(33 << 20)].concat();
    let large = zipped(&[
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/media/noise", &noise),
    ]);
    assert_eq!(why(&large), Unreadable::InflatesTooFar);
}

#[test]
fn nothing_nested_deeply_and_nothing_declared() {
    let deep = format!("<row><c>{}{}</c></row>", "<a>".repeat(200_000), "</a>".repeat(200_000));
    assert_eq!(why(&raw_book(&sheet_of(&deep), "<sst/>")), Unreadable::TooDeep);
    let fine = format!("<row><c>{}{}</c></row>", "<a>".repeat(60), "</a>".repeat(60));
    assert_eq!(why(&raw_book(&sheet_of(&fine), "<sst/>")), Unreadable::NotTheForm);
    let declared = "<!DOCTYPE sst [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]>";
    let uses = sheet_of("<row><c t=\"s\"><v>0</v></c></row>");
    let strings = format!("{declared}<sst><si><t>&a;&b;</t></si></sst>");
    assert_eq!(why(&raw_book(&uses, &strings)), Unreadable::Damaged);
    let inline = format!("{declared}{}", sheet_of("<row><c t=\"str\"><v>&b;</v></c></row>"));
    assert_eq!(why(&raw_book(&inline, "<sst/>")), Unreadable::Damaged);
    let many: String = (0..100_000).map(|it| format!(" a{it}=\"1\"")).collect();
    assert_eq!(why(&raw_book(&sheet_of(&format!("<row><c{many}/></row>")), "<sst/>")), Unreadable::NotTheForm);
}

#[test]
fn too_many_styles() {
    let styles = |xfs: &str, formats: &str| {
        format!("<styleSheet><numFmts>{formats}</numFmts><cellXfs>{xfs}</cellXfs></styleSheet>").into_bytes()
    };
    let book = |styles: &[u8]| {
        zipped(&[
            ("_rels/.rels", RELS),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", BOOK_RELS),
            ("xl/styles.xml", styles),
            ("xl/worksheets/sheet1.xml", sheet_of("<row/>").as_bytes()),
        ])
    };
    assert_eq!(why(&book(&styles(&"<xf/>".repeat(1_000_001), ""))), Unreadable::TooManyStrings);
    let each: String = (0..5_000).map(|it| format!("<xf numFmtId=\"{it}\"/>")).collect();
    let codes: String =
        (0..5_000).map(|it| format!("<numFmt numFmtId=\"{it}\" formatCode=\"{}\"/>", "ym".repeat(100))).collect();
    assert_eq!(why(&book(&styles(&each, &codes))), Unreadable::TooManyStrings);
    assert_eq!(why(&book(&styles(&"<xf numFmtId=\"4294967296\"/>".repeat(50_000), &codes))), Unreadable::NotTheForm);
}

#[test]
fn many_entries_and_twins() {
    let names: Vec<String> = (0..2_001).map(|it| format!("xl/media/{it}")).collect();
    let mut parts: Vec<(&str, &[u8])> = names.iter().map(|it| (it.as_str(), &b""[..])).collect();
    parts.push(("xl/workbook.xml", b"<workbook/>"));
    assert_eq!(why(&zipped(&parts)), Unreadable::TooManyEntries);
    // more than the zip crate is given at all
    let names: Vec<String> = (0..20_001).map(|it| it.to_string()).collect();
    let crowd = zipped(&names.iter().map(|it| (it.as_str(), &b""[..])).collect::<Vec<_>>());
    assert_eq!(
        (super::super::kind_of("a.zip", &crowd), why(&crowd)),
        ("zip archive of very many files", Unreadable::TooManyEntries)
    );
    assert_eq!(why(&zipped(&[("xl/workbook.xml", b"<a/>"), ("XL/Workbook.xml", b"<b/>")])), Unreadable::Damaged);
    // two entries of the very same name: the writer refuses to make them
    let mut twins = zipped(&[("xl/workbook.xml", b"<a/>"), ("xl/workbook.xmm", b"<b/>")]);
    let at: Vec<usize> =
        twins.windows(15).enumerate().filter(|(_, it)| *it == b"xl/workbook.xmm").map(|(at, _)| at).collect();
    for at in at {
        twins[at + 14] = b'l';
    }
    assert_eq!(why(&twins), Unreadable::Damaged);
}

#[test]
fn an_entry_that_understates_its_size() {
    let mut bytes = raw_book(
        &sheet_of("<row><c r=\"A1\"><v>1</v></c></row>"),
        &format!("<sst>{}</sst>", "<si><t>a</t></si>".repeat(5_000)),
    );
    let real = u32::try_from(11 + 17 * 5_000).unwrap().to_le_bytes();
    let at: Vec<usize> = bytes.windows(4).enumerate().filter(|(_, it)| *it == real).map(|(at, _)| at).collect();
    assert!(!at.is_empty());
    for at in at {
        bytes[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    assert_eq!(why(&bytes), Unreadable::InflatesTooFar);
}

#[test]
fn truncated_and_flipped_samples_do_no_harm() {
    let forms = [form()];
    for name in ["complete", "resaved-by-libreoffice"] {
        let bytes = sample(name);
        for step in 1..60 {
            let cut = bytes.len() * step / 60;
            assert!(read_by("a.xlsx", &bytes[..cut], &forms).is_err(), "{name} cut at {cut}");
        }
        // a generator of our own: the same flips each time
        let mut seed = 0x2545_F491_4F6C_DD1D_u64;
        for _ in 0..250 {
            let mut bad = bytes.clone();
            for _ in 0..4 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                // most of a sample is one picture: flip in the first and last parts
                let reach = 20_000.min(bad.len());
                let at = usize::try_from(seed >> 16).unwrap() % reach;
                let at = if seed & 1 == 0 { at } else { bad.len() - 1 - at };
                bad[at] ^= 1 << (seed & 7);
            }
            drop(read_mutated(&bad, &forms));
        }
    }
}

#[test]
fn mutated_xml_does_no_harm() {
    let forms = [form()];
    let sheet = sheet_of(
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>DX推進指標</t></is></c><c r=\"B1\" t=\"str\"><v>現在</v></c><c r=\"C1\" t=\"str\"><v>目標</v></c></row>\
         <row r=\"2\"><c r=\"A2\" t=\"str\"><v>データ鮮度</v></c><c r=\"B2\"><f>1+1</f><v>2</v></c></row>",
    );
    assert!(read_by("a.xlsx", &raw_book(&sheet, "<sst/>"), &forms).is_ok());
    for at in 0..sheet.len() {
        let mut bytes = sheet.clone().into_bytes();
        bytes[at] = b"<>&\"0\0"[at % 6];
        let mutated = String::from_utf8_lossy(&bytes).into_owned();
        drop(read_mutated(&raw_book(&mutated, "<sst/>"), &forms));
    }
}

#[test]
fn a_cell_or_sheet_that_fails_does_not_lose_the_rest() {
    let row = |at: u32, title: &str, cell: &str| {
        format!(
            "<row r=\"{at}\"><c r=\"A{at}\" t=\"str\"><v>{title}</v></c><c r=\"B{at}\" {cell}</c><c r=\"C{at}\" s=\"1\"/></row>"
        )
    };
    let head = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>DX推進指標</v></c><c r=\"B1\" t=\"str\"><v>現在</v></c><c r=\"C1\" t=\"str\"><v>目標</v></c></row>";
    let sheet = sheet_of(&format!(
        "{head}{}{}{}",
        row(2, "データ鮮度", "s=\"1\" t=\"e\"><v>#SPILL!</v>"),
        row(3, "時価総額", "><v>7</v>"),
        row(4, "業務提携の数", "t=\"s\"><v>9</v>"),
    ));
    let styles = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"0\"/></cellXfs></styleSheet>";
    let book = "<workbook><sheets><sheet name=\"a\" r:id=\"r1\"/><sheet name=\"b\" r:id=\"r2\"/></sheets></workbook>";
    let rels = "<Relationships><Relationship Id=\"r1\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"x/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>";
    let bytes = zipped(&[
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c r="),
        ("xl/worksheets/sheet2.xml", sheet.as_bytes()),
    ]);
    let book = read_by("a.xlsx", &bytes, &[form()]).unwrap();
    assert_eq!(value(&book, "K6").as_deref(), Some("7"));
    let spill = &by_no(&book, "T5").current;
    assert_eq!((spill.raw.as_deref(), spill.fault), (Some("#SPILL!"), Some(Fault::ErrorCell)));
    assert_eq!(value(&book, "D8"), None);
}
