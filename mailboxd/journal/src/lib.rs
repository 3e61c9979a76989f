// SPDX-License-Identifier: AGPL-3.0-or-later
//! The append-only journal (skeleton of the interface).
use bytes::Bytes;
use fs::Fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Options {
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

#[derive(Debug, Clone)]
pub struct Record {
    pub seq: u64,
    pub epoch: u32,
    pub time_ms: u64,
    pub kind: u8,
    pub payload: Bytes,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Journal(Arc<()>);
impl Journal {
    /// Cuts a torn tail, refuses a damaged middle, starts a new epoch.
    pub fn open(_fs: Arc<dyn Fs>, _dir: &Path, _options: Options) -> Result<Journal> {
        unimplemented!()
    }
    /// Sequence of the last record appended (durable or not).
    pub fn last(&self) -> u64 {
        unimplemented!()
    }
    /// Sequence of the last durable record.
    pub fn synced(&self) -> u64 {
        unimplemented!()
    }
    /// First sequence still held.
    pub fn first(&self) -> u64 {
        unimplemented!()
    }
    /// Durable records with seq > after, in order.
    pub fn replay(&self, _after: u64) -> Result<Box<dyn Iterator<Item = Result<Record>> + Send>> {
        unimplemented!()
    }
    /// Queues a record; sequences are given in call order. The payload is the concatenation of `parts` (no copy before the batch buffer).
    pub fn append(&self, _kind: u8, _parts: Vec<Bytes>) -> Result<Pending> {
        unimplemented!()
    }
    /// Deletes segments of which every record has seq <= upto.
    pub fn retire(&self, _upto: u64) -> Result<()> {
        unimplemented!()
    }
    /// Bytes in all segments: decides when to checkpoint.
    pub fn bytes(&self) -> u64 {
        unimplemented!()
    }
}
pub struct Pending {
    pub seq: u64,
    pub time_ms: u64,
}
impl Pending {
    /// Blocks until the record is durable, or has failed for good.
    pub fn wait(self) -> Result<()> {
        unimplemented!()
    }
}
