// SPDX-License-Identifier: AGPL-3.0-or-later
//! Reading the journal back, across segments, in order.

use crate::segment::{self, Reader};
use crate::{Record, Result};
use fs::Fs;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

pub struct Replay {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
    segments: VecDeque<u64>,
    reader: Option<Reader>,
    /// The one after `reader`.
    next: Option<Reader>,
    batch: std::vec::IntoIter<Record>,
    after: u64,
    /// Last sequence to give: what is behind it is not durable yet, or dead.
    upto: u64,
    /// Last sequence read; 0 before the first segment.
    last: u64,
    failed: bool,
}

impl Replay {
    pub fn new(fs: Arc<dyn Fs>, dir: PathBuf, segments: Vec<u64>, after: u64, upto: u64) -> Replay {
        // All records of a segment come before the first of the next one.
        let skip = segments.iter().skip(1).take_while(|first_seq| **first_seq <= after.saturating_add(1)).count();
        let segments = segments.into_iter().skip(skip).collect();
        let batch = Vec::new().into_iter();
        Replay { fs, dir, segments, reader: None, next: None, batch, after, upto, last: 0, failed: false }
    }

    fn next_record(&mut self) -> Result<Option<Record>> {
        while self.last < self.upto {
            if let Some(record) = self.batch.next() {
                self.last = record.seq;
                if record.seq > self.after {
                    return Ok(Some(record));
                }
                continue;
            }
            if !self.read_batch()? {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Fills `self.batch`; false when all segments are read.
    fn read_batch(&mut self) -> Result<bool> {
        // What a later segment doesn't count as good is dead.
        let ends_at = self.next.as_ref().map_or(self.upto, |next| next.header.prev_seq);
        if let Some(reader) = &mut self.reader
            && self.last < ends_at
        {
            let records = reader.next_batch()?;
            self.batch = records.ok_or_else(|| reader.damaged())?.into_iter();
            return Ok(true);
        }
        let started = self.reader.is_some();
        let Some(reader) = self.next.take().map_or_else(|| self.open_next(), |next| Ok(Some(next)))? else {
            return Ok(false);
        };
        if started && reader.header.prev_seq != self.last {
            return Err(reader.damaged());
        }
        self.last = reader.header.first_seq - 1;
        self.reader = Some(reader);
        self.next = self.open_next()?;
        Ok(true)
    }

    fn open_next(&mut self) -> Result<Option<Reader>> {
        let path = self.segments.pop_front().map(|first_seq| segment::path_of(&self.dir, first_seq));
        path.map(|path| Reader::open(self.fs.as_ref(), path)).transpose()
    }
}

impl Iterator for Replay {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        if self.failed {
            return None;
        }
        let next = self.next_record();
        self.failed = next.is_err();
        next.transpose()
    }
}
