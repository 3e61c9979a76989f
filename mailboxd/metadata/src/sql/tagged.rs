// SPDX-License-Identifier: AGPL-3.0-or-later
//! The link table `tagged`: which items bear a tag. It always says what the `tags` column of the items says; the column
//! serves those who have the item, the links those who have the tag.

use super::{detail, in_chunks, item_id};
use crate::driver::Value;
use crate::{Reader, Result, Writer};
use ids::ItemId;
use std::collections::HashMap;

pub(super) const OF_ITEMS: &str = "SELECT id, tags FROM item WHERE mailbox_id = ? AND id IN ";
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
        let old = self.tags_of(&[item])?.remove(&item).unwrap_or_default();
        self.relink(item, &old, new)
    }

    /// What the `tags` columns say now. An item that is not there is left out.
    pub(super) fn tags_of(&self, items: &[ItemId]) -> Result<HashMap<ItemId, Vec<ItemId>>> {
        let mut found = HashMap::with_capacity(items.len());
        in_chunks(items, |marks, ids| {
            let mut params: Vec<Value<'_>> = vec![self.mailbox.0.into()];
            params.extend(ids.iter().map(|id| Value::from(id.0)));
            self.connection.query("get tags", &format!("{OF_ITEMS}{marks}"), &params, &mut |row| {
                found.insert(item_id(row, 0)?, detail::tags_from_text(row, 1)?);
                Ok(true)
            })
        })?;
        Ok(found)
    }

    pub(super) fn relink(&mut self, item: ItemId, old: &[ItemId], new: &[ItemId]) -> Result<()> {
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
