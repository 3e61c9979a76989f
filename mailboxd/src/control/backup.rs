// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse backup` and `posthouse restore` on a running system. The supervisor hands in the files that only it may read;
//! the directory is ours to ask.

use super::prov;
use crate::serve::System;
use anyhow::{Context, Result, anyhow, bail};
use directory::{Account, Directory, Exported};
use mailbox::{Extra, Identities, PickRequest, RestoreRequest, record_kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Digest as _;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// Files of a snapshot.
pub const DIRECTORY: &str = "directory.rec";
pub const SYSTEM: &str = "system.rec";
/// Made again at each backup: how old it is, is how old the backup is.
const MARK: &str = "last";
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

/// A file of the state directory, or (with an absolute path) of elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemFile {
    pub path: String,
    pub mode: u32,
    /// Names; empty if they have none.
    #[serde(default)]
    pub owner: String,
    #[serde(default)]
    pub group: String,
    /// Base64.
    pub data: String,
}

pub fn run(system: &System, request: Backup, progress: &mut (dyn FnMut(&str) + Send)) -> Result<Value> {
    let store = &system.store;
    match request {
        Backup::Full { files } => full(system, &files, progress),
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
            note(&system.state, DRILL, &mark.to_string())?;
            Ok(serde_json::to_value(report)?)
        }
        Backup::Repair { identity } => {
            Ok(serde_json::to_value(store.repair(key(identity)?, progress).map_err(failed)?)?)
        }
        Backup::Init {} => store.begin_target().map(|()| json!({})).map_err(failed),
        Backup::RestoreMailbox { account, to_ms, beside, dry_run, identity } => {
            let identity = key(identity)?;
            let from = whose(system, &account, to_ms, identity.as_ref(), dry_run)?;
            let to_account = match &beside {
                None => from.id.clone(),
                Some(name) => make_room(system, &from, name, dry_run)?,
            };
            let request = RestoreRequest { account: from.id, to_account, to_ms, is_dry_run: dry_run };
            Ok(serde_json::to_value(store.restore_mailbox(&request, identity, progress).map_err(failed)?)?)
        }
        Backup::RestoreItems { account, to_ms, folder, ids, query, into, dry_run, identity } => {
            let account = prov::find(&system.directory, &account)?.id;
            let request = PickRequest { account, to_ms, is_dry_run: dry_run, folder, ids, query, into };
            Ok(serde_json::to_value(store.restore_items(&request, key(identity)?, progress).map_err(failed)?)?)
        }
    }
}

fn full(system: &System, files: &[SystemFile], progress: &mut (dyn FnMut(&str) + Send)) -> Result<Value> {
    let mut extras = vec![directory(&system.directory)?];
    if !files.is_empty() {
        let records = files.iter().map(|file| Ok((record_kind::FILE, serde_json::to_vec(file)?)));
        extras.push(Extra { name: SYSTEM.into(), records: records.collect::<Result<_>>()? });
    }
    let made = system.store.back_up(extras, progress).map_err(failed)?;
    note(&system.state, MARK, &made.name)?;
    Ok(serde_json::to_value(made)?)
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

fn directory(directory: &Directory) -> Result<Extra> {
    let entries = directory.export().context("the directory could not be read")?;
    let records = entries.iter().map(|entry| Ok((record_kind::DIRECTORY_ENTRY, serde_json::to_vec(entry)?)));
    Ok(Extra { name: DIRECTORY.into(), records: records.collect::<Result<_>>()? })
}

/// What `posthouse status` looks at.
fn note(state: &Path, name: &str, text: &str) -> Result<()> {
    let dir = state.join("backup");
    std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
    let (path, fresh) = (dir.join(name), dir.join(format!(".{name}.new")));
    std::fs::write(&fresh, text)
        .and_then(|()| std::fs::rename(&fresh, &path))
        .with_context(|| path.display().to_string())
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

struct Whose {
    id: String,
    entry: Option<Exported>,
}

/// The account of that name: as it is, or, when it was deleted, as it was; then it comes back with its old id.
fn whose(
    system: &System,
    name: &str,
    to_ms: Option<i64>,
    identity: Option<&Identities>,
    is_dry_run: bool,
) -> Result<Whose> {
    let directory = &system.directory;
    if let Ok(account) = prov::find(directory, name) {
        let entry = directory.export()?.into_iter().find(|entry| entry.id == account.id);
        return Ok(Whose { id: account.id, entry });
    }
    let old = system.store.snapshot_extra(DIRECTORY, to_ms, identity.cloned()).map_err(failed)?;
    let entries = old.into_iter().flat_map(|extra| entries(&extra).0);
    let is_meant = |entry: &Exported| {
        let is_account = matches!(entry.class.as_str(), "zimbraAccount" | "zimbraCalendarResource");
        is_account && (entry.name.eq_ignore_ascii_case(name) || entry.id == name)
    };
    let entry = entries.into_iter().find(is_meant).ok_or_else(|| anyhow!("no such account, now or then: {name}"))?;
    if !is_dry_run {
        let (_, problems) = directory.import(std::slice::from_ref(&entry))?;
        if let Some(problem) = problems.first() {
            bail!("the account can't be brought back: {problem}");
        }
    }
    Ok(Whose { id: entry.id.clone(), entry: Some(entry) })
}

/// The account beside: made like the one that it is of, or there already with nothing in its mailbox.
fn make_room(system: &System, from: &Whose, name: &str, is_dry_run: bool) -> Result<String> {
    let directory = &system.directory;
    let known: Option<Account> = directory.account(name)?;
    let account = match (known, &from.entry) {
        (Some(known), _) => known,
        (None, _) if is_dry_run => return Ok(String::new()),
        (None, Some(entry)) => directory.create_account_like(entry, name)?,
        (None, None) => directory.create_account(name, "", Default::default())?,
    };
    if account.id == from.id {
        bail!("{name} is the account itself: leave --as away to restore in place");
    }
    if !is_dry_run && system.store.has_mail(&account.id).map_err(failed)? {
        bail!("{name} has mail already: name another account");
    }
    Ok(account.id)
}

/// Entries, and lines about those that can't be read.
fn entries(extra: &Extra) -> (Vec<Exported>, Vec<String>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (kind, body) in &extra.records {
        if *kind == record_kind::DIRECTORY_ENTRY {
            match serde_json::from_slice(body) {
                Ok(entry) => found.push(entry),
                Err(error) => problems.push(format!("an entry of the directory: {error}")),
            }
        }
    }
    (found, problems)
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
            let (found, unread) = entries(extra);
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
