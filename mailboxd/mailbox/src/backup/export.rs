// SPDX-License-Identifier: AGPL-3.0-or-later
//! A snapshot: each mailbox's rows at one committed state, and every message that they name. Nothing is held still: rows are
//! read in one transaction, which sees one state whatever is written meanwhile, and messages that lose their last link stay
//! until the snapshot is made.

use super::state::BackupRun;
use super::target::SnapshotEntry;
use crate::draft::files;
use crate::error::{Error, Result};
use crate::store::{Shared, Store};
use crate::worker::step_back;
use ::backup::{MailboxFact, SnapshotWriter, Target, Writer, dispensable, kind};
use ids::{Digest, ItemId, MailboxId, ModSeq};
use metadata::{MailboxRow, Reader};
use minicbor::Encode;
use std::collections::HashSet;

/// Rows read at a time.
const CHUNK: usize = 500;

/// A file of records that is not ours: the directory, the settings.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    pub name: String,
    pub records: Vec<(u8, Vec<u8>)>,
}

/// What was read of a mailbox.
struct Rows {
    row: MailboxRow,
    as_of_ms: i64,
    items: u64,
    digests: HashSet<Digest>,
}

impl Store {
    /// Makes a snapshot, and drops those that need not be kept any more. `progress` gets lines for people. Blocking; at low
    /// priority on a thread of its own.
    pub fn back_up(&self, extras: Vec<Extra>, progress: &mut (dyn FnMut(&str) + Send)) -> Result<SnapshotEntry> {
        let shared = &self.shared;
        std::thread::scope(|scope| {
            let work = move || {
                step_back();
                back_up(shared, &extras, progress)
            };
            let thread = std::thread::Builder::new().name("backup".into()).spawn_scoped(scope, work);
            let thread = thread.map_err(|error| Error::Unavailable(error.to_string()))?;
            thread.join().unwrap_or_else(|_| Err(Error::Store("the backup failed; the log says how".into())))
        })
    }
}

impl Store {
    /// Drops the backups that were begun before a moment (milliseconds since 1970), but for the newest one. How many.
    pub fn drop_backups(&self, before_ms: i64) -> Result<usize> {
        let backups = &self.shared.backups;
        let Some(_turn) = backups.turn.try_lock() else {
            return Err(Error::Unavailable("a backup, or a check of one, is under way".into()));
        };
        let target = backups.ready().map_err(Error::Unavailable)?;
        drop_where(&self.shared, &target, |times| {
            let older = times.split_last().map_or(&[][..], |(_, older)| older);
            older.iter().copied().filter(|begun_ms| *begun_ms < before_ms).collect()
        })
    }
}

fn back_up(shared: &Shared, extras: &[Extra], progress: &mut dyn FnMut(&str)) -> Result<SnapshotEntry> {
    let backups = &shared.backups;
    let Some(_turn) = backups.turn.try_lock() else {
        return Err(Error::Unavailable("a backup, or a check of one, is under way".into()));
    };
    let Some(config) = &shared.config.backup else {
        return Err(Error::Unavailable("no backups are made: see [backup] in posthouse.toml".into()));
    };
    let target = backups.ready().map_err(Error::Unavailable)?;
    let synced = shared.journal.synced();
    backups.hurry(synced);
    let _stay = shared.blobs.hold();
    target.clear_unfinished()?;
    let mut snapshot = SnapshotWriter::begin(&target, shared.now_ms())?;
    let (name, begun_ms) = (snapshot.name.clone(), snapshot.manifest.begun_ms);
    let running = backups.begin_run(BackupRun { name, begun_ms, mailboxes: 0, mailboxes_done: 0 });
    snapshot.manifest.version = env!("CARGO_PKG_VERSION").to_owned();
    snapshot.manifest.hostname.clone_from(&config.hostname);
    snapshot.manifest.holds = synced;
    for extra in extras {
        let mut writer = snapshot.create(&extra.name)?;
        extra.records.iter().try_for_each(|(kind, body)| writer.put(*kind, body))?;
        writer.end()?;
        snapshot.add(writer.finish()?);
    }
    let mut mailboxes: Vec<(MailboxId, String)> =
        shared.registry.lock().by_account.iter().map(|(account, id)| (*id, account.clone())).collect();
    mailboxes.sort();
    for (n, (id, account)) in mailboxes.iter().enumerate() {
        running.count(mailboxes.len(), n);
        backups.check_abort()?;
        progress(&format!("mailbox {id} ({} of {})", n + 1, mailboxes.len()));
        if !mailbox(shared, *id, synced, &mut snapshot)? {
            // also one that was deleted meanwhile: before that it was, and an older snapshot tells how
            snapshot.manifest.failed.push(account.clone());
        }
    }
    running.count(mailboxes.len(), mailboxes.len());
    // links share their content with the store's files
    shared.blobs.sync()?;
    let snapshot = snapshot.finish(shared.now_ms())?;
    backups.healed(snapshot.manifest.holds);
    progress("old backups");
    drop_old(shared, &target, config.keep)?;
    Ok(SnapshotEntry::of(&snapshot))
}

/// False: its rows can't be read, or it is gone. An error of the target ends the snapshot.
fn mailbox(shared: &Shared, id: MailboxId, synced: u64, snapshot: &mut SnapshotWriter) -> Result<bool> {
    let live = match shared.live(id) {
        Err(Error::NoSuch { .. }) => return Ok(false),
        other => other?,
    };
    let is_whole = live.catch_up(shared).is_ok();
    let name = format!("mailbox-{id}.rec");
    let mut writer = snapshot.create(&name)?;
    let mut failed = None;
    let rows = shared.metadata.read(id, |reader| match rows(shared, reader, &mut writer) {
        Ok(rows) => Ok(Some(rows)),
        Err(Failure::Gone) => Ok(None),
        Err(Failure::Rows(error)) => Err(error),
        Err(Failure::Target(error)) => {
            failed = Some(error);
            Ok(None)
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let rows = match rows {
        Ok(Some(rows)) => rows,
        Ok(None) | Err(metadata::Error::NoMailbox { .. }) => return Ok(false),
        Err(error) => {
            snapshot.problem(format!("mailbox {id}: {error}"));
            return Ok(false);
        }
    };
    snapshot.add(writer.finish()?);
    for digest in &rows.digests {
        shared.backups.check_abort()?;
        message(shared, id, *digest, snapshot)?;
    }
    let holds = if is_whole { synced.max(rows.row.applied.0) } else { rows.row.applied.0 };
    snapshot.manifest.holds = snapshot.manifest.holds.min(holds);
    snapshot.manifest.mailboxes.push(MailboxFact {
        id: id.0,
        account: rows.row.account,
        as_of_ms: rows.as_of_ms,
        holds,
        items: rows.items,
        bytes: rows.row.size,
    });
    Ok(true)
}

fn message(shared: &Shared, id: MailboxId, digest: Digest, snapshot: &mut SnapshotWriter) -> Result<()> {
    let blobs = &shared.blobs;
    let kept: Result<()> =
        snapshot.keep(digest, |name| Ok(blobs.link_out(digest, name)?), || Ok(blobs.stored(digest)?));
    match kept {
        // damaged or lost in the store
        Err(Error::Store(text)) => {
            snapshot.manifest.messages.missing += 1;
            snapshot.problem(format!("mailbox {id}: {text}"));
            Ok(())
        }
        other => other,
    }
}

enum Failure {
    Gone,
    Rows(metadata::Error),
    Target(Error),
}

impl From<metadata::Error> for Failure {
    fn from(error: metadata::Error) -> Failure {
        Failure::Rows(error)
    }
}

impl From<::backup::Error> for Failure {
    fn from(error: ::backup::Error) -> Failure {
        Failure::Target(error.into())
    }
}

fn rows(shared: &Shared, reader: &Reader<'_>, writer: &mut Writer) -> std::result::Result<Rows, Failure> {
    let row = reader.mailbox()?;
    // after the first look: whatever that saw happened before this moment
    let as_of_ms = shared.now_ms();
    let Some(row) = row else {
        return Err(Failure::Gone);
    };
    let mut ids: Vec<ItemId> = Vec::new();
    reader.all_ids(&mut |one| {
        ids.push(one.id);
        true
    })?;
    put(writer, kind::MAILBOX, &row)?;
    for note in reader.notes(None)? {
        put(writer, kind::NOTE, &note)?;
    }
    for tombstone in reader.tombstones_since(ModSeq(0), usize::MAX)? {
        put(writer, kind::TOMBSTONE, &tombstone)?;
    }
    let mut digests = HashSet::new();
    for chunk in ids.chunks(CHUNK) {
        for item in reader.items(chunk)? {
            put(writer, kind::ITEM, &item)?;
            digests.extend(files(&item).map(|file| file.digest));
        }
    }
    for chunk in reader.dumpster()?.chunks(CHUNK) {
        for item in reader.dumped(chunk)? {
            put(writer, kind::DUMPED, &item)?;
            digests.extend(files(&item).map(|file| file.digest));
        }
    }
    writer.end()?;
    Ok(Rows { row, as_of_ms, items: ids.len() as u64, digests })
}

fn put<T: Encode<()>>(writer: &mut Writer, kind: u8, row: &T) -> std::result::Result<(), Failure> {
    let body = minicbor::to_vec(row).map_err(|error| Failure::Target(Error::Store(error.to_string())))?;
    Ok(writer.put(kind, &body)?)
}

/// Then what no snapshot needs any more.
fn drop_old(shared: &Shared, target: &Target, keep: ::backup::Keep) -> Result<()> {
    let now_ms = shared.now_ms();
    drop_where(shared, target, |times| dispensable(times, now_ms, keep)).map(drop)
}

/// `which`: of the times at which the snapshots were begun, oldest first, those of the ones that go. Answers how many went.
fn drop_where(shared: &Shared, target: &Target, which: impl FnOnce(&[i64]) -> Vec<i64>) -> Result<usize> {
    let mut problems = Vec::new();
    let snapshots = target.snapshots(&mut problems)?;
    let times: Vec<i64> = snapshots.iter().map(|snapshot| snapshot.manifest.begun_ms).collect();
    let gone: HashSet<i64> = which(&times).into_iter().collect();
    for snapshot in snapshots.into_iter().filter(|snapshot| gone.contains(&snapshot.manifest.begun_ms)) {
        tracing::info!(snapshot = snapshot.name, "backup: not kept any longer");
        snapshot.drop_it()?;
    }
    if !problems.is_empty() {
        tracing::warn!(?problems, "backup: nothing is swept");
        return Ok(gone.len());
    }
    let swept = target.sweep()?;
    shared.blobs.loosen(swept.digests);
    tracing::info!(files = swept.files, bytes = swept.bytes, "backup: swept");
    Ok(gone.len())
}
