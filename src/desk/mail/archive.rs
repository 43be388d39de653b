//! Zip archives → the files in them, within one mail's bounds.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use encoding_rs::SHIFT_JIS;
use zip::{ZipArchive, read::ZipReadOptions};

use crate::desk::{reading::Unreadable, workbook};

use super::{AttachmentKind, Enclosure, clean, sniff};

/// A zip in a zip is opened, a zip in that is not.
const DEEPEST: usize = 2;

/// What may still be taken out of archives: one mail has one room, however many archives it brings.
pub(super) struct Room {
    entries: usize,
    bytes: u64,
    /// An encrypted entry was met, opened or not.
    pub(super) met_lock: bool,
    /// The passwords that opened one.
    pub(super) fitted: Vec<String>,
}

impl Default for Room {
    fn default() -> Self {
        Self { entries: 200, bytes: 64 * 1024 * 1024, met_lock: false, fitted: Vec::new() }
    }
}

/// The files of an archive, or the reason why there are none.
pub(super) fn open(name: &str, bytes: &[u8], passwords: &[&str], room: &mut Room) -> Vec<Enclosure> {
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut unpacking = Unpacking { passwords, room, found: Vec::new() };
        unpacking.unpack(name, bytes, 1);
        unpacking.found
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

/// An archive being opened, with those in it.
struct Unpacking<'a> {
    /// Tried on what is encrypted.
    passwords: &'a [&'a str],
    room: &'a mut Room,
    found: Vec<Enclosure>,
}

impl Unpacking<'_> {
    fn unpack(&mut self, name: &str, bytes: &[u8], depth: usize) {
        if depth > DEEPEST {
            return self.refuse(name, Unreadable::TooManyEntries);
        }
        if !sniff::is_zip(bytes) {
            return self.refuse(name, Unreadable::Archive);
        }
        if workbook::is_crowded(bytes) {
            return self.refuse(name, Unreadable::TooManyEntries);
        }
        let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
            return self.refuse(name, Unreadable::Damaged);
        };
        let before = self.found.len();
        let mut locked = false;
        for index in 0..archive.len() {
            match entry(&mut archive, index, self.passwords, self.room) {
                Entry::Nothing => {}
                Entry::Locked => locked = true,
                Entry::Full(why) => {
                    self.refuse(name, why);
                    break;
                }
                Entry::Broken(name, why) => {
                    let kind = sniff::kind(&[], &name, "");
                    self.found.push(Enclosure { name, kind, content: Err(why) });
                }
                Entry::File(name, content) => self.file(name, content, depth),
            }
        }
        if locked {
            self.refuse(name, Unreadable::EncryptedArchive);
        } else if self.found.len() == before {
            self.refuse(name, Unreadable::Empty);
        }
    }

    fn file(&mut self, name: String, content: Vec<u8>, depth: usize) {
        let kind = sniff::kind(&content, &name, "");
        if content.is_empty() {
            self.found.push(Enclosure { name, kind, content: Err(Unreadable::Empty) });
        } else if kind == AttachmentKind::Archive {
            self.unpack(&name, &content, depth.saturating_add(1));
        } else if sniff::is_tnef(&content) {
            self.found.push(Enclosure { name, kind, content: Err(Unreadable::Tnef) });
        } else {
            self.found.push(Enclosure { name, kind, content: Ok(content) });
        }
    }

    fn refuse(&mut self, name: &str, why: Unreadable) {
        self.found.push(Enclosure { name: name.to_string(), kind: AttachmentKind::Archive, content: Err(why) });
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

fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, passwords: &[&str], room: &mut Room) -> Entry {
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
    let encrypted = metadata.encrypted();
    let name = clean::file_name(&path);
    if !encrypted {
        let options = ZipReadOptions::new();
        // a method other than stored and deflated, or a header that points nowhere
        let Ok(reader) = archive.by_index_with_options(index, options) else {
            return Entry::Broken(name, Unreadable::Damaged);
        };
        return match content(reader, room) {
            Content::Whole(content) => Entry::File(name, content),
            Content::Full => Entry::Full(Unreadable::InflatesTooFar),
            Content::Broken => Entry::Broken(name, Unreadable::Damaged),
        };
    }
    room.met_lock = true;
    for password in passwords {
        let options = ZipReadOptions::new().password(Some(password.as_bytes()));
        let Ok(reader) = archive.by_index_with_options(index, options) else { continue };
        // a wrong one may pass the quick check of ZipCrypto (APPNOTE §6.1.6), and its bytes fail their CRC then
        match content(reader, room) {
            Content::Whole(content) => {
                if !room.fitted.iter().any(|it| it == password) {
                    room.fitted.push((*password).to_owned());
                }
                return Entry::File(name, content);
            }
            Content::Full => return Entry::Full(Unreadable::InflatesTooFar),
            Content::Broken => {}
        }
    }
    Entry::Locked
}

enum Content {
    Whole(Vec<u8>),
    Full,
    Broken,
}

/// The declared size is the sender's claim: what really comes out is counted.
fn content(reader: impl Read, room: &mut Room) -> Content {
    let mut content = Vec::new();
    let read = reader.take(room.bytes.saturating_add(1)).read_to_end(&mut content);
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if size > room.bytes {
        room.bytes = 0;
        return Content::Full;
    }
    room.bytes -= size;
    if read.is_err() { Content::Broken } else { Content::Whole(content) }
}

/// Windows in Japan writes names in Shift_JIS and leaves the UTF-8 flag off; everyone else writes UTF-8, with the flag
/// or without. No Shift_JIS name of more than a character or two is valid UTF-8.
fn decoded(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_string(),
        Err(_) => SHIFT_JIS.decode_without_bom_handling(name).0.into_owned(),
    }
}
