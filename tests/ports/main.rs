//! The network ports against real Dovecot and Postfix, and against scripted servers that misbehave.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "tests may panic"
)]

#[path = "../servers/mod.rs"]
#[allow(dead_code, reason = "shared with other test binaries")]
mod servers;

#[path = "../servers/canary.rs"]
mod canary;
mod imap;
mod imap_faults;
mod oauth2;
mod scripted;
mod secrets;
mod smtp;
mod smtp_faults;
mod starttls;
mod unit_file;

use std::path::PathBuf;

use uketsuke::ports::mailbox::imap::{Imap, Settings as ImapSettings};
use uketsuke::ports::mailer::smtp::{Security, Settings as SmtpSettings, Smtp};

/// Settings for a mailbox on the real server.
fn imap_settings(user: &str) -> ImapSettings {
    let text =
        format!("host = 'localhost'\nuser = '{user}@example.test'\npassword_file = 'unused'\nsince = '2022-01-01'");
    let servers = servers::servers();
    let mut settings: ImapSettings = toml::from_str(&text).unwrap();
    settings.port = Some(servers.imaps);
    settings.ca_file = Some(servers.cert.clone());
    settings
}

async fn inbox(user: &str) -> Imap {
    let mut imap = Imap::new(imap_settings(user), servers::PASSWORD.to_owned());
    imap.prepare().await.unwrap();
    imap
}

fn smtp_settings(user: &str, security: Security) -> SmtpSettings {
    let servers = servers::servers();
    let port = match security {
        Security::Tls => servers.submissions,
        Security::Starttls => servers.submission,
    };
    SmtpSettings {
        host: "localhost".to_owned(),
        port: Some(port),
        security,
        user: Some(format!("{user}@example.test")),
        password_file: None,
        ca_file: Some(servers.cert.clone()),
        hello: Some("desk.example.test".to_owned()),
    }
}

fn mailer(user: &str) -> Smtp {
    Smtp::new(smtp_settings(user, Security::Tls), Some(servers::PASSWORD.into()))
}

/// Another certificate for `localhost`, which signed nothing the servers show.
fn strange_certificate(name: &str) -> PathBuf {
    let path = servers::servers().dir.join(format!("strange-{name}.pem"));
    let made = std::process::Command::new("openssl")
        .args(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(' '),
        )
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout", "/dev/null", "-out"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    path
}

/// Runs async test code; some tests watch the clock, so each has a runtime of its own.
fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(std::time::Duration::from_secs(60), work).await.expect("a test takes a minute at most");
    });
}

/// The futures of the ports can be spawned.
#[test]
fn the_ports_can_work_in_a_spawned_task() {
    fn sendable<T: Send>(_: T) {}
    sendable(async {
        let mut mailbox = uketsuke::ports::mailbox::Mailbox::Imap(inbox("u-never").await);
        let _ = mailbox.prepare().await;
        let _ = mailbox.look().await;
        let _ = mailbox.describe(&[]).await;
        let _ = mailbox.fetch("1").await;
        let _ = mailbox.file("1", "1", uketsuke::ports::mailbox::FolderName::Held).await;
        let _ = mailbox.find("a@b").await;
        let _ = mailbox.wait(std::time::Duration::ZERO).await;
        mailbox.close().await;
    });
    sendable(async {
        let mut mailer = uketsuke::ports::mailer::Mailer::Smtp(mailer("u-never"));
        let envelope = uketsuke::ports::mailer::Envelope { from: None, to: String::new(), copy: None };
        let _ = mailer.send(&envelope, b"").await;
        let _ = mailer.verify().await;
        mailer.close().await;
    });
}
