// SPDX-License-Identifier: AGPL-3.0-or-later
//! Taking in a message: hashed while it arrives, in memory up to the inline limit, in a file of `tmp/` above it.

use crate::blob::Reader;
use crate::{Blob, Blobs, Error, Pin, Result, ZST};
use bytes::Bytes;
use fs::{File, Open};
use ids::Digest;
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// zstd's own default: the best of mail's trade between size and time.
const LEVEL: i32 = 3;
/// A spilled body is written in pieces of this size.
const WRITE_BYTES: usize = 256 << 10;

/// A message that is being received. Dropped before [`Staging::finish`], it leaves nothing behind.
pub struct Staging {
    blobs: Blobs,
    limit: u64,
    hasher: Sha256,
    length: u64,
    /// All of it, or what the file does not have yet.
    memory: Vec<u8>,
    spilled: Option<Spilled>,
}

/// A file of `tmp/`. Dropped before it is kept, it goes.
pub(crate) struct Spilled {
    blobs: Blobs,
    path: PathBuf,
    file: Arc<dyn File>,
    written: u64,
    kept: bool,
}

/// A received message.
#[derive(Debug, Clone)]
pub struct Staged {
    pub digest: Digest,
    /// Octets as received.
    pub size: u64,
    /// The octets as they go to disk (compressed if the volume compresses). `None`: the anchor is there already, and durable.
    pub inline: Option<Bytes>,
    /// The message as received, for parsing.
    pub content: Bytes,
    _pin: Arc<Pin>,
}

impl Blobs {
    /// Takes in at most `limit` octets.
    pub fn stage(&self, limit: u64) -> Staging {
        Staging { blobs: self.clone(), limit, hasher: Sha256::new(), length: 0, memory: Vec::new(), spilled: None }
    }

    pub(crate) fn clear_tmp(&self) -> Result<()> {
        let dir = self.0.root.join("tmp");
        for entry in self.0.fs.read_dir(&dir).map_err(Error::at(&dir))? {
            let path = dir.join(entry.name);
            self.0.fs.unlink(&path).map_err(Error::at(&path))?;
        }
        Ok(())
    }

    pub(crate) fn tmp(&self) -> Result<Spilled> {
        let serial = self.0.serial.fetch_add(1, Ordering::Relaxed);
        let path = self.0.root.join("tmp").join(serial.to_string());
        let file = self.0.fs.open(&path, Open::CreateNew).map_err(Error::at(&path))?.into();
        Ok(Spilled { blobs: self.clone(), path, file, written: 0, kept: false })
    }
}

impl Staging {
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let length = self.length + bytes.len() as u64;
        if length > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        self.hasher.update(bytes);
        self.length = length;
        self.memory.extend_from_slice(bytes);
        if self.spilled.is_none() && self.memory.len() > self.blobs.0.inline_max {
            self.spilled = Some(self.blobs.tmp()?);
        }
        if let Some(spilled) = &mut self.spilled
            && self.memory.len() >= WRITE_BYTES
        {
            spilled.append(&self.memory)?;
            self.memory.clear();
        }
        Ok(())
    }

    pub fn len(&self) -> u64 {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// A spilled body is durable under its anchor when this returns; an inline one is in memory only. Blocking.
    pub fn finish(self) -> Result<Staged> {
        let digest = Digest(self.hasher.finalize().into());
        let pin = Arc::new(self.blobs.pin(digest));
        let (inline, content) = match self.spilled {
            None => {
                let content = Bytes::from(self.memory);
                (Some(stored(&content, self.blobs.compresses(self.length))?), content)
            }
            Some(mut spilled) => {
                spilled.append(&self.memory)?;
                let content = Blob::open(&*self.blobs.0.fs, &spilled.path)?.read_all()?;
                self.blobs.anchor_spilled(digest, spilled)?;
                (None, content)
            }
        };
        Ok(Staged { digest, size: self.length, inline, content, _pin: pin })
    }
}

/// Content as it goes to disk.
pub(crate) fn stored(content: &Bytes, compress: bool) -> Result<Bytes> {
    if !compress {
        return Ok(content.clone());
    }
    let compressed = compressed(content)?;
    Ok(if compressed.len() < content.len() { compressed } else { content.clone() })
}

pub(crate) fn compressed(content: &[u8]) -> Result<Bytes> {
    zstd::bulk::compress(content, LEVEL).map(Bytes::from).map_err(Error::at("zstd".as_ref()))
}

pub(crate) fn decompressed(stored: &[u8]) -> Result<Bytes> {
    zstd::stream::decode_all(stored).map(Bytes::from).map_err(Error::at("zstd".as_ref()))
}

impl Blobs {
    fn anchor_spilled(&self, digest: Digest, spilled: Spilled) -> Result<()> {
        let is_compressed = self.compresses(spilled.written);
        let (spilled, suffix) = if is_compressed { (self.compress(spilled)?, ZST) } else { (spilled, "") };
        spilled.sync()?;
        let _shard = self.lock(digest);
        let path = self.anchor(digest, 1, suffix);
        let same_length = |meta: fs::Meta| meta.len == spilled.written;
        if self.0.fs.metadata(&path).is_ok_and(same_length) {
            // known already, maybe from the journal only: its content has to be durable now
            let known = self.0.fs.open(&path, Open::Read).map_err(Error::at(&path))?;
            known.sync_all().map_err(Error::at(&path))?;
        } else {
            spilled.move_to(&path)?;
        }
        self.sync_shard(digest)
    }

    /// The names of a shard's anchors are durable when this returns.
    pub(crate) fn sync_shard(&self, digest: Digest) -> Result<()> {
        let dir = self.0.root.join("blob").join(&digest.to_hex()[..2]);
        self.0.fs.sync_dir(&dir).map_err(Error::at(&dir))
    }

    fn compress(&self, raw: Spilled) -> Result<Spilled> {
        let mut target = self.tmp()?;
        let mut write = || {
            let mut encoder = zstd::stream::write::Encoder::new(&mut target, LEVEL)?;
            encoder.set_pledged_src_size(Some(raw.written))?;
            encoder.include_contentsize(true)?;
            io::copy(&mut Reader { file: raw.file.clone(), offset: 0 }, &mut encoder)?;
            encoder.finish().map(drop)
        };
        write().map_err(Error::at(&raw.path))?;
        Ok(target)
    }
}

impl Spilled {
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, self.written).map_err(Error::at(&self.path))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(Error::at(&self.path))
    }

    /// Takes the place of what has the name.
    pub(crate) fn move_to(mut self, path: &Path) -> Result<()> {
        self.blobs.0.fs.rename(&self.path, path).map_err(Error::at(path))?;
        self.kept = true;
        Ok(())
    }
}

impl io::Write for &mut Spilled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes).map_err(|error| match error {
            Error::Io { source, .. } => source,
            other => io::Error::other(other),
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Spilled {
    fn drop(&mut self) {
        if !self.kept {
            // what stays is removed when the volume is opened the next time
            let _ = self.blobs.0.fs.unlink(&self.path);
        }
    }
}
