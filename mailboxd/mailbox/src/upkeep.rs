// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an administrator has done to mailboxes: how much they hold, one index built anew.

use crate::error::Result;
use crate::store::Store;
use ids::MailboxId;

/// How much a mailbox holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    pub id: MailboxId,
    /// Id of the account in the directory.
    pub account: String,
    /// Octets of all messages.
    pub bytes: u64,
    pub messages: u64,
    /// Its change number.
    pub changes: u64,
    /// The id that its next item gets.
    pub next_item: u32,
}

impl Store {
    /// Of all mailboxes, by id; not of deleted accounts.
    pub fn usages(&self) -> Result<Vec<Usage>> {
        let mut out = Vec::new();
        for (_, id) in self.registered(|account| !crate::deleted::is_hidden(account)) {
            out.extend(self.usage_at(id)?);
        }
        Ok(out)
    }

    /// Of an account's mailbox; None while it has none. Makes none.
    pub fn usage_of(&self, account: &str) -> Result<Option<Usage>> {
        let id = self.shared.registry.lock().by_account.get(account).copied();
        id.map_or(Ok(None), |id| self.usage_at(id))
    }

    fn usage_at(&self, id: MailboxId) -> Result<Option<Usage>> {
        let live = self.shared.registry.lock().live.get(&id).cloned();
        // What was acknowledged counts.
        if let Some(live) = live.filter(|live| live.has_backlog()) {
            live.settle(&self.shared)?;
        }
        let (row, messages) = self.shared.metadata.glance(id, |r| Ok((r.mailbox()?, r.message_count()?)))?;
        Ok(row.map(|row| Usage {
            id,
            account: row.account,
            bytes: row.size,
            messages,
            changes: row.modseq.0,
            next_item: row.next_item_id,
        }))
    }

    /// Builds the index of one mailbox anew. `progress` hears how many messages are in it and answers whether to go on; false
    /// leaves the index that was there. Answers whether it was built.
    pub fn reindex_mailbox(&self, account: &str, progress: &mut dyn FnMut(u64) -> bool) -> Result<bool> {
        self.shared.reindex_while(self.mailbox_of(account)?, progress)
    }
}
