//! Backup, restore, and a store that is not the newest or not the only one.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicBool, Ordering},
};

use rusqlite::Connection;
use uketsuke::ports::store::{self, Depth, Lock, Store, Why};

use crate::{
    desk::{Desk, main_file, write_config},
    mails,
    rounds::TARO,
};

const DATABASE: &str = "uketsuke.sqlite";
const TOKEN: &str = "oauth2-refresh-token.json";

fn uketsuke(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
    command.current_dir(dir).args(["--config", "config"]).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
fn does(dir: &Path, arguments: &[&str]) -> String {
    let output = uketsuke(dir, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

#[track_caller]
fn refuses(dir: &Path, arguments: &[&str], words: &str) {
    let output = uketsuke(dir, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
}

/// Backups in a folder, oldest first.
fn backups(into: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(into).unwrap().map(|it| it.unwrap().path()).collect();
    found.retain(|it| it.file_name().unwrap().to_str().unwrap().starts_with("uketsuke-"));
    found.sort();
    found
}

fn back_up(desk: &Desk) -> PathBuf {
    does(&desk.dir, &["backup", "backups"]);
    backups(&desk.dir.join("backups")).pop().unwrap()
}

/// Every file under a folder, with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut open = vec![folder.to_path_buf()];
    let mut found = BTreeMap::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else {
            found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap());
        }
    }
    found
}

fn hands_in(id: &str, company: &str) -> Vec<u8> {
    let text = format!("{company}です。自己診断フォーマットを提出します。よろしくお願いいたします。\n");
    mails::from(&format!("鈴木 一郎 <ichiro@{company}.example.jp>")).subject("提出").text(&text).id(id).bytes()
}

/// Message-ID and bytes of each letter.
fn letters(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let bytes = |id| desk.desk.store.letter_bytes(id).unwrap().unwrap();
    desk.outbox().into_iter().filter(|it| it.kind != "digest").map(|it| (it.message_id, bytes(it.id))).collect()
}

fn is_halted(desk: &Desk) -> Option<String> {
    desk.desk.store.halted().unwrap().map(|it| it.0)
}

/// Puts the database back by hand, as it was in a backup.
fn put_back(desk: &mut Desk, backup: &Path) {
    for file in [DATABASE, "uketsuke.sqlite-wal", "uketsuke.sqlite-shm"] {
        let _ = fs::remove_file(desk.dir.join("state").join(file));
    }
    fs::copy(backup.join(DATABASE), desk.dir.join("state").join(DATABASE)).unwrap();
    desk.crashes();
}

#[test]
fn a_backup_holds_everything_and_is_for_us_alone() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").receives_sample("01-outlook-complete").settles();
    fs::write(desk.dir.join("state").join(TOKEN), b"{}").unwrap();
    let _daemon = Lock::take(&desk.dir.join("state"), 4242).unwrap();
    let told = does(&desk.dir, &["backup", "backups", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&told).unwrap();
    let manifest = &json["manifest"];
    assert_eq!((&manifest["raw_mails"], &manifest["rows"]["mails"]), (&2.into(), &2.into()), "{told}");
    assert_eq!(manifest["program"], env!("CARGO_PKG_VERSION"));
    let backup = desk.dir.join(json["backup"].as_str().unwrap());
    let found = contents(&backup);
    assert_eq!(found.len(), 5, "database, manifest, token, two mails: {:?}", found.keys());
    assert_eq!(&found[Path::new(DATABASE)][18..20], [1, 1], "no WAL: one file says all");
    let mut open = vec![backup.clone()];
    while let Some(path) = open.pop() {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "eml") {
            assert_eq!(fs::metadata(&path).unwrap().nlink(), 2, "linked, not copied");
        }
    }
    store::verify(&backup, Depth::Bytes).unwrap();
    // a manifest of an older version, which says nothing of the token
    let text = fs::read_to_string(backup.join("manifest.json")).unwrap();
    let older: String = text.lines().filter(|it| !it.contains("refresh_token_sha256")).collect();
    fs::write(backup.join("manifest.json"), older.replace("},}", "}}")).unwrap();
    assert_eq!(store::verify(&backup, Depth::Bytes).unwrap().refresh_token_sha256, None);
}

#[test]
fn a_backup_is_one_moment_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut writer = Store::open(&state).unwrap();
    let now = "2022-08-12T08:00:00Z".parse().unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                let raw = format!("Message-ID: <{n}@saku>\r\n\r\n{}\r\n", "x".repeat(4000));
                writer.keep("INBOX", "1", &n.to_string(), raw.as_bytes(), now, now).unwrap();
                if done.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let mut counts = Vec::new();
        for n in 0..8 {
            let at = now.checked_add(jiff::SignedDuration::from_secs(n)).unwrap();
            let made = store::back_up(&state, &folder.path().join("backups"), Some(3), at).unwrap();
            store::verify(&made.backup, Depth::Bytes).unwrap();
            counts.push(made.manifest.raw_mails);
        }
        done.store(true, Ordering::Relaxed);
        assert!(counts.is_sorted() && counts[0] < counts[7], "{counts:?}");
    });
    assert_eq!(backups(&folder.path().join("backups")).len(), 3, "keep");
}

#[test]
fn only_backups_of_ours_are_removed() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let into = desk.dir.join("backups");
    fs::create_dir_all(into.join("uketsuke-20200101T000000Z")).unwrap(); // our name, not our manifest
    fs::create_dir_all(into.join("uketsuke-notes")).unwrap();
    fs::write(into.join("other"), b"x").unwrap();
    fs::create_dir_all(into.join(".uketsuke-20200102T000000Z.part/mails")).unwrap();
    let state = desk.dir.join("state");
    let mut made = Vec::new();
    for n in 0..4 {
        let at = desk.now.checked_add(jiff::SignedDuration::from_secs(n)).unwrap();
        made.push(store::back_up(&state, &into, Some(2), at).unwrap().backup);
    }
    let there = |it: &PathBuf| it.exists();
    assert_eq!(made.iter().map(there).collect::<Vec<_>>(), [false, false, true, true]);
    for kept in ["uketsuke-20200101T000000Z", "uketsuke-notes", "other"] {
        assert!(into.join(kept).exists(), "{kept}");
    }
    assert!(!into.join(".uketsuke-20200102T000000Z.part").exists(), "what was broken off is cleared");
    let error = store::back_up(&state, &into, None, desk.now.checked_add(jiff::SignedDuration::from_secs(3)).unwrap());
    assert!(format!("{:#}", error.unwrap_err()).contains("nothing is overwritten"));
}

#[test]
fn a_clock_that_was_ahead_costs_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (state, into) = (folder.path().join("state"), folder.path().join("backups"));
    drop(Store::open(&state).unwrap());
    let back_up = |at: &str, keep| {
        let made = store::back_up(&state, &into, Some(keep), at.parse().unwrap()).unwrap();
        assert!(made.backup.exists(), "{at}: the one just made");
        made.removed.len()
    };
    for day in 1..=3 {
        back_up(&format!("2031-01-0{day}T00:00:00Z"), 9);
    }
    // the clock is right again
    assert_eq!(back_up("2022-08-11T00:00:00Z", 2), 0);
    assert_eq!(back_up("2022-08-12T00:00:00Z", 2), 0);
    assert_eq!(back_up("2022-08-13T00:00:00Z", 2), 1, "the oldest of those that are counted");
    assert_eq!(backups(&into).len(), 5, "those of the future stay");
    assert_eq!(back_up("2022-08-14T00:00:00Z", 1), 2);
    write_config(folder.path(), &main_file(folder.path()));
    let told = does(folder.path(), &["backup", "backups", "--keep", "1"]);
    assert!(told.contains("backups=3") && told.contains("is the clock right?"), "{told}");
}

#[test]
fn a_backup_without_a_raw_mail_is_none() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let good = back_up(&desk);
    let sha256 = desk.mails()[0].sha256.clone();
    fs::remove_file(desk.dir.join("state/mails").join(&sha256[..2]).join(format!("{sha256}.eml"))).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100)); // another name
    refuses(&desk.dir, &["backup", "backups", "--keep", "1"], "is missing");
    assert_eq!(backups(&desk.dir.join("backups")), [good], "the older one stays, nothing else lies there");
    assert_eq!(fs::read_dir(desk.dir.join("backups")).unwrap().count(), 2, "the backup and its lock");
}

#[test]
fn a_restored_desk_makes_the_same_letters_and_sends_none_before_a_person_confirms() {
    let mut desk = Desk::open();
    desk.receives(hands_in("a@one", "one")).settles();
    let backup = back_up(&desk);
    desk.receives(hands_in("b@two", "two")).settles();
    let before = letters(&desk);
    assert_eq!(before.len(), 2);
    let (waiting, later) = (desk.dir.join("letters"), desk.dir.join("later"));
    fs::rename(&waiting, &later).unwrap();
    let daemon = Lock::take(&desk.dir.join("state"), 4242).unwrap();
    let backup_name = backup.to_str().unwrap();
    refuses(&desk.dir, &["restore", backup_name, "--aside"], "pid 4242");
    drop(daemon);
    let state = desk.dir.join("state");
    refuses(&desk.dir, &["restore", backup_name], "holds a state already");
    let lost = fs::read(state.join(DATABASE)).unwrap();
    let told = does(&desk.dir, &["restore", backup_name, "--aside"]);
    assert!(told.contains("--confirmed") && told.contains("replaced-"), "{told}");
    let aside = fs::read_dir(&state).unwrap().map(|it| it.unwrap().path());
    let aside = aside.into_iter().find(|it| it.to_str().unwrap().contains("replaced-")).unwrap();
    assert_eq!(fs::read(aside.join(DATABASE)).unwrap(), lost, "as it was");
    desk.crashes();
    assert_eq!(is_halted(&desk).as_deref(), Some("restored"));
    assert_eq!(desk.mails().len(), 1);
    // what came since the backup goes back into the inbox, here simply everything
    let worked = desk.dir.join("inbox/.受付済み/cur");
    for it in fs::read_dir(worked).unwrap() {
        let it = it.unwrap();
        fs::rename(it.path(), desk.dir.join("inbox/new").join(it.file_name())).unwrap();
    }
    desk.settles().balanced();
    assert_eq!(letters(&desk), before, "the same Message-IDs and bytes");
    assert!(desk.post().is_empty(), "none went");
    assert!(desk.digest().contains("復元または複製"), "{}", desk.digest());
    let told = uketsuke(&desk.dir, &["status"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(said(&told).contains("standstill  restored"), "{}", said(&told));
    assert!(does(&desk.dir, &["restore", "--confirmed"]).contains("Letters go again. 1 were due"));
    desk.waits(60).settles();
    let again = contents(&waiting);
    assert_eq!(again.len(), 1);
    let (name, bytes) = again.iter().next().unwrap();
    assert_eq!(&fs::read(later.join(name)).unwrap(), bytes, "byte for byte what went before");
    assert!(does(&desk.dir, &["restore", "--confirmed"]).contains("Nothing stood still"));
}

#[test]
fn a_damaged_backup_is_refused_and_changes_nothing() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    fs::write(desk.dir.join("state").join(TOKEN), b"{\"first\":\"0\",\"refresh_token\":\"x\"}").unwrap();
    let backup = back_up(&desk);
    let before = contents(&desk.dir.join("state"));
    let raw = contents(&backup).into_keys().find(|it| it.extension().is_some_and(|it| it == "eml")).unwrap();
    type Damage<'a> = (&'a str, &'a dyn Fn(&Path), &'a str);
    let flip = |path: PathBuf, at: usize| {
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::remove_file(&path).unwrap(); // a link to the state's own mail
        fs::write(&path, bytes).unwrap();
    };
    let damages: [Damage<'_>; 7] = [
        ("token", &|it| flip(it.join(TOKEN), 5), "refresh token of the backup is missing or damaged"),
        (
            "no token",
            &|it| fs::remove_file(it.join(TOKEN)).unwrap(),
            "refresh token of the backup is missing or damaged",
        ),
        ("database", &|it| flip(it.join(DATABASE), 5000), "is not the database its manifest names"),
        ("mail", &|it| flip(it.join(&raw), 10), "missing or damaged"),
        ("no mail", &|it| fs::remove_file(it.join(&raw)).unwrap(), "missing or damaged"),
        ("no manifest", &|it| fs::remove_file(it.join("manifest.json")).unwrap(), "no backup"),
        (
            "newer",
            &|it| {
                let text = fs::read_to_string(it.join("manifest.json")).unwrap();
                fs::write(it.join("manifest.json"), text.replace("\"schema_step\": ", "\"schema_step\": 9")).unwrap();
            },
            "newer than this program",
        ),
    ];
    for (name, damage, words) in damages {
        let copy = desk.dir.join("damaged");
        let _ = fs::remove_dir_all(&copy);
        assert!(Command::new("cp").arg("-a").arg(&backup).arg(&copy).status().unwrap().success());
        damage(&copy);
        refuses(&desk.dir, &["restore", "damaged", "--aside"], words);
        let mut after = contents(&desk.dir.join("state"));
        after.remove(Path::new("lock"));
        assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{name}");
        assert!(after == before, "{name}: something was changed");
    }
}

#[test]
fn a_restore_that_was_broken_off_is_given_again() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let backup = back_up(&desk);
    let state = desk.dir.join("state");
    // the power went while the former state was moved aside
    fs::create_dir(state.join(".restore-unfinished")).unwrap();
    fs::rename(state.join(DATABASE), desk.dir.join("moved.sqlite")).unwrap();
    refuses(&desk.dir, &["status"], "was not finished");
    does(&desk.dir, &["restore", backup.to_str().unwrap()]);
    let store = Store::open(&state).unwrap();
    store.check().unwrap();
    assert_eq!(store.mail_lines(None).unwrap().len(), 1);
    assert!(!state.join(".restore-unfinished").exists());
}

#[test]
fn what_root_restores_belongs_to_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &main_file(folder.path()));
    let state = folder.path().join("state");
    drop(Store::open(&state).unwrap());
    does(folder.path(), &["backup", "backups"]);
    let backup = backups(&folder.path().join("backups")).pop().unwrap();
    fs::remove_dir_all(&state).unwrap();
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    let owner = fs::metadata(folder.path()).unwrap().uid();
    let other = if owner == 0 { 4242 } else { owner }; // without root's rights there is nobody else
    std::os::unix::fs::chown(&state, Some(other), None).unwrap();
    does(folder.path(), &["restore", backup.to_str().unwrap()]);
    for name in ["", DATABASE, "mails", "lock"] {
        assert_eq!(fs::metadata(state.join(name)).unwrap().uid(), other, "{name}");
    }
}

#[test]
fn a_letter_of_ours_that_the_store_does_not_know_stops_the_letters() {
    let mut desk = Desk::open();
    desk.receives(hands_in("a@one", "one")).settles();
    let backup = back_up(&desk);
    desk.receives(hands_in("b@two", "two")).settles();
    let (id, bytes) = letters(&desk).pop().unwrap();
    put_back(&mut desk, &backup);
    desk.receives(hands_in("c@three", "three"));
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(desk.dir.join("inbox/.Sent").join(folder)).unwrap();
    }
    fs::write(desk.dir.join("inbox/.Sent/cur/1:2,S"), &bytes).unwrap();
    desk.settles().balanced();
    assert_eq!(is_halted(&desk).as_deref(), Some("behind"));
    let states: Vec<String> = desk.outbox().into_iter().map(|it| it.state).collect();
    assert!(states.contains(&"due".to_string()), "decided, not sent: {states:?}");
    assert_eq!(desk.desk.store.confirm(desk.now).unwrap(), Some(1));
    // a company answers the lost letter: a person has looked, and nothing stops again
    desk.receives(answers("3@saku", &id)).waits(60).settles();
    assert_eq!(is_halted(&desk), None);
}

fn answers(name: &str, id: &str) -> Vec<u8> {
    let text = "ご連絡ありがとうございます。承知しました。\n";
    mails::from(TARO).subject("Re: 提出").text(text).id(name).replying(id).bytes()
}

#[test]
fn an_answer_to_a_letter_the_store_does_not_know_stops_the_letters_and_a_guessed_one_does_not() {
    let mut desk = Desk::open();
    desk.receives(hands_in("a@one", "one")).settles();
    let backup = back_up(&desk);
    desk.receives(hands_in("b@two", "two")).settles();
    let (id, _) = letters(&desk).pop().unwrap();
    put_back(&mut desk, &backup);
    let at = id.find('@').unwrap() - 1;
    let digit = if &id[at..=at] == "0" { "1" } else { "0" };
    let guessed = format!("{}{digit}{}", &id[..at], &id[at + 1..]);
    desk.receives(answers("1@saku", &guessed)).settles();
    assert_eq!(is_halted(&desk), None, "nobody can make us stop");
    desk.receives(answers("2@saku", &id)).settles();
    assert_eq!(is_halted(&desk).as_deref(), Some("behind"));
}

#[test]
fn a_copied_state_folder_sends_nothing_before_a_person_confirms() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &main_file(folder.path()));
    does(folder.path(), &["run", "--once"]);
    does(folder.path(), &["run", "--once"]);
    let state = folder.path().join("state");
    assert_eq!(Store::open(&state).unwrap().halted().unwrap(), None, "the same file on the same machine");
    fs::rename(&state, folder.path().join("first")).unwrap();
    assert!(
        Command::new("cp").arg("-a").args([folder.path().join("first"), state.clone()]).status().unwrap().success()
    );
    fs::write(folder.path().join("inbox/new/1"), hands_in("a@one", "one")).unwrap();
    let told = said(&uketsuke(folder.path(), &["run", "--once"]));
    assert!(told.contains("no letter goes until a person confirms") && told.contains("copied"), "{told}");
    let answers = || answers_but_reports(&folder.path().join("letters"));
    assert_eq!(answers(), 0, "the report alone goes");
    does(folder.path(), &["restore", "--confirmed"]);
    does(folder.path(), &["run", "--once"]);
    assert_eq!(answers(), 1);
    assert_eq!(Store::open(&state).unwrap().halted().unwrap(), None);
}

fn answers_but_reports(letters: &Path) -> usize {
    contents(letters).into_keys().filter(|it| !it.to_str().unwrap().starts_with("digest.")).count()
}

#[test]
fn the_first_reason_stays() {
    let desk = Desk::open();
    let store = &desk.desk.store;
    assert!(store.halt(Why::Restored, desk.now).unwrap());
    assert!(!store.halt(Why::Behind, desk.now).unwrap());
    assert_eq!(is_halted(&desk).as_deref(), Some("restored"));
    let db = Connection::open(desk.dir.join("state").join(DATABASE)).unwrap();
    let key: Vec<u8> =
        db.query_row("SELECT value FROM desk WHERE name = 'home'", (), |row| row.get(0)).unwrap_or_default();
    assert!(key.is_empty(), "only the daemon notes where it is");
}
