// SPDX-License-Identifier: AGPL-3.0-or-later
//! Two network namespaces with a cable between them. The appliance lives inside, on the ports it likes; the test is outside,
//! with the addresses of everybody else. So tests run beside each other and beside whatever listens on the machine, and
//! every process that is left inside afterwards is an orphan.

use anyhow::{Context, Result, bail};
use nix::sched::{CloneFlags, setns};
use std::fs::File;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The appliance.
pub const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// Sends for example.net, by its SPF record.
pub const FRIEND: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);
/// Sends for nobody.
pub const STRANGER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 66);
/// mx.example.net.
pub const MX: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 25);
/// smarthost.provider.test.
pub const SMARTHOST: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 26);

const PREFIX: &str = "posthouse-test-";
const NAMES: &str = "/run/netns";
/// `ip netns exec` puts what is in here over /etc.
const ETC: &str = "/etc/netns";

pub struct Net {
    inside: String,
    outside: String,
    before: File,
}

impl Net {
    /// The calling thread, and whatever it starts, is outside from now on.
    pub fn new() -> Result<Net> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        sweep();
        let name = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let net = Net {
            inside: format!("{name}-in"),
            outside: format!("{name}-out"),
            before: File::open("/proc/thread-self/ns/net")?,
        };
        let (inside, outside) = (net.inside.as_str(), net.outside.as_str());
        ip(&["netns", "add", inside])?;
        ip(&["netns", "add", outside])?;
        std::fs::create_dir_all(net.etc()).with_context(|| ETC.to_owned())?;
        std::fs::write(net.etc().join("resolv.conf"), "nameserver 127.0.0.1\n")?;
        ip(&["link", "add", "eth0", "netns", inside, "type", "veth", "peer", "name", "eth0", "netns", outside])?;
        for name in [inside, outside] {
            for link in ["lo", "eth0"] {
                ip(&["-n", name, "link", "set", link, "up"])?;
            }
        }
        ip(&["-n", inside, "address", "add", &format!("{OURS}/32"), "dev", "eth0"])?;
        ip(&["-n", inside, "route", "add", "default", "dev", "eth0"])?;
        for address in [FRIEND, STRANGER, MX, SMARTHOST] {
            ip(&["-n", outside, "address", "add", &format!("{address}/32"), "dev", "eth0"])?;
        }
        ip(&["-n", outside, "route", "add", &format!("{OURS}/32"), "dev", "eth0"])?;
        enter(outside)?;
        Ok(net)
    }

    /// A program inside. It is killed when the calling thread ends.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.inside, "setpriv", "--pdeathsig", "KILL", "--"]).arg(program);
        command
    }

    /// What only somebody on the machine itself can do. A connection that is opened in here stays inside.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                enter(&self.inside)?;
                work()
            });
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// All processes inside, with their command lines.
    pub fn processes(&self) -> Vec<(i32, String)> {
        use std::os::unix::fs::MetadataExt;
        let inode = |path: PathBuf| std::fs::metadata(path).ok().map(|found| found.ino());
        let Some(own) = inode(Path::new(NAMES).join(&self.inside)) else { return Vec::new() };
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbered = entries.filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path())));
        numbered
            .filter(|(_, path): &(i32, PathBuf)| inode(path.join("ns/net")) == Some(own))
            .map(|(pid, path)| {
                let words = std::fs::read(path.join("cmdline")).unwrap_or_default();
                (pid, String::from_utf8_lossy(&words).replace('\0', " "))
            })
            .collect()
    }

    fn etc(&self) -> PathBuf {
        Path::new(ETC).join(&self.inside)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        let _ = setns(&self.before, CloneFlags::CLONE_NEWNET);
        remove(&self.inside);
        remove(&self.outside);
    }
}

fn enter(name: &str) -> Result<()> {
    let file = File::open(Path::new(NAMES).join(name)).with_context(|| name.to_owned())?;
    setns(file, CloneFlags::CLONE_NEWNET).context("setns")
}

fn remove(name: &str) {
    let _ = ip(&["netns", "del", name]);
    let _ = std::fs::remove_dir_all(Path::new(ETC).join(name));
}

/// What tests left that were killed themselves.
fn sweep() {
    for entry in std::fs::read_dir(NAMES).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            remove(&name);
        }
    }
}

fn ip(words: &[&str]) -> Result<()> {
    let output = Command::new("ip").args(words).output().context("ip (Debian package iproute2)")?;
    if !output.status.success() {
        bail!("ip {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
