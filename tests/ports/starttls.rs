//! IMAP with STARTTLS: against Dovecot, and against servers and strangers between who play tricks.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use uketsuke::ports::connect::{ConnectError, Security};
use uketsuke::ports::mailbox::imap::{Imap, Settings};

use crate::servers::{PASSWORD, servers};
use crate::{imap_settings, run, strange_certificate};

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
