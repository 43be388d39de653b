//! Numbers as their cells show them, by number formats (ECMA-376 part 1, §18.8.30 and §18.8.31), as far as companies' cells use them.

use super::moment::{self, Piece};

/// Excel allows 255 characters; a longer code is shown as General.
const MAX_CODE: usize = 255;

/// How a cell shows its number.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Format {
    /// Up to eleven digits, no more than needed.
    General,
    /// The sections for positive and for negative numbers.
    Number(Section, Option<Section>),
    /// A date or a time.
    Moment(Vec<Piece>),
}

/// One section of a number's format.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Section {
    prefix: String,
    suffix: String,
    /// Digits before the point that are always shown.
    whole: usize,
    /// Digits after the point: always shown, at most.
    decimals: (usize, usize),
    thousands: bool,
    /// Powers of ten: 2 for a percent sign, −3 for a comma behind the digits.
    scale: i32,
}

impl Format {
    /// The format of a cell's style: its number, and its code where the book gives one. A Japanese Excel shows dates of
    /// format 14 its own way, whatever the code.
    pub(super) fn of_id(id: u32, code: Option<&str>) -> Self {
        let code = code.filter(|_| id != 14).or_else(|| builtin(id));
        code.map_or(Self::General, Self::parse)
    }

    pub(super) fn parse(code: &str) -> Self {
        let code = code.trim();
        if code.chars().count() > MAX_CODE || code.eq_ignore_ascii_case("general") || code == "@" {
            return Self::General;
        }
        let sections = sections(code);
        let Some(first) = sections.first() else {
            return Self::General;
        };
        if let Some(pieces) = moment::pieces(first) {
            return Self::Moment(pieces);
        }
        match (section(first), sections.get(1)) {
            (Some(positive), None) => Self::Number(positive, None),
            (Some(positive), Some(negative)) => Self::Number(positive, section(negative)),
            (None, _) => Self::General,
        }
    }
}

/// The formats that every program knows by their numbers (ECMA-376 part 1, §18.8.30). Those that differ by language are
/// a Japanese Excel's (there: ja-jp; the rest as in LibreOffice's oox/numberformatsbuffer.cxx, ja_JP); eras as years.
fn builtin(id: u32) -> Option<&'static str> {
    Some(match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 6 => "\"¥\"#,##0;\"¥\"\\-#,##0",
        7 | 8 => "\"¥\"#,##0.00;\"¥\"\\-#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 => "# ?/?",
        13 => "# ??/??",
        14 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        27 | 36 | 50 | 57 => "yyyy.m.d",
        28 | 29 | 31 | 51 | 54 | 58 => "yyyy\"年\"m\"月\"d\"日\"",
        30 => "m/d/yy",
        32 => "h\"時\"mm\"分\"",
        33 => "h\"時\"mm\"分\"ss\"秒\"",
        34 | 52 | 55 => "yyyy\"年\"m\"月\"",
        35 | 53 | 56 => "m\"月\"d\"日\"",
        37 => "#,##0;\\-#,##0",
        38 => "#,##0;[Red]\\-#,##0",
        39 => "#,##0.00;\\-#,##0.00",
        40 => "#,##0.00;[Red]\\-#,##0.00",
        41 => "_ * #,##0_ ;_ * \\-#,##0_ ;_ * \"-\"_ ;_ @_ ",
        42 => "_ \"¥\"* #,##0_ ;_ \"¥\"* \\-#,##0_ ;_ \"¥\"* \"-\"_ ;_ @_ ",
        43 => "_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
        44 => "_ \"¥\"* #,##0.00_ ;_ \"¥\"* \\-#,##0.00_ ;_ \"¥\"* \"-\"??_ ;_ @_ ",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mmss.0",
        48 => "##0.0E+0",
        _ => return None,
    })
}

/// A format code's characters: quoted, escaped and bracketed parts told from the rest.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Plain(char),
    Literal(String),
    Bracket(String),
}

fn sections(code: &str) -> Vec<Vec<Token>> {
    let mut all = Vec::new();
    let mut tokens = Vec::new();
    let mut chars = code.chars();
    while let Some(it) = chars.next() {
        match it {
            '"' => tokens.push(Token::Literal(chars.by_ref().take_while(|it| *it != '"').collect())),
            '\\' => tokens.extend(chars.next().map(|it| Token::Literal(it.to_string()))),
            '_' => tokens.extend(chars.next().map(|_| Token::Literal(" ".to_owned()))),
            '*' => drop(chars.next()),
            '[' => tokens.push(Token::Bracket(chars.by_ref().take_while(|it| *it != ']').collect())),
            ';' => all.push(std::mem::take(&mut tokens)),
            other => tokens.push(Token::Plain(other)),
        }
    }
    all.push(tokens);
    all
}

/// The section of a number, or `None` for what is better shown as General (fractions, exponents, conditions).
fn section(tokens: &[Token]) -> Option<Section> {
    let mut it = Section::default();
    let mut pattern = String::new();
    for token in tokens {
        let literal = match token {
            Token::Plain(digit @ ('0' | '#' | '?' | ',' | '.')) if it.suffix.is_empty() => {
                pattern.push(*digit);
                continue;
            }
            Token::Plain('0' | '#' | '?' | '/' | 'E' | 'e' | '@') => return None,
            Token::Plain(other) => {
                if *other == '%' {
                    it.scale += 2;
                }
                other.to_string()
            }
            Token::Literal(text) => text.clone(),
            Token::Bracket(text) => match text.strip_prefix('$') {
                Some(currency) => currency.split('-').next().unwrap_or_default().to_owned(),
                None if text.starts_with(['<', '>', '=']) => return None,
                None => String::new(),
            },
        };
        if pattern.is_empty() { it.prefix.push_str(&literal) } else { it.suffix.push_str(&literal) }
    }
    if !pattern.contains(['0', '#', '?']) {
        return None;
    }
    let digits = pattern.trim_end_matches(',');
    it.scale -= 3 * i32::try_from(pattern.len() - digits.len()).ok()?;
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    it.thousands = whole.contains(',');
    it.whole = whole.matches('0').count();
    it.decimals = (decimals.matches('0').count(), decimals.matches(['0', '#', '?']).count().min(10));
    Some(it)
}

/// A number as its cell shows it.
pub(super) fn number(number: f64, format: Option<&Format>) -> String {
    match format {
        Some(Format::Number(positive, negative)) => {
            let shown = match negative {
                Some(section) if number < 0.0 => in_section(-number, section),
                _ if number < 0.0 => in_section(-number, positive).map(|it| format!("-{it}")),
                _ => in_section(number, positive),
            };
            shown.unwrap_or_else(|| general(number))
        }
        _ => general(number),
    }
}

/// As Excel's General shows it in a cell that is wide enough: at most eleven digits, without binary noise.
pub(super) fn general(number: f64) -> String {
    let size = number.abs();
    if number.fract() == 0.0 && size < 1e15 {
        return format!("{}", number + 0.0);
    }
    let rounded = digits(number, 10);
    if !(1e-9..1e15).contains(&size) {
        return format!("{rounded:e}").to_uppercase();
    }
    rounded.to_string()
}

/// Rounded to one digit more than `places` after the first.
fn digits(number: f64, places: usize) -> f64 {
    format!("{number:.places$e}").parse().unwrap_or(number)
}

/// `None` where the number is too large for digits.
fn in_section(number: f64, section: &Section) -> Option<String> {
    let most = section.decimals.1;
    let power = section.scale.checked_add(i32::try_from(most).ok()?)?;
    let scaled = digits(number * 10_f64.powi(power), 14).round();
    if !(0.0..1e15).contains(&scaled) {
        return None;
    }
    let all = format!("{scaled:0>width$}", width = most + 1);
    let split = all.len().checked_sub(most)?;
    let (whole, decimals) = (all.get(..split)?, all.get(split..)?);
    let mut decimals = decimals.to_owned();
    while decimals.len() > section.decimals.0 && decimals.ends_with('0') {
        decimals.pop();
    }
    let mut whole = format!("{whole:0>width$}", width = section.whole);
    if section.thousands {
        whole = with_commas(&whole);
    }
    let point = if decimals.is_empty() { "" } else { "." };
    let shown = format!("{}{whole}{point}{decimals}{}", section.prefix, section.suffix);
    Some(shown.trim().to_owned())
}

fn with_commas(whole: &str) -> String {
    let count = whole.chars().count();
    let mut shown = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (count - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
