//! Simulated worlds: the real desk, the same rounds as the daemon makes, over a simulated mailbox, relay, disk and clock.
//!
//! One seed is one world. `SEED=17 cargo test --test sim` lives that world again and prints its story;
//! `UKETSUKE_WORLDS=100000` lives so many (2000 unless told). A seed that fails is
//! shortened to the events that are needed.
//! Mails are read by real reader children, kept from world to world; TLS, SMTP and IMAP are spoken over loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::await_holding_refcell_ref,
    missing_docs,
    reason = "a test may panic"
)]

mod acts;
mod asked;
mod bench;
mod books;
mod disk;
mod event;
mod facts;
mod imap;
mod invariants;
mod mails;
mod people;
mod post;
mod power;
mod programmes;
mod rng;
mod shrink;
mod smtp;
mod story;
mod wire;
mod world;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use bench::Bench;
use story::Story;
use world::World;

/// Companies of one programme when `UKETSUKE_COMPANIES` says nothing else.
const COMPANIES: u64 = 4;

/// Worlds when nothing else is said.
const WORLDS: u64 = 2000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|it| it.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Lives stories on a thread of its own.
fn with_bench<T>(work: impl AsyncFnOnce(&mut Bench) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut bench = Bench::new().await;
        work(&mut bench).await
    })
}

/// Lives worlds until all are lived or one fails; the lowest seed that failed.
fn live(from: u64, to: u64) -> Option<u64> {
    let (next, failed) = (AtomicU64::new(from), AtomicU64::new(u64::MAX));
    let cores = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        // one more than there are cores: a world waits while a reader child works for it
        for _ in 0..=cores {
            scope.spawn(|| {
                with_bench(async |bench| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= to || failed.load(Ordering::Relaxed) < seed {
                            return;
                        }
                        if World::live(bench, &Story::of(seed)).await.is_err() {
                            failed.fetch_min(seed, Ordering::Relaxed);
                        }
                    }
                });
            });
        }
    });
    Some(failed.into_inner()).filter(|it| *it != u64::MAX)
}

#[test]
fn worlds() {
    if !power::is_loaded("worlds") {
        return;
    }
    if let Some(seed) = number("SEED") {
        if let Some(told) = with_bench(async |bench| shrink::explain(bench, seed).await) {
            panic!("{told}");
        }
        return;
    }
    let (from, worlds) = (number("UKETSUKE_FIRST_WORLD").unwrap_or(1), number("UKETSUKE_WORLDS").unwrap_or(WORLDS));
    let begun = Instant::now();
    let failed = live(from, from + worlds);
    let took = begun.elapsed().as_secs_f32();
    let Some(seed) = failed else {
        println!("{worlds} worlds from seed {from} in {took:.0} s: nothing broke");
        return;
    };
    let told = with_bench(async |bench| shrink::explain(bench, seed).await);
    panic!("{}", told.unwrap_or_else(|| format!("seed {seed} failed, and did not fail again")));
}

/// Stories that broke the desk once, each as short as it got.
fn broke_before() -> Vec<Story> {
    use event::{Book, Deed, Event, InboxFault, Mode, RelayFault, Robot, Say};
    let stuck = Event::Company(0, Say::Unfetchable);
    let form = |book, wishes| Event::Company(0, Say::Form(book, wishes));
    let tales: [(u32, &[Event]); 11] = [
        // a clock that was set right again left mails undecided for as long as it had been wrong
        (3, &[Event::Clock(10_000), form(Book::OldVersion, false), Event::Clock(-10_000)]),
        (3, &[form(Book::Good, false), Event::Clock(10_000), Event::Machine(0, Robot::Bounce)]),
        // and letters unsent
        (0, &[Event::Relay(1, RelayFault::LogIn), Event::Clock(10_000)]),
        (
            0,
            &[
                Event::Clock(10_000),
                Event::Relay(0, RelayFault::Later),
                form(Book::Faulty, true),
                Event::Clock(-10_000),
            ],
        ),
        // what was dated before the last digest was told to nobody
        (0, &[form(Book::Faulty, true), Event::Clock(-60), Event::Company(0, Say::Withdraws)]),
        (0, &[Event::Wait(900), Event::Clock(-1500), Event::Company(0, Say::Question)]),
        // what was told by a report that did not go, and was replaced a day later, was told to nobody
        (
            0,
            &[
                Event::Wait(1),
                Event::Company(0, Say::Question),
                Event::Relay(0, RelayFault::LaterAtDot),
                Event::Wait(1500),
                Event::Wait(1500),
            ],
        ),
        // a person's answer while the mail settles
        (3, &[form(Book::Good, true), Event::People(0, Deed::AnswersFromSent)]),
        // a letter in doubt went again after one look that found no server: the clock had jumped over the day of looking
        (3, &[Event::Relay(0, RelayFault::LostAnswer), Event::Inbox(13, InboxFault::LostBefore), Event::Clock(10_000)]),
        // each mail that could not be fetched held up all others for a round
        (0, &[stuck, stuck, Event::InboxDown(3), Event::Validity, form(Book::Good, false)]),
        // what a report that never went has named was named in no other
        (0, &[Event::RelayDown(4), Event::Company(0, Say::Question), Event::Wait(1500), Event::Wait(1500)]),
    ];
    let setup = |settling| story::Setup { wire: true, proof: "sent", settling, mode: Mode::Auto };
    tales.iter().map(|(settling, it)| Story { seed: 0, setup: setup(*settling), events: it.to_vec() }).collect()
}

#[test]
fn what_broke_before_holds() {
    if !power::is_loaded("what_broke_before_holds") {
        return;
    }
    with_bench(async |bench| {
        for story in broke_before() {
            let end = World::live(bench, &story).await;
            assert!(end.is_ok(), "{story:?}: {end:?}");
        }
    });
}

/// Everything that is written in the round of a mail fails once, from every write on; then the power goes.
#[test]
fn every_write_may_be_the_last() {
    use event::{Book, Deed, Event, Keep, Mode, Robot, Say};
    if !power::is_loaded("every_write_may_be_the_last") {
        return;
    }
    let form = |book, wishes| Event::Company(0, Say::Form(book, wishes));
    let tales: [(usize, &[Event]); 3] = [
        (1, &[form(Book::Faulty, true), form(Book::Mended, false), Event::Company(0, Say::Thanks)]),
        (0, &[form(Book::Faulty, true), Event::People(0, Deed::AnswersFromSent), Event::Company(0, Say::Withdraws)]),
        (0, &[Event::Company(0, Say::Question), Event::Machine(0, Robot::Bounce), form(Book::Good, true)]),
    ];
    with_bench(async |bench| {
        let mut kills = 0;
        for writes in 0..32 {
            let failing = |(at, events): (usize, &[Event])| {
                let mut events = events.to_vec();
                events.insert(at, Event::FailingWrite(writes, Keep::Synced));
                events
            };
            // the first writes of a round are its looks; then a mail is kept
            let full = vec![Event::FullDisk(writes + 16), form(Book::Good, true)];
            for events in tales.into_iter().map(failing).chain([full]) {
                let setup = story::Setup { wire: true, proof: "sent", settling: 0, mode: Mode::Auto };
                let story = Story { seed: 0, setup, events };
                kills += 1;
                if let Err(broken) = World::live(bench, &story).await {
                    panic!("KILL={kills} broke: {}\n  {}\n  {story:?}", broken.invariant, broken.what);
                }
            }
        }
    });
}

/// The process holds no more and opens no more after 24 programmes than after eight, within five of a hundred.
#[test]
fn programmes_in_a_row_cost_no_memory() {
    if !power::is_loaded("programmes_in_a_row_cost_no_memory") {
        return;
    }
    let companies = number("UKETSUKE_COMPANIES").unwrap_or(COMPANIES);
    let held = with_bench(async |bench| programmes::live(bench, 24, u32::try_from(companies).unwrap()).await);
    let (early, late) = (&held[4..8], &held[20..24]);
    let resident = |all: &[programmes::Held]| all.iter().map(|it| it.resident_kb).sum::<u64>() / 4;
    let files = |all: &[programmes::Held]| all.iter().map(|it| it.files).max().unwrap();
    println!("{} kB and {} open files, then {} and {}", resident(early), files(early), resident(late), files(late));
    assert!(resident(late) <= resident(early) * 105 / 100, "more memory: {held:?}");
    assert!(files(late) <= files(early), "more open files: {held:?}");
}

/// A planted fault that no longer fits the code would be found by nobody.
#[test]
fn every_planted_bug_fits_the_code() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let bugs = std::fs::read_dir(root.join("tests/sim/bugs")).unwrap().map(|it| it.unwrap().path());
    let mut all = 0;
    for bug in bugs {
        let mut patch = std::process::Command::new("patch");
        patch.current_dir(root).args(["--dry-run", "--force", "-s", "-p1", "-i"]).arg(&bug);
        let done = patch.output().unwrap();
        assert!(done.status.success(), "{}: {}", bug.display(), String::from_utf8_lossy(&done.stdout));
        all += 1;
    }
    assert!(all >= 12, "{all}");
}
