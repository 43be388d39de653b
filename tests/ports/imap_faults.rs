//! The IMAP port on a scripted server that breaks off, refuses, or can do little.

use std::time::{Duration, Instant};

use uketsuke::ports::mailbox::imap::{Imap, Limits};
use uketsuke::ports::mailbox::{ConnectError, FolderName, TooBig};

use crate::scripted::{Heard, Kind, Then, plain_imap, start};
use crate::{imap_settings, run};

const SHORT: Limits = Limits {
    connect: Duration::from_secs(2),
    io: Duration::from_secs(1),
    command: Duration::from_secs(2),
    idle: Duration::from_secs(60),
};

async fn scripted(answer: impl Fn(usize, &str) -> Then + Send + Sync + 'static) -> (Imap, Heard) {
    let (port, heard) = start(Kind::Imap, answer).await;
    let mut settings = imap_settings("u-scripted");
    settings.port = Some(port);
    settings.max_mail_bytes = 1000;
    (Imap::with_limits(settings, "pw".to_owned(), SHORT), heard)
}

fn say(text: &str) -> Then {
    Then::Say(text.to_owned())
}

fn close(text: &str) -> Then {
    Then::SayAndClose(text.to_owned())
}

#[test]
fn a_refused_search_is_not_an_empty_inbox() {
    run(async {
        let (mut imap, _) = scripted(|connection, line| match line {
            _ if line.starts_with("UID SEARCH") && connection == 1 => {
                say("{tag} NO [UNAVAILABLE] for taro@example.jp\r\n")
            }
            _ => plain_imap(line),
        })
        .await;
        let error = format!("{:#}", imap.look().await.unwrap_err());
        assert!(error.contains("listing the inbox") && error.contains("refused"), "{error}");
        assert!(!error.contains("taro"), "{error}");
        assert_eq!(imap.look().await.unwrap().uids, ["7"]);
    });
}

#[test]
fn a_goodbye_or_a_closed_connection_is_not_an_empty_inbox() {
    run(async {
        let (mut imap, heard) = scripted(|connection, line| match line {
            _ if line.starts_with("UID SEARCH") && connection == 1 => say("* BYE shutting down\r\n"),
            _ if line.starts_with("UID SEARCH") && connection == 2 => close("* BYE shutting down\r\n"),
            _ if line.starts_with("UID SEARCH") && connection == 3 => close(""),
            _ if line.starts_with("UID SEARCH") && connection == 4 => close("* SEARCH 1 2 3\r\n"),
            _ => plain_imap(line),
        })
        .await;
        for _ in 0..4 {
            assert!(imap.look().await.is_err());
        }
        assert_eq!(imap.look().await.unwrap().uids, ["7"]);
        assert_eq!(heard.count("LOGIN"), 5, "each failure cost its connection");
    });
}

/// Many letters sent, or mails read, between two looks.
#[test]
fn a_connection_that_was_silent_for_longer_than_an_answer_may_take_is_in_order() {
    run(async {
        let (mut imap, heard) = scripted(|_, line| plain_imap(line)).await;
        for _ in 0..3 {
            assert_eq!(imap.look().await.unwrap().uids, ["7"]);
            tokio::time::sleep(SHORT.io + Duration::from_millis(200)).await;
        }
        assert_eq!(heard.count("LOGIN"), 1);
    });
}

#[test]
fn half_a_mail_is_no_mail() {
    run(async {
        let (mut imap, _) = scripted(|connection, line| match line {
            _ if line.starts_with("UID FETCH") && connection == 1 => close("* 1 FETCH (UID 7 BODY[]<0> {500}\r\nhal"),
            _ if line.starts_with("UID FETCH") && connection == 2 => {
                close("* 1 FETCH (UID 7 BODY[]<0> {5}\r\nhello)\r\n")
            }
            _ => plain_imap(line),
        })
        .await;
        assert!(imap.fetch("7").await.is_err(), "cut within the literal");
        assert!(imap.fetch("7").await.is_err(), "cut before the tagged answer");
        assert_eq!(imap.fetch("7").await.unwrap().unwrap(), b"hello");
        assert_eq!(imap.fetch("8").await.unwrap(), None, "bytes of another mail are not taken");
    });
}

#[test]
fn a_mail_that_is_longer_than_it_said_is_not_taken() {
    run(async {
        let (mut imap, heard) = scripted(|_, line| match line {
            _ if line.starts_with("UID FETCH") => {
                say(&format!("* 1 FETCH (UID 7 BODY[]<0> {{80000}}\r\n{})\r\n{{tag}} OK\r\n", "x".repeat(80_000)))
            }
            _ => plain_imap(line),
        })
        .await;
        let error = imap.fetch("7").await.unwrap_err();
        assert!(error.downcast_ref::<TooBig>().is_some(), "{error:#}");
        assert_eq!(heard.count("BODY.PEEK[]<0.66787>"), 1, "{:?}", heard.lines());
    });
}

#[test]
fn without_move_a_mail_is_copied_marked_and_removed_alone() {
    run(async {
        let (mut imap, heard) = scripted(|_, line| match line {
            "CAPABILITY" => say("* CAPABILITY IMAP4rev1 UIDPLUS\r\n{tag} OK\r\n"),
            _ => plain_imap(line),
        })
        .await;
        imap.file("99", "7", FolderName::Held).await.unwrap();
        let told: Vec<String> =
            heard.lines().iter().filter_map(|line| line.split_once("UID ").map(|(_, rest)| rest.to_owned())).collect();
        let held = "&iYF4uoqN-";
        assert_eq!(
            told,
            [
                "SEARCH UID 7".to_owned(),
                format!("COPY 7 \"{held}\""),
                "STORE 7 +FLAGS.SILENT (\\Deleted)".to_owned(),
                "EXPUNGE 7".to_owned()
            ]
        );

        // A mail that is gone: nothing is copied.
        imap.file("99", "8", FolderName::Held).await.unwrap();
        assert_eq!(heard.count("COPY"), 1);
    });
}

#[test]
fn without_uidplus_nothing_is_expunged() {
    run(async {
        let (mut imap, heard) = scripted(|_, line| match line {
            "CAPABILITY" => say("* CAPABILITY IMAP4rev1\r\n{tag} OK\r\n"),
            _ => plain_imap(line),
        })
        .await;
        imap.prepare().await.unwrap();
        imap.file("99", "7", FolderName::Processed).await.unwrap();
        assert_eq!((heard.count("UID COPY 7"), heard.count("\\Deleted"), heard.count("EXPUNGE")), (1, 1, 0));
        assert_eq!(heard.count("UID SEARCH UID 7 UNDELETED"), 1, "the mark keeps a repetition from copying again");
    });
}

#[test]
fn a_folder_that_vanished_is_made_and_a_refusal_for_a_mail_that_is_gone_is_fine() {
    run(async {
        let (mut imap, heard) = scripted(|_, line| match line {
            "UID MOVE 7 \"&iYF4uoqN-\"" => say("{tag} NO [TRYCREATE] no such folder\r\n"),
            _ if line.starts_with("UID MOVE") => say("{tag} NO no such message\r\n"),
            _ if line.starts_with("UID SEARCH UID 7") => say("* SEARCH\r\n{tag} OK\r\n"),
            _ => plain_imap(line),
        })
        .await;
        imap.file("99", "7", FolderName::Held).await.unwrap();
        assert_eq!((heard.count("CREATE"), heard.count("UID MOVE")), (1, 2));
        let refused = scripted(|_, line| match line {
            _ if line.starts_with("UID MOVE") => say("{tag} NO over quota\r\n"),
            _ => plain_imap(line),
        });
        assert!(refused.await.0.file("99", "7", FolderName::Held).await.is_err(), "the mail is still there");
    });
}

#[test]
fn a_search_that_fails_is_not_a_letter_that_is_missing() {
    run(async {
        let (mut imap, _) = scripted(|connection, line| match line {
            _ if line.starts_with("UID SEARCH") && connection == 1 => say("{tag} NO busy\r\n"),
            _ if line.starts_with("EXAMINE \"&") && connection == 2 => say("{tag} NO [INUSE] busy\r\n"),
            _ if line.starts_with("UID SEARCH") => say("* SEARCH\r\n{tag} OK\r\n"),
            _ if line.starts_with("EXAMINE") => say("* 0 EXISTS\r\n* OK [UIDVALIDITY 5] ok\r\n{tag} OK\r\n"),
            _ => plain_imap(line),
        })
        .await;
        assert!(imap.find("a@x").await.is_err());
        assert!(imap.find("a@x").await.is_err(), "the folder exists and could not be opened");
        assert!(!imap.find("a@x").await.unwrap());
    });
}

#[test]
fn greetings_that_refuse_are_heard() {
    run(async {
        let (mut busy, _) = scripted(|_, _| close("* BYE too many connections\r\n")).await;
        let error = busy.look().await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(ConnectError::Unreachable(_))), "{error:#}");
        let (mut other, _) = scripted(|_, _| close("220 smtp.example.jp ESMTP\r\n")).await;
        let error = other.look().await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(ConnectError::Protocol(_))), "{error:#}");
        let (mut later, _) = scripted(|_, line| match line {
            _ if line.starts_with("LOGIN") => say("{tag} NO [UNAVAILABLE] backend down\r\n"),
            _ => plain_imap(line),
        })
        .await;
        let error = later.look().await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(ConnectError::Unreachable(_))), "{error:#}");
    });
}

#[test]
fn a_silent_server_is_given_up() {
    run(async {
        let (mut mute, _) = scripted(|_, _| Then::Stall).await;
        let begun = Instant::now();
        assert!(mute.look().await.is_err());
        let (mut silent, _) = scripted(|connection, line| match line {
            _ if line.starts_with("UID SEARCH") && connection == 1 => Then::Stall,
            _ => plain_imap(line),
        })
        .await;
        assert!(silent.look().await.is_err());
        assert_eq!(silent.look().await.unwrap().uids, ["7"]);
        assert!(begun.elapsed() < Duration::from_secs(6));
    });
}

#[test]
fn a_connection_that_dies_while_waiting_is_noticed() {
    run(async {
        let idling = |line: &str| match line {
            "CAPABILITY" => say("* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK\r\n"),
            "DONE" => say("{tag} OK\r\n"),
            _ => plain_imap(line),
        };
        let (mut imap, heard) = scripted(move |connection, line| match (connection, line) {
            (1, "IDLE") => close("+ idling\r\n"),
            (2, "IDLE") => close("+ idling\r\n* BYE\r\n"),
            (3, "IDLE") => say("* 2 EXISTS\r\n+ idling\r\n"),
            (4, "IDLE") => say("{tag} BAD no\r\n"),
            (_, "IDLE") => say("+ idling\r\n* OK still here\r\n* OK still here\r\n"),
            _ => idling(line),
        })
        .await;
        assert!(imap.wait(Duration::from_secs(20)).await.is_err());
        assert!(imap.wait(Duration::from_secs(20)).await.is_err());
        let begun = Instant::now();
        imap.wait(Duration::from_secs(20)).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "told while IDLE began");
        imap.close().await;
        assert!(imap.wait(Duration::from_secs(20)).await.is_err(), "refused");
        let begun = Instant::now();
        imap.wait(Duration::from_secs(1)).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(1), "keep-alives are not news");
        assert_eq!(heard.count("DONE"), 2);
    });
}

#[test]
fn without_idle_waiting_is_sleeping() {
    run(async {
        let (mut imap, heard) = scripted(|_, line| plain_imap(line)).await;
        imap.wait(Duration::from_millis(100)).await.unwrap();
        assert_eq!(heard.count("IDLE"), 0);
    });
}
