// SPDX-License-Identifier: AGPL-3.0-or-later
//! Makes sending idempotent: a client that repeats a `suid` gets the first answer, also while the first still runs.

use crate::element::Element;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an answer is kept.
const KEEP: Duration = Duration::from_secs(3600);
const SENDS_MAX: usize = 10_000;
pub const SUID_BYTES_MAX: usize = 256;

/// Locked while the send runs; holds the answer once it succeeded.
pub type Slot = Arc<tokio::sync::Mutex<Option<Element>>>;

#[derive(Default)]
pub struct RecentSends(Mutex<HashMap<(String, String), (Instant, Slot)>>);

impl RecentSends {
    /// The slot of this account's `suid`.
    pub fn slot(&self, account: &str, suid: &str) -> Slot {
        let mut slots = self.0.lock();
        if slots.len() >= SENDS_MAX {
            slots.retain(|_, (since, _)| since.elapsed() < KEEP);
        }
        if slots.len() >= SENDS_MAX {
            // Everything is recent: forget the oldest half rather than grow.
            let mut ages: Vec<Instant> = slots.values().map(|(since, _)| *since).collect();
            ages.sort_unstable();
            let middle = ages[ages.len() / 2];
            slots.retain(|_, (since, _)| *since > middle);
        }
        let key = (account.to_owned(), suid.to_owned());
        slots.entry(key).or_insert_with(|| (Instant::now(), Slot::default())).1.clone()
    }
}
