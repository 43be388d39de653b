//! Which version of the form a book is: by its cells, then its properties, then the file's name.

use std::collections::BTreeSet;

use super::{
    book::{Book, Datum, Place, Sheet},
    header::Table,
    rows::{Survey, Tabled},
    screen::Signs,
    value::is_blank,
};
use crate::desk::{rules::Form, text};

/// A cell that names the version is a title or a label, not prose.
const MAX_CHARS: usize = 80;
/// Versions of forms have one digit before the point; 「Excel ver.16.0」 is something else.
const MAX_MAJOR: u32 = 9;
/// The longest label of a version, in bytes.
const MAX_LABEL: usize = 90;
/// The longest title of a form.
const MAX_TITLE: usize = 60;
/// Cells of one sheet that name a version and are looked at.
const MAX_HITS: usize = 500;
/// Versions that are kept of one sheet; a longer list tells nothing.
const MAX_LISTED: usize = 100;

/// A version found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    version: String,
    before: String,
    after: String,
}

/// How telling a cell is, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    /// The newest line of a list of changes.
    Listed,
    /// Nothing but the version.
    Alone,
    /// 「ver」 and the number in cells of their own.
    Labelled,
    /// Beside the form's title.
    Titled,
    /// In one cell with the form's name.
    Named,
}

/// A version that a cell names, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) version: String,
    pub(super) sheet: String,
    pub(super) place: Option<Place>,
    hidden: bool,
    telling: Telling,
}

/// The versions that a book names.
pub(super) struct Versions<'a> {
    cells: Vec<Named>,
    book: &'a Book,
    forms: &'a [Form],
    /// What the form is called, folded.
    names: Vec<String>,
}

impl<'a> Versions<'a> {
    pub(super) fn of(book: &'a Book, survey: &Survey, forms: &'a [Form]) -> Self {
        let names = NAMES.iter().map(|it| (*it).to_owned()).chain(forms.iter().map(|it| text::key(&it.title)));
        let mut versions = Self { cells: Vec::new(), book, forms, names: names.filter(|it| !it.is_empty()).collect() };
        for sheet in &book.sheets {
            let tables: Vec<&Table> = survey.tables.iter().filter(|it| it.is_on(sheet)).map(|it| &it.table).collect();
            versions.cells.extend(versions.in_sheet(sheet, &tables));
        }
        versions
    }

    /// The version, `2.3`. What is to be seen beats what is hidden, and cells beat all else. Where equally telling cells
    /// differ, those on the sheets that hold the answers count, and if they differ, too, none.
    pub(super) fn find(&self, name: &str, answering: &BTreeSet<String>) -> Option<String> {
        self.find_place(name, answering).map(|it| it.version)
    }

    /// [`Self::find`], with where it stands; a version of a property or of the file's name has no sheet.
    pub(super) fn find_place(&self, name: &str, answering: &BTreeSet<String>) -> Option<Named> {
        let best = |hidden: bool| {
            let of = || self.cells.iter().filter(move |it| it.hidden == hidden);
            let most = of().map(|it| it.telling).max()?;
            Some(of().filter(|it| it.telling == most).collect::<Vec<_>>())
        };
        let elsewhere = || {
            let found = self.book.properties.iter().find_map(|it| self.in_text(it)).or_else(|| self.in_name(name));
            let (sheet, place) = (String::new(), None);
            found.map(|version| Named { version, sheet, place, hidden: false, telling: Telling::Alone })
        };
        let Some(claims) = best(false).or_else(|| best(true)) else {
            return elsewhere();
        };
        let beside: Vec<&Named> = claims.iter().filter(|it| answering.contains(&it.sheet)).copied().collect();
        // what the book says outside its cells may settle it
        let said = || elsewhere().and_then(|said| claims.iter().copied().find(|it| it.version == said.version));
        agreed(&claims).or_else(|| agreed(&beside)).or_else(said).cloned()
    }

    /// The form's title: the first cell to be seen that is one of the catalogues' titles or calls itself a form.
    pub(super) fn title(&self) -> Option<String> {
        let short = |words: &str| (6..=MAX_TITLE).contains(&words.chars().count());
        let sheets = self.book.sheets.iter().filter(|it| !it.hidden);
        let mut titles = sheets.flat_map(|it| it.cells.values().take(100)).filter_map(|it| {
            let words = it.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let key = text::key(&words);
            (short(&words) && !key.ends_with('。') && (key.contains("フォーマット") || self.is_title(&key)))
                .then_some(words)
        });
        let title = titles.next()?;
        // 「…フォーマット ver2.3」: without the version
        let bare = hits(&title).into_iter().next().map(|it| it.before.trim().chars().count());
        Some(bare.map_or(title.clone(), |it| title.chars().take(it).collect()))
    }

    fn is_title(&self, key: &str) -> bool {
        self.forms.iter().any(|it| text::key(&it.title) == key)
    }

    fn in_text(&self, words: &str) -> Option<String> {
        let known = |hit: &Hit| self.names_form(&hit.before) || self.is_known(&hit.version);
        hits(words).into_iter().find(known).map(|it| it.version)
    }

    fn is_known(&self, version: &str) -> bool {
        self.forms.iter().any(|it| it.version == version)
    }

    fn names_form(&self, words: &str) -> bool {
        let words = text::key(words);
        self.names.iter().any(|it| words.contains(it.as_str()))
    }

    /// The version in a file's name, where it stands behind a word of the programme: 「診断ver2.2」「自己診断 2.2」.
    fn in_name(&self, name: &str) -> Option<String> {
        let programme =
            |hit: &Hit| self.names_form(&hit.before) || hit.before.contains("診断") || self.is_known(&hit.version);
        hits(name).into_iter().find(programme).map(|it| it.version).or_else(|| bare_in_name(name, self.forms))
    }

    /// The most telling versions of a sheet, outside the rows of answers: one, or several that contradict each other.
    fn in_sheet(&self, sheet: &Sheet, tables: &[&Table]) -> Vec<Named> {
        let mut found: Vec<Named> = Vec::new();
        let mut left = MAX_HITS;
        for (place, cell) in sheet.cells.with(Signs::VERSION).filter(|(_, it)| may_name(&it.text)) {
            let telling = by_label(sheet, *place)
                .map(|it| (Telling::Labelled, it))
                .or_else(|| self.in_cell(sheet, *place, &cell.text));
            left -= usize::from(telling.is_some());
            if left == 0 {
                break;
            }
            if let Some((telling, version)) = telling
                && found.iter().all(|it| it.telling <= telling)
                && !is_answer(sheet, tables, *place)
            {
                found.retain(|it| it.telling == telling);
                let (sheet, hidden) = (sheet.name.clone(), sheet.hidden);
                if found.iter().all(|it| it.version != version) && found.len() < MAX_LISTED {
                    found.push(Named { version, sheet, place: Some(*place), hidden, telling });
                }
            }
        }
        // a list of changes names every version; the newest is the book's own, unless another cell says it
        if found.len() > 1 && lists_changes(sheet) {
            let newest = found.into_iter().max_by_key(|it| order(&it.version));
            return newest.into_iter().map(|it| Named { telling: Telling::Listed, ..it }).collect();
        }
        found
    }

    /// 「自己診断フォーマットver2.3」, or a cell with nothing but 「ver2.3」, best beside the form's title.
    fn in_cell(&self, sheet: &Sheet, place: Place, words: &str) -> Option<(Telling, String)> {
        let mut found = hits(words);
        let hit = found.pop()?;
        // 「ver2.2からver2.3への変更点」 names no version of this book
        if !found.is_empty() || words.chars().count() > MAX_CHARS {
            return None;
        }
        let tells = |it: &str| it.chars().any(|it| it.is_alphanumeric() && it != '第');
        let talks_about = ["以前", "以降", "から", "より", "まで", "では", "は", "を", "と", "へ", "に", "旧"];
        if talks_about.iter().any(|it| hit.after.trim_start().starts_with(it)) || hit.before.contains('旧') {
            return None;
        }
        if self.names_form(&hit.before) || self.names_form(&hit.after) {
            return Some((Telling::Named, hit.version));
        }
        // 「ver2.3（2022年6月）」 says no more than the version and its date
        let dated = hit.after.trim_start().starts_with(['(', '[', '【']);
        if tells(&hit.before) || (tells(&hit.after) && !dated) {
            return None;
        }
        let (row, _) = place;
        let near = sheet.cells.range((row.saturating_sub(3), 0)..=(row.saturating_add(3), u32::MAX));
        let titled = near.take(200).any(|(_, cell)| cell.text.len() <= MAX_CHARS * 4 && self.names_form(&cell.text));
        Some((if titled { Telling::Titled } else { Telling::Alone }, hit.version))
    }
}

impl Tabled<'_> {
    fn is_on(&self, sheet: &Sheet) -> bool {
        std::ptr::eq(self.sheet, sheet)
    }
}

/// The one version that all name.
fn agreed<'a>(claims: &[&'a Named]) -> Option<&'a Named> {
    let first = claims.first()?;
    claims.iter().all(|it| it.version == first.version).then_some(*first)
}

fn order(version: &str) -> Vec<u32> {
    version.split('.').map(|it| it.parse().unwrap_or(0)).collect()
}

/// 「v」, 「バージョン」 or 「版」 is in every text that names a version.
pub(super) const LETTERS: [char; 8] = ['v', 'V', 'ｖ', 'Ｖ', 'バ', 'ハ', 'ﾊ', '版'];

/// Cheap first look.
pub(super) fn may_name(words: &str) -> bool {
    words.len() <= MAX_CHARS * 4 && words.contains(LETTERS)
}

/// A sheet called 改訂履歴 or titled so.
fn lists_changes(sheet: &Sheet) -> bool {
    let says = |words: &str| ["履歴", "変更点", "変更内容", "改版", "改訂"].iter().any(|it| words.contains(it));
    says(&sheet.name) || sheet.cells.values().take(200).any(|it| it.text.len() <= MAX_CHARS * 4 && says(&it.text))
}

/// A row of answers has a title or a kind; a line below the table, like one above it, may name the version.
fn is_answer(sheet: &Sheet, tables: &[&Table], (row, column): Place) -> bool {
    tables.iter().filter(|it| (it.first..it.end).contains(&row)).any(|Table { columns: it, .. }| {
        let title = it.title.map(|it| it.0);
        let mut telling = [it.kind, it.number, it.minor, title].into_iter().flatten();
        telling.any(|it| it != column && sheet.text((row, it)).is_some())
    })
}

/// 「フォーマット2.2」. A day like 8.10 looks much the same, so only what may be a version of a form that is known counts.
fn bare_in_name(name: &str, forms: &[Form]) -> Option<String> {
    let name = text::fold(name).to_lowercase();
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    NAMES.iter().chain(&["診断", "推進指標"]).flat_map(|it| name.match_indices(it)).find_map(|(at, word)| {
        let rest: Vec<char> = name.get(at.checked_add(word.len())?..)?.chars().take(20).collect();
        let gap = rest.iter().take_while(|it| is_blank(**it) || matches!(it, '_' | '-' | '(')).take(3).count();
        let rest = rest.get(gap..)?;
        let (version, length) = number(rest)?;
        let likely = length == 3
            && rest.get(1) == Some(&'.')
            && !rest.get(3).is_some_and(|it| matches!(it, '月' | '日'))
            && forms.iter().any(|it| major(&it.version) == major(&version));
        likely.then_some(version)
    })
}

/// `ver` | `2.3` in neighbouring cells.
fn by_label(sheet: &Sheet, (row, column): Place) -> Option<String> {
    let label = text::key(sheet.text((row, column)).filter(|it| it.len() <= MAX_LABEL)?);
    let label = label.trim_end_matches(|it: char| ".:".contains(it));
    let named = ["ver", "version", "バージョン", "版", "版数", "版番号"].contains(&label);
    let of_form = ["フォーマット", "様式", "format", "form", "シート"].iter().any(|it| label.starts_with(it));
    let of_form = of_form && ["ver", "version", "バージョン", "版"].iter().any(|it| label.ends_with(it));
    if !named && !of_form {
        return None;
    }
    let neighbours =
        [(row, column.saturating_add(1)), (row, column.saturating_add(2)), (row.saturating_add(1), column)];
    neighbours.into_iter().find_map(|it| {
        let cell = sheet.cells.get(&it)?;
        if !matches!(cell.datum, Datum::Text | Datum::Number(_)) {
            return None;
        }
        let words = text::key(&cell.text);
        let bare: Vec<char> = words.trim_start_matches(|it: char| !it.is_ascii_digit()).chars().collect();
        let (version, length) = number(&bare)?;
        (length == bare.len()).then_some(version)
    })
}

/// What the form is called.
const NAMES: [&str; 5] = ["フォーマット", "dx推進指標", "自己診断", "format", "dxpi"];

/// All versions named in a text, from left to right.
fn hits(words: &str) -> Vec<Hit> {
    let chars: Vec<char> = text::fold(words).to_lowercase().chars().filter(|it| *it != '\n').take(400).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = chars.get(at..).filter(|it| !it.is_empty()) {
        let before = chars.get(..at).unwrap_or_default();
        let may = rest.first().is_some_and(|it| matches!(it, 'v' | 'バ') || it.is_ascii_digit());
        if may && let Some((version, length)) = hit(before, rest) {
            let after = rest.get(length..).unwrap_or_default();
            found.push(Hit { version, before: before.iter().collect(), after: after.iter().collect() });
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

/// A version at the start of `rest`, and how many characters it takes.
fn hit(before: &[char], rest: &[char]) -> Option<(String, usize)> {
    if before.last().is_none_or(|it| !it.is_ascii_alphanumeric() && *it != '.')
        && let Some((version, length)) = number(rest)
        && rest.get(length) == Some(&'版')
    {
        return Some((version, length + 1));
    }
    let words = ["version", "バージョン", "ver", "v"];
    let word = words.into_iter().find(|it| it.chars().eq(rest.iter().take(it.chars().count()).copied()))?;
    // the v of a longer word is none
    if word.starts_with('v') && before.last().is_some_and(char::is_ascii_alphabetic) {
        return None;
    }
    let mut length = word.chars().count();
    let gap = rest.iter().skip(length).take_while(|it| is_blank(**it) || matches!(it, '.' | ':' | '_' | '-' | '('));
    length += gap.take(4).count();
    let (version, digits) = number(rest.get(length..)?)?;
    Some((version, length + digits))
}

/// `2.3` at the start, with its length. File names may say `2_3` or `2-3`.
fn number(chars: &[char]) -> Option<(String, usize)> {
    let digits = |from: usize| chars.iter().skip(from).take_while(|it| it.is_ascii_digit()).take(3).collect::<String>();
    let major = digits(0);
    let point = chars.get(major.len()).filter(|it| matches!(it, '.' | '_' | '-'))?;
    let minor = digits(major.len() + 1);
    let length = major.len() + 1 + minor.len();
    let (number, part): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    if number > MAX_MAJOR || minor.len() > 2 {
        return None;
    }
    // 「ver_2_20220810」 is a date, 「2.3.1」 is not 2.3
    let next = chars.get(length);
    let goes_on = next == Some(point) && chars.get(length + 1).is_some_and(char::is_ascii_digit);
    (!goes_on && !next.is_some_and(char::is_ascii_digit)).then(|| (format!("{number}.{part}"), length))
}
