//! The dates that a unit means.

use jiff::{ToSpan as _, civil::Date};

use super::Collector;
use crate::desk::{
    reading::DoubtWhy,
    schedule::{
        resolve::{Calendar, days, is_business_day},
        units::{Named, Unit},
        weeks::Weekdays,
    },
};

/// Dates of one unit: those in the window, and whether others were named.
pub(super) struct Meant {
    /// Those in the window.
    pub dates: Vec<Date>,
    /// Several by one expression.
    pub ranged: bool,
    /// Others were named.
    pub outside: bool,
    /// No month was written, here or before.
    pub open_month: bool,
}

impl Meant {
    /// Those of these weekdays.
    fn of(mut self, only: Option<Weekdays>) -> Self {
        self.dates.retain(|it| only.is_none_or(|only| only.holds(*it) && is_business_day(*it)));
        self
    }
}

impl Collector<'_> {
    /// Each such working day from tomorrow on.
    pub(super) fn each(&self, weekdays: Weekdays, month: Option<i32>) -> impl Iterator<Item = Date> + use<> {
        let tomorrow = self.calendar.reply().tomorrow().unwrap_or(self.calendar.reply());
        days(tomorrow, self.calendar.end()).filter(move |it| {
            let in_month = month.is_none_or(|month| i32::from(it.month()) == month);
            in_month && is_business_day(*it) && weekdays.holds(*it)
        })
    }

    /// The dates a unit means.
    pub(super) fn meant(&mut self, unit: &Unit) -> Result<Meant, DoubtWhy> {
        let one = |date: Date, calendar: &Calendar| {
            let held = calendar.holds(date);
            let dates = if held { vec![date] } else { Vec::new() };
            Meant { dates, ranged: false, outside: !held, open_month: false }
        };
        match unit.named {
            Named::Day(day) => {
                let open_month = self.calendar.leaves_month(day, unit.month);
                let date = self.calendar.date(day, unit.month, None)?;
                // 「来週の火曜（8/17）」
                if let Some(also) = unit.also
                    && self.calendar.date(also, unit.month, None)? != date
                {
                    return Err(DoubtWhy::Weekday);
                }
                Ok(Meant { open_month, ..one(date, &self.calendar) })
            }
            Named::Same | Named::Every | Named::Rest | Named::Never => {
                let date = self.calendar.last().ok_or(DoubtWhy::Unclear)?;
                Ok(one(date, &self.calendar))
            }
            Named::Days(from, to) => {
                let open_month = self.calendar.leaves_month(from, unit.month);
                let first = self.calendar.date(from, unit.month, None)?;
                let last = self.calendar.date(to, unit.month, Some(first))?;
                if last < first {
                    return Err(DoubtWhy::Impossible);
                }
                let named = [from.weekday.is_some(), to.weekday.is_some()];
                Ok(Meant { open_month, ..self.range(first, last, named).of(unit.only) })
            }
            Named::Since(day) => {
                let first = self.calendar.date(day, unit.month, None)?;
                let last = first.max(self.calendar.end());
                Ok(self.range(first, last, [day.weekday.is_some(), false]).of(unit.only))
            }
            Named::Until(day) => {
                let last = self.calendar.date(day, unit.month, None)?;
                let tomorrow = self.calendar.reply().checked_add(1.day()).map_err(|_| DoubtWhy::Impossible)?;
                Ok(self.range(tomorrow.min(last), last, [false, day.weekday.is_some()]).of(unit.only))
            }
            Named::Weekdays(weekdays) => {
                let dates: Vec<Date> = self.each(weekdays, unit.within).collect();
                Ok(Meant { outside: dates.is_empty(), dates, ranged: true, open_month: false })
            }
            Named::Week(week) => {
                let (monday, sunday) = self.calendar.week(week.of)?;
                let all = self.each(week.days, None).filter(|it| monday <= *it && *it <= sunday);
                let dates: Vec<Date> = all.filter(|it| unit.only.is_none_or(|only| only.holds(*it))).collect();
                Ok(Meant { outside: dates.is_empty(), dates, ranged: true, open_month: false })
            }
            Named::Vague => Err(DoubtWhy::Unclear),
        }
    }

    /// The business days of a range; a weekend where its day is named with its weekday, or where there is nothing else.
    fn range(&self, first: Date, last: Date, named: [bool; 2]) -> Meant {
        let inside = || days(first.max(self.calendar.reply()), last.min(self.calendar.end()));
        let end_named = |it: Date| (named[0] && it == first) || (named[1] && it == last);
        let mut dates: Vec<Date> = inside().filter(|it| is_business_day(*it) || end_named(*it)).collect();
        if dates.is_empty() {
            dates = inside().collect();
        }
        let outside = !self.calendar.holds(first) || !self.calendar.holds(last);
        Meant { dates, ranged: true, outside, open_month: false }
    }
}
