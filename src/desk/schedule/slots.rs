//! When advisors are free: three-hour slots from their weekly hours.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Time, Weekday};

use super::{is_holiday, is_new_year, resolve::days, times::SESSION, weekday::letter};
use crate::desk::{reading::Wishes, rules::Advisor, text::key};

/// Most slots that are ever given.
const MOST: usize = 60;
/// Where a slot would run over noon, it begins after the break.
const NOON: i32 = 12 * 60;
const BREAK_ENDS: i32 = 13 * 60;

/// A free slot of one advisor, in Japan's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Start.
    pub start: DateTime,
    /// End, three hours later.
    pub end: DateTime,
    /// The advisor's id.
    pub advisor: String,
}

/// Free hours of each week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekly {
    /// The weekday.
    pub weekday: Weekday,
    /// From.
    pub from: Time,
    /// To, at least three hours later.
    pub to: Time,
}

/// Reads 「水 13:00-17:00」; an error says what is wrong.
pub fn parse_weekly(text: &str) -> Result<Weekly, String> {
    let wrong = |what: &str| format!("「{text}」: {what}; write it like 「水 13:00-17:00」");
    let key = key(text);
    let first = key.chars().next().ok_or_else(|| wrong("it is empty"))?;
    let weekday = letter(first).ok_or_else(|| wrong("it does not begin with a weekday (月火水木金土日)"))?;
    let hours = key.strip_prefix(first).unwrap_or("").trim_start_matches("曜日").trim_start_matches('曜');
    let (from, to) = hours.split_once(['-', '~']).ok_or_else(|| wrong("the hours need a start and an end"))?;
    let time = |it: &str| clock(it).ok_or_else(|| wrong(&format!("「{it}」 is no time of day")));
    let (from, to) = (time(from)?, time(to)?);
    if minutes(to) - minutes(from) < SESSION {
        return Err(wrong("a session takes three hours"));
    }
    Ok(Weekly { weekday, from, to })
}

fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = hour.len() <= 2 && minute.len() == 2 && text.chars().all(|it| it.is_ascii_digit() || it == ':');
    digits.then(|| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()).flatten()
}

fn minutes(it: Time) -> i32 {
    i32::from(it.hour()) * 60 + i32::from(it.minute())
}

/// At most `want` free slots of three hours between two days, both included: of advisors who offer the method and serve the
/// region, on no public holiday, no day off and no day the company rules out, no two at one time, on as many different days as there are, ascending.
/// Weekly hours that cannot be read are left out; the configuration's check names them.
pub fn slots(
    advisors: &[Advisor],
    wishes: &Wishes,
    region: Option<&str>,
    from: Date,
    to: Date,
    want: usize,
) -> Vec<Slot> {
    let method = wishes.method.filter(|_| !wishes.either);
    let fits = |it: &&Advisor| {
        it.capacity > 0
            && method.is_none_or(|method| it.methods.contains(&method))
            && region.is_none_or(|region| it.regions.iter().any(|one| key(one) == key(region)))
    };
    let advisors: Vec<(&Advisor, Vec<Weekly>)> = advisors
        .iter()
        .filter(fits)
        .map(|it| (it, it.weekly.iter().filter_map(|it| parse_weekly(it).ok()).collect()))
        .collect();
    let mut by_day: BTreeMap<Date, BTreeMap<DateTime, Vec<&str>>> = BTreeMap::new();
    let is_off = |it: &Date| is_holiday(*it) || is_new_year(*it) || wishes.excluded.iter().any(|out| out.date == *it);
    for date in days(from, to).filter(|it| !is_off(it)) {
        for (advisor, weekly) in &advisors {
            if advisor.days_off.contains(&date) {
                continue;
            }
            for start in weekly.iter().filter(|it| it.weekday == date.weekday()).flat_map(starts) {
                let Some(start) = at(date, start) else { continue };
                by_day.entry(date).or_default().entry(start).or_default().push(&advisor.id);
            }
        }
    }
    pick(&by_day, want.min(MOST))
}

/// The starts of sessions in an advisor's hours, one after the other.
fn starts(weekly: &Weekly) -> Vec<i32> {
    let mut starts = Vec::new();
    let mut start = minutes(weekly.from);
    while start + SESSION <= minutes(weekly.to) {
        let over_noon = start < BREAK_ENDS && start + SESSION > NOON;
        if over_noon && BREAK_ENDS + SESSION <= minutes(weekly.to) {
            start = BREAK_ENDS;
            continue;
        }
        starts.push(start);
        start += SESSION;
    }
    starts
}

fn at(date: Date, minutes: i32) -> Option<DateTime> {
    let time = Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()?;
    Some(date.to_datetime(time))
}

/// Days first, evenly over the whole time, of each stretch the weekday and the half of the day that were taken least; a second
/// slot of a day only when each day has one.
fn pick(by_day: &BTreeMap<Date, BTreeMap<DateTime, Vec<&str>>>, want: usize) -> Vec<Slot> {
    let mut taken: BTreeSet<DateTime> = BTreeSet::new();
    let mut balance = Balance::default();
    for round in 0..want {
        let left = want - taken.len();
        let open: Vec<&BTreeMap<DateTime, Vec<&str>>> = by_day.values().filter(|it| it.len() > round).collect();
        if left == 0 || open.is_empty() {
            break;
        }
        let chosen = left.min(open.len());
        for nth in 0..chosen {
            let stretch = open.get(nth * open.len() / chosen..(nth + 1) * open.len() / chosen).unwrap_or(&[]);
            let free = stretch.iter().flat_map(|day| day.keys().copied()).filter(|it| !taken.contains(it));
            // the earliest of those that are alike
            if let Some(least) = free.min_by_key(|it| (balance.of(*it), *it)) {
                balance.takes(least);
                taken.insert(least);
            }
        }
    }
    let mut load: BTreeMap<&str, usize> = BTreeMap::new();
    let mut slots = Vec::new();
    for start in taken {
        let advisors = by_day.get(&start.date()).and_then(|it| it.get(&start));
        let least = advisors.and_then(|it| it.iter().min_by_key(|it| load.get(*it).copied().unwrap_or(0)));
        let (Some(advisor), Some(end)) = (least, at(start.date(), minutes(start.time()) + SESSION)) else { continue };
        *load.entry(advisor).or_default() += 1;
        slots.push(Slot { start, end, advisor: (*advisor).to_owned() });
    }
    slots
}

/// How often each weekday and each half of a day was taken.
#[derive(Debug, Default)]
struct Balance {
    weekdays: BTreeMap<i8, usize>,
    afternoons: usize,
    all: usize,
}

impl Balance {
    /// How often the weekday of a start was taken, then its half of the day: the less, the better.
    fn of(&self, it: DateTime) -> (usize, usize) {
        let weekday = self.weekdays.get(&it.date().weekday().to_monday_zero_offset()).copied().unwrap_or(0);
        (weekday, if is_afternoon(it) { self.afternoons } else { self.all - self.afternoons })
    }

    fn takes(&mut self, it: DateTime) {
        *self.weekdays.entry(it.date().weekday().to_monday_zero_offset()).or_default() += 1;
        self.afternoons += usize::from(is_afternoon(it));
        self.all += 1;
    }
}

fn is_afternoon(it: DateTime) -> bool {
    it.hour() >= 12
}

#[cfg(test)]
mod tests;
