//! Stands between the daemon and a real server, ends TLS on both sides, knows lines, and breaks what it is told to.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::plan::{At, Dots, Idles, Plan, What};
use crate::servers::servers;

/// Which protocol is spoken: decides how lines are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Imap,
    Smtp,
    /// Bytes only: TLS goes through unseen.
    Sealed,
}

/// A running proxy.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    kind: Kind,
    upstream: Mutex<u16>,
    plan: Mutex<Plan>,
    sever: watch::Sender<u64>,
    shown: Mutex<TlsAcceptor>,
}

/// What one connection remembers.
#[derive(Default)]
struct Talk {
    tag: String,
    in_letter: bool,
    /// Strikes when the server says its next word.
    answer: Option<What>,
    dot: bool,
    letter: Vec<u8>,
    slow: bool,
    noise: bool,
    idles_since: Option<Instant>,
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

fn acceptor(certificate: &std::path::Path, key: &std::path::Path) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()))
}

fn connector() -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&servers().cert).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    TlsConnector::from(Arc::new(config.with_no_client_auth()))
}

impl Proxy {
    pub fn start(kind: Kind, upstream: u16) -> Proxy {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            kind,
            upstream: Mutex::new(upstream),
            plan: Mutex::default(),
            sever: watch::channel(0).0,
            shown: Mutex::new(acceptor(&servers().cert, &servers().key)),
        });
        let serving = shared.clone();
        runtime().spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let Ok((tcp, _)) = listener.accept().await else { continue };
                let shared = serving.clone();
                tokio::spawn(async move { shared.serve(tcp).await });
            }
        });
        Proxy { port, shared }
    }

    /// The next time `at` comes, `what` happens, `times` times.
    pub fn arm(&self, at: At, what: What, times: usize) {
        let mut plan = self.shared.plan.lock().unwrap();
        *plan = plan.anew(Some((at, what)), times);
    }

    pub fn disarm(&self) {
        self.shared.plan.lock().unwrap().fault = None;
    }

    /// Forgets what was heard and counted.
    pub fn forget(&self) {
        let mut plan = self.shared.plan.lock().unwrap();
        *plan = plan.anew(None, 0);
    }

    pub fn dots(&self, dots: Dots) {
        self.shared.plan.lock().unwrap().dots = dots;
    }

    /// Answers to final dots that were lost.
    pub fn lost(&self) -> usize {
        self.shared.plan.lock().unwrap().lost
    }

    pub fn fired(&self) -> usize {
        self.shared.plan.lock().unwrap().fired
    }

    /// The client's lines, without tags and without letters.
    pub fn heard(&self) -> Vec<String> {
        self.shared.plan.lock().unwrap().heard.clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.plan.lock().unwrap().connections
    }

    pub fn idles(&self) -> Idles {
        self.shared.plan.lock().unwrap().idles
    }

    /// Bytes so far: from the server, from the client.
    pub fn bytes(&self) -> (usize, usize) {
        let plan = self.shared.plan.lock().unwrap();
        (plan.down, plan.up)
    }

    /// Resets every connection there is.
    pub fn sever(&self) {
        self.shared.sever.send_modify(|it| *it += 1);
    }

    /// Shows another certificate from now on.
    pub fn show(&self, certificate: &std::path::Path, key: &std::path::Path) {
        *self.shared.shown.lock().unwrap() = acceptor(certificate, key);
    }
}

impl Shared {
    async fn serve(&self, tcp: TcpStream) {
        let _ = tcp.set_nodelay(true);
        let struck = self.count(|plan| {
            plan.connections += 1;
            let now = plan.connections;
            plan.strike(|at| matches!(at, At::Connection(n) if *n == now))
        });
        match struck {
            Some(What::Stall) => return tokio::time::sleep(Duration::from_secs(30)).await,
            Some(What::Fin) => return,
            Some(_) => {
                let _ = tcp.set_zero_linger();
                return;
            }
            None => {}
        }
        let port = *self.upstream.lock().unwrap();
        let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
        let _ = server.set_nodelay(true);
        if self.kind == Kind::Sealed {
            return self.relay(tcp, server, |it| it.set_zero_linger().unwrap()).await;
        }
        let acceptor = self.shown.lock().unwrap().clone();
        let Ok(client) = acceptor.accept(tcp).await else { return };
        let name = ServerName::try_from("localhost").unwrap();
        let Ok(server) = connector().connect(name, server).await else { return };
        self.relay(client, server, |it| it.get_ref().0.set_zero_linger().unwrap()).await;
    }

    fn count<T>(&self, with: impl FnOnce(&mut Plan) -> T) -> T {
        with(&mut self.plan.lock().unwrap())
    }

    async fn relay<C, S>(&self, mut client: C, mut server: S, reset: impl Fn(&C))
    where
        C: AsyncRead + AsyncWrite + Unpin,
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut talk = Talk::default();
        let mut severed = self.sever.subscribe();
        let (mut up, mut down, mut pending) = (vec![0; 16 * 1024], vec![0; 16 * 1024], Vec::new());
        let end = loop {
            let struck = tokio::select! {
                read = client.read(&mut up) => match read {
                    Ok(n) if n > 0 => self.client_says(&mut talk, &up[..n], &mut pending, &mut client, &mut server).await,
                    _ => Err(What::Fin),
                },
                read = server.read(&mut down) => match read {
                    Ok(n) if n > 0 => self.server_says(&mut talk, &mut down[..n], &mut client).await,
                    _ => Err(What::Fin),
                },
                _ = severed.changed() => Err(What::Rst),
            };
            if let Err(end) = struck {
                break end;
            }
        };
        if let Some(since) = talk.idles_since {
            self.count(|plan| plan.idles.longest = plan.idles.longest.max(since.elapsed()));
        }
        if talk.dot {
            self.hears_the_end(&talk, &mut server).await;
        }
        match end {
            What::Rst => reset(&client),
            What::Stall => {
                // the server is left at once, the client never told
                drop(server);
                let _ =
                    tokio::time::timeout(Duration::from_secs(30), tokio::io::copy(&mut client, &mut tokio::io::sink()))
                        .await;
            }
            _ => {
                let _ = client.shutdown().await;
            }
        }
    }

    /// Nobody listens any more, and the server has the whole letter: what it says decides whether it took it.
    async fn hears_the_end<S: AsyncRead + Unpin>(&self, talk: &Talk, server: &mut S) {
        let mut answer = [0; 512];
        let read = tokio::time::timeout(Duration::from_secs(20), server.read(&mut answer)).await;
        if matches!(read, Ok(Ok(n)) if answer[..n].starts_with(b"250")) {
            let _ = self.count(|plan| plan.accept(&talk.letter));
        }
    }

    /// `Err` ends the connection in that way.
    async fn client_says<C: AsyncWrite + Unpin, S: AsyncWrite + Unpin>(
        &self,
        talk: &mut Talk,
        bytes: &[u8],
        pending: &mut Vec<u8>,
        client: &mut C,
        server: &mut S,
    ) -> Result<(), What> {
        let struck = self.count(|plan| {
            plan.up += bytes.len();
            let now = plan.up;
            plan.strike(|at| matches!(at, At::Up(n) if *n <= now))
        });
        self.does(talk, struck, client).await?;
        if self.kind == Kind::Sealed {
            return server.write_all(bytes).await.map_err(|_| What::Fin);
        }
        pending.extend_from_slice(bytes);
        while let Some(end) = pending.iter().position(|it| *it == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line).trim_end().to_string();
            if talk.in_letter && text != "." {
                talk.letter.extend_from_slice(line.strip_prefix(b".").filter(|it| it.len() > 2).unwrap_or(&line));
            } else {
                let (now, after) = self.line(talk, &text);
                if let Some(What::Say(said)) = &now {
                    let said = said.replace("{tag}", &talk.tag);
                    client.write_all(said.as_bytes()).await.map_err(|_| What::Fin)?;
                    client.flush().await.map_err(|_| What::Fin)?;
                    continue;
                }
                if now.is_some() {
                    talk.dot = false; // the server does not get it
                }
                self.does(talk, now, client).await?;
                talk.answer = after;
            }
            server.write_all(&line).await.map_err(|_| What::Fin)?;
        }
        server.flush().await.map_err(|_| What::Fin)
    }

    /// What happens to a line: at once, and when it is answered.
    fn line(&self, talk: &mut Talk, text: &str) -> (Option<What>, Option<What>) {
        let mut said = text;
        if self.kind == Kind::Imap && text != "DONE" {
            let (tag, rest) = text.split_once(' ').unwrap_or(("", text));
            (talk.tag, said) = (tag.to_string(), rest);
        }
        talk.dot = talk.in_letter;
        talk.in_letter = false;
        self.count(|plan| {
            plan.lines += 1;
            let n = plan.lines;
            plan.heard.push(said.to_string());
            if self.kind == Kind::Imap {
                note_idle(&mut plan.idles, &mut talk.idles_since, said);
            }
            let now = plan.strike(|at| match at {
                At::Line(it) => *it == n,
                At::Verb(it) => said.starts_with(it),
                _ => false,
            });
            let after = plan.strike(|at| match at {
                At::Answer(it) => *it == n,
                At::VerbAnswer(it) => said.starts_with(it),
                _ => false,
            });
            (now, after)
        })
    }

    async fn server_says<C: AsyncWrite + Unpin>(
        &self,
        talk: &mut Talk,
        bytes: &mut [u8],
        client: &mut C,
    ) -> Result<(), What> {
        if self.kind == Kind::Smtp {
            talk.in_letter = bytes.starts_with(b"354");
            if std::mem::take(&mut talk.dot) {
                let letter = std::mem::take(&mut talk.letter);
                if bytes.starts_with(b"250") && self.count(|plan| plan.accept(&letter)) {
                    return Err(What::Rst);
                }
            }
        }
        let answered = talk.answer.take();
        self.does(talk, answered, client).await?;
        let (before, struck) = self.count(|plan| {
            let before = plan.down;
            plan.down += bytes.len();
            let now = plan.down;
            (before, plan.strike_at_byte(now))
        });
        let Some((at, what)) = struck else { return self.tell(talk, bytes, client).await };
        let (first, rest) = bytes.split_at_mut(at.saturating_sub(before).min(bytes.len()));
        self.tell(talk, first, client).await?;
        self.does(talk, Some(what), client).await?;
        self.tell(talk, rest, client).await
    }

    async fn tell<C: AsyncWrite + Unpin>(&self, talk: &mut Talk, bytes: &mut [u8], client: &mut C) -> Result<(), What> {
        if bytes.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut talk.noise) {
            bytes.iter_mut().enumerate().for_each(|(at, it)| *it = (at as u8).wrapping_mul(151) ^ *it ^ 0xA5);
        }
        if talk.slow {
            for it in bytes.chunks(1) {
                client.write_all(it).await.map_err(|_| What::Fin)?;
                client.flush().await.map_err(|_| What::Fin)?;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            return Ok(());
        }
        client.write_all(bytes).await.map_err(|_| What::Fin)?;
        client.flush().await.map_err(|_| What::Fin)
    }

    async fn does<C: AsyncWrite + Unpin>(
        &self,
        talk: &mut Talk,
        what: Option<What>,
        client: &mut C,
    ) -> Result<(), What> {
        match what {
            None => Ok(()),
            Some(What::Slow) => {
                talk.slow = true;
                Ok(())
            }
            Some(What::Garble) => {
                talk.noise = true;
                Ok(())
            }
            Some(What::Say(said) | What::SayAndClose(said)) => {
                let _ = client.write_all(said.replace("{tag}", &talk.tag).as_bytes()).await;
                let _ = client.flush().await;
                Err(What::Fin)
            }
            Some(end) => Err(end),
        }
    }
}

fn note_idle(idles: &mut Idles, since: &mut Option<Instant>, said: &str) {
    if said == "IDLE" {
        (*since, idles.begun) = (Some(Instant::now()), idles.begun + 1);
    } else if let Some(since) = since.take() {
        idles.longest = idles.longest.max(since.elapsed());
        idles.ended += usize::from(said == "DONE");
    }
}
