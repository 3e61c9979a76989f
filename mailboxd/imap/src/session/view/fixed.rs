// SPDX-License-Identifier: AGPL-3.0-or-later
//! Dates and sizes of the messages of a view. They come with the folder when it is opened, and cost 16 octets a message: they
//! go when the session waits, and are learnt again by the next search that asks for them.

use super::{Fixed, GONE, View};
use mailbox::Brief;

impl Fixed {
    pub(super) fn of(brief: &Brief) -> Fixed {
        Fixed { date_ms: brief.date_ms, size: brief.size }
    }
}

impl View {
    pub fn knows_fixed(&self) -> bool {
        self.fixed.is_some()
    }

    pub fn forget_fixed(&mut self) {
        // A saved search would have to be asked again.
        if self.search.is_none() {
            self.fixed = None;
        }
    }

    /// `briefs`: the folder, by ascending UID. A message that is not there any more has no date; an event says soon that it
    /// is gone.
    pub fn learn_fixed(&mut self, briefs: &[Brief]) {
        let mut briefs = briefs.iter().peekable();
        let fixed = self.messages.iter().map(|entry| {
            while briefs.next_if(|brief| brief.uid < entry.uid).is_some() {}
            briefs.next_if(|brief| brief.uid == entry.uid).map(Fixed::of).unwrap_or_default()
        });
        self.fixed = Some(fixed.collect());
    }

    /// Before the messages that are gone lose their places.
    pub(super) fn expunge_fixed(&mut self) {
        let mut messages = self.messages.iter();
        if let Some(fixed) = &mut self.fixed {
            fixed.retain(|_| messages.next().is_some_and(|entry| entry.flags & GONE == 0));
        }
    }
}
