// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts and other entries in memory, by address, id and name.
//!
//! What is fresh is used unasked. What is not fresh any more stays for a while: deliveries use it when the directory does not
//! answer. A reader that was slow never puts back what a change has made old: it hands in the generation it started from, and
//! each change begins a new one.

use crate::Account;
use crate::entry::Entry;
use lru::LruCache;
use parking_lot::Mutex;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Entries (an account counts once for every address under which it was asked for); the one unused for longest goes first.
const ENTRIES_MAX: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();
/// How long an entry of a shared directory is used unasked: somebody else may have changed it.
const FRESH: Duration = Duration::from_secs(300);
/// For so long mail is delivered to an account that was seen, though the directory is away.
const STALE_MAX: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone)]
pub enum Known {
    /// An account or a resource, with what it inherits.
    Account(Arc<Account>),
    /// Of any other kind, as it is kept.
    Entry(Arc<Entry>),
}

pub struct Cache {
    state: Mutex<State>,
    is_shared: bool,
}

struct State {
    generation: u64,
    /// What was put in before the last expiry is not fresh.
    epoch: u64,
    slots: LruCache<String, Slot>,
}

struct Slot {
    value: Known,
    epoch: u64,
    since: Instant,
}

pub struct Looked {
    pub fresh: Option<Known>,
    pub stale: Option<Known>,
    pub generation: u64,
}

impl Cache {
    /// Entries that only we change stay fresh.
    pub fn new(is_shared: bool) -> Cache {
        Cache { state: Mutex::new(State { generation: 0, epoch: 0, slots: LruCache::new(ENTRIES_MAX) }), is_shared }
    }

    pub fn look(&self, key: &str, now: Instant) -> Looked {
        let mut state = self.state.lock();
        let (generation, epoch) = (state.generation, state.epoch);
        let mut looked = Looked { fresh: None, stale: None, generation };
        if let Some(slot) = state.slots.get(key) {
            let age = now.duration_since(slot.since);
            if slot.epoch == epoch && (!self.is_shared || age < FRESH) {
                looked.fresh = Some(slot.value.clone());
            } else if age < STALE_MAX {
                looked.stale = Some(slot.value.clone());
            }
        }
        looked
    }

    pub fn insert(&self, generation: u64, key: &str, value: Known, now: Instant) {
        let mut state = self.state.lock();
        if state.generation == generation {
            let epoch = state.epoch;
            state.slots.put(key.to_owned(), Slot { value, epoch, since: now });
        }
    }

    /// These are gone or changed. The generation before and the one that begins.
    pub fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> (u64, u64) {
        let mut state = self.state.lock();
        let before = state.generation;
        state.generation += 1;
        for key in keys {
            state.slots.pop(key);
        }
        (before, before + 1)
    }

    /// What is known now of these, unless another change came since `generation` began: then it may be older.
    pub fn remember(&self, generation: u64, values: Vec<(String, Known)>, now: Instant) {
        let mut state = self.state.lock();
        if state.generation == generation {
            let epoch = state.epoch;
            for (key, value) in values {
                state.slots.put(key, Slot { value, epoch, since: now });
            }
        }
    }

    pub fn generation(&self) -> u64 {
        self.state.lock().generation
    }

    /// Everything is to be asked for again.
    pub fn expire(&self) {
        let mut state = self.state.lock();
        state.generation += 1;
        state.epoch += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::Attrs;
    use crate::entry::Kind;

    fn value() -> Known {
        Known::Entry(Arc::new(Entry::new(Kind::Cos, "c", Attrs::new())))
    }

    #[test]
    fn a_slow_reader_puts_nothing_old_back() {
        let (cache, now) = (Cache::new(false), Instant::now());
        let old = cache.look("a@b", now).generation;
        cache.forget(["a@b"]);
        cache.insert(old, "a@b", value(), now);
        assert!(cache.look("a@b", now).fresh.is_none());
        cache.insert(cache.look("a@b", now).generation, "a@b", value(), now);
        assert!(cache.look("a@b", now).fresh.is_some());
    }

    #[test]
    fn what_is_shared_ages_and_what_expired_is_stale_for_a_while() {
        let now = Instant::now();
        for (is_shared, fresh_later) in [(true, false), (false, true)] {
            let cache = Cache::new(is_shared);
            cache.insert(0, "k", value(), now);
            assert_eq!(cache.look("k", now + FRESH).fresh.is_some(), fresh_later);
            cache.expire();
            let looked = cache.look("k", now);
            assert!(looked.fresh.is_none() && looked.stale.is_some());
            assert!(cache.look("k", now + STALE_MAX).stale.is_none());
        }
    }
}
