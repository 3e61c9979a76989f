// SPDX-License-Identifier: AGPL-3.0-or-later

use super::name::{DEPTH_MAX, clean};
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::view::{Folder, View, new_folder};
use ids::ItemId;
use metadata::{Detail, Flags, Item, Kind};

/// Uses that a folder may be made for (RFC 6154 §2). `\Sent` and the like are system folders; the rest are views of all mail,
/// which are no folders here.
pub const SPECIAL_USES: [&str; 1] = ["\\Archive"];

impl Mailbox {
    /// `view`: default view, "message" or "" (any) for mail.
    pub fn create_folder(&self, parent: ItemId, name: &str, view: &str) -> Result<Folder> {
        self.make_folder(parent, name, view, None)
    }

    /// The folder at a path, made with those above it where they are not there.
    pub fn ensure_folder(&self, path: &str, view: &str) -> Result<ItemId> {
        let mut at = ItemId::USER_ROOT;
        let mut so_far = String::new();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            so_far.push('/');
            so_far.push_str(name);
            at = match self.folder_by_path(&so_far)? {
                Some(folder) => folder.item.id,
                None => match self.create_folder(at, name, view) {
                    // by somebody else, just now
                    Err(error @ Error::AlreadyExists(_)) => self.folder_by_path(&so_far)?.ok_or(error)?.item.id,
                    made => made?.item.id,
                },
            };
        }
        Ok(at)
    }

    /// For mail with a use, one of [`SPECIAL_USES`]; [`Error::AlreadyExists`] if another folder has it.
    pub fn create_special_folder(&self, parent: ItemId, name: &str, special_use: &str) -> Result<Folder> {
        let known = SPECIAL_USES.iter().find(|known| known.eq_ignore_ascii_case(special_use));
        let known = known.ok_or_else(|| Error::Invalid(format!("no folder of yours can be for {special_use}")))?;
        self.make_folder(parent, name, "message", Some(known))
    }

    fn make_folder(&self, parent: ItemId, name: &str, view: &str, special_use: Option<&str>) -> Result<Folder> {
        let name = clean(name)?;
        self.transact(&[], |draft| {
            check_place(&draft.view, parent, &name, None)?;
            if let Some(taken) = special_use.filter(|wanted| draft.view.folder_for(wanted).is_some()) {
                return Err(Error::AlreadyExists(format!("a folder for {taken}")));
            }
            let id = draft.next_id()?;
            let mut folder = new_folder(id, parent, &name, view, draft.modseq, draft.now_ms);
            folder.flags = Flags::SUBSCRIBED;
            if let Detail::Folder(detail) = &mut folder.detail {
                detail.special_use = special_use.map(str::to_owned);
            }
            add(draft, folder)
        })
    }

    /// The folder of the owner's that is for this, in any case.
    pub fn folder_for(&self, special_use: &str) -> Result<Option<Folder>> {
        let view = self.view();
        view.folder_for(special_use).map(|id| view.folder(id)).transpose()
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
