//! A store that step 1's program wrote, with rows, opened by this one.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rusqlite::{Connection, params};
use uketsuke::{
    desk::{
        case::{Number, Stage},
        reading::Wishes,
    },
    ports::store::Store,
};

/// Three cases, three mails, a letter and an address it could not reach.
fn old_store(folder: &std::path::Path) -> Connection {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    let db = Connection::open(folder.join("uketsuke.sqlite")).unwrap();
    db.execute_batch(include_str!("../../src/ports/store/schema.sql")).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    let wishes = serde_json::to_string(&Wishes::default()).unwrap();
    let withdrawn = Stage::Withdrawn { before: Some(Box::new(Stage::Applied)) };
    for (number, stage, muted) in [(1, &Stage::Applied, false), (2, &Stage::Complete, true), (3, &withdrawn, false)] {
        db.execute(
            "INSERT INTO cases (number, company, contact_name, contact_address, stage, stage_data, muted, wishes, answers,
               opened_at, changed_at)
             VALUES (?1, '株式会社 青葉' || ?1, '青葉', ?1 || '@aoba.example.jp', ?2, ?3, ?4, ?5, '{}', 100, 500)",
            params![number, stage.name(), serde_json::to_string(stage).unwrap(), muted, wishes],
        )
        .unwrap();
    }
    let unreadable = |why: &str| format!(r#"{{"unreadable":[{{"file":"a","why":"{why}"}}]}}"#);
    for (id, why, outcome) in
        [("a", "encrypted-archive", Some("answered")), ("b", "pdf", Some("answered")), ("c", "pdf", None)]
    {
        db.execute(
            "INSERT INTO mails (sha256, arrived_at, kept_at, size, sender, reading, state, outcome, class)
             VALUES (?1, 100, 100, 9, 'x@aoba.example.jp', ?2, iif(?3 IS NULL, 'kept', 'decided'), ?3, 'submission')",
            params![id, unreadable(why), outcome],
        )
        .unwrap();
    }
    db.execute_batch(
        "INSERT INTO letters (cause, kind, case_number, recipient, message_id, subject, bytes, state, due_at, made_at, released_at)
           VALUES ('mail/a', 'unreadable', 1, '1@aoba.example.jp', 'l@desk', 's', x'00', 'sent', 100, 100, 100);
         INSERT INTO dead_addresses (address, letter, since) VALUES ('1@aoba.example.jp', 1, 200);",
    )
    .unwrap();
    db
}

#[test]
fn rows_of_step_one_are_carried_over() {
    let folder = tempfile::tempdir().unwrap();
    let db = old_store(folder.path());
    for _ in 0..2 {
        let mut store = Store::open(folder.path()).unwrap();
        store.check().unwrap();
        let cases = store.cases().unwrap();
        let muted: Vec<Option<i64>> = cases.iter().map(|it| it.muted_since.map(|at| at.as_second())).collect();
        assert_eq!(muted, [None, Some(500), None]);
        assert!(matches!(cases[2].case.stage, Stage::Withdrawn { .. }));
        assert_eq!(
            store.unread(9).unwrap().iter().map(|it| it.sha256.as_str()).collect::<Vec<_>>(),
            ["c"],
            "read anew"
        );
        let unit = store.unit().unwrap();
        let of = |address: &str| unit.cases_of_address(address).unwrap().iter().map(|it| it.number).collect::<Vec<_>>();
        assert_eq!(of("2@aoba.example.jp"), [Number(2)]);
        assert!(unit.is_dead("1@aoba.example.jp").unwrap() && !unit.is_dead("2@aoba.example.jp").unwrap());
    }
    let texts = |sql: &str| -> Vec<String> {
        let mut ask = db.prepare(sql).unwrap();
        ask.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(texts("SELECT sha256 FROM mails WHERE locked = 1"), ["a"], "a password may still come");
    assert_eq!(texts("SELECT company_key FROM cases ORDER BY number"), ["青葉1", "青葉2", "青葉3"]);
}

#[test]
fn the_companies_are_keyed_all_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let db = old_store(folder.path());
    drop(Store::open(folder.path()).unwrap());
    db.execute_batch(
        "UPDATE cases SET company_key = NULL;
         CREATE TRIGGER fault BEFORE UPDATE ON cases WHEN NEW.number = 2 BEGIN SELECT RAISE(ABORT, 'disk on fire'); END",
    )
    .unwrap();
    assert!(Store::open(folder.path()).is_err());
    let keyed: u32 = db.query_row("SELECT count(company_key) FROM cases", (), |row| row.get(0)).unwrap();
    assert_eq!(keyed, 0);
}

#[test]
fn rows_of_step_two_are_carried_over() {
    let folder = tempfile::tempdir().unwrap();
    let db = old_store(folder.path());
    db.execute_batch(include_str!("../../src/ports/store/schema-2.sql")).unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    db.execute_batch(
        "INSERT INTO sent_seen (mailbox, validity, uid, seen_at, old) VALUES ('Sent', '7', '41', 100, 1);
         INSERT INTO admitted (mail, case_number, address) VALUES ('b', 1, 'x@aoba.example.jp');",
    )
    .unwrap();
    let now = "2022-08-12T08:00:00Z".parse().unwrap();
    for _ in 0..2 {
        let mut store = Store::open(folder.path()).unwrap();
        store.check().unwrap();
        assert_eq!(store.cases().unwrap().len(), 3);
        assert_eq!(store.highest_sent("Sent", "7").unwrap(), Some(41));
        assert!(store.may_try("a", now).unwrap());
        assert!(store.to_refile("INBOX").unwrap().is_empty(), "what was filed before is left where people found it");
        let unit = store.unit().unwrap();
        assert!(!unit.is_dismissed(Number(1), "1@aoba.example.jp").unwrap());
        assert_eq!(unit.cases_of_address("1@aoba.example.jp").unwrap().len(), 1);
        drop(unit);
    }
    let step: u32 = db.query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap();
    assert_eq!(step, 4);
    let mut store = Store::open(folder.path()).unwrap();
    let unit = store.unit().unwrap();
    assert!(unit.dismiss(Number(1), "1@aoba.example.jp", now).unwrap());
    assert!(!unit.dismiss(Number(1), "1@aoba.example.jp", now).unwrap(), "once");
    assert!(unit.is_dismissed(Number(1), "1@AOBA.example.jp").unwrap());
    assert!(unit.cases_of_address("1@aoba.example.jp").unwrap().is_empty());
}
