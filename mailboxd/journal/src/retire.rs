// SPDX-License-Identifier: AGPL-3.0-or-later
//! Deleting segments that every store has behind it. A few are kept as spares.

use crate::segment;
use crate::writer::Shared;
use crate::{Error, Result};
use std::sync::atomic::Ordering::Acquire;

impl Shared {
    pub fn retire(&self, upto: u64) -> Result<()> {
        let mut unsynced = self.retiring.lock();
        self.free_active(upto);
        loop {
            if *unsynced {
                // Oldest first, each durable before the next: a power cut never leaves a hole in the middle.
                self.fs.sync_dir(&self.dir).map_err(|source| Error::Io { path: self.dir.clone(), source })?;
                *unsynced = false;
            }
            let oldest = {
                let state = self.state.lock();
                match state.segments.as_slice() {
                    // A segment ends where the next begins, and the last one is never deleted.
                    [oldest, next, ..] if next.first_seq <= upto.saturating_add(1) => oldest.first_seq,
                    _ => return Ok(()),
                }
            };
            let path = segment::path_of(&self.dir, oldest);
            segment::remove(self.fs.as_ref(), &self.dir, &path).map_err(|source| Error::Io { path, source })?;
            *unsynced = true;
            self.state.lock().segments.retain(|segment| segment.first_seq != oldest);
        }
    }

    /// Goes on in a new segment if all that the active one has may be deleted.
    fn free_active(&self, upto: u64) {
        let mut state = self.state.lock();
        let synced = self.synced.load(Acquire);
        let has_records = state.segments.last().is_some_and(|segment| segment.first_seq <= synced);
        if upto < synced || !has_records {
            return;
        }
        if state.writing || state.active.is_none() {
            // The next batch begins a segment; the next retirement deletes this one.
            state.roll_wanted = true;
        } else if let Err(error) = self.roll(&mut state, 0) {
            tracing::warn!(%error, "could not start a journal segment to retire the one before");
        }
    }
}
