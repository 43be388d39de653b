//! The words of a decision: what happened, how a mail ends, what is to become true.

use std::collections::BTreeMap;

use crate::desk::{
    case::{Case, Number, Revision},
    check::Finding,
    letter::Letter,
    mail::{Person, application::Application},
    reading::{Refused, Wishes},
    workbook::Workbook,
};

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The form mailer told of an applicant.
    Applied(Application),
    /// A company handed something in (or says so).
    Submitted(Box<Submission>),
    /// A known contact sent wishes or answers without a workbook.
    Supplemented(Box<Supplement>),
    /// A question for the secretariat.
    Asked {
        /// Who asks.
        from: Person,
        /// A file came with it, which is no form.
        file: bool,
    },
    /// Thanks and the like from a known contact.
    Thanked,
    /// The password of a file that came in another mail: that one is answered.
    Unlocked,
    /// A machine answered; never answered back.
    Machine,
    /// A delivery failed for good, and it names the letter.
    Bounced {
        /// The address that cannot be reached; `None` where it is one of our own people's, which is never marked.
        address: Option<String>,
    },
    /// Not the programme's: stays where it is.
    NotOurs,
    /// From the secretariat, an advisor or ourselves: for people.
    Staff,
    /// What a contact wrote through a mailing list: a person reads it, nobody is written to.
    Listed,
    /// A known contact takes the company out of the programme.
    Withdrew {
        /// Who wrote so.
        from: Person,
    },
    /// Something forbids an answer; a person looks.
    Hold(Held),
    /// A person's order.
    Ordered(Order),
}

/// A mail that is held back for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub why: Hold,
    /// The cases it may belong to.
    pub proposed: Vec<Number>,
    /// Which rung of the trust ladder is missing, for the journal; may be empty.
    pub lacks: String,
    /// Who hears, once, that a person will look: without a word of any case.
    pub tell: Option<Person>,
}

impl Held {
    /// Held, and nobody is told.
    pub fn silently(why: Hold) -> Held {
        Held { why, proposed: Vec::new(), lacks: String::new(), tell: None }
    }
}

/// Why a mail is held back. The digest says it in the words of `templates/ja/phrases.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// No `From`, or several.
    NoSender,
    /// An address nothing can be sent to.
    UnusableAddress,
    /// DMARC failed.
    Forged,
    /// It points at a case (our letter, a receipt number, the company's domain) from an address that is not the case's.
    OtherAddress,
    /// Its workbook names the company of a case that nothing else connects it with.
    SameCompany,
    /// Its sender is known in several cases, and nothing says which.
    SeveralCases,
    /// Someone else passes a company's form on: a bank, a regional office.
    Forwarded,
    /// It says that an address changes.
    AddressChange,
    /// It withdraws a company, and its sender is not sure enough.
    UnsureWithdrawal,
    /// The workbook names another company than the case the mail points at.
    OtherCompany,
    /// The workbooks of one mail name different companies.
    SeveralCompanies,
    /// It says that the file of another company was sent by mistake.
    MixedFile,
    /// Outlook takes back a mail that was sent before.
    Recalled,
    /// A calendar program answers an invitation.
    Calendar,
    /// The address got its most letters for one day.
    HadEnough,
    /// It is a letter of ours that came back.
    OwnLetter,
    /// It brings back our letter's words, and next to none of its own.
    Echo,
    /// It says what the same sender said a moment ago.
    NothingNew,
    /// The case got its most answers for one hour.
    CaseHadEnough,
    /// It names the form mailer as its sender, and the server could not confirm that.
    UnconfirmedNotice,
    /// The form mailer's notice could not be read.
    UnreadableNotice,
    /// It brings a workbook, and a machine seems to have sent it.
    MachineWithWorkbook,
    /// The letter could not be built.
    CannotBuild,
    /// An order that makes no sense.
    BadOrder,
}

impl Hold {
    /// All of them; a test holds the words against this list.
    pub const ALL: [Hold; 24] = [
        Hold::NoSender,
        Hold::UnusableAddress,
        Hold::Forged,
        Hold::OtherAddress,
        Hold::SameCompany,
        Hold::SeveralCases,
        Hold::Forwarded,
        Hold::AddressChange,
        Hold::UnsureWithdrawal,
        Hold::OtherCompany,
        Hold::SeveralCompanies,
        Hold::MixedFile,
        Hold::Recalled,
        Hold::Calendar,
        Hold::HadEnough,
        Hold::OwnLetter,
        Hold::Echo,
        Hold::NothingNew,
        Hold::CaseHadEnough,
        Hold::UnconfirmedNotice,
        Hold::UnreadableNotice,
        Hold::MachineWithWorkbook,
        Hold::CannotBuild,
        Hold::BadOrder,
    ];

    /// Stable name: the store's column, the key of its words.
    pub fn name(self) -> &'static str {
        match self {
            Hold::NoSender => "no-sender",
            Hold::UnusableAddress => "unusable-address",
            Hold::Forged => "forged",
            Hold::OtherAddress => "other-address",
            Hold::SameCompany => "same-company",
            Hold::SeveralCases => "several-cases",
            Hold::Forwarded => "forwarded",
            Hold::AddressChange => "address-change",
            Hold::UnsureWithdrawal => "unsure-withdrawal",
            Hold::OtherCompany => "other-company",
            Hold::SeveralCompanies => "several-companies",
            Hold::MixedFile => "mixed-file",
            Hold::Recalled => "recalled",
            Hold::Calendar => "calendar",
            Hold::HadEnough => "had-enough",
            Hold::OwnLetter => "own-letter",
            Hold::Echo => "echo",
            Hold::NothingNew => "nothing-new",
            Hold::CaseHadEnough => "case-had-enough",
            Hold::UnconfirmedNotice => "unconfirmed-notice",
            Hold::UnreadableNotice => "unreadable-notice",
            Hold::MachineWithWorkbook => "machine-with-workbook",
            Hold::CannotBuild => "cannot-build",
            Hold::BadOrder => "bad-order",
        }
    }
}

/// What people may order from the command line.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Give a complete case to an advisor.
    Assign {
        /// Advisor's id.
        advisor: String,
        /// The company's own files for the advisor: names and bytes.
        workbooks: Vec<(String, Vec<u8>)>,
    },
    /// Make an address known in a case.
    Admit {
        /// The address, with its name where one is known.
        contact: Person,
        /// Letters go to it from now on.
        instead: bool,
    },
    /// Undo a withdrawal.
    Reopen,
    /// The days and the method of a case are these, as a person has understood them.
    Wish(Wishes),
}

/// What a company handed in, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Who sent it, and where the answer goes.
    pub from: Person,
    /// SHA-256 of the raw mails it came in.
    pub mails: Vec<String>,
    /// The joined workbook.
    pub workbook: Option<Workbook>,
    /// Files that were meant and could not be read.
    pub refused: Vec<Refused>,
    /// Every finding, of the workbook and of the mail.
    pub findings: Vec<Finding>,
    /// The newest revision of the case before this one.
    pub before: Option<Revision>,
    /// No file came: the workbook is that of `before`, and the mail explains rows of it.
    pub explains: bool,
    /// Wishes.
    pub wishes: Wishes,
    /// Answers.
    pub answers: BTreeMap<String, String>,
    /// Region, when it can be told.
    pub region: Option<String>,
    /// The mail asks something besides: a person reads it too.
    pub asks_too: bool,
}

/// Wishes or answers without a workbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Supplement {
    /// Who sent it.
    pub from: Person,
    /// Region, when it can be told.
    pub region: Option<String>,
    /// Mail-level findings (doubtful dates).
    pub findings: Vec<Finding>,
    /// Wishes.
    pub wishes: Wishes,
    /// Answers.
    pub answers: BTreeMap<String, String>,
    /// The mail asks something besides: a person reads it too.
    pub asks_too: bool,
}

/// How a mail ended. Each kept mail has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A letter goes to the sender (or the applicant).
    Answered,
    /// Taken into the case, nothing to say.
    Recorded,
    /// For people: the digest names it.
    ToSecretariat,
    /// Held back: the digest names it and why.
    Held,
    /// Never answered (machines).
    Machine,
    /// Not the programme's: left in the inbox.
    NotOurs,
}

impl Outcome {
    /// Stable name for the store.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Answered => "answered",
            Outcome::Recorded => "recorded",
            Outcome::ToSecretariat => "to-secretariat",
            Outcome::Held => "held",
            Outcome::Machine => "machine",
            Outcome::NotOurs => "not-ours",
        }
    }
}

/// What is to become true. Nothing has happened yet.
#[must_use = "a decision does nothing until the store keeps it"]
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// How the mail ended.
    pub outcome: Outcome,
    /// The case as it shall stand, new or changed.
    pub case: Option<Case>,
    /// A new revision of the case.
    pub revision: Option<Revision>,
    /// Letters to write, each to one addressee.
    pub letters: Vec<Letter>,
    /// Lines for the case's journal (or the desk's own, without a case), English.
    pub journal: Vec<String>,
    /// An address that cannot be reached.
    pub dead_address: Option<String>,
    /// An address that is known in the case from now on.
    pub admitted: Option<Person>,
    /// Why the mail is held, and whose it may be.
    pub held: Option<Held>,
    /// What a person has to see in a mail that is answered all the same.
    pub remark: Option<Hold>,
}

impl Decision {
    /// Why a person has to look at the mail: the store's word.
    pub fn why(&self) -> Option<&'static str> {
        self.held.as_ref().map(|it| it.why).or(self.remark).map(Hold::name)
    }

    /// The mail names another contact besides what it brings: that is taken in, and a person decides about the contact.
    pub fn naming_contact(mut self) -> Decision {
        self.outcome = Outcome::ToSecretariat;
        self.remark = Some(Hold::AddressChange);
        self.journal.push("names another contact; nothing was changed, the secretariat is told".to_owned());
        self
    }
}
