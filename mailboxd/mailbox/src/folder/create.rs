// SPDX-License-Identifier: AGPL-3.0-or-later

use super::name::{DEPTH_MAX, clean};
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::view::{Folder, View, new_folder};
use ids::ItemId;
use metadata::{Flags, Item, Kind};

impl Mailbox {
    /// `view`: default view, "message" or "" (any) for mail.
    pub fn create_folder(&self, parent: ItemId, name: &str, view: &str) -> Result<Folder> {
        let name = clean(name)?;
        self.transact(&[], |draft| {
            check_place(&draft.view, parent, &name, None)?;
            let id = draft.next_id()?;
            let mut folder = new_folder(id, parent, &name, view, draft.modseq, draft.now_ms);
            folder.flags = Flags::SUBSCRIBED;
            add(draft, folder)
        })
    }
}

pub(super) fn add(draft: &mut Draft, folder: Item) -> Result<Folder> {
    let id = folder.id;
    draft.add_container(folder)?;
    draft.view.folder(id)
}

/// Whether a folder may be put below `parent` under this name; `moving`: one that is there already.
pub(super) fn check_place(view: &View, parent: ItemId, name: &str, moving: Option<ItemId>) -> Result<()> {
    let below = view.folder_item(parent)?;
    let closed = matches!(parent, ItemId::ROOT | ItemId::TAGS | ItemId::CONVERSATIONS);
    if closed || below.kind != Kind::Folder {
        return Err(Error::CannotContain(below.name.clone()));
    }
    if view.child_named(parent, name).is_some_and(|other| Some(other.id) != moving) {
        return Err(Error::AlreadyExists(format!("folder {name}")));
    }
    if view.folder(parent)?.path.split('/').count() > DEPTH_MAX {
        return Err(Error::Invalid(format!("folders may be nested {DEPTH_MAX} deep")));
    }
    if let Some(moving) = moving
        && view.subtree(moving).contains(&parent)
    {
        return Err(Error::CannotContain(below.name.clone()));
    }
    Ok(())
}
