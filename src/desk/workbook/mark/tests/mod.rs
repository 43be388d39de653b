//! Marked books held against the rules of the package and the schema.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test may panic"
)]

mod books;
mod look;
mod made;
mod parts;
mod refused;
mod rules;

use calamine::{Reader as _, Xlsx};

use self::{
    look::Look,
    rules::{entries, hold, numbered, untouched},
};
use super::{Mark, Unmarkable, Weight, mark, place::place};
use crate::desk::{rules::Bounds, workbook::tests::read_any};

const AUTHOR: &str = "DX推進指標 受付";

fn at(sheet: &str, cell: &str, weight: Weight, comment: &str) -> Mark {
    Mark { sheet: sheet.to_owned(), cell: cell.to_owned(), weight, comment: comment.to_owned() }
}

fn must(cell: &str, comment: &str) -> Mark {
    at("診断", cell, Weight::MustMend, comment)
}

fn ask(cell: &str, comment: &str) -> Mark {
    at("診断", cell, Weight::Ask, comment)
}

fn marked(bytes: &[u8], marks: &[Mark]) -> Result<Vec<u8>, Unmarkable> {
    mark(bytes, marks, AUTHOR, &Bounds::default())
}

/// Every value of every sheet as calamine reads it.
fn values(bytes: &[u8]) -> Vec<(String, Vec<String>)> {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let names = book.sheet_names();
    let mut all = Vec::new();
    for name in names {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        let start = range.start().unwrap_or_default();
        let cells = range
            .used_cells()
            .map(|(row, column, it)| format!("{} {} {it:?}", start.0 as usize + row, start.1 as usize + column));
        all.push((name, cells.collect()));
    }
    all
}

/// Worksheets: name and part, as a test needs them.
fn sheets(bytes: &[u8]) -> Vec<String> {
    let all = entries(bytes).into_iter().map(|(name, ..)| name);
    all.filter(|it| it.contains("worksheets/") && it.ends_with(".xml")).collect()
}

fn looks(bytes: &[u8]) -> Vec<std::collections::BTreeMap<super::place::Place, Look>> {
    sheets(bytes).iter().map(|it| look::cells(bytes, it)).collect()
}

/// Marks a book and holds the result against all the rules; then marks it again, and takes all marks away.
fn sound(bytes: &[u8], marks: &[Mark]) -> Vec<u8> {
    let once = marked(bytes, marks).unwrap();
    untouched(bytes, &once);
    hold(&once);
    numbered(bytes, &once);
    assert_eq!(values(bytes), values(&once));
    assert_eq!(read_any(bytes), read_any(&once));
    let twice = marked(&once, marks).unwrap();
    untouched(&once, &twice);
    hold(&twice);
    assert_eq!(looks(&once), looks(&twice), "the second round looks like the first");
    let names = |bytes: &[u8]| entries(bytes).into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(names(&once), names(&twice), "nothing piles up");
    let clean = marked(&twice, &[]).unwrap();
    hold(&clean);
    assert_eq!(values(bytes), values(&clean));
    for (before, after) in looks(bytes).iter().zip(looks(&clean)) {
        for (place, look) in before {
            let pattern = !matches!(look.pattern.as_str(), "" | "solid");
            assert!(pattern || after[place] == *look, "{place:?}: {look:?} became {:?}", after[place]);
        }
    }
    for (name, ..) in entries(&clean).iter().filter(|(name, ..)| name.contains("comments") && name.ends_with(".xml")) {
        let said = look::comments(&clean, name);
        let ours = |(author, words): &(String, String)| author == AUTHOR || words.contains(AUTHOR);
        assert!(!said.values().any(ours), "{name}: {said:?}");
    }
    once
}

/// The colour of a solid fill, without the bits that are a checksum.
#[track_caller]
fn colour(bytes: &[u8], cell: &str) -> u32 {
    let mut looks = look::cells(bytes, "xl/worksheets/sheet1.xml");
    let look = looks.remove(&place(cell).unwrap()).unwrap_or_else(|| panic!("no {cell}"));
    assert_eq!(look.pattern, "solid", "{cell}");
    u32::from_str_radix(&look.colour, 16).unwrap() & 0x00FC_FCFC
}

#[track_caller]
fn is_red(bytes: &[u8], cell: &str) {
    assert_eq!(colour(bytes, cell), 0x00F4_A4A4, "{cell}");
}

#[track_caller]
fn is_yellow(bytes: &[u8], cell: &str) {
    assert_eq!(colour(bytes, cell), 0x00FC_E468, "{cell}");
}
