// SPDX-License-Identifier: AGPL-3.0-or-later
//! Boot from BIOS: GRUB's boot.img in the first sector, its core.img in the partition ph-bios, each told where the next is.
//! That is what grub-install does on a mounted device; here two files and some fields.

use crate::error::{Error, Result};
use std::path::Path;

/// Code of the first sector; behind it are the disk's signature and the MBR's entries.
const BOOT_CODE_BYTES: usize = 440;
/// GRUB, include/grub/i386/pc/boot.h: GRUB_BOOT_MACHINE_KERNEL_SECTOR, a u64.
const KERNEL_SECTOR: usize = 0x5c;
/// The same, GRUB_BOOT_MACHINE_DRIVE_CHECK: a jump over a work-around for floppy disks, replaced by two NOPs on hard disks.
const DRIVE_CHECK: usize = 0x66;
const NOP: u8 = 0x90;
/// GRUB, diskboot.S: the last entry of the first sector's blocklist, `start: u64, sectors: u16, segment: u16`.
const BLOCKLIST: usize = 0x1f4;
/// Where the first block of it goes, in paragraphs: 0x8200, behind the first sector at 0x8000.
const SEGMENT: u16 = 0x820;
const SECTOR: usize = 512;

/// What goes into the first sector's code. `core_lba`: where ph-bios begins.
pub fn boot_sector(path: &Path, boot: &[u8], core_lba: u64) -> Result<Vec<u8>> {
    let bad = |what| Error::BootLoader { path: path.to_owned(), what };
    let mut code = boot.get(..BOOT_CODE_BYTES).ok_or_else(|| bad("shorter than a sector"))?.to_vec();
    if boot.get(510..512) != Some(&[0x55, 0xaa]) {
        return Err(bad("no signature at its end"));
    }
    code[KERNEL_SECTOR..KERNEL_SECTOR + 8].copy_from_slice(&core_lba.to_le_bytes());
    code[DRIVE_CHECK..DRIVE_CHECK + 2].fill(NOP);
    Ok(code)
}

/// core.img that knows where the rest of it is.
pub fn core(path: &Path, core: &[u8], core_lba: u64, room_bytes: u64) -> Result<Vec<u8>> {
    let bad = |what| Error::BootLoader { path: path.to_owned(), what };
    if core.len() <= SECTOR || core.len() as u64 > room_bytes {
        return Err(bad("does not fit into ph-bios"));
    }
    let sectors = u16::try_from(core.len().div_ceil(SECTOR) - 1).map_err(|_| bad("too large for one block"))?;
    let mut core = core.to_vec();
    let block = [&(core_lba + 1).to_le_bytes()[..], &sectors.to_le_bytes(), &SEGMENT.to_le_bytes()].concat();
    core[BLOCKLIST..BLOCKLIST + block.len()].copy_from_slice(&block);
    Ok(core)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_where_grub_reads_them() {
        let mut boot = vec![0x11; SECTOR];
        boot[510..].copy_from_slice(&[0x55, 0xaa]);
        let code = boot_sector(Path::new("boot.img"), &boot, 0x0102_0304).unwrap();
        assert_eq!(code.len(), 440);
        assert_eq!(code[0x5c..0x64], [4, 3, 2, 1, 0, 0, 0, 0]);
        assert_eq!(code[0x65..0x69], [0x11, 0x90, 0x90, 0x11]);

        let core = core(Path::new("core.img"), &vec![0x22; 5 * SECTOR - 1], 2048, 1 << 20).unwrap();
        assert_eq!(core[0x1f4..0x200], [1, 8, 0, 0, 0, 0, 0, 0, 4, 0, 0x20, 0x08]);
        assert_eq!(core.len(), 5 * SECTOR - 1);
    }

    #[test]
    fn what_is_no_boot_loader_is_refused() {
        assert!(boot_sector(Path::new("x"), &[0; 512], 1).is_err());
        assert!(boot_sector(Path::new("x"), &[0; 100], 1).is_err());
        assert!(core(Path::new("x"), &[0; 400], 1, 1 << 20).is_err());
        assert!(core(Path::new("x"), &[0; 4096], 1, 2048).is_err());
    }
}
