//! The words of a case: one company in one programme.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    check::{Finding, Rule},
    mail::Person,
    reading::Wishes,
    schedule::Slot,
    text,
};

/// A receipt number (受付番号), given when a case is opened and never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Number(pub u32);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// One company in one programme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Receipt number.
    pub number: Number,
    /// Company as it calls itself; empty until known.
    pub company: String,
    /// The person we write to.
    pub contact: Person,
    /// Region by its configured name.
    pub region: Option<String>,
    /// Where the case stands.
    pub stage: Stage,
    /// A person has taken over: the desk writes nothing.
    pub muted: bool,
    /// Newest revision of the submission; 0 before the first.
    pub revision: u32,
    /// Advice method and candidate dates, the newest said.
    pub wishes: Wishes,
    /// Answers of the questionnaire, the newest said.
    pub answers: BTreeMap<String, String>,
    /// When the case was opened.
    pub opened_at: Timestamp,
}

impl Case {
    /// A case as it begins: a contact, and nothing known yet.
    pub fn opened(number: Number, contact: Person, now: Timestamp) -> Case {
        Case {
            number,
            company: String::new(),
            contact,
            region: None,
            stage: Stage::Applied,
            muted: false,
            revision: 0,
            wishes: Wishes::default(),
            answers: BTreeMap::new(),
            opened_at: now,
        }
    }

    /// Whether what a finding asks for is still not known of the case: a mail alone may lack what came before.
    pub fn lacks(&self, finding: &Finding) -> bool {
        match finding.rule {
            Rule::MethodMissing => !self.wishes.knows_method(),
            Rule::DatesMissing => self.wishes.dates.is_empty(),
            Rule::DateTooShort => self.wishes.are_too_short(),
            Rule::AnswerMissing => finding.no.as_ref().is_none_or(|id| !self.answers.contains_key(id)),
            Rule::RegionUnknown | Rule::RegionOutside => self.region.is_none(),
            _ => true,
        }
    }

    /// Whether a workbook of this company may belong to the case. Before the first workbook only the web form or a display
    /// name has told the company, so nearly the same is enough; after it the names must agree.
    pub fn may_be(&self, company: &str) -> bool {
        match self.revision {
            0 => text::nearly_same_company(company, &self.company),
            _ => text::same_company(company, &self.company),
        }
    }
}

/// Where a case stands. What a stage needs, it carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Applied; the form is awaited.
    Applied,
    /// Handed in, something must be mended. `findings` are the must-mend ones of the newest revision.
    Correcting {
        /// What is to be mended.
        findings: Vec<Finding>,
        /// Mails with something to mend, or with no form that could be read. A book that comes again unchanged is none, the first time: the company has
        /// enclosed the wrong file; from the second time on it is one, so that nobody is corrected for ever.
        #[serde(default)]
        rounds: u32,
        /// The newest revision was the one before, unchanged.
        #[serde(default)]
        resent: bool,
    },
    /// The form is right and the wishes are known: the secretariat assigns an advisor.
    Complete,
    /// The form is right; dates were offered and an answer is awaited.
    Offering {
        /// The slots that were offered.
        slots: Vec<Slot>,
    },
    /// Given to an advisor, who has been told.
    Proposed {
        /// The advisor's id.
        advisor: String,
    },
    /// A date is fixed.
    Booked {
        /// The advisor's id.
        advisor: String,
        /// The date.
        slot: Slot,
    },
    /// The meeting was held.
    Advised {
        /// The advisor's id.
        advisor: String,
    },
    /// Nothing left to do.
    Closed,
    /// The company withdrew.
    Withdrawn {
        /// Where it stood, so that a withdrawal can be undone.
        #[serde(default)]
        before: Option<Box<Stage>>,
    },
    /// The deadline passed.
    Lapsed,
    /// A person has to look first.
    Held {
        /// Why, in English, for the journal.
        why: String,
        /// Where it stood, so that a person can set it back.
        #[serde(default)]
        before: Option<Box<Stage>>,
    },
}

impl Stage {
    /// Stable name: the store's column, the command line's listing.
    pub fn name(&self) -> &'static str {
        match self {
            Stage::Applied => "applied",
            Stage::Correcting { .. } => "correcting",
            Stage::Complete => "complete",
            Stage::Offering { .. } => "offering",
            Stage::Proposed { .. } => "proposed",
            Stage::Booked { .. } => "booked",
            Stage::Advised { .. } => "advised",
            Stage::Closed => "closed",
            Stage::Withdrawn { .. } => "withdrawn",
            Stage::Lapsed => "lapsed",
            Stage::Held { .. } => "held",
        }
    }

    /// Whether letters have not helped and a person of the secretariat is to call: more rounds than the programme allows.
    pub fn needs_call(&self, correction_rounds: u32) -> bool {
        matches!(self, Stage::Correcting { rounds, .. } if *rounds > correction_rounds)
    }

    /// Whether the form was found right (and is not asked for again).
    pub fn has_complete_form(&self) -> bool {
        matches!(
            self,
            Stage::Complete
                | Stage::Offering { .. }
                | Stage::Proposed { .. }
                | Stage::Booked { .. }
                | Stage::Advised { .. }
        )
    }

    /// Whether the form, or a mended one, is waited for.
    pub fn wants_form(&self) -> bool {
        matches!(self, Stage::Applied | Stage::Correcting { .. })
    }

    /// Whether an advisor is involved already, so that a new revision is a person's business.
    pub fn advisor(&self) -> Option<&str> {
        match self {
            Stage::Proposed { advisor } | Stage::Booked { advisor, .. } | Stage::Advised { advisor } => Some(advisor),
            _ => None,
        }
    }

    /// Whether the case is over.
    pub fn is_over(&self) -> bool {
        matches!(self, Stage::Closed | Stage::Withdrawn { .. } | Stage::Lapsed)
    }
}

/// One submission of a case as it came. Newest wins; none is thrown away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// 1 for the first.
    pub n: u32,
    /// SHA-256 of the raw mails it came in.
    pub mails: Vec<String>,
    /// Everything that was found, notes too.
    pub findings: Vec<Finding>,
    /// What the workbook says; `None` where no workbook could be read.
    pub workbook: Option<super::workbook::Workbook>,
    /// Wishes as far as said in this mail.
    pub wishes: Wishes,
    /// Answers as far as given in this mail.
    pub answers: BTreeMap<String, String>,
    /// Values that were right in the revision before and are others now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// A value that was right before and is another now: for the company to notice a slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The indicator's number.
    pub no: String,
    /// Its title.
    pub title: String,
    /// 目標, not 現在.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub target: bool,
    /// What stood there.
    pub before: String,
    /// What stands there now.
    pub now: String,
}
