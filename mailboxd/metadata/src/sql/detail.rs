// SPDX-License-Identifier: AGPL-3.0-or-later
//! The detail column: JSON text whose shape the kind decides, and the tags column: ids with commas between.

use crate::driver::Row;
use crate::{Detail, Error, Item, Kind, Result};
use ids::{ItemId, MailboxId};

pub(super) fn to_json(mailbox: MailboxId, item: &Item) -> Result<String> {
    let json = match (&item.detail, item.kind) {
        (Detail::Folder(d), Kind::Folder | Kind::SearchFolder | Kind::MountPoint) => serde_json::to_string(d),
        (Detail::Tag(d), Kind::Tag) => serde_json::to_string(d),
        (Detail::Message(d), Kind::Message) => serde_json::to_string(d),
        (Detail::Contact(d), Kind::Contact) => serde_json::to_string(d),
        (Detail::Document(d), Kind::Document) => serde_json::to_string(d),
        // What is written is checked as what is read: this row could never be read back.
        _ => {
            let what = format!("item {} of kind {:?} has the detail of another kind", item.id, item.kind);
            return Err(Error::Invalid { mailbox, what });
        }
    };
    json.map_err(|e| Error::Invalid { mailbox, what: format!("detail of item {}: {e}", item.id) })
}

pub(super) fn from_json(kind: Kind, row: &Row<'_>, column: usize) -> Result<Detail> {
    let text = row.text(column)?;
    let detail = match kind {
        Kind::Folder | Kind::SearchFolder | Kind::MountPoint => serde_json::from_str(text).map(Detail::Folder),
        Kind::Tag => serde_json::from_str(text).map(Detail::Tag),
        Kind::Message => serde_json::from_str(text).map(Detail::Message),
        Kind::Contact => serde_json::from_str(text).map(Detail::Contact),
        Kind::Document => serde_json::from_str(text).map(Detail::Document),
    };
    detail.map_err(|e| row.corrupt(column, e))
}

pub(super) fn tags_to_text(tags: &[ItemId]) -> String {
    let mut text = String::new();
    for tag in tags {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&tag.0.to_string());
    }
    text
}

pub(super) fn tags_from_text(row: &Row<'_>, column: usize) -> Result<Vec<ItemId>> {
    let text = row.text(column)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|t| t.parse().map(ItemId).map_err(|e| row.corrupt(column, e))).collect()
}
