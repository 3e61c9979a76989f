// SPDX-License-Identifier: AGPL-3.0-or-later
//! Random operations, the power goes at a random sync, and again, and again: every acknowledged record is there, none
//! that failed is, and of the unknown ones only a prefix of those that were in flight.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod common;

use bytes::Bytes;
use common::*;
use fs::{Rng, SimFs};
use ph_journal::Journal;

/// What the test knows: payloads by sequence, from 1.
#[derive(Default)]
struct Model {
    durable: Vec<String>,
    retired: u64,
    counter: u64,
}

impl Model {
    fn check(&mut self, journal: &Journal, unknown: &[String], context: &str) {
        let records = replay(journal, 0);
        assert!(journal.first() <= self.retired + 1, "{context}: retired too much");
        assert_eq!(records.first().map_or(journal.last() + 1, |record| record.seq), journal.first(), "{context}");
        for record in &records {
            let payload = String::from_utf8(record.payload.to_vec()).unwrap();
            match self.durable.get(record.seq as usize - 1) {
                Some(known) => assert!(*known == payload, "{context}: record {}", record.seq),
                None => {
                    let index = record.seq as usize - 1 - self.durable.len();
                    assert_eq!(
                        unknown.get(index),
                        Some(&payload),
                        "{context}: record {} came from nowhere",
                        record.seq
                    );
                }
            }
        }
        assert!(journal.last() >= self.durable.len() as u64, "{context}: lost {}", self.durable.len());
        let surplus = journal.last() as usize - self.durable.len();
        assert!(surplus <= unknown.len(), "{context}");
        self.durable.extend_from_slice(&unknown[..surplus]);
    }
}

/// Works until the power is gone; what was in flight then.
fn work(disk: &SimFs, journal: &Journal, model: &mut Model, rng: &mut Rng) -> Vec<String> {
    while disk.is_powered() {
        match rng.below(10) {
            0 => {
                let upto = rng.below(model.durable.len() as u64 + 1);
                // Whether it failed or not, these may be gone.
                model.retired = model.retired.max(upto);
                let _ = journal.retire(upto);
            }
            1 => disk.faults().fail_syncs(rng.below(4)),
            2 => disk.faults().set_short_writes(rng.coin()),
            3 => disk.faults().set_space(rng.coin().then_some(rng.below(30_000))),
            4 => disk.faults().clear(),
            _ => {
                let unknown = append_some(disk, journal, model, rng);
                if !unknown.is_empty() {
                    // No power, or soon none.
                    return unknown;
                }
            }
        }
    }
    Vec::new()
}

fn append_some(disk: &SimFs, journal: &Journal, model: &mut Model, rng: &mut Rng) -> Vec<String> {
    let mut pending = Vec::new();
    for _ in 0..=rng.below(5) {
        model.counter += 1;
        let payload = format!("{}:{}", model.counter, "p".repeat(rng.below(3000) as usize));
        if let Ok(queued) = journal.append(1, vec![Bytes::from(payload.clone())]) {
            pending.push((queued, payload));
        }
    }
    let mut failed: Vec<String> = Vec::new();
    let mut failed_from = 0;
    for (queued, payload) in pending {
        let seq = queued.seq;
        match queued.wait() {
            Ok(()) => {
                // Appended after the failure: what failed before is dead.
                failed.clear();
                assert_eq!(seq, model.durable.len() as u64 + 1);
                model.durable.push(payload);
            }
            Err(_) => {
                // A number that is given again says that the failure before was final.
                if failed.is_empty() || seq <= failed_from {
                    failed.clear();
                    failed_from = seq;
                }
                failed.push(payload);
            }
        }
    }
    if failed.is_empty() || journal.generation() == 0 {
        return failed;
    }
    // A failure is final once the journal takes records again. While it can't (the disk took neither the cut nor a new
    // segment), what failed last may come back after a power cut.
    loop {
        if !disk.is_powered() {
            return failed;
        }
        model.counter += 1;
        let payload = format!("{}:probe", model.counter);
        let Ok(queued) = journal.append(1, vec![Bytes::from(payload.clone())]) else {
            match rng.below(3) {
                0 => return failed,
                _ => disk.faults().clear(),
            }
            continue;
        };
        if queued.wait().is_ok() {
            model.durable.push(payload);
            return Vec::new();
        }
        failed = vec![payload];
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_failed_returns() {
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let mut disk = disk();
        let mut model = Model::default();
        for life in 0..4 {
            let context = format!("seed {seed}, life {life}");
            // The power may also go while the journal opens.
            let syncs = if rng.below(4) == 0 { 4 } else { 60 };
            disk.cut_at_sync(1 + rng.below(syncs));
            let mut unknown = Vec::new();
            if let Ok(journal) = open(&disk)
                && disk.is_powered()
            {
                model.check(&journal, &[], &context);
                unknown = work(&disk, &journal, &mut model, &mut rng);
            }
            disk = disk.power_cut(rng.draw());
            let journal = open(&disk).unwrap_or_else(|e| panic!("{context}: {e}"));
            model.check(&journal, &unknown, &context);
        }
    }
}
