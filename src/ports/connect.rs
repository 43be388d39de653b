//! Why a mail server could not be used, in words that say what to do about it.

/// A connection that could not be made ready. Each kind asks for another remedy; the text in brackets is the server's
/// or the system's own word, shortened and without addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The server said no to this user and password: nothing mends itself, a person must look.
    #[error("the server refused the log-in: check the user name and the password file ({0})")]
    LogInRefused(String),
    /// The token service, or the mail server with its token, said no: a person must look.
    #[error(
        "access was refused: the consent may be withdrawn or the client secret may have ended; see OAuth2 in the README ({0})"
    )]
    TokenRefused(String),
    /// No connection that can be trusted.
    #[error(
        "no trusted TLS connection: check the host name and the port, or name the server's certificate authority in `ca_file` ({0})"
    )]
    Tls(String),
    /// Nobody answers, or the server is busy: trying again later may help.
    #[error("the server cannot be reached now: check host, port and network if this goes on ({0})")]
    Unreachable(String),
    /// Somebody answers, but not as such a server does.
    #[error(
        "the server does not answer as expected: check that host, port and `security` name the right service ({0})"
    )]
    Protocol(String),
}

/// How a connection is encrypted (RFC 8314 §3). Neither kind falls back to plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, demanded.
    Starttls,
}

/// How much of a server's text is kept.
const LONGEST: usize = 200;

/// A server's status text for a log line: one line, at most 200 characters, addresses taken out.
#[must_use]
pub fn short(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let mut kept = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(if word.contains('@') { "(address)" } else { word });
        if kept.len() > 4 * LONGEST {
            break;
        }
    }
    kept.chars().take(LONGEST).collect()
}

/// The system's word for a failed read or write. The error's own text is not used: some carry what the server sent.
#[must_use]
pub fn io_word(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::Other | ErrorKind::InvalidData => "an answer that cannot be read".to_owned(),
        ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn server_text_is_one_short_line_without_addresses() {
        let text = format!("5.1.1 <taro@example.co.jp>:\r\n no such user {}", "x".repeat(5000));
        let kept = short(&text);
        assert!(kept.starts_with("5.1.1 (address) no such user xxx"), "{kept}");
        assert_eq!(kept.chars().count(), 200);
    }
}
