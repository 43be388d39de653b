//! What a disk does: writes that fail, and what a power cut leaves.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use crate::{bench::copy, event::Keep, power};

const TABLES: [&str; 13] = [
    "seen",
    "mails",
    "cases",
    "revisions",
    "letters",
    "journal",
    "dead_addresses",
    "sent_seen",
    "sent_mails",
    "sent_answers",
    "bounces",
    "contacts",
    "desk",
];

/// From `writes` row writes on, no write succeeds: what a full or broken disk does to SQLite, and, as the process ends by
/// it, what a power cut between two commits does.
pub fn fail_after(state: &Path, writes: u8) {
    let mut script = format!("BEGIN; CREATE TABLE sim_left (n INTEGER); INSERT INTO sim_left VALUES ({writes});");
    for table in TABLES {
        for verb in ["INSERT", "UPDATE"] {
            script.push_str(&format!(
                "CREATE TRIGGER sim_{table}_{verb} BEFORE {verb} ON {table} BEGIN
                   SELECT RAISE(ABORT, 'the disk failed') WHERE (SELECT n FROM sim_left) <= 0;
                   UPDATE sim_left SET n = n - 1; END;"
            ));
        }
    }
    let db = Connection::open(state.join("uketsuke.sqlite")).unwrap();
    db.execute_batch(&format!("{script} COMMIT;")).unwrap();
}

/// The disk is well again.
pub fn mend(state: &Path) {
    let db = Connection::open(state.join("uketsuke.sqlite")).unwrap();
    let mut script = "BEGIN; DROP TABLE IF EXISTS sim_left;".to_owned();
    for table in TABLES {
        for verb in ["INSERT", "UPDATE"] {
            script.push_str(&format!("DROP TRIGGER IF EXISTS sim_{table}_{verb};"));
        }
    }
    db.execute_batch(&format!("{script} COMMIT;")).unwrap();
}

/// What a power cut leaves of a state folder.
pub fn cut(from: &Path, to: &Path, keep: Keep) {
    match keep {
        Keep::AsTheyAre => copy(from, to),
        Keep::Torn => {
            copy(from, to);
            // the beginning of a transaction that was never acknowledged
            let wal = to.join("uketsuke.sqlite-wal");
            if let Ok(mut file) = fs::OpenOptions::new().append(true).open(wal) {
                file.write_all(&[0xA5; 700]).unwrap();
            }
        }
        Keep::Synced => power::cut(from, to),
    }
}

/// After so many more writes of this thread, none under a state folder finds room (ENOSPC): the library sees the folder.
pub fn fill(state: &Path, writes: u8) -> PathBuf {
    let full = PathBuf::from(format!("{}.full-{writes}", state.display()));
    fs::create_dir(&full).unwrap();
    full
}

/// There is room again.
pub fn empty(full: &Path) {
    fs::remove_dir(full).unwrap();
}
