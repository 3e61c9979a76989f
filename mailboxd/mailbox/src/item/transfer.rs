// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages between mailboxes: one record for both, and no octet is copied.

use super::copy::forget_history;
use super::flags::missing;
use super::{add, thread};
use crate::commit::Locked;
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::mailbox::{Mailbox, check_holds_messages};
use crate::tag;
use ids::{Digest, ItemId};
use metadata::{Detail, Flags, Item, Rights};
use mime::Summary;

impl Mailbox {
    /// As [`Mailbox::copy_items`], into a folder of another mailbox. Its tags of the same names are kept; they are made only by
    /// their owner.
    pub fn copy_items_to(&self, ids: &[ItemId], target: &Mailbox, folder: ItemId) -> Result<Vec<(ItemId, Item)>> {
        if self.live.id == target.live.id {
            return target.copy_items(ids, folder);
        }
        self.transfer(ids, target, folder, false)
    }

    /// The same, and they go from here. What was there, and what it has become.
    pub fn move_items_to(&self, ids: &[ItemId], target: &Mailbox, folder: ItemId) -> Result<Vec<(ItemId, Item)>> {
        if self.live.id == target.live.id {
            return Ok(target.move_items(ids, folder)?.into_iter().map(|item| (item.id, item)).collect());
        }
        self.transfer(ids, target, folder, true)
    }

    fn transfer(&self, ids: &[ItemId], target: &Mailbox, folder: ItemId, remove: bool) -> Result<Vec<(ItemId, Item)>> {
        let shared = self.shared();
        // by mailbox id: locks are taken in one order everywhere
        let (here, there) = if self.live.id < target.live.id {
            let here = self.live.lock_settled(shared)?;
            (here, target.live.lock_settled(shared)?)
        } else {
            let there = target.live.lock_settled(shared)?;
            (self.live.lock_settled(shared)?, there)
        };
        shared.check_in_sight(&self.live, &here.view.row.account)?;
        shared.check_in_sight(&target.live, &there.view.row.account)?;
        let now_ms = shared.now_ms();
        let mut from = Draft::new(self.live.id, &here.view, now_ms, self.access.clone());
        let mut to = Draft::new(target.live.id, &there.view, now_ms, target.access.clone());
        check_holds_messages(&to.view, folder)?;
        let rows = self.message_rows(ids)?;
        rows.iter().try_for_each(|row| from.check(row.folder, Rights::READ))?;
        if remove {
            self.check_locks(&rows)?;
        }
        if let Some(id) = missing(ids, &rows).first() {
            return Err(Error::no_such("message", id));
        }
        let mut names = target.names_in(&to.view, folder, &rows)?;
        rows.iter().try_for_each(|row| names.take(row))?;
        target.check_quota(&to.view, rows.iter().map(|row| row.size).sum())?;
        let mut copies = rows.iter().map(|row| copy_of(row, &from, &mut to, folder)).collect::<Result<Vec<_>>>()?;
        thread::join_all(target, &mut to, &vec![Summary::default(); copies.len()], &mut copies)?;
        // whose mailbox is held could otherwise move what is looked for to somebody else
        let keeps = remove && shared.is_held(self.live.id)?;
        let mut moved = Vec::with_capacity(rows.len());
        for (row, copy) in rows.iter().zip(copies) {
            moved.push((row.id, to.put_message(copy)?.as_ref().clone()));
            match remove {
                true if keeps => from.bury(row)?,
                true => from.remove(row)?,
                false => {}
            }
        }
        if moved.is_empty() {
            return Ok(moved);
        }
        let links: Vec<Digest> = rows.iter().filter_map(|row| row.digest).collect();
        let mut locked = vec![Locked { live: &target.live, assigned: there, draft: to }];
        if remove {
            locked.push(Locked { live: &self.live, assigned: here, draft: from });
        } else {
            drop(here);
        }
        shared.commit_linking(locked, &[], &links)?;
        target.live.catch_up(shared)?;
        self.live.catch_up(shared)?;
        Ok(moved)
    }
}

/// What the message is in the other mailbox; its conversation is still to be found.
fn copy_of(row: &Item, from: &Draft, to: &mut Draft, folder: ItemId) -> Result<Item> {
    let mut copy = row.clone();
    copy.conversation = None;
    copy.flags = copy.flags.without(Flags::DELETED);
    copy.tags.clear();
    forget_history(&mut copy);
    for known in row.tags.iter().filter_map(|id| from.view.tag(*id).ok()) {
        let there = to.view.tag_named(&known.item.name).map(|tag| tag.id);
        match there {
            Some(id) => copy.tags.push(id),
            None if to.is_owner() => copy.tags.push(tag::add(to, &known.item.name, None, None)?.item.id),
            None => {}
        }
    }
    copy.tags.sort();
    copy.tags.dedup();
    if let Detail::Message(detail) = &mut copy.detail {
        detail.origin = None;
    }
    add::place(to, &mut copy, folder)?;
    Ok(copy)
}
