//! What the reader of .xlsx makes of packages as programs write them, and as they should not.

use super::{
    super::book::{Book, Cell, Datum, Sheet},
    refused::zipped,
    *,
};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn link(id: &str, kind: &str, target: &str) -> String {
    format!("<Relationship Id=\"{id}\" Type=\"{LINKS}/{kind}\" Target=\"{target}\"/>")
}

/// A book of one sheet called 「a」, with other parts as they are given.
fn book(sheet: &[u8], others: &[(&str, &[u8])]) -> Vec<u8> {
    let roots = format!("<Relationships>{}</Relationships>", link("r1", "officeDocument", "xl/workbook.xml"));
    let links = [("wor", "worksheet"), ("sha", "sharedStrings"), ("sty", "styles")]
        .map(|(id, kind)| link(id, kind, &format!("{kind}.xml")))
        .concat();
    let links = format!("<Relationships>{links}</Relationships>");
    let listed = format!(
        "<workbook xmlns:r=\"{LINKS}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"wor\"/></sheets></workbook>"
    );
    let usual: [(&str, &[u8]); 4] = [
        ("_rels/.rels", roots.as_bytes()),
        ("xl/workbook.xml", listed.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/worksheet.xml", sheet),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !others.iter().any(|it| it.0 == *name));
    zipped(&kept.chain(others.iter().copied().filter(|it| !it.1.is_empty())).collect::<Vec<_>>())
}

fn opened(bytes: &[u8]) -> Book {
    let book = open_xlsx(bytes, &Bounds::default()).unwrap();
    assert!(oracle::agrees("book", bytes), "calamine cannot read it");
    book
}

/// Where calamine reads another thing on purpose of ours, or gives up: places beyond a sheet, values of no type, sheets in
/// UTF-16, parts by other names, sheets without a part.
fn alone(bytes: &[u8]) -> Book {
    open_xlsx(bytes, &Bounds::default()).unwrap()
}

fn rows(rows: &str) -> String {
    format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")
}

fn sheet(content: &str) -> Sheet {
    opened(&book(rows(content).as_bytes(), &[])).sheets.remove(0)
}

/// Places and texts, in order.
fn texts(sheet: &Sheet) -> Vec<(u32, u32, &str)> {
    sheet.cells.into_iter().map(|((row, column), cell)| (*row, *column, &*cell.text)).collect()
}

fn strings_shown(strings: &str, count: usize) -> Vec<String> {
    let cells: String = (0..count).map(|it| format!("<c t=\"s\"><v>{it}</v></c>")).collect();
    let bytes = book(rows(&format!("<row>{cells}</row>")).as_bytes(), &[("xl/sharedStrings.xml", strings.as_bytes())]);
    let sheet = opened(&bytes).sheets.remove(0);
    let shown =
        |it| sheet.cells.get(&(0, u32::try_from(it).unwrap())).map(|it| it.text.to_string()).unwrap_or_default();
    (0..count).map(shown).collect()
}

#[test]
fn cells_without_places_and_out_of_order() {
    let found = sheet("<row><c><v>1</v></c><c/><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>");
    assert_eq!(texts(&found), [(0, 0, "1"), (0, 2, "2"), (2, 0, "3")]);
    let found = sheet(
        "<row r=\"5\"><c r=\"C5\"><v>1</v></c><c><v>2</v></c><c r=\"A5\"><v>3</v></c></row><row><c><v>4</v></c></row>",
    );
    assert_eq!(texts(&found), [(4, 0, "3"), (4, 2, "1"), (4, 3, "2"), (5, 0, "4")]);
    // of two cells in one place the later one counts, unless it is empty
    let found = sheet("<row><c r=\"A1\"><v>1</v></c><c r=\"a1\"><v>2</v></c><c r=\"A1\"/></row>");
    assert_eq!(texts(&found), [(0, 0, "2")]);
    let beyond = rows("<row><c r=\"XFD1048576\"><v>1</v></c><c r=\"A0\"><v>2</v></c><c r=\"XFE1\"><v>3</v></c></row>");
    let found = alone(&book(beyond.as_bytes(), &[])).sheets.remove(0);
    assert_eq!(texts(&found), [(1_048_575, 16_383, "1")]);
}

#[test]
fn values_of_each_type() {
    let typed = rows(
        "<row><c><v>1.50</v></c><c t=\"n\"><v>1E2</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#REF!</v></c>\
         <c t=\"str\"><v>a&amp;b &#x3042;&lt;_x000D_\n</v></c><c t=\"str\"><v><![CDATA[<&>]]></v></c>\
         <c t=\"inlineStr\"><is><r><t>a</t></r><r><t xml:space=\"preserve\"> b</t></r><rPh><t>カナ</t></rPh></is><v>9</v></c>\
         <c><v>word</v></c></row>",
    );
    let found = alone(&book(typed.as_bytes(), &[])).sheets.remove(0);
    let shown: Vec<&str> = found.cells.values().map(|it| &*it.text).collect();
    assert_eq!(shown, ["1.5", "100", "TRUE", "#REF!", "a&b あ<\n", "<&>", "a b", "word"]);
    let odd = rows(
        "<row><c t=\"e\"><v>#SPILL!</v></c><c t=\"b\"><v>2</v></c><c t=\"s\"><v>7</v></c><c t=\"n\"><v>x</v></c>\
         <c t=\"q\"><v>1</v></c><c t=\"str\"><v>&who;</v></c><c><v>NaN</v></c><c><v>1e999</v></c><c><v>5</v></c></row>",
    );
    let odd = alone(&book(odd.as_bytes(), &[])).sheets.remove(0);
    let shown: Vec<(&str, bool)> = odd.cells.values().map(|it| (&*it.text, it.datum == Datum::Error)).collect();
    let unknown = ("#?", true);
    assert_eq!(
        shown,
        [
            ("#SPILL!", true),
            unknown,
            unknown,
            unknown,
            unknown,
            unknown,
            ("NaN", false),
            ("1e999", false),
            ("5", false)
        ]
    );
}

#[test]
fn dates_of_both_epochs_and_of_strict_books() {
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"m&quot;月&quot;d&quot;日&quot;\"/></numFmts>\
                  <cellXfs><xf/><xf numFmtId=\"164\"/><xf numFmtId=\"20\"/></cellXfs>\
                  <dxfs><dxf><numFmt numFmtId=\"164\" formatCode=\"0.0\"/></dxf></dxfs></styleSheet>";
    let cells = rows(
        "<row><c s=\"1\"><v>44652</v></c><c s=\"1\" t=\"d\"><v>2022-04-01T00:00:00.000</v></c><c t=\"d\"><v>2022-04-01</v></c>\
         <c s=\"2\" t=\"d\"><v>1899-12-30T08:02:00Z</v></c><c t=\"d\"><v>soon</v></c></row>",
    );
    let parts: [(&str, &[u8]); 1] = [("xl/styles.xml", styles.as_bytes())];
    let found = alone(&book(cells.as_bytes(), &parts));
    let cells: Vec<Cell> = found.sheets[0].cells.values().cloned().collect();
    let cell = |text: &str, datum| Cell { text: text.into(), datum };
    let date = Datum::Date(4, 1);
    let wanted = [
        cell("4月1日", date),
        cell("4月1日", date),
        cell("2022/4/1", date),
        cell("8:2", Datum::Time),
        cell("soon", Datum::Text),
    ];
    assert_eq!(cells, wanted);
    let listed = "<workbook xmlns:q=\"x\"><workbookPr date1904=\"true\"/><sheets><sheet name=\"a\" q:id=\"wor\"/></sheets>\
                  <extLst><ext><x15:workbookPr date1904=\"0\"/></ext></extLst></workbook>";
    let cells = rows("<row><c s=\"1\"><v>43190</v></c></row>");
    let found = alone(&book(cells.as_bytes(), &[("xl/workbook.xml", listed.as_bytes()), parts[0]]));
    assert_eq!(texts(&found.sheets[0]), [(0, 0, "4月1日")]);
}

#[test]
fn formulas_and_their_results() {
    let head = "<row><c t=\"str\"><v>現在</v></c></row>";
    let found = sheet(&format!(
        "{head}<row><c><f t=\"shared\" si=\"0\" ref=\"A2:C2\">1+1</f><v>2</v></c><c><f t=\"shared\" si=\"0\"/><v/></c>\
         <c><f>B2</f></c><c t=\"str\"><f>\"\"</f><v></v></c><c><f>1/0</f><v>#</v></c></row>"
    ));
    let mut formulas: Vec<_> = found.formulas.iter().copied().collect();
    formulas.sort_unstable();
    assert_eq!(formulas, [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]);
    let lacking: Vec<_> = found.cells.into_iter().filter(|it| it.1.datum == Datum::NoResult).map(|it| it.0).collect();
    assert_eq!(lacking, [(1, 1), (1, 2)]);
}

#[test]
fn strings_as_programs_write_them() {
    let reading = "<rPh sb=\"0\" eb=\"2\"><t>ヨミ</t></rPh><phoneticPr fontId=\"1\"/>";
    let all = format!(
        "<si><t>企業{reading}</t></si><si><t>一</t>{reading}</si><si><r><rPr><b/></rPr><t>二</t></r><r><t xml:space=\"preserve\"> 三</t></r>{reading}</si>\
         <si><r><rPr><rFont val=\"a>b/></rPr>c\"/><b></b></rPr><t>六</t></r></si>\
         <si/><si><t/></si><si ><t> 四 </t></si><si><t xml:space=\"preserve\"> 五 </t></si><si><t>&lt;_x005F_x000D_&#65;</t></si><si><t>_xD83D__xDCF7_</t></si>"
    );
    let all = all.replacen(&format!("企業{reading}"), "企業", 1);
    let wanted = ["企業", "一", "二 三", "六", "", "", "四", " 五 ", "<_x000D_A", "📷"];
    for text in [
        format!("<sst xmlns=\"{MAIN}\" count=\"9\" uniqueCount=\"9\">{all}</sst>"),
        format!("<?xml version=\"1.0\"?>\r\n<!-- <si> --><sst><!-- <si><t>no</t></si> -->{all}<extLst/></sst>"),
        format!("\u{FEFF}<sst>{all}</sst>"),
        format!("<x:sst xmlns:x=\"{MAIN}\">{}</x:sst>", prefixed(&all)),
        format!("<sst\n xmlns:x=\"{MAIN}\">{all}</sst>"),
    ] {
        assert_eq!(strings_shown(&text, wanted.len()), wanted, "{text}");
    }
}

fn prefixed(xml: &str) -> String {
    xml.replace("</", "\u{0}").replace('<', "<x:").replace('\u{0}', "</x:")
}

#[test]
fn namespaces_encodings_and_names() {
    let plain = rows("<row><c t=\"inlineStr\"><is><t>現在</t></is></c></row>");
    let strict = plain.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main");
    let prefix = prefixed(&plain).replace("xmlns", "xmlns:x");
    let little: Vec<u8> = [0xFEFF].into_iter().chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [b"\xEF\xBB\xBF", plain.as_bytes()].concat();
    for part in [plain.as_bytes(), strict.as_bytes(), prefix.as_bytes(), &marked] {
        assert_eq!(texts(&opened(&book(part, &[])).sheets[0]), [(0, 0, "現在")]);
    }
    for part in [&little, &big] {
        assert_eq!(texts(&alone(&book(part, &[])).sheets[0]), [(0, 0, "現在")]);
    }
    for name in ["xl\\worksheet.xml", "/xl/worksheet.xml", "XL/Worksheet.XML"] {
        let found = alone(&book(plain.as_bytes(), &[("xl/worksheet.xml", b""), (name, plain.as_bytes())]));
        assert_eq!((found.torn, texts(&found.sheets[0])), (false, vec![(0, 0, "現在")]), "{name}");
    }
    for target in ["../xl/worksheet.xml", "/xl/./worksheet.xml", "..\\xl\\worksheet.xml"] {
        let links = format!("<Relationships>{}</Relationships>", link("wor", "worksheet", target));
        let found = alone(&book(plain.as_bytes(), &[("xl/_rels/workbook.xml.rels", links.as_bytes())]));
        assert_eq!(texts(&found.sheets[0]), [(0, 0, "現在")], "{target}");
    }
}

#[test]
fn what_lies_outside_is_never_followed() {
    let outside = link("wor", "worksheet", "file:///etc/passwd").replace("/>", " TargetMode=\"External\"/>");
    let links = format!("<Relationships>{outside}</Relationships>");
    let found = alone(&book(rows("").as_bytes(), &[("xl/_rels/workbook.xml.rels", links.as_bytes())]));
    assert!(found.torn && found.sheets.is_empty());
}

#[test]
fn sheets_that_are_hidden_and_sheets_without_cells() {
    let listed = "<workbook xmlns:r=\"x\"><sheets><sheet name=\"a&amp;b\" r:id=\"wor\" state=\"veryHidden\"/><sheet name=\"c\" r:id=\"cha\"/>\
                  <sheet name=\"m\" r:id=\"mac\"/><sheet name=\"gone\" r:id=\"none\"/></sheets></workbook>";
    let links = [
        link("wor", "worksheet", "worksheet.xml"),
        link("cha", "chartsheet", "c.xml"),
        link("mac", "xlMacrosheet", "m.xml"),
    ]
    .concat();
    let links = format!("<Relationships>{links}</Relationships>");
    let found = alone(&book(
        rows("<row/>").as_bytes(),
        &[("xl/workbook.xml", listed.as_bytes()), ("xl/_rels/workbook.xml.rels", links.as_bytes())],
    ));
    let names: Vec<_> = found.sheets.iter().map(|it| (it.name.as_str(), it.hidden)).collect();
    assert_eq!((names, found.torn, found.macros), (vec![("a&b", true)], true, true));
}

/// Excel lists a module of VBA 5 as a sheet without a part.
#[test]
fn a_module_without_a_part_is_no_sheet() {
    let listed = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets><sheet name=\"Module1\" sheetId=\"1\" r:id=\"\"/><sheet name=\"a\" sheetId=\"2\" r:id=\"gone\"/></sheets></workbook>"
    );
    let found = alone(&book(b"", &[("xl/workbook.xml", listed.as_bytes())]));
    assert_eq!((found.sheets.len(), found.torn), (0, true));
    let found = alone(&book(b"", &[("xl/workbook.xml", listed.replace("gone", "").as_bytes())]));
    assert_eq!((found.sheets.len(), found.torn), (0, false));
}

#[test]
fn macros_are_noted() {
    let plain = rows("");
    let types = |kind: &str| {
        format!(
            "<Types><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.{kind}.main+xml\"/></Types>"
        )
    };
    let with = |name: &str, part: &str| opened(&book(plain.as_bytes(), &[(name, part.as_bytes())])).macros;
    assert!(with("xl/vbaProject.bin", "?"));
    assert!(with("[Content_Types].xml", &types("ms-excel.sheet.macroEnabled")));
    assert!(!with("[Content_Types].xml", &types("openxmlformats-officedocument.spreadsheetml.sheet")));
    assert!(!with(
        "[Content_Types].xml",
        "<Types><Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/></Types>"
    ));
}

#[test]
fn hidden_rows_are_those_with_cells() {
    let found = sheet(
        "<row hidden=\"1\"><c><v>1</v></c></row><row ht=\"0\" customHeight=\"1\"><c><v>2</v></c></row>\
         <row ht=\"0.75\" hidden=\"0\"><c><v>3</v></c></row><row hidden=\"true\"><c/></row>",
    );
    let mut hidden: Vec<u32> = found.hidden_rows.into_iter().collect();
    hidden.sort_unstable();
    assert_eq!(hidden, [0, 1]);
}

#[test]
fn merged_ranges_and_a_broken_end() {
    let head = format!("<worksheet xmlns=\"{MAIN}\"><sheetData><row><c t=\"str\"><v>現在</v></c></row></sheetData>");
    let merged = |end: &str| alone(&book(format!("{head}{end}").as_bytes(), &[])).sheets.remove(0).merged;
    let ranges = "<mergeCells count=\"9\"><mergeCell ref=\"A1:B2\"/><mergeCell ref=\"B3:$\"/><mergeCell ref=\"C3\"/></mergeCells>";
    assert_eq!(merged(&format!("{ranges}</worksheet>")).into_iter().collect::<Vec<_>>(), [((0, 0), 1), ((2, 2), 2)]);
    assert_eq!(merged(&format!("{ranges}<broken")).len(), 2);
    assert_eq!(merged("<broken").len(), 0);
}

#[test]
fn archives_as_programs_write_them() {
    use std::io::{Cursor, Write as _};
    use zip::{
        ZipWriter,
        write::{SimpleFileOptions, StreamWriter},
    };
    let parts = [
        ("_rels/.rels", format!("<Relationships>{}</Relationships>", link("r1", "officeDocument", "xl/workbook.xml"))),
        ("xl/_rels/workbook.xml.rels", format!("<Relationships>{}</Relationships>", link("wor", "worksheet", "s.xml"))),
        (
            "xl/workbook.xml",
            "<workbook xmlns:r=\"x\"><sheets><sheet name=\"a\" r:id=\"wor\"/></sheets></workbook>".to_owned(),
        ),
        ("xl/s.xml", rows("<row><c><v>7</v></c></row>")),
    ];
    let written = |mut zip: ZipWriter<StreamWriter<Vec<u8>>>, options: SimpleFileOptions| {
        for (name, part) in &parts {
            zip.start_file(*name, options).unwrap();
            zip.write_all(part.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let plain = SimpleFileOptions::default();
    // sizes behind the data, as programs write that cannot go back
    let streamed = written(ZipWriter::new_stream(Vec::new()), plain);
    let stored = written(ZipWriter::new_stream(Vec::new()), plain.compression_method(zip::CompressionMethod::Stored));
    let mut large = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in &parts {
        large.start_file(*name, plain.large_file(true)).unwrap();
        large.write_all(part.as_bytes()).unwrap();
    }
    let large = large.finish().unwrap().into_inner();
    // what a mail gateway puts behind it
    let trailed = [&large[..], b"\r\n"].concat();
    for bytes in [streamed, stored, large, trailed] {
        assert_eq!(texts(&open_xlsx(&bytes, &Bounds::default()).unwrap().sheets[0]), [(0, 0, "7")]);
    }
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let whole = book(rows("<row><c><v>7</v></c></row>").as_bytes(), &[("xl/x", b"1"), ("xl/y", b"2")]);
    assert_eq!(opened(&whole).sheets.len(), 1);
    let places = |what: &[u8]| {
        whole.windows(what.len()).enumerate().filter(|it| it.1 == what).map(|it| it.0).collect::<Vec<_>>()
    };
    let records = places(b"PK\x01\x02");
    // the last record points where the one before it does, with a name of its own in the directory alone
    let [.., before, last] = records[..] else { panic!("{records:?}") };
    let mut twin = whole.clone();
    twin.copy_within(before + 42..before + 46, last + 42);
    assert_eq!(open_xlsx(&twin, &Bounds::default()), Err(Unreadable::Damaged));
    // and with the same name as its neighbour's header: overlapping is found, not only the names
    twin[last + 47 + 2] = b'x';
    assert_eq!(open_xlsx(&twin, &Bounds::default()), Err(Unreadable::Damaged));
    // a check sum that is not the content's
    let mut flipped = whole.clone();
    let sheet = places(b"xl/worksheet.xml")[1];
    flipped[sheet - 46 + 16] ^= 1;
    assert!(open_xlsx(&flipped, &Bounds::default()).unwrap().torn);
}

#[test]
fn each_bound_has_its_answer() {
    let bytes = book(
        rows("<row><c t=\"s\"><v>0</v></c><c><v>1</v></c></row>").as_bytes(),
        &[("xl/sharedStrings.xml", b"<sst><si><t>a</t></si><si/></sst>")],
    );
    let refused = |change: fn(&mut Bounds)| {
        let mut bounds = Bounds::default();
        change(&mut bounds);
        open_xlsx(&bytes, &bounds).map(|it| it.sheets.len())
    };
    assert_eq!(refused(|_| ()), Ok(1));
    assert_eq!(refused(|it| it.workbook_bytes = 100), Err(Unreadable::TooLarge));
    assert_eq!(refused(|it| it.entries = 4), Err(Unreadable::TooManyEntries));
    assert_eq!(refused(|it| it.part_bytes = 40), Err(Unreadable::InflatesTooFar));
    assert_eq!(refused(|it| it.inflated_bytes = 100), Err(Unreadable::InflatesTooFar));
    assert_eq!(refused(|it| it.xml_depth = 3), Err(Unreadable::TooDeep));
    assert_eq!(refused(|it| it.strings = 1), Err(Unreadable::TooManyStrings));
    assert_eq!(refused(|it| it.cells = 1), Err(Unreadable::TooManyCells));
}

#[test]
fn properties_of_all_kinds() {
    let core = "<cp:coreProperties><dc:title>自己診断 &amp; 版</dc:title><cp:keywords/><cp:version>2.3</cp:version></cp:coreProperties>";
    let custom = "<Properties><property name=\"b\"><vt:i4>2</vt:i4></property><property name=\"a\"><vt:lpwstr>1</vt:lpwstr></property></Properties>";
    let found = opened(&book(
        rows("").as_bytes(),
        &[("docProps/core.xml", core.as_bytes()), ("docProps/custom.xml", custom.as_bytes())],
    ));
    assert_eq!(found.properties, ["自己診断 & 版", "version 2.3", "a 1", "b 2"]);
}
