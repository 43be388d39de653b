//! Moving a mail's file from folder to folder.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::unless_gone;

/// Mails that may have had one file name, one after the other.
pub(super) const MOST_NAMES: u32 = 100;

/// Moves a file into a folder's `cur/`, never over another: whoever delivers here may use a name anew, and the earlier mail of
/// that name lies there for good.
pub(super) fn move_into(path: &Path, folder: &Path) -> Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    // names in cur/ carry their flags after `:2,`; a mail from new/ has none yet
    let (base, flags) = name.split_once(":2,").unwrap_or((name, ""));
    for n in 0..=MOST_NAMES {
        let target = folder.join("cur").join(format!("{}:2,{flags}", nth_name(base, n)));
        match rename_to_new(path, &target) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            moved => return unless_gone(moved).map(|_| ()),
        }
    }
    bail!("more than {MOST_NAMES} mails had one file name")
}

/// A file's name, or what it is called where that is taken.
pub(super) fn nth_name(base: &str, n: u32) -> String {
    if n == 0 { base.to_owned() } else { format!("{base}_{n}") }
}

/// `rename`, but never over another file.
fn rename_to_new(from: &Path, to: &Path) -> std::io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // file systems that do not know the flag: rename(2)
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        done => Ok(done?),
    }
}

pub(super) fn make_maildir(folder: &Path) -> Result<()> {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(folder.join(part)).context("making a mail folder")?;
    }
    Ok(())
}
