// SPDX-License-Identifier: AGPL-3.0-or-later
//! A mailbox's rows from one engine to the other: written beside, compared row by row, made durable; then one rename, or one
//! unlink, is the move (`driver/homes.rs`). A crash at any moment leaves the mailbox whole where it was or where it
//! goes. Who calls this keeps writers of the mailbox away; readers need not notice.

use crate::{Engine, Error, Metadata, Reader, Result};
use ids::{ItemId, MailboxId, ModSeq};
use std::path::Path;
use std::sync::Arc;

/// Items a transaction.
const CHUNK: usize = 500;
/// Notes a transaction: one may be as large as a script.
const NOTES_CHUNK: usize = 16;

impl Metadata {
    /// Answers how many rows the mailbox has; 0 and nothing done if it is there already.
    pub fn transfer(&self, mailbox: MailboxId, to: Engine) -> Result<u64> {
        if self.home(mailbox) == to {
            return Ok(0);
        }
        let beside = Metadata(Arc::new(self.0.beside(to)?));
        let rows = self.copy(&beside, mailbox)?;
        beside.checkpoint()?;
        drop(beside);
        self.0.switch(mailbox, to)?;
        Ok(rows)
    }

    /// Synced copies of every mailbox's rows, each at one committed state, as files that [`Metadata::open`] can open.
    /// `dir` is created if it is not there; a mailbox must not be in it yet.
    pub fn snapshot(&self, dir: &Path) -> Result<()> {
        self.0.sqlite.snapshot(dir)?;
        let copies = Metadata::open(dir, 1)?;
        for mailbox in self.0.list()? {
            if self.home(mailbox) == Engine::Mysql {
                self.copy(&copies, mailbox)?;
            }
        }
        copies.checkpoint()
    }

    fn copy(&self, to: &Metadata, mailbox: MailboxId) -> Result<u64> {
        to.remove_mailbox(mailbox)?;
        self.read(mailbox, |source| {
            let ids = ids(source)?;
            let tombstones = source.tombstones_since(ModSeq(0), usize::MAX)?;
            to.write(mailbox, |writer| {
                // first, so that what is cut off is listed and can be removed
                source.mailbox()?.iter().try_for_each(|row| writer.put_mailbox(row))?;
                tombstones.iter().try_for_each(|tombstone| writer.put_tombstone(tombstone))
            })?;
            let notes = source.notes(None)?;
            for chunk in notes.chunks(NOTES_CHUNK) {
                to.write(mailbox, |writer| chunk.iter().try_for_each(|note| writer.put_note(note)))?;
            }
            for chunk in ids.chunks(CHUNK) {
                let items = source.items(chunk)?;
                to.write(mailbox, |writer| writer.put_items(&items.iter().collect::<Vec<_>>()))?;
            }
            let dumpster = source.dumpster()?;
            for chunk in dumpster.chunks(CHUNK) {
                let items = source.dumped(chunk)?;
                to.write(mailbox, |writer| items.iter().try_for_each(|item| writer.put_dumped(item)))?;
            }
            to.read(mailbox, |target| compare(mailbox, source, target))?;
            Ok((ids.len() + dumpster.len() + tombstones.len() + notes.len() + 1) as u64)
        })
    }
}

fn ids(reader: &Reader<'_>) -> Result<Vec<ItemId>> {
    let mut ids = Vec::new();
    reader.all_ids(&mut |one| {
        ids.push(one.id);
        true
    })?;
    Ok(ids)
}

/// Everything that can be asked of a mailbox has the same answer on both sides.
fn compare(mailbox: MailboxId, source: &Reader<'_>, target: &Reader<'_>) -> Result<()> {
    let differ =
        |what: &str| Err(Error::Invalid { mailbox, what: format!("its copy differs in {what}: nothing was moved") });
    let ids = ids(source)?;
    if source.mailbox()? != target.mailbox()? {
        return differ("the state of the mailbox");
    }
    if ids != self::ids(target)? {
        return differ("the list of items");
    }
    for chunk in ids.chunks(CHUNK) {
        if source.items(chunk)? != target.items(chunk)? {
            return differ("an item");
        }
    }
    for container in source.containers()? {
        if source.tagged(container.id)? != target.tagged(container.id)? {
            return differ("what bears a tag");
        }
    }
    if source.tombstones_since(ModSeq(0), usize::MAX)? != target.tombstones_since(ModSeq(0), usize::MAX)? {
        return differ("what was removed");
    }
    let dumpster = source.dumpster()?;
    if dumpster != target.dumpster()? {
        return differ("the list of the dumpster");
    }
    for chunk in dumpster.chunks(CHUNK) {
        if source.dumped(chunk)? != target.dumped(chunk)? {
            return differ("an item of the dumpster");
        }
    }
    if source.notes(None)? != target.notes(None)? {
        return differ("a note");
    }
    match target.integrity()?.first() {
        Some(text) => differ(text),
        None => Ok(()),
    }
}
