//! The cells of a sheet: those to be marked get another format, those that are not there are made, all else stays.
//! (CT_SheetData, CT_Row, CT_Cell: ECMA-376 part 1 §18.3.1.80, §18.3.1.73, §18.3.1.4.)

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Unmarkable, Weight,
    place::{Area, LAST_COLUMN, LAST_ROW, Place, place},
    sheet::{Frame, pixels_of_points},
    styles::Styles,
    xml::{Edits, Kind, Space, Tag, Tags, local_name, prefix_of, with_attribute},
};
use crate::desk::{rules::Bounds, workbook::book::cell_name};

/// What is wanted of a sheet's cells.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Cells that are coloured, and made where they are missing.
    pub(super) cells: BTreeMap<Place, Weight>,
    /// Merged ranges whose other cells are coloured where they are there.
    pub(super) areas: Vec<(Area, Weight)>,
    /// Cells that carried a comment of ours.
    pub(super) formerly: BTreeSet<Place>,
}

/// What the cells tell besides.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Heights of rows that have one of their own, in pixels.
    pub(super) heights: BTreeMap<u32, u32>,
    /// The cells that were made.
    pub(super) made: Vec<Place>,
}

/// Changes the cells of a sheet; places in `edits` are places in the sheet's text.
pub(super) fn colour(
    text: &str,
    frame: &Frame,
    wanted: &Wanted,
    styles: &mut Styles,
    edits: &mut Edits,
    bounds: &Bounds,
) -> Result<Seen, Unmarkable> {
    let mut work = Work {
        frame,
        wanted,
        styles,
        edits,
        waiting: wanted.cells.iter().map(|(place, weight)| (*place, *weight)).rev().collect(),
        row: None,
        last_row: None,
        cells: 0,
        seen: Seen::default(),
    };
    let mut tags = Tags::new(text, bounds.xml_depth);
    while let Some(tag) = tags.next()? {
        if tag.start >= frame.data.end {
            break;
        }
        if tag.start >= frame.data.start {
            work.take(&tag)?;
        }
        if work.cells > bounds.cells {
            return Err(Unmarkable::TooLarge);
        }
    }
    Ok(work.seen)
}

/// The row that is being read.
struct Row<'a> {
    number: u32,
    tag: Tag<'a>,
    style: u32,
    last: Option<u32>,
    /// Where new cells go that follow the last one: before what CT_Row allows after cells.
    tail: Option<usize>,
    /// Columns of the cells made in it.
    made: Vec<u32>,
    areas: Vec<(Area, Weight)>,
}

struct Work<'w, 'a> {
    frame: &'w Frame,
    wanted: &'w Wanted,
    styles: &'w mut Styles,
    edits: &'w mut Edits,
    /// Cells not yet met, the first one last.
    waiting: Vec<(Place, Weight)>,
    row: Option<Row<'a>>,
    last_row: Option<u32>,
    cells: usize,
    seen: Seen,
}

impl<'a> Work<'_, 'a> {
    fn take(&mut self, tag: &Tag<'a>) -> Result<(), Unmarkable> {
        let local = local_name(tag.name());
        match (tag.depth, tag.kind) {
            (1, Kind::Open) => Ok(()),
            (1, Kind::Empty) => self.fill_empty_data(tag),
            (1, Kind::Close) => {
                let rows = self.new_rows(u32::MAX, prefix_of(tag.name()))?;
                self.edits.insert(tag.start, rows);
                Ok(())
            }
            (2, _) if tag.space != Space::Sheet || local != "row" => Err(Unmarkable::NotUnderstood("not a row")),
            (2, Kind::Close) => self.end_row(tag),
            (2, _) => self.begin_row(tag),
            (3, Kind::Close) => Ok(()),
            (3, _) if tag.space == Space::Sheet && local == "c" => self.cell(tag),
            (3, _) => {
                let row = self.row.as_mut().ok_or(Unmarkable::NotUnderstood("a cell without a row"))?;
                row.tail = row.tail.or(Some(tag.start));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn fill_empty_data(&mut self, tag: &Tag<'_>) -> Result<(), Unmarkable> {
        let rows = self.new_rows(u32::MAX, prefix_of(tag.name()))?;
        if !rows.is_empty() {
            let open = tag.source.trim_end_matches('>').trim_end_matches('/').trim_end();
            self.edits.replace(tag.start..tag.end, format!("{open}>{rows}</{}>", tag.name()));
        }
        Ok(())
    }

    fn begin_row(&mut self, tag: &Tag<'a>) -> Result<(), Unmarkable> {
        let bad = || Unmarkable::NotUnderstood("rows");
        let number = match tag.value("r")? {
            Some(text) => text.parse::<u32>().ok().and_then(|it| it.checked_sub(1)).ok_or_else(bad)?,
            None => self.last_row.map_or(0, |it| it + 1),
        };
        if number > LAST_ROW || self.last_row.is_some_and(|it| it >= number) {
            return Err(bad());
        }
        self.last_row = Some(number);
        let before = self.new_rows(number, prefix_of(tag.name()))?;
        if !before.is_empty() {
            self.edits.insert(tag.start, before);
        }
        let on = |it: Option<String>| matches!(it.as_deref(), Some("1" | "true"));
        if on(tag.value("hidden")?) {
            self.seen.heights.insert(number, 0);
        } else if let Some(points) = tag.value("ht")?.and_then(|it| it.parse().ok()) {
            self.seen.heights.insert(number, pixels_of_points(points));
        }
        let style = if on(tag.value("customFormat")?) { tag.value("s")?.and_then(|it| it.parse().ok()) } else { None };
        let inside = |area: &Area| (area.first.0..=area.last.0).contains(&number);
        let areas = self.wanted.areas.iter().filter(|(area, _)| inside(area)).copied().collect();
        // a row without a format of its own leaves its cells to their columns
        let style = style.unwrap_or(u32::MAX);
        self.row = Some(Row { number, tag: *tag, style, last: None, tail: None, made: Vec::new(), areas });
        if tag.kind == Kind::Empty { self.end_row(tag) } else { Ok(()) }
    }

    fn cell(&mut self, tag: &Tag<'a>) -> Result<(), Unmarkable> {
        self.cells += 1;
        let bad = || Unmarkable::NotUnderstood("cells");
        let row = self.row.as_ref().ok_or_else(bad)?;
        if row.tail.is_some() {
            return Err(bad());
        }
        let here = match tag.value("r")? {
            Some(name) => place(&name).filter(|(it, _)| *it == row.number).ok_or_else(bad)?,
            None => (row.number, row.last.map_or(0, |it| it + 1)),
        };
        if here.1 > LAST_COLUMN || row.last.is_some_and(|it| it >= here.1) {
            return Err(bad());
        }
        let before = self.new_cells(here.1, prefix_of(tag.name()))?;
        self.edits.insert(tag.start, before);
        if self.waiting.last().is_some_and(|(place, _)| *place == here) {
            self.waiting.pop();
        }
        let row = self.row.as_mut().ok_or_else(bad)?;
        row.last = Some(here.1);
        let weight = self
            .wanted
            .cells
            .get(&here)
            .copied()
            .or_else(|| row.areas.iter().find(|(area, _)| area.contains(here)).map(|(_, weight)| *weight));
        let style = match tag.value("s")? {
            Some(text) => text.parse::<u32>().map_err(|_| bad())?,
            None => 0,
        };
        let changed = match weight {
            Some(weight) => self.styles.coloured(style, weight)?,
            None => self.styles.restored(style, self.wanted.formerly.contains(&here))?,
        };
        if changed != style {
            let place = tag.start..tag.end;
            self.edits.replace(place, with_attribute(tag.source, "s", &changed.to_string())?);
        }
        Ok(())
    }

    fn end_row(&mut self, tag: &Tag<'a>) -> Result<(), Unmarkable> {
        let rest = self.new_cells(u32::MAX, prefix_of(tag.name()))?;
        let Some(row) = self.row.take() else { return Err(Unmarkable::NotUnderstood("rows")) };
        let mut opening = row.tag.source.to_owned();
        if let Some(spans) = row.tag.value("spans")?.and_then(|it| wider(&it, &row.made)) {
            opening = with_attribute(&opening, "spans", &spans)?;
        }
        if tag.kind == Kind::Empty {
            if !rest.is_empty() {
                let open = opening.trim_end_matches('>').trim_end_matches('/').trim_end();
                self.edits.replace(tag.start..tag.end, format!("{open}>{rest}</{}>", tag.name()));
            }
            return Ok(());
        }
        if opening != row.tag.source {
            self.edits.replace(row.tag.start..row.tag.end, opening);
        }
        if !rest.is_empty() {
            self.edits.insert(row.tail.unwrap_or(tag.start), rest);
        }
        Ok(())
    }

    /// The rows to be made that stand before this one.
    fn new_rows(&mut self, before: u32, prefix: &str) -> Result<String, Unmarkable> {
        let mut rows = String::new();
        while let Some(((row, _), _)) = self.waiting.last().copied().filter(|((row, _), _)| *row < before) {
            let mut cells = String::new();
            while let Some((place, weight)) = self.waiting.pop_if(|((it, _), _)| *it == row) {
                cells.push_str(&self.new_cell(place, weight, u32::MAX, prefix)?);
            }
            rows.push_str(&format!("<{prefix}row r=\"{}\">{cells}</{prefix}row>", row + 1));
        }
        Ok(rows)
    }

    /// The cells to be made in the open row that stand before this column.
    fn new_cells(&mut self, before: u32, prefix: &str) -> Result<String, Unmarkable> {
        let Some((number, style)) = self.row.as_ref().map(|it| (it.number, it.style)) else { return Ok(String::new()) };
        let mut cells = String::new();
        while let Some((place, weight)) = self.waiting.pop_if(|((row, column), _)| *row == number && *column < before) {
            cells.push_str(&self.new_cell(place, weight, style, prefix)?);
            if let Some(row) = &mut self.row {
                row.made.push(place.1);
            }
        }
        Ok(cells)
    }

    /// A new cell looks like its row, or else like its column, as it does in Excel.
    fn new_cell(&mut self, place: Place, weight: Weight, row: u32, prefix: &str) -> Result<String, Unmarkable> {
        let style = if row == u32::MAX { self.frame.column_style(place.1) } else { row };
        let style = self.styles.coloured(style, weight)?;
        self.seen.made.push(place);
        Ok(format!("<{prefix}c r=\"{}\" s=\"{style}\"/>", cell_name(place)))
    }
}

/// `spans` that have these columns too; nothing where they have them already.
fn wider(spans: &str, columns: &[u32]) -> Option<String> {
    let mut all: Vec<(u32, u32)> = Vec::new();
    for span in spans.split_whitespace() {
        let (first, last) = span.split_once(':')?;
        all.push((first.parse().ok()?, last.parse().ok()?));
    }
    let outside = |column: &&u32| !all.iter().any(|(first, last)| (*first..=*last).contains(&(**column + 1)));
    let outside: Vec<u32> = columns.iter().filter(outside).map(|it| it + 1).collect();
    let first = all.iter().map(|it| it.0).chain(outside.iter().copied()).min()?;
    let last = all.iter().map(|it| it.1).chain(outside.iter().copied()).max()?;
    (!outside.is_empty()).then(|| format!("{first}:{last}"))
}

/// The sheet's `dimension`, widened where a cell was made outside.
pub(super) fn widen_dimension(frame: &Frame, made: &[Place], edits: &mut Edits) {
    let Some((place, area)) = &frame.dimension else { return };
    let wide = made.iter().fold(*area, |area, place| area.with(*place));
    if wide != *area {
        edits.replace(place.clone(), format!("{}:{}", cell_name(wide.first), cell_name(wide.last)));
    }
}
