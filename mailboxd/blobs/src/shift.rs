// SPDX-License-Identifier: AGPL-3.0-or-later
//! Moves of files between volumes. The order, so that a crash at any moment leaves one good copy:
//!
//! 1. What is to move is noted (`moving`).
//! 2. It is written and linked on the other volume, and durable there.
//! 3. A record says that it moved ([`Blobs::moved`] applies it): only now its first file goes.
//! 4. The note goes. After a crash, what is noted and still on both volumes did not move: its copy goes.

use crate::secondary::{PRIMARY, VolumeId};
use crate::{Blobs, Error, Result, Swept, digest};
use bytes::Bytes;
use fs::Open;
use ids::{Digest, ItemId, MailboxId, ModSeq};
use std::io;
use std::path::PathBuf;

/// A file of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MovingFile {
    pub mailbox: MailboxId,
    pub item: ItemId,
    pub revision: ModSeq,
    pub digest: Digest,
}

/// What came of copying: each file that is on both volumes now, with the octets it has there, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Moved {
    pub files: Vec<(MovingFile, u64)>,
    pub problems: Vec<(MovingFile, Error)>,
}

impl Blobs {
    /// Whether the file is on that volume.
    pub fn is_on(&self, volume: VolumeId, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> bool {
        if volume == PRIMARY {
            return self.has_here(mailbox, item, revision);
        }
        let blobs = self.secondary(volume).and_then(|other| other.blobs().ok());
        blobs.is_some_and(|blobs| blobs.has_here(mailbox, item, revision))
    }

    /// Steps 1 and 2. An error: nothing moves, and [`Blobs::settle_moves`] tidies up.
    pub fn copy_to(&self, volume: VolumeId, files: &[MovingFile]) -> Result<Moved> {
        let target = self.on(volume)?;
        self.is_still_there(volume)?;
        self.note_moving(files)?;
        let mut moved = Moved::default();
        for file in files {
            match self.copy_one(&target, file) {
                Ok(Some(bytes)) => moved.files.push((*file, bytes)),
                // deleted meanwhile
                Ok(None) => {}
                // of this message only
                Err(error @ Error::Damaged { .. }) => moved.problems.push((*file, error)),
                Err(error) => {
                    self.is_still_there(volume)?;
                    return Err(error);
                }
            }
        }
        if let Err(error) = target.sync_here() {
            // what is read from memory now may never have reached the disk: none of it may be found by the next try
            let mut swept = Swept::default();
            for file in files {
                target.unlink_here(file.mailbox, file.item, file.revision, file.digest)?;
                target.sweep_digest(file.digest, &mut swept)?;
            }
            return Err(error);
        }
        // what was synced may be another file system than the one that was written to
        self.is_still_there(volume)?;
        moved.files.retain(|(file, _)| target.has_here(file.mailbox, file.item, file.revision));
        Ok(moved)
    }

    /// A volume that was pulled away a moment ago is not written to, nor believed.
    fn is_still_there(&self, volume: VolumeId) -> Result<()> {
        let Some(other) = self.secondary(volume) else { return Ok(()) };
        if self.identity_of(&other.spec.root).is_ok_and(|uuid| uuid == other.spec.uuid) {
            return Ok(());
        }
        let why = format!("{} is not mounted any more", other.spec.root.display());
        other.lose(why.clone());
        Err(other.away(why))
    }

    /// `None`: there is no such file any more.
    fn copy_one(&self, target: &Blobs, file: &MovingFile) -> Result<Option<u64>> {
        let _pin = target.pin(file.digest);
        let content = match self.open_item(file.mailbox, file.item, file.revision) {
            Err(error) if error.is_not_found() => return Ok(None),
            opened => opened?.read_all()?,
        };
        if digest(&content) != file.digest {
            return Err(Error::Damaged { path: self.0.root.join(format!("{}-{}", file.item, file.revision)) });
        }
        let stored = crate::staging::stored(&content, target.compresses(content.len() as u64))?;
        if !target.has_anchor(file.digest)? {
            target.put(file.digest, &stored)?;
        } else if target.stored_here(file.digest).is_err() {
            target.restore(file.digest, &content)?;
        }
        target.link_here(file.digest, file.mailbox, file.item, file.revision)?;
        Ok(Some(stored.len() as u64))
    }

    /// Step 3, and its replay. Where the other volume does not have the file, the first one stays.
    pub fn moved(&self, volume: VolumeId, file: &MovingFile) -> Result<()> {
        let MovingFile { mailbox, item, revision, digest } = *file;
        let Ok(target) = self.on(volume) else {
            // a replay: there is a copy too many on a volume that is away
            return self.secondary(volume).map_or(Ok(()), |other| self.owe(&other));
        };
        if !target.has_here(mailbox, item, revision) {
            // a replay of moves to and fro
            match target.link_here(digest, mailbox, item, revision) {
                Err(error) if error.is_not_found() => return Ok(()),
                other => other?,
            }
        }
        if volume != PRIMARY {
            self.unlink_here(mailbox, item, revision, digest)?;
        }
        self.on_secondaries(|other| match other.0.root == target.0.root {
            true => Ok(()),
            false => other.unlink_here(mailbox, item, revision, digest),
        })
    }

    /// Step 4, and after a start when everything is replayed: what is noted and on the primary volume is on no other one.
    pub fn settle_moves(&self) -> Result<()> {
        let path = self.moving();
        if !self.0.fs.exists(&path) {
            return Ok(());
        }
        for file in self.noted_moves()? {
            if self.has_here(file.mailbox, file.item, file.revision) {
                self.on_secondaries(|other| other.unlink_here(file.mailbox, file.item, file.revision, file.digest))?;
            }
        }
        self.0.fs.unlink(&path).map_err(Error::at(&path))
    }

    /// Of a secondary volume: what no item has, or is on the primary one, goes. `has` tells whether a mailbox has an item's file,
    /// and its digest. Answers how many went.
    pub fn tidy(&self, volume: VolumeId, has: &dyn Fn(MailboxId, ItemId, ModSeq) -> bool) -> Result<u64> {
        let other = self.on(volume)?;
        let mut gone = 0;
        for mailbox in other.mailboxes_here()? {
            for (item, revision) in other.items_here(mailbox)? {
                if self.has_here(mailbox, item, revision) || !has(mailbox, item, revision) {
                    let digest = digest(&other.open_here(mailbox, item, revision)?.read_all().unwrap_or_default());
                    other.unlink_here(mailbox, item, revision, digest)?;
                    gone += 1;
                }
            }
        }
        Ok(gone)
    }

    /// Items' files on a volume, of every mailbox.
    pub fn count_on(&self, volume: VolumeId) -> Result<u64> {
        let blobs = self.on(volume)?;
        let mailboxes = blobs.mailboxes_here()?.into_iter();
        mailboxes.map(|mailbox| Ok(blobs.items_here(mailbox)?.len() as u64)).sum()
    }

    fn on(&self, volume: VolumeId) -> Result<Blobs> {
        if volume == PRIMARY {
            return Ok(self.clone());
        }
        let name = || volume.0.to_string();
        let other = self
            .secondary(volume)
            .ok_or_else(|| Error::Volume { name: name(), why: "there is no such volume".into() })?;
        other.blobs().map_err(|why| other.away(why))
    }

    fn moving(&self) -> PathBuf {
        self.0.root.join("moving")
    }

    fn note_moving(&self, files: &[MovingFile]) -> Result<()> {
        let lines = files
            .iter()
            .map(|file| format!("{} {} {} {}\n", file.mailbox, file.item, file.revision, file.digest.to_hex()));
        let path = self.moving();
        fs::write_durably(&*self.0.fs, &path, lines.collect::<String>().as_bytes()).map_err(Error::at(&path))
    }

    fn noted_moves(&self) -> Result<Vec<MovingFile>> {
        let path = self.moving();
        let read = || {
            let file = self.0.fs.open(&path, Open::Read)?;
            let length = usize::try_from(file.metadata()?.len).map_err(io::Error::other)?;
            let mut text = vec![0; length];
            file.read_full_at(&mut text, 0)?;
            String::from_utf8(text).map_err(io::Error::other)
        };
        let text = read().map_err(Error::at(&path))?;
        let parse = |line: &str| {
            let mut words = line.split(' ');
            Some(MovingFile {
                mailbox: MailboxId(words.next()?.parse().ok()?),
                item: ItemId(words.next()?.parse().ok()?),
                revision: ModSeq(words.next()?.parse().ok()?),
                digest: Digest::from_hex(words.next()?)?,
            })
        };
        text.lines().map(|line| parse(line).ok_or_else(|| Error::Damaged { path: path.clone() })).collect()
    }

    /// An anchor of bytes that another volume keeps. Durable.
    pub(crate) fn anchor_stored(&self, digest: Digest, stored: &Bytes, suffix: &'static str) -> Result<()> {
        let mut copy = self.tmp()?;
        copy.append(stored)?;
        copy.sync()?;
        let _shard = self.lock(digest);
        let path = self.anchor(digest, 1, suffix);
        if !self.0.fs.exists(&path) {
            copy.move_to(&path)?;
        }
        // nobody may link to it in the end
        self.0.loose.lock().insert(digest);
        self.sync_shard(digest)
    }
}
