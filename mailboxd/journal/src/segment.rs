// SPDX-License-Identifier: AGPL-3.0-or-later
//! Segment files: making, listing, reading them batch by batch.

use crate::format::{BATCH_HEADER, BATCH_MAGIC, BATCHES_AT, BatchHeader, SEGMENT_HEADER, SegmentHeader, decode_body};
use crate::{Error, Record, Result};
use bytes::Bytes;
use fs::{File, Fs, Open};
use std::io;
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".seg";
/// A segment is made under this name and renamed, so that a file with the suffix always has a whole header.
const TEMPORARY: &str = "new.tmp";
/// Retired segments that wait to be used again: their blocks are written already, so syncing a batch in them changes no
/// metadata. Their old batches have another salt.
const SPARES: [&str; 2] = ["spare-0.tmp", "spare-1.tmp"];
const SEARCH_CHUNK: usize = 1 << 20;

/// A segment being written.
pub struct Segment {
    pub path: PathBuf,
    pub header: SegmentHeader,
    pub file: Box<dyn File>,
    /// Where the next batch goes.
    pub end: u64,
    /// Bytes reserved for the file.
    pub len: u64,
}

pub fn path_of(dir: &Path, first_seq: u64) -> PathBuf {
    dir.join(format!("{first_seq:020}{SUFFIX}"))
}

/// Makes a segment durable, name and all. Replaces one of the same first sequence: that one has no good record.
pub fn create(fs: &dyn Fs, dir: &Path, header: SegmentHeader, len: u64) -> io::Result<Segment> {
    create_with(fs, dir, header, len, &[])
}

/// The same with batches in it from the start.
pub fn create_with(fs: &dyn Fs, dir: &Path, header: SegmentHeader, len: u64, batches: &[u8]) -> io::Result<Segment> {
    let temporary = dir.join(TEMPORARY);
    match fs.unlink(&temporary) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let make = || -> io::Result<Box<dyn File>> {
        let is_spare = SPARES.iter().any(|spare| fs.rename(&dir.join(spare), &temporary).is_ok());
        if is_spare {
            // Its old name must be gone for good before its old header is.
            fs.sync_dir(dir)?;
        }
        let file = fs.open(&temporary, if is_spare { Open::ReadWrite } else { Open::CreateNew })?;
        file.allocate(len)?;
        file.write_all_at(&header.encode(), 0)?;
        file.write_all_at(batches, BATCHES_AT)?;
        file.sync_all()?;
        Ok(file)
    };
    let file = make().inspect_err(|_| {
        // The space must not stay reserved; if this fails too, the next attempt begins with it.
        let _ = fs.unlink(&temporary);
    })?;
    let path = path_of(dir, header.first_seq);
    fs.rename(&temporary, &path)?;
    fs.sync_dir(dir)?;
    Ok(Segment { path, header, file, end: BATCHES_AT + batches.len() as u64, len })
}

/// Takes a segment away: kept as a spare, or deleted. Not durable before the directory is synced.
pub fn remove(fs: &dyn Fs, dir: &Path, path: &Path) -> io::Result<()> {
    match SPARES.iter().map(|spare| dir.join(spare)).find(|spare| !fs.exists(spare)) {
        Some(spare) => fs.rename(path, &spare),
        None => fs.unlink(path),
    }
}

/// First sequences of the segments of a directory, in order.
pub fn list(fs: &dyn Fs, dir: &Path) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in fs.read_dir(dir)? {
        let number = entry.name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).and_then(|n| n.parse().ok());
        if let Some(first_seq) = number
            && !entry.is_dir
        {
            found.push(first_seq);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Reads the batches of a segment in order.
pub struct Reader {
    pub path: PathBuf,
    pub header: SegmentHeader,
    pub file: Box<dyn File>,
    len: u64,
    /// Offset, number and first sequence that the next batch must have.
    pub at: u64,
    pub number: u64,
    pub seq: u64,
}

impl Reader {
    pub fn open(fs: &dyn Fs, path: PathBuf) -> Result<Reader> {
        let io = |source| Error::Io { path: path.clone(), source };
        let file = fs.open(&path, Open::Read).map_err(io)?;
        let len = file.metadata().map_err(io)?.len;
        let mut bytes = [0; SEGMENT_HEADER];
        file.read_full_at(&mut bytes, 0).map_err(io)?;
        let header = match SegmentHeader::decode(&bytes) {
            // Sequences start at 1.
            Some(header)
                if header.first_seq > 0
                    && path.parent().map(|dir| path_of(dir, header.first_seq)).as_ref() == Some(&path) =>
            {
                header
            }
            _ => return Err(Error::Damaged { path, batch: 0 }),
        };
        let number = header.prev_batch.saturating_add(1);
        Ok(Reader { path, header, file, len, at: BATCHES_AT, number, seq: header.first_seq })
    }

    /// The next batch, or `None` where there is no whole one that belongs here.
    pub fn next_batch(&mut self) -> Result<Option<Vec<Record>>> {
        let Some(header) = self.header_at(self.at)? else { return Ok(None) };
        if (header.number, header.first_seq) != (self.number, self.seq) {
            return Ok(None);
        }
        let Some(records) = self.body_of(&header, self.at)? else { return Ok(None) };
        self.at += header.total_len();
        self.number = self.number.saturating_add(1);
        self.seq = self.seq.saturating_add(u64::from(header.count));
        Ok(Some(records))
    }

    /// True if some whole batch header behind `at` has a higher number than the next one: then what is at `at` was
    /// durable once and is damaged, for a batch is written only when all before it are synced.
    pub fn something_follows(&self) -> Result<bool> {
        Ok(self.find_header(self.at + 1, self.number.saturating_add(1))?.is_some())
    }

    /// First whole batch header at or behind `from` with a number of at least `number`. Sequences go up with the numbers: a
    /// header that says otherwise is none of ours.
    pub fn find_header(&self, from: u64, number: u64) -> Result<Option<(u64, BatchHeader)>> {
        let mut chunk = vec![0; SEARCH_CHUNK];
        let mut at = from;
        while at < self.len {
            let n = self.file.read_full_at(&mut chunk, at).map_err(|source| self.io(source))?;
            for offset in memchr::memmem::find_iter(&chunk[..n], &BATCH_MAGIC) {
                let offset = at + offset as u64;
                if let Some(header) = self.header_at(offset)?
                    && header.number >= number
                    && header.first_seq >= self.seq
                {
                    return Ok(Some((offset, header)));
                }
            }
            if n < chunk.len() {
                break;
            }
            // A magic may lie across two chunks.
            at += (n - (BATCH_MAGIC.len() - 1)) as u64;
        }
        Ok(None)
    }

    fn header_at(&self, at: u64) -> Result<Option<BatchHeader>> {
        let mut bytes = [0; BATCH_HEADER];
        let n = self.file.read_full_at(&mut bytes, at).map_err(|source| self.io(source))?;
        Ok(BatchHeader::decode(&bytes[..n], self.header.salt))
    }

    /// The records, if the body is whole.
    pub fn body_of(&self, header: &BatchHeader, at: u64) -> Result<Option<Vec<Record>>> {
        // Bounds the memory by the file, whatever the header says.
        if at.checked_add(header.total_len()).is_none_or(|end| end > self.len) {
            return Ok(None);
        }
        let mut body = vec![0; header.body_len as usize];
        let n = self.file.read_full_at(&mut body, at + BATCH_HEADER as u64).map_err(|source| self.io(source))?;
        body.truncate(n);
        Ok(decode_body(header, &Bytes::from(body)))
    }

    pub fn damaged(&self) -> Error {
        Error::Damaged { path: self.path.clone(), batch: self.number }
    }

    pub fn io(&self, source: io::Error) -> Error {
        Error::Io { path: self.path.clone(), source }
    }
}
