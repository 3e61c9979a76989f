// SPDX-License-Identifier: AGPL-3.0-or-later
//! Effects into the stores. Live application and recovery run this same code, so recovery is exercised by every delivery.
//!
//! Order within a batch: files appear before the rows that name them, and go after the rows that named them are gone; a crash
//! between leaves a file too many, which the replay of the same records mends.

use crate::effect::{Effect, Section};
use crate::error::Result;
use crate::store::Shared;
use blobs::{Blobs, Pin};
use bytes::Bytes;
use ids::{Digest, ItemId, MailboxId, Seq};
use metadata::{Failure, Item, Metadata, Writer};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// The inline bodies of one record, shared by all mailboxes that it concerns.
pub(crate) struct Bodies {
    inline: Vec<(Digest, Bytes)>,
    /// The record will link to these anchors: none may be swept meanwhile.
    _pins: Vec<Pin>,
    /// The anchors are there: the second mailbox need not look.
    put: AtomicBool,
}

impl Bodies {
    pub fn new(inline: Vec<(Digest, Bytes)>, pins: Vec<Pin>) -> Bodies {
        Bodies { put: AtomicBool::new(inline.is_empty()), inline, _pins: pins }
    }

    pub fn put(&self, blobs: &Blobs) -> Result<()> {
        if !self.put.load(Ordering::Acquire) {
            for (digest, stored) in &self.inline {
                blobs.put(*digest, stored)?;
            }
            self.put.store(true, Ordering::Release);
        }
        Ok(())
    }
}

/// One record's effects on one mailbox.
pub(crate) struct Step<'a> {
    pub seq: Seq,
    pub section: &'a Section,
    pub bodies: &'a Bodies,
}

impl Shared {
    /// Applies records to one mailbox, in order, in one transaction.
    pub fn apply(&self, mailbox: MailboxId, steps: &[Step<'_>]) -> Result<()> {
        for step in steps {
            step.bodies.put(&self.blobs)?;
            for effect in &step.section.effects {
                match effect {
                    Effect::Link(file) => self.blobs.link(file.digest, mailbox, file.item, file.revision)?,
                    Effect::Train(lesson) => self.blobs.train(lesson.file(step.seq))?,
                    _ => {}
                }
            }
        }
        self.apply_rows(mailbox, steps)?;
        for effect in steps.iter().flat_map(|step| &step.section.effects) {
            if let Effect::Move(moving) = effect {
                self.blobs.moved(moving.volume(), &moving.file(mailbox))?;
            }
            if let Effect::Unlink(file) = effect {
                self.blobs.unlink(mailbox, file.item, file.revision, file.digest)?;
            }
        }
        Ok(())
    }

    /// The rows only: recovery treats the files by itself.
    pub fn apply_rows(&self, mailbox: MailboxId, steps: &[Step<'_>]) -> Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        if steps.iter().any(|step| step.section.effects.contains(&Effect::RemoveMailbox)) {
            return self.apply_removal(mailbox);
        }
        put_steps(&self.metadata, mailbox, steps)?;
        self.indexer.wake(mailbox, steps.len());
        Ok(())
    }

    fn apply_removal(&self, mailbox: MailboxId) -> Result<()> {
        self.metadata.remove_mailbox(mailbox)?;
        self.blobs.remove_mailbox(mailbox)?;
        self.indexes.remove_mailbox(mailbox)?;
        Ok(())
    }
}

/// Attempts at a transaction that the database has rolled back because of somebody else's lock.
const ATTEMPTS_MAX: usize = 5;

/// The mailbox's row, in a map of items' rows: no item has the id 0.
const MAILBOX_ROW: ItemId = ItemId(0);

/// Which step puts a row for the last time. Rows that every delivery puts again (folder, tag, mailbox) are written once a
/// batch: effects are absolute, so the earlier ones would only be overwritten.
fn last_puts(steps: &[Step<'_>]) -> HashMap<ItemId, usize> {
    let mut last = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        for effect in &step.section.effects {
            match effect {
                Effect::PutMailbox(_) => last.insert(MAILBOX_ROW, at),
                Effect::PutItem(item) if item.kind.is_container() => last.insert(item.id, at),
                // a container that is removed later must not be put after that
                Effect::Bury(tombstone) if tombstone.kind.is_container() => last.insert(tombstone.id, at),
                _ => None,
            };
        }
    }
    last
}

/// One transaction. Steps that the rows hold already are left out: an earlier attempt may have been committed although its
/// answer was an error (a database server that died), and patches are not made for the state that they lead to.
pub(crate) fn put_steps(metadata: &Metadata, mailbox: MailboxId, steps: &[Step<'_>]) -> Result<()> {
    Ok(try_steps(metadata, mailbox, steps)?)
}

/// The same with the rows' own error.
pub(crate) fn try_steps(metadata: &Metadata, mailbox: MailboxId, steps: &[Step<'_>]) -> metadata::Result<()> {
    let put = |writer: &mut Writer<'_>| {
        let held = writer.reader().mailbox()?.map_or(Seq(0), |row| row.applied);
        let missing = &steps[steps.partition_point(|step| step.seq <= held)..];
        put_rows(writer, missing)
    };
    let mut attempts = 1;
    loop {
        match metadata.write(mailbox, put) {
            Err(error) if error.kind() == Failure::Busy && attempts < ATTEMPTS_MAX => attempts += 1,
            other => return other,
        }
    }
}

fn put_rows(writer: &mut Writer<'_>, steps: &[Step<'_>]) -> metadata::Result<()> {
    let last = last_puts(steps);
    let mut items: Vec<&Item> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let is_last = |id| last.get(&id) == Some(&at);
        for effect in &step.section.effects {
            match effect {
                Effect::PutMailbox(row) if is_last(MAILBOX_ROW) => {
                    let row = metadata::MailboxRow { applied: step.seq, ..row.clone() };
                    writer.put_mailbox(&row)?;
                }
                // those that follow one another are put together
                Effect::PutItem(item) if !item.kind.is_container() || is_last(item.id) => items.push(item),
                Effect::Patch(patch) => {
                    writer.put_items(&std::mem::take(&mut items))?;
                    writer.patch_item(patch)?;
                }
                Effect::Bury(tombstone) => {
                    writer.put_items(&std::mem::take(&mut items))?;
                    writer.put_tombstone(tombstone)?;
                    if tombstone.removed {
                        writer.remove_item(tombstone.id)?;
                    }
                }
                Effect::Dump(dumped) => {
                    writer.put_items(&std::mem::take(&mut items))?;
                    writer.dump_item(dumped.item, dumped.modseq, dumped.deleted_ms)?;
                }
                Effect::Discard(id) => {
                    writer.put_items(&std::mem::take(&mut items))?;
                    writer.discard_item(*id)?;
                }
                Effect::PutNote(note) => writer.put_note(note)?,
                Effect::RemoveNote(note) => writer.remove_note(note.space, &note.name)?,
                Effect::ExpireNotes(expiry) => writer.expire_notes(expiry.space, expiry.until_ms)?,
                Effect::PutMailbox(_)
                | Effect::PutItem(_)
                | Effect::Link(_)
                | Effect::Unlink(_)
                | Effect::Move(_)
                | Effect::Train(_)
                | Effect::RemoveMailbox => {}
            }
        }
    }
    writer.put_items(&items)
}
