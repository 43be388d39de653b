//! What the desk holds to: programme, form, questionnaire, advisors. Values; `config.rs` reads them from files.

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::{reading::Method, workbook::IndicatorKind};

/// Everything of the configuration that decisions need. Holds no secret: reader children get a copy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rules {
    /// The programme.
    pub programme: Programme,
    /// The forms that are known, by version.
    pub forms: Vec<Form>,
    /// The questionnaire.
    pub questionnaire: Questionnaire,
    /// The advisors.
    pub advisors: Vec<Advisor>,
    /// What is read of a stranger's file at most.
    pub bounds: Bounds,
}

/// `[bounds]` of `config/uketsuke.toml`: what is read of a stranger's file at most. The form has 0.5 MB in some twenty
/// parts, 700 cells and 300 strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Bytes of a workbook as it comes.
    pub workbook_bytes: u64,
    /// Entries of its zip archive.
    pub entries: usize,
    /// Bytes of one inflated part that is read.
    pub part_bytes: u64,
    /// Bytes of all parts, inflated.
    pub inflated_bytes: u64,
    /// How many times its own size a workbook may inflate to, from 8 MiB on.
    pub ratio: u64,
    /// Elements within elements.
    pub xml_depth: usize,
    /// Shared strings, and cell formats.
    pub strings: usize,
    /// Cells with something in them, over all sheets.
    pub cells: usize,
    /// CPU seconds for one mail or file; a reader child that needs more dies.
    pub seconds: u64,
    /// Megabytes (MiB) a reader child may have; one that needs more dies.
    pub megabytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            workbook_bytes: 20 << 20,
            entries: 2_000,
            part_bytes: 32 << 20,
            inflated_bytes: 64 << 20,
            ratio: 200,
            xml_depth: 64,
            strings: 1_000_000,
            cells: 500_000,
            seconds: 2,
            megabytes: 256,
        }
    }
}

/// `config/programme.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// 事業名, as it stands in letters.
    pub name: String,
    /// Short name for subjects.
    pub short_name: String,
    /// The organisation that signs the letters.
    pub organisation: String,
    /// The department that signs the letters.
    pub secretariat: String,
    /// Shown in signatures, may be empty.
    #[serde(default)]
    pub telephone: String,
    /// The form's version that is accepted, `2.3`.
    pub form_version: String,
    /// Where the blank form is downloaded.
    pub form_url: String,
    /// Where the questionnaire is found, or a word on how it comes.
    #[serde(default)]
    pub questionnaire_url: String,
    /// First day of the submission period.
    pub submission_from: civil::Date,
    /// Last day of the submission period.
    pub submission_to: civil::Date,
    /// First day of the advice window.
    pub advice_from: civil::Date,
    /// Last day of the advice window.
    pub advice_to: civil::Date,
    /// Whether advice in person is offered (感染状況による).
    #[serde(default = "yes")]
    pub in_person: bool,
    /// Letters asking for corrections a company gets; after them a person calls. 0: at once.
    #[serde(default = "two")]
    pub correction_rounds: u32,
    /// Regions and their quota.
    pub regions: Vec<Region>,
    /// The form mailer whose notices are applications.
    pub form_mailer: FormMailer,
}

impl Programme {
    /// The one region that a sender's own words name; `None` for none or several. `answers`: to a letter of ours.
    pub fn region_said(&self, words: &str, answers: bool) -> Option<String> {
        super::check::region_said(words, &self.regions, answers)
    }
}

/// A region (地域).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// 茨城.
    pub name: String,
    /// Companies planned.
    pub quota: u32,
    /// Name of the regional organisation.
    #[serde(default)]
    pub organisation: String,
    /// Its address, for enquiries.
    #[serde(default)]
    pub address: String,
}

/// The web form whose notices arrive as mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormMailer {
    /// Sender addresses of the notice, lower case.
    pub from: Vec<String>,
    /// Label of the applicant's name.
    pub name: String,
    /// Label of the company.
    pub company: String,
    /// Label of the department.
    pub department: String,
    /// Label of the applicant's address.
    pub address: String,
    /// Label of the region.
    pub region: String,
    /// Label of the free message.
    pub message: String,
}

/// `config/forms/*.toml`: one version of the form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// `2.3`.
    pub version: String,
    /// Title that stands on the form, by which its version is found.
    pub title: String,
    /// Held against the published form. While `false`, a row that a book lacks is a note, not a fault.
    pub confirmed: bool,
    /// The rows, in the form's order.
    pub rows: Vec<FormRow>,
}

/// One row of a form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormRow {
    /// `4-1`, or our own id (`K1`) where the form prints none.
    pub no: String,
    /// 定性 or 定量.
    pub kind: IndicatorKind,
    /// 大分類.
    pub block: String,
    /// 中分類.
    pub category: String,
    /// Title.
    pub title: String,
    /// Other titles the same row is known by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// It counts something (件数, 人数, 金額), so that a 「なし」 may mean 0; by its title where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<bool>,
}

impl FormRow {
    /// Whether the row counts something, so that a 「なし」 may mean 0.
    pub fn is_count(&self) -> bool {
        let unit = ["数", "件", "額", "予算", "利益", "費用", "売上", "売上高"];
        self.counts.unwrap_or_else(|| {
            self.kind == IndicatorKind::Quantitative && unit.iter().any(|it| self.title.trim().ends_with(it))
        })
    }
}

/// `config/questionnaire.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// The questions in order.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stable id, `q1`.
    pub id: String,
    /// The question as it is asked.
    pub text: String,
    /// Words by which the question is known in an answer, besides its number.
    #[serde(default)]
    pub known_by: Vec<String>,
    /// What an answer looks like.
    pub kind: QuestionKind,
    /// For `choice`: what may be chosen.
    #[serde(default)]
    pub choices: Vec<String>,
    /// For `scale`: lowest and highest.
    #[serde(default)]
    pub scale: Option<(i32, i32)>,
    /// Asked for in the letter when missing.
    pub required: bool,
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionKind {
    /// The advice method; read into [`super::reading::Wishes`] too.
    Method,
    /// Candidate dates; read into [`super::reading::Wishes`] too.
    Dates,
    /// One of `choices`.
    Choice,
    /// A whole number.
    Scale,
    /// Free text.
    Text,
}

/// One advisor of `config/advisors.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisor {
    /// Short id for commands, `tanaka`.
    pub id: String,
    /// Name as it stands in letters.
    pub name: String,
    /// Where assignments go.
    pub address: String,
    /// Regions served, by name.
    pub regions: Vec<String>,
    /// Methods offered.
    pub methods: Vec<Method>,
    /// Free hours of each week, `水 13:00-17:00`.
    pub weekly: Vec<String>,
    /// Days off.
    #[serde(default)]
    pub days_off: Vec<civil::Date>,
    /// Most companies in this programme.
    pub capacity: u32,
}

fn yes() -> bool {
    true
}

fn two() -> u32 {
    2
}
