// SPDX-License-Identifier: AGPL-3.0-or-later
//! The workers: started when somebody asks, few, and none of them for long.

use crate::wire::{About, Answer, Answered, Hello, Request, View, read_frame, write_frame};
use crate::{DOCUMENT_BYTES_MAX, DOCUMENT_TIME_MAX, HTML_BYTES_MAX, TEXT_BYTES_MAX};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One for the index, the others for people who look.
const WORKERS_MAX: usize = 3;
/// A worker that read so many documents is replaced: whatever one of them left in it does not stay.
const DOCUMENTS_MAX: u32 = 100;
/// Until a worker is ready.
const START_TIME_MAX: Duration = Duration::from_secs(10);
/// For a free worker.
const TURN_TIME_MAX: Duration = Duration::from_secs(60);
const NAME_BYTES_MAX: usize = 255;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No worker can be had: nothing is known of the document. Ask again later.
    #[error("no worker: {0}")]
    Unavailable(String),
    /// This document made its worker fail. It would again.
    #[error("{0}")]
    Failed(String),
    #[error("larger than {DOCUMENT_BYTES_MAX} octets")]
    TooLarge,
}

/// Whether workers are held as they should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Protection {
    /// None was started yet.
    #[default]
    Unknown,
    Full,
    /// They work, and do less: why.
    Less(String),
    /// None can be started: why.
    Unavailable(String),
}

/// Since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    pub documents: u64,
    /// Those with text.
    pub with_text: u64,
    pub protected: u64,
    pub damaged: u64,
    pub cut: u64,
    /// They made a worker fail: it died, was late, or answered nonsense.
    pub failed: u64,
    /// Not looked at.
    pub too_large: u64,
}

#[derive(Default)]
struct Counters {
    documents: AtomicU64,
    with_text: AtomicU64,
    protected: AtomicU64,
    damaged: AtomicU64,
    cut: AtomicU64,
    failed: AtomicU64,
    too_large: AtomicU64,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Extractor(Arc<Inner>);

struct Inner {
    program: PathBuf,
    time_max: Duration,
    workers: Mutex<Workers>,
    freed: Condvar,
    protection: Mutex<Protection>,
    counters: Counters,
    closed: AtomicBool,
}

#[derive(Default)]
struct Workers {
    idle: Vec<Worker>,
    busy: usize,
    /// Process groups of all workers.
    groups: BTreeSet<i32>,
}

impl Extractor {
    /// `program`: extractd.
    pub fn new(program: impl Into<PathBuf>) -> Extractor {
        Extractor::with_time(program, DOCUMENT_TIME_MAX)
    }

    /// With another bound of time.
    pub fn with_time(program: impl Into<PathBuf>, time_max: Duration) -> Extractor {
        Extractor(Arc::new(Inner {
            program: program.into(),
            time_max,
            workers: Mutex::default(),
            freed: Condvar::new(),
            protection: Mutex::default(),
            counters: Counters::default(),
            closed: AtomicBool::new(false),
        }))
    }

    /// Blocks until the answer is there, at most for the bound of time and a wait for a free worker.
    pub fn extract(&self, document: &[u8], about: &About, view: View) -> Result<Answer, Failure> {
        let counters = &self.0.counters;
        if document.len() > DOCUMENT_BYTES_MAX {
            counters.too_large.fetch_add(1, Ordering::Relaxed);
            return Err(Failure::TooLarge);
        }
        let mut worker = self.take()?;
        let asked = worker.ask(document, about, view, self.0.time_max);
        let closed = self.0.closed.load(Ordering::Relaxed);
        self.give_back(worker, asked.is_ok());
        if closed && asked.is_err() {
            return Err(Failure::Unavailable("closed".into()));
        }
        let count = |counter: &AtomicU64, counts: bool| counter.fetch_add(u64::from(counts), Ordering::Relaxed);
        count(&counters.documents, true);
        match asked {
            Ok(answer) => {
                count(&counters.with_text, !answer.text.is_empty());
                count(&counters.protected, answer.of.protected);
                count(&counters.damaged, answer.of.damaged);
                count(&counters.cut, answer.of.cut);
                Ok(answer)
            }
            Err(error) => {
                count(&counters.failed, true);
                Err(Failure::Failed(reason(&error)))
            }
        }
    }

    /// Starts a worker if none was started yet, to know [`Extractor::protection`].
    pub fn probe(&self) -> Protection {
        if let Ok(worker) = self.take() {
            self.give_back(worker, true);
        }
        self.protection()
    }

    pub fn protection(&self) -> Protection {
        self.0.protection.lock().clone()
    }

    pub fn figures(&self) -> Figures {
        let counters = &self.0.counters;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            documents: of(&counters.documents),
            with_text: of(&counters.with_text),
            protected: of(&counters.protected),
            damaged: of(&counters.damaged),
            cut: of(&counters.cut),
            failed: of(&counters.failed),
            too_large: of(&counters.too_large),
        }
    }

    /// Ends all workers; whoever waits for one is told that there is none.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
        let mut workers = self.0.workers.lock();
        workers.idle.clear();
        for group in &workers.groups {
            end(*group);
        }
        self.0.freed.notify_all();
    }

    /// Process ids of the workers, for tests.
    pub fn workers(&self) -> Vec<i32> {
        self.0.workers.lock().groups.iter().copied().collect()
    }

    fn take(&self) -> Result<Worker, Failure> {
        let until = Instant::now() + TURN_TIME_MAX;
        let mut workers = self.0.workers.lock();
        loop {
            if self.0.closed.load(Ordering::Relaxed) {
                return Err(Failure::Unavailable("closed".into()));
            }
            while let Some(mut worker) = workers.idle.pop() {
                if worker.is_alive() {
                    workers.busy += 1;
                    return Ok(worker);
                }
                workers.groups.remove(&worker.group());
            }
            if workers.busy < WORKERS_MAX {
                workers.busy += 1;
                break;
            }
            if self.0.freed.wait_until(&mut workers, until).timed_out() {
                return Err(Failure::Unavailable("all workers are busy".into()));
            }
        }
        drop(workers);
        let started = Worker::start(&self.0.program);
        let mut workers = self.0.workers.lock();
        match started {
            Ok((worker, hello)) => {
                *self.0.protection.lock() = protection(&hello);
                workers.groups.insert(worker.group());
                // Whoever closes meanwhile has not seen this one.
                if self.0.closed.load(Ordering::Relaxed) {
                    end(worker.group());
                }
                Ok(worker)
            }
            Err(error) => {
                workers.busy -= 1;
                self.0.freed.notify_one();
                let why = format!("{}: {error}", self.0.program.display());
                *self.0.protection.lock() = Protection::Unavailable(why.clone());
                Err(Failure::Unavailable(why))
            }
        }
    }

    /// One that failed, or has served its time, ends.
    fn give_back(&self, worker: Worker, is_well: bool) {
        let mut workers = self.0.workers.lock();
        workers.busy -= 1;
        let over = if is_well && worker.served < DOCUMENTS_MAX {
            workers.idle.push(worker);
            None
        } else {
            workers.groups.remove(&worker.group());
            Some(worker)
        };
        self.0.freed.notify_one();
        drop(workers);
        drop(over);
    }
}

fn protection(hello: &Hello) -> Protection {
    match (hello.landlock, hello.pdf) {
        (true, true) => Protection::Full,
        (false, _) => Protection::Less("the kernel has no Landlock: PDF is not read".into()),
        (true, false) => Protection::Less("there is no pdftotext (package poppler-utils): PDF is not read".into()),
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "it took too long".into(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            "its worker died".into()
        }
        _ => format!("its worker answered nonsense: {error}"),
    }
}

fn end(group: i32) {
    // Gone already: as well.
    let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
}

struct Worker {
    child: Child,
    socket: UnixStream,
    served: u32,
    /// It was waited for: its number may be somebody else's.
    is_gone: bool,
}

impl Worker {
    fn start(program: &PathBuf) -> io::Result<(Worker, Hello)> {
        let (socket, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own, so that what it starts can be ended with it.
        command.env_clear().current_dir("/").process_group(0);
        let child = command.spawn()?;
        // The command holds the worker's end: else its death would not be seen.
        drop(command);
        let worker = Worker { child, socket, served: 0, is_gone: false };
        let hello: Hello =
            read_frame(&mut Timed::new(&worker.socket, START_TIME_MAX)).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => io::Error::other("it ended at once"),
                _ => error,
            })?;
        match &hello.refuses {
            Some(why) => Err(io::Error::other(why.clone())),
            None => Ok((worker, hello)),
        }
    }

    fn ask(&mut self, document: &[u8], about: &About, view: View, time: Duration) -> io::Result<Answer> {
        self.served += 1;
        let mut timed = Timed::new(&self.socket, time);
        let request = Request { about: cut_name(about), view, bytes: document.len() as u64 };
        write_frame(&mut timed, &request)?;
        timed.write_all(document)?;
        let of: Answered = read_frame(&mut timed)?;
        let most = match view {
            View::Text => TEXT_BYTES_MAX,
            View::Html => HTML_BYTES_MAX,
        };
        let length = usize::try_from(of.bytes).ok().filter(|length| *length <= most);
        let mut text = vec![0; length.ok_or_else(|| io::Error::other("too much text"))?];
        timed.read_exact(&mut text)?;
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        Ok(Answer { of, text })
    }

    fn is_alive(&mut self) -> bool {
        self.is_gone = !matches!(self.child.try_wait(), Ok(None));
        !self.is_gone
    }

    fn group(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap_or(i32::MAX)
    }
}

fn cut_name(about: &About) -> About {
    let name = &about.name[..about.name.floor_char_boundary(NAME_BYTES_MAX)];
    let short = |text: &str| text[..text.floor_char_boundary(NAME_BYTES_MAX)].to_owned();
    About {
        name: name.to_owned(),
        content_type: short(&about.content_type),
        charset: about.charset.as_deref().map(short),
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.is_gone {
            end(self.group());
            let _ = self.child.wait();
        }
    }
}

/// The socket, until a moment.
struct Timed<'a> {
    socket: &'a UnixStream,
    until: Instant,
}

impl Timed<'_> {
    fn new(socket: &UnixStream, time: Duration) -> Timed<'_> {
        Timed { socket, until: Instant::now() + time }
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.left()?)?;
        self.socket.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
