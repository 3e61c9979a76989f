// SPDX-License-Identifier: AGPL-3.0-or-later

use super::create::check_place;
use super::name::clean;
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::notify::What;
use crate::view::Folder;
use ids::ItemId;
use metadata::Rights;

/// System folders keep their names and places.
pub(super) fn check_mutable(id: ItemId, name: &str) -> Result<()> {
    if id < ItemId::FIRST_USER {
        return Err(Error::Immutable(format!("system folder {name}")));
    }
    Ok(())
}

impl Mailbox {
    /// New place and/or new name of a folder or saved search.
    pub fn rename_folder(&self, id: ItemId, parent: Option<ItemId>, name: Option<&str>) -> Result<Folder> {
        let name = name.map(clean).transpose()?;
        self.transact(&[], |draft| {
            let item = draft.view.folder_item(id)?.clone();
            check_mutable(id, &item.name)?;
            draft.check(id, Rights::DELETE)?;
            let parent = parent.unwrap_or(item.folder);
            let name = name.unwrap_or_else(|| item.name.clone());
            if parent == item.folder && name == item.name {
                return draft.view.folder(id);
            }
            draft.check(parent, Rights::CREATE)?;
            check_place(&draft.view, parent, &name, Some(id))?;
            let what = What { name: name != item.name, folder: parent != item.folder, ..What::NONE };
            let revision = draft.modseq;
            let row = draft.container_mut(id, what)?;
            row.folder = parent;
            row.name = name;
            row.revision = revision;
            draft.view.folder(id)
        })
    }
}
