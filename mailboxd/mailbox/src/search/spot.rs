// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where a message stands in an order: as something that compares, and as the text by which a client names it (`sf`,
//! `sortVal`) to go on from there, wherever it has moved meanwhile.

use ids::ItemId;
use metadata::{Brief, Detail, Flags, Item, SortBy};
use std::cmp::Reverse;

/// Ascending is the wanted order, whatever its direction. Only spots of one order compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    Up(i64),
    Down(Reverse<i64>),
    TextUp(String),
    TextDown(Reverse<String>),
    /// Orders by state: newest first within each.
    State(i64, Reverse<i64>),
}

/// Behind what a page begins, and where it ends at the latest.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    /// Message or conversation, as hits of the page are named.
    pub id: i64,
    /// `None`: the hit itself is looked for.
    pub from: Option<Spot>,
    pub until: Option<Spot>,
}

/// Orders whose key is a text, which a brief does not hold.
pub(crate) fn is_textual(sort: SortBy) -> bool {
    use SortBy::*;
    matches!(sort, SubjectAsc | SubjectDesc | NameAsc | NameDesc | RecipientAsc | RecipientDesc)
}

/// `text`: of [`text_of`] where the order is textual.
pub(crate) fn of_brief(brief: &Brief, sort: SortBy, text: &str) -> Spot {
    spot(sort, brief.flags, number(sort, brief.id, brief.date_ms, brief.size), text)
}

pub(crate) fn of_item(item: &Item, sort: SortBy) -> Spot {
    spot(sort, item.flags, number(sort, item.id, item.date_ms, item.size), &text_of(item, sort))
}

/// Sorting messages by this puts them in the order of a search.
pub fn sort_key(item: &Item, sort: SortBy) -> impl Ord + use<> {
    (of_item(item, sort), tie(sort, item.id))
}

fn spot(sort: SortBy, flags: Flags, number: i64, text: &str) -> Spot {
    let down = sort.is_descending();
    match sort.state() {
        Some(_) => Spot::State(if down { -sort.rank(flags) } else { sort.rank(flags) }, Reverse(number)),
        None if is_textual(sort) && down => Spot::TextDown(Reverse(text.to_owned())),
        None if is_textual(sort) => Spot::TextUp(text.to_owned()),
        None if down => Spot::Down(Reverse(number)),
        None => Spot::Up(number),
    }
}

fn number(sort: SortBy, id: ItemId, date_ms: i64, size: u64) -> i64 {
    match sort {
        SortBy::SizeAsc | SortBy::SizeDesc => i64::try_from(size).unwrap_or(i64::MAX),
        SortBy::IdAsc | SortBy::IdDesc => i64::from(id.0),
        _ => date_ms,
    }
}

/// Equal spots come by id, in the direction of the order.
pub(crate) fn tie(sort: SortBy, id: ItemId) -> i64 {
    let down = sort.is_descending() || sort.state().is_some();
    if down { -i64::from(id.0) } else { i64::from(id.0) }
}

pub(crate) fn text_of(item: &Item, sort: SortBy) -> String {
    match (sort, &item.detail) {
        (SortBy::SubjectAsc | SortBy::SubjectDesc, _) => item.subject_sort.clone(),
        (SortBy::NameAsc | SortBy::NameDesc, _) => item.sender_sort.clone(),
        (SortBy::RecipientAsc | SortBy::RecipientDesc, Detail::Message(detail)) => {
            let first = detail.to.first().map(|to| to.name.as_deref().unwrap_or(&to.address));
            first.unwrap_or_default().to_lowercase()
        }
        _ => String::new(),
    }
}

/// What [`parse`] reads: the key, before it the rank where the order is by state ("1:1795176000000").
pub fn sort_value(item: &Item, sort: SortBy) -> String {
    if is_textual(sort) {
        return text_of(item, sort);
    }
    let number = number(sort, item.id, item.date_ms, item.size);
    match sort.state() {
        Some(_) => format!("{}:{number}", sort.rank(item.flags)),
        None => number.to_string(),
    }
}

/// `None`: no value of this order.
pub(crate) fn parse(text: &str, sort: SortBy) -> Option<Spot> {
    if is_textual(sort) {
        return Some(spot(sort, Flags::default(), 0, text));
    }
    if sort.state().is_none() {
        return Some(spot(sort, Flags::default(), text.trim().parse().ok()?, ""));
    }
    let (rank, number) = text.split_once(':')?;
    let rank: i64 = rank.parse().ok().filter(|rank| (-1..=1).contains(rank))?;
    Some(Spot::State(if sort.is_descending() { -rank } else { rank }, Reverse(number.parse().ok()?)))
}
