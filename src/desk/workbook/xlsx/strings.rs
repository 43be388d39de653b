//! Shared strings (ECMA-376 part 1, §18.4): found fast, and made into text only where a cell shows them.

use std::{borrow::Cow, ops::Range, rc::Rc};

use memchr::{memchr, memchr2_iter, memmem};

use super::xml::{Token, Xml, decode, tag_end};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::{
        book::{MAX_CELL_CHARS, Text, clean},
        package::Fail,
        screen::Screen,
    },
};

/// The part with the strings, and where each of them begins in it.
#[derive(Default)]
pub(super) struct Strings {
    part: Rc<Vec<u8>>,
    starts: Vec<u32>,
}

impl Strings {
    /// Counts what is there; the count that the part declares is not looked at.
    ///
    /// # Errors
    /// [`Fail::Broken`], or more strings than are read.
    pub(super) fn read(text: Vec<u8>, bounds: &Bounds) -> Result<Self, Fail> {
        let starts = find(&text, bounds)?;
        Ok(Self { part: Rc::new(text), starts })
    }

    /// The XML of a string, from its start on, and not beyond the start of the next.
    pub(super) fn raw(&self, at: u32) -> Option<Range<usize>> {
        let at = usize::try_from(at).ok()?;
        let start = usize::try_from(*self.starts.get(at)?).ok()?;
        let end = self.starts.get(at + 1).and_then(|it| usize::try_from(*it).ok()).unwrap_or(self.part.len());
        Some(start..end)
    }

    /// The text of a string: runs joined, readings left out.
    ///
    /// # Errors
    /// [`Fail::Broken`]; the bound on its depth.
    pub(super) fn shown(&self, raw: &Range<usize>, screen: &Screen, depth: usize) -> Result<Text, Fail> {
        let written = self.part.get(raw.clone()).ok_or(Fail::Broken)?;
        if let Some((text, start)) = plain(written)
            && text.len() <= MAX_CELL_CHARS
            && let Some(signs) = screen.signs(text)
        {
            return Text::within(&self.part, raw.start + start, text.len(), signs).ok_or(Fail::Broken);
        }
        if let Some(joined) = runs(written)
            && joined.len() <= MAX_CELL_CHARS
            && let Some(signs) = screen.signs(&joined)
        {
            return std::str::from_utf8(&joined).map(|it| Text::own(it, signs)).map_err(|_| Fail::Broken);
        }
        let mut xml = Xml::new(written, depth);
        match xml.next()? {
            Some(Token::Start(_)) => Ok(clean(Cow::Owned(rich_text(&mut xml)?)).into()),
            _ => Err(Fail::Broken),
        }
    }
}

fn find(text: &[u8], bounds: &Bounds) -> Result<Vec<u32>, Fail> {
    let mut xml = Xml::new(text, bounds.xml_depth);
    let Some(Token::Start(_)) = xml.next()? else {
        return Err(Fail::Broken);
    };
    let body = text.get(xml.at()..).unwrap_or_default();
    let root = text.get(..xml.at()).unwrap_or_default();
    let prefix = memchr::memrchr(b'<', root).and_then(|it| root.get(it..)).unwrap_or_default();
    let prefix = prefix
        .split(|it| *it == b':')
        .next()
        .filter(|it| it.len() < prefix.len() && !it.iter().any(u8::is_ascii_whitespace));
    let start: Vec<u8> = prefix.map_or(b"<si".to_vec(), |it| [it, b":si"].concat());
    // comments and the like could hold what looks like strings: then every tag is looked at
    let mut marks = memchr2_iter(b'!', b'?', body);
    if marks.any(|at| at.checked_sub(1).and_then(|it| body.get(it)) == Some(&b'<')) {
        return find_slowly(xml, bounds);
    }
    let mut starts = Vec::new();
    for at in memmem::find_iter(body, &start) {
        if body.get(at + start.len()).is_some_and(|it| matches!(it, b'>' | b'/') || it.is_ascii_whitespace()) {
            push(&mut starts, root.len() + at, bounds)?;
        }
    }
    Ok(starts)
}

fn find_slowly(mut xml: Xml<'_>, bounds: &Bounds) -> Result<Vec<u32>, Fail> {
    let mut starts = Vec::new();
    loop {
        let at = xml.at();
        match xml.next()? {
            Some(Token::Start(tag)) if tag.name == b"si" && xml.depth() == 2 => push(&mut starts, at, bounds)?,
            Some(_) => {}
            None => return Ok(starts),
        }
    }
}

fn push(starts: &mut Vec<u32>, at: usize, bounds: &Bounds) -> Result<(), Fail> {
    if starts.len() >= bounds.strings {
        return Err(Fail::Refused(Unreadable::TooManyStrings));
    }
    starts.push(u32::try_from(at).map_err(|_| Fail::Broken)?);
    Ok(())
}

/// What is trimmed where `xml:space` does not keep it.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// What stands behind the text: the end, or its reading.
const ENDS: [&[u8]; 3] = [b"</si>", b"<phoneticPr", b"<rPh"];

/// The text of `<si><t>text</t></si>` and where it begins: by far the most.
fn plain(raw: &[u8]) -> Option<(&[u8], usize)> {
    let (text, behind, start) = text_element(raw.strip_prefix(b"<si>")?)?;
    ENDS.iter().any(|it| behind.starts_with(it)).then_some((text, b"<si>".len() + start))
}

/// The texts of `<si><r><rPr><b/></rPr><t>text</t></r></si>`, joined.
fn runs(raw: &[u8]) -> Option<Vec<u8>> {
    let mut rest = raw.strip_prefix(b"<si>")?;
    let mut joined = Vec::new();
    while let Some(mut run) = rest.strip_prefix(b"<r>") {
        if let Some(mut properties) = run.strip_prefix(b"<rPr>") {
            // each an empty element
            while let [b'<', b'a'..=b'z' | b'A'..=b'Z', ..] = properties {
                let (tag, behind) = properties.split_at_checked(tag_end(properties)?)?;
                properties = behind.get(1..).filter(|_| tag.ends_with(b"/"))?;
            }
            run = properties.strip_prefix(b"</rPr>")?;
        }
        let (text, behind, _) = text_element(run)?;
        joined.extend_from_slice(text);
        rest = behind.strip_prefix(b"</r>")?;
    }
    ENDS.iter().any(|it| rest.starts_with(it)).then_some(joined)
}

/// The text of `<t>text</t>`, what stands behind the element, and where in it the text begins.
fn text_element(element: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let inner = element.strip_prefix(b"<t")?;
    let (inner, keeps) = match inner.strip_prefix(b">") {
        Some(inner) => (inner, false),
        None => (inner.strip_prefix(b" xml:space=\"preserve\">")?, true),
    };
    let (mut text, behind) = inner.split_at_checked(memchr(b'<', inner)?)?;
    let behind = behind.strip_prefix(b"</t>")?;
    let mut start = element.len() - inner.len();
    if !keeps {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = text {
            (text, start) = (rest, start + 1);
        }
        while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = text {
            text = rest;
        }
    }
    Some((text, behind, start))
}

/// The text in the element that just began (CT_Rst, §18.4.8), up to its end.
pub(super) fn rich_text(xml: &mut Xml<'_>) -> Result<String, Fail> {
    let depth = xml.depth();
    let mut all = String::new();
    while xml.depth() >= depth {
        match xml.next()? {
            Some(Token::Start(tag)) if tag.name == b"rPh" => xml.leave()?,
            Some(Token::Start(tag)) if tag.name == b"t" => {
                let keeps = tag.get(b"xml:space") == Some(b"preserve");
                let text = xml.text()?;
                all.push_str(&unescape(if keeps { text.as_str() } else { text.trim_matches(BLANKS) }));
            }
            Some(_) => {}
            None => break,
        }
    }
    Ok(all)
}

/// `_x000D_` and the like (ST_Xstring, §22.9.2.19): a UTF-16 unit; `_x005F_` is the underscore before what is none.
fn unescape(text: &str) -> Cow<'_, str> {
    if memchr(b'_', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut units: Vec<u16> = Vec::new();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let unit = escape.get(2..6).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        let unit = unit.filter(|_| escape.get(6..7) == Some("_")).and_then(|it| u16::from_str_radix(it, 16).ok());
        if !before.is_empty() {
            flush(&mut units, &mut shown);
            shown.push_str(before);
        }
        let taken = if let Some(unit) = unit {
            units.push(unit);
            7
        } else {
            flush(&mut units, &mut shown);
            shown.push('_');
            1
        };
        rest = escape.get(taken..).unwrap_or_default();
    }
    flush(&mut units, &mut shown);
    shown.push_str(rest);
    Cow::Owned(shown)
}

fn flush(units: &mut Vec<u16>, shown: &mut String) {
    shown.extend(char::decode_utf16(units.drain(..)).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// A value as text, as `t="str"` holds it.
pub(super) fn value(raw: &[u8]) -> Result<Cow<'_, str>, Fail> {
    Ok(match decode(raw)? {
        Cow::Borrowed(text) => unescape(text),
        Cow::Owned(text) => Cow::Owned(unescape(&text).into_owned()),
    })
}
