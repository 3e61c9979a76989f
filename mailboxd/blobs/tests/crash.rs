// SPDX-License-Identifier: AGPL-3.0-or-later
//! Power cuts, killed processes, full and failing disks, sweeps at the wrong moment.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod common;

use bytes::Bytes;
use common::*;
use fs::{Fs, Open, Rng, SimFs};
use ids::{Digest, ItemId};
use ph_blobs::{Blobs, Error};
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// What the journal would hold.
enum Entry {
    Deliver { item: u32, digest: Digest, inline: Option<Bytes> },
    Delete { item: u32 },
}

/// What recovery does with the records behind the checkpoint.
fn replay(blobs: &Blobs, journal: &[Entry]) {
    for entry in journal {
        match entry {
            Entry::Deliver { item, digest, inline } => {
                if !blobs.check(*digest).unwrap() {
                    let stored = inline.as_ref().expect("a spilled body is durable before its record");
                    blobs.put(*digest, stored).unwrap();
                }
                blobs.link(*digest, BOX, ItemId(*item), REV).unwrap();
            }
            Entry::Delete { item } => blobs.unlink(BOX, ItemId(*item), REV).unwrap(),
        }
    }
}

fn verify(blobs: &Blobs, model: &BTreeMap<u32, Vec<u8>>, context: &str) {
    for (item, text) in model {
        assert!(read(blobs, *item).as_ref() == Some(text), "{context}: item {item}");
    }
    let items: Vec<u32> = blobs.items(BOX).unwrap().into_iter().map(|(item, _)| item.0).collect();
    assert_eq!(items, model.keys().copied().collect::<Vec<_>>(), "{context}");
}

#[test]
fn replay_restores_every_item_after_any_power_cut() {
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let mut disk = SimFs::with_links_max(5);
        let mut compress = rng.coin();
        let mut journal = Vec::new();
        let mut model = BTreeMap::new();
        let mut next_item = 1;
        for life in 0..3 {
            let context = format!("seed {seed}, life {life}");
            let blobs = open(&disk, compress).unwrap();
            replay(&blobs, &journal);
            verify(&blobs, &model, &context);
            for _ in 0..rng.below(40) {
                match rng.below(10) {
                    0 => {
                        // A checkpoint.
                        blobs.sync().unwrap();
                        journal.clear();
                    }
                    1 => drop(blobs.sweep().unwrap()),
                    2 | 3 => {
                        let Some(item) = model.keys().nth(rng.below(model.len().max(1) as u64) as usize).copied()
                        else {
                            continue;
                        };
                        journal.push(Entry::Delete { item });
                        blobs.unlink(BOX, ItemId(item), REV).unwrap();
                        model.remove(&item);
                    }
                    _ => {
                        let size = if rng.coin() { rng.below(1000) } else { 1001 + rng.below(9000) };
                        let text = message(rng.below(6) as u32, size as usize / 300 * 300);
                        let staged = stage(&blobs, &text).unwrap();
                        let entry =
                            Entry::Deliver { item: next_item, digest: staged.digest, inline: staged.inline.clone() };
                        journal.push(entry);
                        if let Some(stored) = &staged.inline {
                            blobs.put(staged.digest, stored).unwrap();
                        }
                        blobs.link(staged.digest, BOX, ItemId(next_item), REV).unwrap();
                        model.insert(next_item, text);
                        next_item += 1;
                    }
                }
            }
            verify(&blobs, &model, &context);
            disk = disk.power_cut(rng.draw());
            compress = compress != (rng.below(4) == 0);
        }
    }
}

#[test]
fn a_spilled_body_is_durable_once_finish_returns() {
    for seed in 0..200 {
        let disk = SimFs::new();
        let blobs = open(&disk, seed % 2 == 0).unwrap();
        let text = message(1, 3000);
        let staged = stage(&blobs, &text).unwrap();
        let blobs = open(&disk.power_cut(seed), seed % 2 == 0).unwrap();
        assert!(blobs.check(staged.digest).unwrap(), "seed {seed}");
    }
}

#[test]
fn a_spilled_body_that_finds_an_unsynced_anchor_makes_it_durable() {
    for seed in 0..200 {
        let disk = SimFs::new();
        let blobs = open(&disk, false).unwrap();
        let text = message(1, 3000);
        let digest = stage(&SimFs::new().then_open(), &text).unwrap().digest;
        blobs.put(digest, &Bytes::from(text.clone())).unwrap();
        stage(&blobs, &text).unwrap();
        let blobs = open(&disk.power_cut(seed), false).unwrap();
        assert!(blobs.check(digest).unwrap(), "seed {seed}");
    }
}

trait ThenOpen {
    fn then_open(self) -> Blobs;
}

impl ThenOpen for SimFs {
    fn then_open(self) -> Blobs {
        open(&self, false).unwrap()
    }
}

#[test]
fn a_killed_process_leaves_a_short_anchor_and_the_next_put_sees_it() {
    let disk = SimFs::new();
    let blobs = open(&disk, false).unwrap();
    let text = message(1, 800);
    let staged = deliver(&blobs, &text, 1).unwrap();
    let path = volume().join("blob").join(&anchors(&disk)[0][..2]).join(&anchors(&disk)[0]);
    disk.open(&path, Open::ReadWrite).unwrap().set_len(300).unwrap();
    deliver(&blobs, &text, 1).unwrap();
    assert_eq!(read(&blobs, 1).unwrap(), text);
    assert!(blobs.check(staged.digest).unwrap());
}

#[test]
fn a_bad_anchor_found_by_check_is_replaced_with_its_links() {
    for compress in [false, true] {
        let disk = SimFs::new();
        let blobs = open(&disk, compress).unwrap();
        let text = message(1, 800);
        let staged = deliver(&blobs, &text, 1).unwrap();
        let path = volume().join("blob").join(&anchors(&disk)[0][..2]).join(&anchors(&disk)[0]);
        disk.corrupt(&path, 20, b"garbage").unwrap();
        assert!(!blobs.check(staged.digest).unwrap());
        // Perhaps the volume's setting was changed in between.
        for now in [compress, !compress] {
            let blobs = open(&disk, now).unwrap();
            assert!(!blobs.check(staged.digest).unwrap() || now != compress);
            deliver(&blobs, &text, 1).unwrap();
            assert_eq!(read(&blobs, 1).unwrap(), text);
            assert!(blobs.check(staged.digest).unwrap());
        }
    }
}

#[test]
fn a_full_or_failing_disk_refuses_and_leaves_nothing_behind() {
    let disk = SimFs::new();
    let blobs = open(&disk, false).unwrap();
    let text = message(1, 5000);
    disk.faults().set_space(Some(2000));
    match deliver(&blobs, &text, 1) {
        Err(Error::Io { source, .. }) => assert_eq!(source.kind(), ErrorKind::StorageFull),
        other => panic!("{other:?}"),
    }
    let small = message(2, 900);
    let staged = stage(&blobs, &small).unwrap();
    disk.faults().set_space(Some(100));
    assert!(blobs.put(staged.digest, staged.inline.as_ref().unwrap()).is_err());
    assert!(anchors(&disk).is_empty());
    disk.faults().clear();
    disk.faults().fail_syncs(1);
    assert!(deliver(&blobs, &text, 1).is_err());
    assert!(anchors(&disk).is_empty(), "no name for bytes that may be lost");
    disk.faults().set_short_writes(true);
    deliver(&blobs, &text, 1).unwrap();
    deliver(&blobs, &small, 2).unwrap();
    assert_eq!(read(&blobs, 1).unwrap(), text);
    assert_eq!(read(&blobs, 2).unwrap(), small);
    disk.faults().clear();
    disk.faults().fail_syncs(1);
    assert!(blobs.sync().is_err());
    blobs.sync().unwrap();
    assert!(disk.read_dir(&volume().join("tmp")).unwrap().is_empty());
}

#[test]
fn a_sweep_spares_what_is_staged_or_may_be_replayed() {
    let disk = SimFs::new();
    let blobs = open(&disk, false).unwrap();
    let staged = stage(&blobs, &message(1, 5000)).unwrap();
    let part = staged.content.slice(10..20);
    deliver(&blobs, &message(2, 5000), 2).unwrap();
    blobs.unlink(BOX, ItemId(2), REV).unwrap();
    assert_eq!(blobs.sweep().unwrap(), (0, 0));
    blobs.sync().unwrap();
    assert_eq!(blobs.sweep().unwrap(), (0, 0), "one sync is not enough");
    blobs.sync().unwrap();
    assert_eq!(blobs.sweep().unwrap(), (1, 5000), "the staged one is still held");
    drop(staged);
    assert_eq!(blobs.sweep().unwrap(), (0, 0), "by a part of it");
    drop(part);
    assert_eq!(blobs.sweep().unwrap(), (1, 5000));
    // What a crash leaves in tmp goes at open.
    disk.open(&volume().join("tmp/00000000000000ff"), Open::CreateNew).unwrap();
    assert_eq!(blobs.sweep().unwrap().0, 1);
}

#[test]
fn sweeps_and_deliveries_at_once() {
    let temporary = tempfile::tempdir().unwrap();
    let options = ph_blobs::Options { compress: false, inline_max: INLINE_MAX };
    let blobs = Blobs::open(std::sync::Arc::new(fs::RealFs), temporary.path(), options).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u32 {
            let blobs = &blobs;
            scope.spawn(move || {
                for n in 0..60 {
                    let item = thread * 1000 + n;
                    // All threads deliver and delete the same few messages.
                    let text = message(n % 3, if n % 2 == 0 { 500 } else { 4000 });
                    deliver(blobs, &text, item).unwrap();
                    assert!(read(blobs, item).unwrap() == text);
                    blobs.unlink(BOX, ItemId(item), REV).unwrap();
                }
            });
        }
        for _ in 0..10 {
            blobs.sync().unwrap();
            blobs.sweep().unwrap();
        }
    });
    blobs.sync().unwrap();
    blobs.sync().unwrap();
    blobs.sweep().unwrap();
    assert!(blobs.items(BOX).unwrap().is_empty());
    let left: usize =
        (0..=255u8).map(|s| std::fs::read_dir(temporary.path().join(format!("blob/{s:02x}"))).unwrap().count()).sum();
    assert_eq!(left, 0);
}

#[test]
fn a_sync_that_succeeds_after_one_that_failed_means_it() {
    for seed in 0..100 {
        let disk = SimFs::new();
        let blobs = open(&disk, seed % 2 == 0).unwrap();
        let text = message(seed as u32, 900);
        let staged = deliver(&blobs, &text, 1).unwrap();
        disk.faults().fail_syncs(1 + seed % 3);
        while blobs.sync().is_err() {}
        let blobs = open(&disk.power_cut(seed), seed % 2 == 0).unwrap();
        assert!(blobs.check(staged.digest).unwrap(), "seed {seed}");
        assert_eq!(read(&blobs, 1).unwrap(), text);
    }
}
