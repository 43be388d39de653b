//! Hours that stand as a heading over their days: 「午前：12/2、12/3　午後：12/8」, 【午後】, 「午後なら12/2」; and hours in
//! brackets behind a day's mark: 「12/15△（午後のみ）」.

use super::{
    cells::Cells,
    tokens::{Kind, Token},
    words::Word,
};

/// Pieces that are looked at on either side of hours.
const NEAR: usize = 8;

/// Sets hours that head the days behind them apart from those that stand behind their day.
pub(super) fn set_apart(cells: &Cells<'_>, tokens: &mut [Token]) {
    // whether a heading stands before, so that a day before the next one is the heading's
    let mut begun = false;
    for at in 0..tokens.len() {
        let Some(token) = tokens.get(at).copied() else { break };
        match token.kind {
            Kind::Stop | Kind::Open | Kind::Close => begun = false,
            Kind::Hours(hours) if heads(cells, tokens, at, begun) => {
                begun = true;
                set(tokens, at, Kind::Over(hours));
            }
            Kind::Hours(_) => {
                if let Some(mark) = marked(cells, tokens, at) {
                    set(tokens, mark, Kind::Particle);
                }
            }
            _ => {}
        }
    }
}

fn set(tokens: &mut [Token], at: usize, kind: Kind) {
    if let Some(token) = tokens.get_mut(at) {
        token.kind = kind;
    }
}

/// Whether the hours there are named of the days behind them.
fn heads(cells: &Cells<'_>, tokens: &[Token], at: usize, begun: bool) -> bool {
    let mut before = tokens.get(..at).unwrap_or(&[]).iter().rev().take(NEAR).filter(|it| !it.kind.is_space());
    let last = before.next().map(|it| it.kind);
    let opens = matches!(last, None | Some(Kind::Newline | Kind::Blank | Kind::Bullet | Kind::Number | Kind::Stop));
    let free = match last {
        Some(kind) if is_dated(kind) => begun,
        // 「12/5の午前は」; 「希望は午前：」
        Some(Kind::Particle) => before.next().is_none_or(|it| !is_dated(it.kind)),
        // 「12/5⏎午前⏎12/6⏎午後」 is a table
        Some(Kind::Newline) => begun || before.next().is_none_or(|it| !is_dated(it.kind)),
        Some(Kind::Every | Kind::Word(Word::Rest | Word::After) | Kind::Range) => false,
        _ => true,
    };
    free && days_follow(cells, tokens, at, opens)
}

/// Whether nothing but what ends a heading stands between the hours and a day. `opens`: the hours open their line.
fn days_follow(cells: &Cells<'_>, tokens: &[Token], at: usize, opens: bool) -> bool {
    let (mut ends, mut lines) = (false, 0);
    for token in tokens.iter().skip(at + 1).take(NEAR) {
        let has = |marks: &str| (token.from..token.to).any(|it| cells.get(it).is_some_and(|it| marks.contains(it)));
        match token.kind {
            Kind::Day(_) | Kind::Week(_) => return ends,
            Kind::Space | Kind::Bracket => ends |= has(":=】]〕>〉》("),
            Kind::Particle => {
                let topic = ["は", "なら", "ならば", "でしたら", "であれば", "だったら"];
                ends |= topic.iter().any(|it| cells.after(token.from, it) == Some(token.to));
            }
            Kind::Newline if opens && lines == 0 => {
                lines += 1;
                ends = true;
            }
            Kind::Bullet | Kind::Number | Kind::Label if ends => {}
            _ => return false,
        }
    }
    false
}

/// The mark of a day whose hours stand in brackets behind it, where the brackets do not rule them out: 「△（午後のみ）」.
fn marked(cells: &Cells<'_>, tokens: &[Token], at: usize) -> Option<usize> {
    let bracket = tokens.get(at.checked_sub(1)?)?;
    let opened = bracket.kind.is_space() && (bracket.from..bracket.to).any(|it| cells.get(it) == Some('('));
    let mark = at.checked_sub(2).filter(|_| opened)?;
    let token = tokens.get(mark)?;
    let is_mark = matches!(token.kind, Kind::Word(Word::Yes | Word::Unsure)) && token.to == token.from + 1;
    let before = tokens.get(..mark)?.iter().rev().take(2).map(|it| it.kind).find(|it| !it.is_space())?;
    let behind = tokens.iter().skip(at + 1).take(3).map(|it| it.kind);
    let mut behind = behind.filter(|it| !it.is_space() && *it != Kind::Particle);
    let no = matches!(behind.next(), Some(Kind::Word(Word::No | Word::Except | Word::Away)));
    (is_mark && !no && matches!(before, Kind::Day(_))).then_some(mark)
}

fn is_dated(kind: Kind) -> bool {
    matches!(kind, Kind::Day(_) | Kind::Week(_) | Kind::Weekdays(_) | Kind::Workdays | Kind::Vague | Kind::Hours(_))
}
