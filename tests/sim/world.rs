//! One world: a desk, the mailbox and relay around it, and everything that happens to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;
use uketsuke::run::{Desk, Troubles};

use crate::{
    bench::{self, Bench},
    disk,
    event::{Book, Event, Keep, Mode, ReaderFault, Say},
    facts::{Facts, Letter, hash},
    invariants::{ALWAYS, AT_END, Invariant},
    post::Post,
    power,
    story::Story,
};

/// 2022-08-10 10:00 in Japan, a Wednesday.
const OPENING: &str = "2022-08-10T01:00:00Z";

/// A mail that was delivered, and what must hold for it.
pub struct Told {
    pub id: String,
    /// Who wrote it.
    pub from: String,
    pub sha256: String,
    pub raw: Arc<Vec<u8>>,
    /// Never to be answered: a machine's, a forger's.
    pub silent: bool,
    /// Not to be taken: too big, or never handed over.
    pub stays: bool,
    /// A word of its subject that no other mail has.
    pub mark: String,
    /// A person has had a hand on it.
    pub touched: bool,
}

/// What broke, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub invariant: &'static str,
    pub what: String,
    /// How many events had happened.
    pub step: usize,
}

pub struct World<'a> {
    pub bench: &'a mut Bench,
    pub story: Story,
    pub dir: TempDir,
    pub desk: Option<Desk>,
    /// What the running desk has met with, as the daemon keeps it.
    troubles: Troubles,
    pub mode: Mode,
    pub post: Post,
    /// The true time.
    pub now: Timestamp,
    /// When the newest round was.
    rounded: Timestamp,
    /// How wrong the desk's clock is.
    pub skew: SignedDuration,
    pub told: Vec<Told>,
    pub letters: Vec<Letter>,
    taken: usize,
    /// How many letters were there at the look before.
    pub known: usize,
    /// What lies in each folder, by hash.
    pub lying: BTreeMap<&'static str, Vec<String>>,
    pub before: Facts,
    pub facts: Facts,
    pub mails_made: u32,
    pub lives: u32,
    step: usize,
    down: (u8, u8),
    readers_fault: Option<(u8, ReaderFault)>,
    pub failing: Option<Keep>,
    /// The store holds what makes its writes fail.
    armed: bool,
    /// Nothing disturbed the newest round.
    pub calm: bool,
    pub assigned: BTreeMap<u32, String>,
    /// What lay in the inbox when the newest round began.
    lay: Vec<String>,
    /// Mails that lie in the inbox and are not kept: how many calm rounds have found them there, and since when.
    pub waits: BTreeMap<String, (u32, Timestamp)>,
    /// Letters that a person has approved, or that were free to go when approval began to be asked.
    pub free: BTreeSet<i64>,
    /// Mails that people have answered, and when by the desk's clock.
    pub answered: BTreeMap<String, Timestamp>,
    /// Message-IDs that the relay took while the desk could write no more, how often.
    pub unwritten: BTreeMap<String, usize>,
    pub db: Option<Connection>,
}

enum Ended {
    Well,
    Died(String),
    Cut,
}

impl<'a> World<'a> {
    /// Lives a story. The bench is as before afterwards.
    pub async fn live(bench: &'a mut Bench, story: &Story) -> Result<(), Broken> {
        bench.server.borrow_mut().renew();
        let dir = bench::folder();
        bench.lay_out(dir.path());
        power::begin(&dir.path().join("state-0"));
        let post = if story.setup.wire {
            bench.server.borrow_mut().files_copies = story.setup.proof == "sent";
            Post::Wire(bench.server.clone())
        } else {
            Post::Files { dir: dir.path().to_path_buf(), delivered: 0 }
        };
        let mut world = World {
            bench,
            story: story.clone(),
            dir,
            desk: None,
            troubles: Troubles::default(),
            mode: story.setup.mode,
            post,
            now: OPENING.parse().unwrap(),
            rounded: OPENING.parse().unwrap(),
            skew: SignedDuration::ZERO,
            told: Vec::new(),
            letters: Vec::new(),
            taken: 0,
            known: 0,
            lying: BTreeMap::new(),
            before: Facts::default(),
            facts: Facts::default(),
            mails_made: 0,
            lives: 0,
            step: 0,
            down: (0, 0),
            readers_fault: None,
            failing: None,
            armed: false,
            calm: true,
            assigned: BTreeMap::new(),
            lay: Vec::new(),
            waits: BTreeMap::new(),
            free: BTreeSet::new(),
            answered: BTreeMap::new(),
            unwritten: BTreeMap::new(),
            db: None,
        };
        let end = world.run().await;
        world.db = None;
        if let Some(desk) = world.desk.take() {
            world.bench.take_back(desk);
        }
        end
    }

    async fn run(&mut self) -> Result<(), Broken> {
        self.start()?;
        for event in self.story.events.clone() {
            self.step += 1;
            self.now = self.now.checked_add(SignedDuration::from_mins(2)).unwrap();
            self.happens(event).await?;
        }
        self.calm_down().await
    }

    /// Faults end, time passes, and everything must be quiet and answered.
    async fn calm_down(&mut self) -> Result<(), Broken> {
        self.step += 1;
        self.down = (0, 0);
        self.skew = SignedDuration::ZERO;
        self.mend();
        {
            let mut server = self.bench.server.borrow_mut();
            (server.inbox_fault, server.relay_fault) = (None, None);
        }
        if self.mode == Mode::Off {
            self.turns(Mode::Auto)?;
        }
        self.approve().map_err(|it| self.broken("orders", it))?;
        // a digest that a wrong clock made counts for its day, so the next one comes a day later
        let clocks = self.story.events.iter().filter(|it| matches!(it, Event::Clock(_))).count();
        // looks so near each other that one of each day is after the digest's hour
        let more = std::iter::repeat_n([700, 740], clocks.min(4)).flatten();
        for minutes in [1, 10, 10, 70, 250, 250, 400, 250, 500].into_iter().chain(more).chain([400, 10, 10]) {
            self.now = self.now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
            self.round().await?;
        }
        self.hold(AT_END)
    }

    /// One event, and the round after it.
    async fn happens(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Wait(minutes) => {
                self.now = self.now.checked_add(SignedDuration::from_mins(i64::from(minutes))).unwrap();
            }
            Event::Company(who, say) => self.company_writes(who, say),
            Event::Again(which) => self.comes_again(which),
            Event::Machine(who, robot) => self.machine_writes(who, robot),
            Event::People(which, deed) => self.people(which, deed).await.map_err(|it| self.broken("orders", it))?,
            Event::Clock(minutes) => self.skew += SignedDuration::from_mins(i64::from(minutes)),
            Event::Relay(soon, fault) => self.bench.server.borrow_mut().relay_fault = Some((soon, fault)),
            Event::RelayDown(rounds) => self.down.1 = rounds,
            Event::Inbox(soon, fault) => self.bench.server.borrow_mut().inbox_fault = Some((soon, fault)),
            Event::InboxDown(rounds) => self.down.0 = rounds,
            Event::Validity => self.post.new_numbers(),
            Event::FoldersGone => self.post.folders_gone(),
            Event::FullDisk(writes) => return self.full_disk(writes).await,
            Event::Readers(most, fault) => {
                self.company_writes(most, Say::Form(Book::Faulty, true));
                self.readers_fault = Some((most, fault));
            }
            Event::Sending(mode) => self.turns(mode)?,
            Event::FailingWrite(writes, keep) => {
                self.mend();
                disk::fail_after(&self.state(), writes);
                (self.failing, self.armed) = (Some(keep), true);
                return Ok(()); // what comes next meets it
            }
            Event::Restart => {
                self.crash(Keep::AsTheyAre)?;
            }
        }
        self.round().await
    }

    async fn full_disk(&mut self, writes: u8) -> Result<(), Broken> {
        self.company_writes(0, Say::Question);
        let full = disk::fill(&self.state(), writes);
        let ended = self.attempt().await;
        disk::empty(&full);
        match ended {
            Ended::Well if self.calm && writes == 0 => {
                Err(self.broken("a disk that fails stops the desk", "a mail could not be written".to_owned()))
            }
            Ended::Well => self.look(),
            Ended::Died(_) | Ended::Cut => self.crash(Keep::AsTheyAre),
        }
    }

    /// A person changes the configuration and starts the desk with it.
    fn turns(&mut self, mode: Mode) -> Result<(), Broken> {
        self.mode = mode;
        self.free.extend(self.facts.letters.iter().filter(|it| it.state != "waiting").map(|it| it.id));
        self.crash(Keep::AsTheyAre)
    }

    /// So much of the world's time has passed since the round before: the desk's pauses and limits see it, too.
    async fn time_passes(&mut self) {
        let passed = self.now.duration_since(self.rounded).unsigned_abs();
        self.rounded = self.now;
        bench::passes(passed).await;
    }

    /// One round of the daemon, with everything that may break in it.
    pub async fn round(&mut self) -> Result<(), Broken> {
        if self.desk.is_none() {
            self.start()?;
        }
        let ended = self.attempt().await;
        match ended {
            Ended::Well => self.look(),
            Ended::Cut => {
                let keep = self.failing.take().unwrap_or(Keep::Synced);
                self.crash(keep)
            }
            Ended::Died(why) => match self.failing.take() {
                Some(keep) => self.crash(keep),
                None => Err(self.broken("the desk ended by itself", why)),
            },
        }
    }

    async fn attempt(&mut self) -> Ended {
        let (inbox_down, relay_down) = (self.down.0 > 0, self.down.1 > 0);
        self.down = (self.down.0.saturating_sub(1), self.down.1.saturating_sub(1));
        let cutting = {
            let mut server = self.bench.server.borrow_mut();
            (server.inbox_down, server.relay_down, server.now) = (inbox_down, relay_down, self.now);
            server.cutting.clone()
        };
        let away = self.dir.path().join("inbox.away");
        let inbox = self.dir.path().join("inbox");
        if inbox_down && !self.story.setup.wire {
            fs::rename(&inbox, &away).unwrap();
        }
        let armed = |bench: &Bench| {
            let server = bench.server.borrow();
            server.inbox_fault.is_some() || server.relay_fault.is_some()
        };
        let fault = armed(self.bench);
        self.lay = self.post.lying().remove("INBOX").unwrap_or_default();
        let now = self.now.checked_add(self.skew).unwrap();
        let (_keep, stop) = tokio::sync::watch::channel(false);
        self.time_passes().await;
        let place = bench::folder();
        let faulty = self.readers_fault.take().map(|(most, it)| self.bench.faulty_readers(it, most, place.path()));
        let desk = self.desk.as_mut().unwrap();
        let readers_fail = faulty.is_some();
        let well = faulty.map(|it| std::mem::replace(&mut desk.readers, it));
        let ended = tokio::select! {
            biased;
            () = cutting.notified() => Ended::Cut,
            () = bench::lose_patience(place.path()), if readers_fail => unreachable!(),
            it = desk.round(&mut self.troubles, || now, &stop) => match it {
                Ok(()) => Ended::Well,
                Err(why) => Ended::Died(format!("{why:#}")),
            },
        };
        if let Some(well) = well {
            desk.readers = well;
        }
        if matches!(ended, Ended::Died(_)) {
            self.note_unwritten();
        }
        if away.exists() {
            let _ = fs::remove_dir_all(&inbox);
            fs::rename(&away, &inbox).unwrap();
        }
        self.calm = !(inbox_down || relay_down || fault || readers_fail || self.failing.is_some());
        ended
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join(format!("state-{}", self.lives))
    }

    fn mend(&mut self) {
        self.failing = None;
        if std::mem::take(&mut self.armed) {
            disk::mend(&self.state());
        }
    }

    /// The process is gone; the files go on.
    fn crash(&mut self, keep: Keep) -> Result<(), Broken> {
        let from = self.state();
        self.lives += 1;
        disk::cut(&from, &self.state(), keep);
        self.db = None;
        if let Some(desk) = self.desk.take() {
            self.bench.take_back(desk);
        }
        power::forget(&from);
        fs::remove_dir_all(from).unwrap();
        power::begin(&self.state());
        self.mend();
        self.bench.server.borrow_mut().cut = false;
        self.start()?;
        self.calm = false;
        self.look()
    }

    fn start(&mut self) -> Result<(), Broken> {
        let state = self.state();
        let opened = self.bench.open(self.dir.path(), &state, &self.story.setup, self.mode);
        let mut desk = opened.map_err(|it| self.broken("the desk starts", format!("{it:#}")))?;
        let now = self.now.checked_add(self.skew).unwrap();
        desk.store.check().map_err(|it| self.broken("the store is sound", format!("{it:#}")))?;
        desk.recover(now).map_err(|it| self.broken("the desk starts", format!("{it:#}")))?;
        self.db = Some(Connection::open(state.join("uketsuke.sqlite")).unwrap());
        (self.desk, self.troubles) = (Some(desk), Troubles::default());
        Ok(())
    }

    /// Looks at the store and the relay, and holds what was found against every invariant.
    fn look(&mut self) -> Result<(), Broken> {
        self.known = self.letters.len();
        self.lying = self.post.lying();
        let accepted = self.post.accepted();
        if self.story.setup.wire {
            self.letters.extend(accepted.iter().skip(self.taken).map(Letter::read));
            self.taken = accepted.len();
        } else {
            let known: BTreeSet<String> = self.letters.iter().map(|it| it.hash.clone()).collect();
            self.letters.extend(accepted.iter().filter(|it| !known.contains(&hash(&it.raw))).map(Letter::read));
        }
        let facts = Facts::of(self.db.as_ref().unwrap(), &self.facts);
        let facts = facts.map_err(|it| self.broken("the store is sound", it.to_string()))?;
        self.before = std::mem::replace(&mut self.facts, facts);
        self.count_waits();
        self.hold(ALWAYS)
    }

    fn hold(&self, all: &[Invariant]) -> Result<(), Broken> {
        for (name, holds) in all {
            holds(self).map_err(|what| Broken { invariant: name, what, step: self.step })?;
        }
        Ok(())
    }

    fn broken(&self, invariant: &'static str, what: String) -> Broken {
        Broken { invariant, what, step: self.step }
    }

    /// The process ended by a write that failed: the newest letter may be taken, and that not be written down.
    fn note_unwritten(&mut self) {
        let accepted = self.post.accepted();
        if let Some(it) = accepted.get(self.taken..).and_then(<[_]>::last) {
            *self.unwritten.entry(Letter::read(it).message_id).or_default() += 1;
        }
    }

    /// How long each mail of the inbox waits.
    fn count_waits(&mut self) {
        let mut waits = BTreeMap::new();
        for sha256 in &self.lying["INBOX"] {
            if !self.facts.mails.contains_key(sha256) {
                let (before, since) = self.waits.get(sha256).copied().unwrap_or((0, self.now));
                // a copy of our own letter came when the round had looked already
                let found = self.calm && self.lay.contains(sha256);
                let since = if before == 0 { self.now } else { since };
                waits.insert(sha256.clone(), (before + u32::from(found), since));
            }
        }
        self.waits = waits;
    }
}
