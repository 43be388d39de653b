//! TLS on loopback, one listener for each protocol and thread.

use std::{
    path::PathBuf,
    process::Command,
    sync::{Arc, LazyLock},
    time::Duration,
};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig},
    server::TlsStream,
};

use crate::{bench, imap, post::Shared, smtp};

/// A certificate for `localhost` that is its own authority.
pub struct Certificate {
    _folder: tempfile::TempDir,
    pub cert: PathBuf,
    key: PathBuf,
}

pub static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = Command::new("openssl")
        .args(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost".split(' '),
        )
        .args("-addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth".split(' '))
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Certificate { _folder: folder, cert, key }
});

/// Longer than the desk waits for any answer.
const PATIENCE: Duration = Duration::from_secs(700);

/// One connection.
pub struct Line {
    stream: BufReader<TlsStream<TcpStream>>,
}

impl Line {
    pub async fn say(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// The next line without its end; `None` when the other side has gone.
    pub async fn hear(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Everything up to the line with one dot, dots unstuffed (RFC 5321 §4.5.2).
    pub async fn letter(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut all = Vec::new();
        while !(all == b".\r\n" || all.ends_with(b"\r\n.\r\n")) {
            // a client that holds back the dot until the letter is acknowledged (RFC 896) waits 40 ms otherwise
            self.stream.get_ref().get_ref().0.set_quickack(true)?;
            let part = self.stream.fill_buf().await?;
            if part.is_empty() {
                return Ok(None);
            }
            let taken = part.len();
            all.extend_from_slice(part);
            self.stream.consume(taken);
        }
        all.truncate(all.len() - 3);
        let lines = all.split_inclusive(|it| *it == b'\n');
        Ok(Some(lines.flat_map(|it| it.strip_prefix(b".").unwrap_or(it)).copied().collect()))
    }

    /// Says nothing any more, and time passes until the other side has lost patience.
    pub async fn hang(&mut self) {
        bench::passes(PATIENCE).await;
        self.fall_silent().await;
    }

    /// Says nothing any more, until the other side has gone.
    pub async fn fall_silent(&mut self) {
        let _ = self.stream.read_to_end(&mut Vec::new()).await;
    }
}

/// Listens for both protocols on ports of this thread: (IMAP, SMTP).
pub async fn listen(server: &Shared) -> (u16, u16) {
    (serve(server.clone(), true).await, serve(server.clone(), false).await)
}

async fn serve(server: Shared, is_imap: bool) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor();
    tokio::task::spawn_local(async move {
        loop {
            let Ok((tcp, _)) = listener.accept().await else { return };
            let _ = tcp.set_nodelay(true);
            let down = if is_imap { server.borrow().inbox_down } else { server.borrow().relay_down };
            if down {
                continue; // closed at once
            }
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::task::spawn_local(async move {
                let Ok(stream) = acceptor.accept(tcp).await else { return };
                let mut line = Line { stream: BufReader::new(stream) };
                let _ =
                    if is_imap { imap::talk(&mut line, &server).await } else { smtp::talk(&mut line, &server).await };
            });
        }
    });
    port
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(&CERTIFICATE.cert).unwrap();
    let key = PrivateKeyDer::from_pem_file(&CERTIFICATE.key).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.send_tls13_tickets = 0; // nobody resumes
    TlsAcceptor::from(Arc::new(config))
}
