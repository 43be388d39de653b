//! Which version of the form a book is: by its cells, then its properties, then the file's name.

use super::{
    book::{Book, Datum, Place, Sheet},
    header::Table,
    value::is_blank,
};
use crate::desk::{rules::Form, text};

/// A cell that names the version is a title or a label, not prose.
const MAX_CHARS: usize = 80;
/// Versions of forms have one digit before the point; 「Excel ver.16.0」 is something else.
const MAX_MAJOR: u32 = 9;

/// A version found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    version: String,
    before: String,
    after: String,
}

/// The version, `2.3`. What is to be seen beats what is hidden, and cells beat all else.
pub(super) fn find(book: &Book, tables: &[(&Sheet, Table)], name: &str, forms: &[Form]) -> Option<String> {
    let in_sheets = |hidden: bool| {
        let sheets = book.sheets.iter().filter(|it| it.hidden == hidden);
        let mut found: Vec<(u8, String)> = sheets.filter_map(|it| in_sheet(it, tables)).collect();
        // stable: the first sheet of the most telling ones
        found.sort_by_key(|it| std::cmp::Reverse(it.0));
        found.into_iter().next().map(|it| it.1)
    };
    let known = |hit: &Hit| names_form(&hit.before) || forms.iter().any(|it| it.version == hit.version);
    let in_text = |words: &str| hits(words).into_iter().find(known).map(|it| it.version);
    in_sheets(false)
        .or_else(|| in_sheets(true))
        .or_else(|| book.properties.iter().find_map(|it| in_text(it)))
        .or_else(|| in_name(name, forms))
}

/// The version in a file's name, where it stands behind a word of the programme: 「診断ver2.2」「自己診断 2.2」.
fn in_name(name: &str, forms: &[Form]) -> Option<String> {
    let programme = |hit: &Hit| {
        names_form(&hit.before) || hit.before.contains("診断") || forms.iter().any(|it| it.version == hit.version)
    };
    hits(name).into_iter().find(programme).map(|it| it.version).or_else(|| bare_in_name(name, forms))
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

/// The most telling version of a sheet, outside the rows of answers.
fn in_sheet(sheet: &Sheet, tables: &[(&Sheet, Table)]) -> Option<(u8, String)> {
    // a row of answers has a title or a kind; a line below the table, like one above it, may name the version
    let is_answer = |(row, column): Place| {
        let mut tables = tables.iter().filter(|(it, _)| it.name == sheet.name);
        let table = tables.find(|(_, it)| (it.first..it.end).contains(&row));
        table.is_some_and(|(_, Table { columns: it, .. })| {
            let title = it.title.map(|it| it.0);
            let mut telling = [it.kind, it.number, it.minor, title].into_iter().flatten();
            telling.any(|it| it != column && sheet.text((row, it)).is_some())
        })
    };
    let mut best: Option<(u8, String)> = None;
    for (place, cell) in sheet.cells.iter().filter(|(_, it)| it.text.len() <= MAX_CHARS * 4) {
        let found = by_label(sheet, *place).map(|it| (3, it)).or_else(|| in_cell(sheet, *place, &cell.text));
        if let Some((score, version)) = found
            && best.as_ref().is_none_or(|it| it.0 < score)
            && !is_answer(*place)
        {
            best = Some((score, version));
        }
    }
    best
}

/// 「自己診断フォーマットver2.3」, or a cell with nothing but 「ver2.3」, best beside the form's title.
fn in_cell(sheet: &Sheet, place: Place, words: &str) -> Option<(u8, String)> {
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
    if names_form(&hit.before) || names_form(&hit.after) {
        return Some((4, hit.version));
    }
    // 「ver2.3（2022年6月）」 says no more than the version and its date
    let dated = hit.after.trim_start().starts_with(['(', '[', '【']);
    if tells(&hit.before) || (tells(&hit.after) && !dated) {
        return None;
    }
    let (row, _) = place;
    let near = sheet.cells.range((row.saturating_sub(3), 0)..=(row.saturating_add(3), u32::MAX));
    let titled = near.take(200).any(|(_, cell)| cell.text.len() <= MAX_CHARS * 4 && names_form(&text::key(&cell.text)));
    Some((if titled { 4 } else { 2 }, hit.version))
}

/// `ver` | `2.3` in neighbouring cells.
fn by_label(sheet: &Sheet, (row, column): Place) -> Option<String> {
    let label = text::key(sheet.text((row, column))?);
    let label = label.trim_end_matches(|it: char| ".:".contains(it));
    if !["ver", "version", "バージョン", "版", "版数", "フォーマットバージョン", "formatversion"].contains(&label)
    {
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

fn names_form(words: &str) -> bool {
    let words = text::key(words);
    NAMES.iter().any(|it| words.contains(it))
}

/// All versions named in a text, from left to right.
fn hits(words: &str) -> Vec<Hit> {
    let chars: Vec<char> = text::fold(words).to_lowercase().chars().filter(|it| *it != '\n').take(400).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = chars.get(at..).filter(|it| !it.is_empty()) {
        let before = chars.get(..at).unwrap_or_default();
        if let Some((version, length)) = hit(before, rest) {
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
