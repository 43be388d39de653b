//! OAuth2 against Dovecot, Postfix and a token service on loopback.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};
use uketsuke::ports::connect::ConnectError;
use uketsuke::ports::credential::Credential;
use uketsuke::ports::mailbox::imap::Imap;
use uketsuke::ports::mailer::Outcome;
use uketsuke::ports::mailer::smtp::{Security, Smtp};
use uketsuke::ports::oauth2::{Grant, Settings, Tokens};

use crate::scripted::{self, Kind, Then};
use crate::smtp::{letter, to};
use crate::{imap_settings, run, servers::servers, smtp_settings, strange_certificate};

/// What the service has given out. A refresh token is good once, as with providers that rotate them.
#[derive(Default)]
pub(crate) struct Given {
    asked: HashMap<String, usize>,
    pub(crate) access: HashMap<String, String>,
    pub(crate) refresh: HashMap<String, String>,
    count: usize,
}

pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) given: Arc<Mutex<Given>>,
}

/// One for all tests, since Dovecot asks at one port. Ends with the process.
pub(crate) fn service() -> &'static Service {
    static RUNNING: OnceLock<Service> = OnceLock::new();
    RUNNING.get_or_init(|| {
        let given = Arc::new(Mutex::new(Given::default()));
        let (told, port) = std::sync::mpsc::channel();
        let of_thread = given.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(of_thread, told));
        });
        let url = format!("https://localhost:{}/token", port.recv().unwrap());
        Service { url, given }
    })
}

async fn serve(given: Arc<Mutex<Given>>, told: std::sync::mpsc::Sender<u16>) {
    let servers = servers();
    let for_dovecot = TcpListener::bind(("127.0.0.1", servers.imaps + 4)).await.unwrap();
    let for_us = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    told.send(for_us.local_addr().unwrap().port()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&servers.cert).unwrap()],
            PrivateKeyDer::from_pem_file(&servers.key).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        tokio::select! {
            Ok((tcp, _)) = for_dovecot.accept() => {
                let given = given.clone();
                tokio::spawn(async move { let _ = answer(tcp, &given).await; });
            }
            Ok((tcp, _)) = for_us.accept() => {
                let (given, acceptor) = (given.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if let Ok(tls) = acceptor.accept(tcp).await {
                        let _ = answer(tls, &given).await;
                    }
                });
            }
        }
    }
}

/// One request over HTTP/1.1, and the connection is closed.
async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, given: &Mutex<Given>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length, mut path) = (String::new(), 0, String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(it) = lower.strip_prefix("content-length:") {
            length = it.trim().parse().unwrap();
        } else if lower.starts_with("post ") {
            path = lower.split(' ').nth(1).unwrap().to_owned();
        } else if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let form = fields(&String::from_utf8(body).unwrap());
    let (status, text) = if path == "/introspect" { introspect(&form, given) } else { token(&form, given) };
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n", text.len());
    stream.write_all(format!("{head}Content-Type: application/json\r\n\r\n{text}").as_bytes()).await?;
    stream.shutdown().await
}

fn fields(form: &str) -> HashMap<String, String> {
    let plain = |it: &str| it.replace("%40", "@").replace("%2F", "/").replace("%3A", ":").replace("%2B", "+");
    form.split('&').filter_map(|it| it.split_once('=')).map(|(k, v)| (k.to_owned(), plain(v))).collect()
}

fn introspect(form: &HashMap<String, String>, given: &Mutex<Given>) -> (u16, String) {
    match form.get("token").and_then(|it| given.lock().unwrap().access.get(it).cloned()) {
        Some(user) => (200, format!("{{\"active\":true,\"username\":\"{user}\"}}")),
        None => (200, "{\"active\":false}".to_owned()),
    }
}

/// The scope is the user whose mailbox may be entered; the client's name says how the service is.
fn token(form: &HashMap<String, String>, given: &Mutex<Given>) -> (u16, String) {
    let mut given = given.lock().unwrap();
    let (client, user) = (form["client_id"].clone(), form.get("scope").cloned().unwrap_or_default());
    *given.asked.entry(client.clone()).or_default() += 1;
    let refused = |code: &str| (400, format!("{{\"error\":\"{code}\",\"error_description\":\"taro@example.jp\"}}"));
    match client.as_str() {
        "busy" => return (503, "{}".to_owned()),
        "odd" => return (200, "<html>".to_owned()),
        "empty" => return (200, "{}".to_owned()),
        _ => {}
    }
    given.count += 1;
    let count = given.count;
    // such words are looked for
    let word =
        |kind: &str| if client == "canary" { format!("Canary-{kind}-{count}Wq7") } else { format!("{kind}-{count}") };
    let access = word("access");
    let mut answer = format!("{{\"access_token\":\"{access}\",\"token_type\":\"Bearer\",\"expires_in\":3600");
    match form["grant_type"].as_str() {
        "refresh_token" => {
            let shown = form["refresh_token"].clone();
            let first = format!("first-{client}");
            if given.refresh.entry(client.clone()).or_insert(first) != &shown {
                return refused("invalid_grant");
            }
            let next = word(&format!("refresh-{client}"));
            answer.push_str(&format!(",\"refresh_token\":\"{next}\""));
            given.refresh.insert(client.clone(), next);
        }
        "client_credentials" if form.get("client_secret").is_some_and(|it| it == "s3cret") => {}
        _ => return refused("invalid_client"),
    }
    let worth = if client == "stale" { format!("not-{access}") } else { access };
    given.access.insert(worth, user);
    (200, format!("{answer}}}"))
}

fn asked(client: &str) -> usize {
    service().given.lock().unwrap().asked.get(client).copied().unwrap_or_default()
}

fn settings(client: &str, user: &str) -> Settings {
    let text = format!("token_url = '{}'\nclient_id = '{client}'\nscope = '{user}'", service().url);
    Settings { ca_file: Some(servers().cert.clone()), ..toml::from_str(&text).unwrap() }
}

pub(crate) fn refreshing(client: &str, user: &str, state: &Path) -> Credential {
    let grant = Grant::RefreshToken(format!("first-{client}").into());
    Credential::Tokens(Arc::new(Tokens::new(settings(client, user), None, grant, state)))
}

pub(crate) fn by_secret(client: &str, user: &str, secret: &str, state: &Path) -> Credential {
    let secret = Some(secret.to_owned().into());
    Credential::Tokens(Arc::new(Tokens::new(settings(client, user), secret, Grant::ClientCredentials, state)))
}

#[test]
fn a_refresh_token_opens_inbox_and_relay_and_its_successor_is_kept() {
    run(async {
        let state = tempfile::tempdir().unwrap();
        let credential = refreshing("rotating", "u-oauth", state.path());
        let mut imap = Imap::new(imap_settings("u-oauth"), credential.clone());
        imap.prepare().await.unwrap();
        assert!(imap.look().await.unwrap().uids.is_empty());
        let mut smtp = Smtp::new(smtp_settings("u-oauth", Security::Starttls), Some(credential));
        smtp.verify().await.unwrap();
        assert_eq!(asked("rotating"), 1, "one token serves both");

        let kept = state.path().join("oauth2-refresh-token.json");
        assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        let newest = service().given.lock().unwrap().refresh["rotating"].clone();
        assert!(std::fs::read_to_string(&kept).unwrap().contains(&newest));

        // another start of the program: the first token is of no more use, its successor is
        let later = refreshing("rotating", "u-oauth", state.path());
        Imap::connect(imap_settings("u-oauth"), later).await.unwrap();
        assert_eq!(asked("rotating"), 2);
        // without what was kept nothing goes on, and the refusal says so
        let elsewhere = tempfile::tempdir().unwrap();
        let lost = refreshing("rotating", "u-oauth", elsewhere.path());
        let refused = Imap::connect(imap_settings("u-oauth"), lost).await.err().unwrap();
        assert_eq!(refused, ConnectError::TokenRefused("invalid_grant".to_owned()));
    });
}

#[test]
fn a_new_token_in_the_configuration_wins_over_the_kept_one() {
    run(async {
        let state = tempfile::tempdir().unwrap();
        Imap::connect(imap_settings("u-oauth2"), refreshing("renewed", "u-oauth2", state.path())).await.unwrap();
        // a person consents anew: the service ends the old line and begins another
        service().given.lock().unwrap().refresh.insert("renewed".to_owned(), "second-consent".to_owned());
        let grant = Grant::RefreshToken("second-consent".to_owned().into());
        let tokens = Tokens::new(settings("renewed", "u-oauth2"), None, grant, state.path());
        Imap::connect(imap_settings("u-oauth2"), Credential::Tokens(Arc::new(tokens))).await.unwrap();
    });
}

#[test]
fn client_credentials_open_the_inbox_and_a_wrong_secret_is_told() {
    run(async {
        let state = tempfile::tempdir().unwrap();
        let right = by_secret("service", "u-oauth3", "s3cret", state.path());
        Imap::connect(imap_settings("u-oauth3"), right).await.unwrap();
        assert!(std::fs::read_dir(state.path()).unwrap().next().is_none(), "nothing to keep");
        let wrong = by_secret("service", "u-oauth3", "other", state.path());
        let refused = Imap::connect(imap_settings("u-oauth3"), wrong).await.err().unwrap();
        assert_eq!(refused, ConnectError::TokenRefused("invalid_client".to_owned()));
    });
}

#[test]
fn a_token_that_is_refused_is_our_fault_and_no_letter_s() {
    run(async {
        let state = tempfile::tempdir().unwrap();
        let send = async |client: &str, user: &str, secret: &str| {
            let credential = by_secret(client, user, secret, state.path());
            let mut smtp = Smtp::new(smtp_settings("u-oauth6", Security::Tls), Some(credential));
            smtp.send(&to("u-x@example.test"), &letter("o@x", "x")).await
        };
        let by_the_service = send("service", "u-oauth6", "other").await;
        assert!(matches!(by_the_service, Outcome::OurFault { code: None, .. }), "{by_the_service:?}");
        let by_the_relay = send("service", "u-somebody", "s3cret").await;
        assert!(matches!(by_the_relay, Outcome::OurFault { code: Some(535), .. }), "{by_the_relay:?}");
        let busy = send("busy", "u-oauth6", "s3cret").await;
        assert!(matches!(busy, Outcome::Away { .. }), "{busy:?}");
    });
}

#[test]
fn a_token_of_another_user_or_of_no_worth_is_refused_and_asked_for_anew() {
    run(async {
        let state = tempfile::tempdir().unwrap();
        let other = by_secret("other", "u-somebody", "s3cret", state.path());
        let refused = Imap::connect(imap_settings("u-oauth4"), other).await.err().unwrap();
        assert!(matches!(refused, ConnectError::TokenRefused(_)), "{refused}");
        let stale = by_secret("stale", "u-oauth4", "s3cret", state.path());
        let mut smtp = Smtp::new(smtp_settings("u-oauth4", Security::Tls), Some(stale.clone()));
        for count in 1..=2 {
            let refused = smtp.verify().await.unwrap_err();
            assert!(matches!(refused, ConnectError::TokenRefused(_)), "{refused}");
            assert_eq!(asked("stale"), count);
        }
    });
}

#[test]
fn a_service_in_trouble_is_no_refusal() {
    run(async {
        let state = tempfile::tempdir().unwrap();
        let failure = async |client: &str| {
            let credential = by_secret(client, "u-oauth5", "s3cret", state.path());
            Imap::connect(imap_settings("u-oauth5"), credential).await.err().unwrap()
        };
        assert!(matches!(failure("busy").await, ConnectError::Unreachable(_)));
        assert!(matches!(failure("odd").await, ConnectError::Protocol(_)));
        assert!(matches!(failure("empty").await, ConnectError::Protocol(_)));
        let strange = Settings { ca_file: Some(strange_certificate("oauth")), ..settings("tls", "u-oauth5") };
        let plain = Settings { token_url: service().url.replace("https:", "http:"), ..settings("tls", "u-oauth5") };
        let nobody = Settings { token_url: "https://localhost:1/token".to_owned(), ..settings("tls", "u-oauth5") };
        let ask = async |settings: Settings| {
            Tokens::new(settings, None, Grant::ClientCredentials, state.path()).access().await.err().unwrap()
        };
        let (strange, plain, nobody) = (ask(strange).await, ask(plain).await, ask(nobody).await);
        assert!(matches!(strange, ConnectError::Tls(_)), "{strange}");
        assert!(matches!(plain, ConnectError::Protocol(_)), "{plain}");
        assert!(matches!(nobody, ConnectError::Unreachable(_)), "{nobody}");
        assert_eq!(asked("tls"), 0, "no secret went out");
    });
}

#[test]
fn xoauth2_is_spoken_where_the_server_knows_nothing_else_and_a_refusal_is_heard_to_its_end() {
    run(async {
        let greeted = std::sync::atomic::AtomicBool::new(false);
        let (port, heard) = scripted::start(Kind::Imap, move |_, line| match line {
            // the answer to a refusal is an empty line, too
            "" if !greeted.swap(true, std::sync::atomic::Ordering::Relaxed) => Then::Say("* OK ready\r\n".to_owned()),
            "CAPABILITY" => Then::Say("* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2\r\n{tag} OK done\r\n".to_owned()),
            "AUTHENTICATE XOAUTH2" => Then::Say("+ \r\n".to_owned()),
            it if it.starts_with("dXNlcj11") => Then::Say("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n".to_owned()),
            _ => Then::SayAndClose("{tag} NO AUTHENTICATE failed.\r\n".to_owned()),
        })
        .await;
        let state = tempfile::tempdir().unwrap();
        let settings = uketsuke::ports::mailbox::imap::Settings { port: Some(port), ..imap_settings("u-x") };
        let credential = by_secret("xoauth2", "u-x", "s3cret", state.path());
        let refused = Imap::connect(settings, credential).await.err().unwrap();
        assert!(matches!(refused, ConnectError::TokenRefused(_)), "{refused}");
        let lines = heard.lines();
        // user=u-x@example.test^Aauth=Bearer access-…
        assert!(lines.iter().any(|it| it.contains("dXNlcj11LXhAZXhhbXBsZS50ZXN0AWF1dGg9QmVhcmVyI")), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("1: "), "the refusal's challenge is answered: {lines:?}");
    });
}

#[test]
fn no_token_and_no_secret_is_printed() {
    let state = tempfile::tempdir().unwrap();
    let text = "token_url = 'https://x/'\nclient_id = 'id'";
    let settings: Settings = toml::from_str(text).unwrap();
    let grant = Grant::RefreshToken("CANARY-refresh".to_owned().into());
    let tokens = Tokens::new(settings, Some("CANARY-secret".to_owned().into()), grant, state.path());
    let printed = format!("{:?}", Credential::Tokens(Arc::new(tokens)));
    assert!(!printed.contains("CANARY"), "{printed}");
}
