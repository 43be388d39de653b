//! Groups of days with their verdicts into wishes, excluded days and doubts.

use std::collections::BTreeMap;

use jiff::{
    ToSpan as _,
    civil::{Date, Time, Weekday},
};

use super::{
    cells::Cells,
    context::Verdict,
    dates::{Day, DayName},
    groups::{Group, Named, Unit},
    resolve::{Calendar, days, is_business_day},
    times::{Hours, whole_day},
};
use crate::desk::reading::{Candidate, Doubt, DoubtWhy, Excluded};

/// Most entries of each kind that are kept.
const MOST: usize = 60;
/// Days from the window at which a bare 「1/2」 is taken for a fraction.
const FAR: i32 = 90;

/// What is gathered.
#[derive(Debug)]
pub(super) struct Collector<'c> {
    cells: &'c Cells<'c>,
    calendar: Calendar,
    wished: Vec<Wished>,
    excluded: Vec<Excluded>,
    doubts: Vec<Doubt>,
    /// Groups taken so far.
    groups: usize,
    /// Half days that do not suit: a doubt, unless only other hours of the day are offered.
    partly: Vec<(Date, (Time, Time), Doubt)>,
}

#[derive(Debug, Clone)]
struct Wished {
    date: Date,
    hours: (Time, Time),
    raw: String,
    /// From a range; days that are named as excluded are taken out of it.
    ranged: bool,
    /// Whether no hours stand with it.
    bare: bool,
    /// The group it was written in, and its first cell.
    group: usize,
    from: usize,
}

/// Dates of one unit: those in the window, and whether others were named.
struct Meant {
    dates: Vec<Date>,
    ranged: bool,
    outside: bool,
}

impl<'c> Collector<'c> {
    /// Nothing gathered yet.
    pub(super) fn new(cells: &'c Cells<'c>, calendar: Calendar) -> Self {
        Self {
            cells,
            calendar,
            wished: Vec::new(),
            excluded: Vec::new(),
            doubts: Vec::new(),
            groups: 0,
            partly: Vec::new(),
        }
    }

    /// Takes a group.
    pub(super) fn add(&mut self, group: &Group, verdict: Option<Verdict>) {
        let mut week = None;
        self.groups += 1;
        for unit in &group.units {
            let mut unit = unit.clone();
            // 「来週の火曜か水曜」
            if let (Named::Weekday(weekday), Some(name)) = (unit.named, week) {
                unit.named = Named::Day(Day { name, weekday: Some(weekday) });
            }
            if let Named::Day(Day { name: name @ DayName::Week(_), .. }) = unit.named {
                week = Some(name);
            }
            match verdict {
                Some(verdict @ (Verdict::Wish | Verdict::Timed | Verdict::Likely)) => self.wish(&unit, verdict),
                Some(Verdict::Excluded) => self.exclude(&unit),
                Some(Verdict::Unsure) => self.doubt(&unit, DoubtWhy::Unclear),
                // 「8/24は午前は不在ですが、午後なら可」: the day is remembered
                Some(Verdict::Other) | None => drop(self.meant(&unit)),
            }
        }
    }

    /// Everything, in order of writing.
    pub(super) fn finish(mut self) -> (Vec<Candidate>, Vec<Excluded>, Vec<Doubt>) {
        let excluded = &self.excluded;
        self.wished.retain(|it| !it.ranged || excluded.iter().all(|no| no.date != it.date));
        for (date, hours, doubt) in std::mem::take(&mut self.partly) {
            let mut others = self.wished.iter().filter(|it| it.date == date).map(|it| it.hours).peekable();
            let overlaps = |it: (Time, Time)| it.0 < hours.1 && hours.0 < it.1;
            if others.peek().is_none() || others.any(overlaps) {
                self.push_doubt(doubt);
            }
        }
        let mut dates: Vec<Candidate> = Vec::new();
        for it in once_a_day(self.wished) {
            let (start, end) = (it.date.to_datetime(it.hours.0), it.date.to_datetime(it.hours.1));
            if dates.len() < MOST && dates.iter().all(|known| (known.start, known.end) != (start, end)) {
                let rank = u32::try_from(dates.len() + 1).unwrap_or(u32::MAX);
                dates.push(Candidate { rank, start, end, raw: it.raw });
            }
        }
        (dates, self.excluded, self.doubts)
    }

    fn raw(&self, unit: &Unit) -> String {
        self.cells.raw(unit.from, unit.to)
    }

    fn doubt(&mut self, unit: &Unit, why: DoubtWhy) {
        let raw = self.raw(unit);
        self.push_doubt(Doubt { raw, why });
    }

    fn push_doubt(&mut self, doubt: Doubt) {
        if self.doubts.len() < MOST && !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    /// Gives hours to the days from `first` on that have none: 「時間は13時以降で」.
    fn fill(&mut self, first: usize, unit: &Unit, raw: bool) {
        if let Some(why) = unit.hours.iter().find_map(|it| it.err()) {
            return self.doubt(unit, why);
        }
        let bare = self.wished.split_off(first.min(self.wished.len()));
        for it in bare {
            if !it.bare {
                self.wished.push(it);
                continue;
            }
            for hours in unit.hours.iter().filter_map(|it| it.ok()) {
                let raw = if raw { self.cells.raw(it.from, unit.to) } else { it.raw.clone() };
                self.wished.push(Wished { hours, raw, bare: false, ..it });
            }
        }
        self.wished.truncate(4 * MOST);
    }

    /// Hours that stand apart from the days they belong to; whether they found any.
    fn hours_alone(&mut self, unit: &Unit) -> bool {
        let last = self.wished.last().filter(|it| it.bare).map(|it| (it.ranged, it.group, it.date));
        match (unit.named, last) {
            (Named::Every, _) | (Named::Same | Named::Rest, Some((true, ..))) => self.fill(0, unit, false),
            (Named::Rest, _) => self.doubt(unit, DoubtWhy::Unclear),
            // 「8/31のみ可、午後希望」
            (Named::Same, Some((false, group, date))) if Some(date) == self.calendar.last() => {
                let first = self.wished.iter().rposition(|it| it.group != group).map_or(0, |it| it + 1);
                let alone = self.wished.len() == first + 1;
                self.fill(first, unit, alone);
            }
            _ => return false,
        }
        true
    }

    fn wish(&mut self, unit: &Unit, verdict: Verdict) {
        if self.hours_alone(unit) {
            return;
        }
        // 「明日の午後に送ります」
        if verdict == Verdict::Timed && matches!(unit.named, Named::Day(Day { name: DayName::Ahead(_), .. })) {
            return;
        }
        if matches!(unit.named, Named::Vague | Named::Weekday(_)) {
            // 「来週もよろしくお願いします」 and 「平日 9:00-17:00」 are no wishes
            if verdict == Verdict::Wish || (verdict == Verdict::Likely && !unit.hours.is_empty()) {
                self.doubt(unit, DoubtWhy::Unclear);
            }
            return;
        }
        let meant = match self.meant(unit) {
            Ok(meant) => meant,
            Err(why) => return self.doubt(unit, why),
        };
        if meant.outside && !self.only_mentioned(unit, verdict) {
            self.doubt(unit, DoubtWhy::Outside);
        }
        let today = self.calendar.reply();
        for date in meant.dates {
            // a letter's own date stands alone on its line
            if date == today && verdict == Verdict::Likely && unit.hours.is_empty() {
                continue;
            }
            self.wish_day(unit, date, meant.ranged);
        }
    }

    fn wish_day(&mut self, unit: &Unit, date: Date, ranged: bool) {
        let all_day = [whole_day()];
        let hours: &[Hours] = if unit.hours.is_empty() { &all_day } else { &unit.hours };
        for it in hours {
            match it {
                Ok(hours) if self.wished.len() < 4 * MOST => {
                    let raw = self.raw(unit);
                    let bare = unit.hours.is_empty();
                    let (group, from) = (self.groups, unit.from);
                    self.wished.push(Wished { date, hours: *hours, raw, ranged, bare, group, from });
                }
                Ok(_) => {}
                Err(why) => self.doubt(unit, *why),
            }
        }
    }

    /// Whether a date outside the window is more likely a fraction or something past.
    fn only_mentioned(&self, unit: &Unit, verdict: Verdict) -> bool {
        let Named::Day(day) = unit.named else { return false };
        let Some(date) = self.calendar.last() else { return false };
        // 「創業1998年4月1日」
        if date < self.calendar.reply() && self.calendar.distance(date) > 5 * FAR {
            return true;
        }
        let bare = unit.hours.is_empty() && day.weekday.is_none();
        let fraction = matches!(day.name, DayName::Slash { .. }) && self.calendar.distance(date) > FAR;
        let past = date < self.calendar.reply() && verdict == Verdict::Likely;
        bare && (fraction || past)
    }

    fn exclude(&mut self, unit: &Unit) {
        if let Named::Weekday(weekday) = unit.named {
            return self.exclude_weekday(unit, weekday);
        }
        let meant = match self.meant(unit) {
            Ok(meant) => meant,
            Err(why) => return self.doubt(unit, why),
        };
        let part = unit.hours.iter().filter_map(|it| it.ok()).find(|it| Ok(*it) != whole_day());
        let raw = self.raw(unit);
        let outside = self.calendar.last().filter(|_| meant.outside && !meant.ranged);
        for date in meant.dates.into_iter().chain(outside) {
            if let Some(hours) = part {
                if self.partly.len() < MOST {
                    self.partly.push((date, hours, Doubt { raw: raw.clone(), why: DoubtWhy::Unclear }));
                }
            } else {
                self.push_excluded(date, &raw);
            }
        }
    }

    fn push_excluded(&mut self, date: Date, raw: &str) {
        if self.excluded.len() < MOST && self.excluded.iter().all(|it| it.date != date) {
            self.excluded.push(Excluded { date, raw: raw.to_owned() });
        }
    }

    /// 「8/22〜26、水曜以外」: those days of the ranges named before.
    fn exclude_weekday(&mut self, unit: &Unit, weekday: Weekday) {
        let meant = self.wished.iter().filter(|it| it.ranged && it.date.weekday() == weekday);
        let dates: Vec<Date> = meant.map(|it| it.date).collect();
        if dates.is_empty() || !unit.hours.is_empty() {
            return self.doubt(unit, DoubtWhy::Unclear);
        }
        let raw = self.raw(unit);
        for date in dates {
            self.push_excluded(date, &raw);
        }
    }

    /// The dates a unit means.
    fn meant(&mut self, unit: &Unit) -> Result<Meant, DoubtWhy> {
        let one = |date: Date, calendar: &Calendar| {
            let held = calendar.holds(date);
            Meant { dates: if held { vec![date] } else { Vec::new() }, ranged: false, outside: !held }
        };
        match unit.named {
            Named::Day(day) => {
                let date = self.calendar.date(day, unit.month, None)?;
                Ok(one(date, &self.calendar))
            }
            Named::Same | Named::Every | Named::Rest => {
                let date = self.calendar.last().ok_or(DoubtWhy::Unclear)?;
                Ok(one(date, &self.calendar))
            }
            Named::Days(from, to) => {
                let first = self.calendar.date(from, unit.month, None)?;
                let last = self.calendar.date(to, unit.month, Some(first))?;
                if last < first {
                    return Err(DoubtWhy::Impossible);
                }
                Ok(self.range(first, last, [from.weekday.is_some(), to.weekday.is_some()]))
            }
            Named::Since(day) => {
                let first = self.calendar.date(day, unit.month, None)?;
                let last = first.max(self.calendar.end());
                Ok(self.range(first, last, [day.weekday.is_some(), false]))
            }
            Named::Until(day) => {
                let last = self.calendar.date(day, unit.month, None)?;
                let tomorrow = self.calendar.reply().checked_add(1.day()).map_err(|_| DoubtWhy::Impossible)?;
                Ok(self.range(tomorrow.min(last), last, [false, day.weekday.is_some()]))
            }
            Named::Vague | Named::Weekday(_) => Err(DoubtWhy::Unclear),
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
        Meant { dates, ranged: true, outside }
    }
}

/// A day that is named as a whole and by hours, too, is meant by its hours; they take the place of the whole day.
fn once_a_day(wished: Vec<Wished>) -> Vec<Wished> {
    let whole = |it: &Wished| Ok(it.hours) == whole_day();
    let mut parts: BTreeMap<Date, Vec<Wished>> = BTreeMap::new();
    for it in wished.iter().filter(|it| !whole(it)) {
        parts.entry(it.date).or_default().push(it.clone());
    }
    let mut told = Vec::new();
    for it in wished {
        match parts.get_mut(&it.date).filter(|_| whole(&it)) {
            // the whole day is told where there are none
            Some(parts) => told.append(parts),
            None => told.push(it),
        }
    }
    told
}
