// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who moves a message to Junk, or out of it, says what it is: the scanner learns from that. What a delivery puts into Junk
//! says nothing, as the scanner would learn from itself; nor does a visitor.

use crate::draft::Draft;
use crate::effect::{Effect, Lesson};
use crate::mailbox::Mailbox;
use ids::ItemId;
use metadata::{Flags, Item};

/// As much as the scanner looks at when it judges.
const LESSON_BYTES_MAX: u64 = 512 << 10;

impl Mailbox {
    /// `row`: the message before it goes to `folder`.
    pub(super) fn train(&self, draft: &mut Draft, row: &Item, folder: ItemId) {
        let is_spam = match (row.folder, folder) {
            (ItemId::JUNK, ItemId::JUNK | ItemId::TRASH) => return,
            (ItemId::JUNK, _) => false,
            (_, ItemId::JUNK) => true,
            _ => return,
        };
        if !draft.is_owner() {
            return;
        }
        let is_mail = row.size <= LESSON_BYTES_MAX && !row.flags.contains(Flags::DRAFT);
        if let Some(digest) = row.digest.filter(|_| is_mail && self.shared().config.train) {
            draft.push(Effect::Train(Lesson { digest, is_spam }));
        }
    }
}
