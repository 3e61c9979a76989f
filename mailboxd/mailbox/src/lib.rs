// SPDX-License-Identifier: AGPL-3.0-or-later
//! The domain (skeleton of the interface).
pub use blobs::{Blob, Staged, Staging};
pub use ids::{Digest, ItemId, MailboxId, ModSeq, Seq, Uid};
pub use index;
pub use metadata::{
    Address, Brief, Detail, Flags, FolderDetail, Item, Kind, MailboxRow, MessageDetail, SortBy, TagDetail, Tombstone,
};

use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Client's fault.
    #[error("no such {kind}: {id}")]
    NoSuch { kind: &'static str, id: String },
    #[error("{0} already exists")]
    AlreadyExists(String),
    #[error("invalid name: {0}")]
    InvalidName(String),
    #[error("invalid request: {0}")]
    Invalid(String),
    #[error("{0} can't be changed")]
    Immutable(String),
    #[error("folder can't contain that: {0}")]
    CannotContain(String),
    #[error("item changed meanwhile")]
    ModifyConflict,
    #[error("permission denied")]
    Denied,
    #[error("over quota")]
    OverQuota,
    #[error("message is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("query: {0}")]
    Query(#[from] query::ParseError),
    #[error("too old: synchronise from the start")]
    MustResync,
    /// Try again later (disk full, journal failing, mailbox parked): 4xx, NO [UNAVAILABLE]/[INUSE], service.TEMPORARILY_UNAVAILABLE.
    #[error("temporarily not available: {0}")]
    Unavailable(String),
    /// Ours; log it, tell the client an opaque id.
    #[error("store: {0}")]
    Store(String),
}
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone)]
pub struct Config {
    pub state: PathBuf,
    pub message_bytes_max: u64,
    pub inline_max: usize,
    pub compress: bool,
    pub blocking_threads: usize,
}

/// Who asks. Made by a protocol after authentication; the domain checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub account: String,
    pub is_admin: bool,
}

/// All mailboxes of this server. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<()>);
impl Store {
    pub fn open(_config: Config) -> Result<Store> {
        unimplemented!()
    }
    /// The mailbox of an account; made (with its system folders) when it has none.
    pub fn mailbox_of(&self, _account: &str) -> Result<MailboxId> {
        unimplemented!()
    }
    /// Entry for protocols: checked here that `actor` may use the mailbox of `account`.
    pub fn open_mailbox(&self, _actor: &Actor, _account: &str, _quota_bytes: u64) -> Result<Handle> {
        unimplemented!()
    }
    /// Starts taking in a message (call from anywhere; spills to disk above the inline limit).
    pub fn stage(&self) -> Staging {
        unimplemented!()
    }
    /// Crosses from async to the bounded blocking pool.
    pub async fn run<T: Send + 'static>(&self, _work: impl FnOnce(&Store) -> T + Send + 'static) -> T {
        unimplemented!()
    }
    /// One message to many mailboxes, one journal record. An answer per recipient, in order. Blocking.
    pub fn deliver(&self, _message: &Staged, _to: &[Delivery]) -> Vec<Result<ItemId>> {
        unimplemented!()
    }
    pub fn delete_mailbox(&self, _account: &str) -> Result<()> {
        unimplemented!()
    }
    pub fn verify(&self, _progress: &mut dyn FnMut(&str)) -> Result<VerifyReport> {
        unimplemented!()
    }
    pub fn checkpoint(&self) -> Result<()> {
        unimplemented!()
    }
    pub fn stats(&self) -> Result<StoreStats> {
        unimplemented!()
    }
    /// Waits until everything acknowledged is applied and indexed.
    pub fn settle(&self) -> Result<()> {
        unimplemented!()
    }
    /// Checkpoint and close; the last handle's drop without it is a crash as far as the store is concerned.
    pub fn shutdown(&self) -> Result<()> {
        unimplemented!()
    }
}
#[derive(Debug, Clone, serde::Serialize)]
pub struct VerifyReport {
    pub mailboxes: u64,
    pub items: u64,
    pub blobs: u64,
    pub records: u64,
    pub problems: Vec<String>,
}
#[derive(Debug, Clone, serde::Serialize)]
pub struct StoreStats {
    pub mailboxes: u64,
    pub journal_bytes: u64,
    pub journal_last: u64,
    pub journal_synced: u64,
    pub unapplied: u64,
    pub unindexed: u64,
    pub bytes: u64,
    pub items: u64,
}

#[derive(Debug, Clone)]
pub struct Delivery {
    pub account: String,
    pub quota_bytes: u64,
    pub folder: ItemId,
    pub flags: Flags,
    pub envelope_from: String,
    pub envelope_to: String,
}

/// One mailbox, for one actor. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    mailbox: Mailbox,
}
impl Handle {
    /// The one place where async protocol code crosses into the blocking domain. Errors of a full pool are `Unavailable`.
    pub async fn run<T: Send + 'static>(
        &self,
        _work: impl FnOnce(&Mailbox) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        unimplemented!()
    }
    pub fn id(&self) -> MailboxId {
        unimplemented!()
    }
    /// Events of committed changes, in order. A slow reader gets `Lagged` and must look at the whole state again.
    pub fn subscribe(&self) -> tokio::sync::broadcast::Receiver<Arc<Event>> {
        unimplemented!()
    }
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }
}

/// One committed transaction, as sessions see it.
#[derive(Debug, Clone)]
pub struct Event {
    pub modseq: ModSeq,
    pub changes: Vec<Change>,
}
#[derive(Debug, Clone)]
pub enum Change {
    Created(Arc<Item>),
    /// State after the change. `old_folder`/`old_uid` tell what it left, when it moved.
    Modified {
        item: Arc<Item>,
        moved_from: Option<(ItemId, Uid)>,
        what: What,
    },
    Removed {
        id: ItemId,
        kind: Kind,
        folder: ItemId,
        uid: Uid,
    },
}
/// What changed of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct What {
    pub flags: bool,
    pub tags: bool,
    pub folder: bool,
    pub name: bool,
    pub content: bool,
    pub counters: bool,
    pub conversation: bool,
    pub color: bool,
}

/// A folder or saved search with its live counters.
#[derive(Debug, Clone)]
pub struct Folder {
    pub item: Arc<Item>,
    pub detail: FolderDetail,
    /** "/Inbox/Sub": absolute, "/" for the user root. */
    pub path: String,
}
#[derive(Debug, Clone)]
pub struct Tag {
    pub item: Arc<Item>,
    pub detail: TagDetail,
}

#[derive(Debug, Clone, Default)]
pub struct FlagChange {
    pub add: Flags,
    pub remove: Flags,
    pub tags_add: Vec<ItemId>,
    pub tags_remove: Vec<ItemId>,
    /** Replaces the tags whole. */
    pub tags_set: Option<Vec<ItemId>>,
    /** RFC 7162 UNCHANGEDSINCE */
    pub unchanged_since: Option<ModSeq>,
}
#[derive(Debug, Clone, Default)]
pub struct FlagResult {
    pub changed: Vec<Item>,
    /** Failed UNCHANGEDSINCE. */
    pub conflicts: Vec<ItemId>,
    pub missing: Vec<ItemId>,
}
#[derive(Debug, Clone)]
pub struct AddMessage {
    pub folder: ItemId,
    pub flags: Flags,
    pub tags: Vec<ItemId>,
    /** INTERNALDATE; None: now */
    pub date_ms: Option<i64>,
}
#[derive(Debug, Clone, Default)]
pub struct SearchParams {
    pub query: String,
    pub conversations: bool,
    pub sort: Option<SortBy>,
    pub offset: usize,
    pub limit: usize,
    pub tz_offset_minutes: i32,
    /** own addresses, for is:tome etc. */
    pub own_addresses: Vec<String>,
}
#[derive(Debug, Clone)]
pub struct SearchPage {
    pub hits: Vec<Hit>,
    pub more: bool,
    /** exact only when cheap */
    pub total: Option<usize>,
}
#[derive(Debug, Clone)]
pub enum Hit {
    Message(Item),
    Conversation {
        id: i64,
        /** the ones that matched, newest first */
        matched: Vec<ItemId>,
        /** all members, ascending date */
        messages: Vec<Item>,
    },
}

/// The synchronous domain API. Every mutation is durable, applied and published when it returns.
#[derive(Clone)]
pub struct Mailbox(Arc<()>);
impl Mailbox {
    // ---- reading
    pub fn row(&self) -> Result<MailboxRow> {
        unimplemented!()
    }
    pub fn quota_bytes(&self) -> u64 {
        unimplemented!()
    }
    /// Folders and saved searches, parents before children.
    pub fn folders(&self) -> Result<Vec<Folder>> {
        unimplemented!()
    }
    pub fn folder(&self, _id: ItemId) -> Result<Folder> {
        unimplemented!()
    }
    /// "/Inbox", "Inbox", any case for system folders' first element.
    pub fn folder_by_path(&self, _path: &str) -> Result<Option<Folder>> {
        unimplemented!()
    }
    pub fn tags(&self) -> Result<Vec<Tag>> {
        unimplemented!()
    }
    pub fn item(&self, _id: ItemId) -> Result<Item> {
        unimplemented!()
    }
    pub fn items(&self, _ids: &[ItemId]) -> Result<Vec<Item>> {
        unimplemented!()
    }
    /// Messages of a folder, ascending UID, above `after`.
    pub fn folder_messages(&self, _folder: ItemId, _after: Uid) -> Result<Vec<Brief>> {
        unimplemented!()
    }
    /// Real id, or minus a message's id for a virtual one. Ascending date.
    pub fn conversation(&self, _id: i64) -> Result<Vec<Item>> {
        unimplemented!()
    }
    pub fn open_blob(&self, _item: &Item) -> Result<Blob> {
        unimplemented!()
    }
    pub fn content(&self, _item: &Item) -> Result<bytes::Bytes> {
        unimplemented!()
    }
    pub fn search(&self, _params: &SearchParams) -> Result<SearchPage> {
        unimplemented!()
    }
    /// For IMAP SEARCH: ids in `folder` that match a text condition.
    pub fn text_matches(&self, _folder: ItemId, _term: &index::Term) -> Result<std::collections::HashSet<ItemId>> {
        unimplemented!()
    }
    pub fn changed_since(&self, _since: ModSeq, _limit: usize) -> Result<(Vec<Item>, Vec<Tombstone>)> {
        unimplemented!()
    }
    // ---- messages
    pub fn add_message(&self, _message: &Staged, _add: &AddMessage) -> Result<Item> {
        unimplemented!()
    }
    /// New draft, or the next revision of one (same id, new UID).
    pub fn save_draft(
        &self,
        _message: &Staged,
        _draft: Option<ItemId>,
        _origin: Option<(ItemId, String)>,
    ) -> Result<Item> {
        unimplemented!()
    }
    pub fn update_flags(&self, _ids: &[ItemId], _change: &FlagChange) -> Result<FlagResult> {
        unimplemented!()
    }
    /// All or nothing. Answers the moved items (with new UIDs), in order; what is there already is left alone.
    pub fn move_items(&self, _ids: &[ItemId], _folder: ItemId) -> Result<Vec<Item>> {
        unimplemented!()
    }
    /// All or nothing: (source, copy) in order.
    pub fn copy_items(&self, _ids: &[ItemId], _folder: ItemId) -> Result<Vec<(ItemId, Item)>> {
        unimplemented!()
    }
    /// For good. Unknown ids are ignored (answers those deleted).
    pub fn delete_items(&self, _ids: &[ItemId]) -> Result<Vec<ItemId>> {
        unimplemented!()
    }
    // ---- folders, saved searches, tags
    pub fn create_folder(&self, _parent: ItemId, _name: &str, _view: &str) -> Result<Folder> {
        unimplemented!()
    }
    pub fn create_search_folder(
        &self,
        _parent: ItemId,
        _name: &str,
        _query: &str,
        _types: &str,
        _sort_by: &str,
    ) -> Result<Folder> {
        unimplemented!()
    }
    pub fn modify_search_folder(&self, _id: ItemId, _query: &str, _types: &str, _sort_by: &str) -> Result<Folder> {
        unimplemented!()
    }
    /// `parent` and/or `name`: rename and move in one.
    pub fn rename_folder(&self, _id: ItemId, _parent: Option<ItemId>, _name: Option<&str>) -> Result<Folder> {
        unimplemented!()
    }
    /// Flags (SUBSCRIBED, CHECKED) and colour of a folder, search or tag.
    pub fn update_container(
        &self,
        _id: ItemId,
        _add: Flags,
        _remove: Flags,
        _color: Option<u8>,
        _rgb: Option<String>,
    ) -> Result<Item> {
        unimplemented!()
    }
    /// With everything in it, sub-folders too.
    pub fn delete_folder(&self, _id: ItemId) -> Result<()> {
        unimplemented!()
    }
    pub fn empty_folder(&self, _id: ItemId, _recursive: bool) -> Result<()> {
        unimplemented!()
    }
    pub fn mark_folder_read(&self, _id: ItemId, _recursive: bool) -> Result<()> {
        unimplemented!()
    }
    /// IMAP: hands out \Recent; the answer is the first UID that was recent before, all above are no longer.
    pub fn claim_recent(&self, _folder: ItemId) -> Result<Uid> {
        unimplemented!()
    }
    pub fn create_tag(&self, _name: &str, _color: Option<u8>, _rgb: Option<String>) -> Result<Tag> {
        unimplemented!()
    }
    pub fn rename_tag(&self, _id: ItemId, _name: &str) -> Result<Tag> {
        unimplemented!()
    }
    pub fn delete_tag(&self, _id: ItemId) -> Result<()> {
        unimplemented!()
    }
}
