//! A seed → a world: how the desk is set up, and what happens.

use crate::event::{Book, Deed, Event, InboxFault, Keep, Mode, ReaderFault, RelayFault, Robot, Say};
use crate::rng::Rng;

/// How a desk is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// IMAP and SMTP; else a Maildir and a folder.
    pub wire: bool,
    pub proof: &'static str,
    pub settling: u32,
    /// Whether letters go by themselves when the desk is first started.
    pub mode: Mode,
}

/// A world before it happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    pub seed: u64,
    pub setup: Setup,
    pub events: Vec<Event>,
}

/// The share of worlds that go over IMAP and SMTP, of a hundred; the others over a Maildir and a folder.
const WIRE: u32 = 75;

/// The share of worlds in which a person approves every letter.
const APPROVING: u32 = 8;

impl Story {
    pub fn of(seed: u64) -> Story {
        let mut rng = Rng::new(seed);
        let wire = rng.chance(WIRE);
        let proof = if wire { rng.pick(&["none", "sent", "sent", "sent", "self-copy"]) } else { "none" };
        let mode = if rng.chance(APPROVING) { Mode::Approve } else { Mode::Auto };
        let setup = Setup { wire, proof, settling: rng.pick(&[0, 3]), mode };
        // many worlds are nearly calm: what breaks there is easy to see
        let trouble = rng.pick(&[5, 20, 20, 45]);
        let companies = 1 + rng.below(3);
        let events = (0..6 + rng.below(12)).map(|_| event(&mut rng, trouble, companies)).collect();
        Story { seed, setup, events }
    }
}

fn event(rng: &mut Rng, trouble: u32, companies: u32) -> Event {
    let who = u8::try_from(rng.below(companies)).unwrap();
    if rng.chance(trouble) {
        return fault(rng);
    }
    match rng.below(100) {
        0..14 => Event::Wait(rng.pick(&[1, 4, 10, 60, 240, 900, 1500])),
        14..65 => Event::Company(who, say(rng)),
        65..70 => Event::Again(u8::try_from(rng.below(20)).unwrap()),
        70..84 => Event::Machine(who, robot(rng)),
        _ => Event::People(u8::try_from(rng.below(20)).unwrap(), deed(rng)),
    }
}

fn say(rng: &mut Rng) -> Say {
    let book = rng.pick(&[
        Book::Good,
        Book::Good,
        Book::Faulty,
        Book::Faulty,
        Book::Mended,
        Book::OldVersion,
        Book::NoFigures,
    ]);
    match rng.below(100) {
        0..42 => Say::Form(book, rng.chance(50)),
        42..46 => Say::Locked,
        46..50 => Say::Key,
        50..56 => Say::Forgot,
        56..63 => Say::Question,
        63..69 => Say::Wishes,
        69..72 => Say::Answers,
        72..76 => Say::Thanks,
        76..79 => Say::Withdraws,
        79..83 => Say::Colleague,
        83..87 => Say::Forged,
        87..91 => Say::WrongThread,
        91..93 => Say::Huge,
        93..95 => Say::Unfetchable,
        95..97 => Say::Applies,
        97..98 => Say::Elsewhere,
        _ => Say::SameId,
    }
}

fn robot(rng: &mut Rng) -> Robot {
    rng.pick(&[
        Robot::OutOfOffice,
        Robot::OutOfOffice,
        Robot::Bounce,
        Robot::Delayed,
        Robot::List,
        Robot::OtherDesk,
        Robot::NullPath,
    ])
}

fn deed(rng: &mut Rng) -> Deed {
    rng.pick(&[
        Deed::AnswersFromSent,
        Deed::AnswersFromSent,
        Deed::WritesToDesk,
        Deed::MovesOut,
        Deed::MovesBack,
        Deed::MovesBack,
        Deed::Deletes,
        Deed::Assigns,
        Deed::Reopens,
        Deed::Revives,
        Deed::Approves,
    ])
}

fn fault(rng: &mut Rng) -> Event {
    let soon = rng.pick(&[0, 0, 0, 1, 2]);
    let keep = rng.pick(&[Keep::AsTheyAre, Keep::Synced, Keep::Torn]);
    match rng.below(100) {
        0..36 => Event::Relay(soon, relay_fault(rng)),
        36..40 => Event::RelayDown(1 + soon),
        40..60 => Event::Inbox(u8::try_from(rng.below(14)).unwrap(), inbox_fault(rng)),
        60..65 => Event::InboxDown(1 + soon),
        65..71 => Event::Validity,
        71..74 => Event::FoldersGone,
        74..79 => Event::FullDisk(u8::try_from(rng.below(60)).unwrap().saturating_sub(20)),
        79..88 => Event::FailingWrite(u8::try_from(rng.below(24)).unwrap(), keep),
        88..91 => Event::Readers(
            rng.pick(&[1, 2, 4]),
            rng.pick(&[ReaderFault::Die, ReaderFault::Hang, ReaderFault::CannotStart]),
        ),
        91..93 => Event::Sending(rng.pick(&[Mode::Auto, Mode::Approve, Mode::Off])),
        93..95 => Event::Restart,
        _ => Event::Clock(rng.pick(&[-1500, -60, -1, 61, 1500, 10_000])),
    }
}

fn relay_fault(rng: &mut Rng) -> RelayFault {
    rng.pick(&[
        RelayFault::Later,
        RelayFault::LaterAtDot,
        RelayFault::Never,
        RelayFault::LostBefore,
        RelayFault::LostAnswer,
        RelayFault::LostAnswer,
        RelayFault::LostAnswer,
        RelayFault::CutBefore,
        RelayFault::CutAfter,
        RelayFault::CutAfter,
        RelayFault::LogIn,
        RelayFault::Hangs,
        RelayFault::HangsAtDot,
        RelayFault::HangsAfter,
    ])
}

fn inbox_fault(rng: &mut Rng) -> InboxFault {
    rng.pick(&[
        InboxFault::LostBefore,
        InboxFault::LostAfter,
        InboxFault::Half,
        InboxFault::No,
        InboxFault::CutBefore,
        InboxFault::CutAfter,
        InboxFault::Hangs,
        InboxFault::HangsAfter,
    ])
}
