// SPDX-License-Identifier: AGPL-3.0-or-later
//! GRUB: the selector on the ESP, the part for BIOS, and what a slot says to it.

use crate::disk::verity::Verity;
use crate::error::{Error, Result, reading};
use crate::tools::Tools;
use std::path::Path;

pub const SELECTOR: &str = include_str!("selector.cfg");
const SLOT: &str = include_str!("slot.cfg");

/// What Debian's signed GRUB looks for, in its built-in prefix: on to the selector.
pub const SIGNED_ENTRY: &str = "set prefix=($root)/posthouse\nconfigfile ($root)/posthouse/grub.cfg\n";

/// What the selector uses, and no more.
const MODULES: &[&str] = &[
    "biosdisk",
    "part_gpt",
    "fat",
    "ext2",
    "squash4",
    "gzio",
    "normal",
    "configfile",
    "linux",
    "loadenv",
    "test",
    "true",
    "regexp",
    "probe",
    "echo",
    "sleep",
    "reboot",
    "halt",
    "minicmd",
    "cat",
    "ls",
    "search",
    "serial",
    "terminal",
];

/// Words for every boot:
/// - `systemd.gpt_auto=no`: nothing is mounted because of a partition's type; `ssh_auto`: no sshd on a vsock of the hypervisor's;
///   `getty_auto`: no login prompts, the console is ours
/// - `panic=5`: what can't boot resets, and the selector counts
const WORDS: &str = "systemd.gpt_auto=no systemd.ssh_auto=no systemd.getty_auto=no net.ifnames=0 panic=5 quiet loglevel=4 \
                     systemd.show_status=0 console=tty0 console=ttyS0,115200";

/// A slot's own grub.cfg. `words`: more of them for the kernel; none in what is shipped.
pub fn slot_config(version: &str, verity: &Verity, words: &str) -> String {
    SLOT.replace("@VERSION@", version)
        .replace("@ROOT_HASH@", &verity.root_hash)
        .replace("@HASH_OFFSET@", &verity.hash_offset.to_string())
        .replace("@WORDS@", format!("{WORDS} {words}").trim_end())
}

/// boot.img as Debian has it, and a core.img that finds the selector in the second partition of its own disk.
pub fn for_bios(tools: &Tools, work: &Path) -> Result<(Vec<u8>, Vec<u8>)> {
    let modules = tools.path("usr/lib/grub/i386-pc");
    let core = work.join("core.img");
    let mut mkimage = tools.command("usr/bin/grub-mkimage");
    mkimage.args(["-O", "i386-pc", "-p", "(,gpt2)/posthouse", "-d"]).arg(&modules).arg("-o").arg(&core).args(MODULES);
    crate::command::run(&mut mkimage)?;
    let boot = modules.join("boot.img");
    Ok((std::fs::read(&boot).map_err(reading(&boot))?, std::fs::read(&core).map_err(reading(&core))?))
}

/// What UEFI starts: where it goes on the ESP, and where Debian has it in the tools' tree.
pub const UEFI: [(&str, &str); 3] = [
    ("EFI/BOOT/BOOTX64.EFI", "usr/lib/shim/shimx64.efi.signed"),
    ("EFI/BOOT/grubx64.efi", "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"),
    ("EFI/BOOT/mmx64.efi", "usr/lib/shim/mmx64.efi.signed"),
];

/// A signature is in the PE's certificate table (Microsoft PE format, optional header's data directory 4): without one, Secure
/// Boot would refuse it on a customer's machine and not here.
pub fn check_is_signed(path: &Path, bytes: &[u8]) -> Result<()> {
    let number = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(four))
    };
    let certificates = || {
        let header = number(0x3c)? as usize;
        // 4 signature, 20 file header, 112 optional header of PE32+ before its directories of 8 bytes each
        number(header + 4 + 20 + 112 + 4 * 8 + 4)
    };
    match certificates() {
        Some(size) if size > 0 => Ok(()),
        _ => Err(Error::BootLoader { path: path.to_owned(), what: "not signed" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_open_in_a_slots_configuration() {
        let verity = Verity { root_hash: "ab".repeat(32), hash_offset: 4096 };
        let text = slot_config("1.2.3", &verity, "");
        assert!(!text.contains('@'), "{text}");
        assert!(text.contains("posthouse.hashoff=4096 systemd.gpt_auto=no"), "{text}");
        assert!(text.contains("console=ttyS0,115200\n"), "{text}");
        assert!(!text.contains("debug"), "{text}");
        assert!(slot_config("1", &verity, "more words").contains("115200 more words\n"));
    }

    #[test]
    fn an_unsigned_program_is_noticed() {
        let mut pe = vec![0; 512];
        pe[0x3c] = 0x80;
        assert!(check_is_signed(Path::new("x"), &pe).is_err());
        pe[0x80 + 136 + 32 + 4] = 1;
        check_is_signed(Path::new("x"), &pe).unwrap();
        assert!(check_is_signed(Path::new("x"), b"short").is_err());
    }
}
