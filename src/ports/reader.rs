//! The children that read strangers' bytes: a pool of processes of this same binary, frames over pipes.
//!
//! A child has limits on memory and CPU, no files, no network and no secret. It answers, or it dies; a death is that
//! mail's outcome and nobody else's trouble.

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use rustix::process::{Resource, Rlimit};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{Mutex, Semaphore},
    time::timeout,
};

use crate::desk::{
    reading::{Care, Reading, Unreadable},
    rules::Rules,
    workbook::{Inspected, mark::Mark, probe::Probe},
};

/// Longest frame either way: the largest mail we take, and some.
const LONGEST_FRAME: u32 = 80 << 20;
/// Longest head of a request: a name and some passwords, or the remarks on a workbook.
const LONGEST_HEAD: usize = 1 << 20;
/// Milliseconds of a second after which a child that has answered makes room for a fresh one: the system limits CPU
/// time in whole seconds, counted from the process's start.
const LEFTOVER: i64 = 250;
/// A build for development is slower than the one that the bounds are for.
const SLOWNESS: u64 = if cfg!(debug_assertions) { 5 } else { 1 };
/// What a child says once it took its rules and set its limits. Another version's means that the program was replaced under
/// us: its answers may be other than we understand.
const HELLO: &[u8] = concat!("uketsuke ", env!("CARGO_PKG_VERSION")).as_bytes();
/// Wall-clock time for one mail, waiting for the machine included.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a child is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub task: Task,
    /// Tried on protected workbooks; they live as long as the request.
    pub passwords: Vec<String>,
    /// The mail or the file.
    pub bytes: Vec<u8>,
}

/// What to do with a request's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Understand a mail that arrived at this time.
    Mail(Timestamp, Care),
    /// Read a file with this name as the form.
    File(String),
    /// Say what a file with this name is, and no more.
    Kind(String),
    /// Find the passwords a mail tells.
    Passwords,
    /// Take the company's workbook out of a mail: of the files with this name the n-th from 0, those with values first.
    Extract(String, usize),
    /// Mark cells of the company's workbook in a mail: the file with this name, in this author's name.
    Mark(String, Vec<Mark>, String),
    /// Hold a file with this name against the catalogues.
    Probe(String),
}

/// A request without its bytes, as it is written before them.
#[derive(Serialize, Deserialize)]
struct Head {
    task: Task,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    passwords: Vec<String>,
}

/// What stands before the bytes of an extracted file that is a form with values.
pub const FILLED: u8 = 2;

/// A file taken out of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// It is a form, and values stand in it.
    pub filled: bool,
}

/// A company's own workbook, for its letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedBack {
    /// With the cells marked.
    Marked(Vec<u8>),
    /// A format that cannot be marked: unchanged.
    AsItCame(Vec<u8>),
    /// Not at all, and why.
    Not(String),
}

impl HandedBack {
    const MARKED: u8 = 1;
    const AS_IT_CAME: u8 = 2;
    const NOT: u8 = 3;

    /// As it stands in an answer's frame.
    pub fn encoded(self) -> Vec<u8> {
        let (kind, mut rest) = match self {
            HandedBack::Marked(bytes) => (HandedBack::MARKED, bytes),
            HandedBack::AsItCame(bytes) => (HandedBack::AS_IT_CAME, bytes),
            HandedBack::Not(why) => (HandedBack::NOT, why.into_bytes()),
        };
        rest.insert(0, kind);
        rest
    }
}

/// Why there is no answer. The child is gone either way; the next request gets a fresh one.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// No child could be started: trouble of this machine, which says nothing about the mail.
    #[error("{0}")]
    CannotStart(String),
    /// The child ended: it ran out of memory or CPU, or crashed.
    #[error("the reader died on it ({0})")]
    Died(String),
    /// It took too long and was killed.
    #[error("the reader took longer than {} s", PATIENCE.as_secs())]
    TooLong,
}

/// The pool. Children are started when first needed and kept.
pub struct Readers {
    program: PathBuf,
    arguments: Vec<OsString>,
    rules: Vec<u8>,
    idle: Mutex<Vec<Running>>,
    seats: Semaphore,
}

struct Running {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl Readers {
    /// A pool of `most` children, started as `program arguments`.
    ///
    /// # Errors
    /// When the rules cannot be written down.
    pub fn new(program: PathBuf, arguments: &[&str], rules: &Rules, most: usize) -> Result<Readers> {
        Ok(Readers {
            program,
            arguments: arguments.iter().map(OsString::from).collect(),
            rules: serde_json::to_vec(rules).context("cannot write the rules for the readers")?,
            idle: Mutex::new(Vec::new()),
            seats: Semaphore::new(most.max(1)),
        })
    }

    /// Understands a mail. The passwords of other mails are tried on its locked files.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn read(
        &self,
        arrived: Timestamp,
        care: Care,
        raw: Vec<u8>,
        passwords: &[String],
    ) -> Result<Reading, Unanswered> {
        let task = Task::Mail(arrived, care);
        understood(&self.ask(&Request { task, passwords: passwords.to_vec(), bytes: raw }).await?)
    }

    /// The passwords a mail tells: to be used at once, and kept nowhere.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn passwords(&self, raw: Vec<u8>) -> Result<Vec<String>, Unanswered> {
        understood(&self.ask(&Request { task: Task::Passwords, passwords: Vec::new(), bytes: raw }).await?)
    }

    /// Says what a file is, and reads it as the form. The passwords are tried where it is protected.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn inspect(&self, name: &str, bytes: Vec<u8>, passwords: &[String]) -> Result<Inspected, Unanswered> {
        let task = Task::File(name.to_string());
        understood(&self.ask(&Request { task, passwords: passwords.to_vec(), bytes }).await?)
    }

    /// Says in a few words what a file is, without opening it.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn kind(&self, name: &str, bytes: Vec<u8>) -> Result<String, Unanswered> {
        let task = Task::Kind(name.to_string());
        understood(&self.ask(&Request { task, passwords: Vec::new(), bytes }).await?)
    }

    /// Holds a file against the catalogues.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn probe(&self, name: &str, bytes: Vec<u8>) -> Result<Result<Probe, Unreadable>, Unanswered> {
        let task = Task::Probe(name.to_string());
        understood(&self.ask(&Request { task, passwords: Vec::new(), bytes }).await?)
    }

    /// Takes a file out of a mail, without its lock where a password fits: of the different files with this name the n-th
    /// from 0, those with values first. `None` when there is none.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn extract(
        &self,
        name: &str,
        nth: usize,
        raw: Vec<u8>,
        passwords: &[String],
    ) -> Result<Option<Extracted>, Unanswered> {
        let task = Task::Extract(name.to_string(), nth);
        let answer = self.ask(&Request { task, passwords: passwords.to_vec(), bytes: raw }).await?;
        let found = answer.split_first();
        Ok(found.map(|(filled, bytes)| Extracted { bytes: bytes.to_vec(), filled: *filled == FILLED }))
    }

    /// Marks a workbook in a mail; `None` when the mail has no such file.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn mark(
        &self,
        name: &str,
        marks: &[Mark],
        author: &str,
        raw: Vec<u8>,
    ) -> Result<Option<HandedBack>, Unanswered> {
        let task = Task::Mark(name.to_string(), marks.to_vec(), author.to_string());
        let mut answer = self.ask(&Request { task, passwords: Vec::new(), bytes: raw }).await?;
        if answer.is_empty() {
            return Ok(None);
        }
        Ok(Some(match answer.remove(0) {
            HandedBack::MARKED => HandedBack::Marked(answer),
            HandedBack::AS_IT_CAME => HandedBack::AsItCame(answer),
            _ => HandedBack::Not(String::from_utf8_lossy(&answer).into_owned()),
        }))
    }

    async fn ask(&self, request: &Request) -> Result<Vec<u8>, Unanswered> {
        let cannot = |it: anyhow::Error| Unanswered::CannotStart(format!("{it:#}"));
        let _seat = self.seats.acquire().await.map_err(|it| cannot(it.into()))?;
        let idle = self.idle.lock().await.pop();
        if let Some(mut running) = idle
            && running.is_alive()
            && let Ok(answer) = self.exchange(running, request).await
        {
            return Ok(answer);
        }
        // A child that was idle may have died before this request: only a fresh one's death counts.
        self.exchange(self.start().await.map_err(cannot)?, request).await
    }

    async fn exchange(&self, mut running: Running, request: &Request) -> Result<Vec<u8>, Unanswered> {
        match timeout(PATIENCE, running.exchange(request)).await {
            Ok(Ok(answer)) => {
                self.idle.lock().await.push(running);
                Ok(answer)
            }
            Ok(Err(broken)) => Err(Unanswered::Died(running.end().await.unwrap_or_else(|| format!("{broken:#}")))),
            Err(_) => {
                running.end().await;
                Err(Unanswered::TooLong)
            }
        }
    }

    async fn start(&self) -> Result<Running> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()) // a crash message may quote the mail
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start a reader ({})", self.program.display()))?;
        let to = child.stdin.take().context("a reader without stdin")?;
        let from = child.stdout.take().context("a reader without stdout")?;
        let mut running = Running { child, to, from };
        // what ends before this has seen no mail: its end says nothing about one
        match timeout(PATIENCE, running.greet(&self.rules)).await {
            Ok(Ok(())) => Ok(running),
            Ok(Err(broken)) => {
                let end = running.end().await.unwrap_or_else(|| format!("{broken:#}"));
                bail!("a reader ended before it began ({end})")
            }
            Err(_) => {
                running.end().await;
                bail!("a reader took longer than {} s to begin", PATIENCE.as_secs())
            }
        }
    }
}

fn understood<T: serde::de::DeserializeOwned>(answer: &[u8]) -> Result<T, Unanswered> {
    serde_json::from_slice(answer).map_err(|_| Unanswered::Died("its answer makes no sense".to_string()))
}

impl Running {
    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Hands over the rules and waits until they are taken.
    async fn greet(&mut self, rules: &[u8]) -> Result<()> {
        self.write(&[rules]).await?;
        let said = self.hear().await?;
        ensure!(said == HELLO, "the program was replaced by another version; restart the daemon");
        Ok(())
    }

    async fn exchange(&mut self, request: &Request) -> Result<Vec<u8>> {
        self.write(&[&head(request)?, &request.bytes]).await?;
        self.hear().await
    }

    async fn hear(&mut self) -> Result<Vec<u8>> {
        let length = self.from.read_u32().await.context("no answer")?;
        ensure!(length <= LONGEST_FRAME, "an answer of {length} bytes");
        let mut answer = vec![0; length as usize];
        self.from.read_exact(&mut answer).await.context("half an answer")?;
        Ok(answer)
    }

    /// Writes a frame of these pieces: a large mail is not copied for it.
    async fn write(&mut self, pieces: &[&[u8]]) -> Result<()> {
        let length: usize = pieces.iter().map(|it| it.len()).sum();
        let length = u32::try_from(length).ok().filter(|it| *it <= LONGEST_FRAME).context("too large for a reader")?;
        self.to.write_u32(length).await?;
        for it in pieces {
            self.to.write_all(it).await?;
        }
        self.to.flush().await?;
        Ok(())
    }

    /// Ends the child and says how it ended.
    async fn end(mut self) -> Option<String> {
        drop(self.to);
        if let Ok(Ok(status)) = timeout(Duration::from_millis(500), self.child.wait()).await {
            return Some(status.to_string());
        }
        self.child.kill().await.ok()?;
        None
    }
}

/// The length of the head, and the head.
fn head(request: &Request) -> Result<Vec<u8>> {
    let head = serde_json::to_vec(&Head { task: request.task.clone(), passwords: request.passwords.clone() })?;
    ensure!(head.len() <= LONGEST_HEAD, "too many passwords for a reader");
    Ok([&u32::try_from(head.len())?.to_be_bytes(), head.as_slice()].concat())
}

/// Takes a frame apart in its own place.
fn decode(mut frame: Vec<u8>) -> Result<Request> {
    let (length, rest) = frame.split_first_chunk::<4>().context("half a frame")?;
    let length = usize::try_from(u32::from_be_bytes(*length))?;
    let head: Head = serde_json::from_slice(rest.get(..length).context("half a head")?)?;
    frame.drain(..length.saturating_add(4));
    Ok(Request { task: head.task, passwords: head.passwords, bytes: frame })
}

/// The child's side: sets its own limits, takes the rules, says hello, then answers frame after frame until the pipe closes.
///
/// # Errors
/// When the pipe breaks or a frame makes no sense; the process ends then, which is the answer.
pub fn serve(from: &mut impl Read, to: &mut impl Write, answer: impl Fn(&Rules, Request) -> Vec<u8>) -> Result<()> {
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, 3)?; // stdin, stdout, stderr: no file or socket can be opened
    let rules: Rules = serde_json::from_slice(&frame(from)?.context("no rules")?).context("the rules make no sense")?;
    limit(Resource::As, rules.bounds.megabytes.saturating_mul(1 << 20))?;
    say(to, HELLO)?;
    while let Some(request) = frame(from)? {
        allow_cpu(rules.bounds.seconds)?;
        say(to, &answer(&rules, decode(request)?))?;
        if used_cpu().tv_nsec / 1_000_000 > LEFTOVER {
            break;
        }
    }
    Ok(())
}

fn say(to: &mut impl Write, bytes: &[u8]) -> Result<()> {
    to.write_all(&u32::try_from(bytes.len()).context("too long an answer")?.to_be_bytes())?;
    to.write_all(bytes)?;
    Ok(to.flush()?)
}

fn frame(from: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let length = u32::from_be_bytes(length);
    ensure!(length <= LONGEST_FRAME, "a frame of {length} bytes");
    // a vector that grows would take up to three times the mail's size
    let mut frame = vec![0; length as usize];
    from.read_exact(&mut frame)?;
    Ok(Some(frame))
}

fn limit(what: Resource, most: u64) -> Result<()> {
    rustix::process::setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) })
        .context("cannot limit the reader")
}

/// RLIMIT_CPU counts from the process's start, so each mail's share is set anew; the hard limit stays open.
fn allow_cpu(seconds: u64) -> Result<()> {
    let used = u64::try_from(used_cpu().tv_sec).unwrap_or(0);
    let most = used.saturating_add(seconds.saturating_mul(SLOWNESS));
    rustix::process::setrlimit(Resource::Cpu, Rlimit { current: Some(most), maximum: None })
        .context("cannot limit the reader's CPU")
}

fn used_cpu() -> rustix::time::Timespec {
    rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime)
}
