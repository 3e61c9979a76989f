// SPDX-License-Identifier: AGPL-3.0-or-later
#![no_main]

#[path = "../../mailboxd/extractd/tests/common/document.rs"]
mod document;

libfuzzer_sys::fuzz_target!(|data: &[u8]| document::check(data));
