// SPDX-License-Identifier: AGPL-3.0-or-later
//! The command line of the virtual machine.

use crate::error::{Error, Result, reading};
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    Bios,
    Uefi,
    /// With Microsoft's keys, and nothing unsigned is started.
    SecureBoot,
}

/// What of the machine is reached from outside, by its own port.
pub const SERVICES: [u16; 7] = [25, 80, 143, 443, 587, 993, 7071];

pub struct Settings {
    pub firmware: Firmware,
    pub disk: PathBuf,
    /// raw or qcow2.
    pub disk_format: &'static str,
    /// A second one, which is only read.
    pub extra_disk: Option<PathBuf>,
    /// One more, raw, that the machine may write to.
    pub store_disk: Option<PathBuf>,
    pub memory_mib: u32,
    /// By the processor's virtualisation.
    pub has_kvm: bool,
    /// Port of the machine, and of this host's loopback.
    pub forwards: Vec<(u16, u16)>,
    /// Whether it may reach the world.
    pub is_online: bool,
    /// For what it keeps: UEFI's variables.
    pub dir: PathBuf,
}

const OVMF: &str = "/usr/share/OVMF";

/// Without serial lines: they are whoever's that runs it.
pub fn command(settings: &Settings) -> Result<Command> {
    let mut qemu = Command::new("qemu-system-x86_64");
    // Emulated unless somebody says otherwise: a virtual machine within another is not what it says it is everywhere.
    qemu.args(["-accel", if settings.has_kvm { "kvm" } else { "tcg,thread=multi,tb-size=512" }]);
    let processor = if settings.has_kvm { "host" } else { "max" };
    qemu.args(["-cpu", processor, "-smp", "2", "-m"]).arg(settings.memory_mib.to_string());
    qemu.args(["-nodefaults", "-display", "none", "-device", "virtio-rng-pci"]);
    let online = if settings.is_online { "off" } else { "on" };
    let forwards: String =
        settings.forwards.iter().map(|(guest, host)| format!(",hostfwd=tcp:127.0.0.1:{host}-:{guest}")).collect();
    qemu.arg("-netdev").arg(format!("user,id=net0,restrict={online}{forwards}"));
    // No ROM: it would try to boot from the network first.
    qemu.args(["-device", "virtio-net-pci,netdev=net0,romfile="]);
    qemu.arg("-drive").arg(format!(
        "if=none,id=disk0,format={},cache=unsafe,discard=unmap,file={}",
        settings.disk_format,
        escaped(&settings.disk)
    ));
    qemu.args(["-device", "virtio-blk-pci,drive=disk0,bootindex=0"]);
    if let Some(extra) = &settings.extra_disk {
        qemu.arg("-drive").arg(format!("if=none,id=disk1,format=raw,readonly=on,file={}", escaped(extra)));
        qemu.args(["-device", "virtio-blk-pci,drive=disk1"]);
    }
    if let Some(disk) = &settings.store_disk {
        qemu.arg("-drive")
            .arg(format!("if=none,id=disk2,format=raw,cache=unsafe,discard=unmap,file={}", escaped(disk)));
        qemu.args(["-device", "virtio-blk-pci,drive=disk2"]);
    }
    firmware(&mut qemu, settings)?;
    Ok(qemu)
}

fn firmware(qemu: &mut Command, settings: &Settings) -> Result<()> {
    let (code, vars) = match settings.firmware {
        Firmware::Bios => return Ok(()),
        Firmware::Uefi => ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
        Firmware::SecureBoot => ("OVMF_CODE_4M.ms.fd", "OVMF_VARS_4M.ms.fd"),
    };
    let code = Path::new(OVMF).join(code);
    if !code.is_file() {
        return Err(Error::ToolMissing { program: code.display().to_string(), package: "ovmf" });
    }
    let own = settings.dir.join("uefi-variables.fd");
    if !own.is_file() {
        let vars = Path::new(OVMF).join(vars);
        std::fs::copy(&vars, &own).map_err(reading(&vars))?;
    }
    qemu.args(["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]);
    qemu.arg("-drive").arg(format!("if=pflash,unit=0,format=raw,readonly=on,file={}", code.display()));
    qemu.arg("-drive").arg(format!("if=pflash,unit=1,format=raw,file={}", escaped(&own)));
    Ok(())
}

/// In a list of QEMU's options a comma is doubled.
pub fn escaped(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_closed_but_for_what_is_forwarded() {
        let settings = Settings {
            firmware: Firmware::Bios,
            disk: "/a,b/disk".into(),
            disk_format: "raw",
            extra_disk: None,
            store_disk: None,
            memory_mib: 2048,
            has_kvm: false,
            forwards: vec![(25, 30_025)],
            is_online: false,
            dir: "/".into(),
        };
        let command = command(&settings).unwrap();
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        assert!(words.contains(&"user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:30025-:25".to_owned()), "{words:?}");
        assert!(words.iter().any(|word| word.ends_with("file=/a,,b/disk")), "{words:?}");
    }
}
