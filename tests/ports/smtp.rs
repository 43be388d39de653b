//! The SMTP port on a real Postfix, and what lies in the mailbox afterwards.

use std::time::Duration;

use uketsuke::ports::mailer::smtp::{Security, Smtp};
use uketsuke::ports::mailer::{ConnectError, Envelope, Mailer, Outcome};

use crate::servers::{PASSWORD, servers};
use crate::{inbox, mailer, run, smtp_settings, strange_certificate};

pub fn to(address: &str) -> Envelope {
    Envelope { from: None, to: address.to_owned(), copy: None }
}

pub fn letter(id: &str, body: &str) -> Vec<u8> {
    format!("Date: Fri, 12 Aug 2022 10:00:00 +0900\r\nFrom: desk@example.test\r\nTo: x@example.test\r\nSubject: x\r\nMessage-ID: <{id}>\r\n\r\n{body}\r\n").into_bytes()
}

async fn arrived(user: &str, id: &str) -> Vec<u8> {
    let mut imap = inbox(user).await;
    for _ in 0..200 {
        for uid in imap.look().await.unwrap().uids {
            let mail = imap.fetch(&uid).await.unwrap().unwrap_or_default();
            if String::from_utf8_lossy(&mail).contains(&format!("Message-ID: <{id}>")) {
                return mail;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the letter did not arrive");
}

#[test]
fn letters_arrive_as_they_were_stored() {
    run(async {
        let mut smtp = mailer("bot");
        let lines = ".\r\n..\r\n.dot\r\n\r\n. \r\nx.\r\n".repeat(20_000);
        let hard = format!("{lines}.\r\n\r\nend");
        for (id, body) in [("one@x", "first"), ("two@x", hard.as_str())] {
            let bytes = letter(id, body);
            assert_eq!(smtp.send(&to("u-accepted@example.test"), &bytes).await, Outcome::Accepted);
            let mail = arrived("u-accepted", id).await;
            assert!(mail.ends_with(&bytes), "unchanged, to the last line end");
            assert!(mail.starts_with(b"Return-Path: <>"));
        }
        smtp.close().await;
        let starttls = smtp_settings("bot", Security::Starttls);
        let mut mailer = Mailer::Smtp(Smtp::new(starttls, Some(PASSWORD.into())));
        mailer.verify().await.unwrap();
        let envelope = Envelope { from: Some("bot+1a2b@example.test".to_owned()), ..to("u-accepted@example.test") };
        assert_eq!(mailer.send(&envelope, &letter("three@x", "third")).await, Outcome::Accepted);
        assert!(arrived("u-accepted", "three@x").await.starts_with(b"Return-Path: <bot+1a2b@example.test>"));
    });
}

#[test]
fn codes_decide_what_becomes_of_a_letter() {
    run(async {
        let mut smtp = mailer("bot");
        let mut send = async |address: &str| smtp.send(&to(address), &letter("c@x", "x")).await;
        assert!(matches!(send("u-defer@example.test").await, Outcome::Later { code: Some(451), .. }));
        assert!(matches!(send("u-full@example.test").await, Outcome::Never { code: 552, .. }));
        assert!(matches!(send("nobody@example.test").await, Outcome::Never { code: 550, .. }));
        assert!(matches!(send("x@elsewhere.example").await, Outcome::Never { code: 550, .. }));
        assert!(matches!(send("a b@example.test").await, Outcome::Never { code: 553, .. }));
        let Outcome::Never { why, .. } = send("nobody@example.test").await else { panic!() };
        assert!(!why.contains('@'), "{why}");
        assert_eq!(send("u-codes@example.test").await, Outcome::Accepted, "the next letter is not touched");
    });
}

#[test]
fn carrier_addresses_with_two_dots_are_written_to() {
    run(async {
        let mut smtp = mailer("bot");
        assert_eq!(smtp.send(&to("a..b@docomo.ne.jp"), &letter("dots@x", "x")).await, Outcome::Accepted);
        let mail = String::from_utf8(arrived("u-docomo", "dots@x").await).unwrap();
        // As Postfix writes what it understood.
        assert!(mail.contains("<\"a..b\"@docomo.ne.jp>"), "{mail}");
    });
}

#[test]
fn two_recipients_share_one_transaction() {
    run(async {
        let envelope = Envelope { copy: Some("u-self@example.test".to_owned()), ..to("u-first@example.test") };
        assert_eq!(mailer("bot").send(&envelope, &letter("both@x", "x")).await, Outcome::Accepted);
        arrived("u-first", "both@x").await;
        arrived("u-self", "both@x").await;
    });
}

#[test]
fn a_wrong_password_is_our_fault() {
    run(async {
        for security in [Security::Tls, Security::Starttls] {
            let mut smtp = Smtp::new(smtp_settings("bot", security), Some("not it".into()));
            let outcome = smtp.send(&to("u-x@example.test"), &letter("p@x", "x")).await;
            assert!(
                matches!(&outcome, Outcome::OurFault { code: Some(535), why } if !why.contains("not it")),
                "{outcome:?}"
            );
            assert!(matches!(smtp.verify().await, Err(ConnectError::LogInRefused(_))));
        }
        let mut unnamed = smtp_settings("bot", Security::Tls);
        unnamed.user = None;
        let outcome = Smtp::new(unnamed, None).send(&to("u-x@example.test"), &letter("p@x", "x")).await;
        assert!(matches!(outcome, Outcome::OurFault { .. } | Outcome::Never { .. }), "{outcome:?}");
    });
}

#[test]
fn an_untrusted_or_missing_server_refuses_no_letter() {
    run(async {
        let mut settings = smtp_settings("bot", Security::Tls);
        settings.ca_file = Some(strange_certificate("smtp"));
        for security in [Security::Tls, Security::Starttls] {
            settings.port = Some(if security == Security::Tls { servers().submissions } else { servers().submission });
            settings.security = security;
            let mut smtp = Smtp::new(settings.clone(), Some(PASSWORD.into()));
            let error = smtp.verify().await.unwrap_err();
            assert!(matches!(error, ConnectError::Tls(_)), "{error}");
            let outcome = smtp.send(&to("u-x@example.test"), &letter("t@x", "x")).await;
            assert!(matches!(outcome, Outcome::OurFault { code: None, .. }), "{outcome:?}");
        }
        settings.port = Some(9);
        let mut smtp = Smtp::new(settings.clone(), Some(PASSWORD.into()));
        assert!(matches!(smtp.verify().await, Err(ConnectError::Unreachable(_))));
        assert!(matches!(smtp.send(&to("u-x@example.test"), &letter("t@x", "x")).await, Outcome::Away { .. }));
        // TLS is demanded of a port that does not speak it from the start, and the other way round.
        settings.ca_file = Some(servers().cert.clone());
        settings.port = Some(servers().submission);
        settings.security = Security::Tls;
        let error = Smtp::new(settings, Some(PASSWORD.into())).verify().await.unwrap_err();
        assert!(matches!(error, ConnectError::Tls(_)), "{error}");
    });
}
