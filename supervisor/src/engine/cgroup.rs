// SPDX-License-Identifier: AGPL-3.0-or-later
//! Control groups (cgroup v2), where a service manager has given us one of our own to divide: one below it for each
//! component. Then even what escapes its guard is found, and memory is counted and limited by the kernel. Everywhere else
//! guards, process groups and parent-death signals do.
//!
//! A group with children may hold no process itself once controllers are switched on in it ("no internal processes", kernel
//! documentation, cgroup-v2), so we move into a leaf first.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const OWN_LEAF: &str = "supervisor";
const CONTROLLERS: [&str; 3] = ["+memory", "+pids", "+cpu"];

/// The group that is ours to divide.
#[derive(Debug, Clone)]
pub struct Cgroups {
    root: PathBuf,
}

impl Cgroups {
    /// None: there is no group of our own. In the root group we are a guest among everything that runs.
    pub fn delegated() -> Option<Cgroups> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let root = place(&mounts, &own)?;
        Cgroups::take(root).ok()
    }

    fn take(root: PathBuf) -> std::io::Result<Cgroups> {
        let leaf = root.join(OWN_LEAF);
        make(&leaf)?;
        fs::write(leaf.join("cgroup.procs"), "0")?;
        for controller in CONTROLLERS {
            // One that is not there is not used.
            let _ = fs::write(root.join("cgroup.subtree_control"), controller);
        }
        Ok(Cgroups { root })
    }

    /// A group for a component, empty: what an earlier life left in it is killed.
    pub fn of(&self, name: &str, memory_max: Option<u64>) -> Result<PathBuf> {
        let group = self.root.join(name);
        make(&group).with_context(|| group.display().to_string())?;
        kill(&group);
        let limit = memory_max.map_or_else(|| "max".to_owned(), |bytes| bytes.to_string());
        // Without the controller there is no such file, and no limit.
        let _ = fs::write(group.join("memory.max"), limit);
        Ok(group)
    }
}

/// Everything in it, at once.
pub fn kill(group: &Path) {
    let _ = fs::write(group.join("cgroup.kill"), "1");
}

/// Moves the process that calls.
pub fn enter(group: &Path) -> Result<()> {
    fs::write(group.join("cgroup.procs"), "0").with_context(|| group.display().to_string())
}

fn make(path: &Path) -> std::io::Result<()> {
    match fs::create_dir(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

/// Where our group is in the file system: from /proc/self/mountinfo and /proc/self/cgroup (cgroups(7)).
fn place(mounts: &str, own: &str) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    // An earlier supervisor that was killed had moved into the leaf, and so had whoever started us from it.
    let path = path.strip_suffix(OWN_LEAF).unwrap_or(path).trim_end_matches('/');
    if path.is_empty() {
        return None;
    }
    let mount = mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        right.starts_with("cgroup2 ").then(|| left.split(' ').nth(4)).flatten()
    })?;
    Some(Path::new(mount).join(path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "24 18 0:22 / /sys rw - sysfs sysfs rw\n\
        30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn only_a_group_of_our_own_is_divided() {
        let of = |own| place(MOUNTS, own).map(|path| path.display().to_string());
        let ours = "/sys/fs/cgroup/system.slice/posthouse.service";
        assert_eq!(of("0::/system.slice/posthouse.service\n").as_deref(), Some(ours));
        assert_eq!(of("0::/system.slice/posthouse.service/supervisor\n").as_deref(), Some(ours));
        assert_eq!(of("0::/\n"), None);
        assert_eq!(of("1:name=systemd:/x\n"), None);
        assert_eq!(place("", "0::/x"), None);
    }
}
