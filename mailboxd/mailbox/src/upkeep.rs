// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an administrator has done to mailboxes: how much they hold, one index built anew, old mail purged.

use crate::error::Result;
use crate::mailbox::Mailbox;
use crate::store::Store;
use ids::{ItemId, MailboxId, Uid};
use metadata::{Brief, Kind};
use std::collections::HashSet;

/// Messages that one transaction deletes.
const PURGE_BATCH: usize = 1_000;

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

/// Milliseconds after which a message goes; None: never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lifetimes {
    pub anywhere_ms: Option<i64>,
    /// In Trash and what is below it, and in Junk.
    pub trash_ms: Option<i64>,
    pub junk_ms: Option<i64>,
}

impl Store {
    /// Of all mailboxes, by id.
    pub fn usages(&self) -> Result<Vec<Usage>> {
        let mut out = Vec::new();
        for id in self.shared.mailbox_ids() {
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

impl Mailbox {
    /// Deletes messages that are older than they may become, for good. Answers how many.
    pub fn purge(&self, lifetimes: &Lifetimes) -> Result<usize> {
        let now = self.shared().now_ms();
        let folders = self.folders()?;
        let trash = below(&folders.iter().map(|f| (f.item.id, f.item.folder)).collect::<Vec<_>>(), ItemId::TRASH);
        let mut old = Vec::new();
        for folder in folders.iter().filter(|folder| folder.item.kind == Kind::Folder) {
            let own = match folder.item.id {
                id if trash.contains(&id) => lifetimes.trash_ms,
                ItemId::JUNK => lifetimes.junk_ms,
                _ => None,
            };
            let Some(life) = [own, lifetimes.anywhere_ms].into_iter().flatten().min() else { continue };
            let is_old = |brief: &&Brief| brief.date_ms < now.saturating_sub(life);
            let briefs = self.folder_messages(folder.item.id, Uid(0))?;
            old.extend(briefs.iter().filter(is_old).map(|brief| brief.id));
        }
        let mut gone = 0;
        for ids in old.chunks(PURGE_BATCH) {
            gone += self.delete_items(ids)?.len();
        }
        Ok(gone)
    }
}

/// A folder and all below it.
fn below(folders: &[(ItemId, ItemId)], root: ItemId) -> HashSet<ItemId> {
    let mut found = HashSet::from([root]);
    loop {
        let next: Vec<ItemId> = folders
            .iter()
            .filter(|(id, parent)| found.contains(parent) && !found.contains(id))
            .map(|(id, _)| *id)
            .collect();
        if next.is_empty() {
            return found;
        }
        found.extend(next);
    }
}
