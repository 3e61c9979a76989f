// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bytes that are not what was written: torn tails, rotten middles, hostile files, old files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod common;

use bytes::Bytes;
use common::*;
use fs::{Fs, Open, Rng, SimFs};
use ph_journal::format::{BATCH_HEADER, BATCHES_AT, BatchHeader, SegmentHeader, decode_body, encode_batch};
use ph_journal::{Error, repair};
use proptest::prelude::*;
use std::path::Path;

fn read(disk: &SimFs, path: &Path) -> Vec<u8> {
    let file = disk.open(path, Open::Read).unwrap();
    let mut bytes = vec![0; file.metadata().unwrap().len as usize];
    file.read_full_at(&mut bytes, 0).unwrap();
    bytes
}

/// A journal with five records of a hundred bytes, each a batch, in one segment; the offsets of the batches.
fn five(disk: &SimFs) -> Vec<u64> {
    let journal = open(disk).unwrap();
    for n in 0..5 {
        add(&journal, &format!("{n}{}", "x".repeat(99))).unwrap();
    }
    drop(journal);
    (0..5).map(|n| BATCHES_AT + n * (BATCH_HEADER as u64 + 16 + 100)).collect()
}

#[test]
fn a_torn_tail_is_cut_wherever_it_is_torn() {
    for cut in 0..=172 {
        let disk = disk();
        let last = five(&disk)[4];
        disk.open(&path(1), Open::ReadWrite).unwrap().set_len(last + cut).unwrap();
        let journal = open(&disk).unwrap();
        let whole = if cut == 172 { 5 } else { 4 };
        assert_eq!(payloads(&journal).len(), whole);
        assert_eq!(add(&journal, "next").unwrap(), whole as u64 + 1);
        drop(journal);
        assert_eq!(payloads(&open(&disk).unwrap()).len(), whole + 1);
    }
}

#[test]
fn every_flipped_bit_of_the_last_batch_is_seen() {
    for at in 0..172 {
        let disk = disk();
        let last = five(&disk)[4] + at;
        let byte = read(&disk, &path(1))[last as usize];
        disk.corrupt(&path(1), last, &[byte ^ 4]).unwrap();
        assert_eq!(payloads(&open(&disk).unwrap()).len(), 4, "byte {at}");
    }
}

#[test]
fn a_damaged_middle_stops_recovery_and_can_be_repaired() {
    for at in [0, 4, 20, 60, 171] {
        let disk = disk();
        let third = five(&disk)[2] + at;
        let byte = read(&disk, &path(1))[third as usize];
        disk.corrupt(&path(1), third, &[!byte]).unwrap();
        assert!(matches!(open(&disk), Err(Error::Damaged { batch: 3, .. })), "byte {at}");
        assert_eq!(segments(&disk).len(), 1, "nothing was changed");
        let repaired = repair(&disk, dir()).unwrap();
        assert_eq!(repaired.lost, [(3, 3)]);
        assert_eq!(repaired.kept_aside.len(), 1);
        assert!(disk.exists(&repaired.kept_aside[0]));
        assert_eq!(repair(&disk, dir()).unwrap(), Default::default(), "once is enough");
        let journal = open(&disk).unwrap();
        let seqs: Vec<u64> = replay(&journal, 0).iter().map(|record| record.seq).collect();
        assert_eq!(seqs, [1, 2, 4, 5]);
        assert_eq!(add(&journal, "next").unwrap(), 6);
    }
}

#[test]
fn a_damaged_or_missing_segment_in_the_middle_is_seen_and_can_be_repaired() {
    for missing in [false, true] {
        let disk = disk();
        for _ in 0..3 {
            let journal = open(&disk).unwrap();
            add(&journal, "a").unwrap();
            add(&journal, "b").unwrap();
        }
        match missing {
            true => disk.unlink(&path(3)).unwrap(),
            false => disk.corrupt(&path(3), 20, b"rot").unwrap(),
        }
        let seen = open(&disk).map(|journal| journal.replay(0).unwrap().collect::<Result<Vec<_>, _>>());
        assert!(matches!(seen, Err(Error::Damaged { .. }) | Ok(Err(Error::Damaged { .. }))));
        assert_eq!(repair(&disk, dir()).unwrap().lost, [(3, 4)]);
        let journal = open(&disk).unwrap();
        let seqs: Vec<u64> = replay(&journal, 0).iter().map(|record| record.seq).collect();
        assert_eq!(seqs, [1, 2, 5, 6]);
    }
}

#[test]
fn what_an_earlier_file_left_behind_is_never_taken_for_a_batch() {
    let other = disk();
    five(&other);
    let stale = read(&other, &path(1));
    let disk = disk();
    let journal = open(&disk).unwrap();
    add(&journal, &format!("0{}", "x".repeat(99))).unwrap();
    drop(journal);
    // Batches 2 to 5 of another file, just where the next ones of this would be; and one inside a record.
    let end = BATCHES_AT + 172;
    disk.corrupt(&path(1), end, &stale[end as usize..]).unwrap();
    let journal = open(&disk).unwrap();
    assert_eq!(payloads(&journal).len(), 1);
    journal.append(1, vec![Bytes::from(stale[4096..].to_vec())]).unwrap().wait().unwrap();
    drop(journal);
    assert_eq!(replay(&open(&disk).unwrap(), 0).len(), 2);
}

/// Written by version 1; must open for ever.
#[test]
fn the_golden_segment_opens() {
    let golden = include_bytes!("compat/v1.seg");
    let disk = disk();
    let file = disk.open(&path(41), Open::CreateNew).unwrap();
    file.write_all_at(golden, 0).unwrap();
    let journal = open(&disk).unwrap();
    let records = replay(&journal, 0);
    let seen: Vec<_> = records.iter().map(|r| (r.seq, r.epoch, r.time_ms, r.kind, &r.payload[..])).collect();
    assert_eq!(
        seen,
        [(41, 7, 1_000, 1, &b"one"[..]), (42, 7, 1_000, 2, &b""[..]), (43, 7, 1_005, 255, &b"\0three\xff"[..])]
    );
    assert_eq!((journal.epoch(), journal.first(), journal.last()), (8, 41, 43));
    assert_eq!(golden[..], golden_bytes());
}

fn golden_bytes() -> Vec<u8> {
    let salt = 0x0123_4567_89ab_cdef;
    let header =
        SegmentHeader { salt, first_seq: 41, prev_seq: 40, prev_batch: 30, prev_time_ms: 999, epoch: 7, gap: false };
    let mut bytes = header.encode().to_vec();
    bytes.resize(BATCHES_AT as usize, 0);
    let batch =
        |number, first_seq| BatchHeader { salt, number, first_seq, body_len: 0, count: 0, epoch: 7, body_crc: 0 };
    let (one, three) = ([Bytes::from_static(b"o"), Bytes::from_static(b"ne")], [Bytes::from_static(b"\0three\xff")]);
    let mut buffer = Vec::new();
    encode_batch(&mut buffer, batch(31, 41), [(1, 1_000, &one[..]), (2, 1_000, &[])].into_iter());
    bytes.extend_from_slice(&buffer);
    encode_batch(&mut buffer, batch(32, 43), [(255, 1_005, &three[..])].into_iter());
    bytes.extend_from_slice(&buffer);
    bytes
}

#[test]
fn mutated_segments_are_survived() {
    for seed in 0..2000 {
        let mut rng = Rng::new(seed);
        let mut bytes = golden_bytes();
        for _ in 0..=rng.below(4) {
            let at = (match rng.below(3) {
                0 => rng.below(64),
                _ => BATCHES_AT + rng.below(bytes.len() as u64 - BATCHES_AT),
            }) as usize;
            match rng.below(4) {
                0 => bytes[at] = rng.draw() as u8,
                1 => bytes[at] ^= 1 << rng.below(8),
                2 => bytes.truncate((at + 1).max(5000.min(bytes.len() - 1))),
                _ => bytes.extend_from_within(at..),
            }
        }
        survives(&bytes);
    }
}

#[test]
fn seeds_of_the_fuzz_target_are_survived() {
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/journal")).unwrap() {
        survives(&hostile::segment(&std::fs::read(file.unwrap().path()).unwrap()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..9000)) {
        survives(&bytes);
    }

    #[test]
    fn any_program_is_survived(program in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&hostile::segment(&program));
    }

    /// A header with a right checksum may still lie.
    #[test]
    fn lying_headers_are_survived(first in any::<u64>(), prev in any::<u64>(), number in any::<u64>(),
                                  len in any::<u64>(), count in any::<u32>(), body in any::<[u8; 40]>()) {
        let header = SegmentHeader { salt: 1, first_seq: 41, prev_seq: prev, prev_batch: number.wrapping_sub(1),
            prev_time_ms: 0, epoch: count, gap: first % 2 == 0 };
        let mut bytes = header.encode().to_vec();
        bytes.resize(BATCHES_AT as usize, 0);
        let batch = BatchHeader { salt: 1, number, first_seq: 41, body_len: len % 50, count, epoch: 1,
            body_crc: 0 };
        let mut encoded = Vec::new();
        encode_batch(&mut encoded, batch, [(1, 5, &[Bytes::copy_from_slice(&body)][..])].into_iter());
        bytes.extend_from_slice(&encoded);
        let _ = decode_body(&BatchHeader { body_len: 40, ..batch }, &Bytes::copy_from_slice(&body));
        bytes.extend_from_slice(&BatchHeader { body_len: len, ..batch }.encode());
        let disk = disk();
        disk.open(&path(41), Open::CreateNew).unwrap().write_all_at(&bytes, 0).unwrap();
        if let Ok(journal) = open(&disk) {
            let _ = journal.replay(0).unwrap().count();
            let _ = add(&journal, "x");
        }
    }
}
