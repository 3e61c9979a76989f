// SPDX-License-Identifier: AGPL-3.0-or-later

use super::add;
use super::flags::missing;
use crate::error::{Error, Result};
use crate::mailbox::{Mailbox, check_holds_messages};
use ids::ItemId;
use metadata::{Detail, Flags, Item, Rights};

/// A copy of a document starts with what it is now.
pub(super) fn forget_history(copy: &mut Item) {
    if let Detail::Document(detail) = &mut copy.detail {
        detail.versions.clear();
        detail.lock = None;
    }
}

impl Mailbox {
    /// All or nothing: (source, copy) in order. A copy shares the bytes and keeps flags (but `\Deleted`), tags, date and
    /// conversation.
    pub fn copy_items(&self, ids: &[ItemId], folder: ItemId) -> Result<Vec<(ItemId, Item)>> {
        self.transact(&[], |draft| {
            check_holds_messages(&draft.view, folder)?;
            let rows = self.message_rows(ids)?;
            if let Some(id) = missing(ids, &rows).first() {
                return Err(Error::no_such("message", id));
            }
            rows.iter().try_for_each(|row| draft.check(row.folder, Rights::READ))?;
            self.check_quota(&draft.view, rows.iter().map(|row| row.size).sum())?;
            let mut names = self.names_in(&draft.view, folder, &rows)?;
            let mut copies = Vec::with_capacity(rows.len());
            for row in rows {
                names.take(&row)?;
                let source = row.id;
                // Clients without MOVE (RFC 6851) copy and delete.
                self.train(draft, &row, folder);
                let mut copy = row;
                copy.flags = copy.flags.without(Flags::DELETED);
                forget_history(&mut copy);
                add::place(draft, &mut copy, folder)?;
                copies.push((source, draft.put_message(copy)?.as_ref().clone()));
            }
            Ok(copies)
        })
    }
}
