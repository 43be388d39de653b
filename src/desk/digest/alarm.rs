//! What is wrong with the desk itself, or soon will be.

use jiff::civil::Date;

use super::{Detail, Facts, Line, Teller};
use crate::desk::letter::{mime::japan, when::day};

/// So many days before its end a log-in is told each day: a secret or a consent is often renewed in another house.
const NOTICE_DAYS: i32 = 30;

/// A log-in that ends on a day only the administrator knows: a secret's, or a consent's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIn {
    /// The last day, where it is configured.
    pub ends: Option<Date>,
    /// The files in which a new secret or token is put.
    pub files: Vec<String>,
}

impl LogIn {
    /// Days until the end where they are few; negative when it is past.
    #[must_use]
    pub fn days_left(&self, today: Date) -> Option<i32> {
        self.ends.map(|it| (it - today).get_days()).filter(|it| *it <= NOTICE_DAYS)
    }

    fn days_before_end(&self, today: Date) -> Option<i32> {
        self.days_left(today).filter(|it| *it >= 0)
    }

    fn is_over(&self, today: Date) -> bool {
        self.days_left(today).is_some_and(|it| it < 0)
    }

    fn files(&self) -> String {
        self.files.join("、")
    }
}

/// Who refused our log-in to the inbox: nothing mends that but a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The token service, or the server with its token.
    Token,
    /// The server, with user and password.
    Password,
}

impl Refused {
    const ALL: [Refused; 2] = [Refused::Token, Refused::Password];

    /// Its name in the store and in `status`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Refused::Token => "token",
            Refused::Password => "password",
        }
    }

    /// By its name.
    #[must_use]
    pub fn of(name: &str) -> Option<Refused> {
        Refused::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// What a person must know before reading on.
pub(super) fn alarm(tell: &Teller<'_>, facts: &Facts<'_>, today: Date) -> String {
    let mut alarms = Vec::new();
    if !(facts.account.balanced && facts.sent.balanced) {
        alarms.push(tell.words.phrase("alarm-account", &facts.account));
    }
    if let (Some(it), Some(end)) = (facts.log_in.filter(|it| it.is_over(today)), facts.log_in.and_then(|it| it.ends)) {
        let (date, files) = (day(end), it.files());
        let detail = Detail { date: &date, detail: &files, ..Detail::default() };
        alarms.push(tell.words.phrase("alarm-log-in-ended", &detail));
    }
    let why = facts.refused.map(|it| refused(tell, facts, it)).unwrap_or_default();
    let standstill = if facts.behind { "alarm-behind" } else { "alarm-standstill" };
    let told = [
        (standstill, facts.standstill),
        ("alarm-inbox", facts.inbox_trouble),
        // a server that does not answer at all is told once
        ("alarm-sent", facts.sent_trouble.filter(|_| facts.inbox_trouble.is_none())),
        ("alarm-hour", facts.hour_full),
        ("alarm-clock", facts.clock_behind),
    ];
    for (phrase, at) in told {
        let Some(at) = at.map(|it| it.to_zoned(japan())) else { continue };
        let date = format!("{}{}:{:02}", day(at.date()), at.hour(), at.minute());
        alarms.push(tell.words.phrase(phrase, &Detail { date: &date, why: &why, ..Detail::default() }));
    }
    alarms.join(" ")
}

/// What to do about a refusal.
fn refused(tell: &Teller<'_>, facts: &Facts<'_>, it: Refused) -> String {
    let files = facts.log_in.map(LogIn::files).unwrap_or_default();
    tell.words.phrase(&format!("refused-{}", it.name()), &Detail { detail: &files, ..Detail::default() })
}

/// A log-in that ends soon.
pub(super) fn log_in_ends(tell: &Teller<'_>, facts: &Facts<'_>, today: Date) -> Option<Line> {
    let it = facts.log_in?;
    let (days, date, files) = (it.days_before_end(today)?, day(it.ends?), it.files());
    let detail = Detail { days, date: &date, detail: &files, ..Detail::default() };
    Some(Line { number: None, company: String::new(), what: tell.words.phrase("log-in-ends", &detail) })
}
