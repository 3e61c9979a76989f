// SPDX-License-Identifier: AGPL-3.0-or-later
//! Wrong passwords an account had lately, from wherever; in memory of this process. Only accounts that exist are counted.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::{Duration, Instant};

const ENTRIES_MAX: usize = 50_000;

#[derive(Default)]
pub struct Lockout(Mutex<HashMap<String, Vec<Instant>>>);

impl Lockout {
    /// How many there were in the last `lifetime`, this one included.
    pub fn failed(&self, id: &str, lifetime: Duration, now: Instant) -> u64 {
        let mut map = self.0.lock();
        if map.len() >= ENTRIES_MAX && !map.contains_key(id) {
            map.clear();
        }
        let times = map.entry(id.to_owned()).or_default();
        times.retain(|time| now.duration_since(*time) < lifetime);
        times.push(now);
        times.len() as u64
    }

    pub fn succeeded(&self, id: &str) {
        self.0.lock().remove(id);
    }
}
