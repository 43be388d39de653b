//! How the cells of each style show their numbers (ECMA-376 part 1, §18.8): nothing else of the styles is read.

use std::{borrow::Cow, collections::HashMap};

use super::xml::{Token, Xml};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::{format::Format, package::Fail},
};

/// Formats in use. Excel's own limit is 250 of the company's making (Excel specifications and limits).
const MAX_FORMATS: usize = 4_096;

/// The format of each cell style.
#[derive(Default)]
pub(super) struct Styles {
    formats: Vec<Format>,
    /// For each style, which of the formats.
    cells: Vec<u32>,
}

impl Styles {
    /// # Errors
    /// [`Fail::Broken`], or more cell styles or formats than are read.
    pub(super) fn read(text: &[u8], bounds: &Bounds) -> Result<Self, Fail> {
        let mut xml = Xml::new(text, bounds.xml_depth);
        let mut codes: HashMap<u32, Cow<'_, str>> = HashMap::new();
        let mut known: HashMap<u32, u32> = HashMap::new();
        let mut styles = Self::default();
        while let Some(token) = xml.next()? {
            match token {
                Token::Start(tag) if tag.name == b"numFmt" && xml.inside(b"numFmts") => {
                    if let (Some(id), Some(code)) = (tag.number(b"numFmtId"), tag.text(b"formatCode")) {
                        codes.insert(id, code);
                    }
                }
                Token::Start(tag) if tag.name == b"xf" && xml.inside(b"cellXfs") => {
                    let id = tag.number(b"numFmtId").unwrap_or(0);
                    if styles.cells.len() >= bounds.strings {
                        return Err(Fail::Refused(Unreadable::TooManyStrings));
                    }
                    let at = match known.get(&id) {
                        Some(at) => *at,
                        None => styles.push(Format::of_id(id, codes.get(&id).map(Cow::as_ref)))?,
                    };
                    known.insert(id, at);
                    styles.cells.push(at);
                }
                // the number formats stand before the cell styles (§18.8.39)
                Token::End(b"cellXfs") => break,
                _ => {}
            }
        }
        Ok(styles)
    }

    fn push(&mut self, format: Format) -> Result<u32, Fail> {
        let at = self.formats.len();
        if at >= MAX_FORMATS {
            return Err(Fail::Refused(Unreadable::TooManyStrings));
        }
        self.formats.push(format);
        u32::try_from(at).map_err(|_| Fail::Broken)
    }

    pub(super) fn format(&self, style: u32) -> Option<&Format> {
        let at = self.cells.get(usize::try_from(style).ok()?)?;
        self.formats.get(usize::try_from(*at).ok()?)
    }
}
