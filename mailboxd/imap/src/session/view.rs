// SPDX-License-Identifier: AGPL-3.0-or-later
//! What one client has been told of its selected folder, and what it still has to be told.
//!
//! Invariants:
//! - `messages` ascends by UID. The first `told` of them have a sequence number: their place, from 1. The client's idea
//!   of the numbers changes only where [`View::tell`] writes EXISTS or EXPUNGE, so a number never lies.
//! - A message that is gone keeps its place, marked [`GONE`], until EXPUNGE may be sent (RFC 3501 §7.4.1: not during
//!   FETCH, STORE, SEARCH). One that came and went untold is never mentioned.
//! - Flags and modseq are the newest that are known; [`DIRTY`] says that the client has not been told.
//! - A UID at or below the highest ever seen is never added: UIDs ascend, so it is gone already.

use crate::keywords::Keywords;
use mailbox::{Brief, Change, Event, Flags, Item, ItemId, Kind, ModSeq, Rights, Uid};
use std::sync::Arc;

/// The client was not told of the flags yet.
const DIRTY: u32 = 1 << 31;
/// Removed or moved away; the client was not told yet.
const GONE: u32 = 1 << 30;

/// 24 bytes a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    modseq: ModSeq,
    uid: Uid,
    id: ItemId,
    flags: u32,
    /// Index into `tag_sets`.
    tag_set: u32,
}

/// What never changes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fixed {
    pub date_ms: i64,
    pub size: u64,
}

/// A message as commands see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Sequence number.
    pub number: u32,
    pub uid: Uid,
    pub id: ItemId,
    pub modseq: ModSeq,
    pub flags: Flags,
    pub recent: bool,
    pub gone: bool,
    /// Flags changed and not told: a FETCH answer should carry them.
    pub dirty: bool,
    /// `None` while the view does not know.
    pub fixed: Option<Fixed>,
}

#[derive(Debug)]
pub struct View {
    pub folder: ItemId,
    pub read_only: bool,
    /// The folder is a saved search.
    pub search: Option<Virtual>,
    /// What the user may do in the folder.
    pub rights: Rights,
    pub keywords: Keywords,
    /// Keywords came or changed names since FLAGS was sent.
    keywords_dirty: bool,
    messages: Vec<Entry>,
    /// Of each message, at the same place; `None` while nobody needs it.
    fixed: Option<Vec<Fixed>>,
    told: usize,
    /// EXISTS was sent since the folder was opened.
    arrivals: bool,
    /// Messages from this UID on are \Recent in this session.
    recent_from: Uid,
    /// IMAP4rev2 knows no \Recent.
    hides_recent: bool,
    highest_uid: Uid,
    /// All UIDs below it were given when the messages were read.
    uids_below: u32,
    tag_sets: Vec<Box<[ItemId]>>,
    dirty: usize,
    gone: usize,
    /// At least the change number of everything in here.
    modseq: ModSeq,
    /// What the last SEARCH or SORT with SAVE found, ascending (RFC 5182).
    saved: Vec<Uid>,
}

/// What a folder looks like when it is opened.
#[derive(Debug)]
pub struct Snapshot {
    pub folder: ItemId,
    pub read_only: bool,
    pub search: Option<Virtual>,
    pub rights: Rights,
    pub recent_from: Uid,
    pub modseq: ModSeq,
    /// UIDNEXT, read before the messages.
    pub uids_below: u32,
    pub messages: Vec<Brief>,
    pub keywords: Keywords,
}

/// How changes may and should be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// EXPUNGE is allowed now.
    pub expunge: bool,
    /// Flags that changed are wanted now.
    pub flags: bool,
    /// FETCH carries MODSEQ (RFC 7162 §3.1).
    pub modseq: bool,
    /// VANISHED instead of EXPUNGE (RFC 7162 §3.2.10).
    pub vanished: bool,
}

impl View {
    pub fn new(snapshot: Snapshot) -> View {
        let mut view = View {
            folder: snapshot.folder,
            read_only: snapshot.read_only,
            search: snapshot.search,
            rights: snapshot.rights,
            keywords: snapshot.keywords,
            keywords_dirty: false,
            messages: Vec::with_capacity(snapshot.messages.len()),
            fixed: Some(Vec::with_capacity(snapshot.messages.len())),
            told: 0,
            arrivals: false,
            recent_from: snapshot.recent_from,
            hides_recent: false,
            highest_uid: Uid(0),
            uids_below: snapshot.uids_below,
            // Set 0 is "no tags".
            tag_sets: vec![Box::default()],
            dirty: 0,
            gone: 0,
            modseq: snapshot.modseq,
            saved: Vec::new(),
        };
        for brief in &snapshot.messages {
            view.add(brief.uid, brief.id, brief.modseq, brief.flags, &brief.tags, Fixed::of(brief));
        }
        view.told = view.messages.len();
        view
    }

    // ---- what commands read

    /// Messages that have a number.
    pub fn exists(&self) -> u32 {
        u32::try_from(self.told).unwrap_or(u32::MAX)
    }

    pub fn recent(&self) -> u32 {
        let first = self.messages[..self.told].partition_point(|m| m.uid < self.recent_from);
        u32::try_from(self.told - first).unwrap_or(u32::MAX)
    }

    pub fn hide_recent(&mut self) {
        self.hides_recent = true;
    }

    pub fn shows_recent(&self) -> bool {
        !self.hides_recent
    }

    pub fn first_unseen(&self) -> Option<u32> {
        let at = self.messages[..self.told].iter().position(|m| m.flags & Flags::UNREAD.0 != 0)?;
        u32::try_from(at + 1).ok()
    }

    /// Messages came while the folder was open, and the client knows.
    pub fn told_arrivals(&self) -> bool {
        self.arrivals
    }

    /// Whether [`View::tell`] would write something.
    pub fn has_news(&self, telling: Telling) -> bool {
        (telling.flags && self.dirty > 0)
            || (telling.expunge && self.gone > 0)
            || self.told < self.messages.len()
            || self.keywords_dirty
    }

    fn at(&self, index: usize) -> Option<Message> {
        let entry = self.messages.get(index)?;
        Some(Message {
            number: u32::try_from(index + 1).unwrap_or(u32::MAX),
            uid: entry.uid,
            id: entry.id,
            modseq: entry.modseq,
            flags: Flags(entry.flags & !(DIRTY | GONE)),
            recent: entry.uid >= self.recent_from && !self.hides_recent,
            gone: entry.flags & GONE != 0,
            dirty: entry.flags & DIRTY != 0,
            fixed: self.fixed.as_ref().and_then(|fixed| fixed.get(index)).copied(),
        })
    }

    pub fn message(&self, number: u32) -> Option<Message> {
        (number as usize).checked_sub(1).filter(|index| *index < self.told).and_then(|index| self.at(index))
    }

    /// All that have a number.
    pub fn iter(&self) -> impl Iterator<Item = Message> + '_ {
        (0..self.told).filter_map(|index| self.at(index))
    }

    pub fn last_uid(&self) -> Uid {
        self.told.checked_sub(1).and_then(|at| self.messages.get(at)).map_or(Uid(0), |m| m.uid)
    }

    /// Messages whose numbers (or UIDs) are in ascending ranges, in order.
    pub fn select(&self, ranges: &[(u32, u32)], uid: bool) -> Vec<Message> {
        let told = &self.messages[..self.told];
        let mut out = Vec::new();
        for &(from, until) in ranges {
            let (start, end) = if uid {
                (told.partition_point(|m| m.uid.0 < from), told.partition_point(|m| m.uid.0 <= until))
            } else {
                ((from as usize).saturating_sub(1), (until as usize).min(told.len()))
            };
            out.extend((start..end).filter_map(|index| self.at(index)));
        }
        out
    }

    pub fn tags(&self, number: u32) -> &[ItemId] {
        let entry = (number as usize).checked_sub(1).and_then(|index| self.messages.get(index));
        entry.and_then(|e| self.tag_sets.get(e.tag_set as usize)).map_or(&[], |set| set)
    }

    /// `FLAGS (…)` of a message.
    pub fn write_flags(&self, out: &mut Vec<u8>, message: &Message) {
        out.extend_from_slice(b"FLAGS ");
        self.keywords.write(out, message.flags, self.tags(message.number), message.recent);
    }

    /// The answer that is being written carries the flags.
    pub fn told_flags(&mut self, number: u32) {
        let entry = (number as usize).checked_sub(1).and_then(|index| self.messages.get_mut(index));
        if let Some(entry) = entry.filter(|e| e.flags & DIRTY != 0) {
            entry.flags &= !DIRTY;
            self.dirty -= 1;
        }
    }

    // ---- what happens in the store

    pub fn apply(&mut self, event: &Event) {
        for change in &event.changes {
            self.apply_change(change);
        }
        self.modseq = self.modseq.max(event.modseq);
    }

    fn apply_change(&mut self, change: &Change) {
        match change {
            Change::Created(item) if item.kind == Kind::Tag => {
                self.keywords_dirty |= self.keywords.set(item.id, &item.name);
            }
            Change::Modified { item, what, .. } if item.kind == Kind::Tag => self.tag_changed(item, what.name),
            Change::Removed { id, kind: Kind::Tag, .. } => {
                self.keywords_dirty |= self.keywords.remove(*id);
            }
            Change::Created(item) if item.kind == Kind::Message && item.folder == self.folder => self.put(item),
            Change::Modified { item, moved_from, .. } if item.kind == Kind::Message => {
                if let Some((_, uid)) = moved_from.filter(|(folder, _)| *folder == self.folder) {
                    self.remove(uid);
                }
                if item.folder == self.folder {
                    self.put(item);
                }
            }
            Change::Removed { kind: Kind::Message, folder, uid, .. } if *folder == self.folder => self.remove(*uid),
            // The folder itself: the session goes on with an empty one.
            Change::Removed { id, .. } if *id == self.folder => self.remove_all(),
            _ => {}
        }
    }

    fn tag_changed(&mut self, tag: &Item, renamed: bool) {
        if !self.keywords.set(tag.id, &tag.name) {
            return;
        }
        self.keywords_dirty = true;
        if renamed {
            let sets: Vec<bool> = self.tag_sets.iter().map(|set| set.contains(&tag.id)).collect();
            for entry in &mut self.messages {
                if sets.get(entry.tag_set as usize) == Some(&true) {
                    self.dirty += usize::from(entry.flags & DIRTY == 0);
                    entry.flags |= DIRTY;
                }
            }
        }
    }

    /// State of a message in this folder, newer or not than what is known.
    fn put(&mut self, item: &Item) {
        // Not shared any more, and what comes now is not told.
        if !self.rights.contains(Rights::READ) {
            return;
        }
        if self.find(item.uid).is_some() {
            self.update(item.uid, item.modseq, item.flags, &item.tags, true);
        } else {
            let fixed = Fixed { date_ms: item.date_ms, size: item.size };
            self.add(item.uid, item.id, item.modseq, item.flags, &item.tags, fixed);
        }
    }

    fn find(&self, uid: Uid) -> Option<usize> {
        self.messages.binary_search_by_key(&uid, |m| m.uid).ok()
    }

    fn add(&mut self, uid: Uid, id: ItemId, modseq: ModSeq, flags: Flags, tags: &[ItemId], fixed: Fixed) {
        if uid <= self.highest_uid {
            return;
        }
        self.highest_uid = uid;
        let tag_set = self.tag_set(tags);
        self.messages.push(Entry { modseq, uid, id, flags: flags.0 & !(DIRTY | GONE), tag_set });
        if let Some(all) = &mut self.fixed {
            all.push(fixed);
        }
        self.modseq = self.modseq.max(modseq);
    }

    /// Takes over flags that are newer. True if the client sees a difference.
    fn update(&mut self, uid: Uid, modseq: ModSeq, flags: Flags, tags: &[ItemId], news: bool) -> bool {
        let Some(index) = self.find(uid) else { return false };
        let tag_set = self.tag_set(tags);
        let told = index < self.told;
        let Some(entry) = self.messages.get_mut(index).filter(|e| e.modseq < modseq) else { return false };
        let marks = entry.flags & (DIRTY | GONE);
        let flags = flags.0 & !(DIRTY | GONE);
        let mask = crate::keywords::MASK.0;
        let differs = (entry.flags ^ flags) & mask != 0 || entry.tag_set != tag_set;
        (entry.modseq, entry.flags, entry.tag_set) = (modseq, flags | marks, tag_set);
        // Not every change of a message concerns IMAP (its conversation, say).
        if differs && news && told && marks & DIRTY == 0 {
            entry.flags |= DIRTY;
            self.dirty += 1;
        }
        self.modseq = self.modseq.max(modseq);
        differs
    }

    /// FETCH has set \Seen: its own answer will tell, so the message is marked as having news.
    pub fn apply_seen(&mut self, item: &Item) {
        if item.folder == self.folder {
            self.update(item.uid, item.modseq, item.flags, &item.tags, true);
        }
    }

    /// Result of this session's own change. The answer tells it, so it is no news.
    pub fn apply_own(&mut self, item: &Item) {
        if item.folder == self.folder {
            self.update(item.uid, item.modseq, item.flags, &item.tags, false);
        }
    }

    fn remove(&mut self, uid: Uid) {
        let Some(index) = self.find(uid) else { return };
        if index >= self.told {
            let entry = self.messages.remove(index);
            if let Some(fixed) = &mut self.fixed {
                fixed.remove(index);
            }
            self.dirty -= usize::from(entry.flags & DIRTY != 0);
            return;
        }
        if let Some(entry) = self.messages.get_mut(index).filter(|e| e.flags & GONE == 0) {
            entry.flags |= GONE;
            self.gone += 1;
        }
    }

    pub fn remove_all(&mut self) {
        let uids: Vec<Uid> = self.messages.iter().map(|m| m.uid).collect();
        uids.into_iter().rev().for_each(|uid| self.remove(uid));
    }

    fn tag_set(&mut self, tags: &[ItemId]) -> u32 {
        let found = self.tag_sets.iter().position(|set| **set == *tags);
        let index = found.unwrap_or_else(|| {
            self.tag_sets.push(tags.into());
            self.tag_sets.len() - 1
        });
        u32::try_from(index).unwrap_or(0)
    }

    /// The whole state again, after events were missed: the difference becomes news.
    pub fn catch_up(&mut self, messages: &[Brief], keywords: Keywords, modseq: ModSeq) {
        if self.keywords != keywords {
            self.keywords = keywords;
            self.keywords_dirty = true;
        }
        let kept: std::collections::HashSet<Uid> = messages.iter().map(|m| m.uid).collect();
        let lost: Vec<Uid> = self.messages.iter().map(|m| m.uid).filter(|uid| !kept.contains(uid)).collect();
        lost.into_iter().rev().for_each(|uid| self.remove(uid));
        for brief in messages {
            if self.find(brief.uid).is_some() {
                self.update(brief.uid, brief.modseq, brief.flags, &brief.tags, true);
            } else {
                self.add(brief.uid, brief.id, brief.modseq, brief.flags, &brief.tags, Fixed::of(brief));
            }
        }
        self.modseq = self.modseq.max(modseq);
    }
}

pub use holder::{Holder, Virtual};

/// Events that a session gets.
pub type Events = tokio::sync::broadcast::Receiver<Arc<Event>>;

mod fixed;
mod holder;
mod saved;
mod tell;
#[cfg(test)]
mod tests;
mod vanished;
