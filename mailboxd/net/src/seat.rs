// SPDX-License-Identifier: AGPL-3.0-or-later
//! Sessions of one account at the same time.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub struct Seats(Arc<Mutex<HashMap<Arc<str>, usize>>>);

/// Given back when the session ends, however it ends.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    account: Arc<str>,
}

impl Seats {
    /// `None`: `max` are taken.
    pub fn take(&self, account: &str, max: usize) -> Option<Seat> {
        let mut taken = self.0.lock();
        let account = taken.get_key_value(account).map_or_else(|| Arc::from(account), |(known, _)| known.clone());
        let count = taken.entry(account.clone()).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), account })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock();
        if let Some(count) = taken.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.account);
            }
        }
    }
}
