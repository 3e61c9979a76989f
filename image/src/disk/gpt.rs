// SPDX-License-Identifier: AGPL-3.0-or-later
//! The partition table: GPT with a protective MBR (UEFI specification 2.10, §5), by the crate gptman.

use crate::disk::plan::{Partition, Plan, SECTOR_BYTES};
use crate::error::{Error, Result, writing};
use gptman::{GPT, GPTPartitionEntry};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// In the MBR: status of the first entry.
const PROTECTIVE_STATUS: u64 = 446;
const ACTIVE: u8 = 0x80;

/// The file must have the disk's size already.
pub fn write(path: &Path, file: &mut File, plan: &Plan) -> Result<()> {
    let failed = |said: String| Error::PartitionTable { path: path.to_owned(), said };
    let mut table = GPT::new_from(file, SECTOR_BYTES, on_disk(plan.uuid(""))).map_err(|e| failed(e.to_string()))?;
    for partition in &plan.partitions {
        table[partition.number] = entry(plan, partition)?;
    }
    table.write_into(file).map_err(|e| failed(e.to_string()))?;
    GPT::write_protective_mbr_into(file, SECTOR_BYTES).map_err(|e| failed(e.to_string()))?;
    // Some BIOSes boot from a disk only if one entry of its MBR is marked active. UEFI ignores it.
    file.seek(SeekFrom::Start(PROTECTIVE_STATUS)).and_then(|_| file.write_all(&[ACTIVE])).map_err(writing(path))
}

fn entry(plan: &Plan, partition: &Partition) -> Result<GPTPartitionEntry> {
    Ok(GPTPartitionEntry {
        partition_type_guid: on_disk(parse(partition.kind.guid())),
        unique_partition_guid: on_disk(plan.uuid(partition.name)),
        starting_lba: partition.start_bytes / SECTOR_BYTES,
        ending_lba: (partition.start_bytes + partition.size_bytes) / SECTOR_BYTES - 1,
        attribute_bits: 0,
        partition_name: partition.name.into(),
    })
}

fn parse(text: &str) -> [u8; 16] {
    let digits: Vec<u8> = text.bytes().filter_map(|c| (c as char).to_digit(16)).map(|d| d as u8).collect();
    let mut id = [0; 16];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    id
}

/// Of a GUID on disk the first three fields are little-endian (UEFI specification, appendix A).
fn on_disk(mut id: [u8; 16]) -> [u8; 16] {
    id[..4].reverse();
    id[4..6].reverse();
    id[6..8].reverse();
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::plan::uuid_text;
    use std::io::Read;
    use std::process::Command;

    /// Another implementation reads it back: util-linux, which every Debian has.
    #[test]
    fn sfdisk_reads_what_was_planned() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("disk");
        let plan = Plan::new("test");
        let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        file.set_len(plan.disk_bytes).unwrap();
        write(&path, &mut file, &plan).unwrap();

        let output = Command::new("/sbin/sfdisk").arg("--json").arg(&path).output().expect("apt install fdisk");
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let table = &said["partitiontable"];
        assert_eq!(table["label"], "gpt");
        let same = |value: &serde_json::Value, text: &str| value.as_str().unwrap().eq_ignore_ascii_case(text);
        assert!(same(&table["id"], &uuid_text(&plan.uuid(""))));
        for (found, wanted) in table["partitions"].as_array().unwrap().iter().zip(&plan.partitions) {
            assert_eq!(found["start"], wanted.start_bytes / 512);
            assert_eq!(found["size"], wanted.size_bytes / 512);
            assert_eq!(found["name"], wanted.name);
            assert!(same(&found["type"], wanted.kind.guid()), "{found}");
            assert!(same(&found["uuid"], &uuid_text(&plan.uuid(wanted.name))), "{found}");
        }
        let verify = Command::new("/sbin/sfdisk").arg("--verify").arg(&path).output().unwrap();
        assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stderr));
        let mut first = [0; 512];
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut first)).unwrap();
        assert_eq!((first[446], first[450], &first[510..]), (ACTIVE, 0xee, &[0x55, 0xaa][..]));
    }
}
