// SPDX-License-Identifier: AGPL-3.0-or-later
//! The identifiers that every room shares. Newtypes, so that a UID is never taken for an item id.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, Encode, Decode)]
        #[serde(transparent)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A mailbox of this server. Never reused.
    MailboxId(u32)
}
id! {
    /// An item of one mailbox: folder, tag, message, conversation, saved search … Never reused within the mailbox.
    ItemId(u32)
}
id! {
    /// IMAP unique identifier of a message within its folder (RFC 9051 §2.3.1.1). Starts at 1; 0 means "none".
    Uid(u32)
}
id! {
    /// Change number of a mailbox: plus one per transaction. Serves IMAP MODSEQ (RFC 7162), SOAP sync tokens and ETags.
    ModSeq(u64)
}
id! {
    /// Sequence number of a journal record. Starts at 1; 0 means "nothing yet".
    Seq(u64)
}

/// System folders have the fixed ids that Zimbra's clients know. User items start at [`ItemId::FIRST_USER`].
impl ItemId {
    pub const USER_ROOT: ItemId = ItemId(1);
    pub const INBOX: ItemId = ItemId(2);
    pub const TRASH: ItemId = ItemId(3);
    pub const JUNK: ItemId = ItemId(4);
    pub const SENT: ItemId = ItemId(5);
    pub const DRAFTS: ItemId = ItemId(6);
    pub const CONTACTS: ItemId = ItemId(7);
    pub const TAGS: ItemId = ItemId(8);
    pub const CONVERSATIONS: ItemId = ItemId(9);
    pub const CALENDAR: ItemId = ItemId(10);
    pub const ROOT: ItemId = ItemId(11);
    pub const EMAILED_CONTACTS: ItemId = ItemId(13);
    pub const CHATS: ItemId = ItemId(14);
    pub const TASKS: ItemId = ItemId(15);
    pub const BRIEFCASE: ItemId = ItemId(16);
    pub const FIRST_USER: ItemId = ItemId(256);
}

/// SHA-256 of a message's RFC 5322 bytes as they were delivered (before any compression).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Digest(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 32],
);

impl Digest {
    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        digits.map(|digit| DIGITS[usize::from(digit)]).collect()
    }

    /// The reverse of [`Digest::to_hex`]; `None` unless it is exactly 64 hexadecimal digits.
    pub fn from_hex(hex: &str) -> Option<Digest> {
        let hex = hex.as_bytes();
        if hex.len() != 64 {
            return None;
        }
        let mut out = [0; 32];
        for (byte, pair) in out.iter_mut().zip(hex.chunks_exact(2)) {
            let (high, low) = ((pair[0] as char).to_digit(16)?, (pair[1] as char).to_digit(16)?);
            *byte = (high * 16 + low) as u8;
        }
        Some(Digest(out))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}
