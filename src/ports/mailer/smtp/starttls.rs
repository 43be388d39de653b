//! STARTTLS (RFC 3207), spoken before the crate sees the connection; and how the crate is given one that speaks TLS.
//!
//! The crate's own STARTTLS keeps what it has read already: answers that a stranger put behind the `220` were believed to
//! come through TLS, up to the one that says a letter is taken.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::commands::{Ehlo, Starttls};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::session::Unopened;
use crate::ports::clear::{line, nothing_follows};
use crate::ports::connect::{ConnectError, io_word, short};

/// Most lines of one answer.
const MOST_LINES: usize = 100;

/// Greeting, EHLO, STARTTLS: leaves the stream where the handshake begins. What the server says of itself here is
/// forgotten (RFC 3207 §4.2).
pub(super) async fn ask(tcp: &mut TcpStream, hello: &ClientId) -> Result<(), Unopened> {
    expect(220, answer(tcp).await?)?;
    let offers = expect(250, command(tcp, Ehlo::new(hello.clone()).to_string()).await?)?;
    if !offers.iter().any(|it| it.trim().eq_ignore_ascii_case("STARTTLS")) {
        let _ = tcp.write_all(b"QUIT\r\n").await; // for good manners only: no answer is waited for
        return Err(Unopened::ours(ConnectError::Protocol("the server offers no STARTTLS".to_owned())));
    }
    expect(220, command(tcp, Starttls.to_string()).await?)?;
    nothing_follows(tcp).map_err(Unopened::of)
}

async fn command(tcp: &mut TcpStream, command: String) -> Result<Answer, Unopened> {
    let lost = |error: std::io::Error| Unopened::of(ConnectError::Unreachable(io_word(&error)));
    tcp.write_all(command.as_bytes()).await.map_err(lost)?;
    answer(tcp).await
}

/// The code, and the text of each line.
type Answer = (u16, Vec<String>);

/// One answer (RFC 5321 §4.2.1), to its last line and no further.
async fn answer(tcp: &mut TcpStream) -> Result<Answer, Unopened> {
    let odd = || Unopened::of(ConnectError::Protocol("not an answer of a mail server".to_owned()));
    let (mut known, mut texts) = (None, Vec::new());
    while texts.len() < MOST_LINES {
        let line = line(tcp).await.map_err(Unopened::of)?;
        let (digits, rest) = line.split_at_checked(3).ok_or_else(odd)?;
        let code: u16 = digits.parse().ok().filter(|it| (200..600).contains(it)).ok_or_else(odd)?;
        if known.is_some_and(|it| it != code) {
            return Err(odd());
        }
        known = Some(code);
        let (more, text) = match rest.strip_prefix('-') {
            Some(text) => (true, text),
            None if rest.is_empty() => (false, ""),
            None => (false, rest.strip_prefix(' ').ok_or_else(odd)?),
        };
        texts.push(text.to_owned());
        if !more {
            return Ok((code, texts));
        }
    }
    Err(odd())
}

fn expect(due: u16, (code, texts): Answer) -> Result<Vec<String>, Unopened> {
    match code {
        _ if code == due => Ok(texts),
        400.. => Err(Unopened::refused(code, &short(&texts.join(" ")))),
        _ => Err(Unopened::of(ConnectError::Protocol(format!("the server answered {code} where {due} was due")))),
    }
}

/// A stream of TLS as the crate wants it: it waits for a greeting, which came before TLS where STARTTLS was spoken.
#[derive(Debug)]
pub(super) struct Secured {
    greeting: &'static [u8],
    tls: TlsStream<TcpStream>,
}

impl Secured {
    /// TLS from the first byte: the server will greet.
    pub(super) fn from_the_first_byte(tls: TlsStream<TcpStream>) -> Self {
        Self { greeting: b"", tls }
    }

    /// TLS after STARTTLS: the server has greeted.
    pub(super) fn after_the_greeting(tls: TlsStream<TcpStream>) -> Self {
        Self { greeting: b"220 TLS\r\n", tls }
    }
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> std::io::Result<SocketAddr> {
        self.tls.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let now = self.greeting.len().min(buffer.remaining());
        match self.greeting.split_at_checked(now) {
            Some((said, rest)) if now > 0 => {
                buffer.put_slice(said);
                self.greeting = rest;
                Poll::Ready(Ok(()))
            }
            _ => Pin::new(&mut self.tls).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(context)
    }
}
