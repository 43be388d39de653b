//! What stands around a sheet's cells, in the order the schema asks for (CT_Worksheet, ECMA-376 part 1 §18.3.1.99).

use std::ops::Range;

use super::{
    Unmarkable,
    place::Area,
    xml::{Kind, STRICT_SHEET, Space, Tag, Tags, attributes, escape, local_name, prefix_of},
};
use crate::desk::rules::Bounds;

/// The children of `<worksheet>` in their order; `drawingHF` stands where ISO/IEC 29500 has put it.
const ORDER: [&str; 39] = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
];

const RELATIONS: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];

/// Columns of one width and format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub(super) first: u32,
    pub(super) last: u32,
    /// In pixels.
    pub(super) width: Option<u32>,
    pub(super) style: u32,
}

/// A sheet without its cells.
#[derive(Debug)]
pub(super) struct Frame {
    prefix: String,
    pub(super) strict: bool,
    /// `<sheetData>` with all that is in it.
    pub(super) data: Range<usize>,
    pub(super) columns: Vec<Columns>,
    pub(super) merges: Vec<Area>,
    /// The value of the attribute in the text, and what it says.
    pub(super) dimension: Option<(Range<usize>, Area)>,
    /// The relation of the old drawing part, which holds the boxes of comments.
    pub(super) legacy: Option<String>,
    legacy_at: usize,
    relations_prefix: Option<String>,
    /// In pixels.
    pub(super) default_width: u32,
    /// In pixels.
    pub(super) default_height: u32,
}

impl Frame {
    pub(super) fn read(text: &str, bounds: &Bounds) -> Result<Self, Unmarkable> {
        let mut tags = Tags::new(text, bounds.xml_depth);
        let root = tags.next()?.filter(|it| it.is(Space::Sheet, "worksheet") && it.kind == Kind::Open);
        let root = root.ok_or(Unmarkable::NotUnderstood("a sheet is no worksheet"))?;
        let mut reading = Reading::of(&root)?;
        while let Some(tag) = tags.next()? {
            reading.take(&tag, bounds)?;
        }
        reading.finish()
    }

    /// The place and the text of `<legacyDrawing>` for a relation.
    pub(super) fn legacy_drawing(&self, id: &str) -> (usize, String) {
        let id = escape(id);
        let prefix = &self.prefix;
        let text = match &self.relations_prefix {
            Some(relations) => format!("<{prefix}legacyDrawing {relations}:id=\"{id}\"/>"),
            None => {
                let space = RELATIONS.get(usize::from(self.strict)).copied().unwrap_or_default();
                format!("<{prefix}legacyDrawing xmlns:r=\"{space}\" r:id=\"{id}\"/>")
            }
        };
        (self.legacy_at, text)
    }

    /// The format a new cell takes from its column.
    pub(super) fn column_style(&self, column: u32) -> u32 {
        self.columns_at(column).map_or(0, |it| it.style)
    }

    /// In pixels.
    pub(super) fn column_width(&self, column: u32) -> u32 {
        self.columns_at(column).and_then(|it| it.width).unwrap_or(self.default_width)
    }

    fn columns_at(&self, column: u32) -> Option<&Columns> {
        let at = self.columns.partition_point(|it| it.last < column);
        self.columns.get(at).filter(|it| it.first <= column)
    }
}

struct Reading {
    frame: Frame,
    data: Option<Range<usize>>,
    /// The child of the root that is open: its rank, where it began.
    open: Option<(Option<usize>, usize)>,
    /// Where the first child that must follow `<legacyDrawing>` begins.
    first_after: usize,
}

impl Reading {
    fn of(root: &Tag<'_>) -> Result<Self, Unmarkable> {
        let name = root.name();
        let mut relations_prefix = None;
        let mut strict = false;
        for (name, place) in attributes(root.source)? {
            let value = root.source.get(place).unwrap_or_default();
            if let Some(prefix) = name.strip_prefix("xmlns:").filter(|_| RELATIONS.contains(&value)) {
                relations_prefix = Some(prefix.to_owned());
            }
            strict |= value == STRICT_SHEET;
        }
        let frame = Frame {
            prefix: prefix_of(name).to_owned(),
            strict,
            data: 0..0,
            columns: Vec::new(),
            merges: Vec::new(),
            dimension: None,
            legacy: None,
            legacy_at: root.end,
            relations_prefix,
            default_width: 64,
            default_height: 20,
        };
        Ok(Self { frame, data: None, open: None, first_after: usize::MAX })
    }

    fn take(&mut self, tag: &Tag<'_>, bounds: &Bounds) -> Result<(), Unmarkable> {
        match (tag.depth, tag.kind) {
            (0, _) => {}
            (1, Kind::Open) => {
                self.open = Some((self.rank(tag), tag.start));
                self.child(tag)?;
            }
            (1, Kind::Empty) => {
                let rank = self.rank(tag);
                self.child(tag)?;
                self.close(rank, tag.start, tag);
            }
            (1, Kind::Close) => {
                let (rank, start) = self.open.take().ok_or(Unmarkable::NotUnderstood("XML is not well-formed"))?;
                self.close(rank, start, tag);
            }
            _ if tag.kind != Kind::Close => self.inside(tag, bounds)?,
            _ => {}
        }
        Ok(())
    }

    fn rank(&self, tag: &Tag<'_>) -> Option<usize> {
        let local = local_name(tag.name());
        ORDER.iter().position(|it| *it == local).filter(|_| tag.space == Space::Sheet)
    }

    fn close(&mut self, rank: Option<usize>, start: usize, tag: &Tag<'_>) {
        let legacy = ORDER.iter().position(|it| *it == "legacyDrawing");
        if tag.is(Space::Sheet, "sheetData") {
            self.data = Some(start..tag.end);
        }
        match rank {
            Some(_) if rank < legacy => self.frame.legacy_at = tag.end,
            Some(_) if rank > legacy => self.first_after = self.first_after.min(start),
            _ => {}
        }
    }

    /// A child of the root.
    fn child(&mut self, tag: &Tag<'_>) -> Result<(), Unmarkable> {
        if tag.space != Space::Sheet {
            return Ok(());
        }
        match local_name(tag.name()) {
            "sheetData" if self.data.is_some() => return Err(Unmarkable::NotUnderstood("two sheetData")),
            "dimension" => {
                let place = attributes(tag.source)?.into_iter().find(|(it, _)| *it == "ref").map(|(_, it)| it);
                let area = place.clone().and_then(|it| tag.source.get(it)).and_then(Area::parse);
                self.frame.dimension =
                    place.zip(area).map(|(it, area)| (tag.start + it.start..tag.start + it.end, area));
            }
            "sheetFormatPr" => {
                if let Some(points) = number(tag, "defaultRowHeight")? {
                    self.frame.default_height = pixels_of_points(points);
                }
                if let Some(width) = number(tag, "defaultColWidth")? {
                    self.frame.default_width = pixels_of_width(width);
                }
            }
            "legacyDrawing" => {
                let id = attributes(tag.source)?.into_iter().find(|(name, _)| name.ends_with(":id"));
                let id = id.and_then(|(_, place)| tag.source.get(place));
                let id = id.ok_or(Unmarkable::NotUnderstood("legacyDrawing without a relation"))?;
                if self.frame.legacy.replace(id.to_owned()).is_some() {
                    return Err(Unmarkable::NotUnderstood("two legacyDrawing"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Something deeper.
    fn inside(&mut self, tag: &Tag<'_>, bounds: &Bounds) -> Result<(), Unmarkable> {
        if tag.space != Space::Sheet {
            return Ok(());
        }
        let local = local_name(tag.name());
        // Excel wraps `controls` and `oleObjects` in mc:AlternateContent: what is inside says where it stands
        if let Some((rank @ None, _)) = &mut self.open {
            *rank = ORDER.iter().position(|it| *it == local);
        }
        match local {
            "legacyDrawing" | "sheetData" => {
                return Err(Unmarkable::NotUnderstood("a part of the sheet is wrapped"));
            }
            "col" if tag.depth == 2 => {
                let columns = columns(tag)?;
                if columns.first > columns.last || self.frame.columns.last().is_some_and(|it| it.last >= columns.first)
                {
                    return Err(Unmarkable::NotUnderstood("columns"));
                }
                self.frame.columns.push(columns);
            }
            "mergeCell" if tag.depth == 2 => {
                let area = tag.value("ref")?.as_deref().and_then(Area::parse);
                self.frame.merges.push(area.ok_or(Unmarkable::NotUnderstood("a merged range"))?);
            }
            _ => {}
        }
        let many = self.frame.columns.len() > 16_384 || self.frame.merges.len() > bounds.cells;
        if many { Err(Unmarkable::TooLarge) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Frame, Unmarkable> {
        self.frame.data = self.data.ok_or(Unmarkable::NotUnderstood("a sheet without sheetData"))?;
        if self.first_after < self.frame.legacy_at {
            return Err(Unmarkable::NotUnderstood("a sheet whose parts are out of order"));
        }
        Ok(self.frame)
    }
}

fn columns(tag: &Tag<'_>) -> Result<Columns, Unmarkable> {
    let whole = |name| -> Result<Option<u32>, Unmarkable> { Ok(tag.value(name)?.and_then(|it| it.parse().ok())) };
    let bad = Unmarkable::NotUnderstood("columns");
    let (Some(first), Some(last)) = (whole("min")?, whole("max")?) else { return Err(bad) };
    let (Some(first), Some(last)) = (first.checked_sub(1), last.checked_sub(1)) else { return Err(bad) };
    let hidden = matches!(tag.value("hidden")?.as_deref(), Some("1" | "true"));
    let width = if hidden { Some(0) } else { number(tag, "width")?.map(pixels_of_width) };
    Ok(Columns { first, last, width, style: whole("style")?.unwrap_or(0) })
}

fn number(tag: &Tag<'_>, name: &str) -> Result<Option<f64>, Unmarkable> {
    Ok(tag.value(name)?.and_then(|it| it.parse().ok()))
}

/// Digits of the default font are taken as 7 pixels wide (ECMA-376 part 1 §18.3.1.13).
fn pixels_of_width(characters: f64) -> u32 {
    whole(characters * 7.0)
}

pub(super) fn pixels_of_points(points: f64) -> u32 {
    whole(points * 96.0 / 72.0)
}

/// Not more than the 255 characters and 409 points that Excel allows need.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is between 0 and 4,000")]
fn whole(pixels: f64) -> u32 {
    pixels.clamp(0.0, 4_000.0).round() as u32
}
