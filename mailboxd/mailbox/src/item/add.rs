// SPDX-License-Identifier: AGPL-3.0-or-later

use super::{message, thread};
use crate::draft::Draft;
use crate::error::Result;
use crate::mailbox::{Mailbox, SETTABLE, check_holds_messages};
use blobs::Staged;
use ids::ItemId;
use metadata::{Detail, Flags, Item, Kind};
use mime::Summary;

/// Where and how a message is added by its owner (IMAP APPEND, AddMsg).
#[derive(Debug, Clone)]
pub struct AddMessage {
    pub folder: ItemId,
    pub flags: Flags,
    pub tags: Vec<ItemId>,
    /// IMAP INTERNALDATE, milliseconds since 1970; `None`: now.
    pub date_ms: Option<i64>,
}

impl Mailbox {
    pub fn add_message(&self, message: &Staged, add: &AddMessage) -> Result<Item> {
        let mut added = self.add_messages(&[(message.clone(), add.clone())])?;
        added.pop().ok_or_else(|| crate::Error::Store("nothing was added".into()))
    }

    /// IMAP MULTIAPPEND (RFC 3502): all or none, in order.
    pub fn add_messages(&self, messages: &[(Staged, AddMessage)]) -> Result<Vec<Item>> {
        let summaries: Vec<_> = messages.iter().map(|(message, _)| mime::summary(&message.content)).collect();
        let bodies: Vec<_> = messages.iter().map(|(message, _)| message).collect();
        self.transact(&bodies, |draft| {
            let each = messages.iter().zip(&summaries);
            let rows: Result<Vec<_>> =
                each.map(|((message, add), summary)| draft_row(draft, message, summary, add)).collect();
            let mut rows = rows?;
            thread::join_all(self, draft, &summaries, &mut rows)?;
            rows.into_iter()
                .map(|row| {
                    self.check_quota(&draft.view, row.size)?;
                    Ok(draft.put_message(row)?.as_ref().clone())
                })
                .collect()
        })
    }
}

pub(crate) fn draft_row(draft: &mut Draft, staged: &Staged, summary: &Summary, add: &AddMessage) -> Result<Item> {
    check_holds_messages(&draft.view, add.folder)?;
    let flags = Flags(add.flags.0 & SETTABLE.0);
    let mut item = message::row(summary, staged, flags, add.date_ms.unwrap_or(draft.now_ms));
    for tag in &add.tags {
        item.tags.push(draft.view.tag(*tag)?.item.id);
    }
    item.tags.sort();
    item.tags.dedup();
    place(draft, &mut item, add.folder)?;
    Ok(item)
}

/// Gives a new row what its mailbox decides.
pub(crate) fn place(draft: &mut Draft, item: &mut Item, folder: ItemId) -> Result<()> {
    item.id = draft.next_id()?;
    item.folder = folder;
    if item.kind == Kind::Message {
        item.uid = draft.next_uid(folder)?;
    }
    item.modseq = draft.modseq;
    item.revision = draft.modseq;
    item.changed_ms = draft.now_ms;
    set_saved(item, draft.now_ms);
    Ok(())
}

/// When a message came into its folder, milliseconds since 1970, if that was kept.
pub fn saved_ms(item: &Item) -> Option<i64> {
    match &item.detail {
        Detail::Message(detail) => detail.saved_ms,
        _ => None,
    }
}

/// Notes when a message came into its folder (RFC 8514 §3).
pub(super) fn set_saved(item: &mut Item, now_ms: i64) {
    if let Detail::Message(detail) = &mut item.detail {
        detail.saved_ms = Some(now_ms);
    }
}

/// Notes the SMTP envelope, which the stored bytes don't carry.
pub(super) fn set_envelope(item: &mut Item, from: &str, to: &str) {
    if let Detail::Message(detail) = &mut item.detail {
        detail.envelope_from = Some(from.into());
        detail.envelope_to = Some(to.into());
    }
}
