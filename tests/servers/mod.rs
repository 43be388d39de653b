//! Real Dovecot and Postfix for one test process: started once, stopped when the process ends, whatever ends it.
//!
//! Include it in a test binary with `#[path = "../servers/mod.rs"] mod servers;`. Every test takes mailboxes of its own
//! (any `u-NAME`, password `pw`), so tests run side by side and nothing is cleaned up between them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Password of every mailbox.
pub const PASSWORD: &str = "pw";

/// Another password of every mailbox, long enough to be looked for in whatever is written.
#[allow(dead_code, reason = "each test binary uses its own part")]
pub const CANARY: &str = "Canary-taken/+8Rk3vZ";

#[allow(dead_code, reason = "each test binary uses its own part")]
/// Running servers. Connect to `localhost`: the certificate names it.
pub struct Servers {
    /// The throw-away folder; mails lie in `mail/USER/Maildir`.
    pub dir: PathBuf,
    /// The servers' certificate, which is its own authority.
    pub cert: PathBuf,
    /// Its key, for scripted servers.
    pub key: PathBuf,
    /// IMAP over TLS.
    pub imaps: u16,
    /// SMTP as strangers' servers speak it: no log-in.
    pub smtp: u16,
    /// Submission with STARTTLS.
    pub submission: u16,
    /// Submission over TLS.
    pub submissions: u16,
}

/// The servers of this process.
///
/// # Panics
/// They cannot be started. A missing server fails the tests; it does not skip them.
pub fn servers() -> &'static Servers {
    static RUNNING: OnceLock<Servers> = OnceLock::new();
    RUNNING.get_or_init(start)
}

const NEEDED: [&str; 5] = [
    "/usr/sbin/dovecot",
    "/usr/lib/dovecot/imap-login",
    "/usr/lib/dovecot/lmtp",
    "/usr/lib/postfix/sbin/master",
    "/usr/bin/openssl",
];

fn start() -> Servers {
    if let Some(missing) = NEEDED.iter().find(|path| !Path::new(path).exists()) {
        panic!("{missing} is missing: install dovecot-imapd dovecot-lmtpd postfix (tests/run does it)");
    }
    let pid = std::process::id();
    // Short, because a Unix socket's path is; and not under TMPDIR, which may be closed to the servers' users.
    let dir = PathBuf::from(format!("/tmp/uketsuke-mail-{pid}"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/mailserver.sh");
    stop_with_us(pid, &script, &dir);
    let mut said = String::new();
    for attempt in 0..20 {
        // Below the ports that the system hands out by itself.
        let base = 16_000 + (pid + attempt * 37) % 1600 * 10;
        let _ = std::fs::remove_dir_all(&dir);
        let output = Command::new("bash")
            .arg(&script)
            .arg("start")
            .arg(&dir)
            .arg(base.to_string())
            .stdin(Stdio::null())
            .output()
            .expect("bash runs");
        if output.status.success() {
            return read_env(&dir);
        }
        said = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    panic!("the mail servers did not start (they need root): {said}");
}

/// A watcher outside our process group: it outlives us, even killed, and then stops the servers.
#[expect(clippy::zombie_processes, reason = "it ends after this process")]
fn stop_with_us(pid: u32, script: &Path, dir: &Path) {
    let watch = r#"tail --pid="$1" -s 0.2 -f /dev/null; bash "$2" stop "$3"; rm -rf "$3""#;
    let mut watcher = Command::new("setsid");
    watcher.args(["bash", "-c", watch, "watch"]).arg(pid.to_string()).arg(script).arg(dir);
    watcher.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    watcher.spawn().expect("setsid runs");
}

fn read_env(dir: &Path) -> Servers {
    let text = std::fs::read_to_string(dir.join("env")).expect("the script wrote it");
    let env: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let port = |key: &str| env[key].parse().expect("a port");
    Servers {
        dir: dir.to_owned(),
        cert: dir.join("cert.pem"),
        key: dir.join("key.pem"),
        imaps: port("IMAPS_PORT"),
        smtp: port("SMTP_PORT"),
        submission: port("SUBMISSION_PORT"),
        submissions: port("SUBMISSIONS_PORT"),
    }
}

impl Servers {
    /// Gives a mail to Postfix as a stranger's server would (no log-in), exactly these bytes plus dot-stuffing; the last
    /// line end may be missing. `to` are addresses.
    ///
    /// # Panics
    /// The server did not take it.
    pub fn deliver(&self, from: &str, to: &[&str], mail: &[u8]) {
        use std::io::{BufRead as _, BufReader, Write as _};
        let socket = std::net::TcpStream::connect(("127.0.0.1", self.smtp)).expect("Postfix listens");
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
        let mut answers = BufReader::new(socket.try_clone().expect("a second handle"));
        let mut tell = |what: &[u8], wanted: &str| {
            (&socket).write_all(what).expect("Postfix reads");
            let mut line = String::new();
            while line.is_empty() || line.as_bytes().get(3) == Some(&b'-') {
                line.clear();
                answers.read_line(&mut line).expect("Postfix answers");
            }
            assert!(line.starts_with(wanted), "{line}");
        };
        tell(b"", "220");
        tell(b"EHLO sender.example.jp\r\n", "250");
        tell(format!("MAIL FROM:<{from}>\r\n").as_bytes(), "250");
        for one in to {
            tell(format!("RCPT TO:<{one}>\r\n").as_bytes(), "250");
        }
        tell(b"DATA\r\n", "354");
        let mut stuffed = Vec::with_capacity(mail.len() + 64);
        for line in mail.strip_suffix(b"\n").unwrap_or(mail).split(|byte| *byte == b'\n') {
            if line.first() == Some(&b'.') {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            stuffed.extend_from_slice(b"\r\n");
        }
        stuffed.extend_from_slice(b".\r\n");
        tell(&stuffed, "250");
    }
}
