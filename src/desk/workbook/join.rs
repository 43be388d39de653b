//! Several files of one mail make one form.

use super::{
    Indicator, IndicatorKind, Rival, Workbook,
    settle::{is_blank, is_silent, rival, same},
};
use crate::desk::text;

/// Joins the readable workbooks of one mail.
///
/// 定性 and 定量 may come in files of their own, and a blank form beside the filled one: files without any current
/// value are left out where another has some. Of two files that claim one number, the filled one wins; where both are
/// filled and differ, the number is a conflict.
pub fn join(mut books: Vec<Workbook>) -> Option<Workbook> {
    if books.iter().any(|it| filled(it) > 0) {
        books.retain(|it| filled(it) > 0);
    } else {
        books.truncate(1);
    }
    made_one(books, merge)
}

/// Joins the workbook of a later mail to that of an earlier one of the same sender.
///
/// What differs within one mail is a conflict; from one mail to the next the company has thought again. So the later book's
/// rows win with all that stands in them, of each kind (定性, 定量) in which it says anything. What it lacks, or leaves
/// blank as a whole, stays as it was: it may bring the other half only. A blank form takes nothing back.
pub fn renewed(earlier: Option<Workbook>, later: Option<Workbook>) -> Option<Workbook> {
    let (mut earlier, mut later) = match (earlier, later) {
        (Some(earlier), Some(later)) => (earlier, later),
        (earlier, later) => return later.or(earlier),
    };
    if filled(&later) == 0 {
        return Some(if filled(&earlier) > 0 { earlier } else { later });
    }
    let said = |kind: IndicatorKind| later.indicators.iter().any(|it| it.kind == kind && !is_blank(&it.current));
    let said = [IndicatorKind::Qualitative, IndicatorKind::Quantitative].map(|kind| (kind, said(kind)));
    // what the company does not see is not what it says
    let wins = |was: &Indicator, now: &Indicator| said.contains(&(now.kind, true)) && (was.hidden || !now.hidden);
    later.indicators.retain(|now| earlier.indicators.iter().all(|was| was.no != now.no || wins(was, now)));
    let new: Vec<String> = later.indicators.iter().map(|it| it.no.clone()).collect();
    if earlier.indicators.iter().all(|it| new.contains(&it.no)) {
        later.company = later.company.take().or(earlier.company);
        later.prefecture = later.prefecture.take().or(earlier.prefecture);
        return Some(later);
    }
    retain_conflicts(&mut earlier, |no| !new.contains(no));
    retain_conflicts(&mut later, |no| new.contains(no));
    let replace = |there: &mut Indicator, now: Indicator, _: &mut Vec<Rival>| {
        *there = now;
        false
    };
    made_one(vec![earlier, later], replace)
}

fn retain_conflicts(book: &mut Workbook, stays: impl Fn(&String) -> bool) {
    book.conflicts.retain(&stays);
    book.rivals.retain(|it| stays(&it.no));
}

/// `merge` puts a row to one of the same number that is there already, and tells whether the two differ.
fn made_one(
    books: Vec<Workbook>,
    merge: impl Fn(&mut Indicator, Indicator, &mut Vec<Rival>) -> bool,
) -> Option<Workbook> {
    let version = version(&books);
    let companies = companies(&books);
    let mut books = books.into_iter();
    let mut whole = books.next()?;
    for book in books {
        add(&mut whole, book, &merge);
    }
    whole.version = version;
    whole.companies = companies;
    // stable: each file's own order stays, and the form has its qualitative rows first
    whole.indicators.sort_by_key(|it| it.kind == IndicatorKind::Quantitative);
    let found: Vec<String> = whole.indicators.iter().map(|it| it.no.clone()).collect();
    whole.missing_rows.retain(|it| !found.contains(it));
    Some(whole)
}

fn filled(book: &Workbook) -> usize {
    book.answered().len()
}

impl Workbook {
    /// The numbers of the rows that have a current value.
    pub fn answered(&self) -> Vec<&str> {
        self.indicators.iter().filter(|it| !is_blank(&it.current)).map(|it| it.no.as_str()).collect()
    }
}

/// The oldest of the versions: a part on an old form makes the whole wrong.
fn version(books: &[Workbook]) -> Option<String> {
    let order = |it: &String| it.split('.').map(|it| it.parse().unwrap_or(u32::MAX)).collect::<Vec<u32>>();
    books.iter().filter_map(|it| it.version.clone()).min_by_key(order)
}

/// Every company that is named, once: two in one mail are for people to look at.
fn companies(books: &[Workbook]) -> Vec<String> {
    let key = |name: &str| Some(text::company_key(name)).filter(|it| !it.is_empty()).unwrap_or_else(|| text::key(name));
    let mut found: Vec<String> = Vec::new();
    // a book kept from before has its company only
    for name in books.iter().flat_map(|it| it.companies.iter().chain(&it.company)) {
        if !found.iter().any(|it| key(it) == key(name)) {
            found.push(name.clone());
        }
    }
    found
}

fn add(whole: &mut Workbook, book: Workbook, merge: impl Fn(&mut Indicator, Indicator, &mut Vec<Rival>) -> bool) {
    if whole.name != book.name {
        whole.name = format!("{}、{}", whole.name, book.name);
    }
    whole.company = whole.company.take().or(book.company);
    whole.prefecture = whole.prefecture.take().or(book.prefecture);
    whole.macros |= book.macros;
    let known: Vec<String> = whole.unknown_rows.iter().map(|it| it.title.clone()).collect();
    whole.unknown_rows.extend(book.unknown_rows.into_iter().filter(|it| !known.contains(&it.title)));
    whole.rivals.extend(book.rivals);
    whole.drafts.extend(book.drafts);
    for no in book.conflicts {
        mark(whole, no);
    }
    let mut before: Option<String> = None;
    for indicator in book.indicators {
        let no = indicator.no.clone();
        match whole.indicators.iter_mut().find(|it| it.no == no) {
            Some(there) => merge(there, indicator, &mut whole.rivals).then(|| mark(whole, no.clone())),
            None => {
                // keeps the catalogue's order: behind the row that stands before it in its own file
                let behind = before.and_then(|before| whole.indicators.iter().position(|it| it.no == before));
                whole.indicators.insert(behind.map_or(0, |it| it + 1), indicator);
                None
            }
        };
        before = Some(no);
    }
}

/// Whether the two differ.
fn merge(there: &mut Indicator, other: Indicator, rivals: &mut Vec<Rival>) -> bool {
    // what the company does not see is not what it says
    if there.hidden != other.hidden {
        if there.hidden {
            *there = other;
        }
        return false;
    }
    if is_silent(&other.current) {
        if is_blank(&there.current) && !is_blank(&other.current) {
            *there = other;
        }
        return false;
    }
    if is_silent(&there.current) {
        let before = std::mem::replace(there, other);
        keep_target(there, before);
        return false;
    }
    if same(&there.current, &other.current) {
        keep_target(there, other);
        return false;
    }
    for it in [rival(there), rival(&other)] {
        if !rivals.contains(&it) {
            rivals.push(it);
        }
    }
    true
}

/// A target that only the other file has. Its cell is told only where both are in one file.
fn keep_target(there: &mut Indicator, other: Indicator) {
    if is_blank(&there.target) && !is_blank(&other.target) {
        there.target = other.target;
        there.target_cell = other.target_cell.filter(|_| there.file == other.file && there.sheet == other.sheet);
    }
}

fn mark(whole: &mut Workbook, no: String) {
    if !whole.conflicts.contains(&no) {
        whole.conflicts.push(no);
    }
}
