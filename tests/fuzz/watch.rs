//! What a run costs: time, panics, memory.

use std::{
    cell::Cell,
    panic,
    path::Path,
    sync::{Mutex, Once},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

pub const MOST_TIME: Duration = Duration::from_secs(2);

thread_local! {
    /// Panics of this thread, also those that are caught.
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

/// What the last panic of a watched thread said.
static LAST: Mutex<String> = Mutex::new(String::new());

/// How many runs are asked for.
pub fn runs(usual: u64) -> u64 {
    std::env::var("UKETSUKE_FUZZ").map_or(usual, |it| it.parse().unwrap())
}

/// What came of it, the time it took, and how often it panicked.
pub fn watched<T>(work: impl FnOnce() -> T) -> (T, Duration, usize) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |it| {
            PANICS.set(PANICS.get() + 1);
            *LAST.lock().unwrap() = it.location().map_or(String::new(), ToString::to_string);
            // a library that panics by the thousand would fill the screen
            if it.location().is_none_or(|it| !it.file().contains("/calamine-")) {
                usual(it);
            }
        }));
    });
    let before = (cpu(), PANICS.get());
    let answer = work();
    (answer, cpu().saturating_sub(before.0), PANICS.get() - before.1)
}

/// Where the last panic was.
pub fn last_panic() -> String {
    LAST.lock().unwrap().clone()
}

/// Keeps the file and ends the test.
pub fn failed(name: &str, bytes: &[u8], why: &str) -> ! {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    panic!("{}: {why}", path.display());
}

/// Of this thread: the machine may be busy.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap(), u32::try_from(now.tv_nsec).unwrap())
}

/// The most memory this process ever had, in KiB.
pub fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
