// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bytes of a segment file. Codecs only: no I/O, no clock. All numbers little-endian.
//!
//! ```text
//! segment  = header (64 bytes), zeros up to 4096, batch*, anything
//! header   = "PHJOURNL" version:u32 crc:u32 salt:u64 first_seq:u64 prev_seq:u64 prev_batch:u64 epoch:u32
//!            flags:u32 prev_time_ms:u64
//! batch    = magic:u32 header_crc:u32 salt:u64 number:u64 first_seq:u64 body_len:u64 count:u32 epoch:u32
//!            body_crc:u32 reserved:u32, body
//! body     = (len:u32 kind:u8 zero:3 time_ms:u64 payload)*
//! ```
//!
//! The salt is drawn at random for each segment and stands in each batch, so bytes that an earlier file left on the
//! disk, or a journal that somebody sent by mail, never pass for a batch. `header_crc` covers the batch header behind
//! itself (with `body_crc` in it), so a length is trusted before the body is read.

use crate::Record;
use bytes::{BufMut, Bytes};

pub const VERSION: u32 = 1;
pub const SEGMENT_HEADER: usize = 64;
/// Batches start on the second page: writing the first never touches the page of the header.
pub const BATCHES_AT: u64 = 4096;
pub const BATCH_HEADER: usize = 56;
pub const RECORD_HEADER: usize = 16;

const SEGMENT_MAGIC: &[u8; 8] = b"PHJOURNL";
pub const BATCH_MAGIC: [u8; 4] = *b"PHB1";
/// No journal gets this far (a million records a second for 140,000 years): a header with a larger number lies, and what
/// is built on smaller ones can't overflow.
pub const NUMBER_MAX: u64 = 1 << 62;
/// The sequence numbers between `prev_seq` and `first_seq` are lost, and an administrator accepted that.
const FLAG_GAP: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    pub salt: u64,
    /// Sequence that the first record of this segment has or will have.
    pub first_seq: u64,
    /// Last good sequence before this segment. Whatever earlier segments hold beyond it has failed and is dead.
    pub prev_seq: u64,
    /// Number of the last batch before this segment.
    pub prev_batch: u64,
    /// Time of the record `prev_seq`: times never go back, not even when that record is retired.
    pub prev_time_ms: u64,
    pub epoch: u32,
    pub gap: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    pub salt: u64,
    pub number: u64,
    pub first_seq: u64,
    pub body_len: u64,
    pub count: u32,
    pub epoch: u32,
    pub body_crc: u32,
}

impl SegmentHeader {
    pub fn encode(&self) -> [u8; SEGMENT_HEADER] {
        let mut tail = Vec::with_capacity(48);
        tail.put_u64_le(self.salt);
        tail.put_u64_le(self.first_seq);
        tail.put_u64_le(self.prev_seq);
        tail.put_u64_le(self.prev_batch);
        tail.put_u32_le(self.epoch);
        tail.put_u32_le(if self.gap { FLAG_GAP } else { 0 });
        tail.put_u64_le(self.prev_time_ms);
        let mut out = [0; SEGMENT_HEADER];
        out[..8].copy_from_slice(SEGMENT_MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[16..16 + tail.len()].copy_from_slice(&tail);
        let crc = crc32c::crc32c(&out[16..]);
        out[12..16].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// `None`: not a segment, or damaged, or of a version from the future.
    pub fn decode(bytes: &[u8]) -> Option<SegmentHeader> {
        let bytes = bytes.get(..SEGMENT_HEADER)?;
        let good = &bytes[..8] == SEGMENT_MAGIC
            && u32_at(bytes, 8)? == VERSION
            && u32_at(bytes, 12)? == crc32c::crc32c(&bytes[16..]);
        let header = SegmentHeader {
            salt: u64_at(bytes, 16)?,
            first_seq: u64_at(bytes, 24)?,
            prev_seq: u64_at(bytes, 32)?,
            prev_batch: u64_at(bytes, 40)?,
            prev_time_ms: u64_at(bytes, 56)?,
            epoch: u32_at(bytes, 48)?,
            gap: u32_at(bytes, 52)? & FLAG_GAP != 0,
        };
        let numbers = [header.first_seq, header.prev_seq, header.prev_batch];
        (good && numbers.iter().all(|number| *number <= NUMBER_MAX)).then_some(header)
    }
}

impl BatchHeader {
    pub fn encode(&self) -> [u8; BATCH_HEADER] {
        let mut out = [0; BATCH_HEADER];
        out[..4].copy_from_slice(&BATCH_MAGIC);
        out[8..16].copy_from_slice(&self.salt.to_le_bytes());
        out[16..24].copy_from_slice(&self.number.to_le_bytes());
        out[24..32].copy_from_slice(&self.first_seq.to_le_bytes());
        out[32..40].copy_from_slice(&self.body_len.to_le_bytes());
        out[40..44].copy_from_slice(&self.count.to_le_bytes());
        out[44..48].copy_from_slice(&self.epoch.to_le_bytes());
        out[48..52].copy_from_slice(&self.body_crc.to_le_bytes());
        let crc = crc32c::crc32c(&out[8..]);
        out[4..8].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// `None` unless it is whole and of the segment with this salt.
    pub fn decode(bytes: &[u8], salt: u64) -> Option<BatchHeader> {
        let bytes = bytes.get(..BATCH_HEADER)?;
        let good = bytes[..4] == BATCH_MAGIC && u32_at(bytes, 4)? == crc32c::crc32c(&bytes[8..]);
        let header = BatchHeader {
            salt: u64_at(bytes, 8)?,
            number: u64_at(bytes, 16)?,
            first_seq: u64_at(bytes, 24)?,
            body_len: u64_at(bytes, 32)?,
            count: u32_at(bytes, 40)?,
            epoch: u32_at(bytes, 44)?,
            body_crc: u32_at(bytes, 48)?,
        };
        let numbers = [header.number, header.first_seq, header.body_len];
        let possible = header.count > 0 && numbers.iter().all(|number| *number <= NUMBER_MAX);
        (good && header.salt == salt && possible).then_some(header)
    }

    /// Bytes of header and body.
    pub fn total_len(&self) -> u64 {
        (BATCH_HEADER as u64).saturating_add(self.body_len)
    }

    pub fn last_seq(&self) -> u64 {
        self.first_seq.saturating_add(u64::from(self.count) - 1)
    }
}

/// The batch's bytes from records; `out` is overwritten.
pub fn encode_batch<'a>(out: &mut Vec<u8>, header: BatchHeader, records: impl Iterator<Item = (u8, u64, &'a [Bytes])>) {
    out.clear();
    out.resize(BATCH_HEADER, 0);
    let mut count = 0;
    for (kind, time_ms, parts) in records {
        let len: usize = parts.iter().map(Bytes::len).sum();
        out.put_u32_le(len as u32);
        out.put_u32_le(u32::from(kind));
        out.put_u64_le(time_ms);
        for part in parts {
            out.extend_from_slice(part);
        }
        count += 1;
    }
    let body = &out[BATCH_HEADER..];
    let header = BatchHeader { count, body_len: body.len() as u64, body_crc: crc32c::crc32c(body), ..header };
    out[..BATCH_HEADER].copy_from_slice(&header.encode());
}

/// The records of a batch whose header was decoded; `None` if the body is not what the header says.
pub fn decode_body(header: &BatchHeader, body: &Bytes) -> Option<Vec<Record>> {
    if body.len() as u64 != header.body_len || crc32c::crc32c(body) != header.body_crc {
        return None;
    }
    // A record takes at least its header, so a false count can't make us reserve more than the body is long.
    let mut records = Vec::with_capacity((header.count as usize).min(body.len() / RECORD_HEADER));
    let mut at = 0;
    for index in 0..u64::from(header.count) {
        let len = u32_at(body, at)? as usize;
        let kind = *body.get(at + 4)?;
        let time_ms = u64_at(body, at + 8)?;
        let from = at + RECORD_HEADER;
        let to = from.checked_add(len).filter(|to| *to <= body.len())?;
        let payload = body.slice(from..to);
        records.push(Record { seq: header.first_seq.checked_add(index)?, epoch: header.epoch, time_ms, kind, payload });
        at = to;
    }
    (at == body.len()).then_some(records)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
