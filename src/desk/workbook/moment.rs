//! Dates and times in cells, and the ratios and numbers that Excel took for them.

use calamine::ExcelDateTime;

use super::{
    book::{Cell, Datum},
    format::{Format, Token, general},
};

/// A piece of a date's format; the number is how often its letter stands there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Year(usize),
    Month(usize),
    Day(usize),
    Hour(usize),
    /// `[h]`: all hours, not those of the day.
    Hours,
    Minute(usize),
    Second(usize),
    Literal(String),
}

/// The pieces of a date's format, or `None` for a number's.
pub(super) fn pieces(tokens: &[Token]) -> Option<Vec<Piece>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Literal(text) => pieces.push(Piece::Literal(text.clone())),
            Token::Bracket(text) if text.to_lowercase().trim_matches('h').is_empty() && !text.is_empty() => {
                pieces.push(Piece::Hours)
            }
            Token::Bracket(_) => {}
            Token::Plain('A' | 'a') if half_of_day(tokens, at) > 0 => at += half_of_day(tokens, at),
            Token::Plain(letter) => {
                let letter = letter.to_ascii_lowercase();
                let mut run = 1;
                while matches!(tokens.get(at), Some(Token::Plain(next)) if next.to_ascii_lowercase() == letter) {
                    at += 1;
                    run += 1;
                }
                push_piece(&mut pieces, letter, run)?;
            }
        }
    }
    let is_moment = pieces.iter().any(|it| !matches!(it, Piece::Literal(_)));
    is_moment.then_some(pieces)
}

/// How many tokens of `AM/PM` or `A/P` stand behind the first: no month and no minutes.
fn half_of_day(tokens: &[Token], at: usize) -> usize {
    let follows = |rest: &str| {
        let mut tokens = tokens.iter().skip(at);
        rest.chars().all(|wanted| matches!(tokens.next(), Some(Token::Plain(it)) if it.eq_ignore_ascii_case(&wanted)))
    };
    ["M/PM", "/P"].iter().find(|it| follows(it)).map_or(0, |it| it.len())
}

fn push_piece(pieces: &mut Vec<Piece>, letter: char, run: usize) -> Option<()> {
    let after_hour = pieces.iter().rev().find(|it| !matches!(it, Piece::Literal(_)));
    let after_hour = matches!(after_hour, Some(Piece::Hour(_) | Piece::Hours));
    match letter {
        'y' | 'e' => pieces.push(Piece::Year(if letter == 'e' { 4 } else { run })),
        'm' if after_hour => pieces.push(Piece::Minute(run)),
        'm' => pieces.push(Piece::Month(run)),
        'd' => pieces.push(Piece::Day(run)),
        'h' => pieces.push(Piece::Hour(run)),
        's' => {
            // `mm:ss`: the m before was minutes
            if let Some(month) = pieces.iter_mut().rev().find(|it| !matches!(it, Piece::Literal(_)))
                && let Piece::Month(run) = *month
            {
                *month = Piece::Minute(run);
            }
            pieces.push(Piece::Second(run));
        }
        // eras, weekdays and fractions of a second are left out
        'g' | 'a' | '@' => {}
        '0' | '#' | '?' | '%' => return None,
        other => pieces.push(Piece::Literal(String::from(other).repeat(run))),
    }
    Some(())
}

/// A number that its cell shows as a date or time.
///
/// Excel takes a ratio like 「8:2」 for a time and stores the same as for 8:02, so a time without seconds is shown
/// with its minutes unpadded: the ratio is what these cells are asked for.
pub(super) fn shown(moment: &ExcelDateTime, format: Option<&Format>) -> (String, Datum) {
    let serial = moment.as_f64();
    if !(0.0..2_958_466.0).contains(&serial) {
        return (general(serial), Datum::Number(serial));
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    // a second's fraction is binary noise of the day's fraction
    let seconds = u32::from(hour) * 3_600 + u32::from(minute) * 60 + u32::from(second) + u32::from(milli >= 500);
    let clock = Clock { year: u32::from(year), month: u32::from(month), day: u32::from(day), serial, seconds };
    let default;
    let pieces = match format {
        Some(Format::Moment(pieces)) => pieces,
        _ => {
            default = clock.default_pieces();
            &default
        }
    };
    let dated = pieces.iter().any(|it| matches!(it, Piece::Year(_) | Piece::Month(_) | Piece::Day(_)));
    let worded =
        pieces.iter().any(|it| matches!(it, Piece::Literal(text) if text.trim() != ":" && !text.trim().is_empty()));
    if dated {
        return (clock.show(pieces), Datum::Date(clock.month, clock.day));
    }
    let text = if worded { clock.show(pieces) } else { clock.ratio(pieces) };
    (text, Datum::Time)
}

struct Clock {
    year: u32,
    month: u32,
    day: u32,
    serial: f64,
    seconds: u32,
}

impl Clock {
    fn default_pieces(&self) -> Vec<Piece> {
        let literal = |it: &str| Piece::Literal(it.to_owned());
        let date = [Piece::Year(4), literal("/"), Piece::Month(1), literal("/"), Piece::Day(1)];
        let time = [Piece::Hour(1), literal(":"), Piece::Minute(2)];
        match (self.serial >= 1.0, self.seconds > 0) {
            (false, _) => time.to_vec(),
            (true, false) => date.to_vec(),
            (true, true) => date.into_iter().chain([literal(" ")]).chain(time).collect(),
        }
    }

    /// Hours since the serial number 0: what `[h]` shows.
    fn hours(&self) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the caller")]
        let days = self.serial.floor() as u32;
        days * 24 + self.seconds / 3_600
    }

    fn ratio(&self, pieces: &[Piece]) -> String {
        let hours = if pieces.contains(&Piece::Hours) { self.hours() } else { self.seconds / 3_600 };
        let (minutes, seconds) = (self.seconds / 60 % 60, self.seconds % 60);
        if seconds == 0 { format!("{hours}:{minutes}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
    }

    fn show(&self, pieces: &[Piece]) -> String {
        let padded = |number: u32, run: usize| {
            if run > 1 { format!("{number:02}") } else { number.to_string() }
        };
        let shown: String = pieces
            .iter()
            .map(|it| match it {
                Piece::Year(run) if *run <= 2 => format!("{:02}", self.year % 100),
                Piece::Year(_) => self.year.to_string(),
                Piece::Month(run) => padded(self.month, (*run).min(2)),
                Piece::Day(run) => padded(self.day, if *run == 2 { 2 } else { 1 }),
                Piece::Hour(run) => padded(self.seconds / 3_600, *run),
                Piece::Hours => self.hours().to_string(),
                Piece::Minute(run) => padded(self.seconds / 60 % 60, *run),
                Piece::Second(run) => padded(self.seconds % 60, *run),
                Piece::Literal(text) => text.clone(),
            })
            .collect();
        shown.trim().to_owned()
    }
}

/// The month and day a whole number would be as a date, where it could be one (2000 to 2100).
pub(super) fn month_day(cell: &Cell) -> Option<(u32, u32)> {
    match cell.datum {
        Datum::Date(month, day) => Some((month, day)),
        Datum::Number(serial) if (36_526.0..=73_050.0).contains(&serial) => {
            let moment = ExcelDateTime::new(serial, calamine::ExcelDateTimeType::DateTime, false);
            let (_, month, day, ..) = moment.to_ymd_hms_milli();
            Some((u32::from(month), u32::from(day)))
        }
        _ => None,
    }
}
