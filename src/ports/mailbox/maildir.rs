//! The inbox as a Maildir folder (<https://cr.yp.to/proto/maildir.html>), with Maildir++ folders beside it.
//!
//! For trying things out and for hosts whose mail server delivers to files. The files are local, so the calls do not
//! wait for each other and need no runtime.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::{Timestamp, ToSpan as _, civil::Date, fmt::rfc2822, tz::TimeZone};
use serde::Deserialize;

use super::{Described, FolderName, Look, TooBig, second_net};
use crate::ports::header;

mod moving;

use moving::{MOST_NAMES, make_maildir, move_into, nth_name};

/// Which folder, and where mails go from it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The folder that holds `new/` and `cur/`.
    pub path: PathBuf,
    /// Mails dated before this day are not looked at.
    pub since: Date,
    /// Folder for mails that were worked: `.NAME` inside `path`; `/` separates levels.
    #[serde(default = "super::imap::default_processed")]
    pub processed: String,
    /// Folder for mails that a person must look at.
    #[serde(default = "super::imap::default_held")]
    pub held: String,
    /// Folder of sent mails; `Sent` unless told, where there is one.
    pub sent: Option<String>,
    /// The largest mail that is read, in bytes.
    #[serde(default = "super::default_max_mail_bytes")]
    pub max_mail_bytes: u64,
}

/// A Maildir has no UIDVALIDITY: its file names are unique for ever.
const VALIDITY: &str = "maildir";

/// How long a wait lasts at most: nobody tells us of a new file.
const NAP: Duration = Duration::from_secs(2);

/// A mailbox in a folder.
pub struct Maildir {
    settings: Settings,
    /// What was read from each mail's header once; files do not change.
    dates: Dates,
    /// The same of the Sent folder's mails, and where they lay at the newest look.
    sent_dates: Dates,
    sent_files: HashMap<String, PathBuf>,
    /// Mails before the configured day that a look has named: once is enough for the account.
    old: HashSet<String>,
}

type Dates = HashMap<String, Dated>;

/// What a mail's header says of its time.
#[derive(Clone, Copy)]
struct Dated {
    at: Option<Timestamp>,
    /// A server said so, not the sender's clock alone.
    traced: bool,
}

impl Maildir {
    /// A mailbox over this folder; nothing is touched yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            dates: HashMap::new(),
            sent_dates: HashMap::new(),
            sent_files: HashMap::new(),
            old: HashSet::new(),
        }
    }

    /// See [`super::Mailbox::prepare`].
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn prepare(&mut self) -> Result<Vec<String>> {
        make_maildir(&self.settings.path)?;
        let mut made = Vec::new();
        let names = [&self.settings.processed, &self.settings.held].into_iter().chain(&self.settings.sent);
        for name in names {
            let folder = self.folder(name)?;
            if !folder.is_dir() {
                made.push(name.clone());
            }
            make_maildir(&folder)?;
        }
        Ok(made)
    }

    /// See [`super::Mailbox::name`].
    pub fn name(&self) -> String {
        self.settings.path.display().to_string()
    }

    /// See [`super::Mailbox::look`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn look(&mut self) -> Result<Look> {
        let files = self.files()?;
        let since = self.day()?;
        self.old.retain(|uid| files.contains_key(uid));
        let mut dated = dated(&mut self.dates, &files, since)?;
        dated.retain(|(arrived, uid)| *arrived >= since || self.old.insert(uid.clone()));
        let uids = dated.into_iter().map(|(_, uid)| uid).collect();
        Ok(Look { mailbox: self.name(), validity: VALIDITY.to_owned(), uids })
    }

    /// A day before the configured one, for the time zones.
    fn day(&self) -> Result<Timestamp> {
        let since = self.settings.since.checked_sub(1.day()).unwrap_or(self.settings.since);
        Ok(since.to_zoned(TimeZone::UTC).context("the configured day cannot be used")?.timestamp())
    }

    /// See [`super::Mailbox::describe`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn describe(&mut self, uids: &[String]) -> Result<Vec<Described>> {
        let (files, since) = (self.files()?, self.day()?);
        describe(&mut self.dates, &files, since, uids)
    }

    /// See [`super::Mailbox::sent_name`].
    pub fn sent_name(&self) -> String {
        format!("{}/{}", self.name(), self.settings.sent.as_deref().unwrap_or("Sent"))
    }

    /// See [`super::Mailbox::look_sent`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn look_sent(&mut self) -> Result<Option<Look>> {
        let Some(folder) = self.sent_folder()? else { return Ok(None) };
        let (files, since) = (mails_in(&folder)?, self.day()?);
        let mut dated = dated(&mut self.sent_dates, &files, since)?;
        dated.retain(|(arrived, _)| *arrived >= since);
        let uids = dated.into_iter().map(|(_, uid)| uid).collect();
        self.sent_files = files;
        Ok(Some(Look { mailbox: folder.display().to_string(), validity: VALIDITY.to_owned(), uids }))
    }

    /// See [`super::Mailbox::sent_stamp`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn sent_stamp(&self) -> Result<Option<String>> {
        let Some(folder) = self.sent_folder()? else { return Ok(None) };
        let mut stamp = String::new();
        for part in ["new", "cur"] {
            let changed = unless_gone(fs::metadata(folder.join(part)))?.and_then(|it| it.modified().ok());
            stamp.push_str(&format!("{changed:?} "));
        }
        Ok(Some(stamp))
    }

    /// See [`super::Mailbox::describe_sent`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn describe_sent(&mut self, uids: &[String]) -> Result<Vec<Described>> {
        let Some(folder) = self.sent_folder()? else { return Ok(Vec::new()) };
        let since = self.day()?;
        self.sent_files = mails_in(&folder)?;
        describe(&mut self.sent_dates, &self.sent_files, since, uids)
    }

    /// See [`super::Mailbox::fetch_sent`].
    ///
    /// # Errors
    /// The file cannot be read, or is larger than [`TooBig`] allows.
    pub fn fetch_sent(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        match self.sent_path(uid)? {
            Some(path) => self.whole(&path),
            None => Ok(None),
        }
    }

    /// See [`super::Mailbox::fetch_sent_header`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn fetch_sent_header(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        let Some(path) = self.sent_path(uid)? else { return Ok(None) };
        Ok(beginning(&path, header::SCANNED as u64)?.map(|it| header::section(&it).to_vec()))
    }

    /// Where it lay at the newest look, else where it lies now: listing a large folder for each mail would take quadratic
    /// time.
    fn sent_path(&self, uid: &str) -> Result<Option<PathBuf>> {
        if let Some(path) = self.sent_files.get(uid)
            && unless_gone(fs::symlink_metadata(path))?.is_some_and(|facts| facts.is_file())
        {
            return Ok(Some(path.clone()));
        }
        let Some(folder) = self.sent_folder()? else { return Ok(None) };
        Ok(mails_in(&folder)?.remove(uid))
    }

    /// Where people keep what they sent, if there is such a folder.
    fn sent_folder(&self) -> Result<Option<PathBuf>> {
        let folder = self.folder(self.settings.sent.as_deref().unwrap_or("Sent"))?;
        Ok(folder.is_dir().then_some(folder))
    }

    /// See [`super::Mailbox::fetch`].
    ///
    /// # Errors
    /// The file cannot be read, or is larger than [`TooBig`] allows.
    pub fn fetch(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        match self.path_of(uid)? {
            Some(path) => self.whole(&path),
            None => Ok(None),
        }
    }

    fn whole(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        let limit = second_net(self.settings.max_mail_bytes);
        let Some(bytes) = beginning(path, limit.saturating_add(1))? else {
            return Ok(None);
        };
        if bytes.len() as u64 > limit {
            return Err(TooBig { limit }.into());
        }
        Ok(Some(bytes))
    }

    /// See [`super::Mailbox::file`].
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn file(&mut self, validity: &str, uid: &str, folder: FolderName) -> Result<()> {
        if validity != VALIDITY {
            return Ok(());
        }
        let Some(path) = self.path_of(uid)? else {
            return Ok(());
        };
        let name = match folder {
            FolderName::Processed => &self.settings.processed,
            FolderName::Held => &self.settings.held,
        };
        let folder = self.folder(name)?;
        make_maildir(&folder)?;
        move_into(&path, &folder)?;
        self.dates.remove(uid);
        Ok(())
    }

    /// See [`super::Mailbox::refile`].
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn refile(&mut self, uid: &str, message_id: Option<&str>) -> Result<()> {
        let processed = self.folder(&self.settings.processed)?;
        let held = mails_in(&self.folder(&self.settings.held)?)?;
        let mut named: Vec<&PathBuf> = (0..=MOST_NAMES).map_while(|n| held.get(&nth_name(uid, n))).collect();
        if named.len() > 1 {
            // a name that was used anew: the mail itself tells which it is
            named.retain(|it| {
                let head = beginning(it, header::SCANNED as u64).ok().flatten();
                message_id.is_some() && head.and_then(|it| header::message_id(&it)).as_deref() == message_id
            });
        }
        let [path] = named.as_slice() else { return Ok(()) };
        make_maildir(&processed)?;
        move_into(path, &processed)
    }

    /// See [`super::Mailbox::find`].
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn find(&mut self, message_id: &str) -> Result<bool> {
        let wanted = message_id.trim().trim_start_matches('<').trim_end_matches('>');
        let mut folders = vec![self.settings.path.clone(), self.folder(&self.settings.processed)?];
        if let Some(sent) = &self.settings.sent {
            folders.push(self.folder(sent)?);
        }
        for folder in folders {
            for path in mails_in(&folder)?.into_values() {
                let head = beginning(&path, header::SCANNED as u64)?;
                if head.and_then(|head| header::message_id(&head)).is_some_and(|id| id == wanted) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// See [`super::Mailbox::wait`].
    pub async fn wait(&self, limit: Duration) {
        tokio::time::sleep(limit.min(NAP)).await;
    }

    fn files(&self) -> Result<HashMap<String, PathBuf>> {
        mails_in(&self.settings.path)
    }

    fn path_of(&self, uid: &str) -> Result<Option<PathBuf>> {
        if uid.contains('/') || uid.starts_with('.') {
            return Ok(None);
        }
        // The usual places first: listing a large folder for each mail would take quadratic time.
        for place in [format!("new/{uid}"), format!("cur/{uid}:2,"), format!("cur/{uid}:2,S")] {
            let path = self.settings.path.join(place);
            if unless_gone(fs::symlink_metadata(&path))?.is_some_and(|facts| facts.is_file()) {
                return Ok(Some(path));
            }
        }
        Ok(self.files()?.remove(uid))
    }

    /// Maildir++: folders are `.NAME` beside `cur/`, levels separated by `.`.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let odd = name.is_empty() || name.len() > 200 || name.starts_with(['.', '/']) || name.contains("..");
        if odd || name.chars().any(char::is_control) {
            bail!("a folder name in the settings cannot be used");
        }
        Ok(self.settings.path.join(format!(".{}", name.replace('/', "."))))
    }
}

/// Every mail in `new/` and `cur/`, by base name. Never `tmp/`: what lies there is still being written.
fn mails_in(folder: &Path) -> Result<HashMap<String, PathBuf>> {
    let mut found = HashMap::new();
    for part in ["new", "cur"] {
        let Some(entries) = unless_gone(fs::read_dir(folder.join(part)))? else {
            continue;
        };
        for entry in entries {
            let entry = entry.context("listing a mail folder")?;
            // Only plain files: no links that lead elsewhere, no pipes that never end.
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            match entry.file_name().to_str() {
                Some(name) if name.starts_with('.') => {}
                Some(name) => {
                    let base = name.split_once(":2,").map_or(name, |(base, _)| base);
                    found.insert(base.to_owned(), entry.path());
                }
                None => tracing::warn!("a file in the mail folder has a name that is not UTF-8: it is not looked at"),
            }
        }
    }
    Ok(found)
}

/// All mails with their arrival, oldest first.
fn dated(dates: &mut Dates, files: &HashMap<String, PathBuf>, since: Timestamp) -> Result<Vec<(Timestamp, String)>> {
    dates.retain(|uid, _| files.contains_key(uid));
    let mut dated = Vec::with_capacity(files.len());
    for (uid, path) in files {
        // A file that goes away meanwhile was moved by someone: it is no longer in the inbox.
        if let Some(arrived) = arrived(dates, uid, path, since)? {
            dated.push((arrived, uid.clone()));
        }
    }
    dated.sort_unstable();
    Ok(dated)
}

/// Size and arrival of these mails; those that are gone are missing.
fn describe(
    dates: &mut Dates,
    files: &HashMap<String, PathBuf>,
    since: Timestamp,
    uids: &[String],
) -> Result<Vec<Described>> {
    let mut described = Vec::with_capacity(uids.len());
    for uid in uids {
        let Some(path) = files.get(uid) else { continue };
        let Some(arrived) = arrived(dates, uid, path, since)? else { continue };
        let Some(size) = unless_gone(fs::metadata(path))?.map(|facts| facts.len()) else { continue };
        described.push(Described { uid: uid.clone(), size, arrived });
    }
    Ok(described)
}

/// `Date`, else the file's time; `None` when the file is gone. The sender wrote `Date`: it orders, it proves nothing. One
/// before the configured day may be a wrong clock: then the server's newest trace counts, or without one the file's time.
fn arrived(dates: &mut Dates, uid: &str, path: &Path, since: Timestamp) -> Result<Option<Timestamp>> {
    let dated = match dates.get(uid) {
        Some(known) => *known,
        None => {
            let Some(head) = beginning(path, header::SCANNED as u64)? else {
                return Ok(None);
            };
            let read = time_of(&head, since);
            dates.insert(uid.to_owned(), read);
            read
        }
    };
    if dated.traced || dated.at.is_some_and(|it| it >= since) {
        return Ok(dated.at);
    }
    let Some(facts) = unless_gone(fs::metadata(path))? else {
        return Ok(None);
    };
    let written = facts.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    Ok(Some(written.max(dated.at).unwrap_or(Timestamp::UNIX_EPOCH)))
}

fn time_of(head: &[u8], since: Timestamp) -> Dated {
    let at = header::first(head, "Date").and_then(|text| date(&text));
    if at.is_some_and(|it| it >= since) {
        return Dated { at, traced: false };
    }
    // the topmost one is the newest; its date stands behind the last semicolon (RFC 5321 §4.4)
    let trace = header::first(head, "Received");
    let trace = trace.and_then(|it| it.rsplit_once(';').and_then(|(_, text)| date(text.trim())));
    Dated { at: trace.max(at), traced: trace.is_some() }
}

/// At most `limit` bytes of a file; `None` when it is gone.
fn beginning(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    let Some(file) = unless_gone(File::open(path))? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).context("reading a mail file")?;
    Ok(Some(bytes))
}

/// RFC 5322 §3.3; senders' weekdays are often wrong and mean nothing.
fn date(text: &str) -> Option<Timestamp> {
    static PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text).ok()
}

fn unless_gone<T>(result: std::io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow::Error::new(error).context("working on the mail folder")),
    }
}

#[cfg(test)]
mod tests;
