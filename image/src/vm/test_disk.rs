// SPDX-License-Identifier: AGPL-3.0-or-later
//! A copy of the built disk for tests. Its root is the shipped one, bit for bit. Only the kernel's command line in slot A, on the
//! copy, asks systemd for a root shell on the second serial line: whoever can write to a disk has its machine anyway, so the
//! shipped image needs no door for tests.

use crate::command::run;
use crate::disk::assemble;
use crate::disk::plan::{BOOT_A, Plan};
use crate::disk::slot::{self, Kernel};
use crate::error::{Result, reading, writing};
use crate::paths::Paths;
use crate::tools::Tools;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

const ANSWERS_BYTES: u64 = 1 << 20;
const SHELL: &str = "systemd.debug_shell=ttyS1";
/// Ends the words of every boot (disk/grub.rs).
const LAST_WORD: &str = "console=ttyS0,115200";

/// `disk_bytes`: larger than the image's, to see it grow.
pub fn make(paths: &Paths, tools: &Tools, dir: &Path, disk_bytes: Option<u64>) -> Result<PathBuf> {
    paths.built()?;
    std::fs::create_dir_all(dir).map_err(writing(dir))?;
    let disk = dir.join("disk.raw");
    run(Command::new("cp").args(["--sparse=always", "--reflink=auto"]).arg(paths.disk()).arg(&disk))?;
    let boot = boot_with_shell(paths, tools, dir)?;
    let mut file = File::options().write(true).open(&disk).map_err(writing(&disk))?;
    if let Some(bytes) = disk_bytes {
        file.set_len(bytes).map_err(writing(&disk))?;
    }
    assemble::put(&disk, &mut file, Plan::new("").partition(BOOT_A), &boot)?;
    Ok(disk)
}

/// The boot image of what was built last, with the shell.
pub fn boot_with_shell(paths: &Paths, tools: &Tools, dir: &Path) -> Result<PathBuf> {
    let config_path = paths.work.join("boot.d/grub.cfg");
    let config = std::fs::read_to_string(&config_path).map_err(reading(&config_path))?;
    let config = config.replace(LAST_WORD, &format!("{LAST_WORD} {SHELL}"));
    let kernel = Kernel { vmlinuz: paths.work.join("vmlinuz"), initrd: paths.work.join("initrd.img") };
    slot::boot(tools, &kernel, &config, dir, "boot-test.img")
}

/// A disk of answers to set-up: FAT, with the label that the machine looks for.
pub fn answers(tools: &Tools, dir: &Path, files: &[(&str, &str)]) -> Result<PathBuf> {
    let image = dir.join("answers.img");
    let file = File::create(&image).map_err(writing(&image))?;
    file.set_len(ANSWERS_BYTES).map_err(writing(&image))?;
    run(tools.command("usr/sbin/mkfs.vfat").args(["-n", "PH-SETUP"]).arg(&image))?;
    for (name, text) in files {
        let from = dir.join("answers.file");
        std::fs::write(&from, text).map_err(writing(&from))?;
        let mut copy = tools.command("usr/bin/mtools");
        copy.args(["-c", "mcopy", "-i"]).arg(&image).env("MTOOLS_SKIP_CHECK", "1").arg(&from);
        run(copy.arg(format!("::{name}")))?;
    }
    Ok(image)
}
