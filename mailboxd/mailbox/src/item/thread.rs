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

/// Messages of this mailbox that belong with one whose row is `item`. Call it under the mailbox lock: when a message of the
/// thread is still in flight, or one that was found is about to change or go, everything before is settled first.
pub(super) fn candidates(mailbox: &Mailbox, summary: &Summary, item: &Item) -> Result<Vec<Brief>> {
    if item.thread_hash == 0 {
        return Ok(Vec::new());
    }
    let newest = summary.references.iter().rev().take(REFERENCES_MAX);
    let mut message_ids: Vec<i64> =
        newest.chain(summary.in_reply_to.first()).chain(summary.references.first()).map(|id| hash(id)).collect();
    message_ids.push(item.message_id_hash);
    message_ids.retain(|hash| *hash != 0);
    message_ids.sort_unstable();
    message_ids.dedup();
    let mut threads = vec![item.thread_hash, item.message_id_hash];
    threads.retain(|hash| *hash != 0);
    threads.dedup();
    let shared = mailbox.shared();
    if mailbox.live.is_bringing(&message_ids, &threads) {
        mailbox.live.settle(shared)?;
    }
    // looked at before the rows: what is not under way now is in them
    let changing = mailbox.live.changing();
    let find = || shared.metadata.glance(mailbox.live.id, |reader| reader.thread_candidates(&message_ids, &threads));
    let found = find()?;
    if !found.iter().any(|brief| changing.contains(&brief.id)) {
        return Ok(found);
    }
    mailbox.live.settle(shared)?;
    Ok(find()?)
}

/// The conversation for a new message: an existing one, or a new one that it makes with the lone messages it belongs to.
pub(super) fn join(mailbox: &Mailbox, draft: &mut Draft, candidates: &[Brief]) -> Result<Option<ItemId>> {
    if let Some(real) = candidates.iter().filter_map(|brief| brief.conversation).min() {
        return Ok(Some(real));
    }
    if candidates.is_empty() {
        return Ok(None);
    }
    let ids: Vec<_> = candidates.iter().take(REFERENCES_MAX).map(|lone| lone.id).collect();
    let rows = mailbox.shared().metadata.glance(mailbox.live.id, |reader| reader.items(&ids))?;
    let conversation = draft.next_id()?;
    for row in &rows {
        draft.patch(row, Patch { conversation: Some(conversation), ..Patch::default() })?;
    }
    Ok(Some(conversation))
}
