//! `uketsuke init`: a commented configuration for a new programme.

use std::{
    fs,
    io::{BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{Span, civil::Date};

use super::{End, table};
use crate::{
    config::{Config, EXAMPLE},
    desk::letter::mime::japan,
    run::clock,
};

/// Weeks from today to the last day of submissions, and on to the last day of advice, as in the programme of 2022.
const SUBMISSION_WEEKS: i64 = 4;
const ADVICE_WEEKS: i64 = 6;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The programme's name, as it stands in letters
    #[arg(long)]
    name: Option<String>,
    /// The organisation that signs the letters
    #[arg(long)]
    organisation: Option<String>,
    /// The programme's inbox
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Who gets the digest
    #[arg(long, value_name = "ADDRESS")]
    digest_to: Option<String>,
    /// IMAP server
    #[arg(long, value_name = "HOST")]
    imap: Option<String>,
    /// Try it out on folders: mails from this Maildir, letters into a folder; nothing is asked, nothing is sent
    #[arg(long, value_name = "DIR", conflicts_with_all = ["imap", "smtp"])]
    maildir: Option<PathBuf>,
    /// SMTP relay
    #[arg(long, value_name = "HOST")]
    smtp: Option<String>,
    /// A region and its quota; may be repeated
    #[arg(long = "region", value_name = "NAME:QUOTA")]
    regions: Vec<String>,
}

/// Writes the configuration. Never overwrites one.
///
/// # Errors
/// When files are there already, or an answer makes no sense.
pub fn run(arguments: &Arguments, folder: &Path) -> Result<End> {
    if let Some((name, _)) = EXAMPLE.iter().find(|(name, _)| folder.join(name).exists()) {
        bail!("{} is there already; give another folder with --config, or move it away", folder.join(name).display());
    }
    let trying = arguments.maildir.is_some();
    let asked = |question: &str, given: Option<&String>, sample: &str| match given {
        None if trying => Ok(sample.to_string()),
        given => asked(question, given),
    };
    let name = asked("Name of the programme", arguments.name.as_ref(), "DX自己診断アドバイス事業")?;
    let organisation = asked("Organisation that signs the letters", arguments.organisation.as_ref(), "例示協会")?;
    let address = asked("Address of the inbox", arguments.address.as_ref(), "dx@example.jp")?;
    let digest_to = asked("Address that gets the digest", arguments.digest_to.as_ref(), "jimukyoku@example.jp")?;
    let domain = address.rsplit_once('@').map(|(_, it)| it.to_string()).context("the inbox's address has no @")?;
    let imap = arguments.imap.clone().unwrap_or_else(|| format!("imap.{domain}"));
    let smtp = arguments.smtp.clone().unwrap_or_else(|| format!("smtp.{domain}"));
    let regions = match arguments.regions.as_slice() {
        [] => vec![asked("Regions (NAME:QUOTA, separated by spaces)", None, "茨城:12 長野:4")?],
        given => given.to_vec(),
    };
    let regions = regions.iter().flat_map(|it| it.split_whitespace()).map(region).collect::<Result<Vec<_>>>()?;
    ensure!(!regions.is_empty(), "at least one region is needed, as NAME:QUOTA");
    let today = clock().to_zoned(japan()).date();
    for (path, text) in EXAMPLE {
        let text = match *path {
            "uketsuke.toml" => {
                let text = main_file(text, &organisation, &address, &digest_to, &imap, &smtp, today);
                match &arguments.maildir {
                    Some(maildir) => on_folders(&text, maildir)?,
                    None => text,
                }
            }
            "programme.toml" => programme_file(text, &name, &organisation, &regions, today)?,
            "advisors.toml" => advisors_file(text, &regions),
            _ => (*text).to_string(),
        };
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Config::read(folder).context("the configuration that was written cannot be read; please report this")?;
    table::line(&format!("Wrote {}. Next:", folder.display()))?;
    if let Some(maildir) = &arguments.maildir {
        make_maildir(maildir)?;
        let (maildir, folder) = (maildir.display(), folder.display());
        table::line(&format!("  1. put mails (.eml files) into {maildir}/new"))?;
        table::line(&format!("  2. uketsuke --config {folder} run --once"))?;
        table::line(&format!("  3. look: uketsuke --config {folder} cases, the letters in {folder}/letters"))?;
        return Ok(End::Done);
    }
    table::line("  1. go through the lines marked CHANGE, the advisors and the questionnaire")?;
    table::line("  2. put the passwords into imap-password and smtp-password beside them (chmod 600)")?;
    table::line(&format!("  3. uketsuke --config {} check", folder.display()))?;
    Ok(End::Done)
}

/// The servers' sections in favour of folders. Old mails are taken, too, and letters go at once: they reach nobody.
fn on_folders(text: &str, maildir: &Path) -> Result<String> {
    let maildir = std::path::absolute(maildir).context("the Maildir's path makes no sense")?;
    let text = set(text, "[desk]", "state", &quoted("state"));
    let text = set(&text, "[desk]", "sending", &quoted("auto"));
    let (head, tail) = text.split_once("[inbox.imap]").context("the example has no inbox")?;
    let (_, bounds) = tail.split_once("[bounds]").context("the example has no bounds")?;
    let maildir = quoted(&maildir.display().to_string());
    Ok(format!(
        "{head}[inbox.maildir]\n\
         path = {maildir}          # the folder with new/ and cur/\n\
         since = \"2000-01-01\"                   # nobody is written to about older mails, by Date and Received\n\
         processed = \"受付済み\"                 # .受付済み inside path\n\
         held = \"要確認\"\n\n\
         [outgoing.folder]\n\
         path = \"letters\"                       # each letter becomes an .eml file beside this one; nothing is sent\n\n\
         [bounds]{bounds}"
    ))
}

fn make_maildir(path: &Path) -> Result<()> {
    for part in ["new", "cur", "tmp"] {
        let part = path.join(part);
        fs::create_dir_all(&part).with_context(|| format!("cannot make {}", part.display()))?;
    }
    Ok(())
}

fn asked(question: &str, given: Option<&String>) -> Result<String> {
    if let Some(it) = given {
        return Ok(it.trim().to_string());
    }
    ensure!(std::io::stdin().is_terminal(), "{question}: not given; see `uketsuke init --help`");
    eprint!("{question}: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    ensure!(!line.trim().is_empty(), "{question}: an answer is needed");
    Ok(line.trim().to_string())
}

fn region(text: &str) -> Result<(String, u32)> {
    let (name, quota) =
        text.rsplit_once([':', '：']).with_context(|| format!("{text:?}: a region is written NAME:QUOTA"))?;
    Ok((name.to_string(), quota.parse().with_context(|| format!("{text:?}: the quota is a number"))?))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}

fn main_file(
    text: &str,
    organisation: &str,
    address: &str,
    digest_to: &str,
    imap: &str,
    smtp: &str,
    today: Date,
) -> String {
    let desk = set(text, "[desk]", "name", &quoted(&format!("{organisation} 事務局")));
    let desk = set(&desk, "[desk]", "address", &quoted(address));
    let desk = without(&desk, "authserv_id");
    let inbox = set(&desk, "[inbox.imap]", "host", &quoted(imap));
    let inbox = set(&inbox, "[inbox.imap]", "user", &quoted(address));
    let inbox = set(&inbox, "[inbox.imap]", "since", &quoted(&today.to_string()));
    let outgoing = set(&inbox, "[outgoing.smtp]", "host", &quoted(smtp));
    let outgoing = set(&outgoing, "[outgoing.smtp]", "user", &quoted(address));
    let (before, after) = outgoing.split_once("digest_to = [").unwrap_or((&outgoing, ""));
    let (_, after) = after.split_once("\n]").unwrap_or(("", after));
    format!("{before}digest_to = [\n  {{ name = \"事務局\", address = {} }},\n]{after}", quoted(digest_to))
}

fn programme_file(
    text: &str,
    name: &str,
    organisation: &str,
    regions: &[(String, u32)],
    today: Date,
) -> Result<String> {
    let (head, tail) = text.split_once("[[regions]]").context("the example has no regions")?;
    let (_, mailer) = tail.split_once("# The web form").context("the example has no form mailer")?;
    let weeks =
        |n: i64| today.checked_add(Span::new().weeks(n)).map(|it| quoted(&it.to_string())).context("no such date");
    let mut head = set(head, "", "name", &quoted(name));
    for (key, value) in [
        ("organisation", quoted(organisation)),
        ("submission_from", quoted(&today.to_string())),
        ("submission_to", weeks(SUBMISSION_WEEKS)?),
        ("advice_from", quoted(&today.to_string())),
        ("advice_to", weeks(ADVICE_WEEKS)?),
    ] {
        head = set(&head, "", key, &value);
    }
    let regions: Vec<String> = regions
        .iter()
        .map(|(name, quota)| format!("[[regions]]\nname = {}\nquota = {quota}\n\n", quoted(name)))
        .collect();
    Ok(format!("{head}{}# The web form{mailer}", regions.concat()))
}

/// The example's advisors serve the example's regions; a new programme starts with one of its own to copy.
fn advisors_file(text: &str, regions: &[(String, u32)]) -> String {
    let head = text.split_once("[[advisors]]").map_or("", |(head, _)| head);
    let names: Vec<String> = regions.iter().map(|(name, _)| quoted(name)).collect();
    format!(
        "{head}[[advisors]]\nid = \"advisor1\"                          # CHANGE\nname = \"アドバイザー 一郎\"\naddress = \"advisor1@example.jp\"\nregions = [{}]\nmethods = [\"online\", \"in-person\"]\nweekly = [\"火 13:00-17:00\", \"木 9:00-12:00\"]\ndays_off = []\ncapacity = 5\n",
        names.join(", ")
    )
}

/// Replaces the value of a key in a table of the example, its comment kept. A test reads the result back.
fn set(text: &str, table: &str, key: &str, value: &str) -> String {
    let mut inside = table.is_empty();
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.trim() == table;
        }
        let is_key = line.strip_prefix(key).is_some_and(|it| it.trim_start().starts_with('='));
        let comment = line.rsplit_once(" # ").map(|(_, it)| format!("  # {it}")).unwrap_or_default();
        lines.push(if inside && is_key { format!("{key} = {value}{comment}") } else { line.to_string() });
    }
    lines.join("\n") + "\n"
}

/// Turns a line into a comment.
fn without(text: &str, key: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|it| if it.starts_with(key) { format!("# {it}") } else { it.to_string() }).collect();
    lines.join("\n") + "\n"
}
