// SPDX-License-Identifier: AGPL-3.0-or-later
//! Anchors and the links from them. All of it under the lock of the digest's shard.

use crate::blob::Blob;
use crate::layout::Anchor;
use crate::shard::Shard;
use crate::temporary::Temporary;
use crate::{Error, Inner, Result, frames};
use bytes::Bytes;
use fs::Open;
use ids::{Digest, ItemId, MailboxId, ModSeq};
use std::io::{self, ErrorKind};
use std::path::Path;

impl Inner {
    pub fn put(&self, digest: Digest, stored: &Bytes) -> Result<()> {
        let mut shard = self.shards.lock(digest);
        shard.touch(digest);
        let anchor = Anchor { digest, zst: stored.starts_with(&frames::MAGIC), number: 1 };
        if shard.suspect.contains(&digest) {
            return self.replace(&mut shard, anchor, stored);
        }
        let path = self.layout.anchor(anchor);
        match self.write_new(&path, stored) {
            Ok(()) => Ok(()),
            Err(source) if source.kind() == ErrorKind::AlreadyExists => {
                let len = self.fs.metadata(&path).map_err(|source| Error::Io { path, source })?.len;
                // A process that was killed leaves it short; a power cut's garbage was found by `check`. Another
                // length may also be another version of zstd.
                if len == stored.len() as u64 || self.content_is(anchor)? == Some(true) {
                    return Ok(());
                }
                self.replace(&mut shard, anchor, stored)
            }
            Err(source) => Err(Error::Io { path, source }),
        }
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = self.fs.open(path, Open::CreateNew)?;
        file.write_all_at(bytes, 0).inspect_err(|_| {
            // If even this fails, the length tells the next one.
            let _ = self.fs.unlink(path);
        })
    }

    /// Puts good bytes in the place of every variant of an anchor.
    fn replace(&self, shard: &mut Shard, anchor: Anchor, stored: &[u8]) -> Result<()> {
        let path = self.layout.anchor(anchor);
        let io = |source| Error::Io { path: path.clone(), source };
        let temporary = Temporary::new(self);
        self.write_new(temporary.path(), stored).map_err(io)?;
        self.fs.rename(temporary.path(), &path).map_err(io)?;
        for variant in self.variants(anchor.digest)? {
            if variant != anchor && self.content_is(variant)? != Some(true) {
                let path = self.layout.anchor(variant);
                self.fs.unlink(&path).map_err(|source| Error::Io { path, source })?;
            }
        }
        shard.suspect.remove(&anchor.digest);
        Ok(())
    }

    pub fn link(&self, digest: Digest, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<()> {
        let mut shard = self.shards.lock(digest);
        shard.touch(digest);
        for zst in self.layout.forms() {
            let to = self.layout.item(mailbox, item, revision, zst);
            if self.link_form(Anchor { digest, zst, number: 1 }, mailbox, &to)? {
                // Replay may find the item with a file of the other form, made before the volume's setting changed.
                let other = self.layout.item(mailbox, item, revision, !zst);
                return match self.fs.unlink(&other) {
                    Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::Io { path: other, source }),
                    _ => Ok(()),
                };
            }
        }
        let path = self.layout.anchor(Anchor { digest, zst: self.options.compress, number: 1 });
        Err(Error::Io { path, source: ErrorKind::NotFound.into() })
    }

    /// False if there is no anchor of this form.
    fn link_form(&self, mut anchor: Anchor, mailbox: MailboxId, to: &Path) -> Result<bool> {
        let io = |source| Error::Io { path: to.to_path_buf(), source };
        loop {
            let from = self.layout.anchor(anchor);
            let error = match self.fs.hard_link(&from, to) {
                Ok(()) => return Ok(true),
                Err(error) => error,
            };
            match error.kind() {
                ErrorKind::NotFound if self.fs.exists(&from) => {
                    self.fs.create_dir_all(&self.layout.mailbox(mailbox)).map_err(io)?;
                }
                ErrorKind::NotFound if anchor.number == 1 => return Ok(false),
                ErrorKind::NotFound => self.copy_anchor(anchor)?,
                ErrorKind::TooManyLinks => anchor.number += 1,
                ErrorKind::AlreadyExists if self.is_link_to(to, anchor)? => return Ok(true),
                ErrorKind::AlreadyExists if !self.fs.exists(&from) => return Ok(false),
                ErrorKind::AlreadyExists => self.fs.unlink(to).map_err(io)?,
                _ => return Err(io(error)),
            }
        }
    }

    /// True if `path` is a link to some anchor of this form.
    fn is_link_to(&self, path: &Path, anchor: Anchor) -> Result<bool> {
        let inode = self.fs.metadata(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?.inode;
        for number in 1.. {
            match self.fs.metadata(&self.layout.anchor(Anchor { number, ..anchor })) {
                Ok(meta) if meta.inode == inode => return Ok(true),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        Ok(false)
    }

    /// One more anchor, for which the first has no links left. Synced: the journal may not have its bytes.
    fn copy_anchor(&self, anchor: Anchor) -> Result<()> {
        let path = self.layout.anchor(anchor);
        let temporary = Temporary::new(self);
        let copy = || -> io::Result<()> {
            let from = self.fs.open(&self.layout.anchor(Anchor { number: 1, ..anchor }), Open::Read)?;
            let to = self.fs.open(temporary.path(), Open::CreateNew)?;
            let mut chunk = vec![0; frames::CHUNK];
            let mut at = 0;
            loop {
                let n = from.read_full_at(&mut chunk, at)?;
                if n == 0 {
                    break;
                }
                to.write_all_at(&chunk[..n], at)?;
                at += n as u64;
            }
            to.sync_all()?;
            self.fs.rename(temporary.path(), &path)?;
            self.fs.sync_dir(&self.layout.shard(anchor.digest.0[0]))
        };
        copy().map_err(|source| Error::Io { path: path.clone(), source })
    }

    pub fn check(&self, digest: Digest) -> Result<bool> {
        // Under the lock nobody is in the middle of writing one.
        let mut shard = self.shards.lock(digest);
        let variants = self.variants(digest)?;
        for anchor in &variants {
            if self.content_is(*anchor)? == Some(false) {
                shard.suspect.insert(digest);
                return Ok(false);
            }
        }
        Ok(!variants.is_empty())
    }

    /// Reads an anchor; `None` if there is none.
    pub fn content_is(&self, anchor: Anchor) -> Result<Option<bool>> {
        match Blob::open(self.fs.as_ref(), self.layout.anchor(anchor), anchor.zst) {
            Ok(mut blob) => Ok(Some(blob.digest()? == Some(anchor.digest))),
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
            Err(Error::Damaged { .. }) => Ok(Some(false)),
            Err(error) => Err(error),
        }
    }

    /// The anchors of a digest that exist.
    pub fn variants(&self, digest: Digest) -> Result<Vec<Anchor>> {
        let mut found = Vec::new();
        for zst in self.layout.forms() {
            for number in 1.. {
                let anchor = Anchor { digest, zst, number };
                let path = self.layout.anchor(anchor);
                match self.fs.metadata(&path) {
                    Ok(_) => found.push(anchor),
                    Err(e) if e.kind() == ErrorKind::NotFound => break,
                    Err(source) => return Err(Error::Io { path, source }),
                }
            }
        }
        Ok(found)
    }
}
