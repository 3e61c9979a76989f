// SPDX-License-Identifier: AGPL-3.0-or-later

use super::{SORT_KEY_CHARS, is_text};
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::folder::clean_name;
use crate::item::add::place;
use crate::mailbox::{Mailbox, check_holds_messages};
use crate::view::container;
use blobs::Staged;
use ids::ItemId;
use metadata::{Detail, DocumentDetail, DocumentVersion, Filter, Flags, Item, Kind, SortBy};

/// Characters of a description, and of what a document begins with.
const DESCRIPTION_CHARS_MAX: usize = 10_000;
const FRAGMENT_CHARS: usize = 160;

/// A document to be, or the next version of one.
#[derive(Debug, Clone, Default)]
pub struct SaveDocument {
    /// The one that gets a new version, and the version that its writer knows; `None`: a new one.
    pub next_of: Option<(ItemId, u32)>,
    /// Of a new one.
    pub folder: ItemId,
    /// `None`: as it is.
    pub name: Option<String>,
    pub content_type: String,
    pub description: Option<String>,
    pub description_off: Option<bool>,
    /// Who saves: id and name of the account.
    pub author: (String, String),
    pub flags: Flags,
    pub tags: Vec<ItemId>,
    /// Earlier versions that are kept.
    pub keep: usize,
}

impl Mailbox {
    /// `ModifyConflict` if the version is not the one that is there, `Locked` if somebody else holds it.
    pub fn save_document(&self, save: &SaveDocument, content: &Staged) -> Result<Item> {
        let fragment = fragment(&save.content_type, content)?;
        self.transact(&[content], |draft| match save.next_of {
            None => self.draft_document(draft, save, content, fragment),
            Some((id, version)) => self.draft_version(draft, save, content, fragment, id, version),
        })
    }

    fn draft_document(
        &self,
        draft: &mut Draft,
        save: &SaveDocument,
        content: &Staged,
        fragment: String,
    ) -> Result<Item> {
        check_holds_messages(&draft.view, save.folder)?;
        draft.check(save.folder, metadata::Rights::INSERT)?;
        let name = clean_name(save.name.as_deref().unwrap_or_default())?;
        self.check_document_name(draft, save.folder, &name, None)?;
        let detail = DocumentDetail {
            content_type: save.content_type.clone(),
            version: 1,
            author: save.author.1.clone(),
            creator: save.author.1.clone(),
            created_ms: draft.now_ms,
            description: description(save.description.as_deref().unwrap_or_default()),
            description_off: save.description_off.unwrap_or(false),
            fragment,
            ..DocumentDetail::default()
        };
        let (modseq, now_ms) = (draft.modseq, draft.now_ms);
        let detail = Detail::Document(detail);
        let mut item = container(ItemId(0), Kind::Document, save.folder, "", modseq, now_ms, detail);
        set_name(&mut item, name);
        item.digest = Some(content.digest);
        item.size = content.size;
        self.check_quota(&draft.view, item.size)?;
        item.flags = Flags(save.flags.0 & crate::mailbox::SETTABLE.0);
        for tag in &save.tags {
            item.tags.push(draft.view.tag(*tag)?.item.id);
        }
        item.tags.sort();
        item.tags.dedup();
        place(draft, &mut item, save.folder)?;
        Ok(draft.put_message(item)?.as_ref().clone())
    }

    fn draft_version(
        &self,
        draft: &mut Draft,
        save: &SaveDocument,
        content: &Staged,
        fragment: String,
        id: ItemId,
        version: u32,
    ) -> Result<Item> {
        let before = self.document_row(id)?;
        draft.check(before.folder, metadata::Rights::READ)?;
        let mut after = before.clone();
        let Detail::Document(detail) = &mut after.detail else { return Err(Error::no_such("document", id)) };
        if detail.version != version {
            return Err(Error::ModifyConflict);
        }
        super::check_lock(detail, &save.author.0)?;
        let digest = before.digest.ok_or_else(|| Error::Store(format!("document {id} has no content")))?;
        detail.versions.push(DocumentVersion {
            version: detail.version,
            revision: before.revision,
            digest,
            size: before.size,
            name: before.name.clone(),
            content_type: std::mem::take(&mut detail.content_type),
            author: std::mem::take(&mut detail.author),
            date_ms: before.date_ms,
            description: detail.description.clone(),
            fragment: std::mem::take(&mut detail.fragment),
        });
        let surplus = detail.versions.len().saturating_sub(save.keep);
        detail.versions.drain(..surplus);
        detail.version += 1;
        detail.content_type.clone_from(&save.content_type);
        detail.author.clone_from(&save.author.1);
        detail.fragment = fragment;
        if let Some(text) = &save.description {
            detail.description = description(text);
        }
        detail.description_off = save.description_off.unwrap_or(detail.description_off);
        if let Some(name) = &save.name {
            let name = clean_name(name)?;
            self.check_document_name(draft, before.folder, &name, Some(id))?;
            set_name(&mut after, name);
        }
        after.digest = Some(content.digest);
        after.size = content.size;
        self.check_quota(&draft.view, content.size)?;
        after.modseq = draft.modseq;
        after.revision = draft.modseq;
        after.changed_ms = draft.now_ms;
        after.date_ms = draft.now_ms;
        Ok(draft.revise(&before, after)?.as_ref().clone())
    }

    /// Under the mailbox lock.
    pub(super) fn document_row(&self, id: ItemId) -> Result<Item> {
        let row = self.message_rows(&[id])?.into_iter().find(|row| row.kind == Kind::Document);
        row.ok_or_else(|| Error::no_such("document", id))
    }

    pub(super) fn check_document_name(
        &self,
        draft: &Draft,
        folder: ItemId,
        name: &str,
        own: Option<ItemId>,
    ) -> Result<()> {
        if draft.view.child_named(folder, name).is_some() {
            return Err(Error::AlreadyExists(format!("folder {name}")));
        }
        let taken = |known: &&Item| Some(known.id) != own && known.name.to_lowercase() == name.to_lowercase();
        match self.documents_in(folder)?.iter().find(taken) {
            Some(known) => Err(Error::DocumentExists {
                name: name.to_owned(),
                id: known.id,
                version: super::names::version(known),
            }),
            None => Ok(()),
        }
    }

    /// Without asking who may see them.
    pub(super) fn documents_in(&self, folder: ItemId) -> Result<Vec<Item>> {
        let filter = Filter { kinds: vec![Kind::Document], folders: vec![folder], ..Filter::default() };
        Ok(self.shared().metadata.read(self.live.id, |reader| {
            let mut ids = Vec::new();
            reader.scan(&filter, SortBy::NameAsc, &mut |brief| {
                ids.push(brief.id);
                true
            })?;
            reader.items(&ids)
        })?)
    }
}

pub(super) fn set_name(item: &mut Item, name: String) {
    item.sender_sort = name.chars().flat_map(char::to_lowercase).take(SORT_KEY_CHARS).collect();
    item.subject_sort.clone_from(&item.sender_sort);
    item.name = name;
}

fn description(text: &str) -> String {
    text.chars().take(DESCRIPTION_CHARS_MAX).collect()
}

fn fragment(content_type: &str, content: &Staged) -> Result<String> {
    if !is_text(content_type) {
        return Ok(String::new());
    }
    let bytes = &content.content;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(8 << 10)]).into_owned();
    let text = if content_type.starts_with("text/html") { mime::html_to_text(&text) } else { text };
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(FRAGMENT_CHARS).collect())
}
