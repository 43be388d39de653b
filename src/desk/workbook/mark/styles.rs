//! Cell formats: a marked cell gets a copy of its own format with another fill, and nothing else changed
//! (CT_Stylesheet, ECMA-376 part 1 §18.8.39).
//!
//! The fill a cell had is kept in ours, so that a later round can give it back: a solid fill shows only its `fgColor`
//! (§18.8.32), and spreadsheet programs that know what they do carry `bgColor` along. The six lowest bits of our colour are a
//! checksum of it, so that a colour that a program has put there itself is not taken for the old one.

use std::{collections::HashMap, ops::Range};

use super::{
    Unmarkable, Weight,
    sections::complete,
    xml::{Edits, Element, Space, Tree, attributes, prefix_of, value, with_attribute},
};
use crate::desk::rules::Bounds;

/// Light red and a strong yellow: black text is easy to read on both, and in grey one is darker than the other.
const MUST_MEND: u32 = 0x00F4_A4A4;
const ASK: u32 = 0x00FC_E468;
const CHECKSUM: u32 = 0x0003_0303;

/// Excel's own limit on cell formats (Excel specifications and limits).
const MOST_FORMATS: usize = 65_490;
const MOST_BYTES: usize = 8 << 20;

/// What a fill shows, as far as it can be kept in another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Paint {
    None,
    /// The attributes of a colour.
    Solid(String),
    /// Patterns and gradients: they do not fit into the colour of another fill.
    Other,
}

/// A fill of the book.
#[derive(Debug, Clone)]
enum Fill {
    Theirs(Paint),
    /// Ours, with the fill that was there before, and whether that can be trusted.
    Ours(Weight, Paint, bool),
}

/// `styles.xml`, with the formats that were added.
#[derive(Debug)]
pub(super) struct Styles {
    text: String,
    prefix: String,
    fills: Vec<Fill>,
    /// Where each format stands in the text, and its fill.
    formats: Vec<(Range<usize>, usize)>,
    added_formats: Vec<String>,
    added_fills: Vec<String>,
    known: HashMap<(u32, Paint, Option<Weight>), u32>,
}

impl Styles {
    pub(super) fn read(text: String, bounds: &Bounds) -> Result<Self, Unmarkable> {
        if text.len() > MOST_BYTES {
            return Err(Unmarkable::TooLarge);
        }
        let text = complete(text, bounds)?;
        let tree = Tree::read(&text, bounds.strings, bounds.xml_depth)?;
        let root = tree.root(Space::Sheet, "styleSheet")?;
        let (fills, formats) = lists(&tree, root)?;
        let fills: Vec<Fill> = tree.children(fills).map(|it| fill(&tree, it)).collect::<Result<_, _>>()?;
        let mut places = Vec::new();
        for format in tree.children(formats) {
            if !tree.is(format, Space::Sheet, "xf") {
                return Err(Unmarkable::NotUnderstood("a cell format"));
            }
            let number = tree.value(format, "fillId")?.map_or(Ok(0), |it| it.parse::<usize>());
            let number = number.ok().filter(|it| *it < fills.len()).ok_or(Unmarkable::NotUnderstood("a fill"))?;
            places.push((format.tag.start..format.close.end, number));
        }
        let prefix = prefix_of(tree.name(root)).to_owned();
        // the first two fills are not free: Excel takes them for none and gray125 whatever they say
        let reserved = ["none", "gray125"].into_iter().skip(fills.len());
        let added_fills =
            reserved.map(|it| format!("<\u{1}fill><\u{1}patternFill patternType=\"{it}\"/></\u{1}fill>")).collect();
        let added_formats = Vec::new();
        Ok(Self { text, prefix, fills, formats: places, added_formats, added_fills, known: HashMap::new() })
    }

    /// Whether some fill of the book is one of ours.
    pub(super) fn knows_ours(&self) -> bool {
        self.fills.iter().any(|it| matches!(it, Fill::Ours(..)))
    }

    /// The format like this one, in the colour of a mark.
    pub(super) fn coloured(&mut self, format: u32, weight: Weight) -> Result<u32, Unmarkable> {
        let before = match self.fill_of(format)? {
            Fill::Ours(old, _, true) if old == weight => return Ok(format),
            Fill::Ours(_, paint, true) | Fill::Theirs(paint) => paint,
            Fill::Ours(_, _, false) => Paint::None,
        };
        self.variant(format, before, Some(weight))
    }

    /// The format like this one without a mark: the same where it has none. Where the old fill is not to be trusted
    /// it is a mark of ours only if the cell had a comment of ours.
    pub(super) fn restored(&mut self, format: u32, commented: bool) -> Result<u32, Unmarkable> {
        match self.fill_of(format)? {
            Fill::Ours(_, paint, true) => self.variant(format, paint, None),
            Fill::Ours(_, _, false) if commented => self.variant(format, Paint::None, None),
            _ => Ok(format),
        }
    }

    fn fill_of(&self, format: u32) -> Result<Fill, Unmarkable> {
        let at = usize::try_from(format).unwrap_or(usize::MAX);
        let fill = self.formats.get(at).and_then(|(_, fill)| self.fills.get(*fill));
        fill.cloned().ok_or(Unmarkable::NotUnderstood("a cell's format"))
    }

    fn variant(&mut self, format: u32, paint: Paint, weight: Option<Weight>) -> Result<u32, Unmarkable> {
        let key = (format, paint.clone(), weight);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let fill = match weight {
            Some(weight) => self.fill(&ours(weight, &paint)),
            None => match &paint {
                Paint::Solid(colour) => self.fill(&solid(colour, "indexed=\"64\"")),
                Paint::None | Paint::Other => 0,
            },
        };
        let at = usize::try_from(format).unwrap_or(usize::MAX);
        let source = self.formats.get(at).and_then(|(place, _)| self.text.get(place.clone())).unwrap_or("");
        let end = source.find('>').map_or(0, |it| it + 1);
        // a `>` may stand in an attribute, where nothing of a format needs one
        let (tag, rest) = source.split_at_checked(end).ok_or(Unmarkable::NotUnderstood("a cell format"))?;
        let tag = with_attribute(&with_attribute(tag, "fillId", &fill.to_string())?, "applyFill", "1")?;
        let number = self.formats.len() + self.added_formats.len();
        if number >= MOST_FORMATS {
            return Err(Unmarkable::TooLarge);
        }
        self.added_formats.push(format!("{tag}{rest}"));
        let number = u32::try_from(number).map_err(|_| Unmarkable::TooLarge)?;
        self.known.insert(key, number);
        Ok(number)
    }

    /// The number of a new fill; the same one is added once.
    fn fill(&mut self, colours: &str) -> usize {
        let at = self.added_fills.iter().position(|it| it == colours).unwrap_or_else(|| {
            self.added_fills.push(colours.to_owned());
            self.added_fills.len() - 1
        });
        self.fills.len() + at
    }

    /// The changed text; `None` where no format was added.
    pub(super) fn changed(&self, bounds: &Bounds) -> Result<Option<String>, Unmarkable> {
        if self.added_formats.is_empty() {
            return Ok(None);
        }
        let tree = Tree::read(&self.text, bounds.strings, bounds.xml_depth)?;
        let root = tree.root(Space::Sheet, "styleSheet")?;
        let (fills, formats) = lists(&tree, root)?;
        let prefix = &self.prefix;
        let new_fills: String = self.added_fills.iter().map(|it| it.replace('\u{1}', prefix)).collect();
        let mut edits = Edits::default();
        grow(&tree, &mut edits, fills, self.fills.len() + self.added_fills.len(), &new_fills)?;
        let all = self.formats.len() + self.added_formats.len();
        grow(&tree, &mut edits, formats, all, &self.added_formats.concat())?;
        edits.apply(&self.text).map(Some)
    }
}

fn lists<'t>(tree: &'t Tree<'_>, root: &'t Element) -> Result<(&'t Element, &'t Element), Unmarkable> {
    let list = |local| {
        let mut found = tree.children(root).filter(|it| tree.is(it, Space::Sheet, local));
        let first = found.next().filter(|it| !it.close.is_empty());
        first.filter(|_| found.next().is_none()).ok_or(Unmarkable::NotUnderstood("the list of fills or formats"))
    };
    Ok((list("fills")?, list("cellXfs")?))
}

/// Puts elements at the end of a list and sets its count, where it has one.
fn grow(tree: &Tree<'_>, edits: &mut Edits, list: &Element, count: usize, text: &str) -> Result<(), Unmarkable> {
    let tag = tree.tag(list);
    if let Some((_, place)) = attributes(tag)?.into_iter().find(|(it, _)| *it == "count") {
        edits.replace(list.tag.start + place.start..list.tag.start + place.end, count.to_string());
    }
    edits.insert(list.close.start, text.to_owned());
    Ok(())
}

/// Written with `\u{1}` where the prefix goes.
fn solid(shown: &str, kept: &str) -> String {
    let p = '\u{1}';
    format!(
        "<{p}fill><{p}patternFill patternType=\"solid\"><{p}fgColor {shown}/><{p}bgColor {kept}/></{p}patternFill></{p}fill>"
    )
}

fn ours(weight: Weight, before: &Paint) -> String {
    let kept = match before {
        Paint::None => "indexed=\"64\"",
        Paint::Solid(colour) => colour,
        Paint::Other => "indexed=\"65\"",
    };
    let base = match weight {
        Weight::MustMend => MUST_MEND,
        Weight::Ask => ASK,
    };
    solid(&format!("rgb=\"FF{:06X}\"", base | checksum(kept)), kept)
}

/// Six bits over what a colour says; tints are left out, for programs round them, and so is the opacity.
fn checksum(colour: &str) -> u32 {
    let tag = format!("<c {colour}/>");
    let mut sum = 0x811C_9DC5_u32;
    for name in ["rgb", "theme", "indexed"] {
        let Ok(Some(said)) = value(&tag, name) else { continue };
        let said = said.to_ascii_uppercase();
        let said = if said.len() == 8 { said.get(2..).unwrap_or_default() } else { &said };
        for byte in name.bytes().chain(said.bytes()) {
            sum = (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    let sum = sum ^ (sum >> 16);
    (sum & 3) | ((sum >> 2 & 3) << 8) | ((sum >> 4 & 3) << 16)
}

fn fill(tree: &Tree<'_>, element: &Element) -> Result<Fill, Unmarkable> {
    let Some(pattern) = tree.child(element, Space::Sheet, "patternFill") else { return Ok(Fill::Theirs(Paint::Other)) };
    let kind = tree.value(pattern, "patternType")?;
    if kind.as_deref().is_none_or(|it| it == "none") {
        return Ok(Fill::Theirs(Paint::None));
    }
    let colour = |local| tree.child(pattern, Space::Sheet, local).map(|it| colour(tree.tag(it))).transpose();
    let (Some("solid"), Some(shown)) = (kind.as_deref(), colour("fgColor")?.flatten()) else {
        return Ok(Fill::Theirs(Paint::Other));
    };
    let kept = colour("bgColor")?.flatten().unwrap_or_default();
    let said = value(&format!("<c {shown}/>"), "rgb")?.and_then(|it| u32::from_str_radix(&it, 16).ok());
    let Some(said) = said.map(|it| it & 0x00FF_FFFF) else { return Ok(Fill::Theirs(Paint::Solid(shown))) };
    let weight = match said & !CHECKSUM {
        MUST_MEND => Weight::MustMend,
        ASK => Weight::Ask,
        _ => return Ok(Fill::Theirs(Paint::Solid(shown))),
    };
    let paint = match kept.as_str() {
        "indexed=\"64\"" => Paint::None,
        "indexed=\"65\"" => Paint::Other,
        kept => Paint::Solid(kept.to_owned()),
    };
    Ok(Fill::Ours(weight, paint, said & CHECKSUM == checksum(&kept)))
}

/// The attributes of a colour in one form, so that they compare; `None` where it is left to the program.
fn colour(tag: &str) -> Result<Option<String>, Unmarkable> {
    let mut said = Vec::new();
    for name in ["rgb", "theme", "indexed", "tint"] {
        let plain = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '+');
        if let Some(value) = value(tag, name)?.filter(|it| it.chars().all(|it| plain(&it))) {
            said.push(format!("{name}=\"{value}\""));
        }
    }
    Ok((!said.is_empty()).then(|| said.join(" ")))
}
