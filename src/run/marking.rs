//! The company's own workbook, marked. Deciding is pure and under the store's lock, marking is a reader child's work: so a
//! decision first says what it wants marked, the child does it, and the decision is taken again with the files at hand.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use tracing::warn;

use super::{
    Desk, Judge, OurDisk,
    process::{no_reader, short},
};
use crate::{
    desk::{
        case::Revision,
        decide::Decision,
        letter::{Enclosed, LetterKind, Remark, remarks},
        workbook::mark::{Mark, Weight},
    },
    ports::reader::{HandedBack, Unanswered},
};

/// Largest sum of marked files in one letter, bytes: many servers refuse mails over 10 MB, and base64 adds a third.
const MOST_ENCLOSED: usize = 6 << 20;
/// Different files of one name in one mail.
const MOST_OF_ONE_NAME: usize = 8;
/// What is put behind the name of a marked file.
const MARKED: &str = "_要修正";

/// What a decision wants marked.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// SHA-256 of the mails the files came in.
    mails: Vec<String>,
    /// What is to be said at which cell.
    remarks: Vec<Remark>,
}

/// The marked files, and what they were made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    wanted: Wanted,
    files: Vec<Enclosed>,
}

impl Judge<'_> {
    /// Puts the marked files into the decision's letter; says what is wanted where they are not made yet, or for another
    /// decision.
    pub(super) fn enclose(&self, decision: &mut Decision, made: Option<&Marked>) -> Option<Wanted> {
        let mails = decision.revision.as_ref()?.mails.clone();
        let letter = decision.letters.iter_mut().find(|it| matches!(it.kind, LetterKind::Corrections { .. }))?;
        let remarks = remarks(self.words, &letter.kind);
        if remarks.is_empty() {
            return None;
        }
        let wanted = Wanted { mails, remarks };
        match made {
            Some(made) if made.wanted == wanted => {
                if let LetterKind::Corrections { enclosed, .. } = &mut letter.kind {
                    enclosed.clone_from(&made.files);
                }
                None
            }
            _ => Some(wanted),
        }
    }
}

impl Desk {
    /// Marks what is wanted. A file that cannot be marked is left out: the letter names every cell all the same.
    ///
    /// # Errors
    /// When a raw mail is missing or damaged, or no reader can be started: the letter waits then.
    pub(super) async fn mark(&self, wanted: Wanted) -> Result<Marked> {
        let mut names: Vec<&str> = wanted.remarks.iter().map(|it| it.file.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut files = Vec::new();
        for name in names {
            let marks: Vec<Mark> = wanted.remarks.iter().filter(|it| it.file == name).map(mark).collect();
            match self.hand_back(&wanted.mails, name, &marks).await? {
                HandedBack::Marked(bytes) => files.push(Enclosed { name: marked_name(name), bytes, marked: true }),
                HandedBack::AsItCame(bytes) => files.push(Enclosed { name: name.to_string(), bytes, marked: false }),
                HandedBack::Not(why) => {
                    let mail = wanted.mails.last().map(|it| short(it));
                    warn!(mail, why, "a workbook could not be marked; the letter goes without it");
                }
            }
        }
        if files.iter().map(|it| it.bytes.len()).sum::<usize>() > MOST_ENCLOSED {
            warn!("the marked workbooks are too large for a letter; it goes without them");
            files.clear();
        }
        Ok(Marked { wanted, files })
    }

    async fn hand_back(&self, mails: &[String], name: &str, marks: &[Mark]) -> Result<HandedBack> {
        let Some(sha256) = self.holder(mails, name).await? else {
            return Ok(HandedBack::Not("it is in none of the mails".to_string()));
        };
        let raw = self.store.raw(&sha256).context(OurDisk)?;
        Ok(match self.readers.mark(name, marks, &self.settings.from.name, raw).await {
            Ok(Some(found)) => found,
            Ok(None) => HandedBack::Not("it is in none of the mails".to_string()),
            Err(why @ Unanswered::CannotStart(_)) => return Err(no_reader(&why)),
            Err(why) => HandedBack::Not(why.to_string()),
        })
    }

    /// The newest mail that holds the file, filled: a blank form may have come under the same name.
    async fn holder(&self, mails: &[String], name: &str) -> Result<Option<String>> {
        let mut blank = None;
        for sha256 in mails.iter().rev() {
            if mails.len() == 1 {
                return Ok(Some(sha256.clone()));
            }
            let raw = self.store.raw(sha256).context(OurDisk)?;
            match self.readers.extract(name, 0, raw, &[]).await {
                Ok(Some(found)) if found.filled => return Ok(Some(sha256.clone())),
                Ok(Some(_)) => blank = blank.or_else(|| Some(sha256.clone())),
                Err(why @ Unanswered::CannotStart(_)) => return Err(no_reader(&why)),
                Ok(None) | Err(_) => {}
            }
        }
        Ok(blank)
    }

    /// The company's own files of a revision, for its advisor: unchanged but for a lock, whose password nobody else is told.
    ///
    /// # Errors
    /// When a raw mail is missing or damaged, a reader dies, or a file is in none of the mails.
    pub async fn own_files(&self, revision: &Revision) -> Result<Vec<(String, Vec<u8>)>> {
        let rows = revision.workbook.iter().flat_map(|it| &it.indicators);
        let names: BTreeSet<String> = rows.map(|it| it.file.clone()).collect();
        let passwords = self.passwords(&revision.mails).await?;
        let mut files = Vec::new();
        for name in names {
            let found = self.filled(&revision.mails, &name, &passwords).await?;
            ensure!(!found.is_empty(), "a workbook of the company cannot be taken out of its mail");
            files.extend(found.into_iter().zip(0..).map(|(bytes, nth)| (numbered(&name, nth), bytes)));
        }
        Ok(files)
    }

    /// The files of one name that hold values, in the newest mail that has any; else a blank one.
    async fn filled(&self, mails: &[String], name: &str, passwords: &[String]) -> Result<Vec<Vec<u8>>> {
        let mut blank = None;
        for sha256 in mails.iter().rev() {
            let mut filled = Vec::new();
            for nth in 0..MOST_OF_ONE_NAME {
                let raw = self.store.raw(sha256).context(OurDisk)?;
                match self.readers.extract(name, nth, raw, passwords).await? {
                    Some(it) if it.filled => filled.push(it.bytes),
                    found => {
                        blank = blank.or(found.map(|it| it.bytes));
                        break;
                    }
                }
            }
            if !filled.is_empty() {
                return Ok(filled);
            }
        }
        Ok(blank.into_iter().collect())
    }
}

fn mark(it: &Remark) -> Mark {
    let weight = if it.must { Weight::MustMend } else { Weight::Ask };
    Mark { sheet: it.sheet.clone(), cell: it.cell.clone(), weight, comment: it.words.clone() }
}

/// 「自己診断.xlsx」 → 「自己診断_要修正.xlsx」; a file that comes back under that name keeps it.
fn marked_name(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "xlsx"));
    format!("{}{MARKED}.{ending}", stem.trim_end_matches(MARKED))
}

/// The second file of one name is 「自己診断 (2).xlsx」.
fn numbered(name: &str, nth: usize) -> String {
    match (nth, name.rsplit_once('.')) {
        (0, _) => name.to_string(),
        (_, Some((stem, ending))) => format!("{stem} ({}).{ending}", nth + 1),
        (_, None) => format!("{name} ({})", nth + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{marked_name, numbered};

    #[test]
    fn files_of_one_name_are_numbered() {
        let names: Vec<String> = (0..3).map(|nth| numbered("自己診断.ver2.3.xlsx", nth)).collect();
        assert_eq!(names, ["自己診断.ver2.3.xlsx", "自己診断.ver2.3 (2).xlsx", "自己診断.ver2.3 (3).xlsx"]);
        assert_eq!(numbered("form", 1), "form (2)");
    }

    #[test]
    fn a_marked_file_is_named_once() {
        for (name, marked) in [
            ("自己診断ver2.3.xlsx", "自己診断ver2.3_要修正.xlsx"),
            ("自己診断ver2.3_要修正.xlsm", "自己診断ver2.3_要修正.xlsm"),
            ("form", "form_要修正.xlsx"),
        ] {
            assert_eq!(marked_name(name), marked);
        }
    }
}
