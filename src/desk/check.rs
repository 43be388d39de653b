//! What has to be mended, asked or noted: findings for people, in the form's order.

mod mail;
mod region;
mod rows;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{rules::Form, workbook::Workbook};

pub use mail::{check_reading, doubts, open_questions};
pub use region::region_of;

/// What a finding is about. Each has its words in the letters' templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// No current value anywhere: the blank form was sent.
    BlankForm,
    /// The book says another version than the accepted one.
    VersionWrong,
    /// The book says no version.
    VersionUnknown,
    /// More than half of the 定性 or of the 定量 rows are missing.
    BlockMissing,
    /// No row was found for a number of the catalogue.
    RowMissing,
    /// A row that is not in the catalogue.
    RowUnknown,
    /// Two rows or files claim one number with different current values.
    RowConflict,
    /// 現在 is blank.
    CurrentMissing,
    /// 現在 of a qualitative row is not a whole number 0–5.
    CurrentNotALevel,
    /// 「該当なし」 without a reason in a quantitative row.
    CurrentNoValue,
    /// 現在 is a formula without a stored result, or an error.
    CurrentUnreadable,
    /// 目標 of a qualitative row is blank.
    TargetMissing,
    /// 目標 of a qualitative row is not a whole number 0–5.
    TargetNotALevel,
    /// 目標 is below 現在.
    TargetBelowCurrent,
    /// A key question differs by 2 or more from the mean of its sub-questions.
    KeyDiffers,
    /// A required question of the questionnaire is not answered.
    AnswerMissing,
    /// No advice method is named.
    MethodMissing,
    /// No candidate date is named.
    DatesMissing,
    /// A date that is not between the reply and the end of the window.
    DateOutside,
    /// A date whose weekday is another.
    WeekdayContradicts,
    /// A date that is not understood.
    DateUnclear,
    /// The region cannot be told.
    RegionUnknown,
    /// A file could not be read.
    UnreadableFile,
}

/// How much a finding weighs; in the order in which findings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The submission is not complete with it.
    MustMend,
    /// Asked for in the letter; does not block.
    Ask,
    /// For the advisor only.
    Note,
}

/// One thing that was found, with where it stands and what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about.
    pub rule: Rule,
    /// How much it weighs.
    pub severity: Severity,
    /// The indicator's number, or the question's id.
    pub no: Option<String>,
    /// The indicator's title, or the question's text.
    pub title: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The sheet.
    pub sheet: Option<String>,
    /// The cell.
    pub cell: Option<String>,
    /// What stands there, in the sender's own words.
    pub found: Option<String>,
}

impl Rule {
    /// All of them; a test holds the words against this list.
    pub const ALL: [Rule; 23] = [
        Rule::BlankForm,
        Rule::VersionWrong,
        Rule::VersionUnknown,
        Rule::BlockMissing,
        Rule::RowMissing,
        Rule::RowUnknown,
        Rule::RowConflict,
        Rule::CurrentMissing,
        Rule::CurrentNotALevel,
        Rule::CurrentNoValue,
        Rule::CurrentUnreadable,
        Rule::TargetMissing,
        Rule::TargetNotALevel,
        Rule::TargetBelowCurrent,
        Rule::KeyDiffers,
        Rule::AnswerMissing,
        Rule::MethodMissing,
        Rule::DatesMissing,
        Rule::DateOutside,
        Rule::WeekdayContradicts,
        Rule::DateUnclear,
        Rule::RegionUnknown,
        Rule::UnreadableFile,
    ];

    /// Stable name: the key of its words in `templates/ja/phrases.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Rule::BlankForm => "blank-form",
            Rule::VersionWrong => "version-wrong",
            Rule::VersionUnknown => "version-unknown",
            Rule::BlockMissing => "block-missing",
            Rule::RowMissing => "row-missing",
            Rule::RowUnknown => "row-unknown",
            Rule::RowConflict => "row-conflict",
            Rule::CurrentMissing => "current-missing",
            Rule::CurrentNotALevel => "current-not-a-level",
            Rule::CurrentNoValue => "current-no-value",
            Rule::CurrentUnreadable => "current-unreadable",
            Rule::TargetMissing => "target-missing",
            Rule::TargetNotALevel => "target-not-a-level",
            Rule::TargetBelowCurrent => "target-below-current",
            Rule::KeyDiffers => "key-differs",
            Rule::AnswerMissing => "answer-missing",
            Rule::MethodMissing => "method-missing",
            Rule::DatesMissing => "dates-missing",
            Rule::DateOutside => "date-outside",
            Rule::WeekdayContradicts => "weekday-contradicts",
            Rule::DateUnclear => "date-unclear",
            Rule::RegionUnknown => "region-unknown",
            Rule::UnreadableFile => "unreadable-file",
        }
    }
}

impl Severity {
    /// Stable name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Severity::MustMend => "must-mend",
            Severity::Ask => "ask",
            Severity::Note => "note",
        }
    }
}

impl Finding {
    /// Whether both speak of the same row, or of the same thing of the whole book.
    pub fn same_place(&self, other: &Finding) -> bool {
        match (&self.no, &other.no) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.rule == other.rule,
            _ => false,
        }
    }

    /// A finding that has no place.
    pub fn new(rule: Rule, severity: Severity) -> Self {
        Self { rule, severity, no: None, title: None, file: None, sheet: None, cell: None, found: None }
    }
}

/// Holds a workbook against the accepted form. Must-mend findings come first, then in the form's order.
///
/// What must stand is from the programme's briefing: every current value, qualitative ones as a level 0–5; only 根拠
/// and アクション are marked optional, so a missing qualitative target is asked for. The 「※任意」 that the form prints at
/// its last block does not count.
pub fn check_workbook(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = rows::whole(book, form);
    findings.extend(rows::each(book, form));
    findings.extend(rows::unknown(book));
    // stable: within a severity the order above stays
    findings.sort_by_key(|it| it.severity);
    findings
}
