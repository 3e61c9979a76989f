// SPDX-License-Identifier: AGPL-3.0-or-later
//! What was rebuilt goes into a new mailbox, record by record.

use super::loss::Loss;
use super::rebuilt::Rebuilt;
use super::restore::Restored;
use crate::access::Access;
use crate::commit::Locked;
use crate::draft::{Draft, files, octets};
use crate::effect::{Dumped, Effect};
use crate::error::{Error, Result};
use crate::live::Live;
use crate::store::Shared;
use crate::view::uid_validity;
use blobs::{Pin, Staged};
use ids::{Digest, ItemId, ModSeq, Uid};
use metadata::{Detail, Flags, Item, Kind, Note};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Messages a record.
const RECORD_MESSAGES_MAX: usize = 200;
/// Notes a record; one may be as large as a script.
const NOTES_MAX: usize = 16;
/// Bodies that one record carries.
const RECORD_BYTES_MAX: usize = 4 << 20;

/// Counters of what was put.
#[derive(Default)]
struct Totals {
    folders: HashMap<ItemId, FolderTotals>,
    tags: HashMap<ItemId, (u32, u32)>,
    uids: HashSet<(ItemId, Uid)>,
    uid_next: HashMap<ItemId, u32>,
    messages: u64,
    bytes: u64,
    modseq: ModSeq,
    last_id: u32,
}

#[derive(Default)]
struct FolderTotals {
    total: u32,
    unread: u32,
    size: u64,
    others: u32,
}

struct Fill<'a> {
    shared: &'a Shared,
    rebuilt: &'a Rebuilt,
    live: &'a Arc<Live>,
    containers: BTreeMap<ItemId, Item>,
    totals: Totals,
    loss: Loss,
}

/// Puts the messages that are `wanted` (all, if that is not said, and the dumpster), and everything else, into a new mailbox.
pub(super) fn fill(
    shared: &Shared,
    rebuilt: &Rebuilt,
    live: &Arc<Live>,
    wanted: Option<&dyn Fn(&Item) -> bool>,
    progress: &mut dyn FnMut(&str),
) -> Result<Restored> {
    let is_all = wanted.is_none();
    let wanted = wanted.unwrap_or(&|_| true);
    let containers = rebuilt.metadata.read(rebuilt.id, |reader| reader.containers())?;
    let containers = containers.into_iter().map(|item| (item.id, item)).collect();
    let loss = rebuilt.loss.clone();
    let mut fill = Fill { shared, rebuilt, live, containers, totals: Totals::default(), loss };
    fill.messages(wanted, progress)?;
    if is_all {
        fill.dumpster()?;
    }
    fill.rest()?;
    Ok(Restored {
        is_dry_run: false,
        base: rebuilt.base.clone(),
        as_of_ms: rebuilt.as_of_ms,
        messages: fill.totals.messages,
        bytes: fill.totals.bytes,
        folders: rebuilt.folders()?,
        loss: fill.loss,
    })
}

impl Fill<'_> {
    fn messages(&mut self, wanted: &dyn Fn(&Item) -> bool, progress: &mut dyn FnMut(&str)) -> Result<()> {
        let mut batch = Batch::default();
        for item in self.rebuilt.items()? {
            let mut item = item?;
            if item.kind.is_container() || !wanted(&item) {
                continue;
            }
            let mut lost = BTreeSet::new();
            for file in files(&item) {
                if !batch.bring(self.shared, self.rebuilt, file.digest)? {
                    lost.insert(file.digest);
                }
            }
            if !lost.is_empty() {
                self.loss.messages += 1;
                if !strip(&mut item, &lost) {
                    continue;
                }
            }
            self.settle(&mut item);
            self.count(&item);
            batch.items.push(item);
            if batch.is_full() {
                self.commit(std::mem::take(&mut batch))?;
                progress(&format!("{} messages", self.totals.messages));
            }
        }
        self.commit(batch)
    }

    /// The dumpster: each is put, and deleted as it was.
    fn dumpster(&mut self) -> Result<()> {
        let mut batch = Batch::default();
        for item in self.rebuilt.dumped()? {
            let mut is_whole = true;
            for file in files(&item) {
                is_whole &= batch.bring(self.shared, self.rebuilt, file.digest)?;
            }
            if !is_whole {
                self.loss.messages += 1;
                continue;
            }
            self.totals.modseq = self.totals.modseq.max(item.modseq);
            self.totals.last_id = self.totals.last_id.max(item.id.0);
            batch.dumped.push(item);
            if batch.is_full() {
                self.commit(std::mem::take(&mut batch))?;
            }
        }
        self.commit(batch)
    }

    /// Where rows were lost: a message is in a folder that exists, under a UID of its own, with tags that exist.
    fn settle(&mut self, item: &mut Item) {
        let holds = |folder: &ItemId| self.containers.get(folder).is_none_or(|item| item.kind == Kind::Folder);
        if !self.containers.contains_key(&item.folder) && item.folder.0 >= ItemId::FIRST_USER.0 || !holds(&item.folder)
        {
            item.folder = ItemId::INBOX;
        }
        let is_tag = |tag: &ItemId| self.containers.get(tag).is_some_and(|item| item.kind == Kind::Tag);
        item.tags.retain(is_tag);
        if item.kind != Kind::Message {
            return;
        }
        let next = self.totals.uid_next.entry(item.folder).or_insert(1);
        if item.uid.0 == 0 || !self.totals.uids.insert((item.folder, item.uid)) {
            item.uid = Uid(*next);
            while !self.totals.uids.insert((item.folder, item.uid)) {
                item.uid = Uid(item.uid.0 + 1);
            }
        }
        *next = (*next).max(item.uid.0 + 1);
    }

    fn count(&mut self, item: &Item) {
        let unread = u32::from(item.flags.contains(Flags::UNREAD));
        let totals = &mut self.totals;
        let folder = totals.folders.entry(item.folder).or_default();
        if item.kind == Kind::Message {
            (folder.total, folder.unread) = (folder.total + 1, folder.unread + unread);
        } else {
            folder.others += 1;
        }
        folder.size += octets(item);
        for tag in &item.tags {
            let tag = totals.tags.entry(*tag).or_default();
            *tag = (tag.0 + 1, tag.1 + unread);
        }
        totals.messages += 1;
        totals.bytes += octets(item);
        totals.modseq = totals.modseq.max(item.modseq);
        totals.last_id = totals.last_id.max(item.id.0).max(item.conversation.map_or(0, |conversation| conversation.0));
    }

    fn commit(&self, batch: Batch) -> Result<()> {
        if batch.items.is_empty() && batch.dumped.is_empty() {
            return Ok(());
        }
        record(self.shared, self.live, &batch.bodies.values().collect::<Vec<_>>(), &batch.links(), |draft| {
            for item in batch.items {
                files(&item).for_each(|file| draft.push(Effect::Link(file)));
                draft.push(Effect::PutItem(item));
            }
            for item in batch.dumped {
                files(&item).for_each(|file| draft.push(Effect::Link(file)));
                let dumped = Dumped { item: item.id, deleted_ms: item.changed_ms, modseq: item.modseq };
                draft.push(Effect::PutItem(item));
                draft.push(Effect::Dump(dumped));
            }
            Ok(())
        })
    }

    /// Folders, tags, notes, and the state of the mailbox: last, since they count what was put.
    fn rest(&mut self) -> Result<()> {
        let mut notes = self.rebuilt.metadata.read(self.rebuilt.id, |reader| reader.notes(None))?;
        // UIDs that were given under the old UIDVALIDITY
        notes.retain(|note| note.space != crate::note::VIRTUAL);
        // what was sent since is not sent again
        let now_ms = self.shared.now_ms();
        notes.retain(|note| {
            let at_ms = crate::schedule::read(note).map(|(_, schedule)| schedule.at_ms);
            note.space != crate::note::SCHEDULED || at_ms.is_some_and(|at_ms| at_ms > now_ms)
        });
        for chunk in notes.chunks(NOTES_MAX) {
            record(self.shared, self.live, &[], &[], |draft| {
                chunk.iter().cloned().try_for_each(|note: Note| draft.put_note(note))
            })?;
        }
        let row = &self.rebuilt.row;
        record(self.shared, self.live, &[], &[], |draft| {
            let system: Vec<_> = draft.view.containers.values().map(|item| item.as_ref().clone()).collect();
            for item in system {
                self.containers.entry(item.id).or_insert(item);
            }
            for item in self.containers.values_mut() {
                renew(item, &self.totals, draft.now_ms);
                self.totals.modseq = self.totals.modseq.max(item.modseq);
                self.totals.last_id = self.totals.last_id.max(item.id.0);
                draft.push(Effect::PutItem(item.clone()));
            }
            draft.view.containers = self.containers.iter().map(|(id, item)| (*id, Arc::new(item.clone()))).collect();
            draft.view.row.size = self.totals.bytes;
            draft.view.row.next_item_id = row.next_item_id.max(self.totals.last_id + 1);
            draft.modseq = row.modseq.max(self.totals.modseq).max(draft.modseq);
            draft.view.row.purged = draft.modseq;
            Ok(())
        })
    }
}

fn record(
    shared: &Shared,
    live: &Arc<Live>,
    bodies: &[&Staged],
    links: &[Digest],
    work: impl FnOnce(&mut Draft) -> Result<()>,
) -> Result<()> {
    let assigned = live.lock_settled(shared)?;
    let mut draft = Draft::new(live.id, &assigned.view, shared.now_ms(), Access::Owner);
    work(&mut draft)?;
    shared.commit_linking(vec![Locked { live, assigned, draft }], bodies, links)?;
    live.catch_up(shared)
}

/// A folder's or a tag's row, with counters of what is there, and a UIDVALIDITY that it never had.
fn renew(item: &mut Item, totals: &Totals, now_ms: i64) {
    match (item.kind, &mut item.detail) {
        (Kind::Folder, Detail::Folder(detail)) => {
            let nothing = FolderTotals::default();
            let counted = totals.folders.get(&item.id).unwrap_or(&nothing);
            (detail.total, detail.unread) = (counted.total, counted.unread);
            (detail.size, detail.others) = (counted.size, counted.others);
            detail.uid_next = detail.uid_next.max(totals.uid_next.get(&item.id).copied().unwrap_or(1));
            detail.uid_validity = uid_validity(now_ms).max(detail.uid_validity.saturating_add(1));
        }
        (Kind::SearchFolder, Detail::Folder(detail)) => {
            detail.uid_validity = uid_validity(now_ms).max(detail.uid_validity.saturating_add(1));
        }
        (Kind::Tag, Detail::Tag(detail)) => {
            (detail.total, detail.unread) = totals.tags.get(&item.id).copied().unwrap_or_default();
        }
        _ => {}
    }
}

/// What is left of an item without these files; false if that is nothing.
fn strip(item: &mut Item, lost: &BTreeSet<Digest>) -> bool {
    match &mut item.detail {
        Detail::Document(detail) => detail.versions.retain(|version| !lost.contains(&version.digest)),
        Detail::Contact(detail) => {
            detail.files.clear();
            (item.digest, item.size) = (None, 0);
        }
        _ => {}
    }
    !item.digest.is_some_and(|digest| lost.contains(&digest))
}

/// What goes into one record.
#[derive(Default)]
struct Batch {
    items: Vec<Item>,
    dumped: Vec<Item>,
    bodies: HashMap<Digest, Staged>,
    /// Bodies that the store has; they stay until the record is applied.
    known: HashMap<Digest, Pin>,
    bytes: usize,
}

impl Batch {
    /// False: the message is nowhere.
    fn bring(&mut self, shared: &Shared, rebuilt: &Rebuilt, digest: Digest) -> Result<bool> {
        if self.bodies.contains_key(&digest) || self.known.contains_key(&digest) {
            return Ok(true);
        }
        let pin = shared.blobs.pin(digest);
        if shared.blobs.has_whole(digest) {
            self.known.insert(digest, pin);
            return Ok(true);
        }
        let content = match rebuilt.content(digest) {
            Ok(content) => content,
            Err(error @ (Error::Store(_) | Error::Invalid(_))) => {
                tracing::warn!(%error, "restore: a message is lost");
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        shared.blobs.mend(digest, &content)?;
        let mut staging = shared.blobs.stage(u64::MAX);
        staging.write(&content)?;
        let staged = staging.finish()?;
        self.bytes += staged.inline.as_ref().map_or(0, bytes::Bytes::len);
        self.bodies.insert(digest, staged);
        Ok(true)
    }

    fn is_full(&self) -> bool {
        self.items.len() + self.dumped.len() >= RECORD_MESSAGES_MAX || self.bytes >= RECORD_BYTES_MAX
    }

    fn links(&self) -> Vec<Digest> {
        self.known.keys().copied().collect()
    }
}
