//! Opens an IMAP connection: TCP, TLS, greeting, log-in, each with its own word for what went wrong.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use async_imap::imap_proto::{Response, Status};
use async_imap::{Client, Session};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::BufWriter;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::{Limits, Settings};
use crate::ports::connect::{ConnectError, io_word, short};
use crate::ports::secret::Secret;

/// Every read and write is bounded by the `TimeoutStream`; TLS sits on top; the `BufWriter` joins tag and command into
/// one packet.
pub(super) type Io = BufWriter<TlsStream<Pin<Box<TimeoutStream<TcpStream>>>>>;

/// A logged-in session, within [`Limits::connect`] altogether.
pub(super) async fn log_in(
    settings: &Settings,
    password: &Secret,
    limits: &Limits,
) -> Result<Session<Io>, ConnectError> {
    let opened = async {
        let client = greeted(settings, limits).await?;
        client.login(&settings.user, password.reveal()).await.map_err(|(error, _)| refusal(&error))
    };
    match timeout(limits.connect, opened).await {
        Ok(session) => session,
        Err(_) => Err(ConnectError::Unreachable("no complete answer in time".to_owned())),
    }
}

async fn greeted(settings: &Settings, limits: &Limits) -> Result<Client<Io>, ConnectError> {
    let connector = connector(settings.ca_file.as_deref())?;
    let name = ServerName::try_from(settings.host.clone())
        .map_err(|_| ConnectError::Tls("`host` is neither a name nor an address".to_owned()))?;
    let tcp = TcpStream::connect((settings.host.as_str(), settings.port))
        .await
        .map_err(|error| ConnectError::Unreachable(error.kind().to_string()))?;
    // Commands are small and wait for their answers.
    let _ = tcp.set_nodelay(true);
    let mut bounded = TimeoutStream::new(tcp);
    bounded.set_read_timeout(Some(limits.io));
    bounded.set_write_timeout(Some(limits.io));
    let tls = connector.connect(name, Box::pin(bounded)).await.map_err(|error| tls_failure(&error))?;
    let mut client = Client::new(BufWriter::new(tls));
    let greeting = client
        .read_response()
        .await
        .map_err(|error| ConnectError::Protocol(io_word(&error)))?
        .ok_or_else(|| ConnectError::Unreachable("closed before a greeting".to_owned()))?;
    match greeting.parsed() {
        Response::Data { status: Status::Ok, .. } => Ok(client),
        // RFC 9051 §7.1.5: a BYE greeting means that the server does not want this connection now.
        Response::Data { status: Status::Bye, outcome } => {
            Err(ConnectError::Unreachable(short(outcome.information.as_deref().unwrap_or("BYE"))))
        }
        _ => Err(ConnectError::Protocol("not an IMAP greeting".to_owned())),
    }
}

/// What a refused LOGIN means. RFC 5530 §3: UNAVAILABLE, INUSE and LIMIT say "later", not "wrong password".
fn refusal(error: &async_imap::error::Error) -> ConnectError {
    use async_imap::error::Error;
    match error {
        Error::No(text) if ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]"].iter().any(|code| text.contains(code)) => {
            ConnectError::Unreachable(short(status_text(text)))
        }
        Error::No(text) => ConnectError::LogInRefused(short(status_text(text))),
        Error::Bad(text) => ConnectError::Protocol(short(status_text(text))),
        Error::Validate(_) => ConnectError::LogInRefused("a line end in the user name or password".to_owned()),
        Error::Io(error) => ConnectError::Unreachable(io_word(error)),
        Error::ConnectionLost => ConnectError::Unreachable("closed during the log-in".to_owned()),
        _ => ConnectError::Protocol("an answer that cannot be read".to_owned()),
    }
}

/// The crate gives `code: …, info: Some("text")`; only the text is wanted.
fn status_text(text: &str) -> &str {
    let text = text.split_once("info: ").map_or(text, |(_, info)| info);
    let text = text.strip_prefix("Some(").and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    text.trim_matches('"')
}

fn tls_failure(error: &std::io::Error) -> ConnectError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(_)) => ConnectError::Tls("the port does not speak TLS".to_owned()),
        Some(reason) => ConnectError::Tls(short(&reason.to_string())),
        None if error.kind() == std::io::ErrorKind::TimedOut => ConnectError::Unreachable(io_word(error)),
        None => ConnectError::Tls(io_word(error)),
    }
}

/// TLS with the given authority alone, or with the system's roots (`SSL_CERT_FILE` is honoured).
fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, ConnectError> {
    let roots = match ca_file {
        Some(path) => configured_roots(path)?,
        None => system_roots()?,
    };
    // The provider is named: with two of them in the tree the plain builder panics.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn configured_roots(path: &Path) -> Result<RootCertStore, ConnectError> {
    let unusable = |why: &str| ConnectError::Tls(format!("`ca_file` {}: {why}", path.display()));
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|_| unusable("cannot be read"))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|_| unusable("is not PEM"))?;
        roots.add(certificate).map_err(|_| unusable("holds a certificate that cannot be used"))?;
    }
    if roots.is_empty() {
        return Err(unusable("holds no certificate"));
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(ConnectError::Tls("this system has no root certificates: install ca-certificates".to_owned()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use async_imap::error::Error;

    use super::{ConnectError, refusal};

    #[test]
    fn a_busy_server_is_not_a_wrong_password() {
        let busy = Error::No("code: None, info: Some(\"[UNAVAILABLE] Temporary failure\")".to_owned());
        assert_eq!(refusal(&busy), ConnectError::Unreachable("[UNAVAILABLE] Temporary failure".to_owned()));
        let wrong = Error::No("code: None, info: Some(\"[AUTHENTICATIONFAILED] Authentication failed.\")".to_owned());
        assert!(
            matches!(refusal(&wrong), ConnectError::LogInRefused(text) if text.ends_with("Authentication failed."))
        );
    }
}
