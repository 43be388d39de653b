//! What breaks, when, and what was counted.

/// When a fault strikes, counted from the moment it was armed, over all connections.
#[derive(Clone, Debug, PartialEq)]
pub enum At {
    /// The n-th connection (from 1), before anything is said.
    Connection(usize),
    /// The n-th line of the client (from 1), before the server gets it. The lines of a letter do not count, its final dot does.
    Line(usize),
    /// The server got the n-th line; its answer is on the way.
    Answer(usize),
    /// Lines that begin so (IMAP: after the tag), before the server gets them.
    Verb(&'static str),
    /// The server got such a line; its answer is on the way.
    VerbAnswer(&'static str),
    /// So many bytes came from the server.
    Down(usize),
    /// So many bytes came from the client.
    Up(usize),
}

/// What breaks.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The connection is reset.
    Rst,
    /// The connection is closed in good order.
    Fin,
    /// Nothing is heard any more; the connection stays.
    Stall,
    /// Bytes come one by one from now on, with a pause after each.
    Slow,
    /// The next bytes that the client gets are noise.
    Garble,
    /// The client hears this in the place of the server. `{tag}` stands for its tag.
    Say(String),
    /// The client hears this, and the connection is closed.
    SayAndClose(String),
}

/// What a letter's final dot meets, for as long as it is set.
#[derive(Clone, Default)]
pub struct Dots {
    /// Of a hundred accepted letters, so many answers are lost.
    pub lost: u64,
    /// Files a copy of each accepted letter here, as some providers do.
    pub copies: Option<std::path::PathBuf>,
}

/// The armed fault, and what was counted since.
#[derive(Default)]
pub struct Plan {
    pub fault: Option<(At, What)>,
    pub times: usize,
    pub connections: usize,
    pub lines: usize,
    pub down: usize,
    pub up: usize,
    pub fired: usize,
    pub heard: Vec<String>,
    pub dots: Dots,
    pub accepted: u64,
    pub lost: usize,
    pub idles: Idles,
}

/// How often the client waited by IDLE (RFC 2177), and how long at most, by the clock on the wall.
#[derive(Clone, Copy, Default)]
pub struct Idles {
    pub begun: usize,
    pub ended: usize,
    pub longest: std::time::Duration,
}

impl Plan {
    /// Another fault; everything counted begins anew, the letters of the server aside.
    pub fn anew(&self, fault: Option<(At, What)>, times: usize) -> Plan {
        Plan { fault, times, dots: self.dots.clone(), accepted: self.accepted, lost: self.lost, ..Plan::default() }
    }

    /// What happens, if it is now that the fault comes.
    pub fn strike(&mut self, comes: impl Fn(&At) -> bool) -> Option<What> {
        let what = self.fault.as_ref().filter(|(at, _)| comes(at)).map(|(_, what)| what.clone())?;
        self.fired += 1;
        if self.fired >= self.times {
            self.fault = None;
        }
        Some(what)
    }

    /// Strikes where so many bytes have come from the server by now; tells at which byte.
    pub fn strike_at_byte(&mut self, now: usize) -> Option<(usize, What)> {
        let Some((At::Down(at), _)) = self.fault else { return None };
        self.strike(|it| matches!(it, At::Down(n) if *n <= now)).map(|what| (at, what))
    }

    /// The server has a letter. True: its answer is lost.
    pub fn accept(&mut self, letter: &[u8]) -> bool {
        self.accepted += 1;
        if let Some(folder) = &self.dots.copies {
            let name = format!("{}.{}.proxy", self.accepted, std::process::id());
            std::fs::write(folder.join("tmp").join(&name), letter).unwrap();
            std::fs::rename(folder.join("tmp").join(&name), folder.join("new").join(&name)).unwrap();
        }
        // spread over the letters, the same in every run
        let lost = self.accepted.wrapping_mul(7919) % 100 < self.dots.lost;
        self.lost += usize::from(lost);
        lost
    }
}
