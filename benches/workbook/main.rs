//! Reading and checking a workbook, from memory: beside calamine's reading of all sheets whole, and beside what no reader
//! can do without (base64 of the mail, inflating the parts with cells). `cargo bench` prints times, ratios and memory.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark may panic"
)]

mod excel;

use std::{
    hint::black_box,
    io::Cursor,
    process::Command,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use calamine::{Reader as _, Xlsx};
use criterion::{Criterion, SamplingMode};
use uketsuke::desk::{
    check,
    rules::{Bounds, Questionnaire, Rules},
    workbook,
};

/// Names the book that a child of this program reads, to have its memory measured.
const CHILD: &str = "UKETSUKE_BENCH_READS";
/// `complete.xlsx`, and it with 20,000 strings more that cells show, or none shows.
const BOOKS: [&str; 3] = ["complete", "excel-20000", "excel-20000-unshown"];
const GOAL: Duration = Duration::from_micros(1_500);

fn main() {
    if let Ok(name) = std::env::var(CHILD) {
        let (bytes, rules) = (book(&name), rules());
        println!("{} {}", peak(), {
            ours(&bytes, &rules);
            peak()
        });
        return;
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    for name in BOOKS {
        measure(&mut criterion, name);
    }
    criterion.final_summary();
    for name in BOOKS {
        report(name);
    }
}

fn measure(criterion: &mut Criterion, name: &str) {
    let (bytes, rules) = (book(name), rules());
    let mail = STANDARD.encode(&bytes);
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("read+check", |it| it.iter(|| ours(black_box(&bytes), &rules)));
    group.bench_function("calamine, all sheets", |it| it.iter(|| whole(black_box(&bytes))));
    group.bench_function("base64+inflate", |it| it.iter(|| floor(black_box(&mail))));
    group.finish();
}

/// Medians of one run, beside each other, and the peak of memory.
fn report(name: &str) {
    let (bytes, rules) = (book(name), rules());
    let mail = STANDARD.encode(&bytes);
    let (ours, whole, floor) = (median(|| ours(&bytes, &rules)), median(|| whole(&bytes)), median(|| floor(&mail)));
    let ratio = |it: Duration| it.as_secs_f64() / ours.as_secs_f64();
    println!(
        "{name}: read+check {ours:?} (goal {GOAL:?}); calamine {whole:?} = {:.2} times as long; base64+inflate {floor:?} = {:.2} times as long",
        ratio(whole),
        ratio(floor)
    );
    let child = Command::new(std::env::current_exe().unwrap()).env(CHILD, name).output().unwrap();
    let memory = String::from_utf8(child.stdout).unwrap();
    let (before, after) = memory.trim().split_once(' ').unwrap();
    println!("{name}: peak memory {after} KiB, of which {before} KiB before reading began (goal 32768 KiB)");
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..31)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn book(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/forms/complete.xlsx");
    let complete = std::fs::read(path).unwrap();
    if name == "complete" { complete } else { excel::workbook(&complete, !name.ends_with("unshown")) }
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

fn ours(bytes: &[u8], rules: &Rules) {
    let book = workbook::read("book.xlsx", bytes, rules, &[]).unwrap();
    black_box(check::check_workbook(&book, &rules.forms[0]));
}

fn whole(bytes: &[u8]) {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    for name in book.sheet_names() {
        black_box(book.worksheet_range(&name).unwrap());
    }
}

fn floor(mail: &str) {
    let bytes = STANDARD.decode(mail).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let needed = ["xl/worksheets/sheet", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"];
    let mut part = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        if needed.iter().any(|it| entry.name().is_ok_and(|name| name.starts_with(it))) {
            part.clear();
            std::io::Read::read_to_end(&mut entry, &mut part).unwrap();
            black_box(&part);
        }
    }
}

/// The most memory this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
