// SPDX-License-Identifier: AGPL-3.0-or-later
//! The state behind the journal and the one thread that writes.
//!
//! The active segment is in `State::active` while nobody writes; the thread takes it out to write a batch without the
//! lock and puts it back. It is gone after a failure; then the next append tries to make one.

use crate::format::{self, BATCH_HEADER, BATCHES_AT, BatchHeader, RECORD_HEADER, SegmentHeader};
use crate::pending::{Group, Pending, Queued};
use crate::recover::{Known, Recovered};
use crate::segment::{self, Segment};
use crate::{Error, Options, Result};
use bytes::Bytes;
use fs::Fs;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{AcqRel, Acquire, Release},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// A batch takes in records up to this size; one that is larger has its batch to itself.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// Appending blocks while this much waits.
const QUEUE_BYTES_MAX: usize = 64 << 20;
/// Behind a segment that is done, this much reserved space is not worth a truncation.
const SLACK_BYTES: u64 = 1 << 20;

pub(crate) struct Shared {
    pub fs: Arc<dyn Fs>,
    pub dir: PathBuf,
    options: Options,
    pub state: Mutex<State>,
    pub synced: AtomicU64,
    pub generation: AtomicU64,
    work: Condvar,
    room: Condvar,
    /// One retirement at a time, in order. True while the last removal may not be durable.
    pub retiring: Mutex<bool>,
}

pub(crate) struct State {
    queue: VecDeque<Group>,
    queued_bytes: usize,
    pub next_seq: u64,
    pub epoch: u32,
    pub segments: Vec<Known>,
    last_time_ms: u64,
    synced_time_ms: u64,
    last_batch: u64,
    pub active: Option<Segment>,
    pub writing: bool,
    pub roll_wanted: bool,
    closing: bool,
}

impl Shared {
    pub fn new(fs: Arc<dyn Fs>, dir: PathBuf, options: Options, recovered: Recovered) -> Shared {
        let state = State {
            queue: VecDeque::new(),
            queued_bytes: 0,
            next_seq: recovered.last_seq.saturating_add(1),
            epoch: recovered.epoch,
            segments: recovered.segments,
            last_time_ms: recovered.last_time_ms,
            synced_time_ms: recovered.last_time_ms,
            last_batch: recovered.last_batch,
            active: None,
            writing: false,
            roll_wanted: false,
            closing: false,
        };
        let shared = Shared {
            fs,
            dir,
            options,
            state: Mutex::new(state),
            synced: AtomicU64::new(recovered.last_seq),
            generation: AtomicU64::new(0),
            work: Condvar::new(),
            room: Condvar::new(),
            retiring: Mutex::new(false),
        };
        if let Err(error) = shared.new_epoch(&mut shared.state.lock()) {
            tracing::error!(%error, "the journal can't start a segment; it takes no records until it can");
        }
        shared
    }

    /// Leaves a gap in the sequences, noted in the header of a new segment.
    pub fn skip_to(&self, seq: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        while state.writing || !state.queue.is_empty() {
            self.room.wait(&mut state);
        }
        if state.next_seq > seq {
            return Ok(());
        }
        let (next_seq, synced) = (state.next_seq, self.synced.swap(seq, AcqRel));
        state.next_seq = seq + 1;
        match self.create(&state, state.epoch.saturating_add(1), 0, synced) {
            Ok(segment) => {
                self.install(&mut state, segment);
                Ok(())
            }
            Err(error) => {
                self.synced.store(synced, Release);
                state.next_seq = next_seq;
                Err(error)
            }
        }
    }

    pub fn append(&self, generation: Option<u64>, kind: u8, parts: Vec<Bytes>) -> Result<Pending> {
        let bytes: usize = parts.iter().map(Bytes::len).sum();
        if bytes > self.options.record_bytes_max || u32::try_from(bytes).is_err() {
            return Err(Error::RecordTooLarge(bytes));
        }
        let mut state = self.state.lock();
        while state.queued_bytes > QUEUE_BYTES_MAX {
            self.room.wait(&mut state);
        }
        if generation.is_some_and(|generation| generation != self.generation.load(Acquire)) {
            return Err(Error::NotDurable("a record before it failed".into()));
        }
        if state.active.is_none() && !state.writing {
            self.new_epoch(&mut state).map_err(|error| Error::NotDurable(error.to_string()))?;
        }
        let seq = state.next_seq;
        let time_ms = now_ms().max(state.last_time_ms);
        state.next_seq += 1;
        state.last_time_ms = time_ms;
        state.queued_bytes += bytes + RECORD_HEADER;
        if state.queue.back().is_none_or(|group| group.bytes + bytes > BATCH_BYTES_MAX) {
            state.queue.push_back(Group::new(seq));
        }
        let group = state.queue.back_mut().ok_or_else(|| Error::NotDurable("no group".into()))?;
        group.bytes += bytes + RECORD_HEADER;
        group.records.push(Queued { kind, time_ms, parts });
        let done = group.done.clone();
        if !state.writing {
            self.work.notify_one();
        }
        Ok(Pending { seq, time_ms, done })
    }

    /// A new segment under a new epoch. Only while nothing is queued or being written.
    fn new_epoch(&self, state: &mut State) -> io::Result<()> {
        let segment = self.create(state, state.epoch.saturating_add(1), 0, self.synced.load(Acquire))?;
        self.install(state, segment);
        Ok(())
    }

    /// `prev_seq`: the last record before the segment; less than the last sequence when there is a gap.
    fn create(&self, state: &State, epoch: u32, batch_bytes: u64, prev_seq: u64) -> io::Result<Segment> {
        let mut salt = [0; 8];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        let synced = self.synced.load(Acquire);
        let header = SegmentHeader {
            salt: u64::from_le_bytes(salt),
            first_seq: synced.saturating_add(1),
            prev_seq,
            prev_batch: state.last_batch,
            prev_time_ms: state.synced_time_ms,
            epoch,
            gap: prev_seq != synced,
        };
        let len = self.options.segment_bytes_max.max(BATCHES_AT + batch_bytes);
        segment::create(self.fs.as_ref(), &self.dir, header, len)
    }

    /// Makes a segment the active one.
    fn install(&self, state: &mut State, segment: Segment) {
        state.epoch = segment.header.epoch;
        state.roll_wanted = false;
        // One of the same name had no good record and has just been replaced.
        state.segments.retain(|known| known.first_seq != segment.header.first_seq);
        state.segments.push(Known { first_seq: segment.header.first_seq, bytes: segment.end });
        state.active = Some(segment);
    }

    /// The thread.
    pub fn run(&self) {
        let mut buffer = Vec::new();
        let mut state = self.state.lock();
        loop {
            while state.queue.is_empty() && !state.closing {
                self.work.wait(&mut state);
            }
            let Some(group) = state.queue.pop_front() else { return };
            state.writing = true;
            let outcome = self.write_group(&mut state, &group, &mut buffer);
            state.writing = false;
            state.queued_bytes -= group.bytes;
            match outcome {
                Ok(()) => MutexGuard::unlocked(&mut state, || group.done.finish(Ok(()))),
                Err(error) => self.fail(&mut state, group, &error),
            }
            self.room.notify_all();
            buffer.clear();
            buffer.shrink_to(BATCH_BYTES_MAX);
        }
    }

    fn write_group(&self, state: &mut MutexGuard<'_, State>, group: &Group, buffer: &mut Vec<u8>) -> io::Result<()> {
        let bytes = (BATCH_HEADER + group.bytes) as u64;
        let has_room = state.active.as_ref().is_some_and(|segment| segment.end + bytes <= segment.len);
        if !has_room || state.roll_wanted {
            self.roll(state, bytes)?;
        }
        let mut segment = state.active.take().ok_or_else(|| io::Error::other("no segment"))?;
        let number = state.last_batch.saturating_add(1);
        MutexGuard::unlocked(state, || {
            let outcome = write_batch(&mut segment, number, group, buffer);
            if outcome.is_err() {
                seal(&segment);
            }
            outcome
        })?;
        if let Some(known) = state.segments.last_mut() {
            known.bytes = segment.end;
        }
        state.active = Some(segment);
        state.last_batch = number;
        state.synced_time_ms = group.records.last().map_or(state.synced_time_ms, |record| record.time_ms);
        self.synced.store(group.first_seq + group.records.len() as u64 - 1, Release);
        Ok(())
    }

    /// Goes on in a new segment of the same epoch.
    pub fn roll(&self, state: &mut State, batch_bytes: u64) -> io::Result<()> {
        let old = state.active.take();
        let segment = self.create(state, state.epoch, batch_bytes, self.synced.load(Acquire))?;
        if let Some(old) = old
            && old.len - old.end > SLACK_BYTES
        {
            // Only gives space back.
            let _ = old.file.set_len(old.end);
        }
        self.install(state, segment);
        Ok(())
    }

    /// The group and all that is queued behind it fail. First the new segment, then the waiters: see lib.rs.
    fn fail(&self, state: &mut State, group: Group, error: &io::Error) {
        self.generation.fetch_add(1, Release);
        state.next_seq = self.synced.load(Acquire) + 1;
        tracing::error!(%error, first_seq = group.first_seq, "a journal batch could not be made durable");
        if error.kind() != io::ErrorKind::StorageFull
            && let Err(error) = self.new_epoch(state)
        {
            tracing::error!(%error, "the journal takes no records until it can start a segment");
        }
        group.done.finish(Err(error.to_string()));
        for queued in state.queue.drain(..) {
            queued.done.finish(Err(error.to_string()));
        }
        state.queued_bytes = 0;
    }

    /// Lets the thread end once the queue is empty.
    pub fn close(&self) {
        self.state.lock().closing = true;
        self.work.notify_one();
    }
}

fn write_batch(segment: &mut Segment, number: u64, group: &Group, buffer: &mut Vec<u8>) -> io::Result<()> {
    let header = BatchHeader {
        salt: segment.header.salt,
        number,
        first_seq: group.first_seq,
        epoch: segment.header.epoch,
        body_len: 0,
        count: 0,
        body_crc: 0,
    };
    let records = group.records.iter().map(|record| (record.kind, record.time_ms, record.parts.as_slice()));
    format::encode_batch(buffer, header, records);
    segment.file.write_all_at(buffer, segment.end)?;
    segment.file.sync_data()?;
    segment.end += buffer.len() as u64;
    Ok(())
}

/// Cuts a failed batch off. If that fails, the header of the next segment still kills it.
fn seal(segment: &Segment) {
    let cut = segment.file.set_len(segment.end).and_then(|()| segment.file.sync_all());
    if let Err(error) = cut {
        tracing::error!(path = %segment.path.display(), %error, "could not cut a failed batch off");
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
