//! Whom we trust: the authority given alone, or the system's roots; never anything that is not checked.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::connect::{ConnectError, io_word, short};

/// The certificates of a `ca_file`, or of the system (`SSL_CERT_FILE` is honoured).
///
/// # Errors
/// The file cannot be used, or the system has none.
pub(super) fn authorities(ca_file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let Some(path) = ca_file else {
        let found = rustls_native_certs::load_native_certs().certs;
        if found.is_empty() {
            return Err(ConnectError::Tls("this system has no root certificates: install ca-certificates".to_owned()));
        }
        return Ok(found);
    };
    let unusable = |why: &str| ConnectError::Tls(format!("`ca_file` {}: {why}", path.display()));
    let listed = CertificateDer::pem_file_iter(path).map_err(|_| unusable("cannot be read"))?;
    let found = listed.collect::<Result<Vec<_>, _>>().map_err(|_| unusable("is not PEM"))?;
    if found.is_empty() {
        return Err(unusable("holds no certificate"));
    }
    Ok(found)
}

/// TLS to one server: 1.2 or newer, its chain and its name checked.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Made before anything is opened: with a wrong `ca_file` nobody is bothered.
    ///
    /// # Errors
    /// As [`authorities`], none of the certificates can be used, or `host` cannot stand in one.
    pub(super) fn to(host: &str, ca_file: Option<&Path>) -> Result<Self, ConnectError> {
        let mut roots = RootCertStore::empty();
        let (added, ignored) = roots.add_parsable_certificates(authorities(ca_file)?);
        if added == 0 || (ca_file.is_some() && ignored > 0) {
            return Err(ConnectError::Tls("`ca_file` holds a certificate that cannot be used".to_owned()));
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| ConnectError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| ConnectError::Tls("`host` is neither a name nor an address".to_owned()))?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// The handshake.
    ///
    /// # Errors
    /// The server is not the one we trust, or the connection is lost.
    pub(super) async fn over<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S) -> Result<TlsStream<S>, ConnectError> {
        self.connector.connect(self.name, stream).await.map_err(|error| {
            reason(&error).unwrap_or_else(|| match error.kind() {
                std::io::ErrorKind::Other => ConnectError::Tls(io_word(&error)),
                _ => ConnectError::Unreachable(io_word(&error)),
            })
        })
    }
}

/// Why TLS itself failed, where it did.
pub(super) fn reason(error: &std::io::Error) -> Option<ConnectError> {
    let reason = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(ConnectError::Tls(match reason {
        rustls::Error::InvalidMessage(_) => "the port does not speak TLS".to_owned(),
        reason => short(&reason.to_string()),
    }))
}

/// The provider is named: with two of them in the tree the plain builders panic.
pub(super) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
