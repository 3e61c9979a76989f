// SPDX-License-Identifier: AGPL-3.0-or-later
//! Identifiers of mailboxes and messages that never change (RFC 8474). Copies of a message have one identifier, since it is
//! made of its content. A thread's is made of the oldest Message-ID that its messages refer to: a conversation gets its number
//! only when a second message comes, and an identifier must not change.

use mailbox::{Item, ItemId};
use std::fmt::Write as _;

/// Of the 32 of a digest: as many as make two different messages with one identifier impossible in practice.
const DIGEST_OCTETS: usize = 16;

/// Item ids are never given twice in one account.
pub fn of_mailbox(id: ItemId) -> String {
    format!("F{id}")
}

pub fn of_message(item: &Item) -> String {
    let Some(digest) = &item.digest else { return format!("I{}", item.id) };
    hex('M', &digest.0)
}

/// The same for all messages of one content, as they refer to the same one. What refers to nothing, and has no name itself, is a
/// thread of its own.
pub fn of_thread(item: &Item) -> String {
    match item.thread_hash {
        0 => of_message(item).replacen(char::is_alphabetic, "T0", 1),
        hash => hex('T', &hash.to_be_bytes()),
    }
}

fn hex(first: char, octets: &[u8]) -> String {
    let mut out = String::from(first);
    for octet in octets.iter().take(DIGEST_OCTETS) {
        let _infallible = write!(out, "{octet:02x}");
    }
    out
}
