// SPDX-License-Identifier: AGPL-3.0-or-later
//! A disk of its own for message files. Only one with nothing on it is taken: no table of partitions, no file system, nothing
//! that blkid(8) knows. The initrd finds it by the identifier in `system/store-disk`, moves what the system's own volume has, and
//! mounts it (rootfs-overlay/usr/share/initramfs-tools/scripts/local-bottom/posthouse).

use crate::engine::command;
use crate::state::{StateDir, write_mode};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::Value;

const FILE: &str = "system/store-disk";
const MOUNT_POINT: &str = "store/main";
const LABEL: &str = "ph-store-disk";
/// Whatever is on the volume that it takes the place of.
const BYTES_MIN: u64 = 4 << 30;
/// An eighth of the messages that move to it: for what its file system needs, and for what comes until the restart.
const ROOM_OF: u64 = 8;
/// Left for mail when they are on it.
const RESERVE_BYTES: u64 = 1 << 30;
/// As image/src/disk/volume.rs makes the system's own.
const OPTIONS: &[&str] = &[
    "-m",
    "1",
    "-i",
    "10240",
    "-I",
    "256",
    "-J",
    "size=128",
    "-O",
    "dir_index,large_dir,metadata_csum,64bit,extra_isize",
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disk {
    pub path: String,
    pub bytes: u64,
    pub model: String,
}

/// Blocks.
pub fn empty_ones() -> Vec<Disk> {
    let words = ["--json", "--bytes", "--tree", "--output", "PATH,TYPE,SIZE,MODEL,RO,FSTYPE,PTTYPE,MOUNTPOINTS"];
    let listed = command("lsblk", &words, None, None).unwrap_or_default();
    in_answer(&serde_json::from_slice(&listed).unwrap_or_default())
}

fn in_answer(said: &Value) -> Vec<Disk> {
    let is_empty = |disk: &&Value| {
        disk["type"] == "disk"
            && disk["ro"] != true
            && disk["fstype"].is_null()
            && disk["pttype"].is_null()
            && disk["children"].as_array().is_none_or(Vec::is_empty)
            && disk["size"].as_u64().is_some_and(|bytes| bytes >= BYTES_MIN)
    };
    let disks = said["blockdevices"].as_array().into_iter().flatten().filter(is_empty);
    let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
    disks
        .map(|disk| Disk {
            path: text(&disk["path"]),
            bytes: disk["size"].as_u64().unwrap_or_default(),
            model: text(&disk["model"]),
        })
        .collect()
}

/// What the messages of this machine take so far.
pub fn used_bytes(state: &StateDir) -> u64 {
    let volume = nix::sys::statvfs::statvfs(&state.path.join(MOUNT_POINT));
    volume
        .map_or(0, |volume| volume.blocks().saturating_sub(volume.blocks_free()).saturating_mul(volume.fragment_size()))
}

/// How large a disk must be for them: one on which they have no room would keep the machine from starting.
pub fn bytes_min(used: u64) -> u64 {
    BYTES_MIN.max(used + used / ROOM_OF + RESERVE_BYTES)
}

/// Makes the file system, once, and names it for the next start of the machine.
pub fn prepare(state: &StateDir, disk: &str) -> Result<String> {
    let file = state.path.join(FILE);
    if file.exists() {
        return Ok("a disk is prepared already".to_owned());
    }
    // Of a try that was cut off before it was named.
    let found = |name: &str| {
        let said = command("blkid", &["-p", "-o", "value", "-s", name, disk], None, None).unwrap_or_default();
        String::from_utf8_lossy(&said).trim().to_owned()
    };
    if found("LABEL") != LABEL {
        let empty = empty_ones().into_iter().find(|empty| empty.path == disk);
        let Some(empty) = empty else { bail!("{disk} is not empty: nothing on it was touched") };
        check_room(&empty, used_bytes(state))?;
        let owner = std::fs::metadata(state.path.join(MOUNT_POINT)).context(MOUNT_POINT)?;
        let (uid, gid) = (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
        let extended = format!("root_owner={uid}:{gid}");
        // -F: a whole disk, not a partition.
        let words = [&["-q", "-F", "-t", "ext4", "-L", LABEL, "-E", &extended], OPTIONS, &[disk]].concat();
        command("mke2fs", &words, None, None)?;
    }
    let uuid = found("UUID");
    if uuid.is_empty() {
        bail!("{disk} has no identifier after it was prepared: the disk is failing");
    }
    write_mode(&file, &format!("{uuid}\n"), 0o644, None)?;
    Ok(format!("{disk} has a file system; messages are on it from the next start on"))
}

fn check_room(disk: &Disk, used: u64) -> Result<()> {
    let need = bytes_min(used);
    if disk.bytes < need {
        bail!(
            "{} has {} MiB, and the mail that is there needs {} MiB",
            disk.path,
            disk.bytes >> 20,
            need.div_ceil(1 << 20)
        );
    }
    Ok(())
}

/// Named, and not there yet.
pub fn is_to_be_mounted(state: &StateDir) -> bool {
    let Ok(wanted) = std::fs::read_to_string(state.path.join(FILE)) else { return false };
    let point = state.path.join(MOUNT_POINT).display().to_string();
    let said = command("findmnt", &["--noheadings", "--output", "UUID", "--mountpoint", &point], None, None);
    said.map_or(true, |said| String::from_utf8_lossy(&said).trim() != wanted.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_disk_with_nothing_on_it_is_offered() {
        let disk = |path: &str, change: Value| {
            let mut disk = json!({"path": path, "type": "disk", "size": 8u64 << 30, "model": " QEMU ", "ro": false,
                "fstype": null, "pttype": null, "mountpoints": [null]});
            disk.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            disk
        };
        let said = json!({"blockdevices": [
            disk("/dev/vda", json!({"pttype": "gpt", "children": [{"path": "/dev/vda1"}]})),
            disk("/dev/vdb", json!({})),
            disk("/dev/vdc", json!({"fstype": "ext4"})),
            disk("/dev/vdd", json!({"size": 1u64 << 30})),
            disk("/dev/vde", json!({"ro": true})),
            disk("/dev/vdf", json!({"children": [{"path": "/dev/mapper/x"}]})),
            disk("/dev/sr0", json!({"type": "rom"})),
            disk("/dev/vdg", json!({"pttype": "dos"})),
        ]});
        let found = in_answer(&said);
        assert_eq!(found, [Disk { path: "/dev/vdb".into(), bytes: 8 << 30, model: "QEMU".into() }]);
        assert!(in_answer(&Value::Null).is_empty());
    }

    #[test]
    fn a_disk_has_room_for_the_mail_that_is_there() {
        let disk = |bytes: u64| Disk { path: "/dev/vdb".into(), bytes, model: String::new() };
        check_room(&disk(4 << 30), 0).unwrap();
        check_room(&disk(10 << 30), 8 << 30).unwrap();
        let error = check_room(&disk((10 << 30) - 1), 8 << 30).unwrap_err().to_string();
        assert!(error.contains("has 10239 MiB") && error.contains("needs 10240 MiB"), "{error}");
        // Of the volume that this lies on: there is something on it.
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        assert_eq!(used_bytes(&state), 0);
        std::fs::create_dir_all(dir.path().join(MOUNT_POINT)).unwrap();
        assert!(used_bytes(&state) > 0);
    }

    /// Files are no disks: whatever is on one, it is refused.
    #[test]
    fn what_is_no_empty_disk_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        std::fs::create_dir_all(dir.path().join(MOUNT_POINT)).unwrap();
        let disk = dir.path().join("disk");
        std::fs::write(&disk, "somebody's").unwrap();
        let error = prepare(&state, disk.to_str().unwrap()).unwrap_err().to_string();
        assert!(error.contains("nothing on it was touched"), "{error}");
        assert_eq!(std::fs::read_to_string(&disk).unwrap(), "somebody's");
        assert!(!dir.path().join(FILE).exists() && !is_to_be_mounted(&state));
    }
}
