//! The inbox on an IMAP server (RFC 3501, and 9051 where offered), over TLS.
//!
//! A connection is opened by the first call and kept. Whatever ends in an error drops it, and the next call opens another:
//! after a parse error or a time-out nobody knows what the next answer belongs to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::{ToSpan as _, civil::Date};
use serde::Deserialize;

use super::{Described, FilingRefused, FolderName, Look, TooBig, second_net};
use crate::ports::connect::{ConnectError, Security};
use crate::ports::credential::Credential;
use crate::ports::header;

mod facts;
mod filing;
mod folders;
mod idle;
mod sent;
mod session;
mod starttls;
mod tls;

use facts::{Facts, body_of, note};
use folders::Folders;
use session::{Failed, Live, Selected, quoted};

/// How to reach the mailbox. Secrets are not among it: they are files of their own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server's name, as in its certificate.
    pub host: String,
    /// The port; without it, 993 for `tls` and 143 for `starttls`.
    pub port: Option<u16>,
    /// How the connection is encrypted. There is no way to read in the clear.
    #[serde(default = "default_security")]
    pub security: Security,
    /// The user to log in as, often the mail address.
    pub user: String,
    /// File of the password: a systemd credential of this name, an absolute path, or a file beside the configuration.
    /// Without it, `[oauth2]` is used.
    pub password_file: Option<PathBuf>,
    /// The authority that signs the server's certificate, as a PEM file; without it, the system's roots are trusted.
    pub ca_file: Option<PathBuf>,
    /// Mails that arrived before this day are not looked at.
    pub since: Date,
    /// Folder for mails that were worked; `/` separates levels.
    #[serde(default = "default_processed")]
    pub processed: String,
    /// Folder for mails that a person must look at.
    #[serde(default = "default_held")]
    pub held: String,
    /// Folder where the people of this mailbox keep what they sent; without it, the one the server names (RFC 6154).
    pub sent: Option<String>,
    /// The largest mail that is fetched, in bytes.
    #[serde(default = "super::default_max_mail_bytes")]
    pub max_mail_bytes: u64,
}

/// RFC 8314 §3.2 prefers TLS from the first byte.
fn default_security() -> Security {
    Security::Tls
}

impl Settings {
    fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Tls => 993,
            Security::Starttls => 143,
        })
    }
}

pub(super) fn default_processed() -> String {
    "受付済み".to_owned()
}

pub(super) fn default_held() -> String {
    "要確認".to_owned()
}

/// How long things may take. The defaults are for real servers; tests use shorter ones.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connection, TLS, greeting and log-in together.
    pub connect: Duration,
    /// One read or write.
    pub io: Duration,
    /// One command with its whole answer.
    pub command: Duration,
    /// One IDLE. RFC 2177 §3 allows 29 minutes; many routers forget a connection sooner.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(60),
            io: Duration::from_secs(60),
            command: Duration::from_secs(300),
            idle: Duration::from_secs(300),
        }
    }
}

/// Uids asked about in one command: servers bound the length of a line.
const BATCH: usize = 200;

/// A mailbox on an IMAP server.
pub struct Imap {
    settings: Settings,
    credential: Credential,
    limits: Limits,
    folders: Folders,
    /// Boxed: it is large, and the mailbox is moved about.
    live: Option<Box<Live>>,
    /// The inbox as the last look found it; waiting compares with it.
    seen: Option<Selected>,
}

impl Imap {
    /// A mailbox that will connect when first asked something.
    #[must_use]
    pub fn new(settings: Settings, credential: impl Into<Credential>) -> Self {
        Self::with_limits(settings, credential, Limits::default())
    }

    /// The same with other time limits.
    #[must_use]
    pub fn with_limits(settings: Settings, credential: impl Into<Credential>, limits: Limits) -> Self {
        let folders = Folders::new(&settings);
        Self { settings, credential: credential.into(), limits, folders, live: None, seen: None }
    }

    /// A mailbox that is logged in already.
    ///
    /// # Errors
    /// Why the server cannot be used, and what to do about it.
    pub async fn connect(settings: Settings, credential: impl Into<Credential>) -> Result<Self, ConnectError> {
        let mut imap = Self::new(settings, credential);
        let live = imap.log_in().await?;
        imap.live = Some(live);
        Ok(imap)
    }

    async fn log_in(&mut self) -> Result<Box<Live>, ConnectError> {
        let unexpected = |error: session::Failed| ConnectError::Protocol(error.to_string());
        let session = tls::log_in(&self.settings, &self.credential, &self.limits).await?;
        let mut live = Live::new(session, self.limits.command).await.map_err(unexpected)?;
        self.folders.learn(&mut live).await.map_err(unexpected)?;
        Ok(Box::new(live))
    }

    /// The session, taken out: a call that fails or is dropped on its way does not put it back.
    async fn take(&mut self) -> Result<Box<Live>> {
        match self.live.take() {
            Some(live) => Ok(live),
            None => self.log_in().await.context("connecting to the IMAP server"),
        }
    }

    /// See [`super::Mailbox::name`].
    pub fn name(&self) -> String {
        format!("{}@{}/INBOX", self.settings.user, self.settings.host)
    }

    /// See [`super::Mailbox::prepare`].
    ///
    /// # Errors
    /// The log-in failed, or a folder can neither be found nor made.
    pub async fn prepare(&mut self) -> Result<Vec<String>> {
        self.folders.check_names()?;
        let mut live = self.take().await?;
        if live.open("opening the inbox", "INBOX", true).await?.read_only {
            bail!("this user may only read the inbox: mails cannot be filed");
        }
        let mut made = Vec::new();
        for (name, wire) in self.folders.all() {
            if !live.exists(&wire).await? {
                live.create(&wire).await?;
                made.push(name);
            }
        }
        if !live.can.moves && !live.can.uidplus {
            tracing::warn!("the server has neither MOVE nor UIDPLUS: filed mails stay in the inbox, marked as deleted");
        }
        self.live = Some(live);
        Ok(made)
    }

    /// See [`super::Mailbox::look`].
    ///
    /// # Errors
    /// The server did not answer the search with OK.
    pub async fn look(&mut self) -> Result<Look> {
        let criteria = self.since();
        let mut live = self.take().await?;
        // SELECT each time: it tells what came meanwhile, and UIDVALIDITY with it.
        let inbox = live.open("opening the inbox", "INBOX", true).await?;
        let uids = live.search("listing the inbox", &criteria).await?;
        let look = Look {
            mailbox: self.name(),
            validity: inbox.validity.to_string(),
            uids: uids.iter().map(u32::to_string).collect(),
        };
        self.seen = Some(inbox);
        self.live = Some(live);
        Ok(look)
    }

    /// SINCE disregards time and zone (RFC 3501 §6.4.4), so a day is added in front.
    fn since(&self) -> String {
        let since = self.settings.since.checked_sub(1.day()).unwrap_or(self.settings.since);
        format!("SINCE {}", since.strftime("%-d-%b-%Y"))
    }

    /// See [`super::Mailbox::describe`].
    ///
    /// # Errors
    /// The server did not answer with OK, or not readably.
    pub async fn describe(&mut self, uids: &[String]) -> Result<Vec<Described>> {
        let mut live = self.take().await?;
        live.inbox().await?;
        let described = describe(&mut live, uids).await?;
        self.live = Some(live);
        Ok(described)
    }

    /// See [`super::Mailbox::fetch`].
    ///
    /// # Errors
    /// The server did not answer with OK, or sends more than [`TooBig`] allows.
    pub async fn fetch(&mut self, uid: &str) -> Result<Option<Vec<u8>>> {
        let mut live = self.take().await?;
        live.inbox().await?;
        let found = fetch(&mut live, uid, self.settings.max_mail_bytes).await;
        // A mail that is too big, or that the server refuses, leaves the session in order.
        let in_order = found
            .as_ref()
            .err()
            .is_none_or(|error| error.is::<TooBig>() || matches!(error.downcast_ref(), Some(Failed::Refused { .. })));
        if in_order {
            self.live = Some(live);
        }
        found
    }

    /// See [`super::Mailbox::file`].
    ///
    /// # Errors
    /// [`FilingRefused`], or it is not known whether the mail was moved.
    pub async fn file(&mut self, validity: &str, uid: &str, folder: FolderName) -> Result<()> {
        let uid = number(uid)?;
        let mut live = self.take().await?;
        // Another UIDVALIDITY: this uid is another mail's now.
        let filed = match live.inbox().await?.validity.to_string() == validity {
            true => live.file(uid, &self.folders.wire(folder)).await,
            false => Ok(()),
        };
        match filed {
            Err(broken @ Failed::Broken { .. }) => return Err(broken.into()),
            // the session is in order
            Err(refused) => {
                self.live = Some(live);
                return Err(FilingRefused(refused.to_string()).into());
            }
            Ok(()) => self.live = Some(live),
        }
        Ok(())
    }

    /// See [`super::Mailbox::refile`].
    ///
    /// # Errors
    /// It is not known whether the mail was moved.
    pub async fn refile(&mut self, message_id: Option<&str>) -> Result<()> {
        let Some(criteria) = message_id.and_then(of_id) else { return Ok(()) };
        let (held, processed) = (self.folders.wire(FolderName::Held), self.folders.wire(FolderName::Processed));
        let mut live = self.take().await?;
        let moved = live.refile(&held, &criteria, &processed).await;
        // an INBOX must not be taken for the folder that was opened
        live.selected = None;
        self.live = Some(live);
        Ok(moved?)
    }

    /// See [`super::Mailbox::find`].
    ///
    /// # Errors
    /// A folder could not be searched.
    pub async fn find(&mut self, message_id: &str) -> Result<bool> {
        let Some(criteria) = of_id(message_id) else {
            bail!("looking for a letter: its Message-ID is not a usable one");
        };
        let mut live = self.take().await?;
        let mut found = false;
        for folder in self.folders.searched() {
            if found {
                break;
            }
            found = live.holds(&folder, &criteria).await?;
        }
        self.live = Some(live);
        Ok(found)
    }

    /// See [`super::Mailbox::wait`].
    ///
    /// # Errors
    /// The connection was lost while waiting.
    pub async fn wait(&mut self, limit: Duration) -> Result<()> {
        let mut live = self.take().await?;
        if !live.can.idle {
            self.live = Some(live);
            tokio::time::sleep(limit).await;
            return Ok(());
        }
        // What arrived while other commands ran is not told again by IDLE: compare first.
        let now = live.open("opening the inbox", "INBOX", true).await?;
        let changed = self.seen.as_ref().is_some_and(|seen| now.changed_since(seen));
        if !changed {
            live = Box::new(live.idle(limit, &self.limits).await?);
        }
        self.live = Some(live);
        Ok(())
    }

    /// Logs out, if logged in.
    pub async fn close(&mut self) {
        if let Some(mut live) = self.live.take() {
            // Good manners only: nothing depends on the answer.
            let _ = tokio::time::timeout(Duration::from_secs(5), live.session.logout()).await;
        }
    }
}

/// Size and arrival of these mails of the open mailbox, in the order asked.
async fn describe(live: &mut Live, uids: &[String]) -> Result<Vec<Described>> {
    let asked = uids.iter().map(|uid| number(uid)).collect::<Result<Vec<u32>>>()?;
    let mut facts: BTreeMap<u32, Facts> = BTreeMap::new();
    for batch in asked.chunks(BATCH) {
        let list = batch.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        live.strict("asking sizes", &format!("UID FETCH {list} (UID RFC822.SIZE INTERNALDATE)"), |response| {
            note(response, &mut facts)
        })
        .await?;
    }
    let known = asked.iter().filter_map(|uid| facts.remove(uid).map(|facts| (*uid, facts)));
    Ok(known.filter_map(|(uid, facts)| facts.described(uid)).collect())
}

/// What finds a mail by its Message-ID; `None` where the id could mean something else to the server.
fn of_id(message_id: &str) -> Option<String> {
    let id = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    let usable = !id.is_empty() && id.len() <= 900 && id.bytes().all(|byte| byte.is_ascii_graphic());
    usable.then(|| format!("HEADER Message-ID {}", quoted(&format!("<{id}>"))))
}

/// The bytes of one mail of the open mailbox.
async fn fetch(live: &mut Live, uid: &str, max_mail_bytes: u64) -> Result<Option<Vec<u8>>> {
    let limit = second_net(max_mail_bytes);
    match first_bytes(live, uid, limit.saturating_add(1)).await? {
        Some(bytes) if bytes.len() as u64 > limit => Err(TooBig { limit }.into()),
        other => Ok(other),
    }
}

/// Its header; of a longer one the beginning.
async fn fetch_header(live: &mut Live, uid: &str) -> Result<Option<Vec<u8>>> {
    let first = first_bytes(live, uid, header::SCANNED as u64).await?;
    Ok(first.map(|it| header::section(&it).to_vec()))
}

async fn first_bytes(live: &mut Live, uid: &str, count: u64) -> Result<Option<Vec<u8>>> {
    let uid = number(uid)?;
    let (mut bytes, mut named) = (None, false);
    // A partial fetch bounds what the server sends, whatever size it told before (RFC 3501 §6.4.5).
    let command = format!("UID FETCH {uid} (UID BODY.PEEK[]<0.{count}>)");
    live.strict("fetching a mail", &command, |response| {
        if let Some((answered, body)) = body_of(response)
            && answered == uid
        {
            named = true;
            bytes = body.or_else(|| bytes.take());
        }
    })
    .await?;
    match bytes {
        None if named => bail!("fetching a mail: the server names it but sends no bytes"),
        other => Ok(other),
    }
}

fn number(uid: &str) -> Result<u32> {
    uid.parse().ok().filter(|uid| *uid > 0).context("a uid that is not a number: it belongs to another mailbox")
}

#[cfg(test)]
mod tests;
