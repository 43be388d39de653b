//! The weekday beside a day: (水), （水・祝）, 水曜日, Wed, (ｽｲ).

use jiff::civil::Weekday;

use super::cells::Cells;

/// The weekday that stands behind a day: (水), （水・祝）, 水曜日, or a lone 水 before a time.
pub(super) fn weekday(cells: &Cells<'_>, at: usize) -> Option<(Weekday, usize)> {
    in_brackets(cells, at).or_else(|| long_weekday(cells, cells.skip_blank(at))).or_else(|| {
        let start = cells.skip_blank(at);
        if let Some((it, end)) = english(cells, start)
            .filter(|(_, end)| start > at && !cells.get(*end).is_some_and(|it| it.is_ascii_alphabetic()))
        {
            return Some((it, end));
        }
        // 「8/24・水」
        let start = cells.after(start, "・").unwrap_or(start);
        let it = letter(cells.get(start)?)?;
        let end = start + 1;
        let alone = start > at && cells.get(end).is_none_or(char::is_whitespace);
        // 「8/24水13-16」; 「8/24月3回」 counts
        let clock = cells.number(end).is_some_and(|(hour, next)| {
            (7..=20).contains(&hour) && cells.after_any(next, &[":", "時", "-", "~"]).is_some()
        });
        let glued = start == at && clock && cells.after(end, "時間").is_none();
        (alone || glued || cells.after_any(end, &["午前", "午後"]).is_some()).then_some((it, end))
    })
}

pub(super) fn in_brackets(cells: &Cells<'_>, at: usize) -> Option<(Weekday, usize)> {
    let start = cells.skip_blank(at);
    let open = cells.get(start).filter(|it| matches!(it, '(' | '[' | '<' | '〈' | '【'))?;
    let start = cells.skip_blank(start + 1);
    let (weekday, end) = english(cells, start)
        .or_else(|| kana(cells, start))
        .or_else(|| Some((letter(cells.get(start)?)?, start + 1)))?;
    let end = cells.after_any(end, &["曜日", "曜"]).unwrap_or(end);
    let end = cells.after_any(end, &["・祝日", "・祝", "祝日", "祝", "/祝", ",祝"]).unwrap_or(end);
    let close = match open {
        '(' => ')',
        '[' => ']',
        '<' => '>',
        '〈' => '〉',
        _ => '】',
    };
    let end = cells.skip_blank(end);
    (cells.get(end) == Some(close)).then_some((weekday, end + 1))
}

/// 水曜, 水曜日.
pub(super) fn long_weekday(cells: &Cells<'_>, at: usize) -> Option<(Weekday, usize)> {
    let weekday = letter(cells.get(at)?)?;
    cells.after_any(at + 1, &["曜日", "曜"]).map(|end| (weekday, end))
}

fn english(cells: &Cells<'_>, at: usize) -> Option<(Weekday, usize)> {
    let words = [
        (["monday", "mon"], Weekday::Monday),
        (["tuesday", "tue"], Weekday::Tuesday),
        (["wednesday", "wed"], Weekday::Wednesday),
        (["thursday", "thu"], Weekday::Thursday),
        (["friday", "fri"], Weekday::Friday),
        (["saturday", "sat"], Weekday::Saturday),
        (["sunday", "sun"], Weekday::Sunday),
    ];
    let (weekday, end) = words.iter().find_map(|(names, it)| cells.after_any(at, names).map(|end| (*it, end)))?;
    Some((weekday, cells.after(end, ".").unwrap_or(end)))
}

/// 「(ｽｲ)」, as folded.
fn kana(cells: &Cells<'_>, at: usize) -> Option<(Weekday, usize)> {
    let words = [
        ("ゲツ", Weekday::Monday),
        ("カ", Weekday::Tuesday),
        ("スイ", Weekday::Wednesday),
        ("モク", Weekday::Thursday),
        ("キン", Weekday::Friday),
        ("ド", Weekday::Saturday),
        ("ニチ", Weekday::Sunday),
    ];
    let (weekday, end) = words.iter().find_map(|(name, it)| cells.after(at, name).map(|end| (*it, end)))?;
    Some((weekday, cells.after(end, "ヨウ").unwrap_or(end)))
}

/// The weekday of a letter: 月 is Monday.
pub(super) fn letter(it: char) -> Option<Weekday> {
    Some(match it {
        '月' => Weekday::Monday,
        '火' => Weekday::Tuesday,
        '水' => Weekday::Wednesday,
        '木' => Weekday::Thursday,
        '金' => Weekday::Friday,
        '土' => Weekday::Saturday,
        '日' => Weekday::Sunday,
        _ => return None,
    })
}
