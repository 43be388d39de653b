//! The archive around the parts: what is not changed keeps its bytes and its place.

use std::{
    collections::{BTreeMap, HashMap},
    io::{Cursor, Read as _, Write as _},
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{Unmarkable, well_formed, xml::attributes};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::{self, xlsx::utf8},
};

/// A package, its parts inflated only when asked for.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Lower-case name → entry: part names are compared without case (ISO/IEC 29500-2 §6.2.2.3).
    entries: HashMap<String, usize>,
    /// Changed parts, by entry.
    changed: BTreeMap<usize, String>,
    /// New parts, in the order in which they came.
    added: Vec<(String, String)>,
    /// Bytes that may still be inflated.
    left: u64,
    part_bytes: u64,
}

const MARK: char = '\u{FEFF}';

impl<'a> Package<'a> {
    /// Opens the archive where every name is clear and nothing is encrypted.
    pub(super) fn open(bytes: &'a [u8], bounds: &Bounds) -> Result<Self, Unmarkable> {
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bounds.workbook_bytes {
            return Err(Unmarkable::TooLarge);
        }
        if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            return Err(compound(bytes));
        }
        if !bytes.starts_with(b"PK\x03\x04") {
            return Err(Unmarkable::NotAWorkbook);
        }
        // not more lenient than the reader, who refuses what two programs could read as two books
        workbook::package::Package::open(bytes, bounds).map_err(unreadable)?;
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unmarkable::Damaged)?;
        if archive.len() > bounds.entries {
            return Err(Unmarkable::TooLarge);
        }
        if archive.has_duplicate_names() {
            return Err(Unmarkable::NotUnderstood("two entries of one name"));
        }
        let mut entries = HashMap::new();
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at).map_err(|it| refused(&it))?;
            if entry.encrypted() {
                return Err(Unmarkable::Encrypted);
            }
            let name = std::str::from_utf8(entry.name_raw())
                .map_err(|_| Unmarkable::NotUnderstood("an entry's name is not UTF-8"))?;
            if name.contains('\\') || name.starts_with('/') {
                return Err(Unmarkable::NotUnderstood("an entry's name is no part name"));
            }
            if entries.insert(name.to_lowercase(), at).is_some() {
                return Err(Unmarkable::NotUnderstood("two entries of one name"));
            }
        }
        Ok(Self {
            archive,
            entries,
            changed: BTreeMap::new(),
            added: Vec::new(),
            left: bounds.inflated_bytes,
            part_bytes: bounds.part_bytes,
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.entries.contains_key(&name) || self.added.iter().any(|(it, _)| it.to_lowercase() == name)
    }

    /// The names of all entries in lower case, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// A part as it is now, without its byte order mark; `None` where there is none of this name.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, Unmarkable> {
        let Some(at) = self.entries.get(&name.to_lowercase()).copied() else {
            return Ok(None);
        };
        if let Some(text) = self.changed.get(&at) {
            return Ok(Some(text.trim_start_matches(MARK).to_owned()));
        }
        let bytes = self.inflate(at)?;
        let wide = matches!(bytes.get(..2), Some([0xFF, 0xFE] | [0xFE, 0xFF] | [b'<', 0] | [0, b'<']));
        let bytes = utf8(bytes).map_err(|_| Unmarkable::NotUnderstood("a part is not UTF-16"))?;
        let text = String::from_utf8(bytes).map_err(|_| Unmarkable::NotUnderstood("a part is not UTF-8"))?;
        let text = text.strip_prefix(MARK).map(str::to_owned).unwrap_or(text);
        declared(text, if wide { "utf-16" } else { "utf-8" }).map(Some)
    }

    fn inflate(&mut self, at: usize) -> Result<Vec<u8>, Unmarkable> {
        let entry = self.archive.by_index(at).map_err(|it| refused(&it))?;
        let most = self.part_bytes.min(self.left);
        if entry.size() > most {
            return Err(Unmarkable::TooLarge);
        }
        let mut bytes = Vec::new();
        entry.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| Unmarkable::Damaged)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > most {
            return Err(Unmarkable::TooLarge);
        }
        self.left = self.left.saturating_sub(length);
        Ok(bytes)
    }

    /// Puts a part's new text in the place of the old one, or adds it at the end.
    pub(super) fn put(&mut self, name: &str, text: String) -> Result<(), Unmarkable> {
        let Some(at) = self.entries.get(&name.to_lowercase()).copied() else {
            self.added.push((name.to_owned(), text));
            return Ok(());
        };
        // a part that began with a byte order mark goes on to
        let marked = {
            let mut entry = self.archive.by_index(at).map_err(|it| refused(&it))?;
            let mut head = [0_u8; 3];
            entry.read_exact(&mut head).is_ok() && head == [0xEF, 0xBB, 0xBF]
        };
        self.changed.insert(at, if marked { format!("{MARK}{text}") } else { text });
        Ok(())
    }

    /// `stem` + the first number that is free + `end`.
    pub(super) fn free_name(&self, stem: &str, end: &str) -> String {
        let mut number = 1_usize;
        loop {
            let name = format!("{stem}{number}{end}");
            if !self.has(&name) {
                return name;
            }
            number += 1;
        }
    }

    /// Reads every changed and new part once more, so that a slip of ours is a letter without the book and not a damaged
    /// one. Drawings are left out: theirs may be no XML.
    pub(super) fn verify(&self, bounds: &Bounds) -> Result<(), Unmarkable> {
        let drawing = |name: &str| name.to_lowercase().ends_with(".vml");
        let of = |at: usize| self.archive.name_for_index(at).and_then(Result::ok).is_some_and(|it| drawing(&it));
        let changed = self.changed.iter().filter(|(at, _)| !of(**at)).map(|(_, text)| text);
        let added = self.added.iter().filter(|(name, _)| !drawing(name)).map(|(_, text)| text);
        changed.chain(added).try_for_each(|it| well_formed(it.trim_start_matches(MARK), bounds))
    }

    /// The whole archive: entries in their old order, unchanged ones as the compressed bytes they were.
    pub(super) fn write(mut self) -> Result<Vec<u8>, Unmarkable> {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        out.set_raw_comment(self.archive.comment().into()).map_err(|it| refused(&it))?;
        for at in 0..self.archive.len() {
            let entry = self.archive.by_index_raw(at).map_err(|it| refused(&it))?;
            let Some(text) = self.changed.get(&at) else {
                out.raw_copy_file(entry).map_err(|it| refused(&it))?;
                continue;
            };
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let options = entry.last_modified().map_or_else(options, |it| options().last_modified_time(it));
            drop(entry);
            out.start_file(name, options).map_err(|it| refused(&it))?;
            out.write_all(text.as_bytes()).map_err(|_| Unmarkable::Damaged)?;
        }
        for (name, text) in &self.added {
            out.start_file(name.as_str(), options()).map_err(|it| refused(&it))?;
            out.write_all(text.as_bytes()).map_err(|_| Unmarkable::Damaged)?;
        }
        Ok(out.finish().map_err(|it| refused(&it))?.into_inner())
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
}

/// The text as we may write it, which is in UTF-8: what it declares must be what it was in, and is changed where that was
/// another.
fn declared(text: String, encoding: &str) -> Result<String, Unmarkable> {
    let Some(length) = text.strip_prefix("<?xml").and_then(|it| it.find("?>")) else {
        return Ok(text);
    };
    let (declaration, rest) = text.split_at_checked(length + "<?xml".len()).unwrap_or_default();
    let tag = format!("{declaration}>");
    let Some((_, place)) = attributes(&tag)?.into_iter().find(|(it, _)| *it == "encoding") else {
        return Ok(text);
    };
    let said = declaration.get(place.clone()).unwrap_or_default().to_ascii_lowercase();
    if encoding == "utf-8" && ["utf-8", "us-ascii"].contains(&said.as_str()) {
        return Ok(text);
    }
    if !said.starts_with(encoding) {
        return Err(Unmarkable::NotUnderstood("a part's encoding is not the one it declares"));
    }
    let (before, after) = (declaration.get(..place.start), declaration.get(place.end..));
    Ok(format!("{}UTF-8{}{rest}", before.unwrap_or_default(), after.unwrap_or_default()))
}

/// An OLE file is a protected workbook where it has the stream `EncryptedPackage` ([MS-OFFCRYPTO] §2.3.4), else no package.
fn compound(bytes: &[u8]) -> Unmarkable {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let protected = bytes.chunks_exact(128).any(|it| it.starts_with(&name));
    if protected { Unmarkable::Encrypted } else { Unmarkable::NotAWorkbook }
}

fn unreadable(why: Unreadable) -> Unmarkable {
    match why {
        Unreadable::TooLarge | Unreadable::TooManyEntries | Unreadable::InflatesTooFar => Unmarkable::TooLarge,
        Unreadable::EncryptedArchive => Unmarkable::Encrypted,
        _ => Unmarkable::Damaged,
    }
}

fn refused(error: &ZipError) -> Unmarkable {
    match error {
        ZipError::UnsupportedArchive(it) if *it == ZipError::PASSWORD_REQUIRED => Unmarkable::Encrypted,
        _ => Unmarkable::Damaged,
    }
}
