// SPDX-License-Identifier: AGPL-3.0-or-later
//! How fast a target is written to, at most: whoever has spent its share sleeps.

use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// What may be spent at once after a pause.
const BURST: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(crate) struct Pace {
    bytes_per_second: Option<u64>,
    /// Until when what was written so far keeps the line busy.
    busy_until: Mutex<Instant>,
}

impl Pace {
    pub fn new(bytes_per_second: Option<u64>) -> Pace {
        Pace { bytes_per_second, busy_until: Mutex::new(Instant::now()) }
    }

    pub fn spend(&self, bytes: u64) {
        let Some(rate) = self.bytes_per_second.filter(|rate| *rate > 0) else { return };
        let cost = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let wait = {
            let mut busy_until = self.busy_until.lock();
            let now = Instant::now();
            *busy_until = (*busy_until).max(now) + cost;
            busy_until.saturating_duration_since(now).saturating_sub(BURST)
        };
        std::thread::sleep(wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_megabyte_at_two_a_second_takes_its_time() {
        let pace = Pace::new(Some(2 << 20));
        let begun = Instant::now();
        (0..16).for_each(|_| pace.spend(64 << 10));
        assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
        let begun = Instant::now();
        Pace::new(None).spend(1 << 40);
        assert!(begun.elapsed() < Duration::from_millis(100));
    }
}
