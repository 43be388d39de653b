//! The clock does what clocks do: ends of February and of years, and jumps of whole years.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz};

use crate::{
    desk::{Desk, form},
    mails,
};

fn day(at: Timestamp) -> Date {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(9))).date()
}

/// The days of the reports that were made, each by its cause and by the Date of its letter.
fn reported(desk: &Desk) -> Vec<Date> {
    let reports = desk.outbox().into_iter().filter(|it| it.kind == "digest");
    let dated = |id: &str| {
        let path = desk.dir.join("letters").join(format!("{}.eml", id.split('@').next().unwrap()));
        let mail = std::fs::read(path).unwrap();
        let mail = mail_parser::MessageParser::default().parse(&mail).unwrap();
        day(Timestamp::from_second(mail.date().unwrap().to_timestamp()).unwrap())
    };
    reports
        .map(|it| {
            let named: Date = it.cause.strip_prefix("day/").unwrap().parse().unwrap();
            assert_eq!(dated(&it.message_id), named);
            named
        })
        .collect()
}

#[test]
fn each_day_has_its_report_over_the_ends_of_february_and_of_the_year() {
    for (first, last, days) in
        [("2023-02-27", "2023-03-02", 4), ("2024-02-27", "2024-03-02", 5), ("2024-12-30", "2025-01-02", 4)]
    {
        let mut desk = Desk::open();
        desk.now = format!("{first}T07:50:00+09:00").parse().unwrap();
        let last: Date = last.parse().unwrap();
        while day(desk.now) <= last {
            desk.settles().waits(130);
        }
        let reported = reported(&desk);
        assert_eq!((reported.len(), reported.last()), (days, Some(&last)), "{reported:?}");
        assert_eq!(reported.iter().collect::<BTreeSet<_>>().len(), days, "{reported:?}");
    }
}

#[test]
fn a_clock_that_jumps_makes_no_storm_and_mails_are_answered() {
    let (hour, day_long) = (60, 24 * 60);
    let year = 365 * day_long;
    let mut desk = Desk::open();
    let mut answered = 0;
    for (n, jump) in [-day_long, hour, day_long, year, -year, 10 * year, -10 * year, -2 * year].into_iter().enumerate()
    {
        let from = format!("担当 <a{n}@works{n}.example.jp>");
        desk.waits(jump).receives(mails::from(&from).file("a.xlsx", form("complete")).id(&format!("{n}@x")).bytes());
        let rounds = desk.lives(10);
        assert!(rounds <= 15, "{rounds} rounds in ten minutes after {jump}");
        answered += 1;
        let letters = desk.outbox();
        let sent: Vec<_> = letters.iter().filter(|it| it.kind != "digest" && it.state == "sent").collect();
        assert_eq!(sent.len(), answered, "after {jump}: {letters:?}");
        assert!(reported(&desk).contains(&day(desk.now)), "after {jump}");
    }
    let reported = reported(&desk);
    assert_eq!(reported.iter().collect::<BTreeSet<_>>().len(), reported.len(), "{reported:?}");
    desk.balanced();
}
