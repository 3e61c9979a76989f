// SPDX-License-Identifier: AGPL-3.0-or-later
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mailboxd/mailbox/tests/common/effects.rs"]
mod effects;

fuzz_target!(|payload: &[u8]| effects::check(payload));
