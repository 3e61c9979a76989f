// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a journal directory holds when it is opened.
//!
//! The last batch may be torn: it is ignored, and dead for good once the new segment's header says where the good
//! ones end (`prev_seq`). So nothing here must be written; cutting the tail off only gives the space back.
//! A crash of the disk may leave more: a segment that never got a record (replaced by the next of the same name) and,
//! before it, a batch that failed and could not be cut off. That batch lies beyond the `prev_seq` of the empty segment
//! and stays dead.

use crate::segment::{self, Reader};
use crate::{Error, Result};
use fs::{Fs, Open};
use std::path::Path;

/// A segment as the journal keeps it in mind.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub first_seq: u64,
    /// Bytes up to the end of the last good batch; the file may be longer.
    pub bytes: u64,
}

#[derive(Debug, Default)]
pub struct Recovered {
    pub segments: Vec<Known>,
    pub last_seq: u64,
    pub last_batch: u64,
    pub last_time_ms: u64,
    /// Highest so far; 0 for a new journal.
    pub epoch: u32,
}

pub fn recover(fs: &dyn Fs, dir: &Path) -> Result<Recovered> {
    let io = |source| Error::Io { path: dir.to_path_buf(), source };
    let mut recovered = Recovered::default();
    let names = segment::list(fs, dir).map_err(io)?;
    let mut readers = Vec::with_capacity(names.len());
    for first_seq in names {
        let reader = Reader::open(fs, segment::path_of(dir, first_seq))?;
        let bytes = reader.file.metadata().map_err(|e| reader.io(e))?.len;
        recovered.epoch = recovered.epoch.max(reader.header.epoch);
        recovered.segments.push(Known { first_seq, bytes });
        readers.push(reader);
    }
    check_chain(&readers)?;
    // Backwards to the last segment with a record: one step, or two.
    let mut limit = None;
    for (mut reader, known) in readers.into_iter().zip(&mut recovered.segments).rev() {
        let header = reader.header;
        let newest = limit.is_none();
        recovered.last_seq = header.prev_seq;
        recovered.last_batch = header.prev_batch;
        recovered.last_time_ms = header.prev_time_ms;
        read_to_end(&mut reader, limit, &mut recovered.last_seq, &mut recovered.last_time_ms)?;
        recovered.last_batch = reader.number - 1;
        if newest && reader.something_follows()? {
            return Err(reader.damaged());
        }
        known.bytes = reader.at;
        cut(fs, &reader);
        if reader.seq > header.first_seq {
            break;
        }
        limit = Some(header.prev_seq);
    }
    Ok(recovered)
}

/// Reads the good batches, up to the sequence `limit` if a later segment set one; that one must be reached.
fn read_to_end(reader: &mut Reader, limit: Option<u64>, last_seq: &mut u64, last_time_ms: &mut u64) -> Result<()> {
    while limit.is_none_or(|limit| reader.seq <= limit) {
        let Some(records) = reader.next_batch()? else { break };
        if let Some(record) = records.last() {
            (*last_seq, *last_time_ms) = (record.seq, record.time_ms);
        }
    }
    match limit {
        Some(limit) if reader.seq != limit.saturating_add(1) => Err(reader.damaged()),
        _ => Ok(()),
    }
}

/// Each segment must begin where the one before says it does; what is inside is checked when it is read.
fn check_chain(readers: &[Reader]) -> Result<()> {
    for pair in readers.windows(2) {
        let (before, header) = (pair[0].header, pair[1].header);
        let gapless = header.gap || header.first_seq == header.prev_seq.saturating_add(1);
        if !gapless || header.prev_seq.saturating_add(1) < before.first_seq || header.epoch < before.epoch {
            return Err(pair[1].damaged());
        }
    }
    Ok(())
}

/// Gives the space behind the last good batch back. It only saves space, so a failure is not one of recovery.
fn cut(fs: &dyn Fs, reader: &Reader) {
    let cut = || fs.open(&reader.path, Open::ReadWrite)?.set_len(reader.at);
    if let Err(error) = cut() {
        tracing::warn!(path = %reader.path.display(), %error, "could not cut the tail of a journal segment");
    }
}
