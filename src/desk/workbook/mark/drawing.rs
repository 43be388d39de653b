//! The boxes of comments: shapes of VML, which Excel wants for each comment (ISO/IEC 29500-4 §19; the anchor and the
//! cell are `x:ClientData`, §19.4). What other shapes there are (buttons, check boxes, pictures of headers) stays.
//!
//! Excel writes VML that is not always well-formed (`<br>` in text boxes), so tags are taken one by one and never matched.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use quick_xml::{Reader, events::Event};

use super::{
    Unmarkable,
    place::Place,
    xml::{Edits, attributes, local_name, value},
};

/// Shapes are numbered in clusters of 1,024 (ISO/IEC 29500-4 §19.2.2.14).
const CLUSTER: u32 = 1_024;

const VML: &str = "urn:schemas-microsoft-com:vml";
const OFFICE: &str = "urn:schemas-microsoft-com:office:office";
const EXCEL: &str = "urn:schemas-microsoft-com:office:excel";

/// Where a box stands: column, pixels into it, row, pixels into it; then the same for its other corner.
pub(super) type Anchor = [u32; 8];

/// The clusters of shape numbers that a drawing part uses, by its list and by the shapes' names.
pub(super) fn clusters(text: &str) -> BTreeSet<u32> {
    let mut used = BTreeSet::new();
    for after in text.split("_x0000_s").skip(1) {
        let digits: String = after.chars().take_while(char::is_ascii_digit).take(9).collect();
        used.extend(digits.parse::<u32>().map(|it| it / CLUSTER));
    }
    for after in text.split(":idmap").skip(1) {
        let tag = format!("<idmap{}>", after.split('>').next().unwrap_or("").trim_end_matches('/'));
        let data = value(&tag, "data").ok().flatten().unwrap_or_default();
        used.extend(data.split(',').filter_map(|it| it.trim().parse::<u32>().ok()));
    }
    used
}

/// A new drawing part with these boxes.
pub(super) fn new(boxes: &BTreeMap<Place, Anchor>, used: &mut BTreeSet<u32>) -> Result<String, Unmarkable> {
    let empty = format!("<xml xmlns:v=\"{VML}\" xmlns:o=\"{OFFICE}\" xmlns:x=\"{EXCEL}\"></xml>");
    changed(&empty, &Wanted { removed: &BTreeSet::new(), grown: &BTreeSet::new(), boxes }, used)
}

/// What is wanted of a sheet's boxes.
pub(super) struct Wanted<'w> {
    /// Comments whose box goes, before new ones come.
    pub(super) removed: &'w BTreeSet<Place>,
    /// Comments with more words than before: on a protected sheet nobody could make their box larger.
    pub(super) grown: &'w BTreeSet<Place>,
    /// All comments; those that have no box get one.
    pub(super) boxes: &'w BTreeMap<Place, Anchor>,
}

/// A part with the boxes that are wanted.
pub(super) fn changed(text: &str, wanted: &Wanted<'_>, used: &mut BTreeSet<u32>) -> Result<String, Unmarkable> {
    let drawing = Drawing::read(text)?;
    let boxes = wanted.boxes;
    let mut edits = Edits::default();
    let mut boxed = BTreeSet::new();
    for note in &drawing.notes {
        if wanted.removed.contains(&note.place) {
            edits.replace(note.shape.clone(), String::new());
            continue;
        }
        if let Some(anchor) =
            boxes.get(&note.place).filter(|_| wanted.grown.contains(&note.place) && boxed.insert(note.place))
        {
            let numbers = anchor.map(|it| it.to_string()).join(", ");
            let x = &drawing.names.excel;
            let text = if note.anchored { numbers } else { format!("<{x}:Anchor>{numbers}</{x}:Anchor>") };
            edits.replace(note.anchor.clone(), text);
        }
        boxed.insert(note.place);
    }
    let missing: Vec<(&Place, &Anchor)> = boxes.iter().filter(|(place, _)| !boxed.contains(place)).collect();
    if !missing.is_empty() {
        let clusters = free_clusters(missing.len(), used);
        drawing.number(text, &clusters, &mut edits)?;
        let numbers = clusters.iter().flat_map(|it| it * CLUSTER + 1..(it + 1) * CLUSTER);
        let names = &drawing.names;
        let mut shapes = if drawing.has_type { String::new() } else { names.shape_type() };
        for ((place, anchor), number) in missing.into_iter().zip(numbers) {
            shapes.push_str(&names.note(*place, anchor, number));
        }
        edits.insert(drawing.end, shapes);
    }
    edits.apply(text)
}

/// Clusters that no part of the book uses, enough for so many shapes.
fn free_clusters(shapes: usize, used: &mut BTreeSet<u32>) -> Vec<u32> {
    let mut found = Vec::new();
    let mut number = 1;
    while found.len() * 1_023 < shapes {
        if used.insert(number) {
            found.push(number);
        }
        number += 1;
    }
    found
}

/// The prefixes of a part, for what is added to it.
#[derive(Debug, Default)]
struct Names {
    vml: String,
    office: String,
    excel: String,
}

impl Names {
    /// Each of the three namespaces must be bound at the root.
    fn of(root: &str) -> Result<Self, Unmarkable> {
        let mut names = Self::default();
        for (name, place) in attributes(root)? {
            let Some(prefix) = name.strip_prefix("xmlns:") else { continue };
            match root.get(place) {
                Some(VML) => names.vml = prefix.to_owned(),
                Some(OFFICE) => names.office = prefix.to_owned(),
                Some(EXCEL) => names.excel = prefix.to_owned(),
                _ => {}
            }
        }
        if names.vml.is_empty() || names.office.is_empty() || names.excel.is_empty() {
            return Err(Unmarkable::NotUnderstood("the namespaces of a drawing"));
        }
        Ok(names)
    }

    fn shape_type(&self) -> String {
        let Self { vml: v, office: o, .. } = self;
        format!(
            "<{v}:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" {o}:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\"><{v}:stroke joinstyle=\"miter\"/><{v}:path gradientshapeok=\"t\" {o}:connecttype=\"rect\"/></{v}:shapetype>"
        )
    }

    /// A comment's box, not seen until the mouse is over the cell.
    fn note(&self, (row, column): Place, anchor: &Anchor, number: u32) -> String {
        let Self { vml: v, office: o, excel: x } = self;
        let anchor = anchor.map(|it| it.to_string()).join(", ");
        format!(
            "<{v}:shape id=\"_x0000_s{number}\" type=\"#_x0000_t202\" style=\"position:absolute;margin-left:60pt;margin-top:2pt;width:200pt;height:80pt;z-index:1;visibility:hidden\" fillcolor=\"#ffffe1\" {o}:insetmode=\"auto\"><{v}:fill color2=\"#ffffe1\"/><{v}:shadow on=\"t\" color=\"black\" obscured=\"t\"/><{v}:path {o}:connecttype=\"none\"/><{v}:textbox style=\"mso-direction-alt:auto\"><div style=\"text-align:left\"></div></{v}:textbox><{x}:ClientData ObjectType=\"Note\"><{x}:MoveWithCells/><{x}:SizeWithCells/><{x}:Anchor>{anchor}</{x}:Anchor><{x}:AutoFill>False</{x}:AutoFill><{x}:Row>{row}</{x}:Row><{x}:Column>{column}</{x}:Column></{x}:ClientData></{v}:shape>"
        )
    }
}

/// What is known of a drawing part.
#[derive(Debug, Default)]
struct Drawing {
    names: Names,
    /// Boxes of comments.
    notes: Vec<Note>,
    /// The list of clusters: the value in the text.
    idmap: Option<Range<usize>>,
    /// After the root's opening tag.
    begin: usize,
    /// Before the root's closing tag.
    end: usize,
    /// The shape type of comments is there.
    has_type: bool,
}

/// The box of a comment.
#[derive(Debug)]
struct Note {
    place: Place,
    /// In the text.
    shape: Range<usize>,
    /// Where its anchor stands in the text, or would.
    anchor: Range<usize>,
    anchored: bool,
}

/// The shape that is being read.
#[derive(Default)]
struct Shape {
    start: usize,
    note: bool,
    row: Option<u32>,
    column: Option<u32>,
    anchor: Range<usize>,
    anchored: bool,
}

impl Drawing {
    fn read(text: &str) -> Result<Self, Unmarkable> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let place = |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let mut drawing = Self::default();
        let mut shape: Option<Shape> = None;
        loop {
            let start = place(&reader);
            let event = reader.read_event().map_err(|_| Unmarkable::NotUnderstood("a drawing is no markup"))?;
            let closes = matches!(event, Event::End(_));
            match event {
                Event::Start(_) | Event::Empty(_) | Event::End(_) => {}
                Event::DocType(_) => return Err(Unmarkable::NotUnderstood("XML with a document type")),
                Event::Eof => break,
                _ => continue,
            }
            let end = place(&reader);
            let source = text.get(start..end).ok_or(Unmarkable::NotUnderstood("XML places"))?;
            let inside = text.get(end..).unwrap_or_default();
            if closes {
                drawing.close(source, start..end, &mut shape)
            } else {
                drawing.open(source, start..end, inside, &mut shape)?
            }
        }
        if drawing.begin == 0 || drawing.end < drawing.begin || shape.is_some() {
            return Err(Unmarkable::NotUnderstood("a drawing without an end"));
        }
        Ok(drawing)
    }

    fn open(
        &mut self,
        source: &str,
        place: Range<usize>,
        inside: &str,
        shape: &mut Option<Shape>,
    ) -> Result<(), Unmarkable> {
        let name = name_of(source);
        if self.begin == 0 {
            if local_name(name) != "xml" || source.ends_with("/>") {
                return Err(Unmarkable::NotUnderstood("a drawing is not VML"));
            }
            self.names = Names::of(source)?;
            self.begin = place.end;
            return Ok(());
        }
        if name == format!("{}:shape", self.names.vml) && !source.ends_with("/>") {
            if shape.is_some() {
                return Err(Unmarkable::NotUnderstood("shapes within shapes"));
            }
            *shape = Some(Shape { start: place.start, ..Shape::default() });
        } else if name == format!("{}:shapetype", self.names.vml) {
            self.has_type |= value(source, "id")?.as_deref() == Some("_x0000_t202");
        } else if name == format!("{}:idmap", self.names.office) && self.idmap.is_none() {
            let data = attributes(source)?.into_iter().find(|(it, _)| *it == "data").map(|(_, it)| it);
            self.idmap = data.map(|it| place.start + it.start..place.start + it.end);
        }
        let (Some(shape), Some(local)) = (shape, name.strip_prefix(&format!("{}:", self.names.excel))) else {
            return Ok(());
        };
        let said = || inside.split('<').next().and_then(|it| it.trim().parse::<u32>().ok());
        match local {
            "ClientData" => {
                shape.note |= value(source, "ObjectType")?.as_deref() == Some("Note");
                shape.anchor = place.end..place.end;
            }
            "Anchor" if !source.ends_with("/>") => {
                let length = inside.find('<').unwrap_or(0);
                shape.anchor = place.end..place.end + length;
                shape.anchored = true;
            }
            "Row" => shape.row = said(),
            "Column" => shape.column = said(),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, source: &str, place: Range<usize>, shape: &mut Option<Shape>) {
        let name = name_of(source);
        if local_name(name) == "xml" {
            self.end = place.start;
        } else if name == format!("{}:shape", self.names.vml)
            && let Some(shape) = shape.take()
            && let (true, Some(row), Some(column)) = (shape.note, shape.row, shape.column)
        {
            let Shape { start, anchor, anchored, .. } = shape;
            self.notes.push(Note { place: (row, column), shape: start..place.end, anchor, anchored });
        }
    }

    /// Enters new clusters into the part's list.
    fn number(&self, text: &str, clusters: &[u32], edits: &mut Edits) -> Result<(), Unmarkable> {
        let list = clusters.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let Some(place) = self.idmap.clone() else {
            let Names { vml: v, office: o, .. } = &self.names;
            let text = format!(
                "<{o}:shapelayout {v}:ext=\"edit\"><{o}:idmap {v}:ext=\"edit\" data=\"{list}\"/></{o}:shapelayout>"
            );
            edits.insert(self.begin, text);
            return Ok(());
        };
        let old = text.get(place.clone()).ok_or(Unmarkable::NotUnderstood("XML places"))?.trim();
        edits.replace(place, if old.is_empty() { list } else { format!("{old},{list}") });
        Ok(())
    }
}

fn name_of(source: &str) -> &str {
    source.trim_start_matches(['<', '/']).split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or("")
}
