//! What companies write, and the share of it that is read right.

use std::{collections::BTreeSet, fmt::Write as _};

use jiff::civil::{Date, Weekday, date};
use serde::Deserialize;

use super::told;
use crate::desk::{
    reading::Method,
    schedule::{
        resolve::{days, is_business_day},
        weekday::letter,
        wishes,
    },
};

/// Rows that are read right, of all; it only ever rises.
const FLOOR: usize = 539;

#[derive(Deserialize)]
struct Table {
    group: Vec<Rows>,
    #[serde(default)]
    gap: Vec<Gap>,
}

#[derive(Deserialize)]
struct Rows {
    name: String,
    day: Date,
    end: Date,
    rows: Vec<Vec<String>>,
}

/// A row that is not read right, and why.
#[derive(Deserialize)]
struct Gap {
    words: String,
    why: String,
}

#[test]
fn phrasings() {
    let table: Table = toml::from_str(include_str!("phrasings.toml")).unwrap();
    let (mut all, mut right, mut sure, mut report) = (0, 0, 0, String::new());
    let mut missed = BTreeSet::new();
    for group in &table.group {
        for row in &group.rows {
            all += 1;
            let found = wishes(&row[0], group.day, group.end);
            let want = want(&row[1], group.day.year());
            let heard = plain(&told(&found));
            let method = row.get(2).map_or("", String::as_str);
            let heard_method = method_told(found.method, found.either);
            if heard == want && heard_method == method {
                right += 1;
                continue;
            }
            missed.insert(row[0].as_str());
            // asked back, or not seen, is no wrong reading
            let wrong = heard.iter().any(|it| !it.starts_with('?') && it != "amends" && !want.contains(it))
                || (!heard_method.is_empty() && heard_method != method);
            sure += usize::from(wrong);
            let (name, words) = (&group.name, &row[0]);
            let mark = if wrong { "WRONG" } else { "asked" };
            writeln!(report, "{mark} [{name}] {words:?}\n   want {want:?} {method}\n   told {heard:?} {heard_method}")
                .unwrap();
        }
    }
    println!("{right} of {all} phrasings read right, {sure} wrong and sure\n{report}");
    let known: BTreeSet<&str> = table.gap.iter().map(|it| it.words.as_str()).collect();
    assert!(table.gap.iter().all(|it| !it.why.is_empty()));
    assert_eq!(sure, 0, "{report}");
    assert!(right >= FLOOR, "{report}");
    assert_eq!(missed, known, "{report}");
}

fn method_told(method: Option<Method>, either: bool) -> &'static str {
    match (method, either) {
        (None, false) => "",
        (None, true) => "B",
        (Some(Method::Online), false) => "O",
        (Some(Method::Online), true) => "O>P",
        (Some(Method::InPerson), false) => "P",
        (Some(Method::InPerson), true) => "P>O",
    }
}

/// What was told, in pieces: candidates in their order, the others sorted behind them.
fn plain(told: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut others = Vec::new();
    for part in told.split(", ") {
        let mut words = part.split(' ').filter(|it| !it.is_empty()).peekable();
        let mut candidate = Vec::new();
        while let Some(word) = words.next_if(|it| !it.starts_with(['x', '?', 'a'])) {
            candidate.push(word);
        }
        if !candidate.is_empty() {
            pieces.push(candidate.join(" "));
        }
        others.extend(words.map(str::to_owned));
    }
    others.sort();
    pieces.extend(others);
    pieces
}

/// The table's short form written out.
fn want(short: &str, year: i16) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut others = Vec::new();
    for part in short.split(", ").filter(|it| !it.is_empty()) {
        if part.starts_with(['?', 'a']) {
            others.push(part.to_owned());
        } else if let Some(excluded) = part.strip_prefix('x') {
            others.extend(dates(excluded, year).iter().map(|it| format!("x{}/{}", it.month(), it.day())));
        } else {
            let (named, hours) = part.split_once(' ').unwrap_or((part, "9-17"));
            let hours = match hours {
                "AM" => "9-12",
                "PM" => "13-17",
                it => it,
            };
            for it in dates(named, year) {
                let year = if it.year() == 2022 { String::new() } else { format!("{}/", it.year()) };
                pieces.push(format!("{year}{}/{} {hours}", it.month(), it.day()));
            }
        }
    }
    others.sort();
    pieces.extend(others);
    pieces
}

fn dates(named: &str, year: i16) -> Vec<Date> {
    let (named, weekdays) = named.split_once('[').unwrap_or((named, ""));
    let weekdays: Vec<Weekday> = weekdays.chars().filter_map(letter).collect();
    let Some((from, to)) = named.split_once("..") else { return vec![day(named, year)] };
    days(day(from, year), day(to, year))
        .filter(|it| is_business_day(*it) && (weekdays.is_empty() || weekdays.contains(&it.weekday())))
        .collect()
}

fn day(named: &str, year: i16) -> Date {
    let numbers: Vec<i16> = named.split('/').map(|it| it.parse().unwrap()).collect();
    match *numbers.as_slice() {
        [month, day] => date(year, month as i8, day as i8),
        [year, month, day] => date(year, month as i8, day as i8),
        _ => panic!("{named}"),
    }
}
