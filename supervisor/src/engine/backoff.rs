// SPDX-License-Identifier: AGPL-3.0-or-later
//! How long to wait before a component that ended is started again: doubling, with jitter, forgotten after a good run.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const MAX: Duration = Duration::from_secs(15);
/// A run at least this long after it was ready counts as good.
const GOOD_RUN: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// `served`: how long it was ready; None if it never was. `random`: from 0 to 1, spreads what would happen at once.
    pub fn after(&mut self, served: Option<Duration>, random: f64) -> Duration {
        if served.is_some_and(|served| served >= GOOD_RUN) {
            self.failures = 0;
        }
        let full = MAX.min(FIRST * 2u32.pow(self.failures.min(16)));
        self.failures += 1;
        full.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_a_limit_and_start_anew_after_a_good_run() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..9).map(|_| backoff.after(None, 1.0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12800, 15000]);
        assert_eq!(backoff.after(Some(Duration::from_secs(1)), 0.0).as_millis(), 7500);
        assert_eq!(backoff.after(Some(GOOD_RUN), 0.0).as_millis(), 50);
    }
}
