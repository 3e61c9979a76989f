// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a backup asks of the messages: to stay for a while, to be linked or read as they are kept.

use crate::{Blob, Blobs, Error, Result, ZST, digest};
use bytes::Bytes;
use ids::Digest;
use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// While it lives, no message is swept.
#[derive(Debug)]
pub struct Hold(Arc<AtomicU64>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Messages that lost a link. Dropped, they wait for the next sweep.
pub struct Loose {
    pub(crate) blobs: Blobs,
    digests: HashSet<Digest>,
    /// Of the secondary volumes.
    pub(crate) others: Vec<Loose>,
}

impl Loose {
    pub(crate) fn new(blobs: &Blobs, digests: HashSet<Digest>) -> Loose {
        Loose { blobs: blobs.clone(), digests, others: Vec::new() }
    }

    pub(crate) fn pop(&mut self) -> Option<Digest> {
        let digest = self.digests.iter().next().copied()?;
        self.digests.remove(&digest);
        Some(digest)
    }

    pub fn is_empty(&self) -> bool {
        self.digests.is_empty() && self.others.iter().all(Loose::is_empty)
    }
}

impl Drop for Loose {
    fn drop(&mut self) {
        if !self.digests.is_empty() {
            self.blobs.0.loose.lock().extend(self.digests.drain());
        }
    }
}

impl Blobs {
    pub fn hold(&self) -> Hold {
        self.0.holds.fetch_add(1, Ordering::AcqRel);
        Hold(self.0.holds.clone())
    }

    pub(crate) fn is_held(&self) -> bool {
        self.0.holds.load(Ordering::Acquire) > 0
    }

    /// Hard link of an anchor to `name` and the anchor's own ending. What has that name and is no link of an anchor is
    /// replaced. False: another file system, or one without links.
    pub fn link_out(&self, digest: Digest, name: &Path) -> Result<bool> {
        let _shard = self.lock(digest);
        let anchors = self.anchors(digest)?;
        if anchors.is_empty() {
            return Ok(false);
        }
        for (anchor, meta) in &anchors {
            let to = with_ending(name, anchor);
            let mut linked = self.0.fs.hard_link(anchor, &to);
            if linked.as_ref().is_err_and(|error| error.kind() == ErrorKind::AlreadyExists) {
                let known = self.0.fs.metadata(&to).map_err(Error::at(&to))?;
                if known.inode == meta.inode || anchors.iter().any(|(_, meta)| meta.inode == known.inode) {
                    return Ok(true);
                }
                self.0.fs.unlink(&to).map_err(Error::at(&to))?;
                linked = self.0.fs.hard_link(anchor, &to);
            }
            match linked {
                Ok(()) => return Ok(true),
                Err(error) if error.kind() == ErrorKind::TooManyLinks => {}
                Err(error) if can_not(&error) => return Ok(false),
                Err(error) => return Err(Error::at(&to)(error)),
            }
        }
        Ok(false)
    }

    /// A message as this volume keeps it, compared with its digest, and how its file ends.
    pub(crate) fn stored_here(&self, expected: Digest) -> Result<(Bytes, &'static str)> {
        let mut damaged = None;
        for suffix in self.0.suffixes() {
            let path = self.anchor(expected, 1, suffix);
            match Blob::open(&*self.0.fs, &path).and_then(|mut blob| blob.read_all()) {
                Ok(content) if digest(&content) == expected => return Ok((self.read_stored(&path)?, suffix)),
                Ok(_) => damaged = Some(Error::Damaged { path }),
                Err(error) if error.is_not_found() => {}
                Err(error) => damaged = Some(error),
            }
        }
        let path = self.anchor(expected, 1, "");
        Err(damaged.unwrap_or_else(|| Error::at(&path)(ErrorKind::NotFound.into())))
    }

    /// A link from outside is gone: the next sweep looks whether it was the last one.
    pub fn loosen(&self, digests: impl IntoIterator<Item = Digest>) {
        self.0.loose.lock().extend(digests);
    }

    /// Whether the store has a message, whole.
    pub fn has_whole(&self, expected: Digest) -> bool {
        self.stored(expected).is_ok()
    }

    /// For files of the store that are brought back: anchors that are damaged get their content again. No anchor: nothing.
    pub fn mend(&self, digest: Digest, content: &Bytes) -> Result<()> {
        for (_, other) in self.here() {
            if other.has_anchor(digest)? {
                other.restore(digest, content)?;
                other.sync_here()?;
            }
        }
        if self.has_anchor(digest)? { self.restore(digest, content) } else { Ok(()) }
    }

    pub(crate) fn has_anchor(&self, digest: Digest) -> Result<bool> {
        let _shard = self.lock(digest);
        Ok(!self.anchors(digest)?.is_empty())
    }
}

fn with_ending(name: &Path, anchor: &Path) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    if anchor.as_os_str().as_encoded_bytes().ends_with(ZST.as_bytes()) {
        path.push(ZST);
    }
    path.into()
}

/// Another device, or a file system that knows no links.
fn can_not(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::CrossesDevices | ErrorKind::Unsupported | ErrorKind::PermissionDenied)
        || error.raw_os_error() == Some(1)
}
