// SPDX-License-Identifier: AGPL-3.0-or-later
//! The archived journal: files of records in the order of their sequences, each named by the first one that it was made for.
//! A file is appended to by the process that made it only; after a crash, or a failure, another one is begun.

use crate::blob::{Found, Kept, Pending, Swept, with_suffix};
use crate::record::{Read, Reader, Writer};
use crate::target::Target;
use crate::{Error, Result, kind};
use bytes::Bytes;
use ids::Digest;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".rec";
const BLOBS: &str = ".blobs";
/// A file that is larger, or older, is followed by a new one: what no snapshot needs goes a file at a time.
const FILE_BYTES_MAX: u64 = 64 << 20;
const FILE_AGE_MAX_MS: u64 = 86_400_000;
const HEAD: usize = 21;

/// A record of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    pub seq: u64,
    pub time_ms: u64,
    pub epoch: u32,
    pub kind: u8,
    pub payload: Bytes,
}

/// Records that were never archived, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    pub from: u64,
    pub to: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Record(Archived),
    /// Told by whoever wrote it, or found: lost by damage.
    Gap(Gap),
}

/// The end to which is written.
pub struct Archive {
    target: Target,
    /// With the first sequence that it was made for.
    current: Option<(u64, Writer)>,
    /// Time of its first record, and of the last.
    times: Option<(u64, u64)>,
    pending: Pending,
    /// Durable up to here.
    last: u64,
    /// Put up to here.
    put: u64,
}

impl Archive {
    /// The target must be claimed.
    pub fn open(target: &Target) -> Result<Archive> {
        // what is read may be in memory only
        target.sync()?;
        let mut last = 0;
        // a file may be without a good record: then the one before counts
        for (first, path) in target.archive_files()?.into_iter().rev() {
            last = last.max(first.saturating_sub(1)).max(last_of(target, &path)?);
            if last >= first {
                break;
            }
        }
        Ok(Archive { target: target.clone(), current: None, times: None, pending: Pending::default(), last, put: last })
    }

    /// Sequence of the last record that is durable in the archive.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Makes sure that a message is beside the file that the record `seq`, which is put next, goes to. See
    /// `SnapshotWriter::keep`.
    pub fn keep<E: From<Error>>(
        &mut self,
        seq: u64,
        digest: Digest,
        link: impl FnOnce(&Path) -> std::result::Result<bool, E>,
        stored: impl FnOnce() -> std::result::Result<(Bytes, &'static str), E>,
    ) -> std::result::Result<(), E> {
        let first = self.file(seq)?.0;
        let dir = self.target.blobs_of(first);
        self.target.make_dir(&dir)?;
        let name = dir.join(digest.to_hex());
        if self.target.find(&name).is_some() || (!self.target.is_encrypted() && link(&name)?) {
            return Ok(());
        }
        let from_snapshots = self.target.find_blob(digest).filter(|_| self.target.is_encrypted());
        if let Some(found) = from_snapshots
            && self.target.fs().hard_link(&found.path, &with_suffix(&name, ".sealed")).is_ok()
        {
            return Ok(());
        }
        let (bytes, suffix) = stored()?;
        let Kept::Copied { .. } = self.target.copy(&name, suffix, &bytes, &mut self.pending)? else { return Ok(()) };
        Ok(())
    }

    /// Ascending. Durable after [`Archive::sync`].
    pub fn put(&mut self, record: &Archived) -> Result<()> {
        let mut body = Vec::with_capacity(HEAD + record.payload.len());
        body.extend_from_slice(&record.seq.to_le_bytes());
        body.extend_from_slice(&record.time_ms.to_le_bytes());
        body.extend_from_slice(&record.epoch.to_le_bytes());
        body.push(record.kind);
        body.extend_from_slice(&record.payload);
        self.file(record.seq)?.1.put(kind::JOURNAL, &body)?;
        let begun = self.times.map_or(record.time_ms, |(begun, _)| begun);
        self.times = Some((begun, record.time_ms));
        self.put = record.seq;
        Ok(())
    }

    pub fn put_gap(&mut self, gap: Gap) -> Result<()> {
        let body = [gap.from.to_le_bytes(), gap.to.to_le_bytes()].concat();
        self.file(gap.from)?.1.put(kind::GAP, &body)?;
        self.put = gap.to;
        Ok(())
    }

    /// After a failure everything behind [`Archive::last`] is to be put again, into an archive that is opened again.
    pub fn sync(&mut self) -> Result<()> {
        if self.put == self.last {
            return Ok(());
        }
        self.pending.finish(&self.target)?;
        if let Some((first, writer)) = &mut self.current {
            let dir = self.target.blobs_of(*first);
            if self.target.fs().exists(&dir) {
                self.target.sync_dir(&dir)?;
            }
            writer.sync()?;
            // not before: it must not be there without what it tells of, records and messages
            writer.put_open(kind::MARK, &self.put.to_le_bytes())?;
            writer.sync()?;
        }
        self.last = self.put;
        let is_old = self.times.is_some_and(|(begun, last)| last.saturating_sub(begun) >= FILE_AGE_MAX_MS);
        if is_old || self.current.as_ref().is_some_and(|(_, writer)| writer.len() >= FILE_BYTES_MAX) {
            self.close_file();
        }
        Ok(())
    }

    /// The next record begins another file.
    pub fn close_file(&mut self) {
        (self.current, self.times) = (None, None);
    }

    fn file(&mut self, seq: u64) -> Result<&mut (u64, Writer)> {
        if self.current.is_none() {
            let path = self.target.archive_file(seq);
            if self.target.fs().exists(&path) {
                // made for the same record, which it did not get
                self.target.unlink(&path)?;
            }
            let writer = Writer::create(&self.target, &path)?;
            self.target.sync_dir(&self.target.root().join("journal"))?;
            self.current = Some((seq, writer));
        }
        self.current.as_mut().ok_or_else(|| Error::Gone { path: self.target.root().into() })
    }
}

/// Only marks count, in encrypted files and others: a record is in the file as soon as a buffer is full, and the messages beside
/// it come later. What is behind the last mark is archived once more, into another file.
fn last_of(target: &Target, path: &Path) -> Result<u64> {
    let mut reader = Reader::open_unkeyed(target, path)?;
    let mut last = 0;
    while let Some(read) = reader.next_record()? {
        if let Read::Record { kind: kind::MARK, body } = read {
            last = last.max(number(&body, 0).unwrap_or(0));
        }
    }
    Ok(last)
}

fn number(body: &[u8], at: usize) -> Option<u64> {
    body.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn parse(kind: u8, body: &Bytes) -> Option<Entry> {
    let number = |at| number(body, at);
    match kind {
        kind::JOURNAL => Some(Entry::Record(Archived {
            seq: number(0)?,
            time_ms: number(8)?,
            epoch: body.get(16..20)?.try_into().ok().map(u32::from_le_bytes)?,
            kind: *body.get(20)?,
            payload: body.slice(HEAD..),
        })),
        kind::GAP => Some(Entry::Gap(Gap { from: number(0)?, to: number(8)? })),
        _ => None,
    }
}

impl Target {
    fn archive_file(&self, first: u64) -> PathBuf {
        self.root().join("journal").join(format!("{first:020}{SUFFIX}"))
    }

    fn blobs_of(&self, first: u64) -> PathBuf {
        self.root().join("journal").join(format!("{first:020}{BLOBS}"))
    }

    /// A message beside the file of this first sequence.
    pub fn find_archived(&self, first: u64, digest: Digest) -> Option<Found> {
        self.find(&self.blobs_of(first).join(digest.to_hex()))
    }

    /// By ascending first sequence.
    pub fn archive_files(&self) -> Result<Vec<(u64, PathBuf)>> {
        let dir = self.root().join("journal");
        let mut found = Vec::new();
        for entry in self.entries(&dir)? {
            let first = entry.name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).and_then(|n| n.parse().ok());
            found.extend(first.map(|first| (first, dir.join(&entry.name))));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Octets of the archive, messages beside it not counted.
    pub fn archive_bytes(&self) -> Result<u64> {
        let files = self.archive_files()?;
        Ok(files.iter().filter_map(|(_, path)| self.fs().metadata(path).ok()).map(|meta| meta.len).sum())
    }

    /// Everything behind `after`, ascending. What is missing between two records is a [`Gap`]; each entry comes with the
    /// first sequence of its file.
    pub fn read_archive(&self, after: u64) -> Result<ArchiveReader> {
        let files = self.archive_files()?;
        // all of a file is before the first of the next one
        let skip = files.iter().skip(1).take_while(|(first, _)| *first <= after.saturating_add(1)).count();
        let files: VecDeque<_> = files.into_iter().skip(skip).collect();
        let begins = files.front().map_or(after, |(first, _)| first.saturating_sub(1)).max(after);
        let missing = (begins > after).then(|| (0, Entry::Gap(Gap { from: after + 1, to: begins })));
        let waiting = missing.into_iter().collect();
        Ok(ArchiveReader { target: self.clone(), files, reader: None, last: begins, waiting })
    }

    /// Files of which every record is at or before `upto`; never the last one.
    pub(crate) fn prune_archive(&self, upto: u64, swept: &mut Swept) -> Result<()> {
        let all = self.archive_files()?;
        for pair in all.windows(2) {
            let ((first, path), (next, _)) = (&pair[0], &pair[1]);
            if *next > upto.saturating_add(1) {
                break;
            }
            swept.bytes += self.fs().metadata(path).map_or(0, |meta| meta.len);
            swept.files += 1;
            // the records first: a message too many harms nobody
            self.unlink(path)?;
            self.remove_blobs(&self.blobs_of(*first), swept)?;
        }
        self.remove_orphans(all.first().map_or(0, |(first, _)| *first), swept)
    }

    /// Directories whose file is gone.
    fn remove_orphans(&self, oldest: u64, swept: &mut Swept) -> Result<()> {
        let dir = self.root().join("journal");
        for entry in self.entries(&dir)? {
            let first = entry.name.to_str().and_then(|name| name.strip_suffix(BLOBS)).and_then(|n| n.parse().ok());
            if first.is_some_and(|first: u64| first < oldest) {
                self.remove_blobs(&dir.join(&entry.name), swept)?;
            }
        }
        Ok(())
    }

    fn remove_blobs(&self, dir: &Path, swept: &mut Swept) -> Result<()> {
        let digest = |entry: fs::Entry| entry.name.to_str()?.get(..64).and_then(Digest::from_hex);
        swept.digests.extend(self.entries(dir)?.into_iter().filter_map(digest));
        if self.fs().exists(dir) { self.remove_dir(dir) } else { Ok(()) }
    }
}

/// See [`Target::read_archive`].
pub struct ArchiveReader {
    target: Target,
    files: VecDeque<(u64, PathBuf)>,
    reader: Option<(u64, Reader)>,
    /// Up to here all is told.
    last: u64,
    waiting: VecDeque<(u64, Entry)>,
}

impl ArchiveReader {
    fn step(&mut self) -> Result<Option<(u64, Entry)>> {
        loop {
            if let Some(waiting) = self.waiting.pop_front() {
                return Ok(Some(waiting));
            }
            let Some((first, reader)) = &mut self.reader else {
                let Some((first, path)) = self.files.pop_front() else { return Ok(None) };
                self.reader = Some((first, Reader::open(&self.target, &path)?));
                continue;
            };
            let first = *first;
            match reader.next_record()? {
                None => self.reader = None,
                // whether something is lost is seen by the next sequence
                Some(Read::Damaged { .. }) => {}
                Some(Read::Record { kind, body }) => {
                    if let Some(entry) = parse(kind, &body) {
                        self.queue(first, entry);
                    }
                }
            }
        }
    }

    fn queue(&mut self, first: u64, entry: Entry) {
        let (from, to) = match &entry {
            Entry::Record(record) => (record.seq, record.seq),
            Entry::Gap(gap) => (gap.from, gap.to),
        };
        // what a failure left behind the last mark: the next file has it again, with its messages
        let is_again = self.files.front().is_some_and(|(next, _)| from >= *next);
        if is_again || to <= self.last {
            return;
        }
        if from > self.last + 1 {
            self.waiting.push_back((first, Entry::Gap(Gap { from: self.last + 1, to: from - 1 })));
        }
        self.last = to;
        self.waiting.push_back((first, entry));
    }
}

impl Iterator for ArchiveReader {
    type Item = Result<(u64, Entry)>;

    fn next(&mut self) -> Option<Result<(u64, Entry)>> {
        self.step().transpose()
    }
}
