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
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{Mutex, Semaphore},
    time::timeout,
};

use crate::desk::{
    reading::{Reading, Unreadable},
    rules::Rules,
    workbook::Workbook,
};

/// Longest frame either way: the largest mail we take, and some.
const LONGEST_FRAME: u32 = 80 << 20;
/// A child's address space.
const MEMORY_BYTES: u64 = 512 << 20;
/// CPU seconds a child may use for one mail.
const CPU_SECONDS: u64 = 10;
/// Wall-clock time for one mail, waiting for the machine included.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a child is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Understand a mail that arrived at this time.
    Mail(Timestamp, Vec<u8>),
    /// Read a file with this name as the form.
    File(String, Vec<u8>),
    /// Take the company's workbook out of a mail: the file with this name.
    Extract(String, Vec<u8>),
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

    /// Understands a mail.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn read(&self, arrived: Timestamp, raw: Vec<u8>) -> Result<Reading, Unanswered> {
        let answer = self.ask(&Request::Mail(arrived, raw)).await?;
        serde_json::from_slice(&answer).map_err(|_| Unanswered::Died("its answer makes no sense".to_string()))
    }

    /// Reads a file as the form.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn workbook(&self, name: &str, bytes: Vec<u8>) -> Result<Result<Workbook, Unreadable>, Unanswered> {
        let answer = self.ask(&Request::File(name.to_string(), bytes)).await?;
        serde_json::from_slice(&answer).map_err(|_| Unanswered::Died("its answer makes no sense".to_string()))
    }

    /// Takes a file out of a mail; `None` when it is not there.
    ///
    /// # Errors
    /// [`Unanswered`], when the child did not survive it.
    pub async fn extract(&self, name: &str, raw: Vec<u8>) -> Result<Option<Vec<u8>>, Unanswered> {
        let mut answer = self.ask(&Request::Extract(name.to_string(), raw)).await?;
        if answer.is_empty() {
            return Ok(None);
        }
        answer.remove(0); // 1: found
        Ok(Some(answer))
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
        running.write(&self.rules).await?;
        Ok(running)
    }
}

impl Running {
    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    async fn exchange(&mut self, request: &Request) -> Result<Vec<u8>> {
        let mut frame = Vec::new();
        encode(request, &mut frame);
        self.write(&frame).await?;
        let length = self.from.read_u32().await.context("no answer")?;
        ensure!(length <= LONGEST_FRAME, "an answer of {length} bytes");
        let mut answer = vec![0; length as usize];
        self.from.read_exact(&mut answer).await.context("half an answer")?;
        Ok(answer)
    }

    async fn write(&mut self, frame: &[u8]) -> Result<()> {
        let length =
            u32::try_from(frame.len()).ok().filter(|it| *it <= LONGEST_FRAME).context("too large for a reader")?;
        self.to.write_u32(length).await?;
        self.to.write_all(frame).await?;
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

fn encode(request: &Request, frame: &mut Vec<u8>) {
    match request {
        Request::Mail(arrived, raw) => {
            frame.push(1);
            frame.extend_from_slice(&arrived.as_second().to_be_bytes());
            frame.extend_from_slice(raw);
        }
        Request::Extract(name, raw) => named(2, name, raw, frame),
        Request::File(name, raw) => named(3, name, raw, frame),
    }
}

fn named(kind: u8, name: &str, bytes: &[u8], frame: &mut Vec<u8>) {
    frame.push(kind);
    frame.extend_from_slice(&(name.len() as u64).to_be_bytes());
    frame.extend_from_slice(name.as_bytes());
    frame.extend_from_slice(bytes);
}

fn decode(frame: &[u8]) -> Result<Request> {
    let (kind, rest) = frame.split_first().context("an empty frame")?;
    let (number, rest) = rest.split_first_chunk::<8>().context("half a frame")?;
    match kind {
        1 => {
            let arrived = Timestamp::from_second(i64::from_be_bytes(*number)).context("no such time")?;
            Ok(Request::Mail(arrived, rest.to_vec()))
        }
        2 | 3 => {
            let (name, raw) =
                rest.split_at_checked(usize::try_from(u64::from_be_bytes(*number))?).context("half a name")?;
            let (name, raw) = (String::from_utf8(name.to_vec())?, raw.to_vec());
            Ok(if *kind == 2 { Request::Extract(name, raw) } else { Request::File(name, raw) })
        }
        other => bail!("frame of kind {other}"),
    }
}

/// The child's side: sets its own limits, takes the rules, then answers frame after frame until the pipe closes.
///
/// # Errors
/// When the pipe breaks or a frame makes no sense; the process ends then, which is the answer.
pub fn serve(from: &mut impl Read, to: &mut impl Write, answer: impl Fn(&Rules, Request) -> Vec<u8>) -> Result<()> {
    limit(Resource::As, MEMORY_BYTES)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, 3)?; // stdin, stdout, stderr: no file or socket can be opened
    let rules: Rules = serde_json::from_slice(&frame(from)?.context("no rules")?).context("the rules make no sense")?;
    while let Some(request) = frame(from)? {
        allow_cpu()?;
        let bytes = answer(&rules, decode(&request)?);
        to.write_all(&u32::try_from(bytes.len()).context("too long an answer")?.to_be_bytes())?;
        to.write_all(&bytes)?;
        to.flush()?;
    }
    Ok(())
}

fn frame(from: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let length = u32::from_be_bytes(length);
    ensure!(length <= LONGEST_FRAME, "a frame of {length} bytes");
    let mut frame = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut frame)?;
    ensure!(frame.len() == length as usize, "half a frame");
    Ok(Some(frame))
}

fn limit(what: Resource, most: u64) -> Result<()> {
    rustix::process::setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) })
        .context("cannot limit the reader")
}

/// RLIMIT_CPU counts from the process's start, so each mail's share is set anew; the hard limit stays open.
fn allow_cpu() -> Result<()> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
    let most = u64::try_from(used).unwrap_or(0) + CPU_SECONDS;
    rustix::process::setrlimit(Resource::Cpu, Rlimit { current: Some(most), maximum: None })
        .context("cannot limit the reader's CPU")
}
