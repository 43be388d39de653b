//! A Maildir in a temporary folder.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use super::{FolderName, Maildir, Settings, TooBig};

fn mailbox(path: &Path, since: &str) -> Maildir {
    let settings: Settings = toml::from_str(&format!("path = {path:?}\nsince = '{since}'\nsent = 'Sent'")).unwrap();
    let mut maildir = Maildir::new(settings);
    maildir.prepare().unwrap();
    maildir
}

fn put(path: &Path, name: &str, date: &str) {
    let date = if date.is_empty() { String::new() } else { format!("Date: {date}\r\n") };
    fs::write(path.join(name), format!("{date}Message-ID: <{}@x>\r\n\r\nbody\r\n", name.len())).unwrap();
}

#[test]
fn mails_come_in_the_order_of_their_dates() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    put(dir.path(), "new/a", "Fri, 12 Aug 2022 10:00:00 +0900 (JST)");
    put(dir.path(), "cur/b:2,S", "Mon, 11 Aug 2022 23:00:00 +0000");
    put(dir.path(), "new/old", "Wed, 20 Jul 2022 10:00:00 +0900");
    back_to_july(dir.path(), "new/old");
    put(dir.path(), "tmp/unfinished", "Fri, 12 Aug 2022 10:00:00 +0900");
    put(dir.path(), "new/.hidden", "Fri, 12 Aug 2022 10:00:00 +0900");
    assert_eq!(maildir.look().unwrap().uids, ["old", "b", "a"], "named once, for the account");
    let look = maildir.look().unwrap();
    assert_eq!(look.uids, ["b", "a"]);
    assert_eq!(look.validity, "maildir");
    let described = maildir.describe(&["a".to_owned(), "gone".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!(described.iter().map(|one| one.uid.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(described[0].arrived, "2022-08-12T01:00:00Z".parse().unwrap());
    assert_eq!(described[0].size, maildir.fetch("a").unwrap().unwrap().len() as u64);
}

fn back_to_july(path: &Path, name: &str) {
    let july: jiff::Timestamp = "2022-07-20T01:00:00Z".parse().unwrap();
    fs::File::options().write(true).open(path.join(name)).unwrap().set_modified(july.into()).unwrap();
}

#[test]
fn a_clock_of_another_year_hides_no_mail() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    let traced = |name: &str, received: &str| {
        let raw = format!(
            "Received: from a by b; {received}\r\nReceived: from x by a; Fri, 1 Jan 2016 00:00:00 +0900\r\n\
             Date: Fri, 1 Jan 2016 00:00:00 +0900\r\n\r\nbody\r\n"
        );
        fs::write(dir.path().join(name), raw).unwrap();
    };
    traced("new/lies", "Fri, 12 Aug 2022 10:00:05 +0900 (JST)");
    traced("new/true", "Wed, 20 Jul 2022 10:00:00 +0900");
    put(dir.path(), "new/untraced", "Fri, 1 Jan 2016 00:00:00 +0900");
    put(dir.path(), "new/untraced-old", "Fri, 1 Jan 2016 00:00:00 +0900");
    back_to_july(dir.path(), "new/untraced-old");
    maildir.look().unwrap();
    assert_eq!(maildir.look().unwrap().uids, ["lies", "untraced"]);
    let described = maildir.describe(&["lies".to_owned()]).unwrap();
    assert_eq!(described[0].arrived, "2022-08-12T01:00:05Z".parse().unwrap());
}

#[test]
fn a_held_mail_is_filed_anew_under_whatever_flags() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    put(dir.path(), "new/a", "Fri, 12 Aug 2022 10:00:00 +0900");
    maildir.file("maildir", "a", FolderName::Held).unwrap();
    fs::rename(dir.path().join(".要確認/cur/a:2,"), dir.path().join(".要確認/cur/a:2,S")).unwrap();
    for _ in 0..2 {
        maildir.refile("a", None).unwrap();
    }
    assert!(dir.path().join(".受付済み/cur/a:2,S").exists());
}

#[test]
fn a_mail_without_a_date_has_its_files_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    put(dir.path(), "new/a", "");
    put(dir.path(), "new/b", "yesterday");
    assert_eq!(maildir.look().unwrap().uids.len(), 2);
}

#[test]
fn filing_moves_the_file_and_may_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    put(dir.path(), "new/a", "Fri, 12 Aug 2022 10:00:00 +0900");
    put(dir.path(), "cur/b:2,FS", "Fri, 12 Aug 2022 10:00:00 +0900");
    maildir.file("7", "a", FolderName::Processed).unwrap();
    assert!(dir.path().join("new/a").exists(), "another validity names another mail");
    for _ in 0..2 {
        maildir.file("maildir", "a", FolderName::Processed).unwrap();
        maildir.file("maildir", "b", FolderName::Held).unwrap();
    }
    assert!(dir.path().join(".受付済み/cur/a:2,").exists());
    assert!(dir.path().join(".要確認/cur/b:2,FS").exists());
    assert!(maildir.look().unwrap().uids.is_empty());
    assert_eq!(maildir.fetch("a").unwrap(), None);
    maildir.file("maildir", "../../etc/passwd", FolderName::Held).unwrap();
}

#[test]
fn a_name_that_is_used_anew_replaces_no_earlier_mail() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    let deliver =
        |id: &str| fs::write(dir.path().join("new/a"), format!("Message-ID: <{id}>\r\n\r\n{id}\r\n")).unwrap();
    let lying = |folder: &str| {
        let mut all: Vec<_> =
            fs::read_dir(dir.path().join(folder).join("cur")).unwrap().map(|it| it.unwrap().path()).collect();
        all.sort();
        all.iter().map(|it| fs::read_to_string(it).unwrap().lines().last().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for id in ["1@x", "2@x", "3@x"] {
        deliver(id);
        maildir.file("maildir", "a", FolderName::Processed).unwrap();
    }
    assert_eq!(lying(".受付済み"), ["1@x", "2@x", "3@x"]);
    for id in ["4@x", "5@x"] {
        deliver(id);
        maildir.file("maildir", "a", FolderName::Held).unwrap();
    }
    maildir.refile("a", None).unwrap();
    maildir.refile("a", Some("5@x")).unwrap();
    assert_eq!(lying(".要確認"), ["4@x"], "the mail itself is moved, whatever it is called");
    assert_eq!(lying(".受付済み").len(), 4);
    maildir.refile("a", Some("4@x")).unwrap();
    assert!(lying(".要確認").is_empty() && lying(".受付済み").contains(&"4@x".to_owned()));
}

#[test]
fn letters_are_found_in_inbox_processed_and_sent() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    put(dir.path(), "new/a", "");
    put(dir.path(), ".Sent/cur/sent:2,", "");
    assert!(maildir.find("<5@x>").unwrap());
    maildir.file("maildir", "a", FolderName::Processed).unwrap();
    assert!(maildir.find("5@x").unwrap());
    assert!(maildir.find("17@x").unwrap(), "the sent one");
    assert!(!maildir.find("99@x").unwrap());
}

#[test]
fn preparing_tells_what_it_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("box");
    let settings: Settings = toml::from_str(&format!("path = {path:?}\nsince = '2022-08-01'\nheld = 'a/b'")).unwrap();
    let mut maildir = Maildir::new(settings.clone());
    assert_eq!(maildir.prepare().unwrap(), ["受付済み", "a/b"]);
    assert!(path.join(".a.b/cur").is_dir());
    assert!(maildir.prepare().unwrap().is_empty());
    for odd in ["", "..", "a/../b", "/etc", ".x"] {
        let mut maildir = Maildir::new(Settings { held: odd.to_owned(), ..settings.clone() });
        assert!(maildir.prepare().is_err(), "{odd}");
    }
}

#[test]
fn a_mail_far_over_the_limit_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    maildir.settings.max_mail_bytes = 1000;
    fs::write(dir.path().join("new/a"), vec![b'x'; 80_000]).unwrap();
    let error = maildir.fetch("a").unwrap_err();
    assert!(error.downcast_ref::<TooBig>().is_some());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = mailbox(dir.path(), "2022-08-01");
    std::os::unix::fs::symlink("/etc/hostname", dir.path().join("new/link")).unwrap();
    assert!(maildir.look().unwrap().uids.is_empty());
}
