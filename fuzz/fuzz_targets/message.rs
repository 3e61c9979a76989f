// SPDX-License-Identifier: AGPL-3.0-or-later
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../mailboxd/mime/tests/common/message.rs"]
mod message;

fuzz_target!(|octets: &[u8]| {
    message::all_functions(octets);
    ph_imap::fuzz::content(octets);
});
