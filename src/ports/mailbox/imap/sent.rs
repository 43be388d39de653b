//! The Sent folder: looked at and read, never changed.

use anyhow::Result;
use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response, StatusAttribute};

use super::session::{Failed, Live, quoted};
use super::{Imap, describe, fetch, fetch_header};
use crate::ports::mailbox::{Described, Look};

/// Longest folder name that is taken from a server.
const LONGEST_NAME: usize = 500;

impl Imap {
    /// See [`crate::ports::mailbox::Mailbox::sent_name`].
    pub fn sent_name(&self) -> String {
        let folder = self.settings.sent.as_deref().unwrap_or("\\Sent"); // RFC 6154 §2
        format!("{}@{}/{folder}", self.settings.user, self.settings.host)
    }

    /// See [`crate::ports::mailbox::Mailbox::look_sent`].
    ///
    /// # Errors
    /// The server did not answer the search with OK.
    pub async fn look_sent(&mut self, known: impl Fn(&str, &str) -> Result<Option<u32>>) -> Result<Option<Look>> {
        let since = self.since();
        let mut live = self.take().await?;
        let mut look = None;
        if let Some(folder) = self.folders.sent()
            && let Some(validity) = live.enter(&folder, true).await?
        {
            let mailbox = format!("{}@{}/{folder}", self.settings.user, self.settings.host);
            let validity = validity.to_string();
            let highest = known(&mailbox, &validity)?.unwrap_or(0);
            // UIDs only grow (RFC 3501 §2.3.1.1); `n:*` names the last mail even where it is below n (§6.4.8)
            let criteria = match highest.checked_add(1) {
                Some(next) if highest > 0 => format!("UID {next}:* {since}"),
                _ => since,
            };
            let mut uids = live.search("listing the Sent folder", &criteria).await?;
            uids.retain(|it| *it > highest);
            look = Some(Look { mailbox, validity, uids: uids.iter().map(u32::to_string).collect() });
        }
        self.live = Some(live);
        Ok(look)
    }

    /// See [`crate::ports::mailbox::Mailbox::sent_stamp`].
    ///
    /// # Errors
    /// The server did not answer.
    pub async fn sent_stamp(&mut self) -> Result<Option<String>> {
        let mut live = self.take().await?;
        let stamp = match self.folders.sent() {
            Some(folder) => live.stamp(&folder).await?,
            None => None,
        };
        self.live = Some(live);
        Ok(stamp)
    }

    /// See [`crate::ports::mailbox::Mailbox::describe_sent`].
    ///
    /// # Errors
    /// The server did not answer with OK, or not readably.
    pub async fn describe_sent(&mut self, uids: &[String]) -> Result<Vec<Described>> {
        let mut live = self.take().await?;
        let mut described = Vec::new();
        if let Some(folder) = self.folders.sent()
            && live.enter(&folder, false).await?.is_some()
        {
            described = describe(&mut live, uids).await?;
        }
        self.live = Some(live);
        Ok(described)
    }

    /// See [`crate::ports::mailbox::Mailbox::fetch_sent_header`].
    ///
    /// # Errors
    /// The server did not answer with OK.
    pub async fn fetch_sent_header(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        let mut live = self.take().await?;
        let mut bytes = None;
        if let Some(folder) = self.folders.sent()
            && live.enter(&folder, false).await?.is_some()
        {
            bytes = fetch_header(&mut live, uid).await?;
        }
        self.live = Some(live);
        Ok(bytes)
    }

    /// See [`crate::ports::mailbox::Mailbox::fetch_sent`].
    ///
    /// # Errors
    /// The server did not answer with OK, or sends more than is taken.
    pub async fn fetch_sent(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        let mut live = self.take().await?;
        let mut bytes = None;
        if let Some(folder) = self.folders.sent()
            && live.enter(&folder, false).await?.is_some()
        {
            bytes = fetch(&mut live, uid, self.settings.max_mail_bytes).await?;
        }
        self.live = Some(live);
        Ok(bytes)
    }
}

impl Live {
    /// Opens a folder for reading only, anew where `afresh`. Gives its UIDVALIDITY; `None` when it does not exist.
    async fn enter(&mut self, folder: &str, afresh: bool) -> Result<Option<u32>, Failed> {
        if let Some(selected) = self.selected.as_ref().filter(|it| !afresh && it.folder == folder) {
            return Ok(Some(selected.validity));
        }
        match self.open("opening the Sent folder", folder, false).await {
            Ok(selected) => Ok(Some(selected.validity)),
            Err(refused @ Failed::Refused { .. }) => {
                if self.exists(folder).await? {
                    Err(refused)
                } else {
                    Ok(None)
                }
            }
            Err(broken) => Err(broken),
        }
    }

    /// UIDVALIDITY, UIDNEXT and the count of mails, without opening the folder (RFC 3501 §6.3.10).
    async fn stamp(&mut self, folder: &str) -> Result<Option<String>, Failed> {
        // of the folder that is open, STATUS may tell what was true when it was opened (same section)
        if self.selected.as_ref().is_some_and(|it| it.folder == folder) {
            self.strict("asking for news of the Sent folder", "NOOP", |_| {}).await?;
        }
        let command = format!("STATUS {} (UIDVALIDITY UIDNEXT MESSAGES)", quoted(folder));
        let mut stamp = String::new();
        let asked = self
            .strict("asking for news of the Sent folder", &command, |response| {
                if let Response::MailboxData(MailboxDatum::Status { status, .. }) = response {
                    for it in status {
                        match it {
                            StatusAttribute::UidValidity(n) => stamp.push_str(&format!("v{n} ")),
                            StatusAttribute::UidNext(n) => stamp.push_str(&format!("n{n} ")),
                            StatusAttribute::Messages(n) => stamp.push_str(&format!("m{n} ")),
                            _ => {}
                        }
                    }
                }
            })
            .await;
        match asked {
            Ok(_) => Ok(Some(stamp)),
            Err(Failed::Refused { .. }) => Ok(None), // it does not exist
            Err(broken) => Err(broken),
        }
    }

    /// The folder the server marks as the one of sent mails (RFC 6154 §2), as on the wire.
    pub(super) async fn special_sent(&mut self) -> Result<Option<String>, Failed> {
        let asked = self.can.special_use && self.can.list_extended;
        let command = if asked { "LIST \"\" \"*\" RETURN (SPECIAL-USE)" } else { "LIST \"\" \"*\"" };
        match self.sent_among(command).await {
            // Some servers claim what they cannot do.
            Err(Failed::Refused { .. }) if asked => self.sent_among("LIST \"\" \"*\"").await,
            Err(Failed::Refused { .. }) => Ok(None),
            other => other,
        }
    }

    async fn sent_among(&mut self, command: &str) -> Result<Option<String>, Failed> {
        let mut named = None;
        self.strict("looking for the Sent folder", command, |response| {
            if let Response::MailboxData(MailboxDatum::List(entry)) = response {
                let marked = entry.name_attributes.contains(&NameAttribute::Sent);
                let fits = entry.name.len() <= LONGEST_NAME && !entry.name.contains(char::is_control);
                if marked && fits && named.is_none() {
                    named = Some(entry.name.to_string());
                }
            }
        })
        .await?;
        Ok(named)
    }
}
