// SPDX-License-Identifier: AGPL-3.0-or-later
//! The whole appliance, with Debian's daemons, in a network of its own (docs/contributing/appliance-tests.md).

pub mod dkim;
pub mod dns;
pub mod load;
pub mod mails;
pub mod net;
pub mod sink;

use crate::daemon::{Daemon, binary};
use crate::imap::Imap;
use crate::smtp::Smtp;
use crate::wait::until;
use anyhow::{Context, Result, bail};
use dns::{Dns, Zone};
use net::{Net, OURS};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub const DOMAIN: &str = "example.test";
pub const PASSWORD: &str = "correct-horse-battery";
pub const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// Away from 25, where the receivers of the test listen outside.
const OFFSET: u16 = 20_000;
const START_MAX: Duration = Duration::from_secs(150);
const STOP_MAX: Duration = Duration::from_secs(120);
/// From SMTP to mailbox on a machine that does other things, and with one retry of Postfix's.
pub const ARRIVAL_MAX: Duration = Duration::from_secs(180);
const LOG_LINES: usize = 60;
/// What a test can't wait for: Postfix retries soon, and one client of ours is many. Everything else is as shipped.
const POSTFIX: &str = "postscreen_greet_wait = 1s\nqueue_run_delay = 3s\nminimal_backoff_time = 3s\n\
    maximal_backoff_time = 6s\nsmtpd_client_connection_rate_limit = 0\nsmtpd_error_sleep_time = 0\n";

pub struct Setup<'a> {
    pub antispam: bool,
    pub antivirus: bool,
    /// Postfix and SpamAssassin look up names.
    pub dns: bool,
    /// More lines of settings/postfix-main.cf.
    pub postfix: &'a str,
    /// A directory that is there already, on a disk of its own, say.
    pub state: Option<PathBuf>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Setup { antispam: true, antivirus: true, dns: true, postfix: "", state: None }
    }
}

pub struct Appliance {
    pub state: PathBuf,
    pub dns: Dns,
    pub net: Net,
    up: Option<Child>,
    pub dir: tempfile::TempDir,
}

impl Appliance {
    /// Ready, with [`PEOPLE`].
    pub fn start(setup: &Setup<'_>) -> Result<Appliance> {
        if !nix::unistd::geteuid().is_root() {
            bail!("the appliance starts daemons of other users: its tests need root, as `cargo xtask test` says");
        }
        let mut appliance = Appliance::prepare(setup)?;
        appliance.up()?;
        appliance.populate(setup.dns)?;
        Ok(appliance)
    }

    /// [`DOMAIN`] with [`PEOPLE`].
    pub fn populate(&self, dns: bool) -> Result<()> {
        let begun = Instant::now();
        if !dns {
            self.prov(&["mcf", "zimbraMtaDnsLookupsEnabled", "FALSE"])?;
        }
        self.prov(&["cd", DOMAIN])?;
        for user in PEOPLE {
            self.prov(&["ca", &address(user), PASSWORD])?;
        }
        // The first domain brings the quarantine with it, and so new settings for every component.
        until("the quarantine", START_MAX, || {
            Ok(self.prov(&["gcf", "zimbraAmavisQuarantineAccount"])?.contains("quarantine."))
        })?;
        self.until_settled()?;
        println!("populated after {} ms", begun.elapsed().as_millis());
        Ok(())
    }

    /// All but `posthouse up`.
    pub fn prepare(setup: &Setup<'_>) -> Result<Appliance> {
        let dir = tempfile::Builder::new().prefix("posthouse test ").tempdir()?;
        // Users of other daemons pass it.
        std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755))?;
        let state = setup.state.clone().unwrap_or_else(|| dir.path().join("a state directory"));
        let settings = state.join("settings");
        std::fs::create_dir_all(&settings)?;
        let Setup { antispam, antivirus, .. } = setup;
        // How full the disk of this machine is has nothing to do with a test.
        let text = format!(
            "hostname = \"mail.{DOMAIN}\"\n[scan]\nantispam = {antispam}\nantivirus = {antivirus}\nupdate = false\n\
             [alerts]\ndisk_free_percent_min = 0\n"
        );
        std::fs::write(settings.join("posthouse.toml"), text)?;
        std::fs::write(settings.join("postfix-main.cf"), format!("{POSTFIX}{}\n", setup.postfix))?;
        let net = Net::new()?;
        let dns = Dns::start(&net, dir.path(), &Zone::new())?;
        Ok(Appliance { state, dns, net, up: None, dir })
    }

    /// `posthouse up`; ready when this returns.
    pub fn up(&mut self) -> Result<()> {
        let begun = Instant::now();
        let log = std::fs::File::options().create(true).append(true).open(self.dir.path().join("up.log"))?;
        let mut command = self.net.command(binary("posthouse")?);
        command.args(["up", "--profile", "appliance", "--bind", "0.0.0.0", "--port-offset", &OFFSET.to_string()]);
        command.arg("--state").arg(&self.state).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().context("posthouse up")?;
        let stdout = child.stdout.take().context("no stdout")?;
        self.up = Some(child);
        let (said, line) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = said.send(line);
        });
        match line.recv_timeout(START_MAX) {
            Ok(line) if line == "posthouse: ready\n" => {
                println!("ready after {} ms", begun.elapsed().as_millis());
                Ok(())
            }
            other => bail!("posthouse up is not ready: {other:?}"),
        }
    }

    pub fn binary(&self) -> Result<PathBuf> {
        binary("posthouse")
    }

    /// The command line.
    pub fn posthouse<W: AsRef<OsStr>>(&self, words: &[W]) -> Result<Output> {
        let mut command = self.net.command(binary("posthouse")?);
        Ok(command.args(words).arg("--state").arg(&self.state).stdin(Stdio::null()).output()?)
    }

    /// The same where it must succeed; the answer is what it prints.
    pub fn ok(&self, words: &[&str]) -> Result<String> {
        let output = self.posthouse(words)?;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(out.into()) } else { bail!("posthouse {words:?}: {out}{err}") }
    }

    pub fn prov(&self, words: &[&str]) -> Result<String> {
        self.ok(&[&["prov"], words].concat())
    }

    pub fn status(&self) -> Result<Value> {
        let output = self.posthouse(&["status", "--json"])?;
        serde_json::from_slice(&output.stdout).context("posthouse status --json")
    }

    pub fn alerts(&self) -> Result<String> {
        Ok(self.status()?["alerts"].to_string())
    }

    /// Of a component's main process, if it runs.
    pub fn pid(&self, component: &str) -> Result<Option<i32>> {
        let status = self.status()?;
        let all = status["components"].as_array().context("no components")?;
        let found = all.iter().find(|one| one["name"] == component).with_context(|| component.to_owned())?;
        let is_running = found["phase"] == "running";
        Ok(found["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).filter(|_| is_running))
    }

    pub fn signal(&self, component: &str, signal: Signal) -> Result<i32> {
        let pid = self.pid(component)?.with_context(|| format!("{component} does not run"))?;
        kill(Pid::from_raw(pid), signal)?;
        Ok(pid)
    }

    pub fn until_well(&self) -> Result<()> {
        // That mailboxd had to replay is told for an hour.
        let is_news = |alert: &Value| alert.as_str().is_some_and(|text| text.starts_with("journal: mailboxd had not"));
        let well = until("all is well again", START_MAX, || {
            Ok(self.status()?["alerts"].as_array().is_some_and(|alerts| alerts.iter().all(is_news)))
        });
        well.with_context(|| self.alerts().unwrap_or_default())
    }

    /// Until every component has the newest settings: the supervisor knows what mailboxd knows, and nothing that could be
    /// rendered from it differs from what is there.
    pub fn until_settled(&self) -> Result<()> {
        let control = self.state.join("run/control.sock");
        until("the components follow the directory", START_MAX, || {
            let known = std::fs::read_to_string(self.state.join("settings/directory.json")).unwrap_or_default();
            let known: Value = serde_json::from_str(&known).unwrap_or_default();
            let newest = Daemon::request(&control, &json!({"verb": "settings"}))?;
            let is_known = known["revision"].is_string() && known["revision"] == newest["revision"];
            Ok(is_known && self.ok(&["apply", "--dry-run"])?.contains("Nothing changes"))
        })?;
        self.until_well()
    }

    pub fn at(&self, port: u16) -> SocketAddr {
        SocketAddr::from((OURS, OFFSET + port))
    }

    /// Port 25, from one of the addresses outside.
    pub fn smtp(&self, from: Ipv4Addr) -> Result<Smtp> {
        Smtp::connect(from, self.at(25))
    }

    pub fn imap(&self, user: &str) -> Result<Imap> {
        let name = if user.contains('@') { user.to_owned() } else { address(user) };
        // Without TLS only on the machine itself.
        self.net.inside(|| Imap::login((Ipv4Addr::LOCALHOST, OFFSET + 143).into(), &name, PASSWORD))
    }

    /// The message with this Message-ID, once it is there. Who can't be asked yet, since a database starts, is asked again.
    pub fn arrives(&self, user: &str, folder: &str, id: &str) -> Result<Vec<u8>> {
        let mut last = String::new();
        let mut open = None;
        let mut found = Vec::new();
        until(&format!("{id} in {folder} of {user}"), ARRIVAL_MAX, || {
            match self.look_for(user, folder, id, &mut open) {
                Ok(all) => found = all,
                Err(error) => (open, last) = (None, format!("{error:#}")),
            }
            Ok(!found.is_empty())
        })
        .context(last)?;
        if found.len() != 1 {
            bail!("{user} has {id} {} times", found.len());
        }
        Ok(found.remove(0))
    }

    fn look_for(&self, user: &str, folder: &str, id: &str, open: &mut Option<Imap>) -> Result<Vec<Vec<u8>>> {
        let imap = match open {
            Some(imap) => imap,
            None => {
                let mut imap = self.imap(user)?;
                imap.select(folder)?;
                open.insert(imap)
            }
        };
        imap.ok("NOOP")?;
        let uids = imap.search(&format!("HEADER Message-ID \"<{id}>\""))?;
        let mut all = Vec::new();
        for uid in uids {
            let answer = imap.ok(&format!("UID FETCH {uid} (BODY.PEEK[])"))?;
            let literal = answer.untagged.into_iter().find_map(|line| line.literals.into_iter().next());
            all.push(literal.context("FETCH without a body")?);
        }
        Ok(all)
    }

    /// How many of it there are now.
    pub fn count(&self, user: &str, folder: &str, id: &str) -> Result<usize> {
        let mut imap = self.imap(user)?;
        imap.select(folder)?;
        Ok(imap.search(&format!("HEADER Message-ID \"<{id}>\""))?.len())
    }

    pub fn verify(&self) -> Result<()> {
        self.ok(&["store", "verify"]).map(drop)
    }

    /// A component's log so far.
    pub fn log(&self, component: &str) -> String {
        let bytes = std::fs::read(self.state.join("log").join(format!("{component}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// SIGKILL to the supervisor; the rest is gone when this returns.
    pub fn kill_supervisor(&mut self) -> Result<()> {
        let mut child = self.up.take().context("not up")?;
        child.kill()?;
        child.wait()?;
        until("the end of what the supervisor started", STOP_MAX, || Ok(self.left().is_empty()))
            .with_context(|| self.left().join("\n"))
    }

    /// Asks it to stop, and waits.
    pub fn stop(&mut self) -> Result<()> {
        self.ok(&["stop"])?;
        let status = self.up.take().context("not up")?.wait()?;
        if !status.success() {
            bail!("posthouse up ended with {status}");
        }
        let left = self.left();
        if left.is_empty() { Ok(()) } else { bail!("orphans:\n{}", left.join("\n")) }
    }

    /// How every test ends: the store is whole, and nothing is left running.
    pub fn finish(mut self) -> Result<()> {
        self.verify()?;
        self.stop()
    }

    /// Processes inside that are not the test's own.
    fn left(&self) -> Vec<String> {
        let all = self.net.processes().into_iter();
        let ours = all.filter(|(pid, words)| *pid != std::process::id().cast_signed() && !words.starts_with("dnsmasq"));
        ours.map(|(pid, words)| format!("{pid} {words}")).collect()
    }

    fn print_logs(&self) {
        let logs = std::fs::read_dir(self.state.join("log")).into_iter().flatten().flatten().map(|e| e.path());
        let up = self.dir.path().join("up.log");
        for path in logs.chain([up.clone()]) {
            let text = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            // What components say is in their own logs.
            let is_shown = |line: &&str| path != up || line.starts_with("posthouse:");
            let lines: Vec<&str> = text.lines().filter(is_shown).collect();
            println!("--- {}", path.display());
            lines.iter().skip(lines.len().saturating_sub(LOG_LINES)).for_each(|line| println!("{line}"));
        }
    }
}

pub fn address(user: &str) -> String {
    format!("{user}@{DOMAIN}")
}

impl Drop for Appliance {
    /// After a test that failed: tells why, and leaves nothing.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print_logs();
        }
        if let Some(mut child) = self.up.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        for (pid, _) in self.net.processes() {
            if pid != std::process::id().cast_signed() {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
        link_to(&self.state).into_iter().for_each(|link| drop(std::fs::remove_file(link)));
    }
}

/// The short name that the supervisor gave to a state directory.
fn link_to(state: &Path) -> Option<PathBuf> {
    let links = std::fs::read_dir("/run/posthouse").ok()?.flatten().map(|entry| entry.path());
    links.into_iter().find(|link| std::fs::read_link(link).is_ok_and(|to| to == state))
}
