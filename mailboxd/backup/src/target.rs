// SPDX-License-Identifier: AGPL-3.0-or-later
//! The directory itself: whose it is, and who writes to it.

use crate::pace::Pace;
use crate::{Error, Identities, Recipients, Result};
use fs::{Fs, Open, Volume};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FILE: &str = "target.json";
const FORMAT: u32 = 1;
/// What is parsed as a whole: the label and manifests.
const JSON_BYTES_MAX: u64 = 64 << 20;

const README: &str = "\
Backups of Posthouse, a mail server. Don't change anything in here by hand.

snapshots/   a directory a backup; its manifest.json says what is in it and whether it is whole
journal/     every change since the oldest of them
blobs/       the messages, each once, named by their SHA-256 (sha256sum FILE; zstdcat FILE.zst | sha256sum)

    posthouse backup list
    posthouse restore mailbox ACCOUNT --to 2026-11-30T10:00:00Z --dry-run
    posthouse restore system --from THIS-DIRECTORY --state NEW-DIRECTORY      on a new machine
";

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Encrypts what is written.
    pub recipients: Option<Recipients>,
    /// Decrypts what is read.
    pub identities: Option<Identities>,
    pub bytes_per_second: Option<u64>,
    /// It counts as full while less is free.
    pub reserve_bytes: u64,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    fs: Arc<dyn Fs>,
    root: PathBuf,
    options: Options,
    pace: Pace,
    label: Label,
    stop: AtomicBool,
}

/// `target.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Label {
    format: u32,
    id: String,
    /// Which state directory it belongs to.
    server: String,
    hostname: String,
    /// The process that writes to it; another one that begins puts its own here.
    writer: String,
}

impl Target {
    /// Begins a new one. The directory must be empty or missing; its parent must exist, since a path of which nothing
    /// exists is a mount that is missing.
    pub fn init(fs: Arc<dyn Fs>, root: &Path, options: Options, server: &str, hostname: &str) -> Result<Target> {
        let gone = || Error::Gone { path: root.to_path_buf() };
        if !root.parent().is_some_and(|parent| fs.exists(parent)) {
            return Err(gone());
        }
        fs::create_dir_synced(&*fs, root).map_err(Error::at(root))?;
        let is_ours = |name: &str| matches!(name, "last" | "verified.json" | "lost+found") || name.starts_with('.');
        let entries = fs.read_dir(root).map_err(Error::at(root))?;
        if entries.iter().any(|entry| !entry.name.to_str().is_some_and(is_ours)) {
            return Err(Error::Foreign { path: root.to_path_buf() });
        }
        let label = Label {
            format: FORMAT,
            id: uuid::Uuid::new_v4().to_string(),
            server: server.to_owned(),
            hostname: hostname.to_owned(),
            writer: String::new(),
        };
        for dir in ["snapshots", "journal", "blobs"] {
            let dir = root.join(dir);
            fs::create_dir_synced(&*fs, &dir).map_err(Error::at(&dir))?;
        }
        write_whole(&*fs, &root.join("README.txt"), README.as_bytes())?;
        write_whole(&*fs, &root.join(FILE), &to_json(&label))?;
        Target::open(fs, root, options)
    }

    pub fn open(fs: Arc<dyn Fs>, root: &Path, options: Options) -> Result<Target> {
        let path = root.join(FILE);
        if !fs.exists(&path) {
            return Err(Error::Gone { path: root.to_path_buf() });
        }
        let label: Label =
            serde_json::from_slice(&read_json(&*fs, &path)?).map_err(|why| Error::damaged(&path, why))?;
        if label.format > FORMAT {
            return Err(Error::Newer { path });
        }
        let pace = Pace::new(options.bytes_per_second);
        let inner = Inner { fs, root: root.to_path_buf(), options, pace, label, stop: AtomicBool::new(false) };
        Ok(Target(Arc::new(inner)))
    }

    /// From now on this process writes to it, and whoever did before stops when it notices.
    pub fn claim(&self, server: &str) -> Result<Target> {
        if self.0.label.server != server {
            return Err(Error::OtherServer { path: self.root().into(), hostname: self.0.label.hostname.clone() });
        }
        let label = Label { writer: uuid::Uuid::new_v4().to_string(), ..self.0.label.clone() };
        write_whole(self.fs(), &self.root().join(FILE), &to_json(&label))?;
        let inner = Inner {
            fs: self.0.fs.clone(),
            root: self.0.root.clone(),
            options: self.0.options.clone(),
            pace: Pace::new(self.0.options.bytes_per_second),
            label,
            stop: AtomicBool::new(false),
        };
        Ok(Target(Arc::new(inner)))
    }

    /// That it is there, that nobody else writes to it, and that it has room.
    pub fn check(&self) -> Result<()> {
        self.check_stop()?;
        let path = self.root().join(FILE);
        if !self.fs().exists(&path) {
            return Err(Error::Gone { path: self.root().into() });
        }
        let label: Label =
            serde_json::from_slice(&read_json(self.fs(), &path)?).map_err(|why| Error::damaged(&path, why))?;
        if (&label.id, &label.writer) != (&self.0.label.id, &self.0.label.writer) {
            return Err(Error::Usurped { path: self.root().into() });
        }
        if self.volume()?.available().map_err(Error::at(self.root()))? < self.0.options.reserve_bytes {
            return Err(Error::Full { path: self.root().into() });
        }
        Ok(())
    }

    /// Whoever is writing ends with [`Error::Stopped`].
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Release);
    }

    pub(crate) fn check_stop(&self) -> Result<()> {
        if self.0.stop.load(Ordering::Acquire) { Err(Error::Stopped) } else { Ok(()) }
    }

    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Of this target, not of what is in it.
    pub fn id(&self) -> &str {
        &self.0.label.id
    }

    pub fn server(&self) -> &str {
        &self.0.label.server
    }

    pub fn hostname(&self) -> &str {
        &self.0.label.hostname
    }

    /// What is written is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.0.options.recipients.is_some()
    }

    pub(crate) fn recipients(&self) -> Option<&Recipients> {
        self.0.options.recipients.as_ref()
    }

    pub(crate) fn identities(&self) -> Option<&Identities> {
        self.0.options.identities.as_ref()
    }

    pub(crate) fn fs(&self) -> &dyn Fs {
        &*self.0.fs
    }

    pub(crate) fn spend(&self, bytes: u64) {
        self.0.pace.spend(bytes);
    }

    pub(crate) fn volume(&self) -> Result<Box<dyn Volume>> {
        self.fs().volume(self.root()).map_err(Error::at(self.root()))
    }

    /// Everything written so far is durable.
    pub(crate) fn sync(&self) -> Result<()> {
        self.volume()?.sync().map_err(Error::at(self.root()))
    }

    pub(crate) fn sync_dir(&self, dir: &Path) -> Result<()> {
        self.fs().sync_dir(dir).map_err(Error::at(dir))
    }

    pub(crate) fn make_dir(&self, dir: &Path) -> Result<()> {
        if self.fs().exists(dir) {
            return Ok(());
        }
        // never the root itself: it may be a mount that is gone
        if !self.fs().exists(&self.root().join(FILE)) {
            return Err(Error::Gone { path: self.root().into() });
        }
        fs::create_dir_synced(self.fs(), dir).map_err(Error::at(dir))
    }

    pub(crate) fn unlink(&self, path: &Path) -> Result<()> {
        match self.fs().unlink(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::at(path)(error)),
            _ => Ok(()),
        }
    }

    /// A directory with files in it, and no directories.
    pub(crate) fn remove_dir(&self, dir: &Path) -> Result<()> {
        for entry in self.entries(dir)? {
            self.unlink(&dir.join(entry.name))?;
        }
        // an empty directory harms nobody
        let _ = self.fs().remove_dir(dir);
        Ok(())
    }

    /// None if it is not there.
    pub(crate) fn entries(&self, dir: &Path) -> Result<Vec<fs::Entry>> {
        match self.fs().read_dir(dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            entries => entries.map_err(Error::at(dir)),
        }
    }
}

pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    // plain structs of numbers and texts: it can't fail
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

pub(crate) fn write_whole(fs: &dyn Fs, path: &Path, content: &[u8]) -> Result<()> {
    fs::write_durably(fs, path, content).map_err(Error::at(path))
}

/// The text of a JSON file.
pub(crate) fn read_json(fs: &dyn Fs, path: &Path) -> Result<Vec<u8>> {
    if fs.metadata(path).map_err(Error::at(path))?.len > JSON_BYTES_MAX {
        return Err(Error::damaged(path, "is too large"));
    }
    read_whole(fs, path)
}

/// Messages, and lists of them, have the size that they have.
pub(crate) fn read_whole(fs: &dyn Fs, path: &Path) -> Result<Vec<u8>> {
    let file = fs.open(path, Open::Read).map_err(Error::at(path))?;
    let len = file.metadata().map_err(Error::at(path))?.len;
    let mut bytes = vec![0; len as usize];
    let read = file.read_full_at(&mut bytes, 0).map_err(Error::at(path))?;
    bytes.truncate(read);
    Ok(bytes)
}
