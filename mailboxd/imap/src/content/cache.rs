// SPDX-License-Identifier: AGPL-3.0-or-later
//! Envelopes, structures and header sections of messages seen lately, by digest, for all sessions; and which message has which
//! digest, so that a page of a list that somebody has seen needs neither rows nor files.
//!
//! A message never changes, so an entry is never stale; a digest is only looked up for an item that the session may
//! read, so nothing leaks between mailboxes. The memory is bounded by a budget of octets, the least used goes first.

use super::structure::Structure;
use lru::LruCache;
use mailbox::{Digest, ItemId, MailboxId, Uid};
use parking_lot::Mutex;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Octets that all entries together may take, about.
pub const CACHE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Octets of a header section that is kept.
pub const HEADER_BYTES_MAX: usize = 8 * 1024;
/// Messages whose digest is remembered; 100 octets each.
const FACTS_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(39_999);
/// Octets that an entry takes beyond its content (list and map).
const ENTRY_OVERHEAD_BYTES: usize = 160;

#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub envelope: Option<Arc<[u8]>>,
    pub structure: Option<Arc<Structure>>,
    /// Where the message's header section ends.
    pub header_end: Option<u64>,
    /// The header section, if it is no longer than [`HEADER_BYTES_MAX`].
    pub header: Option<Arc<[u8]>>,
}

/// A message in its own folder: with this UID it has this content, for ever.
pub type Place = (MailboxId, ItemId, Uid);

/// What a row says that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub digest: Digest,
    pub date_ms: i64,
    pub size: u64,
}

impl Entry {
    fn weight(&self) -> usize {
        ENTRY_OVERHEAD_BYTES
            + self.envelope.as_ref().map_or(0, |e| e.len())
            + self.structure.as_ref().map_or(0, |s| s.weight())
            + self.header.as_ref().map_or(0, |h| h.len())
    }
}

pub struct Cache {
    inner: Mutex<Inner>,
    facts: Mutex<LruCache<Place, Facts>>,
}

struct Inner {
    entries: LruCache<Digest, Entry>,
    bytes: usize,
}

impl Cache {
    pub fn new() -> Cache {
        let inner = Mutex::new(Inner { entries: LruCache::unbounded(), bytes: 0 });
        Cache { inner, facts: Mutex::new(LruCache::new(FACTS_MAX)) }
    }

    pub fn get(&self, digest: &Digest) -> Entry {
        self.inner.lock().entries.get(digest).cloned().unwrap_or_default()
    }

    /// Of messages that the session may read.
    pub fn facts(&self, places: impl Iterator<Item = Place>) -> Vec<Option<Facts>> {
        let mut facts = self.facts.lock();
        places.map(|place| facts.get(&place).copied()).collect()
    }

    pub fn learn(&self, place: Place, facts: Facts) {
        self.facts.lock().put(place, facts);
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
