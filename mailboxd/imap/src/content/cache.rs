// SPDX-License-Identifier: AGPL-3.0-or-later
//! Envelopes and structures of messages seen lately, by digest, for all sessions.
//!
//! A message never changes, so an entry is never stale; a digest is only looked up for an item that the session may
//! read, so nothing leaks between mailboxes. The memory is bounded by a budget of octets, the least used goes first.

use super::structure::Structure;
use lru::LruCache;
use mailbox::Digest;
use parking_lot::Mutex;
use std::sync::Arc;

/// Octets that all entries together may take, about.
pub const CACHE_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Octets that an entry takes beyond its content (list and map).
const ENTRY_OVERHEAD_BYTES: usize = 160;

#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub envelope: Option<Arc<[u8]>>,
    pub structure: Option<Arc<Structure>>,
    /// Where the message's header section ends.
    pub header_end: Option<u64>,
}

impl Entry {
    fn weight(&self) -> usize {
        ENTRY_OVERHEAD_BYTES
            + self.envelope.as_ref().map_or(0, |e| e.len())
            + self.structure.as_ref().map_or(0, |s| s.weight())
    }
}

pub struct Cache {
    inner: Mutex<Inner>,
}

struct Inner {
    entries: LruCache<Digest, Entry>,
    bytes: usize,
}

impl Cache {
    pub fn new() -> Cache {
        Cache { inner: Mutex::new(Inner { entries: LruCache::unbounded(), bytes: 0 }) }
    }

    pub fn get(&self, digest: &Digest) -> Entry {
        self.inner.lock().entries.get(digest).cloned().unwrap_or_default()
    }

    /// Replaces what is known of the message.
    pub fn put(&self, digest: Digest, entry: Entry) {
        let mut inner = self.inner.lock();
        inner.bytes += entry.weight();
        if let Some(old) = inner.entries.put(digest, entry) {
            inner.bytes = inner.bytes.saturating_sub(old.weight());
        }
        while inner.bytes > CACHE_BYTES_MAX {
            let Some((_, old)) = inner.entries.pop_lru() else { break };
            inner.bytes = inner.bytes.saturating_sub(old.weight());
        }
    }
}

impl Default for Cache {
    fn default() -> Cache {
        Cache::new()
    }
}
