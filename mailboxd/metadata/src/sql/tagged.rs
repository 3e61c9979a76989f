// SPDX-License-Identifier: AGPL-3.0-or-later
//! The link table `tagged`: which items bear a tag. It always says what the `tags` column of the items says; the column
//! serves those who have the item, the links those who have the tag.

use super::{detail, item_id};
use crate::{Reader, Result, Writer};
use ids::ItemId;

pub(super) const OF_ITEM: &str = "SELECT tags FROM item WHERE mailbox_id = ? AND id = ?";
const LINK: &str = "REPLACE INTO tagged (mailbox_id, tag, item) VALUES (?, ?, ?)";
const UNLINK: &str = "DELETE FROM tagged WHERE mailbox_id = ? AND tag = ? AND item = ?";
pub(super) const ITEMS: &str = "SELECT item FROM tagged WHERE mailbox_id = ? AND tag = ? ORDER BY item";

impl Reader<'_> {
    /// Ascending.
    pub fn tagged(&self, tag: ItemId) -> Result<Vec<ItemId>> {
        let mut items = Vec::new();
        self.connection.query("get tagged", ITEMS, &[self.mailbox.0.into(), tag.0.into()], &mut |row| {
            items.push(item_id(row, 0)?);
            Ok(true)
        })?;
        Ok(items)
    }
}

impl Writer<'_> {
    /// Before the `tags` column becomes `new`: the column still tells which links there are.
    pub(super) fn link_tags(&mut self, item: ItemId, new: &[ItemId]) -> Result<()> {
        let mut old = Vec::new();
        self.connection.query("get tags", OF_ITEM, &[self.mailbox.0.into(), item.0.into()], &mut |row| {
            old = detail::tags_from_text(row, 0)?;
            Ok(true)
        })?;
        for tag in old.iter().filter(|tag| !new.contains(tag)) {
            let params = [self.mailbox.0.into(), tag.0.into(), item.0.into()];
            self.connection.execute("unlink tag", UNLINK, &params)?;
        }
        for tag in new.iter().filter(|tag| !old.contains(tag)) {
            let params = [self.mailbox.0.into(), tag.0.into(), item.0.into()];
            self.connection.execute("link tag", LINK, &params)?;
        }
        Ok(())
    }
}
