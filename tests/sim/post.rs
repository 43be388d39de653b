//! The mailbox and the relay as they are on the other side: on a simulated server, or in folders.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::{
    event::{InboxFault, RelayFault},
    facts::hash,
};

pub const PROCESSED: &str = "受付済み";
pub const HELD: &str = "要確認";
/// Where people put what they move out of the inbox.
pub const ELSEWHERE: &str = "Private";
pub const FOLDERS: [&str; 5] = ["INBOX", PROCESSED, HELD, ELSEWHERE, "Sent"];

/// A mail on the server.
#[derive(Clone)]
pub struct Item {
    pub uid: u32,
    pub raw: Arc<Vec<u8>>,
    pub sha256: String,
    pub at: Timestamp,
}

pub struct Folder {
    pub name: String,
    pub validity: u32,
    pub next: u32,
    pub items: Vec<Item>,
}

/// A letter that the relay has taken.
#[derive(Clone)]
pub struct Accepted {
    pub to: Vec<String>,
    pub raw: Arc<Vec<u8>>,
}

/// The server's side of a world over IMAP and SMTP.
#[derive(Default)]
pub struct Server {
    /// Counts worlds: a connection of an earlier one is closed.
    pub epoch: u64,
    pub folders: Vec<Folder>,
    pub accepted: Vec<Accepted>,
    /// The fault that is to come, and after how many commands or letters.
    pub inbox_fault: Option<(u8, InboxFault)>,
    pub relay_fault: Option<(u8, RelayFault)>,
    pub inbox_down: bool,
    pub relay_down: bool,
    /// Message-IDs whose acceptance the desk did not hear, how often.
    pub unheard: BTreeMap<String, u32>,
    /// Message-IDs that the relay refused for good.
    pub refused: BTreeSet<String>,
    /// Letters are filed in Sent by the relay, as some providers do.
    pub files_copies: bool,
    /// The newest arrival, for copies.
    pub now: Timestamp,
    /// The power is gone: the desk's process is to be dropped.
    pub cut: bool,
    pub cutting: Rc<Notify>,
}

pub type Shared = Rc<RefCell<Server>>;

impl Server {
    /// An empty server for the next world.
    pub fn renew(&mut self) {
        let epoch = self.epoch + 1;
        let folder = |(n, name): (usize, &&str)| Folder {
            name: (*name).to_owned(),
            validity: 700 + u32::try_from(n).unwrap(),
            next: 1,
            items: Vec::new(),
        };
        *self = Server { epoch, folders: FOLDERS.iter().enumerate().map(folder).collect(), ..Server::default() };
    }

    pub fn folder(&mut self, name: &str) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|it| it.name == name)
    }

    pub fn put(&mut self, folder: &str, raw: Arc<Vec<u8>>, at: Timestamp) {
        if self.folder(folder).is_none() {
            let validity = 900 + u32::try_from(self.folders.len()).unwrap();
            self.folders.push(Folder { name: folder.to_owned(), validity, next: 1, items: Vec::new() });
        }
        let sha256 = hash(&raw);
        let folder = self.folder(folder).unwrap();
        folder.items.push(Item { uid: folder.next, raw, sha256, at });
        folder.next += 1;
    }

    /// The power goes now.
    pub fn power_off(&mut self) {
        self.cut = true;
        self.cutting.notify_one();
    }
}

/// The outside of a world.
pub enum Post {
    Wire(Shared),
    Files { dir: PathBuf, delivered: u32 },
}

impl Post {
    /// A folder's mails: a name for each, and its bytes.
    pub fn list(&self, folder: &str) -> Vec<(String, Arc<Vec<u8>>)> {
        match self {
            Post::Wire(server) => {
                let mut server = server.borrow_mut();
                let items = server.folder(folder).map(|it| it.items.clone()).unwrap_or_default();
                items.into_iter().map(|it| (it.uid.to_string(), it.raw)).collect()
            }
            Post::Files { dir, .. } => {
                let mut all = Vec::new();
                for part in ["new", "cur"] {
                    let Ok(entries) = fs::read_dir(place(dir, folder).join(part)) else { continue };
                    for entry in entries {
                        let entry = entry.unwrap();
                        let name = format!("{part}/{}", entry.file_name().to_str().unwrap());
                        all.push((name, Arc::new(fs::read(entry.path()).unwrap())));
                    }
                }
                all.sort();
                all
            }
        }
    }

    pub fn put(&mut self, folder: &str, raw: Arc<Vec<u8>>, at: Timestamp) {
        match self {
            Post::Wire(server) => server.borrow_mut().put(folder, raw, at),
            Post::Files { dir, delivered } => {
                *delivered += 1;
                let place = place(dir, folder);
                for part in ["new", "cur", "tmp"] {
                    fs::create_dir_all(place.join(part)).unwrap();
                }
                fs::write(place.join("new").join(format!("{delivered:05}.sim")), &*raw).unwrap();
            }
        }
    }

    /// Takes a mail out of a folder.
    pub fn remove(&mut self, folder: &str, name: &str) -> Option<Arc<Vec<u8>>> {
        match self {
            Post::Wire(server) => {
                let mut server = server.borrow_mut();
                let folder = server.folder(folder)?;
                let at = folder.items.iter().position(|it| it.uid.to_string() == name)?;
                Some(folder.items.remove(at).raw)
            }
            Post::Files { dir, .. } => {
                let path = place(dir, folder).join(name);
                let raw = fs::read(&path).ok()?;
                fs::remove_file(path).unwrap();
                Some(Arc::new(raw))
            }
        }
    }

    /// The server gives every mail a new number.
    pub fn new_numbers(&mut self) {
        let Post::Wire(server) = self else { return };
        for folder in &mut server.borrow_mut().folders {
            folder.validity += 1000;
            folder.next = 1;
            for item in &mut folder.items {
                item.uid = folder.next;
                folder.next += 1;
            }
        }
    }

    /// Someone has deleted the folders for what is done, and everything in them.
    pub fn folders_gone(&mut self) {
        for folder in [PROCESSED, HELD] {
            match self {
                Post::Wire(server) => server.borrow_mut().folders.retain(|it| it.name != folder),
                Post::Files { dir, .. } => {
                    let _ = fs::remove_dir_all(place(dir, folder));
                }
            }
        }
    }

    /// The hashes of the mails in each folder.
    pub fn lying(&self) -> BTreeMap<&'static str, Vec<String>> {
        let hashes = |folder: &str| match self {
            Post::Wire(server) => {
                let mut server = server.borrow_mut();
                server.folder(folder).map(|it| it.items.iter().map(|it| it.sha256.clone()).collect())
            }
            Post::Files { .. } => Some(self.list(folder).iter().map(|(_, raw)| hash(raw)).collect()),
        };
        FOLDERS.iter().map(|it| (*it, hashes(it).unwrap_or_default())).collect()
    }

    /// Every letter that was taken, oldest first.
    pub fn accepted(&self) -> Vec<Accepted> {
        match self {
            Post::Wire(server) => server.borrow().accepted.clone(),
            Post::Files { dir, .. } => {
                let Ok(entries) = fs::read_dir(dir.join("letters")) else { return Vec::new() };
                let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
                paths.retain(|it| it.extension().is_some_and(|it| it == "eml"));
                paths.sort();
                let read = |it: &PathBuf| Accepted { to: Vec::new(), raw: Arc::new(fs::read(it).unwrap()) };
                paths.iter().map(read).collect()
            }
        }
    }
}

/// Maildir++: folders lie beside the inbox, their names begin with a dot.
pub fn place(dir: &Path, folder: &str) -> PathBuf {
    let inbox = dir.join("inbox");
    if folder == "INBOX" { inbox } else { inbox.join(format!(".{folder}")) }
}
