// SPDX-License-Identifier: AGPL-3.0-or-later
//! What lies where on the disk.
//!
//! **Nothing here may change once an image was shipped**: an upgrade writes into the slots that are there, and can't make them
//! larger. So slots have four times the room that they need today, and the one partition that grows is the last.

use sha2::{Digest, Sha256};

pub const SECTOR_BYTES: u64 = 512;
pub const MIB: u64 = 1 << 20;
/// Every partition begins at a multiple of it: pages of flash, stripes, and blocks of hypervisors are no larger.
const ALIGN_BYTES: u64 = MIB;

/// UEFI specification 2.10, §5.3.3: what may be found in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GRUB's second stage for BIOS, without a file system.
    BiosBoot,
    Esp,
    /// "Linux file system data" for all the rest: systemd mounts partitions of more telling types by itself, ours too.
    Linux,
}

impl Kind {
    pub fn guid(self) -> &'static str {
        match self {
            Kind::BiosBoot => "21686148-6449-6E6F-744E-656564454649",
            Kind::Esp => "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
            Kind::Linux => "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Counted from 1, as GRUB and the kernel do.
    pub number: u32,
    pub name: &'static str,
    pub kind: Kind,
    pub start_bytes: u64,
    pub size_bytes: u64,
}

pub const BIOS: &str = "ph-bios";
pub const ESP: &str = "ph-esp";
pub const BOOT_A: &str = "ph-boot-a";
pub const ROOT_A: &str = "ph-root-a";
pub const BOOT_B: &str = "ph-boot-b";
pub const ROOT_B: &str = "ph-root-b";
pub const DATA: &str = "ph-data";
pub const STORE: &str = "ph-store";

/// Sizes in MiB. The store's is what it has until the first boot gives it the rest of the disk.
const TABLE: [(&str, Kind, u64); 8] = [
    (BIOS, Kind::BiosBoot, 1),
    (ESP, Kind::Esp, 128),
    (BOOT_A, Kind::Linux, 256),
    (ROOT_A, Kind::Linux, 2048),
    (BOOT_B, Kind::Linux, 256),
    (ROOT_B, Kind::Linux, 2048),
    (DATA, Kind::Linux, 8192),
    (STORE, Kind::Linux, 4096),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub partitions: Vec<Partition>,
    pub disk_bytes: u64,
    seed: String,
}

impl Plan {
    /// `seed`: the same one gives the same identifiers, and so the same bytes.
    pub fn new(seed: &str) -> Plan {
        let mut next = ALIGN_BYTES;
        let partitions = (1..)
            .zip(TABLE)
            .map(|(number, (name, kind, mib))| {
                let start_bytes = next;
                next += mib * MIB;
                Partition { number, name, kind, start_bytes, size_bytes: mib * MIB }
            })
            .collect();
        // The second copy of the table is at the end.
        Plan { partitions, disk_bytes: next + ALIGN_BYTES, seed: seed.to_owned() }
    }

    /// One of the names above.
    #[expect(clippy::expect_used, reason = "the table has every name above; a test goes through them")]
    pub fn partition(&self, name: &str) -> &Partition {
        self.partitions.iter().find(|partition| partition.name == name).expect("no such partition in the plan")
    }

    /// Of the disk (an empty name), a partition or a file system.
    pub fn uuid(&self, name: &str) -> [u8; 16] {
        uuid(&format!("{} {name}", self.seed))
    }
}

/// RFC 9562 §5.8: version 8, whose bits are ours to choose; here from a digest.
pub fn uuid(text: &str) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(text)[..16]);
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    id
}

/// 8-4-4-4-12.
pub fn uuid_text(id: &[u8; 16]) -> String {
    let hex = crate::hex(id);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_aligned_and_touch_each_other_and_the_growing_one_is_last() {
        let plan = Plan::new("x");
        let mut end = ALIGN_BYTES;
        for partition in &plan.partitions {
            assert_eq!((partition.start_bytes, partition.start_bytes % ALIGN_BYTES), (end, 0), "{partition:?}");
            end += partition.size_bytes;
        }
        assert_eq!(plan.disk_bytes, end + ALIGN_BYTES);
        assert_eq!(plan.partitions.last().unwrap().name, STORE);
        for name in [BIOS, ESP, BOOT_A, ROOT_A, BOOT_B, ROOT_B, DATA, STORE] {
            assert_eq!(plan.partition(name).name, name);
        }
    }

    /// Shipped disks have these slots for ever.
    #[test]
    fn the_layout_is_the_shipped_one() {
        let plan = Plan::new("x");
        let starts: Vec<u64> = plan.partitions.iter().map(|partition| partition.start_bytes / MIB).collect();
        assert_eq!(starts, [1, 2, 130, 386, 2434, 2690, 4738, 12930]);
        assert_eq!(plan.disk_bytes / MIB, 17_027);
    }

    #[test]
    fn both_slots_have_the_same_room() {
        let plan = Plan::new("x");
        assert_eq!(plan.partition(BOOT_A).size_bytes, plan.partition(BOOT_B).size_bytes);
        assert_eq!(plan.partition(ROOT_A).size_bytes, plan.partition(ROOT_B).size_bytes);
    }

    #[test]
    fn identifiers_come_from_the_seed() {
        let (one, two) = (Plan::new("1"), Plan::new("2"));
        assert_eq!(one.uuid(DATA), Plan::new("1").uuid(DATA));
        assert_ne!(one.uuid(DATA), two.uuid(DATA));
        assert_ne!(one.uuid(DATA), one.uuid(STORE));
        let text = uuid_text(&one.uuid(DATA));
        assert_eq!((text.len(), text.as_bytes()[14]), (36, b'8'));
    }
}
