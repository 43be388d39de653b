//! One to four changes to a package: to its XML, its parts, its archive.

use super::{Chance, archive, xml};

/// A package's parts: names and bytes, in their order.
pub type Parts = Vec<(String, Vec<u8>)>;

/// The package, changed, as the bytes of a file.
pub fn package(mut parts: Parts, chance: &mut Chance) -> Vec<u8> {
    let (mut lies, mut damage) = (false, false);
    for _ in 0..=chance.below(4) {
        match chance.below(10) {
            0..6 => {
                let at = chance.below(parts.len());
                if let Some((name, part)) = parts.get_mut(at)
                    && (name.ends_with(".xml") || name.ends_with(".rels"))
                {
                    xml::change(part, chance);
                }
            }
            6..8 => change(&mut parts, chance),
            8 => lies = true,
            _ => damage = true,
        }
    }
    let mut bytes = archive::written(&parts, lies, chance);
    if damage {
        hurt(&mut bytes, chance);
    }
    bytes
}

fn change(parts: &mut Parts, chance: &mut Chance) {
    let (at, other) = (chance.below(parts.len()), chance.below(parts.len()));
    match chance.below(7) {
        0 => drop(parts.remove(at)),
        1 => {
            let twin = (parts[at].0.to_uppercase(), parts[other].1.clone());
            parts.push(twin);
        }
        2 => {
            let part = std::mem::take(&mut parts[at].1);
            parts[at].1 = std::mem::replace(&mut parts[other].1, part);
        }
        3 => parts[at].0 = chance.pick(&NAMES).to_string(),
        4 => parts.push((format!("xl/media/{at}"), vec![0; chance.below(100_000)])),
        _ => link(parts, chance),
    }
    if parts.is_empty() {
        parts.push(("xl/workbook.xml".to_owned(), Vec::new()));
    }
}

const NAMES: [&str; 9] = [
    "xl\\workbook.xml",
    "/xl/workbook.xml",
    "../../etc/passwd",
    "xl/vbaProject.bin",
    "XL/SHAREDSTRINGS.XML",
    "",
    "xl/worksheets/sheet1.xml/[0].piece",
    "_rels/.rels",
    "[trash]/0000.dat",
];

/// A relation or a content type that says something else.
fn link(parts: &mut Parts, chance: &mut Chance) {
    let links: Vec<usize> = (0..parts.len()).filter(|it| is_link(&parts[*it].0)).collect();
    if links.is_empty() {
        return;
    }
    let at = *chance.pick(&links);
    let words: [(&str, &str); 10] = [
        ("worksheet", "chartsheet"),
        ("worksheet", "xlMacrosheet"),
        ("sharedStrings", "styles"),
        ("styles", "worksheet"),
        ("officeDocument", "sharedStrings"),
        ("Target=\"", "Target=\"../../../"),
        ("Target=\"", "TargetMode=\"External\" Target=\"http://127.0.0.1/"),
        ("sheet1.xml", "sheet2.xml"),
        ("sheet.main+xml", "sheet.macroEnabled.main+xml"),
        ("Id=\"", "Id=\"&#x1;"),
    ];
    let (from, to) = chance.pick(&words);
    let text = String::from_utf8_lossy(&parts[at].1).replacen(from, to, 1 + chance.below(3));
    parts[at].1 = text.into_bytes();
}

fn is_link(name: &str) -> bool {
    name.ends_with(".rels") || name.starts_with("[Content_Types]")
}

/// Bytes flipped, cut off, taken out, put in twice.
fn hurt(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let (from, length) = (chance.below(bytes.len()), 1 + chance.below(64));
    let to = (from + length).min(bytes.len());
    match chance.below(5) {
        0 => bytes.truncate(from),
        1 => drop(bytes.drain(from..to)),
        2 => {
            let twin = bytes[from..to].to_vec();
            drop(bytes.splice(from..from, twin));
        }
        3 => bytes.extend(b"\r\n--boundary--\r\n"),
        _ => {
            for _ in 0..=chance.below(8) {
                // the directory is at the end: half of the flips go there
                let near = bytes.len().saturating_sub(2_000);
                let at =
                    if chance.one_in(2) { chance.below(bytes.len()) } else { near + chance.below(bytes.len() - near) };
                bytes[at] ^= 1 << chance.below(8);
            }
        }
    }
}
