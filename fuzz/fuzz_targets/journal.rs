// SPDX-License-Identifier: AGPL-3.0-or-later
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mailboxd/journal/tests/common/mod.rs"]
mod common;

fuzz_target!(|program: &[u8]| common::survives(&common::hostile::segment(program)));
