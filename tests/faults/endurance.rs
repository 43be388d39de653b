//! Memory and file descriptors stay flat over many mails: ten waves, of 200 mails each where everything runs.

use crate::cases::all;
use crate::desk::Desk;

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
