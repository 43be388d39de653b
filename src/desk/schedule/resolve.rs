//! Days as written into dates of the calendar.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

use super::{
    dates::{Day, DayName},
    holidays::is_holiday,
    weeks::WeekOf,
};
use crate::desk::reading::DoubtWhy;

/// The frame in which days without year or month are understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    reply: Date,
    end: Date,
    last: Option<Date>,
    /// Whether a month was written before.
    in_month: bool,
}

impl Calendar {
    /// Wishes lie between the day of the reply and the end of the window, both included.
    pub(super) fn new(reply: Date, end: Date) -> Self {
        Self { reply, end, last: None, in_month: false }
    }

    /// The day of the reply.
    pub(super) fn reply(&self) -> Date {
        self.reply
    }

    /// Last day of the window.
    pub(super) fn end(&self) -> Date {
        self.end
    }

    /// Whether the date lies in the window.
    pub(super) fn holds(&self, date: Date) -> bool {
        self.reply <= date && date <= self.end
    }

    /// The date understood last.
    pub(super) fn last(&self) -> Option<Date> {
        self.last
    }

    /// Whether nothing says which month is meant, so far.
    pub(super) fn leaves_month(&self, day: Day, month: Option<i32>) -> bool {
        matches!(day.name, DayName::OfMonth(_)) && day.weekday.is_none() && month.is_none() && !self.in_month
    }

    /// The date meant; the window is not asked here. `month`: named before; `floor`: the start of a range.
    pub(super) fn date(&mut self, day: Day, month: Option<i32>, floor: Option<Date>) -> Result<Date, DoubtWhy> {
        let date = self.find(day, month, floor).ok_or(DoubtWhy::Impossible)?;
        self.last = Some(date);
        self.in_month |= month.is_some() || !matches!(day.name, DayName::OfMonth(_));
        match day.weekday {
            Some(weekday) if weekday != date.weekday() => Err(DoubtWhy::Weekday),
            _ => Ok(date),
        }
    }

    fn find(&self, day: Day, month: Option<i32>, floor: Option<Date>) -> Option<Date> {
        match day.name {
            DayName::Month { year: Some(year), month, day } => date(year, month, day),
            DayName::Month { year: None, month, day } | DayName::Slash { month, day } => {
                self.of_year(month, day, floor)
            }
            DayName::OfMonth(number) => self.of_month(number, day.weekday, month, floor),
            DayName::Week(weeks) => self.of_week(weeks, day.weekday?),
            DayName::Ahead(days) => self.reply.checked_add(days.days()).ok(),
            DayName::OfNextMonth { months, day: number } => {
                let first = self.next_month(months)?;
                date(i32::from(first.year()), i32::from(first.month()), number)
            }
            DayName::OfNextYear { years, month, day: number } => {
                date(i32::from(self.reply.year()) + years, month, number)
            }
            DayName::Nth { month: Some(month), nth, .. } => self.nth_of(month, nth, day.weekday?),
            DayName::Nth { month: None, months, nth } => nth_weekday(self.next_month(months)?, nth, day.weekday?),
        }
    }

    /// The year that fits the window, or comes nearest to it.
    fn of_year(&self, month: i32, day: i32, floor: Option<Date>) -> Option<Date> {
        let year = i32::from(self.reply.year());
        let dates = (year - 1..=i32::from(self.end.year()).max(year + 1)).filter_map(|year| date(year, month, day));
        dates
            .filter(|it| floor.is_none_or(|floor| floor <= *it))
            .min_by_key(|it| self.distance(*it))
            .or_else(|| date(year, month, day))
    }

    /// The month named before, else the one that fits the window, the weekday where it helps.
    fn of_month(&self, day: i32, weekday: Option<Weekday>, month: Option<i32>, floor: Option<Date>) -> Option<Date> {
        if let Some(month) = month.filter(|_| floor.is_none()) {
            return self.of_year(month, day, None);
        }
        let first = self.last.filter(|it| self.holds(*it)).unwrap_or(self.reply).first_of_month();
        let around = [first, self.reply.first_of_month()];
        let months = around.iter().flat_map(|it| (0..4_i32).filter_map(|after| it.checked_add(after.months()).ok()));
        let dates: Vec<Date> = months
            .filter_map(|it| date(i32::from(it.year()), i32::from(it.month()), day))
            .filter(|it| floor.is_none_or(|floor| floor <= *it))
            .collect();
        let fits = |it: &&Date| self.holds(**it);
        let on_weekday = dates.iter().filter(fits).find(|it| weekday.is_some_and(|weekday| weekday == it.weekday()));
        on_weekday
            .or_else(|| dates.iter().find(fits))
            .or_else(|| dates.iter().min_by_key(|it| self.distance(**it)))
            .copied()
    }

    fn next_month(&self, months: i32) -> Option<Date> {
        self.reply.first_of_month().checked_add(months.months()).ok()
    }

    /// 9月の第2火曜, of the year that fits.
    fn nth_of(&self, month: i32, nth: i32, weekday: Weekday) -> Option<Date> {
        let year = i32::from(self.reply.year());
        let firsts = (year..=i32::from(self.end.year()).max(year + 1)).filter_map(|year| date(year, month, 1));
        firsts.filter_map(|it| nth_weekday(it, nth, weekday)).min_by_key(|it| self.distance(*it))
    }

    /// Monday and Sunday of a week.
    pub(super) fn week(&mut self, of: WeekOf) -> Result<(Date, Date), DoubtWhy> {
        let day = match of {
            WeekOf::Ahead(weeks) => self.reply.checked_add((weeks * 7).days()).map_err(|_| DoubtWhy::Impossible)?,
            WeekOf::Day(day) => self.date(day, None, None)?,
        };
        let offset = i32::from(day.weekday().to_monday_zero_offset());
        let monday = day.checked_sub(offset.days()).map_err(|_| DoubtWhy::Impossible)?;
        Ok((monday, monday.checked_add(6.days()).map_err(|_| DoubtWhy::Impossible)?))
    }

    /// Weeks begin on Monday, as in Japanese business calendars (JIS X 0301).
    fn of_week(&self, weeks: i32, weekday: Weekday) -> Option<Date> {
        let back = i32::from(self.reply.weekday().to_monday_zero_offset());
        let days = weeks * 7 - back + i32::from(weekday.to_monday_zero_offset());
        self.reply.checked_add(days.days()).ok()
    }

    /// Days outside the window; 0 inside.
    pub(super) fn distance(&self, date: Date) -> i32 {
        let days = |from: Date, to: Date| from.until(to).map_or(i32::MAX, |it| it.get_days());
        if date < self.reply {
            days(date, self.reply)
        } else if date > self.end {
            days(self.end, date)
        } else {
            0
        }
    }
}

fn nth_weekday(first: Date, nth: i32, weekday: Weekday) -> Option<Date> {
    first.nth_weekday_of_month(i8::try_from(nth).ok()?, weekday).ok()
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Whether offices are open: no weekend and no public holiday.
pub(super) fn is_business_day(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_holiday(date)
}

/// All days from one to the other, at most 400.
pub(super) fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |it| *it <= to).take(400)
}
