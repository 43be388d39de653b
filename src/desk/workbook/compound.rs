//! Compound files ([MS-CFB]): the container of old Office files and of protected new ones. Every chain is bounded by
//! the file's own length, and nothing is allocated by a number that the file claims.

use std::collections::HashSet;

pub(super) const MAGIC: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Sector numbers from here on are marks, not sectors ([MS-CFB] §2.1).
const FIRST_MARK: u32 = 0xFFFF_FFFA;
/// Bytes of a directory entry (§2.6.1).
const ENTRY: usize = 128;
/// Bytes of a mini sector, and the size from which a stream has sectors of its own (§2.2: both fixed).
const MINI_SECTOR: usize = 64;
const MINI_CUTOFF: usize = 4_096;
const MAX_ENTRIES: usize = 10_000;

/// A compound file whose directory could be read.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
    /// The streams and storages at the top: what lies deeper belongs to embedded objects.
    top: Vec<Entry>,
    circular: bool,
}

#[derive(Clone)]
struct Entry {
    name: String,
    stream: bool,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: usize,
}

impl<'a> Compound<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let sector = match half(bytes, 30)? {
            9 => 512,
            12 => 4_096,
            _ => return None,
        };
        let (fat, mini_fat, mini, top) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut file = Self { bytes, sector, fat, mini_fat, mini, top, circular: false };
        file.fat = file.read_fat()?;
        let directory = file.chain(word(bytes, 48)?, MAX_ENTRIES * ENTRY);
        let entries: Vec<Entry> = directory.chunks_exact(ENTRY).filter_map(entry).collect();
        let root = entries.first()?;
        file.mini = file.chain(root.start, root.size);
        file.mini_fat = words(&file.chain(word(bytes, 60)?, usize::MAX));
        let starts = || entries.iter().map(|it| it.start);
        file.circular = entries.len() >= MAX_ENTRIES
            || circular(&file.fat, starts().chain([word(bytes, 48)?, word(bytes, 60)?]))
            || circular(&file.mini_fat, starts());
        file.top = children(&entries, root.child);
        Some(file)
    }

    /// Whether some chain never ends, as calamine would follow it for ever.
    pub(super) fn is_circular(&self) -> bool {
        self.circular
    }

    /// Whether there is such a stream or storage; names are compared without case (§2.6.4).
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// At most `most` bytes of a stream.
    pub(super) fn stream(&self, name: &str, most: usize) -> Option<Vec<u8>> {
        let entry = self.find(name).filter(|it| it.stream)?;
        let size = entry.size.min(most);
        Some(if entry.size < MINI_CUTOFF { self.mini_chain(entry.start, size) } else { self.chain(entry.start, size) })
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.top.iter().find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// The sector allocation table: its sectors are listed in the header, and in a chain of lists (§2.5).
    fn read_fat(&self) -> Option<Vec<u32>> {
        let mut places = words(self.bytes.get(76..512)?);
        let mut next = word(self.bytes, 68)?;
        let mut seen = HashSet::new();
        while next < FIRST_MARK && seen.insert(next) {
            let Some(sector) = self.sector(next) else { break };
            let mut list = words(sector);
            next = list.pop().unwrap_or(FIRST_MARK);
            places.extend(list);
        }
        let sectors = places.iter().filter(|it| **it < FIRST_MARK).map_while(|it| self.sector(*it));
        Some(sectors.take(self.bytes.len() / self.sector).flat_map(words).collect())
    }

    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        let rest = self.bytes.get(start..).filter(|it| !it.is_empty())?;
        rest.get(..rest.len().min(self.sector))
    }

    /// The bytes of a chain of sectors; shorter where the chain is broken or runs in a circle.
    fn chain(&self, start: u32, size: usize) -> Vec<u8> {
        let mut content = Vec::new();
        let mut next = start;
        while content.len() < size.min(self.bytes.len()) {
            let Some(sector) = self.sector(next) else { break };
            content.extend_from_slice(sector);
            next = follow(&self.fat, next);
        }
        content.truncate(size);
        content
    }

    fn mini_chain(&self, start: u32, size: usize) -> Vec<u8> {
        let mut content = Vec::new();
        let mut next = start;
        while content.len() < size {
            let place = usize::try_from(next).ok().and_then(|it| it.checked_mul(MINI_SECTOR));
            let Some(rest) = place.and_then(|it| self.mini.get(it..)).filter(|it| !it.is_empty()) else { break };
            content.extend(rest.iter().take(MINI_SECTOR));
            next = follow(&self.mini_fat, next);
        }
        content.truncate(size);
        content
    }
}

fn follow(table: &[u32], at: u32) -> u32 {
    usize::try_from(at).ok().and_then(|it| table.get(it)).copied().unwrap_or(FIRST_MARK)
}

/// Whether a chain from one of these sectors comes back to itself.
fn circular(table: &[u32], starts: impl Iterator<Item = u32>) -> bool {
    let mut walks = vec![0_u32; table.len()];
    for (walk, start) in (1..).zip(starts) {
        let mut at = start;
        while let Some(seen) = usize::try_from(at).ok().and_then(|it| walks.get_mut(it)) {
            match *seen {
                0 => *seen = walk,
                it if it == walk => return true,
                _ => break,
            }
            at = follow(table, at);
        }
    }
    false
}

/// A directory entry (§2.6.1); unused ones are kept as nameless, since the others are counted.
fn entry(bytes: &[u8]) -> Option<Entry> {
    let length = usize::from(half(bytes, 64)?).min(64);
    let name: Vec<u16> = words_of_two(bytes.get(..length.saturating_sub(2))?);
    Some(Entry {
        name: String::from_utf16_lossy(&name),
        stream: *bytes.get(66)? == 2,
        left: word(bytes, 68)?,
        right: word(bytes, 72)?,
        child: word(bytes, 76)?,
        start: word(bytes, 116)?,
        size: usize::try_from(word(bytes, 120)?).ok()?,
    })
}

/// The entries below one storage: a tree of siblings (§2.6.4).
fn children(entries: &[Entry], first: u32) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![first];
    while let Some(number) = open.pop() {
        let Some(entry) = usize::try_from(number).ok().and_then(|it| entries.get(it)) else { continue };
        if seen.insert(number) {
            open.extend([entry.left, entry.right]);
            found.push(entry.clone());
        }
    }
    found
}

pub(super) fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|it| u16::from_le_bytes(*it))
}

pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|it| u32::from_le_bytes(*it))
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).filter_map(|it| word(it, 0)).collect()
}

/// UTF-16LE units.
pub(super) fn words_of_two(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).filter_map(|it| half(it, 0)).collect()
}
