// SPDX-License-Identifier: AGPL-3.0-or-later
//! What belongs to the machine rather than to the mail system. On our image it is ours to set; on somebody's own Debian it
//! is theirs, and we touch nothing of it. The image's /etc is made anew at each boot: what shall outlive one is kept below
//! `system/etc` of the state directory, from where it is laid over /etc.
//!
//! A network that locks its administrator out must not stay: the file before is kept until somebody who came in by the
//! new one says so, and comes back by itself otherwise.

use super::answers::Network;
use crate::engine::command;
use crate::state::{StateDir, write_mode};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MARK: &str = "/etc/posthouse-image";
const ETC: &str = "/etc";
const KEPT: &str = "system/etc";
const KEYBOARD: &str = "posthouse-keyboard";
const KEYMAPS: &str = "/usr/share/keymaps/i386";
/// That of the console, where a network can be set as well: the last one to speak is heard.
const NETWORK: &str = "systemd/network/10-console.network";
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

    pub fn time_zone(self, state: &StateDir, zone: &str) -> Result<String> {
        self.run(state, &["timedatectl", "set-timezone", zone], &["localtime", "timezone"])
    }

    /// Debian's localectl knows no keymaps, so the image has a unit of ours that loads the one of this name.
    pub fn keyboard(self, state: &StateDir, keymap: &str) -> Result<String> {
        if self == Applier::Image {
            write_mode(&Path::new(ETC).join(KEYBOARD), &format!("{keymap}\n"), 0o644, None)?;
        }
        self.run(state, &["systemctl", "restart", "posthouse-keyboard.service"], &[KEYBOARD])
    }

    pub fn host_name(self, state: &StateDir, name: &str) -> Result<String> {
        self.run(state, &["hostnamectl", "hostname", name], &["hostname"])
    }

    /// `files`: what the command may have written.
    fn run(self, state: &StateDir, words: &[&str], files: &[&str]) -> Result<String> {
        if self == Applier::Own {
            return Ok("left to this machine's own system".to_owned());
        }
        let (program, arguments) = words.split_first().context("nothing to run")?;
        command(program, arguments, None, None)?;
        keep(Path::new(ETC), &state.path.join(KEPT), files)?;
        Ok(words.join(" "))
    }
}

/// Copies those that are there, links as links.
fn keep(etc: &Path, kept: &Path, files: &[&str]) -> Result<()> {
    for (from, to) in files.iter().map(|file| (etc.join(file), kept.join(file))) {
        let text = || format!("can't keep {} as {}", from.display(), to.display());
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).with_context(text)?;
        }
        match std::fs::read_link(&from) {
            Ok(target) => {
                let fresh = to.with_extension("new");
                let _ = std::fs::remove_file(&fresh);
                std::os::unix::fs::symlink(&target, &fresh)
                    .and_then(|()| std::fs::rename(&fresh, &to))
                    .with_context(text)?;
            }
            Err(_) if from.is_file() => {
                write_mode(&to, &std::fs::read_to_string(&from).with_context(text)?, 0o644, None)?
            }
            Err(_) => {}
        }
    }
    Ok(())
}

/// Where the network's files are: the one that survives, and the one that systemd-networkd reads.
pub struct Links {
    kept: PathBuf,
    live: PathBuf,
    confirmed: PathBuf,
}

impl Links {
    pub fn new(state: &StateDir, setup: &Path) -> Links {
        let (kept, live) = (state.path.join(KEPT).join(NETWORK), Path::new(ETC).join(NETWORK));
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
        if matches!(network, Network::Dhcp { .. }) && !self.kept.exists() {
            return Ok("by DHCP, as the image does by itself".to_owned());
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
        if let Some(parent) = self.kept.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
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

pub fn reload(interface: &str) -> Result<()> {
    command("networkctl", &["reload"], None, None)?;
    command("networkctl", &["reconfigure", interface], None, None).map(drop)
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

    const ANSWER: &str = "mode = 'static'\ninterface = 'eth0'\naddress = '192.0.2.10/24'\ngateway = '192.0.2.1'\n\
        dns = ['192.0.2.53', '192.0.2.54']";

    #[test]
    fn a_network_that_nobody_confirms_goes_back() {
        let dir = tempfile::tempdir().unwrap();
        let (links, reloads) = (links(dir.path()), Cell::new(0));
        let network: Network = toml::from_str(ANSWER).unwrap();
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
        let network: Network = toml::from_str(ANSWER).unwrap();
        let confirm = || links.confirm();
        links.apply(&network, CONFIRM_MAX, &confirm).unwrap();
        let text = std::fs::read_to_string(&links.kept).unwrap();
        assert_eq!(text, std::fs::read_to_string(&links.live).unwrap());
        assert!(text.contains("Address=192.0.2.10/24\nGateway=192.0.2.1\nDNS=192.0.2.53\nDNS=192.0.2.54\n"), "{text}");
        let never = || panic!("nothing is to be read again");
        assert!(links.apply(&network, Duration::ZERO, &never).unwrap().contains("already"));
        let dhcp = Network::Dhcp { interface: "eth0".into() };
        links.apply(&dhcp, CONFIRM_MAX, &confirm).unwrap();
        assert!(std::fs::read_to_string(&links.live).unwrap().ends_with("Name=eth0\n\n[Network]\nDHCP=yes\n"));
        std::fs::remove_file(&links.kept).unwrap();
        assert!(links.apply(&dhcp, Duration::ZERO, &never).unwrap().contains("by itself"));
    }

    #[test]
    fn on_somebodys_own_system_nothing_is_run() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        assert!(Applier::Own.time_zone(&state, "Mars/Olympus").unwrap().contains("own system"));
        assert!(Applier::Own.host_name(&state, "x").is_ok() && Applier::Own.keyboard(&state, "y").is_ok());
        assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none());
    }

    #[test]
    fn what_shall_outlive_a_boot_is_kept_links_as_links() {
        let dir = tempfile::tempdir().unwrap();
        let (etc, kept) = (dir.path().join("etc"), dir.path().join("state/system/etc"));
        std::fs::create_dir_all(etc.join("default")).unwrap();
        std::fs::write(etc.join("hostname"), "mail.a.test\n").unwrap();
        std::fs::write(etc.join("default/keyboard"), "XKBLAYOUT=de\n").unwrap();
        for zone in ["Europe/Vienna", "Europe/Graz"] {
            let _ = std::fs::remove_file(etc.join("localtime"));
            std::os::unix::fs::symlink(Path::new("/usr/share/zoneinfo").join(zone), etc.join("localtime")).unwrap();
            keep(&etc, &kept, &["hostname", "default/keyboard", "localtime", "nowhere"]).unwrap();
        }
        assert_eq!(std::fs::read_to_string(kept.join("hostname")).unwrap(), "mail.a.test\n");
        assert_eq!(std::fs::read_to_string(kept.join("default/keyboard")).unwrap(), "XKBLAYOUT=de\n");
        assert_eq!(std::fs::read_link(kept.join("localtime")).unwrap(), Path::new("/usr/share/zoneinfo/Europe/Graz"));
        assert!(!kept.join("nowhere").exists());
    }
}
