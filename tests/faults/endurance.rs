//! Memory and file descriptors stay flat over many mails (ten waves, of 200 mails each where everything runs), and over
//! many days without any.

use std::time::{Duration, Instant};

use crate::cases::all;
use crate::desk::{Desk, within};

/// The first waves fill caches.
const WARM: usize = 3;

#[test]
fn memory_and_descriptors_stay_flat() {
    let per_wave = if all() { 200 } else { 4 };
    let mut desk = Desk::new("end");
    let daemon = desk.start();
    let mut sizes = Vec::new();
    for wave in 0..10 {
        (0..per_wave).for_each(|_| {
            desk.receives();
        });
        desk.settles(240).unwrap();
        let (resident, peak, open) = daemon.size();
        println!("wave {wave}: {resident} kB resident, {peak} kB at most, {open} descriptors");
        sizes.push((resident, open));
    }
    let (warm, descriptors) = sizes[WARM - 1];
    let (last, open) = sizes[9];
    // few mails only warm the caches up
    let most = if all() { warm + warm / 20 } else { 40_000 };
    assert!(last <= most, "{warm} kB after {WARM} waves, {last} kB at the end");
    // connections come and go between two looks
    assert!(open <= descriptors + 3, "{descriptors} descriptors after {WARM} waves, {open} at the end");
    assert!(desk.violations().is_empty());
}

/// RFC 2177 §3: a client ends its IDLE before this time is over.
const LONGEST_IDLE: Duration = Duration::from_secs(29 * 60);

/// An hour of waiting; where everything runs, 30 days, in some 45 minutes.
#[test]
fn idle_begins_anew_for_days_on_one_connection_and_no_mail_is_overlooked() {
    let (span, steps, speed) = if all() { (30 * 24 * 60, 30, 1000) } else { (70, 5, 140) };
    let mut desk = Desk::new("idle");
    desk.speed = speed;
    let mut daemon = desk.start();
    let (began, step) = (Instant::now(), Duration::from_secs(span * 60) / speed / steps);
    let mut sizes = Vec::new();
    for n in 1..=steps {
        if [1, steps.div_ceil(2), steps].contains(&n) {
            let (number, received) = (desk.receives_today(), Instant::now());
            assert!(within(120, || !desk.answers(number).is_empty()), "{}", desk.state());
            println!("step {n}: answered after {:?} of the daemon's time", received.elapsed() * speed);
        }
        std::thread::sleep((began + step * n).saturating_duration_since(Instant::now()));
        let (resident, peak, open) = daemon.size();
        let (idles, connections) = (desk.imap.idles(), desk.imap.connections());
        println!(
            "step {n}: {} times IDLE, {} times DONE, longest {:?}, {connections} connections, {resident} kB, {peak} kB at most, {open} descriptors",
            idles.begun,
            idles.ended,
            idles.longest * speed
        );
        sizes.push((resident, open));
    }
    assert!(daemon.is_running());
    desk.settles(60).unwrap();
    let (idles, minutes) = (desk.imap.idles(), span as usize);
    assert!(idles.longest * speed <= LONGEST_IDLE, "{:?}", idles.longest * speed);
    assert!(idles.ended >= minutes / 29 && idles.begun <= 3 * minutes, "{} IDLE in {minutes} minutes", idles.begun);
    // so fast a clock makes 60 milliseconds without this program a time-out
    let most = 3 + minutes / 30;
    assert!(desk.imap.connections() <= most, "{} connections", desk.imap.connections());
    let ((early, descriptors), (last, open)) = (sizes[1], sizes[sizes.len() - 1]);
    assert!(last <= early + early / 20 && open <= descriptors + 3, "{sizes:?}");
    let reports = desk.number("SELECT count(*) FROM letters WHERE kind = 'digest' AND state = 'sent'");
    assert!((reports - span as i64 / (24 * 60)).abs() <= 1, "{reports} reports");
    assert_eq!(desk.violations(), Vec::<String>::new());
}
