// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message's octets, opened and read as late and as little as an answer needs, with what the cache knows of it.

use crate::content::cache::{Cache, Entry, HEADER_BYTES_MAX};
use crate::content::envelope;
use crate::content::header;
use crate::content::section::{self, Place};
use crate::content::structure::Structure;
use crate::wire::fetch::SectionText;
use mailbox::{Blob, Error, Item, Mailbox, Result};
use std::ops::Range;
use std::sync::Arc;

/// First read of a header section; doubled until its end is in sight.
const HEADER_READ_BYTES: u64 = 8 * 1024;
/// Octets of a header section that ENVELOPE looks at.
const ENVELOPE_HEADER_BYTES_MAX: u64 = 1024 * 1024;

pub struct Content<'a> {
    mailbox: &'a Mailbox,
    item: &'a Item,
    cache: &'a Cache,
    entry: Entry,
    learned: bool,
    blob: Option<Blob>,
    /// The first octets of the message, as far as they were read.
    start: Vec<u8>,
}

impl<'a> Content<'a> {
    pub fn new(mailbox: &'a Mailbox, item: &'a Item, cache: &'a Cache) -> Content<'a> {
        let entry = item.digest.map(|digest| cache.get(&digest)).unwrap_or_default();
        Content { mailbox, item, cache, entry, learned: false, blob: None, start: Vec::new() }
    }

    pub fn len(&self) -> u64 {
        self.item.size
    }

    fn blob(&mut self) -> Result<&mut Blob> {
        if self.blob.is_none() {
            self.blob = Some(self.open()?);
        }
        self.blob.as_mut().ok_or_else(|| Error::Store("blob vanished".to_owned()))
    }

    /// A handle of its own, for streaming after the crossing is over.
    pub fn reopen(&mut self) -> Result<Blob> {
        match self.blob.take() {
            Some(blob) => Ok(blob),
            None => self.open(),
        }
    }

    /// A draft may be saved again between its row and its file: then this message is gone.
    fn open(&self) -> Result<Blob> {
        let blob = self.mailbox.open_blob(self.item)?;
        if blob.len() == self.item.size {
            Ok(blob)
        } else {
            Err(Error::NoSuch { kind: "message", id: self.item.id.to_string() })
        }
    }

    pub fn bytes(&mut self, range: Range<u64>) -> Result<Vec<u8>> {
        if range.end <= self.start.len() as u64 {
            let start = usize::try_from(range.start).unwrap_or(usize::MAX);
            let end = usize::try_from(range.end).unwrap_or(usize::MAX);
            return Ok(self.start.get(start..end).unwrap_or_default().to_vec());
        }
        read(self.blob()?, range)
    }

    /// Makes the first `len` octets be there.
    fn read_start(&mut self, len: u64) -> Result<()> {
        let len = len.min(self.len());
        let have = self.start.len() as u64;
        if have < len {
            let more = read(self.blob()?, have..len)?;
            self.start.extend_from_slice(&more);
        }
        Ok(())
    }

    pub fn header_end(&mut self) -> Result<u64> {
        if let Some(end) = self.entry.header_end {
            return Ok(end);
        }
        let mut len = HEADER_READ_BYTES;
        let end = loop {
            self.read_start(len)?;
            match header::end(&self.start) {
                Some(end) => break end as u64,
                None if self.start.len() as u64 >= self.len() => break self.len(),
                None => len = len.saturating_mul(2),
            }
        };
        self.entry.header_end = Some(end);
        self.learned = true;
        Ok(end)
    }

    pub fn envelope(&mut self) -> Result<Arc<[u8]>> {
        if let Some(envelope) = &self.entry.envelope {
            return Ok(envelope.clone());
        }
        let end = self.header_end()?.min(ENVELOPE_HEADER_BYTES_MAX);
        let envelope: Arc<[u8]> = envelope::envelope(&self.bytes(0..end)?).into();
        self.entry.envelope = Some(envelope.clone());
        self.learned = true;
        Ok(envelope)
    }

    pub fn structure(&mut self) -> Result<Arc<Structure>> {
        if let Some(structure) = &self.entry.structure {
            return Ok(structure.clone());
        }
        let whole = self.bytes(0..self.len())?;
        let structure = Arc::new(Structure::of(&whole));
        self.entry.structure = Some(structure.clone());
        self.learned = true;
        Ok(structure)
    }

    /// The header section, read at once the first time.
    pub fn header(&mut self) -> Result<Arc<[u8]>> {
        if let Some(header) = &self.entry.header {
            return Ok(header.clone());
        }
        let end = self.header_end()?;
        let header: Arc<[u8]> = self.bytes(0..end)?.into();
        if header.len() <= HEADER_BYTES_MAX {
            self.entry.header = Some(header.clone());
            self.learned = true;
        }
        Ok(header)
    }

    /// Where a section lies. BODY[] needs no look inside.
    pub fn place(&mut self, part: &[u32], text: &SectionText) -> Result<Place> {
        if section::is_top(part) {
            let header_end = if *text == SectionText::All { 0 } else { self.header_end()? };
            return Ok(section::top(text, header_end, self.len()));
        }
        Ok(section::of_part(part, text, &*self.structure()?))
    }

    /// Gives the cache what was found out.
    pub fn finish(self) {
        if let (true, Some(digest)) = (self.learned, self.item.digest) {
            self.cache.put(digest, self.entry);
        }
    }
}

/// All octets of a range, or an error: a message has the size that its row says.
pub fn read(blob: &mut Blob, range: Range<u64>) -> Result<Vec<u8>> {
    let len = usize::try_from(range.end.saturating_sub(range.start)).map_err(|e| Error::Store(e.to_string()))?;
    let mut bytes = vec![0; len];
    let mut done = 0;
    while done < len {
        let n = blob.read_at(range.start + done as u64, &mut bytes[done..]).map_err(|e| Error::Store(e.to_string()))?;
        if n == 0 {
            return Err(Error::Store(format!("message ends at {} of {}", range.start + done as u64, range.end)));
        }
        done += n;
    }
    Ok(bytes)
}
