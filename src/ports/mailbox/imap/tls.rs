//! Opens an IMAP connection: TCP, TLS, greeting, log-in, each with its own word for what went wrong.

use std::pin::Pin;

use async_imap::imap_proto::{Capability, Response, Status};
use async_imap::{Authenticator, Client, Session};
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::client::TlsStream;

use super::{Limits, Settings, starttls};
use crate::ports::connect::{ConnectError, Security, io_word, short};
use crate::ports::credential::Credential;
use crate::ports::secret::Secret;
use crate::ports::tls::Tls;

/// Every read and write is bounded by the `TimeoutStream`; TLS sits on top; the `BufWriter` joins tag and command into
/// one packet.
pub(super) type Io = BufWriter<TlsStream<Pin<Box<TimeoutStream<TcpStream>>>>>;

/// A logged-in session, within [`Limits::connect`] altogether.
pub(super) async fn log_in(
    settings: &Settings,
    credential: &Credential,
    limits: &Limits,
) -> Result<Session<Io>, ConnectError> {
    let opened = async {
        // before anything is opened: a token service that says no leaves no server waiting
        let secret = credential.secret().await?;
        let mut client = greeted(settings, limits).await?;
        let answer = if credential.is_token() {
            let (name, sasl) = mechanism(&mut client, settings, &secret).await?;
            client.authenticate(name, sasl).await
        } else {
            client.login(&settings.user, secret.reveal()).await
        };
        match answer {
            Ok(session) => Ok(session),
            Err((error, _)) => Err(credential.refused(refusal(&error)).await),
        }
    };
    match timeout(limits.connect, opened).await {
        Ok(session) => session,
        Err(_) => Err(ConnectError::Unreachable("no complete answer in time".to_owned())),
    }
}

/// How a token is shown: OAUTHBEARER (RFC 7628) where the server knows it, else XOAUTH2, Google's and Microsoft's own.
async fn mechanism(
    client: &mut Client<Io>,
    settings: &Settings,
    token: &Secret,
) -> Result<(&'static str, Sasl), ConnectError> {
    // the crate asks for capabilities only after a log-in
    let io = client.get_mut();
    let told = async {
        io.write_all(b"c CAPABILITY\r\n").await?;
        io.flush().await
    };
    told.await.map_err(|error| ConnectError::Unreachable(io_word(&error)))?;
    let (mut bearer, mut xoauth2) = (false, false);
    loop {
        let response = client.read_response().await.map_err(|error| ConnectError::Protocol(io_word(&error)))?;
        let response = response.ok_or_else(|| ConnectError::Unreachable("closed before the log-in".to_owned()))?;
        match response.parsed() {
            Response::Capabilities(list) => {
                let offers = |name: &str| {
                    list.iter().any(|it| matches!(it, Capability::Auth(known) if known.eq_ignore_ascii_case(name)))
                };
                (bearer, xoauth2) = (bearer || offers("OAUTHBEARER"), xoauth2 || offers("XOAUTH2"));
            }
            Response::Done { tag, .. } if tag.0 == "c" => break,
            _ => {}
        }
    }
    let (user, host, port, token) = (&settings.user, &settings.host, settings.port(), token.reveal());
    match (bearer, xoauth2) {
        // RFC 7628 §3.1, with the header of RFC 5801 §4; a comma or equals sign of the name is written as =2C, =3D
        (true, _) => {
            let name = user.replace('=', "=3D").replace(',', "=2C");
            let first = format!("n,a={name},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}");
            Ok(("OAUTHBEARER", Sasl { first: Some(first), after: "\u{1}" }))
        }
        (false, true) => {
            let first = format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}");
            Ok(("XOAUTH2", Sasl { first: Some(first), after: "" }))
        }
        (false, false) => Err(ConnectError::Protocol("the server takes no OAuth2 tokens".to_owned())),
    }
}

/// What is said at a server's challenges: the token, and after a refusal what asks for the final answer.
struct Sasl {
    first: Option<String>,
    after: &'static str,
}

impl Authenticator for Sasl {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.first.take().unwrap_or_else(|| self.after.to_owned())
    }
}

async fn greeted(settings: &Settings, limits: &Limits) -> Result<Client<Io>, ConnectError> {
    let tls = Tls::to(&settings.host, settings.ca_file.as_deref())?;
    let mut tcp = TcpStream::connect((settings.host.as_str(), settings.port()))
        .await
        .map_err(|error| ConnectError::Unreachable(error.kind().to_string()))?;
    // Commands are small and wait for their answers.
    let _ = tcp.set_nodelay(true);
    if settings.security == Security::Starttls {
        starttls::ask(&mut tcp).await?;
    }
    let mut bounded = TimeoutStream::new(tcp);
    bounded.set_read_timeout(Some(limits.io));
    bounded.set_write_timeout(Some(limits.io));
    let mut client = Client::new(BufWriter::new(tls.over(Box::pin(bounded)).await?));
    if settings.security == Security::Starttls {
        return Ok(client); // its greeting came before
    }
    let greeting = client
        .read_response()
        .await
        .map_err(|error| ConnectError::Protocol(io_word(&error)))?
        .ok_or_else(|| ConnectError::Unreachable("closed before a greeting".to_owned()))?;
    match greeting.parsed() {
        Response::Data { status: Status::Ok, .. } => Ok(client),
        // RFC 9051 §7.1.5: a BYE greeting means that the server does not want this connection now.
        Response::Data { status: Status::Bye, outcome } => {
            Err(ConnectError::Unreachable(short(outcome.information.as_deref().unwrap_or("BYE"))))
        }
        _ => Err(ConnectError::Protocol("not an IMAP greeting".to_owned())),
    }
}

/// What a refused LOGIN means. RFC 5530 §3: UNAVAILABLE, INUSE and LIMIT say "later", not "wrong password".
fn refusal(error: &async_imap::error::Error) -> ConnectError {
    use async_imap::error::Error;
    match error {
        Error::No(text) if ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]"].iter().any(|code| text.contains(code)) => {
            ConnectError::Unreachable(short(status_text(text)))
        }
        Error::No(text) => ConnectError::LogInRefused(short(status_text(text))),
        Error::Bad(text) => ConnectError::Protocol(short(status_text(text))),
        Error::Validate(_) => ConnectError::LogInRefused("a line end in the user name or password".to_owned()),
        Error::Io(error) => ConnectError::Unreachable(io_word(error)),
        Error::ConnectionLost => ConnectError::Unreachable("closed during the log-in".to_owned()),
        _ => ConnectError::Protocol("an answer that cannot be read".to_owned()),
    }
}

/// The crate gives `code: …, info: Some("text")`; only the text is wanted.
fn status_text(text: &str) -> &str {
    let text = text.split_once("info: ").map_or(text, |(_, info)| info);
    let text = text.strip_prefix("Some(").and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    text.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use async_imap::error::Error;

    use super::{ConnectError, refusal};

    #[test]
    fn a_busy_server_is_not_a_wrong_password() {
        let busy = Error::No("code: None, info: Some(\"[UNAVAILABLE] Temporary failure\")".to_owned());
        assert_eq!(refusal(&busy), ConnectError::Unreachable("[UNAVAILABLE] Temporary failure".to_owned()));
        let wrong = Error::No("code: None, info: Some(\"[AUTHENTICATIONFAILED] Authentication failed.\")".to_owned());
        assert!(
            matches!(refusal(&wrong), ConnectError::LogInRefused(text) if text.ends_with("Authentication failed."))
        );
    }
}
