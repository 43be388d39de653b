//! `uketsuke check`: the configuration against reality.

use std::path::Path;

use anyhow::Result;

use super::{End, table};
use crate::{
    config::{Config, Outgoing},
    desk::letter::{mime::japan, words::Words},
    ports::store::Store,
    run::clock,
};

/// Checks everything and says how to mend what is wrong.
///
/// # Errors
/// When stdout is gone. What is wrong is said, not returned.
pub async fn run(folder: &Path) -> Result<End> {
    let config = match Config::read(folder) {
        Ok(config) => config,
        Err(it) => {
            bad("configuration", &format!("{it:#}"))?;
            return Ok(End::CouldNot);
        }
    };
    good("configuration", &config.folder.display().to_string())?;
    let results = [
        programme(&config)?,
        form(&config)?,
        templates(&config)?,
        store(&config)?,
        readers(&config).await?,
        inbox(&config).await?,
        outgoing(&config).await?,
    ];
    Ok(if results.iter().all(|it| *it) { End::Done } else { End::Found })
}

fn good(what: &str, detail: &str) -> Result<bool> {
    table::line(&format!("ok    {what:<14} {detail}"))?;
    Ok(true)
}

fn bad(what: &str, detail: &str) -> Result<bool> {
    table::line(&format!("WRONG {what:<14} {detail}"))?;
    Ok(false)
}

fn told(what: &str, result: Result<String>) -> Result<bool> {
    match result {
        Ok(detail) => good(what, &detail),
        Err(it) => bad(what, &format!("{it:#}")),
    }
}

fn programme(config: &Config) -> Result<bool> {
    let it = &config.rules.programme;
    let today = clock().to_zoned(japan()).date();
    if it.advice_to < today {
        return bad(
            "programme",
            &format!(
                "it ended on {}; write the new programme's dates into programme.toml, or make a new folder with `uketsuke init`",
                it.advice_to
            ),
        );
    }
    let regions: Vec<&str> = it.regions.iter().map(|it| it.name.as_str()).collect();
    good(
        "programme",
        &format!(
            "submissions {} to {}, advice to {}, regions {}",
            it.submission_from,
            it.submission_to,
            it.advice_to,
            regions.join(", ")
        ),
    )
}

fn form(config: &Config) -> Result<bool> {
    let version = &config.rules.programme.form_version;
    match config.rules.forms.iter().find(|it| it.version == *version) {
        Some(it) if it.confirmed => good("form", &format!("version {version}, {} rows, confirmed", it.rows.len())),
        Some(it) => good(
            "form",
            &format!(
                "version {version}, {} rows; not confirmed: hold the published form against it with `uketsuke inspect`, then set confirmed = true",
                it.rows.len()
            ),
        ),
        None => bad("form", &format!("no catalogue for version {version}")),
    }
}

fn templates(config: &Config) -> Result<bool> {
    let rehearsed = Words::new(&config.templates).and_then(|it| it.rehearse(&config.rules));
    let detail = format!("{} kinds of letters, {} replaced files", Words::kinds().len(), config.templates.len());
    told("templates", rehearsed.map(|()| detail).map_err(Into::into))
}

fn store(config: &Config) -> Result<bool> {
    let checked = Store::open(&config.settings.state).and_then(|it| it.check());
    told("store", checked.map(|()| config.settings.state.display().to_string()))
}

/// A reader child is started and given a mail, so that a sandbox that forbids it is known before the first mail.
async fn readers(config: &Config) -> Result<bool> {
    let read = match config.readers() {
        Ok(it) => it.read(clock(), b"Subject: check\r\n\r\ncheck\r\n".to_vec()).await.map_err(Into::into),
        Err(it) => Err(it),
    };
    told("readers", read.map(|_| "a child answers".to_string()))
}

async fn inbox(config: &Config) -> Result<bool> {
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

async fn outgoing(config: &Config) -> Result<bool> {
    let verified = async { config.mailer()?.verify().await };
    let detail = match &config.outgoing {
        Outgoing::Smtp(it) => format!("{} takes our log-in; sending = {:?}", it.host, config.settings.sending),
        Outgoing::Folder(it) => format!("letters are written to {}", it.path.display()),
    };
    told("outgoing", verified.await.map(|()| detail))
}
