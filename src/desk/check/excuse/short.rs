//! Rows that a list names in short: 「時価総額、キャッシュ…は非上場のため空欄です」.

use super::{Named, Names};
use crate::desk::{text, workbook::IndicatorKind};

/// Fewer characters may mean anything.
const FEWEST: usize = 4;
/// Between the items of a list.
const BETWEEN: [&str; 11] = ["」「", "』『", "、", ",", "/", "／", "&", "及び", "および", "並びに", "と"];
/// Where the list ends and something is said of it.
const TOPICS: [&str; 16] = [
    "は",
    "について",
    "に関し",
    "につきまし",
    "も",
    "が",
    ":",
    "=",
    "の欄",
    "の項目",
    "の件",
    "などは",
    "等は",
    "いずれも",
    "どちらも",
    "で",
];

/// The quantitative rows that the items of a list at the head of a clause name by a part of their title, where no other row
/// of the form may be meant.
pub(super) fn named(head: &str, names: &Names<'_>) -> Vec<Named> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    loop {
        let rest = head.get(at..).unwrap_or_default();
        let next = BETWEEN.iter().filter_map(|it| Some((rest.find(it)?, it.len()))).min_by_key(|it| it.0);
        let item = rest.get(..next.map_or(rest.len(), |it| it.0)).unwrap_or_default();
        let end = TOPICS.iter().filter_map(|it| item.find(it)).filter(|it| *it > 0).min();
        let item = item.get(..end.unwrap_or(item.len())).unwrap_or_default();
        let bare = item.trim_start_matches(['「', '『', '(', '【']);
        let start = at.saturating_add(item.len().saturating_sub(bare.len()));
        // the mark behind it stays outside: 「キャッシュ…」は
        let bare = bare.trim_end_matches(['」', '』', ')', '】']);
        let row = row_of(bare.trim_end_matches("など").trim_end_matches('等'), names);
        found.extend(row.map(|no| Named { no, start, end: start.saturating_add(bare.len()) }));
        match (end, next) {
            (None, Some((place, length))) => at = at.saturating_add(place).saturating_add(length),
            _ => return found,
        }
    }
}

/// The only row whose title has the words within; it must be a quantitative one.
fn row_of(words: &str, names: &Names<'_>) -> Option<String> {
    let words = plain(words);
    if words.chars().count() < FEWEST {
        return None;
    }
    let mut rows = names.form.rows.iter().filter(|row| {
        std::iter::once(&row.title).chain(&row.also).any(|title| plain(&text::key(title)).contains(&words))
    });
    let only = rows.next().filter(|it| it.kind == IndicatorKind::Quantitative)?;
    rows.next().is_none().then(|| only.no.clone())
}

/// Without what people leave out or put in its place.
fn plain(words: &str) -> String {
    words.chars().filter(|it| !"・の…‥.~～「」『』()-―".contains(*it)).collect()
}
