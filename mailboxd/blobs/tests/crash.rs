// SPDX-License-Identifier: AGPL-3.0-or-later
//! Power cuts, killed processes, full and failing disks, sweeps at the wrong moment.
#![expect(clippy::unwrap_used, reason = "a test")]
mod common;

use bytes::Bytes;
use common::*;
use fs::{Fs, Open, Rng, SimFs};
use ids::{Digest, ItemId};
use ph_blobs::{Blobs, Error, Options, Swept};
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// What the journal would hold.
enum Entry {
    Deliver { item: u32, digest: Digest, inline: Option<Bytes> },
    Delete { item: u32, digest: Digest },
}

/// What recovery does with the records behind the checkpoint.
fn replay(blobs: &Blobs, journal: &[Entry]) {
    for entry in journal {
        match entry {
            Entry::Deliver { item, digest, inline } => {
                if let Some(stored) = inline {
                    blobs.restore(*digest, stored).unwrap();
                }
                blobs.link(*digest, BOX, ItemId(*item), REV).unwrap();
            }
            Entry::Delete { item, digest } => unlink(blobs, *item, *digest),
        }
    }
}

fn verify(blobs: &Blobs, model: &BTreeMap<u32, Vec<u8>>, context: &str) {
    for (item, text) in model {
        assert!(read(blobs, *item).as_ref() == Some(text), "{context}: item {item}");
    }
    let mut items: Vec<u32> = blobs.items(BOX).unwrap().into_iter().map(|(item, _)| item.0).collect();
    items.sort_unstable();
    assert_eq!(items, model.keys().copied().collect::<Vec<_>>(), "{context}");
}

/// One machine that is switched off again and again.
struct Life<'a> {
    blobs: Blobs,
    journal: &'a mut Vec<Entry>,
    model: &'a mut BTreeMap<u32, Vec<u8>>,
    next_item: &'a mut u32,
}

impl Life<'_> {
    fn step(&mut self, rng: &mut Rng) {
        match rng.below(10) {
            0 => {
                self.blobs.sync().unwrap();
                self.journal.clear();
                self.blobs.sweep().unwrap();
            }
            1 | 2 if !self.model.is_empty() => {
                let nth = rng.below(self.model.len() as u64) as usize;
                let item = *self.model.keys().nth(nth).unwrap();
                let text = self.model.remove(&item).unwrap();
                let digest = ph_blobs::digest(&text);
                self.journal.push(Entry::Delete { item, digest });
                unlink(&self.blobs, item, digest);
            }
            _ => self.deliver(rng),
        }
    }

    fn deliver(&mut self, rng: &mut Rng) {
        let size = if rng.coin() { rng.below(1_000) } else { 1_001 + rng.below(9_000) };
        // few enough to come again
        let text = message(rng.below(6) as u32, size as usize / 300 * 300);
        let staged = stage(&self.blobs, &text).unwrap();
        let item = *self.next_item;
        self.journal.push(Entry::Deliver { item, digest: staged.digest, inline: staged.inline.clone() });
        if let Some(stored) = &staged.inline {
            self.blobs.put(staged.digest, stored).unwrap();
        }
        self.blobs.link(staged.digest, BOX, ItemId(item), REV).unwrap();
        self.model.insert(item, text);
        *self.next_item += 1;
    }
}

#[test]
fn replay_restores_every_item_after_any_power_cut() {
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let mut disk = SimFs::with_links_max(5);
        let mut compress = rng.coin();
        let (mut journal, mut model, mut next_item) = (Vec::new(), BTreeMap::new(), 1);
        for life in 0..4 {
            let context = format!("seed {seed}, life {life}");
            let blobs = open(&disk, compress);
            replay(&blobs, &journal);
            verify(&blobs, &model, &context);
            let mut life = Life { blobs, journal: &mut journal, model: &mut model, next_item: &mut next_item };
            for _ in 0..rng.below(40) {
                life.step(&mut rng);
            }
            let blobs = life.blobs;
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
        let text = message(1, 3_000);
        let staged = stage(&open(&disk, seed % 2 == 0), &text).unwrap();
        let blobs = open(&disk.power_cut(seed), seed % 2 == 0);
        blobs.link(staged.digest, BOX, ItemId(1), REV).unwrap();
        assert_eq!(read(&blobs, 1).unwrap(), text, "seed {seed}");
    }
}

#[test]
fn a_spilled_body_that_finds_an_unsynced_anchor_makes_it_durable() {
    for seed in 0..200 {
        let disk = SimFs::new();
        let blobs = open(&disk, false);
        let text = message(1, 3_000);
        // as when the limit was higher
        blobs.put(ph_blobs::digest(&text), &Bytes::from(text.clone())).unwrap();
        let staged = stage(&blobs, &text).unwrap();
        let blobs = open(&disk.power_cut(seed), false);
        blobs.link(staged.digest, BOX, ItemId(1), REV).unwrap();
        assert_eq!(read(&blobs, 1).unwrap(), text, "seed {seed}");
    }
}

/// The copy that goes on when a file has all the links it can have: no record holds its bytes.
#[test]
fn a_second_anchor_is_durable_before_anything_links_to_it() {
    for seed in 0..200 {
        let disk = SimFs::with_links_max(3);
        let blobs = open(&disk, seed % 2 == 0);
        let text = message(1, 3_000);
        let digest = stage(&blobs, &text).unwrap().digest;
        blobs.sync().unwrap();
        for item in 1..=3 {
            blobs.link(digest, BOX, ItemId(item), REV).unwrap();
        }
        let blobs = open(&disk.power_cut(seed), seed % 2 == 0);
        for item in 1..=3 {
            blobs.link(digest, BOX, ItemId(item), REV).unwrap();
            assert_eq!(read(&blobs, item).unwrap(), text, "seed {seed}, item {item}");
        }
    }
}

#[test]
fn the_half_of_another_writer_is_completed_with_its_links() {
    let disk = SimFs::new();
    let blobs = open(&disk, false);
    let text = message(1, 800);
    deliver(&blobs, &text, 1).unwrap();
    disk.open(&anchors(&disk)[0], Open::ReadWrite).unwrap().set_len(300).unwrap();
    deliver(&blobs, &text, 2).unwrap();
    assert_eq!((read(&blobs, 1).unwrap(), read(&blobs, 2).unwrap()), (text.clone(), text));
}

#[test]
fn restore_mends_a_damaged_anchor_with_its_links() {
    for compress in [false, true] {
        let disk = SimFs::new();
        let text = message(1, 800);
        let staged = deliver(&open(&disk, compress), &text, 1).unwrap();
        // Perhaps the volume's setting was changed in between.
        for now in [compress, !compress] {
            disk.corrupt(&anchors(&disk)[0], 20, b"garbage").unwrap();
            let blobs = open(&disk, now);
            blobs.restore(staged.digest, staged.inline.as_ref().unwrap()).unwrap();
            assert_eq!(read(&blobs, 1).unwrap(), text);
        }
    }
}

#[test]
fn a_full_or_failing_disk_refuses_and_leaves_nothing_behind() {
    let disk = SimFs::new();
    let blobs = open(&disk, false);
    let (text, small) = (message(1, 5_000), message(2, 900));
    disk.faults().set_space(Some(2_000));
    match deliver(&blobs, &text, 1) {
        Err(Error::Io { source, .. }) => assert_eq!(source.kind(), ErrorKind::StorageFull),
        other => panic!("{other:?}"),
    }
    let staged = stage(&blobs, &small).unwrap();
    disk.faults().set_space(Some(100));
    blobs.put(staged.digest, staged.inline.as_ref().unwrap()).unwrap_err();
    assert!(anchors(&disk).is_empty());
    disk.faults().clear();
    disk.faults().fail_syncs(1);
    deliver(&blobs, &text, 1).unwrap_err();
    assert!(anchors(&disk).is_empty(), "no name for bytes that may be lost");
    disk.faults().set_short_writes(true);
    deliver(&blobs, &text, 1).unwrap();
    deliver(&blobs, &small, 2).unwrap();
    assert_eq!((read(&blobs, 1).unwrap(), read(&blobs, 2).unwrap()), (text, small));
    assert!(disk.read_dir(&volume().join("tmp")).unwrap().is_empty());
}

/// Unless what may have been lost is written again, a good sync after a bad one means nothing.
#[test]
fn what_a_failed_sync_may_have_lost_is_durable_once_it_is_restored_and_synced() {
    for seed in 0..100 {
        let disk = SimFs::new();
        let blobs = open(&disk, seed % 2 == 0);
        let text = message(seed as u32, 900);
        let staged = deliver(&blobs, &text, 1).unwrap();
        disk.faults().fail_syncs(1);
        blobs.sync().unwrap_err();
        assert!(blobs.is_unsure());
        blobs.restore(staged.digest, staged.inline.as_ref().unwrap()).unwrap();
        blobs.link(staged.digest, BOX, ItemId(1), REV).unwrap();
        blobs.sync().unwrap();
        assert!(!blobs.is_unsure());
        let blobs = open(&disk.power_cut(seed), seed % 2 == 0);
        assert_eq!(read(&blobs, 1).unwrap(), text, "seed {seed}");
    }
}

#[test]
fn a_sweep_spares_what_is_on_its_way() {
    let disk = SimFs::new();
    let blobs = open(&disk, false);
    let held = stage(&blobs, &message(1, 5_000)).unwrap();
    let gone = deliver(&blobs, &message(2, 5_000), 2).unwrap().digest;
    unlink(&blobs, 2, gone);
    assert_eq!(blobs.sweep_all().unwrap(), Swept { files: 1, bytes: 5_000 }, "the staged one is held");
    blobs.link(held.digest, BOX, ItemId(1), REV).unwrap();
    drop(held);
    assert_eq!(blobs.sweep_all().unwrap(), Swept::default(), "it has a link");
    unlink(&blobs, 1, ph_blobs::digest(&message(1, 5_000)));
    assert_eq!(blobs.sweep().unwrap(), Swept { files: 1, bytes: 5_000 });
    // a crash leaves what nobody is going to link to
    drop(stage(&blobs, &message(3, 5_000)).unwrap());
    disk.open(&volume().join("tmp/77"), Open::CreateNew).unwrap();
    let blobs = open(&disk, false);
    assert!(disk.read_dir(&volume().join("tmp")).unwrap().is_empty());
    assert_eq!(blobs.sweep_all().unwrap().files, 1);
}

#[test]
fn sweeps_and_deliveries_at_once() {
    let temporary = tempfile::tempdir().unwrap();
    let options = Options { compress: false, compress_above: 0, inline_max: INLINE_MAX };
    let blobs = Blobs::open(std::sync::Arc::new(fs::RealFs), temporary.path(), options).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u32 {
            let blobs = &blobs;
            scope.spawn(move || {
                for n in 0..60 {
                    let item = thread * 1_000 + n;
                    // All threads deliver and delete the same few messages.
                    let text = message(n % 3, if n % 2 == 0 { 500 } else { 4_000 });
                    let digest = deliver(blobs, &text, item).unwrap().digest;
                    assert!(read(blobs, item).unwrap() == text);
                    unlink(blobs, item, digest);
                }
            });
        }
        for _ in 0..10 {
            blobs.sync().unwrap();
            blobs.sweep().unwrap();
        }
    });
    blobs.sweep().unwrap();
    assert!(blobs.items(BOX).unwrap().is_empty());
    let shards = std::fs::read_dir(temporary.path().join("blob")).unwrap();
    assert_eq!(shards.flat_map(|dir| std::fs::read_dir(dir.unwrap().path()).unwrap()).count(), 0);
}
