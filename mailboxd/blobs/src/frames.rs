// SPDX-License-Identifier: AGPL-3.0-or-later
//! Compressed files: zstd frames of at most [`CHUNK`] bytes of message each, then a table of their sizes in a skippable
//! frame (the "seekable format" of zstd's contrib directory), so that any offset is read by decoding one frame.
//! The table is always there: the last bytes of a file never depend on what a sender wrote.

use std::io;

/// Bytes of message a frame; bounds the memory of a reader.
pub const CHUNK: usize = 256 << 10;
/// What each frame begins with (RFC 8878 §3.1.1).
pub const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();
const LEVEL: i32 = 3;
/// RFC 8878 §3.1.2: a skippable frame is a magic, a length and that many bytes.
const SKIPPABLE: u32 = 0x184D_2A5E;
const SKIPPABLE_HEADER: usize = 8;
const ENTRY: usize = 8;
/// Number of entries, a descriptor (0: entries have no checksums), this magic.
pub const FOOTER: usize = 9;
const FOOTER_MAGIC: u32 = 0x8F92_EAB1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Where it is in the file, and where its bytes are in the message.
    pub stored_at: u64,
    pub at: u64,
    pub stored_len: u32,
    pub len: u32,
}

/// Makes the frames of one file in order.
#[derive(Default)]
pub struct Encoder {
    entries: Vec<(u32, u32)>,
}

impl Encoder {
    /// One frame, of at most [`CHUNK`] bytes.
    pub fn frame(&mut self, chunk: &[u8]) -> io::Result<Vec<u8>> {
        let frame = zstd::bulk::compress(chunk, LEVEL)?;
        let sizes = (u32::try_from(frame.len()), u32::try_from(chunk.len()));
        let (Ok(stored_len), Ok(len)) = sizes else { return Err(io::ErrorKind::InvalidInput.into()) };
        self.entries.push((stored_len, len));
        Ok(frame)
    }

    pub fn table(&self) -> Vec<u8> {
        let body = self.entries.len() * ENTRY + FOOTER;
        let mut out = Vec::with_capacity(SKIPPABLE_HEADER + body);
        out.extend_from_slice(&SKIPPABLE.to_le_bytes());
        out.extend_from_slice(&(body as u32).to_le_bytes());
        for (stored_len, len) in &self.entries {
            out.extend_from_slice(&stored_len.to_le_bytes());
            out.extend_from_slice(&len.to_le_bytes());
        }
        out.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        out.push(0);
        out.extend_from_slice(&FOOTER_MAGIC.to_le_bytes());
        out
    }
}

/// A whole message at once.
pub fn encode(message: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = Encoder::default();
    // An empty message is one empty frame: a file always begins with the magic.
    let mut out = encoder.frame(&message[..message.len().min(CHUNK)])?;
    for chunk in message.chunks(CHUNK).skip(1) {
        out.extend_from_slice(&encoder.frame(chunk)?);
    }
    out.extend_from_slice(&encoder.table());
    Ok(out)
}

pub fn decode_frame(stored: &[u8], len: u32) -> io::Result<Vec<u8>> {
    let chunk = zstd::bulk::decompress(stored, len as usize)?;
    match chunk.len() == len as usize {
        true => Ok(chunk),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Bytes of the table, from the last [`FOOTER`] bytes of a file; `None` if that is no footer.
pub fn table_len(footer: &[u8]) -> Option<u64> {
    let magic = u32_at(footer, 5)?;
    let count = u64::from(u32_at(footer, 0)?);
    (footer.len() == FOOTER && magic == FOOTER_MAGIC && footer[4] == 0)
        .then_some((SKIPPABLE_HEADER + FOOTER) as u64 + count * ENTRY as u64)
}

/// The frames of a file of `file_len` bytes from its table; `None` unless all sizes fit together.
pub fn decode_table(table: &[u8], file_len: u64) -> Option<Vec<Frame>> {
    let entries = table.get(SKIPPABLE_HEADER..table.len().checked_sub(FOOTER)?)?;
    if u32_at(table, 0)? != SKIPPABLE || u32_at(table, 4)? as usize != table.len() - SKIPPABLE_HEADER {
        return None;
    }
    let (mut stored_at, mut at) = (0, 0);
    let mut frames = Vec::with_capacity(entries.len() / ENTRY);
    for entry in entries.chunks(ENTRY) {
        let (stored_len, len) = (u32_at(entry, 0)?, u32_at(entry, 4)?);
        if len as usize > CHUNK || stored_len as usize > 2 * CHUNK {
            return None;
        }
        frames.push(Frame { stored_at, at, stored_len, len });
        stored_at += u64::from(stored_len);
        at += u64::from(len);
    }
    (stored_at + table.len() as u64 == file_len).then_some(frames)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
