// SPDX-License-Identifier: AGPL-3.0-or-later
//! An account's Sieve scripts (RFC 5804 §1.1): texts with names, of which one may be active. Whether a text is a script is
//! for those to say who put it.

use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::note::{ACTIVE, ACTIVE_NAME, SCRIPTS};
use crate::store::Store;
use metadata::Note;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Scripts of one mailbox.
pub const SCRIPTS_MAX: usize = 64;
/// Octets of one script.
pub const SCRIPT_BYTES_MAX: usize = 1 << 20;

/// Which script filters what is delivered. Kept with the mailbox's state in memory, so that a delivery need not ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveScript {
    pub name: Arc<str>,
    /// Another one whenever the script may be another one; of this process only.
    pub version: u64,
}

impl ActiveScript {
    pub(crate) fn named(name: &str) -> ActiveScript {
        static VERSIONS: AtomicU64 = AtomicU64::new(1);
        ActiveScript { name: name.into(), version: VERSIONS.fetch_add(1, Ordering::Relaxed) }
    }

    /// From the note of [`ACTIVE`].
    pub(crate) fn of(note: Note) -> ActiveScript {
        ActiveScript::named(&String::from_utf8_lossy(&note.value))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptEntry {
    pub name: String,
    pub bytes: usize,
    pub is_active: bool,
}

fn missing(name: &str) -> Error {
    Error::no_such("script", name)
}

impl Store {
    /// Whether a delivery to this account is filtered, and by what. Cheap: asked at every delivery.
    pub fn active_script(&self, account: &str) -> Result<Option<ActiveScript>> {
        let live = self.shared.live(self.mailbox_of(account)?)?;
        // Not the visible state: to see that, everything acknowledged would have to be applied first.
        let assigned = live.lock(&self.shared)?;
        Ok(assigned.view.script.clone())
    }
}

impl Mailbox {
    /// By name.
    pub fn scripts(&self) -> Result<Vec<ScriptEntry>> {
        self.check_owner()?;
        let active = self.active_script();
        let notes = self.read(|reader| reader.notes(Some(SCRIPTS)))?;
        let entry = |note: Note| ScriptEntry {
            is_active: active.as_ref().is_some_and(|active| *active.name == *note.name),
            bytes: note.value.len(),
            name: note.name,
        };
        Ok(notes.into_iter().map(entry).collect())
    }

    pub fn script(&self, name: &str) -> Result<Vec<u8>> {
        self.check_owner()?;
        Ok(self.read(|reader| reader.note(SCRIPTS, name))?.ok_or_else(|| missing(name))?.value)
    }

    pub fn active_script(&self) -> Option<ActiveScript> {
        self.view().script.clone()
    }

    /// Whether a script of this size could be put under this name.
    pub fn check_script_room(&self, name: &str, bytes: usize) -> Result<()> {
        check_name(name)?;
        if bytes > SCRIPT_BYTES_MAX {
            return Err(Error::TooLarge { limit: SCRIPT_BYTES_MAX as u64 });
        }
        let scripts = self.scripts()?;
        let is_new = scripts.iter().all(|known| known.name != name);
        if is_new && scripts.len() >= SCRIPTS_MAX { Err(Error::OverQuota) } else { Ok(()) }
    }

    /// In place of the one with this name, if there is one; if that is active, the new one is.
    pub fn put_script(&self, name: &str, text: &[u8]) -> Result<()> {
        self.check_script_room(name, text.len())?;
        self.transact(&[], |draft| {
            draft.put_note(Note { space: SCRIPTS, name: name.to_owned(), expires_ms: 0, value: text.to_vec() })
        })
    }

    /// The active one can't be deleted (RFC 5804 §2.10).
    pub fn delete_script(&self, name: &str) -> Result<()> {
        self.transact(&[], |draft| {
            self.stored(name)?;
            if draft.view.script.as_ref().is_some_and(|active| *active.name == *name) {
                return Err(Error::Immutable(format!("active script {name}")));
            }
            draft.remove_note(SCRIPTS, name)
        })
    }

    /// The active one stays active (RFC 5804 §2.11.1).
    pub fn rename_script(&self, name: &str, to: &str) -> Result<()> {
        check_name(to)?;
        self.transact(&[], |draft| {
            let note = self.stored(name)?;
            if self.stored(to).is_ok() {
                return Err(Error::AlreadyExists(format!("script {to}")));
            }
            let is_active = draft.view.script.as_ref().is_some_and(|active| *active.name == *name);
            draft.remove_note(SCRIPTS, name)?;
            draft.put_note(Note { name: to.to_owned(), ..note })?;
            if is_active {
                draft.put_note(active_note(to))?;
            }
            Ok(())
        })
    }

    /// `None`: nothing is filtered any more.
    pub fn activate_script(&self, name: Option<&str>) -> Result<()> {
        self.transact(&[], |draft| match name {
            Some(name) => {
                self.stored(name)?;
                draft.put_note(active_note(name))
            }
            None => draft.remove_note(ACTIVE, ACTIVE_NAME),
        })
    }

    /// Call it under the mailbox lock, with everything applied.
    fn stored(&self, name: &str) -> Result<Note> {
        self.check_owner()?;
        let note = self.shared().metadata.glance(self.live.id, |reader| reader.note(SCRIPTS, name))?;
        note.ok_or_else(|| missing(name))
    }
}

fn active_note(name: &str) -> Note {
    Note { space: ACTIVE, name: ACTIVE_NAME.to_owned(), expires_ms: 0, value: name.as_bytes().to_vec() }
}

/// RFC 5804 §1.6: no control characters, no line separators; at least 128 characters, which is 512 octets.
fn check_name(name: &str) -> Result<()> {
    let is_bad = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if name.is_empty() || name.len() > Note::NAME_BYTES_MAX || name.contains(is_bad) {
        return Err(Error::InvalidName(name.to_owned()));
    }
    Ok(())
}
