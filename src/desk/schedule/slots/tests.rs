//! Weekly hours, public holidays, and slots from them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test may panic"
)]

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday, date, time};
use serde::Deserialize;

use super::{parse_weekly, slots};
use crate::desk::{
    reading::{Excluded, Method, Wishes},
    rules::Advisor,
    schedule::{is_holiday, is_new_year},
};

#[derive(Deserialize)]
struct File {
    advisors: Vec<Advisor>,
}

fn advisors() -> Vec<Advisor> {
    let file: File = toml::from_str(include_str!("../../../../config/advisors.toml")).unwrap();
    file.advisors
}

const FROM: Date = date(2022, 8, 11);
const TO: Date = date(2022, 9, 2);

#[test]
fn weekly_hours() {
    let it = parse_weekly("水 13:00-17:00").unwrap();
    assert_eq!((it.weekday, it.from, it.to), (Weekday::Wednesday, time(13, 0, 0, 0), time(17, 0, 0, 0)));
    for same in ["水曜 13:00-17:00", "水曜日 １３：００～１７：００", "水13:00〜17:00"] {
        assert_eq!(parse_weekly(same).unwrap(), it, "{same}");
    }
    for wrong in [
        "",
        "13:00-17:00",
        "水",
        "水 13-17",
        "水 13:00",
        "水 13:00-15:00",
        "水 17:00-13:00",
        "水 13:00-25:00",
        "水 13:00-17:00 x",
        "水 13:60-17:00",
    ] {
        let said = parse_weekly(wrong).unwrap_err();
        assert!(said.contains("水 13:00-17:00"), "{wrong}: {said}");
    }
}

/// The Cabinet Office's list (内閣府「国民の祝日について」) for 2022 to 2027.
#[test]
fn holidays() {
    let fixed = "01-01 02-11 02-23 04-29 05-03 05-04 05-05 08-11 11-03 11-23";
    let others = [
        (2022, "01-10 03-21 07-18 09-19 09-23 10-10"),
        (2023, "01-02 01-09 03-21 07-17 09-18 09-23 10-09"),
        (2024, "01-08 02-12 03-20 05-06 07-15 08-12 09-16 09-22 09-23 10-14 11-04"),
        (2025, "01-13 02-24 03-20 05-06 07-21 09-15 09-23 10-13 11-24"),
        (2026, "01-12 03-20 05-06 07-20 09-21 09-22 09-23 10-12"),
        (2027, "01-11 03-21 03-22 07-19 09-20 09-23 10-11"),
    ];
    for (year, others) in others {
        let mut want: Vec<String> =
            fixed.split(' ').chain(others.split(' ')).map(|it| format!("{year}-{it}")).collect();
        want.sort();
        let days = date(year, 1, 1).series(jiff::ToSpan::day(1)).take_while(|it| it.year() == year);
        let found: Vec<String> = days.filter(|it| is_holiday(*it)).map(|it| it.to_string()).collect();
        assert_eq!(found, want);
    }
}

#[test]
fn slots_are_spread() {
    let found = slots(&advisors(), &wish(Some(Method::InPerson)), Some("茨城"), FROM, TO, 3);
    let told: Vec<String> = found.iter().map(|it| format!("{} {}", it.start, it.advisor)).collect();
    assert_eq!(told, ["2022-08-12T09:00:00 kubota", "2022-08-23T13:00:00 kubota", "2022-08-31T13:00:00 kubota"]);
    assert!(found.iter().all(|it| it.end.since(it.start).unwrap().get_hours() == 3));
}

#[test]
fn slots_hold_what_they_promise() {
    for want in [0, 1, 2, 5, 10, 40, 1000] {
        for method in [None, Some(Method::Online), Some(Method::InPerson)] {
            for region in [None, Some("茨城"), Some("長野"), Some("東京")] {
                let found = slots(&advisors(), &wish(method), region, FROM, TO, want);
                assert!(found.len() <= want.min(60));
                assert!(found.is_sorted_by(|one, other| one.start < other.start));
                let days: BTreeSet<Date> = found.iter().map(|it| it.start.date()).collect();
                assert!(want > 10 || days.len() == found.len());
                for it in &found {
                    let advisor = advisors().into_iter().find(|one| one.id == it.advisor).unwrap();
                    assert!(method.is_none_or(|method| advisor.methods.contains(&method)));
                    assert!(region.is_none_or(|region| advisor.regions.iter().any(|it| it == region)));
                    assert!(!advisor.days_off.contains(&it.start.date()) && !is_holiday(it.start.date()));
                    assert!(FROM <= it.start.date() && it.start.date() <= TO);
                }
            }
        }
    }
    assert!(slots(&advisors(), &wish(None), Some("東京"), FROM, TO, 5).is_empty());
    assert!(slots(&advisors(), &wish(None), None, TO, FROM, 5).is_empty());
}

#[test]
fn long_hours_leave_out_noon() {
    let mut one = advisors().remove(1);
    one.weekly = vec!["水 9:00-17:00".to_owned(), "unreadable".to_owned()];
    let found = slots(&[one], &wish(None), None, date(2022, 8, 24), date(2022, 8, 24), 5);
    assert_eq!(found.iter().map(|it| it.start.hour()).collect::<Vec<_>>(), [9, 13]);
}

fn wish(method: Option<Method>) -> Wishes {
    Wishes { method, ..Wishes::default() }
}

#[test]
fn neither_a_day_that_is_ruled_out_nor_the_new_year_is_offered() {
    let wishes = Wishes {
        excluded: vec![Excluded { date: date(2022, 12, 28), raw: String::new(), open_month: false }],
        ..wish(None)
    };
    let days = |wishes: &Wishes| -> Vec<Date> {
        let found = slots(&advisors(), wishes, None, date(2022, 12, 26), date(2023, 1, 6), 20);
        found.iter().map(|it| it.start.date()).collect()
    };
    let all = days(&wish(None));
    assert!(all.contains(&date(2022, 12, 28)) && !all.iter().any(|it| is_new_year(*it)), "{all:?}");
    assert!(!days(&wishes).contains(&date(2022, 12, 28)));
}

/// An advisor free on all days is not offered on one weekday, nor in the mornings only.
#[test]
fn suggested_days_differ_in_weekday_and_half() {
    let mut every = advisors().remove(1);
    every.weekly = ["月", "火", "水", "木", "金"].map(|it| format!("{it} 9:00-17:00")).to_vec();
    let mut some = every.clone();
    some.weekly = vec!["火 9:00-17:00".to_owned(), "木 9:00-17:00".to_owned()];
    for (advisor, weekdays, want) in [(&every, 5, 6), (&every, 3, 3), (&some, 2, 6), (&some, 2, 2), (&some, 2, 3)] {
        for weeks in 2..9 {
            let to = date(2022, 8, 28).checked_add(jiff::ToSpan::weeks(weeks)).unwrap();
            let found = slots(std::slice::from_ref(advisor), &wish(None), None, date(2022, 8, 29), to, want);
            let days: BTreeSet<i8> = found.iter().map(|it| it.start.weekday().to_monday_zero_offset()).collect();
            let afternoons = found.iter().filter(|it| it.start.hour() >= 12).count();
            let told: Vec<String> = found.iter().map(|it| it.start.strftime("%a %m-%d %H").to_string()).collect();
            assert!(days.len() >= weekdays.min(found.len()) && found.len() >= want.min(4), "{weeks}: {told:?}");
            assert!(afternoons.abs_diff(found.len() - afternoons) <= 1, "{weeks}: {told:?}");
        }
    }
}
