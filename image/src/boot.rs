// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask image boot`: the built image in QEMU, for a developer. What the machine writes is kept beside the image, which
//! stays as it is.

use clap::Args;
use posthouse_image::command::run as run_tool;
use posthouse_image::error::{Result, reading, writing};
use posthouse_image::paths::Paths;
use posthouse_image::tools::Tools;
use posthouse_image::vm::qemu::{self, Firmware, SERVICES, Settings};
use std::path::Path;

#[derive(Args)]
pub struct Options {
    /// UEFI instead of BIOS
    #[arg(long)]
    uefi: bool,
    /// UEFI that starts only what Microsoft's keys signed
    #[arg(long, conflicts_with = "uefi")]
    secure_boot: bool,
    /// Use the processor's virtualisation (/dev/kvm) instead of emulating one
    #[arg(long)]
    kvm: bool,
    /// Forget what earlier boots wrote
    #[arg(long)]
    fresh: bool,
    /// Memory of the machine
    #[arg(long, default_value_t = 2560)]
    memory_mib: u32,
    /// Added to each port of the machine
    #[arg(long, default_value_t = 40_000)]
    port_offset: u16,
}

pub fn run(paths: &Paths, options: &Options) -> Result<()> {
    paths.built()?;
    let dir = paths.out.join("vm");
    if options.fresh && dir.exists() {
        std::fs::remove_dir_all(&dir).map_err(writing(&dir))?;
    }
    std::fs::create_dir_all(&dir).map_err(writing(&dir))?;
    let disk = dir.join("disk.qcow2");
    if is_older(&disk, &paths.disk()) {
        let mut create = Tools::new(&paths.work.join("tree-tools"), 0).command("usr/bin/qemu-img");
        create.args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"]).arg(paths.disk()).arg(&disk);
        run_tool(&mut create)?;
    }
    let firmware = match (options.uefi, options.secure_boot) {
        (_, true) => Firmware::SecureBoot,
        (true, _) => Firmware::Uefi,
        _ => Firmware::Bios,
    };
    let settings = Settings {
        firmware,
        disk,
        disk_format: "qcow2",
        extra_disk: None,
        store_disk: None,
        memory_mib: options.memory_mib,
        has_kvm: options.kvm,
        forwards: SERVICES.map(|port| (port, port.saturating_add(options.port_offset))).to_vec(),
        is_online: true,
        dir,
    };
    for (port, host) in &settings.forwards {
        println!("port {port}: 127.0.0.1:{host}");
    }
    println!("Its console follows. Ctrl-A X ends the machine.");
    let mut qemu = qemu::command(&settings)?;
    qemu.args(["-serial", "mon:stdio"]);
    let status = qemu.status().map_err(|e| posthouse_image::command::not_started("qemu-system-x86_64", e))?;
    println!("\nThe machine ended ({status}).");
    Ok(())
}

/// Written over another image, it would be nonsense.
fn is_older(overlay: &Path, image: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|found| found.modified()).map_err(reading(path)).ok();
    modified(overlay).is_none_or(|overlay| Some(overlay) < modified(image))
}
