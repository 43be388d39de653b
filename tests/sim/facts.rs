//! What the store says, and what came out at the relay: the two things that invariants hold against each other.

use std::collections::BTreeMap;

use mail_parser::{MessageParser, MimeHeaders as _};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::{books, post::Accepted};

/// A row of `mails`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    pub sha256: String,
    pub state: String,
    pub outcome: Option<String>,
    pub class: Option<String>,
}

/// A row of `letters`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    pub id: i64,
    pub cause: String,
    pub kind: String,
    pub case: u32,
    pub recipient: String,
    pub message_id: String,
    pub state: String,
    pub tries: u32,
    pub made_at: i64,
    pub hash: String,
}

/// The store at one moment.
#[derive(Default)]
pub struct Facts {
    pub mails: BTreeMap<String, MailRow>,
    pub letters: Vec<LetterRow>,
    /// Mails in `seen` that are not decided about: fate and filing.
    pub seen: Vec<(String, String)>,
}

impl Facts {
    /// The bytes of a letter are looked at when it is new and whenever something happened to it.
    pub fn of(db: &Connection, before: &Facts) -> rusqlite::Result<Facts> {
        let mut ask = db.prepare_cached("SELECT sha256, state, outcome, class FROM mails")?;
        let mails = ask.query_map((), |row| {
            Ok(MailRow { sha256: row.get(0)?, state: row.get(1)?, outcome: row.get(2)?, class: row.get(3)? })
        })?;
        let mails = mails.map(|it| it.map(|it| (it.sha256.clone(), it))).collect::<Result<_, _>>()?;
        let mut ask = db.prepare_cached(
            "SELECT cause, kind, case_number, recipient, message_id, state, tries, made_at, bytes, id FROM letters ORDER BY id",
        )?;
        let mut rows = ask.query(())?;
        let mut letters: Vec<LetterRow> = Vec::new();
        while let Some(row) = rows.next()? {
            let mut it = LetterRow {
                id: row.get(9)?,
                cause: row.get(0)?,
                kind: row.get(1)?,
                case: row.get(2)?,
                recipient: row.get(3)?,
                message_id: row.get(4)?,
                state: row.get(5)?,
                tries: row.get(6)?,
                made_at: row.get(7)?,
                hash: String::new(),
            };
            // in the order of their ids, and none is ever taken away
            it.hash = match before.letters.get(letters.len()) {
                Some(old) if (&old.message_id, &old.state, old.tries) == (&it.message_id, &it.state, it.tries) => {
                    old.hash.clone()
                }
                _ => hash(row.get_ref(8)?.as_blob()?),
            };
            letters.push(it);
        }
        let mut ask = db.prepare_cached("SELECT fate, filing FROM seen")?;
        let seen = ask.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(Facts { mails, letters, seen })
    }
}

/// A letter as its reader gets it.
pub struct Letter {
    pub message_id: String,
    pub answers: Option<String>,
    pub to: Vec<String>,
    /// Everything that can be read: subject, texts, file names, the strings of enclosed workbooks.
    pub words: String,
    pub hash: String,
}

impl Letter {
    pub fn read(it: &Accepted) -> Letter {
        let mail = MessageParser::default().parse(&**it.raw).unwrap();
        let mut words = mail.subject().unwrap_or_default().to_owned();
        for n in 0..mail.text_body_count().max(1) {
            words.push_str(&mail.body_text(n).unwrap_or_default());
        }
        for n in 0..mail.html_body_count().max(1) {
            words.push_str(&mail.body_html(n).unwrap_or_default());
        }
        for part in mail.attachments() {
            words.push_str(part.attachment_name().unwrap_or_default());
            words.push_str(&books::strings(part.contents()));
        }
        let to = if it.to.is_empty() {
            mail.to()
                .into_iter()
                .flat_map(|it| it.iter())
                .filter_map(|it| it.address())
                .map(str::to_lowercase)
                .collect()
        } else {
            it.to.clone()
        };
        Letter {
            message_id: mail.message_id().unwrap_or_default().to_owned(),
            answers: mail.in_reply_to().as_text().map(str::to_owned),
            to,
            words,
            hash: hash(&it.raw),
        }
    }
}

pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
