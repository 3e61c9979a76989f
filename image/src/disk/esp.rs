// SPDX-License-Identifier: AGPL-3.0-or-later
//! The EFI system partition: FAT32 by mkfs.vfat, filled by mtools. BIOS finds its selector here as well.

use crate::disk::plan::{ESP, Plan};
use crate::disk::{env_block, grub};
use crate::error::{Result, reading, writing};
use crate::tools::Tools;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn build(tools: &Tools, plan: &Plan, work: &Path) -> Result<PathBuf> {
    let image = work.join("esp.img");
    let file = File::create(&image).map_err(writing(&image))?;
    file.set_len(plan.partition(ESP).size_bytes).map_err(writing(&image))?;
    let id = plan.uuid("esp fat");
    let id = crate::hex(&id[..4]);
    // One sector a cluster: 128 MiB are few clusters for FAT32 else, and then some firmware takes it for FAT16.
    let mut make = tools.command("usr/sbin/mkfs.vfat");
    make.args(["-F", "32", "-s", "1", "-n", "PH-ESP", "-i", &id]).arg(&image);
    crate::command::run(&mut make)?;
    let mut folders = mtools(tools, "mmd", &image);
    folders.args(["::EFI", "::EFI/BOOT", "::EFI/debian", "::posthouse"]);
    crate::command::run(&mut folders)?;
    for (name, bytes) in files(tools)? {
        let from = work.join("esp.file");
        std::fs::write(&from, bytes).map_err(writing(&from))?;
        set_time(tools, &from)?;
        let mut copy = mtools(tools, "mcopy", &image);
        crate::command::run(copy.arg("-m").arg(&from).arg(format!("::{name}")))?;
    }
    Ok(image)
}

fn files(tools: &Tools) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let mut files = vec![
        ("EFI/debian/grub.cfg", grub::SIGNED_ENTRY.as_bytes().to_vec()),
        ("posthouse/grub.cfg", grub::SELECTOR.as_bytes().to_vec()),
    ];
    for ((_, bytes), to) in
        env_block::fresh().into_iter().zip(["posthouse/state0.env", "posthouse/state1.env", "posthouse/tries.env"])
    {
        files.push((to, bytes));
    }
    for (to, from) in grub::UEFI {
        let path = tools.path(from);
        let bytes = std::fs::read(&path).map_err(reading(&path))?;
        grub::check_is_signed(&path, &bytes)?;
        files.push((to, bytes));
    }
    Ok(files)
}

fn mtools(tools: &Tools, program: &str, image: &Path) -> Command {
    // One program under many names.
    let mut command = tools.command("usr/bin/mtools");
    command.args(["-c", program, "-i"]).arg(image).env("MTOOLS_SKIP_CHECK", "1");
    command
}

/// mcopy -m takes the file's.
fn set_time(tools: &Tools, path: &Path) -> Result<()> {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(tools.epoch());
    File::options().write(true).open(path).and_then(|file| file.set_modified(time)).map_err(writing(path))
}
