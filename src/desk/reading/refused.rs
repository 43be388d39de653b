//! Files that are not read, and why.

use serde::{Deserialize, Serialize};

/// A file that could not be read as the form, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The file's name as the sender gave it, cleaned for display.
    pub file: String,
    /// Why it could not be read.
    pub why: Unreadable,
}

/// Why a file is not read. Each is a finding with an answer of its own, never an error of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unreadable {
    /// A workbook protected by a password (ECMA-376 `EncryptedPackage`, or an .xls with FILEPASS).
    Encrypted,
    /// An archive whose entries are encrypted.
    EncryptedArchive,
    /// A spreadsheet in a format that cannot be read: Excel before 97, SpreadsheetML 2003, a web page called .xls.
    OldFormat,
    /// Apple Numbers.
    Numbers,
    /// Values separated by commas or tabs: the form's sheets are lost in it.
    Csv,
    /// A link to a file somewhere else, which is never followed.
    CloudLink,
    /// A PDF.
    Pdf,
    /// A picture or a scan.
    Picture,
    /// A word processor's document.
    Document,
    /// `winmail.dat` (TNEF).
    Tnef,
    /// A shortcut to a file on the sender's own computer.
    Shortcut,
    /// An archive that is not opened: LZH, 7z, RAR.
    Archive,
    /// The small file that Excel or LibreOffice lays beside an open workbook.
    LockFile,
    /// Looks like a workbook, but is cut off or broken.
    Damaged,
    /// Zero bytes.
    Empty,
    /// More bytes than are read.
    TooLarge,
    /// More files in an archive than are opened, or archives nested too deep.
    TooManyEntries,
    /// It inflates to more bytes, in one part or in all, or more steeply, than any workbook does.
    InflatesTooFar,
    /// XML nested deeper than any workbook's.
    TooDeep,
    /// More shared strings or cell formats than are read.
    TooManyStrings,
    /// More cells than are read.
    TooManyCells,
    /// Reading took too long or too much memory: the reader died on it.
    TooMuchWork,
    /// A readable workbook that is not the form: none of its rows is in the catalogue.
    NotTheForm,
    /// Anything else.
    Other,
}

impl Unreadable {
    /// All of them; a test holds the words against this list.
    pub const ALL: [Unreadable; 24] = [
        Unreadable::Encrypted,
        Unreadable::EncryptedArchive,
        Unreadable::OldFormat,
        Unreadable::Numbers,
        Unreadable::Csv,
        Unreadable::CloudLink,
        Unreadable::Pdf,
        Unreadable::Picture,
        Unreadable::Document,
        Unreadable::Tnef,
        Unreadable::Shortcut,
        Unreadable::Archive,
        Unreadable::LockFile,
        Unreadable::Damaged,
        Unreadable::Empty,
        Unreadable::TooLarge,
        Unreadable::TooManyEntries,
        Unreadable::InflatesTooFar,
        Unreadable::TooDeep,
        Unreadable::TooManyStrings,
        Unreadable::TooManyCells,
        Unreadable::TooMuchWork,
        Unreadable::NotTheForm,
        Unreadable::Other,
    ];

    /// Stable name: the key of its words in `templates/ja/phrases.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Unreadable::Encrypted => "encrypted",
            Unreadable::EncryptedArchive => "encrypted-archive",
            Unreadable::OldFormat => "old-format",
            Unreadable::Numbers => "numbers",
            Unreadable::Csv => "csv",
            Unreadable::CloudLink => "cloud-link",
            Unreadable::Pdf => "pdf",
            Unreadable::Picture => "picture",
            Unreadable::Document => "document",
            Unreadable::Tnef => "tnef",
            Unreadable::Shortcut => "shortcut",
            Unreadable::Archive => "archive",
            Unreadable::LockFile => "lock-file",
            Unreadable::Damaged => "damaged",
            Unreadable::Empty => "empty",
            Unreadable::TooLarge => "too-large",
            Unreadable::TooManyEntries => "too-many-entries",
            Unreadable::InflatesTooFar => "inflates-too-far",
            Unreadable::TooDeep => "too-deep",
            Unreadable::TooManyStrings => "too-many-strings",
            Unreadable::TooManyCells => "too-many-cells",
            Unreadable::TooMuchWork => "too-much-work",
            Unreadable::NotTheForm => "not-the-form",
            Unreadable::Other => "other",
        }
    }

    /// Whether such a file beside a readable form may hold another part of it.
    pub fn may_hide_a_form(self) -> bool {
        matches!(
            self,
            Unreadable::Encrypted
                | Unreadable::EncryptedArchive
                | Unreadable::OldFormat
                | Unreadable::Tnef
                | Unreadable::Numbers
                | Unreadable::CloudLink
                | Unreadable::Archive
                | Unreadable::Damaged
        ) || self.is_bound()
    }

    /// Whether a password is wanted.
    pub fn is_lock(self) -> bool {
        matches!(self, Unreadable::Encrypted | Unreadable::EncryptedArchive)
    }

    /// Whether a bound was hit: told as `file-refused`, with the bound.
    pub fn is_bound(self) -> bool {
        matches!(
            self,
            Unreadable::TooLarge
                | Unreadable::TooManyEntries
                | Unreadable::InflatesTooFar
                | Unreadable::TooDeep
                | Unreadable::TooManyStrings
                | Unreadable::TooManyCells
                | Unreadable::TooMuchWork
        )
    }

    /// Whether such a file was probably meant to be the form.
    pub fn was_meant(self) -> bool {
        self.may_hide_a_form()
            || matches!(
                self,
                Unreadable::Pdf
                    | Unreadable::Document
                    | Unreadable::Csv
                    | Unreadable::Shortcut
                    | Unreadable::LockFile
                    | Unreadable::Empty
                    | Unreadable::NotTheForm
            )
    }
}
