//! Access tokens of OAuth2 (RFC 6749), for providers that take no passwords any more: asked for by a refresh token
//! (§6) or by our own secret (client credentials, §4.4), kept until shortly before they end.

use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use tokio::sync::Mutex;

use super::REFRESH_TOKEN as FILE;
use super::connect::{ConnectError, short};
use super::secret::Secret;
use super::tls;

/// A token service answers in seconds.
const LIMIT: Duration = Duration::from_secs(30);
/// A token is renewed so long before it ends: a connection is not to die at the log-in.
const EARLY: Duration = Duration::from_secs(120);
/// Where the service does not say how long a token lasts.
const SHORT: Duration = Duration::from_secs(600);
/// The longest answer that is read, bytes. Tokens of Microsoft take some 3 kB.
const LONGEST: u64 = 64 * 1024;
/// The longest token, bytes.
const LONGEST_TOKEN: usize = 16 * 1024;
/// What is reserved on the disk for a refresh token and what stands around it.
const ROOM: usize = LONGEST_TOKEN + 1024;

/// `[oauth2]`: used by the inbox and the mailer that name no password file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The token service, `https://…`.
    pub token_url: String,
    /// Who we are to it.
    pub client_id: String,
    /// File of the client's secret; an app without one (a public client) has none.
    pub client_secret_file: Option<PathBuf>,
    /// File of the first refresh token. Newer ones are kept in the state folder. Without it: client credentials.
    pub refresh_token_file: Option<PathBuf>,
    /// The day on which the secret or the consent ends. No answer of the service tells it (RFC 6749 §5.1 knows the
    /// access token's end alone); the administrator reads it where the app is registered.
    #[serde(default, deserialize_with = "day")]
    pub expires: Option<Date>,
    /// What is asked for, as the provider names it.
    pub scope: Option<String>,
    /// The authority that signs the service's certificate, as a PEM file; without it, the system's roots are trusted.
    pub ca_file: Option<PathBuf>,
}

fn day<'de, D: Deserializer<'de>>(given: D) -> Result<Option<Date>, D::Error> {
    let day = String::deserialize(given).ok().filter(|it| it.len() == 10).and_then(|it| it.parse().ok());
    day.map(Some).ok_or_else(|| serde::de::Error::custom("expires is a day, written as \"2027-03-31\""))
}

/// By what a token is asked for.
#[derive(Debug, Clone)]
pub enum Grant {
    /// A refresh token (RFC 6749 §6), as configured.
    RefreshToken(Secret),
    /// Our own secret (§4.4).
    ClientCredentials,
}

/// The token of now, and how the next one is got.
#[derive(Debug)]
pub struct Tokens {
    source: Arc<Source>,
    now: Mutex<Option<Access>>,
}

/// Where tokens come from.
#[derive(Debug)]
struct Source {
    settings: Settings,
    secret: Option<Secret>,
    grant: Grant,
    kept: PathBuf,
}

#[derive(Debug)]
struct Access {
    token: Secret,
    until: Instant,
}

/// The newest refresh token. `first` tells the one it stems from, so that a new one in the configuration wins.
#[derive(Serialize, Deserialize)]
struct Kept {
    first: String,
    refresh_token: String,
}

/// What the service answers (RFC 6749 §5.1, §5.2).
struct Answer {
    access_token: Option<String>,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    error: Option<String>,
}

impl Answer {
    /// Each field by itself: one that is not as it should be must not cost us the new refresh token.
    fn read(body: &[u8]) -> Option<Self> {
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).ok()?;
        let text = |name: &str| fields.get(name).and_then(|it| it.as_str()).map(ToOwned::to_owned);
        let expires_in = match fields.get("expires_in") {
            Some(serde_json::Value::Number(it)) => it.as_u64(),
            // some services write it as a text
            Some(serde_json::Value::String(it)) => it.trim().parse().ok(),
            _ => None,
        };
        let [access_token, refresh_token, error] = ["access_token", "refresh_token", "error"].map(text);
        Some(Self { access_token, expires_in, refresh_token, error })
    }
}

impl Tokens {
    /// Tokens that are asked for when first needed. `state` is the state folder.
    #[must_use]
    pub fn new(settings: Settings, secret: Option<Secret>, grant: Grant, state: &Path) -> Self {
        let source = Source { settings, secret, grant, kept: state.join(FILE) };
        Self { source: Arc::new(source), now: Mutex::new(None) }
    }

    /// A token that is valid now. One asks, the others wait for it.
    ///
    /// # Errors
    /// The service refuses ([`ConnectError::TokenRefused`]), cannot be reached, or the new refresh token cannot be kept.
    pub async fn access(&self) -> Result<Secret, ConnectError> {
        let mut now = self.now.lock().await;
        if let Some(it) = now.as_ref().filter(|it| Instant::now() < it.until) {
            return Ok(it.token.clone());
        }
        let source = self.source.clone();
        // the crate blocks; its thread ends within LIMIT
        let asked = tokio::task::spawn_blocking(move || source.ask()).await;
        let answer = asked.map_err(|_| odd("the request could not be made"))??;
        let lasts = answer.expires_in.map_or(SHORT, Duration::from_secs);
        let token = answer.access_token.filter(|it| is_token(it));
        let token = Secret::new(token.ok_or_else(|| odd("no access token in the answer"))?);
        let until = Instant::now() + lasts.saturating_sub(EARLY).min(Duration::from_secs(24 * 3600));
        *now = Some(Access { token: token.clone(), until });
        Ok(token)
    }

    /// The token was refused: the next log-in asks for another.
    pub async fn forget(&self) {
        *self.now.lock().await = None;
    }
}

impl Source {
    fn ask(&self) -> Result<Answer, ConnectError> {
        let mut form = vec![("client_id", self.settings.client_id.clone())];
        form.extend(self.secret.as_ref().map(|it| ("client_secret", it.reveal().to_owned())));
        form.extend(self.settings.scope.as_ref().map(|it| ("scope", it.clone())));
        let Grant::RefreshToken(configured) = &self.grant else {
            form.push(("grant_type", "client_credentials".to_owned()));
            return self.post(&form);
        };
        // Another command of ours may ask at this moment: a refresh token that is used twice may end both.
        let _alone = self.alone().map_err(|error| self.disk(&error))?;
        let first = digest(configured.reveal());
        let newest =
            self.newest(&first).map_err(|error| self.disk(&error))?.unwrap_or_else(|| configured.reveal().to_owned());
        form.push(("grant_type", "refresh_token".to_owned()));
        form.push(("refresh_token", newest));
        let room = self.reserve().map_err(|error| self.disk(&error))?;
        let answer = self.post(&form);
        match answer.as_ref().ok().and_then(|it| it.refresh_token.as_ref()).filter(|it| is_token(it)) {
            // The old one may be of no use from now on: kept before anything is done with the new access.
            Some(new) => {
                self.keep(room, &Kept { first, refresh_token: new.clone() }).map_err(|error| self.disk(&error))?
            }
            None => drop(fs::remove_file(self.unnamed())), // what stays there is written over next time
        }
        answer
    }

    fn alone(&self) -> std::io::Result<File> {
        let file = self.private(&self.kept.with_extension("lock"))?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
        Ok(file)
    }

    /// A file that is readable for us alone; made by root (`uketsuke check`), for the state folder's owner alone: the
    /// daemon must open it.
    fn private(&self, path: &Path) -> std::io::Result<File> {
        use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
        let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        if let (true, Some(folder)) = (rustix::process::geteuid().is_root(), path.parent()) {
            let (folder, made) = (fs::metadata(folder)?, file.metadata()?);
            if (made.uid(), made.gid()) != (folder.uid(), folder.gid()) {
                std::os::unix::fs::fchown(&file, Some(folder.uid()), Some(folder.gid()))?;
            }
        }
        Ok(file)
    }

    fn unnamed(&self) -> PathBuf {
        self.kept.with_extension("new")
    }

    /// Room on the disk for the next refresh token, taken before the service uses up the one we have.
    fn reserve(&self) -> std::io::Result<File> {
        let mut file = self.private(&self.unnamed())?;
        file.set_len(0)?;
        file.write_all(&[b' '; ROOM])?;
        file.sync_all()?;
        self.sync_folder()?;
        Ok(file)
    }

    /// The newest refresh token of this stem. One that was written but not given its name yet, when the power went, is it.
    fn newest(&self, stem: &str) -> std::io::Result<Option<String>> {
        if read(&self.unnamed(), stem)?.is_some() {
            fs::rename(self.unnamed(), &self.kept)?;
            self.sync_folder()?;
        }
        read(&self.kept, stem)
    }

    /// Whole or not at all, in the room that was reserved.
    fn keep(&self, mut room: File, it: &Kept) -> std::io::Result<()> {
        let bytes = serde_json::to_vec(it)?;
        room.rewind()?;
        room.write_all(&bytes)?;
        // what is left of the room is blanks: the file is sound before it is made shorter, too
        room.sync_all()?;
        room.set_len(bytes.len() as u64)?;
        room.sync_all()?;
        fs::rename(self.unnamed(), &self.kept)?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> std::io::Result<()> {
        self.kept.parent().map_or(Ok(()), |it| File::open(it)?.sync_all())
    }

    fn disk(&self, error: &std::io::Error) -> ConnectError {
        ConnectError::Protocol(format!("{}: {}", self.kept.display(), error.kind()))
    }

    /// One request for a token. Only over checked TLS, never to another place than the one configured.
    fn post(&self, form: &[(&str, String)]) -> Result<Answer, ConnectError> {
        let roots = tls::authorities(self.settings.ca_file.as_deref())?;
        let roots: Vec<_> = roots.iter().map(|it| ureq::tls::Certificate::from_der(it).to_owned()).collect();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(tls::provider())
            .build();
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(LIMIT))
            .http_status_as_error(false)
            .build()
            .into();
        let sent = agent
            .post(&self.settings.token_url)
            .header("Accept", "application/json")
            .send_form(form.iter().map(|(k, v)| (*k, v.as_str())));
        let mut response = sent.map_err(|error| unreached(&error))?;
        let status = response.status().as_u16();
        let read = response.body_mut().with_config().limit(LONGEST).read_to_vec();
        let body = read.map_err(|_| ConnectError::Unreachable("the token service's answer broke off".to_owned()))?;
        match (status, Answer::read(&body)) {
            (200..=299, Some(answer)) if answer.error.is_none() => Ok(answer),
            (200..=299, None) => Err(odd("the token service does not answer in JSON")),
            (429 | 500..=599, _) => Err(ConnectError::Unreachable(format!("the token service says {status}"))),
            // RFC 6749 §5.2: `invalid_grant`, `invalid_client`, …; the description beside it may name people.
            (_, Some(Answer { error: Some(code), .. })) => Err(ConnectError::TokenRefused(short(&code))),
            _ => Err(ConnectError::TokenRefused(format!("HTTP status {status}"))),
        }
    }
}

/// What is kept in a file, if it stems from this token.
fn read(path: &Path, stem: &str) -> std::io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => {
            let kept: Option<Kept> = serde_json::from_slice(&bytes).ok();
            Ok(kept.filter(|it| it.first == stem).map(|it| it.refresh_token))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreached(error: &ureq::Error) -> ConnectError {
    match error {
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => ConnectError::Tls("of the token service".to_owned()),
        ureq::Error::RequireHttpsOnly(_) | ureq::Error::BadUri(_) => odd("`token_url` is no https:// address"),
        ureq::Error::Io(error) => match error.get_ref().and_then(|it| it.downcast_ref::<tokio_rustls::rustls::Error>())
        {
            Some(reason) => ConnectError::Tls(format!("of the token service: {}", short(&reason.to_string()))),
            None => ConnectError::Unreachable(format!("the token service: {}", error.kind())),
        },
        _ => ConnectError::Unreachable("the token service does not answer".to_owned()),
    }
}

fn odd(why: &str) -> ConnectError {
    ConnectError::Protocol(why.to_owned())
}

/// What may stand in a SASL message: visible ASCII (RFC 6750 §2.1), of bounded length.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_TOKEN && text.bytes().all(|it| it.is_ascii_graphic())
}

fn digest(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests;
