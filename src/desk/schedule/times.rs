//! The hours of a day as they are written: 13:00〜16:00, 午後3時半, 10時以降, 午前, 終日.

use jiff::civil::Time;

use super::cells::Cells;
use crate::desk::reading::DoubtWhy;

/// Start and end within one day, or why they cannot be used.
pub(super) type Hours = Result<(Time, Time), DoubtWhy>;

/// Minutes of an advice session: it takes about three hours.
pub const SESSION: i32 = 180;

/// A whole day, 9–17: what a date alone means.
pub(super) fn whole_day() -> Hours {
    span(9 * 60, 17 * 60)
}

/// The hours written there and the place behind them. `after_day`: a day stands just before, so 「13-16」 is a time.
pub(super) fn hours(cells: &Cells<'_>, at: usize, after_day: bool) -> Option<(Hours, usize)> {
    all_day(cells, at, after_day)
        .or_else(|| compact(cells, at, after_day))
        .or_else(|| in_columns(cells, at))
        .or_else(|| bare_range(cells, at, after_day))
        .or_else(|| clocks(cells, at))
        .or_else(|| halves(cells, at))
        .or_else(|| evening(cells, at))
        .or_else(|| vague(cells, at))
}

/// 夕方: business hours end at 18:00 then, and advice takes three.
fn evening(cells: &Cells<'_>, at: usize) -> Option<(Hours, usize)> {
    let end = cells.after_any(at, &["夕方以降", "夕方から", "夕方頃", "夕方ごろ", "夕方", "夕刻"])?;
    Some((span(15 * 60, 18 * 60), end))
}

fn all_day(cells: &Cells<'_>, at: usize, after_day: bool) -> Option<(Hours, usize)> {
    let words =
        ["終日", "一日中", "1日中", "全日", "丸一日", "まる一日", "丸1日", "まる1日", "一日通して", "1日通して"];
    if let Some(end) = cells.after_any(at, &words) {
        return Some((whole_day(), end));
    }
    let end = cells.after_any(at, &["一日", "1日"]).filter(|_| after_day)?;
    cells.after_any(end, &["空", "可", "ok", "大丈夫", "とも可"]).map(|_| (whole_day(), end))
}

/// The half of the day that is named before or behind a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// A time of day as it is written.
#[derive(Debug, Clone, Copy)]
struct Clock {
    hour: i32,
    minute: i32,
    half: Option<Half>,
}

fn half(cells: &Cells<'_>, at: usize) -> Option<(Half, usize)> {
    if let Some(end) = cells.after_any(at, &["午前中", "午前", "a.m.", "am"]) {
        return whole_word(cells, at, end).then_some((Half::Morning, end));
    }
    let end = cells.after_any(at, &["午後", "p.m.", "pm"])?;
    whole_word(cells, at, end).then_some((Half::Afternoon, end))
}

/// Whether no letter goes on before or behind: the `am` of `team` is none.
fn whole_word(cells: &Cells<'_>, at: usize, end: usize) -> bool {
    let letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphabetic());
    let before = at.checked_sub(1).and_then(|it| cells.get(it));
    !cells.get(at).is_some_and(|it| it.is_ascii_alphabetic()) || (!letter(before) && !letter(cells.get(end)))
}

fn clock(cells: &Cells<'_>, at: usize) -> Option<(Clock, usize)> {
    if let Some(end) = cells.after(at, "正午") {
        return Some((Clock { hour: 12, minute: 0, half: Some(Half::Afternoon) }, end));
    }
    let part = part_of_day(cells, at);
    let named = half(cells, at).or(part.and_then(|(half, end)| Some((half?, end))));
    let start = named.map(|it| it.1).or(part.map(|it| it.1)).map_or(at, |end| cells.skip_blank(end));
    let (hour, end) = cells.number(start)?;
    if end - start > 3 || hour > 99 {
        return None;
    }
    let mut half_of = named.map(|it| it.0);
    let (minute, mut end) = match minutes(cells, end) {
        Some(found) => found,
        None if part.is_some() => return None,
        None => (0, bare_hour(cells, end, half_of)?),
    };
    if half_of.is_none()
        && let Some((behind, next)) = half(cells, cells.skip_blank(end)).filter(|_| cells.get(end) != Some('午'))
        && cells.get(start).is_some_and(|it| it.is_ascii_digit())
        && !cells.get(next.saturating_sub(1)).is_some_and(|it| matches!(it, '前' | '後' | '中'))
        && !cells.get(cells.skip_blank(next)).is_some_and(|it| it.is_ascii_digit())
    {
        half_of = Some(behind);
        end = next;
    }
    Some((Clock { hour, minute, half: half_of }, end))
}

/// 朝9時, 夕方4時: words that are too vague without the hour, with the half they tell.
fn part_of_day(cells: &Cells<'_>, at: usize) -> Option<(Option<Half>, usize)> {
    let words = [
        (Some(Half::Morning), ["朝の", "朝"].as_slice()),
        (None, &["お昼の", "お昼", "昼の", "昼"]),
        (Some(Half::Afternoon), &["夕方の", "夕方", "夕刻", "夜の", "夜"]),
    ];
    words.iter().find_map(|(half, words)| cells.after_any(at, words).map(|end| (*half, end)))
}

/// `:30`, 時30分, 時半, 時.
fn minutes(cells: &Cells<'_>, at: usize) -> Option<(i32, usize)> {
    if let Some(start) = cells.after(cells.skip_blank(at), ":") {
        let start = cells.skip_blank(start);
        let (minute, end) = cells.number(start)?;
        let two = end == start + 2 && cells.get(start)?.is_ascii_digit();
        // seconds
        let end = match cells.after(end, ":").and_then(|it| cells.number(it)) {
            Some((_, seconds)) => seconds,
            None => end,
        };
        return two.then_some((minute, end));
    }
    let end = cells.after(cells.skip_blank(at), "時").or_else(|| kana_hour(cells, at))?;
    if cells.after_any(end, &["間", "点", "期", "代", "短", "的"]).is_some() {
        return None;
    }
    if let Some(end) = cells.after_any(end, &["半", "ハン"]) {
        return Some((30, end));
    }
    let minute = cells.number(cells.skip_blank(end)).and_then(|(minute, end)| Some((minute, cells.after(end, "分")?)));
    Some(minute.unwrap_or((0, end)))
}

/// 「13ｼﾞ」, as folded.
fn kana_hour(cells: &Cells<'_>, at: usize) -> Option<usize> {
    let end = cells.after(at, "ジ")?;
    let goes_on = cells.get(end).is_some_and(|it| matches!(it, 'ァ'..='ー')) && cells.after(end, "ハン").is_none();
    (!goes_on).then_some(end)
}

/// An hour without 「時」 or minutes: PM3, 3pm, 午後3〜4時.
fn bare_hour(cells: &Cells<'_>, end: usize, named: Option<Half>) -> Option<usize> {
    let next = cells.skip_blank(end);
    let behind = cells.after_any(next, &["am", "pm"]).is_some_and(|it| whole_word(cells, next, it));
    let free = match cells.get(next) {
        None => true,
        Some(it) => matches!(it, '\n' | '~' | '-' | 'ー' | '、' | ',' | ')' | '。') || next > end,
    };
    let joined = cells.after_any(next, &["から", "以降", "まで", "より"]).is_some();
    (behind || (named.is_some() && (free || joined))).then_some(end)
}

/// Minutes since midnight, and where the words contradict themselves nothing.
fn since_midnight(it: Clock) -> Result<i32, DoubtWhy> {
    let hour = match it.half {
        Some(Half::Afternoon) if it.hour < 12 => it.hour + 12,
        Some(Half::Morning) if it.hour > 12 => return Err(DoubtWhy::Impossible),
        Some(_) => it.hour,
        // nobody meets at one to five in the night
        None if (1..=5).contains(&it.hour) => it.hour + 12,
        None if it.hour == 6 => return Err(DoubtWhy::Unclear),
        None => it.hour,
    };
    if hour > 23 || it.minute > 59 { Err(DoubtWhy::Impossible) } else { Ok(hour * 60 + it.minute) }
}

/// An end belongs behind its start: 午後1時〜4時, 9:00〜5:00.
fn end_after(start: i32, end: Clock) -> Result<i32, DoubtWhy> {
    let plain = Clock { half: end.half.or(Some(Half::Morning)), ..end };
    let minutes = if end.half.is_none() && end.hour > 12 {
        since_midnight(Clock { half: Some(Half::Afternoon), ..end })?
    } else {
        since_midnight(plain)?
    };
    if minutes <= start && end.half.is_none() && end.hour < 12 { Ok(minutes + 12 * 60) } else { Ok(minutes) }
}

fn span(start: i32, end: i32) -> Hours {
    let time = |it: i32| {
        let (hour, minute) = (i8::try_from(it / 60).ok()?, i8::try_from(it % 60).ok()?);
        Time::new(hour, minute, 0, 0).ok()
    };
    match (time(start), time(end)) {
        (Some(from), Some(to)) if start < end => Ok((from, to)),
        _ => Err(DoubtWhy::Impossible),
    }
}

fn range_mark(cells: &Cells<'_>, at: usize) -> Option<usize> {
    let start = cells.skip_blank(at);
    cells.after_any(start, &["~", "-", "ー", "→", "⇒", "から", "より"]).map(|end| doubled(cells, end))
}

/// `--`, 「から〜」.
fn doubled(cells: &Cells<'_>, at: usize) -> usize {
    cells.after_any(at, &["~", "-", "ー"]).unwrap_or(at)
}

/// `1330-1600` behind a day.
fn compact(cells: &Cells<'_>, at: usize, after_day: bool) -> Option<(Hours, usize)> {
    let four = |at: usize| {
        let (number, end) = cells.digits(at).filter(|(_, end)| after_day && end - at == 4)?;
        cells.get(at).filter(char::is_ascii_digit)?;
        Some((Clock { hour: number / 100, minute: number % 100, half: Some(Half::Morning) }, end))
    };
    let (from, end) = four(at)?;
    let (to, end) = four(cells.skip_blank(range_mark(cells, end)?))?;
    let minutes = |it: Clock| {
        if it.hour < 24 && it.minute < 60 { Ok(it.hour * 60 + it.minute) } else { Err(DoubtWhy::Impossible) }
    };
    Some((minutes(from).and_then(|from| span(from, minutes(to)?)), end))
}

/// Start and end in two cells of a table: `13:00⇥16:00`. Three of them are a list of starts.
fn in_columns(cells: &Cells<'_>, at: usize) -> Option<(Hours, usize)> {
    let column = |at: usize| cells.after(at, "\t").and_then(|it| clock(cells, cells.skip_blank(it)));
    let (from, end) = clock(cells, at)?;
    let (to, end) = column(end)?;
    let only = column(end).is_none() && range_mark(cells, end).is_none();
    only.then(|| (since_midnight(from).and_then(|from| span(from, end_after(from, to)?)), end))
}

/// 13〜16時, and behind a day also 13-16.
fn bare_range(cells: &Cells<'_>, at: usize, after_day: bool) -> Option<(Hours, usize)> {
    let named = half(cells, at);
    let start = named.map_or(at, |(_, end)| cells.skip_blank(end));
    let (from, end) = cells.number(start)?;
    let next = cells.skip_blank(range_mark(cells, end)?);
    if from > 24 || end - start > 2 {
        return None;
    }
    let from = Clock { hour: from, minute: 0, half: named.map(|it| it.0) };
    let (to, end) = match clock(cells, next) {
        Some(found) => found,
        None => {
            let (to, end) =
                cells.number(next).filter(|(to, _)| after_day && (7..=21).contains(to) && from.hour >= 7)?;
            let free = cells.get(end).is_none_or(|it| it.is_whitespace() || "、。)ので".contains(it));
            free.then_some((Clock { hour: to, minute: 0, half: None }, end))?
        }
    };
    let hours = since_midnight(from).and_then(|from| span(from, end_after(from, to)?));
    Some((hours, cells.after_any(end, &["まで", "迄"]).unwrap_or(end)))
}

fn clocks(cells: &Cells<'_>, at: usize) -> Option<(Hours, usize)> {
    let (from, end) = clock(cells, at)?;
    let end = about(cells, end);
    let start = since_midnight(from);
    if let Some(end) = cells.after_any(end, &["以降", "以後", "過ぎ", "すぎ"]) {
        let end = cells.after(end, "から").unwrap_or(end);
        return Some((start.and_then(|it| span(it, if it < 17 * 60 { 17 * 60 } else { it + SESSION })), end));
    }
    if let Some(end) = cells.after_any(end, &["までに", "まで", "迄", "以前", "より前"]) {
        return Some((start.and_then(|it| span(9 * 60, it)), end));
    }
    if let Some(end) = ends_then(cells, end) {
        return Some((start.and_then(|it| span(9 * 60, it)), end));
    }
    if let Some((to, end)) = wrapped(cells, end) {
        return Some((start.and_then(|it| span(it, end_after(it, to)?)), end));
    }
    if let Some(next) = range_mark(cells, end) {
        if let Some((to, end)) = end_clock(cells, cells.skip_blank(next)) {
            let end = cells.after_any(about(cells, end), &["まで", "迄"]).unwrap_or(end);
            return Some((start.and_then(|it| span(it, end_after(it, to)?)), end));
        }
        let (length, end) = length(cells, next);
        return Some((start.and_then(|it| span(it, it + length)), end));
    }
    let (length, end) = length(cells, cells.after_any(end, &["スタート", "開始", "~"]).unwrap_or(end));
    Some((start.and_then(|it| span(it, it + length)), end))
}

/// 「15時終了希望」, but not 「15時終了後」 and 「15時に終了します」: what ends then is something else.
fn ends_then(cells: &Cells<'_>, at: usize) -> Option<usize> {
    let at = cells.after_any(at, &["には", "に", "で"]).unwrap_or(at);
    let end = cells.after_any(at, &["終了", "終わり"])?;
    cells.after_any(end, &["後", "次第", "し", "す", "ま", "の", "と", "時"]).is_none().then_some(end)
}

/// An end that was wrapped to the next line: 「13:00⏎～16:00」, 「13:00～⏎16:00」.
fn wrapped(cells: &Cells<'_>, at: usize) -> Option<(Clock, usize)> {
    let mark = cells.after(cells.skip_line(at), "~")?;
    let next = cells.skip_line(mark);
    let broken = (at..next).any(|it| cells.get(it) == Some('\n'));
    let (to, end) = clock(cells, next).filter(|_| broken)?;
    // 「13:00～⏎10:00～」 goes on with other hours
    let end = cells.after_any(about(cells, end), &["まで", "迄"]).unwrap_or(end);
    range_mark(cells, end).is_none().then_some((to, end))
}

/// The end of hours that is written with its day: 13:00～8/24 **16:00**. `at` is the place behind the day.
pub(super) fn until(cells: &Cells<'_>, at: usize, start: Time) -> Option<(Hours, usize)> {
    let (to, end) = clock(cells, cells.skip_blank(at))?;
    let end = cells.after_any(end, &["まで", "迄"]).unwrap_or(end);
    let goes_on = range_mark(cells, end).is_some() || cells.after_any(end, &["以降", "以後"]).is_some();
    let start = i32::from(start.hour()) * 60 + i32::from(start.minute());
    (!goes_on).then(|| (end_after(start, to).and_then(|to| span(start, to)), end))
}

/// Whether what was read ends with a mark that an end may follow.
pub(super) fn is_open(cells: &Cells<'_>, end: usize) -> bool {
    ["~", "-", "ー", "から", "より"].iter().any(|mark| {
        let from = end.checked_sub(mark.chars().count());
        from.and_then(|from| cells.after(from, mark)).is_some()
    })
}

fn about(cells: &Cells<'_>, at: usize) -> usize {
    cells.after_any(at, &["頃", "ごろ", "ころ", "くらい", "ぐらい", "前後", "ちょうど"]).unwrap_or(at)
}

/// The clock behind a range mark; its 「時」 may be missing: 13:00-16.
fn end_clock(cells: &Cells<'_>, at: usize) -> Option<(Clock, usize)> {
    clock(cells, at).or_else(|| {
        let (hour, end) = cells.number(at).filter(|(hour, end)| *hour <= 24 && end - at <= 2)?;
        let free = cells.get(end).is_none_or(|it| it.is_whitespace() || "、。)ので,・".contains(it));
        free.then_some((Clock { hour, minute: 0, half: None }, end))
    })
}

/// How long: 3時間, 1時間半, （2時間）; a session where nothing is said.
fn length(cells: &Cells<'_>, at: usize) -> (i32, usize) {
    let start = cells.skip_blank(at);
    let open = cells.after(start, "(");
    let letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    let start = cells.after_any(open.unwrap_or(start), &["約", "の", "で", "で約"]).unwrap_or(open.unwrap_or(start));
    let found = cells.number(start).and_then(|(hours, end)| {
        let end = cells.after_any(end, &["時間", "h", "hr", "hrs"]).filter(|end| !letter(cells.get(*end)))?;
        let (extra, end) = cells.after(end, "半").map_or((0, end), |end| (30, end));
        let end = cells.after_any(end, &["程度", "ほど", "くらい", "ぐらい"]).unwrap_or(end);
        let end = if open.is_some() { cells.after(end, ")")? } else { end };
        (1..=8).contains(&hours).then_some((hours * 60 + extra, end))
    });
    found.unwrap_or((SESSION, at))
}

/// 午前, 午後, 午前〜午後, 午後一.
fn halves(cells: &Cells<'_>, at: usize) -> Option<(Hours, usize)> {
    let (half_of, end) = half(cells, at)?;
    if half_of == Half::Afternoon
        && let Some(end) = cells.after_any(end, &["一番", "イチ", "いち", "1番", "一"])
    {
        return Some((span(13 * 60, 13 * 60 + SESSION), cells.after(end, "から").unwrap_or(end)));
    }
    let next = cells.after_any(cells.skip_blank(end), &["から", "~", "-"]);
    if let Some((Half::Afternoon, end)) = next.and_then(|it| half(cells, cells.skip_blank(it)))
        && half_of == Half::Morning
    {
        return Some((whole_day(), end));
    }
    let end = cells.after_any(end, &["の部", "の時間帯", "早め", "遅め", "以降", "から", "中"]).unwrap_or(end);
    let hours = match half_of {
        Half::Morning => span(9 * 60, 12 * 60),
        Half::Afternoon => span(13 * 60, 17 * 60),
    };
    Some((hours, end))
}

/// Parts of the day whose hours are not agreed upon.
fn vague(cells: &Cells<'_>, at: usize) -> Option<(Hours, usize)> {
    let words = [
        "夜間",
        "早朝",
        "朝一番",
        "朝一",
        "朝イチ",
        "昼から",
        "昼過ぎ",
        "昼頃",
        "お昼頃",
        "お昼過ぎ",
        "夜",
        "昼イチ",
        "昼一",
        "昼いち",
        "お昼イチ",
        "お昼一",
        "昼すぎ",
        "お昼すぎ",
        "午前遅め",
    ];
    cells.after_any(at, &words).map(|end| (Err(DoubtWhy::Unclear), end))
}
