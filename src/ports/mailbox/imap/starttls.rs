//! STARTTLS (RFC 9051 §6.2.1), spoken before the crate sees the connection: what came in the clear is forgotten, and
//! nothing that a stranger put after the answer is taken for the server's (RFC 9051 §11.1).

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ports::connect::{ConnectError, io_word, short};

/// Longest greeting and answer, bytes.
const LONGEST: usize = 8 * 1024;

/// Reads the greeting, asks for TLS, and leaves the stream where the handshake begins.
pub(super) async fn ask(tcp: &mut TcpStream) -> Result<(), ConnectError> {
    let greeting = line(tcp).await?;
    if greeting.to_ascii_uppercase().starts_with("* BYE") {
        return Err(ConnectError::Unreachable(short(&greeting)));
    }
    // PREAUTH: logged in already, in the clear, where TLS can no longer be asked for
    if !greeting.to_ascii_uppercase().starts_with("* OK") {
        return Err(ConnectError::Protocol("not an IMAP greeting".to_owned()));
    }
    tcp.write_all(b"s STARTTLS\r\n").await.map_err(|error| ConnectError::Unreachable(io_word(&error)))?;
    loop {
        let answer = line(tcp).await?;
        let Some(status) = answer.strip_prefix("s ") else {
            if answer.starts_with("* ") {
                continue; // an untagged answer of a chatty server, in the clear: not listened to
            }
            return Err(ConnectError::Protocol("not an answer to STARTTLS".to_owned()));
        };
        if !status.to_ascii_uppercase().starts_with("OK") {
            let why = format!("the server refuses STARTTLS: {}", short(status));
            return Err(ConnectError::Tls(why));
        }
        return nothing_follows(tcp);
    }
}

/// A server says nothing after its OK until we begin the handshake.
fn nothing_follows(tcp: &TcpStream) -> Result<(), ConnectError> {
    match tcp.try_read(&mut [0_u8; 1]) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
        Ok(0) => Err(ConnectError::Unreachable("closed after STARTTLS".to_owned())),
        Ok(_) => Err(ConnectError::Tls("something was put after the answer to STARTTLS".to_owned())),
        Err(error) => Err(ConnectError::Unreachable(io_word(&error))),
    }
}

/// One line, byte by byte: what follows it stays unread.
async fn line(tcp: &mut TcpStream) -> Result<String, ConnectError> {
    let mut found = Vec::new();
    while found.len() < LONGEST {
        match tcp.read_u8().await {
            Ok(b'\n') => {
                let text = String::from_utf8_lossy(&found);
                return Ok(text.trim_end_matches('\r').to_owned());
            }
            Ok(byte) => found.push(byte),
            Err(error) => return Err(ConnectError::Unreachable(io_word(&error))),
        }
    }
    Err(ConnectError::Protocol("a line without end".to_owned()))
}
