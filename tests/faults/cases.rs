//! Runs cases of a matrix on several desks side by side and counts what went wrong.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::desk::Desk;
use crate::plan::{At, What};

/// Seconds a desk has to be quiet again: the longest pauses, and a busy machine.
const PATIENCE: u64 = 180;

/// Which way a case breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Imap,
    Smtp,
}

/// One fault, and what it is called in the table.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: &'static str,
    pub side: Side,
    pub at: At,
    pub what: What,
    /// The connections are reset first, so that the fault meets a log-in.
    pub afresh: bool,
    /// So often in a row.
    pub times: usize,
}

impl Case {
    pub fn new(name: &'static str, side: Side, at: At, what: What) -> Case {
        Case { name, side, at, what, afresh: false, times: 1 }
    }
}

/// Whether everything runs, and not the short version.
pub fn all() -> bool {
    std::env::var("UKETSUKE_FAULTS").is_ok_and(|it| it == "all")
}

/// Of the cases every `nth`, where not all are wanted; another nth for each name.
pub fn some(cases: Vec<Case>, nth: usize) -> Vec<Case> {
    let keep = |(at, it): (usize, Case)| (all() || (at + it.name.len()).is_multiple_of(nth)).then_some(it);
    cases.into_iter().enumerate().filter_map(keep).collect()
}

/// Plays the cases on `lanes` desks: each arms its fault, gets a mail, and must be quiet again by itself.
pub fn play(make: fn(&str) -> Desk, tag: &str, lanes: usize, cases: Vec<Case>) {
    let total = cases.len();
    let queue = Mutex::new(cases.into_iter());
    let table: Mutex<BTreeMap<&str, (usize, usize, usize)>> = Mutex::default();
    let wrong: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for lane in 0..lanes {
            let (queue, table, wrong) = (&queue, &table, &wrong);
            scope.spawn(move || {
                let mut desk = make(&format!("{tag}{lane}"));
                let mut daemon = desk.start();
                let mut by_number = BTreeMap::new();
                while let Some(case) = { queue.lock().unwrap().next() } {
                    let (fired, result) = one(&mut desk, &case);
                    by_number.insert(desk.delivered(), case.clone());
                    let mut table = table.lock().unwrap();
                    let row = table.entry(case.name).or_default();
                    row.0 += 1;
                    row.1 += usize::from(fired);
                    row.2 += usize::from(result.is_err());
                    if let Err(why) = result {
                        wrong.lock().unwrap().push(format!("{case:?}: {why}"));
                        daemon.kill();
                        daemon = desk.start();
                    }
                    if !daemon.is_running() {
                        wrong.lock().unwrap().push(format!("{case:?}: the daemon ended"));
                        daemon = desk.start();
                    }
                }
                let found = desk.violations();
                let about: Vec<String> = found.into_iter().map(|it| format!("{}: {it}", desk.name)).collect();
                if !about.is_empty() {
                    println!("{}: {by_number:?}", desk.name);
                }
                wrong.lock().unwrap().extend(about);
            });
        }
    });
    for (name, (cases, fired, failed)) in table.lock().unwrap().iter() {
        println!("{tag:5} {name:40} {cases:4} cases {fired:4} struck {failed:3} violations");
    }
    let wrong = wrong.into_inner().unwrap();
    println!("{tag:5} {total} cases, {} violations", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether the fault struck, and what went wrong.
fn one(desk: &mut Desk, case: &Case) -> (bool, Result<(), String>) {
    let proxy = |desk: &Desk, f: &dyn Fn(&crate::proxy::Proxy) -> usize| match case.side {
        Side::Imap => f(&desk.imap),
        Side::Smtp => f(&desk.smtp),
    };
    if let Err(why) = desk.settles(PATIENCE) {
        return (false, Err(format!("before: {why}")));
    }
    proxy(desk, &|it| {
        it.arm(case.at.clone(), case.what.clone(), case.times);
        if case.afresh {
            it.sever();
        }
        0
    });
    desk.receives();
    let result = desk.settles(PATIENCE);
    let fired = proxy(desk, &|it| {
        it.disarm();
        it.fired()
    });
    (fired > 0, result)
}
