//! Broken workbooks of the other formats: .xls, .xlsb, .ods, and those under a password. The libraries beneath may panic,
//! which the reader catches; nothing of ours may.

use std::{collections::BTreeMap, time::Duration};

use uketsuke::desk::workbook;

use super::{Chance, archive, mutate, rules, watch, xml};

const RUNS: u64 = 300;
/// The password costs its hundred thousand rounds each time.
const LOCKED_ONE_IN: usize = 40;
const PASSWORD: &str = "ひたち2022";
/// Lengths and counts that lie.
const HOSTILE: [u32; 10] = [0, 1, 0x7F, 0xFF, 0x1FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFF0, 0xFFFF_FFFE, u32::MAX];

pub fn other_formats_do_no_harm() {
    let runs = watch::runs(RUNS);
    let (books, rules) = (books(), rules());
    let (locked, open): (Vec<_>, Vec<_>) = books.iter().partition(|it| it.0.ends_with(".xlsx"));
    let passwords = [PASSWORD.to_owned()];
    let (mut answers, mut slowest, mut total) = (BTreeMap::<String, u64>::new(), Duration::ZERO, Duration::ZERO);
    let mut panics = BTreeMap::<String, u64>::new();
    for run in 0..runs {
        let mut chance = Chance::of(run);
        let from = if chance.one_in(LOCKED_ONE_IN) { &locked } else { &open };
        let (name, bytes) = chance.pick(from);
        let bytes = changed(bytes, &mut chance);
        let (answer, took, caught) = watch::watched(|| workbook::read(name, &bytes, &rules, &passwords));
        if took > watch::MOST_TIME {
            watch::failed(&format!("organ-{run}-{name}"), &bytes, &format!("took {took:?}"));
        }
        if caught > 0 {
            let place = watch::last_panic();
            if !place.contains("/registry/") {
                watch::failed(&format!("organ-{run}-{name}"), &bytes, &place);
            }
            *panics.entry(place.rsplit("/registry/src/").next().unwrap().to_owned()).or_default() += 1;
        }
        (slowest, total) = (slowest.max(took), total + took);
        let format = name.rsplit('.').next().unwrap();
        let said = answer.map_or_else(|it| format!("{it:?}"), |_| "read".to_owned());
        *answers.entry(format!("{format} {said}")).or_default() += 1;
    }
    println!("{runs} of other formats in {total:?}, slowest {slowest:?}, peak {} KiB: {answers:?}", watch::peak());
    println!("caught panics of libraries: {panics:?}");
    let read: u64 = answers.iter().filter(|it| it.0.ends_with(" read")).map(|it| it.1).sum();
    assert!(read * 10 > runs, "{answers:?}");
}

fn books() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it != "py"));
    paths.sort();
    assert!(paths.len() >= 10, "{paths:?}");
    paths
        .iter()
        .map(|it| (it.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(it).unwrap()))
        .collect()
}

/// One to four changes, in the parts of an archive or in the bytes.
fn changed(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    if !bytes.starts_with(b"PK") {
        let mut bytes = bytes.to_vec();
        for _ in 0..=chance.below(4) {
            hurt(&mut bytes, chance);
        }
        return bytes;
    }
    let mut parts = archive::parts(bytes);
    for _ in 0..=chance.below(4) {
        let at = chance.below(parts.len());
        let (name, part) = &mut parts[at];
        if name.ends_with(".bin") { hurt(part, chance) } else { xml::change(part, chance) }
    }
    if chance.one_in(6) { mutate::package(parts, chance) } else { archive::written(&parts, false, chance) }
}

/// One change to binary records.
fn hurt(bytes: &mut Vec<u8>, chance: &mut Chance) {
    if bytes.len() < 16 {
        return;
    }
    // headers, directories and the first records stand in front
    let end = if chance.one_in(2) { bytes.len() - 8 } else { (bytes.len() - 8).min(4_096) };
    let at = chance.below(end);
    match chance.below(8) {
        0 => bytes[at] ^= 1 << chance.below(8),
        1 | 2 => drop(bytes.splice(at..at + 2, hostile(chance).to_le_bytes().into_iter().take(2))),
        3 | 4 => drop(bytes.splice(at..at + 4, hostile(chance).to_le_bytes())),
        5 => {
            let (from, length) = (chance.below(bytes.len()), 1 + chance.below(512));
            let piece: Vec<u8> = bytes[from..].iter().copied().take(length).collect();
            let end = (at + piece.len()).min(bytes.len());
            drop(bytes.splice(at..end, piece));
        }
        6 => drop(bytes.drain(at..at + 1 + chance.below(8))),
        _ if chance.one_in(4) => bytes.truncate(at),
        _ => bytes[at] = *chance.pick(b"0129\0\xFF"),
    }
}

fn hostile(chance: &mut Chance) -> u32 {
    *chance.pick(&HOSTILE)
}
