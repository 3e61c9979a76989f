// SPDX-License-Identifier: AGPL-3.0-or-later
//! The files that people get, each made from the raw disk.

mod ova;
mod ovf;
pub mod tar;

pub use ova::digest;

use crate::command::run;
use crate::error::{Result, reading, writing};
use crate::tools::Tools;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// KVM, Proxmox, libvirt.
    Qcow2,
    /// Anything that is written to a disk.
    RawZst,
    /// VMware, VirtualBox.
    Ova,
    /// Hyper-V.
    Vhdx,
    /// VirtualBox.
    Vdi,
}

pub const ALL: [Format; 5] = [Format::Qcow2, Format::RawZst, Format::Ova, Format::Vhdx, Format::Vdi];

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Format::Qcow2 => "qcow2",
            Format::RawZst => "raw.zst",
            Format::Ova => "ova",
            Format::Vhdx => "vhdx",
            Format::Vdi => "vdi",
        }
    }

    pub fn parse(text: &str) -> Option<Format> {
        ALL.into_iter().find(|format| format.extension() == text)
    }
}

/// `name`: without extension. Answers the file.
pub fn write(tools: &Tools, format: Format, disk: &Path, work: &Path, name: &Path) -> Result<PathBuf> {
    let mut path = name.as_os_str().to_owned();
    path.push(".");
    path.push(format.extension());
    let path = PathBuf::from(path);
    // Whole or not at all under its name.
    let part = work.join("format.part");
    match format {
        Format::Qcow2 => convert(tools, disk, &part, "qcow2", Some("compression_type=zstd"), true)?,
        Format::Vhdx => convert(tools, disk, &part, "vhdx", Some("subformat=dynamic,block_size=2097152"), false)?,
        Format::Vdi => convert(tools, disk, &part, "vdi", None, false)?,
        Format::RawZst => {
            // What is in it is compressed already: this is for the holes, which any level takes.
            let mut zstd = tools.command("usr/bin/zstd");
            run(zstd.args(["-q", "-f", "-1", "-T0", "-o"]).arg(&part).arg(disk))?;
        }
        Format::Ova => {
            let vmdk = work.join("disk.vmdk");
            convert(tools, disk, &vmdk, "vmdk", Some("subformat=streamOptimized,adapter_type=lsilogic"), false)?;
            let capacity = disk.metadata().map_err(reading(disk))?.len();
            let name = name.file_name().unwrap_or_default().to_string_lossy();
            ova::write(&part, &vmdk, &name, capacity, tools.epoch())?;
            std::fs::remove_file(&vmdk).map_err(writing(&vmdk))?;
        }
    }
    std::fs::rename(&part, &path).map_err(writing(&path))?;
    Ok(path)
}

fn convert(tools: &Tools, disk: &Path, to: &Path, kind: &str, options: Option<&str>, compress: bool) -> Result<()> {
    let mut command = tools.command("usr/bin/qemu-img");
    command.args(["convert", "-f", "raw", "-O", kind]);
    if compress {
        command.arg("-c");
    }
    if let Some(options) = options {
        command.args(["-o", options]);
    }
    run(command.arg(disk).arg(to)).map(drop)
}
