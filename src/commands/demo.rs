//! `uketsuke demo`: two acts of a programme on the sample mails, in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use jiff::{Timestamp, civil::DateTime};

use super::{End, assign::assign, servers::Servers, table};
use crate::{
    config::Config,
    desk::{case::Number, check::Severity, letter::mime::japan, reading::Method},
    ports::store::MailLine,
    run::Desk,
};

/// The sample mails, by name.
pub const MAILS: [(&str, &[u8]); 10] = [
    ("01-outlook-complete", include_bytes!("../../tests/mails/01-outlook-complete.eml")),
    ("02-gmail-faulty", include_bytes!("../../tests/mails/02-gmail-faulty.eml")),
    ("03-apple-no-quantitative", include_bytes!("../../tests/mails/03-apple-no-quantitative.eml")),
    ("04-old-version", include_bytes!("../../tests/mails/04-old-version.eml")),
    ("05-forgot-attachment", include_bytes!("../../tests/mails/05-forgot-attachment.eml")),
    ("06-question", include_bytes!("../../tests/mails/06-question.eml")),
    ("07-out-of-office", include_bytes!("../../tests/mails/07-out-of-office.eml")),
    ("08-zip", include_bytes!("../../tests/mails/08-zip.eml")),
    ("09-bounce", include_bytes!("../../tests/mails/09-bounce.eml")),
    ("10-application-form", include_bytes!("../../tests/mails/10-application-form.eml")),
];
const CORRECTED: &[u8] = include_bytes!("../../tests/forms/faulty-corrected.xlsx");

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder it makes; what an earlier demo left there is replaced
    #[arg(long, value_name = "DIR", default_value = "uketsuke-demo")]
    dir: PathBuf,
    /// Play over Dovecot and Postfix on loopback (installed, and as root)
    #[arg(long)]
    servers: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One mail's line.
#[derive(serde::Serialize)]
struct Line {
    from: String,
    company: String,
    found: String,
    letter: String,
}

/// Plays both acts.
///
/// # Errors
/// When the folder cannot be made, or a server does not start.
pub async fn run(arguments: &Arguments) -> Result<End> {
    let dir = std::path::absolute(&arguments.dir)?;
    clear(&dir)?;
    let servers = if arguments.servers { Some(Servers::start(&dir)?) } else { None };
    let config = config(&dir, servers.as_ref())?;
    let mut desk = Desk::open(&config)?;
    let said = |text: &str| if arguments.json { Ok(()) } else { table::line(text) };

    let first = at(2022, 8, 12, 17, 0);
    said("Act 1: ten mails lie in the inbox.  2022-08-12 17:00\n")?;
    for (name, raw) in MAILS {
        deliver(&dir, servers.as_ref(), name, raw)?;
    }
    desk.until_idle(first).await?;
    let mut shown = Vec::new();
    let mut lines = lines(&desk, &mut shown)?;
    if !arguments.json {
        print(&lines)?;
    }

    let second = at(2022, 8, 15, 10, 0);
    said("\nAct 2: a company sends its corrected workbook, the secretariat assigns an advisor.  2022-08-15 10:00\n")?;
    deliver(&dir, servers.as_ref(), "11-corrected", &corrected(&desk)?)?;
    desk.until_idle(second).await?;
    let number = first_complete(&desk)?;
    assign(&mut desk, number, "kubota", second).await?;
    desk.until_idle(second).await?;
    let act = self::lines(&desk, &mut shown)?;
    if !arguments.json {
        print(&act)?;
        said(&assigned(&desk, number)?)?;
    }
    lines.extend(act);

    let digest = dir.join("digest.html");
    fs::write(&digest, desk.digest(second)?.html).with_context(|| format!("cannot write {}", digest.display()))?;
    let letters = servers.as_ref().map_or_else(|| dir.join("letters"), |it| it.mail());
    if arguments.json {
        table::json(&serde_json::json!({ "mails": lines, "letters": letters, "digest": digest, "dir": dir }))?;
    }
    said(&format!("\nThe letters:  {}\nThe digest:   {}", letters.display(), digest.display()))?;
    said(&format!("Look around:  uketsuke --config {} cases", dir.join("config").display()))?;
    desk.mailbox.close().await;
    desk.mailer.close().await;
    Ok(End::Done)
}

/// Removes what an earlier demo left, and only that.
fn clear(dir: &Path) -> Result<()> {
    let ours = dir.join(".uketsuke-demo");
    if dir.exists() && !ours.exists() && fs::read_dir(dir)?.next().is_some() {
        anyhow::bail!("{} is not empty and no demo made it; give another folder with --dir", dir.display());
    }
    if ours.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    fs::write(ours, "made by `uketsuke demo`; it is replaced at the next one\n")?;
    Ok(())
}

/// The example configuration, bent to the demo's folder, and written there so that the other commands work on it.
fn config(dir: &Path, servers: Option<&Servers>) -> Result<Config> {
    let folder = dir.join("config");
    for (name, text) in crate::config::EXAMPLE {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(path, if *name == "uketsuke.toml" { main_file(dir, servers) } else { (*text).to_string() })?;
    }
    if let Some(it) = servers {
        fs::write(folder.join("password"), it.password())?;
    }
    Config::read(&folder)
}

fn main_file(dir: &Path, servers: Option<&Servers>) -> String {
    let quoted = |it: PathBuf| toml::Value::String(it.display().to_string()).to_string();
    let ports = match servers {
        Some(it) => it.config(),
        None => format!(
            "[inbox.maildir]\npath = {}\nsince = \"2022-07-01\"\n\n[outgoing.folder]\npath = {}\n",
            quoted(dir.join("inbox")),
            quoted(dir.join("letters")),
        ),
    };
    let address = servers.map_or("nw@itc.or.jp", |_| "bot@example.test");
    format!(
        "# The demo's configuration.\n[desk]\nname = \"DX自己診断 事務局\"\naddress = \"{address}\"\nstate = {}\nsending = \"auto\"\nsettling_minutes = 0\nauthserv_id = \"mail.itc.example.jp\"\n\n[secretariat]\ndigest_hour = 8\ndigest_to = [{{ name = \"事務局\", address = \"jimukyoku@itc.example.jp\" }}]\n\n{ports}",
        quoted(dir.join("state")),
    )
}

fn deliver(dir: &Path, servers: Option<&Servers>, name: &str, raw: &[u8]) -> Result<()> {
    let new = match servers {
        Some(it) => return it.deliver(raw),
        None => dir.join("inbox/new"),
    };
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(dir.join("inbox").join(folder))?;
    }
    fs::write(new.join(name), raw).with_context(|| format!("cannot write into {}", new.display()))
}

/// The company of mail 02 answers our correction with a corrected workbook.
fn corrected(desk: &Desk) -> Result<Vec<u8>> {
    use lettre::message::{Attachment, Message, MultiPart, SinglePart, header::ContentType};
    let letter = desk
        .store
        .all_letters()?
        .into_iter()
        .find(|it| it.kind == "corrections" && it.recipient.starts_with("hanako@"))
        .context("no correction went to the company of mail 02")?;
    let xlsx = ContentType::parse("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")?;
    let text = "事務局さま\n\nご指摘ありがとうございます。修正して再送します。\nアドバイスはオンライン希望です。8/29の午後か8/31の午前でお願いします。\n\n小林\n";
    let message = Message::builder()
        .from("小林花子 <hanako@kinoko.example.jp>".parse()?)
        .to("nw@itc.example.jp".parse()?)
        .subject(format!("Re: {}", letter.subject))
        .message_id(Some("<11-corrected@kinoko.example.jp>".to_string()))
        .in_reply_to(format!("<{}>", letter.message_id))
        .references(format!("<{}>", letter.message_id))
        .date(
            std::time::SystemTime::UNIX_EPOCH
                + std::time::Duration::from_secs(at(2022, 8, 15, 9, 40).as_second().unsigned_abs()),
        )
        .multipart(
            MultiPart::mixed()
                .singlepart(SinglePart::plain(text.to_string()))
                .singlepart(Attachment::new("自己診断_修正版.xlsx".to_string()).body(CORRECTED.to_vec(), xlsx)),
        )?;
    Ok(message.formatted())
}

fn first_complete(desk: &Desk) -> Result<Number> {
    let cases = desk.store.cases()?;
    let complete = cases.iter().find(|it| it.case.stage.name() == "complete").context("no case is complete")?;
    Ok(complete.case.number)
}

fn lines(desk: &Desk, shown: &mut Vec<String>) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for it in desk.store.mail_lines(None)? {
        if !shown.contains(&it.sha256) {
            lines.push(line(desk, &it)?);
            shown.push(it.sha256);
        }
    }
    Ok(lines)
}

fn line(desk: &Desk, it: &MailLine) -> Result<Line> {
    let reading = desk.store.reading(&it.sha256)?;
    let from = reading.as_ref().and_then(|it| it.mail.from.clone()).unwrap_or_default();
    let case = it.case_number.map(|it| desk.store.case(Number(it))).transpose()?.flatten();
    let letters = desk.store.all_letters()?;
    let letter = letters.iter().find(|letter| letter.cause == format!("mail/{}", it.sha256));
    let letter = letter.map(|it| format!("{} → {} ({})", it.kind, it.recipient, it.state));
    let number = case.as_ref().map(|it| format!("{} ", it.number)).unwrap_or_default();
    let company = case.map(|it| it.company).unwrap_or_default();
    Ok(Line {
        from: from.address,
        company: format!("{number}{company}"),
        found: found(desk, it)?,
        letter: letter.unwrap_or_else(|| "no letter".to_string()),
    })
}

/// What was found, in a few words.
fn found(desk: &Desk, it: &MailLine) -> Result<String> {
    let class = it.class.clone().unwrap_or_else(|| it.state.clone());
    let Some(reading) = desk.store.reading(&it.sha256)? else { return Ok(class) };
    let (Some(book), Some(number)) = (&reading.workbook, it.case_number) else { return Ok(class) };
    let revisions = desk.store.revisions(Number(number))?;
    let findings = revisions
        .iter()
        .find(|revision| revision.mails.contains(&it.sha256))
        .map(|it| it.findings.as_slice())
        .unwrap_or_default();
    let must = findings.iter().filter(|it| it.severity == Severity::MustMend).count();
    let version = book.version.as_deref().unwrap_or("?");
    let method = match (reading.wishes.method, reading.wishes.either) {
        (None, false) => "no method",
        (None, true) => "either method",
        (Some(Method::InPerson), _) => "in person",
        (Some(Method::Online), _) => "online",
    };
    Ok(format!("{class}: form {version}, {must} to mend, {method}, {} dates", reading.wishes.dates.len()))
}

fn print(lines: &[Line]) -> Result<()> {
    let rows: Vec<Vec<String>> =
        lines.iter().map(|it| vec![it.from.clone(), it.company.clone(), it.found.clone(), it.letter.clone()]).collect();
    table::rows(&["FROM", "CASE", "FOUND", "LETTER"], &rows)
}

fn assigned(desk: &Desk, number: Number) -> Result<String> {
    let letters = desk.store.letter_lines(Some(number))?;
    let told: Vec<String> = letters
        .iter()
        .filter(|it| it.kind == "assignment" || it.kind == "advisor-named")
        .map(|it| format!("{} → {} ({})", it.kind, it.recipient, it.state))
        .collect();
    Ok(format!("\nCase {number} assigned to kubota: {}", told.join(", ")))
}

fn at(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> Timestamp {
    let local = DateTime::new(year, month, day, hour, minute, 0, 0).unwrap_or(DateTime::MIN);
    local.to_zoned(japan()).map_or(Timestamp::UNIX_EPOCH, |it| it.timestamp())
}
