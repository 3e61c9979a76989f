// SPDX-License-Identifier: AGPL-3.0-or-later

use super::flags::missing;
use crate::error::{Error, Result};
use crate::mailbox::{Mailbox, check_holds_messages};
use ids::ItemId;
use metadata::{Item, Kind, Patch};

impl Mailbox {
    /// All or nothing. Answers the messages as they are afterwards, in order, with new UIDs; one that is in `folder` already
    /// is left alone.
    pub fn move_items(&self, ids: &[ItemId], folder: ItemId) -> Result<Vec<Item>> {
        self.transact(&[], |draft| {
            check_holds_messages(&draft.view, folder)?;
            let rows = self.message_rows(ids)?;
            if let Some(id) = missing(ids, &rows).first() {
                return Err(Error::no_such("message", id));
            }
            let mut names = self.names_in(&draft.view, folder, &rows)?;
            let mut moved = Vec::with_capacity(rows.len());
            for row in rows {
                if row.folder == folder {
                    moved.push(row);
                    continue;
                }
                names.take(&row)?;
                self.train(draft, &row, folder);
                let uid = if row.kind == Kind::Message { Some(draft.next_uid(folder)?) } else { None };
                let patch = Patch { folder: Some(folder), uid, ..Patch::default() };
                moved.push(draft.patch(&row, patch)?.as_ref().clone());
            }
            // Of what may not be seen nobody learns that it is held.
            self.check_locks(&moved)?;
            Ok(moved)
        })
    }
}
