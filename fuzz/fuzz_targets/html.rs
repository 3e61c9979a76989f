// SPDX-License-Identifier: AGPL-3.0-or-later
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mailboxd/mime/tests/common/html.rs"]
mod html;

fuzz_target!(|octets: &[u8]| html::check(octets));
