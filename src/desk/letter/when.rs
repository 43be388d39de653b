//! Method, days and hours as letters write them.

use jiff::civil::{Date, DateTime, Weekday};
use serde::Serialize;

use crate::desk::reading::{Candidate, Excluded, Method, Wishes};

/// What a company wishes.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WishesView {
    pub method: String,
    /// Online is what it wishes, or takes.
    pub online: bool,
    pub dates: Vec<String>,
    excluded: Vec<String>,
    any: bool,
}

pub(super) fn wishes(it: &Wishes) -> WishesView {
    WishesView {
        method: method(it).unwrap_or_default().to_string(),
        online: it.either || it.method == Some(Method::Online),
        dates: candidates(&it.dates),
        excluded: excluded(&it.excluded),
        any: it.knows_method() || !it.dates.is_empty(),
    }
}

/// Days that one expression named (「平日午後」), at least this many, are told as one.
const MANY: usize = 6;

/// Each candidate on a line; days that come of one expression with one time of day as their first and last.
fn candidates(dates: &[Candidate]) -> Vec<String> {
    let same = |a: &Candidate, b: &Candidate| {
        a.raw == b.raw && (a.start.time(), a.end.time()) == (b.start.time(), b.end.time())
    };
    let mut n = 0;
    let mut told = Vec::new();
    for run in dates.chunk_by(same) {
        if let (MANY.., [first, .., last]) = (run.len(), run) {
            n += 1;
            let (time, end) = (first.start, first.end);
            let hours = format!("{}:{:02}～{}:{:02}", time.hour(), time.minute(), end.hour(), end.minute());
            let days = format!("{}～{}", day(first.start.date()), day(last.start.date()));
            told.push(format!("第{n}希望　{days}のうち{}日　{hours}（「{}」）", run.len(), first.raw));
            continue;
        }
        for it in run {
            n += 1;
            told.push(format!("第{n}希望　{}", span(it.start, it.end)));
        }
    }
    told
}

/// Each day, and those that one expression named as their first and last.
fn excluded(days: &[Excluded]) -> Vec<String> {
    let mut told = Vec::new();
    for run in days.chunk_by(|a, b| a.raw == b.raw) {
        match run {
            [first, .., last] if run.len() >= MANY => {
                told.push(format!("{}～{}のうち{}日（「{}」）", day(first.date), day(last.date), run.len(), first.raw));
            }
            run => told.extend(run.iter().map(|it| day(it.date))),
        }
    }
    told
}

/// オンライン, 対面 or both; nothing where it is not said.
pub fn method(it: &Wishes) -> Option<&'static str> {
    match (it.method, it.either) {
        (None, false) => None,
        (None, true) => Some("対面・オンラインのどちらでも可"),
        (Some(Method::Online), false) => Some("オンライン"),
        (Some(Method::Online), true) => Some("オンライン（難しい場合は対面も可）"),
        (Some(Method::InPerson), false) => Some("対面"),
        (Some(Method::InPerson), true) => Some("対面（難しい場合はオンラインも可）"),
    }
}

/// `8月24日（水）`.
pub fn day(it: Date) -> String {
    format!("{}月{}日（{}）", it.month(), it.day(), weekday(it.weekday()))
}

/// `8月24日（水）13:00～16:00`.
pub fn span(start: DateTime, end: DateTime) -> String {
    format!("{}{}:{:02}～{}:{:02}", day(start.date()), start.hour(), start.minute(), end.hour(), end.minute())
}

fn weekday(it: Weekday) -> &'static str {
    match it {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}
