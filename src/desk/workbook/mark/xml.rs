//! XML as text with places: what stands where, so that a part is changed by splicing and all else stays as it is.

use std::ops::Range;

use quick_xml::{
    NsReader,
    escape::{partial_escape, unescape},
    events::Event,
    name::ResolveResult,
};

use super::Unmarkable;

/// The namespaces that matter here; each stands for its transitional and its strict name (ISO/IEC 29500-1 and -4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// SpreadsheetML.
    Sheet,
    /// `[Content_Types].xml` (ISO/IEC 29500-2 §10.1).
    Types,
    /// Parts of relationships (ISO/IEC 29500-2 §9.3).
    Relations,
    /// Markup compatibility (ISO/IEC 29500-3).
    Compatibility,
    Other,
}

pub(super) const SHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
pub(super) const STRICT_SHEET: &str = "http://purl.oclc.org/ooxml/spreadsheetml/main";

fn space(resolved: &ResolveResult<'_>) -> Space {
    let ResolveResult::Bound(namespace) = resolved else {
        return Space::Other;
    };
    match namespace.as_ref() {
        SHEET | STRICT_SHEET => Space::Sheet,
        "http://schemas.openxmlformats.org/package/2006/content-types" => Space::Types,
        "http://schemas.openxmlformats.org/package/2006/relationships" => Space::Relations,
        "http://schemas.openxmlformats.org/markup-compatibility/2006" => Space::Compatibility,
        _ => Space::Other,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Empty,
    Close,
}

/// One tag as it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a> {
    pub(super) kind: Kind,
    pub(super) space: Space,
    /// Elements around it.
    pub(super) depth: usize,
    /// Where it begins in the text.
    pub(super) start: usize,
    /// Where the text after it begins.
    pub(super) end: usize,
    /// The tag with its angle brackets.
    pub(super) source: &'a str,
}

impl<'a> Tag<'a> {
    /// The name with its prefix.
    pub(super) fn name(&self) -> &'a str {
        let inner = self.source.trim_start_matches(['<', '/']);
        inner.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or("")
    }

    pub(super) fn is(&self, space: Space, local: &str) -> bool {
        self.space == space && local_name(self.name()) == local
    }

    /// An attribute without a prefix, its entities resolved.
    pub(super) fn value(&self, name: &str) -> Result<Option<String>, Unmarkable> {
        value(self.source, name)
    }
}

/// `row` of `x:row`.
pub(super) fn local_name(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// `x:` of `x:row`, nothing of `row`: what new elements beside it are written with.
pub(super) fn prefix_of(name: &str) -> &str {
    name.split_once(':').and_then(|(prefix, _)| name.get(..prefix.len() + 1)).unwrap_or("")
}

/// The tags of a well-formed text, from first to last; anything else ends it with an error.
pub(super) struct Tags<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    depth: usize,
    most: usize,
}

impl<'a> Tags<'a> {
    /// At most `most` elements within elements.
    pub(super) fn new(text: &'a str, most: usize) -> Self {
        Self { text, reader: NsReader::from_str(text), depth: 0, most }
    }

    pub(super) fn next(&mut self) -> Result<Option<Tag<'a>>, Unmarkable> {
        loop {
            let start = self.place()?;
            let (resolved, event) =
                self.reader.read_resolved_event().map_err(|_| Unmarkable::NotUnderstood("XML is not well-formed"))?;
            let space = space(&resolved);
            let kind = match event {
                Event::Start(_) => Kind::Open,
                Event::Empty(_) => Kind::Empty,
                Event::End(_) => Kind::Close,
                Event::DocType(_) => return Err(Unmarkable::NotUnderstood("XML with a document type")),
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(Unmarkable::NotUnderstood("XML is cut off")),
                _ => continue,
            };
            return self.tag(kind, space, start).map(Some);
        }
    }

    fn tag(&mut self, kind: Kind, space: Space, start: usize) -> Result<Tag<'a>, Unmarkable> {
        let end = self.place()?;
        let source = self.text.get(start..end).ok_or(Unmarkable::NotUnderstood("XML places"))?;
        if !source.starts_with('<') || !source.ends_with('>') {
            return Err(Unmarkable::NotUnderstood("XML places"));
        }
        if kind == Kind::Close {
            self.depth = self.depth.saturating_sub(1);
        }
        let depth = self.depth;
        if kind == Kind::Open {
            self.depth = depth + 1;
        }
        if depth > self.most {
            return Err(Unmarkable::TooLarge);
        }
        Ok(Tag { kind, space, depth, start, end, source })
    }

    fn place(&self) -> Result<usize, Unmarkable> {
        usize::try_from(self.reader.buffer_position()).map_err(|_| Unmarkable::TooLarge)
    }
}

/// The attributes of a tag: name, and where the value stands in the tag.
pub(super) fn attributes(source: &str) -> Result<Vec<(&str, Range<usize>)>, Unmarkable> {
    let strange = || Unmarkable::NotUnderstood("XML attributes");
    let blank = |it: char| matches!(it, ' ' | '\t' | '\r' | '\n');
    let mut found: Vec<(&str, Range<usize>)> = Vec::new();
    let mut at = source.find(|it| blank(it) || it == '>').ok_or_else(strange)?;
    loop {
        let rest = source.get(at..).ok_or_else(strange)?;
        let trimmed = rest.trim_start_matches(blank);
        if trimmed == ">" || trimmed == "/>" || trimmed.is_empty() {
            return Ok(found);
        }
        if found.len() > 200 {
            return Err(Unmarkable::TooLarge);
        }
        let begin = source.len() - trimmed.len();
        let (name, after) = trimmed.split_once('=').ok_or_else(strange)?;
        let name = name.trim_end_matches(blank);
        let value = after.trim_start_matches(blank);
        let quote = value.chars().next().filter(|it| matches!(it, '"' | '\'')).ok_or_else(strange)?;
        let open = begin + (trimmed.len() - value.len()) + 1;
        let length = source.get(open..).and_then(|it| it.find(quote)).ok_or_else(strange)?;
        if name.is_empty() || name.contains(blank) || found.iter().any(|(it, _)| *it == name) {
            return Err(strange());
        }
        found.push((name, open..open + length));
        at = open + length + 1;
    }
}

/// The value of an attribute of a tag, its entities resolved.
pub(super) fn value(source: &str, name: &str) -> Result<Option<String>, Unmarkable> {
    let Some((_, place)) = attributes(source)?.into_iter().find(|(it, _)| *it == name) else {
        return Ok(None);
    };
    source.get(place).map(decode).transpose()
}

/// The tag with one attribute set, the others as they were.
pub(super) fn with_attribute(source: &str, name: &str, value: &str) -> Result<String, Unmarkable> {
    let mut edits = Edits::default();
    if let Some((_, place)) = attributes(source)?.into_iter().find(|(it, _)| *it == name) {
        edits.replace(place, escape(value));
    } else {
        let after =
            source.find([' ', '\t', '\r', '\n', '/', '>']).ok_or(Unmarkable::NotUnderstood("XML attributes"))?;
        edits.insert(after, format!(" {name}=\"{}\"", escape(value)));
    }
    edits.apply(source)
}

/// Text of the file with its entities resolved.
pub(super) fn decode(raw: &str) -> Result<String, Unmarkable> {
    unescape(raw).map(std::borrow::Cow::into_owned).map_err(|_| Unmarkable::NotUnderstood("XML entities"))
}

/// Text as it may stand between tags and in attributes; what XML 1.0 §2.2 forbids is left out.
pub(super) fn escape(text: &str) -> String {
    let allowed = |it: &char| match *it {
        '\t' | '\n' => true,
        it => u32::from(it) >= 0x20 && !matches!(u32::from(it), 0xFFFE | 0xFFFF),
    };
    let clean: String = text.chars().filter(allowed).collect();
    partial_escape(clean.as_str()).replace('"', "&quot;").replace('\'', "&apos;")
}

/// Changes to a text, kept until all are known.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(super) fn replace(&mut self, place: Range<usize>, with: String) {
        self.0.push((place, with));
    }

    /// Several at one place stay in the order in which they came.
    pub(super) fn insert(&mut self, at: usize, text: String) {
        if !text.is_empty() {
            self.0.push((at..at, text));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changed text; changes that overlap are an error of ours and spoil nothing.
    pub(super) fn apply(mut self, text: &str) -> Result<String, Unmarkable> {
        let overlap = || Unmarkable::NotUnderstood("changes overlap");
        self.0.sort_by_key(|(place, _)| (place.start, place.end));
        let more: usize = self.0.iter().map(|(_, it)| it.len()).sum();
        let mut changed = String::with_capacity(text.len() + more);
        let mut at = 0;
        for (place, with) in self.0 {
            changed.push_str(text.get(at..place.start).ok_or_else(overlap)?);
            changed.push_str(&with);
            at = place.end;
        }
        changed.push_str(text.get(at..).ok_or_else(overlap)?);
        Ok(changed)
    }
}

/// One element of a [`Tree`], as places in its text.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) space: Space,
    /// The opening (or only) tag.
    pub(super) tag: Range<usize>,
    /// The closing tag; empty, at the end, for an element of one tag.
    pub(super) close: Range<usize>,
    /// The number of the first element after all that is in this one.
    next: usize,
}

/// A small part as a whole: elements in the order of the document.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    text: &'a str,
    elements: Vec<Element>,
}

impl<'a> Tree<'a> {
    /// At most `most` elements, at most `deep` within each other.
    pub(super) fn read(text: &'a str, most: usize, deep: usize) -> Result<Self, Unmarkable> {
        let mut tags = Tags::new(text, deep);
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        while let Some(tag) = tags.next()? {
            if tag.kind == Kind::Close {
                let count = elements.len();
                let element = open.pop().and_then(|it| elements.get_mut(it));
                let element = element.ok_or(Unmarkable::NotUnderstood("XML is not well-formed"))?;
                element.close = tag.start..tag.end;
                element.next = count;
                continue;
            }
            if elements.len() >= most || (tag.depth == 0 && !elements.is_empty()) {
                return Err(if elements.len() >= most {
                    Unmarkable::TooLarge
                } else {
                    Unmarkable::NotUnderstood("two roots")
                });
            }
            if tag.kind == Kind::Open {
                open.push(elements.len());
            }
            let next = elements.len() + 1;
            elements.push(Element { space: tag.space, tag: tag.start..tag.end, close: tag.end..tag.end, next });
        }
        Ok(Self { text, elements })
    }

    /// The root, where it is what the part must be.
    pub(super) fn root(&self, space: Space, local: &str) -> Result<&Element, Unmarkable> {
        let root = self.elements.first().ok_or(Unmarkable::NotUnderstood("a part is empty"))?;
        if self.is(root, space, local) {
            Ok(root)
        } else {
            Err(Unmarkable::NotUnderstood("a part is not what it should be"))
        }
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> &[Element] {
        &self.elements
    }

    pub(super) fn tag(&self, element: &Element) -> &'a str {
        self.text.get(element.tag.clone()).unwrap_or("")
    }

    /// The whole element with all that is in it.
    pub(super) fn source(&self, element: &Element) -> &'a str {
        self.text.get(element.tag.start..element.close.end).unwrap_or("")
    }

    /// What stands between the tags.
    pub(super) fn inner(&self, element: &Element) -> &'a str {
        self.text.get(element.tag.end..element.close.start).unwrap_or("")
    }

    pub(super) fn name(&self, element: &Element) -> &'a str {
        let inner = self.tag(element).trim_start_matches('<');
        inner.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or("")
    }

    pub(super) fn is(&self, element: &Element, space: Space, local: &str) -> bool {
        element.space == space && local_name(self.name(element)) == local
    }

    pub(super) fn value(&self, element: &Element, name: &str) -> Result<Option<String>, Unmarkable> {
        value(self.tag(element), name)
    }

    /// The elements directly in this one.
    pub(super) fn children(&self, element: &Element) -> impl Iterator<Item = &Element> {
        let inside = self.elements.partition_point(|it| it.tag.start <= element.tag.start);
        let mut at = inside;
        let end = element.next;
        std::iter::from_fn(move || {
            let child = if at < end { self.elements.get(at) } else { None }?;
            at = child.next;
            Some(child)
        })
    }

    pub(super) fn child(&self, element: &Element, space: Space, local: &str) -> Option<&Element> {
        self.children(element).find(|it| self.is(it, space, local))
    }

    /// Puts text after the last thing in an element, which may have been written as one tag.
    pub(super) fn append(&self, edits: &mut Edits, element: &Element, text: &str) {
        if element.close.is_empty() {
            let opened = self.tag(element).trim_end_matches('>').trim_end_matches('/').trim_end();
            let name = self.name(element);
            edits.replace(element.tag.clone(), format!("{opened}>{text}</{name}>"));
        } else {
            edits.insert(element.close.start, text.to_owned());
        }
    }
}
