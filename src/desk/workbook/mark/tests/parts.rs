//! Sheets and parts as programs write them, one trap each.

use super::{
    Unmarkable, ask, is_red, is_yellow, look,
    made::{MAIN, Made, RELATIONS},
    marked, must,
    rules::text,
    sound,
};

const SHEET1: &str = "xl/worksheets/sheet1.xml";

fn sheet(inside: &str) -> Made {
    Made::of(&format!("<worksheet xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\">{inside}</worksheet>"))
}

fn data(inside: &str) -> Made {
    sheet(&format!(
        "<sheetData>{inside}</sheetData><pageMargins left=\"1\" right=\"1\" top=\"1\" bottom=\"1\" header=\"0\" footer=\"0\"/>"
    ))
}

#[test]
fn a_cell_keeps_its_format_but_for_the_fill() {
    let book = data(
        "<row r=\"2\"><c r=\"B2\" s=\"1\"><v>3</v></c><c r=\"C2\" s=\"2\"/><c r=\"D2\" t=\"n\"><v>1</v></c></row>",
    )
    .pack();
    let after = sound(&book, &[must("B2", "直す"), ask("C2", "聞く"), must("D2", "直す")]);
    is_red(&after, "B2");
    is_yellow(&after, "C2");
    is_red(&after, "D2");
    let (before, looks) = (look::cells(&book, SHEET1), look::cells(&after, SHEET1));
    for (place, look) in &before {
        assert_eq!(look.rest, looks[place].rest, "borders, alignment, protection and extensions stay");
    }
}

#[test]
fn missing_rows_and_cells_are_made_in_their_place() {
    for inside in [
        "",
        "<row r=\"3\"/>",
        "<row r=\"1\"><c r=\"A1\"/></row><row r=\"9\"><c r=\"Z9\"/></row>",
        "<row><c/><c/></row><row r=\"3\" spans=\"1:1\"><c r=\"A3\"/><extLst/></row><row><c/></row>",
        "<row r=\"3\"><c r=\"A3\"/><c r=\"E3\"/></row>",
        "<row r=\"3\"><c r=\"D3\"/></row>\n  <row r=\"4\">\n    <c r=\"B4\"/>\n  </row>\n",
    ] {
        let after = sound(
            &data(inside).pack(),
            &[must("B3", "あ"), ask("D3", "い"), must("C7", "う"), ask("XFD1048576", "え")],
        );
        is_red(&after, "B3");
        is_yellow(&after, "D3");
        is_red(&after, "C7");
        is_yellow(&after, "XFD1048576");
    }
    let after = sound(&sheet("<dimension ref=\"A1\"/><sheetData/>").pack(), &[must("B3", "あ")]);
    assert!(text(&after, SHEET1).contains("<dimension ref=\"A1:B3\"/>"));
}

#[test]
fn a_new_cell_looks_like_its_row_or_its_column() {
    let book = sheet("<cols><col min=\"2\" max=\"2\" width=\"9\" style=\"1\"/><col min=\"3\" max=\"16384\" width=\"9\" style=\"2\"/></cols><sheetData><row r=\"2\" s=\"2\" customFormat=\"1\"/><row r=\"3\" s=\"2\"/></sheetData>").pack();
    let after = sound(&book, &[must("B2", "あ"), must("B3", "い"), must("A4", "う"), must("C9", "え")]);
    let looks = look::cells(&after, SHEET1);
    assert!(looks[&(1, 1)].rest.contains("t:mine"), "the row's");
    assert!(looks[&(2, 1)].rest.contains("locked=\"0\""), "the column's, for the row's own is not applied");
    assert!(!looks[&(3, 0)].rest.contains("locked"), "the book's");
    assert!(looks[&(8, 2)].rest.contains("t:mine"), "the column's");
    let clean = marked(&after, &[]).unwrap();
    let looks = look::cells(&clean, SHEET1);
    assert_eq!(looks[&(2, 1)].colour, "FFFFF2CC");
    assert_eq!(looks[&(8, 2)].colour, "40.39997558519241921");
}

#[test]
fn merged_cells_are_marked_at_their_first() {
    let book = sheet("<sheetData><row r=\"2\"><c r=\"B2\"/><c r=\"C2\"/></row><row r=\"3\"><c r=\"C3\"/></row></sheetData><mergeCells count=\"2\"><mergeCell ref=\"B2:C4\"/><mergeCell ref=\"E5:F6\"/></mergeCells>").pack();
    let after = sound(&book, &[ask("C3", "い"), must("B2", "あ"), ask("F6", "う")]);
    for cell in ["B2", "C2", "C3"] {
        is_red(&after, cell);
    }
    is_yellow(&after, "E5");
    let said = look::comments(&after, "xl/comments1.xml");
    assert_eq!(said.len(), 2);
    assert_eq!(said[&(1, 1)].1, "【DX推進指標 受付】\nあ\n\nい");
}

#[test]
fn several_marks_on_one_cell_are_one_comment() {
    let after = sound(&data("").pack(), &[ask("B2", "一\r\n二"), must("B2", "三"), ask("B2", "三"), ask("C2", "")]);
    is_red(&after, "B2");
    is_yellow(&after, "C2");
    let said = look::comments(&after, "xl/comments1.xml");
    assert_eq!(said.len(), 1);
    assert_eq!(said[&(1, 1)].1, "【DX推進指標 受付】\n一\n二\n\n三");
}

#[test]
fn words_that_are_no_xml_do_no_harm() {
    let words = "<br>&amp; \u{0}\u{1b}\u{ffff}\"' _x0041_ ]]> 𠮷\r";
    let after = sound(&data("").pack(), &[must("B2", words), must("C3", &"あ".repeat(40_000))]);
    let said = look::comments(&after, "xl/comments1.xml");
    assert_eq!(said[&(1, 1)].1, "【DX推進指標 受付】\n<br>&amp; \"' _x005F_x0041_ ]]> 𠮷");
    assert_eq!(said[&(2, 2)].1.chars().count(), 800 + "【DX推進指標 受付】\n".chars().count());
}

#[test]
fn other_prefixes_and_strict_names_are_kept() {
    let rows = "<row r=\"2\"><c r=\"B2\" s=\"1\"><v>3</v></c></row>";
    let plain = sheet(&format!(
        "<sheetData>{rows}</sheetData><mergeCells count=\"1\"><mergeCell ref=\"B2:C2\"/></mergeCells><pageMargins left=\"1\" right=\"1\" top=\"1\" bottom=\"1\" header=\"0\" footer=\"0\"/><tableParts count=\"0\"/>"
    ));
    let strict = plain.clone().replaced(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main").replaced(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    );
    let after = sound(&strict.pack(), &[must("B2", "あ"), ask("D9", "い")]);
    let relations = text(&after, "xl/worksheets/_rels/sheet1.xml.rels");
    assert!(relations.contains("http://purl.oclc.org/ooxml/officeDocument/relationships/comments"));
    assert!(text(&after, "xl/comments1.xml").contains("http://purl.oclc.org/ooxml/spreadsheetml/main"));

    let mut prefixed = plain;
    for part in [SHEET1, "xl/styles.xml", "xl/workbook.xml"] {
        let text = prefixed.text(part);
        let text = text.replace("<t:mine/>", "").replace(" xmlns:t=\"urn:t\"", "");
        let text = text.replace("</", "\u{1}").replace("<?", "\u{2}").replace('<', "<x:");
        let text = text.replace('\u{1}', "</x:").replace('\u{2}', "<?").replace("xmlns=", "xmlns:x=");
        prefixed.put(part, &text.replace("xmlns:r=", "xmlns:rel=").replace(" r:id", " rel:id"));
    }
    let after = sound(&prefixed.pack(), &[must("B2", "あ"), ask("D9", "い")]);
    let sheet = text(&after, SHEET1);
    assert!(sheet.contains("<x:legacyDrawing rel:id=\"rId2\"/><x:tableParts"), "{sheet}");
    assert!(sheet.contains("<x:row r=\"9\"><x:c r=\"D9\""));
}

#[test]
fn what_follows_the_cells_stays_in_order() {
    let tail = "<sheetProtection sheet=\"1\" objects=\"1\"/><conditionalFormatting sqref=\"B2\"><cfRule type=\"expression\" dxfId=\"0\" priority=\"1\"><formula>TRUE</formula></cfRule></conditionalFormatting><conditionalFormatting sqref=\"B3\"/><dataValidations count=\"1\"><dataValidation type=\"list\" sqref=\"B2\"><formula1>\"0,1\"</formula1></dataValidation></dataValidations>";
    let ext = "<extLst><ext uri=\"{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}\" xmlns:x14=\"http://schemas.microsoft.com/office/spreadsheetml/2009/9/main\"><x14:dataValidations xmlns:xm=\"http://schemas.microsoft.com/office/excel/2006/main\" count=\"1\"><x14:dataValidation type=\"list\" allowBlank=\"1\"><x14:formula1><xm:f>診断!$Z$1:$Z$6</xm:f></x14:formula1><xm:sqref>B3</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>";
    let book = sheet(&format!("<sheetData/>{tail}{ext}")).pack();
    let after = text(&sound(&book, &[must("B2", "あ")]), SHEET1);
    assert!(after.contains(&format!("{tail}<legacyDrawing r:id=\"rId2\"/>{ext}")), "{after}");
}

const NOTES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
const VML: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";

fn shape(number: u32, inside: &str) -> String {
    format!(
        "<v:shape id=\"_x0000_s{number}\" type=\"#_x0000_t202\" style='visibility:hidden'><v:textbox><div style='text-align:left'>行<br>行</div></v:textbox><x:ClientData {inside}</x:ClientData></v:shape>"
    )
}

fn drawing(shapes: &str) -> String {
    format!(
        "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\"\n xmlns:o=\"urn:schemas-microsoft-com:office:office\"\n xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\n <o:shapelayout v:ext=\"edit\">\n  <o:idmap v:ext=\"edit\" data=\"1\"/>\n </o:shapelayout>{shapes}</xml>"
    )
}

/// A sheet with a note by 山田 at B2, a threaded comment at C3, and a button, in VML that is not well-formed.
fn commented() -> Made {
    let note = shape(1_025, "ObjectType=\"Note\"><x:MoveWithCells/><x:Row>1</x:Row><x:Column>1</x:Column>");
    let thread = shape(1_026, "ObjectType=\"Note\"><x:Row>2</x:Row><x:Column>2</x:Column>");
    let button = shape(1_030, "ObjectType=\"Button\"><x:FmlaMacro>[0]!送る</x:FmlaMacro>");
    let controls = "<mc:AlternateContent xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\"><mc:Choice Requires=\"x14\"><controls><control shapeId=\"1030\" r:id=\"rId4\" name=\"Button 6\"/></controls></mc:Choice></mc:AlternateContent>";
    let comments = format!(
        "<comments xmlns=\"{MAIN}\"><authors><author>山田</author><author>tc={{11111111-1111-1111-1111-111111111111}}</author></authors><commentList><comment ref=\"B2\" authorId=\"0\" shapeId=\"0\"><text><t>確認済み</t></text></comment><comment ref=\"C3\" authorId=\"1\" shapeId=\"0\"><text><t>[スレッド化されたコメント]</t></text></comment></commentList></comments>"
    );
    sheet(&format!("<sheetData/><legacyDrawing r:id=\"rId1\"/>{controls}"))
        .related(SHEET1, &[
            ("vmlDrawing", "../drawings/vmlDrawing1.vml"),
            ("comments", "../comments1.xml"),
            ("http://schemas.microsoft.com/office/2017/10/relationships/threadedComment", "../threadedComments/threadedComment1.xml"),
            ("ctrlProp", "../ctrlProps/ctrlProp1.xml"),
        ])
        .part("xl/comments1.xml", NOTES, &comments)
        .part("xl/drawings/vmlDrawing1.vml", VML, &drawing(&format!("{note}{thread}{button}")))
        .part("xl/ctrlProps/ctrlProp1.xml", "application/vnd.ms-excel.controlproperties+xml", "<formControlPr xmlns=\"http://schemas.microsoft.com/office/spreadsheetml/2009/9/main\" objectType=\"Button\"/>")
        .part("xl/threadedComments/threadedComment1.xml", "application/vnd.ms-excel.threadedcomments+xml", "<ThreadedComments xmlns=\"http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments\"/>")
}

#[test]
fn notes_that_are_there_keep_their_words() {
    let book = commented().pack();
    let after = sound(&book, &[must("B2", "直してください"), must("C3", "色だけ"), ask("A1", "聞きます")]);
    let said = look::comments(&after, "xl/comments1.xml");
    assert_eq!(said.len(), 3);
    assert_eq!(said[&(1, 1)].0, "山田");
    assert_eq!(said[&(1, 1)].1, "確認済み\n――――――――\n【DX推進指標 受付】\n直してください");
    assert_eq!(said[&(2, 2)].1, "[スレッド化されたコメント]");
    is_red(&after, "C3");
    let vml = text(&after, "xl/drawings/vmlDrawing1.vml");
    assert!(vml.contains("[0]!送る") && vml.contains("data=\"1,2\"") && vml.contains("_x0000_s2049"), "{vml}");
    let grown = vml.split("</v:shape>").find(|it| it.contains("_x0000_s1025")).unwrap();
    assert!(grown.contains("<x:Anchor>2, 15, 0, 0, "), "the box is made larger for our words: {grown}");
    assert!(!vml.split("</v:shape>").find(|it| it.contains("_x0000_s1026")).unwrap().contains("Anchor"));
    let clean = marked(&after, &[]).unwrap();
    let said = look::comments(&clean, "xl/comments1.xml");
    assert_eq!(said.len(), 2);
    assert_eq!(said[&(1, 1)].1, "確認済み");
    assert!(!text(&clean, "xl/drawings/vmlDrawing1.vml").contains("_x0000_s2049"));
}

#[test]
fn a_drawing_of_buttons_only_takes_our_boxes_too() {
    let button = shape(1_025, "ObjectType=\"Checkbox\"><x:Row>1</x:Row><x:Column>1</x:Column>");
    let book = sheet("<sheetData/><legacyDrawing r:id=\"rId1\"/>")
        .related(SHEET1, &[("vmlDrawing", "../drawings/vmlDrawing1.vml")])
        .part("xl/drawings/vmlDrawing1.vml", VML, &drawing(&button));
    let after = sound(&book.pack(), &[must("B2", "あ")]);
    assert!(text(&after, "xl/drawings/vmlDrawing1.vml").contains(&button));
    assert_eq!(look::comments(&after, "xl/comments1.xml").len(), 1);
}

#[test]
fn comments_without_a_drawing_get_one() {
    let comments = format!("<comments xmlns=\"{MAIN}\"><authors/><commentList/></comments>");
    let book = sheet("<sheetData/>").related(SHEET1, &[("comments", "/xl/notes/comments.xml")]).part(
        "xl/notes/comments.xml",
        NOTES,
        &comments,
    );
    let after = sound(&book.pack(), &[must("B2", "あ")]);
    assert_eq!(look::comments(&after, "xl/notes/comments.xml").len(), 1);
}

#[test]
fn a_book_without_styles_gets_them() {
    let mut book = data("<row r=\"2\"><c r=\"B2\"><v>3</v></c></row>").without("xl/styles.xml");
    book.relate("xl/workbook.xml", &[("worksheet", "worksheets/sheet1.xml")]);
    let types = book.text("[Content_Types].xml");
    let (from, _) = types.split_once("<Override PartName=\"/xl/styles.xml\"").unwrap();
    book.put("[Content_Types].xml", &format!("{from}</Types>"));
    let after = marked(&book.pack(), &[must("B2", "あ")]).unwrap();
    super::rules::hold(&after);
    is_red(&after, "B2");
}

#[test]
fn styles_without_their_sections_get_them() {
    let styles = data("").text("xl/styles.xml");
    let without = |section: &str| {
        let (head, rest) = styles.split_once(&format!("<{section} ")).unwrap();
        format!("{head}{}", rest.split_once(&format!("</{section}>")).unwrap().1)
    };
    let cases = [
        format!("<styleSheet xmlns=\"{MAIN}\"/>"),
        format!("<styleSheet xmlns=\"{MAIN}\"><dxfs count=\"0\"/></styleSheet>"),
        format!(
            "<x:styleSheet xmlns:x=\"{MAIN}\"><x:numFmts/><x:fonts/><x:cellXfs count=\"0\"></x:cellXfs><x:colors/></x:styleSheet>"
        ),
        without("fonts"),
        without("borders").replace("borderId=\"1\"", "borderId=\"0\""),
        without("cellStyleXfs"),
        without("cellXfs"),
    ];
    for styles in cases {
        let mut book = data("<row r=\"2\"><c r=\"B2\" s=\"0\"><v>3</v></c><c r=\"C2\"/></row>");
        book.put("xl/styles.xml", &styles);
        let after = sound(&book.pack(), &[must("B2", "あ"), ask("D9", "い")]);
        is_red(&after, "B2");
        is_yellow(&after, "D9");
    }
    let mut book = data("<row r=\"2\"><c r=\"B2\"/></row>");
    for styles in [
        format!("<styleSheet xmlns=\"{MAIN}\"><dxfs/><fonts><font/></fonts></styleSheet>"),
        format!("<styleSheet xmlns=\"{MAIN}\"><a:b xmlns:a=\"urn:a\"/></styleSheet>"),
    ] {
        book.put("xl/styles.xml", &styles);
        assert!(matches!(marked(&book.pack(), &[must("B2", "あ")]), Err(Unmarkable::NotUnderstood(_))), "{styles}");
    }
}

/// UTF-16 is turned into UTF-8 where a part changes (ECMA-376 part 2, §8.2.1).
#[test]
fn parts_in_utf_16_are_marked_too() {
    let mut book = data("<row r=\"2\"><c r=\"B2\" s=\"1\"><v>3</v></c></row>");
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let text = format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?>{text}");
        text.encode_utf16().flat_map(|it| if big { it.to_be_bytes() } else { it.to_le_bytes() }).collect()
    };
    for (name, content) in &mut book.parts {
        let text = String::from_utf8(content.clone()).unwrap();
        let text = text.split_once("?>").map_or(text.as_str(), |it| it.1);
        *content = wide(text, name.ends_with(".rels"));
    }
    let before = book.pack();
    let after = marked(&before, &[must("B2", "あ")]).unwrap();
    super::untouched(&before, &after);
    assert_eq!(super::read_any(&before), super::read_any(&after));
    is_red(&after, "B2");
    assert!(text(&after, SHEET1).starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet"));
    let again = marked(&after, &[ask("B2", "い")]).unwrap();
    is_yellow(&again, "B2");
}

#[test]
fn targets_lead_where_the_reader_sees_them() {
    for target in ["../../../xl/worksheets/sheet1.xml", "worksheets\\sheet1.xml", "./worksheets//sheet1.xml#a"] {
        let book = data("<row r=\"2\"><c r=\"B2\" s=\"1\"><v>3</v></c></row>")
            .related("xl/workbook.xml", &[("worksheet", target), ("styles", "/xl/styles.xml?b")]);
        let after = marked(&book.pack(), &[must("B2", "あ")]).unwrap();
        assert_eq!(super::read_any(&book.pack()), super::read_any(&after), "{target}");
        is_red(&after, "B2");
    }
}

#[test]
fn a_byte_order_mark_and_the_comment_of_the_archive_stay() {
    let mut book = data("");
    let sheet = format!("\u{feff}{}", book.text(SHEET1));
    book.put(SHEET1, &sheet);
    let after = sound(&book.pack(), &[must("B2", "あ")]);
    assert!(text(&after, SHEET1).starts_with("\u{feff}<worksheet"));
}

#[test]
fn the_second_letter_shows_only_what_is_still_to_be_mended() {
    let book = data("<row r=\"2\"><c r=\"B2\" s=\"1\"/><c r=\"C2\" s=\"3\"/><c r=\"D2\"/></row>").pack();
    let first = marked(&book, &[must("B2", "一"), must("C2", "二"), ask("D2", "三")]).unwrap();
    let second = marked(&first, &[ask("B2", "まだ")]).unwrap();
    super::rules::hold(&second);
    is_yellow(&second, "B2");
    let looks = look::cells(&second, SHEET1);
    assert_eq!(looks[&(1, 2)].pattern, "", "of a gradient no more is known than that it was there");
    assert_eq!(looks[&(1, 3)].pattern, "");
    let said = look::comments(&second, "xl/comments1.xml");
    assert_eq!(said.values().map(|it| it.1.as_str()).collect::<Vec<_>>(), ["【DX推進指標 受付】\nまだ"]);
    let clean = marked(&second, &[]).unwrap();
    assert_eq!(look::cells(&clean, SHEET1)[&(1, 1)].colour, "FFFFF2CC");
}

#[test]
fn a_fill_that_a_program_has_rewritten_is_not_taken_for_the_old_one() {
    let book = data("<row r=\"2\"><c r=\"B2\" s=\"1\"/><c r=\"C2\" s=\"1\"/></row>");
    let first = marked(&book.pack(), &[must("B2", "一")]).unwrap();
    // LibreOffice writes a colour of its own into bgColor
    let styles = text(&first, "xl/styles.xml").replace("<bgColor rgb=\"FFFFF2CC\"/>", "<bgColor rgb=\"FFFFCC99\"/>");
    let mut again = book;
    for (name, _, content) in super::entries(&first) {
        again.put(&name, std::str::from_utf8(&content).unwrap());
    }
    again.put("xl/styles.xml", &styles);
    let clean = marked(&again.pack(), &[]).unwrap();
    assert_eq!(look::cells(&clean, SHEET1)[&(1, 1)].pattern, "");
    assert_eq!(look::cells(&clean, SHEET1)[&(1, 2)].colour, "FFFFF2CC", "theirs stays");
}

#[test]
fn words_of_ours_are_known_without_their_author() {
    let book = commented().pack();
    let first = marked(&book, &[must("B2", "一つ"), must("D4", "二つ")]).unwrap();
    // LibreOffice forgets authors and makes a run of each script
    let mut again = Made { parts: Vec::new() };
    for (name, _, content) in super::entries(&first) {
        again.put(&name, std::str::from_utf8(&content).unwrap());
    }
    let comments = again.text("xl/comments1.xml");
    let comments =
        comments.replace("<author>DX推進指標 受付", "<author> ").replace("【DX推進", "【DX</t></r><r><t>推進");
    again.put("xl/comments1.xml", &comments);
    let second = marked(&again.pack(), &[ask("E5", "三つ")]).unwrap();
    super::rules::hold(&second);
    let said = look::comments(&second, "xl/comments1.xml");
    assert_eq!(said.keys().copied().collect::<Vec<_>>(), [(1, 1), (2, 2), (4, 4)]);
    assert_eq!(said[&(1, 1)].1, "確認済み");
    assert_eq!(look::cells(&second, SHEET1)[&(3, 3)].pattern, "");
}

#[test]
fn the_two_reserved_fills_are_not_taken() {
    let mut book = data("<row r=\"2\"><c r=\"B2\"/></row>");
    let styles = book.text("xl/styles.xml");
    let (head, rest) = styles.split_once("<fills").unwrap();
    let (_, tail) = rest.split_once("</fills>").unwrap();
    let tail = ["2", "3", "4"]
        .into_iter()
        .fold(tail.to_owned(), |it, n| it.replace(&format!("fillId=\"{n}\""), "fillId=\"0\""));
    book.put("xl/styles.xml", &format!("{head}<fills count=\"1\"><fill><patternFill/></fill></fills>{tail}"));
    let after = sound(&book.pack(), &[must("B2", "あ")]);
    is_red(&after, "B2");
    assert!(text(&after, "xl/styles.xml").contains("<fills count=\"3\">"));
}

#[test]
fn a_large_sheet_is_marked_too() {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for row in 1..=8_000 {
        write!(rows, "<row r=\"{row}\" spans=\"2:21\">").unwrap();
        for column in 'B'..='U' {
            write!(rows, "<c r=\"{column}{row}\" s=\"1\"><v>3</v></c>").unwrap();
        }
        rows.push_str("</row>");
    }
    let book = data(&rows).pack();
    let marks: Vec<_> =
        (1..=500).flat_map(|it| [must(&format!("J{}", it * 10), "あ"), ask(&format!("W{}", it * 10), "い")]).collect();
    let after = marked(&book, &marks).unwrap();
    super::rules::hold(&after);
    assert_eq!(look::comments(&after, "xl/comments1.xml").len(), 1_000);
    is_red(&after, "J5000");
    is_yellow(&after, "W5000");
}
