//! Pieces into groups: days that stand together, with the hours that belong to each.

use jiff::civil::Weekday;

use super::{
    dates::{Day, DayName},
    times::Hours,
    tokens::{Kind, Token},
};

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
    /// A weekday without its date.
    Weekday(Weekday),
    /// 来週中, 8月下旬.
    Vague,
    /// Hours alone: the day before is meant.
    Same,
    /// Hours alone behind 「時間は」: all days are meant that have none.
    Every,
}

/// A day, or several, and the hours that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// What it names.
    pub named: Named,
    /// The month that was named before, for a day without one.
    pub month: Option<i32>,
    /// The hours; none where none are written.
    pub hours: Vec<Hours>,
    /// Its first cell.
    pub from: usize,
    /// The cell behind it.
    pub to: usize,
}

/// Units that stand together: what is said of one is said of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The units in order of writing.
    pub units: Vec<Unit>,
    /// Its first piece.
    pub first: usize,
    /// The piece behind it.
    pub end: usize,
}

impl Group {
    /// Whether it is hours without a day.
    pub(super) fn is_hours_alone(&self) -> bool {
        self.units.iter().all(|it| matches!(it.named, Named::Same | Named::Every))
    }

    /// Whether hours are written.
    pub(super) fn has_hours(&self) -> bool {
        self.units.iter().any(|it| !it.hours.is_empty())
    }
}

/// Finds the groups.
pub(super) fn groups(tokens: &[Token]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut month = None;
    let mut near_day = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Month(it) => month = Some(it),
            Kind::Stop | Kind::Blank | Kind::Open | Kind::Close => {
                near_day = false;
                month = month.filter(|_| token.kind == Kind::Blank);
            }
            _ => {}
        }
        let every = follows_every(tokens, at);
        let starts = starts_unit(token.kind) || ((near_day || every) && matches!(token.kind, Kind::Hours(_)));
        if starts {
            let mut group = group(tokens, at, month);
            for unit in group.units.iter_mut().filter(|it| every && it.named == Named::Same) {
                unit.named = Named::Every;
            }
            at = group.end.max(at + 1);
            near_day = true;
            explain(tokens, &mut groups, &mut group);
            groups.push(group);
        } else {
            at += 1;
        }
    }
    groups
}

/// 「木曜午後（8/25、9/1）」: dates in brackets say what was named before them.
fn explain(tokens: &[Token], groups: &mut Vec<Group>, group: &mut Group) {
    let Some(before) = groups.last() else { return };
    let [named] = before.units.as_slice() else { return };
    let bracket = matches!(tokens.get(before.end..group.first), Some([it]) if it.kind == Kind::Bracket);
    let dated = matches!(group.units.first().map(|it| it.named), Some(Named::Day(_) | Named::Days(..)));
    let loose = match named.named {
        Named::Vague | Named::Weekday(_) => true,
        Named::Day(day) => matches!(day.name, DayName::Week(_) | DayName::Ahead(_)),
        _ => false,
    };
    if bracket && dated && loose {
        for unit in group.units.iter_mut().filter(|it| it.hours.is_empty()) {
            unit.hours.clone_from(&named.hours);
        }
        groups.pop();
    }
}

/// Whether いずれも or 時間は stands right before.
fn follows_every(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(at.saturating_sub(3)..at).unwrap_or(&[]);
    before.iter().rev().map(|it| it.kind).find(|it| !it.is_space() && *it != Kind::Particle) == Some(Kind::Every)
}

fn starts_unit(kind: Kind) -> bool {
    matches!(kind, Kind::Day(_) | Kind::Vague | Kind::Weekday(_) | Kind::Workdays)
}

fn group(tokens: &[Token], first: usize, month: Option<i32>) -> Group {
    let mut units = Vec::new();
    // whether a unit follows the one before on the same line
    let mut joined = Vec::new();
    let mut at = first;
    loop {
        let (unit, end) = unit(tokens, at, month);
        units.push(unit);
        let Some((next, same_line)) = connected(tokens, end) else {
            share_hours(&mut units, &joined);
            return Group { units, first, end };
        };
        joined.push(same_line);
        at = next;
    }
}

/// 「9月1日か2日の午後」: hours that close a list on one line belong to all of it.
fn share_hours(units: &mut [Unit], joined: &[bool]) {
    let mut hours: Option<(Vec<Hours>, usize)> = None;
    for (at, unit) in units.iter_mut().enumerate().rev() {
        let same_line = joined.get(at).copied().unwrap_or(false);
        match &hours {
            Some((shared, to)) if unit.hours.is_empty() && same_line => {
                unit.hours.clone_from(shared);
                unit.to = *to;
            }
            _ => hours = (!unit.hours.is_empty()).then(|| (unit.hours.clone(), unit.to)),
        }
    }
}

/// Where the next unit begins that か, 「、」 or blanks join to the one before, and whether on the same line.
fn connected(tokens: &[Token], from: usize) -> Option<(usize, bool)> {
    let (mut joins, mut lines) = (0, 0);
    let mut last_joins = false;
    for (at, token) in tokens.iter().enumerate().skip(from).take(12) {
        match token.kind {
            kind if starts_unit(kind) => {
                let broken = lines > 0 && joins == 0;
                return (!broken && kind != Kind::Workdays).then_some((at, lines == 0));
            }
            Kind::Bracket if joins == 0 => return None,
            Kind::Space | Kind::Bracket | Kind::Label => {}
            Kind::Join | Kind::Comma => {
                joins += 1;
                last_joins = true;
            }
            Kind::Particle | Kind::Every if joins > 0 => {}
            Kind::Newline => {
                lines += 1;
                let next = tokens.iter().skip(at + 1).map(|it| it.kind).find(|it| !it.is_space());
                if lines > 1 || !(last_joins || next == Some(Kind::Join)) {
                    return None;
                }
            }
            _ => return None,
        }
    }
    None
}

fn unit(tokens: &[Token], at: usize, month: Option<i32>) -> (Unit, usize) {
    let kind = |at: usize| tokens.get(at).map_or(Kind::Stop, |it| it.kind);
    let (named, mut end) = match kind(at) {
        Kind::Day(day) => days(tokens, day, at + 1),
        Kind::Weekday(weekday) => (Named::Weekday(weekday), at + 1),
        Kind::Hours(_) => (Named::Same, at),
        _ => (Named::Vague, at + 1),
    };
    let mut hours = Vec::new();
    while let Some(next) = next_hours(tokens, end, named == Named::Same || !hours.is_empty()) {
        // 「午前（10:00〜12:00）」: what stands in brackets says it better
        if tokens.get(end..next).unwrap_or(&[]).iter().any(|it| it.kind == Kind::Bracket) {
            hours.pop();
        }
        if let Kind::Hours(it) = kind(next) {
            hours.push(it);
        }
        end = next + 1;
        // a bound: nobody offers more on one day
        if hours.len() >= 12 {
            break;
        }
    }
    let from = tokens.get(at).map_or(0, |it| it.from);
    let to = end.checked_sub(1).and_then(|it| tokens.get(it)).map_or(from, |it| it.to);
    (Unit { named, month, hours, from, to }, end)
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
