//! An .ods: OpenDocument keeps the shown text beside the value (ODF 1.3 part 3, §9.1), which calamine does not tell; and
//! it gives up a whole book for a drawing between two rows. So its `content.xml` is read here, in one pass.

use std::{
    collections::{HashMap, HashSet},
    io::{Cursor, Read as _},
};

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use zip::ZipArchive;

use calamine::Data;

use super::{MAX_SHEETS, MAX_TEXT, shown};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::{
        book::{Book, Cell, Datum, Place, Sheet},
        cells::Cells,
        format::Format,
    },
};

/// Elements within a cell whose text is not the cell's: comments, furigana, drawings.
const ASIDE: [&str; 6] =
    ["office:annotation", "text:ruby-text", "draw:frame", "draw:custom-shape", "draw:g", "text:note"];
/// Characters kept of an attribute: a text may stand in one.
const MAX_VALUE: usize = 32_767;
/// LibreOffice's limit of rows, and one above that of its columns.
const MAX_ROW: u32 = 1_048_576;
const MAX_COLUMN: u32 = 65_536;

/// Where the reading stands.
struct Walk {
    book: Book,
    /// Styles of tables that are not to be seen.
    hidden_styles: HashSet<String>,
    style: String,
    percent: Format,
    /// Tables within tables; 1 is a sheet.
    tables: usize,
    at: Place,
    row_repeats: u32,
    hidden: bool,
    /// The sheet's cells.
    found: Vec<(Place, Cell)>,
    cell: Option<Reading>,
    /// Depth within an element whose text is not the cell's.
    aside: usize,
    depth: usize,
    cells: usize,
    text: usize,
}

/// A cell that is being read.
#[derive(Default)]
struct Reading {
    repeats: u32,
    spans: u32,
    told: HashMap<String, String>,
    text: String,
    paragraphs: usize,
    in_paragraph: bool,
}

/// Reads it.
pub(in crate::desk::workbook) fn open(bytes: &[u8], bounds: &Bounds) -> Result<Book, Unreadable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::Damaged)?;
    // each part is encrypted by itself, and the manifest says how (ODF 1.3 part 2, §3.4)
    if part(&mut archive, "META-INF/manifest.xml", bounds)?.is_some_and(|it| it.contains("encryption-data")) {
        return Err(Unreadable::Encrypted);
    }
    let macros = archive.file_names_raw().any(|it| it.starts_with(b"Basic/"));
    let properties = part(&mut archive, "meta.xml", bounds)?.map(|it| properties(&it)).unwrap_or_default();
    let content = part(&mut archive, "content.xml", bounds)?.ok_or(Unreadable::Damaged)?;
    drop(archive);
    let mut walk = Walk {
        book: Book { macros, properties, ..Book::default() },
        hidden_styles: HashSet::new(),
        style: String::new(),
        percent: Format::parse("0.######%"),
        tables: 0,
        at: (0, 0),
        row_repeats: 1,
        hidden: false,
        found: Vec::new(),
        cell: None,
        aside: 0,
        depth: 0,
        cells: bounds.cells,
        text: MAX_TEXT,
    };
    walk.through(&content, bounds)?;
    if walk.book.sheets.is_empty() { Err(Unreadable::Damaged) } else { Ok(walk.book) }
}

/// A part's text, or `None` where there is none that can be read.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str, bounds: &Bounds) -> Result<Option<String>, Unreadable> {
    let Ok(entry) = archive.by_name(name) else {
        return Ok(None);
    };
    let mut content = Vec::new();
    if entry.take(bounds.part_bytes.saturating_add(1)).read_to_end(&mut content).is_err() {
        return Ok(None);
    }
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > bounds.part_bytes {
        return Err(Unreadable::InflatesTooFar);
    }
    Ok(String::from_utf8(content).ok())
}

/// The texts of the properties that may name the form (ODF 1.3 part 3, §4.3).
fn properties(meta: &str) -> Vec<String> {
    let mut reader = Reader::from_str(meta);
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    while found.len() < 100 {
        match reader.read_event() {
            Ok(Event::Start(it)) => {
                let named = ["dc:title", "dc:subject", "dc:description", "meta:keyword", "meta:user-defined"];
                inside = named.contains(&it.name().0);
            }
            Ok(Event::Text(text)) if inside => found.push(text.xml10_content().chars().take(300).collect()),
            Ok(Event::End(_)) => inside = false,
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    found
}

fn attributes<'a>(element: &BytesStart<'a>) -> HashMap<String, String> {
    let mut all = element.attributes();
    let all = all.with_checks(false).flatten().take(64);
    let value = |it: &quick_xml::events::attributes::Attribute<'_>| {
        it.normalized_value(XmlVersion::Implicit1_0).map(|it| it.chars().take(MAX_VALUE).collect()).unwrap_or_default()
    };
    all.map(|it| (it.key.0.to_owned(), value(&it))).collect()
}

fn number(attributes: &HashMap<String, String>, name: &str) -> u32 {
    attributes.get(name).and_then(|it| it.parse().ok()).unwrap_or(1)
}

impl Walk {
    fn through(&mut self, content: &str, bounds: &Bounds) -> Result<(), Unreadable> {
        let mut reader = Reader::from_str(content);
        reader.config_mut().expand_empty_elements = true;
        loop {
            match reader.read_event().map_err(|_| Unreadable::Damaged)? {
                Event::Start(element) => {
                    self.depth += 1;
                    if self.depth > bounds.xml_depth {
                        return Err(Unreadable::TooDeep);
                    }
                    self.start(&element)?;
                }
                Event::End(element) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.end(element.name().0)?;
                }
                Event::Text(text) => self.said(&text.xml10_content()),
                Event::CData(text) => self.said(&text.xml10_content()),
                Event::GeneralRef(name) => {
                    let named = match name.xml10_content().as_ref() {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => name.resolve_char_ref().ok().flatten(),
                    };
                    if let Some(named) = named {
                        self.push(named);
                    }
                }
                Event::Eof => return if self.depth == 0 { Ok(()) } else { Err(Unreadable::Damaged) },
                _ => {}
            }
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        let name = element.name();
        let name = name.0;
        if self.aside > 0 || (self.cell.is_some() && ASIDE.contains(&name)) {
            self.aside += 1;
            return Ok(());
        }
        match name {
            "style:style" => self.style = attributes(element).remove("style:name").unwrap_or_default(),
            "style:table-properties" if attributes(element).get("table:display").is_some_and(|it| it == "false") => {
                self.hidden_styles.insert(self.style.clone());
            }
            "table:table" => {
                self.tables += 1;
                if self.tables == 1 {
                    self.sheet(attributes(element))?;
                }
            }
            "table:table-row" if self.tables == 1 => {
                let told = attributes(element);
                self.row_repeats = number(&told, "table:number-rows-repeated");
                self.hidden = told.get("table:visibility").is_some_and(|it| it != "visible");
                self.at.1 = 0;
            }
            "table:table-cell" | "table:covered-table-cell" if self.tables == 1 => {
                let told = attributes(element);
                self.cell = Some(Reading {
                    repeats: number(&told, "table:number-columns-repeated"),
                    spans: number(&told, "table:number-columns-spanned"),
                    told,
                    ..Reading::default()
                });
            }
            "text:p" | "text:h" => {
                if let Some(cell) = &mut self.cell {
                    cell.in_paragraph = true;
                    if cell.paragraphs > 0 {
                        cell.text.push('\n');
                    }
                    cell.paragraphs += 1;
                }
            }
            "text:s" => (0..number(&attributes(element), "text:c").min(100)).for_each(|_| self.push(' ')),
            "text:tab" => self.push('\t'),
            "text:line-break" => self.push('\n'),
            _ => {}
        }
        Ok(())
    }

    fn sheet(&mut self, told: HashMap<String, String>) -> Result<(), Unreadable> {
        if self.book.sheets.len() >= MAX_SHEETS {
            return Err(Unreadable::TooManyCells);
        }
        let style = told.get("table:style-name").cloned().unwrap_or_default();
        let name = told.get("table:name").cloned().unwrap_or_default();
        self.book.sheets.push(Sheet { name, hidden: self.hidden_styles.contains(&style), ..Sheet::default() });
        self.at = (0, 0);
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), Unreadable> {
        if self.aside > 0 {
            self.aside -= 1;
            return Ok(());
        }
        match name {
            "table:table" => {
                self.tables = self.tables.saturating_sub(1);
                if self.tables == 0
                    && let Some(sheet) = self.book.sheets.last_mut()
                {
                    sheet.cells = Cells::of(std::mem::take(&mut self.found));
                }
                // what LibreOffice keeps of another book that formulas point to
                if self.tables == 0 && self.book.sheets.last().is_some_and(|it| it.name.starts_with("'file:")) {
                    self.book.sheets.pop();
                }
            }
            "table:table-row" if self.tables == 1 => {
                if self.hidden
                    && let Some(sheet) = self.book.sheets.last_mut()
                {
                    // a sheet is often hidden from its last row to the end
                    sheet.hidden_rows.extend((self.at.0..MAX_ROW).take(self.row_repeats.min(10_000) as usize));
                }
                self.at.0 = self.at.0.saturating_add(self.row_repeats);
            }
            "table:table-cell" | "table:covered-table-cell" if self.tables == 1 => {
                if let Some(cell) = self.cell.take() {
                    self.keep(cell)?;
                }
            }
            "text:p" | "text:h" => {
                if let Some(cell) = &mut self.cell {
                    cell.in_paragraph = false;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Runs of blanks and line breaks count as one (ODF 1.3 part 3, §6.1.2).
    fn said(&mut self, text: &str) {
        for it in text.chars() {
            let blank = matches!(it, ' ' | '\t' | '\r' | '\n');
            let after_blank = self.cell.as_ref().is_some_and(|it| it.text.is_empty() || it.text.ends_with([' ', '\n']));
            if !(blank && after_blank) {
                self.push(if blank { ' ' } else { it });
            }
        }
    }

    fn push(&mut self, it: char) {
        if let Some(cell) = &mut self.cell
            && cell.in_paragraph
            && self.aside == 0
        {
            cell.text.push(it);
        }
    }

    fn keep(&mut self, read: Reading) -> Result<(), Unreadable> {
        let (row, column) = self.at;
        self.at.1 = column.saturating_add(read.repeats);
        let Some(sheet) = self.book.sheets.last_mut() else { return Ok(()) };
        if read.spans > 1 && column < MAX_COLUMN && row < MAX_ROW {
            sheet.merged.insert((row, column), column.saturating_add(read.spans - 1));
        }
        let formula = read.told.contains_key("table:formula");
        let Some(cell) = read.cell(&self.percent, formula) else { return Ok(()) };
        for row in row..row.saturating_add(self.row_repeats).min(MAX_ROW) {
            for column in column..column.saturating_add(read.repeats).min(MAX_COLUMN) {
                self.cells = self.cells.checked_sub(1).ok_or(Unreadable::TooManyCells)?;
                self.text = self.text.checked_sub(cell.text.len()).ok_or(Unreadable::TooManyCells)?;
                self.found.push(((row, column), cell.clone()));
                if formula {
                    sheet.formulas.insert((row, column));
                }
            }
        }
        Ok(())
    }
}

impl Reading {
    fn cell(&self, percent: &Format, formula: bool) -> Option<Cell> {
        let told = (self.paragraphs > 0).then_some(&self.text);
        let of = |name: &str| self.told.get(name);
        let number = || of("office:value").and_then(|it| it.trim().parse().ok()).map(Data::Float);
        let kind = of("office:value-type").map(String::as_str);
        let value = match kind {
            Some("float" | "currency" | "percentage") => number(),
            Some("date") => of("office:date-value").cloned().map(Data::DateTimeIso),
            Some("time") => of("office:time-value").cloned().map(Data::DurationIso),
            Some("boolean") => of("office:boolean-value").map(|it| Data::Bool(it == "true")),
            _ => of("office:string-value").filter(|it| !it.is_empty()).cloned().map(Data::String),
        };
        let value = value.or_else(|| told.cloned().map(Data::String));
        match (value, kind) {
            (None, None) if formula => Some(Cell { text: "".into(), datum: Datum::NoResult }),
            (value, _) => {
                let mut cell = shown(&value?, (kind == Some("percentage")).then_some(percent), told)?;
                // errors are kept as text
                if formula && cell.datum == Datum::Text && (cell.text.starts_with('#') || cell.text.starts_with("Err:"))
                {
                    cell.datum = Datum::Error;
                }
                Some(cell)
            }
        }
    }
}
