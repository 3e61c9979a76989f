// SPDX-License-Identifier: AGPL-3.0-or-later
//! Rows of every mailbox, on SQL.

mod row;
pub use row::*;

use ids::{ItemId, MailboxId, ModSeq, Seq, Uid};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("metadata {path}: {what}")]
    Sql { path: PathBuf, what: String },
}
pub type Result<T> = std::result::Result<T, Error>;

/// All metadata of one server. Cheap to clone; connections are pooled and bounded.
#[derive(Clone)]
pub struct Metadata(Arc<()>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    DateDesc,
    DateAsc,
    SubjectDesc,
    SubjectAsc,
    NameDesc,
    NameAsc,
    SizeDesc,
    SizeAsc,
    IdAsc,
}

/// What the search evaluator needs of a message without its detail: cheap to read in bulk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    pub id: ItemId,
    pub folder: ItemId,
    pub conversation: Option<ItemId>,
    pub uid: Uid,
    pub modseq: ModSeq,
    pub date_ms: i64,
    pub size: u64,
    pub flags: Flags,
    pub tags: Vec<ItemId>,
}

impl Metadata {
    pub fn open(_dir: &Path, _connections_max: usize) -> Result<Metadata> {
        unimplemented!()
    }
    pub fn mailboxes(&self) -> Result<Vec<MailboxRow>> {
        unimplemented!()
    }
    pub fn mailbox(&self, _id: MailboxId) -> Result<Option<MailboxRow>> {
        unimplemented!()
    }
    /// One transaction on one mailbox; committed if `work` returns Ok.
    pub fn write<T>(&self, _mailbox: MailboxId, _work: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        unimplemented!()
    }
    pub fn read<T>(&self, _mailbox: MailboxId, _work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        unimplemented!()
    }
    /// Makes everything committed so far durable (synced WAL checkpoint of every dirty file).
    pub fn checkpoint(&self) -> Result<()> {
        unimplemented!()
    }
    pub fn remove_mailbox(&self, _id: MailboxId) -> Result<()> {
        unimplemented!()
    }
}

pub struct Writer<'a>(std::marker::PhantomData<&'a ()>);
impl Writer<'_> {
    pub fn put_mailbox(&mut self, _row: &MailboxRow) -> Result<()> {
        unimplemented!()
    }
    pub fn put_item(&mut self, _item: &Item) -> Result<()> {
        unimplemented!()
    }
    pub fn patch_item(&mut self, _patch: &Patch) -> Result<()> {
        unimplemented!()
    }
    pub fn remove_item(&mut self, _id: ItemId) -> Result<()> {
        unimplemented!()
    }
    pub fn put_tombstone(&mut self, _tombstone: &Tombstone) -> Result<()> {
        unimplemented!()
    }
    pub fn reader(&self) -> Reader<'_> {
        unimplemented!()
    }
}

pub struct Reader<'a>(std::marker::PhantomData<&'a ()>);
impl Reader<'_> {
    pub fn mailbox(&self) -> Result<Option<MailboxRow>> {
        unimplemented!()
    }
    pub fn item(&self, _id: ItemId) -> Result<Option<Item>> {
        unimplemented!()
    }
    /// In the order of `ids`; what does not exist is left out. Any length (chunked inside).
    pub fn items(&self, _ids: &[ItemId]) -> Result<Vec<Item>> {
        unimplemented!()
    }
    /// All folders, saved searches and tags: small, the mailbox keeps them in memory.
    pub fn containers(&self) -> Result<Vec<Item>> {
        unimplemented!()
    }
    /// Messages of a folder by ascending UID, from `after` (exclusive).
    pub fn folder_messages(&self, _folder: ItemId, _after: Uid) -> Result<Vec<Brief>> {
        unimplemented!()
    }
    /// Members of a real conversation, ascending date.
    pub fn conversation(&self, _id: ItemId) -> Result<Vec<Item>> {
        unimplemented!()
    }
    /// Messages whose message_id_hash is in `message_ids` or whose thread_hash is in `threads`.
    pub fn thread_candidates(&self, _message_ids: &[i64], _threads: &[i64]) -> Result<Vec<Brief>> {
        unimplemented!()
    }
    /// Everything with modseq > since, ascending modseq then id, at most `limit`.
    pub fn changed_since(&self, _since: ModSeq, _limit: usize) -> Result<Vec<Item>> {
        unimplemented!()
    }
    pub fn tombstones_since(&self, _since: ModSeq, _limit: usize) -> Result<Vec<Tombstone>> {
        unimplemented!()
    }
    /// Messages that pass `filter`, in `sort` order, handed to `each` until it returns false.
    pub fn scan(&self, _filter: &Filter, _sort: SortBy, _each: &mut dyn FnMut(Brief) -> bool) -> Result<()> {
        unimplemented!()
    }
    pub fn briefs(&self, _ids: &[ItemId]) -> Result<Vec<Brief>> {
        unimplemented!()
    }
    pub fn tagged(&self, _tag: ItemId) -> Result<Vec<ItemId>> {
        unimplemented!()
    }
}

/// Conditions that SQL can use an index for; all must hold; empty means all messages.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Empty: any folder.
    pub folders: Vec<ItemId>,
    pub conversation: Option<ItemId>,
    /// Inclusive lower, exclusive upper bound of date_ms.
    pub date_from_ms: Option<i64>,
    pub date_until_ms: Option<i64>,
    /// All of these bits set.
    pub flags_all: Flags,
    /// None of these bits set.
    pub flags_none: Flags,
    pub tag: Option<ItemId>,
}
#[allow(unused)]
fn unused(_: Seq) {}
