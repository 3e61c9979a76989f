// SPDX-License-Identifier: AGPL-3.0-or-later
//! Puts the disk together: a sparse file, into which each part is written where the plan has it.

use crate::disk::plan::{BIOS, BOOT_A, ESP, Partition, Plan, ROOT_A, SECTOR_BYTES};
use crate::disk::slot::Slot;
use crate::disk::{bios, esp, gpt, grub, volume};
use crate::error::{Error, Result, reading, writing};
use crate::tools::Tools;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const CHUNK: usize = 1 << 20;

/// Slot A is filled, B is empty.
pub fn assemble(tools: &Tools, plan: &Plan, slot: &Slot, work: &Path) -> Result<PathBuf> {
    let path = work.join("disk.raw");
    let mut disk =
        File::options().read(true).write(true).create(true).truncate(true).open(&path).map_err(writing(&path))?;
    disk.set_len(plan.disk_bytes).map_err(writing(&path))?;
    gpt::write(&path, &mut disk, plan)?;
    write_bios(tools, plan, &path, &mut disk, work)?;
    put(&path, &mut disk, plan.partition(ESP), &esp::build(tools, plan, work)?)?;
    put(&path, &mut disk, plan.partition(BOOT_A), &slot.boot)?;
    put(&path, &mut disk, plan.partition(ROOT_A), &slot.root)?;
    volume::make_all(tools, plan, &path)?;
    Ok(path)
}

fn write_bios(tools: &Tools, plan: &Plan, path: &Path, disk: &mut File, work: &Path) -> Result<()> {
    let partition = plan.partition(BIOS);
    let lba = partition.start_bytes / SECTOR_BYTES;
    let (boot, core) = grub::for_bios(tools, work)?;
    let code = bios::boot_sector(Path::new("boot.img"), &boot, lba)?;
    let core = bios::core(Path::new("core.img"), &core, lba, partition.size_bytes)?;
    for (at, bytes) in [(0, code), (partition.start_bytes, core)] {
        disk.seek(SeekFrom::Start(at)).and_then(|_| disk.write_all(&bytes)).map_err(writing(path))?;
    }
    Ok(())
}

/// Writes a part into its partition; blocks of zeros stay holes.
pub fn put(path: &Path, disk: &mut File, partition: &Partition, part: &Path) -> Result<()> {
    let mut from = File::open(part).map_err(reading(part))?;
    let need = from.metadata().map_err(reading(part))?.len();
    if need > partition.size_bytes {
        let (what, room) = (part.to_owned(), partition.size_bytes);
        return Err(Error::SlotTooSmall { name: partition.name, what, need, room });
    }
    let mut chunk = vec![0; CHUNK];
    let mut at = partition.start_bytes;
    loop {
        let read = from.read(&mut chunk).map_err(reading(part))?;
        if read == 0 {
            return Ok(());
        }
        let bytes = &chunk[..read];
        if bytes.iter().any(|byte| *byte != 0) {
            disk.seek(SeekFrom::Start(at)).and_then(|_| disk.write_all(bytes)).map_err(writing(path))?;
        }
        at += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::plan::Kind;

    #[test]
    fn a_part_goes_where_it_belongs_or_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (path, part) = (dir.path().join("disk"), dir.path().join("part"));
        let mut disk = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        disk.set_len(4096).unwrap();
        std::fs::write(&part, [5; 100]).unwrap();
        let partition = Partition { number: 1, name: "x", kind: Kind::Linux, start_bytes: 1024, size_bytes: 100 };
        put(&path, &mut disk, &partition, &part).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes[1024..1124].iter().all(|byte| *byte == 5));
        assert!(bytes[..1024].iter().chain(&bytes[1124..]).all(|byte| *byte == 0));
        let small = Partition { size_bytes: 99, ..partition };
        assert!(matches!(put(&path, &mut disk, &small, &part), Err(Error::SlotTooSmall { need: 100, room: 99, .. })));
    }
}
