// SPDX-License-Identifier: AGPL-3.0-or-later
//! A real `posthouse up` on ports that nobody has.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

pub const POSTHOUSE: &str = env!("CARGO_BIN_EXE_posthouse");
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Ports of one slot are no other slot's, since no two of ours are a multiple of the step apart; and all are below those
/// that outgoing connections get. So nobody takes a port while its owner starts again.
const OFFSET_FIRST: u16 = 11_000;
const OFFSET_STEP: u16 = 131;
const SLOTS: u32 = 70;
const SLOTS_APART: u32 = 29;

pub struct Up {
    pub child: Child,
    pub state: PathBuf,
    pub offset: u16,
}

impl Up {
    /// Ports that others may grab in the same moment: tries the next ones.
    pub fn start(state: &Path) -> Up {
        Up::start_with(state, &|command| command)
    }

    pub fn start_with(state: &Path, prepare: &dyn Fn(&mut Command) -> &mut Command) -> Up {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let first = std::process::id().wrapping_add(COUNT.fetch_add(1, Relaxed) * SLOTS_APART);
        for slot in (0..SLOTS).map(|n| (first + n) % SLOTS) {
            let offset = OFFSET_FIRST + u16::try_from(slot).unwrap() * OFFSET_STEP;
            if let Some(up) = Up::start_on(state, offset, prepare) {
                return up;
            }
        }
        panic!("posthouse does not start: {}", String::from_utf8_lossy(&run(&["up"], state).stderr));
    }

    fn start_on(state: &Path, offset: u16, prepare: &dyn Fn(&mut Command) -> &mut Command) -> Option<Up> {
        let mut command = Command::new(POSTHOUSE);
        command.args(["up", "--port-offset", &offset.to_string(), "--state"]).arg(state);
        let mut child = prepare(&mut command).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line == "posthouse: ready\n" {
            return Some(Up { child, state: state.to_owned(), offset });
        }
        child.wait().unwrap();
        None
    }

    pub fn posthouse(&self, arguments: &[&str]) -> Output {
        run(arguments, &self.state)
    }

    pub fn status(&self) -> Value {
        serde_json::from_slice(&self.posthouse(&["status", "--json"]).stdout).unwrap()
    }

    pub fn mailboxd(&self) -> Option<i32> {
        self.status()["components"][0]["pid"].as_i64().map(|pid| pid as i32)
    }

    pub fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let begun = Instant::now();
        while !condition() {
            assert!(begun.elapsed() < PATIENCE, "{what} did not happen; status: {}", self.status());
            std::thread::yield_now();
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn run(arguments: &[&str], state: &Path) -> Output {
    Command::new(POSTHOUSE).args(arguments).arg("--state").arg(state).stdin(Stdio::null()).output().unwrap()
}

pub fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie has died, though nobody has looked yet.
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with(['Z', 'X']))
}

pub fn one_line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success() && text.trim_end().lines().count() == 1, "{text}");
    text
}
