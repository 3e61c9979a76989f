// SPDX-License-Identifier: AGPL-3.0-or-later
//! Items as elements. Pure: what a renderer needs is handed in.

mod address;
mod body;
mod contact;
mod conversation;
mod custom;
mod document;
mod flags;
mod folder;
mod message;
mod tag;

pub use body::{BodyWish, find as find_part, full_message};
pub use contact::{ContactWish, contact, contact_attr, contact_changes, detail as contact_detail, is_group};
pub use conversation::conversation;
pub use custom::section;
pub use document::{document, document_changes};
pub use flags::{SETTABLE, parse as parse_flags};
pub use folder::{EVERYBODY, PUBLIC, RIGHTS, folder, folder_counters, folder_tree, grantee, show_rights};
pub use message::{is_outgoing, message_changes, message_hit, message_row, message_summary, recipients};
pub use tag::tag;

use mailbox::{Flags, Item, ItemId, Mailbox, Schedules};
use std::collections::HashMap;
use std::sync::Arc;

/// What `version` says where the wire asks for one.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a mailbox knows of its items that their rows don't say.
pub struct Names {
    /// Of tags, by id.
    tags: HashMap<ItemId, String>,
    scheduled: Arc<Schedules>,
}

impl Names {
    pub fn of(mailbox: &Mailbox) -> mailbox::Result<Names> {
        let tags = mailbox.tags()?.into_iter().map(|tag| (tag.item.id, tag.item.name.clone())).collect();
        Ok(Names { tags, scheduled: mailbox.schedules() })
    }

    /// When a draft is sent by itself.
    fn sent_at(&self, item: &Item) -> Option<i64> {
        if item.flags.contains(Flags::DRAFT) { self.scheduled.get(&item.id).copied() } else { None }
    }

    /// The attributes `t` and `tn` of an item's tags.
    fn tags(&self, tags: &[ItemId]) -> Option<(String, String)> {
        if tags.is_empty() {
            return None;
        }
        let ids: Vec<String> = tags.iter().map(ItemId::to_string).collect();
        // Commas and backslashes within a name are escaped: the list is split at bare commas.
        let names: Vec<String> = tags
            .iter()
            .filter_map(|id| self.tags.get(id))
            .map(|name| name.replace('\\', "\\\\").replace(',', "\\,"))
            .collect();
        Some((ids.join(","), names.join(",")))
    }
}

/// Id of the conversation of a message, as the wire shows it.
pub fn conversation_id(item: &Item) -> String {
    item.conversation.map_or_else(|| format!("-{}", item.id), |id| id.to_string())
}
