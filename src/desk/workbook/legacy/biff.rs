//! How the cells of an .xls are shown: its record stream ([MS-XLS] §2.1.4), walked once.

use std::collections::HashMap;

use encoding_rs::SHIFT_JIS;

use super::{BookLooks, Format, Looks};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::compound::{half, word, words_of_two},
};

// record types ([MS-XLS] §2.3)
const BOF: u16 = 0x0809;
const END: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const BOUND_SHEET: u16 = 0x0085;
const OB_PROJ: u16 = 0x00D3;
const FORMAT: u16 = 0x041E;
const XF: u16 = 0x00E0;
const ROW: u16 = 0x0208;
const MERGE_CELLS: u16 = 0x00E5;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00BD;
const FORMULA: u16 = 0x0006;
/// NUMBER, LABEL, BOOLERR, RK, LABELSST, RSTRING.
const CELLS: [u16; 6] = [0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6];

/// Records looked at, over all sheets: sheets may claim the same place.
const MAX_RECORDS: usize = 4_000_000;

struct Record<'a> {
    kind: u16,
    data: &'a [u8],
}

/// The records from a place on; ends where the stream is torn.
struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (kind, length) = (half(self.rest, 0)?, usize::from(half(self.rest, 2)?));
        let (data, rest) = self.rest.get(4..)?.split_at_checked(length)?;
        self.rest = rest;
        Some(Record { kind, data })
    }
}

/// Whether the workbook stream is encrypted: FILEPASS (§2.4.117) stands among the first records.
pub(in crate::desk::workbook) fn is_protected(stream: &[u8]) -> bool {
    Records { rest: stream }.take(16).take_while(|it| it.kind != END).any(|it| it.kind == FILE_PASS)
}

/// What the globals tell.
#[derive(Default)]
struct Globals {
    codes: HashMap<u16, String>,
    formats: Vec<u16>,
    sheets: Vec<usize>,
    macros: bool,
}

/// Looks up everything.
pub(super) fn looks(stream: &[u8], bounds: &Bounds) -> Result<BookLooks, Unreadable> {
    if is_protected(stream) {
        return Err(Unreadable::Encrypted);
    }
    let globals = globals(stream);
    if globals.formats.len() > bounds.strings {
        return Err(Unreadable::TooManyStrings);
    }
    let mut found = BookLooks { macros: globals.macros, ..BookLooks::default() };
    found.formats = globals
        .formats
        .iter()
        .map(|it| Format::of_id(u32::from(*it), globals.codes.get(it).map(String::as_str)))
        .collect();
    let mut records = MAX_RECORDS;
    for place in globals.sheets {
        found.sheets.push(sheet(stream.get(place..).unwrap_or_default(), &mut records)?);
    }
    // a result of no text may be a formula's own; where no formula has any other, nothing was ever calculated
    let formulas: usize = found.sheets.iter().map(|it| it.formulas.len()).sum();
    let unresolved: usize = found.sheets.iter().map(|it| it.unresolved.len()).sum();
    if unresolved < formulas {
        found.sheets.iter_mut().for_each(|it| it.unresolved.clear());
    }
    Ok(found)
}

fn globals(stream: &[u8]) -> Globals {
    let mut found = Globals::default();
    let mut old = false;
    for it in (Records { rest: stream }).take(MAX_RECORDS) {
        match it.kind {
            BOF => old = half(it.data, 0) == Some(0x0500),
            FORMAT => found.codes.extend(code(it.data, old)),
            XF => found.formats.push(half(it.data, 2).unwrap_or(0)),
            OB_PROJ => found.macros = true,
            BOUND_SHEET => {
                let place = word(it.data, 0).and_then(|it| usize::try_from(it).ok());
                found.sheets.push(place.unwrap_or(usize::MAX));
                // BoundSheet8.dt (§2.4.28): 1 is a sheet of Excel 4 macros
                found.macros |= it.data.get(5) == Some(&1);
            }
            END => break,
            _ => {}
        }
    }
    found
}

/// Format (§2.4.126); before BIFF8 its text is in the computer's own charset.
fn code(data: &[u8], old: bool) -> Option<(u16, String)> {
    let id = half(data, 0)?;
    if old {
        let text = data.get(3..)?.get(..usize::from(*data.get(2)?))?;
        return Some((id, SHIFT_JIS.decode_without_bom_handling(text).0.into_owned()));
    }
    let length = usize::from(half(data, 2)?);
    let wide = data.get(4)? & 1 == 1;
    let text = data.get(5..)?;
    let text = if wide {
        String::from_utf16_lossy(&words_of_two(text.get(..length.checked_mul(2)?)?))
    } else {
        text.get(..length)?.iter().map(|it| char::from(*it)).collect()
    };
    Some((id, text))
}

fn sheet(stream: &[u8], left: &mut usize) -> Result<Looks, Unreadable> {
    let mut looks = Looks::default();
    let mut depth = 0_usize;
    for it in (Records { rest: stream }) {
        *left = left.checked_sub(1).ok_or(Unreadable::TooManyCells)?;
        match it.kind {
            BOF => depth += 1,
            END if depth <= 1 => break,
            END => depth -= 1,
            // a chart within the sheet has cells of its own
            _ if depth > 1 => {}
            kind => note(&mut looks, kind, it.data),
        }
    }
    Ok(looks)
}

fn note(looks: &mut Looks, kind: u16, data: &[u8]) {
    let place = || Some((u32::from(half(data, 0)?), u32::from(half(data, 2)?)));
    match kind {
        DIMENSIONS => {
            let narrow = |at| half(data, at).map(u32::from);
            let (first, last, columns) = match data.len() {
                10 => (narrow(0), narrow(2), narrow(6)), // before BIFF8
                _ => (word(data, 0), word(data, 4), narrow(10)),
            };
            // calamine counts from the first row to the last, round past zero where they are the wrong way round
            let rows = last.unwrap_or(0).wrapping_sub(first.unwrap_or(0));
            if u64::from(rows).saturating_mul(u64::from(columns.unwrap_or(0))) > super::MAX_AREA / 4 {
                let head = [kind, u16::try_from(data.len()).unwrap_or(0)];
                looks.claims.push([&head.map(u16::to_le_bytes).concat(), data].concat());
            }
        }
        ROW if data.get(12).is_some_and(|it| it & 0x20 != 0) => {
            looks.hidden_rows.extend(half(data, 0).map(u32::from));
        }
        MERGE_CELLS => {
            let ranges = data.get(2..).unwrap_or_default().chunks_exact(8);
            looks.merged.extend(ranges.filter_map(|it| {
                let number = |at: usize| half(it, at).map(u32::from);
                Some(((number(0)?, number(4)?), number(6)?))
            }));
        }
        MUL_RK => {
            let (Some((row, first)), Some(cells)) = (place(), data.get(4..data.len().saturating_sub(2))) else {
                return;
            };
            for (column, it) in (first..).zip(cells.chunks_exact(6)) {
                looks.cell((row, column), half(it, 0).map(usize::from));
            }
        }
        FORMULA => {
            let Some(place) = place() else { return };
            looks.cell(place, half(data, 4).map(usize::from));
            looks.formulas.insert(place);
            // FormulaValue (§2.5.133): no number, and of the kind "empty text"
            if data.get(12..14) == Some(&[0xFF, 0xFF]) && data.get(6) == Some(&3) {
                looks.unresolved.insert(place);
            }
        }
        _ if CELLS.contains(&kind) => {
            if let Some(place) = place() {
                looks.cell(place, half(data, 4).map(usize::from));
            }
        }
        _ => {}
    }
}
