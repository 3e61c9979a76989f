// SPDX-License-Identifier: AGPL-3.0-or-later
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mailboxd/query/tests/common/mod.rs"]
mod common;

fuzz_target!(|octets: &[u8]| common::round_trip(&String::from_utf8_lossy(octets)));
