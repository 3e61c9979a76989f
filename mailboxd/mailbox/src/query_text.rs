// SPDX-License-Identifier: AGPL-3.0-or-later
//! Search as protocols ask for it: the text of a query in, a page of items out. `search/` evaluates.

use crate::error::Result;
use crate::mailbox::Mailbox;
use ids::ItemId;
use metadata::{Item, SortBy};

#[derive(Debug, Clone, Default)]
pub struct SearchParams {
    pub query: String,
    /// One hit per conversation.
    pub conversations: bool,
    /// `None`: newest first.
    pub sort: Option<SortBy>,
    pub offset: usize,
    pub limit: usize,
    /// Of the searcher, for dates.
    pub tz_offset_minutes: i32,
    /// The searcher's addresses, for is:tome and its like.
    pub own_addresses: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct SearchPage {
    pub hits: Vec<Hit>,
    pub more: bool,
    /// All hits, where that is known without looking at all of them.
    pub total: Option<usize>,
}

#[derive(Debug, Clone)]
pub enum Hit {
    Message(Item),
    Conversation {
        /// Real conversation, or minus the id of its only message.
        id: i64,
        /// Those that matched, newest first.
        matched: Vec<ItemId>,
        /// All members by ascending date.
        messages: Vec<Item>,
    },
}

impl Mailbox {
    pub(crate) fn parse_query(&self, text: &str, tz_offset_minutes: i32) -> Result<query::Query> {
        let context = query::Context { now_ms: self.shared().now_ms(), tz_offset_minutes };
        Ok(query::parse(text, &context)?)
    }
}
