//! The parts that are files → the list of attachments, and the files worth reading.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::desk::reading::Unreadable;

use super::{
    Attachment, AttachmentKind, Enclosure,
    archive::{self, Room},
    body,
    parts::{self, Body, Part},
    sniff,
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
pub(super) struct Found {
    /// As they stand in the mail.
    pub(super) attachments: Vec<Attachment>,
    /// What is in them, archives opened.
    pub(super) enclosures: Vec<Enclosure>,
    room: Room,
    over: bool,
}

/// Lists and opens every file of the mail.
pub(super) fn collect(root: &Part<'_>, bound_hit: bool) -> Found {
    let mut found = Found::default();
    found.part(root, true, 0);
    if bound_hit {
        // Some parts were not looked at: said, never passed over.
        found.refuse("", AttachmentKind::Other, Unreadable::TooManyEntries);
    }
    found
}

impl Found {
    fn part(&mut self, part: &Part<'_>, is_root: bool, mails: usize) {
        match &part.body {
            Body::Parts(parts) => {
                // What a report returns is our own letter with our own files.
                let looked_at = if part.content_type.value == "multipart/report" { 0 } else { parts.len() };
                for it in parts.iter().take(looked_at) {
                    self.part(it, false, mails);
                }
            }
            Body::Mail(inner) => {
                self.list(&named(part, "eml"), AttachmentKind::Other, 0);
                self.mail(inner, mails);
            }
            Body::Leaf(bytes) if !body::is_body(part, is_root) => self.file(part, bytes, mails),
            Body::Leaf(_) => {}
        }
    }

    fn mail(&mut self, inner: &Part<'_>, mails: usize) {
        if mails < DEEPEST_MAIL {
            self.part(inner, true, mails.saturating_add(1));
        } else {
            self.refuse("", AttachmentKind::Other, Unreadable::TooManyEntries);
        }
    }

    fn file(&mut self, part: &Part<'_>, bytes: &[u8], mails: usize) {
        let content_type = part.content_type.value.as_str();
        if is_other_version(part, content_type) {
            return;
        }
        let kind = sniff::kind(bytes, &part.name, content_type);
        let name = named(part, default_ending(kind, bytes));
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
            if is_handed_in(part, bytes.len()) {
                self.refuse(&name, kind, Unreadable::Picture);
            }
        } else if bytes.is_empty() {
            self.refuse(&name, kind, Unreadable::Empty);
        } else if sniff::is_tnef(bytes) || content_type == "application/ms-tnef" {
            self.refuse(&name, kind, Unreadable::Tnef);
        } else if kind == AttachmentKind::Archive {
            self.enclosures.extend(archive::open(&name, bytes, &mut self.room));
        } else if sniff::ending(&name) == "eml" {
            self.sent_along(bytes, mails);
        } else {
            self.enclosures.push(Enclosure { name, kind, content: Ok(bytes.to_vec()) });
        }
    }

    /// A mail attached as a file of no particular type.
    fn sent_along(&mut self, bytes: &[u8], mails: usize) {
        // The tree borrows from the parser's own values; a panic in there loses this file only.
        let opened = catch_unwind(AssertUnwindSafe(|| parts::with_tree(bytes, |root, _| self.mail(root, mails))));
        if opened.is_err() {
            self.refuse("", AttachmentKind::Other, Unreadable::Damaged);
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

/// A photograph or a scan, as against a signature's art: what is attached, and what is large.
fn is_handed_in(part: &Part<'_>, bytes: usize) -> bool {
    bytes >= if part.attached { ATTACHED_PICTURE } else { ANY_PICTURE }
}

/// Another form of the text (`multipart/alternative`), or what only machines read.
fn is_other_version(part: &Part<'_>, content_type: &str) -> bool {
    let unnamed = part.name.is_empty() && !part.attached;
    unnamed && matches!(content_type, "text/x-amp-html" | "text/watch-html" | "text/enriched" | "text/rfc822-headers")
        || matches!(content_type, "message/delivery-status" | "message/disposition-notification")
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

fn named(part: &Part<'_>, ending: &str) -> String {
    if part.name.is_empty() { format!("attachment.{ending}") } else { part.name.clone() }
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
