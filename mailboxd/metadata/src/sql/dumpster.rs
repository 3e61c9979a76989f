// SPDX-License-Identifier: AGPL-3.0-or-later
//! What was deleted and may still be had back. Its row stays where it is, under a number of kind that no other query asks for:
//! its own and [`DUMPED`]. `folder` and `tags` say where it was; `changed_ms` when it was deleted.

use super::item;
use super::{DUMPED, item_id, number};
use crate::{Error, Item, Reader, Result, Writer};
use ids::{ItemId, ModSeq};

const DUMP: &str = "UPDATE item SET kind = kind + 20, uid = 0, conversation = NULL, modseq = ?, changed_ms = ? \
                    WHERE mailbox_id = ? AND id = ? AND kind < 20";
// The first condition names the index to SQLite, which does not reckon.
pub(super) const LIST: &str = "SELECT id FROM item WHERE mailbox_id = ? AND kind > 4 AND kind >= 20";
const DISCARD: &str = "DELETE FROM item WHERE mailbox_id = ? AND id = ? AND kind >= 20";

impl Writer<'_> {
    /// [`Error::NoItem`] if there is no such item, or if it is there already.
    pub fn dump_item(&mut self, id: ItemId, modseq: ModSeq, deleted_ms: i64) -> Result<()> {
        self.link_tags(id, &[])?;
        let params = [modseq.0.into(), deleted_ms.into(), self.mailbox.0.into(), id.0.into()];
        match self.connection.execute("dump item", DUMP, &params)? {
            0 => Err(Error::NoItem { mailbox: self.mailbox, item: id }),
            _ => Ok(()),
        }
    }

    /// Not an error if it is not there.
    pub fn discard_item(&mut self, id: ItemId) -> Result<()> {
        self.connection.execute("discard item", DISCARD, &[self.mailbox.0.into(), id.0.into()])?;
        Ok(())
    }

    /// A row of the dumpster as [`Reader::dumpster`] gave it.
    pub fn put_dumped(&mut self, item: &Item) -> Result<()> {
        self.put_row_as(number(item.kind) + DUMPED, item)
    }
}

impl Reader<'_> {
    /// What is in the dumpster, ascending.
    pub fn dumpster(&self) -> Result<Vec<ItemId>> {
        let mut ids = Vec::new();
        self.connection.query("list dumpster", LIST, &[self.mailbox.0.into()], &mut |row| {
            ids.push(item_id(row, 0)?);
            Ok(true)
        })?;
        ids.sort_unstable();
        Ok(ids)
    }

    /// Those of the dumpster, in the order of `ids`; `kind` is what it was. What is not there is left out.
    pub fn dumped(&self, ids: &[ItemId]) -> Result<Vec<Item>> {
        self.listed(item::DUMPED, ids)
    }
}
