// SPDX-License-Identifier: AGPL-3.0-or-later
//! The target of this store: found again, never made anew where one was; and what is in it.

use crate::config::Backup;
use crate::deleted::owner;
use crate::error::{Error, Result};
use crate::store::{Shared, Store};
use ::backup::{Identities, Options, Recipients, Snapshot, Target};
use fs::{Fs, Open};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `journal/backup.json`: which target is ours, so that a mount that is missing is no empty one.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Own {
    /// Names this state directory.
    pub server: String,
    pub target: PathBuf,
    pub id: String,
}

const OWN_BYTES_MAX: usize = 64 << 10;

pub(super) fn read_own(fs: &dyn Fs, state: &Path) -> Result<Own> {
    let path = state.join("journal/backup.json");
    if !fs.exists(&path) {
        return Ok(Own { server: uuid::Uuid::new_v4().to_string(), ..Own::default() });
    }
    let read = || {
        let file = fs.open(&path, Open::Read)?;
        let mut text = vec![0; OWN_BYTES_MAX];
        let length = file.read_full_at(&mut text, 0)?;
        serde_json::from_slice(&text[..length]).map_err(std::io::Error::other)
    };
    read().map_err(|error| Error::Store(format!("{}: {error}", path.display())))
}

pub(super) fn write_own(fs: &dyn Fs, state: &Path, own: &Own) -> Result<()> {
    let path = state.join("journal/backup.json");
    let text = serde_json::to_vec(own).map_err(|error| Error::Store(error.to_string()))?;
    fs::write_durably(fs, &path, &text).map_err(|e| Error::Unavailable(format!("{}: {e}", path.display())))
}

/// The target, claimed. One that is new is begun.
pub(super) fn open_own(shared: &Shared) -> Result<Target> {
    let Some(config) = &shared.config.backup else {
        return Err(Error::Unavailable("no backups are made: see [backup] in posthouse.toml".into()));
    };
    let (fs, state) = (&*shared.fs, &shared.config.state);
    let mut own = read_own(fs, state)?;
    let options = options(shared, config)?;
    let is_known = own.target == config.target && !own.id.is_empty();
    let opened = match Target::open(shared.fs.clone(), &config.target, options.clone()) {
        Err(::backup::Error::Gone { .. }) if !is_known => {
            Target::init(shared.fs.clone(), &config.target, options, &own.server, &config.hostname)?
        }
        other => other?,
    };
    if is_known && opened.id() != own.id {
        let path = config.target.display();
        return Err(Error::Unavailable(format!(
            "{path} is another backup target than the one before: mount the right one, or `posthouse backup init`"
        )));
    }
    let target = opened.claim(&own.server)?;
    if !is_known {
        own.target = config.target.clone();
        own.id = target.id().to_owned();
        write_own(fs, state, &own)?;
    }
    Ok(target)
}

fn options(shared: &Shared, config: &Backup) -> Result<Options> {
    Ok(Options {
        recipients: Recipients::parse(&config.recipients)?,
        identities: None,
        bytes_per_second: config.bytes_per_second,
        // on the disk of the mail it must leave the room that mail needs
        reserve_bytes: shared.config.reserve_bytes.saturating_mul(2),
    })
}

/// A target that belongs to no store here, for reading.
pub fn open_target(path: &Path, identities: Option<Identities>) -> Result<Target> {
    let options = Options { identities, ..Options::default() };
    Ok(Target::open(std::sync::Arc::new(fs::RealFs), path, options)?)
}

/// A snapshot, for lists.
#[derive(Debug, Clone, Serialize)]
pub struct SnapshotEntry {
    pub name: String,
    pub hostname: String,
    pub begun_ms: i64,
    pub ended_ms: i64,
    pub is_encrypted: bool,
    pub mailboxes: usize,
    /// Whose mailboxes are in it, and whose could not be read: ids in the directory.
    #[serde(skip)]
    pub accounts: Vec<String>,
    #[serde(skip)]
    pub failed: Vec<String>,
    /// Records of the journal from behind this one on belong to it.
    pub holds: u64,
    pub items: u64,
    /// Octets of the messages, each as often as a mailbox holds it.
    pub message_bytes: u64,
    pub new_messages: u64,
    pub own_bytes: u64,
    pub problem_count: u64,
    pub problems: Vec<String>,
}

impl SnapshotEntry {
    pub(super) fn of(snapshot: &Snapshot) -> SnapshotEntry {
        let manifest = &snapshot.manifest;
        SnapshotEntry {
            name: snapshot.name.clone(),
            hostname: manifest.hostname.clone(),
            begun_ms: manifest.begun_ms,
            ended_ms: manifest.ended_ms,
            is_encrypted: manifest.is_encrypted,
            mailboxes: manifest.mailboxes.len(),
            accounts: manifest.mailboxes.iter().map(|fact| owner(&fact.account).to_owned()).collect(),
            failed: manifest.failed.iter().map(|account| owner(account).to_owned()).collect(),
            holds: manifest.holds,
            items: manifest.mailboxes.iter().map(|fact| fact.items).sum(),
            message_bytes: manifest.mailboxes.iter().map(|fact| fact.bytes).sum(),
            new_messages: manifest.messages.linked + manifest.messages.copied,
            own_bytes: snapshot.bytes(),
            problem_count: manifest.problem_count,
            problems: manifest.problems.clone(),
        }
    }
}

impl Store {
    /// Oldest first; and lines for people about those that can't be read.
    pub fn snapshots(&self) -> Result<(Vec<SnapshotEntry>, Vec<String>)> {
        let target = self.shared.target_for_reading(None)?;
        let mut problems = Vec::new();
        let snapshots = target.snapshots(&mut problems)?;
        Ok((snapshots.iter().map(SnapshotEntry::of).collect(), problems))
    }

    /// Where backups go, as it is set.
    pub fn backup_target(&self) -> Result<PathBuf> {
        let config = self.shared.config.backup.as_ref();
        let none = || Error::Unavailable("no backups are made: see [backup] in posthouse.toml".into());
        config.map(|config| config.target.clone()).ok_or_else(none)
    }

    /// Octets of the file system there: all, and those that are free.
    pub fn backup_space(&self) -> Result<(u64, u64)> {
        let target = self.backup_target()?;
        self.shared.backups.ready().map_err(Error::Unavailable)?;
        let at = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", target.display()));
        let volume = self.shared.fs.volume(&target).map_err(at)?;
        Ok((volume.capacity().map_err(at)?, volume.available().map_err(at)?))
    }

    /// Begins a new target in the configured directory, which must be empty, in place of the one that is known.
    pub fn begin_target(&self) -> Result<()> {
        let (fs, state) = (&*self.shared.fs, &self.shared.config.state);
        let own = read_own(fs, state)?;
        write_own(fs, state, &Own { server: own.server, ..Own::default() })?;
        self.shared.backups.reopen().map_err(Error::Unavailable)
    }
}

impl Shared {
    /// The configured target, to be read with this key.
    pub(super) fn target_for_reading(&self, identities: Option<Identities>) -> Result<Target> {
        let Some(config) = &self.config.backup else {
            return Err(Error::Unavailable("no backups are made: see [backup] in posthouse.toml".into()));
        };
        let options = Options { identities, ..Options::default() };
        Ok(Target::open(self.fs.clone(), &config.target, options)?)
    }
}
