// SPDX-License-Identifier: AGPL-3.0-or-later
//! Secondary volumes: whether they are there. Each is known by a file in its root, so that the empty directory below a disk
//! that is not mounted is never taken for it.

use crate::{Blobs, Error, Options, Result};
use fs::Open;
use parking_lot::Mutex;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Never given twice. 1 is the primary volume, as in Zimbra.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeId(pub u16);

pub const PRIMARY: VolumeId = VolumeId(1);

/// What is known of a secondary volume whether it is there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    pub id: VolumeId,
    pub name: String,
    pub root: PathBuf,
    /// What its file `volume.id` says.
    pub uuid: String,
    /// Whether files that are moved there from now on are compressed, and above how many octets.
    pub compress: bool,
    pub compress_above: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    Here { available_bytes: u64, capacity_bytes: u64 },
    Away { why: String },
}

pub(crate) struct Secondary {
    pub spec: Spec,
    state: Mutex<State>,
    /// Noted durably: files of it went while it was away.
    owed: AtomicBool,
}

enum State {
    Here(Blobs),
    Away(String),
}

const IDENTITY: &str = "volume.id";

impl Secondary {
    pub fn blobs(&self) -> std::result::Result<Blobs, String> {
        match &*self.state.lock() {
            State::Here(blobs) => Ok(blobs.clone()),
            State::Away(why) => Err(why.clone()),
        }
    }

    pub fn lose(&self, why: String) {
        *self.state.lock() = State::Away(why);
    }

    pub fn away(&self, why: String) -> Error {
        Error::Away { name: self.spec.name.clone(), why }
    }
}

impl Blobs {
    /// Makes a volume of a directory that is there and empty: its name becomes durable. Answers what its file says.
    pub fn found_secondary(&self, root: &Path, uuid: &str) -> Result<()> {
        let fs = &*self.0.fs;
        let refused = |why: &str| Error::Volume { name: root.display().to_string(), why: why.to_owned() };
        let entries = match fs.read_dir(root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(refused("there is no such directory: make it, or mount the disk, first"));
            }
            entries => entries.map_err(Error::at(root))?,
        };
        if entries.iter().any(|entry| entry.name != "lost+found") {
            return Err(refused("the directory is not empty"));
        }
        let path = root.join(IDENTITY);
        fs::write_durably(fs, &path, uuid.as_bytes()).map_err(Error::at(&path))
    }

    /// What a directory says which volume it is.
    pub fn identity_of(&self, root: &Path) -> Result<String> {
        let path = root.join(IDENTITY);
        let read = || {
            let file = self.0.fs.open(&path, Open::Read)?;
            let mut text = [0; 64];
            let length = file.read_full_at(&mut text, 0)?;
            String::from_utf8(text[..length].to_vec()).map_err(io::Error::other)
        };
        read().map_err(Error::at(&path))
    }

    /// Takes a secondary volume into use, in place of one with its id. One that is not there is known all the same.
    pub fn attach(&self, spec: Spec) {
        let owed = AtomicBool::new(self.0.fs.exists(&self.owed(spec.id)));
        let state = Mutex::new(self.open_secondary(&spec));
        let mut known = self.0.secondaries.write();
        known.retain(|other| other.spec.id != spec.id);
        known.push(Arc::new(Secondary { spec, state, owed }));
        known.sort_by_key(|other| other.spec.id);
    }

    /// It is not asked any more.
    pub fn detach(&self, id: VolumeId) {
        self.0.secondaries.write().retain(|other| other.spec.id != id);
    }

    fn open_secondary(&self, spec: &Spec) -> State {
        match self.identity_of(&spec.root) {
            Ok(uuid) if uuid == spec.uuid => {}
            Ok(_) => return State::Away(format!("another volume is at {}", spec.root.display())),
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return State::Away(format!("nothing is mounted at {}", spec.root.display()));
            }
            Err(error) => return State::Away(error.to_string()),
        }
        // nothing of it travels in the journal
        let options = Options { compress: spec.compress, compress_above: spec.compress_above, inline_max: 0 };
        match Blobs::open_pinned(self.0.fs.clone(), &spec.root, options, self.0.pins.clone()) {
            Ok(blobs) => State::Here(blobs),
            Err(error) => State::Away(error.to_string()),
        }
    }

    /// Looks whether those that are there still are, and those that were away came back. Answers the ones that came.
    pub fn look_at_secondaries(&self) -> Vec<VolumeId> {
        let mut came = Vec::new();
        for other in self.secondaries() {
            let is_here = other.blobs().is_ok();
            let is_same = self.identity_of(&other.spec.root).is_ok_and(|uuid| uuid == other.spec.uuid);
            if is_here && !is_same {
                other.lose(format!("{} is not mounted any more", other.spec.root.display()));
            } else if !is_here && is_same {
                let state = self.open_secondary(&other.spec);
                if matches!(state, State::Here(_)) {
                    came.push(other.spec.id);
                }
                *other.state.lock() = state;
            }
        }
        came
    }

    /// Octets that can still be written on the primary volume.
    pub fn available(&self) -> Result<u64> {
        self.0.volume.available().map_err(Error::at(&self.0.root))
    }

    /// Octets of the primary volume's whole file system.
    pub fn capacity(&self) -> Result<u64> {
        self.0.volume.capacity().map_err(Error::at(&self.0.root))
    }

    /// Whether the primary volume can't be written to: a disk that failed is mounted so.
    pub fn is_read_only(&self) -> Result<bool> {
        self.0.volume.is_read_only().map_err(Error::at(&self.0.root))
    }

    /// The secondary ones, in the order of their ids.
    pub fn volumes(&self) -> Vec<(Spec, Presence)> {
        let presence = |other: &Secondary| match other.blobs() {
            Ok(blobs) => match (blobs.0.volume.available(), blobs.0.volume.capacity()) {
                (Ok(available_bytes), Ok(capacity_bytes)) => Presence::Here { available_bytes, capacity_bytes },
                (Err(error), _) | (_, Err(error)) => Presence::Away { why: error.to_string() },
            },
            Err(why) => Presence::Away { why },
        };
        self.secondaries().iter().map(|other| (other.spec.clone(), presence(other))).collect()
    }

    pub(crate) fn secondaries(&self) -> Vec<Arc<Secondary>> {
        self.0.secondaries.read().clone()
    }

    pub(crate) fn secondary(&self, id: VolumeId) -> Option<Arc<Secondary>> {
        self.0.secondaries.read().iter().find(|other| other.spec.id == id).cloned()
    }

    /// The secondary volumes that are there.
    pub(crate) fn here(&self) -> impl Iterator<Item = (Arc<Secondary>, Blobs)> + use<> {
        self.secondaries().into_iter().filter_map(|other| other.blobs().ok().map(|blobs| (other, blobs)))
    }

    /// Files that went have to be looked for when it is back. Durable when this returns.
    pub(crate) fn owe(&self, other: &Secondary) -> Result<()> {
        if other.owed.load(Ordering::Acquire) {
            return Ok(());
        }
        let path = self.owed(other.spec.id);
        let dir = self.0.root.join("owed");
        fs::create_dir_synced(&*self.0.fs, &dir).map_err(Error::at(&dir))?;
        fs::write_durably(&*self.0.fs, &path, other.spec.name.as_bytes()).map_err(Error::at(&path))?;
        other.owed.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether it is there again, and has files that nobody knows.
    pub fn is_owed(&self, id: VolumeId) -> bool {
        self.secondary(id).is_some_and(|other| other.owed.load(Ordering::Acquire) && other.blobs().is_ok())
    }

    pub fn is_paid(&self, id: VolumeId) -> Result<()> {
        let Some(other) = self.secondary(id) else { return Ok(()) };
        let path = self.owed(id);
        match self.0.fs.unlink(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::at(&path)(error)),
            _ => {}
        }
        other.owed.store(false, Ordering::Release);
        Ok(())
    }

    fn owed(&self, id: VolumeId) -> PathBuf {
        self.0.root.join("owed").join(id.0.to_string())
    }
}
