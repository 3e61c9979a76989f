// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::error::Result;
use crate::mailbox::Mailbox;
use ids::{ItemId, Uid};
use metadata::Flags;
use std::collections::HashSet;

impl Mailbox {
    /// For good, in one transaction. Answers those that were there; unknown ids are ignored.
    pub fn delete_items(&self, ids: &[ItemId]) -> Result<Vec<ItemId>> {
        self.transact(&[], |draft| {
            let rows = self.message_rows(ids)?;
            rows.iter().try_for_each(|row| draft.bury(row))?;
            self.check_locks(&rows)?;
            Ok(rows.iter().map(|row| row.id).collect())
        })
    }

    /// Those of a folder that are still in it, for good, in one transaction. Answers how many.
    pub fn delete_uids(&self, folder: ItemId, uids: &[Uid]) -> Result<usize> {
        let wanted: HashSet<Uid> = uids.iter().copied().collect();
        self.transact(&[], |draft| {
            let briefs = self.shared().metadata.read(self.live.id, |reader| reader.folder_messages(folder, Uid(0)))?;
            let ids: Vec<_> =
                briefs.into_iter().filter(|brief| wanted.contains(&brief.uid)).map(|brief| brief.id).collect();
            let rows = self.message_rows(&ids)?;
            rows.iter().try_for_each(|row| draft.bury(row))?;
            Ok(rows.len())
        })
    }

    /// IMAP EXPUNGE: what is marked `\Deleted` in a folder, all of it or only the given UIDs (RFC 4315 UID EXPUNGE). The mark
    /// is looked at under the mailbox lock, so that one which another session took away is honoured.
    pub fn expunge(&self, folder: ItemId, only: Option<&dyn Fn(Uid) -> bool>) -> Result<Vec<Uid>> {
        self.transact(&[], |draft| {
            let briefs = self.shared().metadata.read(self.live.id, |reader| reader.folder_messages(folder, Uid(0)))?;
            let marked = briefs
                .into_iter()
                .filter(|brief| brief.flags.contains(Flags::DELETED) && only.is_none_or(|wanted| wanted(brief.uid)));
            let ids: Vec<_> = marked.map(|brief| brief.id).collect();
            let rows = self.message_rows(&ids)?;
            rows.iter().try_for_each(|row| draft.bury(row))?;
            Ok(rows.iter().map(|row| row.uid).collect())
        })
    }
}
