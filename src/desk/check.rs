//! What has to be mended, asked or noted: findings for people, in the form's order.

mod again;
mod excuse;
mod introduced;
mod mail;
mod region;
mod rows;
mod whole;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{rules::Form, workbook::Workbook};

pub use again::accept_repeated;
pub use excuse::{explains, may_be_explained};
pub use mail::{asks_for, check_reading, doubts, open_questions, outside, refused};
pub use region::{outside_said, region_of, region_said};

/// What a finding is about. Each has its words in the letters' templates. The names are stable: programs read them, and
/// the store keeps them; a name that was another once is still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// No current value anywhere: the blank form was sent.
    BlankForm,
    /// The book says an older version than the accepted one.
    #[serde(alias = "version-wrong")]
    VersionOld,
    /// The book says a newer version than the accepted one.
    VersionNew,
    /// The book says no version.
    VersionUnknown,
    /// More than half of the 定性 or of the 定量 rows are missing.
    BlockMissing,
    /// Nearly every current level is above its target: the columns may be swapped.
    SwappedColumns,
    /// Every current level is one and the same, and not 0.
    AllTheSame,
    /// The book carries macros, which were never run.
    Macros,
    /// No row was found for a number of the catalogue.
    RowMissing,
    /// A row that is not in the catalogue.
    RowUnknown,
    /// Two rows or files claim one number with different current values.
    #[serde(alias = "row-conflict")]
    RowTwice,
    /// 現在 is blank.
    CurrentMissing,
    /// 現在 of a qualitative row is not a whole number 0–5.
    CurrentNotALevel,
    /// 現在 is blank, and a bare value stands in another column of the row.
    ValueInWrongColumn,
    /// 「該当なし」 and the like without a reason in a quantitative row.
    #[serde(alias = "current-no-value")]
    NotAnAnswer,
    /// 「該当なし」 with a reason, or said again after we asked: an answer.
    NotApplicable,
    /// A formula without a stored result.
    #[serde(alias = "current-unreadable")]
    FormulaWithoutValue,
    /// `#REF!`, `#DIV/0!` …
    ErrorValue,
    /// 目標 of a qualitative row is blank.
    TargetMissing,
    /// 目標 of a qualitative row is not a whole number 0–5.
    TargetNotALevel,
    /// 目標 is below 現在.
    TargetBelowCurrent,
    /// A key question differs by 2 or more from the mean of its sub-questions.
    #[serde(alias = "key-differs")]
    KeySubGap,
    /// 現在 is 3 or more, and nothing is said on what it rests.
    #[serde(rename = "evidence-missing-at-3+")]
    EvidenceMissing,
    /// A required question of the questionnaire is not answered.
    AnswerMissing,
    /// No advice method is named.
    MethodMissing,
    /// No candidate date is named.
    DatesMissing,
    /// All wishes are shorter than advice takes.
    DateTooShort,
    /// A date that is not between the reply and the end of the window.
    DateOutside,
    /// A date whose weekday is another.
    WeekdayContradicts,
    /// A date that is not understood.
    DateUnclear,
    /// The region cannot be told.
    RegionUnknown,
    /// The company is in a prefecture that is no region of the programme.
    RegionOutside,
    /// A file could not be read.
    UnreadableFile,
    /// A file was not read because a bound was hit.
    FileRefused,
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
    /// What its words need besides.
    #[serde(default, skip_serializing_if = "Hint::is_empty")]
    pub hint: Hint,
}

/// What a finding's words need besides what stands in the cell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hint {
    /// The row is not to be seen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// The column that is meant, where it is not 現在.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<Column>,
    /// What stands in that column, where it may be the value that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands: Option<String>,
    /// The row counts something, so 0 may be meant.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub counts: bool,
    /// Lowest and highest level of a range or a half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub between: Option<(u8, u8)>,
    /// The reason for there being no value, in the sender's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A column of the form besides 現在.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// 目標.
    Target,
    /// 根拠・エビデンス, 算出方法.
    Evidence,
    /// アクション.
    Action,
}

impl Hint {
    fn is_empty(&self) -> bool {
        *self == Hint::default()
    }
}

impl Rule {
    /// All of them; a test holds the words against this list.
    pub const ALL: [Rule; 34] = [
        Rule::BlankForm,
        Rule::VersionOld,
        Rule::VersionNew,
        Rule::VersionUnknown,
        Rule::BlockMissing,
        Rule::SwappedColumns,
        Rule::AllTheSame,
        Rule::Macros,
        Rule::RowMissing,
        Rule::RowUnknown,
        Rule::RowTwice,
        Rule::CurrentMissing,
        Rule::CurrentNotALevel,
        Rule::ValueInWrongColumn,
        Rule::NotAnAnswer,
        Rule::NotApplicable,
        Rule::FormulaWithoutValue,
        Rule::ErrorValue,
        Rule::TargetMissing,
        Rule::TargetNotALevel,
        Rule::TargetBelowCurrent,
        Rule::KeySubGap,
        Rule::EvidenceMissing,
        Rule::AnswerMissing,
        Rule::MethodMissing,
        Rule::DatesMissing,
        Rule::DateTooShort,
        Rule::DateOutside,
        Rule::WeekdayContradicts,
        Rule::DateUnclear,
        Rule::RegionUnknown,
        Rule::RegionOutside,
        Rule::UnreadableFile,
        Rule::FileRefused,
    ];

    /// Stable name: the key of its words in `templates/ja/phrases.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Rule::BlankForm => "blank-form",
            Rule::VersionOld => "version-old",
            Rule::VersionNew => "version-new",
            Rule::VersionUnknown => "version-unknown",
            Rule::BlockMissing => "block-missing",
            Rule::SwappedColumns => "swapped-columns",
            Rule::AllTheSame => "all-the-same",
            Rule::Macros => "macros",
            Rule::RowMissing => "row-missing",
            Rule::RowUnknown => "row-unknown",
            Rule::RowTwice => "row-twice",
            Rule::CurrentMissing => "current-missing",
            Rule::CurrentNotALevel => "current-not-a-level",
            Rule::ValueInWrongColumn => "value-in-wrong-column",
            Rule::NotAnAnswer => "not-an-answer",
            Rule::NotApplicable => "not-applicable",
            Rule::FormulaWithoutValue => "formula-without-value",
            Rule::ErrorValue => "error-value",
            Rule::TargetMissing => "target-missing",
            Rule::TargetNotALevel => "target-not-a-level",
            Rule::TargetBelowCurrent => "target-below-current",
            Rule::KeySubGap => "key-sub-gap",
            Rule::EvidenceMissing => "evidence-missing-at-3+",
            Rule::AnswerMissing => "answer-missing",
            Rule::MethodMissing => "method-missing",
            Rule::DatesMissing => "dates-missing",
            Rule::DateTooShort => "date-too-short",
            Rule::DateOutside => "date-outside",
            Rule::WeekdayContradicts => "weekday-contradicts",
            Rule::DateUnclear => "date-unclear",
            Rule::RegionUnknown => "region-unknown",
            Rule::RegionOutside => "region-outside",
            Rule::UnreadableFile => "unreadable-file",
            Rule::FileRefused => "file-refused",
        }
    }

    /// Whether it says that the form is of another version.
    pub fn is_version(self) -> bool {
        matches!(self, Rule::VersionOld | Rule::VersionNew)
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
    /// Whether both speak of the same row, or of the same thing of the whole book (「定性指標」 is not 「定量指標」).
    pub fn same_place(&self, other: &Finding) -> bool {
        match (&self.no, &other.no) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.rule == other.rule && self.title == other.title,
            _ => false,
        }
    }

    /// A finding that has no place.
    pub fn new(rule: Rule, severity: Severity) -> Self {
        Self {
            rule,
            severity,
            no: None,
            title: None,
            file: None,
            sheet: None,
            cell: None,
            found: None,
            hint: Hint::default(),
        }
    }
}

/// Holds a workbook against the accepted form. Must-mend findings come first, then in the form's order.
///
/// What must stand is from the programme's briefing: every current value, qualitative ones as a level 0–5; only 根拠
/// and アクション are marked optional, so a missing qualitative target is asked for. The 「※任意」 that the form prints at
/// its last block does not count.
pub fn check_workbook(book: &Workbook, form: &Form) -> Vec<Finding> {
    let mut findings = whole::whole(book, form);
    findings.extend(rows::each(book, form));
    findings.extend(rows::unknown(book));
    // stable: within a severity the order above stays
    findings.sort_by_key(|it| it.severity);
    findings
}
