// SPDX-License-Identifier: AGPL-3.0-or-later
//! What verification compares with the files and the journal.

use super::{item, item_id, kind, large};
use crate::{Kind, Reader, Result};
use ids::{Digest, ItemId, ModSeq};

/// The bound on the id, true of every one, leads the engine to the primary key.
pub(super) const ALL: &str =
    "SELECT id, kind, revision, digest FROM item WHERE mailbox_id = ? AND id >= 0 AND kind < 20 ORDER BY id";
const COUNT: &str = "SELECT COUNT(*) FROM item WHERE mailbox_id = ? AND kind = 4";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub id: ItemId,
    pub kind: Kind,
    pub revision: ModSeq,
    pub digest: Option<Digest>,
}

impl Reader<'_> {
    /// Every item of every kind by ascending id, but for the dumpster's, handed to `each` until it returns false.
    pub fn all_ids(&self, each: &mut dyn FnMut(Identity) -> bool) -> Result<()> {
        self.connection.query("list items", ALL, &[self.mailbox.0.into()], &mut |row| {
            Ok(each(Identity {
                id: item_id(row, 0)?,
                kind: kind(row, 1)?,
                revision: ModSeq(large(row, 2)?),
                digest: item::digest(row, 3)?,
            }))
        })
    }

    pub fn message_count(&self) -> Result<u64> {
        let mut count = 0;
        self.connection.query("count messages", COUNT, &[self.mailbox.0.into()], &mut |row| {
            count = large(row, 0)?;
            Ok(true)
        })?;
        Ok(count)
    }
}
