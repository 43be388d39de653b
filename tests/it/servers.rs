//! The whole daemon over real Dovecot and Postfix: mails go in by SMTP, answers lie in the senders' mailboxes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use uketsuke::ports::store::Store;

use crate::{
    desk::{sample, write_config},
    mailservers::{self, PASSWORD, servers},
};

/// The companies' samples, with their senders.
const SAMPLES: [(&str, &str); 6] = [
    ("01-outlook-complete", "suzuki@hitachi-seiko.example.jp"),
    ("02-gmail-faulty", "hanako@kinoko.example.jp"),
    ("03-apple-no-quantitative", "takahashi@kasumi.example.jp"),
    ("04-old-version", "tanaka@sokki.example.jp"),
    ("05-forgot-attachment", "info@kashima-suisan.example.jp"),
    ("08-zip", "it@tsuchiura-food.example.jp"),
];

/// A daemon with a mailbox of its own on the real servers.
struct Daemon {
    _folder: TempDir,
    dir: PathBuf,
    user: String,
}

impl Daemon {
    fn new(user: &str) -> Daemon {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_path_buf();
        let servers = servers();
        let main = format!(
            r#"[desk]
name = "DX自己診断 事務局"
address = "{user}@example.test"
state = "{0}/state"
sending = "auto"
settling_minutes = 0
authserv_id = "mail.itc.example.jp"

[secretariat]
digest_hour = 0
digest_to = [{{ name = "事務局", address = "{user}-jim@example.test" }}]

[inbox.imap]
host = "localhost"
port = {1}
user = "{user}@example.test"
password_file = "password"
ca_file = "{3}"
since = "2022-07-01"

[outgoing.smtp]
host = "localhost"
port = {2}
security = "tls"
user = "{user}@example.test"
password_file = "password"
ca_file = "{3}"
"#,
            dir.display(),
            servers.imaps,
            servers.submissions,
            servers.cert.display()
        );
        write_config(&dir, &main);
        fs::write(dir.join("config/password"), PASSWORD).unwrap();
        Daemon { _folder: folder, dir, user: user.to_string() }
    }

    /// Hands a sample to Postfix, its addresses made this test's own so that tests do not meet.
    fn deliver(&self, name: &str, sender: &str) {
        let tag = self.tag();
        let raw = String::from_utf8_lossy(&sample(name)).replace(".example.jp", &format!("{tag}.example.jp"));
        let raw = raw
            .replace(&format!("mail.itc{tag}.example.jp"), "mail.itc.example.jp")
            .replace(&format!("form{tag}.example.jp"), "form.example.jp");
        let to = format!("{}@example.test", self.user);
        servers().deliver(&self.of(sender), &[to.as_str()], raw.as_bytes());
    }

    fn tag(&self) -> String {
        format!("-{}", self.user.trim_start_matches("u-"))
    }

    fn of(&self, sender: &str) -> String {
        sender.replace(".example.jp", &format!("{}.example.jp", self.tag()))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        command.arg("--config").arg(self.dir.join("config")).args(arguments).stdin(Stdio::null());
        command
    }

    fn start(&self) -> Child {
        self.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn store(&self) -> Option<Store> {
        self.dir.join("state/uketsuke.sqlite").exists().then(|| Store::open(&self.dir.join("state")).ok()).flatten()
    }

    fn decided(&self) -> usize {
        let lines = self.store().and_then(|it| it.mail_lines(None).ok()).unwrap_or_default();
        lines.iter().filter(|it| it.state == "decided").count()
    }

    fn unsent(&self) -> usize {
        self.store()
            .and_then(|it| it.all_letters().ok())
            .unwrap_or_default()
            .iter()
            .filter(|it| it.state != "sent")
            .count()
    }

    fn quiet(&self, mails: usize) -> bool {
        self.decided() >= mails
            && self.unsent() == 0
            && self.store().is_some_and(|it| {
                it.to_file(&format!("{0}@example.test@localhost/INBOX", self.user)).is_ok_and(|it| it.is_empty())
            })
    }

    /// Answers in a sender's mailbox.
    fn answers(&self, sender: &str) -> Vec<String> {
        let (local, domain) = sender.split_once('@').unwrap();
        let host = domain.trim_end_matches(".example.jp");
        mailbox(&format!("u-{local}-{host}{}", self.tag()))
    }

    fn filed(&self, folder: &str) -> usize {
        let root = servers().dir.join("mail").join(&self.user).join("Maildir").join(folder);
        count(&root)
    }
}

fn mailbox(user: &str) -> Vec<String> {
    let root = servers().dir.join("mail").join(user).join("Maildir");
    let files = ["new", "cur"].iter().flat_map(|it| fs::read_dir(root.join(it)).into_iter().flatten());
    files.map(|it| String::from_utf8_lossy(&fs::read(it.unwrap().path()).unwrap()).into_owned()).collect()
}

fn count(root: &Path) -> usize {
    ["new", "cur"].iter().map(|it| fs::read_dir(root.join(it)).map_or(0, Iterator::count)).sum()
}

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn end(mut child: Child) {
    let _ = child.kill();
    child.wait().unwrap();
}

fn check_all(daemon: &Daemon) {
    for (name, sender) in SAMPLES {
        eventually(&format!("{name} is answered"), || !daemon.answers(sender).is_empty());
        let answers = daemon.answers(sender);
        assert_eq!(answers.len(), 1, "{name}");
        assert!(answers[0].contains("Auto-Submitted: auto-replied"), "{name}");
        assert!(
            answers[0].contains(&format!("In-Reply-To: <{name}@")),
            "{name}: {}",
            answers[0].chars().take(900).collect::<String>()
        );
    }
    // Modified UTF-7 of 受付済み on the wire; Dovecot names the folder on disk the same way.
    eventually("filed", || daemon.filed(".&U9dO2G4IMH8-") == SAMPLES.len());
    assert_eq!(daemon.filed("."), 0, "the inbox is worked off");
    let account = daemon.store().unwrap().account().unwrap();
    assert!(account.balanced(), "{account:?}");
    assert_eq!(account.decided as usize, SAMPLES.len());
}

#[test]
fn samples_go_in_by_smtp_and_answers_come_out() {
    let daemon = Daemon::new("u-whole");
    let child = daemon.start();
    for (name, sender) in SAMPLES {
        daemon.deliver(name, sender);
    }
    eventually("quiet", || daemon.quiet(SAMPLES.len()));
    end(child);
    check_all(&daemon);
    assert_eq!(mailbox("u-whole-jim").len(), 1, "the digest");
    let answer = &daemon.answers("hanako@kinoko.example.jp")[0];
    assert!(answer.contains("Return-Path: <u-whole@example.test>"), "{answer}");
}

#[test]
fn killed_again_and_again_it_loses_nothing_and_doubles_nothing() {
    let daemon = Daemon::new("u-killed");
    for (name, sender) in SAMPLES {
        daemon.deliver(name, sender);
    }
    let inbox = servers().dir.join("mail/u-killed/Maildir");
    eventually("delivered", || count(&inbox) == SAMPLES.len());
    let mut kills = 0;
    // ever a little longer, so that a slow machine gets on, too
    for pause in (0..).map(|n: u64| 15 + (n * 37) % 260 + n * 2) {
        let child = daemon.start();
        std::thread::sleep(Duration::from_millis(pause));
        end(child);
        kills += 1;
        if daemon.quiet(SAMPLES.len()) {
            break;
        }
        assert!(kills < 400, "never quiet");
    }
    assert!(kills >= 3, "only {kills} kills");
    let child = daemon.start();
    eventually("quiet", || daemon.quiet(SAMPLES.len()));
    end(child);
    // A letter whose answer was not heard may be there twice, under one Message-ID; everything else exactly once.
    let doubts: usize = {
        let db = rusqlite::Connection::open(daemon.dir.join("state/uketsuke.sqlite")).unwrap();
        db.query_row("SELECT coalesce(sum(repeats), 0) FROM letters", (), |row| row.get::<_, i64>(0)).unwrap() as usize
    };
    let mut extra = 0;
    for (name, sender) in SAMPLES {
        eventually(&format!("{name} is answered"), || !daemon.answers(sender).is_empty());
        let answers = daemon.answers(sender);
        let body = |it: &String| it.split_once("Message-ID:").unwrap().1.to_string();
        assert!(answers.iter().all(|it| body(it) == body(&answers[0])), "{name}: a repeat is the same mail");
        extra += answers.len() - 1;
    }
    assert!(extra <= doubts, "{extra} repeats, {doubts} doubts");
    let store = daemon.store().unwrap();
    let causes: Vec<String> =
        store.all_letters().unwrap().iter().map(|it| format!("{}{}{}", it.cause, it.kind, it.recipient)).collect();
    let mut unique = causes.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), causes.len(), "one cause, one letter");
    assert!(store.account().unwrap().balanced());
    println!("{kills} kills, {doubts} doubts, {extra} repeats");
}

#[test]
fn check_logs_in_and_a_wrong_password_is_told() {
    let daemon = Daemon::new("u-check");
    let programme = daemon.dir.join("config/programme.toml");
    fs::write(&programme, fs::read_to_string(&programme).unwrap().replace("2022", "2999")).unwrap();
    let output = daemon.command(&["check"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("made the folders"), "{text}");
    fs::write(daemon.dir.join("config/password"), "wrong").unwrap();
    let output = daemon.command(&["check"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("WRONG inbox") && text.contains("WRONG outgoing"), "{text}");
    assert!(!text.contains("wrong\n"), "no password is told");
}

#[test]
fn the_demo_plays_over_real_servers() {
    servers(); // fails with what to install, where something is missing
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_uketsuke"))
        .args(["demo", "--servers", "--json", "--dir"])
        .arg(folder.path().join("demo"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["mails"].as_array().unwrap().len(), 11);
    let mail = PathBuf::from(told["letters"].as_str().unwrap());
    assert_eq!(count(&mail.join("u-suzuki-hitachi-seiko/Maildir")), 2, "complete, and who will advise");
    assert_eq!(count(&mail.join("u-hanako-kinoko/Maildir")), 2, "corrections, then complete");
    assert_eq!(count(&mail.join("bot/Maildir")), 1, "the bounce of a letter that is not ours stays");
    fs::remove_dir_all(mail.parent().unwrap()).unwrap();
}

#[test]
fn a_second_daemon_ends_at_once_with_a_clear_word() {
    let daemon = Daemon::new("u-twice");
    let first = daemon.start();
    eventually("open", || daemon.dir.join("state/lock").metadata().is_ok_and(|it| it.len() > 0));
    let start = Instant::now();
    let second = daemon.command(&["run"]).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains(&format!("pid {}", first.id())));
    end(first);
}

#[test]
fn the_daemon_ends_by_itself_when_asked() {
    let daemon = Daemon::new("u-term");
    let mut child = daemon.start();
    eventually("open", || daemon.store().is_some());
    std::thread::sleep(Duration::from_millis(500));
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let start = Instant::now();
    assert!(child.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_server_that_is_away_is_not_hammered_even_with_letters_due() {
    let daemon = Daemon::new("u-calm");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let main = daemon.dir.join("config/uketsuke.toml");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(&main, text.replacen(&format!("port = {}", servers().imaps), &format!("port = {port}"), 1)).unwrap();
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = calls.clone();
    std::thread::spawn(move || {
        for call in listener.incoming() {
            drop(call); // hangs up at once, on everyone
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let child = daemon.start();
    std::thread::sleep(Duration::from_secs(9));
    end(child);
    let calls = calls.load(std::sync::atomic::Ordering::SeqCst);
    assert!((1..=4).contains(&calls), "{calls} calls in nine seconds: pauses of 2, 4, 8 … s");
}

#[test]
fn a_lost_server_is_waited_for() {
    let daemon = Daemon::new("u-lost");
    let main = daemon.dir.join("config/uketsuke.toml");
    let text = fs::read_to_string(&main).unwrap();
    let port = format!("port = {}", servers().imaps);
    assert!(text.contains(&port));
    fs::write(&main, text.replacen(&port, "port = 1", 1)).unwrap();
    let mut child = daemon.start();
    std::thread::sleep(Duration::from_secs(2));
    assert!(child.try_wait().unwrap().is_none(), "it keeps trying");
    end(child);
    fs::write(&main, text).unwrap();
    daemon.deliver("05-forgot-attachment", "info@kashima-suisan.example.jp");
    let child = daemon.start();
    eventually("quiet", || daemon.quiet(1));
    end(child);
    let _ = mailservers::PASSWORD;
}
