//! The daemon program with a mailbox of its own, a proxy on each side, and a clock that runs fast.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::proxy::{Kind, Proxy};
use crate::servers::{PASSWORD, Servers, servers};

/// How fast the daemon's clock runs: five minutes are 7.5 seconds, its limit of a minute on a read 1.5.
pub const SPEED: u32 = 40;
/// 受付済み, as the server names it on disk.
pub const PROCESSED: &str = ".&U9dO2G4IMH8-";

pub struct Desk {
    _folder: TempDir,
    pub dir: PathBuf,
    pub name: String,
    pub imap: Proxy,
    pub smtp: Proxy,
    pub speed: u32,
    from: u64,
    mail: PathBuf,
    delivered: usize,
}

/// What became of the letters to one recipient.
#[derive(Debug, Clone)]
pub struct LetterRow {
    pub id: i64,
    pub recipient: String,
    pub state: String,
    pub repeats: usize,
    pub cause: String,
}

/// The fast clock, compiled once. A C compiler is here: SQLite needs one.
pub fn fast_clock() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = servers().dir.join("fast.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/fast.c");
        let made =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&out).arg(source).arg("-ldl").output();
        let made = made.expect("cc runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        out
    })
}

/// The daemon program, copied: a build that goes on beside a long run does not touch it.
fn program() -> &'static Path {
    static COPIED: OnceLock<PathBuf> = OnceLock::new();
    COPIED.get_or_init(|| {
        let copy = servers().dir.join("uketsuke");
        fs::copy(env!("CARGO_BIN_EXE_uketsuke"), &copy).unwrap();
        copy
    })
}

impl Desk {
    pub fn new(name: &str) -> Desk {
        Desk::with(name, "")
    }

    /// A desk with more lines under `[desk]`.
    pub fn with(name: &str, more: &str) -> Desk {
        Desk::at(servers(), name, more, (Kind::Imap, Kind::Smtp))
    }

    /// A desk whose TLS goes through its proxies unseen.
    pub fn sealed(name: &str) -> Desk {
        Desk::at(servers(), name, "", (Kind::Sealed, Kind::Sealed))
    }

    /// A desk of other servers than those of this process, or with other proxies.
    pub fn at(real: &Servers, name: &str, more: &str, kinds: (Kind, Kind)) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_path_buf();
        let imap = Proxy::start(kinds.0, real.imaps);
        let smtp = Proxy::start(kinds.1, real.submissions);
        for (path, text) in uketsuke::config::EXAMPLE {
            let path = dir.join("config").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let from = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mail = real.dir.join(format!("mail/u-{name}"));
        let desk =
            Desk { _folder: folder, dir, name: name.to_string(), imap, smtp, speed: SPEED, from, mail, delivered: 0 };
        desk.configure(real, more);
        desk.make_folder("");
        desk
    }

    fn configure(&self, real: &Servers, more: &str) {
        let (imap, smtp) = (self.imap.port, self.smtp.port);
        let (name, dir, cert) = (&self.name, self.dir.display(), real.cert.display());
        let main = format!(
            r#"[desk]
name = "DX自己診断 事務局"
address = "u-{name}@example.test"
state = "{dir}/state"
sending = "auto"
settling_minutes = 0
authserv_id = "mail.itc.example.jp"
{more}
[secretariat]
digest_hour = 0
digest_to = [{{ name = "事務局", address = "u-{name}-jim@example.test" }}]

[inbox.imap]
host = "localhost"
port = {imap}
user = "u-{name}@example.test"
password_file = "password"
ca_file = "{cert}"
since = "2022-07-01"
sent = "Gesendet"

[outgoing.smtp]
host = "localhost"
port = {smtp}
security = "tls"
user = "u-{name}@example.test"
password_file = "password"
ca_file = "{cert}"
hello = "desk.example.test"
"#
        );
        fs::write(self.dir.join("config/uketsuke.toml"), main).unwrap();
        fs::write(self.dir.join("config/password"), PASSWORD).unwrap();
    }

    /// Makes a Maildir of the mailbox (`""`: the inbox) that its server may write.
    pub fn make_folder(&self, folder: &str) -> PathBuf {
        let path = self.mail.join("Maildir").join(folder);
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(path.join(part)).unwrap();
        }
        let owned = Command::new("chown").args(["-R", "nobody:nogroup"]).arg(&self.mail).status().unwrap();
        assert!(owned.success());
        path
    }

    pub fn folder(&self, folder: &str) -> PathBuf {
        self.mail.join("Maildir").join(folder)
    }

    /// Starts the daemon program; its log goes to a file of the test.
    pub fn start(&self) -> Daemon {
        let log = fs::File::options().create(true).append(true).open(self.dir.join("log")).unwrap();
        let mut command = self.command(&["run"]);
        command.env("LD_PRELOAD", fast_clock()).env("FAST_SPEED", self.speed.to_string());
        command.env("FAST_FROM", self.from.to_string());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        Daemon(command.spawn().unwrap())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("--config").arg(self.dir.join("config")).args(arguments).stdin(Stdio::null());
        command
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// The report as it would be made now.
    pub fn digest(&self) -> String {
        let mut command = self.command(&["digest"]);
        command.env("LD_PRELOAD", fast_clock()).env("FAST_SPEED", self.speed.to_string());
        command.env("FAST_FROM", self.from.to_string());
        let told = command.output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8_lossy(&told.stdout).into_owned()
    }

    fn host(&self, number: usize) -> String {
        format!("c{number}-{}", self.name)
    }

    /// Puts one more company's mail into the inbox; gives its number.
    pub fn receives(&mut self) -> usize {
        self.receives_of(SystemTime::now())
    }

    /// The same, come at this moment of the daemon's own clock.
    pub fn receives_today(&mut self) -> usize {
        let from = UNIX_EPOCH + Duration::from_secs(self.from);
        self.receives_of(from + from.elapsed().unwrap() * self.speed)
    }

    fn receives_of(&mut self, arrived: SystemTime) -> usize {
        self.delivered += 1;
        let number = self.delivered;
        let inbox = self.folder("");
        let name = format!("{}.M{number}.test", self.from);
        fs::write(inbox.join("tmp").join(&name), mail(&self.host(number))).unwrap();
        fs::File::options().write(true).open(inbox.join("tmp").join(&name)).unwrap().set_modified(arrived).unwrap();
        fs::rename(inbox.join("tmp").join(&name), inbox.join("new").join(&name)).unwrap();
        number
    }

    pub fn delivered(&self) -> usize {
        self.delivered
    }

    /// The address of a company.
    pub fn company(&self, number: usize) -> String {
        format!("info@{}.example.jp", self.host(number))
    }

    /// Letters in a company's mailbox. A copy the relay itself delivered again, because the mailbox's server went away
    /// before saying that it had the first, is none of ours and counts once.
    pub fn answers(&self, number: usize) -> Vec<Vec<u8>> {
        let root = self.mail.parent().unwrap().join(format!("u-info-{}/Maildir", self.host(number)));
        let mut taken = BTreeSet::new();
        files(&root).into_iter().filter(|it| taken.insert(relay_id(it))).collect()
    }

    pub fn db(&self) -> Option<Connection> {
        let path = self.dir.join("state/uketsuke.sqlite");
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).ok()?;
        db.busy_timeout(Duration::from_secs(5)).ok()?;
        Some(db)
    }

    pub fn number(&self, ask: &str) -> i64 {
        self.db().and_then(|db| db.query_row(ask, (), |row| row.get(0)).ok()).unwrap_or(-1)
    }

    /// How the letters of a company stand.
    pub fn letters(&self) -> Vec<LetterRow> {
        let Some(db) = self.db() else { return Vec::new() };
        let ask = "SELECT id, recipient, state, repeats, cause || '/' || kind || '/' || case_number FROM letters";
        let Ok(mut ask) = db.prepare(ask) else { return Vec::new() };
        let rows = ask.query_map((), |row| {
            Ok(LetterRow {
                id: row.get(0)?,
                recipient: row.get(1)?,
                state: row.get(2)?,
                repeats: row.get::<_, i64>(3)? as usize,
                cause: row.get(4)?,
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Every mail delivered so far is decided and filed, and no letter is on its way.
    pub fn quiet(&self) -> bool {
        self.settled(self.delivered)
    }

    fn settled(&self, mails: usize) -> bool {
        let decided = "SELECT count(*) FROM mails WHERE state <> 'kept' AND sender LIKE 'info@c%'";
        let open = "SELECT (SELECT count(*) FROM letters WHERE state IN ('due', 'trying', 'uncertain'))
          + (SELECT count(*) FROM seen WHERE fate = 'pending' OR filing IN ('to-processed', 'to-held'))";
        self.number(decided) >= mails as i64 && self.number(open) == 0
    }

    /// Waits until it is quiet; the error tells how things stand.
    pub fn settles(&self, seconds: u64) -> Result<(), String> {
        let quiet = within(seconds, || self.quiet());
        if quiet { Ok(()) } else { Err(format!("not quiet after {seconds} s: {}", self.state())) }
    }

    pub fn state(&self) -> String {
        let letters: Vec<_> = self.letters().into_iter().filter(|it| it.state != "sent").collect();
        let decided = self.number("SELECT count(*) FROM mails WHERE state = 'decided'");
        let log = self.log();
        let tail: Vec<&str> = log.lines().rev().take(12).collect();
        format!("{decided} decided of {}, letters {letters:?}, log {tail:#?}", self.delivered)
    }

    /// What does not hold, of what must hold after every fault once it is quiet.
    pub fn violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let letters = self.letters();
        let mut causes: Vec<_> = letters.iter().map(|it| (&it.cause, &it.recipient)).collect();
        causes.sort();
        let all = causes.len();
        causes.dedup();
        if causes.len() != all {
            wrong.push("one cause has two letters".to_string());
        }
        let digest = self.digest();
        let mut by_recipient: BTreeMap<&str, Vec<&LetterRow>> = BTreeMap::new();
        letters.iter().for_each(|it| by_recipient.entry(&it.recipient).or_default().push(it));
        for number in 1..=self.delivered {
            let address = self.company(number);
            let rows = by_recipient.get(address.as_str()).cloned().unwrap_or_default();
            let [row] = rows.as_slice() else {
                wrong.push(format!("mail {number} has {} letters", rows.len()));
                continue;
            };
            let doubtful = row.repeats > 0 || row.state != "sent";
            if doubtful && !digest.contains(&address) {
                wrong.push(format!("letter {} is {} and not named in the digest", row.id, row.state));
            }
            wrong.extend(self.copies(number, row));
        }
        // copies of letters to ourselves may come last of all
        if !within(20, || self.number("SELECT count(*) FROM seen WHERE fate = 'pending'") == 0) {
            wrong.push("mails are not accounted for".to_string());
        }
        wrong
    }

    /// The copies of a letter in its reader's mailbox: one, and one more for each doubt at most, all of the same bytes.
    fn copies(&self, number: usize, row: &LetterRow) -> Option<String> {
        let wanted = usize::from(row.state == "sent");
        within(10, || self.answers(number).len() >= wanted);
        let copies = self.answers(number);
        let most = 1 + row.repeats;
        if copies.len() < wanted || copies.len() > most {
            return Some(format!("mail {number}: {} copies, {} repeats, {}", copies.len(), row.repeats, row.state));
        }
        let own: Vec<&[u8]> = copies.iter().map(|it| own_bytes(it)).collect();
        own.iter().any(|it| it != &own[0]).then(|| format!("mail {number}: a repeat differs"))
    }

    /// Copies beyond the first, of all letters to companies.
    pub fn extra(&self) -> usize {
        (1..=self.delivered).map(|it| self.answers(it).len().saturating_sub(1)).sum()
    }
}

/// A mail of a company that forgot its workbook.
fn mail(host: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails/05-forgot-attachment.eml");
    let text = String::from_utf8(fs::read(path).unwrap()).unwrap();
    text.replace("kashima-suisan.example.jp", &format!("{host}.example.jp")).into_bytes()
}

/// A delivered mail without what the servers on its way put in front.
fn own_bytes(delivered: &[u8]) -> &[u8] {
    let at = delivered.windows(11).position(|it| it.eq_ignore_ascii_case(b"message-id:")).unwrap_or(0);
    &delivered[at..]
}

/// The relay's own name for a letter it took: `(Postfix) with ESMTPSA id 5B35D98E459`.
fn relay_id(delivered: &[u8]) -> String {
    let head = String::from_utf8_lossy(&delivered[..delivered.len() - own_bytes(delivered).len()]).into_owned();
    let after = head.split("(Postfix) with ESMTP").nth(1).expect("the relay names itself");
    after.split_whitespace().skip_while(|it| *it != "id").nth(1).expect("and the letter").to_string()
}

pub fn files(maildir: &Path) -> Vec<Vec<u8>> {
    let found = ["new", "cur"].iter().flat_map(|it| fs::read_dir(maildir.join(it)).into_iter().flatten());
    found.filter_map(|it| fs::read(it.ok()?.path()).ok()).collect()
}

pub fn within(seconds: u64, mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > Duration::from_secs(seconds) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    true
}

/// A running daemon; it is killed when the test is done with it.
pub struct Daemon(pub Child);

impl Daemon {
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Kilobytes in memory now and at most, and open file descriptors.
    pub fn size(&self) -> (u64, u64, usize) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|it| it.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or(0)
        };
        let open = fs::read_dir(format!("/proc/{}/fd", self.0.id())).unwrap().count();
        (field("VmRSS"), field("VmHWM"), open)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
