//! Whom we trust: the authority given alone, or the system's roots; never anything that is not checked.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::connect::ConnectError;

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

/// TLS 1.2 or newer, chain and name checked.
///
/// # Errors
/// As [`authorities`], or none of the certificates can be used.
pub(super) fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, ConnectError> {
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
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The provider is named: with two of them in the tree the plain builders panic.
pub(super) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
