// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backups and restores that somebody orders, on a running system: the store makes them, the directory is asked for accounts, and the
//! supervisor hands in the files that only it may read. Blocking.

use crate::deletion;
use crate::fault::Fault;
use crate::order::Refusal;
use crate::state::State;
use directory::{Account, Directory, Exported};
use mailbox::{Extra, Identities, RestoreRequest, Restored, SnapshotEntry, Store, record_kind};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Files of a snapshot.
pub const DIRECTORY: &str = "directory.rec";
pub const SYSTEM: &str = "system.rec";
/// Made again at each backup: how old it is, is how old the backup is.
const MARK: &str = "last";

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

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] mailbox::Error),
    #[error(transparent)]
    Directory(#[from] directory::Error),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Deletion(#[from] Refusal),
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

type Result<T> = std::result::Result<T, Error>;

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match error {
            Error::Store(error) => error.into(),
            Error::Directory(error) => error.into(),
            Error::Refused(text) => Fault::invalid(text),
            Error::Deletion(Refusal { code, reason }) => Fault::new(code, reason),
            other => Fault::failure(other),
        }
    }
}

/// Backups of this process.
#[derive(Default)]
pub struct Backups(Mutex<Turns>);

#[derive(Default, Clone)]
pub struct Turns {
    pub begun: u64,
    pub ended: u64,
    /// Of the last one that ended: its name, or why there is none.
    pub outcome: Option<std::result::Result<String, String>>,
}

impl Backups {
    pub fn now(&self) -> Turns {
        self.0.lock().clone()
    }

    fn begin(&self) {
        self.0.lock().begun += 1;
    }

    fn end(&self, outcome: std::result::Result<String, String>) {
        let mut turns = self.0.lock();
        turns.ended += 1;
        turns.outcome = Some(outcome);
    }
}

/// `files`: settings, certificates, keys.
pub fn make_backup(
    state: &State,
    files: &[SystemFile],
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<SnapshotEntry> {
    state.backups.begin();
    let made = make(state, files, progress);
    state.backups.end(made.as_ref().map(|made| made.name.clone()).map_err(ToString::to_string));
    made
}

fn make(state: &State, files: &[SystemFile], progress: &mut (dyn FnMut(&str) + Send)) -> Result<SnapshotEntry> {
    let mut extras = vec![directory_copy(&state.directory)?];
    if !files.is_empty() {
        let records = files.iter().map(|file| Ok((record_kind::FILE, serde_json::to_vec(file)?)));
        extras.push(Extra { name: SYSTEM.into(), records: records.collect::<Result<_>>()? });
    }
    let made = state.store.back_up(extras, progress)?;
    note_backup(&state.config.state, MARK, &made.name)?;
    Ok(made)
}

fn directory_copy(directory: &Directory) -> Result<Extra> {
    let entries = directory.export()?;
    let records = entries.iter().map(|entry| Ok((record_kind::DIRECTORY_ENTRY, serde_json::to_vec(entry)?)));
    Ok(Extra { name: DIRECTORY.into(), records: records.collect::<Result<_>>()? })
}

/// What `posthouse status` looks at: a file below `backup/`.
pub fn note_backup(state: &Path, name: &str, text: &str) -> Result<()> {
    let dir = state.join("backup");
    let (path, fresh) = (dir.join(name), dir.join(format!(".{name}.new")));
    let done = std::fs::create_dir_all(&dir).and_then(|()| std::fs::write(&fresh, text));
    done.and_then(|()| std::fs::rename(&fresh, &path)).map_err(|error| Error::File(path.display().to_string(), error))
}

/// A whole mailbox.
pub struct RestoreOrder {
    /// Name or id, now or then.
    pub account: String,
    /// Milliseconds since 1970; `None`: the last that is known.
    pub to_ms: Option<i64>,
    /// Beside, as the account of this name; `None`: in place.
    pub beside: Option<String>,
    pub is_dry_run: bool,
    pub identity: Option<Identities>,
}

pub fn restore_mailbox(
    store: &Store,
    directory: &Directory,
    order: RestoreOrder,
    progress: &mut dyn FnMut(&str),
) -> Result<Restored> {
    let RestoreOrder { account, to_ms, beside, is_dry_run, identity } = order;
    let from = whose(store, directory, &account, to_ms, identity.as_ref(), is_dry_run)?;
    let to_account = match &beside {
        None => from.id.clone(),
        Some(name) => make_room(store, directory, &from, name, is_dry_run)?,
    };
    let request = RestoreRequest { account: from.id, to_account, to_ms, is_dry_run };
    Ok(store.restore_mailbox(&request, identity, progress)?)
}

struct Whose {
    id: String,
    entry: Option<Exported>,
}

/// The account of that name: as it is, or, when it was deleted, as it was; then it comes back with its old id, and with its mailbox if
/// that is still there.
fn whose(
    store: &Store,
    directory: &Directory,
    name: &str,
    to_ms: Option<i64>,
    identity: Option<&Identities>,
    is_dry_run: bool,
) -> Result<Whose> {
    if let Some(account) = living(directory, name)? {
        let entry = directory.export()?.into_iter().find(|entry| entry.id == account.id);
        return Ok(Whose { id: account.id, entry });
    }
    if is_dry_run {
        if let Ok(one) = deletion::find(store, name) {
            return Ok(Whose { entry: one.remains.map(|remains| remains.account), id: one.id });
        }
    } else if let Some(account) = deletion::restore_deleted(store, directory, name)? {
        let entry = directory.export()?.into_iter().find(|entry| entry.id == account.id);
        return Ok(Whose { id: account.id, entry });
    }
    let old = store.snapshot_extra(DIRECTORY, to_ms, identity.cloned())?;
    let entries = old.into_iter().flat_map(|extra| directory_entries(&extra).0);
    let is_meant = |entry: &Exported| {
        let is_account = matches!(entry.class.as_str(), "zimbraAccount" | "zimbraCalendarResource");
        is_account && (entry.name.eq_ignore_ascii_case(name) || entry.id == name)
    };
    let missing = || Error::Refused(format!("no such account, now or then: {name}"));
    let entry = entries.into_iter().find(is_meant).ok_or_else(missing)?;
    if !is_dry_run {
        let (_, problems) = directory.import(std::slice::from_ref(&entry))?;
        if let Some(problem) = problems.first() {
            return Err(Error::Refused(format!("the account can't be brought back: {problem}")));
        }
    }
    Ok(Whose { id: entry.id.clone(), entry: Some(entry) })
}

/// By name, alias or id.
pub fn living(directory: &Directory, key: &str) -> Result<Option<Account>> {
    Ok(if key.contains('@') { directory.account(key)? } else { directory.account_by_id(key)? })
}

/// The account beside: made like the one that it is of, or there already with nothing in its mailbox.
fn make_room(store: &Store, directory: &Directory, from: &Whose, name: &str, is_dry_run: bool) -> Result<String> {
    let account = match (directory.account(name)?, &from.entry) {
        (Some(known), _) => known,
        (None, _) if is_dry_run => return Ok(String::new()),
        (None, Some(entry)) => directory.create_account_like(entry, name)?,
        (None, None) => directory.create_account(name, "", Default::default())?,
    };
    if account.id == from.id {
        return Err(Error::Refused(format!(
            "{name} is the account itself: leave the other name away to restore in place"
        )));
    }
    if !is_dry_run && store.has_mail(&account.id)? {
        return Err(Error::Refused(format!("{name} has mail already: name another account")));
    }
    Ok(account.id)
}

/// Entries of [`DIRECTORY`], and lines about those that can't be read.
pub fn directory_entries(extra: &Extra) -> (Vec<Exported>, Vec<String>) {
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
