//! One logged-in IMAP session: commands whose tagged answer is demanded, and what we ask with them.
//!
//! The crate's own helpers say Ok when the server said NO or hung up, so only [`Live::strict`] talks to the server.

use std::time::Duration;

use async_imap::Session;
use async_imap::imap_proto::{Capability, MailboxDatum, NameAttribute, Response, ResponseCode, Status};
use tokio::time::timeout;

use super::tls::Io;
use crate::ports::connect::{io_word, short};

/// A command that did not end in a tagged OK.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// The server answered NO or BAD; the session is still in order.
    #[error("{doing}: the server refused: {text}")]
    Refused { doing: &'static str, text: String, try_create: bool },
    /// The session is of no more use.
    #[error("{doing}: {why}")]
    Broken { doing: &'static str, why: String },
}

type Done<T> = Result<T, Failed>;

/// What SELECT or EXAMINE told about a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selected {
    /// Its name on the wire.
    pub(super) folder: String,
    pub(super) validity: u32,
    /// UIDNEXT, which servers should send but need not (RFC 3501 §6.3.1).
    pub(super) next: Option<u32>,
    pub(super) exists: u32,
    pub(super) read_only: bool,
}

/// A session and what its server can do.
pub(super) struct Live {
    pub(super) session: Session<Io>,
    pub(super) selected: Option<Selected>,
    pub(super) can: Abilities,
    pub(super) command_limit: Duration,
}

/// The limits on one read and one write count from the command on. What the command before has left running (TLS reads ahead)
/// would end this one at once, however long the connection was silent in between.
fn begin_limits(io: &mut Io) {
    let mut bounded = io.get_mut().get_mut().0.as_mut();
    let (read, write) = (bounded.read_timeout(), bounded.write_timeout());
    bounded.as_mut().set_read_timeout_pinned(read);
    bounded.set_write_timeout_pinned(write);
}

/// The extensions that matter here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    pub(super) idle: bool,
    pub(super) moves: bool,
    pub(super) uidplus: bool,
    /// LIST tells special uses when asked to (RFC 6154 §3); both extensions are needed for it.
    pub(super) special_use: bool,
    pub(super) list_extended: bool,
}

impl Live {
    /// Asks a fresh session what its server can do.
    pub(super) async fn new(session: Session<Io>, command_limit: Duration) -> Done<Self> {
        let mut live = Self { session, selected: None, can: Abilities::default(), command_limit };
        let mut can = Abilities::default();
        live.strict("asking what the server can do", "CAPABILITY", |response| {
            if let Response::Capabilities(list) = response {
                list.iter().for_each(|one| can.add(one));
            }
        })
        .await?;
        live.can = can;
        Ok(live)
    }

    /// Runs a command, shows every untagged response to `each`, and demands the tagged OK. `doing` says what we were
    /// about, for the error; the command itself is not told, it may hold names.
    pub(super) async fn strict(
        &mut self,
        doing: &'static str,
        command: &str,
        mut each: impl FnMut(&Response<'_>) + Send,
    ) -> Done<bool> {
        if command.contains(['\r', '\n', '\0']) {
            return Err(Failed::Broken { doing, why: "a line end within the command".to_owned() });
        }
        begin_limits(self.session.as_mut());
        match timeout(self.command_limit, self.converse(doing, command, &mut each)).await {
            Ok(done) => done,
            Err(_) => Err(Failed::Broken { doing, why: "no complete answer in time".to_owned() }),
        }
    }

    async fn converse(
        &mut self,
        doing: &'static str,
        command: &str,
        each: &mut (impl FnMut(&Response<'_>) + Send),
    ) -> Done<bool> {
        let broken = |why: String| Failed::Broken { doing, why };
        let tag = self.session.run_command(command).await.map_err(|_| broken("the connection was lost".to_owned()))?;
        loop {
            let response = self.session.read_response().await.map_err(|error| broken(io_word(&error)))?;
            let Some(response) = response else {
                return Err(broken("the server closed the connection".to_owned()));
            };
            match response.parsed() {
                Response::Done { tag: answered, status, outcome } if *answered == tag => {
                    let text = short(outcome.information.as_deref().unwrap_or_default());
                    let try_create = matches!(outcome.code, Some(ResponseCode::TryCreate));
                    let read_only = matches!(outcome.code, Some(ResponseCode::ReadOnly));
                    return match status {
                        Status::Ok => Ok(read_only),
                        Status::No | Status::Bad => Err(Failed::Refused { doing, text, try_create }),
                        Status::PreAuth | Status::Bye => Err(broken(text)),
                    };
                }
                Response::Data { status: Status::Bye, outcome } => {
                    let text = short(outcome.information.as_deref().unwrap_or_default());
                    return Err(broken(format!("the server hung up: {text}")));
                }
                other => each(other),
            }
        }
    }

    /// Opens a mailbox for changes, or for reading only.
    pub(super) async fn open(&mut self, doing: &'static str, folder: &str, change: bool) -> Done<Selected> {
        // RFC 3501 §6.3.1: a SELECT that fails leaves no mailbox selected.
        self.selected = None;
        let verb = if change { "SELECT" } else { "EXAMINE" };
        let (mut validity, mut next, mut exists) = (None, None, 0);
        let read_only = self
            .strict(doing, &format!("{verb} {}", quoted(folder)), |response| match response {
                Response::MailboxData(MailboxDatum::Exists(count)) => exists = *count,
                Response::Data { outcome, .. } => match outcome.code {
                    Some(ResponseCode::UidValidity(value)) => validity = Some(value),
                    Some(ResponseCode::UidNext(value)) => next = Some(value),
                    _ => {}
                },
                _ => {}
            })
            .await?;
        // Without UIDVALIDITY a uid names nothing that lasts (RFC 9051 §2.3.1.1).
        let Some(validity) = validity else {
            return Err(Failed::Broken { doing, why: "the server gives no UIDVALIDITY".to_owned() });
        };
        let selected = Selected { folder: folder.to_owned(), validity, next, exists, read_only };
        self.selected = Some(selected.clone());
        Ok(selected)
    }

    /// The INBOX opened for changes, without asking again where it is open already.
    pub(super) async fn inbox(&mut self) -> Done<Selected> {
        match &self.selected {
            Some(selected) if selected.folder == "INBOX" => Ok(selected.clone()),
            _ => self.open("opening the inbox", "INBOX", true).await,
        }
    }

    /// The uids a search finds in the open mailbox, ascending.
    pub(super) async fn search(&mut self, doing: &'static str, criteria: &str) -> Done<Vec<u32>> {
        let mut uids = Vec::new();
        self.strict(doing, &format!("UID SEARCH {criteria}"), |response| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                uids.extend_from_slice(found);
            }
        })
        .await?;
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// Whether a mailbox of this name can be opened.
    pub(super) async fn exists(&mut self, folder: &str) -> Done<bool> {
        let mut found = false;
        self.strict("looking for a folder", &format!("LIST \"\" {}", quoted(folder)), |response| {
            if let Response::MailboxData(MailboxDatum::List(entry)) = response {
                found |= !entry.name_attributes.iter().any(cannot_be_opened);
            }
        })
        .await?;
        Ok(found)
    }

    /// The server's separator of folder levels (RFC 3501 §6.3.8: an empty name asks for it).
    pub(super) async fn separator(&mut self) -> Done<Option<String>> {
        let mut separator = None;
        self.strict("asking how folders are separated", "LIST \"\" \"\"", |response| {
            if let Response::MailboxData(MailboxDatum::List(entry)) = response {
                separator = entry.delimiter.as_deref().map(ToOwned::to_owned);
            }
        })
        .await?;
        Ok(separator)
    }

    /// Makes a mailbox and subscribes to it, so that people see it in their mail programs.
    pub(super) async fn create(&mut self, folder: &str) -> Done<()> {
        self.strict("making a folder", &format!("CREATE {}", quoted(folder)), |_| ()).await?;
        match self.strict("subscribing to a folder", &format!("SUBSCRIBE {}", quoted(folder)), |_| ()).await {
            // Not every server has subscriptions, and none of our work needs them.
            Ok(_) | Err(Failed::Refused { .. }) => Ok(()),
            Err(broken) => Err(broken),
        }
    }
}

impl Abilities {
    fn add(&mut self, capability: &Capability<'_>) {
        let Capability::Atom(name) = capability else {
            return;
        };
        // IMAP4rev2 has all of them in its base (RFC 9051, appendix E).
        let all = name.eq_ignore_ascii_case("IMAP4rev2");
        self.idle |= all || name.eq_ignore_ascii_case("IDLE");
        self.moves |= all || name.eq_ignore_ascii_case("MOVE");
        self.special_use |= all || name.eq_ignore_ascii_case("SPECIAL-USE");
        self.list_extended |= all || name.eq_ignore_ascii_case("LIST-EXTENDED");
        self.uidplus |= all || name.eq_ignore_ascii_case("UIDPLUS");
    }
}

fn cannot_be_opened(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::NoSelect => true,
        NameAttribute::Extension(name) => name.eq_ignore_ascii_case("\\NonExistent"),
        _ => false,
    }
}

/// A quoted string (RFC 3501 §9). Line ends are refused by [`Live::strict`].
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
