//! Pieces into groups: days that stand together, with the hours that belong to each.

use super::{
    changes::is_changed_to,
    dates::Day,
    narrow::{explain, narrow},
    times::{Hours, whole_day},
    tokens::{Kind, Token},
    weeks::{Week, Weekdays},
    words::Word,
};
use crate::desk::reading::DoubtWhy;

/// Cells of 「水曜日」.
const LONG_WEEKDAY: usize = 3;
/// Pieces of a line that are looked at around hours that open it.
const NEAR: usize = 12;

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
    pieces: (usize, usize),
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
    /// Left out by 以外 or を除いて.
    pub except: Except,
}

/// Whether a group is left out, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Except {
    /// It is not.
    No,
    /// Of all days.
    All,
    /// Of the group before it: 「8/22〜26、24日以外」.
    Before,
}

impl Group {
    /// Whether it is hours without a day.
    pub(super) fn is_hours_alone(&self) -> bool {
        self.units.iter().all(|it| matches!(it.named, Named::Same | Named::Every | Named::Rest))
    }

    /// Whether it is hours of other days than those right before it.
    pub(super) fn is_for_others(&self) -> bool {
        self.units.iter().all(|it| matches!(it.named, Named::Every | Named::Rest))
    }

    /// Whether it names days only by their weekday or week: what is said of them may be said of anything.
    pub(super) fn is_loose(&self) -> bool {
        self.units.iter().all(|it| matches!(it.named, Named::Weekdays(_) | Named::Week(_) | Named::Vague))
    }

    /// Whether it names days by their weekday alone.
    pub(super) fn names_weekdays(&self) -> bool {
        self.units.iter().any(|it| matches!(it.named, Named::Weekdays(_)))
    }

    /// Whether 平日 or weekdays narrow a range.
    pub(super) fn is_narrowed(&self) -> bool {
        self.units.iter().any(|it| it.only.is_some())
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
    // hours that no day stands before
    let mut lead = None;
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
        let alone = if matches!(token.kind, Kind::Hours(_)) { alone(tokens, at, groups.last()) } else { Named::Same };
        let starts =
            starts_unit(token.kind) || ((near_day || alone != Named::Same) && matches!(token.kind, Kind::Hours(_)));
        if starts {
            let mut group = group(tokens, at, month, last_hours(&groups));
            for unit in group.units.iter_mut().filter(|it| it.named == Named::Same) {
                unit.named = alone;
            }
            if let Some(lead) = lead.take() {
                led_by(tokens, lead, &mut group);
            }
            near_day = true;
            explain(tokens, &mut groups, &mut group);
            except(tokens, &mut groups, &mut group);
            at = group.end.max(at + 1);
            if !narrow(tokens, &mut groups, &group) {
                groups.push(group);
            }
        } else {
            if matches!(token.kind, Kind::Hours(_)) {
                lead = Some(at);
            }
            at += 1;
        }
    }
    groups
}

/// Which days hours alone belong to: to all where いずれも or 時間は stands right before, to none of those that are left out.
fn alone(tokens: &[Token], at: usize, last: Option<&Group>) -> Named {
    let before = tokens.get(at.saturating_sub(3)..at).unwrap_or(&[]);
    match before.iter().rev().map(|it| it.kind).find(|it| !it.is_space() && *it != Kind::Particle) {
        Some(Kind::Every) => Named::Every,
        Some(Kind::Word(Word::Rest)) => Named::Rest,
        Some(Kind::Word(Word::Except)) if last.is_some_and(|it| it.except != Except::No) => Named::Rest,
        _ => Named::Same,
    }
}

/// The hours of the days named last, for 同上; `None` where no day was named.
fn last_hours(groups: &[Group]) -> Option<&[Hours]> {
    groups.last().and_then(|it| it.units.last()).map(|it| it.hours.as_slice())
}

/// 「8/22〜26、24日以外の午後」: takes the days before out of the group that is left out, and gives them the hours behind it.
fn except(tokens: &[Token], groups: &mut Vec<Group>, group: &mut Group) {
    let Some(mut end) = excepted(tokens, group.end).filter(|_| !group.is_hours_alone()) else { return };
    group.except = Except::All;
    let kept = kept(&group.units);
    if kept > 0 {
        let out = group.units.split_off(kept);
        let mut units = std::mem::replace(&mut group.units, out);
        let shared = group.units.last().map(|it| it.to);
        for unit in units.iter_mut().filter(|it| Some(it.to) == shared) {
            unit.hours.clear();
        }
        let kept_end = units.last().map_or(group.end, |it| it.pieces.1);
        groups.push(Group { units, first: group.first, end: kept_end, except: Except::No });
        group.first = group.units.first().map_or(group.first, |it| it.pieces.0);
    }
    if let Some(before) = groups.last_mut().filter(|it| kept > 0 || is_linked(tokens, it, group)) {
        group.except = Except::Before;
        if before.except == Except::No && before.units.last().is_some_and(|it| it.named.is_range()) {
            let (hours, behind) = hours_behind(tokens, end, false);
            for unit in before.units.iter_mut().filter(|it| it.hours.is_empty() && !hours.is_empty()) {
                unit.hours.clone_from(&hours);
                end = behind;
            }
        }
    }
    group.end = end;
}

/// The piece behind 以外 or を除いて that follows.
fn excepted(tokens: &[Token], from: usize) -> Option<usize> {
    let after = tokens.iter().enumerate().skip(from).take(6);
    let mut rest = after.skip_while(|(_, it)| it.kind.is_space() || matches!(it.kind, Kind::Particle | Kind::Every));
    rest.next().filter(|(_, it)| it.kind == Kind::Word(Word::Except)).map(|(at, _)| at + 1)
}

/// How many of the units stand before those that are left out: a range ends what a list of days can be.
fn kept(units: &[Unit]) -> usize {
    let Some(last) = units.last().filter(|it| !it.named.is_range()) else { return units.len().saturating_sub(1) };
    let alike = |it: &&Unit| !it.named.is_range() && it.hours.is_empty() == last.hours.is_empty();
    units.len() - units.iter().rev().take_while(alike).count()
}

/// Whether a group of several days stands in the same sentence.
fn is_linked(tokens: &[Token], before: &Group, group: &Group) -> bool {
    let between = tokens.get(before.end..group.first).unwrap_or(&[]);
    let newlines = between.iter().take(12).filter(|it| it.kind == Kind::Newline).count();
    let range = before.except == Except::Before || before.units.last().is_some_and(|it| it.named.is_range());
    let ends = |it: &Token| matches!(it.kind, Kind::Stop | Kind::Blank | Kind::Open | Kind::Close);
    range && between.len() <= 12 && newlines <= 1 && !between.iter().any(ends)
}

fn starts_unit(kind: Kind) -> bool {
    matches!(kind, Kind::Day(_) | Kind::Vague | Kind::Weekdays(_) | Kind::Week(_) | Kind::Workdays)
}

fn group(tokens: &[Token], first: usize, month: Option<i32>, before: Option<&[Hours]>) -> Group {
    let mut units: Vec<Unit> = Vec::new();
    // whether a unit follows the one before on the same line
    let mut joined = Vec::new();
    let mut at = first;
    loop {
        let before = units.last().map(|it| it.hours.as_slice()).or(before);
        let (unit, end) = unit(tokens, at, month, before);
        if let Some(day) = units.last_mut()
            && joined.last() == Some(&true)
            && says_weekday(tokens, day, &unit)
        {
            joined.pop();
        } else {
            units.push(unit);
        }
        let Some((next, same_line)) = connected(tokens, end) else {
            share_hours(&mut units, &joined);
            return Group { units, first, end, except: Except::No };
        };
        joined.push(same_line);
        at = next;
    }
}

/// 「8月24日、水曜日の13時」: a weekday behind the day is its own, and the hours belong to it; whether it is one.
fn says_weekday(tokens: &[Token], day: &mut Unit, next: &Unit) -> bool {
    let (Named::Day(it), Named::Weekdays(weekdays)) = (day.named, next.named) else { return false };
    let between = tokens.get(day.pieces.1..next.pieces.0).unwrap_or(&[]);
    let apart = between.iter().any(|it| !it.kind.is_space() && it.kind != Kind::Comma);
    // 毎週水曜 is longer
    let long = tokens.get(next.pieces.0).is_none_or(|it| it.to - it.from > LONG_WEEKDAY);
    let Some(weekday) = weekdays.only().filter(|_| !apart && !long) else { return false };
    if it.weekday.is_some() || !day.hours.is_empty() {
        return false;
    }
    day.named = Named::Day(Day { weekday: Some(weekday), ..it });
    day.hours.clone_from(&next.hours);
    (day.to, day.pieces.1) = (next.to, next.pieces.1);
    true
}

/// 「13:00～16:00、8/24か8/25」: hours that open a list of days belong to all of it, where nothing else is said of them.
fn led_by(tokens: &[Token], lead: usize, group: &mut Group) {
    let between = tokens.get(lead + 1..group.first).unwrap_or(&[]);
    let joins = |it: &Token| it.kind.is_space() || matches!(it.kind, Kind::Comma | Kind::Particle);
    let bare = |it: &Unit| matches!(it.named, Named::Day(_) | Named::Days(..)) && it.hours.is_empty();
    let Some((hours, from)) = tokens.get(lead).and_then(|it| match it.kind {
        Kind::Hours(hours) if hours.is_ok() => Some((hours, it.from)),
        _ => None,
    }) else {
        return;
    };
    let line = tokens.get(..lead).unwrap_or(&[]).iter().rev().take(NEAR).take_while(|it| it.kind != Kind::Newline);
    let other = line.clone().any(|it| matches!(it.kind, Kind::Word(Word::Thing | Word::Other)));
    let behind = tokens.get(group.end..).unwrap_or(&[]).iter().take(NEAR);
    let mut behind = behind.take_while(|it| !matches!(it.kind, Kind::Newline | Kind::Stop));
    let wished = |it: &Token| {
        !matches!(it.kind, Kind::Hours(_) | Kind::Day(_))
            && (!matches!(it.kind, Kind::Word(_))
                || matches!(it.kind, Kind::Word(Word::Yes | Word::Topic | Word::Weak)))
    };
    if other || !between.iter().all(joins) || !group.units.iter().all(bare) || !behind.all(wished) {
        return;
    }
    for unit in &mut group.units {
        unit.hours = vec![hours];
    }
    if let Some(first) = group.units.first_mut() {
        first.from = from;
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

fn unit(tokens: &[Token], at: usize, month: Option<i32>, before: Option<&[Hours]>) -> (Unit, usize) {
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
            Some([]) => vec![whole_day()],
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
fn hours_behind(tokens: &[Token], from: usize, several: bool) -> (Vec<Hours>, usize) {
    let mut hours = Vec::new();
    let mut end = from;
    while let Some(next) = next_hours(tokens, end, several || !hours.is_empty()) {
        // 「午前（10:00〜12:00）」: what stands in brackets says it better
        if tokens.get(end..next).unwrap_or(&[]).iter().any(|it| it.kind == Kind::Bracket) {
            hours.pop();
        }
        if let Some(Kind::Hours(it)) = tokens.get(next).map(|it| it.kind) {
            hours.push(it);
        }
        end = next + 1;
        // a bound: nobody offers more on one day
        if hours.len() >= 12 {
            break;
        }
    }
    (hours, end)
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
                if kind(end) == Kind::Particle && kind(end + 1) == Kind::Word(Word::Change) {
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
