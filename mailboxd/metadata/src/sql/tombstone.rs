// SPDX-License-Identifier: AGPL-3.0-or-later
//! What remains of what is gone.

use super::{bound, item_id, kind, large, number, small};
use crate::{Reader, Result, Tombstone, Writer};
use ids::{ModSeq, Uid};

const PUT: &str =
    "REPLACE INTO tombstone (mailbox_id, modseq, id, folder, kind, uid, removed) VALUES (?, ?, ?, ?, ?, ?, ?)";
pub(super) const SINCE: &str = "SELECT id, kind, modseq, folder, uid, removed FROM tombstone \
                     WHERE mailbox_id = ? AND modseq > ? ORDER BY modseq, id, folder LIMIT ?";
const PURGE: &str = "DELETE FROM tombstone WHERE mailbox_id = ? AND modseq <= ?";

impl Writer<'_> {
    /// One per change number, item and folder: putting it again changes nothing.
    pub fn put_tombstone(&mut self, tombstone: &Tombstone) -> Result<()> {
        let params = [
            self.mailbox.0.into(),
            tombstone.modseq.0.into(),
            tombstone.id.0.into(),
            tombstone.folder.0.into(),
            number(tombstone.kind).into(),
            tombstone.uid.0.into(),
            i64::from(tombstone.removed).into(),
        ];
        self.connection.execute("put tombstone", PUT, &params)?;
        Ok(())
    }

    /// Drops tombstones up to and including this change number ([`crate::MailboxRow::purged`] is the caller's to set).
    pub fn purge_tombstones(&mut self, until: ModSeq) -> Result<()> {
        self.connection.execute("purge tombstones", PURGE, &[self.mailbox.0.into(), bound(until).into()])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Ascending modseq, id, folder; at most `limit`.
    pub fn tombstones_since(&self, since: ModSeq, limit: usize) -> Result<Vec<Tombstone>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = [self.mailbox.0.into(), bound(since).into(), limit.into()];
        let mut found = Vec::new();
        self.connection.query("get tombstones", SINCE, &params, &mut |row| {
            found.push(Tombstone {
                id: item_id(row, 0)?,
                kind: kind(row, 1)?,
                modseq: ModSeq(large(row, 2)?),
                folder: item_id(row, 3)?,
                uid: Uid(small(row, 4)?),
                removed: row.int(5)? != 0,
            });
            Ok(true)
        })?;
        Ok(found)
    }
}
