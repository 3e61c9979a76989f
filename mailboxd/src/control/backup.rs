// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse backup` and `posthouse restore` on a running system. The supervisor hands in the files that only it may read;
//! the directory is ours to ask.

use super::prov;
use crate::serve::System;
use anyhow::{Context, Result, anyhow};
use directory::{Directory, Exported};
use mailbox::{Extra, Identities, PickRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Digest as _;
use soap::{DIRECTORY, SystemFile};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

const DRILL: &str = "verified.json";
/// Between two looks at whether the directory has changed by us, and by whomever.
const FOLLOW_EVERY: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_secs(600);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Backup {
    Full {
        /// Settings, certificates, keys.
        #[serde(default)]
        files: Vec<SystemFile>,
    },
    List {},
    Verify {
        #[serde(default)]
        identity: Option<Secret>,
    },
    /// Message files of the store that are lost or damaged come back.
    Repair {
        #[serde(default)]
        identity: Option<Secret>,
    },
    /// Begins a new target.
    Init {},
    RestoreMailbox {
        account: String,
        #[serde(default)]
        to_ms: Option<i64>,
        /// Beside, as this account.
        #[serde(default)]
        beside: Option<String>,
        #[serde(default)]
        dry_run: bool,
        #[serde(default)]
        identity: Option<Secret>,
    },
    RestoreItems {
        account: String,
        #[serde(default)]
        to_ms: Option<i64>,
        #[serde(default)]
        folder: Option<String>,
        #[serde(default)]
        ids: Vec<u32>,
        #[serde(default)]
        query: Option<String>,
        into: String,
        #[serde(default)]
        dry_run: bool,
        #[serde(default)]
        identity: Option<Secret>,
    },
}

/// Content of a file with secret keys; never printed.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

pub fn run(system: &System, request: Backup, progress: &mut (dyn FnMut(&str) + Send)) -> Result<Value> {
    let store = &system.store;
    match request {
        Backup::Full { files } => {
            let soap = system.soap.get().ok_or_else(|| anyhow!("the services have not started yet"))?;
            Ok(serde_json::to_value(soap::make_backup(soap, &files, progress)?)?)
        }
        Backup::List {} => {
            let (snapshots, problems) = store.snapshots().map_err(failed)?;
            Ok(json!({"snapshots": snapshots, "problems": problems, "status": store.backup_status()}))
        }
        Backup::Verify { identity } => {
            let report = store.verify_backup(key(identity)?, progress).map_err(failed)?;
            let at_ms = now_ms();
            let mark = json!({
                "at_ms": at_ms, "is_clean": report.is_clean(), "is_partial": report.is_partial,
                "snapshot": report.snapshot, "problem_count": report.problem_count,
            });
            soap::note_backup(&system.state, DRILL, &mark.to_string())?;
            Ok(serde_json::to_value(report)?)
        }
        Backup::Repair { identity } => {
            Ok(serde_json::to_value(store.repair(key(identity)?, progress).map_err(failed)?)?)
        }
        Backup::Init {} => store.begin_target().map(|()| json!({})).map_err(failed),
        Backup::RestoreMailbox { account, to_ms, beside, dry_run, identity } => {
            let order = soap::RestoreOrder { account, to_ms, beside, is_dry_run: dry_run, identity: key(identity)? };
            Ok(serde_json::to_value(soap::restore_mailbox(store, &system.directory, order, progress)?)?)
        }
        Backup::RestoreItems { account, to_ms, folder, ids, query, into, dry_run, identity } => {
            let account = prov::find(&system.directory, &account)?.id;
            let request = PickRequest { account, to_ms, is_dry_run: dry_run, folder, ids, query, into };
            Ok(serde_json::to_value(store.restore_items(&request, key(identity)?, progress).map_err(failed)?)?)
        }
    }
}

/// Keeps a copy of the directory in the journal whenever it has changed, so that a system can be restored with the accounts that it
/// had at a moment. Ends when the daemon does.
pub async fn follow_directory(system: System, mut stopping: tokio::sync::watch::Receiver<bool>) {
    let (mut known, mut looked) = (None, None);
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(FOLLOW_EVERY) => {}
        }
        // of a directory that others change, too, the generation tells little
        let generation = system.directory.generation();
        let is_due = looked.is_none_or(|(at, seen): (Instant, u64)| seen != generation || at.elapsed() > LOOK_EVERY);
        if !is_due {
            continue;
        }
        looked = Some((Instant::now(), generation));
        let followed = tokio::task::spawn_blocking({
            let system = system.clone();
            move || -> Result<[u8; 32]> {
                let copy = serde_json::to_vec(&system.directory.export()?)?;
                let digest: [u8; 32] = sha2::Sha256::digest(&copy).into();
                if known != Some(digest) {
                    system.store.note_directory(&copy).map_err(failed)?;
                }
                Ok(digest)
            }
        });
        match followed.await {
            Ok(Ok(digest)) => known = Some(digest),
            Ok(Err(error)) => tracing::warn!("the directory could not be copied into the journal: {error:#}"),
            Err(_) => return,
        }
    }
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn failed(error: mailbox::Error) -> anyhow::Error {
    anyhow!("{error}")
}

fn key(identity: Option<Secret>) -> Result<Option<Identities>> {
    identity.map(|secret| Ok(Identities::parse(&secret.0)?)).transpose()
}

/// Brings a directory back that a restore of the system left in `directory/restore.json`; called before anything is served.
pub fn import_directory(state: &Path, directory: &Directory) -> Result<()> {
    let path = state.join("directory/restore.json");
    if !path.exists() {
        return Ok(());
    }
    let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let entries: Vec<Exported> = serde_json::from_slice(&text).with_context(|| path.display().to_string())?;
    let (count, problems) =
        directory.import(&entries).context("the restored directory could not be brought back yet")?;
    problems.iter().for_each(|problem| tracing::error!(problem, "restored directory"));
    tracing::info!(count, "restored directory is in use");
    std::fs::rename(&path, path.with_extension("json.done")).with_context(|| path.display().to_string())
}

/// What [`import_directory`] will find: the newest copy of the directory among what a restore has brought.
pub fn leave_directory(state: &Path, extras: &[Extra], problems: &mut Vec<String>) -> Result<()> {
    let named = |name: &str| extras.iter().find(|extra| extra.name == name);
    let copy = named(mailbox::DIRECTORY_COPY).and_then(|extra| extra.records.first());
    let found = match (copy, named(DIRECTORY)) {
        (Some((_, copy)), _) => serde_json::from_slice(copy).context("the copy of the directory")?,
        (None, Some(extra)) => {
            let (found, unread) = soap::directory_entries(extra);
            problems.extend(unread);
            found
        }
        (None, None) => return Ok(()),
    };
    let dir = state.join("directory");
    std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let path = dir.join("restore.json");
    // secrets are in it
    write_private(state, &path, &serde_json::to_vec(&found)?, 0o600).with_context(|| path.display().to_string())
}

/// A file below the state directory, durable under its name when this returns. Its content is never readable for others before
/// it has its mode.
pub fn write_private(state: &Path, path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let dirs: Vec<&Path> = path.ancestors().skip(1).take_while(|dir| dir.starts_with(state)).collect();
    if let Some(dir) = dirs.first() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // one that was there keeps its mode when it is opened
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.set_permissions(Permissions::from_mode(mode & 0o777))?;
    file.sync_all()?;
    dirs.into_iter().try_for_each(|dir| File::open(dir)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_whole_and_has_its_mode() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("restored/etc/key.pem");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        write_private(state.path(), &path, b"a longer secret", 0o640).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o640, 0o700));
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        write_private(state.path(), &path, b"secret", 0o600).unwrap();
        assert_eq!((mode(&path), std::fs::read(&path).unwrap()), (0o600, b"secret".to_vec()));
    }
}
