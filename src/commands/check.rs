//! `uketsuke check`: the configuration against reality.

use std::path::Path;

use anyhow::Result;

use super::{End, table};
use crate::{
    config::{Config, Outgoing},
    desk::{
        letter::{mime::japan, words::Words},
        reading::Care,
    },
    ports::store::Store,
    run::clock,
};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One thing that was checked.
#[derive(serde::Serialize)]
struct Checked {
    what: &'static str,
    ok: bool,
    detail: String,
}

/// Checks everything and says how to mend what is wrong.
///
/// # Errors
/// When stdout is gone. What is wrong is said, not returned.
pub async fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    let (checked, end) = match Config::read(folder) {
        Ok(config) => {
            let checked = all(&config).await;
            let end = if checked.iter().all(|it| it.ok) { End::Done } else { End::Found };
            (checked, end)
        }
        Err(it) => (vec![bad("configuration", format!("{it:#}"))], End::CouldNot),
    };
    if arguments.json {
        table::json(&checked)?;
        return Ok(end);
    }
    for it in &checked {
        table::line(&format!("{} {:<14} {}", if it.ok { "ok   " } else { "WRONG" }, it.what, it.detail))?;
    }
    Ok(end)
}

async fn all(config: &Config) -> Vec<Checked> {
    let checked = vec![
        good("configuration", config.folder.display().to_string()),
        programme(config),
        form(config),
        templates(config),
        store(config),
        readers(config).await,
        inbox(config).await,
        outgoing(config).await,
    ];
    checked.into_iter().chain(log_in(config)).collect()
}

/// When the log-in by OAuth2 ends, where there is one.
fn log_in(config: &Config) -> Option<Checked> {
    let it = config.settings.log_in.as_ref()?;
    let today = clock().to_zoned(japan()).date();
    let mend = format!("put a new one into {} and its last day into expires", it.files.join(" or "));
    Some(match (it.ends, it.days_left(today)) {
        (None, _) => good("oauth2", "expires is not set: nobody is told before the log-in ends".to_string()),
        (Some(end), Some(days)) if days < 0 => bad("oauth2", format!("the log-in ended on {end}; {mend}")),
        (Some(end), Some(days)) => good("oauth2", format!("the log-in ends on {end}, in {days} days: {mend}")),
        (Some(end), None) => good("oauth2", format!("the log-in ends on {end}")),
    })
}

fn good(what: &'static str, detail: String) -> Checked {
    Checked { what, ok: true, detail }
}

fn bad(what: &'static str, detail: String) -> Checked {
    Checked { what, ok: false, detail }
}

fn told(what: &'static str, result: Result<String>) -> Checked {
    match result {
        Ok(detail) => good(what, detail),
        Err(it) => bad(what, format!("{it:#}")),
    }
}

fn programme(config: &Config) -> Checked {
    let it = &config.rules.programme;
    let today = clock().to_zoned(japan()).date();
    if it.advice_to < today {
        return bad(
            "programme",
            format!(
                "it ended on {}; write the new programme's dates into programme.toml, or make a new folder with `uketsuke init`",
                it.advice_to
            ),
        );
    }
    let regions: Vec<&str> = it.regions.iter().map(|it| it.name.as_str()).collect();
    good(
        "programme",
        format!(
            "submissions {} to {}, advice to {}, regions {}",
            it.submission_from,
            it.submission_to,
            it.advice_to,
            regions.join(", ")
        ),
    )
}

fn form(config: &Config) -> Checked {
    let version = &config.rules.programme.form_version;
    match config.rules.forms.iter().find(|it| it.version == *version) {
        Some(it) if it.confirmed => good("form", format!("version {version}, {} rows, confirmed", it.rows.len())),
        Some(it) => good(
            "form",
            format!(
                "version {version}, {} rows; not confirmed: hold the published form against it with `uketsuke form probe`, then set confirmed = true",
                it.rows.len()
            ),
        ),
        None => bad("form", format!("no catalogue for version {version}")),
    }
}

fn templates(config: &Config) -> Checked {
    let rehearsed = Words::new(&config.templates).and_then(|it| it.rehearse(&config.rules));
    let detail = format!("{} kinds of letters, {} replaced files", Words::kinds().len(), config.templates.len());
    told("templates", rehearsed.map(|()| detail).map_err(Into::into))
}

fn store(config: &Config) -> Checked {
    let checked = Store::open(&config.settings.state).and_then(|it| {
        it.check()?;
        it.check_raw()?;
        it.check_writing(clock())
    });
    told("store", checked.map(|()| config.settings.state.display().to_string()))
}

/// A reader child is started and given a mail, so that a sandbox that forbids it is known before the first mail.
async fn readers(config: &Config) -> Checked {
    let read = match config.readers() {
        Ok(it) => {
            it.read(clock(), Care::All, b"Subject: check\r\n\r\ncheck\r\n".to_vec(), &[]).await.map_err(Into::into)
        }
        Err(it) => Err(it),
    };
    told("readers", read.map(|_| "a child answers".to_string()))
}

async fn inbox(config: &Config) -> Checked {
    let looked = async {
        let mut mailbox = config.mailbox()?;
        let made = mailbox.prepare().await?;
        let look = mailbox.look().await?;
        mailbox.close().await;
        let made = if made.is_empty() { String::new() } else { format!(", made the folders {}", made.join(", ")) };
        Ok(format!("{} mails since {}{made}", look.uids.len(), config.settings.since))
    };
    told("inbox", looked.await)
}

async fn outgoing(config: &Config) -> Checked {
    let verified = async { config.mailer()?.verify().await };
    let detail = match &config.outgoing {
        Outgoing::Smtp(it) => format!("{} takes our log-in; sending = {:?}", it.host, config.settings.sending),
        Outgoing::Folder(it) => format!("letters are written to {}", it.path.display()),
    };
    told("outgoing", verified.await.map(|()| detail))
}
