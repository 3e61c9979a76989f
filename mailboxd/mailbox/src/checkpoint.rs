// SPDX-License-Identifier: AGPL-3.0-or-later
//! Checkpoint: after it, nothing at or before its mark has to be replayed, and the segments that hold it are retired.
//!
//! Order (rule 3 of docs/architecture.md): apply everything up to the mark, `syncfs` the volume, a synced WAL checkpoint of
//! every dirty SQLite file, a flushed barrier in MariaDB, then the mark itself, durably; only then segments go, and only
//! then unused anchors: no record that may be replayed links from them. The index is not waited for: it catches up from rows.

use crate::effect::{KIND_MAILBOX, Record};
use crate::error::{Error, Result};
use crate::recovery::{recover_server_rows, restore_bodies};
use crate::store::{Shared, Store};
use crate::worker::Worker;
use fs::{Fs, Open};
use ids::Seq;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// At least this often, so that a start after a crash is quick.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A search index that is not written to gives its writer back (a thread, some 15 MB), and one that nobody asks is closed.
/// Longer than changes gather before they are indexed: a mailbox that gets one now and then keeps its writer.
const INDEX_WRITER_IDLE: Duration = Duration::from_secs(30);
const INDEX_IDLE: Duration = Duration::from_secs(60);

impl Store {
    /// Makes everything acknowledged durable in the stores themselves and retires the journal behind it.
    pub fn checkpoint(&self) -> Result<()> {
        checkpoint(&self.shared)
    }
}

/// Sequence up to which every store is durable; 0 if there never was a checkpoint.
pub(crate) fn read_mark(shared: &Shared) -> Result<Seq> {
    shared.read_number("checkpoint").map(Seq)
}

impl Shared {
    /// Mailbox ids are never reused, not even that of the newest one when it is deleted.
    pub fn note_last_id(&self, id: u32) -> Result<()> {
        self.write_number("last-mailbox", u64::from(id))
    }

    pub fn noted_last_id(&self) -> Result<u32> {
        let id = self.read_number("last-mailbox")?;
        u32::try_from(id).map_err(|_| Error::Store(format!("journal/last-mailbox: {id} is no mailbox id")))
    }

    fn write_number(&self, name: &str, number: u64) -> Result<()> {
        let path = self.config.state.join("journal").join(name);
        let unavailable = |e| Error::Unavailable(format!("{}: {e}", path.display()));
        fs::write_durably(&*self.fs, &path, number.to_string().as_bytes()).map_err(unavailable)
    }

    /// 0 if it was never written.
    fn read_number(&self, name: &str) -> Result<u64> {
        let path = self.config.state.join("journal").join(name);
        if !self.fs.exists(&path) {
            return Ok(0);
        }
        let text = read_small(&*self.fs, &path).map_err(|e| Error::Store(format!("{}: {e}", path.display())))?;
        let text = String::from_utf8_lossy(&text);
        text.trim().parse().map_err(|_| Error::Store(format!("{}: not a number", path.display())))
    }
}

fn read_small(fs: &dyn Fs, path: &Path) -> std::io::Result<Vec<u8>> {
    let file = fs.open(path, Open::Read)?;
    let mut text = [0; 64];
    let length = file.read_full_at(&mut text, 0)?;
    Ok(text[..length].to_vec())
}

fn checkpoint(shared: &Shared) -> Result<()> {
    let _one = shared.maintenance.lock();
    let mut mark = Seq(shared.journal.synced());
    for live in shared.lives() {
        if let Err(error) = live.catch_up(shared) {
            tracing::warn!(mailbox = live.id.0, %error, "checkpoint leaves a parked mailbox behind");
        }
        if let Some(first) = live.first_unapplied() {
            mark = mark.min(Seq(first.0 - 1));
        }
        shared.forget_if_over(&live);
    }
    let known = read_mark(shared)?;
    if mark <= known {
        return Ok(());
    }
    if shared.blobs.is_unsure() {
        restore_bodies_between(shared, known, mark)?;
    }
    shared.blobs.sync()?;
    shared.metadata.checkpoint()?;
    shared.write_number("checkpoint", mark.0)?;
    retire(shared, mark)
}

/// What a backup target has to get goes only when it is there, unless that takes too long: a target that is away must not
/// stop the mail.
fn retire(shared: &Shared, mark: Seq) -> Result<()> {
    let loose = shared.blobs.loose();
    // whatever brought those messages is in the journal by now
    let synced = shared.journal.synced();
    let is_archived = shared.backups.archived() >= synced || shared.backups.hurry(synced);
    let gives_up = !is_archived && shared.backups.gives_up(shared);
    let upto = if gives_up { mark } else { mark.min(Seq(shared.backups.archived())) };
    shared.journal.retire(upto.0)?;
    if is_archived || gives_up {
        let swept = shared.blobs.sweep_loose(loose)?;
        tracing::debug!(mark = mark.0, files = swept.files, bytes = swept.bytes, "checkpoint");
    }
    Ok(())
}

/// After a `syncfs` that failed: Linux may have dropped what it could not write, and reports that once only. The journal still
/// has every inline body, as the mark has not moved; large ones were synced by themselves.
fn restore_bodies_between(shared: &Shared, known: Seq, mark: Seq) -> Result<()> {
    tracing::warn!(from = known.0, to = mark.0, "the last sync of message files failed: they are written again");
    let damaged = |e: &dyn std::fmt::Display| Error::Store(e.to_string());
    for record in shared.journal.replay(known.0)? {
        let record = record.map_err(|e| damaged(&e))?;
        if record.seq > mark.0 {
            break;
        }
        if record.kind == KIND_MAILBOX {
            let (_, inline) = Record::decode(record.seq, &record.payload).map_err(|e| damaged(&e))?;
            restore_bodies(&shared.blobs, &inline)?;
        }
    }
    Ok(())
}

/// A database server that is away, or comes back without its last commits.
fn look_after_server(shared: &Shared) {
    let restarted = match shared.metadata.look() {
        Ok(()) => return,
        Err(error @ metadata::Error::Restarted { .. }) => error,
        Err(error) => {
            tracing::warn!(%error, "the database is away: mail waits outside until it is back");
            return;
        }
    };
    tracing::warn!(%restarted, "the database was restarted");
    match recover_server_rows(shared) {
        Ok(()) => tracing::info!("the database is in use again"),
        Err(error) => tracing::error!(%error, "can't replay into the database: trying again"),
    }
}

/// Not before a backup target has what the journal holds: false.
fn sweep_all(shared: &Shared) -> Result<bool> {
    let synced = shared.journal.synced();
    let is_archived = shared.backups.archived() >= synced || shared.backups.hurry(synced);
    if is_archived {
        shared.blobs.sweep_all()?;
    }
    Ok(is_archived)
}

pub(crate) fn start_janitor(shared: Arc<Shared>) -> Result<Worker> {
    Worker::start("janitor", move |stop| {
        // what a crash left behind is looked for once, when nothing is replayed any more
        let mut is_swept = checkpoint(&shared).and_then(|()| sweep_all(&shared)).unwrap_or_else(|error| {
            tracing::error!(%error, "checkpoint after the start failed: trying again");
            false
        });
        let mut last = Instant::now();
        // what the last checkpoint could not retire is no reason for the next one
        let mut left = shared.journal.bytes();
        let mut volumes = crate::volume::Look::default();
        while !stop.wait(LOOK_EVERY) {
            look_after_server(&shared);
            volumes.again(&shared);
            shared.metadata.trim();
            shared.indexes.release_idle(INDEX_WRITER_IDLE, INDEX_IDLE);
            let bytes = shared.journal.bytes();
            left = left.min(bytes);
            let large = bytes - left > shared.config.journal_bytes_max;
            if large || last.elapsed() > CHECKPOINT_EVERY {
                last = Instant::now();
                if let Err(error) = checkpoint(&shared) {
                    tracing::error!(%error, "checkpoint failed: the journal is kept, trying again");
                    continue;
                }
                left = shared.journal.bytes();
                // a target that was not there at the start
                is_swept = is_swept
                    || sweep_all(&shared).unwrap_or_else(|error| {
                        tracing::error!(%error, "what a crash left can't be swept: trying again");
                        false
                    });
            }
        }
    })
}
