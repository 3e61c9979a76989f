// SPDX-License-Identifier: AGPL-3.0-or-later
//! Identifiers of mailboxes and messages that never change (RFC 8474). Copies of a message have one identifier, since it is
//! made of its content. There is none for threads: a conversation gets its number when a second message comes, and an
//! identifier must not change.

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
    let mut out = String::from("M");
    for octet in digest.0.iter().take(DIGEST_OCTETS) {
        let _infallible = write!(out, "{octet:02x}");
    }
    out
}
