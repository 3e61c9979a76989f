// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod common;

use bytes::Bytes;
use common::*;
use fs::Fs;
use ph_journal::{Error, Journal, Options};
use std::sync::Arc;

#[test]
fn what_is_appended_is_replayed_after_a_reopen() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    assert_eq!((journal.last(), journal.synced(), journal.first(), journal.epoch()), (0, 0, 1, 1));
    assert_eq!(add(&journal, "one").unwrap(), 1);
    let parts = vec![Bytes::from_static(b"t"), Bytes::new(), Bytes::from_static(b"wo")];
    let pending = journal.append(9, parts).unwrap();
    assert_eq!((pending.seq, journal.last()), (2, 2));
    pending.wait().unwrap();
    assert_eq!(journal.synced(), 2);
    assert_eq!(payloads(&journal), ["one", "two"]);
    drop(journal);
    let journal = open(&disk).unwrap();
    let records = replay(&journal, 1);
    assert_eq!((records.len(), records[0].seq, records[0].kind, records[0].epoch), (1, 2, 9, 1));
    assert_eq!((journal.epoch(), journal.last()), (2, 2));
    assert_eq!(add(&journal, "three").unwrap(), 3);
    assert_eq!(payloads(&journal), ["one", "two", "three"]);
    assert_eq!(replay(&journal, 2)[0].epoch, 2);
}

#[test]
fn dropping_the_journal_writes_what_is_queued() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    for n in 0..100 {
        journal.append(1, vec![Bytes::from(n.to_string())]).unwrap();
    }
    drop(journal);
    assert_eq!(payloads(&open(&disk).unwrap()).len(), 100);
}

#[test]
fn segments_roll_and_retire() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    for n in 0..50 {
        add(&journal, &format!("{n}{}", "x".repeat(1000))).unwrap();
    }
    assert!(segments(&disk).len() > 3);
    assert!(journal.bytes() > 50_000);
    assert_eq!(payloads(&journal).len(), 50);
    journal.retire(20).unwrap();
    let first = journal.first();
    assert!(first > 1 && first <= 21, "{first}");
    assert_eq!(replay(&journal, first - 1).len() as u64, 50 - first + 1);
    assert_eq!(replay(&journal, 40).first().unwrap().seq, 41);
    journal.retire(50).unwrap();
    assert_eq!((journal.first(), segments(&disk).len()), (51, 1));
    assert!(replay(&journal, 0).is_empty());
    drop(journal);
    // Nothing is left but the counters.
    let journal = open(&disk).unwrap();
    assert_eq!((journal.last(), journal.first(), segments(&disk).len()), (50, 51, 1));
    assert_eq!(add(&journal, "next").unwrap(), 51);
    drop(journal);
    let journal = open(&disk).unwrap();
    assert_eq!(replay(&journal, 0)[0].seq, 51);
}

#[test]
fn large_records_get_a_segment_of_their_size() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    add(&journal, "small").unwrap();
    let large = "y".repeat(OPTIONS.record_bytes_max);
    add(&journal, &large).unwrap();
    add(&journal, "small again").unwrap();
    assert_eq!(payloads(&journal), ["small", &large, "small again"]);
    let refused = journal.append(1, vec![Bytes::from(vec![0; OPTIONS.record_bytes_max + 1])]);
    assert!(matches!(refused.err().unwrap(), Error::RecordTooLarge(_)));
    drop(journal);
    assert_eq!(payloads(&open(&disk).unwrap()).len(), 3);
}

#[test]
fn many_threads_on_a_real_disk() {
    let temporary = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes_max: 1 << 20, record_bytes_max: 1 << 20 };
    let journal = Journal::open(Arc::new(fs::RealFs), temporary.path(), options.clone()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                for n in 0..100 {
                    add(journal, &format!("{thread}/{n}/{}", "z".repeat(5000))).unwrap();
                }
            });
        }
    });
    let check = |journal: &Journal| {
        let records = replay(journal, 0);
        assert_eq!(records.len(), 800);
        assert!(records.windows(2).all(|w| w[0].seq + 1 == w[1].seq && w[0].time_ms <= w[1].time_ms));
    };
    check(&journal);
    drop(journal);
    let journal = Journal::open(Arc::new(fs::RealFs), temporary.path(), options).unwrap();
    check(&journal);
    journal.retire(800).unwrap();
    let names =
        fs::RealFs.read_dir(temporary.path()).unwrap().into_iter().map(|entry| entry.name.into_string().unwrap());
    let (segments, spares): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with(".seg"));
    assert_eq!((segments.len(), spares.len()), (1, 2));
}

#[test]
fn retired_segments_are_used_again_and_their_records_stay_dead() {
    let disk = disk();
    for life in 0..6 {
        let journal = open(&disk).unwrap();
        let before = journal.last();
        for n in 0..40 {
            add(&journal, &format!("{life}/{n}{}", "x".repeat(1000))).unwrap();
        }
        assert_eq!(replay(&journal, before).len(), 40);
        if life % 2 == 0 {
            journal.retire(journal.last()).unwrap();
        }
        let seen = payloads(&journal);
        drop(journal);
        assert_eq!(payloads(&open(&disk).unwrap()), seen);
    }
}
