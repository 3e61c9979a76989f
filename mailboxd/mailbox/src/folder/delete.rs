// SPDX-License-Identifier: AGPL-3.0-or-later

use super::rename::check_mutable;
use crate::draft::Draft;
use crate::error::Result;
use crate::mailbox::Mailbox;
use crate::note::VIRTUAL;
use ids::{ItemId, Uid};
use metadata::{Filter, Flags, Item, Kind, Patch, Rights, SortBy};

impl Mailbox {
    /// With everything in it, sub-folders too.
    pub fn delete_folder(&self, id: ItemId) -> Result<()> {
        self.transact(&[], |draft| {
            let item = draft.view.folder_item(id)?;
            check_mutable(id, &item.name)?;
            draft.check(id, Rights::DELETE)?;
            let folders = draft.view.subtree(id);
            self.empty_and_remove(draft, &folders)
        })
    }

    /// The messages of a folder; with `recursive` its sub-folders go, with their messages.
    pub fn empty_folder(&self, id: ItemId, recursive: bool) -> Result<()> {
        self.transact(&[], |draft| {
            draft.check(id, Rights::DELETE)?;
            draft.view.folder_item(id)?;
            self.bury_messages(draft, id)?;
            let below = draft.view.subtree(id);
            if recursive { self.empty_and_remove(draft, &below[1..]) } else { Ok(()) }
        })
    }

    pub fn mark_folder_read(&self, id: ItemId, recursive: bool) -> Result<()> {
        self.transact(&[], |draft| {
            draft.check(id, Rights::WRITE)?;
            draft.view.folder_item(id)?;
            let folders = if recursive { draft.view.subtree(id) } else { vec![id] };
            for folder in folders {
                for row in self.folder_rows(folder, Some(Flags::UNREAD))? {
                    let flags = Some(row.flags.without(Flags::UNREAD));
                    draft.patch(&row, Patch { flags, ..Patch::default() })?;
                }
            }
            Ok(())
        })
    }

    fn empty_and_remove(&self, draft: &mut Draft, folders: &[ItemId]) -> Result<()> {
        self.forget_annotations(draft, folders)?;
        for id in folders.iter().rev() {
            self.bury_messages(draft, *id)?;
            if draft.view.folder_item(*id)?.kind == Kind::SearchFolder {
                draft.remove_note(VIRTUAL, &id.to_string())?;
            }
            draft.remove_container(*id)?;
        }
        Ok(())
    }

    fn bury_messages(&self, draft: &mut Draft, folder: ItemId) -> Result<()> {
        self.folder_rows(folder, None)?.iter().try_for_each(|row| draft.bury(row))
    }

    fn folder_rows(&self, folder: ItemId, with: Option<Flags>) -> Result<Vec<Item>> {
        let mut rows = self.shared().metadata.read(self.live.id, |reader| {
            let mut briefs = reader.folder_messages(folder, Uid(0))?;
            let filter = Filter { kinds: Kind::OTHERS.to_vec(), folders: vec![folder], ..Filter::default() };
            reader.scan(&filter, SortBy::IdAsc, &mut |brief| {
                briefs.push(brief);
                true
            })?;
            let wanted = briefs.iter().filter(|brief| with.is_none_or(|flags| brief.flags.contains(flags)));
            reader.items(&wanted.map(|brief| brief.id).collect::<Vec<_>>())
        })?;
        rows.retain(|row| !row.kind.is_container());
        Ok(rows)
    }
}
