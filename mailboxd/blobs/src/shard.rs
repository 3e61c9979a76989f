// SPDX-License-Identifier: AGPL-3.0-or-later
//! The lock of a shard of digests, and what it knows of them in memory.

use crate::Inner;
use ids::Digest;
use parking_lot::{Mutex, MutexGuard};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub struct Shards(Vec<Mutex<Shard>>);

#[derive(Default)]
pub struct Shard {
    /// Spilled bodies that are staged, by owners.
    pins: HashMap<Digest, u32>,
    /// Staged, put or linked since the last sync began …
    pub recent: HashSet<Digest>,
    /// … and in the interval before.
    pub older: HashSet<Digest>,
    /// Anchors that were found not to have their digest.
    pub suspect: HashSet<Digest>,
}

impl Default for Shards {
    fn default() -> Shards {
        Shards((0..256).map(|_| Mutex::default()).collect())
    }
}

impl Shards {
    pub fn lock(&self, digest: Digest) -> MutexGuard<'_, Shard> {
        self.0[usize::from(digest.0[0])].lock()
    }

    pub fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.0.iter().map(Mutex::lock)
    }
}

impl Shard {
    /// A sweep leaves the digest alone until two syncs have passed.
    pub fn touch(&mut self, digest: Digest) {
        self.recent.insert(digest);
    }

    pub fn is_held(&self, digest: &Digest) -> bool {
        self.pins.contains_key(digest) || self.recent.contains(digest) || self.older.contains(digest)
    }
}

/// Holds an anchor until it is dropped.
pub struct Pin {
    inner: Arc<Inner>,
    digest: Digest,
}

impl Pin {
    pub fn new(inner: Arc<Inner>, digest: Digest) -> Pin {
        *inner.shards.lock(digest).pins.entry(digest).or_default() += 1;
        Pin { inner, digest }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut shard = self.inner.shards.lock(self.digest);
        if let Some(owners) = shard.pins.get_mut(&self.digest) {
            *owners -= 1;
            if *owners == 0 {
                shard.pins.remove(&self.digest);
            }
        }
    }
}
