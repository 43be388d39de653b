//! Packages taken apart, and put together by a writer that can lie.

use std::io::{Cursor, Read as _, Write as _};

use flate2::{Compression, Crc, write::DeflateEncoder};
use zip::ZipArchive;

use super::{Chance, mutate::Parts};

/// What an archive says of an entry, true or not.
struct Record {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    offset: u32,
}

/// Names and bytes, in their order.
pub fn parts(bytes: &[u8]) -> Parts {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).unwrap();
            let mut part = Vec::new();
            entry.read_to_end(&mut part).unwrap();
            (entry.name().unwrap().to_string(), part)
        })
        .collect()
}

/// The parts as an archive; with `lies`, as one that is not what it says.
pub fn written(parts: &Parts, lies: bool, chance: &mut Chance) -> Vec<u8> {
    let (mut bytes, mut records) = (Vec::new(), Vec::new());
    let deflates = chance.one_in(8);
    for (name, part) in parts {
        let mut record = Record {
            name: name.clone().into_bytes(),
            flags: 0,
            method: if deflates { 8 } else { 0 },
            crc: crc(part),
            packed: 0,
            size: u32::try_from(part.len()).unwrap(),
            offset: u32::try_from(bytes.len()).unwrap(),
        };
        let packed = if deflates { deflated(part) } else { part.clone() };
        record.packed = u32::try_from(packed.len()).unwrap();
        local(&mut bytes, &record);
        bytes.extend(packed);
        records.push(record);
    }
    if lies {
        lie(&mut records, chance);
    }
    let start = u32::try_from(bytes.len()).unwrap();
    for record in &records {
        central(&mut bytes, record);
    }
    let size = u32::try_from(bytes.len()).unwrap() - start;
    let count = u16::try_from(records.len()).unwrap();
    let said = if lies && chance.one_in(6) { *chance.pick(&[0, 1, count + 1, 2_001, u16::MAX]) } else { count };
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([said.to_le_bytes(), said.to_le_bytes()].concat());
    bytes.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    bytes.extend(*chance.pick(&[b"\0\0", b"\0\0", b"\0\0", b"\x09\0"]));
    bytes
}

fn lie(records: &mut Vec<Record>, chance: &mut Chance) {
    let (at, other) = (chance.below(records.len()), chance.below(records.len()));
    let hostile = *chance.pick(&[0, 1, 0x7FFF_FFFF, 0xFFFF_FFFE, u32::MAX, 32 << 20, 64 << 20]);
    match chance.below(8) {
        0 => records[at].size = hostile,
        1 => records[at].packed = hostile,
        2 => records[at].offset = hostile,
        3 => records[at].crc ^= hostile | 1,
        4 => records[at].method = *chance.pick(&[0, 8, 9, 12, 14, 93, 99]),
        5 => records[at].flags = *chance.pick(&[1, 8, 0x800, 0xFFFF]),
        // two entries in one place
        6 => {
            let (offset, packed) = (records[other].offset, records[other].packed);
            (records[at].offset, records[at].packed) = (offset, packed);
        }
        // one entry twice
        _ => {
            let it = &records[at];
            let (name, flags, method) = (it.name.clone(), it.flags, it.method);
            records.push(Record {
                name,
                flags,
                method,
                crc: it.crc,
                packed: it.packed,
                size: it.size,
                offset: it.offset,
            });
        }
    }
}

fn local(bytes: &mut Vec<u8>, it: &Record) {
    bytes.extend(b"PK\x03\x04\x14\0");
    bytes.extend([it.flags.to_le_bytes(), it.method.to_le_bytes(), [0; 2], [0; 2]].concat());
    bytes.extend([it.crc.to_le_bytes(), it.packed.to_le_bytes(), it.size.to_le_bytes()].concat());
    bytes.extend([u16::try_from(it.name.len()).unwrap().to_le_bytes(), [0; 2]].concat());
    bytes.extend(&it.name);
}

fn central(bytes: &mut Vec<u8>, it: &Record) {
    bytes.extend(b"PK\x01\x02\x14\0\x14\0");
    bytes.extend([it.flags.to_le_bytes(), it.method.to_le_bytes(), [0; 2], [0; 2]].concat());
    bytes.extend([it.crc.to_le_bytes(), it.packed.to_le_bytes(), it.size.to_le_bytes()].concat());
    bytes.extend(u16::try_from(it.name.len()).unwrap().to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend(it.offset.to_le_bytes());
    bytes.extend(&it.name);
}

fn deflated(part: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(part).unwrap();
    encoder.finish().unwrap()
}

fn crc(part: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(part);
    crc.sum()
}
