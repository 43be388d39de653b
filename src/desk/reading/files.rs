//! What the files of a mail hold: the form, the questionnaire, or why they are not read.

use super::{Care, Refused, Unreadable};
use crate::desk::{
    mail::{self, AttachmentKind, Enclosure},
    questionnaire,
    rules::Rules,
    text,
    workbook::{self, Workbook},
};

/// What was found so far.
#[derive(Default)]
pub(super) struct Files {
    pub(super) books: Vec<Workbook>,
    pub(super) refused: Vec<Refused>,
    /// The mail's text, and below it that of its documents.
    pub(super) text: String,
    /// The passwords that opened one.
    pub(super) fitted: Vec<String>,
}

impl Files {
    pub(super) fn take(&mut self, it: Enclosure, care: Care, rules: &Rules, passwords: &[String]) {
        match (it.kind, it.content) {
            // one is enough to say; pictures in archives are for nobody
            (AttachmentKind::Picture, content) => {
                let told = self.refused.iter().any(|it| it.why == Unreadable::Picture);
                if content == Err(Unreadable::Picture) && !told {
                    self.refuse(it.name, Unreadable::Picture);
                }
            }
            (_, Err(why)) => self.refuse(it.name, why),
            // A form that was copied into a word processor.
            (AttachmentKind::Questionnaire, Ok(_)) if names_the_form(&it.name) => {
                let csv = [".csv", ".tsv"].iter().any(|end| text::key(&it.name).ends_with(end));
                self.refuse(it.name, if csv { Unreadable::Csv } else { Unreadable::Document });
            }
            (AttachmentKind::Questionnaire, Ok(bytes)) if let Some(words) = mail::document_text(&it.name, &bytes) => {
                self.add(&words);
            }
            (_, Ok(bytes)) if care == Care::Bounded && !workbook::is_bounded(&it.name, &bytes) => {
                self.refuse(it.name, Unreadable::TooMuchWork);
            }
            (_, Ok(bytes)) => self.workbook(it.name, bytes, rules, passwords),
        }
    }

    fn workbook(&mut self, name: String, bytes: Vec<u8>, rules: &Rules, passwords: &[String]) {
        let bytes = match self.unlocked(bytes, rules, passwords) {
            Ok(bytes) => bytes,
            Err(why) => return self.refuse(name, why),
        };
        match workbook::read(&name, &bytes, rules, &[]) {
            Ok(book) => self.books.push(book),
            Err(Unreadable::NotTheForm) if let Some(words) = questionnaire_in(&name, &bytes, rules) => self.add(&words),
            Err(why) => self.refuse(name, why),
        }
    }

    /// A workbook without its password, if it is under one; the password that fits is noted.
    fn unlocked(&mut self, bytes: Vec<u8>, rules: &Rules, passwords: &[String]) -> Result<Vec<u8>, Unreadable> {
        if !workbook::is_protected(&bytes) {
            return Ok(bytes);
        }
        let (bytes, password) = workbook::without_password(&bytes, passwords, &rules.bounds)?;
        if !self.fitted.contains(&password) {
            self.fitted.push(password);
        }
        Ok(bytes)
    }

    fn add(&mut self, words: &str) {
        self.text.push('\n');
        self.text.push_str(words);
    }

    fn refuse(&mut self, file: String, why: Unreadable) {
        self.refused.push(Refused { file, why });
    }
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
