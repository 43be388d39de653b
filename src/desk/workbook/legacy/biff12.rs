//! How the cells of an .xlsb are shown: its parts are streams of records ([MS-XLSB] §2.1.4).

use std::{
    collections::HashMap,
    io::{Cursor, Read as _},
};

use zip::ZipArchive;

use super::{BookLooks, Format, Looks};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::compound::{half, word, words_of_two},
};

// record types ([MS-XLSB] §2.3)
const ROW_HEADER: u16 = 0;
/// BrtCellRk to BrtFmlaError, and BrtCellRString.
const CELLS: [u16; 11] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 62];
const FORMULAS: [u16; 4] = [8, 9, 10, 11];
const FORMAT: u16 = 44;
const XF: u16 = 47;
const BUNDLE_SHEET: u16 = 156;
const MERGE_CELL: u16 = 176;
const END_SHEET_DATA: u16 = 146;
const BEGIN_CELL_XFS: u16 = 617;
const END_CELL_XFS: u16 = 618;

const MAX_RECORDS: usize = 4_000_000;
/// How long a record may say it is that the end of its part cuts off.
const MAX_TORN: u32 = 1 << 20;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The records of a part; ends where it is torn.
struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.number(2)?;
        let length = self.number(4)?;
        let (data, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some((u16::try_from(kind).ok()?, data))
    }
}

impl Records<'_> {
    /// Seven bits a byte, lowest first, the eighth says that more follow (§2.1.4).
    fn number(&mut self, most: u32) -> Option<u32> {
        let mut number = 0;
        for step in 0..most {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u32::from(byte & 0x7F) << (7 * step);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }
}

/// Looks up everything.
pub(super) fn looks(bytes: &[u8], bounds: &Bounds) -> Result<BookLooks, Unreadable> {
    let mut archive: Archive<'_> = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unreadable::Damaged)?;
    let macros = archive.file_names_raw().any(|it| it.eq_ignore_ascii_case(b"xl/vbaProject.bin"));
    let mut found = BookLooks { macros, ..BookLooks::default() };
    if !claims_fit(&mut archive, bounds) {
        return Err(Unreadable::Damaged);
    }
    let mut part = |name: &str| part(&mut archive, name, bounds);
    let styles = part("xl/styles.bin").unwrap_or_default();
    let (formats, codes) = formats(&styles);
    found.formats = formats.iter().map(|it| Format::of_id(u32::from(*it), codes.get(it).map(String::as_str))).collect();
    let book = part("xl/workbook.bin").ok_or(Unreadable::Damaged)?;
    let relations = String::from_utf8(part("xl/_rels/workbook.bin.rels").unwrap_or_default()).unwrap_or_default();
    let mut left = MAX_RECORDS;
    let sheets = (Records { rest: &book }).filter(|(kind, _)| *kind == BUNDLE_SHEET);
    for (_, data) in sheets.take(super::MAX_SHEETS) {
        let target = relation(data).and_then(|it| target(&relations, &it));
        let content = target.and_then(|it| part(&format!("xl/{it}"))).unwrap_or_default();
        found.sheets.push(sheet(&content, &mut left)?);
    }
    Ok(found)
}

/// Whether no record says that it is much longer than its part: calamine makes room first, for up to 256 MiB.
fn claims_fit(archive: &mut Archive<'_>, bounds: &Bounds) -> bool {
    let names: Vec<String> = archive.file_names_raw().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
    names.iter().filter(|it| is_records(it)).all(|it| part(archive, it, bounds).is_none_or(|it| fits(&it)))
}

/// The parts that calamine reads.
fn is_records(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = ["workbook.bin", "styles.bin", "sharedstrings.bin"].iter().any(|it| name.ends_with(it));
    ends || (name.contains("worksheets/") && name.ends_with(".bin"))
}

fn fits(content: &[u8]) -> bool {
    let mut records = Records { rest: content };
    while let (Some(_), Some(length)) = (records.number(2), records.number(4)) {
        match usize::try_from(length).ok().and_then(|it| records.rest.get(it..)) {
            Some(rest) => records.rest = rest,
            None => return length < MAX_TORN,
        }
    }
    true
}

fn part(archive: &mut Archive<'_>, name: &str, bounds: &Bounds) -> Option<Vec<u8>> {
    let at = archive.file_names_raw().position(|it| it.eq_ignore_ascii_case(name.as_bytes()))?;
    let mut content = Vec::new();
    archive.by_index(at).ok()?.take(bounds.part_bytes).read_to_end(&mut content).ok()?;
    Some(content)
}

/// The cell formats' ids, and the codes of those that the book defines (§2.1.7.50).
fn formats(styles: &[u8]) -> (Vec<u16>, HashMap<u16, String>) {
    let (mut formats, mut codes, mut in_cells) = (Vec::new(), HashMap::new(), false);
    for (kind, data) in (Records { rest: styles }).take(MAX_RECORDS) {
        match kind {
            BEGIN_CELL_XFS => in_cells = true,
            END_CELL_XFS => break,
            XF if in_cells => formats.push(half(data, 2).unwrap_or(0)),
            FORMAT => codes.extend(half(data, 0).zip(text(data.get(2..).unwrap_or_default()))),
            _ => {}
        }
    }
    (formats, codes)
}

/// XLWideString (§2.5.169).
fn text(data: &[u8]) -> Option<String> {
    let length = usize::try_from(word(data, 0)?).ok()?.checked_mul(2)?;
    Some(String::from_utf16_lossy(&words_of_two(data.get(4..)?.get(..length)?)))
}

/// The relation's id in BrtBundleSh (§2.4.313).
fn relation(data: &[u8]) -> Option<String> {
    text(data.get(8..)?)
}

/// The target of a relation: a part's name below `xl/`.
fn target(relations: &str, id: &str) -> Option<String> {
    let marked = format!("Id=\"{id}\"");
    let element = relations.split('<').find(|it| it.contains(&marked))?;
    let (_, rest) = element.split_once("Target=\"")?;
    let target = rest.split('"').next()?;
    Some(target.strip_prefix("/xl/").unwrap_or(target).to_owned())
}

fn sheet(content: &[u8], left: &mut usize) -> Result<Looks, Unreadable> {
    let mut looks = Looks::default();
    let mut row = 0;
    let mut in_cells = true;
    for (kind, data) in (Records { rest: content }) {
        *left = left.checked_sub(1).ok_or(Unreadable::TooManyCells)?;
        match kind {
            ROW_HEADER => {
                row = word(data, 0).unwrap_or(u32::MAX);
                // BrtRowHdr.fDyZero (§2.4.718)
                if data.get(11).is_some_and(|it| it & 0x10 != 0) {
                    looks.hidden_rows.insert(row);
                }
            }
            END_SHEET_DATA => in_cells = false,
            MERGE_CELL => {
                if let (Some(top), Some(first), Some(last)) = (word(data, 0), word(data, 8), word(data, 12)) {
                    looks.merged.insert((top, first), last);
                }
            }
            _ if in_cells && CELLS.contains(&kind) => {
                let Some(column) = word(data, 0) else { continue };
                // Cell.iStyleRef (§2.5.9): 24 bits
                let style = word(data, 4).and_then(|it| usize::try_from(it & 0xFF_FFFF).ok());
                looks.cell((row, column), style);
                if FORMULAS.contains(&kind) {
                    looks.formulas.insert((row, column));
                }
            }
            _ => {}
        }
    }
    Ok(looks)
}
