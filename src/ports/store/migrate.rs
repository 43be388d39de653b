//! From any released step of the schema to this program's. Forward only, each step whole or not at all, and with a copy of
//! the database as it was before.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use rusqlite::{
    Connection, OpenFlags, TransactionBehavior,
    backup::{Backup, StepResult},
};

use super::{STEPS, private_file, same_bytes, sync_folder};

/// How often a busy database is asked again, with [`PAUSE`] between.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);
/// Copies of one step that are kept; more are a person's business.
const MOST_COPIES: u32 = 100;

/// Brings the database to the newest step.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<()> {
    let done = step_of(db)?;
    if done > STEPS.len() {
        bail!(
            "the database (step {done}) is newer than this program (step {}); install the newer program",
            STEPS.len()
        );
    }
    for (n, step) in STEPS.iter().enumerate().skip(done) {
        // held while the copy is made: nobody writes in between
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if step_of(&tx)? == n {
            if done > 0 {
                keep_old(path, n + 1).context("the database cannot be copied before its migration")?;
            }
            tx.execute_batch(step).with_context(|| format!("migration {} failed", n + 1))?;
            tx.pragma_update(None, "user_version", n as u32 + 1)?;
        }
        tx.commit()?;
    }
    Ok(())
}

pub(super) fn step_of(db: &Connection) -> Result<usize> {
    Ok(db.query_row("PRAGMA user_version", (), |row| row.get::<_, u32>(0))? as usize)
}

/// Keeps a copy as `uketsuke.before-step-N.sqlite`. A name is never written over; the same copy is not kept twice, however
/// often a migration was broken off.
fn keep_old(path: &Path, step: usize) -> Result<()> {
    let folder = path.parent().context("a database lies in a folder")?;
    let fresh = folder.join(format!(".before-step-{step}.{}", std::process::id()));
    copy_database(path, &fresh)?;
    for n in 1..=MOST_COPIES {
        let count = if n == 1 { String::new() } else { format!("-{n}") };
        let kept = folder.join(format!("uketsuke.before-step-{step}{count}.sqlite"));
        if !kept.exists() {
            fs::rename(&fresh, &kept)?;
            return sync_folder(folder);
        }
        if same_bytes(&kept, &fresh)? {
            return Ok(fs::remove_file(&fresh)?);
        }
    }
    fs::remove_file(&fresh)?;
    bail!("there are {MOST_COPIES} copies from before step {step} already; move them away")
}

/// Copies what is committed by SQLite's backup API into one file without companions, synced. The source may be written
/// meanwhile: in WAL mode the copy is one moment's.
pub(super) fn copy_database(from: &Path, to: &Path) -> Result<()> {
    // WAL needs its shared memory, so not read-only
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags).map_err(|it| super::sound::plainly(from, it))?;
    let file = private_file(to)?;
    let mut target = Connection::open(to)?;
    let backup = Backup::new(&source, &mut target)?;
    let mut tries = 0;
    loop {
        match backup.step(-1).map_err(|it| super::sound::plainly(from, it))? {
            StepResult::Done => break,
            StepResult::More => {}
            _ if tries < TRIES => {
                tries += 1;
                std::thread::sleep(PAUSE);
            }
            _ => bail!("{} is busy; try again", from.display()),
        }
    }
    drop(backup);
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, it)| it)?;
    file.sync_all().with_context(|| format!("cannot sync {}", to.display()))
}
