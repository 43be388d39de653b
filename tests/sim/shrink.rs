//! A world that fails → the shortest story that still fails in the same way.

use crate::{
    bench::Bench,
    event::Event,
    story::Story,
    world::{Broken, World},
};

/// Most worlds that are lived to shorten one.
const MOST: u32 = 200;

/// What a failing seed has to tell; `None` when it does not fail.
pub async fn explain(bench: &mut Bench, seed: u64) -> Option<String> {
    let mut story = Story::of(seed);
    let mut broken = World::live(bench, &story).await.err()?;
    story.events.truncate(broken.step);
    let mut left = MOST;
    let mut size = story.events.len().div_ceil(2);
    while size > 0 && left > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < story.events.len() && left > 0 {
            left -= 1;
            match fails_without(bench, &story, at, size, &broken).await {
                Some((events, how)) => {
                    (story.events, broken, shorter) = (events, how, true);
                }
                None => at += size,
            }
        }
        if size == 1 && !shorter {
            break;
        }
        size = if size == 1 { 1 } else { size.div_ceil(2) };
    }
    Some(tell(seed, &story, &broken))
}

async fn fails_without(
    bench: &mut Bench,
    story: &Story,
    at: usize,
    size: usize,
    broken: &Broken,
) -> Option<(Vec<Event>, Broken)> {
    let end = (at + size).min(story.events.len());
    let events = [&story.events[..at], &story.events[end..]].concat();
    let shorter = Story { events, ..story.clone() };
    let how = World::live(bench, &shorter).await.err()?;
    (how.invariant == broken.invariant).then_some((shorter.events, how))
}

fn tell(seed: u64, story: &Story, broken: &Broken) -> String {
    let mut all = format!("SEED={seed} STEP={} broke: {}\n  {}\n", broken.step, broken.invariant, broken.what);
    all.push_str(&format!("  {:?}\n", story.setup));
    for (n, event) in story.events.iter().enumerate() {
        let here = if n + 1 == broken.step { "  <== here" } else { "" };
        all.push_str(&format!("  {:>2} {event:?}{here}\n", n + 1));
    }
    if broken.step > story.events.len() {
        all.push_str("   … and then time passes  <== here\n");
    }
    all.push_str(&format!("  again: SEED={seed} cargo test --test sim\n"));
    all
}
