// SPDX-License-Identifier: AGPL-3.0-or-later
//! Slows down guessing. After some wrong passwords for a name from one address, further tries from there are answered
//! "wrong" unseen, for a time that doubles up to a limit. One right password clears it; nobody is locked out for ever, and a
//! guesser elsewhere doesn't lock out the owner where the protocol tells us the peer.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong tries that cost nothing.
const FREE_TRIES: u32 = 8;
const DELAY_FIRST: Duration = Duration::from_secs(1);
const DELAY_MAX: Duration = Duration::from_secs(30);
/// Failures older than this are forgotten.
const WINDOW: Duration = Duration::from_secs(600);
const ENTRIES_MAX: usize = 50_000;

#[derive(Default)]
pub struct Backoff(Mutex<HashMap<Key, Failures>>);

/// Account name as typed (canonical) and the peer; names that don't exist are slowed down all the same.
#[derive(PartialEq, Eq, Hash, Clone)]
pub struct Key(String, Option<IpAddr>);

impl Key {
    pub fn new(name: &str, peer: Option<IpAddr>) -> Key {
        Key(name.chars().take(320).collect(), peer.map(network))
    }
}

/// A host owns its whole IPv6 /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => std::net::Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        },
        v4 => v4,
    }
}

struct Failures {
    count: u32,
    last: Instant,
    blocked_until: Instant,
}

impl Backoff {
    pub fn is_blocked(&self, key: &Key, now: Instant) -> bool {
        self.0.lock().get(key).is_some_and(|f| f.blocked_until > now)
    }

    pub fn failed(&self, key: Key, now: Instant) {
        let mut map = self.0.lock();
        if map.len() >= ENTRIES_MAX && !map.contains_key(&key) {
            map.retain(|_, f| now.duration_since(f.last) < WINDOW);
            if map.len() >= ENTRIES_MAX {
                map.clear();
            }
        }
        let entry = map.entry(key).or_insert(Failures { count: 0, last: now, blocked_until: now });
        if now.duration_since(entry.last) >= WINDOW {
            entry.count = 0;
        }
        entry.count = entry.count.saturating_add(1);
        entry.last = now;
        if let Some(over) = entry.count.checked_sub(FREE_TRIES + 1) {
            entry.blocked_until = now + DELAY_MAX.min(DELAY_FIRST * 2u32.pow(over.min(10)));
        }
    }

    pub fn succeeded(&self, key: &Key) {
        self.0.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_limit_and_are_forgotten() {
        let backoff = Backoff::default();
        let key = Key::new("alice@example.test", None);
        let start = Instant::now();
        for _ in 0..FREE_TRIES {
            backoff.failed(key.clone(), start);
            assert!(!backoff.is_blocked(&key, start));
        }
        let mut now = start;
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            backoff.failed(key.clone(), now);
            let end = now + Duration::from_secs(expected);
            assert!(backoff.is_blocked(&key, end - Duration::from_millis(1)), "{expected}");
            assert!(!backoff.is_blocked(&key, end), "{expected}");
            now = end;
        }
        now += WINDOW;
        backoff.failed(key.clone(), now);
        assert!(!backoff.is_blocked(&key, now));
    }

    #[test]
    fn success_and_other_peers_are_not_blocked() {
        let backoff = Backoff::default();
        let (here, there) = (Key::new("a", Some([127, 0, 0, 1].into())), Key::new("a", Some([127, 0, 0, 2].into())));
        let now = Instant::now();
        for _ in 0..=FREE_TRIES {
            backoff.failed(here.clone(), now);
        }
        assert!(backoff.is_blocked(&here, now));
        assert!(!backoff.is_blocked(&there, now));
        backoff.succeeded(&here);
        assert!(!backoff.is_blocked(&here, now));
    }

    #[test]
    fn peers_are_networks() {
        let key = |text: &str| Key::new("a", Some(text.parse().unwrap()));
        assert!(key("2001:db8::1") == key("2001:db8::ffff:1"));
        assert!(key("2001:db8:0:1::1") != key("2001:db8::1"));
        assert!(key("::ffff:10.0.0.1") == key("10.0.0.1"));
    }
}
