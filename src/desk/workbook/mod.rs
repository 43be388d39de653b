//! Bytes → the form's rows. The only folder that knows spreadsheets.

//!
//! In reading order: `kind` (what the bytes are, by `magic` and `compound`), `locked` (passwords), `package` (an archive's
//! parts, within bounds), `xlsx` and `legacy` (cells as they are shown, by `format` and `moment`, into the `cells` of a
//! `book`, after a first look of `screen`), `roles`
//! (what a header cell says), `header` (which columns), `matching` (which row is which indicator), `value` (what a cell
//! means), `rows` (what each row says), `sightings` (rows that are there, read or not), `settle` (which of them counts),
//! `version`, `profile` (company), `join` (several files); `probe` holds a form against the catalogues, and `mark` gives a
//! book back with its cells marked.

mod book;
mod cells;
mod compound;
mod format;
mod header;
mod join;
mod kind;
mod legacy;
mod locked;
mod magic;
pub mod mark;
mod matching;
mod moment;
mod package;
pub mod probe;
mod profile;
mod roles;
mod rows;
mod screen;
mod settle;
mod sightings;
mod value;
mod version;
mod xlsx;

#[cfg(test)]
pub(crate) mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use super::{
    reading::Unreadable,
    rules::{Bounds, Rules},
};

pub use join::{join, renewed};
pub(in crate::desk) use package::is_crowded;
pub(in crate::desk) use value::{declines, says_nothing};

use kind::Content;
use package::Package;
use screen::Screen;
use sightings::Titles;

/// Reads a filled form out of a file's bytes; the name is for display and the last resort for the version. The
/// passwords are tried on a protected workbook and kept nowhere.
///
/// Pure and bounded: every bound that is hit is an [`Unreadable`], and so is a panic of the libraries beneath
/// (memory that cannot be had is not: the caller reads strangers' files in a process that may die).
/// A book of 400 KB, most of it pictures, takes about a millisecond in an optimised build.
///
/// # Errors
/// Why the file is not the form; each reason has an answer of its own.
pub fn read(name: &str, bytes: &[u8], rules: &Rules, passwords: &[String]) -> Result<Workbook, Unreadable> {
    inspect(name, bytes, rules, passwords).form
}

/// What a file is, and the form in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspected {
    /// What the file is, in a few words.
    pub kind: String,
    /// Sheets and cells, where it is a workbook that could be opened.
    pub size: Option<(usize, usize)>,
    /// The form, or why it is none.
    pub form: Result<Workbook, Unreadable>,
}

/// Does what [`read`] does, and says what the file is.
pub fn inspect(name: &str, bytes: &[u8], rules: &Rules, passwords: &[String]) -> Inspected {
    let mut kind = kind::UNKNOWN;
    let mut size = None;
    let form = catch_unwind(AssertUnwindSafe(|| {
        let titles = Titles::of(&rules.forms);
        let book = open(name, bytes, rules, &titles, passwords, &mut kind)?;
        size = Some((book.sheets.len(), book.sheets.iter().map(|it| it.cells.len()).sum()));
        rows::understand(name, &book, &rules.forms, &titles)
    }));
    Inspected { kind: kind.to_owned(), size, form: form.unwrap_or(Err(Unreadable::Damaged)) }
}

/// What a file is, in a few words. Opens nothing.
pub fn kind_of(name: &str, bytes: &[u8]) -> &'static str {
    catch_unwind(|| kind::of(name, bytes).label).unwrap_or(kind::UNKNOWN)
}

/// Whether reading a file is bounded by us at every step. Other formats are bounded by the reader child's limits alone.
pub fn is_bounded(name: &str, bytes: &[u8]) -> bool {
    let kind = catch_unwind(|| kind::of(name, bytes).content);
    kind.is_ok_and(|it| matches!(it, Content::Xlsx | Content::Refused(_)))
}

/// Whether a workbook is under a password.
pub fn is_protected(bytes: &[u8]) -> bool {
    catch_unwind(|| kind::of("", bytes).content == Content::Protected).unwrap_or(false)
}

/// A protected workbook without its password, and the one of these that fits.
///
/// # Errors
/// `Encrypted` where none fits.
pub fn without_password(bytes: &[u8], passwords: &[String], bounds: &Bounds) -> Result<(Vec<u8>, String), Unreadable> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bounds.workbook_bytes {
        return Err(Unreadable::TooLarge);
    }
    let opened = catch_unwind(AssertUnwindSafe(|| locked::open(bytes, passwords, bounds)));
    opened.unwrap_or(Err(Unreadable::Damaged)).map(|(bytes, password)| (bytes, password.to_owned()))
}

/// The workbook without its password, where one of these fits; else as it is.
pub fn unlocked_bytes(bytes: Vec<u8>, passwords: &[String], bounds: &Bounds) -> Vec<u8> {
    if !is_protected(&bytes) {
        return bytes;
    }
    without_password(&bytes, passwords, bounds).map_or(bytes, |(opened, _)| opened)
}

fn open(
    name: &str,
    bytes: &[u8],
    rules: &Rules,
    titles: &Titles,
    passwords: &[String],
    label: &mut &'static str,
) -> Result<book::Book, Unreadable> {
    let bounds = &rules.bounds;
    let found = kind::of(name, bytes);
    *label = found.label;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bounds.workbook_bytes {
        return Err(Unreadable::TooLarge);
    }
    if found.content == Content::Protected {
        let (opened, _) = locked::open(bytes, passwords, bounds)?;
        return unlocked(kind::of(name, &opened).content, &opened, rules, titles);
    }
    unlocked(found.content, bytes, rules, titles)
}

fn unlocked(content: Content, bytes: &[u8], rules: &Rules, titles: &Titles) -> Result<book::Book, Unreadable> {
    match content {
        Content::Xlsx => xlsx::open(bytes, &rules.bounds, &Screen::of(titles)),
        Content::Xls => legacy::xls(bytes, &rules.bounds),
        Content::Xlsb => {
            Package::open(bytes, &rules.bounds)?;
            legacy::xlsb(bytes, &rules.bounds)
        }
        Content::Ods => {
            Package::open(bytes, &rules.bounds)?;
            legacy::ods(bytes, &rules.bounds)
        }
        Content::Protected => Err(Unreadable::Encrypted), // once more inside: no program does that
        Content::Refused(why) => Err(why),
    }
}

/// Most lines and characters of a book that are read as text.
const MOST_LINES: usize = 500;
const MOST_CHARS: usize = 60_000;

/// A book's cells as text, a row a line, cells set off by tabs: a questionnaire may come as a workbook. Bounded as [`read`].
pub fn words(name: &str, bytes: &[u8], rules: &Rules) -> Option<String> {
    let mut kind = kind::UNKNOWN;
    let titles = Titles::of(&rules.forms);
    let book = catch_unwind(AssertUnwindSafe(|| open(name, bytes, rules, &titles, &[], &mut kind))).ok()?.ok()?;
    let mut words = String::new();
    let mut last = None;
    let cells = book.sheets.iter().enumerate().filter(|(_, it)| !it.hidden);
    let cells = cells.flat_map(|(sheet, it)| it.cells.range(..).map(move |((row, _), cell)| ((sheet, *row), cell)));
    let mut lines = 0;
    for (line, cell) in cells.filter(|(_, it)| !it.text.trim().is_empty()) {
        if last == Some(line) {
            words.push('\t');
        } else if last.is_some() {
            words.push('\n');
            lines += 1;
        }
        if lines >= MOST_LINES || words.len() >= MOST_CHARS {
            break;
        }
        last = Some(line);
        words.push_str(&cell.text.replace('\n', " "));
    }
    Some(words)
}

/// Holds a file against the catalogues, bounded as [`read`] is.
///
/// # Errors
/// Why the file is no form.
pub fn probe(name: &str, bytes: &[u8], rules: &Rules) -> Result<probe::Probe, Unreadable> {
    let mut kind = kind::UNKNOWN;
    catch_unwind(AssertUnwindSafe(|| {
        let titles = Titles::of(&rules.forms);
        let book = open(name, bytes, rules, &titles, &[], &mut kind)?;
        probe::probe(name, &book, &rules.forms, &titles)
    }))
    .unwrap_or(Err(Unreadable::Damaged))
}

/// The form as a company filled it, found by number, title and header, never by fixed cells.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Workbook {
    /// The file's display name; several files are joined with 「、」.
    pub name: String,
    /// `2.3`, when found in cells, properties or the file name, in that order.
    pub version: Option<String>,
    /// 企業名.
    pub company: Option<String>,
    /// Every company named in the files that were joined; more than one is for people to look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<String>,
    /// 所在地（都道府県）, as written.
    pub prefecture: Option<String>,
    /// The rows that are in the catalogue, in its order.
    pub indicators: Vec<Indicator>,
    /// Rows that look like indicators and are not in the catalogue: (sheet, cell, title).
    pub unknown_rows: Vec<UnknownRow>,
    /// Catalogue numbers no row was found for.
    pub missing_rows: Vec<String>,
    /// Numbers for which two rows claim different current values: never picked silently.
    #[serde(default)]
    pub conflicts: Vec<String>,
    /// For each number in `conflicts`, every place that claims it, so that people can look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<Rival>,
    /// Hidden sheets that hold the form with other values than the one to be seen: never taken, named for people to look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drafts: Vec<String>,
    /// The file carries macros, which are never run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub macros: bool,
}

/// One of several places that claim the same indicator with different current values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// The catalogue's number.
    pub no: String,
    /// File.
    pub file: String,
    /// Sheet.
    pub sheet: String,
    /// Cell of the current value.
    pub cell: String,
    /// What stands there.
    pub raw: String,
}

/// One row of the form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// `4-2` or `K1`: the catalogue's number.
    pub no: String,
    /// The catalogue's title.
    pub title: String,
    /// Whether it takes a level or the company's own unit.
    pub kind: IndicatorKind,
    /// The file it was found in.
    pub file: String,
    /// Sheet.
    pub sheet: String,
    /// Cell of the current value, `J14`.
    pub cell: String,
    /// 現在.
    pub current: Written,
    /// Cell of the target, where the form has such a column.
    pub target_cell: Option<String>,
    /// 目標.
    pub target: Written,
    /// 根拠・エビデンス, 算出方法.
    pub evidence: Option<String>,
    /// アクション.
    pub action: Option<String>,
    /// It stands in a hidden row or on a hidden sheet, and nowhere else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

/// 定性 or 定量.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndicatorKind {
    /// 定性指標: a level 0–5.
    Qualitative,
    /// 定量指標: the company's own unit.
    Quantitative,
}

/// What stands in a cell, and what it means.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Written {
    /// As the cell shows it (`3`, `25%`, `8:2`, a lone space); `None` for an empty cell.
    pub raw: Option<String>,
    /// The usable value; `None` where nothing usable is written.
    pub value: Option<Value>,
    /// Why it is not usable, where it is not simply blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// A usable value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A maturity level, 0–5.
    Level(u8),
    /// A quantitative answer, in the company's words.
    Text(String),
}

/// Why a written value is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Blanks only.
    Blank,
    /// 2.5, 6, -1, 「2～3」: a number, not a level.
    NotALevel,
    /// Words where a level is wanted.
    NotANumber,
    /// 「該当なし」「なし」「不明」「未定」「-」 in a quantitative row.
    NoValueWord,
    /// A formula whose result was not stored.
    NoCachedValue,
    /// `#REF!`, `#DIV/0!` …
    ErrorCell,
}

/// A row that looks like an indicator and is not in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownRow {
    /// Sheet.
    pub sheet: String,
    /// Cell of the current value.
    pub cell: String,
    /// Its number and title as written.
    pub title: String,
    /// What stands as its current value.
    pub current: Option<String>,
}
