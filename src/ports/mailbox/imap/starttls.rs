//! STARTTLS (RFC 9051 §6.2.1), spoken before the crate sees the connection.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::ports::clear::{line, nothing_follows};
use crate::ports::connect::{ConnectError, io_word, short};

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
