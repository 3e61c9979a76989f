// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages by digest, in `blobs/` and beside the archived journal. A file is the store's own (a hard link), a copy of it, or
//! sealed.

use crate::record::{Read, Reader, Writer};
use crate::target::Target;
use crate::{Error, Result, kind};
use bytes::Bytes;
use fs::Open;
use ids::Digest;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

const SUFFIXES: [&str; 3] = ["", ".zst", ".sealed"];
const TMP: &str = ".tmp";
const SEALED: &str = ".sealed";
const PIECE: usize = 1 << 20;

/// What it took to have a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Known,
    Linked,
    Copied { bytes: u64 },
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// As it is stored.
    pub bytes: u64,
}

/// Copies that wait to be durable before they get their names.
#[derive(Default)]
pub(crate) struct Pending {
    files: Vec<(PathBuf, PathBuf)>,
    bytes: u64,
}

/// Copies that get their names together, behind one sync.
const PENDING_FILES_MAX: usize = 512;
const PENDING_BYTES_MAX: u64 = 64 << 20;

impl Pending {
    pub fn is_due(&self) -> bool {
        self.files.len() >= PENDING_FILES_MAX || self.bytes >= PENDING_BYTES_MAX
    }

    pub fn finish(&mut self, target: &Target) -> Result<()> {
        if self.files.is_empty() {
            return Ok(());
        }
        target.sync()?;
        for (tmp, path) in self.files.drain(..) {
            target.fs().rename(&tmp, &path).map_err(Error::at(&path))?;
        }
        self.bytes = 0;
        Ok(())
    }
}

impl Target {
    /// Where a message of the snapshots is, without the end of its name. The directory is there.
    pub fn blob_name(&self, digest: Digest) -> Result<PathBuf> {
        let dir = self.shard(digest);
        self.make_dir(&dir)?;
        Ok(dir.join(digest.to_hex()))
    }

    fn shard(&self, digest: Digest) -> PathBuf {
        self.root().join("blobs").join(&digest.to_hex()[..2])
    }

    /// `name`: without its end.
    pub(crate) fn find(&self, name: &Path) -> Option<Found> {
        SUFFIXES.iter().find_map(|suffix| {
            let path = with_suffix(name, suffix);
            self.fs().metadata(&path).ok().map(|meta| Found { path, bytes: meta.len })
        })
    }

    pub fn find_blob(&self, digest: Digest) -> Option<Found> {
        self.find(&self.shard(digest).join(digest.to_hex()))
    }

    /// A copy; it has its name when `pending` is finished. `suffix`: how the stored bytes are compressed.
    pub(crate) fn copy(&self, name: &Path, suffix: &str, stored: &[u8], pending: &mut Pending) -> Result<Kept> {
        self.check_stop()?;
        let tmp = with_suffix(name, TMP);
        self.unlink(&tmp)?;
        let bytes = if self.is_encrypted() {
            let mut writer = Writer::create(self, &tmp)?;
            let plain = if suffix.is_empty() { stored.to_vec() } else { decode(stored, name)? };
            plain.chunks(PIECE).try_for_each(|piece| writer.put(kind::BODY, piece))?;
            pending.files.push((tmp, with_suffix(name, SEALED)));
            writer.close()?
        } else {
            let file = self.fs().open(&tmp, Open::CreateNew).map_err(Error::at(&tmp))?;
            file.write_all_at(stored, 0).map_err(Error::at(&tmp))?;
            self.spend(stored.len() as u64);
            pending.files.push((tmp, with_suffix(name, suffix)));
            stored.len() as u64
        };
        pending.bytes += bytes;
        if pending.is_due() {
            pending.finish(self)?;
        }
        Ok(Kept::Copied { bytes })
    }

    /// The message, compared with its digest.
    pub fn read_message(&self, found: &Found, digest: Digest) -> Result<Bytes> {
        let text = found.path.as_os_str().as_encoded_bytes();
        let content = if text.ends_with(SEALED.as_bytes()) {
            let mut reader = Reader::open(self, &found.path)?;
            let mut content = Vec::new();
            while let Some(read) = reader.next_record()? {
                match read {
                    Read::Record { kind: kind::BODY, body } => content.extend_from_slice(&body),
                    _ => return Err(Error::damaged(&found.path, "the message is damaged")),
                }
            }
            content
        } else {
            let stored = crate::target::read_whole(self.fs(), &found.path)?;
            if text.ends_with(b".zst") { decode(&stored, &found.path)? } else { stored }
        };
        if Sha256::digest(&content)[..] != digest.0 {
            return Err(Error::damaged(&found.path, "the message is damaged"));
        }
        Ok(content.into())
    }

    /// Removes the messages of `blobs/` that are not `needed`, and what a crash left half written.
    pub(crate) fn sweep_blobs(&self, needed: &dyn Fn(Digest) -> bool, swept: &mut Swept) -> Result<()> {
        let root = self.root().join("blobs");
        for shard in self.entries(&root)?.into_iter().filter(|entry| entry.is_dir) {
            let dir = root.join(shard.name);
            for entry in self.entries(&dir)? {
                self.check_stop()?;
                let name = entry.name.to_string_lossy().into_owned();
                let digest = name.get(..64).and_then(Digest::from_hex);
                let keep = !name.ends_with(TMP) && digest.is_some_and(needed);
                if !keep {
                    let path = dir.join(&name);
                    swept.bytes += self.fs().metadata(&path).map_or(0, |meta| meta.len);
                    swept.files += 1;
                    self.unlink(&path)?;
                    swept.digests.extend(digest);
                }
            }
        }
        Ok(())
    }
}

/// What a sweep removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    pub files: u64,
    pub bytes: u64,
    /// Messages that lost a link.
    pub digests: Vec<Digest>,
}

pub(crate) fn with_suffix(name: &Path, suffix: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn decode(stored: &[u8], path: &Path) -> Result<Vec<u8>> {
    zstd::stream::decode_all(stored).map_err(|why| Error::damaged(path, why))
}
