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
    /// Mailboxes in whose index the attachments of something may still be to be read.
    pub unread_attachments: u64,
    /// What became of attachments since the start.
    pub attachments: extract::Figures,
    /// Why attachments are not read as they should be; empty: they are, or none was yet.
    pub attachments_trouble: String,
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

    /// Why attachments are not read as they should be; empty: they are, or nobody is to read them.
    pub fn attachments_trouble(&self) -> String {
        match self.extractor().map(extract::Extractor::protection) {
            Some(extract::Protection::Less(why) | extract::Protection::Unavailable(why)) => why,
            _ => String::new(),
        }
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
            unread_attachments: shared.attachments.len() as u64,
            attachments: self.extractor().map(extract::Extractor::figures).unwrap_or_default(),
            attachments_trouble: self.attachments_trouble(),
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
