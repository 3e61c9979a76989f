// SPDX-License-Identifier: AGPL-3.0-or-later
//! Snapshots: written, listed, read, dropped.

use crate::blob::{Kept, Pending, Swept};
use crate::manifest::{FORMAT, FileFact, Manifest};
use crate::record::{self, Reader, Writer};
use crate::target::{Target, read_json, read_whole, to_json, write_whole};
use crate::{Error, Result};
use bytes::Bytes;
use chrono::DateTime;
use ids::Digest;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";
const DIGESTS: &str = "digests";
const PROBLEMS_MAX: usize = 200;

/// A snapshot that is there, whole as far as its manifest says.
#[derive(Clone)]
pub struct Snapshot {
    target: Target,
    dir: PathBuf,
    pub name: String,
    pub manifest: Manifest,
}

/// A snapshot that is being made. Dropped before it is finished, it is none, and the next one clears it away.
pub struct SnapshotWriter {
    target: Target,
    dir: PathBuf,
    pub name: String,
    pub manifest: Manifest,
    digests: HashSet<Digest>,
    pending: Pending,
}

impl SnapshotWriter {
    pub fn begin(target: &Target, now_ms: i64) -> Result<SnapshotWriter> {
        target.check()?;
        let name =
            DateTime::from_timestamp_millis(now_ms).unwrap_or_default().format("%Y-%m-%dT%H-%M-%S%.3fZ").to_string();
        let dir = target.root().join("snapshots").join(&name);
        if target.fs().exists(&dir) {
            return Err(Error::damaged(&dir, "is there already"));
        }
        target.make_dir(&dir)?;
        let manifest = Manifest {
            format: FORMAT,
            server: target.server().to_owned(),
            is_encrypted: target.is_encrypted(),
            begun_ms: now_ms,
            ..Manifest::default()
        };
        let (target, digests, pending) = (target.clone(), HashSet::new(), Pending::default());
        Ok(SnapshotWriter { target, dir, name, manifest, digests, pending })
    }

    /// A file of records; give what its [`Writer::finish`] says to [`SnapshotWriter::add`].
    pub fn create(&self, name: &str) -> Result<Writer> {
        Writer::create(&self.target, &self.dir.join(name))
    }

    pub fn add(&mut self, fact: FileFact) {
        self.manifest.files.push(fact);
    }

    pub fn problem(&mut self, text: String) {
        tracing::warn!(text, "backup");
        self.manifest.problem_count += 1;
        if self.manifest.problems.len() < PROBLEMS_MAX {
            self.manifest.problems.push(text);
        }
    }

    /// Makes sure that a message is in the target. `link`: a hard link of the store's file to this name and the store's own
    /// ending; false if that can't be (another file system). `stored`: the message as it is kept, and how that ends.
    pub fn keep<E: From<Error>>(
        &mut self,
        digest: Digest,
        link: impl FnOnce(&Path) -> std::result::Result<bool, E>,
        stored: impl FnOnce() -> std::result::Result<(Bytes, &'static str), E>,
    ) -> std::result::Result<(), E> {
        if self.digests.contains(&digest) {
            return Ok(());
        }
        let name = self.target.blob_name(digest)?;
        let kept = if !self.target.is_encrypted() && link(&name)? {
            Kept::Linked
        } else if self.target.find(&name).is_some() {
            Kept::Known
        } else {
            let (bytes, suffix) = stored()?;
            self.target.copy(&name, suffix, &bytes, &mut self.pending)?
        };
        self.digests.insert(digest);
        let facts = &mut self.manifest.messages;
        facts.count += 1;
        match kept {
            Kept::Known => {}
            Kept::Linked => facts.linked += 1,
            Kept::Copied { bytes } => {
                facts.copied += 1;
                facts.copied_bytes += bytes;
            }
        }
        Ok(())
    }

    /// It is a snapshot when this returns.
    pub fn finish(mut self, now_ms: i64) -> Result<Snapshot> {
        self.pending.finish(&self.target)?;
        let mut digests: Vec<Digest> = self.digests.drain().collect();
        digests.sort_unstable();
        let list: Vec<u8> = digests.iter().flat_map(|digest| digest.0).collect();
        let path = self.dir.join(DIGESTS);
        write_whole(self.target.fs(), &path, &list)?;
        self.manifest.files.push(record::fact(&self.target, &path)?);
        // links and directories, too
        self.target.sync()?;
        self.target.check()?;
        self.manifest.ended_ms = now_ms;
        write_whole(self.target.fs(), &self.dir.join(MANIFEST), &to_json(&self.manifest))?;
        Ok(Snapshot { target: self.target, dir: self.dir, name: self.name, manifest: self.manifest })
    }
}

impl Snapshot {
    pub fn open(&self, name: &str) -> Result<Reader> {
        Reader::open(&self.target, &self.dir.join(name))
    }

    /// Of the messages that it needs.
    pub fn digests(&self) -> Result<Vec<Digest>> {
        let path = self.dir.join(DIGESTS);
        let bytes = read_whole(self.target.fs(), &path)?;
        let known = self.manifest.files.iter().find(|fact| fact.name == DIGESTS);
        if known != Some(&record::fact(&self.target, &path)?) {
            return Err(Error::damaged(&path, "is not what was written"));
        }
        Ok(bytes.as_chunks::<32>().0.iter().map(|digest| Digest(*digest)).collect())
    }

    /// Files that are not what was written, a line for people each.
    pub fn compare_files(&self) -> Vec<String> {
        let compare = |fact: &FileFact| {
            let path = self.dir.join(&fact.name);
            match record::fact(&self.target, &path) {
                Ok(found) if found == *fact => None,
                Ok(_) => Some(format!("{}: is not what was written", path.display())),
                Err(error) => Some(error.to_string()),
            }
        };
        self.manifest.files.iter().filter_map(compare).collect()
    }

    /// Octets of its own files, messages not counted.
    pub fn bytes(&self) -> u64 {
        self.manifest.files.iter().map(|fact| fact.bytes).sum()
    }

    /// First it is none any more, then its files go.
    pub fn drop_it(self) -> Result<()> {
        self.target.unlink(&self.dir.join(MANIFEST))?;
        self.target.sync_dir(&self.dir)?;
        self.target.remove_dir(&self.dir)
    }
}

impl Target {
    /// Oldest first. A manifest that can't be read is a line in `problems`.
    pub fn snapshots(&self, problems: &mut Vec<String>) -> Result<Vec<Snapshot>> {
        let root = self.root().join("snapshots");
        if !self.fs().exists(&root) {
            return Err(Error::Gone { path: self.root().into() });
        }
        let mut found = Vec::new();
        for entry in self.entries(&root)?.into_iter().filter(|entry| entry.is_dir) {
            let name = entry.name.to_string_lossy().into_owned();
            let dir = root.join(&name);
            let path = dir.join(MANIFEST);
            if !self.fs().exists(&path) {
                continue;
            }
            let manifest = read_json(self.fs(), &path)
                .and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).map_err(|why| Error::damaged(&path, why)));
            match manifest {
                Ok(manifest) if manifest.format > FORMAT => problems.push(Error::Newer { path }.to_string()),
                Ok(manifest) => found.push(Snapshot { target: self.clone(), dir, name, manifest }),
                Err(error) => problems.push(error.to_string()),
            }
        }
        found.sort_by_key(|snapshot| snapshot.manifest.begun_ms);
        Ok(found)
    }

    /// Clears away what has begun and never ended. Nobody may be writing one.
    pub fn clear_unfinished(&self) -> Result<()> {
        let root = self.root().join("snapshots");
        for entry in self.entries(&root)?.into_iter().filter(|entry| entry.is_dir) {
            let dir = root.join(entry.name);
            if !self.fs().exists(&dir.join(MANIFEST)) {
                self.remove_dir(&dir)?;
            }
        }
        Ok(())
    }

    /// Removes messages and archived records that none of the snapshots needs. Nobody may be writing one. Nothing goes while
    /// one of them can't say what it needs.
    pub fn sweep(&self) -> Result<Swept> {
        let mut problems = Vec::new();
        let snapshots = self.snapshots(&mut problems)?;
        if let Some(problem) = problems.first() {
            return Err(Error::damaged(self.root(), format!("nothing is swept: {problem}")));
        }
        let mut needed = HashSet::new();
        for snapshot in &snapshots {
            needed.extend(snapshot.digests()?);
        }
        let mut swept = Swept::default();
        self.sweep_blobs(&|digest| needed.contains(&digest), &mut swept)?;
        if let Some(holds) = snapshots.iter().map(|snapshot| snapshot.manifest.holds).min() {
            self.prune_archive(holds, &mut swept)?;
        }
        Ok(swept)
    }
}
