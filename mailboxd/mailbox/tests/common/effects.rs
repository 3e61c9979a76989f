// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets taken for a record of the journal. The fuzz target `effects` includes this file.

use bytes::Bytes;
use mailbox::Record;

/// What can be read is written as something that reads the same; bodies stay within the payload.
pub fn check(payload: &[u8]) {
    let payload = Bytes::copy_from_slice(payload);
    let Ok((record, bodies)) = Record::decode(1, &payload) else { return };
    assert!(bodies.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() <= payload.len());
    let inline: Vec<Bytes> = bodies.iter().map(|(_, bytes)| bytes.clone()).collect();
    let again = Bytes::from(record.encode(inline).unwrap().concat());
    assert_eq!(Record::decode(1, &again).unwrap(), (record, bodies));
}
