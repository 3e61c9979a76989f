// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a tree of packages to the root of the appliance: our programs and files, our choice of units, nothing that a run left
//! behind, and nothing that is this machine's.

mod clean;
mod units;

use crate::command::run;
use crate::disk::slot::Kernel;
use crate::error::{Result, reading, writing};
use crate::packages::lock::{Lock, render};
use crate::paths::Paths;
use crate::release::Release;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Root {
    pub tree: PathBuf,
    pub kernel: Kernel,
}

/// `binaries`: the directory with posthouse and mailboxd.
pub fn build(base: &Path, lock: &Lock, binaries: &Path, release: &Release, sbom: &str, paths: &Paths) -> Result<Root> {
    let tree = paths.work.join("root");
    if tree.exists() {
        std::fs::remove_dir_all(&tree).map_err(writing(&tree))?;
    }
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(base).arg(&tree))?;
    copy_overlay(&paths.source.join("rootfs-overlay"), &tree)?;
    for name in ["posthouse", "mailboxd", "extractd"] {
        install_program(&binaries.join(name), &tree.join("usr/bin").join(name))?;
    }
    let unit = paths.source.join("packaging/posthouse.service");
    copy(&unit, &tree.join("usr/lib/systemd/system/posthouse.service"), 0o644)?;
    let about = tree.join("usr/share/posthouse");
    std::fs::create_dir_all(&about).map_err(writing(&about))?;
    release.write_into(&about)?;
    for (name, text) in [("packages.lock", render(lock)), ("sbom.spdx.json", sbom.to_owned())] {
        let path = about.join(name);
        std::fs::write(&path, text).map_err(writing(&path))?;
    }
    units::enable(&tree)?;
    let kernel = kernel(&tree, lock.epoch, &paths.work)?;
    clean::clean(&tree)?;
    Ok(Root { tree, kernel })
}

/// Whoever checked out the sources owns them; in the image they are root's, and may be read by all.
fn copy_overlay(from: &Path, to: &Path) -> Result<()> {
    let mut entries: Vec<_> =
        std::fs::read_dir(from).map_err(reading(from))?.collect::<Result<_, _>>().map_err(reading(from))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(reading(&path))?;
        if kind.is_dir() {
            if !to.is_dir() {
                std::fs::create_dir(&to).map_err(writing(&to))?;
            }
            copy_overlay(&path, &to)?;
        } else if kind.is_symlink() {
            let _ = std::fs::remove_file(&to);
            symlink(std::fs::read_link(&path).map_err(reading(&path))?, &to).map_err(writing(&to))?;
        } else {
            let is_program = path.metadata().map_err(reading(&path))?.permissions().mode() & 0o100 != 0;
            copy(&path, &to, if is_program { 0o755 } else { 0o644 })?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let bytes = std::fs::read(from).map_err(reading(from))?;
    std::fs::write(to, bytes).map_err(writing(to))?;
    std::fs::set_permissions(to, PermissionsExt::from_mode(mode)).map_err(writing(to))
}

/// Without its line tables, which are half of it.
fn install_program(from: &Path, to: &Path) -> Result<()> {
    copy(from, to, 0o755)?;
    run(Command::new("strip").arg("--strip-debug").arg(to)).map(drop)
}

/// The initrd has our scripts, so it is made here.
fn kernel(tree: &Path, epoch: u64, work: &Path) -> Result<Kernel> {
    let modules = tree.join("usr/lib/modules");
    let names = std::fs::read_dir(&modules).map_err(reading(&modules))?.flatten();
    let version = names.map(|entry| entry.file_name().to_string_lossy().into_owned()).max().unwrap_or_default();
    let mut make = Command::new("chroot");
    make.arg(tree).args(["mkinitramfs", "-o", "/boot/initrd.img", &version]);
    make.env_clear()
        .env("PATH", "/usr/sbin:/usr/bin")
        .env("SOURCE_DATE_EPOCH", epoch.to_string())
        .env("LC_ALL", "C.UTF-8");
    run(&mut make)?;
    let kernel = Kernel { vmlinuz: work.join("vmlinuz"), initrd: work.join("initrd.img") };
    copy(&tree.join("boot").join(format!("vmlinuz-{version}")), &kernel.vmlinuz, 0o644)?;
    copy(&tree.join("boot/initrd.img"), &kernel.initrd, 0o644)?;
    Ok(kernel)
}
