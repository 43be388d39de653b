//! Stores of every released step, with rows in every table, opened by this program; and one that is killed on the way.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path};

use rusqlite::{Connection, types::Value};
use uketsuke::ports::store::Store;

const STEPS: [&str; 4] = [
    include_str!("../../src/ports/store/schema.sql"),
    include_str!("../../src/ports/store/schema-2.sql"),
    include_str!("../../src/ports/store/schema-3.sql"),
    include_str!("../../src/ports/store/schema-4.sql"),
];

/// Rows of the tables that each step brought.
const ROWS: [&str; 3] = [
    r#"INSERT INTO desk (name, value) VALUES ('key', x'0102'), ('last-digest', x'31');
       INSERT INTO cases (number, company, contact_name, contact_address, stage, stage_data, muted, wishes, answers, opened_at,
         changed_at) VALUES (1, '株式会社 青葉', '青葉', 'a@aoba.example.jp', 'applied', '"applied"', 0,
         '{"method":null,"dates":[],"participants":null,"support":null,"questions":[]}', '{}', 100, 500);
       INSERT INTO mails (sha256, arrived_at, kept_at, size, message_id, sender, reading, state, outcome, class, case_number,
         ended_at) VALUES ('aa', 100, 100, 9, 'm@aoba', 'a@aoba.example.jp', '{}', 'decided', 'answered', 'submission', 1, 200);
       INSERT INTO seen (mailbox, validity, uid, seen_at, fate, mail, filing) VALUES ('INBOX', '7', '1', 100, 'kept', 'aa', 'done');
       INSERT INTO revisions (case_number, n, mail, data, at) VALUES (1, 1, 'aa', '{}', 100);
       INSERT INTO letters (cause, kind, case_number, recipient, message_id, subject, bytes, state, due_at, made_at, released_at)
         VALUES ('mail/aa', 'unreadable', 1, 'a@aoba.example.jp', 'l@desk', 's', x'00', 'sent', 100, 100, 100);
       INSERT INTO journal (at, case_number, cause, line) VALUES (100, 1, 'mail/aa', 'opened');
       INSERT INTO dead_addresses (address, letter, since) VALUES ('a@aoba.example.jp', 1, 200);"#,
    "INSERT INTO sent_mails (sha256, message_id, sent_at, kept_at, case_number) VALUES ('bb', 's@desk', 100, 100, 1);
       INSERT INTO sent_seen (mailbox, validity, uid, seen_at, old, fate, mail) VALUES ('Sent', '7', '41', 100, 0, 'answer', 'bb');
       INSERT INTO sent_answers (message_id, recipient, sent) VALUES ('m@aoba', 'a@aoba.example.jp', 'bb');
       INSERT INTO bounces (mail, letter, hard, at) VALUES ('aa', 1, 1, 100);
       INSERT INTO contacts (case_number, address, domain, how, since)
         VALUES (1, 'b@aoba.example.jp', 'aoba.example.jp', 'colleague', 100);
       INSERT INTO admitted (mail, case_number, address) VALUES ('aa', 1, 'b@aoba.example.jp');",
    "INSERT INTO password_tries (mail, day, tries) VALUES ('aa', 19000, 3);
       INSERT INTO dismissed (case_number, address, since) VALUES (1, 'c@aoba.example.jp', 100);
       INSERT INTO refilings (mailbox, uid, mail, tries) VALUES ('INBOX', '1', 'aa', 2);",
];

/// A store as the program of that step left it.
fn released(folder: &Path, step: usize) -> Connection {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    let db = Connection::open(folder.join("uketsuke.sqlite")).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    for n in 0..step {
        db.execute_batch(STEPS[n]).unwrap();
        db.execute_batch(ROWS[n]).unwrap();
        db.pragma_update(None, "user_version", n as u32 + 1).unwrap();
    }
    let empty: Vec<String> =
        tables(&db).into_iter().filter(|it| table(&db, it, &columns(&db, it)).is_empty()).collect();
    assert!(empty.is_empty(), "no row in {empty:?}");
    db
}

fn names(db: &Connection, ask: &str) -> Vec<String> {
    let mut ask = db.prepare(ask).unwrap();
    ask.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn tables(db: &Connection) -> Vec<String> {
    names(db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1")
}

fn columns(db: &Connection, table: &str) -> Vec<String> {
    names(db, &format!("SELECT name FROM pragma_table_info('{table}')"))
}

fn table(db: &Connection, table: &str, columns: &[String]) -> Vec<Vec<Value>> {
    let mut ask = db.prepare(&format!("SELECT {} FROM {table} ORDER BY rowid", columns.join(", ")));
    if ask.is_err() {
        ask = db.prepare(&format!("SELECT {} FROM {table}", columns.join(", "))); // WITHOUT ROWID
    }
    let mut ask = ask.unwrap();
    let rows = ask.query_map((), |row| (0..columns.len()).map(|n| row.get(n)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

type Tables = BTreeMap<String, (Vec<String>, Vec<Vec<Value>>)>;

fn everything(db: &Connection) -> Tables {
    let one = |it: String| {
        let columns = columns(db, &it);
        let rows = table(db, &it, &columns);
        (it, (columns, rows))
    };
    tables(db).into_iter().map(one).collect()
}

fn step_of(path: &Path) -> u32 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap()
}

/// What was unknown may be known now; nothing else has changed.
fn carries(before: &[Value], after: &[Value]) -> bool {
    before.iter().zip(after).all(|(before, after)| before == after || *before == Value::Null)
}

#[test]
fn every_released_step_is_carried_over_with_a_copy_from_before() {
    for step in 1..STEPS.len() {
        let folder = tempfile::tempdir().unwrap();
        let db = released(folder.path(), step);
        let before = everything(&db);
        let mut store = Store::open(folder.path()).unwrap();
        drop(store.unit().unwrap());
        let newest = step_of(&folder.path().join("uketsuke.sqlite"));
        assert!(newest as usize >= STEPS.len());
        for (name, (columns, rows)) in &before {
            let after = table(&db, name, columns);
            assert!(
                rows.iter().all(|it| after.iter().any(|now| carries(it, now))),
                "step {step}: rows of {name} were changed: {after:?}"
            );
        }
        for n in step as u32 + 1..=newest {
            let copy = folder.path().join(format!("uketsuke.before-step-{n}.sqlite"));
            assert_eq!(step_of(&copy), n - 1);
            assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
            if n as usize == step + 1 {
                assert_eq!(everything(&Connection::open(&copy).unwrap()), before, "the copy is what there was");
            }
        }
        drop(store);
        drop(Store::open(folder.path()).unwrap());
        let copies = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let copies = copies.filter(|it| it.contains("before-step")).count();
        assert_eq!(copies, newest as usize - step, "no second copy, nothing half made");
    }
}

#[test]
fn a_fresh_store_has_nothing_to_copy() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    drop(Store::open(folder.path()).unwrap());
    let mut names = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    assert!(names.all(|it| !it.contains("before-step")));
}

#[test]
fn a_migration_that_fails_on_the_way_leaves_the_old_database() {
    for (step, sql) in STEPS.iter().enumerate().skip(1) {
        let folder = tempfile::tempdir().unwrap();
        let db = released(folder.path(), step);
        // the last table of the step, or its last column, cannot be made: everything before it has been done by then
        let word = |it: &str| it.split_whitespace().next().unwrap().to_string();
        let (last, make, undo) =
            match (sql.rsplit_once("CREATE TABLE "), sql.rsplit_once("ALTER TABLE letters ADD COLUMN ")) {
                (Some((_, it)), _) => (word(it), "CREATE VIEW {} AS SELECT 1", "DROP VIEW {}"),
                (None, it) => {
                    let column = "ALTER TABLE letters ADD COLUMN {} TEXT";
                    (word(it.unwrap().1), column, "ALTER TABLE letters DROP COLUMN {}")
                }
            };
        db.execute_batch(&make.replace("{}", &last)).unwrap();
        let before = everything(&db);
        for _ in 0..3 {
            let error = format!("{:#}", Store::open(folder.path()).err().unwrap());
            assert!(error.contains(&last), "{error}");
        }
        assert_eq!(step_of(&folder.path().join("uketsuke.sqlite")) as usize, step);
        assert_eq!(everything(&db), before);
        let copies = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        assert_eq!(copies.filter(|it| it.contains("before-step")).count(), 1, "the same copy is kept once");
        db.execute_batch(&undo.replace("{}", &last)).unwrap();
        Store::open(folder.path()).unwrap().unit().unwrap();
    }
}

/// The files as a power cut in the middle of a migration leaves them: part of it in the WAL, no commit.
#[test]
fn a_power_cut_in_a_migration_leaves_the_old_database() {
    for (step, sql) in STEPS.iter().enumerate().skip(1) {
        let folder = tempfile::tempdir().unwrap();
        let db = released(folder.path(), step);
        let before = everything(&db);
        db.pragma_update(None, "cache_size", 1).unwrap(); // pages go to the file before the commit
        db.pragma_update(None, "cache_spill", 1).unwrap();
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut spilled = 0;
        for (n, statement) in sql.split_inclusive(";\n").enumerate() {
            db.execute_batch(statement).unwrap();
            let cut = tempfile::tempdir().unwrap();
            fs::set_permissions(cut.path(), fs::Permissions::from_mode(0o700)).unwrap();
            for file in ["uketsuke.sqlite", "uketsuke.sqlite-wal"] {
                fs::copy(folder.path().join(file), cut.path().join(file)).unwrap();
            }
            spilled = spilled.max(fs::metadata(cut.path().join("uketsuke.sqlite-wal")).unwrap().len());
            let raw = Connection::open(cut.path().join("uketsuke.sqlite")).unwrap();
            assert_eq!(everything(&raw), before, "step {step}, after {n} statements");
            drop(raw);
            let mut store = Store::open(cut.path()).unwrap();
            store.unit().unwrap();
        }
        assert!(spilled > 0);
    }
}
