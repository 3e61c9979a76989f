// SPDX-License-Identifier: AGPL-3.0-or-later
//! Trees of installed packages, by mmdebstrap: one is the root to be, one has the tools. Each is kept until its lock changes.

use crate::command::{require, run};
use crate::error::{Error, Result, reading, writing};
use crate::packages::cache::{fill, repository};
use crate::packages::lock::{Lock, read, render, wanted};
use crate::packages::mirror::Mirrors;
use crate::packages::resolve::SUITE;
use crate::paths::Paths;
use crate::users;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Changes when trees are made in another way from the same lock.
const RECIPE: &str = "2";
/// Binds the repository's directory into the chroot.
const MOUNT_HOOK: &str = "/usr/share/mmdebstrap/hooks/file-mirror-automount";

/// Never unpacked into the root: documentation (its licences stay), and drivers of what no server has.
const LEFT_OUT: &[&str] = &[
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/lib/modules/*/kernel/sound/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/media/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/net/wireless/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/infiniband/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/staging/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/iio/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/comedi/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/gpu/drm/amd/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/gpu/drm/nouveau/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/gpu/drm/xe/*",
    "path-exclude=/usr/lib/modules/*/kernel/drivers/gpu/drm/i915/*",
];

/// What packages ask while they are installed. Debian's own configuration is never used: the supervisor renders all of it.
const ANSWERS: &str =
    "postfix postfix/main_mailer_type select No configuration\nslapd slapd/no_configuration boolean true\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Root,
    /// Unpacked, not installed: nothing of it runs but what we call.
    Tools,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Root => "root",
            Kind::Tools => "tools",
        }
    }
}

pub struct Tree {
    pub path: PathBuf,
    pub lock: Lock,
}

pub fn ensure(kind: Kind, paths: &Paths, mirrors: impl FnOnce() -> Result<Mirrors>) -> Result<Tree> {
    let (list, lock) = read(&paths.lists(), kind.name())?;
    let path = paths.work.join(format!("tree-{}", kind.name()));
    let key_path = path.with_extension("key");
    let key = key(&lock);
    if std::fs::read_to_string(&key_path).is_ok_and(|old| old == key) {
        return Ok(Tree { path, lock });
    }
    let _ = std::fs::remove_file(&key_path);
    fill(&lock, mirrors, &paths.cache)?;
    let packages = paths.work.join(format!("packages-{}", kind.name()));
    repository(&lock, &paths.cache, &packages)?;
    if path.exists() {
        std::fs::remove_dir_all(&path).map_err(writing(&path))?;
    }
    require("mmdebstrap")?;
    run(&mut mmdebstrap(kind, &wanted(&list), &lock, &packages, &path, &paths.tool))?;
    std::fs::remove_dir_all(&packages).map_err(writing(&packages))?;
    forget_mount_point(&path, &packages)?;
    check(kind, &path, &lock)?;
    std::fs::write(&key_path, key).map_err(writing(&key_path))?;
    Ok(Tree { path, lock })
}

fn key(lock: &Lock) -> String {
    crate::hex(&Sha256::digest([RECIPE, &LEFT_OUT.concat(), ANSWERS, &render(lock)].concat()))
}

fn mmdebstrap(kind: Kind, wanted: &[&str], lock: &Lock, packages: &Path, tree: &Path, tool: &Path) -> Command {
    // What it mounts in the tree goes with the namespace, even if it dies half way.
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "--", "mmdebstrap"]);
    command.args(["--quiet", "--mode=root", "--format=directory", "--hook-dir", MOUNT_HOOK]);
    command.args(["--variant", if kind == Kind::Root { "apt" } else { "extract" }]);
    command.arg("--aptopt=APT::Install-Recommends \"false\"");
    if kind == Kind::Root {
        command.args(LEFT_OUT.iter().map(|line| format!("--dpkgopt={line}")));
        command.arg(format!("--essential-hook='{}' pin-users \"$1\"", tool.display()));
        command.arg(format!("--essential-hook=printf '%s' '{ANSWERS}' | chroot \"$1\" debconf-set-selections"));
    }
    command.arg(format!("--include={}", wanted.join(","))).arg(SUITE).arg(tree);
    command.arg(format!("deb [trusted=yes] file://{} ./", packages.display()));
    // The initrd is made once, when our hooks are in the tree as well.
    command.env("INITRD", "No").env("SOURCE_DATE_EPOCH", lock.epoch.to_string()).env("LC_ALL", "C.UTF-8");
    command
}

/// Debian's own directories, which stay when they are empty.
const TOP: &[&str] = &["home", "media", "mnt", "opt", "root", "run", "srv", "tmp", "usr", "var"];

/// The repository was bound into the tree, by its path on this machine, which is nobody's business.
fn forget_mount_point(tree: &Path, packages: &Path) -> Result<()> {
    let below = packages.strip_prefix("/").unwrap_or(packages);
    for dir in
        below.ancestors().filter(|dir| !dir.as_os_str().is_empty() && !TOP.iter().any(|top| *dir == Path::new(top)))
    {
        let path = tree.join(dir);
        match std::fs::remove_dir(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) if e.kind() == std::io::ErrorKind::DirectoryNotEmpty => return Ok(()),
            other => other.map_err(writing(&path))?,
        }
    }
    Ok(())
}

/// Exactly what the lock says, where and for whom we think it is.
fn check(kind: Kind, tree: &Path, lock: &Lock) -> Result<()> {
    if kind == Kind::Tools {
        return Ok(());
    }
    for name in ["bin", "lib", "sbin"] {
        let path = tree.join(name);
        if !path.is_symlink() {
            return Err(Error::NotMerged { path });
        }
    }
    users::check(tree)?;
    let status = tree.join("var/lib/dpkg/status");
    let text = std::fs::read_to_string(&status).map_err(reading(&status))?;
    let installed = text.lines().filter(|line| line.starts_with("Package: ")).count();
    if installed != lock.packages.len() {
        let why = format!("{installed} packages were installed, {} are locked", lock.packages.len());
        return Err(Error::LockStale { why });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_the_build_host_stays_in_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["home/me/posthouse/packages", "build/x/packages", "usr/bin"] {
            std::fs::create_dir_all(dir.path().join(path)).unwrap();
        }
        forget_mount_point(dir.path(), Path::new("/home/me/posthouse/packages")).unwrap();
        forget_mount_point(dir.path(), Path::new("/build/x/packages")).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["home", "usr"]);
        assert_eq!(std::fs::read_dir(dir.path().join("home")).unwrap().count(), 0);
    }
}
