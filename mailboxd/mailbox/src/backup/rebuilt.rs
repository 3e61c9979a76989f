// SPDX-License-Identifier: AGPL-3.0-or-later
//! A mailbox that was rebuilt: its rows in a directory that goes with it, and where its messages are.

use super::loss::{FolderCount, Loss};
use crate::draft::octets;
use crate::error::{Error, Result};
use ::backup::Target;
use bytes::Bytes;
use ids::{Digest, ItemId, MailboxId};
use metadata::{Item, Kind, MailboxRow, Metadata};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows read at once.
const BATCH: usize = 500;

/// Rows in a directory that goes with this.
pub(super) struct Rebuilt {
    pub target: Target,
    pub metadata: Metadata,
    pub id: MailboxId,
    pub row: MailboxRow,
    pub loss: Loss,
    /// The snapshot that it began with.
    pub base: Option<String>,
    /// Time of the last record that is in it, or of the snapshot.
    pub as_of_ms: i64,
    pub(super) bodies: Arc<HashMap<Digest, Source>>,
    pub(super) _scratch: Arc<Scratch>,
}

/// All mailboxes at once, and the accounts of those that have to be rebuilt one by one: something of them is damaged.
pub(super) struct RebuiltAll {
    pub whole: Vec<Rebuilt>,
    pub left: Vec<String>,
}

/// Where a message is that no snapshot needs.
pub(super) enum Source {
    /// In a record; now in a file of the scratch directory.
    Carried(PathBuf),
    /// Beside a file of the archive.
    Archived(u64),
}

/// A directory that is removed with its content.
pub(super) struct Scratch(pub PathBuf);

impl Scratch {
    /// Below the state directory, since a mailbox may be large.
    pub fn new(state: &Path) -> Result<Scratch> {
        let dir = state.join("restore").join(uuid::Uuid::new_v4().to_string());
        std::fs::create_dir_all(&dir).map_err(|e| Error::Unavailable(format!("{}: {e}", dir.display())))?;
        Ok(Scratch(dir))
    }

    /// What a crash left.
    pub fn clear(state: &Path) {
        let dir = state.join("restore");
        if dir.exists()
            && let Err(error) = std::fs::remove_dir_all(&dir)
        {
            tracing::warn!(path = %dir.display(), %error, "can't remove what an interrupted restore left");
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // what stays is removed at the next start
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every item of a mailbox by ascending id, read a few at a time.
pub(super) fn items(metadata: &Metadata, id: MailboxId) -> Result<impl Iterator<Item = Result<Item>> + use<>> {
    let mut ids = Vec::new();
    metadata.read(id, |reader| {
        reader.all_ids(&mut |one| {
            ids.push(one.id);
            true
        })
    })?;
    let chunks: Vec<Vec<ItemId>> = ids.chunks(BATCH).map(<[ItemId]>::to_vec).collect();
    let metadata = metadata.clone();
    let read = move |chunk: Vec<ItemId>| match metadata.read(id, |reader| reader.items(&chunk)) {
        Ok(items) => items.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error.into())],
    };
    Ok(chunks.into_iter().flat_map(read))
}

/// What is in the dumpster of a mailbox.
pub(super) fn dumped(metadata: &Metadata, id: MailboxId) -> Result<Vec<Item>> {
    Ok(metadata.read(id, |reader| {
        let ids = reader.dumpster()?;
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(BATCH) {
            found.extend(reader.dumped(chunk)?);
        }
        Ok(found)
    })?)
}

impl Rebuilt {
    pub fn dumped(&self) -> Result<Vec<Item>> {
        dumped(&self.metadata, self.id)
    }

    pub fn items(&self) -> Result<impl Iterator<Item = Result<Item>> + use<>> {
        items(&self.metadata, self.id)
    }

    /// Whether there is a file of it.
    pub fn has(&self, digest: Digest) -> bool {
        match self.bodies.get(&digest) {
            Some(Source::Carried(path)) if path.exists() => true,
            Some(Source::Archived(first)) if self.target.find_archived(*first, digest).is_some() => true,
            _ => self.target.find_blob(digest).is_some(),
        }
    }

    /// Compared with its digest.
    pub fn content(&self, digest: Digest) -> Result<Bytes> {
        let carried = match self.bodies.get(&digest) {
            Some(Source::Carried(path)) => std::fs::read(path).ok().and_then(|stored| plain(digest, stored)),
            _ => None,
        };
        if let Some(content) = carried {
            return Ok(content);
        }
        let mut found = self.target.find_blob(digest);
        if found.is_none()
            && let Some(Source::Archived(first)) = self.bodies.get(&digest)
        {
            found = self.target.find_archived(*first, digest);
        }
        let found = found.ok_or_else(|| Error::Store(format!("message {} is not in the backup", digest.to_hex())))?;
        Ok(self.target.read_message(&found, digest)?)
    }

    /// Those that hold something, with their paths.
    pub fn folders(&self) -> Result<Vec<FolderCount>> {
        let mut counts: BTreeMap<ItemId, (u64, u64)> = BTreeMap::new();
        for item in self.items()? {
            let item = item?;
            if !item.kind.is_container() {
                let count = counts.entry(item.folder).or_default();
                *count = (count.0 + 1, count.1 + octets(&item));
            }
        }
        let paths = self.paths()?;
        let path = |id: &ItemId| paths.get(id).cloned().unwrap_or_else(|| "(lost)".into());
        let count = |(id, (messages, bytes)): (&ItemId, &(u64, u64))| FolderCount {
            path: path(id),
            messages: *messages,
            bytes: *bytes,
        };
        Ok(counts.iter().map(count).collect())
    }

    /// A folder and all below it; names without regard to case.
    pub fn subtree(&self, path: &str) -> Result<Vec<ItemId>> {
        let wanted = format!("/{}", path.trim_matches('/')).to_lowercase();
        let below = format!("{}/", wanted.trim_end_matches('/'));
        let paths = self.paths()?.into_iter().map(|(id, path)| (id, path.to_lowercase()));
        let found: Vec<_> = paths.filter(|(_, path)| *path == wanted || path.starts_with(&below)).collect();
        if !found.iter().any(|(_, path)| *path == wanted) {
            return Err(Error::no_such("folder at that time", path));
        }
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    pub fn paths(&self) -> Result<BTreeMap<ItemId, String>> {
        let containers = self.metadata.read(self.id, |reader| reader.containers())?;
        let folders = containers.into_iter().filter(|item| item.kind == Kind::Folder);
        let names: BTreeMap<ItemId, (ItemId, String)> =
            folders.map(|item| (item.id, (item.folder, item.name))).collect();
        let path = |id: &ItemId| {
            let (mut parts, mut at) = (Vec::new(), *id);
            for _ in 0..names.len() {
                let Some((parent, name)) = names.get(&at) else { break };
                if at == ItemId::USER_ROOT || at == ItemId::ROOT {
                    break;
                }
                parts.push(name.as_str());
                at = *parent;
            }
            parts.reverse();
            format!("/{}", parts.join("/"))
        };
        Ok(names.keys().map(|id| (*id, path(id))).collect())
    }
}

/// The message from what a record carries: as it is, or compressed.
pub(super) fn plain(digest: Digest, stored: Vec<u8>) -> Option<Bytes> {
    if blobs::digest(&stored) == digest {
        return Some(stored.into());
    }
    let content = zstd::stream::decode_all(stored.as_slice()).ok()?;
    (blobs::digest(&content) == digest).then(|| content.into())
}
