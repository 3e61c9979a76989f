// SPDX-License-Identifier: AGPL-3.0-or-later
//! The real mailbox daemon on a state directory and ports of its own.

use crate::imap::Imap;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

pub const DOMAIN: &str = "example.test";
pub const PASSWORD: &str = "correct-horse-battery";
const START_MAX: Duration = Duration::from_secs(120);
const LOG_LINES_KEPT: usize = 200;
/// Below the ports that the kernel gives to clients (ip_local_port_range), so that none of them takes ours while we restart.
const PORTS: std::ops::Range<u16> = 15_000..30_000;

/// A state directory with its configuration; daemons come and go on it.
pub struct Site {
    pub state: PathBuf,
    pub lmtp: SocketAddr,
    pub imap: SocketAddr,
    pub pop3: SocketAddr,
    pub managesieve: SocketAddr,
    pub http: SocketAddr,
    /// HTTPS, with a certificate that signs itself.
    pub admin: SocketAddr,
    pub metrics: SocketAddr,
    config: PathBuf,
}

pub struct Daemon {
    child: Child,
    log: Arc<parking_lot::Mutex<VecDeque<String>>>,
    control: PathBuf,
}

impl Site {
    /// `settings`: TOML tables to add, `[store]` and the like.
    pub fn new(state: &Path, settings: &str) -> Result<Site> {
        std::fs::create_dir_all(state)?;
        let [lmtp, imap, pop3, managesieve, http, admin, metrics] = free_ports()?;
        let config = state.join("mailboxd.toml");
        let text = format!(
            "hostname = \"mail.{DOMAIN}\"\n[listen]\nlmtp = [\"{lmtp}\"]\nimap = [\"{imap}\"]\npop3 = [\"{pop3}\"]\nmanagesieve = [\"{managesieve}\"]\nhttp = [\"{http}\"]\nadmin = [\"{admin}\"]\nmetrics = [\"{metrics}\"]\n{settings}\n"
        );
        std::fs::write(&config, text)?;
        Ok(Site { state: state.to_path_buf(), lmtp, imap, pop3, managesieve, http, admin, metrics, config })
    }

    /// Ready to serve when this returns.
    pub fn start(&self) -> Result<Daemon> {
        let mut command = self.command("serve")?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().context("no stderr")?;
        let log = Arc::new(parking_lot::Mutex::new(VecDeque::new()));
        let (ready, is_ready) = mpsc::channel();
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if line.contains(" ready ") || line.ends_with(" ready") {
                    let _ = ready.send(());
                }
                let mut kept = kept.lock();
                if kept.len() == LOG_LINES_KEPT {
                    kept.pop_front();
                }
                kept.push_back(line);
            }
        });
        let daemon = Daemon { child, log, control: self.state.join("run/control.sock") };
        match is_ready.recv_timeout(START_MAX) {
            Ok(()) => Ok(daemon),
            Err(_) => bail!("the daemon did not get ready:\n{}", daemon.log()),
        }
    }

    /// `mailboxd verify` on the stopped system; the answer is its report if it found anything.
    pub fn verify_stopped(&self) -> Result<()> {
        let output = self.command("verify")?.arg("--json").output()?;
        if output.status.success() {
            return Ok(());
        }
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("mailboxd verify: {}\n{out}\n{err}", output.status)
    }

    /// `mailboxd restore` into this state directory, from a backup target; its report.
    pub fn restore(&self, from: &Path, arguments: &[&str]) -> Result<Value> {
        let mut command = Command::new(binary("mailboxd")?);
        command.arg("restore").arg("--state").arg(&self.state).arg("--from").arg(from).args(arguments);
        let output = command.output()?;
        if !output.status.success() {
            bail!("mailboxd restore: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The same as a process that somebody may kill.
    pub fn begin_restore(&self, from: &Path) -> Result<Child> {
        let mut command = Command::new(binary("mailboxd")?);
        command.arg("restore").arg("--state").arg(&self.state).arg("--from").arg(from);
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    fn command(&self, verb: &str) -> Result<Command> {
        let mut command = Command::new(binary("mailboxd")?);
        command.arg(verb).arg("--state").arg(&self.state).arg("--config").arg(&self.config).env("NO_COLOR", "1");
        Ok(command)
    }

    /// Until a mailbox answers: its database may have been away.
    pub fn wait_until_served(&self, address: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            let served = Imap::login(self.imap, address, PASSWORD).and_then(|mut imap| {
                imap.select("INBOX")?;
                imap.search("HEADER Message-ID \"nothing\"")
            });
            match served {
                Ok(_) => return Ok(()),
                Err(error) if begun.elapsed() > START_MAX => return Err(error),
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    /// Domain and accounts, on a daemon that runs.
    pub fn provision(&self, daemon: &Daemon, users: &[&str]) -> Result<()> {
        daemon.prov("createDomain", json!({"name": DOMAIN, "attrs": {}}))?;
        for user in users {
            let name = address(user);
            daemon.prov("createAccount", json!({"name": name, "password": PASSWORD, "attrs": {}}))?;
        }
        Ok(())
    }
}

pub fn address(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

/// A program of the same build: beside our own, or for a test (`target/debug/deps/test`) one directory up.
pub(crate) fn binary(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let dir = own.parent().context("a program without a directory")?;
    let path = dir.join(name);
    let path = if path.is_file() { path } else { dir.with_file_name(name) };
    if !path.is_file() {
        bail!("{} is not built: run `cargo build --workspace` first (`cargo xtask test` does)", path.display());
    }
    Ok(path)
}

fn free_ports<const N: usize>() -> Result<[SocketAddr; N]> {
    static SITES: AtomicU32 = AtomicU32::new(0);
    // processes and threads that run at the same time begin at different places
    let own = std::process::id().wrapping_mul(37).wrapping_add(SITES.fetch_add(50, Relaxed));
    let begin = u32::from(PORTS.start) + own % (PORTS.len() as u32 - 1_000);
    let candidates = (begin..begin + 1_000).filter_map(|port| u16::try_from(port).ok());
    let mut held = Vec::new();
    for port in candidates {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            held.push(listener);
        }
        if held.len() == N {
            break;
        }
    }
    let found: Vec<_> = held.iter().map(TcpListener::local_addr).collect::<std::io::Result<_>>()?;
    found.try_into().ok().context("no free ports")
}

impl Daemon {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: it has no say in it.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(mut self) -> Result<()> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id())?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM)?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("the daemon ended with {status}:\n{}", self.log()) }
    }

    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The newest lines of its log.
    pub fn log(&self) -> String {
        self.log.lock().iter().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Octets of memory in use now.
    pub fn rss(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib << 10)
    }

    pub fn control_path(&self) -> PathBuf {
        self.control.clone()
    }

    /// A request over the control socket.
    pub fn control(&self, request: &Value) -> Result<Value> {
        Daemon::request(&self.control, request)
    }

    /// The same for a thread that does not hold the daemon.
    pub fn request(control: &Path, request: &Value) -> Result<Value> {
        let mut stream = UnixStream::connect(control).context("control socket")?;
        stream.set_read_timeout(Some(START_MAX))?;
        stream.write_all(format!("{request}\n").as_bytes())?;
        for line in BufReader::new(stream).lines() {
            let answer: Value = serde_json::from_str(&line?)?;
            if let Some(error) = answer.get("error") {
                bail!("{request}: {error}");
            }
            if let Some(ok) = answer.get("ok") {
                return Ok(ok.clone());
            }
        }
        bail!("{request}: no answer")
    }

    pub fn checkpoint(&self) -> Result<()> {
        self.control(&json!({"verb": "checkpoint"})).map(drop)
    }

    pub fn prov(&self, verb: &str, arguments: Value) -> Result<Value> {
        self.control(&json!({"verb": "prov", "request": {verb: arguments}}))
    }

    /// Cross-checks everything on the running system.
    pub fn verify(&self) -> Result<()> {
        let report = self.control(&json!({"verb": "verify"}))?;
        match report["problem_count"].as_u64() {
            Some(0) => Ok(()),
            _ => bail!("verify found {report:#}"),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
