// SPDX-License-Identifier: AGPL-3.0-or-later
//! The image that runs: its slot, its release, its partitions. The initrd left the name of its disk.

use crate::upgrade::error::{Error, Result};
use crate::upgrade::medium::Files;
use crate::upgrade::record::Release;
use crate::upgrade::slotstate::Slot;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

const RELEASE: &str = "/usr/share/posthouse/release.json";
const DISK: &str = "/run/posthouse-disk";
const ESP: &str = "/efi";
const LOCK: &str = "/run/posthouse-upgrade.lock";

/// What the kernel was told by the selector.
pub fn booted() -> Result<Slot> {
    let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
    booted_in(&line).ok_or(Error::NotTheImage)
}

fn booted_in(line: &str) -> Option<Slot> {
    line.split_whitespace().find_map(|word| word.strip_prefix("posthouse.slot=")).and_then(Slot::parse)
}

pub fn release() -> Result<Release> {
    let bytes = std::fs::read(RELEASE).map_err(|_| Error::NotTheImage)?;
    serde_json::from_slice(&bytes).map_err(|_| Error::NotTheImage)
}

/// The source that the image was built with.
pub fn built_source() -> Option<String> {
    let about: serde_json::Value = serde_json::from_slice(&std::fs::read(RELEASE).ok()?).ok()?;
    about["source"].as_str().map(str::to_owned)
}

/// The ESP, mounted as long as this lives: a machine that stops meanwhile should not find it open.
pub struct Mounted {
    pub files: Files,
    _lock: File,
}

pub fn mount() -> Result<Mounted> {
    // Decisions are read, changed and written: one at a time.
    let lock_failed = |source| Error::Write { path: LOCK.into(), source };
    let lock = File::create(LOCK).map_err(lock_failed)?;
    lock.lock().map_err(lock_failed)?;
    let disk = std::fs::read_to_string(DISK).map_err(|_| Error::NotTheImage)?;
    let part = |name| partition(Path::new("/sys/class/block"), disk.trim(), name);
    let esp = part("ph-esp")?;
    let mut mount = Command::new("mount");
    mount.args(["-t", "vfat", "-o", "rw,noatime,nodev,nosuid,noexec,umask=0077"]).arg(&esp).arg(ESP);
    let output = mount.output().map_err(|e| Error::Mount(e.to_string()))?;
    if !output.status.success() {
        return Err(Error::Mount(String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ")));
    }
    let state = |name: &str| Path::new(ESP).join("posthouse").join(name);
    let files = Files {
        states: [state("state0.env"), state("state1.env")],
        tries: state("tries.env"),
        boot: Default::default(),
        root: Default::default(),
    };
    // From here on dropping it unmounts.
    let mut mounted = Mounted { files, _lock: lock };
    mounted.files.boot = [part("ph-boot-a")?, part("ph-boot-b")?];
    mounted.files.root = [part("ph-root-a")?, part("ph-root-b")?];
    Ok(mounted)
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Everything was synced when it was written.
        let _ = Command::new("umount").arg(ESP).status();
    }
}

/// On this disk: another one may have the same names.
fn partition(blocks: &Path, disk: &str, name: &str) -> Result<PathBuf> {
    let dir = blocks.join(disk);
    let wanted = format!("PARTNAME={name}");
    let has_name = |path: &Path| {
        let said = std::fs::read_to_string(path.join("uevent")).unwrap_or_default();
        said.lines().any(|line| line == wanted)
    };
    let read = |source| Error::Read { path: dir.clone(), source };
    for entry in std::fs::read_dir(&dir).map_err(read)?.flatten() {
        if has_name(&entry.path()) {
            return Ok(Path::new("/dev").join(entry.file_name()));
        }
    }
    Err(Error::Read { path: dir.join(name), source: std::io::ErrorKind::NotFound.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slot_is_on_the_kernels_command_line() {
        assert_eq!(booted_in("root=/dev/x posthouse.slot=B quiet"), Some(Slot::B));
        assert_eq!(booted_in("root=/dev/x posthouse.slot=C"), None);
        assert_eq!(booted_in("root=/dev/x"), None);
    }

    #[test]
    fn a_partition_is_found_on_its_disk_only() {
        let dir = tempfile::tempdir().unwrap();
        for (disk, part, name) in
            [("vda", "vda1", "ph-bios"), ("vda", "vda3", "ph-boot-a"), ("vdb", "vdb1", "ph-root-a")]
        {
            let path = dir.path().join(disk).join(part);
            std::fs::create_dir_all(&path).unwrap();
            std::fs::write(path.join("uevent"), format!("DEVNAME={part}\nPARTNAME={name}\n")).unwrap();
        }
        assert_eq!(partition(dir.path(), "vda", "ph-boot-a").unwrap(), Path::new("/dev/vda3"));
        assert!(partition(dir.path(), "vda", "ph-root-a").is_err());
    }
}
