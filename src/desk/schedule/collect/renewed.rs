//! Days that take the place of others, and other hours of a day that is known.

use jiff::civil::Date;

use super::Collector;
use crate::desk::schedule::{
    context::Verdict,
    order::Wished,
    times::{Hours, SESSION},
    units::Unit,
};

impl Collector<'_> {
    /// A day whose place another one takes.
    pub(super) fn replace(&mut self, mut unit: Unit) {
        self.single = true;
        unit.hours.clear();
        let before: Vec<Date> = self.wished.iter().map(|it| it.date).collect();
        let old: Vec<Wished> =
            self.meant(&unit).map(|it| it.dates).unwrap_or_default().first().map_or_else(Vec::new, |date| {
                self.wished.iter().filter(|it| !it.ranged && it.date == *date).cloned().collect()
            });
        self.place = old.first().and_then(|it| before.iter().position(|date| *date == it.date)).map(|at| (at, old));
        self.exclude(&unit);
    }

    /// The day that takes its place: at its rank, and at its hours where it has none of its own.
    pub(super) fn amend(&mut self, mut unit: Unit) {
        let place = self.place.take();
        if let Some((_, old)) = &place
            && unit.hours.is_empty()
            && old.iter().all(|it| !it.bare)
        {
            unit.hours = old.iter().map(|it| Ok(it.hours)).collect();
        }
        let first = self.wished.len();
        self.wish(&unit, Verdict::Wish);
        let Some((at, from)) = place.and_then(|(at, old)| Some((at, old.first()?.from))) else { return };
        let mut new = self.wished.split_off(first.min(self.wished.len()));
        new.iter_mut().for_each(|it| it.from = from);
        let behind = self.wished.split_off(at.min(self.wished.len()));
        self.wished.extend(new);
        self.wished.extend(behind);
    }

    /// Whether these hours are sure to be other ones of a known day: 「12/22は13時以降に」, 「10日の時間を15時～17時に」.
    pub(super) fn are_other_hours(&self, unit: &Unit) -> bool {
        // 「12/4の15時からに変更」 may be all that is left
        let about = (unit.from..unit.to).any(|it| matches!(self.cells.get(it), Some('は' | 'を')));
        about && self.says_end(unit)
    }

    /// Whether the hours end when their words say so: of 「11時から」 a known end may stay, or move too.
    fn says_end(&self, unit: &Unit) -> bool {
        let written = |at: usize| {
            let next = self.cells.after_any(at, &["~", "-", "ー", "から"]).map(|it| self.cells.skip_blank(it));
            next.and_then(|it| self.cells.get(it)).is_some_and(|it| it.is_ascii_digit() || it == '午' || it == '正')
        };
        let half = (unit.from..unit.to).any(|it| self.cells.after_any(it, &["午前", "夕"]).is_some());
        let session = |it: &Hours| it.is_ok_and(|(from, to)| from.duration_until(to).as_mins() == i64::from(SESSION));
        half || !unit.hours.iter().any(session) || (unit.from..unit.to).any(written)
    }

    /// 「12/18も終日可能」: the particle between the day and its hours.
    pub(super) fn says_also(&self, unit: &Unit) -> bool {
        let other = ["もし", "もう"];
        (unit.from..unit.to).any(|it| self.cells.get(it) == Some('も') && self.cells.after_any(it, &other).is_none())
    }
}
