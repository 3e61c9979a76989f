// SPDX-License-Identifier: AGPL-3.0-or-later
//! The orders of a list of messages.

use crate::Flags;

/// Equal keys come by id, in the same direction. Orders by state have the newest first within each state, whichever
/// comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    DateDesc,
    DateAsc,
    SubjectDesc,
    SubjectAsc,
    /// By [`crate::Item::sender_sort`].
    NameDesc,
    NameAsc,
    /// By the first recipient, which no column holds: [`crate::Reader::scan`] hands them out by id.
    RecipientDesc,
    RecipientAsc,
    SizeDesc,
    SizeAsc,
    IdDesc,
    IdAsc,
    /// Unread first.
    ReadDesc,
    ReadAsc,
    /// Flagged first.
    FlagDesc,
    FlagAsc,
    /// With attachments first.
    AttachmentDesc,
    AttachmentAsc,
    /// Urgent first, the unimportant last.
    PriorityDesc,
    PriorityAsc,
}

impl SortBy {
    pub fn is_descending(self) -> bool {
        use SortBy::*;
        match self {
            DateDesc | SubjectDesc | NameDesc | RecipientDesc | SizeDesc | IdDesc => true,
            ReadDesc | FlagDesc | AttachmentDesc | PriorityDesc => true,
            DateAsc | SubjectAsc | NameAsc | RecipientAsc | SizeAsc | IdAsc => false,
            ReadAsc | FlagAsc | AttachmentAsc | PriorityAsc => false,
        }
    }

    /// For an order by state: the flag that ranks a message above those without, and the one that ranks it below.
    pub fn state(self) -> Option<(Flags, Flags)> {
        use SortBy::*;
        match self {
            ReadDesc | ReadAsc => Some((Flags::UNREAD, Flags::default())),
            FlagDesc | FlagAsc => Some((Flags::FLAGGED, Flags::default())),
            AttachmentDesc | AttachmentAsc => Some((Flags::ATTACHMENT, Flags::default())),
            PriorityDesc | PriorityAsc => Some((Flags::URGENT, Flags::LOW_PRIORITY)),
            _ => None,
        }
    }

    /// 1, 0 or -1 for an order by state; 0 for all others.
    pub fn rank(self, flags: Flags) -> i64 {
        let Some((above, below)) = self.state() else { return 0 };
        i64::from(flags.intersects(above)) - i64::from(flags.intersects(below))
    }
}
