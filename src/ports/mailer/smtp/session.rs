//! Opens an SMTP connection: TCP, TLS, EHLO, log-in; and says in our words what the crate's errors mean.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::starttls::{self, Secured};
use super::{Limits, Security, Settings};
use crate::ports::connect::{ConnectError, short};
use crate::ports::credential::Credential;
use crate::ports::tls::{self, Tls};

/// A connection that could not be made ready: nothing was said of any letter.
pub(super) struct Unopened {
    /// The server's code, where it gave one.
    pub(super) code: Option<u16>,
    /// Nothing mends itself: a person must look at our configuration.
    pub(super) ours: bool,
    pub(super) error: ConnectError,
}

impl Unopened {
    /// By its kind. What cannot be reached or understood now may be well in a minute; a refused log-in, a withdrawn
    /// consent or a certificate that nobody vouches for will not.
    pub(super) fn of(error: ConnectError) -> Self {
        let ours = !matches!(error, ConnectError::Unreachable(_) | ConnectError::Protocol(_));
        Self { code: None, ours, error }
    }

    pub(super) fn ours(error: ConnectError) -> Self {
        Self { code: None, ours: true, error }
    }

    /// By the server's code; a log-in is not among it.
    pub(super) fn refused(code: u16, why: &str) -> Self {
        let error = ConnectError::Unreachable(format!("{code} {why}"));
        Self { code: Some(code), ours: code >= 500, error }
    }
}

/// Connects and logs in. The caller bounds the whole.
pub(super) async fn open(
    settings: &Settings,
    credential: Option<&Credential>,
    limits: &Limits,
) -> Result<AsyncSmtpConnection, Unopened> {
    let tls = Tls::to(&settings.host, settings.ca_file.as_deref()).map_err(Unopened::of)?;
    // before anything is opened: a token service that says no leaves no server waiting
    let secret = match credential {
        Some(it) => Some(it.secret().await.map_err(Unopened::of)?),
        None => None,
    };
    let hello = settings.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
    let mut tcp = reach(settings, limits).await.map_err(Unopened::of)?;
    let stream = match settings.security {
        Security::Tls => Secured::from_the_first_byte(tls.over(tcp).await.map_err(Unopened::of)?),
        Security::Starttls => {
            starttls::ask(&mut tcp, &hello).await?;
            Secured::after_the_greeting(tls.over(tcp).await.map_err(Unopened::of)?)
        }
    };
    let mut connection =
        AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await.map_err(unopened)?;
    let Some(user) = &settings.user else { return Ok(connection) };
    let (Some(credential), Some(secret)) = (credential, secret) else {
        leave(connection).await;
        return Err(Unopened::ours(ConnectError::LogInRefused("a user but no password is configured".to_owned())));
    };
    let mechanisms = if credential.is_token() { &[Mechanism::Xoauth2][..] } else { DEFAULT_MECHANISMS };
    let known = Credentials::new(user.clone(), secret.reveal().to_owned());
    match log_in(&mut connection, mechanisms, &known).await {
        Ok(()) => Ok(connection),
        Err(it) => {
            leave(connection).await;
            Err(Unopened { error: credential.refused(it.error).await, ..it })
        }
    }
}

/// The first of the server's addresses that answers. Each has its time: one that is dead does not hide the next.
async fn reach(settings: &Settings, limits: &Limits) -> Result<TcpStream, ConnectError> {
    let unreachable = |error: std::io::Error| ConnectError::Unreachable(error.kind().to_string());
    let server = (settings.host.as_str(), settings.port());
    let mut why = ConnectError::Unreachable("the name has no address".to_owned());
    for address in tokio::net::lookup_host(server).await.map_err(unreachable)? {
        match timeout(limits.connect, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // commands are small and wait for their answers
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Ok(Err(error)) => why = unreachable(error),
            Err(_) => why = ConnectError::Unreachable("the connection timed out".to_owned()),
        }
    }
    Err(why)
}

/// QUIT, for good manners only: nothing depends on the answer.
pub(super) async fn leave(mut connection: AsyncSmtpConnection) {
    let _ = timeout(Duration::from_secs(5), connection.abort()).await;
}

async fn log_in(
    connection: &mut AsyncSmtpConnection,
    mechanisms: &[Mechanism],
    known: &Credentials,
) -> Result<(), Unopened> {
    if connection.server_info().get_auth_mechanism(mechanisms).is_none() {
        return Err(Unopened::ours(ConnectError::Protocol("the server does not offer this kind of log-in".to_owned())));
    }
    match connection.auth(mechanisms, known).await {
        // RFC 4954 §6: 235 and nothing else is a log-in.
        Ok(response) if response.has_code(235) => Ok(()),
        Ok(_) => {
            Err(Unopened::of(ConnectError::Protocol("an answer to the log-in that means nothing here".to_owned())))
        }
        // XOAUTH2 tells a refusal as a challenge, which the crate takes for a mistake of its own
        Err(error) if error.is_client() && mechanisms == [Mechanism::Xoauth2] => {
            Err(Unopened { code: Some(535), ..Unopened::ours(ConnectError::LogInRefused("535 token".to_owned())) })
        }
        Err(error) => {
            let refused = status(&error).filter(|(code, _)| *code >= 500);
            Err(match refused {
                Some((code, why)) => Unopened { code: Some(code), ..Unopened::ours(ConnectError::LogInRefused(why)) },
                None => unopened(error),
            })
        }
    }
}

fn unopened(error: Error) -> Unopened {
    match (status(&error), io_cause(&error)) {
        (Some((code, why)), _) => Unopened::refused(code, &why),
        (None, Some(io)) => {
            let lost = || ConnectError::Unreachable(io.kind().to_string());
            Unopened::of(tls::reason(io).unwrap_or_else(lost))
        }
        (None, None) => Unopened::of(ConnectError::Protocol(word(&error).to_owned())),
    }
}

/// The server's code and text, where the error is one.
pub(super) fn status(error: &Error) -> Option<(u16, String)> {
    let code = u16::from(error.status()?);
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    Some((code, short(&text)))
}

/// What happened to the connection. The crate's own text is not used: it may hold what the server sent.
pub(super) fn word(error: &Error) -> &'static str {
    if error.is_timeout() {
        "the connection timed out"
    } else if error.is_response() {
        "no complete answer came"
    } else if io_cause(error).is_some() {
        "the connection was lost"
    } else {
        "an answer that cannot be read"
    }
}

fn io_cause(error: &Error) -> Option<&std::io::Error> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        source = cause.source();
    }
    None
}
