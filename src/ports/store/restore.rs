//! A backup → a state folder that has no database. What was there is moved aside by name; nothing is overwritten.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{Timestamp, tz::TimeZone};
use rusqlite::{Connection, params};
use serde::Serialize;

use super::{
    DATABASE, Lock,
    backup::{Carry, Depth, Manifest, carry_raw, carry_token, copy_file, open, private_folder, verify},
    standstill, sync_folder,
};
use crate::ports::REFRESH_TOKEN;

/// Where a restore is put together; while it is there, no store is opened.
pub(super) const UNFINISHED: &str = ".restore-unfinished";

/// What was done.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// Where the former state lies now.
    pub aside: Option<PathBuf>,
}

/// Puts a backup into the state folder, after a look at every byte of it. The desk then stands still until a person
/// confirms ([`super::Store::confirm`]).
///
/// # Errors
/// The backup is damaged, a daemon works there, or there is a state already and `aside` does not say to move it aside;
/// nothing was changed then. A restore that was broken off is finished by giving it again.
pub fn restore(backup: &Path, state: &Path, aside: bool, now: Timestamp) -> Result<Restored> {
    let manifest = verify(backup, Depth::Bytes).context("this backup cannot be restored; nothing was changed")?;
    let lock = Lock::take(state, std::process::id())?;
    let unfinished = state.join(UNFINISHED);
    let again = unfinished.exists();
    let there = former(state);
    ensure!(
        aside || again || there.is_empty(),
        "{} holds a state already; --aside moves it into a folder beside the restored one",
        state.display()
    );
    if again {
        fs::remove_dir_all(&unfinished).with_context(|| format!("cannot remove {}", unfinished.display()))?;
    }
    prepare(backup, &unfinished, now)?;
    sync_folder(state)?;
    let moved = if there.is_empty() { None } else { Some(move_aside(state, &there, now)?) };
    for name in [REFRESH_TOKEN, "mails", DATABASE] {
        let source = unfinished.join(name);
        if source.exists() {
            fs::rename(&source, state.join(name)).with_context(|| format!("cannot put {name} in its place"))?;
        }
    }
    sync_folder(state)?;
    give_to_owner(state)?;
    fs::remove_dir(&unfinished).with_context(|| format!("cannot remove {}", unfinished.display()))?;
    sync_folder(state)?;
    drop(lock);
    Ok(Restored { manifest, aside: moved })
}

/// What makes up a state, as far as it is there.
fn former(state: &Path) -> Vec<&'static str> {
    let is_there = |name: &str| match name {
        "mails" => fs::read_dir(state.join(name)).is_ok_and(|mut it| it.next().is_some()),
        _ => state.join(name).exists(),
    };
    let all = [DATABASE, "uketsuke.sqlite-wal", "uketsuke.sqlite-shm", "mails", REFRESH_TOKEN];
    all.into_iter().filter(|it| is_there(it)).collect()
}

fn prepare(backup: &Path, unfinished: &Path, now: Timestamp) -> Result<()> {
    private_folder(unfinished)?;
    let database = unfinished.join(DATABASE);
    copy_file(&backup.join(DATABASE), &database)?;
    carry_raw(&open(&database)?, backup, unfinished, Carry::Copy)?;
    carry_token(backup, unfinished)?;
    let db = Connection::open(&database)?;
    db.execute(standstill::HALT, params![standstill::NOTE, standstill::value(super::Why::Restored, now)])
        .context("cannot mark the restored database")?;
    db.close().map_err(|(_, it)| it)?;
    fs::File::open(&database)?.sync_all().context("cannot sync the restored database")?;
    sync_folder(unfinished)
}

/// Moves the former state into a folder of its own. The database goes first: without it nothing here opens.
fn move_aside(state: &Path, there: &[&str], now: Timestamp) -> Result<PathBuf> {
    let stamp = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = (1..100).map(|n| if n == 1 { format!("replaced-{stamp}") } else { format!("replaced-{stamp}-{n}") });
    let Some(aside) = names.map(|it| state.join(it)).find(|it| !it.exists()) else {
        bail!("{} has too many folders of replaced states", state.display());
    };
    private_folder(&aside)?;
    for name in there {
        fs::rename(state.join(name), aside.join(name)).with_context(|| format!("cannot move {name} aside"))?;
    }
    sync_folder(&aside)?;
    Ok(aside)
}

/// What root has restored belongs to the state folder's owner: the daemon must open it.
fn give_to_owner(state: &Path) -> Result<()> {
    let of = fs::metadata(state).with_context(|| format!("cannot look at {}", state.display()))?;
    let mut open = vec![state.to_path_buf()];
    while let Some(path) = open.pop() {
        let it = fs::symlink_metadata(&path).with_context(|| format!("cannot look at {}", path.display()))?;
        if it.uid() != of.uid() || it.gid() != of.gid() {
            std::os::unix::fs::lchown(&path, Some(of.uid()), Some(of.gid()))
                .with_context(|| format!("cannot give {} to the state folder's owner", path.display()))?;
        }
        if it.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        }
    }
    Ok(())
}
