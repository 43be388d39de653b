//! A workbook shaped like those that Japanese Excel saves; no program of that name has seen it.
//!
//! It is `complete.xlsx` with 20,000 more shared strings, which further sheets show or no cell shows: readings (`rPh`, `phoneticPr`) and
//! runs of rich text in the strings, `spans`, `x14ac:dyDescent`, `xr:uid` and styles in the sheets.

use std::{
    fmt::Write as _,
    io::{Cursor, Read as _, Write as _},
};

use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

const STRINGS: usize = 20_000;
const SHEETS: usize = 5;
const COLUMNS: usize = 8;
const WORDS: [(&str, &str); 16] = [
    ("売上管理", "ウリアゲカンリ"),
    ("在庫", "ザイコ"),
    ("顧客対応", "コキャクタイオウ"),
    ("製造工程", "セイゾウコウテイ"),
    ("設備", "セツビ"),
    ("人材育成", "ジンザイイクセイ"),
    ("見積", "ミツモリ"),
    ("受発注", "ジュハッチュウ"),
    ("品質検査", "ヒンシツケンサ"),
    ("業務改善", "ギョウムカイゼン"),
    ("会議", "カイギ"),
    ("部門", "ブモン"),
    ("担当者", "タントウシャ"),
    ("進捗", "シンチョク"),
    ("計画", "ケイカク"),
    ("記録", "キロク"),
];

/// The bytes of the workbook: the same each time.
pub fn workbook(complete: &[u8], shown: bool) -> Vec<u8> {
    let mut parts = parts(complete);
    let known = count(&parts, "xl/sharedStrings.xml", "<si>");
    edit(&mut parts, "xl/sharedStrings.xml", |text| {
        let more: String = (0..STRINGS).map(string).collect();
        text.replace("</sst>", &format!("{more}</sst>"))
            .replace("uniqueCount=\"235\"", &format!("uniqueCount=\"{}\"", known + STRINGS))
    });
    if shown {
        add_sheets(&mut parts, known);
    }
    zipped(&parts)
}

/// Sheets that show the strings, once each.
fn add_sheets(parts: &mut Vec<(String, Vec<u8>)>, known: usize) {
    for sheet in 0..SHEETS {
        let name = format!("xl/worksheets/sheet{}.xml", 20 + sheet);
        parts.push((name, sheet_part(sheet, known).into_bytes()));
    }
    let all = |each: &dyn Fn(usize) -> String| (0..SHEETS).map(each).collect::<String>();
    edit(parts, "xl/workbook.xml", |text| {
        let sheets = all(&|it| format!("<sheet name=\"資料{it}\" sheetId=\"{0}\" r:id=\"rId9{it}\"/>", 20 + it));
        text.replace("</sheets>", &format!("{sheets}</sheets>"))
    });
    edit(parts, "xl/_rels/workbook.xml.rels", |text| {
        let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet";
        let links = all(&|it| {
            format!("<Relationship Id=\"rId9{it}\" Type=\"{kind}\" Target=\"/xl/worksheets/sheet{}.xml\"/>", 20 + it)
        });
        text.replace("</Relationships>", &format!("{links}</Relationships>"))
    });
    edit(parts, "[Content_Types].xml", |text| {
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml";
        let types =
            all(&|it| format!("<Override PartName=\"/xl/worksheets/sheet{}.xml\" ContentType=\"{kind}\"/>", 20 + it));
        text.replace("</Types>", &format!("{types}</Types>"))
    });
}

/// Shared string number `at`: every third with its reading, every twentieth of two runs.
fn string(at: usize) -> String {
    let word = |from: usize| WORDS[from % WORDS.len()];
    let (first, second, third) = (word(at), word(at / 16 + 3), word(at / 256 + 7));
    let text = format!("{}の{}（{}）第{at}項", first.0, second.0, third.0);
    let phonetic = "<phoneticPr fontId=\"1\"/>";
    if at % 20 == 7 {
        let run = "<rPr><b/><sz val=\"11\"/><color theme=\"1\"/><rFont val=\"游ゴシック\"/><family val=\"3\"/><charset val=\"128\"/></rPr>";
        return format!(
            "<si><r>{run}<t>{}</t></r><r>{run}<t xml:space=\"preserve\"> {at}</t></r>{phonetic}</si>",
            first.0
        );
    }
    if at.is_multiple_of(3) {
        let end = first.0.chars().count();
        return format!("<si><t>{text}</t><rPh sb=\"0\" eb=\"{end}\"><t>{}</t></rPh>{phonetic}</si>", first.1);
    }
    format!("<si><t>{text}</t>{phonetic}</si>")
}

fn sheet_part(sheet: usize, known: usize) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" mc:Ignorable=\"x14ac xr\" xmlns:x14ac=\"http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac\" xmlns:xr=\"http://schemas.microsoft.com/office/spreadsheetml/2014/revision\" xr:uid=\"{00000000-0001-0000-0000-000000000000}\"><sheetPr codeName=\"Sheet1\"/><sheetViews><sheetView workbookViewId=\"0\"/></sheetViews><sheetFormatPr defaultRowHeight=\"18.75\" x14ac:dyDescent=\"0.4\"/><sheetData>",
    );
    let each = STRINGS / SHEETS;
    for (row, from) in (sheet * each..(sheet + 1) * each).step_by(COLUMNS).enumerate() {
        let row = row + 1;
        write!(text, "<row r=\"{row}\" spans=\"1:{COLUMNS}\" ht=\"20.25\" customHeight=\"1\" x14ac:dyDescent=\"0.4\">")
            .unwrap();
        for (column, at) in (from..from + COLUMNS).enumerate() {
            let letter = char::from(b'A' + u8::try_from(column).unwrap());
            write!(text, "<c r=\"{letter}{row}\" s=\"3\" t=\"s\"><v>{}</v></c>", known + at).unwrap();
        }
        text.push_str("</row>");
    }
    text.push_str("</sheetData><phoneticPr fontId=\"1\"/><pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" bottom=\"0.75\" header=\"0.3\" footer=\"0.3\"/></worksheet>");
    text
}

/// The parts of a package in their order.
pub fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let mut part = Vec::new();
        entry.read_to_end(&mut part).unwrap();
        parts.push((entry.name().unwrap().to_string(), part));
    }
    parts
}

/// Parts as a package.
pub fn zipped(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(part).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn count(parts: &[(String, Vec<u8>)], name: &str, word: &str) -> usize {
    let (_, part) = parts.iter().find(|it| it.0 == name).unwrap();
    std::str::from_utf8(part).unwrap().matches(word).count()
}

fn edit(parts: &mut [(String, Vec<u8>)], name: &str, change: impl Fn(String) -> String) {
    let (_, part) = parts.iter_mut().find(|it| it.0 == name).unwrap();
    *part = change(String::from_utf8(std::mem::take(part)).unwrap()).into_bytes();
}
