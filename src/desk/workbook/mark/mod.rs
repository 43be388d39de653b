//! Hands a company's own workbook back with the cells to mend coloured and commented, and nothing else changed.
//!
//! No library writes the book anew: text is spliced into the sheet, `styles.xml`, the comments and their boxes, the
//! sheet's relations and `[Content_Types].xml`; every other part keeps its bytes. Whatever is not understood for sure is a
//! reason to send the letter without the book, for a damaged book would be worse than none.
//!
//! In reading order: `package` (the archive), `xml` (text with places), `relations` and `types` (what leads where and is
//! what), `sheet` (what stands around the cells), `cells`, `styles` (`sections`: what they must have), `comments`, `drawing`
//! and `boxes` (the comments' boxes).

mod boxes;
mod cells;
mod comments;
mod drawing;
mod package;
mod place;
mod relations;
mod sections;
mod sheet;
mod styles;
mod types;
mod xml;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::{
    cells::{Seen, Wanted},
    package::Package,
    place::{Area, Place, place},
    relations::Relations,
    sheet::Frame,
    styles::Styles,
    types::Types,
    xml::{Edits, STRICT_SHEET, Space, Tags, Tree},
};
use super::book::clip;
use crate::desk::rules::Bounds;

/// Characters of one mark that are shown; the letter has them all.
const MOST_WORDS: usize = 800;
/// A form has some hundred rows with two cells each.
const MOST_MARKS: usize = 1_000;

const COMMENTS: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
const DRAWING: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";
const STYLES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml";

/// The content types of workbooks and templates, without and with macros (ECMA-376 part 1 §12.3.23; [MS-OFFMACRO2] §2.2.1).
const WORKBOOKS: [&str; 4] = [
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "application/vnd.ms-excel.template.macroEnabled.main+xml",
];

/// A cell to colour, and the words to put at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The sheet's name as the book has it.
    pub sheet: String,
    /// `J14`.
    pub cell: String,
    /// How it is coloured.
    pub weight: Weight,
    /// What to say; several lines are allowed.
    pub comment: String,
}

/// How much a marked cell matters: of several marks on one cell the first of these wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Weight {
    /// Light red.
    MustMend,
    /// Yellow.
    Ask,
}

/// Why a workbook goes back unmarked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unmarkable {
    /// No .xlsx or .xlsm.
    #[error("the file is no workbook of Excel 2007 or later")]
    NotAWorkbook,
    /// Protected by a password, as a whole.
    #[error("the file is encrypted")]
    Encrypted,
    /// The archive cannot be read.
    #[error("the file is damaged")]
    Damaged,
    /// A bound on foreign files is hit.
    #[error("the workbook is larger than is looked at")]
    TooLarge,
    /// A digital signature would no longer hold.
    #[error("the workbook is signed")]
    Signed,
    /// Several people edit it with a record of changes.
    #[error("the workbook is shared")]
    Shared,
    /// A mark names a sheet the book does not have.
    #[error("there is no worksheet of this name: {0}")]
    NoSuchSheet(String),
    /// The marks have no author: every comment would be taken for one of theirs.
    #[error("the marks have no author")]
    NoAuthor,
    /// A mark names no cell.
    #[error("this is no cell: {0}")]
    NoSuchCell(String),
    /// Something is written in a way that is not known for sure.
    #[error("the workbook is not understood: {0}")]
    NotUnderstood(&'static str),
}

impl Unmarkable {
    /// For the log: without the words of the book.
    pub fn name(&self) -> &'static str {
        match self {
            Unmarkable::NotAWorkbook => "not-a-workbook",
            Unmarkable::Encrypted => "encrypted",
            Unmarkable::Damaged => "damaged",
            Unmarkable::TooLarge => "too-large",
            Unmarkable::Signed => "signed",
            Unmarkable::Shared => "shared",
            Unmarkable::NoAuthor => "no-author",
            Unmarkable::NoSuchSheet(_) => "no-such-sheet",
            Unmarkable::NoSuchCell(_) => "no-such-cell",
            Unmarkable::NotUnderstood(what) => what,
        }
    }
}

/// Colours and comments cells of a workbook. Marks that an earlier call with the same author has left and that are not
/// asked for again are taken away: the comments, and the fills where the old one is known.
///
/// Pure and bounded; the time is linear in the inflated size of the parts that are changed.
///
/// # Errors
/// Why the book goes back unmarked; nothing is half done.
pub fn mark(bytes: &[u8], marks: &[Mark], author: &str, bounds: &Bounds) -> Result<Vec<u8>, Unmarkable> {
    catch_unwind(AssertUnwindSafe(|| Marking::open(bytes, author, bounds)?.all(marks)))
        .unwrap_or(Err(Unmarkable::Damaged))
}

/// What is to be said at the cells of one sheet.
type Said = BTreeMap<Place, (Weight, Vec<String>)>;

struct Marking<'a> {
    package: Package<'a>,
    types: Types,
    workbook: String,
    relations: Relations,
    styles: Styles,
    /// The part, `None` where there is none yet.
    styles_part: Option<String>,
    strict: bool,
    /// Worksheets: name and part, in the book's order.
    sheets: Vec<(String, String)>,
    /// Clusters of shape numbers in use anywhere in the book.
    clusters: BTreeSet<u32>,
    author: &'a str,
    bounds: &'a Bounds,
}

impl<'a> Marking<'a> {
    fn open(bytes: &'a [u8], author: &'a str, bounds: &'a Bounds) -> Result<Self, Unmarkable> {
        if author.trim().is_empty() {
            return Err(Unmarkable::NoAuthor);
        }
        let mut package = Package::open(bytes, bounds)?;
        if package.names().any(|it| it.starts_with("_xmlsignatures/")) {
            return Err(Unmarkable::Signed);
        }
        let types = Types::read(&mut package, bounds)?;
        let roots = Relations::read(&mut package, "", bounds)?;
        if roots.all.iter().any(|it| it.kind.contains("/digital-signature/")) {
            return Err(Unmarkable::Signed);
        }
        let workbook =
            roots.only("officeDocument")?.and_then(|it| it.target.clone()).ok_or(Unmarkable::NotAWorkbook)?;
        if !types.of(&workbook).is_some_and(|it| WORKBOOKS.contains(&it)) {
            return Err(Unmarkable::NotAWorkbook);
        }
        let relations = Relations::read(&mut package, &workbook, bounds)?;
        if relations.all.iter().any(|it| it.kind == "revisionHeaders") {
            return Err(Unmarkable::Shared);
        }
        let text = package.part(&workbook)?.ok_or(Unmarkable::NotAWorkbook)?;
        let (sheets, strict) = worksheets(&text, &relations, bounds)?;
        let styles_part = relations.only("styles")?.and_then(|it| it.target.clone());
        let styles = match &styles_part {
            Some(part) => package.part(part)?.ok_or(Unmarkable::NotUnderstood("a part is missing"))?,
            None => sections::empty(strict),
        };
        let styles = Styles::read(styles, bounds)?;
        let mut marking = Self {
            package,
            types,
            workbook,
            relations,
            styles,
            styles_part,
            strict,
            sheets,
            clusters: BTreeSet::new(),
            author,
            bounds,
        };
        marking.find_clusters()?;
        Ok(marking)
    }

    /// Numbers of shapes must not meet those of another drawing in the book.
    fn find_clusters(&mut self) -> Result<(), Unmarkable> {
        let drawings: Vec<String> = self.package.names().filter(|it| it.ends_with(".vml")).map(str::to_owned).collect();
        for name in drawings {
            let text = self.package.part(&name)?.unwrap_or_default();
            self.clusters.extend(drawing::clusters(&text));
        }
        Ok(())
    }

    fn all(mut self, marks: &[Mark]) -> Result<Vec<u8>, Unmarkable> {
        let mut said = self.by_part(marks)?;
        for (_, part) in self.sheets.clone() {
            let said = said.remove(&part).unwrap_or_default();
            self.sheet(&part, &said)?;
        }
        if let Some(text) = self.styles.changed(self.bounds)? {
            match &self.styles_part {
                Some(part) => self.package.put(part, text)?,
                None => self.add_styles(text)?,
            }
        }
        self.relations.save(&mut self.package, self.bounds)?;
        self.types.save(&mut self.package, self.bounds)?;
        self.package.verify(self.bounds)?;
        self.package.write()
    }

    fn add_styles(&mut self, text: String) -> Result<(), Unmarkable> {
        let folder = self.workbook.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let part = format!("{folder}styles.xml");
        if self.package.has(&part) {
            return Err(Unmarkable::NotUnderstood("styles without a relation"));
        }
        self.relations.add("styles", self.strict, &part);
        self.types.set(&part, STYLES);
        self.package.put(&part, text)
    }

    fn by_part(&self, marks: &[Mark]) -> Result<HashMap<String, Said>, Unmarkable> {
        if marks.len() > MOST_MARKS {
            return Err(Unmarkable::TooLarge);
        }
        let mut all: HashMap<String, Said> = HashMap::new();
        for mark in marks {
            let part = self.sheets.iter().find(|(name, _)| *name == mark.sheet).map(|(_, part)| part.clone());
            let part = part.ok_or_else(|| Unmarkable::NoSuchSheet(mark.sheet.clone()))?;
            let cell = place(&mark.cell).ok_or_else(|| Unmarkable::NoSuchCell(mark.cell.clone()))?;
            let words = mark.comment.replace("\r\n", "\n").replace('\r', "\n");
            say(all.entry(part).or_default(), cell, mark.weight, [clip(words.trim(), MOST_WORDS)]);
        }
        Ok(all)
    }

    fn sheet(&mut self, part: &str, said: &Said) -> Result<(), Unmarkable> {
        let relations = Relations::read(&mut self.package, part, self.bounds)?;
        let comments_part = relations.only("comments")?.and_then(|it| it.target.clone());
        let old = match &comments_part {
            Some(part) => Some(self.package.part(part)?.ok_or(Unmarkable::NotUnderstood("a part is missing"))?),
            None => None,
        };
        let ours = old.as_ref().is_some_and(|it| comments::mention(it, self.author));
        if said.is_empty() && !ours && !self.styles.knows_ours() {
            return Ok(());
        }
        let text = self.package.part(part)?.ok_or(Unmarkable::NotUnderstood("a part is missing"))?;
        let frame = Frame::read(&text, self.bounds)?;
        let (said, areas) = on_merged(said, &frame);
        let words = said.iter().map(|(place, (_, words))| (*place, words.join("\n\n")));
        let words: BTreeMap<Place, String> = words.filter(|(_, words)| !words.is_empty()).collect();
        let comments = if ours || !words.is_empty() {
            Some(comments::rewrite(old.as_deref(), frame.strict, self.author, &words, self.bounds)?)
        } else {
            None
        };
        let wanted = Wanted {
            cells: said.iter().map(|(place, (weight, _))| (*place, *weight)).collect(),
            areas,
            formerly: comments.as_ref().map(|it| it.formerly.clone()).unwrap_or_default(),
        };
        let mut edits = Edits::default();
        let seen = cells::colour(&text, &frame, &wanted, &mut self.styles, &mut edits, self.bounds)?;
        cells::widen_dimension(&frame, &seen.made, &mut edits);
        if let Some(comments) = comments.filter(|it| it.text.is_some()) {
            let sheet = Commented { relations, comments_part, frame: &frame, seen: &seen };
            self.comments(sheet, comments, &mut edits)?;
        }
        if edits.is_empty() { Ok(()) } else { self.package.put(part, edits.apply(&text)?) }
    }

    /// Puts a sheet's comments and their boxes in their parts.
    fn comments(
        &mut self,
        mut sheet: Commented<'_>,
        comments: comments::Comments,
        edits: &mut Edits,
    ) -> Result<(), Unmarkable> {
        let frame = sheet.frame;
        let folder = self.workbook.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let part = sheet.comments_part.clone().unwrap_or_else(|| {
            let part = self.package.free_name(&format!("{folder}comments"), ".xml");
            sheet.relations.add("comments", frame.strict, &part);
            part
        });
        self.types.set(&part, COMMENTS);
        self.package.put(&part, comments.text.unwrap_or_default())?;
        let boxes = comments.places.iter().map(|place| {
            let words = comments.written.get(place).map_or("", String::as_str);
            (*place, boxes::anchor(*place, words, frame, &sheet.seen.heights))
        });
        let boxes: BTreeMap<Place, drawing::Anchor> = boxes.collect();
        if let Some(id) = &frame.legacy {
            let part = sheet.relations.target(id).ok_or(Unmarkable::NotUnderstood("a part is missing"))?.to_owned();
            let text = self.package.part(&part)?.ok_or(Unmarkable::NotUnderstood("a part is missing"))?;
            let grown = comments.written.keys().copied().collect();
            let wanted = drawing::Wanted { removed: &comments.removed, grown: &grown, boxes: &boxes };
            let text = drawing::changed(&text, &wanted, &mut self.clusters)?;
            self.package.put(&part, text)?;
        } else if !boxes.is_empty() {
            let part = self.package.free_name(&format!("{folder}drawings/vmlDrawing"), ".vml");
            let id = sheet.relations.add("vmlDrawing", frame.strict, &part);
            self.types.set(&part, DRAWING);
            self.package.put(&part, drawing::new(&boxes, &mut self.clusters)?)?;
            let (at, text) = frame.legacy_drawing(&id);
            edits.insert(at, text);
        }
        sheet.relations.save(&mut self.package, self.bounds)
    }
}

/// A sheet whose comments change.
struct Commented<'s> {
    relations: Relations,
    comments_part: Option<String>,
    frame: &'s Frame,
    seen: &'s Seen,
}

/// Adds to what is said at a cell; the same words are said once.
fn say(said: &mut Said, cell: Place, weight: Weight, words: impl IntoIterator<Item = String>) {
    let entry = said.entry(cell).or_insert_with(|| (weight, Vec::new()));
    entry.0 = entry.0.min(weight);
    for words in words {
        if !words.is_empty() && !entry.1.contains(&words) {
            entry.1.push(words);
        }
    }
}

/// Marks in merged ranges go to their first cell, the only one that shows; the others take the colour where they are there.
fn on_merged(said: &Said, frame: &Frame) -> (Said, Vec<(Area, Weight)>) {
    let mut moved = said.clone();
    let mut areas = Vec::new();
    for area in &frame.merges {
        let inside: Vec<Place> = moved
            .range((area.first.0, 0)..=(area.last.0, u32::MAX))
            .map(|(place, _)| *place)
            .filter(|it| area.contains(*it))
            .collect();
        for place in &inside {
            if let Some((weight, words)) = moved.remove(place) {
                say(&mut moved, area.first, weight, words);
            }
        }
        if let Some((weight, _)) = moved.get(&area.first).filter(|_| !inside.is_empty()) {
            areas.push((*area, *weight));
        }
    }
    (moved, areas)
}

/// The worksheets of a workbook, and whether it is a strict one.
fn worksheets(text: &str, relations: &Relations, bounds: &Bounds) -> Result<(Vec<(String, String)>, bool), Unmarkable> {
    let tree = Tree::read(text, bounds.strings, bounds.xml_depth)?;
    let root = tree.root(Space::Sheet, "workbook")?;
    let strict = tree.tag(root).contains(STRICT_SHEET);
    let list = tree.child(root, Space::Sheet, "sheets").ok_or(Unmarkable::NotUnderstood("a book without sheets"))?;
    let mut found: Vec<(String, String)> = Vec::new();
    for sheet in tree.children(list).filter(|it| tree.is(it, Space::Sheet, "sheet")) {
        let tag = tree.tag(sheet);
        let id = xml::attributes(tag)?.into_iter().find(|(name, _)| name.ends_with(":id"));
        let id = id.and_then(|(_, place)| tag.get(place)).map(xml::decode).transpose()?;
        let relation = id.and_then(|id| relations.all.iter().find(|it| it.id == id));
        let relation = relation.ok_or(Unmarkable::NotUnderstood("a sheet without a part"))?;
        let (Some(name), Some(part)) = (tree.value(sheet, "name")?, relation.target.clone()) else {
            return Err(Unmarkable::NotUnderstood("a sheet without a part"));
        };
        // sheets of charts, dialogs and old macros have no cells of ours
        if relation.kind == "worksheet" {
            if found.iter().any(|(other, place)| *other == name || place.eq_ignore_ascii_case(&part)) {
                return Err(Unmarkable::NotUnderstood("two sheets of one name or part"));
            }
            found.push((name, part));
        }
    }
    Ok((found, strict))
}

/// Reads a text to its end.
fn well_formed(text: &str, bounds: &Bounds) -> Result<(), Unmarkable> {
    let mut tags = Tags::new(text, bounds.xml_depth);
    while tags.next()?.is_some() {}
    Ok(())
}
