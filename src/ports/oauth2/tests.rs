//! What is kept, and for whom; the dialogue with a service is held in `tests/ports`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use super::*;

fn source(state: &Path) -> Source {
    // nobody listens there
    let settings = toml::from_str("token_url = 'https://localhost:1/token'\nclient_id = 'desk'").unwrap();
    let grant = Grant::RefreshToken(Secret::new("first".to_owned()));
    Source { settings, secret: None, grant, kept: state.join(FILE) }
}

fn next(token: &str) -> Kept {
    Kept { first: digest("first"), refresh_token: token.to_owned() }
}

#[test]
fn a_field_that_is_odd_costs_no_token() {
    let read = |text: &str| Answer::read(text.as_bytes()).unwrap();
    for (lasts, seconds) in [
        ("3599", Some(3599)),
        ("\"3599\"", Some(3599)),
        ("\" 60 \"", Some(60)),
        ("3599.5", None),
        ("-1", None),
        ("null", None),
        ("\"soon\"", None),
        ("[1]", None),
    ] {
        let it = read(&format!(r#"{{"access_token":"a","expires_in":{lasts},"refresh_token":"next","scope":[]}}"#));
        assert_eq!((it.expires_in, it.refresh_token.as_deref()), (seconds, Some("next")), "{lasts}");
    }
    let it = read(r#"{"access_token":7,"refresh_token":"next","error":null}"#);
    assert_eq!((it.access_token, it.refresh_token.as_deref(), it.error), (None, Some("next"), None));
    assert!(Answer::read(b"[]").is_none() && Answer::read(b"<html>").is_none());
}

#[test]
fn the_room_for_the_next_token_is_there_before_the_old_one_is_shown() {
    let state = tempfile::tempdir().unwrap();
    let it = source(state.path());
    let mut room = it.reserve().unwrap();
    assert!(fs::metadata(it.unnamed()).unwrap().len() >= (LONGEST_TOKEN + 200) as u64);
    // the power goes before the file has its name and its length
    room.rewind().unwrap();
    room.write_all(&serde_json::to_vec(&next("second")).unwrap()).unwrap();
    assert_eq!(it.newest(&digest("first")).unwrap().as_deref(), Some("second"));
    assert!(it.kept.exists() && !it.unnamed().exists());
    let longest = "x".repeat(LONGEST_TOKEN);
    it.keep(it.reserve().unwrap(), &next(&longest)).unwrap();
    assert_eq!(it.newest(&digest("first")).unwrap(), Some(longest));
    it.keep(it.reserve().unwrap(), &next("short")).unwrap();
    assert_eq!(it.newest(&digest("first")).unwrap().as_deref(), Some("short"));
    assert!(fs::metadata(&it.kept).unwrap().len() < 200 && !it.unnamed().exists());
    assert_eq!(it.newest(&digest("another consent")).unwrap(), None);
}

#[test]
fn without_room_the_service_is_not_asked() {
    let state = tempfile::tempdir().unwrap();
    let it = source(state.path());
    // cannot be written to, whoever we are
    fs::create_dir(it.unnamed()).unwrap();
    match it.ask().err().unwrap() {
        ConnectError::Protocol(why) => assert!(why.contains(FILE), "{why}"),
        other => panic!("asked: {other}"),
    }
    // with it, it is; and a service that does not answer leaves the old token as it was
    fs::remove_dir(it.unnamed()).unwrap();
    it.keep(it.reserve().unwrap(), &next("second")).unwrap();
    assert!(matches!(it.ask().err().unwrap(), ConnectError::Unreachable(_)));
    assert_eq!(it.newest(&digest("first")).unwrap().as_deref(), Some("second"));
    assert!(!it.unnamed().exists());
}

#[test]
fn what_root_renews_belongs_to_the_daemon() {
    let state = tempfile::tempdir().unwrap();
    let owner = fs::metadata(state.path()).unwrap().uid();
    let other = if owner == 0 { 4242 } else { owner }; // without root's rights there is nobody else
    let it = source(state.path());
    // an earlier version has left its lock to root
    fs::write(it.kept.with_extension("lock"), "").unwrap();
    std::os::unix::fs::chown(state.path(), Some(other), None).unwrap();
    let lock = it.alone().unwrap();
    let room = it.reserve().unwrap();
    assert_eq!(fs::metadata(it.unnamed()).unwrap().uid(), other, "before it gets its name");
    it.keep(room, &next("second")).unwrap();
    for path in [it.kept.with_extension("lock"), it.kept.clone()] {
        let of = fs::metadata(&path).unwrap();
        assert_eq!(of.uid(), other, "{}", path.display());
    }
    assert_eq!(fs::metadata(&it.kept).unwrap().permissions().mode() & 0o777, 0o600);
    drop(lock);
}
