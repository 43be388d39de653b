//! What a reader child understood of one mail or file. Bounded, and safe to keep.

mod ours;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use super::{
    letter::mime::japan,
    mail::{self, AttachmentKind, Mail},
    questionnaire,
    rules::{QuestionKind, Rules},
    schedule, text,
    workbook::{self, Workbook},
};

/// What one mail holds, as far as it can be understood without knowing any case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Headers, text and the list of attachments; of joined mails, the newest.
    pub mail: Mail,
    /// The mails before it that it was joined to, oldest first: what they say counts too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Mail>,
    /// The form, joined from every readable workbook in the mail.
    pub workbook: Option<Workbook>,
    /// Files that were meant to be read and could not be.
    pub unreadable: Vec<Refused>,
    /// Answers of the questionnaire by question id.
    pub answers: BTreeMap<String, String>,
    /// Advice method and candidate dates.
    pub wishes: Wishes,
    /// What became of a password it tells.
    #[serde(default, skip_serializing_if = "Key::is_lone")]
    pub key: Key,
    /// SHA-256 of other mails it was understood with: locked ones that were decided before, and those with their passwords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
}

/// What became of a password that a mail tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// No locked file of the sender is known.
    #[default]
    Lone,
    /// It opened a file, or a file still waits for the right one.
    Used,
    /// It fits none of the files, and all of these have been answered.
    Misfit,
}

impl Key {
    fn is_lone(&self) -> bool {
        *self == Key::Lone
    }
}

impl Reading {
    /// Whether it says how or when the company wants to be advised, or answers the questionnaire.
    pub fn brings_wishes(&self) -> bool {
        let it = &self.wishes;
        it.knows_method()
            || !(it.dates.is_empty() && it.doubts.is_empty() && it.excluded.is_empty())
            || !self.answers.is_empty()
    }
}

/// A file that could not be read as the form, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The file's name as the sender gave it, cleaned for display.
    pub file: String,
    /// Why it could not be read.
    pub why: Unreadable,
}

/// Why a file is not read. Each is a finding with an answer of its own, never an error of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unreadable {
    /// A workbook protected by a password (ECMA-376 `EncryptedPackage`, or an .xls with FILEPASS).
    Encrypted,
    /// An archive whose entries are encrypted.
    EncryptedArchive,
    /// A spreadsheet in a format that cannot be read: Excel before 97, SpreadsheetML 2003, a web page called .xls.
    OldFormat,
    /// Apple Numbers.
    Numbers,
    /// Values separated by commas or tabs: the form's sheets are lost in it.
    Csv,
    /// A link to a file somewhere else, which is never followed.
    CloudLink,
    /// A PDF.
    Pdf,
    /// A picture or a scan.
    Picture,
    /// A word processor's document.
    Document,
    /// `winmail.dat` (TNEF).
    Tnef,
    /// A shortcut to a file on the sender's own computer.
    Shortcut,
    /// An archive that is not opened: LZH, 7z, RAR.
    Archive,
    /// The small file that Excel or LibreOffice lays beside an open workbook.
    LockFile,
    /// Looks like a workbook, but is cut off or broken.
    Damaged,
    /// Zero bytes.
    Empty,
    /// More bytes than are read.
    TooLarge,
    /// More files in an archive than are opened, or archives nested too deep.
    TooManyEntries,
    /// It inflates to more bytes, in one part or in all, or more steeply, than any workbook does.
    InflatesTooFar,
    /// XML nested deeper than any workbook's.
    TooDeep,
    /// More shared strings or cell formats than are read.
    TooManyStrings,
    /// More cells than are read.
    TooManyCells,
    /// Reading took too long or too much memory: the reader died on it.
    TooMuchWork,
    /// A readable workbook that is not the form: none of its rows is in the catalogue.
    NotTheForm,
    /// Anything else.
    Other,
}

/// How and when the company wants to be advised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// Online or in person, when said; where `either` holds, the one that is preferred.
    pub method: Option<Method>,
    /// Both methods suit: 「どちらでも可」, 「できれば対面、難しければオンライン」.
    #[serde(default)]
    pub either: bool,
    /// Candidate dates in the order of writing.
    pub dates: Vec<Candidate>,
    /// Dates named as impossible, one per day.
    pub excluded: Vec<Excluded>,
    /// What looks like a date and was not understood for sure.
    #[serde(default)]
    pub doubts: Vec<Doubt>,
    /// Single days of an earlier mail are changed or added to (「8/24を8/25に変更してください」); its other days stand.
    #[serde(default)]
    pub amends: bool,
}

impl Wishes {
    /// Whether the method is known: one of them, or that both suit.
    pub fn knows_method(&self) -> bool {
        self.method.is_some() || self.either
    }

    /// Whether days are named, suiting or not, or asked back.
    fn names_days(&self) -> bool {
        !(self.dates.is_empty() && self.excluded.is_empty() && self.doubts.is_empty())
    }

    /// Takes what a later mail says; what it does not say again stays. Doubts are each mail's own, and are not taken.
    pub fn renew(&mut self, later: &Wishes) {
        if later.knows_method() {
            (self.method, self.either) = (later.method, later.either);
        }
        let replaces = !later.dates.is_empty() && !later.amends;
        self.amends =
            if self.dates.is_empty() && self.excluded.is_empty() { later.amends } else { self.amends && !replaces };
        if replaces && !later.excluded.is_empty() {
            self.excluded.clear();
        }
        let known = if replaces { Vec::new() } else { std::mem::take(&mut self.dates) };
        let ruled_out = |it: &Candidate| later.excluded.iter().any(|no| no.date == it.start.date());
        // a day that takes the place of another one takes its rank
        let place = known.iter().position(ruled_out).unwrap_or(known.len());
        let mut dates: Vec<Candidate> = known.into_iter().filter(|it| !ruled_out(it)).collect();
        for (nth, it) in later.dates.iter().enumerate() {
            dates.retain(|known| (known.start, known.end) != (it.start, it.end));
            dates.insert((place + nth).min(dates.len()), it.clone());
        }
        for (nth, it) in dates.iter_mut().enumerate() {
            it.rank = u32::try_from(nth + 1).unwrap_or(u32::MAX);
        }
        let wished = |day: civil::Date| later.dates.iter().any(|it| it.start.date() == day);
        self.excluded.retain(|it| !wished(it.date) && later.excluded.iter().all(|no| no.date != it.date));
        self.excluded.extend(later.excluded.iter().cloned());
        self.dates = dates;
    }
}

/// The advice method (アドバイス方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// オンライン (ZOOM, Teams, WEB).
    Online,
    /// 対面 (訪問, 来社).
    InPerson,
}

/// One candidate date (日時候補), in Japan's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// 1 is the first wish; the order of writing.
    pub rank: u32,
    /// Start, Japan's time.
    #[serde(with = "jst")]
    pub start: civil::DateTime,
    /// End, Japan's time.
    #[serde(with = "jst")]
    pub end: civil::DateTime,
    /// The sender's own words.
    pub raw: String,
}

/// A day the company cannot take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The day.
    pub date: civil::Date,
    /// The sender's own words.
    pub raw: String,
}

/// A date-like piece that has to be asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The sender's own words.
    pub raw: String,
    /// What is unsure.
    pub why: DoubtWhy,
}

/// Why a date is asked about instead of guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoubtWhy {
    /// The weekday written does not belong to the date.
    Weekday,
    /// The day does not exist, or the time is impossible.
    Impossible,
    /// Understood, but not between the day of the reply and the end of the window.
    Outside,
    /// Not understood.
    Unclear,
}

/// Civil times of Japan as RFC 3339 with the fixed offset `+09:00` (Japan has had no summer time since 1952).
pub mod jst {
    use jiff::civil::DateTime;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Writes `2022-08-24T13:00:00+09:00`.
    pub fn serialize<S: Serializer>(it: &DateTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&it.strftime("%Y-%m-%dT%H:%M:%S+09:00").to_string())
    }

    /// Reads what [`serialize`] writes.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime, D::Error> {
        let text = String::deserialize(from)?;
        let civil = text.strip_suffix("+09:00").ok_or_else(|| D::Error::custom("not +09:00"))?;
        civil.parse().map_err(D::Error::custom)
    }
}

impl Unreadable {
    /// All of them; a test holds the words against this list.
    pub const ALL: [Unreadable; 24] = [
        Unreadable::Encrypted,
        Unreadable::EncryptedArchive,
        Unreadable::OldFormat,
        Unreadable::Numbers,
        Unreadable::Csv,
        Unreadable::CloudLink,
        Unreadable::Pdf,
        Unreadable::Picture,
        Unreadable::Document,
        Unreadable::Tnef,
        Unreadable::Shortcut,
        Unreadable::Archive,
        Unreadable::LockFile,
        Unreadable::Damaged,
        Unreadable::Empty,
        Unreadable::TooLarge,
        Unreadable::TooManyEntries,
        Unreadable::InflatesTooFar,
        Unreadable::TooDeep,
        Unreadable::TooManyStrings,
        Unreadable::TooManyCells,
        Unreadable::TooMuchWork,
        Unreadable::NotTheForm,
        Unreadable::Other,
    ];

    /// Stable name: the key of its words in `templates/ja/phrases.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Unreadable::Encrypted => "encrypted",
            Unreadable::EncryptedArchive => "encrypted-archive",
            Unreadable::OldFormat => "old-format",
            Unreadable::Numbers => "numbers",
            Unreadable::Csv => "csv",
            Unreadable::CloudLink => "cloud-link",
            Unreadable::Pdf => "pdf",
            Unreadable::Picture => "picture",
            Unreadable::Document => "document",
            Unreadable::Tnef => "tnef",
            Unreadable::Shortcut => "shortcut",
            Unreadable::Archive => "archive",
            Unreadable::LockFile => "lock-file",
            Unreadable::Damaged => "damaged",
            Unreadable::Empty => "empty",
            Unreadable::TooLarge => "too-large",
            Unreadable::TooManyEntries => "too-many-entries",
            Unreadable::InflatesTooFar => "inflates-too-far",
            Unreadable::TooDeep => "too-deep",
            Unreadable::TooManyStrings => "too-many-strings",
            Unreadable::TooManyCells => "too-many-cells",
            Unreadable::TooMuchWork => "too-much-work",
            Unreadable::NotTheForm => "not-the-form",
            Unreadable::Other => "other",
        }
    }
}

/// How much of a mail is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// Every file.
    All,
    /// Only files that are read within our own bounds: the mail has killed readers before, so the others are refused as
    /// too much work, and the rest of the mail gets its answer.
    Bounded,
}

/// Understands a mail: the pure function a reader child calls.
///
/// `arrived` is when the server got it; a `Date` before that is the day of the reply, by which dates without a year
/// are read.
///
/// `given` are passwords of other mails, tried on locked files after those the mail tells itself.
pub fn understand(raw: &[u8], arrived: Timestamp, care: Care, rules: &Rules, given: &[String]) -> Reading {
    let mail::Opened { mail, enclosures, mut passwords } = mail::open(raw, given);
    passwords.extend_from_slice(given);
    let mut books = Vec::new();
    let mut refused = Vec::new();
    let mut text = mail.text.clone();
    for it in enclosures {
        match (it.kind, it.content) {
            // one is enough to say; pictures in archives are for nobody
            (AttachmentKind::Picture, content) => {
                let told = refused.iter().any(|it: &Refused| it.why == Unreadable::Picture);
                if content == Err(Unreadable::Picture) && !told {
                    refused.push(Refused { file: it.name, why: Unreadable::Picture });
                }
            }
            (_, Err(why)) => refused.push(Refused { file: it.name, why }),
            // A form that was copied into a word processor.
            (AttachmentKind::Questionnaire, Ok(_)) if names_the_form(&it.name) => {
                let csv = [".csv", ".tsv"].iter().any(|end| text::key(&it.name).ends_with(end));
                refused.push(Refused { file: it.name, why: if csv { Unreadable::Csv } else { Unreadable::Document } });
            }
            (AttachmentKind::Questionnaire, Ok(bytes)) if let Some(words) = mail::document_text(&it.name, &bytes) => {
                text.push('\n');
                text.push_str(&words);
            }
            (_, Ok(bytes)) if care == Care::Bounded && !workbook::is_bounded(&it.name, &bytes) => {
                refused.push(Refused { file: it.name, why: Unreadable::TooMuchWork });
            }
            (_, Ok(bytes)) => match workbook::read(&it.name, &bytes, rules, &passwords) {
                Ok(book) => books.push(book),
                Err(Unreadable::NotTheForm) if let Some(words) = questionnaire_in(&it.name, &bytes, rules) => {
                    text.push('\n');
                    text.push_str(&words);
                }
                Err(why) => refused.push(Refused { file: it.name, why }),
            },
        }
    }
    let workbook = workbook::join(books);
    if workbook.is_some() {
        refused.retain(|it| it.why.may_hide_a_form());
    } else {
        let ours = [rules.programme.form_url.as_str(), rules.programme.questionnaire_url.as_str()];
        let store = mail::links::cloud_store(&mail.text, &ours);
        refused.extend(store.map(|file| Refused { file, why: Unreadable::CloudLink }));
    }
    let replied = mail.date.filter(|it| *it <= arrived).unwrap_or(arrived);
    let reply_day = replied.to_zoned(japan()).date();
    let said = ours::without(&text, &rules.questionnaire.questions);
    let answers = questionnaire::read(&said, &rules.questionnaire.questions);
    let mut wishes = schedule::wishes(&said, reply_day, rules.programme.advice_to);
    if !wishes.knows_method()
        && let Some(it) = answered(QuestionKind::Method, &answers, rules, reply_day)
    {
        (wishes.method, wishes.either) = (it.method, it.either);
    }
    if !wishes.names_days()
        && let Some(it) = answered(QuestionKind::Dates, &answers, rules, reply_day)
    {
        (wishes.dates, wishes.excluded, wishes.doubts) = (it.dates, it.excluded, it.doubts);
    }
    let (earlier, with) = (Vec::new(), Vec::new());
    Reading { wishes, answers, unreadable: refused, workbook, mail, earlier, key: Key::Lone, with }
}

/// The wishes as the answer to their question says them, where the text around did not.
fn answered(
    kind: QuestionKind,
    answers: &BTreeMap<String, String>,
    rules: &Rules,
    reply_day: civil::Date,
) -> Option<Wishes> {
    let question = rules.questionnaire.questions.iter().find(|it| it.kind == kind)?;
    Some(schedule::wishes(answers.get(&question.id)?, reply_day, rules.programme.advice_to))
}

/// The text of a workbook that is the questionnaire, answered or not.
fn questionnaire_in(name: &str, bytes: &[u8], rules: &Rules) -> Option<String> {
    workbook::words(name, bytes, rules).filter(|it| questionnaire::asks(it, &rules.questionnaire.questions))
}

/// A document whose name says that it is the form, not the questionnaire.
fn names_the_form(name: &str) -> bool {
    let name = text::key(name);
    let document = [".docx", ".csv", ".tsv"].iter().any(|it| name.ends_with(it));
    document && (name.contains("診断") || name.contains("フォーマット"))
}

impl Unreadable {
    /// Whether such a file beside a readable form may hold another part of it.
    fn may_hide_a_form(self) -> bool {
        matches!(
            self,
            Unreadable::Encrypted
                | Unreadable::EncryptedArchive
                | Unreadable::OldFormat
                | Unreadable::Tnef
                | Unreadable::Numbers
                | Unreadable::CloudLink
                | Unreadable::Archive
                | Unreadable::Damaged
        ) || self.is_bound()
    }

    /// Whether a password is wanted.
    pub fn is_lock(self) -> bool {
        matches!(self, Unreadable::Encrypted | Unreadable::EncryptedArchive)
    }

    /// Whether a bound was hit: told as `file-refused`, with the bound.
    pub fn is_bound(self) -> bool {
        matches!(
            self,
            Unreadable::TooLarge
                | Unreadable::TooManyEntries
                | Unreadable::InflatesTooFar
                | Unreadable::TooDeep
                | Unreadable::TooManyStrings
                | Unreadable::TooManyCells
                | Unreadable::TooMuchWork
        )
    }

    /// Whether such a file was probably meant to be the form.
    pub fn was_meant(self) -> bool {
        self.may_hide_a_form()
            || matches!(
                self,
                Unreadable::Pdf
                    | Unreadable::Document
                    | Unreadable::Csv
                    | Unreadable::Shortcut
                    | Unreadable::LockFile
                    | Unreadable::Empty
                    | Unreadable::NotTheForm
            )
    }
}

impl Reading {
    /// Whether a file in it is locked, and no password that is known fits.
    pub fn is_locked(&self) -> bool {
        self.unreadable.iter().any(|it| it.why.is_lock())
    }

    /// Whether the mail brings the password of another's file, and nothing else that is to be taken in.
    pub fn is_lone_key(&self) -> bool {
        self.key == Key::Used && self.mail.attachments.is_empty() && !self.says_more()
    }

    fn says_more(&self) -> bool {
        self.workbook.is_some() || !self.answers.is_empty() || self.wishes != Wishes::default()
    }

    /// Whether the mail makes sense only with another: a locked file without its password, a password without its file.
    pub fn awaits_other_half(&self) -> bool {
        let lone_key =
            self.mail.tells_password && self.key == Key::Lone && self.unreadable.is_empty() && !self.says_more();
        self.workbook.is_none() && self.mail.machine.is_empty() && (self.is_locked() || lone_key)
    }

    /// All mails, newest first.
    pub fn mails(&self) -> impl Iterator<Item = &Mail> {
        std::iter::once(&self.mail).chain(self.earlier.iter().rev())
    }

    /// The sender's own new words in all mails, in the order of writing.
    pub fn own_words(&self) -> String {
        let mails = self.earlier.iter().chain(std::iter::once(&self.mail));
        mails.map(|it| mail::quote::own_words(&it.text)).collect::<Vec<_>>().join("\n\n")
    }

    /// Joins a later mail of the same sender to this one: what it brings wins, what it does not say stays.
    #[must_use]
    pub fn joined_by(self, later: Reading) -> Reading {
        let mut answers = self.answers;
        answers.extend(later.answers);
        let mut unreadable = self.unreadable;
        if later.workbook.is_some() {
            unreadable.retain(|it| !it.why.is_lock()); // the form came open after all
        }
        let workbook = workbook::renewed(self.workbook, later.workbook);
        unreadable.extend(later.unreadable);
        if workbook.is_some() {
            unreadable.retain(|it| it.why.may_hide_a_form());
        }
        let mut earlier = self.earlier;
        earlier.push(self.mail);
        earlier.extend(later.earlier);
        let mut with = self.with;
        with.extend(later.with);
        let mut wishes = self.wishes;
        wishes.renew(&later.wishes);
        wishes.doubts.extend(later.wishes.doubts);
        Reading { mail: later.mail, earlier, workbook, unreadable, answers, wishes, key: later.key, with }
    }
}
