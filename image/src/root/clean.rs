// SPDX-License-Identifier: AGPL-3.0-or-later
//! Takes out of the root what differs from build to build, what is secret, and what lies on the volumes at run time.

use crate::error::{Result, reading, writing};
use std::path::Path;

/// Keys and identities that packages made while they were installed: every machine would have the same.
const IDENTITIES: &[&str] = &[
    "etc/ssl/certs/ssl-cert-snakeoil.pem",
    "etc/ssl/private/ssl-cert-snakeoil.key",
    "etc/ssh/ssh_host_ecdsa_key",
    "etc/ssh/ssh_host_ecdsa_key.pub",
    "etc/ssh/ssh_host_ed25519_key",
    "etc/ssh/ssh_host_ed25519_key.pub",
    "etc/ssh/ssh_host_rsa_key",
    "etc/ssh/ssh_host_rsa_key.pub",
];

/// Copies that tools keep, and configuration of package management, which the appliance has none of.
const LEFTOVERS: &[&str] = &[
    "etc/passwd-",
    "etc/group-",
    "etc/shadow-",
    "etc/gshadow-",
    "etc/subuid-",
    "etc/subgid-",
    "etc/.pwd.lock",
    "etc/apt/sources.list",
    "etc/apt/sources.list.d",
];

/// Of /var: caches and logs begin empty, the package database is told by packages.lock, databases are made at the first start.
const NOT_IN_FACTORY: &[&str] =
    &["backups", "cache", "log", "tmp", "run", "lock", "lib/apt", "lib/dpkg", "lib/ucf", "lib/mysql", "lib/clamav"];

/// What /var begins with on a new data volume.
const FACTORY: &str = "usr/share/factory/var";

pub fn clean(tree: &Path) -> Result<()> {
    for path in IDENTITIES.iter().chain(LEFTOVERS) {
        remove(&tree.join(path))?;
    }
    // Empty: the one on the data volume is put here at boot. Missing would mean a first boot to systemd, each time.
    let machine_id = tree.join("etc/machine-id");
    std::fs::write(&machine_id, "").map_err(writing(&machine_id))?;
    for path in NOT_IN_FACTORY {
        remove(&tree.join("var").join(path))?;
    }
    let (var, factory) = (tree.join("var"), tree.join(FACTORY));
    remove(&factory)?;
    let above = tree.join("usr/share/factory");
    std::fs::create_dir_all(&above).map_err(writing(&above))?;
    std::fs::rename(&var, &factory).map_err(writing(&factory))?;
    for dir in ["var", "efi", "srv/posthouse"] {
        let path = tree.join(dir);
        std::fs::create_dir_all(&path).map_err(writing(&path))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    if !path.is_symlink() && !path.exists() {
        return Ok(());
    }
    let kind = path.symlink_metadata().map_err(reading(path))?;
    let removed = if kind.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    removed.map_err(writing(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_go_and_the_rest_of_var_waits_in_the_factory() {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path();
        for path in
            ["etc/ssh/ssh_host_rsa_key", "etc/machine-id", "var/lib/dpkg/status", "var/lib/amavis/x", "var/log/y"]
        {
            let path = tree.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        clean(tree).unwrap();
        assert!(!tree.join("etc/ssh/ssh_host_rsa_key").exists());
        assert_eq!(std::fs::read_to_string(tree.join("etc/machine-id")).unwrap(), "");
        assert!(tree.join("usr/share/factory/var/lib/amavis/x").is_file());
        assert!(!tree.join("usr/share/factory/var/lib/dpkg").exists());
        assert_eq!(std::fs::read_dir(tree.join("var")).unwrap().count(), 0);
    }
}
