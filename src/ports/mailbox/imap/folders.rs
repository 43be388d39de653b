//! Folder names: as people write them in the settings, and as they go over the wire.

use anyhow::{Result, bail};

use super::session::{Failed, Live};
use super::{FolderName, Settings};

/// The configured folders. `separator` is the server's, once it is known.
pub(super) struct Folders {
    processed: String,
    held: String,
    sent: Option<String>,
    /// The Sent folder the server names, as on the wire; asked for where none is configured.
    named: Option<String>,
    separator: String,
}

impl Folders {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            processed: settings.processed.clone(),
            held: settings.held.clone(),
            sent: settings.sent.clone(),
            named: None,
            separator: "/".to_owned(),
        }
    }

    /// Asks for the server's separator, where a name needs it.
    pub(super) async fn learn(&mut self, live: &mut Live) -> Result<(), Failed> {
        if self.names().any(|name| name.contains('/'))
            && let Some(separator) = live.separator().await?
        {
            self.separator = separator;
        }
        if self.sent.is_none() {
            self.named = live.special_sent().await?;
        }
        Ok(())
    }

    /// Refuses names that would mean something else to the server.
    pub(super) fn check_names(&self) -> Result<()> {
        for name in self.names() {
            let odd = |c: char| c.is_control() || matches!(c, '*' | '%' | '"' | '\\');
            if name.is_empty() || name.chars().count() > 100 || name.contains(odd) {
                bail!("a folder name in the settings is empty, too long, or holds one of * % \" \\");
            }
            if name.eq_ignore_ascii_case("INBOX") {
                bail!("a folder in the settings is the inbox itself");
            }
        }
        Ok(())
    }

    /// Every configured folder: its name and its name on the wire.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        self.names().map(|name| (name.to_owned(), self.encoded(name))).collect()
    }

    /// Where a mail is filed.
    pub(super) fn wire(&self, folder: FolderName) -> String {
        match folder {
            FolderName::Processed => self.encoded(&self.processed),
            FolderName::Held => self.encoded(&self.held),
        }
    }

    /// Where people keep what they sent: as configured, else as the server says.
    pub(super) fn sent(&self) -> Option<String> {
        self.sent.as_deref().map(|name| self.encoded(name)).or_else(|| self.named.clone())
    }

    /// Where a letter of ours may lie, likeliest first.
    pub(super) fn searched(&self) -> Vec<String> {
        self.sent().into_iter().chain(["INBOX".to_owned(), self.encoded(&self.processed)]).collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [self.processed.as_str(), self.held.as_str()].into_iter().chain(self.sent.as_deref())
    }

    /// Modified UTF-7 (RFC 3501 §5.1.3), each level by itself.
    fn encoded(&self, name: &str) -> String {
        let levels = name.split('/').map(|level| utf7_imap::encode_utf7_imap(level.to_owned()));
        levels.collect::<Vec<_>>().join(&self.separator)
    }
}
