// SPDX-License-Identifier: AGPL-3.0-or-later
//! Faults of the machine while the store runs: full disk, read-only file system, short writes, failing fsync. A client gets a
//! temporary error, reads go on, nothing acknowledged is lost, and it goes on by itself once the fault is mended.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;
mod sim;

use common::message;
use fs::Faults;
use mailbox::{Error, FlagChange, Flags, ItemId, Store, Uid};
use sim::{Machine, Rows, deliver, mailbox_of, verify};

const SMALL: usize = 300;
const LARGE: usize = 9_000;

fn mail(n: usize, octets: usize) -> Vec<u8> {
    message(&format!("{n}@x"), &format!("fault {n}"), None, &format!("{n:06} ").repeat(octets / 7))
}

/// Delivers until the first error (or `max`), and answers what was acknowledged.
fn fill(store: &Store, octets: usize, from: usize, max: usize) -> (Vec<Vec<u8>>, Option<Error>) {
    let mut acknowledged = Vec::new();
    for n in from..from + max {
        let bytes = mail(n, octets);
        match deliver(store, &bytes, &["alice"]).remove(0) {
            Ok(_) => acknowledged.push(bytes),
            Err(error) => return (acknowledged, Some(error)),
        }
    }
    (acknowledged, None)
}

fn inbox(store: &Store) -> Vec<Vec<u8>> {
    let mailbox = mailbox_of(store, "alice");
    let briefs = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap();
    let bytes = |id| mailbox.content(&mailbox.item(id).unwrap()).unwrap().to_vec();
    briefs.into_iter().map(|brief| bytes(brief.id)).collect()
}

/// A fault comes, stays for a while, and goes; then the machine loses its power for good measure.
fn survive(octets: usize, fault: impl Fn(&Faults), is_felt: bool) {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    let (mut expected, none) = fill(&store, octets, 0, 10);
    assert!(none.is_none());
    store.settle().unwrap();
    let kept = inbox(&store);
    assert_eq!(kept, expected);
    fault(&machine.disk.faults());
    let (more, error) = fill(&store, octets, 10, 200);
    expected.extend(more);
    match &error {
        Some(Error::Unavailable(_)) => {}
        Some(other) => panic!("a fault of the machine is no temporary error: {other:?}"),
        None => assert!(!is_felt, "the fault was not felt"),
    }
    // what was readable before stays readable
    let mailbox = mailbox_of(&store, "alice");
    let readable = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap();
    for (brief, bytes) in readable.iter().zip(&kept) {
        assert_eq!(mailbox.content(&mailbox.item(brief.id).unwrap()).unwrap(), bytes[..]);
    }
    let mark = FlagChange { add: Flags::FLAGGED, ..FlagChange::default() };
    if is_felt {
        let changed = mailbox.update_flags(&[readable[0].id], &mark);
        assert!(matches!(changed, Err(Error::Unavailable(_)) | Ok(_)), "{changed:?}");
    }
    machine.disk.faults().clear();
    // no restart; a wait of the store's own (its look at the free space) may pass first
    let (more, error) = patiently(|| fill(&store, octets, 300, 10));
    assert!(error.is_none(), "{error:?}");
    expected.extend(more);
    assert_eq!(inbox(&store), expected);
    verify(&store, "the fault is mended");
    drop((mailbox, store));
    machine.cut(Rows::Lost);
    let store = machine.boot();
    assert_eq!(inbox(&store), expected);
    verify(&store, "after a power cut");
}

/// Until the first delivery succeeds.
fn patiently(work: impl Fn() -> (Vec<Vec<u8>>, Option<Error>)) -> (Vec<Vec<u8>>, Option<Error>) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let outcome = work();
        if !outcome.0.is_empty() || std::time::Instant::now() > until {
            return outcome;
        }
        std::thread::yield_now();
    }
}

#[test]
fn full_disk() {
    for space in [0, 1, 700, 4_096, 30_000, 60_000, 150_000] {
        survive(SMALL, |faults| faults.set_space(Some(space)), space < 100_000);
        survive(LARGE, |faults| faults.set_space(Some(space)), true);
    }
}

#[test]
fn read_only_file_system() {
    survive(SMALL, |faults| faults.set_read_only(true), true);
    survive(LARGE, |faults| faults.set_read_only(true), true);
}

#[test]
fn short_writes_are_written_on() {
    survive(SMALL, |faults| faults.set_short_writes(true), false);
    survive(LARGE, |faults| faults.set_short_writes(true), false);
}

#[test]
fn failing_syncs() {
    for count in [1, 2, 3, 5] {
        survive(SMALL, |faults| faults.fail_syncs(count), true);
        survive(LARGE, |faults| faults.fail_syncs(count), true);
    }
    survive(SMALL, |faults| faults.set_all_syncs_fail(true), true);
}

#[test]
fn a_full_disk_at_the_start_serves_reads() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    let (mut expected, _) = fill(&store, SMALL, 0, 5);
    store.checkpoint().unwrap();
    drop(store);
    machine.cut(Rows::Kept);
    machine.disk.faults().set_space(Some(0));
    let store = machine.boot();
    assert_eq!(inbox(&store), expected);
    // what is taken all the same has found room in the journal
    let (more, error) = fill(&store, SMALL, 5, 1_000);
    assert!(matches!(error, Some(Error::Unavailable(_))), "{error:?}");
    expected.extend(more);
    machine.disk.faults().clear();
    let (more, error) = patiently(|| fill(&store, SMALL, 2_000, 3));
    assert!(more.len() == 3 && error.is_none(), "{error:?}");
    expected.extend(more);
    assert_eq!(inbox(&store), expected);
    verify(&store, "space is back");
}

/// The reserve: changes are refused before the disk is full, so that what is acknowledged can always be applied.
#[test]
fn the_reserve_is_for_what_is_acknowledged() {
    let machine = Machine::new(1);
    let config = mailbox::Config { reserve_bytes: 4 << 20, ..machine.config() };
    let store = Store::open_on(machine.watch.clone(), config).unwrap();
    machine.disk.faults().set_space(Some(6 << 20));
    let (acknowledged, error) = fill(&store, LARGE, 0, 5_000);
    assert!(matches!(error, Some(Error::Unavailable(_))), "{error:?}");
    assert!(machine.disk.faults().space_left() > 0);
    store.settle().unwrap();
    assert_eq!(inbox(&store), acknowledged);
    verify(&store, "at the reserve");
}

/// A failed sync may have dropped pages that no later sync writes, although reads still see them: what the journal holds for
/// these files must not be retired before they were written again.
fn checkpoint_after_failed_sync(seed: u64, between: impl Fn(&Machine, Store) -> Store) {
    let mut machine = Machine::new(seed);
    let store = machine.boot();
    let (mut expected, none) = fill(&store, SMALL, 0, 20);
    assert!(none.is_none());
    expected.extend(fill(&store, LARGE, 20, 5).0);
    store.settle().unwrap();
    machine.disk.faults().set_all_syncs_fail(true);
    assert!(store.checkpoint().is_err());
    machine.disk.faults().clear();
    let store = between(&machine, store);
    store.checkpoint().unwrap();
    drop(store);
    machine.cut(Rows::Lost);
    let store = machine.boot();
    assert_eq!(inbox(&store), expected, "seed {seed}");
    verify(&store, &format!("seed {seed}"));
}

#[test]
fn a_checkpoint_after_a_failed_sync_loses_nothing() {
    for seed in 1..=6 {
        checkpoint_after_failed_sync(seed, |_, store| store);
    }
}

#[test]
fn a_checkpoint_after_a_failed_sync_and_a_restart_loses_nothing() {
    for seed in 1..=6 {
        checkpoint_after_failed_sync(seed, |machine, store| {
            drop(store);
            machine.boot()
        });
    }
}
