//! Letters that come back: as servers and providers write it, and what the desk does about it.

use std::{fs, path::Path};

use uketsuke::desk::mail;

use crate::{
    desk::{Desk, form},
    mails,
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";

/// What stands in the table: recipients, end, returned Message-ID.
fn read(raw: &[u8]) -> (String, &'static str, String) {
    let (it, _) = mail::read(raw);
    match it.bounce {
        Some(it) => {
            let end = if it.permanent { "hard" } else { "soft" };
            (it.recipients.join(","), end, it.original.unwrap_or_else(|| "-".to_string()))
        }
        None => ("-".to_string(), "none", "-".to_string()),
    }
}

#[test]
fn notifications_are_read_as_their_servers_mean_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bounces");
    let table = fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in table.lines().skip(1) {
        let [name, recipients, end, original] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let lf = fs::read(folder.join(format!("{name}.eml"))).unwrap();
        let mut crlf = Vec::new();
        lf.iter().for_each(|it| if *it == b'\n' { crlf.extend(b"\r\n") } else { crlf.push(*it) });
        for raw in [lf, crlf] {
            let found = read(&raw);
            if found != (recipients.to_string(), end, original.to_string()) {
                wrong.push(format!("{name}: {found:?}"));
            }
            count += 1;
        }
    }
    assert!(count >= 60, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A notification about a letter.
pub fn notification(id: &str, address: &str, status: &str, name: &str) -> String {
    let action = if status.starts_with('5') { "failed" } else { "delayed" };
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.jp\r\nTo: nw@itc.or.jp\r\nSubject: Undelivered Mail\r\n\
         Message-ID: <{name}@mx.example.jp>\r\nDate: Fri, 12 Aug 2022 12:00:00 +0900\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nsorry {name}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.jp\r\n\r\nFinal-Recipient: rfc822; {address}\r\nAction: {action}\r\n\
         Status: {status}\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n\r\n--b--\r\n"
    )
}

pub fn with_letter() -> (Desk, String) {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let id = desk.outbox()[0].message_id.clone();
    (desk, id)
}

fn again(desk: &mut Desk, n: u32) {
    let mail =
        mails::from(HANAKO).text("修正しました。\n").file("a.xlsx", form("faulty-corrected")).id(&format!("{n}@k"));
    desk.waits(60).receives(mail.bytes()).settles();
}

#[test]
fn a_hard_one_stops_letters_until_a_person_clears_the_address() {
    let (mut desk, id) = with_letter();
    desk.receives(notification(&id, "hanako@kinoko.example.jp", "5.1.1", "b1")).settles();
    assert!(desk.digest().contains("宛先に届きません：hanako@kinoko.example.jp"));
    assert_eq!(desk.mails()[1].outcome.as_deref(), Some("to-secretariat"));
    again(&mut desk, 2);
    let letter = desk.outbox().into_iter().find(|it| it.kind == "complete").unwrap();
    assert_eq!((letter.state.as_str(), desk.post().len()), ("waiting", 1));
    assert_eq!(desk.mails()[2].outcome.as_deref(), Some("to-secretariat"), "a person is told that the company wrote");
    assert_eq!(desk.case(1).revision, 2, "and what came is taken in");
    let now = desk.now;
    assert!(!desk.desk.store.approve(letter.id, now).unwrap(), "no approval goes round it");
    let sender = desk.desk.sender.clone();
    assert_eq!(desk.desk.store.revive("nobody@kinoko.example.jp", false, &sender, now).unwrap(), None);
    let done = desk.desk.store.revive("Hanako@kinoko.example.jp", false, &sender, now).unwrap().unwrap();
    assert_eq!((done.released, done.again), (1, 0), "what came back is untrue by now");
    desk.settles();
    assert_eq!(desk.post().len(), 2);
    assert!(!desk.digest().contains("宛先に届きません"));
    desk.balanced();
}

#[test]
fn a_letter_that_is_due_when_the_address_dies_waits_too() {
    let (mut desk, id) = with_letter();
    let second = mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).id("2@k").at("2022-08-12T02:00:00Z");
    desk.receives(second.bytes()).receives(notification(&id, "hanako@kinoko.example.jp", "5.1.1", "b1")).settles();
    let letter = desk.outbox().into_iter().find(|it| it.kind == "complete").unwrap();
    assert_eq!((letter.state.as_str(), desk.post().len()), ("waiting", 1));
    assert!(letter.why.unwrap().contains("uketsuke revive"));
}

#[test]
fn soft_ones_are_only_counted() {
    let (mut desk, id) = with_letter();
    for n in 1..4 {
        desk.receives(notification(
            &id,
            "hanako@kinoko.example.jp",
            ["4.4.1", "5.2.2", "5.7.1"][n - 1],
            &format!("b{n}"),
        ))
        .settles();
    }
    assert!(!desk.digest().contains("宛先に届きません"));
    let lines = desk.desk.store.journal(uketsuke::desk::case::Number(1)).unwrap();
    assert!(lines.iter().any(|it| it.line.contains("not delivered yet (3)")), "{lines:?}");
    again(&mut desk, 2);
    assert_eq!(desk.post().len(), 2);
    desk.balanced();
}

#[test]
fn the_report_and_our_own_people_are_never_silenced() {
    let mut desk = Desk::open();
    desk.settles();
    let report = desk.outbox().into_iter().find(|it| it.kind == "digest").unwrap();
    desk.receives(notification(&report.message_id, &report.recipient, "5.1.1", "b1")).settles();
    assert!(!desk.digest().contains("宛先に届きません"));
    assert_eq!(desk.mails()[0].outcome.as_deref(), Some("to-secretariat"));
    desk.waits(24 * 60).settles();
    let reports: Vec<String> = desk.outbox().into_iter().filter(|it| it.kind == "digest").map(|it| it.state).collect();
    assert_eq!(reports, ["sent", "sent"]);
    desk.balanced();
}

#[test]
fn nobody_can_silence_a_company() {
    let (mut desk, id) = with_letter();
    for (n, forged) in [
        // no letter of ours
        notification("corrections.0000@itc.or.jp", "hanako@kinoko.example.jp", "5.1.1", "f1"),
        // ours, but it names another address: only the letter's own recipient could be marked
        notification(&id, "taro@saku-mokkou.example.jp", "5.1.1", "f2").replace(&id, "x@y"),
        // a person's mail that quotes one
        String::from_utf8(
            mails::from("悪人 <evil@other.example>")
                .subject("Undelivered Mail")
                .text(&format!("<hanako@kinoko.example.jp>: 550 5.1.1 User unknown\nMessage-ID: <{id}>\n"))
                .id("f3@o")
                .bytes(),
        )
        .unwrap(),
        // a plus-address that was never given out
        notification("x@y", "hanako@kinoko.example.jp", "5.1.1", "f4")
            .replace("To: nw@itc.or.jp", "To: nw+b-00000000000000000000@itc.or.jp"),
    ]
    .into_iter()
    .enumerate()
    {
        desk.receives(forged).settles();
        assert!(!desk.digest().contains("宛先に届きません"), "{n}");
    }
    let letters = desk.post().len();
    again(&mut desk, 9);
    assert_eq!(desk.post().len(), letters + 1);
    desk.balanced();
}

#[test]
fn a_letter_is_known_by_its_plus_address() {
    let mut desk = Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 0\nreturn_path = \"plus\""));
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let id = desk.outbox()[0].message_id.clone();
    let tag = id.split('@').next().unwrap().rsplit('.').next().unwrap().to_string();
    let bounce = notification("lost@x", "hanako@kinoko.example.jp", "5.1.1", "b1")
        .replace("To: nw@itc.or.jp", &format!("To: nw+b-{tag}@itc.or.jp"));
    desk.receives(bounce).settles();
    assert!(desk.digest().contains("宛先に届きません：hanako@kinoko.example.jp"));
    assert_eq!(desk.post().len(), 1, "never answered");
}
