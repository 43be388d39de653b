//! One unit of a group: a day, days or a week, and the hours that belong to it.

use super::{
    changes::is_changed_to,
    dates::Day,
    times::{Hours, SESSION, whole_day},
    tokens::{Kind, Token},
    weeks::{Week, Weekdays},
};
use crate::desk::reading::DoubtWhy;

/// What a unit names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A day.
    Day(Day),
    /// The days from one to the other.
    Days(Day, Day),
    /// A day and all after it.
    Since(Day),
    /// A day and all before it.
    Until(Day),
    /// Weekdays without their dates: each such day.
    Weekdays(Weekdays),
    /// Days of a week.
    Week(Week),
    /// 来週中, 8月下旬.
    Vague,
    /// Hours alone: the day before is meant.
    Same,
    /// Hours alone behind 「時間は」: all days are meant that have none.
    Every,
    /// Hours alone behind 「それ以外の日」: days are meant that are not named.
    Rest,
    /// Hours alone that suit on no day: 「午前中は不可。」
    Never,
}

impl Named {
    /// Whether more than one day is named by one expression.
    pub(super) fn is_range(self) -> bool {
        matches!(self, Named::Days(..) | Named::Since(_) | Named::Until(_) | Named::Week(_) | Named::Vague)
    }
}

/// A day, or several, and the hours that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// What it names.
    pub named: Named,
    /// The month that was named before, for a day without one.
    pub month: Option<i32>,
    /// The month right before weekdays: 「9月の毎週木曜」.
    pub within: Option<i32>,
    /// Of a range, these weekdays only: 「9/20以降の平日」.
    pub only: Option<Weekdays>,
    /// The day's other name, which has to be of the same day: 「来週の火曜（8/16）」.
    pub also: Option<Day>,
    /// Hours take the place of others: 「13時を15時に変更」.
    pub renewed: bool,
    /// The hours; none where none are written.
    pub hours: Vec<Hours>,
    /// Its first cell.
    pub from: usize,
    /// The cell behind it.
    pub to: usize,
    /// Its first piece, and the piece behind it.
    pub pieces: (usize, usize),
}

/// The unit that begins there, and the piece behind it. `before`: the hours of the day before, for 同上.
pub(super) fn unit(tokens: &[Token], at: usize, month: Option<i32>, before: Option<&[Hours]>) -> (Unit, usize) {
    let kind = |at: usize| tokens.get(at).map_or(Kind::Stop, |it| it.kind);
    let (named, end) = match kind(at) {
        Kind::Day(day) => days(tokens, day, at + 1),
        Kind::Weekdays(weekdays) => (Named::Weekdays(weekdays), at + 1),
        Kind::Workdays => (Named::Weekdays(Weekdays::WORKDAYS), at + 1),
        Kind::Week(week) => (Named::Week(week), at + 1),
        Kind::Hours(_) => (Named::Same, at),
        _ => (Named::Vague, at + 1),
    };
    let (mut hours, mut end) = hours_behind(tokens, end, named == Named::Same);
    if let Some(behind) = ditto(tokens, end).filter(|_| hours.is_empty()) {
        hours = match before {
            // that day's are not said either, and may be known from an earlier mail
            Some([]) => Vec::new(),
            Some(before) => before.to_vec(),
            None => vec![Err(DoubtWhy::Unclear)],
        };
        end = behind;
    }
    let renewed = hours.len() == 2 && is_changed_to(tokens, end);
    if renewed {
        hours = hours.split_off(1);
    }
    let from = tokens.get(at).map_or(0, |it| it.from);
    let to = end.checked_sub(1).and_then(|it| tokens.get(it)).map_or(from, |it| it.to);
    let within = within(tokens, at).filter(|_| matches!(named, Named::Weekdays(_)));
    (Unit { named, month, within, only: None, also: None, renewed, hours, from, to, pieces: (at, end) }, end)
}

/// The month right before: 「9月の」.
fn within(tokens: &[Token], at: usize) -> Option<i32> {
    let mut before = tokens.get(at.saturating_sub(3)..at).unwrap_or(&[]).iter().rev();
    let month = before.find(|it| !it.kind.is_space() && it.kind != Kind::Particle)?;
    if let Kind::Month(month) = month.kind { Some(month) } else { None }
}

/// The piece behind 同上.
fn ditto(tokens: &[Token], from: usize) -> Option<usize> {
    let mut after = tokens.iter().enumerate().skip(from).take(4);
    let found = after.find(|(_, it)| !it.kind.is_space() && it.kind != Kind::Particle);
    found.filter(|(_, it)| it.kind == Kind::Ditto).map(|(at, _)| at + 1)
}

/// All hours that follow, and the piece behind them.
pub(super) fn hours_behind(tokens: &[Token], from: usize, several: bool) -> (Vec<Hours>, usize) {
    let mut hours = Vec::new();
    let mut end = from;
    while let Some(next) = next_hours(tokens, end, several || !hours.is_empty()) {
        let bracket = tokens.get(end..next).unwrap_or(&[]).iter().any(|it| it.kind == Kind::Bracket);
        if let Some(Kind::Hours(it)) = tokens.get(next).map(|it| it.kind) {
            let ended = hours.last().and_then(|before| ended(*before, it, bracket));
            // 「午前（10:00〜12:00）」: what stands in brackets says it better
            if bracket || ended.is_some() {
                hours.pop();
            }
            hours.push(ended.unwrap_or(it));
        }
        end = next + 1;
        // a bound: nobody offers more on one day
        if hours.len() >= 12 {
            break;
        }
    }
    (hours, end)
}

/// 「13時以降（15時終了希望）」, 「13時から、15時まで」: hours with an end only, behind hours that they end.
fn ended(before: Hours, end: Hours, bracket: bool) -> Option<Hours> {
    let (Ok((from, to)), Ok((open, end))) = (before, end) else { return None };
    let (day, _) = whole_day().ok()?;
    // a start alone is a session long, which an end says better
    let unsaid = from.duration_until(to).as_secs() == i64::from(SESSION) * 60;
    (open == day && day < from && from < end && (end <= to || bracket || unsaid)).then_some(Ok((from, end)))
}

/// 8/22〜26, 8/24以降, 8/24まで.
fn days(tokens: &[Token], day: Day, from: usize) -> (Named, usize) {
    let kind = |at: usize| tokens.get(at).map_or(Kind::Stop, |it| it.kind);
    let space = |at: usize| if kind(at).is_space() { at + 1 } else { at };
    let at = space(from);
    match kind(at) {
        Kind::Range => match kind(space(at + 1)) {
            Kind::Day(to) => {
                let end = space(at + 1) + 1;
                let until = kind(end) == Kind::Until;
                // 「8/24から8/25に変更」
                if is_changed_to(tokens, end) {
                    return (Named::Day(day), from);
                }
                (Named::Days(day, to), if until { end + 1 } else { end })
            }
            Kind::Hours(_) => (Named::Day(day), space(at + 1)),
            _ => (Named::Since(day), at + 1),
        },
        Kind::Since => (Named::Since(day), at + 1),
        Kind::Until => (Named::Until(day), at + 1),
        _ => (Named::Day(day), from),
    }
}

/// Where the hours stand that belong to what ends at `from`; the next line may begin with them.
fn next_hours(tokens: &[Token], from: usize, several: bool) -> Option<usize> {
    let mut lines = 0;
    for (at, token) in tokens.iter().enumerate().skip(from).take(8) {
        match token.kind {
            Kind::Hours(_) => return Some(at),
            // 「時間帯：13時～」 below a list is for all of it
            Kind::Every if lines > 0 => return None,
            Kind::Space | Kind::Bracket | Kind::Particle | Kind::Every | Kind::Workdays | Kind::Comma => {}
            Kind::Label if lines == 0 => {}
            Kind::Bullet if lines > 0 => {}
            Kind::Join if several => {}
            Kind::Newline if lines == 0 => lines += 1,
            _ => return None,
        }
    }
    None
}
