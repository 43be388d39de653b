//! A workbook's zip archive (APPNOTE.TXT 6.3; ECMA-376 part 2, annex B): where each part lies, and its bytes within bounds.
//!
//! Not by the zip crate: that one keeps a record of each of half a million entries before they can be counted, reads
//! entries that overlap, and does not say which of two names it takes.

use std::collections::HashMap;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use memchr::memmem;

use crate::desk::{reading::Unreadable, rules::Bounds};

const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// The end record and its comment, which is at most 65,535 bytes (§4.3.16).
const MAX_TAIL: usize = 22 + 65_535;
/// Small books may inflate as steeply as they like.
const RATIO_FROM: u64 = 8 << 20;
/// XML seldom shrinks further; beyond that the room for a part grows while it is inflated.
const FIRST_RATIO: u64 = 16;
/// Bytes that are inflated at once, where the first guess did not do.
const STEP: usize = 64 << 10;

/// Entries of an archive of whatever kind that are listed.
const MOST_LISTED: u64 = 20_000;

/// Why something cannot be read.
#[derive(Debug, PartialEq)]
pub(super) enum Fail {
    /// This part is broken; others may be whole.
    Broken,
    /// The whole file is refused.
    Refused(Unreadable),
}

impl From<Fail> for Unreadable {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Broken => Self::Damaged,
            Fail::Refused(why) => why,
        }
    }
}

/// An archive whose entries are known and differ.
pub(super) struct Package<'a> {
    bytes: &'a [u8],
    entries: HashMap<String, Entry>,
    /// Bytes of one part at most.
    most: u64,
    /// Bytes that may still be inflated.
    left: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    method: u16,
    /// Where its local header begins and its bytes begin and end.
    from: usize,
    start: usize,
    end: usize,
    /// As declared: an entry that holds less is broken, one that holds more is no honest mistake.
    size: u64,
    crc: u32,
}

impl<'a> Package<'a> {
    /// Reads the central directory. Nothing is inflated.
    ///
    /// # Errors
    /// The bound that is hit, or [`Unreadable::Damaged`]: also where two programs could read two different books.
    pub(super) fn open(bytes: &'a [u8], bounds: &Bounds) -> Result<Self, Unreadable> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > bounds.workbook_bytes {
            return Err(Unreadable::TooLarge);
        }
        let directory = Directory::find(bytes).ok_or(Unreadable::Damaged)?;
        if directory.entries > u64::try_from(bounds.entries).unwrap_or(u64::MAX) {
            return Err(Unreadable::TooManyEntries);
        }
        let mut entries = HashMap::new();
        let mut declared = 0_u64;
        let mut at = directory.start;
        for _ in 0..directory.entries {
            let record = Record::read(bytes, at).ok_or(Unreadable::Damaged)?;
            if record.encrypted {
                return Err(Unreadable::EncryptedArchive);
            }
            let entry = record.entry(bytes).ok_or(Unreadable::Damaged)?;
            declared = declared.saturating_add(entry.size);
            // two entries of one name: which one a program reads is chance
            if entries.insert(part_name(record.name), entry).is_some() {
                return Err(Unreadable::Damaged);
            }
            at = record.next;
        }
        // an entry that is not counted, or one that lies in another
        if at > directory.end
            || bytes.get(at..).is_some_and(|it| it.starts_with(CENTRAL))
            || overlap(&entries, directory.start)
        {
            return Err(Unreadable::Damaged);
        }
        if declared > bounds.inflated_bytes || (declared > RATIO_FROM && declared > length.saturating_mul(bounds.ratio))
        {
            return Err(Unreadable::InflatesTooFar);
        }
        Ok(Self { bytes, entries, most: bounds.part_bytes, left: bounds.inflated_bytes })
    }

    /// The names of all parts, in lower case and without a leading slash, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// A part's bytes, or `None` where there is no such part.
    ///
    /// # Errors
    /// [`Fail::Broken`] where its bytes are not what the archive says of them, and the bound where they are more.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, Fail> {
        let Some(entry) = self.entries.get(&part_name(name.as_bytes())).copied() else {
            return Ok(None);
        };
        if entry.size > self.most || entry.size > self.left {
            return Err(Fail::Refused(Unreadable::InflatesTooFar));
        }
        let packed = self.bytes.get(entry.start..entry.end).ok_or(Fail::Broken)?;
        // a package knows no other methods (ECMA-376 part 2, annex B)
        let part = match entry.method {
            STORED => packed.to_vec(),
            DEFLATED => inflate(packed, entry.size)?,
            _ => return Err(Fail::Broken),
        };
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        if length > entry.size {
            return Err(Fail::Refused(Unreadable::InflatesTooFar));
        }
        let mut crc = Crc::new();
        crc.update(&part);
        if length != entry.size || crc.sum() != entry.crc {
            return Err(Fail::Broken);
        }
        self.left = self.left.saturating_sub(length);
        Ok(Some(part))
    }
}

/// Whether an archive says that it has more entries than any file one is sent. The zip crate keeps a record of each before
/// they can be counted, so this is asked before it is called.
pub(in crate::desk) fn is_crowded(bytes: &[u8]) -> bool {
    Directory::find(bytes).is_some_and(|it| it.entries > MOST_LISTED)
}

/// Names are equal without regard to case (ECMA-376 part 2, §6.2.2.3); some programs write `\` or a leading `/`.
fn part_name(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).replace('\\', "/").to_ascii_lowercase();
    name.trim_start_matches('/').to_owned()
}

/// The part a target names, seen from the part that names it, or from the root where that is nameless (RFC 3986 §5.2, for
/// paths alone: what leads out of the root stays there).
pub(super) fn resolve(owner: &str, target: &str) -> String {
    let target = target.split(['#', '?']).next().unwrap_or_default().replace('\\', "/");
    let folder = owner.rsplit_once('/').map_or("", |it| it.0);
    let whole = if target.starts_with('/') { target } else { format!("{folder}/{target}") };
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            other => steps.push(other),
        }
    }
    steps.join("/")
}

/// Whether two entries, or an entry and the directory, share bytes.
fn overlap(entries: &HashMap<String, Entry>, directory: usize) -> bool {
    let mut spans: Vec<(usize, usize)> = entries.values().map(|it| (it.from, it.end)).collect();
    spans.push((directory, usize::MAX));
    spans.sort_unstable();
    spans.windows(2).any(|it| matches!(it, [(_, end), (start, _)] if end > start))
}

/// Not more than declared, but one byte that shows that there is more.
fn inflate(packed: &[u8], size: u64) -> Result<Vec<u8>, Fail> {
    let guess = u64::try_from(packed.len()).unwrap_or(u64::MAX).saturating_mul(FIRST_RATIO);
    let most = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let mut part = Vec::with_capacity(usize::try_from(guess).unwrap_or(usize::MAX).min(most));
    let mut stream = Decompress::new(false);
    loop {
        let taken = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let rest = packed.get(taken..).ok_or(Fail::Broken)?;
        let before = (taken, part.len());
        let status = stream.decompress_vec(rest, &mut part, FlushDecompress::None).map_err(|_| Fail::Broken)?;
        if status == Status::StreamEnd || part.len() >= most {
            return Ok(part);
        }
        let after = (usize::try_from(stream.total_in()).unwrap_or(usize::MAX), part.len());
        if part.len() < part.capacity() && before == after {
            return Err(Fail::Broken);
        }
        if part.len() == part.capacity() {
            part.reserve_exact((most - part.len()).min(part.len().max(STEP)));
        }
    }
}

/// Where the central directory lies.
struct Directory {
    start: usize,
    end: usize,
    entries: u64,
}

impl Directory {
    /// By the last end record (§4.3.16) whose comment ends within the file; bytes behind it are let be.
    fn find(bytes: &[u8]) -> Option<Self> {
        let tail_start = bytes.len().saturating_sub(MAX_TAIL);
        let tail = bytes.get(tail_start..)?;
        let at = memmem::rfind_iter(tail, END).map(|it| it.saturating_add(tail_start)).find(|at| {
            let comment = u16_at(bytes, at.saturating_add(20)).map_or(usize::MAX, usize::from);
            at.saturating_add(22).saturating_add(comment) <= bytes.len()
        })?;
        let (entries, size, start) = (
            u16_at(bytes, at.checked_add(10)?)?,
            u32_at(bytes, at.checked_add(12)?)?,
            u32_at(bytes, at.checked_add(16)?)?,
        );
        if entries == u16::MAX || size == u32::MAX || start == u32::MAX {
            return Self::find_64(bytes, at);
        }
        Self::of(u64::from(entries), u64::from(size), u64::from(start), at)
    }

    /// Zip64 (§4.3.14 and §4.3.15): a locator before the end record says where the longer one is.
    fn find_64(bytes: &[u8], end: usize) -> Option<Self> {
        let locator = end.checked_sub(20)?;
        if !bytes.get(locator..)?.starts_with(LOCATOR_64) {
            return None;
        }
        let at = usize::try_from(u64_at(bytes, locator.checked_add(8)?)?).ok()?;
        if !bytes.get(at..)?.starts_with(END_64) {
            return None;
        }
        let field = |from: usize| u64_at(bytes, at.checked_add(from)?);
        Self::of(field(32)?, field(40)?, field(48)?, at)
    }

    fn of(entries: u64, size: u64, start: u64, before: usize) -> Option<Self> {
        let (start, size) = (usize::try_from(start).ok()?, usize::try_from(size).ok()?);
        let end = start.checked_add(size).filter(|it| *it <= before)?;
        Some(Self { start, end, entries })
    }
}

/// One entry of the central directory (§4.3.12).
struct Record<'a> {
    name: &'a [u8],
    encrypted: bool,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    local: u64,
    next: usize,
}

impl<'a> Record<'a> {
    fn read(bytes: &'a [u8], at: usize) -> Option<Self> {
        let record = bytes.get(at..).filter(|it| it.starts_with(CENTRAL))?;
        let length = |from: usize| u16_at(record, from).map(usize::from);
        let name_end = length(28)?.checked_add(46)?;
        let extra_end = name_end.checked_add(length(30)?)?;
        let next = at.checked_add(extra_end)?.checked_add(length(32)?)?;
        let mut extra = Extra64::find(record.get(name_end..extra_end)?);
        let mut wide = |field: u32| if field == u32::MAX { extra.next() } else { Some(u64::from(field)) };
        // their order in the extra field (§4.5.3)
        let size = wide(u32_at(record, 24)?)?;
        let packed = wide(u32_at(record, 20)?)?;
        let local = wide(u32_at(record, 42)?)?;
        Some(Self {
            name: record.get(46..name_end)?,
            encrypted: u16_at(record, 8)? & 1 == 1,
            method: u16_at(record, 10)?,
            crc: u32_at(record, 16)?,
            packed,
            size,
            local,
            next,
        })
    }

    /// The same entry by its local header (§4.3.7), which must name the same part.
    fn entry(&self, bytes: &[u8]) -> Option<Entry> {
        let from = usize::try_from(self.local).ok()?;
        let header = bytes.get(from..).filter(|it| it.starts_with(LOCAL))?;
        let name_end = usize::from(u16_at(header, 26)?).checked_add(30)?;
        if part_name(header.get(30..name_end)?) != part_name(self.name) {
            return None;
        }
        let start = from.checked_add(name_end)?.checked_add(usize::from(u16_at(header, 28)?))?;
        let end = start.checked_add(usize::try_from(self.packed).ok()?).filter(|it| *it <= bytes.len())?;
        Some(Entry { method: self.method, from, start, end, size: self.size, crc: self.crc })
    }
}

/// The numbers of the zip64 extra field (§4.5.3).
struct Extra64<'a>(&'a [u8]);

impl<'a> Extra64<'a> {
    fn find(mut extra: &'a [u8]) -> Self {
        while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let end = usize::from(length).saturating_add(4);
            if id == 1 {
                return Self(extra.get(4..end).unwrap_or_default());
            }
            extra = extra.get(end..).unwrap_or_default();
        }
        Self(&[])
    }

    fn next(&mut self) -> Option<u64> {
        let number = u64_at(self.0, 0)?;
        self.0 = self.0.get(8..)?;
        Some(number)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|it| u16::from_le_bytes(*it))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|it| u32::from_le_bytes(*it))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|it| u64::from_le_bytes(*it))
}
