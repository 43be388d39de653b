//! XML as far as workbooks need it, over the bytes of a part: no DTD, no entities of its own, a bound on its depth.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::quick::{self, Quick};
use crate::desk::{reading::Unreadable, workbook::package::Fail};

/// A piece of XML.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// An element begins; an empty one ends with the next token.
    Start(Tag<'a>),
    /// The element of this name, without its prefix, ends.
    End(&'a [u8]),
    /// As written, entities and all.
    Text(&'a [u8]),
    /// As meant.
    Cdata(&'a [u8]),
}

/// The start of an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tag<'a> {
    /// Without its prefix: which namespaces are meant, the place of the part tells.
    pub(super) name: &'a [u8],
    attributes: &'a [u8],
}

/// Goes through the bytes of a part, from tag to tag. The end of the root is the end.
pub(super) struct Xml<'a> {
    text: &'a [u8],
    at: usize,
    /// Names as written, of the elements that are open.
    open: Vec<&'a [u8]>,
    most: usize,
    /// The innermost element is an empty one.
    ends: bool,
    done: bool,
}

impl<'a> Xml<'a> {
    pub(super) fn new(text: &'a [u8], depth: usize) -> Self {
        let at = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self { text, at, open: Vec::with_capacity(8), most: depth, ends: false, done: false }
    }

    /// The next piece, `None` after the root.
    ///
    /// # Errors
    /// [`Fail::Broken`] where it is not well-formed or has a document type; the bound on its depth.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, Fail> {
        loop {
            if self.ends {
                self.ends = false;
                return Ok(self.close());
            }
            if self.done {
                return Ok(None);
            }
            let rest = self.text.get(self.at..).unwrap_or_default();
            match rest {
                [b'<', b'/', ..] => return self.end(rest).map(Some),
                [b'<', b'!', ..] => {
                    if let Some(cdata) = self.declaration(rest)? {
                        return Ok(Some(Token::Cdata(cdata)));
                    }
                }
                [b'<', b'?', ..] => self.skip(rest, b"?>")?,
                [b'<', ..] => return self.start(rest).map(|it| Some(Token::Start(it))),
                // the root is not closed
                [] => return Err(Fail::Broken),
                _ => {
                    let length = memchr(b'<', rest).ok_or(Fail::Broken)?;
                    self.at += length;
                    if !self.open.is_empty() {
                        return Ok(rest.get(..length).map(Token::Text));
                    }
                }
            }
        }
    }

    /// The cell that begins with the next piece, where it is a plain one: the next piece is behind its end.
    #[inline]
    pub(super) fn plain_cell(&mut self) -> Option<Quick<'a>> {
        // it is two elements deep
        let fits = !self.ends && !self.done && self.open.len() + 2 <= self.most;
        let rest = self.text.get(self.at..).filter(|_| fits)?;
        let (cell, behind) = quick::cell(rest)?;
        self.at += rest.len() - behind.len();
        Some(cell)
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the element that just began stands directly in one of this name.
    pub(super) fn inside(&self, parent: &[u8]) -> bool {
        self.open.len().checked_sub(2).and_then(|it| self.open.get(it)).is_some_and(|it| local(it) == parent)
    }

    /// Where the next piece begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes on behind the end of the element that just began.
    pub(super) fn leave(&mut self) -> Result<(), Fail> {
        let depth = self.depth();
        while self.depth() >= depth {
            if self.next()?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// All text in the element that just began, up to its end.
    pub(super) fn text(&mut self) -> Result<String, Fail> {
        let depth = self.depth();
        let mut text = String::new();
        while self.depth() >= depth {
            match self.next()? {
                Some(Token::Text(raw)) => text.push_str(&decode(raw)?),
                Some(Token::Cdata(raw)) => text.push_str(std::str::from_utf8(raw).map_err(|_| Fail::Broken)?),
                Some(_) => {}
                None => break,
            }
        }
        Ok(text)
    }

    /// The text of the element that just began where there is nothing in it but text: the next piece is behind its end.
    pub(super) fn plain_text(&mut self) -> Option<&'a [u8]> {
        let rest = self.text.get(self.at..).filter(|_| !self.ends)?;
        let (text, behind) = rest.split_at_checked(memchr(b'<', rest)?)?;
        let name = self.open.last()?;
        let whole = behind.strip_prefix(b"</")?.strip_prefix(*name)?.starts_with(b">");
        if whole {
            self.at += text.len() + name.len() + 3;
            self.close();
        }
        whole.then_some(text)
    }

    fn start(&mut self, rest: &'a [u8]) -> Result<Tag<'a>, Fail> {
        let end = tag_end(rest).ok_or(Fail::Broken)?;
        let inner = rest.get(1..end).ok_or(Fail::Broken)?;
        let (inner, empty) = inner.strip_suffix(b"/").map_or((inner, false), |it| (it, true));
        let split = inner.iter().position(|it| it.is_ascii_whitespace()).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at_checked(split).ok_or(Fail::Broken)?;
        if name.is_empty() {
            return Err(Fail::Broken);
        }
        if self.open.len() >= self.most {
            return Err(Fail::Refused(Unreadable::TooDeep));
        }
        self.open.push(name);
        self.ends = empty;
        self.at += end + 1;
        Ok(Tag { name: local(name), attributes })
    }

    fn end(&mut self, rest: &'a [u8]) -> Result<Token<'a>, Fail> {
        let end = memchr(b'>', rest).ok_or(Fail::Broken)?;
        let name = rest.get(2..end).ok_or(Fail::Broken)?.trim_ascii_end();
        if self.open.last() != Some(&name) {
            return Err(Fail::Broken);
        }
        self.at += end + 1;
        self.close().ok_or(Fail::Broken)
    }

    fn close(&mut self) -> Option<Token<'a>> {
        let name = self.open.pop()?;
        self.done = self.open.is_empty();
        Some(Token::End(local(name)))
    }

    /// A comment, or the text of a CDATA section; a document type is refused.
    fn declaration(&mut self, rest: &'a [u8]) -> Result<Option<&'a [u8]>, Fail> {
        if rest.starts_with(b"<!--") {
            // `<!-->` is no whole comment
            self.at += 4;
            let rest = rest.get(4..).unwrap_or_default();
            return self.skip(rest, b"-->").map(|()| None);
        }
        let cdata = rest.strip_prefix(b"<![CDATA[").filter(|_| !self.open.is_empty()).ok_or(Fail::Broken)?;
        let length = memmem::find(cdata, b"]]>").ok_or(Fail::Broken)?;
        self.at += length + 12;
        Ok(cdata.get(..length))
    }

    fn skip(&mut self, rest: &[u8], end: &[u8]) -> Result<(), Fail> {
        self.at += memmem::find(rest, end).ok_or(Fail::Broken)? + end.len();
        Ok(())
    }
}

/// Where the tag's `>` is: not one in an attribute's value.
pub(super) fn tag_end(tag: &[u8]) -> Option<usize> {
    // nearly always the first one
    let first = memchr(b'>', tag)?;
    let quotes = tag
        .get(..first)?
        .iter()
        .fold((false, false), |(odd, single), it| (odd ^ (*it == b'"'), single | (*it == b'\'')));
    if quotes == (false, false) {
        return Some(first);
    }
    let mut quote = None;
    for (at, it) in tag.iter().enumerate() {
        match (quote, it) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(*it),
            (Some(open), it) if open == *it => quote = None,
            _ => {}
        }
    }
    None
}

fn local(name: &[u8]) -> &[u8] {
    name.iter().position(|it| *it == b':').and_then(|it| name.get(it + 1..)).unwrap_or(name)
}

impl<'a> Tag<'a> {
    /// The attributes, up to the first that is malformed: names as written, values as written.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes(self.attributes)
    }

    /// The value of an attribute without a prefix.
    pub(super) fn get(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.attributes().find(|it| it.0 == name).map(|it| it.1)
    }

    /// The same as text.
    pub(super) fn text(&self, name: &[u8]) -> Option<Cow<'a, str>> {
        decode(self.get(name)?).ok()
    }

    /// Whether it is an xsd:boolean that is true.
    pub(super) fn is(&self, name: &[u8]) -> bool {
        self.get(name).is_some_and(|it| matches!(it.trim_ascii(), b"1" | b"true" | b"on"))
    }

    /// The same as a number.
    pub(super) fn number(&self, name: &[u8]) -> Option<u32> {
        number(self.get(name)?)
    }
}

/// Digits only, and no more than fit.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    bare_number(digits.trim_ascii())
}

/// [`number`] of digits without blanks around them.
#[inline]
pub(super) fn bare_number(digits: &[u8]) -> Option<u32> {
    let mut number = 0_u64;
    for it in digits {
        let digit = it.wrapping_sub(b'0');
        number = number * 10 + u64::from(digit);
        if digit > 9 || number > u64::from(u32::MAX) {
            return None;
        }
    }
    u32::try_from(number).ok().filter(|_| !digits.is_empty())
}

/// Names and values of a tag's attributes.
pub(super) struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_ascii_start();
        let equals = rest.iter().position(|it| *it == b'=')?;
        let (name, rest) = rest.split_at_checked(equals)?;
        let (quote, rest) = rest.get(1..)?.trim_ascii_start().split_first()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let length = rest.iter().position(|it| it == quote)?;
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest.get(1..).unwrap_or_default();
        Some((name.trim_ascii_end(), value))
    }
}

/// The text that is meant: references replaced, line ends as one `\n` (XML 1.0 §2.11 and §4.1).
///
/// # Errors
/// [`Fail::Broken`]: not UTF-8, or a reference to an entity that only a DTD could declare.
pub(super) fn decode(raw: &[u8]) -> Result<Cow<'_, str>, Fail> {
    let text = std::str::from_utf8(raw).map_err(|_| Fail::Broken)?;
    if !raw.iter().any(|it| matches!(it, b'&' | b'\r')) {
        return Ok(Cow::Borrowed(text));
    }
    let text = if raw.contains(&b'\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let mut pieces = text.split('&');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, after) = piece.split_once(';').ok_or(Fail::Broken)?;
        decoded.push(reference(name).ok_or(Fail::Broken)?);
        decoded.push_str(after);
    }
    Ok(Cow::Owned(decoded))
}

fn reference(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|it| *it != '\0')
        }
    }
}

/// A part's bytes as UTF-8. Packages know UTF-8 and UTF-16 only (ECMA-376 part 2, §8.2.1 "XML usage").
pub(in crate::desk::workbook) fn utf8(part: Vec<u8>) -> Result<Vec<u8>, Fail> {
    let (pairs, little) = match part.as_slice() {
        [0xFF, 0xFE, rest @ ..] => (rest, true),
        [0xFE, 0xFF, rest @ ..] => (rest, false),
        [b'<', 0, ..] => (part.as_slice(), true),
        [0, b'<', ..] => (part.as_slice(), false),
        _ => return Ok(part),
    };
    let (pairs, _) = pairs.as_chunks::<2>();
    let units = pairs.iter().map(|it| if little { u16::from_le_bytes(*it) } else { u16::from_be_bytes(*it) });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.map(String::into_bytes).map_err(|_| Fail::Broken)
}
