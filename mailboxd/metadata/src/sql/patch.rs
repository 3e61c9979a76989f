// SPDX-License-Identifier: AGPL-3.0-or-later
//! Changes of a few columns. Only the columns that change are named, so that only their indexes are touched: marking a
//! message read costs its row and its place by modseq.

use super::detail;
use crate::driver::Value;
use crate::{Error, Patch, Result, Writer};
use ids::ItemId;

impl Writer<'_> {
    /// [`Error::NoItem`] if there is no such item: effects are replayed onto exactly the state that they were made for.
    pub fn patch_item(&mut self, patch: &Patch) -> Result<()> {
        let tags = patch.tags.as_deref().map(detail::tags_to_text);
        let mut sql = String::from("UPDATE item SET modseq = ?, changed_ms = ?");
        let mut params: Vec<Value<'_>> = vec![patch.modseq.0.into(), patch.changed_ms.into()];
        let mut set = |column: &str, value: Option<Value<'static>>| {
            if let Some(value) = value {
                sql.push_str(column);
                params.push(value);
            }
        };
        set(", folder = ?", patch.folder.map(|f| f.0.into()));
        set(", uid = ?", patch.uid.map(|u| u.0.into()));
        set(", flags = ?", patch.flags.map(|f| f.0.into()));
        let conversation = |c: ItemId| if c.0 == 0 { Value::Null } else { c.0.into() };
        set(", conversation = ?", patch.conversation.map(conversation));
        // Both engines have it, and keep the rest of the text.
        set(", detail = JSON_SET(detail, '$.saved_ms', ?)", patch.saved_ms.map(Value::Int));
        if let (Some(ids), Some(text)) = (&patch.tags, &tags) {
            self.link_tags(patch.id, ids)?;
            sql.push_str(", tags = ?");
            params.push(text.as_str().into());
        }
        sql.push_str(" WHERE mailbox_id = ? AND id = ?");
        params.push(self.mailbox.0.into());
        params.push(patch.id.0.into());
        // A driver counts the rows that matched, changed or not (MySQL: CLIENT_FOUND_ROWS).
        match self.connection.execute("patch item", &sql, &params)? {
            0 => Err(Error::NoItem { mailbox: self.mailbox, item: patch.id }),
            _ => Ok(()),
        }
    }
}
