// SPDX-License-Identifier: AGPL-3.0-or-later
//! Disks that fail while the journal runs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod common;

use bytes::Bytes;
use common::*;
use ph_journal::Error;

fn is_not_durable<T>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::NotDurable(_)))
}

#[test]
fn a_failed_sync_fails_the_batch_for_good_and_the_next_goes_through() {
    for extra in 0..40 {
        let disk = disk();
        let journal = open(&disk).unwrap();
        for n in 0..extra % 5 {
            add(&journal, &n.to_string()).unwrap();
        }
        add(&journal, "good").unwrap();
        let (seq, epoch) = (journal.last(), journal.epoch());
        disk.faults().fail_syncs(1);
        assert!(is_not_durable(add(&journal, "failed")));
        assert_eq!((journal.generation(), journal.epoch(), journal.last()), (1, epoch + 1, seq));
        assert_eq!(add(&journal, "after").unwrap(), seq + 1, "the number is given again");
        let seen = payloads(&journal);
        assert!(!seen.contains(&"failed".to_owned()) && seen.ends_with(&["good".into(), "after".into()]));
        let journal = open(&disk.power_cut(extra)).unwrap();
        assert_eq!(payloads(&journal), seen);
    }
}

#[test]
fn a_failed_batch_stays_dead_when_it_could_not_be_cut_off() {
    for seed in 0..100 {
        let disk = disk();
        let journal = open(&disk).unwrap();
        add(&journal, "good").unwrap();
        // The sync of the batch, and the sync of the truncation.
        disk.faults().fail_syncs(2);
        assert!(is_not_durable(add(&journal, "failed")));
        let after = disk.power_cut(seed);
        for _ in 0..2 {
            let journal = open(&after).unwrap();
            assert_eq!(payloads(&journal), ["good"], "seed {seed}");
        }
        let journal = open(&after).unwrap();
        assert_eq!(add(&journal, "next").unwrap(), 2);
    }
}

#[test]
fn while_nothing_can_be_written_append_fails_and_then_recovers() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    add(&journal, "good").unwrap();
    disk.faults().set_all_syncs_fail(true);
    for _ in 0..5 {
        assert!(is_not_durable(add(&journal, "failed")));
        assert_eq!((journal.last(), journal.synced()), (1, 1));
        assert_eq!(payloads(&journal), ["good"]);
    }
    disk.faults().clear();
    assert_eq!(add(&journal, "back").unwrap(), 2);
    disk.faults().set_read_only(true);
    assert!(is_not_durable(add(&journal, "failed")));
    assert!(is_not_durable(add(&journal, "failed")));
    disk.faults().clear();
    assert_eq!(add(&journal, "back again").unwrap(), 3);
    drop(journal);
    assert_eq!(payloads(&open(&disk).unwrap()), ["good", "back", "back again"]);
}

#[test]
fn a_full_disk_defers_until_there_is_space() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    disk.faults().set_space(Some(5000));
    let mut kept = Vec::new();
    // The space of the current segment is reserved, so some go through.
    let refused = loop {
        let payload = format!("{}{}", kept.len(), "x".repeat(3000));
        match add(&journal, &payload) {
            Ok(_) => kept.push(payload),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, Error::NotDurable(_)));
    assert!(!kept.is_empty());
    assert!(is_not_durable(journal.append(1, vec![Bytes::from_static(b"x")])), "append itself says so");
    assert_eq!(payloads(&journal), kept, "reading goes on");
    drop(journal);
    // Opening works too.
    let journal = open(&disk).unwrap();
    assert_eq!(payloads(&journal), kept);
    assert!(is_not_durable(add(&journal, "no")));
    disk.faults().clear();
    kept.push("yes".into());
    add(&journal, "yes").unwrap();
    assert_eq!(payloads(&journal), kept);
}

#[test]
fn short_writes_are_completed() {
    let disk = disk();
    disk.faults().set_short_writes(true);
    let journal = open(&disk).unwrap();
    let payload = "x".repeat(10_000);
    add(&journal, &payload).unwrap();
    assert_eq!(payloads(&open(&disk.power_cut(1)).unwrap()), [payload]);
}

#[test]
fn records_behind_a_failed_one_fail_too() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    add(&journal, "good").unwrap();
    disk.faults().fail_syncs(1);
    let large = Bytes::from(vec![b'x'; OPTIONS.record_bytes_max]);
    let pending: Vec<_> = (0..500).map_while(|_| journal.append(1, vec![large.clone()]).ok()).collect();
    let mut outcomes: Vec<bool> = pending.into_iter().map(|pending| pending.wait().is_ok()).collect();
    assert!(!outcomes.remove(0));
    assert_eq!(journal.generation(), 1);
    // Once one that was appended after the failure got through, all do.
    assert!(outcomes.is_sorted());
    assert_eq!(replay(&journal, 1).len(), outcomes.iter().filter(|durable| **durable).count());
}

#[test]
fn a_record_that_builds_on_a_failed_one_is_refused() {
    let disk = disk();
    let journal = open(&disk).unwrap();
    let generation = journal.generation();
    journal.append_if(generation, 1, vec![Bytes::from_static(b"good")]).unwrap().wait().unwrap();
    disk.faults().fail_syncs(1);
    assert!(is_not_durable(add(&journal, "failed")));
    assert!(is_not_durable(journal.append_if(generation, 1, vec![Bytes::from_static(b"behind")])));
    journal.append_if(journal.generation(), 1, vec![Bytes::from_static(b"anew")]).unwrap().wait().unwrap();
    assert_eq!(payloads(&journal), ["good", "anew"]);
}

#[test]
fn a_retirement_that_fails_half_way_can_be_repeated() {
    for failing in 1..4 {
        let disk = disk();
        let journal = open(&disk).unwrap();
        for n in 0..60 {
            add(&journal, &format!("{n}{}", "x".repeat(1000))).unwrap();
        }
        disk.faults().fail_syncs(failing);
        let _ = journal.retire(40);
        let first = journal.first();
        assert_eq!(replay(&journal, 0).len() as u64, 60 - first + 1);
        disk.faults().clear();
        journal.retire(40).unwrap();
        assert!(journal.first() > first || journal.first() > 30);
        add(&journal, &"y".repeat(12_000)).unwrap();
        add(&journal, &"z".repeat(12_000)).unwrap();
        let seen = payloads(&journal);
        assert_eq!(payloads(&open(&disk.power_cut(failing)).unwrap()), seen);
    }
}
