// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse guard`: the process between the supervisor and a component.
//!
//! Invariant: nothing that the component ever started outlives its guard, and the guard does not outlive the supervisor by
//! more than the component's time to stop. The guard is the reaper of all its descendants (PR_SET_CHILD_SUBREAPER), so a
//! daemon that forks and forks again stays in its tree. Its standard input is a pipe from the supervisor: end of file means
//! that the supervisor is dead, in whatever way, and the component is stopped as if it had been asked to. The lock is held
//! until the last descendant is gone, so that a new supervisor does not start a second database on the same files.
//!
//! On the pipe come lines: `term`, `kill`. On standard output go: `started PID`, `ended CODE TEXT`.

use crate::engine::cgroup;
use anyhow::{Context, Result, bail};
use clap::Args;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getppid};
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// For what the component left behind when it ended by itself.
const LEFTOVERS_MAX: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);
const COMMAND_BYTES_MAX: usize = 256;

#[derive(Args)]
pub struct Options {
    /// Held as long as anything of the component lives
    #[arg(long)]
    pub lock: PathBuf,
    /// The control group to live in
    #[arg(long)]
    pub cgroup: Option<PathBuf>,
    /// Time to stop in, when the supervisor is gone
    #[arg(long)]
    pub stop_ms: u64,
    #[arg(trailing_var_arg = true, required = true)]
    pub command: Vec<OsString>,
}

pub fn run(options: &Options) -> Result<ExitCode> {
    prctl::set_child_subreaper(true).context("PR_SET_CHILD_SUBREAPER")?;
    let stop_max = Duration::from_millis(options.stop_ms);
    let _lock = take(&options.lock, stop_max)?;
    if let Some(group) = &options.cgroup {
        cgroup::enter(group)?;
    }
    // Blocked before the child exists, so that its end is never missed.
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGCHLD);
    mask.thread_block()?;
    let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    let main = spawn(&options.command)?;
    tell(&format!("started {main}"));
    let (code, text) = watch_over(main, &signals, stop_max)?;
    clear(LEFTOVERS_MAX);
    tell(&format!("ended {code} {text}"));
    Ok(ExitCode::SUCCESS)
}

/// Waits for the guard of an earlier life to finish.
fn take(path: &Path, patience: Duration) -> Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .with_context(|| path.display().to_string())?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begun.elapsed() < patience + LEFTOVERS_MAX => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => bail!("processes of an earlier run still hold {}", path.display()),
            Err(TryLockError::Error(e)) => return Err(e).with_context(|| path.display().to_string()),
        }
    }
}

fn spawn(words: &[OsString]) -> Result<Pid> {
    let Some((program, arguments)) = words.split_first() else { bail!("nothing to run") };
    let mut command = Command::new(program);
    // What it says on either goes to the supervisor's log of it. It stays in our process group: whoever wants a session of
    // its own (setsid(2), Postfix's master does) may not be the leader of one.
    command.args(arguments).stdin(Stdio::null()).stdout(std::io::stderr());
    let parent = Pid::this();
    let bind = move || {
        // A blocked SIGCHLD would be inherited, and a daemon that waits for its own children would never hear of them.
        SigSet::empty().thread_set_mask()?;
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        // We may have died between fork and here; then nobody would tell the kernel any more.
        if getppid() == parent { Ok(()) } else { Err(std::io::Error::from(Errno::ESRCH)) }
    };
    // SAFETY: the closure runs between fork and exec and makes only async-signal-safe calls (sigprocmask, prctl, getppid);
    // it allocates nothing and touches no lock.
    #[expect(unsafe_code, reason = "there is no safe way to set a parent-death signal on a child")]
    unsafe {
        command.pre_exec(bind)
    };
    let child = command.spawn().with_context(|| format!("can't start {}", Path::new(program).display()))?;
    Ok(Pid::from_raw(i32::try_from(child.id())?))
}

/// Until the component's main process has ended. Answers how: a code as a shell has it, and words.
fn watch_over(main: Pid, signals: &SignalFd, stop_max: Duration) -> Result<(i32, String)> {
    let mut orders = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut is_alone = false;
    let mut kill_at: Option<Instant> = None;
    loop {
        if let Some(ended) = reap(main)? {
            return Ok(ended);
        }
        let timeout = match kill_at {
            Some(at) => PollTimeout::try_from(at.saturating_duration_since(Instant::now()))?,
            None => PollTimeout::NONE,
        };
        let is_readable = {
            let mut fds = vec![PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
            if !is_alone {
                fds.push(PollFd::new(orders.as_fd(), PollFlags::POLLIN));
            }
            match poll(&mut fds, timeout) {
                Err(Errno::EINTR) => continue,
                polled => polled.context("poll")?,
            };
            fds.get(1).and_then(PollFd::any).unwrap_or(false)
        };
        while signals.read_signal()?.is_some() {}
        if is_readable {
            let mut chunk = [0; COMMAND_BYTES_MAX];
            let n = orders.read(&mut chunk).unwrap_or(0);
            let text = String::from_utf8_lossy(chunk.get(..n).unwrap_or_default()).into_owned();
            if n == 0 {
                is_alone = true;
                signal(main, Signal::SIGTERM);
                kill_at = Some(Instant::now() + stop_max);
            }
            for line in text.lines() {
                match line {
                    "term" => signal(main, Signal::SIGTERM),
                    "kill" => kill_at = Some(Instant::now()),
                    _ => {}
                }
            }
        }
        if kill_at.is_some_and(|at| at <= Instant::now()) {
            signal(main, Signal::SIGKILL);
            clear(Duration::ZERO);
            kill_at = None;
        }
    }
}

/// Takes every child that has ended; answers how the main one did, if it has.
fn reap(main: Pid) -> Result<Option<(i32, String)>> {
    let mut ended = None;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) if pid == main => ended = Some((code, format!("exit code {code}"))),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == main => {
                ended = Some((128 + signal as i32, format!("killed by {}", signal.as_str())));
            }
            Ok(WaitStatus::StillAlive) => return Ok(ended),
            // `clear` has taken it, after a kill.
            Err(Errno::ECHILD) => return Ok(Some(ended.unwrap_or((137, "killed by SIGKILL".to_owned())))),
            Ok(_) | Err(Errno::EINTR) => {}
            Err(e) => return Err(e).context("waitpid"),
        }
    }
}

/// Ends all descendants: SIGTERM, after `patience` SIGKILL. Returns when there is none.
fn clear(patience: Duration) {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return,
                Ok(WaitStatus::StillAlive) => break,
                _ => {}
            }
        }
        let force = begun.elapsed() >= patience;
        if force || !is_told {
            let with = if force { Signal::SIGKILL } else { Signal::SIGTERM };
            for pid in crate::engine::usage::descendants(Pid::this().as_raw()) {
                signal(Pid::from_raw(pid), with);
            }
            is_told = true;
        }
        std::thread::sleep(PAUSE);
    }
}

/// It may have ended meanwhile; then there is nothing to tell.
fn signal(pid: Pid, signal: Signal) {
    let _ = kill(pid, signal);
}

/// Nobody reads it any more when the supervisor is gone.
fn tell(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
