//! Groups that say more of the group before them: its dates in brackets, its weekdays.

use super::{
    dates::DayName,
    groups::{Except, Group},
    tokens::{Kind, Token},
    units::{Named, Unit},
    weeks::Weekdays,
    words::Word,
};

/// 「木曜午後（8/25、9/1）」: dates in brackets say what was named before them.
pub(super) fn explain(tokens: &[Token], groups: &mut Vec<Group>, group: &mut Group) {
    let Some(before) = groups.last() else { return };
    let [named] = before.units.as_slice() else { return };
    let bracket = matches!(tokens.get(before.end..group.first), Some([it]) if it.kind == Kind::Bracket);
    let dated = matches!(group.units.first().map(|it| it.named), Some(Named::Day(_) | Named::Days(..)));
    let loose = match named.named {
        Named::Vague | Named::Weekdays(_) | Named::Week(_) => true,
        Named::Day(day) => matches!(day.name, DayName::Week(_) | DayName::Ahead(_)),
        _ => false,
    };
    if bracket && dated && loose {
        for unit in group.units.iter_mut().filter(|it| it.hours.is_empty()) {
            unit.hours.clone_from(&named.hours);
        }
        if let (Named::Day(day), [unit]) = (named.named, group.units.as_mut_slice()) {
            unit.also = Some(day);
            unit.from = named.from;
        }
        groups.pop();
    }
}

/// 「9/20以降の平日」, 「8/22〜9/2の水曜」: weekdays right behind a range are its own; whether they were. Behind a time that
/// names no day (「お盆明けの平日」) they name none either.
pub(super) fn narrow(tokens: &[Token], groups: &mut [Group], group: &Group) -> bool {
    let Some(weekdays) = weekdays(&group.units).filter(|_| group.except == Except::No) else { return false };
    let Some(before) = groups.last_mut().filter(|it| it.except == Except::No) else { return false };
    let Some(named) = group.units.last() else { return false };
    let between = tokens.get(before.end..group.first).unwrap_or(&[]);
    let Some(last) = before.units.last_mut().filter(|_| between.len() <= 4) else { return false };
    let joins = |it: &Token| it.kind.is_space() || matches!(it.kind, Kind::Particle | Kind::Comma);
    if !between.iter().all(joins) || !last.named.is_range() || is_ruled_out(tokens, group.end) {
        return false;
    }
    last.only = Some(weekdays);
    if last.hours.is_empty() {
        last.hours.clone_from(&named.hours);
    }
    last.to = named.to;
    before.end = group.end;
    true
}

/// 「（8/22〜26の午後で、火金）は避けてください」: the first word behind them rules them out.
fn is_ruled_out(tokens: &[Token], from: usize) -> bool {
    let words = tokens.get(from..).unwrap_or(&[]).iter().take(6).map(|it| it.kind);
    let mut words = words.take_while(|it| !matches!(it, Kind::Stop | Kind::Newline | Kind::Blank | Kind::Comma));
    words
        .find(|it| matches!(it, Kind::Word(_)))
        .is_some_and(|it| matches!(it, Kind::Word(Word::No | Word::Away | Word::Cancel | Word::Dropped)))
}

/// All that they name, where they name nothing but weekdays, with the same hours.
fn weekdays(units: &[Unit]) -> Option<Weekdays> {
    let hours = &units.last()?.hours;
    let mut all: Option<Weekdays> = None;
    for unit in units {
        let Named::Weekdays(it) = unit.named else { return None };
        all = Some(all.map_or(it, |all| all.and(it))).filter(|_| unit.hours == *hours);
        all?;
    }
    all
}
