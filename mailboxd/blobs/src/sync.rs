// SPDX-License-Identifier: AGPL-3.0-or-later
//! Making a volume durable.
//!
//! When write-back fails, Linux reports it once and counts the pages as clean: the next sync succeeds and the bytes are
//! not there. So after a failure, each anchor that was written since the sync before last is written again, in place,
//! with the bytes that it has in memory if they still have its digest, before a sync counts.

use crate::layout::Anchor;
use crate::{Error, Inner, Result, frames};
use fs::Open;
use ids::Digest;
use std::io;
use std::sync::atomic::Ordering::Relaxed;

impl Inner {
    pub fn sync(&self) -> Result<()> {
        let _one = self.syncing.lock();
        if self.sync_failed.load(Relaxed) {
            self.write_again()?;
            self.sync_failed.store(false, Relaxed);
        }
        let begun: Vec<_> = self.shards.each().map(|mut shard| std::mem::take(&mut shard.recent)).collect();
        let outcome = self.volume.sync();
        for (mut shard, begun) in self.shards.each().zip(begun) {
            match outcome {
                Ok(()) => shard.older = begun,
                Err(_) => shard.recent.extend(begun),
            }
        }
        outcome.map_err(|source| {
            self.sync_failed.store(true, Relaxed);
            Error::Io { path: self.layout.root().to_path_buf(), source }
        })
    }

    fn write_again(&self) -> Result<()> {
        let held: Vec<Digest> = self
            .shards
            .each()
            .flat_map(|shard| shard.recent.union(&shard.older).copied().collect::<Vec<_>>())
            .collect();
        for digest in held {
            let mut shard = self.shards.lock(digest);
            for anchor in self.variants(digest)? {
                if self.content_is(anchor)? == Some(false) {
                    shard.suspect.insert(digest);
                    return Err(Error::Damaged { path: self.layout.anchor(anchor) });
                }
                self.rewrite(anchor).map_err(|source| Error::Io { path: self.layout.anchor(anchor), source })?;
            }
        }
        Ok(())
    }

    fn rewrite(&self, anchor: Anchor) -> io::Result<()> {
        let file = self.fs.open(&self.layout.anchor(anchor), Open::ReadWrite)?;
        let mut chunk = vec![0; frames::CHUNK];
        let mut at = 0;
        loop {
            let n = file.read_full_at(&mut chunk, at)?;
            if n == 0 {
                return file.sync_all();
            }
            file.write_all_at(&chunk[..n], at)?;
            at += n as u64;
        }
    }
}
