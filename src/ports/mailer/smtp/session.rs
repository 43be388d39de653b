//! Opens an SMTP connection: TCP, TLS, EHLO, log-in; and says in our words what the crate's errors mean.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;
use tokio_rustls::rustls;

use super::{Limits, Security, Settings};
use crate::ports::connect::{ConnectError, short};
use crate::ports::credential::Credential;

/// A connection that could not be made ready, with the server's code where it gave one.
pub(super) struct Unopened {
    pub(super) code: Option<u16>,
    pub(super) error: ConnectError,
}

/// Connects and logs in. The caller bounds the whole.
pub(super) async fn open(
    settings: &Settings,
    credential: Option<&Credential>,
    limits: &Limits,
) -> Result<AsyncSmtpConnection, Unopened> {
    let tls = trust(settings)?;
    // before anything is opened: a token service that says no leaves no server waiting
    let secret = match credential {
        Some(it) => Some(it.secret().await.map_err(local)?),
        None => None,
    };
    let hello = settings.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
    let at_once = matches!(settings.security, Security::Tls).then(|| tls.clone());
    let server = (settings.host.as_str(), settings.port());
    let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(limits.connect), &hello, at_once, None)
        .await
        .map_err(unopened)?;
    if settings.security == Security::Starttls {
        if !connection.can_starttls() {
            leave(connection).await;
            return Err(local(ConnectError::Protocol("the server offers no STARTTLS".to_owned())));
        }
        connection.starttls(tls, &hello).await.map_err(unopened)?;
    }
    let Some(user) = &settings.user else { return Ok(connection) };
    let (Some(credential), Some(secret)) = (credential, secret) else {
        leave(connection).await;
        return Err(local(ConnectError::LogInRefused("a user but no password is configured".to_owned())));
    };
    let mechanisms = if credential.is_token() { &[Mechanism::Xoauth2][..] } else { DEFAULT_MECHANISMS };
    let known = Credentials::new(user.clone(), secret.reveal().to_owned());
    match log_in(&mut connection, mechanisms, &known).await {
        Ok(()) => Ok(connection),
        Err(Unopened { code, error }) => {
            leave(connection).await;
            Err(Unopened { code, error: credential.refused(error).await })
        }
    }
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
        return Err(local(ConnectError::Protocol("the server does not offer this kind of log-in".to_owned())));
    }
    match connection.auth(mechanisms, known).await {
        // RFC 4954 §6: 235 and nothing else is a log-in.
        Ok(response) if response.has_code(235) => Ok(()),
        Ok(_) => Err(local(ConnectError::Protocol("an answer to the log-in that means nothing here".to_owned()))),
        // XOAUTH2 tells a refusal as a challenge, which the crate takes for a mistake of its own
        Err(error) if error.is_client() && mechanisms == [Mechanism::Xoauth2] => {
            Err(Unopened { code: Some(535), error: ConnectError::LogInRefused("535 token".to_owned()) })
        }
        Err(error) => {
            let refused = status(&error).filter(|(code, _)| *code >= 500);
            Err(match refused {
                Some((code, why)) => Unopened { code: Some(code), error: ConnectError::LogInRefused(why) },
                None => unopened(error),
            })
        }
    }
}

/// The authority given alone, or the system's roots; never anything that is not checked.
fn trust(settings: &Settings) -> Result<TlsParameters, Unopened> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let unusable = |why: &str| local(ConnectError::Tls(format!("`ca_file` {}: {why}", path.display())));
        let pem = std::fs::read(path).map_err(|_| unusable("cannot be read"))?;
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(unusable("holds no certificate"));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|_| unusable("is not PEM"))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| local(ConnectError::Tls(short(&error.to_string()))))
}

fn local(error: ConnectError) -> Unopened {
    Unopened { code: None, error }
}

fn unopened(error: Error) -> Unopened {
    if let Some((code, why)) = status(&error) {
        return Unopened { code: Some(code), error: ConnectError::Unreachable(format!("{code} {why}")) };
    }
    local(match io_cause(&error) {
        Some(io) => match io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidMessage(_)) => ConnectError::Tls("the port does not speak TLS".to_owned()),
            Some(reason) => ConnectError::Tls(short(&reason.to_string())),
            None => ConnectError::Unreachable(io.kind().to_string()),
        },
        None => ConnectError::Protocol(word(&error).to_owned()),
    })
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
