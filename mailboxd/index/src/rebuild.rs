// SPDX-License-Identifier: AGPL-3.0-or-later
//! A new index of a mailbox, fed beside the one in use and put in its place when it is whole. Until then the old one answers;
//! a crash leaves it as it is.

use crate::opened::{Fault, Opened};
use crate::shelf::Shelf;
use crate::{Document, Result};
use ids::{ItemId, MailboxId, ModSeq};
use std::sync::Arc;

/// Dropped before [`Rebuild::finish`], it leaves nothing.
pub struct Rebuild {
    shelf: Arc<Shelf>,
    mailbox: MailboxId,
    opened: Opened,
    applied: ModSeq,
}

impl Rebuild {
    pub(crate) fn start(shelf: Arc<Shelf>, mailbox: MailboxId) -> Result<Rebuild> {
        let path = shelf.beside(mailbox);
        let cleared = match std::fs::remove_dir_all(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Fault::from(source)),
            _ => Ok(()),
        };
        match cleared.and_then(|()| Opened::create(&path)) {
            Ok(opened) => Ok(Rebuild { shelf, mailbox, opened, applied: ModSeq(0) }),
            Err(fault) => Err(shelf.error(mailbox, fault.to_string())),
        }
    }

    /// Everything with modseq <= this is in it.
    pub fn applied(&self) -> ModSeq {
        self.applied
    }

    /// Which of these have no document in it.
    pub fn missing(&self, ids: &[ItemId]) -> Result<Vec<ItemId>> {
        let present = self.opened.present(ids).map_err(|fault| self.error(&fault))?;
        Ok(ids.iter().copied().filter(|id| !present.contains(id)).collect())
    }

    /// As [`crate::Indexes::apply`].
    pub fn apply(&mut self, add: Vec<(ItemId, Document)>, remove: &[ItemId], upto: ModSeq) -> Result<()> {
        if !(add.is_empty() && remove.is_empty()) {
            self.opened.write(add, remove, upto).map_err(|fault| self.error(&fault))?;
        }
        self.applied = self.applied.max(upto);
        Ok(())
    }

    /// From here on it is the mailbox's index. Nothing may be applied to the old one since this one caught up with it.
    pub fn finish(self) -> Result<()> {
        let _turn = self.shelf.turn(self.mailbox);
        self.opened.release_writer();
        let replaced = self.shelf.replace(self.mailbox, &self.shelf.beside(self.mailbox), self.applied);
        replaced.map_err(|fault| {
            // The shelf may hold an index whose files were moved away.
            self.shelf.discard(self.mailbox, None, &fault.to_string());
            self.error(&fault)
        })
    }

    fn error(&self, fault: &Fault) -> crate::Error {
        self.shelf.error(self.mailbox, format!("building it anew: {fault}"))
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        self.opened.drop_writer();
        // Gone already if it was finished; what stays is cleared away by the next start.
        let _ = std::fs::remove_dir_all(self.shelf.beside(self.mailbox));
    }
}
