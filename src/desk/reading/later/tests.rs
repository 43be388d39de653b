//! What companies write after they have named days, and which days stand then.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::fmt::Write as _;

use jiff::civil::{Date, date};

use super::*;
use crate::desk::{
    mail::{
        Mail,
        class::{Class, Known, classify},
        tests::programme,
    },
    reading::Method,
    schedule,
};

const WRITTEN: Date = date(2026, 11, 24);
const END: Date = date(2026, 12, 25);
const CHANGES: &str = include_str!("changes.tsv");

fn read(text: &str) -> Wishes {
    schedule::wishes(&text.replace('⏎', "\n"), WRITTEN, END)
}

fn known() -> Wishes {
    let mut known = Wishes::default();
    assert!(known.renew(&read("第1希望 12/4 13時～17時、第2希望 12/10 10時～12時、第3希望 12/22")));
    known
}

fn told(it: &Wishes) -> String {
    let day = |it: &Candidate| {
        let (from, to) = (it.start, it.end);
        format!("{}/{} {}-{}", from.month(), from.day(), from.hour(), to.hour())
    };
    it.dates.iter().map(day).collect::<Vec<_>>().join(", ")
}

/// The method that is known then.
fn method(it: &Wishes) -> &'static str {
    match (it.method, it.either) {
        (_, true) => "either",
        (Some(Method::Online), _) => "online",
        (Some(Method::InPerson), _) => "in-person",
        (None, _) => "",
    }
}

/// The days that stand after a mail, or that a person has to look: at one whose days were not read, too, unless it is taken
/// for thanks.
fn after(text: &str) -> (String, &'static str) {
    let later = read(text);
    let mut case = known();
    let before = told(&case);
    let sure = case.renew(&later);
    let now = told(&case);
    if !later.names_days() {
        return (class(text, later.knows_method()).to_owned(), method(&case));
    }
    if !sure {
        assert_eq!(now, before, "{text}");
        return ("person".to_owned(), method(&case));
    }
    let now = match (now == before, later.doubts.is_empty()) {
        (true, true) => "same".to_owned(),
        (true, false) => "person".to_owned(),
        _ => now,
    };
    (now, method(&case))
}

/// What becomes of a mail without days.
fn class(text: &str, has_answers: bool) -> &'static str {
    let own: &[String] = &[];
    let known = Known {
        contact: true,
        colleague: false,
        replies_to_us: true,
        wants_form: false,
        our_addresses: own,
        staff: own,
    };
    let mail =
        Mail { text: text.replace('⏎', "\n"), subject: "Re: 自己診断の件".to_owned(), ..Mail::default() };
    match classify(&mail, false, false, has_answers, &known, &programme()) {
        Class::Courtesy | Class::Answers => "same",
        _ => "person",
    }
}

/// Nothing is taken for sure that is not so; and of what has an answer, most is read.
#[test]
fn no_later_mail_changes_days_wrongly() {
    let (mut rows, mut right, mut wrong, mut asked) = (0, 0, String::new(), String::new());
    for line in CHANGES.lines().filter(|it| !it.starts_with('#')) {
        let (text, want) = line.split_once('\t').unwrap();
        let (want, way) = want.split_once("; ").unwrap_or((want, ""));
        let (got, known) = after(text);
        rows += 1;
        if got == want && (way.is_empty() || way == known) {
            right += 1;
        } else if got == "person" {
            writeln!(asked, "{text} ({want})").unwrap();
        } else {
            writeln!(wrong, "{text}\n  want {want} {way}\n  got  {got} {known}\n  read {:?}", read(text)).unwrap();
        }
    }
    println!("{right} of {rows} as a person would read them; sent to a person instead:\n{asked}");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(rows >= 237 && right * 100 >= rows * 82, "{right} of {rows}; asked in vain:\n{asked}");
}
