//! The same letter once more, under a new Message-ID: only where a person orders it.

use jiff::{Timestamp, fmt::rfc2822};

use super::mime::{CannotBuild, Finished, Key, Sender, identity, is_usable};
use crate::desk::case::Stage;

/// A letter as the outbox keeps it.
pub struct Kept<'a> {
    /// The finished mail.
    pub bytes: &'a [u8],
    /// Its addressee.
    pub recipient: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Its plain text.
    pub text: &'a str,
}

/// Whether what a letter of this kind says may hold for a case that stands here.
pub fn is_of_stage(kind: &str, stage: &Stage) -> bool {
    match kind {
        "withdrawn" => matches!(stage, Stage::Withdrawn { .. }),
        "materials" | "corrections" | "call" | "wrong-version" => stage.wants_form(),
        "assignment" | "advisor-named" => stage.advisor().is_some(),
        "complete" => matches!(stage, Stage::Complete | Stage::Offering { .. }),
        "no-workbook" | "unreadable" | "noted" | "reopened" => !stage.is_over() && stage.advisor().is_none(),
        _ => true,
    }
}

/// Rewrites what names this one sending (`Message-ID`, `Date`, and `To` for another addressee; RFC 5322 §3.6); every other
/// byte stays, the enclosed files with it.
///
/// # Errors
/// When nothing can be sent to the address, or the bytes are no mail of ours.
pub fn again(
    sender: &Sender,
    key: &Key<'_>,
    letter: &Kept<'_>,
    to: &str,
    now: Timestamp,
) -> Result<Finished, CannotBuild> {
    if !is_usable(to) {
        return Err(CannotBuild::because("nothing can be sent to this address"));
    }
    let no_mail = || CannotBuild::because("the kept letter is no mail");
    let end = letter.bytes.windows(4).position(|it| it == b"\r\n\r\n").ok_or_else(no_mail)?;
    let (head, body) = letter.bytes.split_at_checked(end).ok_or_else(no_mail)?;
    let head = std::str::from_utf8(head).map_err(|_| no_mail())?;
    let date = rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC)).map_err(|_| no_mail())?;
    let (message_id, return_path) = identity(sender, key, to);
    let other = !to.eq_ignore_ascii_case(letter.recipient);
    let mut fresh = String::new();
    let mut kept = true;
    for line in head.split("\r\n") {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            kept = !(matches!(name.as_str(), "message-id" | "date") || (name == "to" && other));
        }
        if kept {
            fresh.push_str(line);
            fresh.push_str("\r\n");
        }
    }
    fresh.push_str(&format!("Message-ID: <{message_id}>\r\nDate: {date}"));
    if other {
        fresh.push_str(&format!("\r\nTo: {to}"));
    }
    Ok(Finished {
        message_id,
        return_path,
        recipient: to.to_string(),
        subject: letter.subject.to_string(),
        text: letter.text.to_string(),
        bytes: [fresh.as_bytes(), body].concat(),
    })
}
