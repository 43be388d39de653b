//! A whole desk in a temporary folder, with a clock we turn by hand.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::{SignedDuration, Timestamp};
use mail_parser::MessageParser;
use tempfile::TempDir;
use uketsuke::{
    config::Config,
    desk::{
        case::{Case, Number, Stage},
        decide::{Order, may_assign},
        rules::Rules,
    },
    ports::{
        reader::Readers,
        store::{LetterLine, MailLine, Unit},
    },
    run::{Desk as RealDesk, Judge, Troubles},
};

/// 2022-08-12 17:00 in Japan.
pub const OPENING: &str = "2022-08-12T08:00:00Z";

pub struct Desk {
    _folder: TempDir,
    pub dir: PathBuf,
    pub desk: RealDesk,
    pub now: Timestamp,
    runtime: tokio::runtime::Runtime,
    delivered: u32,
}

/// A letter as it lies in the folder.
pub struct Sent {
    pub kind: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub raw: String,
}

impl Desk {
    pub fn open() -> Desk {
        Desk::with(|it| it)
    }

    /// A desk with lines of its configuration changed.
    pub fn with(change: impl Fn(String) -> String) -> Desk {
        Desk::prepared(|dir| write_config(dir, &change(main_file(dir))))
    }

    /// A desk whose configuration the test writes.
    pub fn prepared(write: impl FnOnce(&Path)) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_path_buf();
        write(&dir);
        let desk = real(&dir);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Desk { _folder: folder, dir, desk, now: OPENING.parse().unwrap(), runtime, delivered: 0 }
    }

    pub fn receives(&mut self, raw: impl AsRef<[u8]>) -> &mut Desk {
        self.delivered += 1;
        fs::write(self.dir.join("inbox/new").join(format!("{:04}", self.delivered)), raw).unwrap();
        self
    }

    pub fn receives_sample(&mut self, name: &str) -> &mut Desk {
        self.receives(sample(name))
    }

    pub fn settles(&mut self) -> &mut Desk {
        let Desk { desk, runtime, now, .. } = self;
        runtime.block_on(desk.until_idle(*now)).unwrap();
        self
    }

    /// One step of the path; the error is the test's business.
    pub fn tries_to_settle(&mut self) -> anyhow::Result<()> {
        let Desk { desk, runtime, now, .. } = self;
        runtime.block_on(desk.until_idle(*now))
    }

    pub fn takes_in(&mut self) -> &mut Desk {
        let Desk { desk, runtime, now, .. } = self;
        let _ = runtime.block_on(desk.intake(*now)).unwrap();
        self
    }

    pub fn processes(&mut self) -> anyhow::Result<uketsuke::run::Step> {
        let Desk { desk, runtime, now, .. } = self;
        runtime.block_on(desk.process(*now))
    }

    pub fn dispatches(&mut self) -> &mut Desk {
        let Desk { desk, runtime, now, .. } = self;
        let _ = runtime.block_on(desk.dispatch(*now)).unwrap();
        self
    }

    /// One round of the daemon.
    pub fn goes_round(&mut self, troubles: &mut Troubles) -> &mut Desk {
        let Desk { desk, runtime, now, .. } = self;
        let (_keep, stop) = tokio::sync::watch::channel(false);
        runtime.block_on(desk.round(troubles, || *now, &stop)).unwrap();
        self
    }

    /// Rounds of the daemon, each when it wants to wake. Returns how many there were.
    pub fn lives(&mut self, minutes: i64) -> usize {
        let (mut troubles, mut rounds) = (Troubles::default(), 0);
        let end = self.now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        while self.now < end {
            self.goes_round(&mut troubles);
            let wake = self.desk.next_wake(&troubles, self.now).unwrap();
            self.now = self.now.checked_add(wake).unwrap();
            rounds += 1;
        }
        rounds
    }

    pub fn waits(&mut self, minutes: i64) -> &mut Desk {
        self.now = self.now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        self
    }

    /// Everything in memory is gone; only the files stay.
    pub fn crashes(&mut self) -> &mut Desk {
        self.desk = real(&self.dir);
        self.desk.recover(self.now).unwrap();
        self
    }

    /// Makes SQLite itself refuse one kind of write, while `f` runs.
    pub fn while_failing(&mut self, write: &str, f: impl FnOnce(&mut Desk)) -> &mut Desk {
        let db = rusqlite::Connection::open(self.dir.join("state/uketsuke.sqlite")).unwrap();
        db.execute_batch(&format!(
            "CREATE TRIGGER fault BEFORE {write} BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"
        ))
        .unwrap();
        f(self);
        db.execute_batch("DROP TRIGGER fault").unwrap();
        self
    }

    /// An order of a person, carried out like the command's.
    pub fn orders<T>(
        &mut self,
        order: impl FnOnce(&Judge<'_>, &Unit<'_>, Timestamp) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let it = &mut self.desk;
        let judge = Judge { settings: &it.settings, rules: &it.rules, words: &it.words, sender: &it.sender };
        let unit = it.store.unit()?;
        let done = order(&judge, &unit, self.now)?;
        unit.commit()?;
        Ok(done)
    }

    pub fn assigns(&mut self, number: u32, advisor: &str) -> anyhow::Result<()> {
        let case = self.case(number);
        self.orders(|judge, unit, now| {
            let known = judge.rules.advisors.iter().find(|it| it.id == advisor);
            may_assign(&case, known, &judge.rules.programme, unit.load(advisor)?).map_err(anyhow::Error::msg)?;
            let order = Order::Assign { advisor: advisor.to_string(), workbooks: Vec::new() };
            let _ = judge.order(unit, &case, order, &format!("order/{number}/{advisor}"), now)?;
            Ok(())
        })
    }

    /// Gives the case's stage and how many letters were made.
    pub fn reopens(&mut self, number: u32) -> anyhow::Result<(Stage, usize)> {
        self.orders(|judge, unit, now| judge.reopen(unit, Number(number), now))
    }

    /// What a case's journal says, line by line.
    pub fn journal(&self, number: u32) -> String {
        let lines = self.desk.store.journal(Number(number)).unwrap();
        lines.into_iter().map(|it| it.line).collect::<Vec<_>>().join("\n")
    }

    pub fn case(&self, number: u32) -> Case {
        self.desk.store.case(Number(number)).unwrap().unwrap()
    }

    pub fn cases(&self) -> Vec<Case> {
        self.desk.store.cases().unwrap().into_iter().map(|it| it.case).collect()
    }

    pub fn mails(&self) -> Vec<MailLine> {
        self.desk.store.mail_lines(None).unwrap()
    }

    pub fn outbox(&self) -> Vec<LetterLine> {
        self.desk.store.all_letters().unwrap()
    }

    /// Kinds and recipients of all letters but digests, in the order they were made.
    pub fn letters(&self) -> Vec<String> {
        let letters = self.outbox().into_iter().filter(|it| it.kind != "digest");
        letters.map(|it| format!("{} → {}", it.kind, it.recipient)).collect()
    }

    /// Every letter in the folder but digests.
    pub fn post(&self) -> Vec<Sent> {
        let mut sent: Vec<Sent> = self.outbox().iter().filter_map(|it| read_letter(&self.dir, it)).collect();
        sent.retain(|it| it.kind != "digest");
        sent
    }

    pub fn letter(&self, kind: &str) -> Sent {
        self.post().into_iter().rev().find(|it| it.kind == kind).unwrap_or_else(|| panic!("no {kind} letter"))
    }

    /// The section 要対応 of the report.
    pub fn to_do(&self) -> String {
        let digest = self.digest();
        let (_, rest) = digest.split_once("■ 要対応").unwrap();
        rest.split_once("■ 期限まで").unwrap().0.to_string()
    }

    /// The program itself, with this desk's configuration: its exit code and what it says on both channels.
    pub fn runs(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        let output = command.arg("--config").arg(self.dir.join("config")).args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
    }

    /// The conservation line must hold after every story.
    pub fn balanced(&self) -> &Desk {
        let account = self.desk.store.account().unwrap();
        assert!(account.balanced(), "{account:?}");
        self.desk.store.check().unwrap();
        self
    }

    pub fn digest(&self) -> String {
        self.desk.digest(self.now).unwrap().text
    }

    /// Files lying in a folder of the Maildir.
    pub fn in_folder(&self, folder: &str) -> usize {
        ["new", "cur"]
            .iter()
            .map(|it| fs::read_dir(self.dir.join("inbox").join(folder).join(it)).map_or(0, Iterator::count))
            .sum()
    }
}

fn real(dir: &Path) -> RealDesk {
    let config = Config::read(&dir.join("config")).unwrap();
    let mut desk = RealDesk::open(&config).unwrap();
    desk.readers = Readers::new(env!("CARGO_BIN_EXE_uketsuke").into(), &["reader"], &config.rules, 2).unwrap();
    desk
}

/// Readers that begin well and die of whatever they are given.
pub fn dying_readers(rules: &Rules) -> Readers {
    let hello = format!("uketsuke {}", env!("CARGO_PKG_VERSION"));
    let script = format!("printf '\\0\\0\\0\\{:03o}{hello}'; sleep 0.3; exit 1", hello.len());
    Readers::new("/bin/sh".into(), &["-c", &script], rules, 1).unwrap()
}

pub fn main_file(dir: &Path) -> String {
    format!(
        r#"[desk]
name = "DX自己診断 事務局"
address = "nw@itc.or.jp"
state = "{0}/state"
sending = "auto"
settling_minutes = 0
authserv_id = "mail.itc.example.jp"

[secretariat]
digest_hour = 8
digest_to = [{{ name = "事務局", address = "jimukyoku@itc.example.jp" }}]

[inbox.maildir]
path = "{0}/inbox"
since = "2022-07-01"

[outgoing.folder]
path = "{0}/letters"
"#,
        dir.display()
    )
}

/// The example configuration with another main file.
pub fn write_config(dir: &Path, main: &str) {
    for (path, text) in uketsuke::config::EXAMPLE {
        let path = dir.join("config").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(dir.join("config/uketsuke.toml"), main).unwrap();
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(dir.join("inbox").join(folder)).unwrap();
    }
}

fn read_letter(dir: &Path, line: &LetterLine) -> Option<Sent> {
    let local = line.message_id.split('@').next()?;
    let raw = fs::read(dir.join("letters").join(format!("{local}.eml"))).ok()?;
    let mail = MessageParser::default().parse(&raw)?;
    Some(Sent {
        kind: line.kind.clone(),
        to: line.recipient.clone(),
        subject: mail.subject()?.to_string(),
        text: mail.body_text(0)?.to_string(),
        html: mail.body_html(0)?.to_string(),
        raw: String::from_utf8_lossy(&raw).into_owned(),
    })
}

pub fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails");
    fs::read(folder.join(format!("{name}.eml"))).unwrap()
}

pub fn form(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms").join(format!("{name}.xlsx"))).unwrap()
}
