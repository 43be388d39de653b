//! The inbox as a Maildir folder (<https://cr.yp.to/proto/maildir.html>), with Maildir++ folders beside it.
//!
//! For trying things out and for hosts whose mail server delivers to files. The files are local, so the calls do not
//! wait for each other and need no runtime.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::{Timestamp, ToSpan as _, civil::Date, fmt::rfc2822, tz::TimeZone};
use serde::Deserialize;

use super::{Described, FolderName, Look, TooBig, second_net};
use crate::ports::header;

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
    dates: HashMap<String, Option<Timestamp>>,
    /// The same of the Sent folder's mails.
    sent_dates: HashMap<String, Option<Timestamp>>,
}

impl Maildir {
    /// A mailbox over this folder; nothing is touched yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, dates: HashMap::new(), sent_dates: HashMap::new() }
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
        let uids = self.since(&files, false)?;
        Ok(Look { mailbox: self.name(), validity: VALIDITY.to_owned(), uids })
    }

    /// The mails since the configured day, by date.
    fn since(&mut self, files: &HashMap<String, PathBuf>, sent: bool) -> Result<Vec<String>> {
        let dates = if sent { &mut self.sent_dates } else { &mut self.dates };
        dates.retain(|uid, _| files.contains_key(uid));
        let since = self.settings.since.checked_sub(1.day()).unwrap_or(self.settings.since);
        let since = since.to_zoned(TimeZone::UTC).context("the configured day cannot be used")?.timestamp();
        let mut dated = Vec::with_capacity(files.len());
        for (uid, path) in files {
            // A file that goes away meanwhile was moved by someone: it is no longer in the inbox.
            if let Some(arrived) = arrived(dates, uid, path)?
                && arrived >= since
            {
                dated.push((arrived, uid.clone()));
            }
        }
        dated.sort_unstable();
        Ok(dated.into_iter().map(|(_, uid)| uid).collect())
    }

    /// See [`super::Mailbox::describe`].
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn describe(&mut self, uids: &[String]) -> Result<Vec<Described>> {
        let files = self.files()?;
        describe(&mut self.dates, &files, uids)
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
        let files = mails_in(&folder)?;
        let uids = self.since(&files, true)?;
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
        describe(&mut self.sent_dates, &mails_in(&folder)?, uids)
    }

    /// See [`super::Mailbox::fetch_sent`].
    ///
    /// # Errors
    /// The file cannot be read, or is larger than [`TooBig`] allows.
    pub fn fetch_sent(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        let Some(folder) = self.sent_folder()? else { return Ok(None) };
        match mails_in(&folder)?.remove(uid) {
            Some(path) => self.whole(&path),
            None => Ok(None),
        }
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
        let kept = path.file_name().and_then(|name| name.to_str()).unwrap_or(uid);
        // Names in cur/ carry their flags after `:2,`; a mail from new/ has none yet.
        let kept = if kept.contains(":2,") { kept.to_owned() } else { format!("{kept}:2,") };
        unless_gone(fs::rename(&path, folder.join("cur").join(kept)))?;
        self.dates.remove(uid);
        Ok(())
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

/// Size and arrival of these mails; those that are gone are missing.
fn describe(
    dates: &mut HashMap<String, Option<Timestamp>>,
    files: &HashMap<String, PathBuf>,
    uids: &[String],
) -> Result<Vec<Described>> {
    let mut described = Vec::with_capacity(uids.len());
    for uid in uids {
        let Some(path) = files.get(uid) else { continue };
        let Some(arrived) = arrived(dates, uid, path)? else { continue };
        let Some(size) = unless_gone(fs::metadata(path))?.map(|facts| facts.len()) else { continue };
        described.push(Described { uid: uid.clone(), size, arrived });
    }
    Ok(described)
}

/// `Date`, else the file's time; `None` when the file is gone. The sender wrote `Date`: it orders, it proves nothing.
fn arrived(dates: &mut HashMap<String, Option<Timestamp>>, uid: &str, path: &Path) -> Result<Option<Timestamp>> {
    let dated = match dates.get(uid) {
        Some(known) => *known,
        None => {
            let Some(head) = beginning(path, header::SCANNED as u64)? else {
                return Ok(None);
            };
            let read = header::first(&head, "Date").and_then(|text| date(&text));
            dates.insert(uid.to_owned(), read);
            read
        }
    };
    if dated.is_some() {
        return Ok(dated);
    }
    let Some(facts) = unless_gone(fs::metadata(path))? else {
        return Ok(None);
    };
    Ok(Some(facts.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(Timestamp::UNIX_EPOCH)))
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

fn make_maildir(folder: &Path) -> Result<()> {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(folder.join(part)).context("making a mail folder")?;
    }
    Ok(())
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
