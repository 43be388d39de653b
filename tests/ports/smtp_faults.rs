//! The SMTP port on a scripted server that breaks off at every step: was the letter sent, not sent, or nobody knows?

use std::time::{Duration, Instant};

use uketsuke::ports::mailer::smtp::{Limits, Security, Smtp};
use uketsuke::ports::mailer::{Envelope, Outcome};

use crate::scripted::{Heard, Kind, Then, plain_smtp, start};
use crate::smtp::{letter, to};
use crate::{run, smtp_settings};

const SHORT: Limits = Limits {
    connect: Duration::from_millis(400),
    dialogue: Duration::from_millis(400),
    letter: Duration::from_millis(400),
};

async fn scripted(answer: impl Fn(usize, &str) -> Then + Send + Sync + 'static) -> (Smtp, Heard) {
    scripted_within(SHORT, answer).await
}

async fn scripted_within(
    limits: Limits,
    answer: impl Fn(usize, &str) -> Then + Send + Sync + 'static,
) -> (Smtp, Heard) {
    let (port, heard) = start(Kind::Smtp, answer).await;
    let mut settings = smtp_settings("bot", Security::Tls);
    settings.port = Some(port);
    (Smtp::with_limits(settings, Some("pw".into()), limits), heard)
}

/// Sends one letter to a server that answers the line beginning with `at` in its own way.
async fn outcome(at: &'static str, then: fn() -> Then) -> Outcome {
    let matches = move |line: &str| {
        if at.is_empty() { line.is_empty() } else { line.starts_with(at) }
    };
    let (mut smtp, _) = scripted(move |_, line| if matches(line) { then() } else { plain_smtp(line) }).await;
    smtp.send(&to("a@x.example"), &letter("f@x", "x")).await
}

fn say(text: &str) -> Then {
    Then::Say(format!("{text}\r\n"))
}

fn close(text: &str) -> Then {
    Then::SayAndClose(text.to_owned())
}

#[test]
fn before_the_letter_everything_can_be_tried_again() {
    run(async {
        for at in ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"] {
            for then in [|| close(""), || close("25"), || Then::Stall, || say("what?"), || say("421 closing")] {
                let outcome = outcome(at, then).await;
                match at {
                    // nothing was said of the letter yet
                    "" | "EHLO" | "AUTH" | "MAIL" => {
                        assert!(matches!(outcome, Outcome::Away { .. }), "{at}: {outcome:?}")
                    }
                    _ => assert!(matches!(outcome, Outcome::Later { code: None | Some(421), .. }), "{at}: {outcome:?}"),
                }
            }
        }
        for (at, busy) in
            [("", "421 busy"), ("EHLO", "450 busy"), ("AUTH", "454 busy"), ("MAIL", "452 full"), ("MAIL", "451 busy")]
        {
            let (mut smtp, _) = scripted(move |_, line| {
                if line.starts_with(at) && line.is_empty() == at.is_empty() { say(busy) } else { plain_smtp(line) }
            })
            .await;
            let outcome = smtp.send(&to("a@x.example"), &letter("f@x", "x")).await;
            assert!(
                matches!(&outcome, Outcome::Away { why } if why.contains("busy") || why.contains("full")),
                "{outcome:?}"
            );
        }
        let outcome = outcome("DATA", || say("250 out of step")).await;
        assert!(matches!(outcome, Outcome::Later { code: None, .. }), "{outcome:?}");
    });
}

#[test]
fn after_the_final_dot_only_a_whole_answer_counts() {
    run(async {
        let endings: [fn() -> Then; 7] = [
            || close(""),
            || close("250"),
            || close("250-2.0.0 more to"),
            || Then::Stall,
            || say("oh well"),
            || say("354 go"),
            || Then::Say("250-a\r\n451 b\r\n".to_owned()),
        ];
        for (n, then) in endings.into_iter().enumerate() {
            let outcome = outcome(".", then).await;
            assert!(matches!(outcome, Outcome::Unheard { .. }), "{n}: {outcome:?}");
        }
        assert_eq!(outcome(".", || say("250 ok")).await, Outcome::Accepted);
        assert!(matches!(outcome(".", || say("452 full")).await, Outcome::Later { code: Some(452), .. }));
        assert!(matches!(outcome(".", || say("554 spam")).await, Outcome::Never { code: 554, .. }));
        assert!(matches!(outcome(".", || say("421 closing")).await, Outcome::Later { code: Some(421), .. }));
    });
}

#[test]
fn a_connection_that_breaks_within_the_letter_did_not_send_it() {
    run(async {
        let patient = Limits { dialogue: Duration::from_secs(20), ..SHORT };
        let (mut smtp, heard) =
            scripted_within(patient, |_, line| if line == "DATA" { close("354 go\r\n") } else { plain_smtp(line) })
                .await;
        // Larger than any buffer on the way, so that writing fails before the end.
        let outcome = smtp.send(&to("a@x.example"), &letter("f@x", &"0123456789\r\n".repeat(2_000_000))).await;
        assert!(matches!(outcome, Outcome::Later { code: None, .. }), "{outcome:?}");
        assert_eq!(heard.count("1: ."), 0);
    });
}

#[test]
fn who_is_refused_decides_whose_fault_it_is() {
    run(async {
        for (at, code, then) in [
            ("", 554, (|| say("554 no service for you")) as fn() -> Then),
            ("AUTH", 535, || say("535 5.7.8 wrong")),
            ("AUTH", 538, || say("538 encryption required")),
            ("MAIL", 530, || say("530 log in first")),
            ("MAIL", 553, || say("553 5.7.1 not your address")),
            ("RCPT", 530, || say("530 log in first")),
        ] {
            let outcome = outcome(at, then).await;
            assert!(matches!(outcome, Outcome::OurFault { code: Some(got), .. } if got == code), "{at}: {outcome:?}");
        }
        assert!(matches!(outcome("RCPT", || say("550 no such user")).await, Outcome::Never { code: 550, .. }));
        assert!(matches!(outcome("DATA", || say("554 no")).await, Outcome::Never { code: 554, .. }));
        let no_log_in = outcome("EHLO", || say("250 scripted.example.test")).await;
        assert!(matches!(no_log_in, Outcome::OurFault { code: None, .. }), "{no_log_in:?}");
    });
}

#[test]
fn a_refusal_is_not_lost_when_the_server_does_not_say_goodbye() {
    run(async {
        let (mut smtp, _) = scripted(|_, line| match line {
            "QUIT" => Then::Stall,
            _ if line.starts_with("RCPT") => say("550 no such user"),
            _ => plain_smtp(line),
        })
        .await;
        let outcome = smtp.send(&to("a@x.example"), &letter("f@x", "x")).await;
        assert!(matches!(outcome, Outcome::Never { code: 550, .. }), "{outcome:?}");
    });
}

#[test]
fn a_connection_is_kept_between_letters_and_replaced_when_it_died() {
    run(async {
        let (mut smtp, heard) = scripted(|connection, line| match (connection, heard_third(line)) {
            (1, true) => close("421 too long idle\r\n"),
            _ => plain_smtp(line),
        })
        .await;
        for n in 0..3 {
            let id = format!("{n}@x");
            let envelope = to(if n == 2 { "third@x.example" } else { "a@x.example" });
            assert_eq!(smtp.send(&envelope, &letter(&id, "x")).await, Outcome::Accepted, "{n}");
        }
        assert_eq!(heard.count("EHLO"), 2, "{:?}", heard.lines());
        assert_eq!(heard.count("Message-ID: <2@x>"), 1);
    });
}

fn heard_third(line: &str) -> bool {
    line == "RCPT TO:<third@x.example>"
}

#[test]
fn a_silent_server_is_given_up_in_time() {
    run(async {
        let begun = Instant::now();
        outcome("", || Then::Stall).await;
        outcome(".", || Then::Stall).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    });
}

#[test]
fn line_ends_and_dots_cannot_end_a_letter_early() {
    run(async {
        let (mut smtp, heard) = scripted(|_, line| plain_smtp(line)).await;
        let smuggled = b"Subject: x\r\n\r\na\n.\nMAIL FROM:<b@x>\r\n";
        assert!(matches!(smtp.send(&to("a@x.example"), smuggled).await, Outcome::Never { code: 554, .. }));
        assert_eq!(heard.lines().len(), 0);
        assert_eq!(smtp.send(&to("a@x.example"), b"Subject: x\r\n\r\n.\r\n.a\r\nb\r\n").await, Outcome::Accepted);
        let lines = heard.lines();
        let from = lines.iter().position(|line| line == "1: DATA").unwrap();
        assert_eq!(lines[from + 1..], ["1: Subject: x", "1: ", "1: ..", "1: ..a", "1: b", "1: ."]);
    });
}

#[test]
fn a_refused_copy_for_ourselves_keeps_no_letter_from_its_company() {
    run(async {
        for refusal in ["552 mailbox full", "452 mailbox full", "550 no such user", "450 busy", "530 log in first"] {
            for (last, copied) in [("250 ok", None), ("", Some(false))] {
                let (mut smtp, heard) = scripted(move |_, line| match line {
                    "RCPT TO:<desk@x.example>" => say(refusal),
                    "." if last.is_empty() => close(""),
                    _ => plain_smtp(line),
                })
                .await;
                let envelope = Envelope { copy: Some("desk@x.example".to_owned()), ..to("a@x.example") };
                match (smtp.send(&envelope, &letter("f@x", "x")).await, copied) {
                    (Outcome::Accepted, None) => {}
                    (Outcome::Unheard { copied: got, .. }, Some(copied)) => assert_eq!(got, copied),
                    (other, _) => panic!("{refusal}: {other:?}"),
                }
                assert_eq!(heard.count("RCPT TO:<desk@x.example>"), 1);
            }
        }
        // a relay that asks our own mail server, which does not answer
        for then in [|| Then::Stall, || close("421 4.4.1 no answer\r\n"), || close("")] {
            let (mut smtp, heard) = scripted(move |_, line| match line {
                "RCPT TO:<desk@x.example>" => then(),
                _ => plain_smtp(line),
            })
            .await;
            for id in ["f@x", "g@x"] {
                let envelope = Envelope { copy: Some("desk@x.example".to_owned()), ..to("a@x.example") };
                assert_eq!(smtp.send(&envelope, &letter(id, "x")).await, Outcome::Accepted);
            }
            assert_eq!(heard.count("RCPT TO:<desk@x.example>"), 2, "{:?}", heard.lines());
        }
        // the other way round: the company's refusal is the letter's, whatever becomes of the copy
        let (mut smtp, _) = scripted(|_, line| match line {
            "RCPT TO:<a@x.example>" => say("552 mailbox full"),
            _ => plain_smtp(line),
        })
        .await;
        let envelope = Envelope { copy: Some("desk@x.example".to_owned()), ..to("a@x.example") };
        let outcome = smtp.send(&envelope, &letter("f@x", "x")).await;
        assert!(matches!(outcome, Outcome::Never { code: 552, .. }), "{outcome:?}");
    });
}

#[test]
fn a_copy_that_went_is_known_to_have_gone() {
    run(async {
        let (mut smtp, _) = scripted(|_, line| if line == "." { close("") } else { plain_smtp(line) }).await;
        let envelope = Envelope { copy: Some("desk@x.example".to_owned()), ..to("a@x.example") };
        let outcome = smtp.send(&envelope, &letter("f@x", "x")).await;
        assert!(matches!(outcome, Outcome::Unheard { copied: true, .. }), "{outcome:?}");
    });
}
