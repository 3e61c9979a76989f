// SPDX-License-Identifier: AGPL-3.0-or-later
//! Events folded into ids.

use mailbox::{Change, Event, ItemId, Kind, What};
use std::collections::{BTreeMap, BTreeSet};

/// What changed since the last block, as ids.
#[derive(Debug, Default)]
pub struct Pending {
    pub created: BTreeMap<ItemId, Kind>,
    pub modified: BTreeMap<ItemId, (Kind, What)>,
    pub deleted: BTreeSet<i64>,
    pub conversations_created: BTreeSet<i64>,
    pub conversations: BTreeSet<i64>,
    /// The size of the mailbox changed.
    pub size: bool,
}

impl Pending {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.created.len()
            + self.modified.len()
            + self.deleted.len()
            + self.conversations.len()
            + self.conversations_created.len()
    }

    pub fn add(&mut self, event: &Event) {
        for change in &event.changes {
            match change {
                Change::Created(item) => {
                    self.created.insert(item.id, item.kind);
                    self.size |= item.size > 0;
                    if item.kind == Kind::Message {
                        self.size = true;
                        match item.conversation {
                            Some(id) => self.conversations.insert(id.0.into()),
                            None => self.conversations_created.insert(-i64::from(item.id.0)),
                        };
                    }
                }
                Change::Modified { item, what, .. } => {
                    if !self.created.contains_key(&item.id) {
                        let entry = self.modified.entry(item.id).or_insert((item.kind, What::default()));
                        entry.1 = union(entry.1, *what);
                    }
                    if item.kind == Kind::Message {
                        self.size |= what.content;
                        self.conversation_of(item.id, item.conversation, what.conversation);
                    }
                }
                Change::Removed { id, kind, .. } => {
                    self.modified.remove(id);
                    if self.created.remove(id).is_none() || kind.is_container() {
                        self.deleted.insert(id.0.into());
                    }
                    if *kind == Kind::Message {
                        self.size = true;
                        let alone = -i64::from(id.0);
                        self.conversations.remove(&alone);
                        self.conversations_created.remove(&alone);
                    }
                }
            }
        }
    }

    fn conversation_of(&mut self, message: ItemId, conversation: Option<ItemId>, changed: bool) {
        let alone = -i64::from(message.0);
        match conversation {
            // The message was alone; now there is a real conversation that the client has not heard of.
            Some(id) if changed => {
                self.conversations.remove(&alone);
                self.conversations_created.remove(&alone);
                self.deleted.insert(alone);
                self.conversations_created.insert(id.0.into());
            }
            Some(id) => _ = self.conversations.insert(id.0.into()),
            None if changed => _ = self.conversations_created.insert(alone),
            None => _ = self.conversations.insert(alone),
        }
    }
}

fn union(a: What, b: What) -> What {
    What {
        flags: a.flags || b.flags,
        tags: a.tags || b.tags,
        folder: a.folder || b.folder,
        name: a.name || b.name,
        content: a.content || b.content,
        counters: a.counters || b.counters,
        conversation: a.conversation || b.conversation,
        color: a.color || b.color,
        grants: a.grants || b.grants,
    }
}

#[cfg(test)]
mod tests;
