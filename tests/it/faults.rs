//! What breaks between and inside the steps: nothing is lost, nothing is said twice.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    desk::{Desk, form},
    mails,
};
use mail_parser::MessageParser;

fn calm() -> Vec<String> {
    let mut desk = Desk::open();
    desk.receives_sample("02-gmail-faulty").receives_sample("05-forgot-attachment").settles();
    desk.letters()
}

#[test]
fn a_crash_between_any_two_steps_changes_nothing() {
    let mut desk = Desk::open();
    desk.receives_sample("02-gmail-faulty").receives_sample("05-forgot-attachment");
    desk.crashes().takes_in().crashes();
    for _ in 0..6 {
        let _ = desk.processes().unwrap();
        desk.crashes();
    }
    desk.dispatches().crashes().dispatches().crashes().settles().crashes().settles();
    assert_eq!(desk.letters(), calm());
    assert!(desk.outbox().iter().all(|it| it.state == "sent"));
    desk.balanced();
}

#[test]
fn a_write_that_fails_anywhere_in_a_decision_leaves_nothing_behind() {
    let writes = [
        "INSERT ON mails",
        "UPDATE ON seen",
        "UPDATE ON mails",
        "INSERT ON cases",
        "INSERT ON revisions",
        "INSERT ON letters",
        "INSERT ON journal",
    ];
    for write in writes {
        let mut desk = Desk::open();
        desk.receives_sample("02-gmail-faulty").receives_sample("05-forgot-attachment");
        desk.while_failing(write, |desk| {
            assert!(desk.tries_to_settle().is_err(), "{write} did not matter");
            assert!(desk.cases().is_empty() && desk.letters().is_empty(), "after a failed {write}");
        });
        desk.crashes().settles();
        assert_eq!(desk.letters(), calm(), "after a failed {write}");
        desk.balanced();
    }
}

#[test]
fn a_letter_that_was_on_its_way_when_we_died_goes_under_the_same_id() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").takes_in();
    while desk.processes().unwrap() == uketsuke::run::Step::Did {}
    let due = desk.desk.store.take_due(desk.now).unwrap().unwrap();
    desk.crashes();
    assert_eq!(desk.outbox()[0].state, "uncertain");
    desk.settles();
    let letter = &desk.outbox()[0];
    assert_eq!((letter.state.as_str(), &letter.message_id), ("sent", &due.message_id));
    assert_eq!(desk.post().len(), 1);
    assert!(desk.digest().contains("2 通届いた可能性"), "the digest says so: {}", desk.digest());
}

#[test]
fn the_state_folder_must_be_ours_alone() {
    let desk = Desk::open();
    let state = desk.dir.join("state");
    for path in ["", "uketsuke.sqlite", "mails"] {
        let mode = fs::metadata(state.join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path}");
    }
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    let error = uketsuke::ports::store::Store::open(&state).err().unwrap().to_string();
    assert!(error.contains("chmod 700"), "{error}");
}

#[test]
fn a_damaged_raw_mail_is_noticed() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let sha256 = desk.mails()[0].sha256.clone();
    let path = desk.dir.join("state/mails").join(&sha256[..2]).join(format!("{sha256}.eml"));
    let mut raw = fs::read(&path).unwrap();
    raw[10] ^= 1;
    fs::write(&path, raw).unwrap();
    assert!(desk.desk.store.raw(&sha256).unwrap_err().to_string().contains("damaged"));
}

#[test]
fn a_muddled_case_is_refused_loudly() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").settles();
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    db.execute("UPDATE cases SET stage = 'complete'", ()).unwrap();
    let error = desk.desk.store.cases().unwrap_err().to_string();
    assert!(error.contains("two things at once"), "{error}");
}

#[test]
fn a_newer_database_is_refused() {
    let desk = Desk::open();
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let error = uketsuke::ports::store::Store::open(&desk.dir.join("state")).err().unwrap().to_string();
    assert!(error.contains("newer than this program"), "{error}");
}

#[test]
fn released_steps_of_the_schema_are_frozen() {
    use sha2::Digest as _;
    let store = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ports/store");
    let mut steps = 0;
    for line in include_str!("schemas.sha256").lines() {
        let (frozen, name) = line.split_once("  ").unwrap();
        let schema = fs::read(store.join(name)).unwrap();
        let hash: String = sha2::Sha256::digest(&schema).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, frozen, "{name} is released: write another step instead of changing it");
        steps += 1;
    }
    assert_eq!(steps, 3);
}

#[test]
fn a_second_daemon_on_the_same_state_is_refused() {
    let desk = Desk::open();
    let state = desk.dir.join("state");
    let lock = uketsuke::ports::store::Lock::take(&state, 4242).unwrap();
    let error = uketsuke::ports::store::Lock::take(&state, 1).err().unwrap().to_string();
    assert!(error.contains("pid 4242"), "{error}");
    drop(lock);
    // a process that another test starts just then holds what it inherited until it becomes another program
    let taken = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        uketsuke::ports::store::Lock::take(&state, 1).is_ok()
    });
    assert!(taken);
}

#[test]
fn an_empty_poll_writes_nothing() {
    let mut desk = Desk::open();
    desk.receives_sample("06-question").settles();
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    let version = || db.query_row("PRAGMA data_version", (), |row| row.get::<_, i64>(0)).unwrap();
    let before = version();
    desk.takes_in();
    assert_eq!(version(), before);
}

#[test]
fn a_file_that_killed_readers_is_refused_and_its_mail_answered() {
    let ods = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats/complete-odfpy.ods")).unwrap();
    let mail = || mails::from("小林花子 <hanako@kinoko.example.jp>").file("自己診断.ods", ods.clone());
    for (mail, letter) in [(mail(), "unreadable"), (mail().file("自己診断.xlsx", form("complete")), "complete")] {
        let mut desk = Desk::open();
        desk.receives(mail.bytes()).takes_in();
        let sha256 = desk.mails().pop().unwrap().sha256;
        // as two readers that died on it leave it
        desk.desk.store.reader_died(&sha256).unwrap();
        desk.desk.store.reader_died(&sha256).unwrap();
        desk.settles();
        let letter = desk.letter(letter);
        assert!(letter.text.contains("自己診断.ods") && letter.text.contains("時間がかかりすぎる"), "{}", letter.text);
        desk.balanced();
    }
}

/// State and text of every report.
fn reports(desk: &Desk) -> Vec<(String, String)> {
    let digests = desk.outbox().into_iter().filter(|it| it.kind == "digest");
    let text = |id| {
        let raw = desk.desk.store.letter_bytes(id).unwrap().unwrap();
        MessageParser::default().parse(&raw).unwrap().body_text(0).unwrap().into_owned()
    };
    digests.map(|it| (it.state, text(it.id))).collect()
}

/// A report that the next one replaced was read by nobody: what it told is told by the next, and everything since.
#[test]
fn what_a_report_that_never_went_has_told_stands_in_the_next() {
    let mut desk = Desk::open();
    let question = mails::from("小林花子 <hanako@kinoko.example.jp>").subject("記入方法について");
    desk.receives(question.text("4-2の書き方を教えてください。\n").id("1@k").bytes());
    desk.settles();
    assert!(reports(&desk)[0].1.contains("記入方法について"), "{:?}", reports(&desk));
    let place = desk.dir.join("letters");
    fs::rename(&place, desk.dir.join("away")).unwrap();
    fs::write(&place, "not a folder").unwrap();
    let second = mails::from("田中一郎 <tanaka@sakura.example.jp>").subject("締切について");
    desk.waits(16 * 60).receives(second.text("締切はいつですか。\n").id("2@s").bytes());
    desk.receives(mails::from("森次郎 <mori@hinoki.example.jp>").file("a.xlsx", form("faulty")).bytes()).settles();
    desk.waits(25 * 60).settles();
    let digests = |desk: &Desk| reports(desk).into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(digests(&desk), ["sent", "superseded", "due"]);
    fs::remove_file(&place).unwrap();
    fs::rename(desk.dir.join("away"), &place).unwrap();
    desk.waits(60).settles();
    assert_eq!(digests(&desk), ["sent", "superseded", "sent"]);
    let (_, newest) = reports(&desk).pop().unwrap();
    assert!(newest.contains("締切について"), "{newest}");
    assert!(!newest.contains("記入方法について"), "{newest}");
    assert_eq!(newest.matches("[0001]").count(), 2, "{newest}");
}

/// What a relay says before it hears of a letter is no try of that letter.
#[test]
fn a_relay_that_is_away_for_weeks_costs_no_letter_and_is_not_hammered() {
    let mut desk = Desk::open();
    let place = desk.dir.join("letters");
    fs::write(&place, "not a folder").unwrap();
    desk.receives_sample("05-forgot-attachment").receives_sample("01-outlook-complete").settles();
    let asked = |desk: &Desk| desk.outbox().iter().filter(|it| it.kind != "digest" && it.why.is_some()).count();
    assert_eq!(desk.outbox().iter().filter(|it| it.kind != "digest").count(), 2);
    assert_eq!(asked(&desk), 1, "one was refused, the other rests");
    for _ in 0..100 {
        desk.waits(6 * 60).settles();
    }
    for letter in desk.outbox().into_iter().filter(|it| it.kind != "digest") {
        assert_eq!((letter.state.as_str(), letter.tries), ("due", 0), "{:?}", letter.why);
    }
    fs::remove_file(&place).unwrap();
    for _ in 0..3 {
        desk.waits(60).settles();
    }
    let states: Vec<_> = desk.outbox().into_iter().filter(|it| it.kind != "digest").map(|it| it.state).collect();
    assert_eq!(states, ["sent", "sent"]);
}
