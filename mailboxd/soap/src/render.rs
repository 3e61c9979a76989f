// SPDX-License-Identifier: AGPL-3.0-or-later
//! Items as elements. Pure: what a renderer needs is handed in.

mod address;
mod body;
mod contact;
mod conversation;
mod document;
mod flags;
mod folder;
mod message;
mod tag;

pub use body::{BodyWish, find as find_part, full_message};
pub use contact::{ContactWish, contact, contact_attr, contact_changes, detail as contact_detail, is_group};
pub use conversation::conversation;
pub use document::{document, document_changes};
pub use flags::{SETTABLE, parse as parse_flags};
pub use folder::{EVERYBODY, PUBLIC, RIGHTS, folder, folder_counters, folder_tree, grantee, show_rights};
pub use message::{is_outgoing, message_changes, message_hit, message_row, message_summary, recipients};
pub use tag::tag;

use mailbox::{Item, ItemId, Mailbox};
use std::collections::HashMap;

/// What `version` says where the wire asks for one.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Tag names by id.
pub struct Names(HashMap<ItemId, String>);

impl Names {
    pub fn of(mailbox: &Mailbox) -> mailbox::Result<Names> {
        Ok(Names(mailbox.tags()?.into_iter().map(|tag| (tag.item.id, tag.item.name.clone())).collect()))
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
            .filter_map(|id| self.0.get(id))
            .map(|name| name.replace('\\', "\\\\").replace(',', "\\,"))
            .collect();
        Some((ids.join(","), names.join(",")))
    }
}

/// Id of the conversation of a message, as the wire shows it.
pub fn conversation_id(item: &Item) -> String {
    item.conversation.map_or_else(|| format!("-{}", item.id), |id| id.to_string())
}
