// SPDX-License-Identifier: AGPL-3.0-or-later

use ids::Digest;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Digests that are under way, and how often.
pub(crate) type Pins = Mutex<HashMap<Digest, usize>>;

/// Keeps the anchor of a digest from being swept while a record that links to it is under way.
#[derive(Debug)]
pub struct Pin {
    digest: Digest,
    pins: Arc<Pins>,
}

impl Pin {
    pub(crate) fn new(pins: &Arc<Pins>, digest: Digest) -> Pin {
        *pins.lock().entry(digest).or_insert(0) += 1;
        Pin { digest, pins: pins.clone() }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.pins.lock();
        if let Some(count) = pins.get_mut(&self.digest) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.digest);
            }
        }
    }
}
