//! One day as it is written: 8月24日, 8/24, 2022-08-24, 令和4年8月24日, 二十九日, 来週の火曜.

use jiff::civil::Weekday;

use super::{
    cells::Cells,
    relative::{nth, of_next_month, of_next_year},
    weekday::{in_brackets, long_weekday, weekday},
    weeks,
};

/// A day, as far as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    /// How the day is named.
    pub name: DayName,
    /// The weekday that stands with it.
    pub weekday: Option<Weekday>,
}

/// The ways to name a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayName {
    /// 8月24日, with the year where it is written.
    Month { year: Option<i32>, month: i32, day: i32 },
    /// `8/24` and nothing more: it may be a fraction, too.
    Slash { month: i32, day: i32 },
    /// 29日: the month is meant to be known.
    OfMonth(i32),
    /// 来週の火曜: weeks from this one.
    Week(i32),
    /// 明日: days from today.
    Ahead(i32),
    /// 来月5日: months from this one.
    OfNextMonth { months: i32, day: i32 },
    /// 来年8月24日: years from this one.
    OfNextYear { years: i32, month: i32, day: i32 },
    /// 9月の第2火曜, 来月の第2火曜; a month, or months from this one.
    Nth { month: Option<i32>, months: i32, nth: i32 },
}

impl DayName {
    /// Whether both name one day by month and day.
    pub(super) fn is_same(self, other: DayName) -> bool {
        let named = |it: DayName| match it {
            DayName::Month { month, day, .. } | DayName::Slash { month, day } => Some((month, day)),
            _ => None,
        };
        self == other || (named(self).is_some() && named(self) == named(other))
    }
}

/// Whether a mere number may be a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare {
    /// It may not.
    No,
    /// Days are being listed: 8/22〜**26**, 8月24・**25**日.
    Listed,
    /// Days are being listed with their hours: 「24は午前、**26**は午後」.
    AfterHours,
}

/// The day that is written there and the place behind it.
pub(super) fn day(cells: &Cells<'_>, at: usize, bare: Bare) -> Option<(Day, usize)> {
    if let Some((weeks, weekday, end)) = of_week(cells, at) {
        return Some((Day { name: DayName::Week(weeks), weekday: Some(weekday) }, end));
    }
    if let Some((name, weekday, end)) = nth(cells, at) {
        return Some((Day { name, weekday: Some(weekday) }, end));
    }
    let (name, end) = named(cells, at, bare)?;
    let (weekday, end) = match weekday(cells, end) {
        Some((weekday, end)) => (Some(weekday), end),
        None => (None, end),
    };
    Some((Day { name, weekday }, end))
}

fn named(cells: &Cells<'_>, at: usize, bare: Bare) -> Option<(DayName, usize)> {
    ahead(cells, at)
        .or_else(|| of_next_year(cells, at))
        .or_else(|| of_next_month(cells, at))
        .or_else(|| with_year(cells, at))
        .or_else(|| month_day(cells, at))
        .or_else(|| slashed(cells, at))
        .or_else(|| dotted(cells, at))
        .or_else(|| dashed(cells, at))
        .or_else(|| compact(cells, at))
        .or_else(|| compact_with_hours(cells, at))
        .or_else(|| of_month(cells, at, bare))
}

fn ahead(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let words = [("明日", 1), ("明後日", 2), ("あさって", 2), ("明々後日", 3)];
    words.iter().find_map(|(word, days)| cells.after(at, word).map(|end| (DayName::Ahead(*days), end)))
}

fn of_week(cells: &Cells<'_>, at: usize) -> Option<(i32, Weekday, usize)> {
    let (weeks, end) = weeks::ahead(cells, at)?;
    let end = cells.after(end, "の").unwrap_or(end);
    let (weekday, end) = weekday(cells, end).or_else(|| long_weekday(cells, end))?;
    Some((weeks, weekday, end))
}

/// 2022年8月24日, 令和4年8月24日, R4.8.24, 2022/8/24, 2022-08-24.
fn with_year(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let (year, end) = year(cells, at)?;
    if let Some(end) = cells.after(end, "年") {
        let end = cells.after(end, "度").unwrap_or(end);
        let end = cells.skip_blank(end);
        let (name, end) = month_day(cells, end).or_else(|| slashed(cells, end))?;
        let (DayName::Month { month, day, .. } | DayName::Slash { month, day }) = name else { return None };
        return Some((DayName::Month { year: Some(year), month, day }, end));
    }
    let mark = cells.get(end).filter(|it| matches!(it, '/' | '-' | '.'))?;
    let (month, end) = cells.number(end + 1)?;
    let end = (cells.get(end) == Some(mark)).then_some(end + 1)?;
    let (day, end) = cells.number(end)?;
    // telephone numbers and part numbers go on
    let goes_on = cells.get(end).is_some_and(|it| it == mark || it.is_ascii_digit());
    ((1..=12).contains(&month) && day < 100 && !goes_on)
        .then_some((DayName::Month { year: Some(year), month, day }, end))
}

/// Years of 令和 begin with 2019, of 平成 with 1989 (元年 is the first).
fn year(cells: &Cells<'_>, at: usize) -> Option<(i32, usize)> {
    for (era, before_first) in [("令和", 2018), ("平成", 1988), ("r", 2018), ("h", 1988)] {
        let Some(end) = cells.after(at, era) else { continue };
        let end = cells.skip_blank(end);
        if let Some(end) = cells.after(end, "元") {
            return Some((before_first + 1, end));
        }
        let (year, end) = cells.number(end)?;
        return (year < 100).then_some((before_first + year, end));
    }
    let (year, end) = cells.number(at)?;
    (2000..2100).contains(&year).then_some((year, end))
}

/// 8月24日, 8月24(水), 8月24・25日.
pub(super) fn month_day(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let (month, end) = month(cells, at)?;
    let (day, end) = cells.number(cells.skip_blank(end))?;
    let after = cells.skip_blank(end);
    let end = match cells.after(after, "日") {
        Some(end) if cells.after_any(end, &["間", "以内"]).is_some() => return None,
        Some(end) => end,
        None if counted(cells, end) => return None,
        None => end,
    };
    let name = DayName::Month { year: None, month, day };
    (day < 100).then_some((name, end))
}

/// The month of 「8月」 and the place behind it.
pub(super) fn month(cells: &Cells<'_>, at: usize) -> Option<(i32, usize)> {
    let (month, end) = cells.number(at)?;
    let end = cells.after(cells.skip_blank(end), "月")?;
    (month < 100 && cells.after(end, "間").is_none()).then_some((month, end))
}

/// 上旬, 末 and the like behind a month.
pub(super) fn part_of_month(cells: &Cells<'_>, at: usize) -> Option<usize> {
    let words = [
        "上旬",
        "中旬",
        "下旬",
        "初旬",
        "末",
        "末頃",
        "頭",
        "初め",
        "はじめ",
        "半ば",
        "後半",
        "前半",
        "中",
        "いっぱい",
    ];
    let at = cells.after(at, "の").unwrap_or(at);
    cells.after_any(at, &words).or_else(|| cells.after(at, "最終週")).or_else(|| {
        let (_, end) = cells.number(cells.after(at, "第")?)?;
        cells.after(end, "週")
    })
}

/// `8/24`.
pub(super) fn slashed(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let (month, slash) = cells.number(at)?;
    let start = cells.skip_blank(cells.after(cells.skip_blank(slash), "/")?);
    let (day, end) = cells.number(start)?;
    let ascii = cells.get(at)?.is_ascii_digit() && cells.get(start)?.is_ascii_digit();
    let short = slash - at <= 2 && end - start <= 2;
    let end = cells.after(end, "日").unwrap_or(end);
    // 「12/6／10時～」 goes on with a clock, not with a year
    let behind = cells.after(end, "/").and_then(|it| cells.number(it));
    let goes_on = behind.is_some_and(|(_, end)| !matches!(cells.get(end), Some('時' | ':')));
    let fits = (1..=12).contains(&month) && (1..100).contains(&day) && short;
    (ascii && fits && !goes_on && !counted(cells, end)).then_some((DayName::Slash { month, day }, end))
}

/// `8-24` before hours, a weekday or a wish: anywhere else it is a number of something.
fn dashed(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let (month, end) = cells.number(at)?;
    let start = cells.after(end, "-")?;
    let (day, end) = cells.number(start)?;
    let ascii = cells.get(at)?.is_ascii_digit() && cells.get(start)?.is_ascii_digit();
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && end - at <= 5;
    let wished = wished_for(cells, end) || cells.after_any(end, &["を希望", "希望"]).is_some();
    (ascii && fits && wished).then_some((DayName::Month { year: None, month, day }, end))
}

/// `20220824`, likewise.
fn compact(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let (number, end) = cells.digits(at).filter(|(_, end)| end - at == 8)?;
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let fits = (2000..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (fits && wished_for(cells, end)).then_some((DayName::Month { year: Some(year), month, day }, end))
}

/// `0824 1300-1600`: month and day only before hours written alike.
fn compact_with_hours(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let four = |at: usize| {
        cells.digits(at).filter(|(_, end)| end - at == 4 && cells.get(at).is_some_and(|it| it.is_ascii_digit()))
    };
    let (day, end) = four(at)?;
    let hours = cells.skip_blank(end);
    let (_, behind) = four(hours).filter(|_| hours > end)?;
    four(cells.skip_blank(cells.after_any(behind, &["-", "~"])?))?;
    let (month, day) = (day / 100, day % 100);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((DayName::Month { year: None, month, day }, end))
}

fn wished_for(cells: &Cells<'_>, at: usize) -> bool {
    let next = cells.skip_blank(at);
    let all = ["いずれも", "どちらも", "両日とも", "ともに", "とも", "すべて", "全て"];
    let next = cells.after_any(next, &all).map_or(next, |it| cells.skip_blank(it));
    let next = cells.after(next, "の").unwrap_or(next);
    let hours = cells.after_any(next, &["午前", "午後", "終日", "am", "pm"]).is_some();
    let clock = cells
        .number(next)
        .is_some_and(|(_, end)| cells.after_any(end, &[":", "時"]).is_some() && cells.after(end, "時間").is_none());
    hours || (clock && next > at) || weekday(cells, at).is_some()
}

/// `8.24(水)`, `8.24 13時`: without weekday and hours it is a version.
fn dotted(cells: &Cells<'_>, at: usize) -> Option<(DayName, usize)> {
    let (month, end) = cells.number(at)?;
    let (day, end) = cells.number(cells.after(end, ".")?)?;
    let two = cells.get(at)?.is_ascii_digit() && cells.get(end.checked_sub(1)?)?.is_ascii_digit();
    let timed = two && (1..=31).contains(&day) && (wished_for(cells, end) || dots_wished(cells, end));
    if weekday(cells, end).is_none() && !timed {
        return None;
    }
    ((1..=12).contains(&month) && day < 100).then_some((DayName::Month { year: None, month, day }, end))
}

/// 「(12.8) / 12.9 いずれも午後」: others written alike follow, the last of them with hours or a weekday.
fn dots_wished(cells: &Cells<'_>, at: usize) -> bool {
    let mut at = at;
    // a bound: nobody lists more on one line
    for _ in 0..8 {
        let join = cells.after_any(cells.skip_blank(at), &["/", "、", ",", "・", "と", "か", "または", "or"]);
        let next = join.map(|it| cells.skip_blank(it)).and_then(|it| cells.number(it));
        let Some((_, dot)) = next.filter(|it| (1..=12).contains(&it.0)) else { return false };
        let day = cells.after(dot, ".").and_then(|it| cells.number(it));
        let Some((_, end)) = day.filter(|it| (1..=31).contains(&it.0)) else { return false };
        if wished_for(cells, end) {
            return true;
        }
        at = end;
    }
    false
}

/// 29日, 24(水); where days are listed also 26.
fn of_month(cells: &Cells<'_>, at: usize, bare: Bare) -> Option<(DayName, usize)> {
    let (day, end) = cells.number(at)?;
    if !(1..=31).contains(&day) {
        return None;
    }
    if let Some(end) = cells.after(end, "日") {
        return (!duration(cells, end)).then_some((DayName::OfMonth(day), end));
    }
    let listed = match bare {
        Bare::No => false,
        Bare::Listed => ends_a_number(cells, end),
        Bare::AfterHours => before_hours(cells, end),
    };
    (listed || in_brackets(cells, end).is_some()).then_some((DayName::OfMonth(day), end))
}

/// Whether hours follow a number that is a day, or another such number: 「26は午後」, 「26、30は午後」.
fn before_hours(cells: &Cells<'_>, at: usize) -> bool {
    let number = |at: usize| cells.number(at).is_some();
    if let Some(next) = cells.after_any(at, &["、", "・"]) {
        return number(cells.skip_blank(next));
    }
    let next = cells.after_any(at, &["は", "も", "の"]).map(|it| cells.skip_blank(it));
    let half = |at: usize| cells.after_any(at, &["午前", "午後", "終日", "全日", "am", "pm"]).is_some();
    next.is_some_and(|it| half(it) || number(it))
}

/// Whether a counter follows the number: 1/2社.
fn counted(cells: &Cells<'_>, at: usize) -> bool {
    let Some(next) = cells.get(at) else { return false };
    let counters = "社台名人件割回程ヶか%個枚分点倍位以円万千百つ年.";
    let since = cells.after_any(at, &["以降", "以後", "以外", "以前", "から", "か", "or", "and"]).is_some();
    // 8/24pm
    let half = cells.after_any(at, &["am", "pm"]).is_some();
    next.is_ascii_digit() || (!since && !half && (counters.contains(next) || next.is_ascii_alphabetic()))
}

/// Whether 「N日」 counts days: 3日間, 3日後, 1日8時間.
pub(super) fn duration(cells: &Cells<'_>, at: usize) -> bool {
    let words = [
        "間",
        "以内",
        "前",
        "後",
        "目",
        "程",
        "ほど",
        "締",
        "〆",
        "当",
        "あた",
        "ぶり",
        "単位",
        "分",
        "か月",
        "くらい",
        "ぐらい",
        "かけ",
        "かか",
        "余",
        "も早",
    ];
    if cells.after(at, "午前").is_some() || cells.after(at, "午後").is_some() {
        return false;
    }
    if cells.after_any(at, &words).is_some() {
        return true;
    }
    match cells.number(at) {
        Some((_, end)) => {
            let clock = cells.after(end, "時").is_some_and(|it| cells.get(it) != Some('間'));
            !clock && cells.get(end) != Some(':')
        }
        None => false,
    }
}

/// Whether a listed number is at its end, and not a counted thing or a clock.
fn ends_a_number(cells: &Cells<'_>, at: usize) -> bool {
    let at = cells.skip_blank(at);
    let Some(next) = cells.get(at) else { return true };
    matches!(
        next,
        '\n' | '(' | ')' | '、' | ',' | '・' | '~' | '-' | '。' | 'の' | 'で' | 'か' | 'は' | 'が' | 'も' | 'に' | 'を'
    ) || cells
        .after_any(
            at,
            &["午前", "午後", "以降", "以外", "終日", "am", "pm", "または", "又は", "まで", "いずれ", "希望", "可"],
        )
        .is_some()
        || cells.number(at).is_some_and(|(_, end)| matches!(cells.get(end), Some(':' | '時')))
}
