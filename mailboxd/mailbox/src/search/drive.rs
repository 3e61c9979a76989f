// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a tree of tests to one page of ids, by the way that looks at fewer rows.

use super::node::Node;
use super::spot::{self, Cursor};
use super::{Found, FoundHit, Page};
use crate::error::Result;
use ids::ItemId;
use metadata::{Brief, Filter, Item, Reader, SortBy};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// So many rows are fetched by id and sorted without a try to find the page sooner by walking.
pub(crate) const FETCH_MAX: usize = 2_000;
/// A walk that looked at this many rows for each candidate gives up: fetching the candidates costs about as much.
const WALK_PER_CANDIDATE: usize = 2;
/// Items that are read at once where a test needs them.
const ITEMS_CHUNK: usize = 200;

/// Keys of messages where the order is textual; empty elsewhere.
type Texts = HashMap<ItemId, String>;

pub(crate) fn page(
    reader: &Reader<'_>,
    node: &Node,
    page: Page,
    cursor: Option<&Cursor>,
    fetch_max: usize,
) -> Result<Found> {
    let mut collector = Collector::new(page, cursor);
    match node.candidates() {
        _ if matches!(node, Node::Nothing) => {}
        Some(ids) if ids.len() <= fetch_max => fetch(reader, node, ids.ids(), &mut collector)?,
        Some(ids) => {
            if !walk(reader, node, ids.len().saturating_mul(WALK_PER_CANDIDATE), &mut collector)? {
                collector = Collector::new(page, cursor);
                fetch(reader, node, ids.ids(), &mut collector)?;
            }
        }
        None => {
            walk(reader, node, usize::MAX, &mut collector)?;
        }
    }
    collector.finish();
    let total = collector.counts().then_some(collector.count);
    let hits = collector.kept.iter().map(|(id, message)| match id {
        None => Ok(FoundHit::Message(*message)),
        Some(id) => Ok(FoundHit::Conversation { id: *id, matched: matched(reader, node, *id, *message)? }),
    });
    Ok(Found { hits: hits.collect::<Result<_>>()?, more: collector.more, total })
}

/// Takes what matches, in order.
struct Collector<'a> {
    page: Page,
    cursor: Option<&'a Cursor>,
    /// What came so far may still be before the cursor.
    waiting: bool,
    /// Equal to the cursor as far as the order goes: before it, if its own hit is still to come.
    held: Vec<(Option<i64>, ItemId)>,
    /// Conversation, if they are wanted, and message that stands for the hit.
    kept: Vec<(Option<i64>, ItemId)>,
    seen: HashSet<i64>,
    count: usize,
    more: bool,
    /// Goes on counting behind the page.
    count_all: bool,
}

impl<'a> Collector<'a> {
    fn new(page: Page, cursor: Option<&'a Cursor>) -> Collector<'a> {
        Collector {
            page,
            cursor,
            waiting: cursor.is_some(),
            held: Vec::new(),
            kept: Vec::new(),
            seen: HashSet::new(),
            count: 0,
            more: false,
            count_all: false,
        }
    }

    /// Whether more is wanted.
    fn push(&mut self, brief: &Brief, texts: &Texts) -> bool {
        let conversation = self.page.conversations.then(|| conversation_of(brief));
        if conversation.is_some_and(|id| !self.seen.insert(id)) {
            return true;
        }
        let hit = (conversation, brief.id);
        let Some(cursor) = self.cursor else { return self.take(hit) };
        let text = texts.get(&brief.id).map(String::as_str).unwrap_or_default();
        let spot = spot::of_brief(brief, self.page.sort, text);
        if cursor.until.as_ref().is_some_and(|until| spot >= *until) {
            return false;
        }
        if self.waiting {
            match cursor.from.as_ref().map_or(Ordering::Equal, |from| spot.cmp(from)) {
                Ordering::Less => return true,
                Ordering::Equal if conversation.unwrap_or(i64::from(brief.id.0)) == cursor.id => {
                    self.held.clear();
                    self.waiting = false;
                    return true;
                }
                Ordering::Equal => {
                    self.held.push(hit);
                    return true;
                }
                Ordering::Greater => self.finish(),
            }
        }
        self.take(hit)
    }

    fn take(&mut self, hit: (Option<i64>, ItemId)) -> bool {
        if self.count >= self.page.offset.saturating_add(self.page.limit) {
            self.more = true;
        } else if self.count >= self.page.offset {
            self.kept.push(hit);
        }
        self.count += 1;
        !self.more || self.count_all
    }

    /// The cursor's own hit is gone: what stands where it stood is behind it.
    fn finish(&mut self) {
        self.waiting = false;
        for hit in std::mem::take(&mut self.held) {
            self.take(hit);
        }
    }

    /// Whether `count` is all there is.
    fn counts(&self) -> bool {
        self.cursor.is_none() && (self.count_all || !self.more)
    }
}

fn conversation_of(brief: &Brief) -> i64 {
    brief.conversation.map_or(-i64::from(brief.id.0), |id| i64::from(id.0))
}

/// Fetches `ids`, tests and sorts them.
fn fetch(reader: &Reader<'_>, node: &Node, ids: &[ItemId], collector: &mut Collector<'_>) -> Result<()> {
    let mut briefs = reader.briefs(ids)?;
    let kinds = collector.page.kinds;
    briefs.retain(|brief| kinds.contain(brief.kind) && node.test(brief, None) != Some(false));
    collector.count_all = !node.needs_items();
    arrange(reader, node, briefs, collector)
}

/// Walks all rows in order. False if that took more than `rows_max` rows.
fn walk(reader: &Reader<'_>, node: &Node, rows_max: usize, collector: &mut Collector<'_>) -> Result<bool> {
    let (mut rows, mut unsure) = (0, Vec::new());
    let sort = collector.page.sort;
    // These keys are in no brief, or in no column.
    let unordered = spot::is_textual(sort)
        && (collector.cursor.is_some() || matches!(sort, SortBy::RecipientAsc | SortBy::RecipientDesc));
    let later = node.needs_items() || unordered;
    let filter = Filter { kinds: collector.page.kinds.list(), ..node.filter() };
    reader.scan(&filter, if unordered { SortBy::IdAsc } else { sort }, &mut |brief| {
        rows += 1;
        match node.test(&brief, None) {
            Some(false) => {}
            // Items can't be read meanwhile, and what comes first must be known first.
            _ if later => unsure.push(brief),
            _ => return collector.push(&brief, &Texts::new()) && rows < rows_max,
        }
        rows < rows_max
    })?;
    if rows >= rows_max && !collector.more {
        return Ok(false);
    }
    if unordered {
        arrange(reader, node, unsure, collector)?;
    } else {
        settle(reader, node, &unsure, &Texts::new(), collector)?;
    }
    Ok(true)
}

/// Tests, with the item where needed, and collects.
fn settle(
    reader: &Reader<'_>,
    node: &Node,
    briefs: &[Brief],
    texts: &Texts,
    collector: &mut Collector<'_>,
) -> Result<()> {
    for chunk in briefs.chunks(ITEMS_CHUNK) {
        let passed = passing(reader, node, chunk)?;
        for brief in chunk.iter().filter(|brief| passed.contains(&brief.id)) {
            if !collector.push(brief, texts) {
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

/// Sorts as [`Reader::scan`] does, then settles.
fn arrange(reader: &Reader<'_>, node: &Node, mut briefs: Vec<Brief>, collector: &mut Collector<'_>) -> Result<()> {
    let by = collector.page.sort;
    let mut texts = Texts::new();
    if spot::is_textual(by) {
        for chunk in briefs.chunks(ITEMS_CHUNK) {
            let ids: Vec<ItemId> = chunk.iter().map(|brief| brief.id).collect();
            texts.extend(reader.items(&ids)?.into_iter().map(|item| (item.id, spot::text_of(&item, by))));
        }
    }
    briefs.sort_by_cached_key(|brief| {
        let text = texts.get(&brief.id).map(String::as_str).unwrap_or_default();
        (spot::of_brief(brief, by, text), spot::tie(by, brief.id))
    });
    settle(reader, node, &briefs, &texts, collector)
}
