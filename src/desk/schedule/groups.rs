//! Pieces into groups: days that stand together, with the hours that belong to each.

use super::{
    context::Verdict,
    dates::Day,
    narrow::{explain, narrow},
    sentence::{ends_sentence, said_behind, tail},
    times::{Hours, whole_day},
    tokens::{Kind, Token},
    units::{Named, Unit, hours_behind, unit},
    words::Word,
};

/// Cells of 「水曜日」.
const LONG_WEEKDAY: usize = 3;
/// Pieces of a sentence that are looked at.
const SENTENCE: usize = 40;
/// Pieces of a line that are looked at around hours that open it.
const NEAR: usize = 12;

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
        self.units.iter().all(|it| matches!(it.named, Named::Same | Named::Every | Named::Rest | Named::Never))
    }

    /// Whether it is hours of other days than those right before it.
    pub(super) fn is_for_others(&self) -> bool {
        self.units.iter().all(|it| matches!(it.named, Named::Every | Named::Rest))
    }

    /// Whether it is hours that suit on no day.
    pub(super) fn is_never(&self) -> bool {
        self.units.iter().any(|it| it.named == Named::Never)
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

    /// Whether it names single days only.
    pub(super) fn is_days(&self) -> bool {
        self.units.iter().all(|it| matches!(it.named, Named::Day(_)))
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
    // hours that stand as a heading over the days
    let mut over = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Month(it) => month = Some(it),
            Kind::Over(hours) => (over, near_day) = (Some(hours), false),
            Kind::Newline if !lists_on(tokens, at) => over = None,
            Kind::Stop | Kind::Blank | Kind::Open | Kind::Close => {
                near_day = false;
                over = None;
                month = month.filter(|_| token.kind == Kind::Blank);
            }
            _ => {}
        }
        let alone = match token.kind {
            Kind::Hours(hours) if !near_day && is_never(tokens, at, hours) => Named::Never,
            Kind::Hours(_) => alone(tokens, at, groups.last()),
            _ => Named::Same,
        };
        let starts =
            starts_unit(token.kind) || ((near_day || alone != Named::Same) && matches!(token.kind, Kind::Hours(_)));
        if starts {
            let mut group = group(tokens, at, month, last_hours(&groups));
            for unit in group.units.iter_mut().filter(|it| it.named == Named::Same) {
                unit.named = alone;
            }
            if let Some(hours) = over {
                group.units.iter_mut().filter(|it| it.hours.is_empty()).for_each(|it| it.hours = vec![hours]);
            }
            if let Some(lead) = lead.take() {
                led_by(tokens, lead, &mut group);
            }
            near_day = alone != Named::Never;
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

/// Whether the next line goes on with the days of a list.
fn lists_on(tokens: &[Token], newline: usize) -> bool {
    let next = tokens.iter().skip(newline + 1).map(|it| it.kind).find(|it| !it.is_space());
    next.is_some_and(|it| {
        starts_unit(it) || matches!(it, Kind::Bullet | Kind::Number | Kind::Label | Kind::Join | Kind::Over(_))
    })
}

/// 「午前中は不可。」: hours that suit on no day, in a sentence that names none and is about nothing else.
fn is_never(tokens: &[Token], at: usize, hours: Hours) -> bool {
    let tail = tail(tokens.get(..at + SENTENCE).unwrap_or(tokens), at + 1, None);
    let dated = |it: &Token| starts_unit(it.kind) || matches!(it.kind, Kind::Hours(_) | Kind::Over(_));
    let head = tokens.get(at.saturating_sub(SENTENCE)..at).unwrap_or(&[]).iter().rev();
    let mut head = head.take_while(|it| !ends_sentence(it.kind) && it.kind != Kind::Newline);
    let other = head.any(|it| {
        use Word::{Away, Because, Except, Other, Rest, Thing};
        matches!(it.kind, Kind::Word(Other | Thing | Away | Because | Rest | Except))
    });
    let whole = hours == whole_day();
    hours.is_ok() && !whole && !other && !tail.iter().any(dated) && said_behind(tail) == Some(Verdict::Excluded)
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
                || matches!(it.kind, Kind::Word(Word::Yes | Word::Topic | Word::Weak | Word::Doubt | Word::Only)))
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
