//! What the worlds of one thread share: servers, reader children, the configuration, an empty store to copy.

use std::{
    cell::{Cell, RefCell},
    fs,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use tempfile::TempDir;
use uketsuke::{
    config::{Config, Inbox, Outgoing, Proof, Sending},
    desk::{letter::words::Words, mail::Person},
    ports::{
        mailbox::{
            Mailbox,
            imap::{Imap, Limits},
        },
        reader::Readers,
    },
    run::Desk,
};

use crate::{
    event::{Mode, ReaderFault},
    mails::{DESK, MOST_BYTES, OFFICE},
    post::{Server, Shared},
    story::Setup,
    wire::{self, CERTIFICATE},
};

/// Where worlds lie: memory, where there is such a place; a disk would wait for every sync.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

thread_local! {
    /// The clock of this thread's runtime is being moved.
    static MOVING: Cell<bool> = const { Cell::new(false) };
}

/// So much time passes at once for everything that waits.
pub async fn passes(time: Duration) {
    while MOVING.replace(true) {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
    MOVING.set(false);
}

/// Whenever a reader of [`Bench::faulty_readers`] hangs, time passes until the desk has lost patience with it.
pub async fn lose_patience(place: &Path) {
    loop {
        let hangs = fs::read_dir(place).unwrap().map(|it| it.unwrap().path());
        for it in hangs.filter(|it| it.extension().is_some_and(|it| it == "hangs")) {
            fs::remove_file(it).unwrap();
            // goes on to its end, whoever waits for it
            tokio::task::spawn_local(passes(Duration::from_secs(61))).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// One thread's bench.
pub struct Bench {
    pub server: Shared,
    ports: (u16, u16),
    config: Config,
    /// Reader children are kept from world to world, as a daemon keeps them from mail to mail.
    readers: Option<Readers>,
    /// Templates are rehearsed once.
    words: Option<Words>,
    empty: TempDir,
    password: PathBuf,
}

impl Bench {
    pub async fn new() -> Bench {
        let server: Shared = Rc::new(RefCell::new(Server::default()));
        let ports = wire::listen(&server).await;
        let config = Config::example().unwrap();
        let empty = folder();
        let state = empty.path().join("state");
        drop(uketsuke::ports::store::Store::open(&state).unwrap());
        // always the same key: the same seed gives the same Message-IDs
        let db = rusqlite::Connection::open(state.join("uketsuke.sqlite")).unwrap();
        db.execute("UPDATE desk SET value = zeroblob(32) WHERE name = 'key'", ()).unwrap();
        drop(db);
        let password = empty.path().join("password");
        fs::write(&password, "pw").unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_uketsuke"));
        let readers = Readers::new(program, &["reader"], &config.rules, 2).unwrap();
        Bench { server, ports, config, readers: Some(readers), words: None, empty, password }
    }

    /// Lays out a world's folder.
    pub fn lay_out(&self, dir: &Path) {
        copy(&self.empty.path().join("state"), &dir.join("state-0"));
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(dir.join("inbox").join(part)).unwrap();
        }
    }

    /// A desk as a start of the daemon makes it.
    pub fn open(&mut self, dir: &Path, state: &Path, setup: &Setup, mode: Mode) -> anyhow::Result<Desk> {
        let mut config = self.config.clone();
        let it = &mut config.settings;
        it.from = Person { name: "DX自己診断 事務局".to_owned(), address: DESK.to_owned() };
        it.secretariat = vec![Person { name: "事務局".to_owned(), address: OFFICE.to_owned() }];
        it.authserv_id = Some("mail.itc.example.jp".to_owned());
        it.state = state.to_path_buf();
        it.sending = match mode {
            Mode::Auto => Sending::Auto,
            Mode::Approve => Sending::Approve,
            Mode::Off => Sending::Off,
        };
        it.settling = i64::from(setup.settling) * 60;
        it.since = "2022-07-01".parse().unwrap();
        it.largest_mail = MOST_BYTES as u64;
        it.proof = match setup.proof {
            "sent" => Proof::Sent,
            "self-copy" => Proof::SelfCopy,
            _ => Proof::None,
        };
        (config.inbox, config.outgoing) = if setup.wire { self.wired() } else { filed(dir) };
        let mut desk = match self.words.take() {
            Some(words) => Desk::with_words(&config, words)?,
            None => Desk::open(&config)?,
        };
        if let Inbox::Imap(settings) = config.inbox {
            let limit = Duration::from_secs(10);
            let limits = Limits { connect: limit, io: limit, command: limit, idle: limit };
            desk.mailbox = Mailbox::Imap(Imap::with_limits(settings, "pw".to_owned(), limits));
        }
        if let Some(readers) = self.readers.take() {
            desk.readers = readers;
        }
        Ok(desk)
    }

    /// Readers of which the first `most` that are asked something fail; the others are as ever. `place` counts them.
    pub fn faulty_readers(&self, fault: ReaderFault, most: u8, place: &Path) -> Readers {
        let (program, rules) = (env!("CARGO_BIN_EXE_uketsuke"), &self.config.rules);
        if fault == ReaderFault::CannotStart {
            return Readers::new("/no/such/program".into(), &[], rules, 2).unwrap();
        }
        let hello = format!("uketsuke {}", env!("CARGO_PKG_VERSION"));
        // the length and the rules, and a byte of what is asked
        let taken = 4 + serde_json::to_vec(rules).unwrap().len() + 1;
        let (nth, place) = ((0..most).map(|it| it.to_string()).collect::<Vec<_>>().join(" "), place.display());
        let end = if fault == ReaderFault::Die { "exit 1" } else { ": > \"$it.hangs\"; cat > /dev/null; exit 1" };
        let script = format!(
            "for n in {nth}; do it={place}/$n; if mkdir $it 2> /dev/null; then
               printf '\\0\\0\\0\\{:03o}{hello}'; head -c {taken} > /dev/null; {end}; fi; done; exec {program} reader",
            hello.len()
        );
        Readers::new("/bin/sh".into(), &["-c", &script], rules, 2).unwrap()
    }

    /// Takes back what the next desk can use.
    pub fn take_back(&mut self, desk: Desk) {
        let Desk { readers, words, .. } = desk;
        (self.readers, self.words) = (Some(readers), Some(words));
    }

    fn wired(&self) -> (Inbox, Outgoing) {
        let (imap, smtp) = self.ports;
        let (cert, password) = (CERTIFICATE.cert.display(), self.password.display());
        let common = format!("host = 'localhost'\nuser = 'nw'\npassword_file = '{password}'\nca_file = '{cert}'\n");
        let inbox =
            format!("{common}port = {imap}\nsince = '2022-07-01'\nsent = 'Sent'\nmax_mail_bytes = {MOST_BYTES}");
        let outgoing = format!("{common}port = {smtp}\nsecurity = 'tls'\nhello = 'desk.example.test'");
        (Inbox::Imap(toml::from_str(&inbox).unwrap()), Outgoing::Smtp(toml::from_str(&outgoing).unwrap()))
    }
}

fn filed(dir: &Path) -> (Inbox, Outgoing) {
    let inbox =
        format!("path = '{}'\nsince = '2022-07-01'\nmax_mail_bytes = {MOST_BYTES}", dir.join("inbox").display());
    let outgoing = format!("path = '{}'", dir.join("letters").display());
    (Inbox::Maildir(toml::from_str(&inbox).unwrap()), Outgoing::Folder(toml::from_str(&outgoing).unwrap()))
}

/// Copies a folder with everything in it, but for what SQLite makes anew.
pub fn copy(from: &Path, to: &Path) {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&path, &target);
        } else if !path.to_string_lossy().ends_with("-shm") {
            fs::copy(&path, &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}
