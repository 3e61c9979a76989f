// SPDX-License-Identifier: AGPL-3.0-or-later
//! What clients keep of their own: sections of names and values (Zimbra's custom metadata), with an item or with the mailbox as
//! a whole. An item's are part of its row, so that they go with it, come back with it from the dumpster and are copied with it;
//! whoever may write in its folder may change them. The mailbox's are notes, and its owner's.

use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::note::CUSTOM;
use ids::ItemId;
use metadata::{CustomSection, Kind, Note, Rights};

/// Octets of all sections of one item, or of one section of the mailbox; a list shows rows whole.
pub const CUSTOM_BYTES_MAX: usize = 10_000;
/// Sections of one mailbox.
pub const SECTIONS_MAX: usize = 100;
pub const SECTION_NAME_BYTES_MAX: usize = 128;

/// Names and values, each name once.
pub type Pairs = Vec<(String, String)>;

impl Mailbox {
    /// Sections of an item, by name.
    pub fn custom(&self, id: ItemId) -> Result<Vec<CustomSection>> {
        let item = self.item(id)?;
        match item.kind {
            Kind::Folder => self.check(id, Rights::READ)?,
            kind if kind.is_container() => self.check_owner()?,
            _ => {}
        }
        Ok(item.detail.custom().clone().unwrap_or_default())
    }

    /// In place of the section of this name; without pairs the section goes.
    pub fn set_custom(&self, id: ItemId, section: CustomSection) -> Result<()> {
        check_pairs(&section.name, &section.pairs)?;
        self.transact(&[], |draft| {
            let item = match draft.view.containers.get(&id) {
                Some(item) => item.as_ref().clone(),
                None => self.message_rows(&[id])?.pop().ok_or_else(|| Error::no_such("item", id))?,
            };
            let mut custom = item.detail.custom().clone().unwrap_or_default();
            custom.retain(|known| known.name != section.name);
            if !section.pairs.is_empty() {
                custom.push(section);
            }
            custom.sort_by(|a, b| a.name.cmp(&b.name));
            let bytes: usize = custom.iter().map(|section| section.name.len() + size(&section.pairs)).sum();
            if bytes > CUSTOM_BYTES_MAX {
                return Err(too_long());
            }
            draft.put_custom(&item, (!custom.is_empty()).then_some(custom))
        })
    }

    /// A section of the mailbox; empty if there is none of this name.
    pub fn section(&self, name: &str) -> Result<Pairs> {
        self.check_owner()?;
        self.read(|reader| reader.note(CUSTOM, name))?.map_or(Ok(Pairs::new()), |note| pairs(&note))
    }

    /// In place of what it was; without pairs the section goes.
    pub fn set_section(&self, name: &str, pairs: Pairs) -> Result<()> {
        self.change_section(name, |_| pairs)
    }

    /// Values in place of those of the same names; an empty value takes its name away.
    pub fn modify_section(&self, name: &str, changes: &Pairs) -> Result<()> {
        self.change_section(name, |mut known| {
            for (key, value) in changes {
                known.retain(|(other, _)| other != key);
                if !value.is_empty() {
                    known.push((key.clone(), value.clone()));
                }
            }
            known
        })
    }

    fn change_section(&self, name: &str, change: impl FnOnce(Pairs) -> Pairs) -> Result<()> {
        self.transact(&[], |draft| {
            draft.check_owner()?;
            let (known, count) = self
                .shared()
                .metadata
                .glance(self.live.id, |reader| Ok((reader.note(CUSTOM, name)?, reader.note_count(CUSTOM)?)))?;
            let is_known = known.is_some();
            let next = change(known.as_ref().map_or(Ok(Pairs::new()), pairs)?);
            check_pairs(name, &next)?;
            if next.is_empty() {
                return if is_known { draft.remove_note(CUSTOM, name) } else { Ok(()) };
            }
            if !is_known && count >= SECTIONS_MAX as u64 {
                return Err(Error::TooMany("sections of metadata"));
            }
            let value = minicbor::to_vec(&next).map_err(|error| Error::Store(error.to_string()))?;
            draft.put_note(Note { space: CUSTOM, name: name.to_owned(), expires_ms: 0, value })
        })
    }
}

fn pairs(note: &Note) -> Result<Pairs> {
    minicbor::decode(&note.value).map_err(|error| Error::Store(format!("section {}: {error}", note.name)))
}

fn too_long() -> Error {
    Error::Invalid(format!("metadata too long: more than {CUSTOM_BYTES_MAX} octets"))
}

fn size(pairs: &[(String, String)]) -> usize {
    pairs.iter().map(|(name, value)| name.len() + value.len()).sum()
}

fn check_pairs(name: &str, pairs: &[(String, String)]) -> Result<()> {
    if name.is_empty() || name.len() > SECTION_NAME_BYTES_MAX || name.contains(char::is_control) {
        return Err(Error::InvalidName(name.to_owned()));
    }
    if size(pairs) > CUSTOM_BYTES_MAX {
        return Err(too_long());
    }
    Ok(())
}
