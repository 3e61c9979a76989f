// SPDX-License-Identifier: AGPL-3.0-or-later
//! What one recipient gets of a delivery when a filter has decided: copies in folders, and what is to be remembered of it, all
//! in one record.

use super::deliver::Delivery;
use ids::ItemId;
use metadata::Flags;

#[derive(Debug, Clone)]
pub struct Parcel {
    /// Id of the account in the directory.
    pub account: String,
    pub quota_bytes: u64,
    /// What a scanner marked (X-Spam-Flag) goes to Junk instead of the Inbox.
    pub trusts_spam_flag: bool,
    pub envelope_from: String,
    pub envelope_to: String,
    /// None: nothing is stored.
    pub copies: Vec<ParcelCopy>,
    pub remember: Vec<Remembered>,
}

#[derive(Debug, Clone)]
pub struct ParcelCopy {
    /// Which of the delivery's messages.
    pub message: usize,
    /// Falls back to the Inbox when it is gone.
    pub folder: ItemId,
    pub flags: Flags,
    /// Those that are gone are left out.
    pub tags: Vec<ItemId>,
}

/// See [`crate::Mailbox::remember`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    pub space: u32,
    pub name: String,
    pub ms: i64,
}

impl Delivery {
    pub(super) fn parcel(&self) -> Parcel {
        let copy =
            ParcelCopy { message: 0, folder: self.folder, flags: self.flags.with(Flags::UNREAD), tags: Vec::new() };
        Parcel {
            account: self.account.clone(),
            quota_bytes: self.quota_bytes,
            trusts_spam_flag: self.trusts_spam_flag,
            envelope_from: self.envelope_from.clone(),
            envelope_to: self.envelope_to.clone(),
            copies: vec![copy],
            remember: Vec::new(),
        }
    }
}
