// SPDX-License-Identifier: AGPL-3.0-or-later
//! From committed to durable, and a bound on the WAL.
//!
//! A checkpoint syncs the WAL, copies it into the database file and syncs that. A reader that still looks at an older
//! state can keep the last part from being copied; then the WAL is synced by hand: what is in a synced WAL is durable,
//! since the next open finds it there by its checksums. Nothing ever waits for a reader.
//!
//! A failed sync is final for the process (`Error::SyncFailed`): the kernel may have dropped the pages and would answer
//! the next sync with success. As the durable mark then never moves past it, the journal keeps what is needed.

use super::store::{Store, WriterState};
use super::{BUSY_WAIT, Connection, is_sync_failure};
use crate::{Error, Result};
use ids::MailboxId;
use std::fs::File;
use std::time::Duration;

/// Octets of WAL after which the writer itself checkpoints.
const WAL_MAX: u64 = 16 << 20;
/// When a reader kept the WAL from being cut, it may grow by this much before the writer tries again.
const WAL_RETRY: u64 = 4 << 20;

/// What SQLite answers to a checkpoint, in frames of the WAL.
struct Progress {
    frames: i64,
    copied: i64,
}

impl Store {
    pub(crate) fn checkpoint(&self) -> Result<()> {
        let failed = self.sync_failed.lock().first().copied();
        let mut result = match failed {
            Some(id) => Err(Error::SyncFailed { path: self.path(id) }),
            None => Ok(()),
        };
        let dirty: Vec<MailboxId> = self.dirty.lock().iter().copied().collect();
        for id in dirty {
            result = result.and(self.checkpoint_mailbox(id));
        }
        // Files that were created or removed.
        result.and(self.sync_dir(&self.dir))
    }

    /// In two steps, so that writers wait only for what is written during the first.
    fn checkpoint_mailbox(&self, id: MailboxId) -> Result<()> {
        if !self.path(id).exists() {
            self.dirty.lock().remove(&id);
            return Ok(());
        }
        self.with_reader(id, |c| run(c, "PASSIVE")).map_err(|e| self.note(id, e))?;
        let slot = self.slot(id);
        let mut state = slot.writer.lock();
        self.checkpoint_writer(id, &mut state)?;
        // Under the writer's lock: nothing was committed since.
        self.dirty.lock().remove(&id);
        Ok(())
    }

    fn checkpoint_writer(&self, id: MailboxId, state: &mut WriterState) -> Result<()> {
        let connection = self.writer(id, state)?;
        let sync = || {
            let progress = run(connection, "TRUNCATE")?;
            if progress.copied < progress.frames {
                let path = self.wal_path(id);
                let wal = File::open(&path).and_then(|wal| wal.sync_all());
                wal.map_err(|e| {
                    self.sync_failed.lock().insert(id);
                    Error::file(&path, "sync WAL", e)
                })?;
            }
            Ok(())
        };
        let result = sync().map_err(|e| self.note(id, e));
        state.wal_limit = Some(WAL_MAX.max(self.wal_size(id) + WAL_RETRY));
        result
    }

    /// After a commit. The commit stands whatever happens here, so an error is remembered and logged, not returned.
    pub(super) fn bound_wal(&self, id: MailboxId, state: &mut WriterState) {
        if self.wal_size(id) < state.wal_limit.unwrap_or(WAL_MAX) {
            return;
        }
        if let Err(error) = self.checkpoint_writer(id, state) {
            tracing::warn!(mailbox = %id, %error, "the WAL could not be checkpointed");
        }
    }

    pub(super) fn note(&self, id: MailboxId, error: Error) -> Error {
        if is_sync_failure(&error) {
            self.sync_failed.lock().insert(id);
        }
        error
    }

    fn wal_size(&self, id: MailboxId) -> u64 {
        std::fs::metadata(self.wal_path(id)).map_or(0, |m| m.len())
    }
}

fn run(connection: &Connection, mode: &'static str) -> Result<Progress> {
    let mut progress = Progress { frames: 0, copied: 0 };
    let wait = |time| connection.sqlite.busy_timeout(time).map_err(|e| connection.failed("checkpoint", e));
    wait(Duration::ZERO)?;
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let result = connection.query("checkpoint", &sql, &[], &mut |row| {
        (progress.frames, progress.copied) = (row.int(1)?, row.int(2)?);
        Ok(true)
    });
    wait(BUSY_WAIT)?;
    result.map(|()| progress)
}
