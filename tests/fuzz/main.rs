//! Broken and malicious workbooks and mails without end: small ones are taken apart, changed, put together again and
//! read. Nothing may panic, take long or grow. The same files each time.
//!
//! `UKETSUKE_FUZZ=1000000 cargo test --release --test fuzz -- --nocapture` for the long run; `… mails` for mails alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    clippy::disallowed_methods,
    reason = "a test may panic"
)]

mod archive;
mod mails;
mod marks;
mod mutate;
mod organs;
mod watch;
mod xml;

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use uketsuke::desk::{
    check,
    reading::Unreadable,
    rules::{Bounds, Questionnaire, Rules},
    workbook::{self, Workbook},
};

const RUNS: u64 = 3_000;
const MOST_KIB: u64 = 256 << 10;

/// xorshift64*: the same numbers each time.
pub struct Chance(u64);

impl Chance {
    fn of(run: u64) -> Self {
        Self(run.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let wide = u64::try_from(end).unwrap();
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16).checked_rem(wide).unwrap_or(0)).unwrap()
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What panics where, and how much memory it takes, is told of the process: one test after the other.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn broken_mails_do_no_harm() {
    let _alone = ALONE.lock();
    mails::broken_mails_do_no_harm();
}

#[test]
fn large_mails_are_quick() {
    let _alone = ALONE.lock();
    mails::large_mails_are_quick();
}

/// One after the other, so that the memory that is measured is that of the first two: the libraries that read the other
/// formats are bounded by the limits of a reader child only.
#[test]
fn broken_files_do_no_harm() {
    let _alone = ALONE.lock();
    nothing_panics_takes_long_or_grows();
    marks::what_is_marked_says_the_same();
    organs::other_formats_do_no_harm();
}

fn nothing_panics_takes_long_or_grows() {
    let runs = watch::runs(RUNS);
    let (corpus, rules) = (corpus("corpus"), rules());
    let (mut answers, mut slowest, mut total) = (BTreeMap::<String, u64>::new(), Duration::ZERO, Duration::ZERO);
    for run in 0..runs {
        let mut chance = Chance::of(run);
        let parts = chance.pick(&corpus).clone();
        let bytes = mutate::package(parts, &mut chance);
        let (answer, took, panics) = watch::watched(|| workbook::read("form.xlsx", &bytes, &rules, &[]));
        if panics > 0 || took > watch::MOST_TIME {
            watch::failed(&format!("fuzz-{run}.xlsx"), &bytes, &format!("took {took:?}, panicked {panics} times"));
        }
        (slowest, total) = (slowest.max(took), total + took);
        *answers.entry(judge(run, answer, &rules)).or_default() += 1;
        if run % 100_000 == 99_999 {
            println!("{} read, slowest {slowest:?}, peak {} KiB", run + 1, watch::peak());
        }
    }
    println!("{runs} read in {total:?}, slowest {slowest:?}, peak {} KiB: {answers:?}", watch::peak());
    assert!(watch::peak() < MOST_KIB, "{} KiB", watch::peak());
    // a mutator that breaks everything tests nothing behind the first check
    assert!(answers.get("read").copied().unwrap_or(0) * 10 > runs, "{answers:?}");
}

/// What came of it, which must be sound.
fn judge(run: u64, answer: Result<Workbook, Unreadable>, rules: &Rules) -> String {
    let book = match answer {
        Ok(book) => book,
        Err(why) => return format!("{why:?}"),
    };
    let findings = check::check_workbook(&book, &rules.forms[0]);
    let named = book.indicators.iter().map(|it| &it.cell).chain(book.unknown_rows.iter().map(|it| &it.cell));
    let found = findings.iter().filter_map(|it| it.cell.as_ref());
    for cell in named.chain(found).filter(|it| !it.is_empty()) {
        assert!(is_cell(cell), "run {run}: {cell}");
    }
    assert!(book.indicators.len() <= rules.forms[0].rows.len(), "run {run}");
    "read".to_owned()
}

/// `A1` to `XFD1048576`.
fn is_cell(name: &str) -> bool {
    let letters = name.chars().take_while(char::is_ascii_uppercase).count();
    let (letters, digits) = name.split_at(letters);
    let column = letters.bytes().fold(0_u32, |column, it| column * 26 + u32::from(it - b'A') + 1);
    (1..=3).contains(&letters.len()) && column <= 16_384 && digits.parse().is_ok_and(|it| (1..=1_048_576).contains(&it))
}

fn corpus(folder: &str) -> Vec<mutate::Parts> {
    let folder = format!("{}/tests/forms/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let corpus: Vec<_> = paths.iter().map(|it| archive::parts(&std::fs::read(it).unwrap())).collect();
    assert!(corpus.len() >= 3, "{paths:?}");
    corpus
}

fn rules() -> Rules {
    Rules {
        programme: toml::from_str(include_str!("../../config/programme.toml")).unwrap(),
        forms: vec![toml::from_str(include_str!("../../config/forms/dxpi-2.3.toml")).unwrap()],
        questionnaire: Questionnaire { questions: Vec::new() },
        advisors: Vec::new(),
        bounds: Bounds::default(),
    }
}
