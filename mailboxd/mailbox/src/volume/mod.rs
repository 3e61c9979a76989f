// SPDX-License-Identifier: AGPL-3.0-or-later
//! Volumes: which there are (`store/volumes.json`), and the move of old mail to the secondary ones.
//!
//! The primary volume takes every new message and is always there. A secondary one may be slow, and may be away: what is on it
//! can't be read meanwhile, and everything else goes on.

mod hsm;
mod policy;
pub(crate) mod primary;
mod tidy;

pub use hsm::HsmStatus;
pub use policy::HsmPolicy;

pub(crate) use hsm::Hsm;
pub(crate) use tidy::Look;

use crate::error::{Error, Result};
use crate::store::{Shared, Store};
use blobs::{Presence, Spec, VolumeId};
use fs::{Fs, Open};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Ids that are no secondary volume's: 1 is the primary one of messages, 2 the index's, as in Zimbra.
const FIRST_ID: u16 = 3;
/// A block of ext4, as in Zimbra: a smaller file would not become smaller.
pub(crate) const COMPRESS_ABOVE: u64 = 4096;
const VOLUMES_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 64;

/// A volume, and how it is.
#[derive(Debug, Clone, Serialize)]
pub struct Volume {
    pub id: u16,
    pub name: String,
    pub root: PathBuf,
    pub is_primary: bool,
    /// Where HSM moves to if its policy names no volume.
    pub is_current: bool,
    pub compress: bool,
    /// Only messages with more octets are compressed.
    pub compress_above: u64,
    /// Octets that can still be written; `None`: it is not there.
    pub available_bytes: Option<u64>,
    /// Octets of its whole file system, whoever uses them; `None` as above.
    pub capacity_bytes: Option<u64>,
    /// Why it is not there.
    pub away: Option<String>,
}

/// What an administrator wants of a volume; `None`: as it is, or as is usual. Of the primary one compression can be set, for what comes
/// from now on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeWish {
    pub name: Option<String>,
    /// Absolute. A new volume's directory is there, and empty.
    pub root: Option<PathBuf>,
    pub compress: Option<bool>,
    pub compress_above: Option<u64>,
    pub is_current: Option<bool>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Known {
    /// Ids are never given twice.
    last_id: u16,
    volumes: Vec<Entry>,
    /// Of the primary volume; none: as the settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary: Option<Compression>,
    /// What the file in the primary volume says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary_id: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Compression {
    compress: bool,
    compress_above: u64,
}

fn usual() -> u64 {
    COMPRESS_ABOVE
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    id: u16,
    name: String,
    root: PathBuf,
    uuid: String,
    compress: bool,
    #[serde(default = "usual")]
    compress_above: u64,
    is_current: bool,
}

impl Known {
    fn path(state: &Path) -> PathBuf {
        state.join("store").join("volumes.json")
    }

    fn read(fs: &dyn Fs, state: &Path) -> Result<Known> {
        let path = Known::path(state);
        if !fs.exists(&path) {
            return Ok(Known::default());
        }
        let unreadable = |e: &dyn std::fmt::Display| Error::Store(format!("{}: {e}", path.display()));
        let text = read(fs, &path).map_err(|e| unreadable(&e))?;
        serde_json::from_slice(&text).map_err(|e| unreadable(&e))
    }

    fn write(&self, fs: &dyn Fs, state: &Path) -> Result<()> {
        let path = Known::path(state);
        let unavailable = |e: &dyn std::fmt::Display| Error::Unavailable(format!("{}: {e}", path.display()));
        let text = serde_json::to_vec_pretty(self).map_err(|e| unavailable(&e))?;
        fs::write_durably(fs, &path, &text).map_err(|e| unavailable(&e))
    }
}

impl Entry {
    fn spec(&self) -> Spec {
        Spec {
            id: VolumeId(self.id),
            name: self.name.clone(),
            root: self.root.clone(),
            uuid: self.uuid.clone(),
            compress: self.compress,
            compress_above: self.compress_above,
        }
    }
}

impl Store {
    /// The primary one first, the others in the order of their ids.
    pub fn volumes(&self) -> Result<Vec<Volume>> {
        let shared = &self.shared;
        let known = shared.known_volumes()?;
        let Compression { compress, compress_above } = shared.primary_compression(&known);
        let primary = Volume {
            id: blobs::PRIMARY.0,
            name: "main".into(),
            root: shared.config.state.join("store").join("main"),
            is_primary: true,
            is_current: true,
            compress,
            compress_above,
            available_bytes: Some(shared.blobs.available()?),
            capacity_bytes: Some(shared.blobs.capacity()?),
            away: shared.blobs.is_read_only()?.then(|| "it can only be read: see the kernel's log".to_owned()),
        };
        let presences = shared.blobs.volumes();
        let secondary = known.volumes.iter().map(|entry| {
            let presence =
                presences.iter().find(|(spec, _)| spec.id.0 == entry.id).map(|(_, presence)| presence.clone());
            let (space, away) = match presence {
                Some(Presence::Here { available_bytes, capacity_bytes }) => {
                    (Some((available_bytes, capacity_bytes)), None)
                }
                Some(Presence::Away { why }) => (None, Some(why)),
                None => (None, Some("not in use".into())),
            };
            let (available_bytes, capacity_bytes) = space.unzip();
            let Entry { id, name, root, compress, compress_above, is_current, .. } = entry.clone();
            Volume {
                id,
                name,
                root,
                is_primary: false,
                is_current,
                compress,
                compress_above,
                available_bytes,
                capacity_bytes,
                away,
            }
        });
        Ok([primary].into_iter().chain(secondary).collect())
    }

    /// By id or name.
    pub fn volume(&self, key: &str) -> Result<Volume> {
        let found = self.volumes()?.into_iter().find(|volume| volume.name == key || volume.id.to_string() == key);
        found.ok_or_else(|| Error::no_such("volume", key))
    }

    /// A new secondary volume, in use at once. The first one is current.
    pub fn add_volume(&self, wish: &VolumeWish) -> Result<Volume> {
        let shared = &self.shared;
        let _one = shared.maintenance.lock();
        let mut known = shared.known_volumes()?;
        let name = wish.name.clone().unwrap_or_default();
        check_name(&name, &known, None)?;
        let root = wish.root.clone().unwrap_or_default();
        shared.check_root(&root, &known)?;
        if known.volumes.len() >= VOLUMES_MAX {
            return Err(Error::TooMany("volumes"));
        }
        let id = known.last_id.max(FIRST_ID - 1).checked_add(1).ok_or(Error::TooMany("volumes"))?;
        let uuid = uuid::Uuid::new_v4().to_string();
        shared.blobs.found_secondary(&root, &uuid).map_err(|error| Error::Invalid(error.to_string()))?;
        let is_current = wish.is_current.unwrap_or(known.volumes.is_empty());
        if is_current {
            known.volumes.iter_mut().for_each(|entry| entry.is_current = false);
        }
        let (compress, compress_above) = (wish.compress.unwrap_or(true), wish.compress_above.unwrap_or(COMPRESS_ABOVE));
        let entry = Entry { id, name: name.clone(), root, uuid, compress, compress_above, is_current };
        known.last_id = id;
        known.volumes.push(entry.clone());
        shared.put_known_volumes(&known)?;
        shared.blobs.attach(entry.spec());
        tracing::info!(target: "audit", volume = %name, id, "a volume was added");
        self.volume(&name)
    }

    /// Another name, another place (the same volume, mounted there), compression from now on, or the current one.
    pub fn edit_volume(&self, key: &str, wish: &VolumeWish) -> Result<Volume> {
        let shared = &self.shared;
        let _one = shared.maintenance.lock();
        if self.volume(key)?.is_primary {
            return self.edit_primary(key, wish);
        }
        let id = self.secondary(key)?;
        let mut known = shared.known_volumes()?;
        if let Some(name) = &wish.name {
            check_name(name, &known, Some(id))?;
        }
        if wish.is_current == Some(true) {
            known.volumes.iter_mut().for_each(|entry| entry.is_current = false);
        }
        let mut others = known.clone();
        others.volumes.retain(|one| one.id != id);
        let entry = known.volumes.iter_mut().find(|entry| entry.id == id);
        let entry = entry.ok_or_else(|| Error::no_such("volume", key))?;
        if let Some(root) = &wish.root {
            shared.check_root(root, &others)?;
            if shared.blobs.identity_of(root).ok().as_deref() != Some(&entry.uuid) {
                let text = format!("volume {} is not at {}: mount or move it there first", entry.name, root.display());
                return Err(Error::Invalid(text));
            }
            entry.root.clone_from(root);
        }
        entry.name = wish.name.clone().unwrap_or_else(|| entry.name.clone());
        entry.compress = wish.compress.unwrap_or(entry.compress);
        entry.compress_above = wish.compress_above.unwrap_or(entry.compress_above);
        entry.is_current = wish.is_current.unwrap_or(entry.is_current);
        let spec = entry.spec();
        shared.put_known_volumes(&known)?;
        shared.blobs.attach(spec);
        tracing::info!(target: "audit", volume = id, "a volume was changed");
        self.volume(&id.to_string())
    }

    /// Compression only: where it is, and that it is current, is not to be had otherwise.
    fn edit_primary(&self, key: &str, wish: &VolumeWish) -> Result<Volume> {
        let shared = &self.shared;
        let is = self.volume(key)?;
        let is_same = wish.name.as_ref().is_none_or(|name| *name == is.name)
            && wish.root.as_ref().is_none_or(|root| *root == is.root)
            && wish.is_current != Some(false);
        if !is_same {
            return Err(Error::Invalid("of the primary volume compression can be changed, and nothing else".into()));
        }
        let mut known = shared.known_volumes()?;
        let compress = wish.compress.unwrap_or(is.compress);
        let compress_above = wish.compress_above.unwrap_or(is.compress_above);
        known.primary = Some(Compression { compress, compress_above });
        shared.put_known_volumes(&known)?;
        shared.blobs.set_compression(compress, compress_above);
        tracing::info!(target: "audit", volume = %is.name, compress, compress_above, "a volume was changed");
        self.volume(key)
    }

    /// A secondary volume on which no message is any more. Its directory stays.
    pub fn remove_volume(&self, key: &str) -> Result<()> {
        let shared = &self.shared;
        let _one = shared.maintenance.lock();
        let id = self.secondary(key)?;
        let files = shared.blobs.count_on(VolumeId(id))?;
        if files > 0 {
            let text = format!("volume {key} holds {files} message files: move them back first");
            return Err(Error::Invalid(text));
        }
        let mut known = shared.known_volumes()?;
        known.volumes.retain(|entry| entry.id != id);
        shared.put_known_volumes(&known)?;
        shared.blobs.detach(VolumeId(id));
        tracing::info!(target: "audit", volume = key, "a volume was removed");
        Ok(())
    }

    fn secondary(&self, key: &str) -> Result<u16> {
        let volume = self.volume(key)?;
        match volume.is_primary {
            true => Err(Error::Immutable("the primary volume".into())),
            false => Ok(volume.id),
        }
    }
}

impl Shared {
    /// What is known of volumes is taken into use.
    pub fn attach_volumes(&self) -> Result<()> {
        let known = self.known_volumes()?;
        let Compression { compress, compress_above } = self.primary_compression(&known);
        self.blobs.set_compression(compress, compress_above);
        for entry in known.volumes {
            self.blobs.attach(entry.spec());
        }
        Ok(())
    }

    fn primary_compression(&self, known: &Known) -> Compression {
        let by_settings = Compression { compress: self.config.compress, compress_above: COMPRESS_ABOVE };
        known.primary.unwrap_or(by_settings)
    }

    /// The one that HSM moves to, by name or as it is set.
    fn destination(&self, name: Option<&str>) -> Result<VolumeId> {
        let known = self.known_volumes()?;
        let found = known.volumes.iter().find(|entry| match name {
            Some(name) => entry.name == name,
            None => entry.is_current,
        });
        let missing = || match name {
            Some(name) => Error::no_such("volume", name),
            None => Error::Invalid("there is no secondary volume: add one first".into()),
        };
        found.map(|entry| VolumeId(entry.id)).ok_or_else(missing)
    }

    fn known_volumes(&self) -> Result<Known> {
        Known::read(&*self.fs, &self.config.state)
    }

    fn put_known_volumes(&self, known: &Known) -> Result<()> {
        known.write(&*self.fs, &self.config.state)
    }

    /// Volumes lie neither within each other nor in what else is ours.
    fn check_root(&self, root: &Path, known: &Known) -> Result<()> {
        let refused = |why: &str| Err(Error::Invalid(format!("{}: {why}", root.display())));
        if !root.is_absolute() || root.components().any(|part| part == std::path::Component::ParentDir) {
            return refused("the directory of a volume is an absolute path");
        }
        let store = self.config.state.join("store");
        let is_ours = root.starts_with(&self.config.state) && (!root.starts_with(&store) || *root == store);
        if is_ours || root.starts_with(store.join("main")) {
            return refused("that is a directory of the server itself");
        }
        let others = known.volumes.iter().map(|entry| &entry.root);
        match others.into_iter().any(|other| root.starts_with(other) || other.starts_with(root)) {
            true => refused("another volume is there"),
            false => Ok(()),
        }
    }
}

fn check_name(name: &str, known: &Known, own: Option<u16>) -> Result<()> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(is_word) || name.parse::<u16>().is_ok() {
        return Err(Error::InvalidName(name.chars().take(NAME_BYTES_MAX).collect()));
    }
    let is_taken = known.volumes.iter().any(|entry| entry.name == name && Some(entry.id) != own);
    if is_taken || name == "main" { Err(Error::AlreadyExists(format!("volume {name}"))) } else { Ok(()) }
}

fn read(fs: &dyn Fs, path: &Path) -> std::io::Result<Vec<u8>> {
    let file = fs.open(path, Open::Read)?;
    let length = usize::try_from(file.metadata()?.len).map_err(std::io::Error::other)?;
    let mut text = vec![0; length];
    file.read_full_at(&mut text, 0)?;
    Ok(text)
}
