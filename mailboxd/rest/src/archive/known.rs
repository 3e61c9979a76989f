// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a folder held before an archive came, as far as an import has to know it again: ids, by what makes two items the same.

use super::import::Resolve;
use mailbox::{Detail, Digest, Error, Item, ItemId, Mailbox, Result, Rights, Uid};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Items that are looked up at a time.
const ITEMS: usize = 500;

#[derive(Default)]
pub struct Known {
    messages: HashMap<Digest, ItemId>,
    /// By a hash of the attributes.
    contacts: HashMap<u64, ItemId>,
    /// By the name in lower case.
    documents: HashMap<String, ItemId>,
    /// All of them, for who is to make room.
    old: HashSet<ItemId>,
}

impl Known {
    /// `Denied` if what is there is to go and may not.
    pub fn load(mailbox: &Mailbox, folder: ItemId, resolve: Resolve) -> Result<Known> {
        let rights = mailbox.rights(folder);
        if resolve.removes() && !rights.contains(Rights::READ.with(Rights::DELETE)) {
            return Err(Error::Denied);
        }
        let mut known = Known::default();
        // Who sees nothing of it only adds.
        if !rights.contains(Rights::READ) {
            return Ok(known);
        }
        let briefs = mailbox.folder_messages(folder, Uid(0))?;
        for some in briefs.chunks(ITEMS) {
            let ids: Vec<ItemId> = some.iter().map(|brief| brief.id).collect();
            for item in mailbox.items(&ids)? {
                known.old.insert(item.id);
                known.messages.extend(item.digest.map(|digest| (digest, item.id)));
            }
        }
        for item in mailbox.contacts(Some(folder))? {
            known.old.insert(item.id);
            if let Detail::Contact(detail) = &item.detail {
                known.contacts.insert(hash(&detail.attrs), item.id);
            }
        }
        for item in mailbox.documents(folder)? {
            known.old.insert(item.id);
            known.documents.insert(item.name.to_lowercase(), item.id);
        }
        Ok(known)
    }

    pub fn message(&self, digest: Digest) -> Option<ItemId> {
        self.messages.get(&digest).copied()
    }

    pub fn contact(&self, mailbox: &Mailbox, attrs: &[(String, String)]) -> Result<Option<ItemId>> {
        let Some(id) = self.contacts.get(&hash(attrs)) else { return Ok(None) };
        let same = |item: &Item| matches!(&item.detail, Detail::Contact(detail) if detail.attrs == attrs);
        Ok(mailbox.items(&[*id])?.iter().any(same).then_some(*id))
    }

    pub fn document(&self, name: &str) -> Option<ItemId> {
        self.documents.get(&name.to_lowercase()).copied()
    }

    /// It came with the archive, new or as a next version.
    pub fn keep_document(&mut self, item: &Item) {
        self.old.remove(&item.id);
        self.documents.insert(item.name.to_lowercase(), item.id);
    }

    /// What was there and has not come again goes.
    pub fn remove_old(&self, mailbox: &Mailbox) -> Result<()> {
        let old: Vec<ItemId> = self.old.iter().copied().collect();
        old.chunks(ITEMS).try_for_each(|some| mailbox.delete_items(some).map(drop))
    }
}

fn hash(attrs: &[(String, String)]) -> u64 {
    let mut hasher = DefaultHasher::new();
    attrs.hash(&mut hasher);
    hasher.finish()
}
