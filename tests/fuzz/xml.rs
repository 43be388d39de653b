//! One change to the XML of a part.

use super::Chance;

const NUMBERS: [&str; 22] = [
    "XFD1048576",
    "XFE1",
    "A1048577",
    "A0",
    "A",
    "1",
    "ZZZZZZZZ99999999",
    "4294967295",
    "4294967296",
    "-1",
    "0",
    "18446744073709551616",
    "1E308",
    "1e-320",
    "NaN",
    "inf",
    "",
    " ",
    "0x10",
    "２",
    "2958465.999999",
    "-0",
];
const TYPES: [&str; 9] = ["s", "str", "inlineStr", "b", "e", "d", "n", "", "unknown"];
const ENTITIES: [&str; 9] =
    ["&foo;", "&#0;", "&#x110000;", "&#xD800;", "&", "&amp;lt;", "&#10;", "_x000D_", "_xD83D__xDCF7_"];
/// Repeated text is cut here; once in a while it may be as long as `MOST_SELDOM`.
const MOST: usize = 100_000;
const MOST_SELDOM: usize = 8 << 20;

pub fn change(part: &mut Vec<u8>, chance: &mut Chance) {
    match chance.below(12) {
        0..4 => attribute(part, chance),
        4 => value(part, chance),
        5 => element(part, chance),
        6 => nested(part, chance),
        7 => insert(part, chance.pick(&ENTITIES).as_bytes(), chance),
        8 => encoding(part, chance),
        9 => repeated(part, chance),
        10 => {
            let oddities: [&[u8]; 7] = [
                b"<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;\">]>",
                b"<!-- </si><si> -->",
                b"<![CDATA[<c r=\"A1\"/>&]]>",
                b"<?xml version=\"1.1\"?>",
                b"<",
                b"]]>",
                b"\0",
            ];
            let oddity = *chance.pick(&oddities);
            insert(part, oddity, chance);
        }
        _ => {
            if !part.is_empty() {
                let at = chance.below(part.len());
                part[at] = *chance.pick(b"<>&\"'/=0 \xFF\xC2");
            }
        }
    }
}

/// Where this byte stands, one of many.
fn find(part: &[u8], byte: u8, chance: &mut Chance) -> Option<usize> {
    let from = chance.below(part.len());
    let next = |from: usize| part.get(from..)?.iter().position(|it| *it == byte).map(|it| it + from);
    next(from).or_else(|| next(0))
}

/// One attribute's value becomes another, or one that no program writes.
fn attribute(part: &mut Vec<u8>, chance: &mut Chance) {
    let Some(equals) = find(part, b'=', chance) else {
        return;
    };
    let Some(length) = part.get(equals + 2..).and_then(|it| it.iter().position(|it| *it == b'"')) else {
        return;
    };
    let range = equals + 2..equals + 2 + length;
    let new = match chance.below(4) {
        0 => chance.pick(&TYPES).to_string(),
        1 => chance.below(1_000).to_string(),
        _ => chance.pick(&NUMBERS).to_string(),
    };
    part.splice(range, new.into_bytes());
}

/// The text of one element becomes another.
fn value(part: &mut Vec<u8>, chance: &mut Chance) {
    let Some(open) = find(part, b'>', chance) else {
        return;
    };
    let length = part[open + 1..].iter().position(|it| *it == b'<').unwrap_or(0);
    let new = chance.pick(&NUMBERS).as_bytes().to_vec();
    part.splice(open + 1..open + 1 + length, new);
}

/// From one tag to another: twice, or not at all.
fn element(part: &mut Vec<u8>, chance: &mut Chance) {
    let Some(from) = find(part, b'<', chance) else {
        return;
    };
    let tags: Vec<usize> = (from + 1..part.len()).filter(|it| part[*it] == b'<').take(1 + chance.below(8)).collect();
    let to = tags.last().copied().unwrap_or(part.len());
    if chance.one_in(2) {
        part.drain(from..to);
    } else {
        let twin = part[from..to].to_vec();
        part.splice(to..to, twin);
    }
}

/// One tag around itself, many times over.
fn nested(part: &mut Vec<u8>, chance: &mut Chance) {
    let Some(at) = find(part, b'<', chance) else {
        return;
    };
    let name: Vec<u8> = part[at + 1..].iter().copied().take_while(u8::is_ascii_alphanumeric).collect();
    let depth = *chance.pick(&[1, 2, 40, 64, 100, 5_000]);
    let open = [b"<", &name[..], b">"].concat().repeat(depth);
    let close = [b"</", &name[..], b">"].concat().repeat(depth);
    part.splice(at..at, [open, close].concat());
}

fn insert(part: &mut Vec<u8>, what: &[u8], chance: &mut Chance) {
    let at = if chance.one_in(2) { chance.below(part.len()) } else { find(part, b'<', chance).unwrap_or(0) };
    part.splice(at..at, what.iter().copied());
}

fn encoding(part: &mut Vec<u8>, chance: &mut Chance) {
    let text = String::from_utf8_lossy(part).into_owned();
    let units = |turn: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(turn).collect::<Vec<u8>>();
    *part = match chance.below(5) {
        0 => [vec![0xFF, 0xFE], units(u16::to_le_bytes)].concat(),
        1 => [vec![0xFE, 0xFF], units(u16::to_be_bytes)].concat(),
        2 => units(u16::to_le_bytes),
        3 => [vec![0xEF, 0xBB, 0xBF], std::mem::take(part)].concat(),
        // a lone surrogate
        _ => [vec![0xFF, 0xFE, 0x00, 0xD8], units(u16::to_le_bytes)].concat(),
    };
}

fn repeated(part: &mut Vec<u8>, chance: &mut Chance) {
    let (Some(from), Some(to)) = (find(part, b'<', chance), find(part, b'<', chance)) else {
        return;
    };
    let piece = part[from.min(to)..from.max(to)].to_vec();
    let most = if chance.one_in(500) { MOST_SELDOM } else { MOST };
    let times = (1 + chance.below(5_000)).min(most / piece.len().max(1));
    part.splice(to..to, piece.repeat(times));
}
