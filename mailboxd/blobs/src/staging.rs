// SPDX-License-Identifier: AGPL-3.0-or-later
//! Taking in a message: hashed while it arrives, in memory up to `inline_max`, in a file above.

use crate::blob::Blob;
use crate::frames::{self, CHUNK, Encoder};
use crate::layout::Anchor;
use crate::shard::Pin;
use crate::temporary::Temporary;
use crate::{Error, Inner, Result};
use bytes::Bytes;
use fs::{File, Open};
use ids::Digest;
use sha2::{Digest as _, Sha256};
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// A message being received: hashes while it is written, spills to a file above `inline_max`.
pub struct Staging {
    inner: Arc<Inner>,
    hasher: Sha256,
    len: u64,
    limit: u64,
    /// What is not in the file yet: all of it as long as there is no file.
    buffer: Vec<u8>,
    spill: Option<Spill>,
}

/// A received message: durable already if `inline` is None.
#[derive(Debug, Clone)]
pub struct Staged {
    pub digest: Digest,
    /// Octets as received.
    pub size: u64,
    /// Bytes as they go to disk (compressed if the volume compresses); None: the anchor file is there and synced.
    pub inline: Option<Bytes>,
    /// The message as received, for parsing. For a spilled one: read from the file once, dropped with this value, and
    /// as long as any part of it lives, the anchor is not swept.
    pub content: Bytes,
}

/// The file of a large message. Removed when it is dropped, unless it has become the anchor.
struct Spill {
    temporary: Temporary<Arc<Inner>>,
    file: Box<dyn File>,
    at: u64,
    encoder: Option<Encoder>,
}

impl Staging {
    pub(crate) fn new(inner: Arc<Inner>, limit: u64) -> Staging {
        Staging { inner, hasher: Sha256::new(), len: 0, limit, buffer: Vec::new(), spill: None }
    }

    /// After an error the message is of no use any more.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let len = self.len.saturating_add(bytes.len() as u64);
        if len > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        self.len = len;
        self.hasher.update(bytes);
        if self.spill.is_none() && len <= self.inner.options.inline_max as u64 {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        self.spill(bytes)
    }

    fn spill(&mut self, mut bytes: &[u8]) -> Result<()> {
        if self.spill.is_none() {
            let starts_like_zst = starts_like_zst(&self.buffer, bytes);
            self.spill = Some(Spill::create(&self.inner, self.inner.options.compress || starts_like_zst)?);
        }
        let Some(spill) = &mut self.spill else { return Ok(()) };
        // What was in memory may be longer than a chunk.
        if self.buffer.len() >= CHUNK {
            let held = std::mem::take(&mut self.buffer);
            let whole = held.len() / CHUNK * CHUNK;
            for chunk in held[..whole].chunks(CHUNK) {
                spill.write(chunk)?;
            }
            self.buffer = held[whole..].to_vec();
        }
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == CHUNK {
                spill.write(&self.buffer)?;
                self.buffer.clear();
            }
        }
        Ok(())
    }

    /// Octets so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// For a spilled body: writes it as anchor, fsyncs file and directory. For an inline one: nothing on disk.
    pub fn finish(self) -> Result<Staged> {
        let digest = Digest(self.hasher.finalize().into());
        let Some(mut spill) = self.spill else {
            let content = Bytes::from(self.buffer);
            let inline = if self.inner.options.compress || content.starts_with(&frames::MAGIC) {
                let stored = frames::encode(&content);
                Bytes::from(stored.map_err(|source| Error::Io { path: self.inner.layout.root().into(), source })?)
            } else {
                content.clone()
            };
            return Ok(Staged { digest, size: self.len, inline: Some(inline), content });
        };
        spill.end(&self.buffer)?;
        drop(self.buffer);
        let pin = Pin::new(self.inner.clone(), digest);
        let anchor = self.inner.adopt(digest, self.len, spill)?;
        let bytes = Blob::open(self.inner.fs.as_ref(), self.inner.layout.anchor(anchor), anchor.zst)?.read_vec()?;
        let content = Bytes::from_owner(Held { bytes, _pin: pin });
        Ok(Staged { digest, size: self.len, inline: None, content })
    }
}

struct Held {
    bytes: Vec<u8>,
    _pin: Pin,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn starts_like_zst(first: &[u8], then: &[u8]) -> bool {
    first.iter().chain(then).take(frames::MAGIC.len()).eq(&frames::MAGIC)
}

impl Spill {
    fn create(inner: &Arc<Inner>, zst: bool) -> Result<Spill> {
        let temporary = Temporary::new(inner.clone());
        match inner.fs.open(temporary.path(), Open::CreateNew) {
            Ok(file) => Ok(Spill { temporary, file, at: 0, encoder: zst.then(Encoder::default) }),
            Err(source) => Err(Error::Io { path: temporary.path().into(), source }),
        }
    }

    fn write(&mut self, chunk: &[u8]) -> Result<()> {
        let mut write = || -> io::Result<u64> {
            match &mut self.encoder {
                None => self.file.write_all_at(chunk, self.at).map(|()| chunk.len() as u64),
                Some(encoder) => {
                    let frame = encoder.frame(chunk)?;
                    self.file.write_all_at(&frame, self.at).map(|()| frame.len() as u64)
                }
            }
        };
        self.at += write().map_err(|source| Error::Io { path: self.temporary.path().into(), source })?;
        Ok(())
    }

    fn end(&mut self, rest: &[u8]) -> Result<()> {
        if !rest.is_empty() {
            self.write(rest)?;
        }
        if let Some(encoder) = self.encoder.take() {
            self.write(&encoder.table())?;
            self.encoder = Some(encoder);
        }
        Ok(())
    }
}

impl Inner {
    /// Makes a spilled body the durable anchor of its digest, or finds that there is one.
    fn adopt(&self, digest: Digest, len: u64, spill: Spill) -> Result<Anchor> {
        let there = {
            let mut shard = self.shards.lock(digest);
            shard.touch(digest);
            match shard.suspect.contains(&digest) {
                true => None,
                false => self.whole_anchor(digest, len)?,
            }
        };
        let anchor = match there {
            Some(anchor) => anchor,
            None => self.adopt_new(digest, len, &spill)?,
        };
        let path = self.layout.anchor(anchor);
        let sync = || {
            if there.is_some() {
                // It may have come by `put`, unsynced, and this record will not carry the bytes.
                self.fs.open(&path, Open::Read)?.sync_all()?;
            }
            self.fs.sync_dir(&self.layout.shard(digest.0[0]))
        };
        sync().map_err(|source| {
            // Nobody may take it for durable: the next one writes anew.
            self.shards.lock(digest).suspect.insert(digest);
            Error::Io { path: path.clone(), source }
        })?;
        Ok(anchor)
    }

    fn adopt_new(&self, digest: Digest, len: u64, spill: &Spill) -> Result<Anchor> {
        // Before it gets the name, so that the name never stands for bytes that a failed sync lost.
        spill.file.sync_all().map_err(|source| Error::Io { path: spill.temporary.path().into(), source })?;
        let mut shard = self.shards.lock(digest);
        let is_suspect = shard.suspect.contains(&digest);
        if !is_suspect && let Some(anchor) = self.whole_anchor(digest, len)? {
            return Ok(anchor);
        }
        let anchor = Anchor { digest, zst: spill.encoder.is_some(), number: 1 };
        let path = self.layout.anchor(anchor);
        self.fs.rename(spill.temporary.path(), &path).map_err(|source| Error::Io { path, source })?;
        shard.suspect.remove(&digest);
        Ok(anchor)
    }

    /// The first anchor that has the length of the message.
    fn whole_anchor(&self, digest: Digest, len: u64) -> Result<Option<Anchor>> {
        for zst in self.layout.forms() {
            let anchor = Anchor { digest, zst, number: 1 };
            match Blob::open(self.fs.as_ref(), self.layout.anchor(anchor), zst) {
                Ok(blob) if blob.len() == len => return Ok(Some(anchor)),
                Ok(_) | Err(Error::Damaged { .. }) => {}
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
