//! TNEF, the container in which Outlook and Exchange send what they call rich text: `winmail.dat` → its files and its
//! text ([MS-OXTNEF]). Checksums are not looked at.

use super::{charset, clean, html, sniff};

/// Most files of one container.
const MOST_FILES: usize = 50;
/// Most properties of one list: Exchange writes some two hundred.
const MOST_PROPERTIES: u32 = 5_000;
/// A mail attached in Outlook is a container in the container.
const DEEPEST: usize = 3;

// Attributes ([MS-OXTNEF] §2.1.3.2): a type in the upper half, a number in the lower.
const OEM_CODEPAGE: u32 = 0x0006_9007;
const BODY: u32 = 0x0002_800C;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
const NEXT_ATTACHMENT: u32 = 0x0006_9002;
const ATTACH_TITLE: u32 = 0x0001_8010;
const ATTACH_DATA: u32 = 0x0006_800F;
const ATTACH_PROPERTIES: u32 = 0x0006_9005;

// Properties ([MS-OXPROPS]).
const TEXT: u16 = 0x1000;
const HTML: u16 = 0x1013;
const DATA: u16 = 0x3701;
const FILE_NAME: u16 = 0x3704;
const LONG_FILE_NAME: u16 = 0x3707;

const STRING_8: u16 = 0x001E;
const STRING_16: u16 = 0x001F;
const OBJECT: u16 = 0x000D;
const BINARY: u16 = 0x0102;
const MANY: u16 = 0x1000;

/// What was found in a container.
#[derive(Default)]
pub(super) struct Opened<'a> {
    /// The text, where one stands in it that is not RTF.
    pub(super) text: String,
    /// Names, cleaned, and bytes.
    pub(super) files: Vec<(String, &'a [u8])>,
}

/// Opens a container. What cannot be read is passed over; empty where nothing can.
pub(super) fn open(bytes: &[u8]) -> Opened<'_> {
    let mut found = Opened::default();
    read(bytes, 0, &mut found);
    found.files.retain(|(_, bytes)| !bytes.is_empty());
    found
}

fn read<'a>(bytes: &'a [u8], depth: usize, found: &mut Opened<'a>) {
    if !sniff::is_tnef(bytes) || depth >= DEEPEST {
        return;
    }
    let mut rest = Bytes(bytes.get(6..).unwrap_or_default());
    let mut charset = String::new();
    let mut file = File::default();
    while let Some((id, data)) = attribute(&mut rest) {
        match id {
            OEM_CODEPAGE => charset = Bytes(data).u32().map(label).unwrap_or_default(),
            BODY if depth == 0 && found.text.is_empty() => found.text = text(data, &charset),
            MESSAGE_PROPERTIES if depth == 0 => {
                properties(data, |it| {
                    if found.text.is_empty() {
                        found.text = it.body(&charset);
                    }
                });
            }
            NEXT_ATTACHMENT => std::mem::take(&mut file).end(depth, found),
            ATTACH_TITLE => file.title = name(data, &charset),
            ATTACH_DATA => file.data = data,
            ATTACH_PROPERTIES => properties(data, |it| file.take(&it, &charset)),
            _ => {}
        }
    }
    file.end(depth, found);
}

/// Level, id, length, data, checksum. Data that is cut off ends where the bytes do.
fn attribute<'a>(rest: &mut Bytes<'a>) -> Option<(u32, &'a [u8])> {
    rest.take(1)?;
    let id = rest.u32()?;
    let length = usize::try_from(rest.u32()?).ok()?;
    let data = rest.take(length.min(rest.0.len()))?;
    rest.take(2);
    Some((id, data))
}

#[derive(Default)]
struct File<'a> {
    title: String,
    name: String,
    long_name: String,
    data: &'a [u8],
}

impl<'a> File<'a> {
    fn take(&mut self, it: &Property<'a>, charset: &str) {
        match it.id {
            LONG_FILE_NAME => self.long_name = it.string(charset),
            FILE_NAME => self.name = it.string(charset),
            // An object begins with the identifier of its interface.
            DATA if it.kind == OBJECT => self.data = it.value.get(16..).unwrap_or_default(),
            DATA if self.data.is_empty() => self.data = it.value,
            _ => {}
        }
    }

    fn end(self, depth: usize, found: &mut Opened<'a>) {
        if sniff::is_tnef(self.data) {
            read(self.data, depth.saturating_add(1), found);
        } else if !self.data.is_empty() && found.files.len() < MOST_FILES {
            let names = [self.long_name, self.title, self.name];
            let name = names.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
            found.files.push((clean::file_name(&name), self.data));
        }
    }
}

struct Property<'a> {
    kind: u16,
    id: u16,
    value: &'a [u8],
}

impl Property<'_> {
    fn string(&self, charset: &str) -> String {
        let label = if self.kind == STRING_16 { "utf-16le" } else { charset };
        text(self.value, label).trim().to_string()
    }

    fn body(&self, charset: &str) -> String {
        match (self.id, self.kind) {
            (TEXT, STRING_8 | STRING_16) => self.string(charset),
            (HTML, STRING_16) => html::text(&self.string(charset)),
            (HTML, STRING_8 | BINARY) => {
                let label = html::declared_charset(self.value).unwrap_or_else(|| charset.to_string());
                html::text(&text(self.value, &label))
            }
            _ => String::new(),
        }
    }
}

/// [MS-OXTNEF] §2.1.3.4: a number of properties, each a type, an id, for some a name, and one or more values.
fn properties<'a>(data: &'a [u8], mut each: impl FnMut(Property<'a>)) {
    let mut rest = Bytes(data);
    let count = rest.u32().unwrap_or_default().min(MOST_PROPERTIES);
    for _ in 0..count {
        let Some(it) = property(&mut rest) else { return };
        each(it);
    }
}

fn property<'a>(rest: &mut Bytes<'a>) -> Option<Property<'a>> {
    let (kind, id) = (rest.u16()?, rest.u16()?);
    if id >= 0x8000 {
        rest.take(16)?;
        if rest.u32()? == 0 {
            rest.take(4)?;
        } else {
            rest.sized()?;
        }
    }
    let many = kind & MANY != 0;
    let kind = kind & !MANY;
    let is_sized = matches!(kind, STRING_8 | STRING_16 | OBJECT | BINARY);
    if many && kind == NOTHING {
        return None; // values without bytes: their number is only a claim
    }
    let values = if many || is_sized { rest.u32()? } else { 1 };
    let mut first: Option<&[u8]> = None;
    for _ in 0..values {
        let value = if is_sized { rest.sized()? } else { rest.take(width(kind)?)? };
        first = first.or(Some(value));
    }
    Some(Property { kind, id, value: first.unwrap_or_default() })
}

/// `PtypNull`.
const NOTHING: u16 = 0x0001;

/// Bytes of a value of a fixed size, padded to four.
fn width(kind: u16) -> Option<usize> {
    match kind {
        NOTHING => Some(0),
        0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => Some(4),
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
        0x0048 => Some(16),
        _ => None,
    }
}

fn name(data: &[u8], charset: &str) -> String {
    text(data, charset).trim().to_string()
}

/// Up to the zero that ends it.
fn text(data: &[u8], charset: &str) -> String {
    let label = Some(charset).filter(|it| !it.is_empty());
    let decoded = charset::decode(label, data);
    decoded.split('\0').next().unwrap_or_default().to_string()
}

/// The charset of a Windows code page.
fn label(codepage: u32) -> String {
    match codepage {
        932 => "cp932".to_string(),
        65_001 => "utf-8".to_string(),
        50_220..=50_222 => "iso-2022-jp".to_string(),
        51_932 | 20_932 => "euc-jp".to_string(),
        936 | 54_936 => "gb18030".to_string(),
        949 => "euc-kr".to_string(),
        950 => "big5".to_string(),
        1_250..=1_258 | 874 => format!("windows-{codepage}"),
        _ => String::new(),
    }
}

/// Little-endian numbers and pieces, from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// A length, that many bytes, and what fills them up to a multiple of four.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        let value = self.take(length)?;
        let padding = length.next_multiple_of(4).saturating_sub(length);
        self.take(padding.min(self.0.len()))?;
        Some(value)
    }
}
