// SPDX-License-Identifier: AGPL-3.0-or-later
//! Files of the briefcase: saved in versions, locked, renamed. Moving, tagging and deleting is that of all items (`item/`).

mod names;
mod save;

pub use save::SaveDocument;

use crate::access::Access;
use crate::error::{Error, Result};
use crate::folder::clean_name;
use crate::mailbox::Mailbox;
use blobs::Blob;
use ids::ItemId;
use index::Document;
use metadata::{Detail, DocumentDetail, Item, Kind, Lock, Rights};
use save::set_name;

/// Octets of text of one document that are searchable.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Characters of a sort key, as of a message's.
const SORT_KEY_CHARS: usize = 128;

impl Mailbox {
    /// One document; [`Error::NoSuch`] for what is none.
    pub fn document(&self, id: ItemId) -> Result<Item> {
        match self.item(id) {
            Ok(item) if item.kind == Kind::Document => Ok(item),
            Ok(_) | Err(Error::NoSuch { .. }) => Err(Error::no_such("document", id)),
            Err(error) => Err(error),
        }
    }

    /// Documents of a folder, by name.
    pub fn documents(&self, folder: ItemId) -> Result<Vec<Item>> {
        let view = self.view();
        view.folder_item(folder)?;
        self.access.check(&view, folder, Rights::READ)?;
        self.documents_in(folder)
    }

    /// By its path, "/Briefcase/plan.txt", in any case.
    pub fn document_by_path(&self, path: &str) -> Result<Option<Item>> {
        let (folder, name) = path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", path));
        let Some(folder) = self.folder_by_path(folder)? else { return Ok(None) };
        match self.documents(folder.item.id) {
            Ok(all) => Ok(all.into_iter().find(|item| item.name.to_lowercase() == name.to_lowercase())),
            Err(Error::Denied | Error::NoSuch { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The content of a version, and its type; `None`: of the newest.
    pub fn open_document(&self, item: &Item, version: Option<u32>) -> Result<(Blob, String)> {
        let missing = || Error::NoSuch { kind: "revision", id: version.unwrap_or_default().to_string() };
        let Detail::Document(detail) = &item.detail else { return Err(Error::no_such("document", item.id)) };
        if version.is_none_or(|version| version == detail.version) {
            return Ok((self.open_blob(item)?, detail.content_type.clone()));
        }
        let earlier = detail.versions.iter().find(|known| Some(known.version) == version).ok_or_else(missing)?;
        let past = Item { revision: earlier.revision, digest: Some(earlier.digest), ..item.clone() };
        Ok((self.open_blob(&past)?, earlier.content_type.clone()))
    }

    pub fn rename_document(&self, id: ItemId, name: &str) -> Result<Item> {
        let name = clean_name(name)?;
        self.change_document(id, None, |mailbox, draft, item| {
            mailbox.check_document_name(draft, item.folder, &name, Some(id))?;
            set_name(item, name.clone());
            Ok(())
        })
    }

    /// Takes it, for the account with this id and name; `Locked` if somebody else has it.
    pub fn lock_document(&self, id: ItemId, account: &str, name: &str) -> Result<Item> {
        self.change_document(id, Some(account), |_, draft, item| {
            let at_ms = draft.now_ms;
            if let Detail::Document(detail) = &mut item.detail {
                let lock = Lock { account: account.to_owned(), name: name.to_owned(), at_ms };
                detail.lock.get_or_insert(lock);
            }
            Ok(())
        })
    }

    /// The owner of the mailbox may open anybody's lock.
    pub fn unlock_document(&self, id: ItemId, account: &str) -> Result<Item> {
        let asks = (!self.is_own()).then_some(account);
        self.change_document(id, asks, |_, _, item| {
            if let Detail::Document(detail) = &mut item.detail {
                detail.lock = None;
            }
            Ok(())
        })
    }

    /// Takes one earlier version away, or all up to it. The newest stays, and what is gone already is no error.
    pub fn purge_versions(&self, id: ItemId, version: u32, older_too: bool) -> Result<Item> {
        self.change_document(id, None, |_, _, item| {
            let Detail::Document(detail) = &mut item.detail else { return Ok(()) };
            detail.versions.retain(|one| if older_too { one.version > version } else { one.version != version });
            Ok(())
        })
    }

    /// What somebody else holds, a visitor leaves where it is and as it is; the owner need not.
    pub(crate) fn check_locks(&self, rows: &[Item]) -> Result<()> {
        let Access::Visitor(visitor) = &self.access else { return Ok(()) };
        rows.iter().try_for_each(|row| match &row.detail {
            Detail::Document(detail) => check_lock(detail, &visitor.account),
            _ => Ok(()),
        })
    }

    /// A change that leaves the content as it is. `lock`: nobody but this account may hold it.
    fn change_document(
        &self,
        id: ItemId,
        lock: Option<&str>,
        change: impl FnOnce(&Mailbox, &crate::draft::Draft, &mut Item) -> Result<()>,
    ) -> Result<Item> {
        self.transact(&[], |draft| {
            let before = self.document_row(id)?;
            draft.check(before.folder, Rights::WRITE)?;
            self.check_locks(std::slice::from_ref(&before))?;
            if let (Some(account), Detail::Document(detail)) = (lock, &before.detail) {
                check_lock(detail, account)?;
            }
            let mut after = before.clone();
            change(self, draft, &mut after)?;
            if after == before {
                return Ok(before);
            }
            after.modseq = draft.modseq;
            after.changed_ms = draft.now_ms;
            // A name is searched for: the index follows revisions.
            if after.name != before.name {
                after.revision = draft.modseq;
            }
            Ok(draft.revise(&before, after)?.as_ref().clone())
        })
    }
}

fn check_lock(detail: &DocumentDetail, account: &str) -> Result<()> {
    match &detail.lock {
        Some(lock) if lock.account != account => Err(Error::Locked(lock.name.clone())),
        _ => Ok(()),
    }
}

/// Content that is its own text.
pub(crate) fn is_text(content_type: &str) -> bool {
    content_type.starts_with("text/")
}

/// Without its parameters.
pub(crate) fn bare_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// What the index knows of a document. `content`: of one that is text.
pub(crate) fn searchable(item: &Item, detail: &DocumentDetail, content: Option<&[u8]>) -> Document {
    let text = content.map(|content| &content[..content.len().min(TEXT_BYTES_MAX)]);
    let text = text.map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
    let is_html = detail.content_type.starts_with("text/html");
    Document {
        subject: item.name.clone(),
        from: format!("{} {}", detail.creator, detail.author),
        body: format!("{} {}", if is_html { mime::html_to_text(&text) } else { text }, detail.description),
        filenames: item.name.clone(),
        // Text is its own words; all else has to be read for them.
        waits: content.is_none() && mime::has_words(&bare_type(&detail.content_type)),
        types: vec![bare_type(&detail.content_type)],
        ..Document::default()
    }
}
