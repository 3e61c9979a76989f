// SPDX-License-Identifier: AGPL-3.0-or-later
//! The append-only journal: every change of every mailbox, in order, durable before it is answered.
//!
//! **Group commit.** [`Journal::append`] queues a record; one thread writes all that wait as one batch, with one write
//! and one fdatasync. One batch is in flight at a time, so after a crash only the last one on the disk may be torn.
//!
//! **Failure.** A write or fdatasync that fails is never retried. The batch and all records queued behind it fail
//! (their callers assumed the earlier ones), the [generation](Journal::generation) grows, and the journal goes on in
//! a new segment under a new epoch, whose header says where the good records end: what the old segment holds beyond
//! is dead, however much of it reached the disk. The old segment is also cut back. The waiters learn of the failure
//! after that. If the disk allows neither, [`Journal::append`] fails until a new segment can be made (space
//! returns); should the machine crash before that, a batch that was reported as failed may reappear: nobody can
//! write on a disk that takes no writes that it should not.
//!
//! **Sequences** have no gaps on the disk. A record that failed gives its number back: the next record gets it, under
//! a higher epoch.
//!
//! **Recovery** (recover.rs) ignores a torn last batch; a bad batch with a whole one behind it is [`Error::Damaged`],
//! and [`repair`] saves what can be.

pub mod format;
mod pending;
mod recover;
mod repair;
mod replay;
mod retire;
mod segment;
mod writer;

pub use pending::Pending;
pub use repair::{Repaired, repair};

use bytes::Bytes;
use fs::Fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Acquire;
use std::thread::JoinHandle;
use writer::Shared;

#[derive(Debug, Clone)]
pub struct Options {
    /// Space is reserved by this much at a time. A batch that is larger gets a segment of its size.
    pub segment_bytes_max: u64,
    /// A larger record is refused with [`Error::RecordTooLarge`].
    pub record_bytes_max: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("journal {path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("journal {path}: batch {batch} is damaged but a valid one follows; run `posthouse store verify --repair`")]
    Damaged { path: PathBuf, batch: u64 },
    #[error("journal record of {0} bytes is too large")]
    RecordTooLarge(usize),
    #[error("journal: the batch could not be made durable: {0}")]
    NotDurable(String),
}
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub seq: u64,
    pub epoch: u32,
    pub time_ms: u64,
    pub kind: u8,
    pub payload: Bytes,
}

/// Cheap to clone. The last one to go writes what is queued and stops the thread.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Journal {
    /// Ignores a torn tail, refuses a damaged middle, starts a new epoch. Opens on a full disk too: then
    /// [`Journal::append`] fails until there is space. The directory must exist.
    pub fn open(fs: Arc<dyn Fs>, dir: &Path, options: Options) -> Result<Journal> {
        let recovered = recover::recover(fs.as_ref(), dir)?;
        let shared = Arc::new(Shared::new(fs, dir.to_path_buf(), options, recovered));
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || of_thread.run())
            .map_err(|source| Error::Io { path: dir.to_path_buf(), source })?;
        Ok(Journal(Arc::new(Inner { shared, thread: Some(thread) })))
    }

    /// Sequence of the last record appended (durable or not).
    pub fn last(&self) -> u64 {
        self.0.shared.state.lock().next_seq - 1
    }

    /// Sequence of the last durable record.
    pub fn synced(&self) -> u64 {
        self.0.shared.synced.load(Acquire)
    }

    /// First sequence still held.
    pub fn first(&self) -> u64 {
        let state = self.0.shared.state.lock();
        state.segments.first().map_or(state.next_seq, |segment| segment.first_seq)
    }

    /// Grows with each open and each failure; stands in every record.
    pub fn epoch(&self) -> u32 {
        self.0.shared.state.lock().epoch
    }

    /// Failures since the open. If it has grown between two looks, some records between were not made durable.
    pub fn generation(&self) -> u64 {
        self.0.shared.generation.load(Acquire)
    }

    /// Records with seq > after that are durable now, in order and without gaps but those that [`repair`] left.
    pub fn replay(&self, after: u64) -> Result<Box<dyn Iterator<Item = Result<Record>> + Send>> {
        let shared = &self.0.shared;
        let state = shared.state.lock();
        let segments = state.segments.iter().map(|segment| segment.first_seq).collect();
        let synced = self.synced();
        Ok(Box::new(replay::Replay::new(shared.fs.clone(), shared.dir.clone(), segments, after, synced)))
    }

    /// Queues a record; sequences are given in call order. The payload is the concatenation of `parts` (copied once,
    /// into the batch). Blocks while very much is queued.
    pub fn append(&self, kind: u8, parts: Vec<Bytes>) -> Result<Pending> {
        self.0.shared.append(None, kind, parts)
    }

    /// The same, if nothing has failed since the caller looked at [`Journal::generation`]; else
    /// [`Error::NotDurable`]. For a caller whose record builds on earlier ones that it has not waited for.
    pub fn append_if(&self, generation: u64, kind: u8, parts: Vec<Bytes>) -> Result<Pending> {
        self.0.shared.append(Some(generation), kind, parts)
    }

    /// The next record gets a sequence above `seq`: for stores that turn out to be ahead of the journal.
    pub fn skip_to(&self, seq: u64) -> Result<()> {
        self.0.shared.skip_to(seq).map_err(|source| Error::Io { path: self.0.shared.dir.clone(), source })
    }

    /// Deletes segments of which every record has seq <= upto; starts a new one if that frees the current one.
    pub fn retire(&self, upto: u64) -> Result<()> {
        self.0.shared.retire(upto)
    }

    /// Bytes in all segments: decides when to checkpoint.
    pub fn bytes(&self) -> u64 {
        self.0.shared.state.lock().segments.iter().map(|segment| segment.bytes).sum()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.close();
        if let Some(thread) = self.thread.take() {
            // It ends by itself; a panic in it was reported when it happened.
            let _ = thread.join();
        }
    }
}
