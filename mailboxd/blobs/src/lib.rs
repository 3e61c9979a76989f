// SPDX-License-Identifier: AGPL-3.0-or-later
//! Volumes of write-once message files (skeleton of the interface).
use bytes::Bytes;
use fs::Fs;
use ids::{Digest, ItemId, MailboxId, ModSeq};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

#[derive(Clone)]
pub struct Blobs(Arc<()>);
impl Blobs {
    pub fn open(_fs: Arc<dyn Fs>, _volume: &Path, _options: Options) -> Result<Blobs> {
        unimplemented!()
    }
    /// Starts taking in a message; at most `limit` bytes.
    pub fn stage(&self, _limit: u64) -> Staging {
        unimplemented!()
    }
    /// Writes the anchor of an inline body if it is not there whole (not synced: the journal has the bytes).
    pub fn put(&self, _digest: Digest, _stored: &Bytes) -> Result<()> {
        unimplemented!()
    }
    /// Hard link from the anchor to the item's file; idempotent.
    pub fn link(&self, _digest: Digest, _mailbox: MailboxId, _item: ItemId, _revision: ModSeq) -> Result<()> {
        unimplemented!()
    }
    /// Idempotent.
    pub fn unlink(&self, _mailbox: MailboxId, _item: ItemId, _revision: ModSeq) -> Result<()> {
        unimplemented!()
    }
    pub fn open_item(&self, _mailbox: MailboxId, _item: ItemId, _revision: ModSeq) -> Result<Blob> {
        unimplemented!()
    }
    /// True if the anchor is there and its content has the digest (used by replay and verify).
    pub fn check(&self, _digest: Digest) -> Result<bool> {
        unimplemented!()
    }
    /// syncfs of the volume, errors checked.
    pub fn sync(&self) -> Result<()> {
        unimplemented!()
    }
    /// Unlinks anchors whose link count is one and staged files that nobody owns any more. Returns (files, bytes).
    pub fn sweep(&self) -> Result<(u64, u64)> {
        unimplemented!()
    }
    /// Every (mailbox, item, revision) file of the volume, for verify.
    pub fn items(&self, _mailbox: MailboxId) -> Result<Vec<(ItemId, ModSeq)>> {
        unimplemented!()
    }
}

/// A message being received: hashes while it is written, spills to a file above `inline_max`.
pub struct Staging(());
impl Staging {
    pub fn write(&mut self, _bytes: &[u8]) -> Result<()> {
        unimplemented!()
    }
    pub fn len(&self) -> u64 {
        unimplemented!()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// For a spilled body: writes it as anchor, fsyncs file and directory. For an inline one: nothing on disk.
    pub fn finish(self) -> Result<Staged> {
        unimplemented!()
    }
}
/// A received message: durable already if `inline` is None.
#[derive(Debug, Clone)]
pub struct Staged {
    pub digest: Digest,
    /// Octets as received.
    pub size: u64,
    /// Bytes as they go to disk (compressed if the volume compresses); None: the anchor file is there and synced.
    pub inline: Option<Bytes>,
    /// The message as received, for parsing. For a spilled one: read from the file once, dropped with this value.
    pub content: Bytes,
}

/// An open message. Offsets are those of the uncompressed bytes.
pub struct Blob(());
impl Blob {
    pub fn len(&self) -> u64 {
        unimplemented!()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn read_at(&mut self, _offset: u64, _buf: &mut [u8]) -> Result<usize> {
        unimplemented!()
    }
    /// The whole message.
    pub fn read_all(&mut self) -> Result<Bytes> {
        unimplemented!()
    }
}
