// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an administrator runs on a journal that is [`Error::Damaged`]: keeps every whole batch, notes what is lost.
//!
//! Effects are absolute values, so records behind a hole are still worth more than nothing; the verifier then finds
//! what the lost ones leave undone. Each run of whole batches becomes a segment, one behind a hole says so in its
//! header. Segments that were rewritten are kept in `damaged/`. Not for a journal that is open.

use crate::format::{self, BATCH_HEADER, BATCHES_AT, BatchHeader, SegmentHeader};
use crate::segment::{self, Reader};
use crate::{Error, Record, Result};
use fs::{Fs, create_dir_synced};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const ASIDE: &str = "damaged";

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Ranges of sequences (first, last) that are lost.
    pub lost: Vec<(u64, u64)>,
    /// Where segments that could not be kept as they were are now.
    pub kept_aside: Vec<PathBuf>,
}

/// Where the good records end so far.
#[derive(Clone, Copy)]
struct End {
    seq: u64,
    batch: u64,
    time_ms: u64,
    epoch: u32,
}

/// Whole batches without a hole between them.
type Run = Vec<Vec<Record>>;

pub fn repair(fs: &dyn Fs, dir: &Path) -> Result<Repaired> {
    let io = |source| Error::Io { path: dir.to_path_buf(), source };
    let mut repaired = Repaired::default();
    let names = segment::list(fs, dir).map_err(io)?;
    let mut end: Option<End> = None;
    for (index, first_seq) in names.iter().enumerate() {
        let path = segment::path_of(dir, *first_seq);
        let next = names.get(index + 1).and_then(|next| Reader::open(fs, segment::path_of(dir, *next)).ok());
        let mut reader = match Reader::open(fs, path.clone()) {
            Ok(reader) => reader,
            Err(Error::Damaged { .. }) => {
                set_aside(fs, dir, &path, &mut repaired).map_err(io)?;
                fs.unlink(&path).and_then(|()| fs.sync_dir(dir)).map_err(io)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        let header = reader.header;
        let before = end.unwrap_or(End {
            seq: header.prev_seq,
            batch: header.prev_batch,
            time_ms: header.prev_time_ms,
            epoch: header.epoch,
        });
        let (runs, skipped) = runs_of(&mut reader, next.as_ref().map(|next| next.header.prev_seq))?;
        let is_whole = !skipped
            && header.prev_seq == before.seq
            && runs.first().and_then(first_of).is_none_or(|first_seq| first_seq == header.first_seq)
            && (header.gap || header.first_seq == header.prev_seq.saturating_add(1));
        end = Some(if is_whole {
            runs.first().map_or(End { epoch: header.epoch, ..before }, |run| end_of(run, before))
        } else {
            set_aside(fs, dir, &path, &mut repaired).map_err(io)?;
            rewrite(fs, dir, &path, &runs, End { epoch: header.epoch, ..before }, &mut repaired).map_err(io)?
        });
    }
    Ok(repaired)
}

/// All whole batches of a segment that are not dead, and whether something between them was skipped.
fn runs_of(reader: &mut Reader, limit: Option<u64>) -> Result<(Vec<Run>, bool)> {
    let mut runs: Vec<Run> = Vec::new();
    let mut run = Run::new();
    let mut skipped = false;
    loop {
        if limit.is_some_and(|limit| reader.seq > limit) {
            break;
        }
        if let Some(records) = reader.next_batch()? {
            run.push(records);
            continue;
        }
        runs.extend((!run.is_empty()).then(|| std::mem::take(&mut run)));
        match reader.find_header(reader.at + 1, reader.number)? {
            Some((at, header)) => {
                (reader.at, reader.number, reader.seq) = (at, header.number, header.first_seq);
                skipped = true;
            }
            None => break,
        }
    }
    runs.extend((!run.is_empty()).then_some(run));
    Ok((runs, skipped))
}

fn first_of(run: &Run) -> Option<u64> {
    run.first()?.first().map(|record| record.seq)
}

fn end_of(run: &Run, before: End) -> End {
    let batch = before.batch.saturating_add(run.len() as u64);
    let last = run.last().and_then(|batch| batch.last());
    last.map_or(before, |record| End { seq: record.seq, batch, time_ms: record.time_ms, epoch: record.epoch })
}

fn set_aside(fs: &dyn Fs, dir: &Path, path: &Path, repaired: &mut Repaired) -> io::Result<()> {
    let aside = dir.join(ASIDE);
    create_dir_synced(fs, &aside)?;
    let to = aside.join(path.file_name().ok_or(ErrorKind::InvalidInput)?);
    match fs.hard_link(path, &to) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    fs.sync_dir(&aside)?;
    repaired.kept_aside.push(to);
    Ok(())
}

/// Writes the runs as segments and removes the old one unless the first of them replaced it.
fn rewrite(fs: &dyn Fs, dir: &Path, old: &Path, runs: &[Run], before: End, repaired: &mut Repaired) -> io::Result<End> {
    let mut end = before;
    let mut replaced = false;
    // Even a segment of which nothing is left hands the counters on.
    let nothing = [Run::new()];
    for run in if runs.is_empty() { &nothing } else { runs } {
        let first_seq = first_of(run).unwrap_or(end.seq.saturating_add(1));
        if first_seq > end.seq.saturating_add(1) {
            repaired.lost.push((end.seq.saturating_add(1), first_seq - 1));
        }
        let mut salt = [0; 8];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        let header = SegmentHeader {
            salt: u64::from_le_bytes(salt),
            first_seq,
            prev_seq: end.seq,
            prev_batch: end.batch,
            prev_time_ms: end.time_ms,
            epoch: before.epoch,
            gap: first_seq != end.seq.saturating_add(1),
        };
        write_run(fs, dir, header, run)?;
        replaced |= segment::path_of(dir, first_seq) == old;
        end = end_of(run, end);
    }
    if !replaced {
        fs.unlink(old)?;
        fs.sync_dir(dir)?;
    }
    Ok(end)
}

/// The batches are written before the segment gets its name.
fn write_run(fs: &dyn Fs, dir: &Path, header: SegmentHeader, run: &Run) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut batch_bytes = Vec::new();
    for (number, batch) in (header.prev_batch.saturating_add(1)..).zip(run) {
        let of_batch = BatchHeader {
            salt: header.salt,
            number,
            first_seq: batch.first().map_or(0, |record| record.seq),
            epoch: batch.first().map_or(0, |record| record.epoch),
            body_len: 0,
            count: 0,
            body_crc: 0,
        };
        let records = batch.iter().map(|r| (r.kind, r.time_ms, std::slice::from_ref(&r.payload)));
        format::encode_batch(&mut batch_bytes, of_batch, records);
        debug_assert!(batch_bytes.len() > BATCH_HEADER);
        bytes.extend_from_slice(&batch_bytes);
    }
    segment::create_with(fs, dir, header, BATCHES_AT + bytes.len() as u64, &bytes).map(|_| ())
}
