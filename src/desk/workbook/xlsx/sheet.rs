//! The cells of one sheet (ECMA-376 part 1, §18.3), in a stream.

use std::{borrow::Cow, collections::HashSet};

use super::{
    cells::{Budget, Shared, Written},
    quick::Quick,
    strings::rich_text,
    xml::{Tag, Token, Xml, bare_number, number},
};
use crate::desk::workbook::{
    book::{Cell, Place},
    package::Fail,
};

/// Excel's own limits (ECMA-376 gives none): rows and columns of a sheet.
const MAX_ROW: u32 = 1_048_576;
const MAX_COLUMN: u32 = 16_384;
/// A book with more of them is no form.
const MAX_MERGED: usize = 100_000;

/// A cell as it is mostly written takes about as many bytes: for the first guess how many there are.
const CELL_BYTES: usize = 40;
const MAX_RESERVED: usize = 16_384;

/// What a sheet's part holds, in the order of writing.
#[derive(Default)]
pub(super) struct Grid {
    /// Where a place is written twice, the later one counts.
    pub(super) cells: Vec<(Place, Cell)>,
    /// Places of formulas, and whether the result is missing.
    pub(super) formulas: Vec<(Place, bool)>,
    /// Of the rows with cells.
    pub(super) hidden_rows: HashSet<u32>,
    pub(super) merged: Vec<(Place, u32)>,
}

/// Where the next row and cell stand that do not say it.
struct Cursor {
    row: u32,
    column: u32,
    /// The row is not to be seen.
    hidden: bool,
}

impl Grid {
    /// # Errors
    /// [`Fail::Broken`] where the cells are no whole XML or the part is no worksheet; a bound that is hit.
    pub(super) fn read(text: &[u8], shared: &Shared<'_>, budget: &mut Budget) -> Result<Self, Fail> {
        let mut xml = Xml::new(text, budget.depth);
        let mut grid = Self::default();
        grid.cells.reserve((text.len() / CELL_BYTES).min(MAX_RESERVED));
        loop {
            match xml.next()? {
                Some(Token::Start(tag)) if tag.name == b"sheetData" && xml.inside(b"worksheet") => break,
                Some(_) => {}
                None => return Err(Fail::Broken),
            }
        }
        grid.rows(&mut xml, shared, budget)?;
        grid.cells.shrink_to_fit();
        // what follows is of little weight
        match grid.merged(&mut xml) {
            Err(fail @ Fail::Refused(_)) => Err(fail),
            _ => Ok(grid),
        }
    }

    fn rows(&mut self, xml: &mut Xml<'_>, shared: &Shared<'_>, budget: &mut Budget) -> Result<(), Fail> {
        let mut cursor = Cursor { row: 0, column: 0, hidden: false };
        let mut written = Written::default();
        loop {
            if let Some(cell) = xml.plain_cell() {
                let place = cursor.cell(cell.reference);
                written.plain(&cell);
                self.keep(place, &written, &cursor, shared, budget)?;
                continue;
            }
            match xml.next()? {
                Some(Token::Start(tag)) if tag.name == b"c" => {
                    let place = cursor.cell(written.head(&tag));
                    content(xml, &mut written)?;
                    self.keep(place, &written, &cursor, shared, budget)?;
                }
                Some(Token::Start(tag)) if tag.name == b"row" => cursor.begin(&tag),
                Some(Token::End(b"row")) => cursor.end(),
                Some(Token::End(b"sheetData")) => return Ok(()),
                Some(_) => {}
                None => return Err(Fail::Broken),
            }
        }
    }

    fn keep(
        &mut self,
        place: Option<Place>,
        written: &Written<'_>,
        cursor: &Cursor,
        shared: &Shared<'_>,
        budget: &mut Budget,
    ) -> Result<(), Fail> {
        let Some(place) = place else {
            return Ok(());
        };
        let cell = written.shown(shared, budget)?;
        if written.formula {
            self.formulas.push((place, written.lacks_result()));
            budget.count(usize::from(cell.is_none()))?;
        }
        if let Some(cell) = cell {
            budget.keep(&cell)?;
            if cursor.hidden {
                self.hidden_rows.insert(place.0);
            }
            self.cells.push((place, cell));
        }
        Ok(())
    }

    fn merged(&mut self, xml: &mut Xml<'_>) -> Result<(), Fail> {
        while let Some(token) = xml.next()? {
            match token {
                Token::Start(tag) if tag.name == b"mergeCell" && xml.inside(b"mergeCells") => {
                    self.merged.extend(tag.get(b"ref").and_then(span));
                }
                Token::End(b"mergeCells") => break,
                _ => {}
            }
            if self.merged.len() >= MAX_MERGED {
                break;
            }
        }
        Ok(())
    }
}

impl Cursor {
    fn begin(&mut self, tag: &Tag<'_>) {
        self.hidden = false;
        for (name, value) in tag.attributes() {
            match name {
                b"r" => self.row = number(value).and_then(|it| it.checked_sub(1)).unwrap_or(self.row),
                b"hidden" => self.hidden |= matches!(value, b"1" | b"true"),
                // most heights are seen to be none of 0 without counting
                b"ht" if !matches!(value, [b'1'..=b'9', ..]) => {
                    self.hidden |= std::str::from_utf8(value).is_ok_and(|it| it.trim().parse() == Ok(0.0))
                }
                _ => {}
            }
        }
    }

    fn end(&mut self) {
        self.row = self.row.saturating_add(1);
        self.column = 0;
    }

    /// The cell's place: as it says, else behind the one before. `None` for one that no sheet has.
    fn cell(&mut self, reference: Option<&[u8]>) -> Option<Place> {
        let place = reference.map_or(Some((self.row, self.column)), position);
        let place = place.filter(|(row, column)| *row < MAX_ROW && *column < MAX_COLUMN);
        self.column = place.map_or(self.column, |it| it.1).saturating_add(1);
        place
    }
}

impl<'a> Written<'a> {
    #[inline]
    fn plain(&mut self, cell: &Quick<'a>) {
        self.kind = cell.kind;
        self.style = cell.style;
        self.has_value = cell.value.is_some();
        self.value = Cow::Borrowed(cell.value.unwrap_or_default());
        (self.inline, self.formula) = (None, false);
    }

    /// Takes the cell's attributes, and returns its place as written.
    fn head(&mut self, tag: &Tag<'a>) -> Option<&'a [u8]> {
        let mut reference = None;
        (self.kind, self.style) = (None, None);
        for (name, value) in tag.attributes() {
            match name {
                b"r" => reference = Some(value),
                b"s" => self.style = Some(value),
                b"t" => self.kind = Some(value),
                _ => {}
            }
        }
        reference
    }
}

/// Reads up to the end of the cell.
fn content<'a>(xml: &mut Xml<'a>, written: &mut Written<'a>) -> Result<(), Fail> {
    written.value = Cow::Borrowed(&[]);
    (written.has_value, written.inline, written.formula) = (false, None, false);
    let depth = xml.depth();
    while xml.depth() >= depth {
        match xml.next()? {
            Some(Token::Start(tag)) => match tag.name {
                b"v" => {
                    written.has_value = true;
                    written.value = value(xml)?;
                }
                b"f" => {
                    written.formula = true;
                    xml.leave()?;
                }
                b"is" => written.inline = Some(rich_text(xml)?),
                _ => xml.leave()?,
            },
            Some(_) => {}
            None => return Err(Fail::Broken),
        }
    }
    Ok(())
}

/// The value as written: references are left for what the type makes of it.
fn value<'a>(xml: &mut Xml<'a>) -> Result<Cow<'a, [u8]>, Fail> {
    if let Some(plain) = xml.plain_text() {
        return Ok(Cow::Borrowed(plain));
    }
    let depth = xml.depth();
    let mut value = Vec::new();
    while xml.depth() >= depth {
        match xml.next()? {
            Some(Token::Text(raw)) => value.extend_from_slice(raw),
            Some(Token::Cdata(raw)) => {
                for it in raw {
                    if *it == b'&' { value.extend_from_slice(b"&amp;") } else { value.push(*it) }
                }
            }
            Some(_) => {}
            None => return Err(Fail::Broken),
        }
    }
    Ok(Cow::Owned(value))
}

/// `J14` → (13, 9).
fn position(name: &[u8]) -> Option<Place> {
    let (mut column, mut digits) = (0_u32, name.trim_ascii());
    while let [letter @ (b'A'..=b'Z' | b'a'..=b'z'), rest @ ..] = digits {
        column = column.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1)?;
        digits = rest;
    }
    Some((bare_number(digits)?.checked_sub(1)?, column.checked_sub(1)?))
}

/// The first cell of a range, and its last column.
fn span(range: &[u8]) -> Option<(Place, u32)> {
    let colon = range.iter().position(|it| *it == b':').unwrap_or(range.len());
    let (first, last) = range.split_at_checked(colon)?;
    let first = position(first)?;
    let last = last.strip_prefix(b":").map_or(Some(first), position)?;
    (last.0 < MAX_ROW && last.1 < MAX_COLUMN).then_some((first, last.1))
}
