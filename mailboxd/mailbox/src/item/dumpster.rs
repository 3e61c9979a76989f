// SPDX-License-Identifier: AGPL-3.0-or-later
//! The dumpster: what was deleted, from Trash or at once, stays with its files until its time is over. Its owner finds it by
//! search and has it back as a new item; nothing else sees it, and it counts for no quota.

use super::{add, thread};
use crate::draft::files;
use crate::effect::Effect;
use crate::error::{Error, Result};
use crate::find::SearchParams;
use crate::mailbox::{Mailbox, check_holds_messages};
use crate::note::{HOLD, HOLD_NAME};
use crate::store::Shared;
use ids::{ItemId, MailboxId};
use metadata::{Flags, Item, Note, SortBy};
use mime::Summary;

/// Items in one transaction at most, as nobody waits for the mailbox meanwhile.
const BATCH: usize = 200;
/// Items that a search looks at, the newest: each is read, and its text if the query asks for words.
const SEARCHED_MAX: usize = 10_000;

impl Mailbox {
    /// Those that match, in order, and whether there are more. [`Item::changed_ms`] is when it was deleted; `deleted_from_ms`:
    /// not before that. The place that a query names is where it was. Blocking, and slower than a search.
    pub fn search_dumpster(&self, params: &SearchParams, deleted_from_ms: i64) -> Result<(Vec<Item>, bool)> {
        self.check_owner()?;
        let mut ids = self.read(|reader| reader.dumpster())?;
        // ids grow: what came last goes last, as a rule
        ids.drain(..ids.len().saturating_sub(SEARCHED_MAX));
        let mut rows = self.read(|reader| reader.dumped(&ids))?;
        rows.retain(|row| row.changed_ms >= deleted_from_ms && params.kinds.contain(row.kind));
        self.retain_matching(params, &mut rows)?;
        let sort = params.sort.unwrap_or(SortBy::DateDesc);
        rows.sort_by_cached_key(|row| crate::find::sort_key(row, sort));
        let more = rows.len() > params.offset.saturating_add(params.limit);
        Ok((rows.into_iter().skip(params.offset).take(params.limit).collect(), more))
    }

    /// Back into a folder, in one transaction, all or none: new items, with the flags and those tags that are still there.
    /// `deleted_from_ms`: what was deleted before that is not there for who asks.
    pub fn recover(&self, ids: &[ItemId], folder: ItemId, deleted_from_ms: i64) -> Result<Vec<Item>> {
        self.transact(&[], |draft| {
            draft.check_owner()?;
            check_holds_messages(&draft.view, folder)?;
            let mut rows = self.shared().metadata.read(self.live.id, |reader| reader.dumped(ids))?;
            rows.retain(|row| row.changed_ms >= deleted_from_ms);
            if let Some(id) = ids.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
                return Err(Error::no_such("deleted item", id));
            }
            self.check_quota(&draft.view, rows.iter().map(|row| row.size).sum())?;
            let mut names = self.names_in(&draft.view, folder, &rows)?;
            let mut back = rows.clone();
            for item in &mut back {
                names.take(item)?;
                item.flags = item.flags.without(Flags::DELETED);
                item.tags.retain(|tag| draft.view.tag(*tag).is_ok());
                add::place(draft, item, folder)?;
            }
            thread::join_all(self, draft, &vec![Summary::default(); back.len()], &mut back)?;
            let mut recovered = Vec::with_capacity(back.len());
            for (old, new) in rows.iter().zip(back) {
                // the first is linked with the item, the rest are a document's earlier versions
                files(&new).skip(usize::from(new.digest.is_some())).for_each(|file| draft.push(Effect::Link(file)));
                recovered.push(draft.put_message(new)?.as_ref().clone());
                forget(draft, old);
            }
            Ok(recovered)
        })
    }

    /// Gone for good before their time. Those that are not in the dumpster are ignored.
    pub fn discard(&self, ids: &[ItemId]) -> Result<usize> {
        self.check_owner()?;
        self.discard_where(ids, |_| true)
    }

    /// The whole dumpster.
    pub fn empty_dumpster(&self) -> Result<usize> {
        self.check_owner()?;
        self.discard_where(&self.read(|reader| reader.dumpster())?, |_| true)
    }

    /// Whether nothing may be lost that is deleted, not even where the disk is almost full.
    pub fn set_hold(&self, is_held: bool) -> Result<()> {
        self.check_owner()?;
        if self.shared().is_held(self.live.id)? == is_held {
            return Ok(());
        }
        self.transact(&[], |draft| match is_held {
            true => draft.put_note(Note { space: HOLD, name: HOLD_NAME.into(), expires_ms: 0, value: Vec::new() }),
            false => draft.remove_note(HOLD, HOLD_NAME),
        })
    }

    /// What was deleted longer ago than `keep_ms` milliseconds.
    pub fn purge_dumpster(&self, keep_ms: i64) -> Result<usize> {
        self.check_owner()?;
        let until_ms = self.shared().now_ms().saturating_sub(keep_ms);
        self.discard_where(&self.read(|reader| reader.dumpster())?, |row| row.changed_ms < until_ms)
    }

    fn discard_where(&self, ids: &[ItemId], is_over: impl Fn(&Item) -> bool) -> Result<usize> {
        let mut gone = 0;
        for batch in ids.chunks(BATCH) {
            gone += self.transact(&[], |draft| {
                let mut rows = self.shared().metadata.read(self.live.id, |reader| reader.dumped(batch))?;
                rows.retain(&is_over);
                rows.iter().for_each(|row| forget(draft, row));
                Ok(rows.len())
            })?;
        }
        Ok(gone)
    }
}

impl Shared {
    pub fn is_held(&self, mailbox: MailboxId) -> Result<bool> {
        // one that is being made has no rows
        if self.metadata.mailbox(mailbox)?.is_none() {
            return Ok(false);
        }
        Ok(self.metadata.glance(mailbox, |reader| reader.note(HOLD, HOLD_NAME))?.is_some())
    }
}

fn forget(draft: &mut crate::draft::Draft, row: &Item) {
    draft.push(Effect::Discard(row.id));
    files(row).for_each(|file| draft.push(Effect::Unlink(file)));
}
