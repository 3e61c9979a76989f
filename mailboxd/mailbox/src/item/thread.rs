// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which conversation a new message belongs to: that of a message it refers to, of one that refers to it, or of one that
//! refers to the same oldest message. So replies find each other in whatever order they arrive.

use super::message::hash;
use crate::draft::Draft;
use crate::error::Result;
use crate::mailbox::Mailbox;
use ids::ItemId;
use metadata::{Brief, Item, Patch};
use mime::Summary;

/// References looked at: the oldest, and the newest of the rest. A header may hold thousands.
const REFERENCES_MAX: usize = 32;

/// Messages of this mailbox that belong with one whose row is `item`. Reads rows: call it before the mailbox lock is needed,
/// or with everything applied.
pub(super) fn candidates(mailbox: &Mailbox, summary: &Summary, item: &Item) -> Result<Vec<Brief>> {
    if item.thread_hash == 0 {
        return Ok(Vec::new());
    }
    let newest = summary.references.iter().rev().take(REFERENCES_MAX);
    let mut message_ids: Vec<i64> =
        newest.chain(summary.in_reply_to.first()).chain(summary.references.first()).map(|id| hash(id)).collect();
    message_ids.sort_unstable();
    message_ids.dedup();
    let mut threads = vec![item.thread_hash];
    if item.message_id_hash != 0 && item.message_id_hash != item.thread_hash {
        threads.push(item.message_id_hash);
    }
    Ok(mailbox.shared().metadata.read(mailbox.live.id, |reader| reader.thread_candidates(&message_ids, &threads))?)
}

/// Whether threading has to look at earlier messages that may still be in flight.
pub(super) fn refers(summary: &Summary) -> bool {
    !summary.references.is_empty() || !summary.in_reply_to.is_empty()
}

/// The conversation for a new message: an existing one, or a new one that it makes with the lone message it answers.
pub(super) fn join(mailbox: &Mailbox, draft: &mut Draft, candidates: &[Brief]) -> Result<Option<ItemId>> {
    if let Some(real) = candidates.iter().filter_map(|brief| brief.conversation).min() {
        return Ok(Some(real));
    }
    let Some(lone) = candidates.first() else { return Ok(None) };
    let row = mailbox.shared().metadata.read(mailbox.live.id, |reader| reader.item(lone.id))?;
    let Some(row) = row else { return Ok(None) };
    let conversation = draft.next_id()?;
    draft.patch(&row, Patch { conversation: Some(conversation), ..Patch::default() })?;
    Ok(Some(conversation))
}
