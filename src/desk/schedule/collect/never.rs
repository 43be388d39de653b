//! Hours that suit on no day, taken out of the days that are wished for.

use jiff::civil::Time;

use super::Collector;
use crate::desk::{
    reading::DoubtWhy,
    schedule::{dates, times::whole_day, units::Unit},
};

impl Collector<'_> {
    /// 「午前中は不可。12/8、12/9で」: what is left of the days that have no hours; one whose hours suit no more is a doubt.
    pub(super) fn without(&mut self, unit: &Unit) {
        let Some(no) = unit.hours.iter().find_map(|it| it.ok()) else { return };
        let left = left(no);
        let mut unclear = false;
        for it in &mut self.wished {
            let overlaps = it.hours.0 < no.1 && no.0 < it.hours.1;
            match left.filter(|_| it.bare || Ok(it.hours) == whole_day()) {
                Some(left) if overlaps => (it.hours, it.bare) = (left, false),
                _ => unclear |= overlaps,
            }
        }
        if unclear {
            self.doubt(unit, DoubtWhy::Unclear);
        }
    }

    /// 「12月10日前後」: a day is named, but not exactly.
    pub(super) fn is_about_a_day(&self, unit: &Unit) -> bool {
        // 「8/29週」 says when, not which day
        let day = dates::day(self.cells, unit.from, dates::Bare::No)
            .filter(|(_, end)| self.cells.after_any(*end, &["週", "の週"]).is_none());
        let mut calendar = self.calendar;
        let date = day.and_then(|(day, _)| calendar.date(day, unit.month, None).ok());
        date.is_some_and(|it| self.calendar.holds(it))
    }
}

/// What is left of a whole day without these hours, where it is one piece: an afternoon begins at 13:00.
fn left(no: (Time, Time)) -> Option<(Time, Time)> {
    let (start, end) = whole_day().ok()?;
    let (noon, afternoon) = (Time::constant(12, 0, 0, 0), Time::constant(13, 0, 0, 0));
    let (from, to) = match no {
        (from, to) if from <= start => (if to == noon { afternoon } else { to }, end),
        (from, to) if to >= end => (start, if from == afternoon { noon } else { from }),
        _ => return None,
    };
    (from < to).then_some((from, to))
}
