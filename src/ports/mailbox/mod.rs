//! The inbox: IMAP, or a Maildir folder. Carries mails; judges nothing.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

pub mod imap;
pub mod maildir;

pub use super::connect::ConnectError;

/// Where mails come from.
pub enum Mailbox {
    /// A mailbox on an IMAP server.
    Imap(imap::Imap),
    /// A folder in Maildir form on this machine.
    Maildir(maildir::Maildir),
}

/// What the inbox holds now: every mail since the configured day, by uid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Mailbox name, `INBOX` or the Maildir's path.
    pub mailbox: String,
    /// UIDVALIDITY (RFC 9051 §2.3.1.1); `maildir` for a Maildir.
    pub validity: String,
    /// UIDs in ascending order; file base names for a Maildir, in the order of `Date`.
    pub uids: Vec<String>,
}

/// Size and arrival of one mail, asked before its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The uid.
    pub uid: String,
    /// RFC822.SIZE, bytes.
    pub size: u64,
    /// INTERNALDATE, `Timestamp::MAX` where it cannot be read; for a Maildir the `Date` header, else the file's time; where `Date` is before the configured day, the newest `Received` or the file's time.
    pub arrived: Timestamp,
}

/// The two folders mails are filed into; the names are in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderName {
    /// Taken in and worked.
    Processed,
    /// Set aside for a person.
    Held,
}

/// A mail sends more bytes than its size said and than the settings allow: it was not taken, and asking again gives the
/// same. Found in an error by `error.downcast_ref::<TooBig>()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mail is longer than {limit} bytes, which is more than was announced: it was left where it is")]
pub struct TooBig {
    /// Where reading stopped.
    pub limit: u64,
}

/// A mail could not be moved and stays where it is, and the others may be tried: a full quota, a folder that takes nothing.
/// Found in an error by `error.is::<FilingRefused>()`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilingRefused(pub String);

/// The size at which a fetch stops although the announced size was small enough. Some servers count line ends
/// differently, hence the quarter on top.
fn second_net(max_mail_bytes: u64) -> u64 {
    max_mail_bytes.saturating_add(max_mail_bytes / 4).saturating_add(64 * 1024)
}

/// 32 MiB: a workbook of 20 MB grows by a third in a mail.
fn default_max_mail_bytes() -> u64 {
    32 * 1024 * 1024
}

impl Mailbox {
    /// The mailbox's name in [`Look`] and in the store: another account is another mailbox.
    pub fn name(&self) -> String {
        match self {
            Mailbox::Imap(it) => it.name(),
            Mailbox::Maildir(it) => it.name(),
        }
    }

    /// Where the Sent folder is looked for, whether or not there is one.
    pub fn sent_name(&self) -> String {
        match self {
            Mailbox::Imap(it) => it.sent_name(),
            Mailbox::Maildir(it) => it.sent_name(),
        }
    }

    /// Logs in and makes the configured folders where they are missing. Gives the names of those it made.
    ///
    /// # Errors
    /// The server cannot be used ([`ConnectError`] in the chain) or a folder cannot be made.
    pub async fn prepare(&mut self) -> Result<Vec<String>> {
        match self {
            Self::Imap(imap) => imap.prepare().await,
            Self::Maildir(maildir) => maildir.prepare(),
        }
    }

    /// Lists every mail since the configured day (a day earlier, for the time zones; the exact cut is by
    /// [`Described::arrived`]).
    ///
    /// # Errors
    /// Nothing was learnt: call again.
    pub async fn look(&mut self) -> Result<Look> {
        match self {
            Self::Imap(imap) => imap.look().await,
            Self::Maildir(maildir) => maildir.look(),
        }
    }

    /// Size and arrival of these mails, in the order asked; mails that are gone are missing from the answer.
    ///
    /// # Errors
    /// Nothing was learnt: call again.
    pub async fn describe(&mut self, uids: &[String]) -> Result<Vec<Described>> {
        match self {
            Self::Imap(imap) => imap.describe(uids).await,
            Self::Maildir(maildir) => maildir.describe(uids),
        }
    }

    /// The bytes of one mail, leaving it unread; `None` when it is gone.
    ///
    /// # Errors
    /// Nothing was learnt; or [`TooBig`], which asking again does not mend.
    pub async fn fetch(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Imap(imap) => imap.fetch(uid).await,
            Self::Maildir(maildir) => maildir.fetch(uid),
        }
    }

    /// Lists the Sent folder since the configured day; `None` where there is none. `known` tells the highest UID that was
    /// listed before, of a mailbox and UIDVALIDITY; a server lists what is above it.
    ///
    /// # Errors
    /// Nothing was learnt: call again.
    pub async fn look_sent(&mut self, known: impl Fn(&str, &str) -> Result<Option<u32>>) -> Result<Option<Look>> {
        match self {
            Self::Imap(imap) => imap.look_sent(known).await,
            Self::Maildir(maildir) => maildir.look_sent(),
        }
    }

    /// A word that changes when something comes into the Sent folder: cheaper than a look. `None` where there is none.
    ///
    /// # Errors
    /// Nothing was learnt: call again.
    pub async fn sent_stamp(&mut self) -> Result<Option<String>> {
        match self {
            Self::Imap(imap) => imap.sent_stamp().await,
            Self::Maildir(maildir) => maildir.sent_stamp(),
        }
    }

    /// Like [`Self::describe`], of the Sent folder.
    ///
    /// # Errors
    /// Nothing was learnt: call again.
    pub async fn describe_sent(&mut self, uids: &[String]) -> Result<Vec<Described>> {
        match self {
            Self::Imap(imap) => imap.describe_sent(uids).await,
            Self::Maildir(maildir) => maildir.describe_sent(uids),
        }
    }

    /// Like [`Self::fetch`], of the Sent folder. Nothing in it is ever changed.
    ///
    /// # Errors
    /// Nothing was learnt; or [`TooBig`], which asking again does not mend.
    pub async fn fetch_sent(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Imap(imap) => imap.fetch_sent(uid).await,
            Self::Maildir(maildir) => maildir.fetch_sent(uid),
        }
    }

    /// The header of a mail in the Sent folder; `None` when it is gone.
    ///
    /// # Errors
    /// Nothing was learnt: call again.
    pub async fn fetch_sent_header(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Imap(imap) => imap.fetch_sent_header(uid).await,
            Self::Maildir(maildir) => maildir.fetch_sent_header(uid),
        }
    }

    /// Moves one mail out of the inbox. A mail that is gone is fine, so calling twice is; under another `validity` than
    /// the mailbox has now the uid names another mail, and nothing is done.
    ///
    /// # Errors
    /// [`FilingRefused`], or it is not known whether the mail was moved: call again.
    pub async fn file(&mut self, validity: &str, uid: &str, folder: FolderName) -> Result<()> {
        match self {
            Self::Imap(imap) => imap.file(validity, uid, folder).await,
            Self::Maildir(maildir) => {
                maildir.file(validity, uid, folder).map_err(|it| FilingRefused(format!("{it:#}")).into())
            }
        }
    }

    /// Moves a mail from the folder of held mails to that of processed ones: by its name in a Maildir (by its Message-ID, too, where several had
    /// that name), by its Message-ID on a server. One that is not there, or not alone there under its Message-ID, stays where people have put it.
    ///
    /// # Errors
    /// It is not known whether the mail was moved: call again.
    pub async fn refile(&mut self, uid: &str, message_id: Option<&str>) -> Result<()> {
        match self {
            Self::Imap(imap) => imap.refile(message_id).await,
            Self::Maildir(maildir) => maildir.refile(uid, message_id),
        }
    }

    /// Whether a mail with this Message-ID lies in the Sent folder, the inbox or the folder of processed mails.
    ///
    /// # Errors
    /// Nothing was learnt: `false` is only said by a server that searched.
    pub async fn find(&mut self, message_id: &str) -> Result<bool> {
        match self {
            Self::Imap(imap) => imap.find(message_id).await,
            Self::Maildir(maildir) => maildir.find(message_id),
        }
    }

    /// Waits until something changes, at most this long. Returning means only that it is time to look again.
    /// Dropping the future closes the connection (the next call opens another): prefer a short `limit`.
    ///
    /// # Errors
    /// The connection was lost meanwhile.
    pub async fn wait(&mut self, limit: Duration) -> Result<()> {
        match self {
            Self::Imap(imap) => imap.wait(limit).await,
            Self::Maildir(maildir) => {
                maildir.wait(limit).await;
                Ok(())
            }
        }
    }

    /// Logs out, if logged in.
    pub async fn close(&mut self) {
        if let Self::Imap(imap) = self {
            imap.close().await;
        }
    }
}
