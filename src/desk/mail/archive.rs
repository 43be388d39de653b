//! Zip archives → the files in them, within one mail's bounds.

use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use encoding_rs::SHIFT_JIS;
use zip::ZipArchive;

use crate::desk::{reading::Unreadable, workbook};

use super::{AttachmentKind, Enclosure, clean, sniff};

/// A zip in a zip is opened, a zip in that is not.
const DEEPEST: usize = 2;

/// What may still be taken out of archives: one mail has one room, however many archives it brings.
pub(super) struct Room {
    entries: usize,
    bytes: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { entries: 200, bytes: 64 * 1024 * 1024 }
    }
}

/// The files of an archive, or the reason why there are none.
pub(super) fn open(name: &str, bytes: &[u8], room: &mut Room) -> Vec<Enclosure> {
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut found = Vec::new();
        unpack(name, bytes, 1, room, &mut found);
        found
    }));
    opened.unwrap_or_else(|_| {
        let why = Unreadable::Damaged;
        vec![Enclosure { name: name.to_string(), kind: AttachmentKind::Archive, content: Err(why) }]
    })
}

/// Files that archivers add of their own accord.
pub(super) fn is_litter(path: &str) -> bool {
    let base = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let known = matches!(base, ".DS_Store" | "Thumbs.db" | "desktop.ini");
    known || base.starts_with("~$") || base.starts_with("._") || path.split('/').any(|it| it == "__MACOSX")
}

fn unpack(name: &str, bytes: &[u8], depth: usize, room: &mut Room, found: &mut Vec<Enclosure>) {
    let refused = |why| Enclosure { name: name.to_string(), kind: AttachmentKind::Archive, content: Err(why) };
    if depth > DEEPEST {
        found.push(refused(Unreadable::TooManyEntries));
        return;
    }
    if !sniff::is_zip(bytes) {
        found.push(refused(Unreadable::Archive));
        return;
    }
    if workbook::is_crowded(bytes) {
        found.push(refused(Unreadable::TooManyEntries));
        return;
    }
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        found.push(refused(Unreadable::Damaged));
        return;
    };
    let before = found.len();
    let mut locked = false;
    for index in 0..archive.len() {
        match entry(&mut archive, index, room) {
            Entry::Nothing => {}
            Entry::Locked => locked = true,
            Entry::Full(why) => {
                found.push(refused(why));
                break;
            }
            Entry::Broken(name, why) => {
                let kind = sniff::kind(&[], &name, "");
                found.push(Enclosure { name, kind, content: Err(why) });
            }
            Entry::File(name, content) => file(name, content, depth, room, found),
        }
    }
    if locked {
        found.push(refused(Unreadable::EncryptedArchive));
    } else if found.len() == before {
        found.push(refused(Unreadable::Empty));
    }
}

fn file(name: String, content: Vec<u8>, depth: usize, room: &mut Room, found: &mut Vec<Enclosure>) {
    let kind = sniff::kind(&content, &name, "");
    if content.is_empty() {
        found.push(Enclosure { name, kind, content: Err(Unreadable::Empty) });
    } else if kind == AttachmentKind::Archive {
        unpack(&name, &content, depth.saturating_add(1), room, found);
    } else if sniff::is_tnef(&content) {
        found.push(Enclosure { name, kind, content: Err(Unreadable::Tnef) });
    } else {
        found.push(Enclosure { name, kind, content: Ok(content) });
    }
}

/// What one entry turned out to be.
enum Entry {
    /// A folder, or litter.
    Nothing,
    /// Encrypted.
    Locked,
    /// A bound is hit: the archive is left.
    Full(Unreadable),
    /// Cannot be inflated.
    Broken(String, Unreadable),
    File(String, Vec<u8>),
}

fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, room: &mut Room) -> Entry {
    if room.entries == 0 {
        return Entry::Full(Unreadable::TooManyEntries);
    }
    room.entries -= 1;
    let Ok(metadata) = archive.by_index_data(index) else {
        return Entry::Nothing;
    };
    let path = decoded(metadata.name_raw());
    if metadata.is_dir() || path.ends_with(['/', '\\']) || is_litter(&path) {
        return Entry::Nothing;
    }
    if metadata.encrypted() {
        return Entry::Locked;
    }
    let name = clean::file_name(&path);
    let Ok(reader) = archive.by_index(index) else {
        // A method other than stored and deflated, or a header that points nowhere.
        return Entry::Broken(name, Unreadable::Damaged);
    };
    // The declared size is the sender's claim: what really comes out is counted.
    let mut content = Vec::new();
    let read = reader.take(room.bytes.saturating_add(1)).read_to_end(&mut content);
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if size > room.bytes {
        room.bytes = 0;
        return Entry::Full(Unreadable::InflatesTooFar);
    }
    room.bytes -= size;
    if read.is_err() { Entry::Broken(name, Unreadable::Damaged) } else { Entry::File(name, content) }
}

/// Windows in Japan writes names in Shift_JIS and leaves the UTF-8 flag off; everyone else writes UTF-8, with the flag
/// or without. No Shift_JIS name of more than a character or two is valid UTF-8.
fn decoded(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_string(),
        Err(_) => SHIFT_JIS.decode_without_bom_handling(name).0.into_owned(),
    }
}
