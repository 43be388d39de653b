//! What is written beside the cells of a marked workbook.

use super::{LetterKind, view::tell_alone, words::Words};
use crate::desk::check::{Finding, Rule, Severity};

/// Characters of one remark: a comment's box holds little more.
const MOST_CHARS: usize = 400;

/// A cell to be marked, and what to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// File, by the name the sender gave it.
    pub file: String,
    /// Sheet.
    pub sheet: String,
    /// Cell, `J14`.
    pub cell: String,
    /// It must be mended; else it is only asked about.
    pub must: bool,
    /// Number, title, what is wrong and what is wanted, as in the letter.
    pub words: String,
}

/// The cells that a correction letter is about, each once, in the letter's order. What has no cell is only in the
/// letter; so is a blank form, of which another file is wanted, not this one.
pub fn remarks(words: &Words, kind: &LetterKind) -> Vec<Remark> {
    let LetterKind::Corrections { findings, asks, .. } = kind else { return Vec::new() };
    if findings.iter().any(|it| it.rule == Rule::BlankForm) {
        return Vec::new();
    }
    let mut remarks: Vec<Remark> = Vec::new();
    for new in findings.iter().chain(asks).filter_map(|it| remark(words, it)) {
        let same = |it: &&mut Remark| (&it.file, &it.sheet, &it.cell) == (&new.file, &new.sheet, &new.cell);
        match remarks.iter_mut().find(same) {
            Some(it) => {
                it.words = clipped(&format!("{}\n\n{}", it.words, new.words));
                it.must |= new.must;
            }
            None => remarks.push(new),
        }
    }
    remarks
}

fn remark(words: &Words, it: &Finding) -> Option<Remark> {
    let (file, sheet, cell) = (it.file.clone()?, it.sheet.clone()?, it.cell.clone()?);
    let lines = tell_alone(words, it);
    let lines: Vec<&str> = lines.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
    Some(Remark { file, sheet, cell, must: it.severity == Severity::MustMend, words: clipped(&lines.join("\n")) })
}

fn clipped(words: &str) -> String {
    if words.chars().count() <= MOST_CHARS {
        return words.to_owned();
    }
    words.chars().take(MOST_CHARS.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

    use std::collections::BTreeMap;

    use super::*;
    use crate::desk::{
        check::check_workbook,
        workbook::tests::{form, read_sample},
    };

    fn letter(sample: &str) -> LetterKind {
        let all = check_workbook(&read_sample(sample), &form());
        let of = |severity: Severity| all.iter().filter(|it| it.severity == severity).cloned().collect();
        LetterKind::Corrections {
            findings: of(Severity::MustMend),
            progress: None,
            asks: of(Severity::Ask),
            refused: Vec::new(),
            slots: Vec::new(),
            enclosed: Vec::new(),
        }
    }

    #[test]
    fn each_cell_to_mend_is_told_of_once_as_in_the_letter() {
        let words = Words::new(&BTreeMap::new()).unwrap();
        let found = remarks(&words, &letter("faulty"));
        let cells: Vec<&str> = found.iter().filter(|it| it.must).map(|it| it.cell.as_str()).collect();
        assert_eq!(cells, ["J14", "J20", "J27", "J34", "J41", "J45", "J52", "J59"]);
        let it = &found[1];
        assert_eq!((it.file.as_str(), it.sheet.as_str()), ("faulty.xlsx", "自己診断"));
        assert!(it.words.starts_with("6 人材育成・確保\n現在の成熟度が「2.5」"), "{}", it.words);
        assert!(it.words.contains("2～3"), "{}", it.words);
        assert_eq!(remarks(&words, &letter("no-quantitative")).iter().filter(|it| it.must).count(), 20);
    }

    #[test]
    fn a_cell_with_two_findings_has_one_remark_and_a_long_one_is_cut() {
        let words = Words::new(&BTreeMap::new()).unwrap();
        let LetterKind::Corrections { mut findings, .. } = letter("faulty") else { panic!() };
        findings.truncate(1);
        findings[0].title = Some("題".repeat(500));
        let again = Finding { severity: Severity::Ask, ..findings[0].clone() };
        let asks = vec![again, Finding::new(Rule::VersionUnknown, Severity::Ask)];
        let kind = LetterKind::Corrections {
            findings,
            progress: None,
            asks,
            refused: Vec::new(),
            slots: Vec::new(),
            enclosed: Vec::new(),
        };
        let found = remarks(&words, &kind);
        assert_eq!((found.len(), found[0].must, found[0].words.chars().count()), (1, true, 400));
    }

    #[test]
    fn a_blank_form_is_not_marked() {
        let words = Words::new(&BTreeMap::new()).unwrap();
        assert_eq!(remarks(&words, &letter("blank")), []);
    }
}
