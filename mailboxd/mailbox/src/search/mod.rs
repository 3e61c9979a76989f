// SPDX-License-Identifier: AGPL-3.0-or-later
//! Evaluates a query on rows and index. Knows nothing of the rest of the domain: what it needs is handed in.
//!
//! The query becomes a tree of tests on a row ([`node`]); each text condition is asked of the index once and becomes a set
//! of ids ([`compile`]). Then the cheaper of two ways leads to the page ([`drive`]): fetch the few rows that a set names
//! and sort them, or walk the rows in order until the page is full. Either way every row is tested by the whole tree, so
//! the way is a matter of speed only.

mod compile;
mod drive;
pub(crate) mod id_set;
mod node;
pub(crate) mod spot;
#[cfg(test)]
mod tests;

use crate::error::Result;
pub(crate) use compile::compile;
use ids::{ItemId, MailboxId};
use index::{Document, Indexes};
use metadata::{Kind, Reader, SortBy};
use query::Query;

/// What a query may name, and what the index does not hold yet.
pub(crate) struct Context<'a> {
    pub folders: &'a [Place],
    pub tags: &'a [(String, ItemId)],
    /// The searcher's addresses, for is:tome and its like.
    pub own_addresses: &'a [String],
    /// Trash is searched, too, where the query names no place; Junk likewise.
    pub with_trash: bool,
    pub with_junk: bool,
    /// Contacts are looked for, which a word finds that begins a name of theirs.
    pub with_contacts: bool,
    /// A visitor's search goes through these folders, ascending; `None`: all.
    pub only: Option<&'a [ItemId]>,
    /// Messages that are new or changed since the index was committed. Take it before the search.
    pub tail: &'a [(ItemId, Document)],
}

/// Which things are looked for: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    pub messages: bool,
    pub contacts: bool,
    pub documents: bool,
}

impl Kinds {
    pub const MESSAGES: Kinds = Kinds { messages: true, contacts: false, documents: false };
    pub const CONTACTS: Kinds = Kinds { messages: false, contacts: true, documents: false };

    pub fn contain(self, kind: Kind) -> bool {
        match kind {
            Kind::Message => self.messages,
            Kind::Contact => self.contacts,
            Kind::Document => self.documents,
            _ => false,
        }
    }

    pub(crate) fn list(self) -> Vec<Kind> {
        [Kind::Message, Kind::Contact, Kind::Document].into_iter().filter(|kind| self.contain(*kind)).collect()
    }
}

impl Default for Kinds {
    fn default() -> Kinds {
        Kinds::MESSAGES
    }
}

/// A folder, as `in:` names it.
pub(crate) struct Place {
    pub id: ItemId,
    pub parent: ItemId,
    /// Absolute: "/Inbox/Sub", "/" for the user root.
    pub path: String,
}

/// Which part of the answer is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub sort: SortBy,
    pub kinds: Kinds,
    /// One hit per conversation, at the place of its first message.
    pub conversations: bool,
    pub offset: usize,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub hits: Vec<FoundHit>,
    pub more: bool,
    /// All hits, where that is known without looking at all of them.
    pub total: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FoundHit {
    /// A message, contact or document.
    Message(ItemId),
    Conversation {
        /// Real conversation, or minus the id of its only message.
        id: i64,
        /// Those that matched, newest first.
        matched: Vec<ItemId>,
    },
}

/// `NoSuch` if the query names a folder or tag that is not there. Trash and Junk are left out, with what is below them,
/// unless the query names a place.
pub(crate) fn evaluate(
    reader: &Reader<'_>,
    indexes: &Indexes,
    mailbox: MailboxId,
    query: &Query,
    context: &Context<'_>,
    page: Page,
    cursor: Option<&spot::Cursor>,
) -> Result<Found> {
    let node = compile(indexes, mailbox, query, context)?;
    drive::page(reader, &node, page, cursor, drive::FETCH_MAX)
}
