// SPDX-License-Identifier: AGPL-3.0-or-later
//! Annotations of a mailbox and of its folders (RFC 5464): small values with names like `/private/comment`. What begins with
//! `/shared/` is seen by everybody who may read the folder; `/private/` is the annotator's own, and kept in the annotator's
//! mailbox, whomever the folder belongs to.

use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::note::ANNOTATIONS;
use ids::{ItemId, MailboxId};
use metadata::{Note, Rights};

/// Octets of one value.
pub const ANNOTATION_BYTES_MAX: usize = 16 << 10;
/// Annotations in one mailbox.
pub const ANNOTATIONS_MAX: u64 = 1_000;
/// Octets of a name: what a key can hold, with the place before it.
pub const ANNOTATION_NAME_BYTES_MAX: usize = Note::NAME_BYTES_MAX - 32;

const SHARED: &str = "/shared/";

/// What is annotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Annotated {
    /// The account as a whole.
    Account,
    Folder(ItemId),
    /// A folder of somebody else's, privately.
    Elsewhere(MailboxId, ItemId),
}

impl Annotated {
    /// Before the name in a note's name.
    fn prefix(self) -> String {
        match self {
            Annotated::Account => "0".to_owned(),
            Annotated::Folder(folder) => folder.to_string(),
            Annotated::Elsewhere(mailbox, folder) => format!("{mailbox}:{folder}"),
        }
    }
}

/// A name, and its value; `None` takes it away.
pub type Annotation = (String, Option<Vec<u8>>);

impl Mailbox {
    /// By name. A visitor sees what is shared.
    pub fn annotations(&self, of: Annotated) -> Result<Vec<(String, Vec<u8>)>> {
        match of {
            Annotated::Folder(folder) => self.check(folder, Rights::READ)?,
            Annotated::Account | Annotated::Elsewhere(..) => self.check_owner()?,
        }
        let prefix = of.prefix();
        let notes = self.read(|reader| reader.notes(Some(ANNOTATIONS)))?;
        let named = notes.into_iter().filter_map(|note| {
            let name = note.name.strip_prefix(&prefix)?.to_owned();
            let seen = name.starts_with('/') && (self.is_own() || name.starts_with(SHARED));
            seen.then_some((name, note.value))
        });
        Ok(named.collect())
    }

    /// All or none.
    pub fn annotate(&self, of: Annotated, changes: &[Annotation]) -> Result<()> {
        for (name, value) in changes {
            if !name.starts_with('/') || name.len() > ANNOTATION_NAME_BYTES_MAX {
                return Err(Error::InvalidName(name.clone()));
            }
            if value.as_ref().is_some_and(|value| value.len() > ANNOTATION_BYTES_MAX) {
                return Err(Error::TooLarge { limit: ANNOTATION_BYTES_MAX as u64 });
            }
        }
        let prefix = of.prefix();
        self.transact(&[], |draft| {
            match of {
                Annotated::Folder(folder) => {
                    draft.view.folder_item(folder)?;
                    draft.check(folder, Rights::WRITE)?;
                }
                Annotated::Account | Annotated::Elsewhere(..) => draft.check_owner()?,
            }
            if !draft.is_owner() && changes.iter().any(|(name, _)| !name.starts_with(SHARED)) {
                return Err(Error::Denied);
            }
            self.draft_annotations(draft, &prefix, changes)
        })
    }

    fn draft_annotations(&self, draft: &mut Draft, prefix: &str, changes: &[Annotation]) -> Result<()> {
        let notes = self.shared().metadata.glance(self.live.id, |reader| reader.notes(Some(ANNOTATIONS)))?;
        let mut count = notes.len() as u64;
        for (name, value) in changes {
            let name = format!("{prefix}{name}");
            let is_there = notes.iter().any(|note| note.name == name);
            match value {
                Some(value) => {
                    count += u64::from(!is_there);
                    draft.put_annotation(Note { space: ANNOTATIONS, name, expires_ms: 0, value: value.clone() });
                }
                None if is_there => {
                    count -= 1;
                    draft.remove_annotation(&name);
                }
                None => {}
            }
        }
        if count > ANNOTATIONS_MAX { Err(Error::OverQuota) } else { Ok(()) }
    }

    /// With the folders that go.
    pub(crate) fn forget_annotations(&self, draft: &mut Draft, folders: &[ItemId]) -> Result<()> {
        let notes = self.shared().metadata.glance(self.live.id, |reader| reader.notes(Some(ANNOTATIONS)))?;
        for note in notes {
            let place = note.name.split_once('/').and_then(|(place, _)| place.parse().ok());
            if place.is_some_and(|folder| folders.contains(&ItemId(folder))) {
                draft.remove_annotation(&note.name);
            }
        }
        Ok(())
    }
}
