//! Bytes → mail: headers, text, attachments. The only folder that knows MIME.

use std::panic::catch_unwind;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{reading::Unreadable, workbook};

mod address;
pub mod application;
mod archive;
mod asking;
mod asking_words;
pub mod auth;
mod body;
mod bounce;
mod charset;
pub mod class;
mod clean;
mod document;
mod enclosures;
mod favour_words;
mod fields;
pub mod forward;
mod headers;
mod html;
mod jis;
mod leaving;
mod lexicon;
pub mod links;
mod offer_words;
mod params;
mod parting;
mod parting_words;
mod parts;
mod password;
pub(in crate::desk) mod pictures;
pub mod quote;
mod resent;
mod signs;
mod smime;
mod sniff;
mod split;
mod tnef;
mod transfer;
mod uuencode;
mod wording;
mod words;

#[cfg(test)]
pub(crate) mod tests;

pub use document::text as document_text;
pub(in crate::desk) use password::hidden;
pub use password::looks_secret;
pub(in crate::desk) use signs::is_machine;
pub(in crate::desk) use transfer::base64;

/// A mail as far as the desk needs it. All strings are decoded, bounded and free of control characters.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Mail {
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// Ids of `In-Reply-To`, then of `References`, newest first, without angle brackets.
    pub replies_to: Vec<String>,
    /// The one `From`. `None` where there is none, or more than one (RFC 5322 §3.6.2 with several is not accepted).
    pub from: Option<Person>,
    /// `Reply-To`, first address.
    pub reply_to: Option<Person>,
    /// Addresses of `To` and `Cc`, lower case.
    pub to: Vec<String>,
    /// Decoded subject, one line.
    pub subject: String,
    /// `Date`, when it can be read.
    pub date: Option<Timestamp>,
    /// The text: `text/plain`, or `text/html` turned into text.
    pub text: String,
    /// Every attachment, also those inside archives' outer file.
    pub attachments: Vec<Attachment>,
    /// Why a machine seems to have written it; empty for a person's mail (RFC 3834 §2).
    pub machine: Vec<MachineSign>,
    /// `Authentication-Results` headers, topmost first, unfolded; who is believed is for the rules to say.
    pub authentication_results: Vec<String>,
    /// For each of [`Self::authentication_results`] how many `Received` headers stand above it: results with different
    /// numbers were not added by one border.
    #[serde(default)]
    pub authentication_hops: Vec<u32>,
    /// A delivery status notification (RFC 3464), when this is one.
    pub bounce: Option<Bounce>,
    /// The sender's own words tell a password. It is blotted out in [`Self::subject`] and [`Self::text`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tells_password: bool,
    /// The sender's own words hold a word that looks like one, and say nothing of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_tell_password: bool,
    /// They describe a password that the reader is thought to know (「本日の日付8桁」).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hints_password: bool,
    /// Who wrote the mails that are enclosed (`message/rfc822`); empty addresses where that is not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enclosed_authors: Vec<Person>,
}

/// A mailbox: display name and address (lower case).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// Display name, may be empty.
    pub name: String,
    /// `local@domain`, the domain in lower case.
    pub address: String,
}

/// One attachment as it stands in the mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Display name, cleaned: no path, no control characters, at most 100 characters.
    pub name: String,
    /// What it is, by its bytes first.
    pub kind: AttachmentKind,
    /// Decoded size.
    pub bytes: usize,
}

/// What an attachment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachmentKind {
    /// A spreadsheet of any format.
    Workbook,
    /// A text file or document that may hold the questionnaire's answers.
    Questionnaire,
    /// A zip or another archive.
    Archive,
    /// A picture.
    Picture,
    /// Anything else.
    Other,
}

/// A sign that a machine wrote the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineSign {
    /// `Auto-Submitted` other than `no` (RFC 3834 §5).
    AutoSubmitted,
    /// `Precedence: bulk`, `junk` or `list`.
    Precedence,
    /// `List-Id`, `List-Unsubscribe`, … (RFC 2369, RFC 2919).
    List,
    /// `Return-Path: <>`.
    NullReturnPath,
    /// `X-Auto-Response-Suppress` naming `All`, `AutoReply` or `OOF`, or `X-Autoreply` and its like.
    SuppressHeader,
    /// `mailer-daemon`, `postmaster`, `no-reply` and the like as the sender.
    MachineAddress,
    /// `multipart/report` (RFC 6522).
    Report,
    /// A subject that only vacation programs write (不在通知, 自動返信, Out of Office).
    Subject,
    /// A calendar program's answer to an invitation (RFC 5546 `METHOD:REPLY`).
    Calendar,
    /// A text that says of itself that a program sent it (このメールは自動返信です).
    Text,
}

/// A delivery status notification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bounce {
    /// `Message-ID` of the returned mail, without angle brackets.
    pub original: Option<String>,
    /// The failed recipients, lower case (`Final-Recipient`).
    pub recipients: Vec<String>,
    /// Whether an `Action: failed` with a 5.x.x status is in it.
    pub permanent: bool,
}

/// A file taken out of a mail, archives opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Display name (the inner name for a file from an archive), cleaned.
    pub name: String,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its bytes, or why they cannot be had.
    pub content: Result<Vec<u8>, Unreadable>,
}

/// A mail taken apart.
#[derive(Debug, Default)]
pub struct Opened {
    /// What it says.
    pub mail: Mail,
    /// The files in it, locked ones opened where a password fits.
    pub enclosures: Vec<Enclosure>,
    /// The passwords it tells, then the words that look like one: for the files of this mail and of others, never to be
    /// stored.
    pub passwords: Vec<String>,
    /// Its text without the passwords that it says are such, and with every other word: dates are read from it. Not to be
    /// stored.
    pub said: String,
    /// The words that are not to be stored or shown, beside those.
    pub secrets: Vec<String>,
    /// Those that opened an archive.
    pub fitted: Vec<String>,
}

/// Reads a mail. Never fails and never panics: what cannot be read is absent.
pub fn read(raw: &[u8]) -> (Mail, Vec<Enclosure>) {
    let opened = open(raw, &[]);
    (opened.mail, opened.enclosures)
}

/// Does what [`read`] does; these passwords are tried on locked archives, after those the mail tells itself.
pub fn open(raw: &[u8], passwords: &[String]) -> Opened {
    taken_apart(raw, Some(passwords))
}

/// The files of a mail, and the locked ones stay locked: for what is sent back by open mail.
pub fn sealed(raw: &[u8]) -> Vec<Enclosure> {
    taken_apart(raw, None).enclosures
}

fn taken_apart(raw: &[u8], keys: Option<&[String]>) -> Opened {
    catch_unwind(|| understand(raw, keys)).unwrap_or_default()
}

fn understand(raw: &[u8], keys: Option<&[String]>) -> Opened {
    let raw = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw).trim_ascii_start();
    let raw = parts::with_line_ends(raw);
    let (mut root, bound_hit) = parts::tree(&raw);
    let mut opened = Opened { mail: headers::read(&root.fields), ..Opened::default() };
    // The signed mail within has the words and the files; the one around it has the sender and the way it came.
    if let Some(signed) = smime::content(&root) {
        let (mut inner, bound_hit) = parts::tree(&signed);
        opened.fill(&mut inner, bound_hit, keys);
    } else {
        opened.fill(&mut root, bound_hit, keys);
    }
    let mail = &mut opened.mail;
    mail.bounce = bounce::of(&root, mail);
    mail.enclosed_authors = forward::enclosed(&root);
    mail.machine = signs::of(&root, mail);
    opened
}

impl Opened {
    fn fill(&mut self, root: &mut parts::Part<'_>, bound_hit: bool, keys: Option<&[String]>) {
        let mail = &mut self.mail;
        let mut text = body::text(root);
        self.passwords = password::told(&mail.subject, &text);
        let own = quote::own_words(&text);
        let mut likely = password::likely(&mail.subject, &own);
        likely.retain(|it| !self.passwords.contains(it));
        mail.may_tell_password = !likely.is_empty();
        mail.hints_password = password::hinted(&mail.subject, &own);
        self.passwords.extend(likely.iter().cloned());
        let tried: Vec<&str> = self.passwords.iter().chain(keys.unwrap_or_default()).map(String::as_str).collect();
        let found = enclosures::collect(root, bound_hit, if keys.is_some() { &tried } else { &[] });
        if text.trim().is_empty() {
            text = found.text;
        }
        mail.tells_password = !password::told(&mail.subject, &quote::own_words(&text)).is_empty();
        (mail.subject, self.said) = password::blotted(&mail.subject, &text);
        let protected = |it: &Enclosure| it.content.as_ref().is_ok_and(|bytes| workbook::is_protected(bytes));
        if found.room.met_lock || found.enclosures.iter().any(protected) {
            self.secrets = likely.into_iter().filter(|it| looks_secret(it)).collect();
        }
        self.fitted = found.room.fitted;
        self.secrets.extend(self.fitted.iter().cloned());
        mail.text.clone_from(&self.said);
        mail.hide(&self.secrets);
        mail.attachments = found.attachments;
        self.enclosures = found.enclosures;
    }
}

impl Mail {
    /// Takes these words out of what is shown and stored.
    pub fn hide(&mut self, words: &[String]) {
        self.subject = hidden(&self.subject, words);
        self.text = hidden(&self.text, words);
    }
}
