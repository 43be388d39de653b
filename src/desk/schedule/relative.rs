//! Days named from today's month or year: 来月5日, 来年8月24日, 9月の第2火曜.

use jiff::civil::Weekday;

use super::{
    cells::Cells,
    dates::{DayName, duration, month, month_day, slashed},
    weekday::long_weekday,
};

/// 来年8月24日, 昨年の8/24.
pub(super) fn of_next_year(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let words = [("来年", 1), ("翌年", 1), ("本年", 0), ("今年", 0), ("昨年", -1), ("去年", -1), ("前年", -1)];
    let (years, end) = words.iter().find_map(|(word, years)| cells.after(at, word).map(|end| (*years, end)))?;
    let end = cells.skip_blank(cells.after(end, "の").unwrap_or(end));
    let (name, end) = month_day(cells, end).or_else(|| slashed(cells, end))?;
    let (DayName::Month { month, day, .. } | DayName::Slash { month, day }) = name else { return None };
    Some((DayName::OfNextYear { years, month, day }, end))
}

/// 今月, 来月: months from this one.
fn next_month(cells: &Cells<'_>, at: usize) -> Option<(i32, usize)> {
    let words = [("今月", 0), ("来月", 1), ("翌月", 1), ("再来月", 2), ("さ来月", 2)];
    let (months, end) = words.iter().find_map(|(word, months)| cells.after(at, word).map(|end| (*months, end)))?;
    Some((months, cells.skip_blank(cells.after(end, "の").unwrap_or(end))))
}

/// 来月5日.
pub(super) fn of_next_month(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let (months, end) = next_month(cells, at)?;
    let (day, end) = cells.number(end).filter(|(day, _)| (1..100).contains(day))?;
    let end = cells.after(end, "日").filter(|end| !duration(cells, *end))?;
    Some((DayName::OfNextMonth { months, day }, end))
}

/// 9月の第2火曜.
pub(super) fn nth(cells: &Cells<'_>, at: usize) -> Option<(DayName, Weekday, usize)> {
    let (month, months, end) = match next_month(cells, at) {
        Some((months, end)) => (None, months, end),
        None => {
            let (month, end) = month(cells, at)?;
            (Some(month), 0, cells.after(end, "の").unwrap_or(end))
        }
    };
    let (nth, end) = cells.number(cells.after(end, "第")?).filter(|(nth, _)| (1..=5).contains(nth))?;
    let (weekday, end) = long_weekday(cells, end)?;
    Some((DayName::Nth { month, months, nth }, weekday, end))
}
