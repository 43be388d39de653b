//! Tokens stand where they must and nowhere else, whatever is logged; a token that is refused is told to people.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use tempfile::TempDir;
use tracing::level_filters::LevelFilter;
use uketsuke::ports::mailbox::imap::Imap;
use uketsuke::ports::mailer::smtp::{Security, Smtp};

use crate::canary::{Daemon, files, nowhere};
use crate::oauth2::{by_secret, refreshing, service};
use crate::servers::{CANARY, servers};
use crate::{imap_settings, run, smtp_settings};

/// What this process logs at TRACE, of its own and of the libraries.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn everything() -> &'static Heard {
    static HEARD: OnceLock<Heard> = OnceLock::new();
    HEARD.get_or_init(|| {
        let heard = Heard::default();
        let writer = heard.clone();
        let all = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false);
        all.with_writer(move || writer.clone()).init();
        heard
    })
}

/// The program's own filter aside: with every level open, no library shows a log-in, taken or refused.
#[test]
fn at_trace_no_library_shows_a_log_in() {
    let heard = everything();
    run(async {
        let state = tempfile::tempdir().unwrap();
        tracing::trace!("this is heard");
        for (password, taken) in [(CANARY, true), ("Canary-refused/+2Zt9mB", false)] {
            let imap = Imap::connect(imap_settings("u-trace"), password.to_owned()).await;
            assert_eq!(imap.is_ok(), taken);
            for security in [Security::Tls, Security::Starttls] {
                let mut smtp = Smtp::new(smtp_settings("u-trace", security), Some(password.into()));
                assert_eq!(smtp.verify().await.is_ok(), taken);
            }
        }
        let right = by_secret("canary", "u-trace2", "s3cret", state.path());
        Imap::connect(imap_settings("u-trace2"), right.clone()).await.unwrap();
        let mut smtp = Smtp::new(smtp_settings("u-trace2", Security::Tls), Some(right.clone()));
        smtp.verify().await.unwrap();
        // a token for another mailbox
        assert!(Imap::connect(imap_settings("u-trace3"), right).await.is_err());
        let refused = refreshing("nobody", "u-trace2", state.path());
        let _ = Imap::connect(imap_settings("u-trace2"), refused).await;
    });
    let said = heard.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&said).contains("this is heard"));
    let tokens = canaries();
    assert!(!tokens.is_empty());
    let secrets: Vec<&str> =
        [CANARY, "Canary-refused/+2Zt9mB", "s3cret"].into_iter().chain(tokens.iter().map(String::as_str)).collect();
    nowhere(&secrets, &["a", "b", "c", "d"].map(|it| (format!("the log at TRACE ({it})"), said.clone())));
    assert_eq!(log::STATIC_MAX_LEVEL, log::LevelFilter::Warn, "the libraries' detail is not in the program");
}

/// The tokens that the service has given out to look for.
fn canaries() -> Vec<String> {
    let given = service().given.lock().unwrap();
    let all = given.access.keys().chain(given.refresh.values());
    all.filter(|it| it.starts_with("Canary")).cloned().collect()
}

struct Desk {
    _folder: TempDir,
    dir: PathBuf,
}

impl Desk {
    /// A desk that opens both doors by tokens of a client.
    fn new(client: &str, user: &str, refresh: &str) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_path_buf();
        for (path, text) in uketsuke::config::EXAMPLE {
            let path = dir.join("config").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let it = servers();
        let (imap, smtp, cert, url) = (it.imaps, it.submissions, it.cert.display(), &service().url);
        let main = format!(
            r#"[desk]
name = "DX自己診断 事務局"
address = "{user}@example.test"
state = "../state"
sending = "auto"

[secretariat]
digest_hour = 0
digest_to = [{{ name = "事務局", address = "{user}-jim@example.test" }}]

[inbox.imap]
host = "localhost"
port = {imap}
user = "{user}@example.test"
ca_file = "{cert}"
since = "2022-07-01"

[outgoing.smtp]
host = "localhost"
port = {smtp}
security = "tls"
user = "{user}@example.test"
ca_file = "{cert}"

[oauth2]
token_url = "{url}"
client_id = "{client}"
refresh_token_file = "refresh-token"
scope = "{user}"
ca_file = "{cert}"
"#
        );
        fs::write(dir.join("config/uketsuke.toml"), main).unwrap();
        fs::write(dir.join("config/refresh-token"), refresh).unwrap();
        Desk { _folder: folder, dir }
    }

    fn says(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        command.current_dir(&self.dir).args(["--config", "config", "--verbose"]).args(arguments).output().unwrap()
    }

    fn status(&self) -> Value {
        serde_json::from_slice(&self.says(&["status", "--json"]).stdout).unwrap_or_default()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }
}

#[test]
fn tokens_that_are_taken_stand_nowhere() {
    let first = "Canary-first/+6Gn4kD";
    service().given.lock().unwrap().refresh.insert("canary".to_owned(), first.to_owned());
    let desk = Desk::new("canary", "u-canary", first);
    let mut daemon = Daemon::start(&desk.dir);
    let mut places = daemon.until(|| desk.log().contains(" sent ") && desk.status()["last_look"]["inbox"].is_string());
    daemon.end();
    for it in [&["check"][..], &["status", "--json"], &["digest"]] {
        let Output { stdout, stderr, .. } = desk.says(it);
        assert!(!String::from_utf8_lossy(&stdout).contains("WRONG inbox"));
        places.push((it.join(" "), [stdout, stderr].concat()));
    }
    places.extend(files(&[&desk.dir.join("state"), &desk.dir.join("log")]));
    // the one place where the newest must stand
    places.retain(|it| Path::new(&it.0).file_name().is_none_or(|it| it != "oauth2-refresh-token.json"));
    let given = canaries();
    let secrets: Vec<&str> = std::iter::once(first).chain(given.iter().map(String::as_str)).collect();
    assert!(secrets.len() >= 3, "{secrets:?}");
    nowhere(&secrets, &places);
}

/// Both doors are closed, so the report cannot go: `status` says it, and the report tells what to do to whoever reads it.
#[test]
fn a_refused_token_is_told_with_what_to_do_and_ends_with_a_new_one() {
    let desk = Desk::new("revoked", "u-revoked", "ended");
    let mut daemon = Daemon::start(&desk.dir);
    daemon.until(|| {
        let it = desk.status();
        it["inbox_refused"] == "token" && it["relay_trouble"].is_string()
    });
    assert_eq!(desk.says(&["status"]).status.code(), Some(1));
    let concerns = desk.status()["for_a_person"].clone();
    assert!(concerns["inbox-trouble"] == 1 && concerns["relay-trouble"] == 1, "{concerns}");
    let report = String::from_utf8(desk.says(&["digest"]).stdout).unwrap();
    let (alarm, _) = report.split_once("■ 要対応").unwrap();
    assert!(alarm.contains("認証（OAuth2）を受け付けていません") && alarm.contains("refresh-token"), "{alarm}");
    assert!(desk.log().contains("the relay is closed to us") && desk.log().contains("invalid_grant"), "{}", desk.log());
    daemon.end();
    // a person consents anew
    service().given.lock().unwrap().refresh.insert("revoked".to_owned(), "consented".to_owned());
    fs::write(desk.dir.join("config/refresh-token"), "consented").unwrap();
    let sent = || desk.status()["figures"]["letters"]["sent"].as_u64().is_some_and(|it| it > 0);
    // what waits is tried after its pause; another report goes at once
    assert!(desk.says(&["digest", "--send"]).status.success());
    let mut daemon = Daemon::start(&desk.dir);
    daemon.until(|| desk.status()["inbox_trouble"].is_null() && desk.status()["relay_trouble"].is_null() && sent());
    daemon.end();
    let report = String::from_utf8(desk.says(&["digest"]).stdout).unwrap();
    assert!(!report.contains("OAuth2") && desk.status()["inbox_refused"].is_null(), "{report}");
}
