// SPDX-License-Identifier: AGPL-3.0-or-later
//! Small named things of a mailbox that are no items: Sieve scripts, and what a script must remember from one message to the
//! next. They are journalled like everything else; no client sees them but through what they are for.

use crate::draft::Draft;
use crate::effect::{Effect, Expiry};
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use metadata::Note;

// The numbers of spaces are on disk.
/// Sieve scripts by name.
pub(crate) const SCRIPTS: u32 = 1;
/// One note, [`ACTIVE_NAME`], whose value is the name of the script that is active.
pub(crate) const ACTIVE: u32 = 2;
pub(crate) const ACTIVE_NAME: &str = "active";
/// Who got an automatic answer lately (RFC 5230 §4.2).
pub const ANSWERED: u32 = 3;
/// Ids that the test "duplicate" has seen (RFC 7352).
pub const DUPLICATES: u32 = 4;
/// What the owner was told lately: that a script fails.
pub const TOLD: u32 = 5;

/// Names of other people's folders that an IMAP client has subscribed to.
pub(crate) const SUBSCRIPTIONS: u32 = 6;

/// Annotations (RFC 5464), by place and name.
pub(crate) const ANNOTATIONS: u32 = 7;

/// UIDs of what saved searches find, by the search's id.
pub(crate) const VIRTUAL: u32 = 8;

/// When drafts are sent, by the draft's id.
pub(crate) const SCHEDULED: u32 = 21;

/// Accounts elsewhere whose mail comes here, by their id.
pub(crate) const SOURCES: u32 = 22;
/// What has come from them, by source and name.
pub const FETCHED: u32 = 23;

/// One note, in the mailbox of an account that is deleted.
pub(crate) const DELETION: u32 = 40;
pub(crate) const DELETION_NAME: &str = "deletion";

/// How often mail went to an address, by the address.
pub(crate) const RANKING: u32 = 20;

/// What clients keep with the mailbox as a whole, by the name of the section.
pub(crate) const CUSTOM: u32 = 24;

/// One note, while nothing that is deleted may be lost.
pub(crate) const HOLD: u32 = 9;
pub(crate) const HOLD_NAME: &str = "hold";

/// Notes of a space at most. A mailbox that has so many remembers nothing new until some expire.
pub const NOTES_MAX: u64 = 10_000;

impl Mailbox {
    /// True while a note of this name is there and has not expired.
    pub fn is_noted(&self, space: u32, name: &str) -> Result<bool> {
        let now = self.shared().now_ms();
        self.check_owner()?;
        let note = self.read(|reader| reader.note(space, name))?;
        Ok(note.is_some_and(|note| note.expires_ms == 0 || note.expires_ms > now))
    }

    /// False: the space is full, nothing new can be remembered in it.
    pub fn has_room_for_note(&self, space: u32) -> Result<bool> {
        self.check_owner()?;
        let now = self.shared().now_ms();
        let count = self.read(|reader| reader.note_count(space))?;
        if count < NOTES_MAX {
            return Ok(true);
        }
        self.transact(&[], |draft| {
            draft.push(Effect::ExpireNotes(Expiry { space, until_ms: now }));
            Ok(())
        })?;
        Ok(self.read(|reader| reader.note_count(space))? < NOTES_MAX)
    }

    /// Remembers a name for some milliseconds.
    pub fn remember(&self, space: u32, name: &str, ms: i64) -> Result<()> {
        self.transact(&[], |draft| remember(draft, space, name, ms))
    }
}

pub(crate) fn remember(draft: &mut Draft, space: u32, name: &str, ms: i64) -> Result<()> {
    if name.is_empty() || name.len() > Note::NAME_BYTES_MAX || matches!(space, SCRIPTS | ACTIVE) {
        return Err(Error::InvalidName(name.to_owned()));
    }
    // Old ones go when new ones come.
    draft.push(Effect::ExpireNotes(Expiry { space, until_ms: draft.now_ms }));
    let expires_ms = draft.now_ms.saturating_add(ms.max(1));
    draft.put_note(Note { space, name: name.to_owned(), expires_ms, value: Vec::new() })
}
