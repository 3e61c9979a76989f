// SPDX-License-Identifier: AGPL-3.0-or-later
//! Operations on tags. A tag is an IMAP keyword as well.

use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::folder::clean_name;
use crate::mailbox::Mailbox;
use crate::notify::What;
use crate::view::{Tag, View, container};
use ids::ItemId;
use metadata::{Detail, Kind, Patch, TagDetail};

/// Tags of one mailbox: enough for people, too few to hurt.
const TAGS_MAX: usize = 1_000;

fn check_name(view: &View, name: &str, renaming: Option<ItemId>) -> Result<String> {
    let name = clean_name(name)?;
    // a leading backslash is IMAP's sign of a system flag
    if name.starts_with('\\') {
        return Err(Error::InvalidName(name));
    }
    if view.tag_named(&name).is_some_and(|other| Some(other.id) != renaming) {
        return Err(Error::AlreadyExists(format!("tag {name}")));
    }
    Ok(name)
}

pub(crate) fn add(draft: &mut Draft, name: &str, color: Option<u8>, rgb: Option<String>) -> Result<Tag> {
    let name = check_name(&draft.view, name, None)?;
    if draft.view.tags().len() >= TAGS_MAX {
        return Err(Error::Invalid(format!("a mailbox has {TAGS_MAX} tags at most")));
    }
    let id = draft.next_id()?;
    let detail = Detail::Tag(TagDetail { color, rgb, ..TagDetail::default() });
    draft.add_container(container(id, Kind::Tag, ItemId::TAGS, &name, draft.modseq, draft.now_ms, detail))?;
    draft.view.tag(id)
}

impl Mailbox {
    pub fn create_tag(&self, name: &str, color: Option<u8>, rgb: Option<String>) -> Result<Tag> {
        self.transact(&[], |draft| add(draft, name, color, rgb))
    }

    /// The tag of that name, made if there is none: a keyword of IMAP comes into being by its use, and two sessions may use
    /// it first at the same time.
    pub fn ensure_tag(&self, name: &str) -> Result<Tag> {
        self.transact(&[], |draft| match draft.view.tag_named(&clean_name(name)?).map(|tag| tag.id) {
            Some(known) => draft.view.tag(known),
            None => add(draft, name, None, None),
        })
    }

    pub fn rename_tag(&self, id: ItemId, name: &str) -> Result<Tag> {
        self.transact(&[], |draft| {
            draft.check_owner()?;
            let known = draft.view.tag(id)?;
            let name = check_name(&draft.view, name, Some(id))?;
            if known.item.name == name {
                return Ok(known);
            }
            let revision = draft.modseq;
            let row = draft.container_mut(id, What { name: true, ..What::NONE })?;
            row.name = name;
            row.revision = revision;
            draft.view.tag(id)
        })
    }

    /// Takes it from all messages that have it.
    pub fn delete_tag(&self, id: ItemId) -> Result<()> {
        self.transact(&[], |draft| {
            draft.check_owner()?;
            draft.view.tag(id)?;
            let rows = self.shared().metadata.read(self.live.id, |reader| {
                let tagged = reader.tagged(id)?;
                reader.items(&tagged)
            })?;
            for row in rows {
                let tags = row.tags.iter().copied().filter(|tag| *tag != id).collect();
                draft.patch(&row, Patch { tags: Some(tags), ..Patch::default() })?;
            }
            draft.remove_container(id)
        })
    }
}
