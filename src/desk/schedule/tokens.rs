//! Text into the pieces dates are made of.

use super::{
    cells::Cells,
    dates::{self, Day},
    times::{self, Hours},
    weeks::{self, Week, WeekOf, Weekdays},
    words::{self, Entry, Word},
};
use crate::desk::reading::DoubtWhy;

/// Put before a line that asks for dates and whose own dates do not count.
pub(super) const OPEN: char = '\u{1}';
/// Put instead of a line that is not read.
pub(super) const CLOSE: char = '\u{2}';

/// Marks that say no more than a blank does.
const BRACKETS: [char; 25] = [
    '(', ')', '「', '」', '『', '』', '[', ']', '<', '>', '〈', '〉', '《', '》', '【', '】', '〔', '〕', '|', '│',
    '┃', ':', '=', '"', '\'',
];

/// How many pieces are looked back at: enough for any way of writing, and the work stays linear.
const NEAR: usize = 12;

/// A piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A day.
    Day(Day),
    /// A month alone; the days behind it belong to it.
    Month(i32),
    /// A time that names no day.
    Vague,
    /// 平日.
    Workdays,
    /// Weekdays without their dates.
    Weekdays(Weekdays),
    /// Days of a week.
    Week(Week),
    /// Hours.
    Hours(Hours),
    /// Hours that head the days behind them.
    Over(Hours),
    /// A word that says something about a date.
    Word(Word),
    /// 第1希望.
    Label,
    /// か, または.
    Join,
    /// 「、」.
    Comma,
    /// 〜.
    Range,
    /// 以降.
    Since,
    /// まで.
    Until,
    /// の, は.
    Particle,
    /// いずれも, 時間は: the hours behind it are those of all days.
    Every,
    /// 同上: the hours of the day before.
    Ditto,
    /// Blanks, brackets, colons.
    Space,
    /// A bracket before a number.
    Bracket,
    /// `1.` at the start of a line.
    Number,
    /// `・` at the start of a line.
    Bullet,
    /// The end of a sentence.
    Stop,
    /// The end of a line.
    Newline,
    /// An empty line.
    Blank,
    /// A question for dates that somebody else wrote.
    Open,
    /// Something that somebody else wrote.
    Close,
    /// Anything else.
    Other,
}

impl Kind {
    /// Whether nothing stands there that one would read aloud.
    pub(super) fn is_space(self) -> bool {
        matches!(self, Kind::Space | Kind::Bracket)
    }
}

/// A piece and the cells it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first cell.
    pub from: usize,
    /// The cell behind it.
    pub to: usize,
}

/// Cuts the cells into pieces, from left to right, each cell once.
pub(super) fn tokens(cells: &Cells<'_>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let (kind, to) = next(cells, at, &tokens);
        let to = to.max(at + 1);
        match tokens.last_mut() {
            // one piece for a run of text keeps the list short
            Some(last) if last.kind == kind && matches!(kind, Kind::Other | Kind::Space) => last.to = to,
            _ => tokens.push(Token { kind, from: at, to }),
        }
        at = to;
    }
    say_what_becomes(cells, &mut tokens);
    say_what_takes_whose_place(cells, &mut tokens);
    tokens
}

/// 「12/4→NG」, 「12/10 ⇒ ○」: the arrow ends no range.
fn say_what_becomes(cells: &Cells<'_>, tokens: &mut [Token]) {
    let mut ends_range = false;
    for it in tokens.iter_mut().rev() {
        let arrow = it.kind == Kind::Range && is_arrow(cells, it.from);
        if arrow && !ends_range {
            it.kind = Kind::Space;
        }
        ends_range = matches!(it.kind, Kind::Day(_) | Kind::Month(_) | Kind::Hours(_) | Kind::Weekdays(_))
            || (ends_range && it.kind.is_space());
    }
}

/// 「日程変更のお願いです。12/4→12/7」: where a change is spoken of, the arrow from one day to another ends no range.
fn say_what_takes_whose_place(cells: &Cells<'_>, tokens: &mut [Token]) {
    if tokens.iter().all(|it| it.kind != Kind::Word(Word::Change)) {
        return;
    }
    let day = |it: Option<&Token>| it.is_some_and(|it| matches!(it.kind, Kind::Day(_)));
    let arrows: Vec<usize> = (0..tokens.len())
        .filter(|at| tokens.get(*at).is_some_and(|it| it.kind == Kind::Range && is_arrow(cells, it.from)))
        .filter(|at| {
            let before = tokens.get(at.saturating_sub(4)..*at).unwrap_or(&[]).iter().rev();
            let behind = tokens.get(at + 1..).unwrap_or(&[]).iter().take(4);
            let plain = |it: &&Token| it.kind.is_space() || matches!(it.kind, Kind::Hours(_) | Kind::Particle);
            day(before.clone().find(|it| !plain(it))) && day(behind.clone().find(|it| !it.kind.is_space()))
        })
        .collect();
    for at in arrows {
        if let Some(it) = tokens.get_mut(at) {
            it.kind = Kind::Word(Word::Instead);
        }
    }
}

fn is_arrow(cells: &Cells<'_>, at: usize) -> bool {
    matches!(cells.get(at), Some('→' | '⇒'))
}

/// 「残りの2日で」, 「他の2日は」: how many they are, not which.
fn counts_days(cells: &Cells<'_>, at: usize) -> bool {
    let of = at.checked_sub(1).filter(|it| cells.get(*it) == Some('の')).unwrap_or(at);
    let rest = ["残り", "のこり", "あと", "ほか", "他", "別"]
        .iter()
        .any(|word| of.checked_sub(word.chars().count()).and_then(|from| cells.after(from, word)).is_some());
    let number = cells.number(at).filter(|(number, _)| (1..=5).contains(number));
    rest && number.is_some_and(|(_, end)| cells.after_any(end, &["日", "つの日", "日間"]).is_some())
}

fn next(cells: &Cells<'_>, at: usize, before: &[Token]) -> (Kind, usize) {
    if let Some(found) = layout(cells, at, before) {
        return found;
    }
    if let Some(found) = label(cells, at) {
        return found;
    }
    if free_before(cells, at, before) {
        let after_day = after_day(before);
        if let Some(found) = day(cells, at, before).filter(|_| ends_days(cells, at, before)) {
            return found;
        }
        if let Some((hours, to)) = times::hours(cells, at, after_day) {
            let (hours, to) = with_day(cells, hours, to, before).unwrap_or((hours, to));
            return (Kind::Hours(hours), to);
        }
        if let Some(found) = day(cells, at, before) {
            return found;
        }
        if starts_line(before)
            && let Some(to) = list_number(cells, at)
        {
            return (Kind::Number, to);
        }
    }
    if let Some((entry, to)) = cells.get(at).and_then(|first| words::longest(first, |word| cells.after(at, word))) {
        let to = whole(cells, at, to);
        return to.map_or((Kind::Other, at + 1), |to| (of(entry), to));
    }
    // a run of digits that is no date is none from its second digit either
    let digits = (at..cells.len()).take_while(|it| cells.get(*it).is_some_and(|it| it.is_ascii_digit())).count();
    (Kind::Other, at + digits.max(1))
}

fn layout(cells: &Cells<'_>, at: usize, before: &[Token]) -> Option<(Kind, usize)> {
    let first = cells.get(at)?;
    match first {
        '\n' => {
            let blank = matches!(last_kind(before), None | Some(Kind::Newline | Kind::Blank));
            Some((if blank { Kind::Blank } else { Kind::Newline }, at + 1))
        }
        OPEN => Some((Kind::Open, at + 1)),
        CLOSE => Some((Kind::Close, at + 1)),
        '・' | '■' | '●' | '*' | '-' | '◆' | '◇' | '□' | '▼' | '▪' | '•' | '※' if starts_line(before) => {
            Some((Kind::Bullet, at + 1))
        }
        '(' if cells.number(cells.skip_blank(at + 1)).is_some() => Some((Kind::Bracket, at + 1)),
        it if BRACKETS.contains(&it) => Some((Kind::Space, at + 1)),
        it if it.is_whitespace() => Some((Kind::Space, at + 1)),
        _ => None,
    }
}

fn last_kind(before: &[Token]) -> Option<Kind> {
    before.iter().rev().take(NEAR).map(|it| it.kind).find(|it| !it.is_space())
}

fn starts_line(before: &[Token]) -> bool {
    matches!(last_kind(before), None | Some(Kind::Newline | Kind::Blank | Kind::Open))
}

/// 第1希望, 第一候補日, 希望日1, 候補2.
fn label(cells: &Cells<'_>, at: usize) -> Option<(Kind, usize)> {
    let names = ["希望日時", "希望日程", "希望日", "希望", "候補日時", "候補日程", "候補日", "候補"];
    if let Some(start) = cells.after(at, "第") {
        let (_, end) = cells.number(cells.skip_blank(start))?;
        return cells.after_any(cells.skip_blank(end), &names).map(|end| (Kind::Label, end));
    }
    if let Some(end) = cells.after_any(at, &names) {
        let (_, end) = cells.number(end).filter(|(number, _)| (1..10).contains(number))?;
        let ends = cells
            .get(end)
            .is_none_or(|it| it.is_whitespace() || matches!(it, ':' | ')' | '.' | '、' | '-' | '=' | '】' | '('));
        return ends.then_some((Kind::Label, end));
    }
    let (_, end) = cells.number(at).filter(|(number, end)| (1..10).contains(number) && *end == at + 1)?;
    cells.after_any(end, &names).map(|end| (Kind::Label, end))
}

/// Whether a number may begin here: not inside another number, a telephone number, a version, a path.
fn free_before(cells: &Cells<'_>, at: usize, before: &[Token]) -> bool {
    let mut kinds = before.iter().rev().take(NEAR).map(|it| it.kind);
    match kinds.next() {
        None | Some(Kind::Other | Kind::Space | Kind::Bracket) => {}
        // 8/22-8/26, but not 0294-00-0000
        Some(Kind::Range | Kind::Join) => {
            if kinds.find(|it| !it.is_space()) != Some(Kind::Other) {
                return true;
            }
        }
        Some(_) => return true,
    }
    let Some(last) = at.checked_sub(1).and_then(|it| cells.get(it)) else { return true };
    let number = cells.get(at).is_some_and(|it| it.is_ascii_alphanumeric());
    let held =
        last.is_ascii_alphanumeric() || matches!(last, '/' | '.' | '-' | '_' | '#' | '\\' | '¥' | '$' | '+' | '~');
    !(number && held)
}

/// The 26 of 「8/22-26 PM」: with only the range's mark between, a number that no clock shows is a day.
fn ends_days(cells: &Cells<'_>, at: usize, before: &[Token]) -> bool {
    let [.., day, range] = before else { return false };
    let number = cells.number(at);
    matches!((day.kind, range.kind), (Kind::Day(_), Kind::Range))
        && number.is_some_and(|(it, end)| {
            it > 12 && cells.after_any(cells.skip_blank(end), &["am", "pm", "午前", "午後"]).is_some()
        })
}

/// Hours whose end is written with its day: 「8/24 13:00～8/24 16:00」. Over two days nobody meets, unless it is a list of
/// open hours: 「8/24 13時～ 8/25 10時～」.
fn with_day(cells: &Cells<'_>, hours: Hours, to: usize, before: &[Token]) -> Option<(Hours, usize)> {
    let (start, _) = hours.ok().filter(|_| times::is_open(cells, to))?;
    let (day, end) = dates::day(cells, cells.skip_blank(to), dates::Bare::No)?;
    let (whole, end) = times::until(cells, end, start)?;
    let last =
        before.iter().rev().take(NEAR).find_map(|it| if let Kind::Day(day) = it.kind { Some(day) } else { None });
    let same = last?.name.is_same(day.name);
    Some((if same { whole } else { Err(DoubtWhy::Unclear) }, end))
}

/// Whether the last thing written is a day, with nothing but blanks, brackets and particles behind it.
fn after_day(before: &[Token]) -> bool {
    let mut kinds = before
        .iter()
        .rev()
        .take(NEAR)
        .map(|it| it.kind)
        .filter(|it| !it.is_space() && !matches!(it, Kind::Particle | Kind::Every));
    matches!(kinds.next(), Some(Kind::Day(_)))
}

/// Whether days are being listed here: 8/22〜_, 8月24・_, 「24は午前、_」.
fn listing(before: &[Token]) -> dates::Bare {
    let mut kinds = before.iter().rev().take(NEAR).map(|it| it.kind).filter(|it| !it.is_space());
    let joined = kinds.next().filter(|it| matches!(it, Kind::Range | Kind::Join | Kind::Comma));
    match kinds.next().filter(|_| joined.is_some()) {
        Some(Kind::Day(_)) => dates::Bare::Listed,
        Some(Kind::Hours(_)) if joined == Some(Kind::Comma) => {
            let day = kinds.find(|it| !matches!(it, Kind::Particle | Kind::Every));
            if matches!(day, Some(Kind::Day(_))) { dates::Bare::AfterHours } else { dates::Bare::No }
        }
        _ => dates::Bare::No,
    }
}

/// 「年明けは8日以降」: the days behind it are January's; one with its month needs no more.
fn new_year(cells: &Cells<'_>, at: usize) -> Option<(Kind, usize)> {
    let end = cells.after_any(at, &["年明け", "新年"])?;
    let end = cells.after_any(end, &["は", "の", "、", "でしたら"]).unwrap_or(end);
    let (day, _) = dates::day(cells, cells.skip_blank(end), dates::Bare::No)?;
    let whole = !matches!(day.name, dates::DayName::OfMonth(_));
    Some((if whole { Kind::Space } else { Kind::Month(1) }, end))
}

fn day(cells: &Cells<'_>, at: usize, before: &[Token]) -> Option<(Kind, usize)> {
    if counts_days(cells, at) {
        return None;
    }
    if let Some(found) = new_year(cells, at) {
        return Some(found);
    }
    if let Some((day, to)) = dates::day(cells, at, listing(before)) {
        // 「8/24の週」 and 「8/24頃」 name no day
        if let Some(to) =
            cells.after(to, "の週").filter(|to| cells.after_any(*to, &["末", "以降", "明け", "間"]).is_none())
        {
            let (days, to) = weeks::half_behind(cells, to).unwrap_or((Weekdays::WORKDAYS, to));
            let week = Week { of: WeekOf::Day(day), days, exact: true };
            return Some((Kind::Week(week), to));
        }
        let about = cells.after_any(to, &["の週", "週", "頃", "ごろ", "前後", "あたり", "くらい"]);
        return Some(about.map_or((Kind::Day(day), to), |to| (Kind::Vague, to)));
    }
    if let Some((month, to)) = dates::month(cells, at) {
        return Some(dates::part_of_month(cells, to).map_or((Kind::Month(month), to), |to| (Kind::Vague, to)));
    }
    if let Some((week, to)) = weeks::week(cells, at) {
        return Some((Kind::Week(week), to));
    }
    let (weekdays, to) = weeks::weekdays(cells, at)?;
    Some((Kind::Weekdays(weekdays), to))
}

/// `1.`, `1)`, `(1)`, 「1、」, Q1, 問1 at the start of a line.
fn list_number(cells: &Cells<'_>, at: usize) -> Option<usize> {
    let start = cells.after_any(at, &["問", "q", "設問", "質問", "("]).unwrap_or(at);
    let (_, end) = cells.number(start).filter(|(number, _)| *number < 100)?;
    let end = cells.skip_blank(end);
    cells.after_any(end, &[".", ")", "、", ":", "，"]).or((start > at).then_some(end))
}

/// A word of Latin letters counts only whole: the `or` of `color` is none.
fn whole(cells: &Cells<'_>, at: usize, to: usize) -> Option<usize> {
    let letter = |it: usize| cells.get(it).is_some_and(|it| it.is_ascii_alphabetic());
    let latin = letter(at);
    let inside = latin && (at.checked_sub(1).is_some_and(letter) || letter(to));
    (!inside).then_some(to)
}

fn of(entry: Entry) -> Kind {
    match entry {
        Entry::Word(word) => Kind::Word(word),
        Entry::Join => Kind::Join,
        Entry::Comma => Kind::Comma,
        Entry::Range => Kind::Range,
        Entry::Since => Kind::Since,
        Entry::Until => Kind::Until,
        Entry::Particle => Kind::Particle,
        Entry::Every => Kind::Every,
        Entry::Ditto => Kind::Ditto,
        Entry::Workdays => Kind::Workdays,
        Entry::Vague => Kind::Vague,
        Entry::Stop => Kind::Stop,
    }
}
