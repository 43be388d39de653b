//! Dovecot and Postfix on loopback for `demo --servers`, in one throw-away folder, stopped when dropped.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};

const SCRIPT: &str = include_str!("../../tests/servers/mailserver.sh");

/// Running servers.
pub struct Servers {
    folder: PathBuf,
    script: PathBuf,
    env: BTreeMap<String, String>,
}

impl Servers {
    /// Starts both on free ports and waits until they answer.
    ///
    /// # Errors
    /// When they are not installed, or do not start.
    pub fn start(dir: &Path) -> Result<Servers> {
        for program in ["/usr/sbin/dovecot", "/usr/lib/postfix/sbin/master", "/usr/bin/openssl"] {
            ensure!(
                Path::new(program).exists(),
                "{program} is missing: apt-get install dovecot-imapd dovecot-lmtpd postfix openssl"
            );
        }
        ensure!(
            rustix::process::geteuid().is_root(),
            "Dovecot and Postfix need root to start; without it, run the demo without --servers"
        );
        // Other users must be able to walk in, and a socket's path is short: not the demo's own folder.
        let folder = PathBuf::from(format!("/tmp/uketsuke-demo-{}", std::process::id()));
        let script = dir.join("mailserver.sh");
        fs::write(&script, SCRIPT)?;
        let port = 20_000 + (std::process::id() % 8000) * 5;
        let mut servers = Servers { folder, script, env: BTreeMap::new() };
        servers.call("start", &[&port.to_string()])?;
        let env = fs::read_to_string(servers.folder.join("env")).context("the servers left no word of their ports")?;
        servers.env = env
            .lines()
            .filter_map(|it| it.split_once('='))
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect();
        Ok(servers)
    }

    fn call(&self, what: &str, more: &[&str]) -> Result<()> {
        let done = Command::new("bash")
            .arg(&self.script)
            .arg(what)
            .arg(&self.folder)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .context("cannot run bash")?;
        if !done.success() {
            bail!("the servers did not {what}; their logs are in {}", self.folder.display());
        }
        Ok(())
    }

    fn value(&self, key: &str) -> &str {
        self.env.get(key).map(String::as_str).unwrap_or_default()
    }

    /// Where the mailboxes lie as files.
    pub fn mail(&self) -> PathBuf {
        self.folder.join("mail")
    }

    /// The password of every mailbox.
    pub fn password(&self) -> &'static str {
        "pw"
    }

    /// `[inbox.imap]` and `[outgoing.smtp]` for these servers.
    pub fn config(&self) -> String {
        let cert = self.value("MAIL_CERT");
        format!(
            "[inbox.imap]\nhost = \"localhost\"\nport = {}\nuser = \"bot\"\npassword_file = \"password\"\nca_file = \"{cert}\"\nsince = \"2022-07-01\"\n\n[outgoing.smtp]\nhost = \"localhost\"\nport = {}\nsecurity = \"tls\"\nuser = \"bot\"\npassword_file = \"password\"\nca_file = \"{cert}\"\n",
            self.value("IMAPS_PORT"),
            self.value("SUBMISSIONS_PORT"),
        )
    }

    /// Hands a mail to Postfix for the desk's inbox, from its own sender, and waits until it lies there.
    ///
    /// # Errors
    /// When Postfix does not take it, or it does not arrive.
    pub fn deliver(&self, raw: &[u8]) -> Result<()> {
        use lettre::{Address, SmtpTransport, Transport as _, address::Envelope};
        let port: u16 = self.value("SMTP_PORT").parse().context("no SMTP port")?;
        let sender = sender(raw).map(|it| it.parse::<Address>()).transpose()?;
        let envelope = Envelope::new(sender, vec!["bot@example.test".parse::<Address>()?])?;
        let before = self.inbox();
        SmtpTransport::builder_dangerous("127.0.0.1")
            .port(port)
            .build()
            .send_raw(&envelope, raw)
            .context("Postfix did not take a mail")?;
        for _ in 0..500 {
            if self.inbox() > before {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("a mail did not arrive within ten seconds; the servers' logs are in {}", self.folder.display())
    }

    /// Files in the desk's inbox.
    fn inbox(&self) -> usize {
        let root = self.folder.join("mail/bot/Maildir");
        ["new", "cur"].iter().map(|it| fs::read_dir(root.join(it)).map_or(0, Iterator::count)).sum()
    }
}

/// The envelope sender a sample came with: its `Return-Path`, else its `From`; `None` for `<>`.
fn sender(raw: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(raw.get(..4096).unwrap_or(raw)).into_owned();
    let line = |name: &str| head.lines().find(|it| it.starts_with(name)).map(str::to_string);
    let line = line("Return-Path:").or_else(|| line("From:"))?;
    let address = line.rsplit_once('<')?.1.split('>').next()?;
    (!address.is_empty()).then(|| address.to_string())
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.call("stop", &[]);
    }
}
