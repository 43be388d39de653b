//! Whether the store is sound, and plain words where it is not. Nothing is mended here and nothing overwritten.

use std::{fs, path::Path};

use anyhow::{Context as _, Error, Result, bail};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _};

use super::{Store, raw_path};

/// Up to so many bytes a whole `integrity_check` takes a second at most; above it `quick_check` looks at the structure
/// only (<https://sqlite.org/pragma.html#pragma_quick_check>).
const CHEAP: i64 = 64 * 1024 * 1024;

/// What a start found beside a sound database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soundness {
    /// Decided mails whose raw file is gone: nothing waits for them.
    pub lost: u64,
}

/// A raw file that should be there.
pub(super) struct Wanted {
    pub(super) sha256: String,
    /// Of a mail; not known of people's own answers.
    pub(super) size: Option<u64>,
    /// Its mail is not decided yet.
    pub(super) open: bool,
}

impl Store {
    /// Whether the file is sound (`integrity_check`, `foreign_key_check`).
    ///
    /// # Errors
    /// What was found.
    pub fn check(&self) -> Result<()> {
        whole(&self.db, "integrity_check")
    }

    /// Whether each mail has its raw file.
    ///
    /// # Errors
    /// How many have none.
    pub fn check_raw(&self) -> Result<()> {
        let lost: Vec<Wanted> = self.lost()?;
        match lost.first() {
            Some(it) => bail!("{} raw mails are missing, the first is {}; restore a backup", lost.len(), it.sha256),
            None => Ok(()),
        }
    }

    /// The look at each start of the daemon. A mail that waits to be decided and has no raw file stops it.
    ///
    /// # Errors
    /// What was found.
    pub fn check_start(&self) -> Result<Soundness> {
        let of = |what: &str| self.db.query_row(&format!("PRAGMA {what}"), (), |row| row.get::<_, i64>(0));
        let bytes = of("page_count").and_then(|n| Ok(n.saturating_mul(of("page_size")?)));
        let bytes = bytes.map_err(|it| plainly(&self.folder.join(super::DATABASE), it))?;
        whole(&self.db, if bytes <= CHEAP { "integrity_check" } else { "quick_check" })?;
        let lost = self.lost()?;
        let open: Vec<&Wanted> = lost.iter().filter(|it| it.open).collect();
        if let Some(it) = open.first() {
            bail!(
                "{} raw mails that wait for a decision are missing, the first is {}; put them back from a backup's mails/",
                open.len(),
                it.sha256
            );
        }
        Ok(Soundness { lost: lost.len() as u64 })
    }

    fn lost(&self) -> Result<Vec<Wanted>> {
        let mut wanted = wanted(&self.db)?;
        wanted.retain(|it| !is_there(&self.folder, it));
        Ok(wanted)
    }
}

/// Every raw file that rows name.
pub(super) fn wanted(db: &Connection) -> Result<Vec<Wanted>> {
    // step 1 had no Sent folder
    let sent: bool = db
        .query_row("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'sent_mails')", (), |row| row.get(0))
        .context("cannot list the raw mails")?;
    let more = if sent { " UNION ALL SELECT sha256, NULL, 0 FROM sent_mails" } else { "" };
    let mut ask = db.prepare(&format!("SELECT sha256, size, state = 'kept' FROM mails{more}"))?;
    let rows = ask.query_map((), |row| {
        let size = row.get::<_, Option<i64>>(1)?.and_then(|it| u64::try_from(it).ok());
        Ok(Wanted { sha256: row.get(0)?, size, open: row.get(2)? })
    })?;
    rows.collect::<Result<_, _>>().context("cannot list the raw mails")
}

/// Whether a raw file lies there with the length it should have.
pub(super) fn is_there(folder: &Path, it: &Wanted) -> bool {
    fs::metadata(raw_path(folder, &it.sha256))
        .is_ok_and(|found| found.is_file() && it.size.is_none_or(|size| size == found.len()))
}

/// Runs one of SQLite's checks, and `foreign_key_check`.
pub(super) fn whole(db: &Connection, check: &str) -> Result<()> {
    let said = db.query_row(&format!("PRAGMA {check}"), (), |row| row.get::<_, String>(0));
    let said = said.with_context(|| format!("{check} failed; {DAMAGED}"))?;
    if said != "ok" {
        let first: String = said.lines().next().unwrap_or_default().chars().take(200).collect();
        bail!("the database is damaged: {first}; {DAMAGED}");
    }
    let broken: Option<String> = db
        .query_row("PRAGMA foreign_key_check", (), |row| row.get(0))
        .optional()
        .with_context(|| format!("foreign_key_check failed; {DAMAGED}"))?;
    match broken {
        Some(table) => bail!("the database is damaged: a row of {table} points nowhere; {DAMAGED}"),
        None => Ok(()),
    }
}

const DAMAGED: &str = "nothing was changed; keep the folder as it is and restore a backup";

/// Says what SQLite's error means for a person. The error itself stays at the bottom: it ends the daemon.
pub(super) fn plainly(path: &Path, error: rusqlite::Error) -> Error {
    let path = path.display();
    let words = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => format!("{path} is damaged; {DAMAGED}"),
        Some(ErrorCode::DiskFull) => {
            format!("the disk of {path} is full; nothing was changed: make room, then start again")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            format!("{path} cannot be written; look at its owner and whether the disk is mounted read-only")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => format!("{path} is busy; try again"),
        // SQLite says so of a disk that is full, too, where only the shared memory (-shm) found no room
        Some(ErrorCode::SystemIoFailure) => {
            format!("the disk of {path} failed or is full; nothing was changed: look at the disk, then start again")
        }
        _ => format!("cannot open {path}"),
    };
    Error::from(error).context(words)
}

/// [`plainly`] for an error that has some words already.
pub(super) fn explained(path: &Path, error: Error) -> Error {
    let sqlite = error.downcast_ref::<rusqlite::Error>().or_else(|| error.chain().find_map(|it| it.downcast_ref()));
    match sqlite.and_then(rusqlite::Error::sqlite_error_code) {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            error.context(format!("{} is damaged; {DAMAGED}", path.display()))
        }
        Some(ErrorCode::DiskFull) => {
            error.context(format!("the disk of {} is full; make room, then start again", path.display()))
        }
        _ => error,
    }
}

/// What is left of a store must not be taken for a new one: all mails would be answered again.
pub(super) fn refuse_remains(folder: &Path, database: &Path) -> Result<()> {
    if folder.join(super::restore::UNFINISHED).exists() {
        bail!("a restore into {} was not finished; give the same `uketsuke restore` again", folder.display());
    }
    if fs::metadata(database).is_ok_and(|it| it.len() > 0) {
        return Ok(());
    }
    let mails = folder.join("mails");
    let Ok(mut shelves) = fs::read_dir(&mails) else { return Ok(()) };
    if shelves.any(|it| it.is_ok_and(|it| it.path().is_dir())) {
        bail!(
            "{} is missing or empty, and {} has mails; nothing was changed: put the database back, or restore a backup",
            database.display(),
            mails.display()
        );
    }
    Ok(())
}
