//! Letters as files: for trying things out, and for looking at every letter before any goes out.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Outcome;
use crate::ports::header;

/// Where the files go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The folder; made if missing.
    pub path: PathBuf,
}

/// The longest file name taken from a Message-ID.
const LONGEST: usize = 120;

/// A folder that takes letters.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Letters will be written into this folder.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { path: settings.path }
    }

    /// Writes the letter to the file named by its Message-ID: the same letter sent twice is one file.
    pub fn send(&mut self, bytes: &[u8]) -> Outcome {
        match self.write(&file_name(bytes), bytes) {
            Ok(()) => Outcome::Accepted,
            Err(error) => Outcome::Away { why: format!("writing a letter to the folder: {}", error.kind()) },
        }
    }

    /// Whether the folder can be written to.
    ///
    /// # Errors
    /// It cannot.
    pub fn verify(&mut self) -> Result<()> {
        let probe = self.path.join(".probe");
        fs::create_dir_all(&self.path)
            .and_then(|()| fs::write(&probe, b""))
            .and_then(|()| fs::remove_file(&probe))
            .with_context(|| format!("the folder for letters cannot be written to: {}", self.path.display()))
    }

    /// Whole or not at all: a temporary file, synced, renamed, and the folder synced.
    fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.path)?;
        let unfinished = self.path.join(format!(".{name}.tmp"));
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.path.join(name))?;
        sync_folder(&self.path)
    }
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// The local part of the Message-ID, with what is not safe in a file name replaced. A name that had to be changed gets a
/// piece of the id's hash, so that two ids never share a file; a letter without an id is named by its own hash.
fn file_name(bytes: &[u8]) -> String {
    let Some(id) = header::message_id(bytes) else {
        return format!("letter-{}.eml", hash(bytes));
    };
    let local = id.split_once('@').map_or(id.as_str(), |(local, _)| local);
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '=');
    let mut name: String = local.chars().take(LONGEST).map(|c| if safe(c) { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with('.') {
        name.insert(0, '_');
    }
    if name != local {
        name = format!("{name}-{}", hash(id.as_bytes()));
    }
    format!("{name}.eml")
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]
mod tests {
    use super::{Folder, Outcome, Settings, file_name};

    #[test]
    fn the_same_letter_twice_is_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut folder = Folder::new(Settings { path: path.clone() });
        for body in ["one", "two"] {
            let letter = format!("Subject: x\r\nMessage-ID: <uk-1.a@nw.example.jp>\r\n\r\n{body}\r\n");
            assert_eq!(folder.send(letter.as_bytes()), Outcome::Accepted);
        }
        let names: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["uk-1.a.eml"]);
        assert!(std::fs::read_to_string(path.join("uk-1.a.eml")).unwrap().ends_with("two\r\n"));
        folder.verify().unwrap();
    }

    #[test]
    fn names_stay_inside_the_folder_and_apart() {
        let name = |id: &str| file_name(format!("Message-ID: <{id}>\r\n\r\n").as_bytes());
        assert_eq!(name("a.b+c@d"), "a.b+c.eml");
        for odd in ["../../etc/passwd@x", ".hidden@x", "a/b@x", "受付@x", "@x", &format!("{}@x", "z".repeat(900))] {
            let name = name(odd);
            assert!(!name.contains('/') && !name.starts_with('.') && name.len() < 160, "{name}");
        }
        assert_ne!(name("a/b@x"), name("a:b@x"));
        assert!(file_name(b"Subject: none\r\n\r\n").starts_with("letter-"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_refuses_no_letter() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let mut folder = Folder::new(Settings { path: file.join("out") });
        assert!(matches!(folder.send(b"x"), Outcome::Away { .. }));
        assert!(folder.verify().is_err());
    }
}
