//! Which row is which indicator: by number and title together, since two rows are titled 体制.

use std::collections::HashMap;

use super::{
    IndicatorKind,
    book::{Cell, Datum},
    moment::month_day,
};
use crate::desk::{
    rules::{Form, FormRow},
    text,
};

/// How alike a title must be where the number already fits, from 0 to 1. 「体勢」 for 体制 is a half.
const NEAR_WITH_NUMBER: f64 = 0.5;
/// How alike a title must be where nothing else speaks for the row.
const NEAR_ALONE: f64 = 0.8;
/// How much more alike than any other title it must be then.
const NEAR_MARGIN: f64 = 0.05;
/// Rows whose titles are compared like that, in a book; more come from no form.
const MAX_NEAR: u32 = 500;
/// Titles longer than this are compared for equality only.
const MAX_TITLE: usize = 60;

/// A form, prepared for comparing.
pub(super) struct Catalogue {
    rows: Vec<Known>,
    /// The rows by title and by number, in the form's order.
    titled: HashMap<String, Vec<usize>>,
    numbered: HashMap<String, Vec<usize>>,
    /// Searches for a near title that are left: they are dear, and a sheet may have half a million rows.
    near: std::cell::Cell<u32>,
}

struct Known {
    number: String,
    titles: Vec<String>,
    kind: IndicatorKind,
    block: String,
    category: String,
}

/// What a row says about itself.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Readings of the number cell: a date may be 4-1 or 1-4.
    pub(super) numbers: Vec<String>,
    /// A plain running number.
    pub(super) running: Option<usize>,
    /// Titles, folded by [`canon`].
    pub(super) titles: Vec<String>,
    pub(super) kind: Option<IndicatorKind>,
    pub(super) block: String,
    pub(super) category: String,
}

/// How sure a match is; more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sureness {
    /// Like a title, or a number without any title.
    Near,
    /// The title alone, and no other row could be meant.
    Title,
    /// Number and a title that is near.
    NumberAndNear,
    /// Number and title.
    Both,
}

impl Catalogue {
    pub(super) fn of(form: &Form) -> Self {
        let rows: Vec<Known> = form.rows.iter().map(Known::of).collect();
        let (mut titled, mut numbered) = (HashMap::new(), HashMap::new());
        for (at, it) in rows.iter().enumerate() {
            for title in &it.titles {
                titled.entry(title.clone()).or_insert_with(Vec::new).push(at);
            }
            numbered.entry(it.number.clone()).or_insert_with(Vec::new).push(at);
        }
        Self { rows, titled, numbered, near: std::cell::Cell::new(MAX_NEAR) }
    }

    /// The rows under some keys that are of the row's kind, in the form's order.
    fn named<'a>(
        &'a self,
        map: &HashMap<String, Vec<usize>>,
        keys: &[String],
        kind: Option<IndicatorKind>,
    ) -> Vec<(usize, &'a Known)> {
        let mut found: Vec<usize> = keys.iter().filter_map(|it| map.get(it)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        let known = found.into_iter().filter_map(|at| Some((at, self.rows.get(at)?)));
        known.filter(|(_, it)| kind.is_none_or(|kind| kind == it.kind)).collect()
    }

    /// The index in the form of the row that is meant; `before` is the index of the row matched last.
    pub(super) fn find(&self, facts: &Facts, before: Option<usize>) -> Option<(usize, Sureness)> {
        let titled: Vec<usize> =
            self.named(&self.titled, &facts.titles, facts.kind).into_iter().map(|it| it.0).collect();
        let numbered = self.named(&self.numbered, &facts.numbers, facts.kind);
        if let Some((at, _)) = numbered.iter().find(|(at, _)| titled.contains(at)) {
            return Some((*at, Sureness::Both));
        }
        if !numbered.is_empty() {
            // the number of one row and the title of another: nobody can say which is meant
            if !titled.is_empty() {
                return None;
            }
            return numbered.iter().find_map(|(at, it)| Some((*at, it.near_by_number(facts)?)));
        }
        match titled.as_slice() {
            [] if self.near.get() == 0 => None,
            [] => self.near_alone(facts).map(|at| (at, Sureness::Near)),
            [only] => Some((*only, Sureness::Title)),
            several => self.tell_apart(several, facts, before).map(|at| (at, Sureness::Title)),
        }
    }

    /// One of several rows with the same title, by category, block, running number or the row before.
    fn tell_apart(&self, several: &[usize], facts: &Facts, before: Option<usize>) -> Option<usize> {
        let only = |test: &dyn Fn(usize, &Known) -> bool| {
            let mut found = several.iter().filter(|at| self.rows.get(**at).is_some_and(|it| test(**at, it)));
            found.next().filter(|_| found.next().is_none()).copied()
        };
        only(&|_, it| !facts.category.is_empty() && it.category == facts.category)
            .or_else(|| only(&|_, it| !facts.block.is_empty() && it.block == facts.block))
            .or_else(|| only(&|at, _| facts.running == Some(at + 1)))
            .or_else(|| only(&|at, _| before.is_some_and(|before| before + 1 == at)))
    }

    /// The one row whose title is much like the row's, where it has no number.
    fn near_alone(&self, facts: &Facts) -> Option<usize> {
        self.near.set(self.near.get().saturating_sub(1));
        let fits = self.rows.iter().enumerate().filter(|(_, it)| facts.kind.is_none_or(|kind| kind == it.kind));
        let mut scored: Vec<(f64, usize)> = fits
            .map(|(at, it)| {
                let pairs = facts.titles.iter().flat_map(|title| it.titles.iter().map(move |known| (title, known)));
                let scores = pairs.filter(|(title, known)| may_be_near(title, known)).map(|it| alike(it.0, it.1));
                (scores.fold(0.0, f64::max), at)
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (best, at) = *scored.first()?;
        let next = scored.get(1).map_or(0.0, |it| it.0);
        (best >= NEAR_ALONE && best - next >= NEAR_MARGIN).then_some(at)
    }
}

impl Known {
    fn of(row: &FormRow) -> Self {
        Self {
            number: number_in_text(&row.no).unwrap_or_else(|| text::key(&row.no)),
            titles: std::iter::once(&row.title).chain(&row.also).map(|it| canon(it)).collect(),
            kind: row.kind,
            block: canon(&row.block),
            category: canon(&row.category),
        }
    }

    /// The number fits; does the title, nearly? A row whose title is blank is taken by its number.
    fn near_by_number(&self, facts: &Facts) -> Option<Sureness> {
        if facts.titles.is_empty() {
            return Some(Sureness::Near);
        }
        let near = facts.titles.iter().any(|title| {
            self.titles.iter().any(|known| {
                (title.chars().count() >= 2 && (known.contains(title.as_str()) || title.contains(known.as_str())))
                    || alike(title, known) >= NEAR_WITH_NUMBER
            })
        });
        near.then_some(Sureness::NumberAndNear)
    }
}

/// Whether the lengths allow a title to be so near that it counts, or that it makes another doubtful.
fn may_be_near(title: &str, known: &str) -> bool {
    let (one, other) = (title.chars().take(MAX_TITLE + 1).count(), known.chars().count());
    one.min(other) * 4 >= one.max(other) * 3
}

fn alike(title: &str, known: &str) -> f64 {
    if title.chars().count() > MAX_TITLE { 0.0 } else { strsim::normalized_levenshtein(title, known) }
}

/// Letters and digits only, folded: titles differ in brackets, dots and spaces.
pub(super) fn canon(title: &str) -> String {
    let mut key = text::key(title);
    key.retain(text::is_letter);
    key
}

/// The readings of a number cell. 「4-1」 in an unformatted cell has become 1 April, or 4 January.
pub(super) fn numbers(cell: &Cell) -> Vec<String> {
    if let Some((month, day)) = month_day(cell) {
        return vec![format!("{month}-{day}"), format!("{day}-{month}")];
    }
    match cell.datum {
        Datum::Number(number) => number_in_text(&super::format::general(number)).into_iter().collect(),
        Datum::Text => number_in_text(&cell.text).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// `4-1` in 「４－１」「No.4-1」「4.1」「4ー1」「4月1日」; `k1` in 「K1」.
pub(super) fn number_in_text(written: &str) -> Option<String> {
    let key = text::key(written);
    if key.chars().count() > 24 {
        return None;
    }
    if let Some(date) = date_in_text(&key) {
        return Some(date);
    }
    let mut rest = key.trim_matches(|it: char| "()[]【】「」.,、。:'・".contains(it));
    for prefix in ["定性指標", "指標", "no.", "no", "第", "#"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    let letters: String = rest.chars().take_while(char::is_ascii_lowercase).take(2).collect();
    let rest = rest.strip_prefix(letters.as_str())?;
    let mut parts = rest.split(['-', '.', 'ー', '_', 'の', '/', '・', '―', '─']);
    let (first, second) = (small(parts.next()?)?, parts.next());
    if parts.next().is_some() || letters.len() > 1 {
        return None;
    }
    match second {
        None => Some(format!("{letters}{first}")),
        Some(second) => Some(format!("{letters}{first}-{}", small(second)?)),
    }
}

/// `4-1` in 「4-1 体制」「【4-1】体制」: a number in front of a title, for tables that have no column of numbers.
pub(super) fn number_before_title(written: &str) -> Option<(String, String)> {
    let key = text::fold(written);
    let front = key.trim_start_matches(|it: char| it.is_whitespace() || "([【■●・".contains(it));
    let end = front.find(|it: char| !it.is_ascii_digit() && !matches!(it, '-' | 'ー'))?;
    let (number, title) = front.split_at_checked(end)?;
    let separated = title.starts_with([' ', '.', ':', ')', ']', '】', '、', '\n']) || number.contains(['-', 'ー']);
    let number = number_in_text(number).filter(|_| separated)?;
    Some((number, title.to_owned()))
}

fn date_in_text(key: &str) -> Option<String> {
    if let Some((month, day)) = key.strip_suffix('日').and_then(|it| it.split_once('月')) {
        return Some(format!("{}-{}", small(month.rsplit('年').next()?)?, small(day)?));
    }
    let date = key.get(..10).unwrap_or(key);
    let mut parts = date.split(['-', '/']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_year = year.len() == 4 && year.starts_with("20") && parts.next().is_none();
    if is_year { Some(format!("{}-{}", small(month)?, small(day)?)) } else { None }
}

/// A number of one or two digits, without leading zeros.
fn small(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|it| it.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}
