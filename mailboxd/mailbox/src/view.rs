// SPDX-License-Identifier: AGPL-3.0-or-later
//! The small part of a mailbox that is kept in memory: its row, folders, saved searches and tags. Immutable: a change makes
//! the next view, so that "what is assigned" and "what sessions may see" are two pointers and a failed change costs nothing.

use crate::error::{Error, Result};
use crate::schedule::Schedules;
use crate::script::ActiveScript;
use ids::{ItemId, ModSeq};
use metadata::{Detail, Flags, FolderDetail, Item, Kind, MailboxRow, TagDetail};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(crate) struct View {
    pub row: MailboxRow,
    pub containers: BTreeMap<ItemId, Arc<Item>>,
    /// The Sieve script that filters what is delivered.
    pub script: Option<ActiveScript>,
    /// When drafts are sent.
    pub scheduled: Arc<Schedules>,
}

/// A folder or saved search with its live counters.
#[derive(Debug, Clone)]
pub struct Folder {
    pub item: Arc<Item>,
    pub detail: FolderDetail,
    /// Absolute, "/Inbox/Sub"; "/" for the user root, "" for the hidden root.
    pub path: String,
}

#[derive(Debug, Clone)]
pub struct Tag {
    pub item: Arc<Item>,
    pub detail: TagDetail,
}

impl View {
    pub fn folder_item(&self, id: ItemId) -> Result<&Arc<Item>> {
        self.containers
            .get(&id)
            .filter(|item| matches!(item.kind, Kind::Folder | Kind::SearchFolder | Kind::MountPoint))
            .ok_or_else(|| Error::no_such("folder", id))
    }

    pub fn folder(&self, id: ItemId) -> Result<Folder> {
        let item = self.folder_item(id)?.clone();
        let Detail::Folder(detail) = item.detail.clone() else {
            return Err(Error::Store(format!("folder {id} has the detail of another kind")));
        };
        let path = self.path(&item);
        Ok(Folder { item, detail, path })
    }

    pub fn tag(&self, id: ItemId) -> Result<Tag> {
        match self.containers.get(&id) {
            Some(item) if item.kind == Kind::Tag => match &item.detail {
                Detail::Tag(detail) => Ok(Tag { item: item.clone(), detail: detail.clone() }),
                _ => Err(Error::Store(format!("tag {id} has the detail of another kind"))),
            },
            _ => Err(Error::no_such("tag", id)),
        }
    }

    pub fn tags(&self) -> Vec<Tag> {
        self.containers.keys().filter_map(|id| self.tag(*id).ok()).collect()
    }

    /// Parents before children, siblings by id.
    pub fn folders(&self) -> Vec<Folder> {
        let mut out = Vec::with_capacity(self.containers.len());
        let mut stack = vec![ItemId::ROOT];
        while let Some(id) = stack.pop() {
            if let Ok(folder) = self.folder(id) {
                out.push(folder);
            }
            stack.extend(self.children(id).map(|child| child.id).rev());
        }
        out
    }

    /// Direct sub-folders and saved searches.
    pub fn children(&self, parent: ItemId) -> impl DoubleEndedIterator<Item = &Arc<Item>> {
        self.containers
            .values()
            .filter(move |item| item.kind != Kind::Tag && item.folder == parent && item.id != ItemId::ROOT)
    }

    /// The folder and all below it, parents first.
    pub fn subtree(&self, id: ItemId) -> Vec<ItemId> {
        let mut out = vec![id];
        let mut next = 0;
        while let Some(parent) = out.get(next).copied() {
            out.extend(self.children(parent).map(|child| child.id));
            next += 1;
        }
        out
    }

    /// Names match without regard to case, as Zimbra's do; white space and slashes around the path are ignored.
    pub fn folder_by_path(&self, path: &str) -> Option<ItemId> {
        let mut at = ItemId::USER_ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = self.child_named(at, name)?.id;
        }
        Some(at)
    }

    pub fn child_named(&self, parent: ItemId, name: &str) -> Option<&Arc<Item>> {
        let name = name.to_lowercase();
        self.children(parent).find(|child| child.name.to_lowercase() == name)
    }

    /// Of the owner's folders, not of the system's.
    pub fn folder_for(&self, special_use: &str) -> Option<ItemId> {
        let is_for = |item: &Item| match &item.detail {
            Detail::Folder(detail) => {
                detail.special_use.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(special_use))
            }
            _ => false,
        };
        self.containers.values().find(|item| is_for(item)).map(|item| item.id)
    }

    pub fn tag_named(&self, name: &str) -> Option<&Arc<Item>> {
        let name = name.to_lowercase();
        self.containers.values().find(|item| item.kind == Kind::Tag && item.name.to_lowercase() == name)
    }

    fn path(&self, item: &Item) -> String {
        if item.id == ItemId::ROOT {
            return String::new();
        }
        let mut names = Vec::new();
        let mut at = item;
        // the tree is no deeper than its number of folders, whatever the rows say
        for _ in 0..self.containers.len() {
            if at.id == ItemId::USER_ROOT || at.id == ItemId::ROOT {
                break;
            }
            names.push(at.name.as_str());
            match self.containers.get(&at.folder) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        names.reverse();
        format!("/{}", names.join("/"))
    }
}

/// The folders that every mailbox has: id, parent, name, default view (Zimbra's fixed ids and names).
const SYSTEM_FOLDERS: [(ItemId, ItemId, &str, &str); 15] = [
    (ItemId::ROOT, ItemId::ROOT, "ROOT", ""),
    (ItemId::USER_ROOT, ItemId::ROOT, "USER_ROOT", ""),
    (ItemId::INBOX, ItemId::USER_ROOT, "Inbox", "message"),
    (ItemId::TRASH, ItemId::USER_ROOT, "Trash", ""),
    (ItemId::JUNK, ItemId::USER_ROOT, "Junk", "message"),
    (ItemId::SENT, ItemId::USER_ROOT, "Sent", "message"),
    (ItemId::DRAFTS, ItemId::USER_ROOT, "Drafts", "message"),
    (ItemId::CONTACTS, ItemId::USER_ROOT, "Contacts", "contact"),
    (ItemId::TAGS, ItemId::ROOT, "Tags", "conversation"),
    (ItemId::CONVERSATIONS, ItemId::ROOT, "Conversations", "conversation"),
    (ItemId::CALENDAR, ItemId::USER_ROOT, "Calendar", "appointment"),
    (ItemId::EMAILED_CONTACTS, ItemId::USER_ROOT, "Emailed Contacts", "contact"),
    (ItemId::CHATS, ItemId::USER_ROOT, "Chats", "message"),
    (ItemId::TASKS, ItemId::USER_ROOT, "Tasks", "task"),
    (ItemId::BRIEFCASE, ItemId::USER_ROOT, "Briefcase", "document"),
];

pub(crate) fn system_folders(modseq: ModSeq, now_ms: i64) -> impl Iterator<Item = Item> {
    SYSTEM_FOLDERS.iter().map(move |(id, parent, name, view)| {
        let mut folder = new_folder(*id, *parent, name, view, modseq, now_ms);
        if matches!(*id, ItemId::INBOX | ItemId::TRASH | ItemId::JUNK | ItemId::SENT | ItemId::DRAFTS) {
            folder.flags = Flags::SUBSCRIBED;
        }
        folder
    })
}

/// Seconds since 1970 when the folder is made: grows when a folder is deleted and made again (RFC 9051 §2.3.1.1).
pub(crate) fn uid_validity(now_ms: i64) -> u32 {
    u32::try_from(now_ms / 1000).unwrap_or(1).max(1)
}

pub(crate) fn new_folder(id: ItemId, parent: ItemId, name: &str, view: &str, modseq: ModSeq, now_ms: i64) -> Item {
    let detail = FolderDetail {
        view: view.into(),
        uid_next: 1,
        recent_from: 1,
        uid_validity: uid_validity(now_ms),
        highest_modseq: modseq.0,
        ..FolderDetail::default()
    };
    container(id, Kind::Folder, parent, name, modseq, now_ms, Detail::Folder(detail))
}

pub(crate) fn container(
    id: ItemId,
    kind: Kind,
    parent: ItemId,
    name: &str,
    modseq: ModSeq,
    now_ms: i64,
    detail: Detail,
) -> Item {
    Item {
        id,
        kind,
        folder: parent,
        conversation: None,
        uid: ids::Uid(0),
        modseq,
        revision: modseq,
        date_ms: now_ms,
        changed_ms: now_ms,
        size: 0,
        flags: Flags::default(),
        tags: Vec::new(),
        name: name.into(),
        subject: String::new(),
        subject_sort: String::new(),
        sender_sort: String::new(),
        digest: None,
        message_id_hash: 0,
        thread_hash: 0,
        detail,
    }
}
