// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(dead_code, reason = "each test binary uses a part")]

use fs::{Fs, SimFs};
use ids::{Digest, ItemId, MailboxId, ModSeq};
use ph_blobs::{Blobs, Options, Result, Staged};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub const INLINE_MAX: usize = 1_000;
pub const LIMIT: u64 = 10 << 20;
pub const BOX: MailboxId = MailboxId(7);
pub const REV: ModSeq = ModSeq(1);

pub fn volume() -> &'static Path {
    Path::new("/store/main")
}

pub fn open(disk: &SimFs, compress: bool) -> Blobs {
    Blobs::open(Arc::new(disk.clone()), volume(), Options { compress, compress_above: 0, inline_max: INLINE_MAX })
        .unwrap()
}

pub fn stage(blobs: &Blobs, message: &[u8]) -> Result<Staged> {
    let mut staging = blobs.stage(LIMIT);
    for piece in message.chunks(700) {
        staging.write(piece)?;
    }
    staging.finish()
}

/// What the mailbox does with a message for one item.
pub fn deliver(blobs: &Blobs, message: &[u8], item: u32) -> Result<Staged> {
    let staged = stage(blobs, message)?;
    if let Some(stored) = &staged.inline {
        blobs.put(staged.digest, stored)?;
    }
    blobs.link(staged.digest, BOX, ItemId(item), REV)?;
    Ok(staged)
}

pub fn unlink(blobs: &Blobs, item: u32, digest: Digest) {
    blobs.unlink(BOX, ItemId(item), REV, digest).unwrap();
}

pub fn read(blobs: &Blobs, item: u32) -> Option<Vec<u8>> {
    match blobs.open_item(BOX, ItemId(item), REV) {
        Ok(mut blob) => Some(blob.read_all().unwrap().to_vec()),
        Err(error) if error.is_not_found() => None,
        Err(error) => panic!("{error}"),
    }
}

pub fn anchors(fs: &dyn Fs) -> Vec<PathBuf> {
    let shards = (0..=255u8).map(|shard| volume().join(format!("blob/{shard:02x}")));
    shards.flat_map(|dir| fs.read_dir(&dir).unwrap().into_iter().map(move |entry| dir.join(entry.name))).collect()
}

/// Text that compresses, different for each seed.
pub fn message(seed: u32, len: usize) -> Vec<u8> {
    let mut text = format!("Subject: {seed}\r\n\r\n").into_bytes();
    let mut state = seed;
    while text.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.extend_from_slice(format!("line {:x}\r\n", state >> 20).as_bytes());
    }
    text.truncate(len);
    text
}
