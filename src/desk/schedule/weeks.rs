//! Days that are named by their weekdays or their week: 毎週水曜, 月・水・金, 再来週前半, 9/5の週.

use jiff::civil::{Date, Weekday};

use super::{
    cells::Cells,
    dates::Day,
    weekday::{letter, long_weekday},
};

/// Weekdays, Monday in the lowest bit, and which ones of a month: the first in the lowest bit, all where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weekdays {
    days: u8,
    nth: u8,
}

/// The bit of a month's last such weekday.
const LAST: u8 = 1 << 5;

impl Weekdays {
    /// 平日: Monday to Friday; holidays are left out where the days are reckoned.
    pub(super) const WORKDAYS: Weekdays = Weekdays::each(0b001_1111);
    /// 週の前半, as against the second half.
    const FIRST_HALF: Weekdays = Weekdays::each(0b000_0111);
    const SECOND_HALF: Weekdays = Weekdays::each(0b001_1000);

    const fn each(days: u8) -> Self {
        Self { days, nth: 0 }
    }

    /// That weekday alone.
    pub(super) fn one(it: Weekday) -> Self {
        Self::each(1 << it.to_monday_zero_offset())
    }

    fn names(self, it: Weekday) -> bool {
        self.days & Self::one(it).days != 0
    }

    /// Whether the day is one of them.
    pub(super) fn holds(self, it: Date) -> bool {
        let nth = 1_u8.checked_shl(u32::try_from((it.day() - 1) / 7).unwrap_or(0)).unwrap_or(0);
        let last = it.day() + 7 > it.days_in_month();
        self.names(it.weekday()) && (self.nth == 0 || self.nth & nth != 0 || (last && self.nth & LAST != 0))
    }

    /// Whether it is but one.
    pub(super) fn is_one(self) -> bool {
        self.days.count_ones() == 1
    }

    /// Whether it says which ones of each month: 第2水曜.
    pub(super) fn is_nth(self) -> bool {
        self.nth != 0
    }

    /// The weekday, where it is but one.
    pub(super) fn only(self) -> Option<Weekday> {
        Weekday::Monday.cycle_forward().take(7).find(|it| self.is_one() && !self.is_nth() && self.names(*it))
    }

    /// These and those.
    pub(super) fn and(self, other: Self) -> Self {
        Self { days: self.days | other.days, nth: self.nth | other.nth }
    }

    /// From the one to the other, both included.
    fn span(from: Weekday, to: Weekday) -> Option<Self> {
        let (from, to) = (from.to_monday_zero_offset(), to.to_monday_zero_offset());
        (from < to).then(|| Self::each((from..=to).fold(0, |days, it| days | 1 << it)))
    }
}

/// Which week is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WeekOf {
    /// Weeks from this one.
    Ahead(i32),
    /// The week a day lies in.
    Day(Day),
}

/// Days of one week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Week {
    /// The week.
    pub of: WeekOf,
    /// Its days.
    pub days: Weekdays,
    /// Whether the words say which of its days: 「来週」 alone is too little to go by.
    pub exact: bool,
}

/// 来週: weeks from this one.
pub(super) fn ahead(cells: &Cells<'_>, at: usize) -> Option<(i32, usize)> {
    let words = [
        ("今週", 0),
        ("来週", 1),
        ("翌週", 1),
        ("再来週", 2),
        ("さ来週", 2),
        ("さらい週", 2),
        ("さらいしゅう", 2),
        ("再々来週", 3),
    ];
    words.iter().find_map(|(word, weeks)| cells.after(at, word).map(|end| (*weeks, end)))
}

/// 再来週前半, 来週の月〜水, 来週; not 来週中 or 来週以降, which name no days.
pub(super) fn week(cells: &Cells<'_>, at: usize) -> Option<(Week, usize)> {
    let (weeks, end) = ahead(cells, at)?;
    let of = WeekOf::Ahead(weeks);
    let next = cells.after(end, "の").unwrap_or(end);
    let half = |word: &str, days: Weekdays| cells.after(next, word).map(|end| (days, end));
    let named = list(cells, next)
        .or_else(|| half("前半", Weekdays::FIRST_HALF))
        .or_else(|| half("後半", Weekdays::SECOND_HALF));
    if let Some((days, end)) = named {
        return Some((Week { of, days, exact: true }, end));
    }
    let loose = [
        "中",
        "末",
        "以降",
        "以後",
        "以前",
        "明け",
        "初",
        "頭",
        "はじめ",
        "始",
        "あたり",
        "頃",
        "ごろ",
        "半ば",
        "まで",
        "か",
        "も",
        "どこか",
    ];
    cells.after_any(next, &loose).is_none().then_some((Week { of, days: Weekdays::WORKDAYS, exact: false }, end))
}

/// 毎週水曜, 水曜, 月・水・金.
pub(super) fn weekdays(cells: &Cells<'_>, at: usize) -> Option<(Weekdays, usize)> {
    let every = cells.after_any(at, &["毎週の", "毎週"]);
    let start = every.unwrap_or(at);
    let before = at.checked_sub(1).and_then(|it| cells.get(it));
    // the 月 of 「毎月」 and the 金 of 「料金」 are none
    let held = before.is_some_and(|it| {
        it.is_ascii_alphanumeric() || matches!(it, '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FFF}')
    });
    nth(cells, start)
        .or_else(|| half(cells, at).filter(|_| !held))
        .or_else(|| list(cells, start).filter(|_| every.is_some() || !held))
        .or_else(|| long_weekday(cells, start).map(|(it, end)| (Weekdays::one(it), end)))
}

/// 第2水曜, 「第1・第3火曜」, 最終金曜: of each month.
fn nth(cells: &Cells<'_>, at: usize) -> Option<(Weekdays, usize)> {
    let mut end = cells.after_any(at, &["毎月の", "毎月"]).unwrap_or(at);
    let mut nth = 0;
    if let Some(behind) = cells.after_any(end, &["最終", "最後の"]) {
        (nth, end) = (LAST, behind);
    } else {
        end = cells.after(end, "第")?;
        // a bound: a month has five of them
        for _ in 0..5 {
            let (number, behind) = cells.number(end).filter(|(number, _)| (1..=5).contains(number))?;
            nth |= 1 << (number - 1);
            end = cells.skip_blank(behind);
            let Some(joined) = cells.after_any(end, &["・", "、", ",", "/", "と", "か", "or", "または"]) else {
                break;
            };
            let next = cells.skip_blank(joined);
            end = cells.after(next, "第").unwrap_or(next);
        }
    }
    let (days, end) =
        list(cells, end).or_else(|| long_weekday(cells, end).map(|(it, end)| (Weekdays::one(it), end)))?;
    Some((Weekdays { nth, ..days }, end))
}

/// 「週の前半」, of any week; that of a named week is [`week`]'s.
fn half(cells: &Cells<'_>, at: usize) -> Option<(Weekdays, usize)> {
    let named = at.checked_sub(1).and_then(|it| cells.get(it)) == Some('の');
    let at = cells.after_any(at, &["毎週", "各週", "週"]).filter(|_| !named)?;
    half_behind(cells, at)
}

/// 「（12/15の週）の前半」.
pub(super) fn half_behind(cells: &Cells<'_>, at: usize) -> Option<(Weekdays, usize)> {
    let at = cells.after(at, "の").unwrap_or(at);
    let first = cells.after(at, "前半").map(|end| (Weekdays::FIRST_HALF, end));
    first.or_else(|| cells.after(at, "後半").map(|end| (Weekdays::SECOND_HALF, end)))
}

/// At least two of them: 「月・水・金」, 「火か木」, 「月〜水」, 「月水金」. Weekends are no list: 「月・日」 heads a column.
fn list(cells: &Cells<'_>, at: usize) -> Option<(Weekdays, usize)> {
    let weekday =
        |at: usize| cells.get(at).and_then(letter).filter(|it| !matches!(it, Weekday::Saturday | Weekday::Sunday));
    let mut last = weekday(at)?;
    let mut days = Weekdays::one(last);
    let mut end = cells.after_any(at + 1, &["曜日", "曜"]).unwrap_or(at + 1);
    let (mut count, mut bare) = (1, 0);
    // a bound: a week has five of them
    for _ in 0..4 {
        let mark = cells.skip_blank(end);
        let joined = cells.after_any(mark, &["・", "/", "、", ",", "と", "か", "または", "or", "~", "-"]);
        let next = joined.map_or(end, |it| cells.skip_blank(it));
        let Some(it) = weekday(next) else { break };
        if matches!(cells.get(mark), Some('~' | '-')) {
            days = days.and(Weekdays::span(last, it)?);
        }
        days = days.and(Weekdays::one(it));
        count += 1;
        bare += usize::from(joined.is_none());
        last = it;
        end = cells.after_any(next + 1, &["曜日", "曜"]).unwrap_or(next + 1);
    }
    let ends = cells
        .get(cells.skip_blank(end))
        .is_none_or(|it| it.is_ascii_digit() || "\nのはでがにをも午終()、。希いな以".contains(it));
    // 「火金は避けて」: two letters alone make a word of their own more often than a list
    let pair = || {
        cells
            .after_any(end, &["は", "が", "も", "以外", "を避", "を除", "の午", "午前", "午後", "終日", "で"])
            .is_some()
    };
    (count > 1 && (bare == 0 || count > 2 || pair()) && ends).then_some((days, end))
}
