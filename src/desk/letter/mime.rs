//! Words → finished bytes: headers, threading, envelope, Message-ID. The only file that builds MIME.

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{Timestamp, tz};
use lettre::{
    Address,
    address::Envelope,
    message::{
        Attachment, Mailbox, Message, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use sha2::Sha256;

use super::words::Rendered;
use crate::desk::mail::{Mail, Person};

/// Longest Message-ID that is repeated in a header (longer ones would break the 998-byte line, RFC 5322 §2.1.1).
const LONGEST_ID: usize = 250;
/// How many ids `References` carries at most.
const MOST_REFERENCES: usize = 20;

/// A finished letter: nothing is decided after this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// `Message-ID` without angle brackets; the same decision always has the same.
    pub message_id: String,
    /// Envelope sender; `None` is the null return path.
    pub return_path: Option<String>,
    /// Envelope recipient.
    pub recipient: String,
    /// Subject, for listings.
    pub subject: String,
    /// Its words, to know them when they come back.
    pub text: String,
    /// The whole mail, CRLF line ends.
    pub bytes: Vec<u8>,
}

/// What is the same for every letter of this desk.
#[derive(Clone)]
pub struct Sender {
    /// Display name and address letters come from.
    pub from: Person,
    /// How bounces find their way back.
    pub return_path: ReturnPath,
    /// Key of the derived Message-IDs, from the store.
    pub key: Vec<u8>,
}

/// The envelope sender of our letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnPath {
    /// `nw+b-<id>@…`: one address for each letter, where the server knows plus-addresses (RFC 5233).
    Plus,
    /// Our own address.
    #[default]
    Own,
    /// `<>` (RFC 3834 §3.3); some relays refuse it from an authenticated sender.
    Null,
}

/// The mail a letter answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// The answered mail's id, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Older ids of the thread, oldest first.
    pub references: Vec<String>,
    /// There is such a mail, even if it has no id.
    pub is_reply: bool,
}

impl Thread {
    /// The thread of an answer to `mail`: its ids, then itself (RFC 5322 §3.6.4). Overlong ids are left out.
    pub fn answering(mail: &Mail) -> Thread {
        let fits = |it: &&String| it.len() <= LONGEST_ID && !it.contains(char::is_whitespace);
        let own = mail.message_id.as_ref().filter(fits);
        let mut references: Vec<String> = Vec::new();
        for id in mail.replies_to.iter().rev().filter(fits).chain(own) {
            references.retain(|it| it != id);
            references.push(id.clone());
        }
        let extra = references.len().saturating_sub(MOST_REFERENCES);
        Thread { in_reply_to: own.cloned(), references: references.split_off(extra), is_reply: true }
    }
}

/// What makes one letter this letter: the key of its Message-ID and of the outbox's uniqueness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key<'a> {
    /// What caused it: `mail/<sha256>`, `order/<…>`, `day/2022-08-12`.
    pub cause: &'a str,
    /// The letter's kind.
    pub kind: &'a str,
    /// Receipt number, 0 without a case.
    pub case: u32,
}

/// A letter that cannot be built: an address that is none.
#[derive(Debug, thiserror::Error)]
#[error("cannot build the letter: {0}")]
pub struct CannotBuild(String);

impl CannotBuild {
    pub(super) fn because(why: &str) -> CannotBuild {
        CannotBuild(why.to_string())
    }
}

/// Builds the finished letter.
///
/// # Errors
/// When sender or recipient is not an address; everything else is made safe.
pub fn finish(
    sender: &Sender,
    key: &Key<'_>,
    to: &Person,
    thread: &Thread,
    words: &Rendered,
    enclosed: &[(&str, &[u8])],
    now: Timestamp,
) -> Result<Finished, CannotBuild> {
    let tag = tag(&sender.key, key, &to.address);
    let (message_id, return_path) = identity(sender, key, &to.address);
    let automatic = if thread.is_reply { "auto-replied" } else { "auto-generated" };
    let (from, to_box) = (mailbox(&sender.from)?, mailbox(to)?);
    // Told, because lettre would read it back from the headers and refuse `a..b@docomo.ne.jp` there.
    let envelope = Envelope::new(Some(from.email.clone()), vec![to_box.email.clone()])
        .map_err(|it| CannotBuild(it.to_string()))?;
    let mut builder = Message::builder()
        .envelope(envelope)
        .from(from)
        .to(to_box)
        .subject(one_line(&words.subject))
        .message_id(Some(format!("<{message_id}>")))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_second().max(0).unsigned_abs()))
        .raw_header(raw("Auto-Submitted", automatic))
        .raw_header(raw("X-Auto-Response-Suppress", "All"));
    if let Some(id) = &thread.in_reply_to {
        builder = builder.in_reply_to(format!("<{id}>"));
    }
    if !thread.references.is_empty() {
        let ids: Vec<String> = thread.references.iter().map(|id| format!("<{id}>")).collect();
        builder = builder.references(ids.join(" "));
    }
    let message = builder.multipart(body(&tag, words, enclosed)).map_err(|it| CannotBuild(it.to_string()))?;
    Ok(Finished {
        return_path,
        recipient: to.address.clone(),
        subject: one_line(&words.subject),
        text: plain(&words.text),
        bytes: message.formatted(),
        message_id,
    })
}

/// Message-ID, without angle brackets, and envelope sender of the letter with this key to this address.
pub(super) fn identity(sender: &Sender, key: &Key<'_>, recipient: &str) -> (String, Option<String>) {
    let domain = sender.from.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let tag = tag(&sender.key, key, recipient);
    (format!("{}.{tag}@{domain}", key.kind), return_path(sender, &tag))
}

/// Hex digits of a tag: first those of the letter, then those that show whose it is.
const TAG: usize = 20;
const OF_LETTER: usize = 14;

/// HMAC-SHA-256 over the key's parts: the same decision has the same id, after a restore too. The last digits are a MAC of
/// the others, so that a letter of ours is known without its row ([`is_own_id`]) and nobody else can name one.
fn tag(secret: &[u8], key: &Key<'_>, recipient: &str) -> String {
    let stem = hmac(secret, &[key.cause, key.kind, &key.case.to_string(), recipient], OF_LETTER);
    let seal = seal(secret, &stem);
    stem + &seal
}

fn seal(secret: &[u8], stem: &str) -> String {
    hmac(secret, &["tag", stem], TAG - OF_LETTER)
}

fn hmac(secret: &[u8], parts: &[&str], digits: usize) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new(); // HMAC takes keys of any length
    };
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(&[0]);
    }
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    hex.chars().take(digits).collect()
}

/// Whether a Message-ID was made with this key, by this store or by a copy of it.
pub fn is_own_id(secret: &[u8], message_id: &str) -> bool {
    let Some((local, _)) = message_id.rsplit_once('@') else { return false };
    let Some((_, tag)) = local.rsplit_once('.') else { return false };
    tag.len() == TAG && tag.split_at_checked(OF_LETTER).is_some_and(|(stem, it)| it == seal(secret, stem))
}

fn return_path(sender: &Sender, tag: &str) -> Option<String> {
    match sender.return_path {
        ReturnPath::Null => None,
        ReturnPath::Own => Some(sender.from.address.clone()),
        ReturnPath::Plus => {
            sender.from.address.rsplit_once('@').map(|(local, domain)| format!("{local}+b-{tag}@{domain}"))
        }
    }
}

/// Boundaries are derived too, so that the same letter has the same bytes.
fn body(tag: &str, words: &Rendered, enclosed: &[(&str, &[u8])]) -> MultiPart {
    let alternative = MultiPart::alternative()
        .boundary(format!("alternative-{tag}"))
        .singlepart(SinglePart::plain(plain(&words.text)))
        .singlepart(SinglePart::html(plain(&words.html)));
    if enclosed.is_empty() {
        return alternative;
    }
    let mixed = MultiPart::mixed().boundary(format!("mixed-{tag}")).multipart(alternative);
    enclosed.iter().fold(mixed, |mixed, (name, bytes)| {
        mixed.singlepart(Attachment::new(one_line(name)).body(bytes.to_vec(), spreadsheet(name)))
    })
}

/// The media type of a workbook, by the ending of its name.
fn spreadsheet(name: &str) -> ContentType {
    let ending = name.rsplit_once('.').map(|(_, it)| it.to_lowercase()).unwrap_or_default();
    let media_type = match ending.as_str() {
        "xlsm" => "application/vnd.ms-excel.sheet.macroEnabled.12",
        "xlsb" => "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
        "xls" => "application/vnd.ms-excel",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        _ => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    ContentType::parse(media_type).unwrap_or(ContentType::TEXT_PLAIN)
}

/// Whether a letter can be written to this address at all: it is one, and somebody may read there (RFC 3834 §2).
pub fn is_usable(address: &str) -> bool {
    parts(address).is_some() && !crate::desk::mail::is_machine(address)
}

/// The tag of a bounce's plus-address (`nw+b-<tag>@…`), when it is one of ours.
pub fn tag_of<'a>(to: &'a str, own: &str) -> Option<&'a str> {
    let (local, domain) = to.rsplit_once('@')?;
    let (own_local, own_domain) = own.rsplit_once('@')?;
    let (before, tag) = local.split_once("+b-")?;
    let ours = before.eq_ignore_ascii_case(own_local) && domain.eq_ignore_ascii_case(own_domain);
    (ours && tag.len() == TAG && tag.bytes().all(|it| it.is_ascii_hexdigit())).then_some(tag)
}

fn parts(address: &str) -> Option<(&str, &str)> {
    let bad = |it: &char| it.is_control() || it.is_whitespace() || "<>\"(),:;[]\\".contains(*it);
    address
        .rsplit_once('@')
        .filter(|(local, domain)| !local.is_empty() && !domain.is_empty() && !local.contains('@'))
        .filter(|(local, domain)| !local.chars().chain(domain.chars()).any(|it| bad(&it)))
}

/// lettre panics on control characters in a display name, and its own parser refuses `a..b@docomo.ne.jp`,
/// which Japanese carriers gave out for years.
fn mailbox(person: &Person) -> Result<Mailbox, CannotBuild> {
    let name = one_line(&person.name);
    let no_address = || CannotBuild("the addressee has no usable address".to_string());
    let (local, domain) = parts(&person.address).ok_or_else(no_address)?;
    let address = Address::new(local, domain).unwrap_or_else(|_| Address::new_dangerous(local, domain));
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// lettre turns LF into CRLF and keeps a lone CR, so CR goes first.
fn plain(text: &str) -> String {
    text.replace('\r', "")
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_string())
}

/// `2022年8月24日（水）` and times in the letters are Japan's; the header's `Date` is in UTC as lettre writes it.
pub fn japan() -> tz::TimeZone {
    tz::TimeZone::fixed(tz::offset(9))
}
