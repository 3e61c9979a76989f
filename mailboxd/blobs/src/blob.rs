// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::{Error, Result, ZST};
use bytes::Bytes;
use fs::{File, Fs, Open};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open message file. Offsets and lengths are those of the message, compressed or not.
pub struct Blob {
    file: Arc<dyn File>,
    path: PathBuf,
    length: u64,
    /// A compressed file is read forwards; going back starts again.
    decoder: Option<Decoder>,
}

struct Decoder {
    stream: zstd::stream::read::Decoder<'static, io::BufReader<Reader>>,
    offset: u64,
}

impl Blob {
    pub(crate) fn open(fs: &dyn Fs, path: &Path) -> Result<Blob> {
        let file: Arc<dyn File> = fs.open(path, Open::Read).map_err(Error::at(path))?.into();
        let length = file.metadata().map_err(Error::at(path))?.len;
        let mut blob = Blob { file, path: path.to_path_buf(), length, decoder: None };
        if path.as_os_str().as_encoded_bytes().ends_with(ZST.as_bytes()) {
            blob.length = blob.frame_length()?;
            blob.decoder = Some(blob.decoder()?);
        }
        Ok(blob)
    }

    pub fn len(&self) -> u64 {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Fills as much of `buf` as there is from `offset` on; 0 at the end.
    pub fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        if self.decoder.is_some() {
            return self.decode_at(offset, buf);
        }
        self.file.read_full_at(buf, offset).map_err(Error::at(&self.path))
    }

    pub fn read_all(&mut self) -> Result<Bytes> {
        let length = usize::try_from(self.length).map_err(|_| Error::TooLarge { limit: usize::MAX as u64 })?;
        let mut content = vec![0; length];
        let read = self.read_at(0, &mut content)?;
        content.truncate(read);
        Ok(content.into())
    }

    fn decode_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        if self.decoder.as_ref().is_none_or(|decoder| decoder.offset > offset) {
            self.decoder = Some(self.decoder()?);
        }
        let path = self.path.clone();
        let damaged = |error: io::Error| match error.raw_os_error() {
            Some(_) => Error::at(&path)(error),
            None => Error::Damaged { path: path.clone() },
        };
        let Some(decoder) = &mut self.decoder else { return Ok(0) };
        let skip = offset - decoder.offset;
        let skipped = io::copy(&mut decoder.stream.by_ref().take(skip), &mut io::sink()).map_err(damaged)?;
        decoder.offset += skipped;
        let mut done = 0;
        while skipped == skip && done < buf.len() {
            match decoder.stream.read(&mut buf[done..]) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(error)),
            }
        }
        decoder.offset += done as u64;
        Ok(done)
    }

    fn decoder(&self) -> Result<Decoder> {
        let reader = Reader { file: self.file.clone(), offset: 0 };
        let stream = zstd::stream::read::Decoder::new(reader).map_err(Error::at(&self.path))?;
        Ok(Decoder { stream, offset: 0 })
    }

    /// Our writers note the length of the content in the frame (RFC 8878 §3.1.1.1.4).
    fn frame_length(&self) -> Result<u64> {
        let mut head = [0; 18];
        let read = self.file.read_full_at(&mut head, 0).map_err(Error::at(&self.path))?;
        match zstd::zstd_safe::get_frame_content_size(&head[..read]) {
            Ok(Some(length)) => Ok(length),
            _ => Err(Error::Damaged { path: self.path.clone() }),
        }
    }
}

/// `Read` over a file of the seam.
pub(crate) struct Reader {
    pub file: Arc<dyn File>,
    pub offset: u64,
}

impl Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buf, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
