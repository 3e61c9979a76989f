// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts elsewhere whose mail comes into this mailbox, and what of it has come. Both are notes. What has come is noted by the
//! record that puts it into the mailbox, so that after a crash nothing comes twice and nothing is left out. What a source is,
//! its protocol knows: here it is octets under an id.

use crate::error::{Error, Result};
use crate::item::{AddMessage, add, thread};
use crate::mailbox::Mailbox;
use crate::note::{FETCHED, SOURCES};
use crate::store::Store;
use blobs::Staged;
use ids::ItemId;
use metadata::Note;
use std::collections::HashMap;

/// Of one mailbox.
pub const SOURCES_MAX: usize = 100;
/// What a source has of messages, or folders, at most.
pub const FETCHED_MAX: usize = 200_000;
/// Notes that go with one record.
const BATCH: usize = 500;

/// Id and octets.
pub type SourceNote = (String, Vec<u8>);

/// The name of a note about something fetched: the source's, and its own within that.
pub fn fetched_name(source: &str, name: &str) -> String {
    format!("{source}:{name}")
}

fn named(notes: Vec<Note>) -> Vec<SourceNote> {
    notes.into_iter().map(|note| (note.name, note.value)).collect()
}

impl Store {
    /// Those of an account, as rows have them: for the start, when all of the journal is in the rows.
    pub fn sources(&self, account: &str) -> Result<Vec<SourceNote>> {
        let id = self.shared.registry.lock().by_account.get(account).copied();
        let Some(id) = id else { return Ok(Vec::new()) };
        Ok(named(self.shared.metadata.glance(id, |reader| reader.notes(Some(SOURCES)))?))
    }
}

impl Mailbox {
    pub fn sources(&self) -> Result<Vec<SourceNote>> {
        self.check_owner()?;
        Ok(named(self.read(|reader| reader.notes(Some(SOURCES)))?))
    }

    /// Puts one, new or in place of what it was. `plan` sees all that are there, this one included, under the mailbox lock.
    pub fn put_source(&self, id: &str, plan: impl FnOnce(&[SourceNote]) -> Result<Vec<u8>>) -> Result<()> {
        if id.is_empty() || id.len() > 64 {
            return Err(Error::InvalidName(id.to_owned()));
        }
        self.transact(&[], |draft| {
            let known = named(self.shared().metadata.glance(self.live.id, |reader| reader.notes(Some(SOURCES)))?);
            if known.len() >= SOURCES_MAX && known.iter().all(|(known, _)| known != id) {
                return Err(Error::TooMany("data sources"));
            }
            let value = plan(&known)?;
            draft.put_note(Note { space: SOURCES, name: id.to_owned(), expires_ms: 0, value })
        })
    }

    /// With what is known of its messages; those stay.
    pub fn remove_source(&self, id: &str) -> Result<()> {
        self.transact(&[], |draft| draft.remove_note(SOURCES, id))?;
        let names: Vec<String> = self.fetched(id)?.into_keys().collect();
        self.forget_fetched(id, &names)
    }

    /// What has come from a source, by name.
    pub fn fetched(&self, source: &str) -> Result<HashMap<String, Vec<u8>>> {
        self.check_owner()?;
        let notes = self.read(|reader| reader.notes(Some(FETCHED)))?;
        let own = fetched_name(source, "");
        let of = notes.into_iter().filter_map(|note| Some((note.name.strip_prefix(&own)?.to_owned(), note.value)));
        Ok(of.collect())
    }

    pub fn forget_fetched(&self, source: &str, names: &[String]) -> Result<()> {
        for batch in names.chunks(BATCH) {
            self.transact(&[], |draft| {
                batch.iter().try_for_each(|name| draft.remove_note(FETCHED, &fetched_name(source, name)))
            })?;
        }
        Ok(())
    }

    /// Notes something of a source that brings no message.
    pub fn note_fetched(&self, source: &str, name: &str, value: Vec<u8>) -> Result<()> {
        let name = fetched_name(source, name);
        self.transact(&[], |draft| draft.put_note(Note { space: FETCHED, name, expires_ms: 0, value }))
    }

    /// A message of a source, and the note that it has come, in one record.
    pub fn add_fetched(
        &self,
        staged: &Staged,
        add: &AddMessage,
        source: &str,
        name: &str,
        value: Vec<u8>,
    ) -> Result<ItemId> {
        let summary = mime::summary(&staged.content);
        let name = fetched_name(source, name);
        self.transact(&[staged], |draft| {
            let mut rows = vec![add::draft_row(draft, staged, &summary, add)?];
            self.check_quota(&draft.view, staged.size)?;
            thread::join_all(self, draft, std::slice::from_ref(&summary), &mut rows)?;
            let row = rows.pop().ok_or_else(|| Error::Store("nothing was added".into()))?;
            let id = draft.put_message(row)?.id;
            draft.put_note(Note { space: FETCHED, name, expires_ms: 0, value })?;
            Ok(id)
        })
    }
}
