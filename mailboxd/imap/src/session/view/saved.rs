// SPDX-License-Identifier: AGPL-3.0-or-later
//! The result variable of a session, `$` (RFC 5182). Messages that are gone drop out of it by themselves, since UIDs never
//! come again.

use super::View;
use mailbox::Uid;

impl View {
    pub fn save(&mut self, mut uids: Vec<Uid>) {
        uids.sort_unstable();
        self.saved = uids;
    }

    /// Of those that are still there, ascending ranges of UIDs or of sequence numbers.
    pub fn saved_ranges(&self, uid: bool) -> Vec<(u32, u32)> {
        let told = self.messages.get(..self.told).unwrap_or_default();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for saved in &self.saved {
            let Ok(at) = told.binary_search_by_key(saved, |m| m.uid) else { continue };
            let n = if uid { saved.0 } else { u32::try_from(at + 1).unwrap_or(u32::MAX) };
            match ranges.last_mut() {
                Some((_, until)) if n == until.saturating_add(1) => *until = n,
                _ => ranges.push((n, n)),
            }
        }
        ranges
    }
}
