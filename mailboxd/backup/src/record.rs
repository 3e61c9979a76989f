// SPDX-License-Identifier: AGPL-3.0-or-later
//! Files of records. Each record stands by itself: damage costs the records that it touches, and reading goes on at the next
//! whole head. All numbers little-endian.
//!
//! ```text
//! file   = "PHBACKUP" version:u32 zero:u32, record*
//! record = "PHR1" kind:u8 flags:u8 zero:u16 length:u32 body_crc:u32 head_crc:u32, body
//! ```
//!
//! `head_crc` covers the head before it, `body_crc` the body as it is stored (CRC-32C). Flag 1: the body is a zstd frame.
//! Flag 2: it is sealed (after compression), see `seal.rs`; then the file begins with its wrapped key, twice, as a record each.

use crate::seal::FileKey;
use crate::target::Target;
use crate::{Error, FileFact, Result, kind};
use bytes::Bytes;
use fs::{File, Open};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"PHBACKUP";
const VERSION: u32 = 1;
const FILE_HEAD: usize = 16;
const RECORD_MAGIC: &[u8; 4] = b"PHR1";
const HEAD: usize = 20;
const ZSTD: u8 = 1;
const SEALED: u8 = 2;
const LEVEL: i32 = 3;
/// Smaller bodies gain too little.
const COMPRESS_FROM: usize = 96;
/// Written at once.
const BUFFER: usize = 256 << 10;
const SEARCH_CHUNK: usize = 1 << 20;

/// Writes a file of records.
pub struct Writer {
    target: Target,
    path: PathBuf,
    file: Box<dyn File>,
    key: Option<FileKey>,
    buffer: Vec<u8>,
    /// Octets in the file already.
    written: u64,
    hasher: Sha256,
    records: u64,
}

impl Writer {
    /// The name must be free.
    pub fn create(target: &Target, path: &Path) -> Result<Writer> {
        let (key, wrapped) = target.recipients().map(|to| to.new_key()).transpose()?.unzip();
        let file = target.fs().open(path, Open::CreateNew).map_err(Error::at(path))?;
        let mut buffer = Vec::with_capacity(BUFFER);
        buffer.extend_from_slice(MAGIC);
        buffer.extend_from_slice(&VERSION.to_le_bytes());
        buffer.extend_from_slice(&[0; 4]);
        let (target, path) = (target.clone(), path.to_path_buf());
        let mut writer = Writer { target, path, file, key, buffer, written: 0, hasher: Sha256::new(), records: 0 };
        if let Some(wrapped) = wrapped {
            // without it all is lost: damage must not cost it
            writer.put_open(kind::KEY, &wrapped)?;
            writer.put_open(kind::KEY, &wrapped)?;
            writer.records = 0;
        }
        Ok(writer)
    }

    pub fn put(&mut self, kind: u8, body: &[u8]) -> Result<()> {
        self.put_as(kind, body, true)
    }

    /// Not sealed: the server itself must be able to read it again.
    pub(crate) fn put_open(&mut self, kind: u8, body: &[u8]) -> Result<()> {
        self.put_as(kind, body, false)
    }

    fn put_as(&mut self, kind: u8, body: &[u8], seals: bool) -> Result<()> {
        let mut flags = 0;
        let mut stored = None;
        if body.len() >= COMPRESS_FROM {
            let small = zstd::bulk::compress(body, LEVEL).map_err(Error::at(&self.path))?;
            if small.len() < body.len() {
                (flags, stored) = (flags | ZSTD, Some(small));
            }
        }
        if let Some(key) = self.key.as_ref().filter(|_| seals) {
            flags |= SEALED;
            let plain = stored.unwrap_or_else(|| body.to_vec());
            stored = Some(key.seal(self.written + self.buffer.len() as u64, &[kind, flags], plain)?);
        }
        let stored = stored.as_deref().unwrap_or(body);
        let length = u32::try_from(stored.len()).map_err(|_| Error::damaged(&self.path, "a record is too large"))?;
        self.buffer.extend_from_slice(&head(kind, flags, length, crc32c::crc32c(stored)));
        self.buffer.extend_from_slice(stored);
        self.records += 1;
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Puts the last record of a file that has one ([`kind::END`]): how many there are before it.
    pub fn end(&mut self) -> Result<()> {
        self.put(kind::END, &self.records.to_le_bytes())
    }

    /// Octets so far.
    pub fn len(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    fn flush(&mut self) -> Result<()> {
        self.target.check_stop()?;
        self.file.write_all_at(&self.buffer, self.written).map_err(Error::at(&self.path))?;
        self.hasher.update(&self.buffer);
        self.written += self.buffer.len() as u64;
        self.target.spend(self.buffer.len() as u64);
        self.buffer.clear();
        Ok(())
    }

    /// What was put is durable when this returns (the file's name is the caller's). After a failure the file is done with.
    pub fn sync(&mut self) -> Result<()> {
        self.flush()?;
        self.file.sync_data().map_err(Error::at(&self.path))
    }

    /// Written, not durable. Answers its octets.
    pub(crate) fn close(mut self) -> Result<u64> {
        self.flush()?;
        Ok(self.written)
    }

    /// Durable, name not counted.
    pub fn finish(mut self) -> Result<FileFact> {
        self.flush()?;
        self.file.sync_all().map_err(Error::at(&self.path))?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(FileFact { name, bytes: self.written, sha256: hex(&self.hasher.finalize()) })
    }
}

fn head(kind: u8, flags: u8, length: u32, body_crc: u32) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(RECORD_MAGIC);
    (head[4], head[5]) = (kind, flags);
    head[8..12].copy_from_slice(&length.to_le_bytes());
    head[12..16].copy_from_slice(&body_crc.to_le_bytes());
    let crc = crc32c::crc32c(&head[..16]);
    head[16..].copy_from_slice(&crc.to_le_bytes());
    head
}

struct Head {
    kind: u8,
    flags: u8,
    length: u64,
    body_crc: u32,
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Head> {
        let bytes = bytes.get(..HEAD)?;
        let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        let good = &bytes[..4] == RECORD_MAGIC && number(16)? == crc32c::crc32c(&bytes[..16]);
        let head = Head { kind: bytes[4], flags: bytes[5], length: u64::from(number(8)?), body_crc: number(12)? };
        good.then_some(head)
    }
}

/// What the next step through a file met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Record {
        kind: u8,
        body: Bytes,
    },
    /// Octets from here to where reading goes on that are no whole record.
    Damaged {
        at: u64,
        bytes: u64,
    },
}

/// Reads a file of records in order.
pub struct Reader {
    path: PathBuf,
    file: Box<dyn File>,
    key: Option<FileKey>,
    len: u64,
    at: u64,
}

impl Reader {
    pub fn open(target: &Target, path: &Path) -> Result<Reader> {
        Reader::open_as(target, path, true)
    }

    /// Without the key: what is sealed is damaged to it.
    pub(crate) fn open_unkeyed(target: &Target, path: &Path) -> Result<Reader> {
        Reader::open_as(target, path, false)
    }

    fn open_as(target: &Target, path: &Path, needs_key: bool) -> Result<Reader> {
        let file = target.fs().open(path, Open::Read).map_err(Error::at(path))?;
        let len = file.metadata().map_err(Error::at(path))?.len;
        let mut bytes = [0; FILE_HEAD];
        let read = file.read_full_at(&mut bytes, 0).map_err(Error::at(path))?;
        let version = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let has_head = read == FILE_HEAD && &bytes[..8] == MAGIC;
        let at = if has_head && version == VERSION { FILE_HEAD as u64 } else { 0 };
        let mut reader = Reader { path: path.to_path_buf(), file, key: None, len, at };
        if needs_key {
            reader.take_key(target)?;
        }
        // one of a version from the future would have no record that we know
        if at == 0 && has_head && reader.find_head(0)? == len {
            return Err(Error::Newer { path: path.to_path_buf() });
        }
        Ok(reader)
    }

    fn take_key(&mut self, target: &Target) -> Result<()> {
        let begin = self.at;
        // its two copies are what the file begins with, if it is encrypted
        for _ in 0..3 {
            if let Some(Read::Record { kind: kind::KEY, body }) = self.step()? {
                let identities = target.identities().ok_or_else(|| Error::Sealed { path: self.path.clone() })?;
                self.key = Some(identities.open(&body, &self.path)?);
                break;
            }
        }
        self.at = begin;
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `None` at the end.
    pub fn next_record(&mut self) -> Result<Option<Read>> {
        loop {
            match self.step()? {
                Some(Read::Record { kind: kind::KEY, .. }) => {}
                other => return Ok(other),
            }
        }
    }

    fn step(&mut self) -> Result<Option<Read>> {
        if self.at >= self.len {
            return Ok(None);
        }
        let from = self.at;
        let mut search = from + 1;
        if let Some(head) = self.head_at(from)? {
            let end = from + HEAD as u64 + head.length;
            if end <= self.len {
                if let Some(body) = self.body(&head, from)? {
                    self.at = end;
                    return Ok(Some(Read::Record { kind: head.kind, body }));
                }
                // its head is whole, so is its length
                search = end;
            }
        }
        self.at = self.find_head(search)?;
        Ok(Some(Read::Damaged { at: from, bytes: self.at - from }))
    }

    fn head_at(&self, at: u64) -> Result<Option<Head>> {
        let mut bytes = [0; HEAD];
        let read = self.file.read_full_at(&mut bytes, at).map_err(Error::at(&self.path))?;
        Ok(Head::parse(&bytes[..read]))
    }

    /// `None`: it is not what was written.
    fn body(&self, head: &Head, at: u64) -> Result<Option<Bytes>> {
        // `length` is within the file
        let mut body = vec![0; head.length as usize];
        let read = self.file.read_full_at(&mut body, at + HEAD as u64).map_err(Error::at(&self.path))?;
        if read < body.len() || crc32c::crc32c(&body) != head.body_crc {
            return Ok(None);
        }
        if head.flags & SEALED != 0 {
            let Some(key) = &self.key else { return Ok(None) };
            let Some(open) = key.open(at, &[head.kind, head.flags], body) else { return Ok(None) };
            body = open;
        }
        if head.flags & ZSTD != 0 {
            let Ok(plain) = zstd::stream::decode_all(body.as_slice()) else { return Ok(None) };
            body = plain;
        }
        Ok(Some(body.into()))
    }

    /// The next whole head at or behind `from`, or the end of the file.
    fn find_head(&self, from: u64) -> Result<u64> {
        let mut chunk = vec![0; SEARCH_CHUNK];
        let mut at = from;
        while at < self.len {
            let read = self.file.read_full_at(&mut chunk, at).map_err(Error::at(&self.path))?;
            for offset in memchr::memmem::find_iter(&chunk[..read], RECORD_MAGIC) {
                let found = at + offset as u64;
                if self.head_at(found)?.is_some() {
                    return Ok(found);
                }
            }
            if read < chunk.len() {
                break;
            }
            // a magic may lie across two chunks
            at += (read - (RECORD_MAGIC.len() - 1)) as u64;
        }
        Ok(self.len)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Length and SHA-256 of a file as it is.
pub(crate) fn fact(target: &Target, path: &Path) -> Result<FileFact> {
    let file = target.fs().open(path, Open::Read).map_err(Error::at(path))?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; SEARCH_CHUNK];
    let mut bytes = 0;
    loop {
        let read = file.read_full_at(&mut chunk, bytes).map_err(Error::at(path))?;
        hasher.update(&chunk[..read]);
        bytes += read as u64;
        if read < chunk.len() {
            break;
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(FileFact { name, bytes, sha256: hex(&hasher.finalize()) })
}
