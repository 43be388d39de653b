//! A store that is damaged, cannot be written, or has no room: told in plain words, and left as it is.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use uketsuke::ports::store::Store;

use crate::desk::Desk;

fn run_once(dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
    command.current_dir(dir).args(["--config", "config", "run", "--once"]).output().unwrap()
}

/// Ends with exit 2 and these words, and changes nothing in these files.
#[track_caller]
fn stops(desk: &Desk, words: &str, files: &[&str]) {
    let state = desk.dir.join("state");
    let read = || files.iter().map(|it| fs::read(state.join(it)).ok()).collect::<Vec<_>>();
    let before = read();
    let output = run_once(&desk.dir);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    let last = told.lines().last().unwrap_or_default();
    assert!(last.starts_with("uketsuke: ") && last.contains(words), "{told}");
    assert!(read() == before, "something was changed");
}

/// A desk that has worked and ended: everything is in the database's one file.
fn worked() -> Desk {
    let mut desk = Desk::open();
    for name in ["05-forgot-attachment", "01-outlook-complete", "06-question"] {
        desk.receives_sample(name);
    }
    desk.settles();
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    let _: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0)).unwrap();
    desk
}

const DATABASE: &str = "uketsuke.sqlite";

#[test]
fn a_database_that_is_none_stops_the_desk() {
    let desk = worked();
    fs::write(desk.dir.join("state").join(DATABASE), vec![b'x'; 20_000]).unwrap();
    let _ = fs::remove_file(desk.dir.join("state/uketsuke.sqlite-wal"));
    stops(&desk, "is damaged; nothing was changed; keep the folder as it is and restore a backup", &[DATABASE]);
}

#[test]
fn a_damaged_page_stops_the_desk() {
    let desk = worked();
    let path = desk.dir.join("state").join(DATABASE);
    let good = fs::read(&path).unwrap();
    let pages = good.len() / 4096;
    let mut noticed = 0;
    for page in 1..pages {
        let mut bytes = good.clone();
        bytes[page * 4096..page * 4096 + 64].fill(0xff); // the page's own header
        fs::write(&path, &bytes).unwrap();
        let output = run_once(&desk.dir);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let stopped = output.status.code() == Some(2) && told.contains("damaged");
        // a page of a long text has no header: its bytes are the text's
        noticed += usize::from(stopped);
        assert!(stopped || output.status.success(), "page {page}: {told}");
        if stopped {
            assert!(fs::read(&path).unwrap() == bytes, "page {page}: something was changed");
        }
        for it in ["uketsuke.sqlite-wal", "uketsuke.sqlite-shm"] {
            let _ = fs::remove_file(desk.dir.join("state").join(it));
        }
        if page > 24 {
            break;
        }
    }
    assert!(noticed >= 15, "{noticed} of {pages}");
}

#[test]
fn a_database_that_was_cut_stops_the_desk() {
    let desk = worked();
    let path = desk.dir.join("state").join(DATABASE);
    let good = fs::read(&path).unwrap();
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    stops(&desk, "damaged", &[DATABASE]);
}

#[test]
fn a_missing_database_is_not_replaced_by_a_new_one() {
    let desk = worked();
    let path = desk.dir.join("state").join(DATABASE);
    fs::write(&path, b"").unwrap();
    stops(&desk, "is missing or empty", &[DATABASE]);
    fs::remove_file(&path).unwrap();
    stops(&desk, "is missing or empty", &[DATABASE]);
}

#[test]
fn a_write_ahead_log_that_was_cut_gives_an_older_moment_and_no_half_one() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let state = desk.dir.join("state");
    let (database, wal) =
        (fs::read(state.join(DATABASE)).unwrap(), fs::read(state.join("uketsuke.sqlite-wal")).unwrap());
    let mut mails = Vec::new();
    for part in 0..=20 {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("state");
        assert!(Command::new("cp").arg("-a").args([&state, &copy]).status().unwrap().success());
        let _ = fs::remove_file(copy.join("uketsuke.sqlite-shm"));
        fs::write(copy.join(DATABASE), &database).unwrap();
        fs::write(copy.join("uketsuke.sqlite-wal"), &wal[..wal.len() * part / 20]).unwrap();
        // where nothing but the log had the schema, a new store could be made: the mails there forbid it only for an empty file
        let store = Store::open(&copy).map_err(|it| format!("{it:#}"));
        if let Ok(store) = store {
            store.check().unwrap();
            assert!(store.account().unwrap().balanced());
            mails.push(store.mail_lines(None).unwrap().len());
        } else {
            assert!(store.err().unwrap().contains("missing or empty"));
        }
    }
    assert!(mails.is_sorted() && mails.last() == Some(&1), "{mails:?}");
}

#[test]
fn a_raw_mail_that_waits_and_is_gone_stops_the_desk_and_a_decided_one_is_told() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").takes_in();
    let sha256 = desk.mails()[0].sha256.clone();
    let path = desk.dir.join("state/mails").join(&sha256[..2]).join(format!("{sha256}.eml"));
    let raw = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    stops(&desk, "put them back from a backup", &[]);
    fs::write(&path, raw).unwrap();
    desk.settles();
    fs::remove_file(&path).unwrap();
    let output = run_once(&desk.dir);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && told.contains("raw mails that were decided are missing"), "{told}");
    assert!(desk.desk.store.check_raw().unwrap_err().to_string().contains(&sha256));
}

/// Runs a shell script where it may mount: as root, in a mount namespace of its own.
fn with_mounts(dir: &Path, script: &str) -> Option<String> {
    if fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it)).ok() != Some(0) {
        eprintln!("not root: nothing can be mounted here, so this is not looked at");
        return None;
    }
    let output = Command::new("unshare")
        .args(["-m", "sh", "-euc", script])
        .current_dir(dir)
        .env("UKETSUKE", env!("CARGO_BIN_EXE_uketsuke"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    Some(told)
}

#[test]
fn a_full_disk_at_the_start_is_told_and_harms_nothing() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let told = with_mounts(
        &desk.dir,
        r#"exec 2>&1; mkdir disk; mount -t tmpfs -o size=8m,mode=700 none disk
           cp -a state/. disk/; mount --bind disk state
           rm -f state/*-shm; head -c 64m /dev/zero > disk/filler 2>/dev/null || true
           df disk | tail -1
           "$UKETSUKE" --config config run --once && exit 9 || echo "exit $?"
           "$UKETSUKE" --config config check | grep ' store '
           rm disk/filler
           "$UKETSUKE" --config config check | grep ' store '
           "$UKETSUKE" --config config run --once && echo fine"#,
    );
    let Some(told) = told else { return };
    assert!(told.contains("WRONG store") && told.contains("ok    store"), "{told}");
    assert!(told.contains("exit 2") && told.contains("No space left on device") && told.ends_with("fine\n"), "{told}");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_told() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let told = with_mounts(
        &desk.dir,
        r#"mount --bind state state; mount -o remount,bind,ro state
           "$UKETSUKE" --config config run --once && exit 9 || echo "exit $?""#,
    );
    let Some(told) = told else { return };
    assert!(told.contains("exit 2") && told.contains("Read-only file system"), "{told}");
}
