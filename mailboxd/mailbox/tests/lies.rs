// SPDX-License-Identifier: AGPL-3.0-or-later
//! A test of the test: over a disk that only pretends to sync, the power-cut test finds losses, so it would notice if the
//! store forgot a sync.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;
mod sim;

use std::sync::atomic::Ordering::SeqCst;

/// Seeds until a loss must have been found.
const SEEDS: u64 = 60;

#[test]
fn missing_syncs_are_noticed() {
    type Lie = fn(&sim::watch::Lies);
    let lies: [(&str, Lie); 3] = [
        ("of files", |lies| lies.file_sync.store(true, SeqCst)),
        ("of directories", |lies| lies.dir_sync.store(true, SeqCst)),
        ("of volumes", |lies| lies.volume_sync.store(true, SeqCst)),
    ];
    std::panic::set_hook(Box::new(|_| {}));
    for (what, lie) in lies {
        let noticed = (1..=SEEDS).any(|seed| {
            let outcome = std::panic::catch_unwind(|| sim::cuts::run(seed, &|machine| lie(&machine.watch.lies)));
            !matches!(outcome, Ok(Ok(())))
        });
        if !noticed {
            let _ = std::panic::take_hook();
            panic!("{SEEDS} seeds without a sync {what}, and no loss was found");
        }
    }
    let _ = std::panic::take_hook();
}
