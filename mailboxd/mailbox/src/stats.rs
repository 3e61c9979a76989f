// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::error::Result;
use crate::store::Store;
use std::sync::atomic::Ordering;

/// Figures for `posthouse store stats` and the metrics.
#[derive(Debug, Clone, serde::Serialize)]
pub struct StoreStats {
    pub mailboxes: u64,
    pub items: u64,
    /// Octets of all messages, each as often as a mailbox holds it.
    pub bytes: u64,
    pub journal_bytes: u64,
    pub journal_last: u64,
    pub journal_synced: u64,
    /// Durable records (a section a mailbox) that the stores do not hold yet.
    pub unapplied: u64,
    /// Records that were replayed since the start: not 0 after a crash, or after the database server died alone.
    pub replayed: u64,
    /// Mailboxes whose index is behind.
    pub unindexed: u64,
    /// Messages that wait to be learnt from, as spam and as none.
    pub training_spam: u64,
    pub training_ham: u64,
    /// Since the start: they had to make room for newer ones.
    pub training_dropped: u64,
}

impl Store {
    /// Records that were replayed since the start.
    pub fn replayed(&self) -> u64 {
        self.shared.replayed.load(Ordering::Relaxed)
    }

    pub fn stats(&self) -> Result<StoreStats> {
        let shared = &self.shared;
        let training = shared.blobs.waiting();
        let mut stats = StoreStats {
            mailboxes: 0,
            items: 0,
            bytes: 0,
            journal_bytes: shared.journal.bytes(),
            journal_last: shared.journal.last(),
            journal_synced: shared.journal.synced(),
            unapplied: shared.unapplied.load(Ordering::Relaxed),
            replayed: self.replayed(),
            unindexed: shared.indexer.backlog() as u64,
            training_spam: training.spam,
            training_ham: training.ham,
            training_dropped: training.dropped,
        };
        for id in shared.mailbox_ids() {
            let (row, items) = shared.metadata.glance(id, |reader| Ok((reader.mailbox()?, reader.message_count()?)))?;
            stats.mailboxes += 1;
            stats.items += items;
            stats.bytes += row.map_or(0, |row| row.size);
        }
        Ok(stats)
    }
}
