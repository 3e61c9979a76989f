// SPDX-License-Identifier: AGPL-3.0-or-later
//! Search as protocols ask for it: the text of a query in, a page of items out. `search/` evaluates.

use crate::error::{Error, Result};
use crate::header::header_holds;
use crate::indexer::{TAIL_MAX, Tail};
use crate::mailbox::Mailbox;
use crate::search::id_set::IdSet;
use crate::search::spot::{self, Cursor};
pub use crate::search::spot::{sort_key, sort_value};
use crate::search::{self, Context, Found, FoundHit, Kinds, Page, Place};
use crate::view::{Folder, View};
use ids::ItemId;
use metadata::{Brief, Item, Reader, Rights, SortBy};

#[derive(Debug, Clone, Default)]
pub struct SearchParams {
    pub query: String,
    /// One hit per conversation.
    pub conversations: bool,
    pub kinds: Kinds,
    /// `None`: newest first.
    pub sort: Option<SortBy>,
    pub offset: usize,
    pub limit: usize,
    /// Goes on behind a hit of an earlier page.
    pub after: Option<After>,
    /// Where the query names no place, Trash is searched, too; Junk likewise.
    pub with_trash: bool,
    pub with_junk: bool,
    /// Of the searcher, for dates.
    pub tz_offset_minutes: i32,
    /// The searcher's addresses, for is:tome and its like.
    pub own_addresses: Vec<String>,
}

/// The hit that a page begins behind, and the sort value that it ends before.
#[derive(Debug, Clone)]
pub struct After {
    /// Message or conversation.
    pub id: i64,
    /// Its [`sort_value`] when it was seen; without one of this order, the hit itself is looked for.
    pub sort_value: Option<String>,
    pub until: Option<String>,
}

#[derive(Debug, Clone)]
pub struct SearchPage {
    pub hits: Vec<Hit>,
    pub more: bool,
    /// All hits, where that is known without looking at all of them.
    pub total: Option<usize>,
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a page has a few dozen hits")]
pub enum Hit {
    /// A message, contact or document.
    Message(Item),
    Conversation {
        /// Real conversation, or minus the id of its only message.
        id: i64,
        /// Those that matched, newest first.
        matched: Vec<ItemId>,
        /// All members by ascending date.
        messages: Vec<Item>,
        /// That of the message by which the conversation has its place.
        sort_value: String,
    },
}

/// What the index says of a header condition.
#[derive(Debug, Clone, Default)]
pub struct HeaderMatches {
    pub sure: IdSet,
    /// Their rows decide.
    pub maybe: IdSet,
}

struct Names {
    folders: Vec<Place>,
    tags: Vec<(String, ItemId)>,
    /// Ids of the folders, ascending.
    readable: Vec<ItemId>,
}

/// Hits of one page at most.
const LIMIT_MAX: usize = 1_000;
/// Rows whose texts are in memory at once, where each is read: of a mebibyte each at most.
const AT_ONCE: usize = 50;

impl Mailbox {
    /// A page of what matches. Everything acknowledged before the call is found.
    pub fn search(&self, params: &SearchParams) -> Result<SearchPage> {
        let sort = params.sort.unwrap_or(SortBy::DateDesc);
        let page = Page {
            sort,
            conversations: params.conversations,
            kinds: params.kinds,
            offset: params.offset,
            limit: params.limit.min(LIMIT_MAX),
        };
        self.evaluate(params, page, |reader, found| hits(reader, found, sort))
    }

    /// Ids of messages that match, newest first.
    pub(crate) fn matching(&self, params: &SearchParams, limit: usize) -> Result<Vec<ItemId>> {
        self.matching_kinds(params, Kinds::MESSAGES, limit)
    }

    pub(crate) fn matching_kinds(&self, params: &SearchParams, kinds: Kinds, limit: usize) -> Result<Vec<ItemId>> {
        let page = Page { sort: SortBy::DateDesc, kinds, conversations: false, offset: 0, limit };
        let id = |hit: FoundHit| match hit {
            FoundHit::Message(id) => Some(id),
            FoundHit::Conversation { .. } => None,
        };
        self.evaluate(params, page, |_, found| Ok(found.hits.into_iter().filter_map(id).collect()))
    }

    /// `take`: what is made of it, on the same reader.
    fn evaluate<T>(
        &self,
        params: &SearchParams,
        page: Page,
        take: impl FnOnce(&Reader<'_>, Found) -> metadata::Result<T>,
    ) -> Result<T> {
        let query = self.parse_query(&params.query, params.tz_offset_minutes)?;
        let view = self.view();
        let tail = self.tail_documents()?;
        let names = self.names(&view);
        let context = Context {
            only: (!self.is_own()).then_some(names.readable.as_slice()),
            folders: &names.folders,
            tags: &names.tags,
            own_addresses: &params.own_addresses,
            with_trash: params.with_trash,
            with_junk: params.with_junk,
            with_contacts: page.kinds.contacts,
            tail: &tail,
        };
        let cursor = params.after.as_ref().map(|after| cursor(after, page.sort)).transpose()?;
        let shared = self.shared();
        shared.metadata.read(self.live.id, |reader| {
            let found =
                search::evaluate(reader, &shared.indexes, self.live.id, &query, &context, page, cursor.as_ref());
            // an error of the query is no error of the rows
            match found {
                Ok(found) => take(reader, found).map(Ok),
                Err(error) => Ok(Err(error)),
            }
        })?
    }

    /// What a query may name. A visitor neither finds nor learns by name what is not shared.
    fn names(&self, view: &View) -> Names {
        let seen = |folder: &Folder| self.is_own() || self.may(view, folder.item.id, Rights::READ);
        let folders = view.folders().into_iter().filter(seen);
        let folders: Vec<_> =
            folders.map(|folder| Place { id: folder.item.id, parent: folder.item.folder, path: folder.path }).collect();
        let tags = view.tags().iter().map(|tag| (tag.item.name.clone(), tag.item.id)).collect();
        let mut readable: Vec<ItemId> = folders.iter().map(|place| place.id).collect();
        readable.sort_unstable();
        Names { folders, tags, readable }
    }

    /// Keeps those that match a query, row by row: of what is in no index.
    pub(crate) fn retain_matching(&self, params: &SearchParams, rows: &mut Vec<Item>) -> Result<()> {
        if params.query.trim().is_empty() {
            return Ok(());
        }
        let query = self.parse_query(&params.query, params.tz_offset_minutes)?;
        let shared = self.shared();
        let names = self.names(&self.view());
        let mut matching = Vec::new();
        for some in rows.chunks(AT_ONCE) {
            let documents = some.iter().map(|item| Ok((item.id, shared.document(self.live.id, item)?)));
            let documents: Vec<_> = documents.collect::<Result<_>>()?;
            let context = Context {
                only: None,
                folders: &names.folders,
                tags: &names.tags,
                own_addresses: &params.own_addresses,
                with_trash: true,
                with_junk: true,
                with_contacts: params.kinds.contacts,
                tail: &documents,
            };
            let node = search::compile(&shared.indexes, self.live.id, &query, &context)?;
            matching.extend(some.iter().filter(|item| node.test(&Brief::of(item), Some(item)) == Some(true)).cloned());
        }
        *rows = matching;
        Ok(())
    }

    /// For IMAP SEARCH: messages of the whole mailbox that match a text condition.
    pub fn text_matches(&self, term: &index::Term) -> Result<IdSet> {
        self.view();
        let tail = self.tail_documents()?;
        let mut found = self.shared().indexes.search(self.live.id, term)?;
        forget(&mut found, tail.iter().map(|(id, _)| *id));
        let matches = tail.iter().filter(|(_, document)| index::Indexes::matches(document, term));
        found.extend(matches.map(|(id, _)| *id));
        Ok(IdSet::new(found))
    }

    /// For IMAP SEARCH, whose header keys look into words: messages of the whole mailbox of which
    /// [`crate::header_holds`] is true. `None` if the index can't tell.
    pub fn header_matches(&self, header: index::Header, text: &str) -> Result<Option<HeaderMatches>> {
        self.view();
        let tail = self.tail()?;
        let Some(found) = self.shared().indexes.holding(self.live.id, header, text)? else { return Ok(None) };
        let (mut sure, mut maybe) = (found.sure, found.maybe);
        for ids in [&mut sure, &mut maybe] {
            forget(ids, tail.add.iter().map(|item| item.id));
        }
        sure.extend(tail.add.iter().filter(|item| header_holds(item, header, text)).map(|item| item.id));
        Ok(Some(HeaderMatches { sure: IdSet::new(sure), maybe: IdSet::new(maybe) }))
    }

    /// What the index does not hold yet; a long tail is indexed first.
    fn tail(&self) -> Result<Tail> {
        let shared = self.shared();
        let tail = shared.tail(self.live.id, TAIL_MAX)?;
        if !tail.more {
            return Ok(tail);
        }
        shared.index_now(self.live.id)?;
        shared.tail(self.live.id, TAIL_MAX)
    }

    fn tail_documents(&self) -> Result<Vec<(ItemId, index::Document)>> {
        let tail = self.tail()?;
        tail.add.iter().map(|item| Ok((item.id, self.shared().document(self.live.id, item)?))).collect()
    }

    pub(crate) fn parse_query(&self, text: &str, tz_offset_minutes: i32) -> Result<query::Query> {
        let context = query::Context { now_ms: self.shared().now_ms(), tz_offset_minutes };
        Ok(query::parse(text, &context)?)
    }
}

/// What the index says of messages that changed since is old.
fn forget(found: &mut Vec<ItemId>, changed: impl Iterator<Item = ItemId>) {
    let changed = IdSet::new(changed.collect());
    if changed.len() > 0 {
        found.retain(|id| !changed.contains(*id));
    }
}

fn cursor(after: &After, sort: SortBy) -> Result<Cursor> {
    // A value of another order or server says nothing: then the hit itself is looked for.
    let from = after.sort_value.as_deref().and_then(|value| spot::parse(value, sort));
    let until = match &after.until {
        Some(text) => {
            let bad = || Error::Invalid(format!("{text:?} is no sort value of this order"));
            Some(spot::parse(text, sort).ok_or_else(bad)?)
        }
        None => None,
    };
    Ok(Cursor { id: after.id, from, until })
}

/// Rows for the ids that were found, on the same reader.
fn hits(reader: &Reader<'_>, found: Found, sort: SortBy) -> metadata::Result<SearchPage> {
    let mut hits = Vec::with_capacity(found.hits.len());
    for hit in found.hits {
        match hit {
            FoundHit::Message(id) => hits.extend(reader.item(id)?.map(Hit::Message)),
            FoundHit::Conversation { id, matched } => {
                let messages = match u32::try_from(id) {
                    Ok(real) => reader.conversation(ItemId(real))?,
                    Err(_) => reader.items(&matched)?,
                };
                let of_match = messages.iter().filter(|item| matched.contains(&item.id));
                let first = of_match.min_by_key(|item| sort_key(item, sort));
                let sort_value = first.map(|item| sort_value(item, sort)).unwrap_or_default();
                hits.push(Hit::Conversation { id, matched, messages, sort_value });
            }
        }
    }
    Ok(SearchPage { hits, more: found.more, total: found.total })
}
