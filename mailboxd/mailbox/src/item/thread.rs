// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which conversation a new message belongs to: that of a message it refers to, of one that refers to it, or of one that
//! refers to the same oldest message. So replies find each other in whatever order they arrive. What says that it is a reply
//! and not to what (RFC 5256 §2.1 tells by its subject) belongs to the newest message of the last weeks with that subject.

use super::message::hash;
use crate::draft::Draft;
use crate::error::Result;
use crate::mailbox::Mailbox;
use ids::ItemId;
use metadata::{Brief, Item, Patch};
use mime::Summary;
use std::collections::HashMap;

/// References looked at: the oldest, and the newest of the rest. A header may hold thousands.
const REFERENCES_MAX: usize = 32;
/// A subject alone stands for a conversation as long: thirty days.
const SUBJECT_MS: i64 = 30 * 86_400_000;

/// What a message says of its relatives, as hashes of Message-IDs.
struct Kin {
    message_ids: Vec<i64>,
    threads: Vec<i64>,
}

impl Kin {
    /// `None`: it says nothing.
    fn of(summary: &Summary, item: &Item) -> Option<Kin> {
        if item.thread_hash == 0 {
            return None;
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
        Some(Kin { message_ids, threads })
    }

    /// As [`metadata::Reader::thread_candidates`] finds it.
    fn includes(&self, row: &Item) -> bool {
        self.message_ids.contains(&row.message_id_hash) || self.threads.contains(&row.thread_hash)
    }
}

/// Messages of this mailbox that belong with one whose row is `item`. Call it under the mailbox lock: when a message of the
/// thread is still in flight, or one that was found is about to change or go, everything before is settled first.
pub(super) fn candidates(mailbox: &Mailbox, summary: &Summary, item: &Item) -> Result<Vec<Brief>> {
    let related = related(mailbox, summary, item)?;
    match related.is_empty() && says_only_that_it_is_a_reply(summary) {
        true => about_the_same(mailbox, item),
        false => Ok(related),
    }
}

fn says_only_that_it_is_a_reply(summary: &Summary) -> bool {
    summary.is_reply
        && summary.references.is_empty()
        && summary.in_reply_to.is_empty()
        && !summary.subject_base.trim().is_empty()
}

/// Rare, so nothing in flight is known by its subject: what is before is settled first.
fn about_the_same(mailbox: &Mailbox, item: &Item) -> Result<Vec<Brief>> {
    let shared = mailbox.shared();
    mailbox.live.settle(shared)?;
    let after_ms = item.date_ms.saturating_sub(SUBJECT_MS);
    let find = |reader: &metadata::Reader<'_>| reader.newest_about(&item.subject_sort, after_ms, ItemId::JUNK);
    let found = shared.metadata.peek(mailbox.live.id, find)?;
    // an answer to what came later is none
    Ok(found.filter(|brief| brief.id != item.id && brief.date_ms <= item.date_ms).into_iter().collect())
}

/// By Message-IDs.
fn related(mailbox: &Mailbox, summary: &Summary, item: &Item) -> Result<Vec<Brief>> {
    let Some(Kin { message_ids, threads }) = Kin::of(summary, item) else { return Ok(Vec::new()) };
    let shared = mailbox.shared();
    if mailbox.live.is_bringing(&message_ids, &threads) {
        mailbox.live.settle(shared)?;
    }
    // looked at before the rows: what is not under way now is in them
    let changing = mailbox.live.changing();
    let find = || shared.metadata.peek(mailbox.live.id, |reader| reader.thread_candidates(&message_ids, &threads));
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
    let conversation = draft.next_id()?;
    gather(mailbox, draft, candidates, conversation)?;
    Ok(Some(conversation))
}

/// As [`join`] for messages that come in one transaction: the store knows none of them yet, nor what the ones before have
/// made of the messages that it knows.
pub(crate) fn join_all(mailbox: &Mailbox, draft: &mut Draft, summaries: &[Summary], rows: &mut [Item]) -> Result<()> {
    let mut gathered: HashMap<ItemId, ItemId> = HashMap::new();
    for (at, summary) in summaries.iter().enumerate() {
        let (earlier, rest) = rows.split_at_mut(at);
        let Some(row) = rest.first_mut() else { break };
        let kin = Kin::of(summary, row);
        let mut stored = candidates(mailbox, summary, row)?;
        for brief in &mut stored {
            brief.conversation = brief.conversation.or_else(|| gathered.get(&brief.id).copied());
        }
        let mut near: Vec<&mut Item> =
            earlier.iter_mut().filter(|row| kin.as_ref().is_some_and(|kin| kin.includes(row))).collect();
        if stored.is_empty() && near.is_empty() {
            continue;
        }
        let known = stored.iter().filter_map(|brief| brief.conversation);
        let conversation = match known.chain(near.iter().filter_map(|row| row.conversation)).min() {
            Some(real) => real,
            None => {
                let conversation = draft.next_id()?;
                gather(mailbox, draft, &stored, conversation)?;
                gathered.extend(stored.iter().take(REFERENCES_MAX).map(|lone| (lone.id, conversation)));
                conversation
            }
        };
        row.conversation = Some(conversation);
        near.iter_mut().filter(|row| row.conversation.is_none()).for_each(|row| row.conversation = Some(conversation));
    }
    Ok(())
}

/// Makes `lone` messages members of a conversation.
fn gather(mailbox: &Mailbox, draft: &mut Draft, lone: &[Brief], conversation: ItemId) -> Result<()> {
    let ids: Vec<_> = lone.iter().take(REFERENCES_MAX).map(|lone| lone.id).collect();
    let rows = mailbox.shared().metadata.glance(mailbox.live.id, |reader| reader.items(&ids))?;
    for row in &rows {
        draft.patch(row, Patch { conversation: Some(conversation), ..Patch::default() })?;
    }
    Ok(())
}
