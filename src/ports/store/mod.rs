//! What we remember: one SQLite file and a folder of raw mails. The only folder with SQL in it.

mod again;
mod backup;
mod bounces;
mod cases;
mod contacts;
mod figures;
mod filing;
mod letters;
mod locks;
mod mails;
mod migrate;
mod once;
mod restore;
mod rounds;
mod seen;
mod sent;
mod set_aside;
mod sound;
mod standstill;
mod status;

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

pub use again::Revived;
pub use backup::{BackedUp, Depth, Manifest, back_up, verify};
pub use bounces::Returned;
pub use cases::{CaseLine, JournalLine};
pub use contacts::{HeldMail, How, Releasable};
pub use figures::{DigestFacts, Line, MailAccount};
pub use filing::{Filing, Refiling, ToFile};
pub use letters::{DueLetter, LetterEnd, LetterLine};
pub use locks::Partner;
pub use mails::{KeptMail, MailLine, Unread};
pub use restore::{Restored, restore};
pub use sent::{OpenSent, SentAccount, SentFate, SentLine};
pub use set_aside::SetAside;
pub use sound::Soundness;
pub use standstill::Why;
pub use status::Figures;

/// The schema's history: position + 1 is `user_version`. A step, once released, is never changed.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema-2.sql"),
    include_str!("schema-3.sql"),
    include_str!("schema-4.sql"),
];

/// The database, in the state folder.
const DATABASE: &str = "uketsuke.sqlite";

/// Statements that are kept ready: more than there are.
const STATEMENTS: usize = 300;

/// The store. Opened by the daemon (with [`Lock`]) and by commands (without).
pub struct Store {
    db: Connection,
    folder: PathBuf,
}

/// Held by `run` alone: a second daemon on the same state folder is refused.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// When another process holds it, with its pid.
    pub fn take(folder: &Path, pid: u32) -> Result<Lock> {
        make_folder(folder)?;
        let path = folder.join("lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        if rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            let holder = holder.trim();
            bail!(
                "another uketsuke{} works on {} already; stop it first, or give this one another state folder",
                if holder.is_empty() { String::new() } else { format!(" (pid {holder})") },
                folder.display()
            );
        }
        file.set_len(0).context("cannot write the lock")?;
        write!(file, "{pid}").context("cannot write the lock")?;
        Ok(Lock { _file: file })
    }
}

/// One transaction of reading, deciding and writing. Dropped without [`Unit::commit`], nothing happened.
pub struct Unit<'a> {
    tx: Transaction<'a>,
}

impl Unit<'_> {
    /// Makes everything of this unit true.
    ///
    /// # Errors
    /// Any SQLite error; nothing is true then.
    pub fn commit(self) -> Result<()> {
        self.tx.commit().context("cannot commit")
    }
}

impl Store {
    /// Opens or makes the store in `folder` (0700, files 0600).
    ///
    /// # Errors
    /// When the folder is readable by others, the database is newer than this program, or the disk says no.
    pub fn open(folder: &Path) -> Result<Store> {
        make_folder(folder)?;
        make_folder(&folder.join("mails"))?;
        let path = folder.join(DATABASE);
        sound::refuse_remains(folder, &path)?;
        let fresh = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        fresh.with_context(|| format!("{} cannot be opened for writing", path.display()))?;
        let mut db = connect(&path).map_err(|it| sound::plainly(&path, it))?;
        migrate::migrate(&mut db, &path).map_err(|it| sound::explained(&path, it))?;
        let mut store = Store { db, folder: folder.to_path_buf() };
        store.make_key().and_then(|()| store.key_companies()).map_err(|it| sound::explained(&path, it))?;
        Ok(store)
    }

    /// Begins an IMMEDIATE transaction: a deferred one that reads first and writes later fails when another
    /// process wrote in between.
    ///
    /// # Errors
    /// When another process writes for longer than five seconds.
    pub fn unit(&mut self) -> Result<Unit<'_>> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).context("the store is busy")?;
        Ok(Unit { tx })
    }

    /// The key that Message-IDs are derived with; made once, part of every backup.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn key(&self) -> Result<Vec<u8>> {
        self.db
            .query_row("SELECT value FROM desk WHERE name = 'key'", (), |row| row.get(0))
            .context("the store has no key")
    }

    fn make_key(&self) -> Result<()> {
        let mut key = [0u8; 32];
        let mut random = File::open("/dev/urandom").context("cannot open /dev/urandom")?;
        std::io::Read::read_exact(&mut random, &mut key).context("cannot read /dev/urandom")?;
        self.db
            .execute(
                "INSERT INTO desk (name, value) VALUES ('key', ?1) ON CONFLICT (name) DO NOTHING",
                [key.as_slice()],
            )
            .context("cannot store the key")?;
        Ok(())
    }

    /// A named moment of the desk itself (last poll, last trouble).
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn note(&self, name: &str, value: &str) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO desk (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2
                 WHERE value <> ?2",
            )
            .and_then(|mut it| it.execute(params![name, value.as_bytes()]))
            .context("cannot note")?;
        Ok(())
    }

    /// What [`Store::note`] kept.
    ///
    /// # Errors
    /// Any SQLite error.
    pub fn noted(&self, name: &str) -> Result<Option<String>> {
        let value: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT value FROM desk WHERE name = ?1")
            .and_then(|mut it| it.query_row([name], |row| row.get(0)).optional())
            .context("cannot read a note")?;
        Ok(value.map(|it| String::from_utf8_lossy(&it).into_owned()))
    }

    /// Whether mails and rows can be written now.
    ///
    /// # Errors
    /// What the disk said.
    pub fn check_writing(&self, now: Timestamp) -> Result<()> {
        self.note("checked", &now.to_string())?;
        let file = self.folder.join("mails").join(".check");
        fs::write(&file, b"check")
            .and_then(|()| fs::remove_file(&file))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// Writes raw bytes to their file, synced together with the folder's entry, and returns their SHA-256.
    /// Writing twice is writing once.
    ///
    /// # Errors
    /// Any disk error: nothing may be marked kept then.
    pub fn keep_raw(&self, raw: &[u8]) -> Result<String> {
        let sha256 = hex(&Sha256::digest(raw));
        let path = raw_path(&self.folder, &sha256);
        if fs::metadata(&path).is_ok_and(|it| it.len() == raw.len() as u64) {
            sync_shelf(&path, &self.folder)?; // an earlier sync may have failed
            return Ok(sha256);
        }
        let folder = path.parent().context("a raw mail's file has a folder")?;
        make_folder(folder)?;
        let temporary = folder.join(format!(".{sha256}.{}", std::process::id()));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
        file.write_all(raw).context("cannot write a raw mail")?;
        file.sync_all().context("cannot sync a raw mail")?;
        fs::rename(&temporary, &path).context("cannot name a raw mail")?;
        sync_shelf(&path, &self.folder)?;
        Ok(sha256)
    }

    /// Reads a raw mail back and holds it against its hash.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn raw(&self, sha256: &str) -> Result<Vec<u8>> {
        let raw = fs::read(raw_path(&self.folder, sha256))
            .with_context(|| format!("the raw mail {sha256} is missing; restore a backup"))?;
        if hex(&Sha256::digest(&raw)) != sha256 {
            bail!("the raw mail {sha256} is damaged; restore a backup");
        }
        Ok(raw)
    }
}

/// Where a raw mail lies in a state folder, or in a backup.
fn raw_path(folder: &Path, sha256: &str) -> PathBuf {
    let shelf: String = sha256.chars().take(2).collect();
    folder.join("mails").join(shelf).join(format!("{sha256}.eml"))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // one round asks more than the 16 statements that are kept otherwise
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// Runs a statement and keeps it ready: to compile one costs as much as to run it.
fn run(db: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
    db.prepare_cached(sql)?.execute(values)
}

/// The first row of a query that is kept ready.
fn one<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    db.prepare_cached(sql)?.query_row(values, read)
}

/// Syncs a raw mail and the folders that name it.
fn sync_shelf(path: &Path, state: &Path) -> Result<()> {
    let shelf = path.parent().context("a raw mail's file has a folder")?;
    for it in [path, shelf, &state.join("mails")] {
        File::open(it).and_then(|it| it.sync_all()).context("cannot sync a raw mail")?;
    }
    Ok(())
}

/// Makes a file for us alone, or empties one that was left; what it holds is the caller's to sync.
fn private_file(path: &Path) -> Result<File> {
    let made = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    made.with_context(|| format!("cannot write {}", path.display()))
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|it| it.sync_all()).with_context(|| format!("cannot sync {}", folder.display()))
}

fn same_bytes(a: &Path, b: &Path) -> Result<bool> {
    Ok(fs::metadata(a)?.len() == fs::metadata(b)?.len() && backup::sha256_of(a)? == backup::sha256_of(b)?)
}

/// Makes a folder only its owner can enter, and refuses one that others can: mails of companies lie there.
fn make_folder(folder: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    let mode =
        fs::metadata(folder).with_context(|| format!("cannot look at {}", folder.display()))?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} can be entered by others (mode {:o}); chmod 700 it", folder.display(), mode & 0o777);
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seconds(at: Timestamp) -> i64 {
    at.as_second()
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
