// SPDX-License-Identifier: AGPL-3.0-or-later
//! Volumes of message files: written once, never changed, one copy however many recipients.
//!
//!     blob/<shard>/<sha256>[.2 …][.zst]              the anchor: source of all links of one content
//!     mailbox/<mailbox>/<item>-<revision>.eml[.zst]  an item's message: a hard link to an anchor
//!     tmp/                                           messages being received; emptied at open
//!
//! **Links are the reference count.** An anchor whose link count is one belongs to nobody; [`Blobs::sweep`] removes it.
//! All look-ups, links and removals of a digest go through the lock of its shard. Where the file system refuses
//! one more link (ext4: 65,000), a second anchor `.2` is copied from the first, synced at once.
//!
//! **What a crash leaves.** A spilled body is synced, file and name, before [`Staging::finish`] returns. An inline body
//! (at most `inline_max`) is written by [`Blobs::put`] without a sync: the journal has its bytes until the next
//! [`Blobs::sync`]. It is written straight under its name, which is the cheapest way; so a killed process may leave a
//! short anchor, which the next `put` sees by its length, and a power cut may leave any bytes, which replay finds by
//! [`Blobs::check`]. A `put` after a `check` that said no replaces the anchor, and [`Blobs::link`] replaces item files
//! that are links to something else.
//!
//! **What a sweep may remove.** Replay links again what was linked behind the last checkpoint, so an anchor is held,
//! whatever its link count, until two syncs have passed since it was last staged, put or linked, and while a spilled
//! [`Staged`] lives. Call `sweep` after the checkpoint that made `sync` is recorded, never before replay is through.
//!
//! **Compression** is told by the name. Stored bytes that begin with zstd's magic are always a frame: a message that
//! happens to begin so is compressed on every volume. frames.rs has the format, which `zstdcat` reads.

mod anchor;
mod blob;
mod frames;
mod layout;
mod shard;
mod staging;
mod sweep;
mod sync;
mod temporary;

pub use blob::Blob;
pub use staging::{Staged, Staging};

use bytes::Bytes;
use fs::{Fs, Volume};
use ids::{Digest, ItemId, MailboxId, ModSeq};
use layout::Layout;
use parking_lot::Mutex;
use shard::Shards;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("blob {path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("blob {path}: content does not match its digest")]
    Damaged { path: PathBuf },
    #[error("message is larger than {limit} bytes")]
    TooLarge { limit: u64 },
}
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone)]
pub struct Options {
    /// zstd-compress files (level 3); reading tells by itself.
    pub compress: bool,
    /// Bodies up to this many bytes stay in memory and travel in the journal; larger ones go to a file that is synced first.
    pub inline_max: usize,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

pub(crate) struct Inner {
    pub fs: Arc<dyn Fs>,
    pub layout: Layout,
    pub options: Options,
    pub shards: Shards,
    /// Open since the start, so that no write-back error is missed.
    pub volume: Box<dyn Volume>,
    pub syncing: Mutex<()>,
    pub sync_failed: AtomicBool,
    /// Names in `tmp` that somebody owns.
    pub staged: Mutex<HashSet<u64>>,
    pub next_temporary: AtomicU64,
}

impl Blobs {
    /// Opens the volume in the directory `volume`, making what is missing. One process at a time.
    pub fn open(fs: Arc<dyn Fs>, volume: &Path, options: Options) -> Result<Blobs> {
        let at = |path: &Path| {
            let path = path.to_path_buf();
            move |source| Error::Io { path, source }
        };
        let layout = Layout::new(volume, options.compress);
        layout.create(fs.as_ref()).map_err(at(volume))?;
        let inner = Inner {
            volume: fs.volume(volume).map_err(at(volume))?,
            fs,
            layout,
            options,
            shards: Shards::default(),
            syncing: Mutex::default(),
            sync_failed: AtomicBool::new(false),
            staged: Mutex::default(),
            next_temporary: AtomicU64::new(0),
        };
        inner.sweep_temporary()?;
        Ok(Blobs(Arc::new(inner)))
    }

    /// Starts taking in a message; at most `limit` bytes.
    pub fn stage(&self, limit: u64) -> Staging {
        Staging::new(self.0.clone(), limit)
    }

    /// Writes the anchor of an inline body if it is not there whole (not synced: the journal has the bytes).
    pub fn put(&self, digest: Digest, stored: &Bytes) -> Result<()> {
        self.0.put(digest, stored)
    }

    /// Hard link from the anchor to the item's file; idempotent, and replaces a link to anything else. Fails with
    /// `NotFound` if there is no anchor.
    pub fn link(&self, digest: Digest, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<()> {
        self.0.link(digest, mailbox, item, revision)
    }

    /// Idempotent.
    pub fn unlink(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<()> {
        for zst in self.0.layout.forms() {
            let path = self.0.layout.item(mailbox, item, revision, zst);
            match self.0.fs.unlink(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(Error::Io { path, source }),
                _ => {}
            }
        }
        Ok(())
    }

    /// Fails with `NotFound` if the item has no file.
    pub fn open_item(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<Blob> {
        self.0.first_form(|zst| {
            let path = self.0.layout.item(mailbox, item, revision, zst);
            Blob::open(self.0.fs.as_ref(), path, zst)
        })
    }

    /// True if the anchor is there and its content has the digest (used by replay and verify). A `put` behind a false
    /// answer replaces what is there.
    pub fn check(&self, digest: Digest) -> Result<bool> {
        self.0.check(digest)
    }

    /// syncfs of the volume, errors checked. After an error, what may be lost is written again by the next call; only an
    /// `Ok` says that what was put and linked before the call is durable.
    pub fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    /// Unlinks anchors whose link count is one and staged files that nobody owns any more. Returns (files, bytes).
    pub fn sweep(&self) -> Result<(u64, u64)> {
        self.0.sweep()
    }

    /// Every (item, revision) that has a file in the mailbox, in order, for verify.
    pub fn items(&self, mailbox: MailboxId) -> Result<Vec<(ItemId, ModSeq)>> {
        let mut items: Vec<_> =
            self.0.list(&self.0.layout.mailbox(mailbox))?.iter().filter_map(layout::parse_item).collect();
        items.sort_unstable();
        items.dedup();
        Ok(items)
    }

    /// Every mailbox that has a directory, for verify.
    pub fn mailboxes(&self) -> Result<Vec<MailboxId>> {
        let entries = self.0.list(&self.0.layout.mailboxes())?;
        let mut ids: Vec<_> = entries.iter().filter_map(|e| e.name.to_str()?.parse().ok().map(MailboxId)).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Bytes that can still be written to the volume.
    pub fn available(&self) -> Result<u64> {
        self.0.volume.available().map_err(|source| Error::Io { path: self.0.layout.root().to_path_buf(), source })
    }
}

impl Inner {
    /// What `open` gives for the first of the two forms of a file that exists.
    fn first_form<T>(&self, open: impl Fn(bool) -> Result<T>) -> Result<T> {
        let [likely, other] = self.layout.forms();
        match open(likely) {
            Err(Error::Io { source, path }) if source.kind() == io::ErrorKind::NotFound => {
                open(other).map_err(|error| match error {
                    Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Error::Io { path, source },
                    error => error,
                })
            }
            outcome => outcome,
        }
    }

    /// Empty if the directory is not there.
    fn list(&self, dir: &Path) -> Result<Vec<fs::Entry>> {
        match self.fs.read_dir(dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            outcome => outcome.map_err(|source| Error::Io { path: dir.to_path_buf(), source }),
        }
    }
}
