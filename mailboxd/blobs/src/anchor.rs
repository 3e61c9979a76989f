// SPDX-License-Identifier: AGPL-3.0-or-later
//! Anchors: the first file of each distinct message.

use crate::staging::{compressed, decompressed};
use crate::{Blob, Blobs, Error, Pin, Result, ZST, digest};
use bytes::Bytes;
use fs::{Fs, Meta, Open};
use ids::Digest;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// First bytes of a zstd frame (RFC 8878 §3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

impl Blobs {
    pub fn pin(&self, digest: Digest) -> Pin {
        Pin::new(&self.0.pins, digest)
    }

    /// Writes the anchor of an inline body unless it is there. Not synced: the journal has the bytes.
    pub fn put(&self, digest: Digest, stored: &Bytes) -> Result<()> {
        let _shard = self.lock(digest);
        let path = self.anchor(digest, 1, stored_suffix(digest, stored));
        match write_new(&*self.0.fs, &path, stored) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let length = self.0.fs.metadata(&path).map_err(Error::at(&path))?.len;
                // another writer's half: its disk was full before ours
                if length == stored.len() as u64 { Ok(()) } else { self.overwrite(&path, stored) }
            }
            other => other.map_err(Error::at(&path)),
        }
    }

    /// For replay, and after a sync that failed: writes the content of every anchor anew, in place, so that the links get it
    /// too. A read proves nothing: it is answered from memory, where a page whose write-back failed counts as written
    /// (fsync(2), NOTES). Not synced.
    pub fn restore(&self, digest: Digest, stored: &Bytes) -> Result<()> {
        let _shard = self.lock(digest);
        let suffix = stored_suffix(digest, stored);
        let anchors = self.anchors(digest)?;
        for (path, _) in &anchors {
            let is_zst = path.as_os_str().as_encoded_bytes().ends_with(ZST.as_bytes());
            let content = match self.whole(path, digest)? {
                // a reader may be in the middle of it: not one octet changes
                Some(own) => own,
                None if is_zst == (suffix == ZST) => stored.clone(),
                None if is_zst => compressed(stored)?,
                None => decompressed(stored)?,
            };
            self.overwrite(path, &content)?;
        }
        let first = self.anchor(digest, 1, suffix);
        if anchors.iter().any(|(path, _)| *path == first) {
            return Ok(());
        }
        // perhaps nobody will link to it any more
        self.0.loose.lock().insert(digest);
        write_new(&*self.0.fs, &first, stored).map_err(Error::at(&first))
    }

    fn overwrite(&self, path: &Path, stored: &[u8]) -> Result<()> {
        let write = || {
            let file = self.0.fs.open(path, Open::ReadWrite)?;
            file.write_all_at(stored, 0)?;
            file.set_len(stored.len() as u64)
        };
        write().map_err(Error::at(path))
    }

    /// The octets of the file if they are the message that its name says.
    fn whole(&self, path: &Path, expected: Digest) -> Result<Option<Bytes>> {
        match Blob::open(&*self.0.fs, path).and_then(|mut blob| blob.read_all()) {
            Ok(content) if digest(&content) == expected => self.read_stored(path).map(Some),
            // a torn zstd frame has no length, or no end
            Ok(_) | Err(Error::Damaged { .. }) => Ok(None),
            Err(Error::Io { source, .. }) if source.raw_os_error().is_none() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn read_stored(&self, path: &Path) -> Result<Bytes> {
        let read = || {
            let file = self.0.fs.open(path, Open::Read)?;
            let length = usize::try_from(file.metadata()?.len).map_err(|_| ErrorKind::FileTooLarge)?;
            let mut content = vec![0; length];
            file.read_full_at(&mut content, 0)?;
            Ok(content.into())
        };
        read().map_err(Error::at(path))
    }

    /// Path of the n-th anchor (from 1).
    pub(crate) fn anchor(&self, digest: Digest, n: u32, suffix: &str) -> PathBuf {
        let hex = digest.to_hex();
        let number = if n == 1 { String::new() } else { format!(".{n}") };
        self.0.root.join("blob").join(&hex[..2]).join(format!("{hex}{number}{suffix}"))
    }

    /// All anchors of a digest, under its shard's lock.
    pub(crate) fn anchors(&self, digest: Digest) -> Result<Vec<(PathBuf, Meta)>> {
        let mut found = Vec::new();
        for suffix in self.0.suffixes() {
            for n in 1.. {
                let path = self.anchor(digest, n, suffix);
                match self.0.fs.metadata(&path) {
                    Ok(meta) => found.push((path, meta)),
                    Err(error) if error.kind() == ErrorKind::NotFound => break,
                    Err(error) => return Err(Error::at(&path)(error)),
                }
            }
        }
        Ok(found)
    }
}

/// Whether stored bytes are compressed. A message may begin like a zstd frame by itself, so its digest decides.
fn stored_suffix(expected: Digest, stored: &[u8]) -> &'static str {
    if stored.starts_with(&ZSTD_MAGIC) && digest(stored) != expected { ZST } else { "" }
}

/// Nothing is left behind when the disk is full.
pub(crate) fn write_new(fs: &dyn Fs, path: &Path, content: &[u8]) -> io::Result<()> {
    let file = fs.open(path, Open::CreateNew)?;
    let written = file.write_all_at(content, 0);
    if written.is_err() {
        // the error that matters is the first one
        let _ = fs.unlink(path);
    }
    written
}
