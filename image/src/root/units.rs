// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which units start. Packages enable their own as they are installed: daemons that the supervisor runs, upgrades of packages,
//! log rotation. None of that is for this system, so what they enabled is forgotten and this is the whole list.

use crate::error::{Result, reading, writing};
use std::os::unix::fs::symlink;
use std::path::Path;

/// A unit, and the target that wants it.
const ENABLED: &[(&str, &str)] = &[
    ("posthouse.service", "multi-user.target"),
    ("posthouse-grow.service", "multi-user.target"),
    ("posthouse-confirm.service", "multi-user.target"),
    ("posthouse-keyboard.service", "multi-user.target"),
    ("posthouse-console@tty1.service", "multi-user.target"),
    ("posthouse-console@ttyS0.service", "multi-user.target"),
    ("nftables.service", "sysinit.target"),
    ("systemd-networkd.service", "multi-user.target"),
    ("systemd-networkd-wait-online.service", "network-online.target"),
    ("systemd-resolved.service", "sysinit.target"),
    ("systemd-timesyncd.service", "sysinit.target"),
    ("ssh.service", "multi-user.target"),
    ("fstrim.timer", "timers.target"),
];

/// systemd enables these by other names as well.
const ALIASES: &[(&str, &str)] = &[
    ("systemd-resolved.service", "dbus-org.freedesktop.resolve1.service"),
    ("systemd-timesyncd.service", "dbus-org.freedesktop.timesync1.service"),
    ("systemd-networkd.service", "dbus-org.freedesktop.network1.service"),
];

/// Never started by anything: what the supervisor runs, and what is pointless on a root that can't be written.
const MASKED: &[&str] = &[
    "amavis.service",
    "amavis-mc.service",
    "amavisd-snmp-subagent.service",
    "clamav-daemon.service",
    "clamav-daemon.socket",
    "clamav-freshclam.service",
    "clamav-freshclam-once.service",
    "mariadb.service",
    "mariadb.socket",
    "postfix.service",
    "slapd.service",
    "spamd.service",
    "spamassassin-maintenance.timer",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "ldconfig.service",
    "systemd-firstboot.service",
    "systemd-update-done.service",
];

pub fn enable(tree: &Path) -> Result<()> {
    let system = tree.join("etc/systemd/system");
    forget(&system)?;
    for (unit, target) in ENABLED {
        let wants = system.join(format!("{target}.wants"));
        std::fs::create_dir_all(&wants).map_err(writing(&wants))?;
        link(unit, &wants.join(unit))?;
    }
    for (unit, alias) in ALIASES {
        link(unit, &system.join(alias))?;
    }
    for unit in MASKED {
        let path = system.join(unit);
        symlink("/dev/null", &path).map_err(writing(&path))?;
    }
    Ok(())
}

/// Links only: what is a file or a directory of drop-ins, somebody wrote.
fn forget(dir: &Path) -> Result<()> {
    for entry in std::fs::read_dir(dir).map_err(reading(dir))?.flatten() {
        let path = entry.path();
        if path.is_symlink() {
            std::fs::remove_file(&path).map_err(writing(&path))?;
        } else if path.is_dir() {
            forget(&path)?;
        }
    }
    Ok(())
}

fn link(unit: &str, path: &Path) -> Result<()> {
    let template = match unit.split_once('@') {
        Some((name, _)) => format!("{name}@.service"),
        None => unit.to_owned(),
    };
    symlink(format!("/usr/lib/systemd/system/{template}"), path).map_err(writing(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_list_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let system = dir.path().join("etc/systemd/system");
        let wants = system.join("multi-user.target.wants");
        std::fs::create_dir_all(&wants).unwrap();
        symlink("/usr/lib/systemd/system/cron.service", wants.join("cron.service")).unwrap();
        symlink("/usr/lib/systemd/system/ssh.service", system.join("sshd.service")).unwrap();
        std::fs::create_dir(system.join("ssh.service.d")).unwrap();
        std::fs::write(system.join("ssh.service.d/x.conf"), "").unwrap();
        enable(dir.path()).unwrap();
        assert!(!wants.join("cron.service").is_symlink() && !system.join("sshd.service").is_symlink());
        assert!(system.join("ssh.service.d/x.conf").is_file());
        let console = std::fs::read_link(wants.join("posthouse-console@tty1.service")).unwrap();
        assert_eq!(console, Path::new("/usr/lib/systemd/system/posthouse-console@.service"));
        assert_eq!(std::fs::read_link(system.join("mariadb.service")).unwrap(), Path::new("/dev/null"));
    }

    #[test]
    fn nothing_is_both_started_and_masked() {
        assert!(ENABLED.iter().all(|(unit, _)| !MASKED.contains(unit)));
    }
}
