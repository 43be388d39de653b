//! STARTTLS of IMAP and SMTP: against Dovecot, and against servers and strangers between who play tricks.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use uketsuke::ports::connect::{ConnectError, Security};
use uketsuke::ports::mailbox::imap::{Imap, Settings};
use uketsuke::ports::mailer::Outcome;
use uketsuke::ports::mailer::smtp::Smtp;

use crate::scripted::acceptor;
use crate::servers::{PASSWORD, servers};
use crate::smtp::{letter, to};
use crate::{imap_settings, run, smtp_settings, strange_certificate};

fn settings(user: &str, port: u16) -> Settings {
    Settings { security: Security::Starttls, port: Some(port), ..imap_settings(user) }
}

#[test]
fn an_inbox_is_read_over_starttls() {
    run(async {
        let servers = servers();
        servers.deliver("a@sender.example.jp", &["u-starttls@example.test"], b"Subject: x\r\n\r\nhello\r\n");
        let mut imap = Imap::new(settings("u-starttls", servers.imaps - 1), PASSWORD);
        imap.prepare().await.unwrap();
        let mut uids = imap.look().await.unwrap().uids;
        for _ in 0..100 {
            if !uids.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            uids = imap.look().await.unwrap().uids;
        }
        let bytes = imap.fetch(&uids[0]).await.unwrap().unwrap();
        assert!(bytes.ends_with(b"hello\r\n"));
    });
}

#[test]
fn a_strange_certificate_is_refused_after_starttls_too() {
    run(async {
        let mut settings = settings("u-starttls", servers().imaps - 1);
        settings.ca_file = Some(strange_certificate("starttls"));
        let refused = Imap::connect(settings, PASSWORD).await.err().unwrap();
        assert!(matches!(refused, ConnectError::Tls(_)), "{refused}");
    });
}

/// Says each text in turn, after a line was read between them; gives back what was heard.
async fn stranger(says: Vec<&'static str>) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        for (nth, text) in says.into_iter().enumerate() {
            if nth > 0 {
                let mut piece = [0; 512];
                let read = tcp.read(&mut piece).await.unwrap_or(0);
                heard.extend_from_slice(&piece[..read]);
            }
            let _ = tcp.write_all(text.as_bytes()).await;
        }
        let _ = tcp.read_to_end(&mut heard).await;
        String::from_utf8_lossy(&heard).into_owned()
    });
    (port, heard)
}

#[test]
fn nothing_secret_goes_over_a_connection_that_was_not_encrypted() {
    let long: &'static str = Box::leak("* OK ".repeat(4_000).into_boxed_str());
    let stories = [
        ("stripped", vec!["* OK ready\r\n", "s BAD unknown command\r\n"]),
        ("refused", vec!["* OK ready\r\n", "s NO not now\r\n"]),
        ("bytes behind the answer", vec!["* OK ready\r\n", "s OK go\r\n* CAPABILITY IMAP4rev1\r\nc OK\r\n"]),
        ("logged in already", vec!["* PREAUTH welcome\r\n"]),
        ("hung up", vec!["* BYE busy\r\n"]),
        ("another protocol", vec!["220 mail ESMTP\r\n"]),
        ("another's tag", vec!["* OK ready\r\n", "t OK go\r\n"]),
        ("a line without end", vec![long]),
        ("no TLS behind it", vec!["* OK ready\r\n", "* OK chatter\r\ns OK go\r\n", "no handshake\r\n"]),
    ];
    for (name, says) in stories {
        run(async move {
            let (port, heard) = stranger(says).await;
            let refused = Imap::connect(settings("u-starttls", port), "CANARY-pw").await.err();
            assert!(refused.is_some(), "{name}");
            let heard = heard.await.unwrap();
            assert!(!heard.contains("CANARY") && !heard.contains("LOGIN"), "{name}: {heard}");
        });
    }
}

fn relay(port: u16) -> Smtp {
    let mut settings = smtp_settings("bot", Security::Starttls);
    settings.port = Some(port);
    Smtp::new(settings, Some("CANARY-pw".into()))
}

const GREETING: &str = "220 mail.example.test ESMTP\r\n";
const OFFER: &str = "250-mail.example.test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n";

#[test]
fn no_letter_and_no_password_goes_to_a_relay_that_was_not_encrypted() {
    let long: &'static str = Box::leak("220 ".repeat(4_000).into_boxed_str());
    let lines: &'static str = Box::leak("250-AUTH PLAIN\r\n".repeat(4_000).into_boxed_str());
    let whole_dialogue = "220 go\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n";
    let stories = [
        ("stripped", vec![GREETING, "250-mail.example.test\r\n250 AUTH PLAIN\r\n"]),
        ("refused for now", vec![GREETING, OFFER, "454 not now\r\n"]),
        ("refused for good", vec![GREETING, OFFER, "554 no\r\n"]),
        ("the whole dialogue behind the answer", vec![GREETING, OFFER, whole_dialogue]),
        ("one byte behind the answer", vec![GREETING, OFFER, "220 go\r\n2"]),
        ("busy", vec!["421 busy\r\n"]),
        ("another protocol", vec!["* OK ready\r\n"]),
        ("a line without end", vec![long]),
        ("an answer without end", vec![GREETING, lines]),
        ("two codes in one answer", vec![GREETING, "250-mail.example.test\r\n220 STARTTLS\r\n"]),
        ("no TLS behind it", vec![GREETING, OFFER, "220 go\r\n", "no handshake\r\n"]),
    ];
    for (name, says) in stories {
        run(async move {
            let (port, heard) = stranger(says).await;
            let outcome = relay(port).send(&to("a@x.example"), &letter("f@x", "x")).await;
            let ours = matches!(name, "stripped" | "refused for good" | "no TLS behind it")
                || name.ends_with("behind the answer");
            match outcome {
                Outcome::OurFault { .. } if ours => {}
                Outcome::Away { ref why } if !ours => assert!(!why.contains("in time"), "{name}: {why}"),
                other => panic!("{name}: {other:?}"),
            }
            let heard = heard.await.unwrap();
            let secret = ["CANARY", "AUTH", "MAIL", "Subject"].iter().any(|it| heard.contains(it));
            assert!(!secret, "{name}: {heard}");
        });
    }
}

/// A stranger between does not speak TLS himself: he lets the handshake through and hopes that what he said before it is
/// taken for an answer to what follows.
#[test]
fn what_was_said_before_tls_answers_nothing_after_it() {
    run(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut piece = [0; 512];
            tcp.write_all(GREETING.as_bytes()).await.unwrap();
            let _ = tcp.read(&mut piece).await.unwrap();
            // offers more before TLS than the server has behind it
            tcp.write_all(OFFER.as_bytes()).await.unwrap();
            let _ = tcp.read(&mut piece).await.unwrap();
            tcp.write_all(b"220 go\r\n").await.unwrap();
            let mut tls = acceptor().accept(tcp).await.unwrap();
            let read = tls.read(&mut piece).await.unwrap();
            let hello = String::from_utf8_lossy(&piece[..read]).into_owned();
            tls.write_all(b"250 mail.example.test\r\n").await.unwrap();
            let mut rest = Vec::new();
            let _ = tls.read_to_end(&mut rest).await;
            (hello, String::from_utf8_lossy(&rest).into_owned())
        });
        let outcome = relay(port).send(&to("a@x.example"), &letter("f@x", "x")).await;
        assert!(matches!(&outcome, Outcome::OurFault { code: None, why } if why.contains("log-in")), "{outcome:?}");
        let (hello, rest) = heard.await.unwrap();
        assert_eq!(hello, "EHLO desk.example.test\r\n", "asked again after TLS (RFC 3207 §4.2)");
        assert!(!rest.contains("AUTH") && !rest.contains("MAIL"), "{rest}");
    });
}
