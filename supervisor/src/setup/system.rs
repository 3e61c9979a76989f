// SPDX-License-Identifier: AGPL-3.0-or-later
//! What belongs to the machine rather than to the mail system. On our image it is ours to set; on somebody's own Debian it
//! is theirs, and we touch nothing of it.
//!
//! A network that locks its administrator out must not stay: the files before are kept until somebody who came in by the
//! new ones says so, and come back by themselves otherwise.

use super::answers::Network;
use crate::engine::command;
use crate::state::write_mode;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MARK: &str = "/etc/posthouse-image";
const KEYMAPS: &str = "/usr/share/keymaps/i386";
const LINKS: &str = "/run/systemd/network";
const FILE: &str = "10-posthouse.network";
/// For a person to load a page at another address.
pub const CONFIRM_MAX: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Sets what belongs to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applier {
    Image,
    /// Somebody's own system: nothing is done.
    Own,
}

impl Applier {
    pub fn of_this_machine() -> Applier {
        if Path::new(MARK).exists() { Applier::Image } else { Applier::Own }
    }

    pub fn is_image(self) -> bool {
        self == Applier::Image
    }

    pub fn time_zone(self, zone: &str) -> Result<String> {
        self.run("timedatectl", &["set-timezone", zone])
    }

    pub fn keyboard(self, keymap: &str) -> Result<String> {
        self.run("localectl", &["set-keymap", keymap])
    }

    pub fn host_name(self, name: &str) -> Result<String> {
        self.run("hostnamectl", &["hostname", name])
    }

    fn run(self, program: &str, words: &[&str]) -> Result<String> {
        if self == Applier::Own {
            return Ok("left to this machine's own system".to_owned());
        }
        command(program, words, None, None).map(|_| words.join(" "))
    }
}

/// Where the network's files are: the one that survives, and the one that systemd-networkd reads.
pub struct Links {
    kept: PathBuf,
    live: PathBuf,
    confirmed: PathBuf,
}

impl Links {
    pub fn new(settings: &Path, setup: &Path) -> Links {
        let (kept, live) = (settings.join(FILE), Path::new(LINKS).join(FILE));
        Links { kept, live, confirmed: setup.join("network-confirmed") }
    }

    /// Somebody came in by the new network.
    pub fn confirm(&self) -> Result<()> {
        write_mode(&self.confirmed, "", 0o600, None)
    }

    /// Applies, waits to be confirmed, and goes back otherwise. `reload` makes systemd-networkd read its files.
    pub fn apply(&self, network: &Network, patience: Duration, reload: &dyn Fn() -> Result<()>) -> Result<String> {
        let wanted = render(network);
        if std::fs::read_to_string(&self.kept).is_ok_and(|kept| kept == wanted) {
            return Ok("it is set up like this already".to_owned());
        }
        // Not what is live: a try that was cut off may have left its own there.
        let before = std::fs::read_to_string(&self.kept).ok();
        let _ = std::fs::remove_file(&self.confirmed);
        self.put(Some(&wanted))?;
        reload()?;
        let begun = Instant::now();
        while !self.confirmed.exists() {
            if begun.elapsed() > patience {
                self.put(before.as_deref())?;
                reload()?;
                let seconds = patience.as_secs();
                anyhow::bail!("nobody came back by the new address in {seconds} s: the network is as it was before");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        // Only now does it outlive a restart of the machine: pulling the plug is a way back, too.
        write_mode(&self.kept, &wanted, 0o644, None)?;
        Ok("confirmed from the new address".to_owned())
    }

    fn put(&self, text: Option<&str>) -> Result<()> {
        if let Some(parent) = self.live.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        match text {
            Some(text) => write_mode(&self.live, text, 0o644, None),
            // The image's own file counts then: DHCP everywhere.
            None => std::fs::remove_file(&self.live).with_context(|| self.live.display().to_string()),
        }
    }
}

pub fn reload() -> Result<()> {
    command("networkctl", &["reload"], None, None).map(drop)
}

/// systemd.network(5). What is in it was checked: no value has an end of line.
fn render(network: &Network) -> String {
    let head = |interface: &str| format!("[Match]\nName={interface}\n\n[Network]\n");
    match network {
        Network::Dhcp { interface } => head(interface) + "DHCP=yes\n",
        Network::Static { interface, address, gateway, dns } => {
            let servers: String = dns.iter().map(|server| format!("DNS={server}\n")).collect();
            head(interface) + &format!("Address={address}\nGateway={gateway}\n{servers}")
        }
    }
}

/// Those of the console, by name.
pub fn keyboards() -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(KEYMAPS)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            match name.split_once(".kmap") {
                Some((keymap, _)) => found.push(keymap.to_owned()),
                None if entry.file_type().is_ok_and(|kind| kind.is_dir()) && name != "include" => {
                    open.push(entry.path())
                }
                None => {}
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn links(dir: &Path) -> Links {
        Links { kept: dir.join("kept"), live: dir.join("live"), confirmed: dir.join("confirmed") }
    }

    const NETWORK: &str = "mode = 'static'\ninterface = 'eth0'\naddress = '192.0.2.10/24'\ngateway = '192.0.2.1'\n\
        dns = ['192.0.2.53', '192.0.2.54']";

    #[test]
    fn a_network_that_nobody_confirms_goes_back() {
        let dir = tempfile::tempdir().unwrap();
        let (links, reloads) = (links(dir.path()), Cell::new(0));
        let network: Network = toml::from_str(NETWORK).unwrap();
        std::fs::write(&links.kept, "before").unwrap();
        std::fs::write(&links.live, "a try that was cut off").unwrap();
        // A confirmation of an earlier try counts for nothing.
        links.confirm().unwrap();
        let reload = || {
            reloads.set(reloads.get() + 1);
            Ok(())
        };
        let error = links.apply(&network, Duration::ZERO, &reload).unwrap_err().to_string();
        assert!(error.contains("as it was before"), "{error}");
        assert_eq!((std::fs::read_to_string(&links.live).unwrap().as_str(), reloads.get()), ("before", 2));
        assert_eq!(std::fs::read_to_string(&links.kept).unwrap(), "before");
    }

    #[test]
    fn one_that_is_confirmed_stays_and_is_set_once() {
        let dir = tempfile::tempdir().unwrap();
        let links = links(dir.path());
        let network: Network = toml::from_str(NETWORK).unwrap();
        let confirm = || links.confirm();
        links.apply(&network, CONFIRM_MAX, &confirm).unwrap();
        let text = std::fs::read_to_string(&links.kept).unwrap();
        assert_eq!(text, std::fs::read_to_string(&links.live).unwrap());
        assert!(text.contains("Address=192.0.2.10/24\nGateway=192.0.2.1\nDNS=192.0.2.53\nDNS=192.0.2.54\n"), "{text}");
        let never = || panic!("nothing is to be read again");
        assert!(links.apply(&network, Duration::ZERO, &never).unwrap().contains("already"));
        assert!(render(&Network::Dhcp { interface: "eth0".into() }).ends_with("Name=eth0\n\n[Network]\nDHCP=yes\n"));
    }

    #[test]
    fn on_somebodys_own_system_nothing_is_run() {
        assert!(Applier::Own.time_zone("Mars/Olympus").unwrap().contains("own system"));
        assert!(Applier::Own.host_name("x").is_ok() && Applier::Own.keyboard("y").is_ok());
    }
}
