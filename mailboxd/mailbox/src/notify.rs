// SPDX-License-Identifier: AGPL-3.0-or-later
//! What sessions are told of a committed transaction: IMAP untagged responses, SOAP `<notify>` blocks, waitsets.

use ids::{ItemId, ModSeq, Uid};
use metadata::{Item, Kind};
use std::sync::Arc;

/// Events that a slow session may lag behind before it has to look at the whole state again.
pub(crate) const EVENTS_MAX: usize = 64;

/// One committed transaction.
#[derive(Debug, Clone)]
pub struct Event {
    pub modseq: ModSeq,
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone)]
pub enum Change {
    Created(Arc<Item>),
    /// `item` is the state after the change. `moved_from` tells which folder and UID it left, when it moved (or, for a
    /// draft saved again, which UID vanished from its folder).
    Modified {
        item: Arc<Item>,
        moved_from: Option<(ItemId, Uid)>,
        what: What,
    },
    Removed {
        id: ItemId,
        kind: Kind,
        folder: ItemId,
        uid: Uid,
    },
}

/// What changed of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct What {
    pub flags: bool,
    pub tags: bool,
    pub folder: bool,
    pub name: bool,
    pub content: bool,
    pub counters: bool,
    pub conversation: bool,
    pub color: bool,
    /// Who else may do what.
    pub grants: bool,
}

impl What {
    pub const NONE: What = What {
        flags: false,
        tags: false,
        folder: false,
        name: false,
        content: false,
        counters: false,
        conversation: false,
        color: false,
        grants: false,
    };

    #[must_use]
    pub fn or(self, other: What) -> What {
        What {
            flags: self.flags | other.flags,
            tags: self.tags | other.tags,
            folder: self.folder | other.folder,
            name: self.name | other.name,
            content: self.content | other.content,
            counters: self.counters | other.counters,
            conversation: self.conversation | other.conversation,
            color: self.color | other.color,
            grants: self.grants | other.grants,
        }
    }
}
