// SPDX-License-Identifier: AGPL-3.0-or-later
//! Documents are found by their path: in any case, no two of a folder have one name, nor has a document that of a folder in it.
//! Trash is no place to look for them in, and takes what comes.

use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::view::View;
use ids::ItemId;
use metadata::{Detail, Item, Kind};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Names that are taken in a folder, in lower case, with the document of each; `None`: of a folder.
pub(crate) struct Names {
    taken: Option<HashMap<String, Option<(ItemId, u32)>>>,
}

impl Mailbox {
    /// For items that are to come there. Under the mailbox lock.
    pub(crate) fn names_in(&self, view: &View, folder: ItemId, items: &[Item]) -> Result<Names> {
        if folder == ItemId::TRASH || items.iter().all(|item| item.kind != Kind::Document) {
            return Ok(Names { taken: None });
        }
        let folders = view.children(folder).map(|child| (child.name.to_lowercase(), None));
        let documents = self.documents_in(folder)?;
        let documents = documents.iter().map(|item| (item.name.to_lowercase(), Some((item.id, version(item)))));
        Ok(Names { taken: Some(folders.chain(documents).collect()) })
    }
}

impl Names {
    /// `DocumentExists`, `AlreadyExists`
    pub(crate) fn take(&mut self, item: &Item) -> Result<()> {
        let Some(taken) = self.taken.as_mut().filter(|_| item.kind == Kind::Document) else { return Ok(()) };
        match taken.entry(item.name.to_lowercase()) {
            Entry::Vacant(free) => {
                free.insert(Some((item.id, version(item))));
                Ok(())
            }
            Entry::Occupied(known) => Err(match *known.get() {
                Some((id, version)) => Error::DocumentExists { name: item.name.clone(), id, version },
                None => Error::AlreadyExists(format!("folder {}", item.name)),
            }),
        }
    }
}

pub(super) fn version(item: &Item) -> u32 {
    if let Detail::Document(detail) = &item.detail { detail.version } else { 0 }
}
