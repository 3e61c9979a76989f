// SPDX-License-Identifier: AGPL-3.0-or-later
//! Segments made by a program of bytes, with right checksums over wrong numbers where pure chance would never get past the
//! checksums. The fuzz target `journal` includes this file.

use bytes::Bytes;
use ph_journal::format::{BATCHES_AT, BatchHeader, SegmentHeader, encode_batch};

/// What is left of the program; zeros after its end.
struct Program<'a>(&'a [u8]);

impl Program<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// Mostly what is right, sometimes a little or a lot beside it.
    fn near(&mut self, right: u64) -> u64 {
        match self.byte() {
            0..224 => right,
            byte @ 224..=253 => right.wrapping_add(u64::from(byte)).wrapping_sub(239),
            254 => u64::MAX - u64::from(self.byte()),
            255 => u64::from_le_bytes(std::array::from_fn(|_| self.byte())),
        }
    }
}

/// A segment named 41, as the program wants it.
pub fn segment(program: &[u8]) -> Vec<u8> {
    let mut program = Program(program);
    let (salt, mut first_seq, mut number) = (7, 41, 31);
    let header = SegmentHeader {
        salt,
        first_seq: program.near(first_seq),
        prev_seq: program.near(40),
        prev_batch: program.near(number - 1),
        prev_time_ms: program.near(1_000),
        epoch: program.near(3) as u32,
        gap: program.byte() & 1 == 1,
    };
    let mut bytes = header.encode().to_vec();
    bytes.resize(BATCHES_AT as usize, 0);
    while !program.0.is_empty() {
        match program.byte() % 8 {
            0 => {
                let len = usize::from(program.byte()).min(program.0.len());
                bytes.extend_from_slice(&program.0[..len]);
                program.0 = &program.0[len..];
            }
            1 => {
                let at = program.near(bytes.len() as u64 / 2) as usize % bytes.len();
                bytes[at] ^= program.byte();
            }
            2 => bytes.truncate(program.near(bytes.len() as u64 - 1).max(1) as usize),
            _ => {
                let count = u64::from(program.byte() % 4) + 1;
                let header = BatchHeader {
                    salt: program.near(salt),
                    number: program.near(number),
                    first_seq: program.near(first_seq),
                    body_len: 0,
                    count: 0,
                    epoch: program.near(3) as u32,
                    body_crc: 0,
                };
                bytes.extend_from_slice(&batch(&mut program, header, count));
                first_seq = first_seq.wrapping_add(count);
                number = number.wrapping_add(1);
            }
        }
    }
    bytes
}

fn batch(program: &mut Program<'_>, header: BatchHeader, count: u64) -> Vec<u8> {
    let payload = Bytes::from(vec![program.byte(); usize::from(program.byte() % 64)]);
    let parts = std::slice::from_ref(&payload);
    let records: Vec<_> = (0..count).map(|_| (program.byte(), program.near(1_000), parts)).collect();
    let mut out = Vec::new();
    encode_batch(&mut out, header, records.into_iter());
    // a header that lies of its body, under a right checksum
    let told = BatchHeader::decode(&out, header.salt);
    if let (Some(told), true) = (told, program.byte() > 224) {
        let lie = BatchHeader { body_len: program.near(told.body_len), count: program.near(count) as u32, ..told };
        let lie = lie.encode();
        out[..lie.len()].copy_from_slice(&lie);
    }
    out
}
