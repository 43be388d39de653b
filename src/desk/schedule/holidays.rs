//! Japan's public holidays.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

/// Whether the day is a public holiday: the Act on National Holidays (国民の祝日に関する法律, Act No. 178 of 1948), articles 2
/// and 3, as in force since 2022. The equinoxes follow the astronomers' approximation for 1980–2099; the official ones are
/// announced each February (官報 暦要項). A one-time law may move days, as in 2020 and 2021; none is known for 2022–2027.
pub fn is_holiday(date: Date) -> bool {
    is_named(date) || is_substitute(date) || is_between(date)
}

/// 29 December to 3 January, when offices are closed (for those of the state: Act No. 91 of 1988, article 1).
pub fn is_new_year(date: Date) -> bool {
    matches!((date.month(), date.day()), (12, 29..) | (1, ..=3))
}

/// Article 2.
fn is_named(date: Date) -> bool {
    let monday = |nth: i8| date.weekday() == Weekday::Monday && (date.day() - 1) / 7 + 1 == nth;
    match (date.month(), date.day()) {
        (1, 1) | (2, 11 | 23) | (4, 29) | (5, 3..=5) | (8, 11) | (11, 3 | 23) => true,
        (1 | 10, _) => monday(2),
        (7, _) => monday(3),
        (9, day) => monday(3) || i32::from(day) == equinox(date, 232_488),
        (3, day) => i32::from(day) == equinox(date, 208_431),
        _ => false,
    }
}

/// The day of the equinox: 20.8431 or 23.2488 days, 0.242194 more each year since 1980, less the leap days.
fn equinox(date: Date, base: i32) -> i32 {
    let years = i32::from(date.year()) - 1980;
    (base * 100 + 242_194 * years) / 1_000_000 - years / 4
}

/// Article 3, paragraph 2: where a holiday falls on Sunday, the next day that is none.
fn is_substitute(date: Date) -> bool {
    let mut day = date;
    for _ in 0..7 {
        let Ok(before) = day.checked_sub(1.day()) else { return false };
        if !is_named(before) {
            return false;
        }
        if before.weekday() == Weekday::Sunday {
            return true;
        }
        day = before;
    }
    false
}

/// Article 3, paragraph 3: a day between two holidays.
fn is_between(date: Date) -> bool {
    let named = |it: Result<Date, jiff::Error>| it.is_ok_and(is_named);
    named(date.checked_sub(1.day())) && named(date.checked_add(1.day()))
}
