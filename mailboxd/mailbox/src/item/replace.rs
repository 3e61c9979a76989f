// SPDX-License-Identifier: AGPL-3.0-or-later

use super::{AddMessage, add, thread};
use crate::error::{Error, Result};
use crate::mailbox::{Mailbox, check_quota};
use blobs::Staged;
use ids::{ItemId, Uid};
use metadata::{Flags, Item};

impl Mailbox {
    /// IMAP REPLACE (RFC 8508): a message comes and another one goes, in one record. [`Error::NoSuch`] if that one has left the
    /// place that the client knows.
    pub fn replace_message(
        &self,
        message: &Staged,
        add: &AddMessage,
        old: ItemId,
        place: (ItemId, Uid),
    ) -> Result<Item> {
        let summary = mime::summary(&message.content);
        self.transact(&[message], |draft| {
            let rows = self.message_rows(&[old])?;
            let old = rows.into_iter().find(|row| (row.folder, row.uid) == place);
            let old = old.ok_or_else(|| Error::no_such("message", place.1))?;
            let mut rows = vec![add::draft_row(draft, message, &summary, add)?];
            thread::join_all(self, draft, &[summary], &mut rows)?;
            let row = rows.pop().ok_or_else(|| Error::Store("nothing was added".into()))?;
            check_quota(&draft.view, self.quota_bytes, row.size.saturating_sub(old.size))?;
            let new = draft.put_message(row)?.as_ref().clone();
            // Last: the new one may have made it a member of a conversation.
            let is_draft = old.flags.contains(Flags::DRAFT) || old.folder == ItemId::DRAFTS;
            match is_draft && !self.shared().is_held(self.live.id)? {
                true => draft.remove(&old)?,
                // a letter of another content is no later state of this one
                false => draft.bury(&old)?,
            }
            Ok(new)
        })
    }
}
