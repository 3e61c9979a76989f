// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where an item's file is: on the primary volume, or on one of the secondary ones behind it.

use crate::{Blob, Blobs, Error, Result};
use bytes::Bytes;
use ids::{Digest, ItemId, MailboxId, ModSeq};
use std::collections::BTreeSet;

impl Blobs {
    /// Hard link from an anchor to the item's file, on the primary volume. What only a secondary one has is brought first: nothing
    /// is made there but by a move. Idempotent.
    pub fn link(&self, digest: Digest, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<()> {
        let _pin = (!self.0.secondaries.read().is_empty()).then(|| self.pin(digest));
        match self.link_here(digest, mailbox, item, revision) {
            Err(error) if error.is_not_found() && self.bring(digest)? => {
                self.link_here(digest, mailbox, item, revision)
            }
            other => other,
        }
    }

    /// An anchor of what a secondary volume has; durable, as no record holds its bytes. False: none has it, or it is away.
    fn bring(&self, digest: Digest) -> Result<bool> {
        for (_, other) in self.here() {
            match other.stored_here(digest) {
                Ok((stored, suffix)) => {
                    self.anchor_stored(digest, &stored, suffix)?;
                    return Ok(true);
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Idempotent. `digest` is what the item's file was linked from.
    pub fn unlink(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq, digest: Digest) -> Result<()> {
        self.unlink_here(mailbox, item, revision, digest)?;
        self.on_secondaries(|other| other.unlink_here(mailbox, item, revision, digest))
    }

    /// All files of a mailbox that is gone.
    pub fn remove_mailbox(&self, mailbox: MailboxId) -> Result<()> {
        self.remove_here(mailbox)?;
        self.on_secondaries(|other| other.remove_here(mailbox))
    }

    /// Removes something from each. One that can't do it must not hold up the mail: it is looked through when it is back.
    pub(crate) fn on_secondaries(&self, remove: impl Fn(&Blobs) -> Result<()>) -> Result<()> {
        for other in self.secondaries() {
            match other.blobs() {
                Ok(blobs) => {
                    if let Err(error) = remove(&blobs) {
                        self.owe(&other)?;
                        other.lose(error.to_string());
                    }
                }
                Err(_) => self.owe(&other)?,
            }
        }
        Ok(())
    }

    pub fn open_item(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<Blob> {
        let missing = match self.open_here(mailbox, item, revision) {
            Err(error) if error.is_not_found() => error,
            other => return other,
        };
        let mut away = None;
        for other in self.secondaries() {
            let opened = match other.blobs() {
                Ok(blobs) => blobs.open_here(mailbox, item, revision),
                Err(why) => Err(other.away(why)),
            };
            match opened {
                Err(error) if error.is_not_found() => {
                    // pulled away a moment ago
                    if self.identity_of(&other.spec.root).is_err() {
                        away = Some(other.away("nothing is mounted there".into()));
                    }
                }
                Err(error @ Error::Away { .. }) => away = Some(error),
                other => return other,
            }
        }
        if away.is_none() && !self.secondaries().is_empty() {
            // moved back between the two looks
            return self.open_here(mailbox, item, revision);
        }
        Err(away.unwrap_or(missing))
    }

    /// Every file of a mailbox on the volumes that are there, in no particular order, each once.
    pub fn items(&self, mailbox: MailboxId) -> Result<Vec<(ItemId, ModSeq)>> {
        let mut items: BTreeSet<_> = self.items_here(mailbox)?.into_iter().collect();
        for (_, other) in self.here() {
            items.extend(other.items_here(mailbox)?);
        }
        Ok(items.into_iter().collect())
    }

    /// A message as it is kept, compared with its digest, and how its file ends.
    pub fn stored(&self, expected: Digest) -> Result<(Bytes, &'static str)> {
        let error = match self.stored_here(expected) {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        let mut away = None;
        for other in self.secondaries() {
            match other.blobs() {
                Ok(blobs) => {
                    if let Ok(found) = blobs.stored_here(expected) {
                        return Ok(found);
                    }
                }
                Err(why) => away = Some(other.away(why)),
            }
        }
        match away {
            Some(away) if error.is_not_found() => Err(away),
            _ => Err(error),
        }
    }

    /// What was removed there would come back with a power cut, and nothing more: no reason to stop.
    pub(crate) fn sync_secondaries(&self) -> Result<()> {
        self.on_secondaries(Blobs::sync_here)
    }
}
