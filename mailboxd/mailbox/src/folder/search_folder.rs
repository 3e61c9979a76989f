// SPDX-License-Identifier: AGPL-3.0-or-later

use super::create::{add, check_place};
use super::name::clean;
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::notify::What;
use crate::view::{Folder, container};
use ids::ItemId;
use metadata::{Detail, FolderDetail, Kind};

impl Mailbox {
    /// `types` and `sort_by` are kept as the client sent them (Zimbra's words); the query must parse.
    pub fn create_search_folder(
        &self,
        parent: ItemId,
        name: &str,
        query: &str,
        types: &str,
        sort_by: &str,
    ) -> Result<Folder> {
        let name = clean(name)?;
        self.parse_query(query, 0)?;
        let detail = detail(FolderDetail::default(), query, types, sort_by);
        self.transact(&[], |draft| {
            check_place(&draft.view, parent, &name, None)?;
            let id = draft.next_id()?;
            let detail = Detail::Folder(detail);
            let row = container(id, Kind::SearchFolder, parent, &name, draft.modseq, draft.now_ms, detail);
            add(draft, row)
        })
    }

    pub fn modify_search_folder(&self, id: ItemId, query: &str, types: &str, sort_by: &str) -> Result<Folder> {
        self.parse_query(query, 0)?;
        self.transact(&[], |draft| {
            draft.check_owner()?;
            let folder = draft.view.folder(id)?;
            if folder.item.kind != Kind::SearchFolder {
                return Err(Error::no_such("search", id));
            }
            let revision = draft.modseq;
            let row = draft.container_mut(id, What { content: true, ..What::NONE })?;
            row.revision = revision;
            row.detail = Detail::Folder(detail(folder.detail, query, types, sort_by));
            draft.view.folder(id)
        })
    }
}

fn detail(known: FolderDetail, query: &str, types: &str, sort_by: &str) -> FolderDetail {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    FolderDetail { query: Some(query.into()), types: given(types), sort_by: given(sort_by), ..known }
}
