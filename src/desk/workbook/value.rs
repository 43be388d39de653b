//! What stands in a cell, and what it means: a level, a quantitative answer, or why it is neither.

mod words;

use super::{
    Fault, Value, Written,
    book::{Cell, Datum, clip},
};
use crate::desk::text;
use words::{
    ABSENCES, BEFORE_UNITS, CAUSES, DOUBT, LACKS, LEVEL_NAMES, METHODS, NO_CAUSES, NO_VALUE, OPTIONAL, OTHER_TIME,
    THINGS, THIS_TIME, UNITS,
};

/// Characters kept of a value; the longest honest answer seen is a sentence.
const MAX_RAW: usize = 500;
/// Bytes of the longest text that is looked at for a printed unit.
const MAX_UNIT: usize = 60;

/// A maturity level: a whole number 0–5 in any of the ways people write one.
pub(super) fn level(cell: Option<&Cell>) -> Written {
    let (cell, mut written) = match base(cell) {
        Ok(found) => found,
        Err(done) => return done,
    };
    let level = match cell.datum {
        Datum::Number(number) => {
            let found = (0_u8..=5).find(|it| (f64::from(*it) - number).abs() < 1e-9);
            // a format may round what is shown: 2.5 shown as 3 is no level
            if found.is_none() && level_in_words(&cell.text).is_ok() {
                written.raw = Some(super::format::general(number));
            }
            // 「300%」 in a cell is no 3
            found.filter(|_| !cell.text.ends_with(['%', '％'])).ok_or(Fault::NotALevel)
        }
        Datum::Date(..) | Datum::Time => Err(Fault::NotALevel),
        _ => level_in_words(&cell.text),
    };
    match level {
        Ok(level) => written.value = Some(Value::Level(level)),
        Err(fault) => written.fault = Some(fault),
    }
    written
}

/// A quantitative answer in the company's own unit. A word like 「該当なし」 is one only with a reason, in the cell or
/// beside it.
pub(super) fn quantity(cell: Option<&Cell>, evidence: Option<&str>) -> Written {
    let (cell, mut written) = match base(cell) {
        Ok(found) => found,
        Err(done) => return done,
    };
    let is_text = matches!(cell.datum, Datum::Text | Datum::Flag);
    if is_text && says_nothing(&cell.text) && !evidence.is_some_and(gives_reason) {
        written.fault = Some(Fault::NoValueWord);
    } else {
        written.value = Some(Value::Text(clip(cell.text.trim_matches(is_blank), MAX_RAW)));
    }
    written
}

/// What both kinds have in common: nothing, blanks, errors, formulas without a result.
fn base(cell: Option<&Cell>) -> Result<(&Cell, Written), Written> {
    let Some(cell) = cell else {
        return Err(Written::default());
    };
    let raw = Some(clip(&cell.text, MAX_RAW)).filter(|it| !it.is_empty());
    let fault = match cell.datum {
        Datum::NoResult => Some(Fault::NoCachedValue),
        Datum::Error => Some(Fault::ErrorCell),
        Datum::Text if is_error_text(&cell.text) => Some(Fault::ErrorCell),
        _ if says_no_value(cell) => Some(Fault::Blank),
        _ => None,
    };
    let written = Written { raw, value: None, fault };
    if fault.is_some() { Err(written) } else { Ok((cell, written)) }
}

/// Whether a cell holds blanks only, or what the form printed in it: 「件」「約　　円」「（　）%」.
pub(super) fn says_no_value(cell: &Cell) -> bool {
    match cell.datum {
        Datum::NoResult | Datum::Error => false,
        Datum::Text if is_bare_unit(&cell.text) => true,
        _ => cell.text.chars().all(is_blank),
    }
}

fn is_bare_unit(written: &str) -> bool {
    if written.len() > MAX_UNIT {
        return false;
    }
    let folded = text::fold(written);
    let mut pieces = folded.split(|it: char| is_blank(it) || "()[]「」『』【】<>/・:_~".contains(it)).map(text::key);
    let is_unit = |piece: String| {
        let rest = BEFORE_UNITS.iter().find_map(|it| piece.strip_prefix(it)).unwrap_or(&piece);
        let rest = rest.strip_suffix("程度").unwrap_or(rest);
        rest.is_empty() || UNITS.contains(&rest)
    };
    // dashes and blanks alone are no unit
    let told = folded.contains(|it: char| it.is_alphanumeric() || "()[]:%¥$‰".contains(it));
    told && pieces.all(is_unit)
}

/// Whitespace, and what is seen as little.
pub(super) fn is_blank(it: char) -> bool {
    it.is_whitespace() || matches!(it, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{3164}')
}

/// Programs that store an error as text.
fn is_error_text(text: &str) -> bool {
    matches!(
        text.trim(),
        "#DIV/0!"
            | "#N/A"
            | "#NAME?"
            | "#NULL!"
            | "#NUM!"
            | "#REF!"
            | "#VALUE!"
            | "#SPILL!"
            | "#CALC!"
            | "#GETTING_DATA"
    )
}

fn level_in_words(written: &str) -> Result<u8, Fault> {
    let words = text::key(written);
    let around = |it: char| is_blank(it) || "()[]「」『』<>【】'\":*".contains(it);
    // 「.5」 is no 5
    let bare = words.trim_start_matches(around).trim_end_matches(|it: char| around(it) || "。．.、,".contains(it));
    if let Some(level) = plain_level(bare).or_else(|| named_level(bare)).or_else(|| noted_level(&words)) {
        return Ok(level);
    }
    if let Some(level) = roman(written) {
        return Ok(level);
    }
    let some_number = bare.chars().any(|it| it.is_ascii_digit() || ('\u{2776}'..='\u{277F}').contains(&it));
    Err(if some_number { Fault::NotALevel } else { Fault::NotANumber })
}

/// `3`, `レベル3`, `lv.3`, `3点`, `3.0`.
fn plain_level(words: &str) -> Option<u8> {
    let mut rest = words;
    for prefix in ["成熟度", "レベル", "level", "lvl", "lv", "l"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    if rest.len() < words.len() {
        rest = rest.trim_start_matches(['.', ':', '-', '=', ' ']);
    }
    for suffix in ["点", "レベル", "です", "程度の成熟度"] {
        rest = rest.strip_suffix(suffix).unwrap_or(rest);
    }
    let (digit, tail) = rest.split_once('.').unwrap_or((rest, ""));
    if !tail.chars().all(|it| it == '0') {
        return None;
    }
    let digit = digit.trim_start_matches('0');
    match digit {
        "" if rest.starts_with('0') => Some(0),
        "1" | "2" | "3" | "4" | "5" => digit.parse().ok(),
        // 「一」 alone is too much like a dash
        "一" if rest.len() < words.len() => Some(1),
        "二" => Some(2),
        "三" => Some(3),
        "四" => Some(4),
        "五" => Some(5),
        _ => circled(digit),
    }
}

/// ❶–❺ and ➀–➄, which NFKC leaves alone.
fn circled(text: &str) -> Option<u8> {
    let mut chars = text.chars();
    let (Some(it), None) = (chars.next(), chars.next()) else {
        return None;
    };
    let start = match it {
        '\u{2776}'..='\u{277A}' => '\u{2775}',
        '\u{2780}'..='\u{2784}' => '\u{277F}',
        '\u{278A}'..='\u{278E}' => '\u{2789}',
        _ => return None,
    };
    u8::try_from(u32::from(it).checked_sub(u32::from(start))?).ok()
}

/// Ⅰ–Ⅴ, which NFKC makes letters of.
fn roman(written: &str) -> Option<u8> {
    let mut numerals = written.chars().filter(|it| !is_blank(*it));
    let (only, None) = (numerals.next()?, numerals.next()) else {
        return None;
    };
    let (start, last) = if only < '\u{2170}' { ('\u{2160}', '\u{2164}') } else { ('\u{2170}', '\u{2174}') };
    let number = u32::from(only).checked_sub(u32::from(start)).filter(|_| only <= last)?;
    u8::try_from(number + 1).ok()
}

/// 「3（一部）」「3：部門横断で推進」: a level and a note behind it that does not put it in doubt.
fn noted_level(words: &str) -> Option<u8> {
    let at = words.find(['(', '[', '【', '「', ':', '※']).filter(|at| *at > 0)?;
    let (front, note) = words.split_at_checked(at)?;
    let level = plain_level(front)?;
    let doubtful = DOUBT.iter().any(|it| note.contains(it));
    let mut clauses = note.split(['、', ',', '。', ';', '・']);
    (!doubtful && clauses.all(|it| agrees(level, it))).then_some(level)
}

/// Whether a note names no other level: 「前回2」 was another, 「2022年8月現在」 is a day, 「現在は4」 is another.
fn agrees(level: u8, note: &str) -> bool {
    let note = note.replace("一部", "");
    let this_time = THIS_TIME.iter().any(|it| note.contains(it));
    let numbers = numbers(&note);
    if this_time {
        return numbers.iter().all(|it| it.is_day || it.level == Some(level));
    }
    numbers.is_empty() || OTHER_TIME.iter().any(|it| note.contains(it))
}

/// A number in a note.
struct Number {
    level: Option<u8>,
    /// 「2022年」「8月」「2022/8」.
    is_day: bool,
}

fn numbers(note: &str) -> Vec<Number> {
    let joins = |it: char| matches!(it, '.' | '/' | '-');
    let is_number = |it: char| it.is_numeric() || "一二三四五".contains(it);
    let mut all = Vec::new();
    let mut rest = note;
    while let Some(start) = rest.find(is_number) {
        let (_, from) = rest.split_at_checked(start).unwrap_or_default();
        let end = from.find(|it: char| !is_number(it) && !joins(it)).unwrap_or(from.len());
        let (number, behind) = from.split_at_checked(end).unwrap_or_default();
        let digits = number.trim_end_matches(joins);
        let year = digits.split(joins).next().is_some_and(|it| it.len() == 4 && it.parse::<u16>().is_ok());
        let is_day = year || digits.contains('/') || behind.starts_with(['年', '月', '日', '期']);
        let word = (1_u8..).zip(["一", "二", "三", "四", "五"]).find_map(|(at, it)| (it == digits).then_some(at));
        all.push(Number { level: word.or_else(|| digits.parse().ok()), is_day });
        rest = behind;
    }
    all
}

/// 「2 一部での戦略的実施」: a level and its own name behind it.
fn named_level(words: &str) -> Option<u8> {
    (0_u8..=5).zip(LEVEL_NAMES).find_map(|(level, name)| {
        let front = words.strip_suffix(&text::key(name))?;
        let front = front.trim_end_matches([':', '.', '-', '(', ')', '・', '、', ',', '_', '=']);
        (plain_level(front)? == level).then_some(level)
    })
}

/// Whether the text is made of nothing but words like 「該当なし」 and dashes.
pub(in crate::desk) fn says_nothing(written: &str) -> bool {
    let words = text::key(written);
    pieces(&words).all(|it| is_nothing(it) || UNITS.contains(&it))
}

/// Whether an answer says, with its reason, that there is no value: 「該当なし（店舗のため）」「未上場のため無し」.
pub(in crate::desk) fn declines(answer: &str) -> bool {
    let words = text::key(answer);
    let none = ["なし", "無し", "対象外", "非該当", "該当せず", "該当しない", "ありません"];
    let declined = |piece: &str| {
        is_nothing(piece) || (none.iter().any(|it| piece.ends_with(it)) && !piece.chars().any(|it| it.is_ascii_digit()))
    };
    let counts = |piece: &str| piece.starts_with(|it: char| it.is_ascii_digit());
    let Some(first) = pieces(&words).next() else { return false };
    declined(first) || (!counts(first) && pieces(&words).last().is_some_and(declined))
}

fn pieces(words: &str) -> impl Iterator<Item = &str> {
    words
        .split(|it: char| is_blank(it) || "()[]「」『』【】。、,・:;…!?*※".contains(it))
        .map(|it| it.trim_matches(['.']))
        .filter(|it| !it.is_empty())
}

fn is_nothing(piece: &str) -> bool {
    NO_VALUE.contains(&piece) || lacks_something(piece) || is_dash(piece) || is_optional_talk(piece)
}

/// 「---」「-円」
fn is_dash(piece: &str) -> bool {
    let rest = piece.trim_start_matches(['-', 'ー', '~', '/', '_', '─', '━']);
    rest.is_empty() || (rest.len() < piece.len() && UNITS.contains(&rest))
}

/// 「データなし」「算出不可」「把握しておりません」「未集計」: something is not there, and no reason is given.
fn lacks_something(piece: &str) -> bool {
    let rest =
        THINGS.iter().find_map(|it| piece.strip_prefix(it).or_else(|| piece.strip_prefix('未')?.strip_prefix(it)));
    rest.is_some_and(|rest| LACKS.contains(&rest) || (rest.is_empty() && piece.starts_with('未')))
}

/// 「任意のため省略」「空欄」「任意項目のため記入していません」
fn is_optional_talk(piece: &str) -> bool {
    if !["任意", "空欄", "空白", "省略", "割愛", "記入", "入力"].iter().any(|it| piece.contains(it)) {
        return false;
    }
    let mut rest = piece;
    while let Some(less) = OPTIONAL.iter().find_map(|it| rest.strip_prefix(it)) {
        rest = less;
    }
    rest.trim_start_matches(['と', 'に', 'は', 'で', 'を', 'の', 'た']).is_empty()
}

/// Whether the cell beside gives a reason for there being no value; 「月次の実績から算出」 gives none.
fn gives_reason(evidence: &str) -> bool {
    let words = text::key(evidence);
    pieces(&words).filter(|it| !is_nothing(it)).any(is_reason)
}

fn is_reason(phrase: &str) -> bool {
    let bare = NO_CAUSES.iter().fold(phrase.to_owned(), |it, no_cause| it.replace(no_cause, ""));
    let bare = ["です", "である", "となります", "となる"].iter().find_map(|it| bare.strip_suffix(it)).unwrap_or(&bare);
    let measured = METHODS.iter().any(|it| bare.strip_suffix(*it).is_some_and(|it| !it.ends_with('未')));
    !measured && (CAUSES.iter().any(|it| bare.contains(it)) || ABSENCES.iter().any(|it| bare.ends_with(it)))
}
