//! Packages written part by part, for what no writing library makes.

use std::io::{Cursor, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

pub(super) const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
pub(super) const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// A package of one sheet, 「診断」, that can be changed part by part before it is packed.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) parts: Vec<(String, Vec<u8>)>,
}

impl Made {
    /// The sheet's XML goes in as it is.
    pub(super) fn of(sheet: &str) -> Self {
        let types = format!(
            "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>"
        );
        let mut made = Self { parts: Vec::new() };
        made.put("[Content_Types].xml", &types);
        made.relate("", &[("officeDocument", "xl/workbook.xml")]);
        made.put(
            "xl/workbook.xml",
            &format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"診断\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"),
        );
        made.relate("xl/workbook.xml", &[("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")]);
        made.put("xl/styles.xml", STYLES);
        made.put("xl/worksheets/sheet1.xml", sheet);
        made
    }

    /// Sets a part.
    pub(super) fn put(&mut self, name: &str, text: &str) {
        match self.parts.iter_mut().find(|(it, _)| it == name) {
            Some((_, old)) => *old = text.as_bytes().to_vec(),
            None => self.parts.push((name.to_owned(), text.as_bytes().to_vec())),
        }
    }

    /// Sets a part and its content type.
    pub(super) fn part(mut self, name: &str, kind: &str, text: &str) -> Self {
        self.put(name, text);
        let types = self.text("[Content_Types].xml");
        let more = format!("<Override PartName=\"/{name}\" ContentType=\"{kind}\"/></Types>");
        self.put("[Content_Types].xml", &types.replace("</Types>", &more));
        self
    }

    /// Sets a part's relations: types by their last word or in full, and targets; ids are rId1, rId2 …
    pub(super) fn relate(&mut self, owner: &str, all: &[(&str, &str)]) {
        let mut text = String::new();
        for (at, (kind, target)) in all.iter().enumerate() {
            let kind = if kind.contains('/') { (*kind).to_owned() } else { format!("{RELATIONS}/{kind}") };
            text.push_str(&format!("<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>", at + 1));
        }
        let (folder, file) =
            owner.rsplit_once('/').map_or((String::new(), owner), |(it, file)| (format!("{it}/"), file));
        self.put(
            &format!("{folder}_rels/{file}.rels"),
            &format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{text}</Relationships>"),
        );
    }

    pub(super) fn related(mut self, owner: &str, all: &[(&str, &str)]) -> Self {
        self.relate(owner, all);
        self
    }

    pub(super) fn text(&self, name: &str) -> String {
        let part = self.parts.iter().find(|(it, _)| it == name).unwrap();
        String::from_utf8(part.1.clone()).unwrap()
    }

    /// The same words in every part, other ones in their place.
    pub(super) fn replaced(mut self, from: &str, to: &str) -> Self {
        for (_, content) in &mut self.parts {
            if let Ok(text) = std::str::from_utf8(content) {
                *content = text.replace(from, to).into_bytes();
            }
        }
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.parts.retain(|(it, _)| it != name);
        self
    }

    pub(super) fn pack(&self) -> Vec<u8> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &self.parts {
            out.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
            out.write_all(content).unwrap();
        }
        out.finish().unwrap().into_inner()
    }
}

/// Three formats: plain; a border, yellow, locked and wrapped; a theme's colour, with a note for programs we do not know.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="5"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFF2CC"/><bgColor indexed="64"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor theme="4" tint="0.39997558519241921"/><bgColor indexed="64"/></patternFill></fill><fill><gradientFill degree="90"><stop position="0"><color rgb="FFFFFFFF"/></stop><stop position="1"><color rgb="FF000000"/></stop></gradientFill></fill></fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left style="thin"><color auto="1"/></left><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="2" borderId="1" xfId="0" applyFill="1" applyBorder="1" applyAlignment="1" applyProtection="1"><alignment vertical="top" wrapText="1"/><protection locked="0"/></xf><xf numFmtId="0" fontId="0" fillId="3" borderId="1" xfId="0"><extLst><ext uri="{00000000-0000-0000-0000-000000000001}" xmlns:t="urn:t"><t:mine/></ext></extLst></xf><xf numFmtId="0" fontId="0" fillId="4" borderId="0" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles><dxfs count="0"/></styleSheet>"#;
