// SPDX-License-Identifier: AGPL-3.0-or-later
//! How often somebody may do something: so many in a minute, saved up for a minute at most (a token bucket each).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
/// Of whom it is remembered at once. When there are more, those who have saved up everything are forgotten first.
const KNOWN_MAX: usize = 10_000;

#[derive(Debug)]
pub struct Rates<Key = IpAddr>(HashMap<Key, Bucket>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// What may be done at once.
    saved: f64,
    since: Instant,
}

impl<Key> Default for Rates<Key> {
    fn default() -> Rates<Key> {
        Rates(HashMap::new())
    }
}

impl<Key: Hash + Eq> Rates<Key> {
    /// False: too often.
    pub fn take(&mut self, who: Key, per_minute: u32, now: Instant) -> bool {
        let most = f64::from(per_minute);
        let refill = |bucket: &Bucket| {
            let minutes = now.saturating_duration_since(bucket.since).as_secs_f64() / MINUTE.as_secs_f64();
            (bucket.saved + minutes * most).min(most)
        };
        if self.0.len() >= KNOWN_MAX && !self.0.contains_key(&who) {
            self.0.retain(|_, bucket| refill(bucket) < most);
            // A crowd that has come within a minute: all begin anew.
            if self.0.len() >= KNOWN_MAX {
                self.0.clear();
            }
        }
        let bucket = self.0.entry(who).or_insert(Bucket { saved: most, since: now });
        *bucket = Bucket { saved: refill(bucket), since: now };
        let may = bucket.saved >= 1.0;
        if may {
            bucket.saved -= 1.0;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute() {
        let mut rates = Rates::default();
        let now = Instant::now();
        let taken = |rates: &mut Rates<u32>, who, now| (0..100).filter(|_| rates.take(who, 30, now)).count();
        assert_eq!(taken(&mut rates, 1, now), 30);
        assert_eq!(taken(&mut rates, 2, now), 30, "others have their own");
        assert_eq!(taken(&mut rates, 1, now + MINUTE / 2), 15);
        assert_eq!(taken(&mut rates, 1, now + MINUTE * 10), 30, "no more than a minute is saved");
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory() {
        let mut rates = Rates::default();
        let now = Instant::now();
        for who in 0..KNOWN_MAX * 3 {
            rates.take(who, 30, now);
        }
        assert!(rates.0.len() <= KNOWN_MAX);
    }
}
