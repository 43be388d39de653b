//! What is asked often uses its index, and a mail that cannot be fetched is never given up for good.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;

fn plan(store: &Store, ask: &str) -> String {
    let mut plan = store.db.prepare(&format!("EXPLAIN QUERY PLAN {ask}")).unwrap();
    let count = plan.parameter_count();
    let given = rusqlite::params_from_iter(vec!["1"; count]);
    let lines = plan.query_map(given, |row| row.get::<_, String>(3)).unwrap();
    lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

#[test]
fn what_is_asked_before_each_letter_and_for_each_mail_uses_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("state")).unwrap();
    let of_tag = super::super::bounces::of_tag();
    let elsewhere = super::super::once::ASKING_ELSEWHERE;
    let twins = plan(&store, super::super::once::TWINS);
    assert!(twins.contains("mails_print") && twins.contains("mails_message_id"), "{twins}");
    assert!(!twins.contains("mails_from") && !twins.contains("SCAN mails"), "{twins}");
    for (ask, index) in [
        (DUE_ANSWER, "letters_due"),
        (PENDING, "sent_seen_pending"),
        (of_tag.as_str(), "letters_tag"),
        (elsewhere, "letters_state"),
    ] {
        let plan = plan(&store, ask);
        assert!(plan.contains(index) && !plan.contains("SCAN letters"), "{plan}");
    }
}

#[test]
fn a_sent_mail_whose_fetch_fails_rests_and_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("state")).unwrap();
    let uids = |all: &[&str]| all.iter().map(|it| (*it).to_string()).collect::<Vec<_>>();
    let now = Timestamp::UNIX_EPOCH;
    let look = |store: &mut Store, validity: &str, all: &[&str]| {
        let open = store.see_sent(("box", validity), &uids(all), "Sent", now).unwrap();
        open.into_iter().map(|it| it.uid).collect::<Vec<_>>()
    };
    assert_eq!(look(&mut store, "1", &["7", "8"]).len(), 2);
    for n in 1..=MOST_FETCHES {
        store.sent_failed("box", "1", "7").unwrap();
        assert_eq!(store.sent_rests().unwrap(), n == MOST_FETCHES);
    }
    assert_eq!(look(&mut store, "1", &[]), ["8"], "it holds up nobody");
    for _ in 0..3 {
        assert!(store.has_given_up("inbox").unwrap());
        store.try_once_more("inbox").unwrap();
        assert_eq!(look(&mut store, "1", &[]), ["8", "7"]);
        assert_eq!(store.count(UNFETCHABLE).unwrap(), 1, "told all the while");
        store.sent_failed("box", "1", "7").unwrap();
    }
    // as an earlier version left it
    store.db.execute("UPDATE sent_seen SET fate = 'unreadable' WHERE uid = '7'", ()).unwrap();
    store.reopen_sent().unwrap();
    assert_eq!(look(&mut store, "1", &[]), ["8", "7"]);
    assert_eq!(look(&mut store, "2", &["1"]), ["1"]);
    let account = store.sent_account().unwrap();
    assert!(account.balanced() && account.pending == 1 && account.not_taken == 2, "{account:?}");
    assert!(!store.has_given_up("inbox").unwrap());
    assert_eq!(store.count(UNFETCHABLE).unwrap(), 0);
}
