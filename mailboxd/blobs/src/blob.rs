// SPDX-License-Identifier: AGPL-3.0-or-later
//! Reading a message file: straight from the file, or one decoded frame at a time.

use crate::frames::{self, CHUNK, FOOTER, Frame};
use crate::{Error, Result};
use bytes::Bytes;
use fs::{File, Fs, Open};
use ids::Digest;
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::PathBuf;

/// An open message. Offsets are those of the uncompressed bytes.
pub struct Blob {
    file: Box<dyn File>,
    path: PathBuf,
    len: u64,
    form: Form,
}

enum Form {
    Plain,
    Zst {
        frames: Vec<Frame>,
        /// The frame decoded last.
        cached: Option<(usize, Vec<u8>)>,
    },
}

impl Blob {
    pub(crate) fn open(fs: &dyn Fs, path: PathBuf, zst: bool) -> Result<Blob> {
        let io = |source| Error::Io { path: path.clone(), source };
        let file = fs.open(&path, Open::Read).map_err(io)?;
        let stored_len = file.metadata().map_err(io)?.len;
        if !zst {
            return Ok(Blob { file, path, len: stored_len, form: Form::Plain });
        }
        match read_table(file.as_ref(), stored_len).map_err(io)? {
            Some(frames) => {
                let len = frames.last().map_or(0, |frame| frame.at + u64::from(frame.len));
                Ok(Blob { file, path, len, form: Form::Zst { frames, cached: None } })
            }
            None => Err(Error::Damaged { path }),
        }
    }

    /// Octets of the message.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads into `buf` from `offset`; may read less than asked, 0 only at the end.
    pub fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        if offset >= self.len || buf.is_empty() {
            return Ok(0);
        }
        let Form::Zst { frames, cached } = &mut self.form else {
            return self.file.read_full_at(buf, offset).map_err(|source| Error::Io { path: self.path.clone(), source });
        };
        let index = frames.partition_point(|frame| frame.at + u64::from(frame.len) <= offset);
        let Some(frame) = frames.get(index).copied() else { return Ok(0) };
        let chunk = match cached {
            Some((at, chunk)) if *at == index => chunk,
            _ => {
                let chunk = decode(self.file.as_ref(), frame).map_err(|source| match source.kind() {
                    // What zstd says of bytes that are no frame.
                    io::ErrorKind::Other | io::ErrorKind::InvalidData => Error::Damaged { path: self.path.clone() },
                    _ => Error::Io { path: self.path.clone(), source },
                })?;
                &mut cached.insert((index, chunk)).1
            }
        };
        let from = (offset - frame.at) as usize;
        let n = buf.len().min(chunk.len() - from);
        buf[..n].copy_from_slice(&chunk[from..from + n]);
        Ok(n)
    }

    /// The whole message.
    pub fn read_all(&mut self) -> Result<Bytes> {
        self.read_vec().map(Bytes::from)
    }

    pub(crate) fn read_vec(&mut self) -> Result<Vec<u8>> {
        let mut message = vec![0; self.len as usize];
        let mut at = 0;
        while at < message.len() {
            match self.read_at(at as u64, &mut message[at..])? {
                0 => return Err(Error::Damaged { path: self.path.clone() }),
                n => at += n,
            }
        }
        Ok(message)
    }

    /// Reads all of it in bounded memory. A file that can't be decoded has no digest.
    pub(crate) fn digest(&mut self) -> Result<Option<Digest>> {
        let mut hasher = Sha256::new();
        let mut chunk = vec![0; CHUNK.min(self.len as usize)];
        let mut at = 0;
        while at < self.len {
            match self.read_at(at, &mut chunk) {
                Ok(0) | Err(Error::Damaged { .. }) => return Ok(None),
                Ok(n) => {
                    hasher.update(&chunk[..n]);
                    at += n as u64;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(Digest(hasher.finalize().into())))
    }
}

fn decode(file: &dyn File, frame: Frame) -> io::Result<Vec<u8>> {
    let mut stored = vec![0; frame.stored_len as usize];
    let n = file.read_full_at(&mut stored, frame.stored_at)?;
    frames::decode_frame(&stored[..n], frame.len)
}

fn read_table(file: &dyn File, stored_len: u64) -> io::Result<Option<Vec<Frame>>> {
    let mut footer = [0; FOOTER];
    let Some(at) = stored_len.checked_sub(FOOTER as u64) else { return Ok(None) };
    file.read_full_at(&mut footer, at)?;
    // The table is a part of the file, so the file bounds the memory.
    let Some(len) = frames::table_len(&footer).filter(|len| *len <= stored_len) else { return Ok(None) };
    let mut table = vec![0; len as usize];
    file.read_full_at(&mut table, stored_len - len)?;
    Ok(frames::decode_table(&table, stored_len))
}
