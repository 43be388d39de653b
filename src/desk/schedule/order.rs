//! What is wished for, in the order it is told.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};

use super::{
    cells::Cells,
    times::whole_day,
    tokens::{Kind, Token},
};

/// A day with hours that is wished for.
#[derive(Debug, Clone)]
pub(super) struct Wished {
    /// The day.
    pub date: Date,
    /// From when to when.
    pub hours: (Time, Time),
    /// The sender's own words.
    pub raw: String,
    /// From a range; days that are named as excluded are taken out of it.
    pub ranged: bool,
    /// Whether no hours stand with it.
    pub bare: bool,
    /// The group it was written in, and its first cell.
    pub group: usize,
    /// That cell.
    pub from: usize,
    /// Whether no month was written.
    pub open_month: bool,
    /// The label of the known day whose place it takes.
    pub in_rank: Option<u32>,
}

/// A day that is named as a whole and by hours, too, is meant by its hours; they take the place of the whole day.
pub(super) fn once_a_day(wished: Vec<Wished>) -> Vec<Wished> {
    let whole = |it: &Wished| Ok(it.hours) == whole_day();
    let mut parts: BTreeMap<Date, Vec<Wished>> = BTreeMap::new();
    for it in wished.iter().filter(|it| !whole(it)) {
        parts.entry(it.date).or_default().push(it.clone());
    }
    let mut told = Vec::new();
    for it in wished {
        match parts.get_mut(&it.date).filter(|_| whole(&it)) {
            // the whole day is told where there are none
            Some(parts) => told.append(parts),
            None => told.push(it),
        }
    }
    told
}

/// Where 第N希望 stands, and which; in order of writing.
#[derive(Debug, Default)]
pub(super) struct Labels(Vec<(usize, i32)>);

impl Labels {
    /// All that stand in the text.
    pub(super) fn of(cells: &Cells<'_>, tokens: &[Token]) -> Self {
        let labels = tokens.iter().filter(|it| it.kind == Kind::Label);
        Self(labels.filter_map(|it| Some((it.from, cells.number(cells.after(it.from, "第")?)?.0))).collect())
    }

    /// The last one before a cell.
    pub(super) fn before(&self, cell: usize) -> Option<u32> {
        self.0.iter().rev().find(|(at, _)| *at < cell).and_then(|it| u32::try_from(it.1).ok())
    }

    /// 「第2希望は9/2、第1希望は9/1」, 「9/2（第2希望）、9/1（第1希望）」: by their labels, where each has one on the same side.
    pub(super) fn in_order(&self, mut wished: Vec<Wished>) -> Vec<Wished> {
        let before = |it: &Wished| self.0.iter().rev().find(|(at, _)| *at < it.from).map(|it| it.1);
        let after = |it: &Wished| self.0.iter().find(|(at, _)| *at > it.from).map(|it| it.1);
        if wished.iter().all(|it| before(it).is_some()) {
            wished.sort_by_key(before);
        } else if wished.iter().all(|it| after(it).is_some()) {
            wished.sort_by_key(after);
        }
        wished
    }
}
