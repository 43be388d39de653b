//! A server over TLS that answers each line as a test tells it: what no real server can be made to do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};

use crate::servers::servers;

/// What the server does after a line.
pub enum Then {
    /// Says this and goes on. `{tag}` stands for the tag of an IMAP command.
    Say(String),
    /// Says this and closes the connection.
    SayAndClose(String),
    /// Never says anything again.
    Stall,
}

/// Everything that was said to the server, by connection.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// The lines of every connection in order, `N: line`.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// How many lines hold this.
    pub fn count(&self, part: &str) -> usize {
        self.lines().iter().filter(|line| line.contains(part)).count()
    }

    fn add(&self, connection: usize, line: &str) {
        self.0.lock().unwrap().push(format!("{connection}: {line}"));
    }
}

/// Which protocol is played: decides how lines are taken.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Imap,
    Smtp,
}

/// Starts a server on a port of its own. `answer` gets the number of the connection (from 1) and the line; an IMAP line
/// comes without its tag, the end of an SMTP letter as `.`, and the connection itself as the empty line.
pub async fn start(kind: Kind, answer: impl Fn(usize, &str) -> Then + Send + Sync + 'static) -> (u16, Heard) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor();
    let heard = Heard::default();
    let (ears, answer) = (heard.clone(), Arc::new(answer));
    tokio::spawn(async move {
        for connection in 1.. {
            let (tcp, _) = listener.accept().await.unwrap();
            let (acceptor, ears, answer) = (acceptor.clone(), ears.clone(), answer.clone());
            tokio::spawn(async move {
                if let Ok(tls) = acceptor.accept(tcp).await {
                    let _ = talk(kind, tls, connection, &ears, &*answer).await;
                }
            });
        }
    });
    (port, heard)
}

/// Speaks TLS with the certificate our settings trust.
pub fn acceptor() -> TlsAcceptor {
    let servers = servers();
    let certificate = CertificateDer::from_pem_file(&servers.cert).unwrap();
    let key = PrivateKeyDer::from_pem_file(&servers.key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn talk(
    kind: Kind,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    heard: &Heard,
    answer: &(dyn Fn(usize, &str) -> Then + Send + Sync),
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut tag = String::new();
    let mut line = String::new();
    let mut in_letter;
    loop {
        match answer(connection, &line) {
            Then::Say(text) => {
                in_letter = kind == Kind::Smtp && text.starts_with("354");
                stream.write_all(text.replace("{tag}", &tag).as_bytes()).await?;
                stream.flush().await?;
            }
            Then::SayAndClose(text) => {
                stream.write_all(text.replace("{tag}", &tag).as_bytes()).await?;
                return stream.shutdown().await;
            }
            Then::Stall => {
                tokio::time::timeout(Duration::from_secs(50), stream.read_to_end(&mut Vec::new())).await??;
                return Ok(());
            }
        }
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            line = line.trim_end_matches("\r\n").to_owned();
            heard.add(connection, &line);
            if !in_letter || line == "." {
                break;
            }
        }
        if kind == Kind::Imap && line != "DONE" {
            // what follows a `+` has no tag
            if let Some((found, rest)) = line.split_once(' ') {
                (tag, line) = (found.to_owned(), rest.to_owned());
            }
        }
    }
}

/// An IMAP server in good order, with one mail (uid 7), for the lines a test does not care about.
pub fn plain_imap(line: &str) -> Then {
    let verb = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let before = match verb.as_str() {
        "" => return Then::Say("* OK ready\r\n".to_owned()),
        "CAPABILITY" => "* CAPABILITY IMAP4rev1 UIDPLUS MOVE\r\n".to_owned(),
        "SELECT \"INBOX\"" | "EXAMINE \"INBOX\"" => {
            "* 1 EXISTS\r\n* OK [UIDVALIDITY 99] ok\r\n* OK [UIDNEXT 8] ok\r\n".to_owned()
        }
        "UID SEARCH" => "* SEARCH 7\r\n".to_owned(),
        "UID FETCH" => "* 1 FETCH (UID 7 BODY[]<0> {5}\r\nhello)\r\n".to_owned(),
        "LIST \"\"" => "* LIST (\\HasNoChildren) \"/\" Folder\r\n".to_owned(),
        "LOGOUT" => "* BYE\r\n".to_owned(),
        _ => String::new(),
    };
    Then::Say(format!("{before}{{tag}} OK done\r\n"))
}

/// An SMTP server in good order.
pub fn plain_smtp(line: &str) -> Then {
    let answer = match line.split([' ', ':']).next().unwrap_or_default() {
        "" => "220 scripted.example.test ESMTP",
        "EHLO" => "250-scripted.example.test\r\n250 AUTH PLAIN",
        "AUTH" => "235 2.7.0 welcome",
        "DATA" => "354 go",
        "QUIT" => "221 bye",
        _ => "250 2.0.0 ok",
    };
    Then::Say(format!("{answer}\r\n"))
}
