// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a tree of tests to one page of ids, by the way that looks at fewer rows.

use super::node::Node;
use super::{Found, FoundHit, Page};
use crate::error::Result;
use ids::ItemId;
use metadata::{Brief, Filter, Item, Reader, SortBy};
use std::collections::{HashMap, HashSet};

/// So many rows are fetched by id and sorted without a try to find the page sooner by walking.
pub(crate) const FETCH_MAX: usize = 2_000;
/// A walk that looked at this many rows for each candidate gives up: fetching the candidates costs about as much.
const WALK_PER_CANDIDATE: usize = 2;
/// Items that are read at once where a test needs them.
const ITEMS_CHUNK: usize = 200;

pub(crate) fn page(reader: &Reader<'_>, node: &Node, page: Page, fetch_max: usize) -> Result<Found> {
    let mut collector = Collector::new(page);
    match node.candidates() {
        _ if matches!(node, Node::Nothing) => {}
        Some(ids) if ids.len() <= fetch_max => fetch(reader, node, ids.ids(), &mut collector)?,
        Some(ids) => {
            if !walk(reader, node, ids.len().saturating_mul(WALK_PER_CANDIDATE), &mut collector)? {
                collector = Collector::new(page);
                fetch(reader, node, ids.ids(), &mut collector)?;
            }
        }
        None => {
            walk(reader, node, usize::MAX, &mut collector)?;
        }
    }
    let total = collector.counts().then_some(collector.count);
    let hits = collector.kept.iter().map(|(id, message)| match id {
        None => Ok(FoundHit::Message(*message)),
        Some(id) => Ok(FoundHit::Conversation { id: *id, matched: matched(reader, node, *id, *message)? }),
    });
    Ok(Found { hits: hits.collect::<Result<_>>()?, more: collector.more, total })
}

/// Takes what matches, in order.
struct Collector {
    page: Page,
    /// Conversation, if they are wanted, and message that stands for the hit.
    kept: Vec<(Option<i64>, ItemId)>,
    seen: HashSet<i64>,
    count: usize,
    more: bool,
    /// Goes on counting behind the page.
    count_all: bool,
}

impl Collector {
    fn new(page: Page) -> Collector {
        Collector { page, kept: Vec::new(), seen: HashSet::new(), count: 0, more: false, count_all: false }
    }

    /// Whether more is wanted.
    fn push(&mut self, brief: &Brief) -> bool {
        let conversation = self.page.conversations.then(|| conversation_of(brief));
        if conversation.is_some_and(|id| !self.seen.insert(id)) {
            return true;
        }
        if self.count >= self.page.offset.saturating_add(self.page.limit) {
            self.more = true;
        } else if self.count >= self.page.offset {
            self.kept.push((conversation, brief.id));
        }
        self.count += 1;
        !self.more || self.count_all
    }

    /// Whether `count` is all there is.
    fn counts(&self) -> bool {
        self.count_all || !self.more
    }
}

fn conversation_of(brief: &Brief) -> i64 {
    brief.conversation.map_or(-i64::from(brief.id.0), |id| i64::from(id.0))
}

/// Fetches `ids`, tests and sorts them.
fn fetch(reader: &Reader<'_>, node: &Node, ids: &[ItemId], collector: &mut Collector) -> Result<()> {
    let mut briefs = reader.briefs(ids)?;
    briefs.retain(|brief| node.test(brief, None) != Some(false));
    sort(reader, &mut briefs, collector.page.sort)?;
    collector.count_all = !node.needs_items();
    settle(reader, node, &briefs, collector)
}

/// Walks all rows in order. False if that took more than `rows_max` rows.
fn walk(reader: &Reader<'_>, node: &Node, rows_max: usize, collector: &mut Collector) -> Result<bool> {
    let (mut rows, mut unsure) = (0, Vec::new());
    let needs_items = node.needs_items();
    reader.scan(&node.filter(), collector.page.sort, &mut |brief| {
        rows += 1;
        match node.test(&brief, None) {
            Some(false) => {}
            // Items can't be read meanwhile, and what comes first must be known first.
            _ if needs_items => unsure.push(brief),
            _ => return collector.push(&brief) && rows < rows_max,
        }
        rows < rows_max
    })?;
    if rows >= rows_max && !collector.more {
        return Ok(false);
    }
    settle(reader, node, &unsure, collector)?;
    Ok(true)
}

/// Tests, with the item where needed, and collects.
fn settle(reader: &Reader<'_>, node: &Node, briefs: &[Brief], collector: &mut Collector) -> Result<()> {
    for chunk in briefs.chunks(ITEMS_CHUNK) {
        let passed = passing(reader, node, chunk)?;
        for brief in chunk.iter().filter(|brief| passed.contains(&brief.id)) {
            if !collector.push(brief) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn passing(reader: &Reader<'_>, node: &Node, briefs: &[Brief]) -> Result<HashSet<ItemId>> {
    let unsure: Vec<ItemId> =
        briefs.iter().filter(|brief| node.test(brief, None).is_none()).map(|brief| brief.id).collect();
    let items: HashMap<ItemId, Item> = reader.items(&unsure)?.into_iter().map(|item| (item.id, item)).collect();
    let passes = |brief: &&Brief| node.test(brief, items.get(&brief.id)) == Some(true);
    Ok(briefs.iter().filter(passes).map(|brief| brief.id).collect())
}

/// The members of a conversation that match, newest first.
fn matched(reader: &Reader<'_>, node: &Node, id: i64, message: ItemId) -> Result<Vec<ItemId>> {
    let Some(real) = u32::try_from(id).ok().map(ItemId) else { return Ok(vec![message]) };
    let mut members = Vec::new();
    let filter = Filter { conversation: Some(real), ..Filter::default() };
    reader.scan(&filter, SortBy::DateDesc, &mut |brief| {
        members.push(brief);
        true
    })?;
    let passed = passing(reader, node, &members)?;
    Ok(members.into_iter().map(|brief| brief.id).filter(|id| passed.contains(id)).collect())
}

/// In the order of [`Reader::scan`]: equal keys by id, in the same direction.
fn sort(reader: &Reader<'_>, briefs: &mut [Brief], by: SortBy) -> Result<()> {
    match by {
        SortBy::DateAsc | SortBy::DateDesc => briefs.sort_unstable_by_key(|brief| (brief.date_ms, brief.id)),
        SortBy::SizeAsc | SortBy::SizeDesc => briefs.sort_unstable_by_key(|brief| (brief.size, brief.id)),
        SortBy::IdAsc => briefs.sort_unstable_by_key(|brief| brief.id),
        SortBy::SubjectAsc | SortBy::SubjectDesc | SortBy::NameAsc | SortBy::NameDesc => {
            let ids: Vec<ItemId> = briefs.iter().map(|brief| brief.id).collect();
            let subject = matches!(by, SortBy::SubjectAsc | SortBy::SubjectDesc);
            let key = |item: Item| (item.id, if subject { item.subject_sort } else { item.sender_sort });
            let keys: HashMap<ItemId, String> = reader.items(&ids)?.into_iter().map(key).collect();
            briefs.sort_unstable_by(|a, b| (keys.get(&a.id), a.id).cmp(&(keys.get(&b.id), b.id)));
        }
    }
    if matches!(by, SortBy::DateDesc | SortBy::SizeDesc | SortBy::SubjectDesc | SortBy::NameDesc) {
        briefs.reverse();
    }
    Ok(())
}
