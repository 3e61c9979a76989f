// SPDX-License-Identifier: AGPL-3.0-or-later
//! The files of mailboxes: links to anchors.

use crate::{Blob, Blobs, Error, Result, ZST};
use ids::{Digest, ItemId, MailboxId, ModSeq};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

impl Blobs {
    /// Hard link from an anchor of this volume to the item's file. Idempotent; a file of that name that is no link of an anchor
    /// (a power cut lost its inode's content) is replaced.
    pub(crate) fn link_here(&self, digest: Digest, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<()> {
        self.link_as(digest, &|suffix| self.item(mailbox, item, revision, suffix))
    }

    /// `name` gives the path of the link by how its name ends.
    pub(crate) fn link_as(&self, digest: Digest, name: &dyn Fn(&str) -> PathBuf) -> Result<()> {
        let _shard = self.lock(digest);
        let [_, before] = self.0.suffixes();
        if self.is_linked(digest, before, &name(before))? {
            // A replay: linked already, when the volume had the other setting.
            return Ok(());
        }
        let mut missing = None;
        for suffix in self.0.suffixes() {
            match self.link_from(digest, suffix, &name(suffix)) {
                Err(error) if error.is_not_found() => missing = Some(error),
                other => return other,
            }
        }
        missing.map_or(Ok(()), Err)
    }

    fn link_from(&self, digest: Digest, suffix: &str, target: &Path) -> Result<()> {
        for n in 1.. {
            match self.link_to(&self.anchor(digest, n, suffix), digest, suffix, target) {
                Err(error) if error.kind() == ErrorKind::TooManyLinks => self.second_anchor(digest, n + 1, suffix)?,
                other => return other.map_err(Error::at(target)),
            }
        }
        Ok(())
    }

    fn link_to(&self, anchor: &Path, digest: Digest, suffix: &str, target: &Path) -> io::Result<()> {
        let fs = &*self.0.fs;
        let mut linked = fs.hard_link(anchor, target);
        if is_kind(&linked, ErrorKind::NotFound) && fs.exists(anchor) {
            target.parent().map_or(Ok(()), |dir| fs.create_dir_all(dir))?;
            linked = fs.hard_link(anchor, target);
        }
        if is_kind(&linked, ErrorKind::AlreadyExists) {
            if self.is_linked(digest, suffix, target).map_err(io::Error::other)? {
                return Ok(());
            }
            linked = fs.hard_link(anchor, target);
        }
        linked
    }

    /// Whether the file is a link of an anchor. One that is not goes.
    fn is_linked(&self, digest: Digest, suffix: &str, target: &Path) -> Result<bool> {
        let inode = match self.0.fs.metadata(target) {
            Ok(meta) => meta.inode,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Error::at(target)(error)),
        };
        let mut anchors = (1..).map_while(|n| self.0.fs.metadata(&self.anchor(digest, n, suffix)).ok());
        if anchors.any(|meta| meta.inode == inode) {
            return Ok(true);
        }
        self.0.fs.unlink(target).map_err(Error::at(target))?;
        Ok(false)
    }

    /// The file system's limit of links is reached (65,000 on ext4): goes on with a copy. It is durable before it has its
    /// name, as no record holds the bytes of a large body.
    fn second_anchor(&self, digest: Digest, n: u32, suffix: &str) -> Result<()> {
        let path = self.anchor(digest, n, suffix);
        if self.0.fs.exists(&path) {
            return Ok(());
        }
        let mut copy = self.tmp()?;
        copy.append(&self.read_stored(&self.anchor(digest, 1, suffix))?)?;
        copy.sync()?;
        copy.move_to(&path)?;
        self.sync_shard(digest)
    }

    pub(crate) fn unlink_here(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq, digest: Digest) -> Result<()> {
        self.unlink_as(digest, &|suffix| self.item(mailbox, item, revision, suffix))
    }

    pub(crate) fn unlink_as(&self, digest: Digest, name: &dyn Fn(&str) -> PathBuf) -> Result<()> {
        let _shard = self.lock(digest);
        for suffix in self.0.suffixes() {
            let path = name(suffix);
            match self.0.fs.unlink(&path) {
                Ok(()) => {
                    self.0.loose.lock().insert(digest);
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::at(&path)(error)),
            }
        }
        Ok(())
    }

    pub(crate) fn open_here(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<Blob> {
        let [first, second] = self.0.suffixes();
        match Blob::open(&*self.0.fs, &self.item(mailbox, item, revision, first)) {
            Err(error) if error.is_not_found() => {
                Blob::open(&*self.0.fs, &self.item(mailbox, item, revision, second)).map_err(|_| error)
            }
            other => other,
        }
    }

    pub(crate) fn items_here(&self, mailbox: MailboxId) -> Result<Vec<(ItemId, ModSeq)>> {
        let dir = self.mailbox_dir(mailbox);
        match self.0.fs.read_dir(&dir) {
            Ok(entries) => Ok(entries.iter().filter_map(|entry| parse(entry.name.to_str()?)).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::at(&dir)(error)),
        }
    }

    pub(crate) fn has_here(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> bool {
        ["", ZST].iter().any(|suffix| self.0.fs.exists(&self.item(mailbox, item, revision, suffix)))
    }

    /// Mailboxes that have a directory.
    pub(crate) fn mailboxes_here(&self) -> Result<Vec<MailboxId>> {
        let dir = self.0.root.join("mailbox");
        let entries = self.0.fs.read_dir(&dir).map_err(Error::at(&dir))?;
        Ok(entries.iter().filter_map(|entry| entry.name.to_str()?.parse().ok().map(MailboxId)).collect())
    }

    pub(crate) fn remove_here(&self, mailbox: MailboxId) -> Result<()> {
        let dir = self.mailbox_dir(mailbox);
        let entries = match self.0.fs.read_dir(&dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Error::at(&dir))?,
        };
        for entry in entries {
            let path = dir.join(entry.name);
            self.0.fs.unlink(&path).map_err(Error::at(&path))?;
        }
        Ok(())
    }

    fn mailbox_dir(&self, mailbox: MailboxId) -> PathBuf {
        self.0.root.join("mailbox").join(mailbox.to_string())
    }

    fn item(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq, suffix: &str) -> PathBuf {
        self.mailbox_dir(mailbox).join(format!("{item}-{revision}.eml{suffix}"))
    }
}

fn is_kind(result: &io::Result<()>, kind: ErrorKind) -> bool {
    matches!(result, Err(error) if error.kind() == kind)
}

fn parse(name: &str) -> Option<(ItemId, ModSeq)> {
    let name = name.strip_suffix(ZST).unwrap_or(name).strip_suffix(".eml")?;
    let (item, revision) = name.split_once('-')?;
    Some((ItemId(item.parse().ok()?), ModSeq(revision.parse().ok()?)))
}
