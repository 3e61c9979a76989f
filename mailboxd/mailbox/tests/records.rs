// SPDX-License-Identifier: AGPL-3.0-or-later
//! Records of the journal, as octets.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

#[path = "common/effects.rs"]
mod effects;

use proptest::prelude::*;

#[test]
fn seeds_of_the_fuzz_target() {
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/effects")).unwrap() {
        effects::check(&std::fs::read(file.unwrap().path()).unwrap());
    }
}

proptest! {
    #[test]
    fn any_octets(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        effects::check(&payload);
    }
}
