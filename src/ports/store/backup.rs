//! A backup: the database, every raw mail it names and the newest refresh token, in a folder named by time, with a
//! manifest. Made while the daemon runs; whole under its name, or absent.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{Timestamp, tz::TimeZone};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    DATABASE, STEPS, hex,
    migrate::{copy_database, step_of},
    private_file, raw_path, sound, sync_folder,
};
use crate::ports::REFRESH_TOKEN;

const MANIFEST: &str = "manifest.json";
const PREFIX: &str = "uketsuke-";
/// A manifest has some hundred bytes.
const LONGEST_MANIFEST: u64 = 64 * 1024;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program that made it.
    pub program: String,
    /// Step of the schema.
    pub schema_step: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// SHA-256 of the database.
    pub database_sha256: String,
    /// Raw mails.
    pub raw_mails: u64,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// SHA-256 of the newest refresh token's file, where there is one. Older versions did not write it.
    #[serde(default)]
    pub refresh_token_sha256: Option<String>,
}

/// A backup that was made.
#[derive(Debug, Serialize)]
pub struct BackedUp {
    /// Where.
    pub backup: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Older ones that were removed.
    pub removed: Vec<PathBuf>,
}

/// Makes a backup of the store in `state` as a new folder in `into`, looks at it as a restore would, and only then gives it
/// its name. Of the backups there the newest `keep` are left, this one always among them.
///
/// # Errors
/// When something cannot be read or written, or is damaged; there is no new backup then, and the older ones stay.
pub fn back_up(state: &Path, into: &Path, keep: Option<usize>, now: Timestamp) -> Result<BackedUp> {
    let database = state.join(DATABASE);
    ensure!(database.is_file(), "{} is not there: nothing to back up", database.display());
    private_folder(into)?;
    let lock = private_file(&into.join(".uketsuke-backup.lock"))?;
    take(&lock).with_context(|| format!("another backup into {} is being made", into.display()))?;
    remove_leftovers(into)?;
    let name = format!("{PREFIX}{}", now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ"));
    let (part, backup) = (into.join(part_name(&name)), into.join(&name));
    ensure!(!backup.exists(), "{} is there already; nothing is overwritten", backup.display());
    let made = fill(state, &part, now).and_then(|manifest| {
        verify(&part, Depth::Presence)?;
        fs::rename(&part, &backup).with_context(|| format!("cannot name {}", backup.display()))?;
        sync_folder(into)?;
        Ok(manifest)
    });
    match made {
        Ok(manifest) => {
            let removed = keep.map_or(Ok(Vec::new()), |keep| remove_older(into, keep, &name))?;
            Ok(BackedUp { backup, manifest, removed })
        }
        Err(it) => {
            let _ = fs::remove_dir_all(&part); // what is left of it is no backup and goes with the next one
            Err(it.context("no backup was made"))
        }
    }
}

/// Waits a moment for the lock: a child that another thread starts holds it until its `exec`.
fn take(lock: &File) -> rustix::io::Result<()> {
    let once = || rustix::fs::flock(lock, rustix::fs::FlockOperation::NonBlockingLockExclusive);
    for _ in 0..20 {
        if once().is_ok() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    once()
}

fn part_name(name: &str) -> String {
    format!(".{name}.part")
}

fn fill(state: &Path, part: &Path, now: Timestamp) -> Result<Manifest> {
    private_folder(part)?;
    let database = part.join(DATABASE);
    copy_database(&state.join(DATABASE), &database)?;
    let db = open(&database)?;
    let raw = carry_raw(&db, state, part, Carry::Link)?;
    carry_token(state, part)?;
    let token = part.join(REFRESH_TOKEN);
    let manifest = Manifest {
        program: env!("CARGO_PKG_VERSION").to_string(),
        schema_step: u32::try_from(step_of(&db)?)?,
        made_at: now,
        database_sha256: sha256_of(&database)?,
        raw_mails: raw,
        rows: rows(&db)?,
        refresh_token_sha256: if token.exists() { Some(sha256_of(&token)?) } else { None },
    };
    let mut file = private_file(&part.join(MANIFEST))?;
    std::io::Write::write_all(&mut file, &serde_json::to_vec_pretty(&manifest)?)
        .context("cannot write the manifest")?;
    file.sync_all().context("cannot sync the manifest")?;
    sync_folder(part)?;
    Ok(manifest)
}

/// How raw mails get to another folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Carry {
    /// By a hard link where that is possible: raw mails are never changed, only made and renamed.
    Link,
    /// By a copy.
    Copy,
}

/// Brings every raw mail that rows of `db` name from one folder into another. A copy is held against its hash.
pub(super) fn carry_raw(db: &Connection, from: &Path, to: &Path, how: Carry) -> Result<u64> {
    private_folder(&to.join("mails"))?;
    let mut shelves = std::collections::BTreeSet::new();
    let mut carried = 0;
    for it in sound::wanted(db)? {
        let (source, target) = (raw_path(from, &it.sha256), raw_path(to, &it.sha256));
        if !sound::is_there(from, &it) {
            bail!("the raw mail {} is missing or cut; put it back from an older backup", it.sha256);
        }
        let shelf = target.parent().context("a raw mail's file has a folder")?;
        if shelves.insert(shelf.to_path_buf()) {
            private_folder(shelf)?;
        }
        if target.exists() {
            continue; // a mail of the inbox and of the Sent folder
        }
        if how == Carry::Copy || fs::hard_link(&source, &target).is_err() {
            copy_file(&source, &target)?;
            ensure!(sha256_of(&target)? == it.sha256, "the raw mail {} is damaged", it.sha256);
        }
        carried += 1;
    }
    shelves.iter().try_for_each(|it| sync_folder(it))?;
    sync_folder(&to.join("mails"))?;
    Ok(carried)
}

/// The newest refresh token: the one in the configuration may be of no use any more.
pub(super) fn carry_token(from: &Path, to: &Path) -> Result<()> {
    let source = from.join(REFRESH_TOKEN);
    if source.exists() { copy_file(&source, &to.join(REFRESH_TOKEN)) } else { Ok(()) }
}

pub(super) fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let mut source = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let mut target = private_file(to)?;
    std::io::copy(&mut source, &mut target).with_context(|| format!("cannot write {}", to.display()))?;
    target.sync_all().with_context(|| format!("cannot sync {}", to.display()))
}

/// How much of each raw mail is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// That it is there with its length.
    Presence,
    /// Its bytes, against its hash.
    Bytes,
}

/// Holds a backup against its manifest, and its database against itself and the raw mails.
///
/// # Errors
/// What differs.
pub fn verify(backup: &Path, depth: Depth) -> Result<Manifest> {
    let manifest = read_manifest(backup)?;
    ensure!(
        manifest.schema_step as usize <= STEPS.len(),
        "the backup (step {}) is newer than this program (step {}); install the newer program",
        manifest.schema_step,
        STEPS.len()
    );
    let database = backup.join(DATABASE);
    let hash = sha256_of(&database)?;
    ensure!(hash == manifest.database_sha256, "{} is not the database its manifest names", database.display());
    let db = open(&database)?;
    sound::whole(&db, "integrity_check")?;
    ensure!(
        step_of(&db)? == manifest.schema_step as usize && rows(&db)? == manifest.rows,
        "{} does not hold what its manifest says",
        database.display()
    );
    if let Some(hash) = &manifest.refresh_token_sha256 {
        let same = sha256_of(&backup.join(REFRESH_TOKEN)).is_ok_and(|it| it == *hash);
        ensure!(same, "the refresh token of the backup is missing or damaged");
    }
    let mut found = std::collections::BTreeSet::new();
    for it in sound::wanted(&db)? {
        let good = sound::is_there(backup, &it)
            && (depth == Depth::Presence || sha256_of(&raw_path(backup, &it.sha256))? == it.sha256);
        ensure!(good, "the raw mail {} of the backup is missing or damaged", it.sha256);
        found.insert(it.sha256);
    }
    ensure!(found.len() as u64 == manifest.raw_mails, "the backup's raw mails are not those its manifest counts");
    Ok(manifest)
}

fn read_manifest(backup: &Path) -> Result<Manifest> {
    let path = backup.join(MANIFEST);
    let mut text = String::new();
    let opened = File::open(&path).with_context(|| format!("{} is no backup: it has no manifest", backup.display()))?;
    opened
        .take(LONGEST_MANIFEST)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no manifest of a backup", path.display()))
}

/// Opens a database that nobody writes.
pub(super) fn open(path: &Path) -> Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|it| sound::plainly(path, it))
}

fn rows(db: &Connection) -> Result<BTreeMap<String, u64>> {
    let mut ask =
        db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1")?;
    let tables: Vec<String> = ask.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut counts = BTreeMap::new();
    for table in tables {
        let quoted = table.replace('"', "\"\"");
        let n: i64 = db.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), (), |row| row.get(0))?;
        counts.insert(table, u64::try_from(n).unwrap_or(0));
    }
    Ok(counts)
}

/// Removes all backups but the newest `keep`: folders with our name and our manifest, and nothing else. What says to be
/// younger than the one `made` now was named by a clock that was wrong, or is: it is neither counted nor removed.
fn remove_older(into: &Path, keep: usize, made: &str) -> Result<Vec<PathBuf>> {
    let mut ours: Vec<String> = names(into)?.into_iter().filter(|it| is_ours(it)).collect();
    ours.retain(|it| read_manifest(&into.join(it)).is_ok());
    ours.sort_unstable();
    let future = ours.split_off(ours.partition_point(|it| it.as_str() <= made));
    if let Some(first) = future.first() {
        tracing::warn!(
            backups = future.len(),
            first,
            "backups bear dates that are still to come: is the clock right? They stay until you remove them"
        );
    }
    let old = ours.len().saturating_sub(keep.max(1));
    let mut removed = Vec::new();
    for name in ours.into_iter().take(old) {
        let (path, part) = (into.join(&name), into.join(part_name(&name)));
        fs::rename(&path, &part).with_context(|| format!("cannot remove {}", path.display()))?; // half of one is no backup
        fs::remove_dir_all(&part).with_context(|| format!("cannot remove {}", path.display()))?;
        removed.push(path);
    }
    Ok(removed)
}

/// What a backup that was broken off has left.
fn remove_leftovers(into: &Path) -> Result<()> {
    for name in names(into)? {
        let inner = name.strip_prefix('.').and_then(|it| it.strip_suffix(".part"));
        if inner.is_some_and(is_ours) {
            let path = into.join(&name);
            fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let listed = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let names = listed.map(|it| Ok(it?.file_name().into_string().unwrap_or_default()));
    names.collect::<std::io::Result<_>>().with_context(|| format!("cannot list {}", folder.display()))
}

/// `uketsuke-20221231T235959Z`
fn is_ours(name: &str) -> bool {
    let is_time = |it: &str| {
        it.len() == 16
            && it.bytes().enumerate().all(|(n, byte)| match n {
                8 => byte == b'T',
                15 => byte == b'Z',
                _ => byte.is_ascii_digit(),
            })
    };
    name.strip_prefix(PREFIX).is_some_and(is_time)
}

pub(super) fn sha256_of(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = file.read(&mut buffer).with_context(|| format!("cannot read {}", path.display()))?;
        match buffer.get(..n) {
            Some(read) if n > 0 => hash.update(read),
            _ => return Ok(hex(&hash.finalize())),
        }
    }
}

/// Makes a folder for us alone. One that is there stays as it is: backups may lie beside other things, and are closed
/// themselves.
pub(super) fn private_folder(folder: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))
}
