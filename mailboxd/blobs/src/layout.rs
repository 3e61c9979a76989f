// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where files are. Names only.

use fs::{Entry, Fs, create_dir_synced};
use ids::{Digest, ItemId, MailboxId, ModSeq};
use std::io;
use std::path::{Path, PathBuf};

const ZST: &str = ".zst";
const EML: &str = ".eml";

pub struct Layout {
    root: PathBuf,
    compress: bool,
}

/// An anchor's file name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    pub digest: Digest,
    pub zst: bool,
    /// 1, or 2 and up for what `EMLINK` made necessary.
    pub number: u32,
}

impl Layout {
    pub fn new(root: &Path, compress: bool) -> Layout {
        Layout { root: root.to_path_buf(), compress }
    }

    pub fn create(&self, fs: &dyn Fs) -> io::Result<()> {
        for dir in [self.root.join("blob"), self.mailboxes(), self.temporary()] {
            create_dir_synced(fs, &dir)?;
        }
        // All shards at once: then a spilled body needs no sync but that of its own directory.
        let blob = self.root.join("blob");
        if fs.read_dir(&blob)?.len() < 256 {
            for shard in 0..=255 {
                fs.create_dir_all(&self.shard(shard))?;
            }
            fs.sync_dir(&blob)?;
        }
        Ok(())
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub fn mailboxes(&self) -> PathBuf {
        self.root.join("mailbox")
    }

    pub fn mailbox(&self, mailbox: MailboxId) -> PathBuf {
        self.root.join(format!("mailbox/{mailbox}"))
    }

    pub fn shard(&self, shard: u8) -> PathBuf {
        self.root.join(format!("blob/{shard:02x}"))
    }

    pub fn anchor(&self, anchor: Anchor) -> PathBuf {
        // By hand: this is on the path of each message, and sixty-four calls of `format!` cost more than a system call.
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut name = String::with_capacity(80);
        name.push_str("blob/");
        let digits =
            anchor.digest.0.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|n| HEX[usize::from(n)] as char);
        name.extend(digits.clone().take(2));
        name.push('/');
        name.extend(digits);
        if anchor.number > 1 {
            name.push_str(&format!(".{}", anchor.number));
        }
        if anchor.zst {
            name.push_str(ZST);
        }
        self.root.join(name)
    }

    pub fn item(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq, zst: bool) -> PathBuf {
        self.root.join(format!("mailbox/{mailbox}/{item}-{revision}{EML}{}", if zst { ZST } else { "" }))
    }

    /// Compressed or not, the more likely first.
    pub fn forms(&self) -> [bool; 2] {
        [self.compress, !self.compress]
    }
}

pub fn parse_anchor(entry: &Entry) -> Option<Anchor> {
    let name = entry.name.to_str()?;
    let (name, zst) = name.strip_suffix(ZST).map_or((name, false), |name| (name, true));
    let (hex, number) = match name.split_once('.') {
        None => (name, 1),
        Some((hex, number)) => (hex, number.parse().ok().filter(|number| *number > 1)?),
    };
    Some(Anchor { digest: Digest::from_hex(hex)?, zst, number })
}

pub fn parse_item(entry: &Entry) -> Option<(ItemId, ModSeq)> {
    let name = entry.name.to_str()?;
    let (item, revision) = name.strip_suffix(ZST).unwrap_or(name).strip_suffix(EML)?.split_once('-')?;
    Some((ItemId(item.parse().ok()?), ModSeq(revision.parse().ok()?)))
}
