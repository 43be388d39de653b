//! The relay's side: every command, the bytes of a letter, and what servers say instead of yes.

use crate::cases::{Case, Side, all, play, some};
use crate::desk::Desk;
use crate::plan::{At, What};

fn lines_and_bytes(tag: &str) -> (Vec<String>, usize, usize) {
    let mut desk = Desk::new(tag);
    let _daemon = desk.start();
    desk.receives();
    desk.settles(60).unwrap();
    desk.smtp.forget();
    desk.receives();
    desk.settles(60).unwrap();
    let (down, up) = desk.smtp.bytes();
    (desk.smtp.heard(), down, up)
}

fn say(text: &str) -> What {
    What::Say(format!("{text}\r\n"))
}

#[test]
fn every_command_may_break_and_be_refused() {
    let (lines, down, up) = lines_and_bytes("sl");
    let verbs: Vec<&str> = lines.iter().map(|it| it.split([' ', ':']).next().unwrap_or_default()).collect();
    assert_eq!(verbs, ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".", "QUIT"]);
    let mut cases = Vec::new();
    for (name, what) in [
        ("smtp command: RST", What::Rst),
        ("smtp command: FIN", What::Fin),
        ("smtp command: stall", What::Stall),
        ("smtp command: noise", What::Garble),
        ("smtp command: 421", What::SayAndClose("421 4.3.2 going down\r\n".into())),
        ("smtp command: 4xx", say("451 4.3.0 try again later")),
        ("smtp command: 5xx", say("554 5.7.1 no")),
    ] {
        // a letter refused at its end is not stuffed into what follows: the server hears no dot then
        for n in (1..=lines.len()).filter(|n| !matches!(what, What::Say(_)) || verbs[n - 1] != ".") {
            cases.push(Case::new(name, Side::Smtp, At::Line(n), what.clone()));
        }
    }
    for (name, what) in [
        ("smtp answer: RST", What::Rst),
        ("smtp answer: stall", What::Stall),
        ("smtp answer: 4xx", What::SayAndClose("452 4.2.2 full\r\n".into())),
        ("smtp answer: half a line", What::SayAndClose("25".into())),
    ] {
        // a relay that took a letter and then says 452 lies: nobody can know
        let lies = |n: &usize| matches!(&what, What::SayAndClose(it) if it.starts_with("452")) && verbs[n - 1] == ".";
        for n in (1..=lines.len()).filter(|n| !lies(n)) {
            cases.push(Case::new(name, Side::Smtp, At::Answer(n), what.clone()));
        }
    }
    for (name, what) in [("smtp connection: RST", What::Rst), ("smtp connection: stall", What::Stall)] {
        cases.push(Case::new(name, Side::Smtp, At::Connection(1), what));
    }
    for (name, what) in
        [("smtp bytes: RST", What::Rst), ("smtp bytes: stall", What::Stall), ("smtp bytes: slow", What::Slow)]
    {
        cases.extend((1..down).step_by(61).map(|n| Case::new(name, Side::Smtp, At::Down(n), what.clone())));
        cases.extend((1..up).step_by(397).map(|n| Case::new(name, Side::Smtp, At::Up(n), what.clone())));
    }
    play(Desk::new, "sc", if all() { 10 } else { 8 }, some(cases, 19));
}

/// What must not be left to the luck of a sample.
#[test]
fn the_answer_to_the_final_dot() {
    let mut cases = vec![
        Case::new("250 lost: RST", Side::Smtp, At::VerbAnswer("."), What::Rst),
        Case::new("250 lost: FIN", Side::Smtp, At::VerbAnswer("."), What::Fin),
        Case::new("250 lost: stall", Side::Smtp, At::VerbAnswer("."), What::Stall),
        Case::new("250 lost: noise", Side::Smtp, At::Verb("."), What::Garble),
        Case::new("dot never came: RST", Side::Smtp, At::Verb("."), What::Rst),
        Case::new("greylisting", Side::Smtp, At::Verb("RCPT"), say("450 4.2.0 greylisted")),
        Case::new("refused for good", Side::Smtp, At::Verb("RCPT"), say("550 5.1.1 nobody here")),
        Case::new("log-in refused, then fine", Side::Smtp, At::Verb("AUTH"), say("535 5.7.8 no")),
    ];
    cases[5].times = 2;
    play(Desk::new, "sd", 8, cases);
}
