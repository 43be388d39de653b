//! What is spoken in the clear before STARTTLS, byte by byte and before a crate with a buffer sees the connection: what came
//! then is forgotten, and nothing that a stranger put behind the last answer is taken for the server's (RFC 3207 §6,
//! RFC 9051 §11.1).

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::connect::{ConnectError, io_word};

/// Longest line, bytes.
const LONGEST: usize = 8 * 1024;

/// One line; what follows it stays unread.
pub(super) async fn line(tcp: &mut TcpStream) -> Result<String, ConnectError> {
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

/// A server says nothing after its last answer in the clear until we begin the handshake.
pub(super) fn nothing_follows(tcp: &TcpStream) -> Result<(), ConnectError> {
    match tcp.try_read(&mut [0_u8; 1]) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
        Ok(0) => Err(ConnectError::Unreachable("closed after STARTTLS".to_owned())),
        Ok(_) => Err(ConnectError::Tls("something was put after the answer to STARTTLS".to_owned())),
        Err(error) => Err(ConnectError::Unreachable(io_word(&error))),
    }
}
