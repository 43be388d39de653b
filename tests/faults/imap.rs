//! The inbox's side: every command, every so many bytes, each way to break.

use crate::cases::{Case, Side, all, play, some};
use crate::desk::Desk;
use crate::plan::{At, What};

/// How the lines of one mail go, on a connection that waits and on a fresh one: counted on the real thing.
fn lines_and_bytes(tag: &str, afresh: bool) -> (Vec<String>, usize) {
    let mut desk = Desk::new(tag);
    let _daemon = desk.start();
    desk.receives();
    desk.settles(60).unwrap();
    desk.imap.forget();
    if afresh {
        desk.imap.sever();
    }
    desk.receives();
    desk.settles(60).unwrap();
    (desk.imap.heard(), desk.imap.bytes().0)
}

fn ways() -> Vec<(&'static str, What)> {
    vec![
        ("imap command: RST", What::Rst),
        ("imap command: FIN", What::Fin),
        ("imap command: stall", What::Stall),
        ("imap command: noise", What::Garble),
        ("imap command: NO", What::Say("{tag} NO [UNAVAILABLE] not now\r\n".into())),
        ("imap command: BAD", What::Say("{tag} BAD what\r\n".into())),
        ("imap command: BYE", What::SayAndClose("* BYE going down\r\n".into())),
    ]
}

#[test]
fn every_command_may_break() {
    let (waiting, _) = lines_and_bytes("il0", false);
    let (fresh, _) = lines_and_bytes("il1", true);
    assert!(fresh.iter().any(|it| it.starts_with("LOGIN")), "{fresh:?}");
    assert!(fresh.iter().any(|it| it.starts_with("UID MOVE")), "{fresh:?}");
    let mut cases = Vec::new();
    for (name, what) in ways() {
        for (lines, afresh) in [(waiting.len(), false), (fresh.len(), true)] {
            for n in 1..=lines {
                cases.push(Case { afresh, ..Case::new(name, Side::Imap, At::Line(n), what.clone()) });
            }
        }
    }
    for (name, what) in
        [("imap answer: RST", What::Rst), ("imap answer: FIN", What::Fin), ("imap answer: stall", What::Stall)]
    {
        for n in 1..=fresh.len() {
            cases.push(Case { afresh: true, ..Case::new(name, Side::Imap, At::Answer(n), what.clone()) });
        }
    }
    play(Desk::new, "ic", if all() { 8 } else { 6 }, some(cases, 27));
}

#[test]
fn every_so_many_bytes_may_be_the_last() {
    let (_, bytes) = lines_and_bytes("ib", true);
    let mut cases = Vec::new();
    for (name, what) in [
        ("imap bytes: RST", What::Rst),
        ("imap bytes: FIN", What::Fin),
        ("imap bytes: noise", What::Garble),
        ("imap bytes: stall", What::Stall),
        ("imap bytes: slow", What::Slow),
    ] {
        let step = if all() { 101 } else { bytes / 2 + 1 };
        for n in (1..bytes).step_by(step) {
            cases.push(Case { afresh: true, ..Case::new(name, Side::Imap, At::Down(n), what.clone()) });
        }
    }
    play(Desk::new, "iy", if all() { 8 } else { 4 }, cases);
}

/// TLS goes through unseen; it breaks within the handshake, within a record, anywhere.
#[test]
fn tls_may_be_cut_anywhere() {
    let mut cases = Vec::new();
    for (name, what) in [
        ("tls bytes: RST", What::Rst),
        ("tls bytes: FIN", What::Fin),
        ("tls bytes: noise", What::Garble),
        ("tls bytes: stall", What::Stall),
    ] {
        let step = if all() { 211 } else { 3000 };
        for (side, most) in [(Side::Imap, 6000), (Side::Smtp, 2000)] {
            cases.extend(
                (1..most)
                    .step_by(step)
                    .map(|n| Case { afresh: side == Side::Imap, ..Case::new(name, side, At::Down(n), what.clone()) }),
            );
        }
    }
    play(Desk::sealed, "tl", 8, cases);
}
