//! Which of several rows for one indicator counts, and what differs.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Fault, Indicator, IndicatorKind, Rival, Value, Workbook, Written, book::Sheet, header::Table, matching::Sureness,
    sightings::Sightings,
};
use crate::desk::{rules::Form, text};

/// How much a table counts. Better ones silence the others for the same kind of indicator: what is hidden or an
/// example must not fill a gap in what the company wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// The form, to be seen.
    Form,
    /// A sheet whose values are all formulas: copied from elsewhere.
    Copied,
    /// A sheet called 記入例.
    Example,
    /// The form on a hidden sheet.
    Hidden,
    /// Titles and values only: the sheet behind a chart.
    Summary,
}

/// A row that claims to be an indicator.
pub(super) struct Claim {
    pub(super) indicator: Indicator,
    pub(super) standing: Standing,
    pub(super) sureness: Sureness,
    /// The current value is a formula: copied from elsewhere.
    pub(super) derived: bool,
}

/// The rows that claim each row of the form, by its index.
pub(super) type Claims = BTreeMap<usize, Vec<Claim>>;

impl Standing {
    pub(super) fn of(sheet: &Sheet, table: &Table) -> Self {
        if !table.columns.is_form() {
            Self::Summary
        } else if sheet.hidden {
            Self::Hidden
        } else if is_example(sheet) {
            Self::Example
        } else {
            Self::Form
        }
    }
}

pub(super) fn is_example(sheet: &Sheet) -> bool {
    let name = text::key(&sheet.name);
    ["記入例", "記載例", "入力例", "見本", "サンプル", "sample"].iter().any(|it| name.contains(it))
}

/// One row for each of the form's, where there is one.
pub(super) fn settle(mut claims: Claims, seen: &Sightings, form: &Form) -> Workbook {
    mark_copies(&mut claims);
    let qualitative = standing(&claims, seen, IndicatorKind::Qualitative);
    let quantitative = standing(&claims, seen, IndicatorKind::Quantitative);
    let mut workbook = Workbook::default();
    for (at, row) in form.rows.iter().enumerate() {
        let standing = if row.kind == IndicatorKind::Qualitative { qualitative } else { quantitative };
        let mut rivals = claims.remove(&at).unwrap_or_default();
        for sheet in drafts(&rivals) {
            if !workbook.drafts.contains(sheet) {
                workbook.drafts.push(sheet.clone());
            }
        }
        // a summary that is calculated says nothing of its own
        rivals.retain(|it| Some(it.standing) == standing && !(it.standing == Standing::Summary && it.derived));
        // what the company does not see is not what it says
        if rivals.iter().any(|it| !it.indicator.hidden) {
            rivals.retain(|it| !it.indicator.hidden);
        }
        // a blank form beside the one that is filled by formulas says nothing against it
        if rivals.iter().any(is_typed) {
            rivals.retain(|it| !it.derived);
        }
        let says = |it: &Written| (is_silent(it), is_blank(it));
        rivals.sort_by_key(|it| (says(&it.indicator.current), std::cmp::Reverse(it.sureness)));
        if differ(&rivals) {
            workbook.conflicts.push(row.no.clone());
            let saying = rivals.iter().filter(|it| !is_silent(&it.indicator.current));
            workbook.rivals.extend(saying.map(|it| rival(&it.indicator)));
        }
        match rivals.into_iter().next() {
            Some(claim) => workbook.indicators.push(claim.indicator),
            None => workbook.missing_rows.push(row.no.clone()),
        }
    }
    workbook
}

/// The hidden sheets on which somebody wrote another value than on the form to be seen.
fn drafts(claims: &[Claim]) -> impl Iterator<Item = &String> {
    let typed = move |which: Standing| claims.iter().filter(move |it| it.standing == which && is_typed(it));
    let differs = move |it: &Claim| {
        let mut shown = typed(Standing::Form).map(|it| &it.indicator.current).peekable();
        shown.peek().is_some() && shown.all(|shown| !same(shown, &it.indicator.current))
    };
    typed(Standing::Hidden).filter(move |it| differs(it)).map(|it| &it.indicator.sheet)
}

/// A sheet that only repeats another is no form of its own; beside a blank form alone it repeats none.
fn mark_copies(claims: &mut Claims) {
    let sheets = |which: fn(&Claim) -> bool| -> BTreeSet<String> {
        claims.values().flatten().filter(|it| which(it)).map(|it| it.indicator.sheet.clone()).collect()
    };
    let (typed, derived) = (sheets(is_typed), sheets(|it| it.derived));
    let copied: BTreeSet<String> = derived.difference(&typed).cloned().collect();
    for kind in [IndicatorKind::Qualitative, IndicatorKind::Quantitative] {
        let forms = || {
            let of_kind = claims.values().flatten().filter(|it| it.indicator.kind == kind);
            of_kind.filter(|it| it.standing == Standing::Form && !copied.contains(&it.indicator.sheet))
        };
        // a formula that repeats a blank cell gives 0
        let says = |it: &Claim| !is_blank(&it.indicator.current) && it.indicator.current.raw.as_deref() != Some("0");
        let copies = || claims.values().flatten().filter(|it| copied.contains(&it.indicator.sheet));
        let blank = forms().all(|it| is_blank(&it.indicator.current));
        // where there is no other form at all, its rows may still be seen elsewhere
        if blank && forms().next().is_some() && copies().any(|it| it.indicator.kind == kind && says(it)) {
            continue;
        }
        for it in claims.values_mut().flatten().filter(|it| it.standing == Standing::Form) {
            if it.indicator.kind == kind && copied.contains(&it.indicator.sheet) {
                it.standing = Standing::Copied;
            }
        }
    }
}

/// Whether somebody wrote a value here.
fn is_typed(it: &Claim) -> bool {
    !it.derived && !is_blank(&it.indicator.current)
}

/// What kind of table answers for a kind of indicator. Only the form itself does where its rows are to be seen, even
/// if their values cannot be read; else the missing rows would not be missed.
fn standing(claims: &Claims, seen: &Sightings, kind: IndicatorKind) -> Option<Standing> {
    let of_kind = || claims.values().flatten().filter(|it| it.indicator.kind == kind);
    let best = of_kind().map(|it| it.standing).min()?;
    let claimed: BTreeSet<&String> = of_kind().filter(|it| it.standing == best).map(|it| &it.indicator.sheet).collect();
    let elsewhere = seen.sheets(kind).iter().any(|it| !claimed.contains(it));
    let alone = seen.count() == 0 && claims.values().flatten().all(|it| it.standing == Standing::Summary);
    match best {
        Standing::Form => Some(best),
        Standing::Summary => alone.then_some(best),
        _ => (!elsewhere).then_some(best),
    }
}

fn differ(claims: &[Claim]) -> bool {
    let mut filled = claims.iter().map(|it| &it.indicator.current).filter(|it| !is_silent(it));
    filled.next().is_some_and(|first| filled.any(|it| !same(first, it)))
}

/// Whether nothing was written: empty, or blanks only.
pub(super) fn is_blank(written: &Written) -> bool {
    written.value.is_none() && matches!(written.fault, None | Some(Fault::Blank))
}

/// Whether a cell contradicts no other: blank, or a formula that gives nothing.
pub(super) fn is_silent(written: &Written) -> bool {
    is_blank(written) || matches!(written.fault, Some(Fault::NoCachedValue | Fault::ErrorCell))
}

/// Whether two cells say the same.
pub(super) fn same(one: &Written, other: &Written) -> bool {
    let key = |it: &Written| it.raw.as_deref().map(text::key);
    match (&one.value, &other.value) {
        (Some(Value::Level(one)), Some(Value::Level(other))) => one == other,
        _ => key(one) == key(other),
    }
}

/// The place and words of a row, for people to look at.
pub(super) fn rival(it: &Indicator) -> Rival {
    Rival {
        no: it.no.clone(),
        file: it.file.clone(),
        sheet: it.sheet.clone(),
        cell: it.cell.clone(),
        raw: it.current.raw.clone().unwrap_or_default(),
    }
}
