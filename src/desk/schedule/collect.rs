//! Groups of days with their verdicts into wishes, excluded days and doubts.

mod meant;
mod never;
mod renewed;

use jiff::civil::{Date, Time};

use meant::Meant;

use super::{
    cells::Cells,
    context::Verdict,
    dates::{Day, DayName},
    groups::Group,
    order::{Labels, Wished, once_a_day},
    resolve::Calendar,
    times::{Hours, whole_day},
    units::{Named, Unit},
    weeks::{Week, WeekOf, Weekdays},
};
use crate::desk::reading::{Candidate, Doubt, DoubtWhy, Excluded, Scope, Wishes};

/// Most entries of each kind that are kept.
const MOST: usize = 60;
/// Days from the window at which a bare 「1/2」 is taken for a fraction.
const FAR: i32 = 90;

/// What is gathered.
#[derive(Debug)]
pub(super) struct Collector<'c> {
    cells: &'c Cells<'c>,
    labels: Labels,
    calendar: Calendar,
    wished: Vec<Wished>,
    excluded: Vec<Excluded>,
    doubts: Vec<Doubt>,
    /// Days on which nobody is there: told where days are wished for, for a notice of holidays is no answer.
    away: Vec<Excluded>,
    /// Whether the group lists several.
    listed: bool,
    /// Groups taken so far.
    groups: usize,
    /// Hours for all days, named before any: 「時間はいずれも13時から。⏎9/1⏎9/6」.
    ahead: Option<Unit>,
    /// Single days of an earlier mail are changed.
    single: bool,
    /// Hours of known days are.
    other_hours: bool,
    /// Whether the first day that is wished for comes to those of an earlier mail: 「12/15も可能です」.
    more: Option<bool>,
    /// Where days stood that another takes the place of, and those days.
    place: Option<(usize, Vec<Wished>)>,
    /// Half days that do not suit: a doubt, unless only other hours of the day are offered.
    partly: Vec<(Date, (Time, Time), Doubt)>,
    /// Hours that suit on no day: 「午前中は不可。」
    never: Vec<Unit>,
}

impl<'c> Collector<'c> {
    /// Nothing gathered yet.
    pub(super) fn new(cells: &'c Cells<'c>, calendar: Calendar, labels: Labels) -> Self {
        Self {
            cells,
            labels,
            calendar,
            wished: Vec::new(),
            excluded: Vec::new(),
            doubts: Vec::new(),
            groups: 0,
            ahead: None,
            away: Vec::new(),
            listed: false,
            single: false,
            other_hours: false,
            more: None,
            place: None,
            partly: Vec::new(),
            never: Vec::new(),
        }
    }

    /// Takes a group.
    pub(super) fn add(&mut self, group: &Group, verdict: Option<Verdict>) {
        let mut week = None;
        let before = self.wished.len();
        self.listed = group.units.len() > 1;
        self.groups += 1;
        for unit in &group.units {
            let mut unit = unit.clone();
            // 「来週の火曜か水曜」
            if let (Named::Weekdays(days), Some(of)) = (unit.named, week) {
                unit.named = Named::Week(Week { of, days, exact: true });
            }
            if let Named::Day(Day { name: DayName::Week(weeks), .. }) = unit.named {
                week = Some(WeekOf::Ahead(weeks));
            }
            match verdict {
                _ if unit.named == Named::Never => self.never.push(unit),
                None if unit.named == Named::Vague && self.is_about_a_day(&unit) => {
                    self.doubt(&unit, DoubtWhy::Unclear);
                }
                Some(verdict @ (Verdict::Wish | Verdict::Timed | Verdict::Likely)) => {
                    self.wish(&unit, verdict);
                    self.comes_to_others(group);
                }
                Some(Verdict::Amends) => {
                    self.single = true;
                    self.amend(unit);
                }
                Some(Verdict::InRank) => {
                    self.single = true;
                    let first = self.wished.len();
                    self.wish(&unit, Verdict::Wish);
                    let rank = self.labels.before(unit.from);
                    self.wished.iter_mut().skip(first).for_each(|it| it.in_rank = rank);
                }
                Some(Verdict::Renewed) => {
                    // 「12/4の15時からに変更」 may be all that is left
                    self.other_hours |= unit.renewed || self.are_other_hours(&unit);
                    self.wish(&unit, Verdict::Wish);
                }
                Some(Verdict::Added) => {
                    self.more.get_or_insert(true);
                    self.amend(unit);
                }
                Some(Verdict::Replaced) => self.replace(unit),
                Some(Verdict::Excluded) => self.exclude(&unit),
                Some(Verdict::Away) => self.is_away(&unit),
                Some(Verdict::Unsure) => self.doubt(&unit, DoubtWhy::Unclear),
                // 「8/24は午前は不在ですが、午後なら可」: the day is remembered
                Some(Verdict::Other) | None => drop(self.meant(&unit)),
            }
        }
        // 「火曜か木曜」
        if group.is_loose()
            && let Some(days) = self.wished.get_mut(before..)
        {
            days.sort_by_key(|it| it.date);
        }
    }

    /// 「12/15（火）も」, 「12/15でも」: said of the first day that is wished for.
    fn comes_to_others(&mut self, group: &Group) {
        if self.more.is_none() && !self.wished.is_empty() {
            let end = group.units.last().map_or(0, |it| it.to);
            let behind = (end..end + 3).find(|it| self.cells.get(*it).is_some_and(|it| !") 」".contains(it)));
            let also = ["も", "でも", "なども", "等も", "にも"];
            let said = self.cells.after_any(behind.unwrap_or(end), &also).is_some()
                || matches!(group.units.as_slice(), [it] if self.says_also(it));
            self.more = Some(said && !group.is_hours_alone());
        }
    }

    /// Everything, in order of writing.
    pub(super) fn finish(mut self) -> Wishes {
        let scope = if self.single {
            Scope::Single
        } else if self.more == Some(true) {
            Scope::More
        } else if self.other_hours {
            Scope::Single
        } else {
            Scope::Unsaid
        };
        if let Some(unit) = self.ahead.take() {
            self.fill(0, &unit, false);
        }
        for unit in std::mem::take(&mut self.never) {
            self.without(&unit);
        }
        if !self.wished.is_empty() {
            let named = |date: Date| self.wished.iter().any(|it| !it.ranged && it.date == date);
            let away: Vec<Excluded> = std::mem::take(&mut self.away).into_iter().filter(|it| !named(it.date)).collect();
            away.iter().for_each(|it| self.push_excluded(it.date, &it.raw, it.open_month));
        }
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
        for it in once_a_day(self.labels.in_order(self.wished)) {
            let (start, end) = (it.date.to_datetime(it.hours.0), it.date.to_datetime(it.hours.1));
            if dates.len() < MOST && dates.iter().all(|known| (known.start, known.end) != (start, end)) {
                let rank = u32::try_from(dates.len() + 1).unwrap_or(u32::MAX);
                let (open_month, open_hours) = (it.open_month, it.bare);
                let in_rank = it.in_rank;
                dates.push(Candidate { rank, start, end, raw: it.raw, open_month, open_hours, in_rank });
            }
        }
        Wishes { dates, excluded: self.excluded, doubts: self.doubts, scope, ..Wishes::default() }
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
            (Named::Every, None) if self.wished.is_empty() => self.ahead = Some(unit.clone()),
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
        if matches!(unit.named, Named::Vague | Named::Weekdays(_) | Named::Week(_)) && !self.says_days(unit, verdict) {
            // 「月末でお願いします」, 「お盆明けの午後」; 「来週もよろしくお願いします」 is no wish
            let by = self.is_wished_by(unit.to);
            if verdict == Verdict::Wish
                || unit.only.is_some()
                || (verdict == Verdict::Likely && (by || !unit.hours.is_empty()))
                || (unit.named == Named::Vague && self.is_about_a_day(unit))
            {
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
        for date in meant.dates.clone() {
            // a letter's own date stands alone on its line
            if date == today && verdict == Verdict::Likely && unit.hours.is_empty() {
                continue;
            }
            self.wish_day(unit, date, &meant);
        }
    }

    /// Whether weekdays or a week say which days are wished for: 「平日午後」, 「再来週前半」; 「来週」 alone does not, nor does
    /// 「平日 9:00-17:00」 where no wish stands with it.
    fn says_days(&self, unit: &Unit, verdict: Verdict) -> bool {
        let timed = !unit.hours.is_empty();
        match unit.named {
            // 「火曜の午後」 may be the next one
            Named::Weekdays(it) if it.is_one() && !self.listed => {
                let every = it.is_nth()
                    || self.cells.after(unit.from, "毎週").is_some()
                    || unit.within.is_some()
                    || self.any_time(unit.to);
                every && verdict != Verdict::Timed
            }
            Named::Weekdays(_) => verdict == Verdict::Wish || (verdict == Verdict::Likely && timed),
            Named::Week(Week { exact: true, .. }) => verdict != Verdict::Timed || timed,
            Named::Week(_) => unit.only.is_some() || (verdict != Verdict::Timed && (timed || self.any_time(unit.to))),
            _ => false,
        }
    }

    /// 「月末ごろに」, 「来週のどこかで」: the particle of a wish behind a time that names no day.
    fn is_wished_by(&self, at: usize) -> bool {
        let about = ["頃", "ごろ", "ころ", "あたり", "辺り", "くらい", "ぐらい", "中", "の間", "のうち", "の内"];
        let any = ["のどこか", "のいずれか", "のいつか", "のどれか", "どこか"];
        let at = self.cells.after_any(at, &about).unwrap_or(at);
        let any_of = self.cells.after_any(at, &any);
        let by = any_of.unwrap_or(at);
        self.cells.get(by) == Some('で')
            || (self.cells.get(by) == Some('に') && (any_of.is_some() || self.asks_kindly(by)))
    }

    /// 「（月末）にお願いします」, with nothing between.
    fn asks_kindly(&self, at: usize) -> bool {
        let wished = ["お願い", "おねがい", "御願い", "願い", "希望"];
        let next = self.cells.skip_blank(at + 1);
        self.cells.after_any(next, &wished).is_some()
    }

    /// 「来週いつでも」: whether all of it suits.
    fn any_time(&self, at: usize) -> bool {
        (at..at + 8).any(|it| self.cells.after_any(it, &["いつでも", "どの日でも", "何時でも", "終日"]).is_some())
    }

    fn wish_day(&mut self, unit: &Unit, date: Date, meant: &Meant) {
        let all_day = [whole_day()];
        let hours: &[Hours] = if unit.hours.is_empty() { &all_day } else { &unit.hours };
        for it in hours {
            match it {
                Ok(hours) if self.wished.len() < 4 * MOST => {
                    let raw = self.raw(unit);
                    let bare = unit.hours.is_empty();
                    let (group, from) = (self.groups, unit.from);
                    let (ranged, open_month) = (meant.ranged, meant.open_month);
                    let hours = *hours;
                    self.wished.push(Wished { date, hours, raw, ranged, bare, group, from, open_month, in_rank: None });
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
        if let Named::Weekdays(weekdays) = unit.named {
            return self.exclude_weekdays(unit, weekdays);
        }
        let meant = match self.meant(unit) {
            Ok(meant) => meant,
            Err(why) => return self.doubt(unit, why),
        };
        let part = unit.hours.iter().filter_map(|it| it.ok()).find(|it| Ok(*it) != whole_day());
        let raw = self.raw(unit);
        let reply = self.calendar.reply();
        let outside = self.calendar.last().filter(|it| meant.outside && !meant.ranged && *it >= reply);
        for date in meant.dates.into_iter().chain(outside) {
            if let Some(hours) = part {
                if self.partly.len() < MOST {
                    self.partly.push((date, hours, Doubt { raw: raw.clone(), why: DoubtWhy::Unclear }));
                }
            } else {
                self.push_excluded(date, &raw, meant.open_month);
            }
        }
    }

    fn is_away(&mut self, unit: &Unit) {
        let whole = unit.hours.iter().all(|it| *it == whole_day());
        let Ok(meant) = self.meant(unit) else { return };
        let raw = self.raw(unit);
        for date in meant.dates.into_iter().filter(|_| whole) {
            if self.away.len() < MOST {
                self.away.push(Excluded { date, raw: raw.clone(), open_month: meant.open_month });
            }
        }
    }

    fn push_excluded(&mut self, date: Date, raw: &str, open_month: bool) {
        // what is said last holds: 「第1希望 8/24（8/24は不可となりました）」
        self.wished.retain(|it| it.ranged || it.date != date);
        if self.excluded.len() < MOST && self.excluded.iter().all(|it| it.date != date) {
            self.excluded.push(Excluded { date, raw: raw.to_owned(), open_month });
        }
    }

    /// 「8/22〜26、水曜以外」: those days of the ranges named before.
    fn exclude_weekdays(&mut self, unit: &Unit, weekdays: Weekdays) {
        let meant = self.wished.iter().filter(|it| it.ranged && weekdays.holds(it.date));
        let mut dates: Vec<Date> = meant.map(|it| it.date).collect();
        if dates.is_empty() && weekdays != Weekdays::WORKDAYS {
            dates = self.each(weekdays, unit.within).collect();
        }
        if dates.is_empty() || !unit.hours.is_empty() {
            return self.doubt(unit, DoubtWhy::Unclear);
        }
        let raw = self.raw(unit);
        for date in dates {
            self.push_excluded(date, &raw, false);
        }
    }
}
