// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a power cut leaves, by seed.
//!
//! Per file, and once for all names, one of four fates: all unsynced changes arrived, none did, a prefix of them did
//! (the last torn), or each sector and each name on its own: kept, lost or, for bytes, garbled. A name that leads
//! through a directory which was lost is lost with it.

use super::disk::{Change, Disk, Node};
use crate::Rng;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

const SECTOR: u64 = 512;

pub(super) fn after_power_loss(disk: &Disk, seed: u64) -> Disk {
    let mut rng = Rng::new(seed);
    let names = names_left(disk, &mut rng);
    let mut left = Disk::new(disk.links_max);
    left.nodes = HashMap::new();
    left.next_inode = disk.next_inode;
    for inode in names.values() {
        if let Some(node) = left.nodes.get_mut(inode) {
            node.links += 1;
        } else if let Some(node) = disk.nodes.get(inode) {
            let bytes = torn(node, &mut rng);
            let node = Node { is_dir: node.is_dir, now: bytes.clone(), synced: bytes, links: 1, ..Node::default() };
            left.nodes.insert(*inode, node);
        }
    }
    left.names = names.clone();
    left.names_synced = names;
    left
}

fn names_left(disk: &Disk, rng: &mut Rng) -> BTreeMap<PathBuf, u64> {
    let mut names = disk.names_synced.clone();
    let pending = &disk.names_pending;
    let fate = rng.below(4);
    let prefix = rng.below(pending.len() as u64 + 1);
    for (at, change) in pending.iter().enumerate() {
        let kept = match fate {
            0 => true,
            1 => false,
            2 => (at as u64) < prefix,
            _ => rng.coin(),
        };
        if kept {
            change.apply(&mut names);
        }
    }
    let mut rooted = BTreeMap::new();
    for (path, inode) in names {
        // Parents come before their children in the map.
        let parent_is_dir = match path.parent() {
            None => true,
            Some(parent) => {
                rooted.get(parent).is_some_and(|inode| disk.nodes.get(inode).is_some_and(|node| node.is_dir))
            }
        };
        if parent_is_dir && disk.nodes.contains_key(&inode) {
            rooted.insert(path, inode);
        }
    }
    rooted
}

/// The bytes of a file of which the pending changes met their fate.
pub(super) fn torn(node: &Node, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = node.synced.clone();
    let fate = rng.below(4);
    let prefix = rng.below(node.pending.len() as u64 + 1);
    for (at, change) in node.pending.iter().enumerate() {
        match fate {
            0 => change.apply(&mut bytes),
            1 => {}
            2 if (at as u64) < prefix => change.apply(&mut bytes),
            2 if (at as u64) == prefix => tear(change, &mut bytes, rng),
            2 => {}
            _ => scatter(change, &mut bytes, rng),
        }
    }
    bytes
}

/// The first sectors of a write arrived, the rest did not.
fn tear(change: &Change, bytes: &mut Vec<u8>, rng: &mut Rng) {
    let Change::Write { offset, data } = change else { return };
    let end = offset + data.len() as u64;
    let sectors = end.div_ceil(SECTOR) - offset / SECTOR;
    let cut = ((offset / SECTOR + rng.below(sectors + 1)) * SECTOR).clamp(*offset, end);
    Change::Write { offset: *offset, data: data[..(cut - offset) as usize].to_vec() }.apply(bytes);
}

fn scatter(change: &Change, bytes: &mut Vec<u8>, rng: &mut Rng) {
    match change {
        Change::Len(_) => {
            if rng.coin() {
                change.apply(bytes);
            }
        }
        Change::Write { offset, data } => {
            let end = offset + data.len() as u64;
            let mut from = *offset;
            while from < end {
                let to = ((from / SECTOR + 1) * SECTOR).min(end);
                let mut sector = data[(from - offset) as usize..(to - offset) as usize].to_vec();
                match rng.below(8) {
                    0..4 => Change::Write { offset: from, data: sector }.apply(bytes),
                    4 => {
                        sector.iter_mut().for_each(|byte| *byte = rng.draw() as u8);
                        Change::Write { offset: from, data: sector }.apply(bytes);
                    }
                    _ => {}
                }
                from = to;
            }
        }
    }
}
