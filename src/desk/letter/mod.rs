//! Every letter we send: which there are, what each says. The words themselves live in `templates/`.

pub(crate) mod addressee;
pub mod again;
mod group;
pub mod mime;
pub(crate) mod printed;
mod progress;
mod rehearse;
mod remarks;
pub mod view;
pub mod when;
pub mod words;

use super::{case::Change, check::Finding, mail::Person, reading::Refused, rules::Advisor, schedule::Slot};

pub use remarks::{Remark, remarks};

/// Letters that ask a company one question of the questionnaire. What is open after them stands in the report.
pub const MOST_ASKED: u32 = 2;

/// A letter to one addressee, before its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The one addressee.
    pub to: Person,
    /// What it says.
    pub kind: LetterKind,
    /// The mail it answers asked something besides, which a person will answer.
    pub asked_too: bool,
}

/// A company's own file that goes back to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// The file's name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The cells to mend are coloured and commented; else it is as it came.
    pub marked: bool,
}

/// What a letter says.
#[derive(Debug, Clone, PartialEq)]
pub enum LetterKind {
    /// To an applicant: where the form is, what to send, until when.
    Materials {
        /// The applicant's own message from the web form, empty where none.
        message: String,
    },
    /// What must be mended, all at once.
    Corrections {
        /// Must-mend findings.
        findings: Vec<Finding>,
        /// What became of the revision before.
        progress: Option<Progress>,
        /// What is asked for besides.
        asks: Vec<Finding>,
        /// Files beside the workbook that could not be read.
        refused: Vec<Refused>,
        /// Free slots, where no dates were named.
        slots: Vec<Slot>,
        /// The company's own files, with the cells to mend marked.
        enclosed: Vec<Enclosed>,
    },
    /// Letters have not helped: a person will call.
    Call {
        /// Must-mend findings that are open.
        findings: Vec<Finding>,
        /// What became of the revision before.
        progress: Option<Progress>,
        /// Files that could not be read.
        refused: Vec<Refused>,
        /// No form came with the mail, or none that could be read.
        unread: bool,
    },
    /// The form is right.
    Complete {
        /// What is asked for besides.
        asks: Vec<Finding>,
        /// What became of the revision before.
        progress: Option<Progress>,
        /// Files beside the workbook that could not be read.
        refused: Vec<Refused>,
        /// Free slots, where no dates were named.
        slots: Vec<Slot>,
    },
    /// Said to be attached, and nothing was.
    NoWorkbook {
        /// What is asked for besides.
        asks: Vec<Finding>,
        /// Free slots, where no dates were named.
        slots: Vec<Slot>,
    },
    /// A file came that cannot be read.
    Unreadable {
        /// Which, and why.
        files: Vec<Refused>,
        /// What is asked for besides.
        asks: Vec<Finding>,
        /// Free slots, where no dates were named.
        slots: Vec<Slot>,
    },
    /// The form is of another version.
    WrongVersion {
        /// All must-mend findings, the version among them.
        findings: Vec<Finding>,
        /// What became of the revision before.
        progress: Option<Progress>,
        /// What is asked for besides.
        asks: Vec<Finding>,
        /// Files beside the workbook that could not be read.
        refused: Vec<Refused>,
        /// Free slots, where no dates were named.
        slots: Vec<Slot>,
    },
    /// A question was handed to the secretariat.
    HandedOver {
        /// A file came with it and was taken in.
        file: bool,
    },
    /// The company has withdrawn; how to undo it.
    Withdrawn,
    /// A withdrawal is undone; what is still missing.
    Reopened {
        /// Must-mend findings that are open.
        findings: Vec<Finding>,
        /// What is asked for besides.
        asks: Vec<Finding>,
        /// Free slots, where no dates were named.
        slots: Vec<Slot>,
        /// A person will call: nothing is asked for in writing.
        call: bool,
    },
    /// Wishes or answers were taken in.
    Noted {
        /// What is still open.
        asks: Vec<Finding>,
        /// Free slots, where no dates were named.
        slots: Vec<Slot>,
    },
    /// To an advisor: the case with its workbook.
    Assignment {
        /// The advisor.
        advisor: Advisor,
        /// The company's own files, unchanged: names and bytes.
        workbooks: Vec<(String, Vec<u8>)>,
    },
    /// To the company: who will advise.
    AdvisorNamed {
        /// The advisor.
        advisor: Advisor,
        /// The company's form went to the advisor.
        form: bool,
    },
}

/// What became of the revision before.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Must-mend findings before.
    pub before: usize,
    /// Must-mend findings now.
    pub now: usize,
    /// Those of before that are mended.
    pub mended: Vec<Finding>,
    /// Values that were right and are others now.
    pub changes: Vec<Change>,
    /// The book is the same as before.
    pub resent: bool,
    /// No book came: the words of a mail explain rows of the one before.
    pub explained: bool,
}

impl LetterKind {
    /// Stable name: template folder, outbox column, log field.
    pub fn name(&self) -> &'static str {
        match self {
            LetterKind::Materials { .. } => "materials",
            LetterKind::Corrections { .. } => "corrections",
            LetterKind::Call { .. } => "call",
            LetterKind::Complete { .. } => "complete",
            LetterKind::NoWorkbook { .. } => "no-workbook",
            LetterKind::Unreadable { .. } => "unreadable",
            LetterKind::WrongVersion { .. } => "wrong-version",
            LetterKind::HandedOver { .. } => "handed-over",
            LetterKind::Withdrawn => "withdrawn",
            LetterKind::Reopened { .. } => "reopened",
            LetterKind::Noted { .. } => "noted",
            LetterKind::Assignment { .. } => "assignment",
            LetterKind::AdvisorNamed { .. } => "advisor-named",
        }
    }

    /// What it asks for without blocking.
    pub fn asks_mut(&mut self) -> Option<&mut Vec<Finding>> {
        match self {
            LetterKind::Corrections { asks, .. }
            | LetterKind::Complete { asks, .. }
            | LetterKind::NoWorkbook { asks, .. }
            | LetterKind::Unreadable { asks, .. }
            | LetterKind::WrongVersion { asks, .. }
            | LetterKind::Reopened { asks, .. }
            | LetterKind::Noted { asks, .. } => Some(asks),
            LetterKind::Materials { .. }
            | LetterKind::Call { .. }
            | LetterKind::HandedOver { .. }
            | LetterKind::Withdrawn
            | LetterKind::Assignment { .. }
            | LetterKind::AdvisorNamed { .. } => None,
        }
    }

    /// Whether it answers a mail (RFC 3834 `auto-replied`) or was made without one (`auto-generated`).
    pub fn is_reply(&self) -> bool {
        !matches!(
            self,
            LetterKind::Materials { .. }
                | LetterKind::Reopened { .. }
                | LetterKind::Assignment { .. }
                | LetterKind::AdvisorNamed { .. }
        )
    }
}

/// Every kind's template folder; the digest has one too.
pub const KINDS: [&str; 14] = [
    "materials",
    "corrections",
    "call",
    "complete",
    "no-workbook",
    "unreadable",
    "wrong-version",
    "handed-over",
    "withdrawn",
    "reopened",
    "noted",
    "assignment",
    "advisor-named",
    "digest",
];
