//! What a reader child understood of one mail or file. Bounded, and safe to keep.

mod files;
mod later;
mod ours;
mod refused;
mod wishes;

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, civil};
use serde::{Deserialize, Serialize};

use super::{
    letter::mime::japan,
    mail::{self, Mail},
    questionnaire,
    rules::{QuestionKind, Rules},
    schedule,
    workbook::{self, Workbook},
};

use files::Files;

pub use refused::{Refused, Unreadable};
pub use wishes::{Candidate, Doubt, DoubtWhy, Excluded, Method, Scope, Wishes, jst};

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
    /// Which of the passwords that were given opened a file, by their place: a reader's word to its caller, not stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fitted: Vec<usize>,
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
    let mail::Opened { mail, enclosures, mut passwords, said: text, mut secrets, fitted } = mail::open(raw, given);
    passwords.extend_from_slice(given);
    let mut files = Files { text, fitted, ..Files::default() };
    for it in enclosures {
        files.take(it, care, rules, &passwords);
    }
    let Files { books, mut refused, text, fitted } = files;
    let workbook = workbook::join(books);
    if workbook.is_some() {
        refused.retain(|it| it.why.may_hide_a_form());
    } else {
        let ours = [rules.programme.form_url.as_str(), rules.programme.questionnaire_url.as_str()];
        let store = mail::links::cloud_store(&mail.subject, &mail.text, &ours);
        refused.extend(store.map(|file| Refused { file, why: Unreadable::CloudLink }));
        let picture = mail::pictures::of_form(&mail).filter(|_| refused.is_empty());
        refused.extend(picture.map(|it| Refused { file: it.name.clone(), why: Unreadable::Picture }));
    }
    // nor before the programme: the clock of the sender's computer is wrong then
    let programme_began = rules.programme.advice_to.checked_sub(1.year()).unwrap_or(civil::Date::MIN);
    let day = |it: Timestamp| it.to_zoned(japan()).date();
    let reply_day = mail.date.filter(|it| *it <= arrived).map(day).filter(|it| *it >= programme_began);
    let reply_day = reply_day.unwrap_or_else(|| day(arrived));
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
        (wishes.dates, wishes.excluded, wishes.doubts, wishes.scope) = (it.dates, it.excluded, it.doubts, Scope::All);
    }
    secrets.extend(fitted.iter().cloned());
    let fitted = (0..).zip(given).filter(|(_, it)| fitted.contains(it)).map(|(at, _)| at).collect();
    let (earlier, with, key) = (Vec::new(), Vec::new(), Key::Lone);
    let mut reading = Reading { wishes, answers, unreadable: refused, workbook, mail, earlier, key, with, fitted };
    reading.hide(&secrets);
    reading
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

impl Reading {
    /// Takes these words out of what is shown and stored; what was understood from them stays.
    pub fn hide(&mut self, words: &[String]) {
        if words.is_empty() {
            return;
        }
        self.mail.hide(words);
        self.wishes.hide(words);
        for it in self.answers.values_mut() {
            *it = mail::hidden(it, words);
        }
    }

    /// Whether it says how or when the company wants to be advised, or answers the questionnaire.
    pub fn brings_wishes(&self) -> bool {
        let it = &self.wishes;
        it.knows_method()
            || !(it.dates.is_empty() && it.doubts.is_empty() && it.excluded.is_empty())
            || !self.answers.is_empty()
    }

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
        // a password that is only described never comes
        let locked = self.is_locked() && !self.mail.hints_password;
        self.workbook.is_none() && self.mail.machine.is_empty() && (locked || lone_key)
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
        if !wishes.renew(&later.wishes) {
            wishes.unsure = true;
        }
        wishes.doubts.extend(later.wishes.doubts);
        let fitted = Vec::new();
        Reading { mail: later.mail, earlier, workbook, unreadable, answers, wishes, key: later.key, with, fitted }
    }
}
