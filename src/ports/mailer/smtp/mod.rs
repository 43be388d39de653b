//! Sends by SMTP (RFC 5321, submission as in RFC 6409), step by step, so that it is always known how far a letter got.
//!
//! The transport of the crate knows one result for a whole letter and bounds only the connecting; here every phase has
//! its own limit and its own meaning, and a connection is thrown away at the first doubt.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use serde::Deserialize;
use tokio::time::timeout;

use super::{Envelope, Outcome};
pub use crate::ports::connect::Security;
use crate::ports::connect::{ConnectError, short};
use crate::ports::credential::Credential;

mod letter;
mod session;
mod starttls;

use letter::Letter;

/// How to reach the server that takes our letters. Secrets are not among it: they are files of their own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server's name, as in its certificate.
    pub host: String,
    /// The port; without it, 465 for `tls` and 587 for `starttls`.
    pub port: Option<u16>,
    /// How the connection is encrypted. There is no way to send in the clear.
    pub security: Security,
    /// The user to log in as; without it, letters are sent without log-in.
    pub user: Option<String>,
    /// File of the password: a systemd credential of this name, an absolute path, or a file beside the configuration.
    /// Without it, `[oauth2]` is used.
    pub password_file: Option<PathBuf>,
    /// The authority that signs the server's certificate, as a PEM file; without it, the system's roots are trusted.
    pub ca_file: Option<PathBuf>,
    /// The name we greet with; without it, this machine's name.
    pub hello: Option<String>,
}

impl Settings {
    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Tls => 465,
            Security::Starttls => 587,
        })
    }
}

/// How long things may take. The defaults are for real servers; tests use shorter ones.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The TCP connection.
    pub connect: Duration,
    /// Everything before the letter's bytes: connection, TLS, log-in, envelope.
    pub dialogue: Duration,
    /// The letter's bytes and the answer to them.
    pub letter: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), dialogue: Duration::from_secs(60), letter: Duration::from_secs(120) }
    }
}

/// A server that takes letters, and the connection to it while one is kept.
pub struct Smtp {
    settings: Settings,
    credential: Option<Credential>,
    limits: Limits,
    /// Boxed: it is large, and mostly absent.
    kept: Option<Box<AsyncSmtpConnection>>,
}

/// What stopped a letter before its first byte was sent.
enum Stopped {
    /// The server's answer decides.
    Outcome(Outcome),
    /// The connection is of no more use: where it was kept from before, another may do better.
    Gone(Gone),
}

/// How a connection was lost.
struct Gone {
    code: Option<u16>,
    why: String,
    at: Step,
}

/// How far the envelope had come: of whom what follows speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Of us.
    Before,
    /// The server has taken `MAIL`: of this letter and its recipient.
    Letter,
    /// Of the copy for ourselves.
    Copy,
}

/// A connection on which the server waits for the letter's bytes.
struct Announced {
    connection: AsyncSmtpConnection,
    /// Our own address is among the recipients.
    copied: bool,
}

impl Smtp {
    /// A mailer that will connect when there is a letter.
    #[must_use]
    pub fn new(settings: Settings, credential: Option<Credential>) -> Self {
        Self::with_limits(settings, credential, Limits::default())
    }

    /// The same with other time limits.
    #[must_use]
    pub fn with_limits(settings: Settings, credential: Option<Credential>, limits: Limits) -> Self {
        Self { settings, credential, limits, kept: None }
    }

    /// See [`super::Mailer::send`].
    pub async fn send(&mut self, envelope: &Envelope, bytes: &[u8]) -> Outcome {
        let mut letter = match Letter::new(envelope, bytes) {
            Ok(letter) => letter,
            Err(refused) => return refused,
        };
        // Taken out: a call that is dropped on its way leaves no half-used connection behind.
        let kept = self.kept.take();
        let mut again = kept.is_some();
        let mut announced = self.announce(kept.map(|it| *it), &letter).await;
        while let Err(Stopped::Gone(gone)) = &announced {
            match gone.at {
                Step::Copy => leave_out_copy(&mut letter),
                _ if again => {}
                _ => break,
            }
            again = false;
            announced = self.announce(None, &letter).await;
        }
        match announced {
            Ok(announced) => self.deliver(announced, &letter).await,
            Err(Stopped::Outcome(outcome)) => outcome,
            Err(Stopped::Gone(Gone { why, at: Step::Before, .. })) => Outcome::Away { why },
            Err(Stopped::Gone(Gone { code, why, .. })) => Outcome::Later { code, why },
        }
    }

    /// Everything up to the server's `354`: no byte of the letter is sent, so whatever goes wrong, it can be tried again.
    async fn announce(&self, kept: Option<AsyncSmtpConnection>, letter: &Letter<'_>) -> Result<Announced, Stopped> {
        let step = Mutex::new(Step::Before);
        let marked = |stopped| match stopped {
            Stopped::Gone(gone) => {
                Stopped::Gone(Gone { at: *step.lock().unwrap_or_else(PoisonError::into_inner), ..gone })
            }
            decided => decided,
        };
        let dialogue = async {
            let mut connection = match kept {
                Some(kept) => kept,
                None => {
                    session::open(&self.settings, self.credential.as_ref(), &self.limits).await.map_err(unopened)?
                }
            };
            let told = envelope(&mut connection, letter, &step).await;
            Ok((connection, told))
        };
        let (connection, told) = match timeout(self.limits.dialogue, dialogue).await {
            Ok(result) => result?,
            Err(_) => {
                return Err(marked(gone("the server did not answer in time, before the letter was sent".to_owned())));
            }
        };
        match told {
            Ok(copied) => Ok(Announced { connection, copied }),
            Err(stopped) => {
                // No second letter goes over a connection that refused one.
                session::leave(connection).await;
                Err(marked(stopped))
            }
        }
    }

    /// The letter's bytes, the final dot and the answer.
    async fn deliver(&mut self, announced: Announced, letter: &Letter<'_>) -> Outcome {
        let Announced { mut connection, copied } = announced;
        // Set when the crate asks for more after the last piece: the next thing it writes is the final dot.
        let dot = AtomicBool::new(false);
        let pieces = letter.pieces().chain(std::iter::from_fn(|| {
            dot.store(true, Ordering::Relaxed);
            None
        }));
        let answer = timeout(self.limits.letter, connection.message_iter(pieces)).await;
        let dot = dot.load(Ordering::Relaxed);
        let silent = |why: &str| match dot {
            true => Outcome::Unheard { why: format!("{why}, after the letter was sent"), copied },
            // Without the final dot no server keeps a letter (RFC 5321 §4.1.1.4).
            false => Outcome::Later { code: None, why: format!("{why}, while the letter was being sent") },
        };
        match answer {
            Ok(Ok(response)) if response.code().severity == Severity::PositiveCompletion => {
                self.kept = Some(Box::new(connection));
                Outcome::Accepted
            }
            Ok(Ok(_)) => silent("an answer that means nothing here"),
            Ok(Err(error)) => match session::status(&error) {
                Some((code, why)) => by_code(code, why),
                None => silent(session::word(&error)),
            },
            Err(_) => silent("the server did not answer in time"),
        }
    }

    /// Connects, logs in and leaves.
    ///
    /// # Errors
    /// Why letters could not be sent, and what to do about it.
    pub async fn verify(&mut self) -> Result<(), ConnectError> {
        let opened = session::open(&self.settings, self.credential.as_ref(), &self.limits);
        match timeout(self.limits.dialogue, opened).await {
            Ok(opened) => session::leave(opened.map_err(|unopened| unopened.error)?).await,
            Err(_) => {
                return Err(ConnectError::Unreachable("no complete answer in time".to_owned()));
            }
        }
        Ok(())
    }

    /// Says QUIT on a connection that was kept.
    pub async fn close(&mut self) {
        if let Some(connection) = self.kept.take() {
            session::leave(*connection).await;
        }
    }
}

fn gone(why: String) -> Stopped {
    Stopped::Gone(Gone { code: None, why, at: Step::Before })
}

/// The envelope, one command at a time, each answer looked at: `MAIL`, `RCPT`s, `DATA`. Says whether the copy for
/// ourselves was taken.
async fn envelope(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter<'_>,
    step: &Mutex<Step>,
) -> Result<bool, Stopped> {
    let enter = |now| *step.lock().unwrap_or_else(PoisonError::into_inner) = now;
    let mail = Mail::new(letter.from.clone(), parameters(connection, letter)?);
    match connection.command(mail).await {
        Ok(response) => expect(&response, 250)?,
        Err(error) => return Err(refused(&error, of_mail)),
    }
    enter(Step::Letter);
    recipient(connection, &letter.to).await?;
    let mut copied = false;
    if let Some(copy) = &letter.copy {
        enter(Step::Copy);
        copied = match recipient(connection, copy).await {
            Ok(()) => true,
            // Our own mailbox is full, or busy: that says nothing about the company's.
            Err(Stopped::Outcome(_)) => {
                warn_of_no_proof();
                false
            }
            Err(gone) => return Err(gone),
        };
        enter(Step::Letter);
    }
    match connection.command(Data).await {
        Ok(response) => expect(&response, 354)?,
        Err(error) => return Err(refused(&error, by_code)),
    }
    Ok(copied)
}

fn leave_out_copy(letter: &mut Letter<'_>) {
    letter.copy = None;
    warn_of_no_proof();
}

fn warn_of_no_proof() {
    tracing::warn!("the relay does not take the copy for our own address: this letter leaves no proof");
}

async fn recipient(connection: &mut AsyncSmtpConnection, to: &Address) -> Result<(), Stopped> {
    match connection.command(Rcpt::new(to.clone(), Vec::new())).await {
        Ok(response) if response.code().severity == Severity::PositiveCompletion => Ok(()),
        Ok(_) => Err(gone("an answer to RCPT that means nothing here".to_owned())),
        Err(error) => Err(refused(&error, by_code)),
    }
}

fn parameters(connection: &AsyncSmtpConnection, letter: &Letter<'_>) -> Result<Vec<MailParameter>, Stopped> {
    let mut parameters = Vec::new();
    let lacks =
        |what: &str| Stopped::Outcome(Outcome::Never { code: 554, why: format!("the mail server cannot take {what}") });
    if letter.addresses_beyond_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(lacks("an address that is not ASCII"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if letter.bytes_beyond_ascii() {
        if !connection.server_info().supports_feature(Extension::EightBitMime) {
            return Err(lacks("a letter that is not ASCII"));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// Another positive code than the one due means that the answers are out of step.
fn expect(response: &Response, code: u16) -> Result<(), Stopped> {
    if response.has_code(code) {
        return Ok(());
    }
    let got = u16::from(response.code());
    Err(gone(format!("the server answered {got} where {code} was due")))
}

fn refused(error: &lettre::transport::smtp::Error, means: fn(u16, String) -> Outcome) -> Stopped {
    match session::status(error) {
        // 421: the server is closing the connection (RFC 5321 §3.8)
        Some((421, why)) => Stopped::Gone(Gone { code: Some(421), why, at: Step::Before }),
        Some((code, why)) => Stopped::Outcome(means(code, why)),
        None => gone(format!("{}, before the letter was sent", session::word(error))),
    }
}

/// The answer to `MAIL`. The return path is ours: a server that refuses it will refuse it for every letter.
fn of_mail(code: u16, why: String) -> Outcome {
    match code {
        500.. => Outcome::OurFault { code: Some(code), why },
        _ => Outcome::Away { why: format!("{code} {why}") },
    }
}

/// RFC 5321 §4.2.1, and RFC 4954 §6 for the codes that speak of us and not of the letter.
fn by_code(code: u16, why: String) -> Outcome {
    match code {
        530 | 534 | 535 | 538 => Outcome::OurFault { code: Some(code), why },
        500.. => Outcome::Never { code, why },
        _ => Outcome::Later { code: Some(code), why },
    }
}

/// A refused connection or log-in says nothing about the letter, however permanent the server thinks it is.
fn unopened(unopened: session::Unopened) -> Stopped {
    let why = short(&unopened.error.to_string());
    Stopped::Outcome(match unopened.ours {
        true => Outcome::OurFault { code: unopened.code, why },
        false => Outcome::Away { why },
    })
}

#[cfg(test)]
mod tests;
