//! What fails for a while: nothing is lost by it, nothing is held up by it, and a person is told.

use std::{fs, path::PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use uketsuke::{
    desk::case::Number,
    ports::store::{LetterEnd, Why},
    run::{Step, Troubles, status::Status},
};

use crate::{
    desk::{Desk, form},
    mails,
    sent::writes,
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";

fn sql(desk: &Desk, statement: &str) {
    Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap().execute_batch(statement).unwrap();
}

/// A folder of the Maildir that cannot be used, until its `mended`.
fn broken(desk: &Desk, folder: &str) -> PathBuf {
    let path = desk.dir.join("inbox").join(folder);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if path.is_dir() {
        fs::rename(&path, path.with_extension("away")).unwrap();
    }
    fs::write(&path, "").unwrap();
    path
}

fn mended(path: PathBuf) {
    fs::remove_file(&path).unwrap();
    if path.with_extension("away").is_dir() {
        fs::rename(path.with_extension("away"), path).unwrap();
    }
}

fn faulty(id: &str) -> Vec<u8> {
    mails::from(HANAKO).file("a.xlsx", form("faulty")).id(id).bytes()
}

fn with_proof() -> Desk {
    Desk::with(|it| {
        it.replace("sending = \"auto\"", "sending = \"auto\"\nproof = \"sent\"")
            .replace("since = ", "sent = \"Sent\"\nsince = ")
    })
}

/// Everything is decided, nothing sent.
fn decides(desk: &mut Desk) -> &mut Desk {
    desk.takes_in();
    while desk.processes().unwrap() == Step::Did {}
    desk
}

/// The first try of a letter ended while nobody heard its answer.
fn in_doubt(desk: &mut Desk) {
    decides(desk);
    desk.desk.store.take_due(desk.now).unwrap().unwrap();
    desk.crashes();
    assert_eq!(states(desk), ["uncertain"]);
}

fn states(desk: &Desk) -> Vec<String> {
    desk.outbox().into_iter().filter(|it| it.kind != "digest").map(|it| it.state).collect()
}

#[test]
fn a_clock_behind_the_first_day_makes_no_mail_too_old() {
    let mut desk = Desk::open();
    let now = std::mem::replace(&mut desk.now, "1970-01-02T00:00:00Z".parse().unwrap());
    let old = mails::from("a <a@news.example>").text("昔のメールです。\n").at("2022-06-01T03:00:00Z").id("o@x").bytes();
    desk.receives(faulty("1@k")).receives(old);
    let june: Timestamp = "2022-06-01T03:00:00Z".parse().unwrap();
    fs::File::options().write(true).open(desk.dir.join("inbox/new/0002")).unwrap().set_modified(june.into()).unwrap();
    desk.settles();
    assert_eq!(desk.letters(), ["corrections → hanako@kinoko.example.jp"]);
    assert_eq!(
        desk.mails()[0].arrived_at,
        "1970-01-02T00:00:00Z".parse::<Timestamp>().unwrap(),
        "none is of the future"
    );
    desk.now = now;
    desk.settles().balanced();
}

#[test]
fn a_sent_folder_that_cannot_be_read_holds_up_nothing_and_is_told_as_what_it_is() {
    let mut desk = Desk::open();
    let sent = broken(&desk, ".Sent/new");
    let mut troubles = Troubles::default();
    desk.receives(faulty("1@k")).goes_round(&mut troubles);
    assert_eq!((desk.in_folder(".受付済み"), states(&desk)), (1, vec!["sent".to_string()]));
    let digest = desk.digest();
    assert!(
        digest.contains("「送信済み」フォルダーを確認できていません") && !digest.contains("受信箱に接続"),
        "{digest}"
    );
    let concern = |desk: &Desk| {
        let it = &desk.desk;
        let status = Status::of(&it.store, &it.settings, &it.rules.programme, desk.now).unwrap();
        status.for_a_person.get("sent-trouble").copied()
    };
    assert_eq!(concern(&desk), Some(1));
    desk.receives(faulty("2@k")).goes_round(&mut troubles);
    assert_eq!(desk.in_folder(".受付済み"), 2, "the next mail neither");
    let wake = desk.desk.next_wake(&troubles, desk.now).unwrap();
    assert!(wake.as_secs() > 0, "it is tried again after a pause: {wake:?}");
    mended(sent);
    desk.goes_round(&mut Troubles::default());
    assert!(!desk.digest().contains("確認できていません") && concern(&desk).is_none());
    desk.balanced();
}

#[test]
fn a_filing_that_fails_delays_no_mail_and_is_no_trouble_of_the_inbox() {
    let mut desk = Desk::open();
    let processed = broken(&desk, ".受付済み");
    let mut troubles = Troubles::default();
    for n in 1..=3 {
        desk.receives(faulty(&format!("{n}@k"))).goes_round(&mut troubles);
        assert_eq!(desk.mails().len(), n, "taken in the round it came");
    }
    assert!(!desk.digest().contains("受信箱に接続"), "{}", desk.digest());
    mended(processed);
    desk.goes_round(&mut Troubles::default());
    assert_eq!(desk.in_folder(".受付済み"), 3);
    desk.balanced();
}

#[test]
fn a_mail_that_cannot_leave_the_held_ones_is_told_and_tried_again() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).subject("質問").text("締切を延ばせますか。\n").id("q@k").bytes()).settles();
    assert_eq!(desk.in_folder(".要確認"), 1);
    sql(&desk, "INSERT INTO refilings (mailbox, uid, mail, tries) SELECT mailbox, uid, mail, 20 FROM seen");
    let told = |desk: &Desk| desk.to_do().contains("「要確認」フォルダーから移せなかった");
    desk.waits(1).settles();
    assert!(told(&desk), "{}", desk.to_do());
    assert_eq!(desk.in_folder(".要確認"), 1, "it rests");
    desk.waits(31).settles();
    assert_eq!((desk.in_folder(".要確認"), desk.in_folder(".受付済み")), (0, 1));
    assert!(!told(&desk), "{}", desk.to_do());
}

#[test]
fn a_doubt_is_as_old_as_the_doubt_not_as_the_letter() {
    let mut desk = with_proof();
    decides(desk.receives(faulty("1@k")));
    desk.waits(2 * 24 * 60);
    desk.desk.store.halt(Why::Restored, desk.now).unwrap();
    assert_eq!(desk.desk.store.confirm(desk.now).unwrap(), Some(1));
    let nowhere = broken(&desk, ".受付済み/new");
    let inbox = broken(&desk, "new");
    for _ in 0..3 {
        desk.waits(60).dispatches();
        assert_eq!(states(&desk), ["uncertain"], "nobody could look");
    }
    desk.waits(7 * 24 * 60).dispatches();
    assert_eq!(states(&desk), ["uncertain"], "nobody has looked in that week");
    for _ in 0..24 {
        desk.waits(60).dispatches();
    }
    assert_eq!(states(&desk), ["sent"], "but not for ever");
    mended(nowhere);
    mended(inbox);
}

#[test]
fn a_letter_in_doubt_that_a_person_has_answered_is_looked_for_and_never_sent_again() {
    for arrived in [false, true] {
        let mut desk = with_proof();
        desk.settles(); // what comes into the Sent folder from now on is new
        in_doubt(desk.receives(faulty("1@k")));
        writes(&mut desk, "one", "hanako@kinoko.example.jp", "Re: 提出", Some("1@k"));
        if arrived {
            let letter = desk.outbox().into_iter().find(|it| it.kind != "digest").unwrap();
            let bytes = desk.desk.store.letter_bytes(letter.id).unwrap().unwrap();
            fs::write(desk.dir.join("inbox/.Sent/cur/ours:2,S"), bytes).unwrap();
        }
        desk.waits(60).dispatches().dispatches();
        assert!(desk.post().is_empty(), "it is not sent again");
        assert_eq!(states(&desk), [if arrived { "sent" } else { "given-up" }]);
        let told = desk.digest();
        assert_eq!(told.contains("a person answered meanwhile; it may have arrived"), !arrived, "{told}");
        desk.settles().balanced();
    }
}

#[test]
fn a_letter_that_certainly_did_not_go_makes_room_for_the_newer_one() {
    let mut desk = Desk::open();
    decides(desk.receives(faulty("1@k")));
    let refused = desk.desk.store.take_due(desk.now).unwrap().unwrap();
    let later = desk.now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    desk.desk.store.end_try(refused.id, &LetterEnd::Again(later), Some("451 later"), desk.now).unwrap();
    desk.waits(5);
    decides(desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).id("2@k").bytes()));
    assert_eq!(states(&desk), ["superseded", "due"]);
    // of the reports of an outage the newest alone goes
    for day in ["day/1", "day/2"] {
        let _ = desk.desk.send_digest(day, desk.now).unwrap();
        let report = desk.desk.store.take_due_digest(desk.now).unwrap().unwrap();
        desk.desk.store.end_try(report.id, &LetterEnd::Again(later), None, desk.now).unwrap();
    }
    let reports: Vec<String> = desk.outbox().into_iter().filter(|it| it.kind == "digest").map(|it| it.state).collect();
    assert_eq!(reports, ["superseded", "due"]);
}

#[test]
fn a_letter_in_doubt_stays_though_a_newer_one_is_made() {
    let mut desk = Desk::open();
    in_doubt(desk.receives(faulty("1@k")));
    desk.waits(5);
    decides(desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).id("2@k").bytes()));
    assert_eq!(states(&desk), ["uncertain", "due"]);
}

#[test]
fn a_store_that_another_process_holds_is_a_pause_and_no_end() {
    let mut desk = Desk::open();
    decides(desk.receives(faulty("1@k")));
    let mut troubles = Troubles::default();
    let other = Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    desk.goes_round(&mut troubles);
    assert_eq!(states(&desk), ["due"]);
    let wake = desk.desk.next_wake(&troubles, desk.now).unwrap();
    assert!(wake.as_millis() > 500, "{wake:?}");
    other.execute_batch("ROLLBACK").unwrap();
    std::thread::sleep(wake);
    desk.goes_round(&mut troubles);
    assert_eq!(states(&desk), ["sent"]);
    desk.balanced();
}

#[test]
fn letters_that_rest_wake_nobody() {
    let mut desk = Desk::open();
    desk.settles(); // today's report
    desk.desk.store.halt(Why::Behind, desk.now).unwrap();
    decides(desk.receives(faulty("1@k")));
    let looks = desk.lives(10);
    assert!((10..=12).contains(&looks), "one a minute while the desk stands still: {looks}");
    desk.desk.store.confirm(desk.now).unwrap();
    let looks = desk.lives(10);
    assert_eq!((states(&desk).as_slice(), looks < 20), (["sent".to_string()].as_slice(), true), "{looks}");

    let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 0\nletters_per_hour = 1"));
    desk.settles();
    decides(desk.receives(faulty("1@k")).receives_sample("02-gmail-faulty").receives_sample("05-forgot-attachment"));
    let looks = desk.lives(10);
    assert!(looks <= 13, "the hour is full: {looks}");
    let count = |state: &str| states(&desk).iter().filter(|it| *it == state).count();
    assert!(count("sent") == 1 && count("due") > 0, "{:?}", states(&desk));
}

#[test]
fn what_was_not_told_is_told_however_the_clock_goes() {
    let mut desk = Desk::with(|it| it.replace("since = ", "max_mail_bytes = 60000\nsince = "));
    desk.receives(mails::from(HANAKO).file("a.bin", vec![7; 200_000]).bytes()).settles();
    decides(desk.receives(mails::from(HANAKO).text("質問です。締切はいつですか。\n").id("q@k").bytes()));
    let letter = desk.desk.store.take_due(desk.now).unwrap().unwrap();
    // the clock was three days behind for a moment
    let behind = desk.now.checked_sub(jiff::SignedDuration::from_hours(72)).unwrap();
    desk.desk.store.end_try(letter.id, &LetterEnd::GivenUp, Some("550 no"), behind).unwrap();
    desk.waits(1);
    let told = |desk: &Desk| desk.digest().contains("（550 no）");
    assert!(told(&desk), "{}", desk.digest());
    // the report that tells it is given up itself
    let _ = desk.desk.send_digest("day/1", desk.now).unwrap();
    desk.waits(1);
    assert!(told(&desk), "that report may be replaced before it goes");
    let report = |desk: &Desk| desk.outbox().into_iter().rev().find(|it| it.kind == "digest").unwrap().id;
    desk.desk.store.end_try(report(&desk), &LetterEnd::Uncertain(desk.now), None, desk.now).unwrap();
    assert!(!told(&desk), "it goes with that report");
    desk.desk.store.end_try(report(&desk), &LetterEnd::GivenUp, None, desk.now).unwrap();
    assert!(told(&desk));
    let _ = desk.desk.send_digest("day/2", desk.now).unwrap();
    desk.desk.store.end_try(report(&desk), &LetterEnd::Sent, None, desk.now).unwrap();
    desk.waits(3 * 24 * 60);
    assert!(!told(&desk), "once");
    assert!(desk.to_do().contains("大きすぎて"), "until it is moved: {}", desk.to_do());
}

#[test]
fn letters_of_a_clock_that_ran_ahead_count_when_their_time_has_come() {
    let mut desk = Desk::open();
    desk.receives(faulty("1@k")).settles();
    let ahead = |desk: &Desk, seconds: i64| {
        let set = "UPDATE letters SET made_at = made_at + N, ended_at = ended_at + N WHERE kind <> 'digest'";
        sql(desk, &set.replace('N', &seconds.to_string()));
    };
    // a step of half an hour lifts no limit, ten days block nothing
    for (more, days, count) in [(1800, 0, 1), (862_200, 0, 0), (0, 10, 1)] {
        ahead(&desk, more);
        desk.waits(days * 24 * 60);
        let now = desk.now.checked_add(jiff::SignedDuration::from_mins(1)).unwrap();
        let since = desk.now.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap();
        assert_eq!(desk.desk.store.sent_since(since, now).unwrap(), count);
        let unit = desk.desk.store.unit().unwrap();
        assert_eq!(unit.letters_to("hanako@kinoko.example.jp", since, now).unwrap(), count);
        assert_eq!(unit.answers_in(Number(1), since, now).unwrap(), count);
    }
}

#[test]
fn a_new_home_is_not_noted_without_its_halt() {
    let mut desk = Desk::open();
    desk.desk.look_at_store(desk.now).unwrap();
    assert_eq!(desk.desk.store.halted().unwrap(), None);
    sql(&desk, "UPDATE desk SET value = CAST('elsewhere' AS BLOB) WHERE name = 'home'");
    desk.while_failing("INSERT ON desk WHEN NEW.name = 'standstill'", |desk| {
        assert!(desk.desk.look_at_store(desk.now).is_err());
    });
    desk.crashes();
    desk.desk.look_at_store(desk.now).unwrap();
    assert_eq!(desk.desk.store.halted().unwrap().unwrap().0, "copied");
    assert!(desk.digest().contains("復元または複製された"), "{}", desk.digest());
}

#[test]
fn a_letter_that_nobody_knows_is_told_as_what_it_is() {
    let desk = Desk::open();
    desk.desk.store.halt(Why::Behind, desk.now).unwrap();
    let digest = desk.digest();
    assert!(
        digest.contains("記録にない受付システムの手紙が見つかった") && !digest.contains("復元または複製"),
        "{digest}"
    );
}
