// SPDX-License-Identifier: AGPL-3.0-or-later
//! One process that we keep running: start, watch, restart, stop.
//!
//! Invariant: the process never outlives us. It is told to stop when we stop, and the kernel kills it when we are killed
//! (PR_SET_PDEATHSIG, bound to the thread that started it: the supervisor has one thread, which lives as long as it does).
//! SIGKILL is safe there: the journal makes a crash cost a replay and nothing else.

use crate::backoff::Backoff;
use crate::logfile::LogFile;
use crate::ports::Endpoint;
use crate::probe;
use anyhow::{Context, Result, bail};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getppid};
use serde::Serialize;
use std::cell::RefCell;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

/// A component that does not end by itself in this time after SIGTERM is killed.
const STOP_MAX: Duration = Duration::from_secs(15);
/// Starts that never became ready, one after another, before the first `up` gives up.
const FIRST_STARTS_MAX: u32 = 3;
/// sysexits.h EX_CONFIG: trying again is of no use.
const EX_CONFIG: i32 = 78;
const LOG_CHUNK_BYTES: usize = 16 << 10;

pub struct Component {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub endpoints: Vec<Endpoint>,
    pub log: PathBuf,
    /// Rendered anew before each start.
    pub prepare: Box<dyn Fn() -> Result<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Starting,
    Running,
    /// Waits before the next start.
    Failed,
    Stopped,
}

#[derive(Debug, Clone, Serialize)]
pub struct Status {
    pub name: &'static str,
    pub phase: Phase,
    pub pid: Option<u32>,
    pub restarts: u32,
    /// How it ended last, if it did by itself.
    pub last_exit: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Restart,
    Stop,
}

/// Phase changes are told on `phase`; the rest of the status is looked up in `status`.
pub struct Reports {
    pub status: Rc<RefCell<Status>>,
    pub phase: watch::Sender<Phase>,
}

enum Ended {
    ByItself(ExitStatus, Option<Duration>),
    Ordered(Order),
}

/// Runs until it is ordered to stop. An error means that it never ran and never will.
pub async fn keep_running(component: Component, mut orders: mpsc::Receiver<Order>, reports: Reports) -> Result<()> {
    let mut backoff = Backoff::default();
    let mut was_ready = false;
    let mut failed_starts = 0;
    loop {
        (component.prepare)()?;
        reports.tell(Phase::Starting, None);
        let mut child = spawn(&component)?;
        reports.tell(Phase::Starting, child.id());
        let ended = watch_over(&component, &mut child, &mut orders, &reports).await?;
        let (status, served) = match ended {
            Ended::Ordered(Order::Stop) => {
                reports.tell(Phase::Stopped, None);
                return Ok(());
            }
            Ended::Ordered(Order::Restart) => continue,
            Ended::ByItself(status, served) => (status, served),
        };
        was_ready |= served.is_some();
        failed_starts = if served.is_some() { 0 } else { failed_starts + 1 };
        let why = format!("{} ended ({status})", component.name);
        if !was_ready && (failed_starts >= FIRST_STARTS_MAX || status.code() == Some(EX_CONFIG)) {
            bail!("{why} before it was ready; its last words are in {}", component.log.display());
        }
        let wait = backoff.after(served, jitter());
        eprintln!("posthouse: {why}, starting it again in {} ms", wait.as_millis());
        reports.failed(&status);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            order = orders.recv() => if order != Some(Order::Restart) {
                reports.tell(Phase::Stopped, None);
                return Ok(());
            },
        }
        reports.status.borrow_mut().restarts += 1;
    }
}

/// From spawn to end.
async fn watch_over(
    component: &Component,
    child: &mut Child,
    orders: &mut mpsc::Receiver<Order>,
    reports: &Reports,
) -> Result<Ended> {
    let mut ready_since = None;
    loop {
        let pid = child.id();
        tokio::select! {
            status = child.wait() => {
                return Ok(Ended::ByItself(status?, ready_since.map(|since: Instant| since.elapsed())));
            }
            () = probe::until_alive(&component.endpoints), if ready_since.is_none() => {
                ready_since = Some(Instant::now());
                reports.tell(Phase::Running, pid);
            }
            order = orders.recv() => {
                let order = order.unwrap_or(Order::Stop);
                stop(component, child, orders).await?;
                return Ok(Ended::Ordered(order));
            }
        }
    }
}

/// SIGTERM, then SIGKILL when it takes too long or is ordered to stop a second time.
async fn stop(component: &Component, child: &mut Child, orders: &mut mpsc::Receiver<Order>) -> Result<()> {
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        // It may have ended meanwhile; then there is nothing to stop.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    let ended = tokio::select! {
        status = child.wait() => { status?; true }
        () = tokio::time::sleep(STOP_MAX) => false,
        Some(Order::Stop) = orders.recv() => false,
    };
    if !ended {
        eprintln!("posthouse: {} does not stop, killing it", component.name);
        child.kill().await?;
    }
    Ok(())
}

fn spawn(component: &Component) -> Result<Child> {
    let mut command = Command::new(&component.program);
    command
        .args(&component.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // Ctrl-C on our terminal is ours alone: we stop the components in order.
        .process_group(0)
        .kill_on_drop(true);
    die_with_parent(&mut command);
    let mut child = command.spawn().with_context(|| format!("can't start {}", component.program.display()))?;
    let mut log = LogFile::open(&component.log)?;
    if let Some(mut stream) = child.stderr.take() {
        tokio::task::spawn_local(async move {
            let mut chunk = vec![0; LOG_CHUNK_BYTES];
            while let Ok(n @ 1..) = stream.read(&mut chunk).await {
                log.write(chunk.get(..n).unwrap_or_default());
            }
        });
    }
    Ok(child)
}

fn die_with_parent(command: &mut Command) {
    let parent = Pid::this();
    let bind = move || {
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        // We may have died between fork and here; then nobody would tell the kernel any more.
        if getppid() == parent { Ok(()) } else { Err(std::io::Error::from(nix::errno::Errno::ESRCH)) }
    };
    // SAFETY: the closure runs between fork and exec and makes only async-signal-safe system calls (prctl, getppid); it
    // allocates nothing and touches no lock.
    #[expect(unsafe_code, reason = "there is no safe way to set a parent-death signal on a child")]
    unsafe {
        command.pre_exec(bind)
    };
}

/// From 0 to 1; the clock's low bits are random enough to spread restarts.
fn jitter() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    f64::from(now.subsec_nanos() % 1_000) / 1_000.0
}

impl Reports {
    fn tell(&self, phase: Phase, pid: Option<u32>) {
        let mut status = self.status.borrow_mut();
        (status.phase, status.pid) = (phase, pid);
        drop(status);
        self.phase.send_replace(phase);
    }

    fn failed(&self, exit: &ExitStatus) {
        self.status.borrow_mut().last_exit = Some(exit.to_string());
        self.tell(Phase::Failed, None);
    }
}
