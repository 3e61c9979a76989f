// SPDX-License-Identifier: AGPL-3.0-or-later
//! The two images of a slot: root (squashfs with its verity tree behind) and boot (kernel, initrd, grub.cfg).
//!
//! Same tree, same bytes: times are one, owners are the tree's, order is mksquashfs's own (it sorts), and what a run leaves
//! behind (logs, caches, /var) is not in it.

use crate::disk::grub;
use crate::disk::plan::uuid;
use crate::disk::verity::{self, Verity};
use crate::error::{Result, reading, writing};
use crate::tools::Tools;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Stays empty in the image: made or mounted at boot.
const EMPTY: [&str; 8] = ["boot/*", "dev/*", "proc/*", "run/*", "srv/posthouse/*", "sys/*", "tmp/*", "var/*"];

pub struct Slot {
    pub boot: PathBuf,
    pub root: PathBuf,
    pub verity: Verity,
}

pub struct Kernel {
    pub vmlinuz: PathBuf,
    pub initrd: PathBuf,
}

/// `level`: of zstd; 6 takes seconds, 19 minutes for some percent.
pub fn build(tools: &Tools, tree: &Path, kernel: &Kernel, version: &str, level: u32, work: &Path) -> Result<Slot> {
    let root = work.join("root.img");
    fresh(&root)?;
    let mut squash = tools.command("usr/bin/mksquashfs");
    let level = level.to_string();
    squash.arg(tree).arg(&root).args(["-noappend", "-no-progress", "-quiet", "-comp", "zstd", "-b", "256K"]);
    squash.args(["-Xcompression-level", &level]).args(times(tools)).args(["-wildcards", "-e"]).args(EMPTY);
    crate::command::run(squash.env_remove("SOURCE_DATE_EPOCH"))?;
    // From the version: known to nobody beforehand is not what a salt is for here (cryptsetup FAQ 5.x), being the same is.
    let salt = Sha256::digest(format!("posthouse {version} verity")).into();
    let verity = verity::append(&root, &salt, &uuid(&format!("posthouse {version} root")))?;
    let boot = boot(tools, kernel, &grub::slot_config(version, &verity, ""), work, "boot.img")?;
    Ok(Slot { boot, root, verity })
}

/// GRUB reads squashfs, but no zstd in it. Kernel and initrd are compressed already.
pub fn boot(tools: &Tools, kernel: &Kernel, grub_cfg: &str, work: &Path, name: &str) -> Result<PathBuf> {
    let dir = work.join(name).with_extension("d");
    if dir.exists() {
        std::fs::remove_dir_all(&dir).map_err(writing(&dir))?;
    }
    std::fs::create_dir_all(&dir).map_err(writing(&dir))?;
    for (from, to) in [(&kernel.vmlinuz, "vmlinuz"), (&kernel.initrd, "initrd.img")] {
        std::fs::copy(from, dir.join(to)).map_err(reading(from))?;
    }
    let config = dir.join("grub.cfg");
    std::fs::write(&config, grub_cfg).map_err(writing(&config))?;
    let image = work.join(name);
    fresh(&image)?;
    let mut squash = tools.command("usr/bin/mksquashfs");
    squash.arg(&dir).arg(&image).args(["-noappend", "-no-progress", "-quiet", "-comp", "gzip", "-noD", "-noF"]);
    squash.args(["-noI", "-all-root", "-root-mode", "0755"]).args(times(tools));
    crate::command::run(squash.env_remove("SOURCE_DATE_EPOCH"))?;
    Ok(image)
}

/// mksquashfs refuses them together with SOURCE_DATE_EPOCH, which does not cover the files.
fn times(tools: &Tools) -> [String; 4] {
    let epoch = tools.epoch().to_string();
    ["-all-time".to_owned(), epoch.clone(), "-mkfs-time".to_owned(), epoch]
}

fn fresh(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(writing(path)(e)),
        _ => Ok(()),
    }
}
