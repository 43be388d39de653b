//! `kill -9` at random moments while mails flow: 20 kills, or as many as `UKETSUKE_KILLS` says.

use std::time::Duration;

use crate::desk::{Desk, within};
use crate::plan::Dots;

/// Of a hundred letters that the relay has taken, so many answers are lost.
const LOST: u64 = 5;

/// How the relay proves that it took a letter.
#[derive(Clone, Copy, PartialEq)]
enum Proof {
    None,
    SelfCopy,
    Sent,
}

fn kills() -> usize {
    std::env::var("UKETSUKE_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(20)
}

/// Moments that look random and are the same in every run.
fn moments(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |it| {
        Some(it.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    })
    .skip(1)
    .map(|it| it >> 33)
}

/// Kills a daemon again and again while mails come, lets it finish, and looks at every mail and every letter.
fn killed(name: &str, proof: Proof, kills: usize) {
    let more = match proof {
        Proof::None => "",
        Proof::SelfCopy => "proof = \"self-copy\"\nproof_wait_minutes = 5\n",
        Proof::Sent => "proof = \"sent\"\nproof_wait_minutes = 5\n",
    };
    let mut desk = Desk::with(name, more);
    let copies = (proof == Proof::Sent).then(|| desk.make_folder(".Gesendet"));
    desk.smtp.dots(Dots { lost: LOST, copies: copies.clone() });
    let mails = (kills / 2).max(30);
    let mut moments = moments(name.len() as u64 + 7);
    let mut random = |most: u64| moments.next().unwrap_or_default() % most;
    for kill in 0..kills {
        let due = (kill + 1) * mails / kills;
        while desk.delivered() < due && desk.delivered() < mails {
            desk.receives();
        }
        let mut daemon = desk.start();
        std::thread::sleep(Duration::from_millis(60 + random(700)));
        daemon.kill();
    }
    desk.smtp.dots(Dots { lost: 0, copies });
    let mut daemon = desk.start();
    let settled = desk.settles(240);
    assert!(daemon.is_running(), "{}", desk.log());
    let violations = desk.violations();
    let repeats: usize = desk.letters().iter().map(|it| it.repeats).sum();
    let (extra, given_up) = (desk.extra(), desk.number("SELECT count(*) FROM letters WHERE state = 'given-up'"));
    println!(
        "{name:8} {kills} kills, {} mails, {} answers lost, {repeats} sent again, {extra} doubled, {given_up} given up, {} violations",
        desk.delivered(),
        desk.smtp.lost(),
        violations.len()
    );
    settled.unwrap();
    assert!(violations.is_empty(), "{violations:#?}");
    assert_eq!(given_up, 0, "a letter that is given up is a company unanswered");
    assert!(extra <= repeats);
    assert!(proof == Proof::None || extra == 0, "a copy proves it: nothing is sent twice");
    let sound = desk.db().unwrap().query_row("PRAGMA integrity_check", (), |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(sound, "ok");
}

#[test]
fn killed_without_proof_it_repeats_what_is_uncertain_and_nothing_else() {
    killed("kn", Proof::None, kills());
}

#[test]
fn killed_with_a_copy_to_itself_it_doubles_nothing() {
    killed("kself", Proof::SelfCopy, kills());
}

#[test]
fn killed_with_copies_in_sent_it_doubles_nothing() {
    killed("ksentx", Proof::Sent, kills());
}

/// The harness sees what it is there to see: a database put back to before a letter went, as if it had not been synced.
#[test]
fn the_check_sees_a_letter_that_is_sent_twice() {
    let mut desk = Desk::new("kseen");
    let mut daemon = desk.start();
    desk.receives();
    desk.settles(60).unwrap();
    daemon.kill();
    assert_eq!(desk.violations(), Vec::<String>::new());
    let db = desk.db().unwrap();
    db.execute("UPDATE letters SET state = 'due' WHERE recipient LIKE 'info@c1-%'", ()).unwrap();
    drop(db);
    let _daemon = desk.start();
    desk.settles(60).unwrap();
    assert!(within(20, || desk.extra() == 1));
    assert_eq!(desk.violations().len(), 1);
}
