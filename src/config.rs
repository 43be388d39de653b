//! TOML → [`Config`], once, at the start. The only file that reads settings, secrets and the environment.

mod sensible;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    desk::{
        digest::LogIn,
        letter::mime::ReturnPath,
        mail::Person,
        rules::{Advisor, Bounds, Form, FormRow, Programme, Questionnaire, Rules},
    },
    ports::{
        credential::Credential,
        mailbox::{self, Mailbox},
        mailer::{self, Mailer},
        oauth2::{self, Grant, Tokens},
        reader::Readers,
        secret::Secret,
    },
};

/// The example configuration this program was built with: path under `config/`, text.
pub const EXAMPLE: &[(&str, &str)] = &[
    ("uketsuke.toml", include_str!("../config/uketsuke.toml")),
    ("programme.toml", include_str!("../config/programme.toml")),
    ("advisors.toml", include_str!("../config/advisors.toml")),
    ("questionnaire.toml", include_str!("../config/questionnaire.toml")),
    ("forms/dxpi-2.3.toml", include_str!("../config/forms/dxpi-2.3.toml")),
];

/// Everything that is configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder it came from.
    pub folder: PathBuf,
    /// How the desk behaves.
    pub settings: Settings,
    /// What it holds to.
    pub rules: Rules,
    /// Templates that replace built-in ones, by path under `templates/ja/`.
    pub templates: BTreeMap<String, String>,
    /// Where mails come from.
    pub inbox: Inbox,
    /// Where letters go.
    pub outgoing: Outgoing,
    /// How tokens are got, in the place of passwords.
    pub oauth2: Option<oauth2::Settings>,
    /// One for all connections: a refresh token is used once.
    tokens: OnceLock<Arc<Tokens>>,
}

/// How the desk behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Sender of every letter.
    pub from: Person,
    /// The state folder.
    pub state: PathBuf,
    /// Whether letters go by themselves.
    pub sending: Sending,
    /// Seconds a mail rests so that a second one of the same sender can join it.
    pub settling: i64,
    /// So long a locked file waits for its password, and a password for its file, before anything is answered.
    pub password_wait: SignedDuration,
    /// Most letters to one address in 24 hours.
    pub letters_per_day: u32,
    /// Most letters of the whole desk in an hour.
    pub letters_per_hour: u32,
    /// Our server's name in `Authentication-Results`.
    pub authserv_id: Option<String>,
    /// Who gets the digest.
    pub secretariat: Vec<Person>,
    /// Hour of the digest, Japan's time.
    pub digest_hour: i8,
    /// Nobody is written to about mails older than this day.
    pub since: Date,
    /// Largest mail that is taken, bytes.
    pub largest_mail: u64,
    /// Envelope sender of our letters.
    pub return_path: ReturnPath,
    /// Where a letter in doubt is looked for.
    pub proof: Proof,
    /// How long a copy may take to arrive there.
    pub proof_wait: SignedDuration,
    /// File of the figures for node_exporter's textfile collector.
    pub metrics: Option<PathBuf>,
    /// The log-in by OAuth2, where there is one.
    pub log_in: Option<LogIn>,
}

/// Whether letters go by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sending {
    /// They go.
    Auto,
    /// Each waits for `uketsuke approve`; only the digest goes.
    Approve,
    /// Nothing is sent at all.
    Off,
}

impl Sending {
    /// Whether a new letter waits for approval.
    pub fn waits(self) -> bool {
        self != Sending::Auto
    }
}

/// Where a letter whose acceptance was not heard is looked for before it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Nowhere: it is sent again at once, and the digest says that it may be there twice.
    #[default]
    None,
    /// In the Sent folder, where the provider files a copy itself.
    Sent,
    /// In our inbox: each letter has our own address as a second recipient of the same transaction.
    SelfCopy,
}

impl Proof {
    /// When to look.
    pub fn look_at(self, now: Timestamp, wait: SignedDuration) -> Timestamp {
        match self {
            Proof::None => now,
            Proof::Sent | Proof::SelfCopy => now.checked_add(wait).unwrap_or(now),
        }
    }
}

/// `[inbox.imap]` or `[inbox.maildir]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inbox {
    /// A server.
    Imap(mailbox::imap::Settings),
    /// A folder.
    Maildir(mailbox::maildir::Settings),
}

/// `[outgoing.smtp]` or `[outgoing.folder]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outgoing {
    /// A relay.
    Smtp(mailer::smtp::Settings),
    /// A folder that gets each letter as an .eml file.
    Folder(mailer::folder::Settings),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MainFile {
    desk: DeskFile,
    secretariat: SecretariatFile,
    inbox: Inbox,
    outgoing: Outgoing,
    oauth2: Option<oauth2::Settings>,
    #[serde(default)]
    bounds: Bounds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeskFile {
    name: String,
    address: String,
    state: PathBuf,
    sending: Sending,
    #[serde(default = "three")]
    settling_minutes: u32,
    #[serde(default = "three")]
    password_hours: u32,
    #[serde(default = "five")]
    letters_per_day: u32,
    #[serde(default = "many")]
    letters_per_hour: u32,
    authserv_id: Option<String>,
    #[serde(default)]
    return_path: ReturnPath,
    #[serde(default)]
    proof: Proof,
    #[serde(default = "quarter")]
    proof_wait_minutes: u32,
    metrics: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretariatFile {
    digest_to: Vec<PersonFile>,
    #[serde(default = "eight")]
    digest_hour: i8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    name: String,
    address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvisorsFile {
    advisors: Vec<Advisor>,
}

/// A form's file: like [`Form`], with the rows under the TOML name `rows`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormFile {
    version: String,
    title: String,
    confirmed: bool,
    rows: Vec<FormRow>,
}

fn three() -> u32 {
    3
}
fn five() -> u32 {
    5
}
/// Far above any programme's busiest hour, far below what a loop makes in a day.
fn many() -> u32 {
    20_000
}
fn quarter() -> u32 {
    15
}
fn eight() -> i8 {
    8
}

impl Config {
    /// Reads a configuration folder.
    ///
    /// # Errors
    /// The first thing that is wrong: which file, where in it, what to do.
    pub fn read(folder: &Path) -> Result<Config> {
        let folder = std::path::absolute(folder).with_context(|| format!("{} is no path", folder.display()))?;
        let mut forms = Vec::new();
        let forms_folder = folder.join("forms");
        let list = fs::read_dir(&forms_folder).with_context(|| {
            format!("cannot read {}; `uketsuke init` writes a configuration", forms_folder.display())
        })?;
        let mut paths: Vec<PathBuf> = list.filter_map(|it| it.ok().map(|it| it.path())).collect();
        paths.retain(|it| it.extension().is_some_and(|it| it == "toml"));
        paths.sort();
        for path in paths {
            forms.push(text(&path).and_then(|text| form(&path.display().to_string(), &text))?);
        }
        let file = |name: &str| text(&folder.join(name)).map(|text| (folder.join(name).display().to_string(), text));
        let (main, programme, advisors, questionnaire) =
            (file("uketsuke.toml")?, file("programme.toml")?, file("advisors.toml")?, file("questionnaire.toml")?);
        Config::from_texts(folder.clone(), &main, &programme, &advisors, &questionnaire, forms, templates(&folder)?)
    }

    /// The built-in example, for `inspect` and the demo where no folder is there.
    ///
    /// # Errors
    /// Never in a program that passed its tests.
    pub fn example() -> Result<Config> {
        let file = |name: &str| {
            let found = EXAMPLE.iter().find(|(path, _)| *path == name);
            found.map(|(path, text)| ((*path).to_string(), (*text).to_string())).context("the example lacks a file")
        };
        let (path, catalogue) = file("forms/dxpi-2.3.toml")?;
        Config::from_texts(
            PathBuf::from("config"),
            &file("uketsuke.toml")?,
            &file("programme.toml")?,
            &file("advisors.toml")?,
            &file("questionnaire.toml")?,
            vec![form(&path, &catalogue)?],
            BTreeMap::new(),
        )
    }

    fn from_texts(
        folder: PathBuf,
        main: &(String, String),
        programme: &(String, String),
        advisors: &(String, String),
        questionnaire: &(String, String),
        forms: Vec<Form>,
        templates: BTreeMap<String, String>,
    ) -> Result<Config> {
        let file: MainFile = parse(main)?;
        let rules = Rules {
            programme: parse::<Programme>(programme)?,
            forms,
            questionnaire: parse::<Questionnaire>(questionnaire)?,
            advisors: parse::<AdvisorsFile>(advisors)?.advisors,
            bounds: file.bounds,
        };
        sensible::sensible(&rules, &folder)?;
        let settings = settings(&file, &folder)?;
        Ok(Config {
            settings,
            rules,
            templates,
            inbox: file.inbox,
            outgoing: file.outgoing,
            oauth2: file.oauth2,
            tokens: OnceLock::new(),
            folder,
        })
    }

    /// The same for commands that use no network: no password is read, nothing can be fetched or sent.
    #[must_use]
    pub fn offline(self) -> Config {
        let nowhere = self.settings.state.join("nowhere");
        let inbox = format!(
            "path = {}\nsince = \"{}\"",
            toml::Value::String(nowhere.display().to_string()),
            self.settings.since
        );
        match toml::from_str(&inbox) {
            Ok(inbox) => Config {
                inbox: Inbox::Maildir(inbox),
                outgoing: Outgoing::Folder(mailer::folder::Settings { path: nowhere }),
                ..self
            },
            Err(_) => self,
        }
    }

    /// The inbox, not yet connected.
    ///
    /// # Errors
    /// When the password file cannot be read.
    pub fn mailbox(&self) -> Result<Mailbox> {
        Ok(match &self.inbox {
            Inbox::Imap(it) => {
                let credential = self.credential(it.password_file.as_deref()).context("[inbox.imap]")?;
                let ca_file = it.ca_file.as_ref().map(|it| self.folder.join(it));
                Mailbox::Imap(mailbox::imap::Imap::new(mailbox::imap::Settings { ca_file, ..it.clone() }, credential))
            }
            Inbox::Maildir(it) => {
                let settings = mailbox::maildir::Settings { path: self.folder.join(&it.path), ..it.clone() };
                Mailbox::Maildir(mailbox::maildir::Maildir::new(settings))
            }
        })
    }

    /// The mailer, not yet connected.
    ///
    /// # Errors
    /// When the password file cannot be read.
    pub fn mailer(&self) -> Result<Mailer> {
        Ok(match &self.outgoing {
            Outgoing::Smtp(it) => {
                // a relay in our own house may know us without a log-in
                let credential = match it.user {
                    Some(_) => Some(self.credential(it.password_file.as_deref()).context("[outgoing.smtp]")?),
                    None => None,
                };
                let ca_file = it.ca_file.as_ref().map(|it| self.folder.join(it));
                Mailer::Smtp(mailer::smtp::Smtp::new(mailer::smtp::Settings { ca_file, ..it.clone() }, credential))
            }
            Outgoing::Folder(it) => {
                let settings = mailer::folder::Settings { path: self.folder.join(&it.path) };
                Mailer::Folder(mailer::folder::Folder::new(settings))
            }
        })
    }

    /// What is shown at a log-in: the password of its file, else tokens.
    fn credential(&self, password_file: Option<&Path>) -> Result<Credential> {
        match (password_file, &self.oauth2) {
            (Some(file), _) => Ok(Credential::Password(self.secret(file).context("password_file")?)),
            (None, Some(oauth2)) => Ok(Credential::Tokens(self.tokens(oauth2).context("[oauth2]")?)),
            (None, None) => bail!("password_file is missing; name it, or write an [oauth2] table"),
        }
    }

    fn tokens(&self, it: &oauth2::Settings) -> Result<Arc<Tokens>> {
        if let Some(known) = self.tokens.get() {
            return Ok(known.clone());
        }
        ensure!(it.token_url.starts_with("https://"), "token_url must begin with https://");
        let secret = it.client_secret_file.as_ref().map(|it| self.secret(it)).transpose()?;
        let grant = match &it.refresh_token_file {
            Some(file) => Grant::RefreshToken(self.secret(file)?),
            None if secret.is_none() => bail!("client_secret_file or refresh_token_file is needed"),
            None => Grant::ClientCredentials,
        };
        let ca_file = it.ca_file.as_ref().map(|it| self.folder.join(it));
        let tokens = Tokens::new(oauth2::Settings { ca_file, ..it.clone() }, secret, grant, &self.settings.state);
        Ok(self.tokens.get_or_init(|| Arc::new(tokens)).clone())
    }

    /// The reader children: this same program, one child for each core.
    ///
    /// # Errors
    /// When our own path cannot be found.
    pub fn readers(&self) -> Result<Readers> {
        let program = std::env::current_exe().context("cannot find our own program")?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Readers::new(program, &["reader"], &self.rules, cores)
    }

    /// A secret: an absolute path, else a systemd credential, else a file beside the configuration. One trailing line
    /// break is not part of it.
    fn secret(&self, file: &Path) -> Result<Secret> {
        let credentials = credentials_folder().map(|it| it.join(file)).filter(|it| it.exists());
        let path = credentials.unwrap_or_else(|| self.folder.join(file));
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}; put the secret there (chmod 600), or give it as a systemd credential",
                path.display()
            )
        })?;
        let password = text.strip_suffix('\n').unwrap_or(&text);
        let password = password.strip_suffix('\r').unwrap_or(password);
        ensure!(!password.is_empty(), "{} is empty", path.display());
        Ok(Secret::new(password.to_string()))
    }
}

#[expect(clippy::disallowed_methods, reason = "config.rs is the one place")]
fn credentials_folder() -> Option<PathBuf> {
    std::env::var("CREDENTIALS_DIRECTORY").ok().map(PathBuf::from)
}

fn settings(file: &MainFile, folder: &Path) -> Result<Settings> {
    let desk = &file.desk;
    let (since, largest_mail) = match &file.inbox {
        Inbox::Imap(it) => (it.since, it.max_mail_bytes),
        Inbox::Maildir(it) => (it.since, it.max_mail_bytes),
    };
    let sent = match &file.inbox {
        Inbox::Imap(it) => &it.sent,
        Inbox::Maildir(it) => &it.sent,
    };
    ensure!(
        desk.proof != Proof::Sent || sent.is_some(),
        "uketsuke.toml: proof = \"sent\" needs `sent`, the Sent folder's name, under [inbox]"
    );
    ensure!(desk.proof_wait_minutes <= 300, "uketsuke.toml: [desk] proof_wait_minutes is at most 300");
    ensure!(!desk.name.trim().is_empty(), "uketsuke.toml: [desk] name is empty; it signs every letter");
    ensure!((0..=23).contains(&file.secretariat.digest_hour), "uketsuke.toml: digest_hour is an hour from 0 to 23");
    let person = |it: &PersonFile| address(&it.address).map(|address| Person { name: it.name.clone(), address });
    let secretariat = file.secretariat.digest_to.iter().map(person).collect::<Result<_>>()?;
    Ok(Settings {
        from: Person { name: desk.name.clone(), address: address(&desk.address)? },
        state: folder.join(&desk.state),
        sending: desk.sending,
        settling: i64::from(desk.settling_minutes) * 60,
        password_wait: SignedDuration::from_hours(i64::from(desk.password_hours)),
        letters_per_day: desk.letters_per_day,
        letters_per_hour: desk.letters_per_hour,
        authserv_id: desk.authserv_id.clone(),
        secretariat,
        digest_hour: file.secretariat.digest_hour,
        since,
        largest_mail,
        return_path: desk.return_path,
        proof: desk.proof,
        proof_wait: SignedDuration::from_mins(i64::from(desk.proof_wait_minutes)),
        metrics: desk.metrics.as_ref().map(|it| folder.join(it)),
        log_in: file.oauth2.as_ref().map(log_in),
    })
}

fn log_in(it: &oauth2::Settings) -> LogIn {
    let files = [&it.client_secret_file, &it.refresh_token_file].into_iter().flatten();
    LogIn { ends: it.expires, files: files.map(|it| it.display().to_string()).collect() }
}

fn address(text: &str) -> Result<String> {
    let text = text.trim();
    let plausible = text.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
    ensure!(plausible && !text.contains(char::is_whitespace), "{text:?} is not a mail address");
    Ok(text.to_string())
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {}; `uketsuke init` writes a configuration", path.display()))
}

fn parse<T: DeserializeOwned>((path, text): &(String, String)) -> Result<T> {
    toml::from_str(text).map_err(|it| anyhow::anyhow!("{path}: {it}"))
}

fn form(path: &str, text: &str) -> Result<Form> {
    let it: FormFile = parse(&(path.to_string(), text.to_string()))?;
    ensure!(!it.rows.is_empty(), "{path}: no rows");
    Ok(Form { version: it.version, title: it.title, confirmed: it.confirmed, rows: it.rows })
}

/// `templates/` beside the configuration: files there replace built-in ones.
fn templates(folder: &Path) -> Result<BTreeMap<String, String>> {
    let root = folder.join("templates");
    let mut found = BTreeMap::new();
    let mut open = if root.is_dir() { vec![root.clone()] } else { Vec::new() };
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(&root) {
                found.insert(name.to_string_lossy().into_owned(), text(&path)?);
            }
        }
    }
    Ok(found)
}
