//! Names, dates and numbers; the rest is held against real and scripted servers in `tests/ports`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use super::facts::Facts;
use super::folders::Folders;
use super::session::{Selected, quoted};
use super::{FolderName, Settings, number};

fn settings(extra: &str) -> Result<Settings, toml::de::Error> {
    toml::from_str(&format!("host = 'h'\nuser = 'u'\npassword_file = 'p'\nsince = '2022-08-01'\n{extra}"))
}

#[test]
fn settings_have_defaults_and_refuse_unknown_keys() {
    let given = settings("").unwrap();
    assert_eq!((given.port(), given.processed.as_str(), given.held.as_str()), (993, "受付済み", "要確認"));
    assert!(settings("password = 'x'").is_err());
    assert!(toml::from_str::<Settings>("host = 'h'\nuser = 'u'\npassword_file = 'p'").is_err(), "since is required");
}

#[test]
fn folder_names_are_modified_utf7_level_by_level() {
    let folders = Folders::new(&settings("processed = 'INBOX/処理済み'\nheld = 'R&D'\nsent = 'Sent'").unwrap());
    assert_eq!(folders.wire(FolderName::Processed), "INBOX/&UeZ0Bm4IMH8-");
    assert_eq!(folders.wire(FolderName::Held), "R&-D");
    assert_eq!(folders.searched(), ["Sent", "INBOX", "INBOX/&UeZ0Bm4IMH8-"]);
}

#[test]
fn odd_folder_names_are_refused() {
    for name in ["", "a*", "INBOX", "a\\\"b"] {
        let folders = Folders::new(&settings(&format!("held = {name:?}")).unwrap());
        assert!(folders.check_names().is_err(), "{name}");
    }
    assert!(Folders::new(&settings("").unwrap()).check_names().is_ok());
}

#[test]
fn quotes_are_escaped() {
    assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
}

#[test]
fn internal_dates_are_read_with_their_zone() {
    for date in [" 1-Aug-2022 09:00:00 +0900", "01-Aug-2022 00:00:00 +0000", "1-Aug-2022 00:00:00 +0000"] {
        let facts = Facts { size: Some(7), date: Some(date.to_owned()) };
        let described = facts.described(3).unwrap();
        assert_eq!(described.arrived, "2022-08-01T00:00:00Z".parse().unwrap());
        assert_eq!((described.uid.as_str(), described.size), ("3", 7));
    }
    assert!(Facts { size: None, date: None }.described(3).is_none());
    let unreadable = Facts { size: Some(1), date: Some("soon".to_owned()) }.described(3).unwrap();
    assert_eq!(unreadable.arrived, jiff::Timestamp::MAX, "it counts as new");
}

#[test]
fn uids_are_numbers() {
    assert_eq!(number("42").unwrap(), 42);
    for odd in ["", "0", "1:*", "1,2", "-1", "1660000000.eml"] {
        assert!(number(odd).is_err(), "{odd}");
    }
}

#[test]
fn new_mails_show_in_the_next_uid_or_the_count() {
    let then = Selected { folder: "INBOX".to_owned(), validity: 1, next: Some(5), exists: 4, read_only: false };
    assert!(!Selected { exists: 2, ..then.clone() }.changed_since(&then), "we moved two away");
    assert!(Selected { next: Some(6), ..then.clone() }.changed_since(&then));
    assert!(Selected { validity: 2, ..then.clone() }.changed_since(&then));
    assert!(Selected { next: None, exists: 5, ..then.clone() }.changed_since(&then));
}
