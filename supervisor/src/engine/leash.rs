// SPDX-License-Identifier: AGPL-3.0-or-later
//! Our end of a guard: orders down its standard input, news up its standard output, the component's words up its standard
//! error.

use crate::engine::cgroup;
use crate::engine::component::Component;
use crate::engine::logfile::{Beside, LogFile};
use crate::engine::prepare::words_of;
use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A longer line of a component is cut into several.
const LINE_BYTES_MAX: u64 = 16 << 10;
const NEWS_BYTES_MAX: u64 = 4_096;

pub struct Leash {
    guard: Child,
    orders: ChildStdin,
    news: BufReader<ChildStdout>,
    last_words: Rc<RefCell<String>>,
    cgroup: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Started(u32),
    /// Nothing of it is left. A code as a shell has it, and words.
    Ended(i32, String),
}

impl Leash {
    pub fn spawn(
        component: &Component,
        lock: &Path,
        log: &Path,
        beside: Beside,
        cgroup: Option<PathBuf>,
    ) -> Result<Leash> {
        let stop_ms = component.stop_max.as_millis().to_string();
        let mut guard = Command::new("/proc/self/exe")
            .arg0("posthouse")
            .args(["guard", "--stop-ms", &stop_ms, "--lock"])
            .arg(lock)
            .args(cgroup.iter().flat_map(|group| ["--cgroup".as_ref(), group.as_os_str()]))
            .arg("--")
            .args(words_of(component))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C on our terminal is ours alone: we stop the components in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("can't start {}", component.name))?;
        let last_words = Rc::new(RefCell::new(String::new()));
        if let Some(stderr) = guard.stderr.take() {
            let log = LogFile::open(log, beside)?;
            tokio::task::spawn_local(keep_log(stderr, log, Rc::clone(&last_words)));
        }
        let (orders, news) = (guard.stdin.take(), guard.stdout.take());
        let (orders, news) = (orders.context("no pipe to the guard")?, news.context("no pipe from the guard")?);
        Ok(Leash { guard, orders, news: BufReader::new(news), last_words, cgroup })
    }

    pub fn guard(&self) -> Option<u32> {
        self.guard.id()
    }

    /// What happens next. May be dropped and asked again: a line is never read in part (the guard writes it at once).
    pub async fn news(&mut self) -> News {
        let mut line = String::new();
        let read = (&mut self.news).take(NEWS_BYTES_MAX).read_line(&mut line).await;
        let mut words = line.trim_end().splitn(3, ' ');
        match (read, words.next(), words.next().and_then(|n| n.parse::<i32>().ok()), words.next()) {
            (Ok(1..), Some("started"), Some(pid), _) => News::Started(pid.unsigned_abs()),
            (Ok(1..), Some("ended"), Some(code), Some(text)) => {
                let _ = self.guard.wait().await;
                News::Ended(code, text.to_owned())
            }
            _ => {
                // The guard itself is gone. The kernel kills the main process with it; the rest is in its group.
                let group = self.guard.id().and_then(|id| i32::try_from(id).ok());
                let status = self.guard.wait().await;
                if let Some(group) = group {
                    let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
                }
                if let Some(group) = &self.cgroup {
                    cgroup::kill(group);
                }
                News::Ended(-1, status.map_or_else(|e| e.to_string(), |status| format!("its guard ended, {status}")))
            }
        }
    }

    pub async fn tell(&mut self, order: &str) {
        // It ended meanwhile: that comes as news.
        let _ = self.orders.write_all(format!("{order}\n").as_bytes()).await;
    }

    pub fn last_words(&self) -> String {
        self.last_words.borrow().clone()
    }
}

async fn keep_log(stream: impl tokio::io::AsyncRead + Unpin, mut log: LogFile, last_words: Rc<RefCell<String>>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
        if line.last() != Some(&b'\n') {
            line.push(b'\n');
        }
        log.write(&line);
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            text.trim().clone_into(&mut last_words.borrow_mut());
        }
        line.clear();
    }
}
