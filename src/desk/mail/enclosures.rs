//! The parts that are files → the list of attachments, and the files worth reading.

use std::borrow::Cow;

use crate::desk::reading::Unreadable;

use super::{
    Attachment, AttachmentKind, Enclosure,
    archive::{self, Room},
    body,
    parts::{self, Body, Part},
    smime, sniff, tnef, transfer, uuencode,
};

/// Most attachments listed.
const MOST: usize = 50;
/// The lock file of an open workbook has 165 bytes.
const OWNER_FILE: usize = 1_024;
/// Bytes from which a picture may be a scan of the form.
const ATTACHED_PICTURE: usize = 30 << 10;
const ANY_PICTURE: usize = 300 << 10;
/// Forwarded mails within forwarded mails are opened this deep.
const DEEPEST_MAIL: usize = 3;

/// What the parts of a mail hold besides its text.
#[derive(Default)]
pub(super) struct Found<'a> {
    /// As they stand in the mail.
    pub(super) attachments: Vec<Attachment>,
    /// What is in them, archives opened.
    pub(super) enclosures: Vec<Enclosure>,
    /// The text of a container that has one of its own.
    pub(super) text: String,
    pub(super) room: Room,
    passwords: &'a [&'a str],
    over: bool,
}

/// Lists and opens every file of the mail. Their bytes are taken out of the tree.
pub(super) fn collect<'a>(root: &mut Part<'_>, bound_hit: bool, passwords: &'a [&'a str]) -> Found<'a> {
    let mut found = Found { passwords, ..Found::default() };
    found.part(root, true, 0);
    if bound_hit {
        // Some parts were not looked at: said, never passed over.
        found.refuse("", AttachmentKind::Other, Unreadable::TooManyEntries);
    }
    found
}

/// What is known of a file besides its bytes.
struct About<'a> {
    name: &'a str,
    content_type: &'a str,
    attached: bool,
    /// How many mails it is forwarded in.
    mails: usize,
}

impl Found<'_> {
    fn part(&mut self, part: &mut Part<'_>, is_root: bool, mails: usize) {
        let is_body = body::is_body(part, is_root);
        let is_other_version = is_other_version(part);
        match &mut part.body {
            Body::Parts(parts) => {
                // What a report returns is our own letter with our own files.
                let looked_at = if part.content_type.value == "multipart/report" { 0 } else { parts.len() };
                for it in parts.iter_mut().take(looked_at) {
                    self.part(it, false, mails);
                }
            }
            Body::Mail(inner) => {
                let name = if part.name.is_empty() { "attachment.eml" } else { &part.name };
                self.list(name, AttachmentKind::Other, 0);
                self.mail(inner, mails);
            }
            Body::Leaf(bytes) if is_body => self.set_in_text(bytes, mails),
            Body::Leaf(_) if is_other_version => {}
            Body::Leaf(bytes) => {
                let bytes = std::mem::take(bytes);
                let content_type = part.content_type.value.as_str();
                self.file(&About { name: &part.name, content_type, attached: part.attached, mails }, bytes);
            }
        }
    }

    /// The files that an old mailer set into the text.
    fn set_in_text(&mut self, text: &[u8], mails: usize) {
        for it in uuencode::blocks(text) {
            self.file(&About { name: &it.name, content_type: "", attached: true, mails }, Cow::Owned(it.bytes));
        }
    }

    fn mail(&mut self, inner: &mut Part<'_>, mails: usize) {
        if mails < DEEPEST_MAIL {
            self.part(inner, true, mails.saturating_add(1));
        } else {
            self.refuse("", AttachmentKind::Other, Unreadable::TooManyEntries);
        }
    }

    fn file(&mut self, about: &About<'_>, bytes: Cow<'_, [u8]>) {
        let bytes = transfer::undeclared(bytes);
        let content_type = about.content_type;
        let kind = sniff::kind(&bytes, about.name, content_type);
        let name = named(about, kind, &bytes);
        if !self.list(&name, kind, bytes.len()) {
            return;
        }
        let is_owner_file = name.starts_with("~$") && bytes.len() < OWNER_FILE;
        if is_passed_over(&name, content_type) && !is_owner_file {
            return;
        }
        if is_owner_file {
            self.refuse(&name, kind, Unreadable::LockFile);
        } else if kind == AttachmentKind::Picture {
            if bytes.len() >= if about.attached { ATTACHED_PICTURE } else { ANY_PICTURE } {
                self.refuse(&name, kind, Unreadable::Picture);
            }
        } else if bytes.is_empty() {
            self.refuse(&name, kind, Unreadable::Empty);
        } else if sniff::is_tnef(&bytes) || content_type == "application/ms-tnef" {
            self.container(&name, &bytes, about.mails);
        } else if kind == AttachmentKind::Archive {
            self.enclosures.extend(archive::open(&name, &bytes, self.passwords, &mut self.room));
        } else if sniff::ending(&name) == "eml" || parts::is_mail(content_type) {
            self.sent_along(&bytes, about.mails);
        } else if let Some(signed) = signed(&name, content_type, &bytes) {
            self.sent_along(&signed, about.mails);
        } else {
            self.enclosures.push(Enclosure { name, kind, content: Ok(bytes.into_owned()) });
        }
    }

    /// What Outlook packed into one file, as if it were attached itself.
    fn container(&mut self, name: &str, bytes: &[u8], mails: usize) {
        let opened = tnef::open(bytes);
        if opened.files.is_empty() && opened.text.trim().is_empty() {
            self.refuse(name, AttachmentKind::Other, Unreadable::Tnef);
        }
        if self.text.is_empty() {
            self.text = opened.text;
        }
        for (name, bytes) in opened.files {
            self.file(&About { name: &name, content_type: "", attached: true, mails }, Cow::Borrowed(bytes));
        }
    }

    /// A mail attached as a file of no particular type, or within a signature.
    fn sent_along(&mut self, bytes: &[u8], mails: usize) {
        let bytes = parts::with_line_ends(bytes.trim_ascii_start());
        let (mut root, bound_hit) = parts::tree(&bytes);
        self.mail(&mut root, mails);
        if bound_hit {
            self.refuse("", AttachmentKind::Other, Unreadable::TooManyEntries);
        }
    }

    /// Puts it on the list; `false` where the list is full, which is said once.
    fn list(&mut self, name: &str, kind: AttachmentKind, bytes: usize) -> bool {
        if self.attachments.len() < MOST {
            self.attachments.push(Attachment { name: name.to_string(), kind, bytes });
            return true;
        }
        if !self.over {
            self.over = true;
            self.refuse(name, kind, Unreadable::TooManyEntries);
        }
        false
    }

    fn refuse(&mut self, name: &str, kind: AttachmentKind, why: Unreadable) {
        self.enclosures.push(Enclosure { name: name.to_string(), kind, content: Err(why) });
    }
}

/// Another form of the text (`multipart/alternative`), the empty shell of a multipart, or what only machines read.
fn is_other_version(part: &Part<'_>) -> bool {
    let content_type = part.content_type.value.as_str();
    let unnamed = part.name.is_empty() && !part.attached;
    let blank = matches!(&part.body, Body::Leaf(bytes) if bytes.trim_ascii().is_empty());
    unnamed && matches!(content_type, "text/x-amp-html" | "text/watch-html" | "text/enriched" | "text/rfc822-headers")
        || unnamed && blank && content_type.starts_with("multipart/")
        || matches!(content_type, "message/delivery-status" | "message/disposition-notification")
}

/// The mail within an opaque signature.
fn signed(name: &str, content_type: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    if smime::is_type(content_type) || sniff::ending(name) == "p7m" { smime::opened(bytes) } else { None }
}

/// Listed, but nothing anyone meant to hand in: signatures, appointments, cards, the pieces into which Exchange cuts
/// a text around its attachments.
fn is_passed_over(name: &str, content_type: &str) -> bool {
    let by_type = matches!(
        content_type,
        "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-signature"
            | "application/pgp-keys"
            | "application/applefile"
            | "text/calendar"
            | "text/vcard"
            | "text/x-vcard"
            | "text/directory"
    );
    let piece = name.strip_prefix("ATT").and_then(|it| it.split_once('.')).is_some_and(|(number, ending)| {
        number.len() >= 5 && number.chars().all(|it| it.is_ascii_digit()) && matches!(ending, "txt" | "htm" | "html")
    });
    let by_ending = matches!(sniff::ending(name).as_str(), "p7s" | "ics" | "vcf" | "asc");
    by_type || piece || by_ending || archive::is_litter(name)
}

fn named(about: &About<'_>, kind: AttachmentKind, bytes: &[u8]) -> String {
    if !about.name.is_empty() {
        return about.name.to_string();
    }
    let ending = if parts::is_mail(about.content_type) { "eml" } else { default_ending(kind, bytes) };
    format!("attachment.{ending}")
}

fn default_ending(kind: AttachmentKind, bytes: &[u8]) -> &'static str {
    match kind {
        AttachmentKind::Workbook => "xlsx",
        AttachmentKind::Questionnaire => "txt",
        AttachmentKind::Archive => "zip",
        AttachmentKind::Picture => "png",
        AttachmentKind::Other if bytes.starts_with(b"%PDF") => "pdf",
        AttachmentKind::Other => "dat",
    }
}
