// SPDX-License-Identifier: AGPL-3.0-or-later
//! Room on the file systems that hold the state: the state directory and whatever is mounted below it. mailboxd refuses mail
//! before a disk is full (docs/admin/storage.md); this warns before that.

use super::{Item, Scene};
use crate::settings::Settings;
use nix::sys::statvfs::statvfs;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The directories that may be mounts of their own.
const PLACES: [&str; 9] = ["", "journal", "store", "metadata", "index", "mysql", "ldap", "postfix/spool", "log"];

pub fn look(scene: &Scene, settings: &Settings) -> Vec<Item> {
    let mut volumes: BTreeMap<u64, PathBuf> = BTreeMap::new();
    for place in places(&scene.state.path) {
        if let Ok(found) = std::fs::metadata(&place) {
            volumes.entry(found.dev()).or_insert(place);
        }
    }
    volumes.values().filter_map(|place| item(place, settings.alerts.disk_free_percent_min)).collect()
}

fn places(state: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = PLACES.iter().map(|place| state.join(place)).collect();
    let volumes = std::fs::read_dir(state.join("store")).into_iter().flatten().flatten();
    all.extend(volumes.map(|volume| volume.path()));
    all
}

fn item(place: &Path, free_percent_min: u64) -> Option<Item> {
    let name = format!("disk {}", place.display().to_string().trim_end_matches('/'));
    match statvfs(place) {
        Ok(found) => {
            let bytes = |blocks: u64| blocks.saturating_mul(found.fragment_size());
            // What root has kept for itself is not for mail.
            let (free, all) = (bytes(found.blocks_available()), bytes(found.blocks()));
            let inodes = percent(found.files_available(), found.files());
            let (is_well, text) = verdict(free, all, inodes, free_percent_min);
            Some(Item::new(name, is_well, text))
        }
        Err(error) => Some(Item::new(name, false, format!("can't be looked at: {error}"))),
    }
}

fn verdict(free: u64, all: u64, inodes_percent: u64, free_percent_min: u64) -> (bool, String) {
    let room = percent(free, all);
    let text = format!("{room} % of {} GiB free", all >> 30);
    if room < free_percent_min {
        return (false, format!("{text}; make room or enlarge it: mail is refused when it is full"));
    }
    if inodes_percent < free_percent_min {
        return (
            false,
            format!("only {inodes_percent} % of the inodes are free; there are too many small files on it"),
        );
    }
    (true, text)
}

/// Of nothing, all is free: some file systems have no fixed number of inodes.
fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 { 100 } else { u64::try_from(u128::from(part) * 100 / u128::from(whole)).unwrap_or(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_and_few_inodes_are_told() {
        assert!(verdict(20 << 30, 100 << 30, 100, 10).0);
        assert!(!verdict(9 << 30, 100 << 30, 100, 10).0);
        let (is_well, text) = verdict(50 << 30, 100 << 30, 3, 10);
        assert!(!is_well && text.contains("inodes"), "{text}");
        assert_eq!(percent(0, 0), 100);
    }

    #[test]
    fn a_file_system_is_named_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("store/main")).unwrap();
        let devices: Vec<u64> =
            places(dir.path()).iter().filter_map(|p| p.metadata().ok()).map(|found| found.dev()).collect();
        assert!(devices.len() >= 3);
        assert!(item(dir.path(), 0).unwrap().is_well && !item(dir.path(), 101).unwrap().is_well);
    }
}
