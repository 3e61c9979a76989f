// SPDX-License-Identifier: AGPL-3.0-or-later
//! Power cuts by seed, over the file-system seam: clients work, the power goes at the n-th sync, what was not synced is
//! dropped, torn and reordered; after the next start every acknowledged effect is there, nothing is torn, and what was under
//! way happened whole or not at all. The power may go again while the store recovers.
//!
//! `POSTHOUSE_LONG=1` runs many more seeds, `POSTHOUSE_SEED=n` only one. The seed draws operations, the sync at which
//! the power goes, and what the cut takes; how the threads interleave is not drawn, so a failure may need several runs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;
mod sim;

#[test]
fn nothing_acknowledged_is_lost() {
    for seed in sim::seeds(24, 2_000) {
        sim::cuts::run(seed, &|_| {}).unwrap_or_else(|text| panic!("seed {seed}: {text}"));
    }
}
