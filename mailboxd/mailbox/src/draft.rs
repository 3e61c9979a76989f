// SPDX-License-Identifier: AGPL-3.0-or-later
//! A transaction on one mailbox while it is being thought out: the next view, and the effects that lead to it. Nothing is
//! visible and nothing is written until `commit` takes it; dropping it undoes it.
//!
//! Invariant: every change of what lies in a folder (messages, contacts, documents) goes through [`Draft::put_message`], [`Draft::patch`], [`Draft::revise`] or
//! [`Draft::bury`], which keep the counters of folders, tags and mailbox equal to the sum of the rows. `verify` checks it.

use crate::access::Access;
use crate::effect::{BlobFile, Dumped, Effect, NoteName, Section};
use crate::error::{Error, Result};
use crate::note::{ACTIVE, ANNOTATIONS, SCHEDULED, SCRIPTS};
use crate::notify::{Change, Event, What};
use crate::script::ActiveScript;
use crate::view::View;
use ids::{ItemId, MailboxId, ModSeq, Uid};
use metadata::{Custom, Detail, Flags, FolderDetail, Item, Kind, Note, Patch, Rights, TagDetail, Tombstone};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Draft {
    pub mailbox: MailboxId,
    pub view: View,
    /// Change number of this transaction.
    pub modseq: ModSeq,
    pub now_ms: i64,
    access: Access,
    /// What is deleted goes to the dumpster.
    pub keeps_deleted: bool,
    effects: Vec<Effect>,
    changes: Vec<Change>,
    /// Containers to put at the end, and what changed of them; `None` for a new one.
    dirty: BTreeMap<ItemId, Option<What>>,
}

/// A draft that is complete.
pub(crate) struct Finished {
    pub view: Arc<View>,
    pub section: Section,
    pub event: Arc<Event>,
}

impl Draft {
    pub fn new(mailbox: MailboxId, view: &View, now_ms: i64, access: Access) -> Draft {
        let modseq = ModSeq(view.row.modseq.0 + 1);
        Draft {
            mailbox,
            view: view.clone(),
            modseq,
            now_ms,
            access,
            keeps_deleted: true,
            effects: Vec::new(),
            changes: Vec::new(),
            dirty: BTreeMap::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.dirty.is_empty()
    }

    /// Whether who asked for this may do that in a folder.
    pub fn check(&self, folder: ItemId, wanted: Rights) -> Result<()> {
        self.access.check(&self.view, folder, wanted)
    }

    pub fn check_owner(&self) -> Result<()> {
        self.access.check_owner()
    }

    pub fn is_owner(&self) -> bool {
        self.access.is_owner()
    }

    pub fn finish(mut self) -> Finished {
        for (id, what) in std::mem::take(&mut self.dirty) {
            let Some(item) = self.view.containers.get_mut(&id) else { continue };
            let row = Arc::make_mut(item);
            row.modseq = self.modseq;
            row.changed_ms = self.now_ms;
            self.effects.push(Effect::PutItem(row.clone()));
            self.changes.push(match what {
                None => Change::Created(item.clone()),
                Some(what) => Change::Modified { item: item.clone(), moved_from: None, what },
            });
        }
        self.view.row.modseq = self.modseq;
        self.effects.push(Effect::PutMailbox(self.view.row.clone()));
        Finished {
            view: Arc::new(self.view),
            section: Section { mailbox: self.mailbox, effects: self.effects },
            event: Arc::new(Event { modseq: self.modseq, changes: self.changes }),
        }
    }

    // ---- notes

    pub fn put_note(&mut self, note: Note) -> Result<()> {
        self.check_owner()?;
        if note.space == ACTIVE {
            self.view.script = Some(ActiveScript::of(note.clone()));
        } else if note.space == SCRIPTS {
            self.renew_script();
        } else if let Some((id, schedule)) = crate::schedule::read(&note).filter(|_| note.space == SCHEDULED) {
            Arc::make_mut(&mut self.view.scheduled).insert(id, schedule.at_ms);
        }
        self.effects.push(Effect::PutNote(note));
        Ok(())
    }

    pub fn remove_note(&mut self, space: u32, name: &str) -> Result<()> {
        self.check_owner()?;
        if space == ACTIVE {
            self.view.script = None;
        } else if space == SCRIPTS {
            self.renew_script();
        } else if let Some(id) = name.parse().ok().filter(|_| space == SCHEDULED) {
            Arc::make_mut(&mut self.view.scheduled).remove(&ItemId(id));
        }
        self.effects.push(Effect::RemoveNote(NoteName { space, name: name.to_owned() }));
        Ok(())
    }

    /// Who asks for it may annotate there, has been checked.
    pub fn put_annotation(&mut self, note: Note) {
        self.effects.push(Effect::PutNote(note));
    }

    pub fn remove_annotation(&mut self, name: &str) {
        self.effects.push(Effect::RemoveNote(NoteName { space: ANNOTATIONS, name: name.to_owned() }));
    }

    /// The active script may include any other.
    fn renew_script(&mut self) {
        self.view.script = self.view.script.take().map(|script| ActiveScript::named(&script.name));
    }

    /// An effect that changes no item.
    pub fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub fn next_id(&mut self) -> Result<ItemId> {
        let id = self.view.row.next_item_id;
        // item ids are 31 bits on the wire: minus an id names a virtual conversation
        if id >= i32::MAX as u32 {
            return Err(Error::Store("the mailbox has used up its item ids".into()));
        }
        self.view.row.next_item_id = id + 1;
        Ok(ItemId(id))
    }

    /// The next UID of a folder that holds messages.
    pub fn next_uid(&mut self, folder: ItemId) -> Result<Uid> {
        let detail = self.folder_detail(folder, What::NONE)?;
        let uid = detail.uid_next;
        detail.uid_next =
            uid.checked_add(1).ok_or_else(|| Error::Store(format!("folder {folder} has used up its UIDs")))?;
        Ok(Uid(uid))
    }

    // ---- messages

    /// A message, contact or document that is not there yet, with its file linked from the anchor of `item.digest`.
    pub fn put_message(&mut self, item: Item) -> Result<Arc<Item>> {
        self.check(item.folder, Rights::INSERT)?;
        self.count(&item, 1)?;
        self.link(&item);
        self.effects.push(Effect::PutItem(item.clone()));
        let item = Arc::new(item);
        self.changes.push(Change::Created(item.clone()));
        Ok(item)
    }

    /// Changes some columns of it; `patch.id`, `modseq` and `changed_ms` are filled in here.
    pub fn patch(&mut self, before: &Item, mut patch: Patch) -> Result<Arc<Item>> {
        patch.id = before.id;
        patch.modseq = self.modseq;
        patch.changed_ms = self.now_ms;
        if patch.folder.is_some_and(|folder| folder != before.folder) {
            patch.saved_ms = Some(self.now_ms);
        }
        let mut after = before.clone();
        patch.apply(&mut after);
        self.check_patch(before, &after)?;
        self.recount(before, &after)?;
        let moved = after.folder != before.folder;
        if moved {
            self.bury_uid(before);
        }
        let what = What {
            flags: after.flags != before.flags,
            tags: after.tags != before.tags,
            folder: moved,
            conversation: after.conversation != before.conversation,
            ..What::NONE
        };
        self.effects.push(Effect::Patch(patch));
        let after = Arc::new(after);
        let moved_from = moved.then_some((before.folder, before.uid));
        self.changes.push(Change::Modified { item: after.clone(), moved_from, what });
        Ok(after)
    }

    /// Another detail, of which nothing is counted. A container is put at the end, as it is then.
    pub fn put_custom(&mut self, item: &Item, custom: Custom) -> Result<()> {
        if item.kind.is_container() {
            match item.kind {
                Kind::Folder => self.check(item.id, Rights::WRITE)?,
                _ => self.check_owner()?,
            }
            *self.container_mut(item.id, What::NONE)?.detail.custom_mut() = custom;
            return Ok(());
        }
        self.check(item.folder, Rights::WRITE)?;
        let mut after = item.clone();
        after.modseq = self.modseq;
        after.changed_ms = self.now_ms;
        *after.detail.custom_mut() = custom;
        self.effects.push(Effect::PutItem(after.clone()));
        self.changes.push(Change::Modified { item: Arc::new(after), moved_from: None, what: What::NONE });
        Ok(())
    }

    /// New content under the same id (a draft saved again): `after.revision` and, of a message, `after.uid` are new. The files
    /// of a document's earlier versions stay as long as it names them.
    pub fn revise(&mut self, before: &Item, mut after: Item) -> Result<Arc<Item>> {
        if before.kind == Kind::Message {
            self.check_owner()?;
        } else {
            self.check(before.folder, Rights::WRITE)?;
        }
        after.detail.custom_mut().clone_from(before.detail.custom());
        self.recount(before, &after)?;
        self.bury_uid(before);
        if after.revision != before.revision {
            self.link(&after);
        }
        self.effects.push(Effect::PutItem(after.clone()));
        let kept: Vec<_> = files(&after).collect();
        for file in files(before).filter(|file| !kept.contains(file)) {
            self.effects.push(Effect::Unlink(file));
        }
        let after = Arc::new(after);
        let what = What { content: true, flags: after.flags != before.flags, ..What::NONE };
        let moved_from = (before.kind == Kind::Message).then_some((before.folder, before.uid));
        self.changes.push(Change::Modified { item: after.clone(), moved_from, what });
        Ok(after)
    }

    /// It is deleted: nobody sees it any more, and its owner can have it back for a while.
    pub fn bury(&mut self, item: &Item) -> Result<()> {
        if !self.keeps_deleted {
            return self.remove(item);
        }
        let dumped = Dumped { item: item.id, deleted_ms: self.now_ms, modseq: self.modseq };
        self.depart(item, [Effect::Dump(dumped)])
    }

    /// It is gone for good, since something else has taken its place.
    pub fn remove(&mut self, item: &Item) -> Result<()> {
        self.depart(item, files(item).map(Effect::Unlink))
    }

    fn depart(&mut self, item: &Item, how: impl IntoIterator<Item = Effect>) -> Result<()> {
        self.check(item.folder, Rights::DELETE)?;
        self.count(item, -1)?;
        self.effects.extend(how);
        self.effects.push(Effect::Bury(self.tombstone(item, true)));
        self.changes.push(Change::Removed { id: item.id, kind: item.kind, folder: item.folder, uid: item.uid });
        Ok(())
    }

    fn check_patch(&self, before: &Item, after: &Item) -> Result<()> {
        if self.is_owner() {
            return Ok(());
        }
        if after.folder != before.folder {
            self.check(before.folder, Rights::DELETE)?;
            self.check(after.folder, Rights::INSERT)?;
        }
        // Marking for removal is the first half of removing.
        let marked = Flags((before.flags.0 ^ after.flags.0) & Flags::DELETED.0);
        if marked != Flags::default() {
            self.check(before.folder, Rights::DELETE)?;
        }
        if before.flags.without(Flags::DELETED) != after.flags.without(Flags::DELETED) || before.tags != after.tags {
            self.check(before.folder, Rights::WRITE)?;
        }
        Ok(())
    }

    fn bury_uid(&mut self, item: &Item) {
        if item.kind != Kind::Message {
            return;
        }
        let tombstone = self.tombstone(item, false);
        self.effects.push(Effect::Bury(tombstone));
    }

    fn tombstone(&self, item: &Item, removed: bool) -> Tombstone {
        Tombstone { id: item.id, kind: item.kind, modseq: self.modseq, folder: item.folder, uid: item.uid, removed }
    }

    fn link(&mut self, item: &Item) {
        if let Some(digest) = item.digest {
            self.effects.push(Effect::Link(BlobFile { item: item.id, revision: item.revision, digest }));
        }
    }

    // ---- containers

    pub fn add_container(&mut self, item: Item) -> Result<()> {
        match item.kind {
            Kind::Folder => self.check(item.folder, Rights::CREATE)?,
            _ => self.check_owner()?,
        }
        self.dirty.insert(item.id, None);
        self.view.containers.insert(item.id, Arc::new(item));
        Ok(())
    }

    /// Write access to a folder, search or tag; it is put when the draft ends.
    pub fn container_mut(&mut self, id: ItemId, what: What) -> Result<&mut Item> {
        let item = self.view.containers.get_mut(&id).ok_or_else(|| Error::no_such("item", id))?;
        let known = self.dirty.entry(id).or_insert(Some(What::NONE));
        if let Some(known) = known {
            *known = known.or(what);
        }
        Ok(Arc::make_mut(item))
    }

    pub fn remove_container(&mut self, id: ItemId) -> Result<()> {
        match self.view.containers.get(&id).map(|item| item.kind) {
            Some(Kind::Folder) => self.check(id, Rights::DELETE)?,
            _ => self.check_owner()?,
        }
        if let Some(item) = self.view.containers.remove(&id) {
            self.dirty.remove(&id);
            self.effects.push(Effect::Bury(self.tombstone(&item, true)));
            self.changes.push(Change::Removed { id, kind: item.kind, folder: item.folder, uid: Uid(0) });
        }
        Ok(())
    }

    pub fn folder_detail(&mut self, id: ItemId, what: What) -> Result<&mut FolderDetail> {
        let item = self.container_mut(id, what)?;
        match (item.kind, &mut item.detail) {
            (Kind::Folder, Detail::Folder(detail)) => Ok(detail),
            _ => Err(Error::CannotContain(item.name.clone())),
        }
    }

    fn tag_detail(&mut self, id: ItemId) -> Option<&mut TagDetail> {
        let what = What { counters: true, ..What::NONE };
        match &mut self.container_mut(id, what).ok()?.detail {
            Detail::Tag(detail) => Some(detail),
            _ => None,
        }
    }

    // ---- counters

    fn recount(&mut self, before: &Item, after: &Item) -> Result<()> {
        self.count(before, -1)?;
        self.count(after, 1)
    }

    /// Adds it to the counters of its folder, its tags and the mailbox, or takes it away (`sign` -1).
    fn count(&mut self, item: &Item, sign: i8) -> Result<()> {
        let unread = u32::from(item.flags.contains(Flags::UNREAD));
        let modseq = self.modseq.0;
        let detail = self.folder_detail(item.folder, What { counters: true, ..What::NONE })?;
        if item.kind == Kind::Message {
            detail.total = add(detail.total, 1, sign);
            detail.unread = add(detail.unread, unread, sign);
            detail.highest_modseq = modseq;
        } else {
            detail.others = add(detail.others, 1, sign);
        }
        detail.size = add64(detail.size, octets(item), sign);
        for tag in &item.tags {
            if let Some(detail) = self.tag_detail(*tag) {
                detail.total = add(detail.total, 1, sign);
                detail.unread = add(detail.unread, unread, sign);
            }
        }
        self.view.row.size = add64(self.view.row.size, octets(item), sign);
        Ok(())
    }
}

/// The files of an item, those of earlier versions too.
pub(crate) fn files(item: &Item) -> impl Iterator<Item = BlobFile> {
    let now = item.digest.map(|digest| BlobFile { item: item.id, revision: item.revision, digest });
    let earlier = match &item.detail {
        Detail::Document(detail) => detail.versions.as_slice(),
        _ => &[],
    };
    let id = item.id;
    now.into_iter().chain(earlier.iter().map(move |version| BlobFile {
        item: id,
        revision: version.revision,
        digest: version.digest,
    }))
}

/// Of all versions.
pub(crate) fn octets(item: &Item) -> u64 {
    match &item.detail {
        Detail::Document(detail) => item.size + detail.versions.iter().map(|version| version.size).sum::<u64>(),
        _ => item.size,
    }
}

fn add(counter: u32, by: u32, sign: i8) -> u32 {
    if sign < 0 { counter.saturating_sub(by) } else { counter.saturating_add(by) }
}

fn add64(counter: u64, by: u64, sign: i8) -> u64 {
    if sign < 0 { counter.saturating_sub(by) } else { counter.saturating_add(by) }
}
