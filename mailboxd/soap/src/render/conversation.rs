// SPDX-License-Identifier: AGPL-3.0-or-later
//! Conversations: made from their messages.

use super::{Names, address};
use crate::element::Element;
use mailbox::{Address, Detail, Flags, Item, ItemId};

/// Participants shown; more set `elided`.
const PARTICIPANTS_MAX: usize = 8;

/// `messages`: all members, ascending date, not empty.
pub fn conversation(id: i64, messages: &[Item], names: &Names) -> Element {
    let bits = messages.iter().fold(Flags::default(), |bits, item| bits.with(item.flags));
    let unread = messages.iter().filter(|item| item.flags.contains(Flags::UNREAD)).count();
    let mut tags: Vec<ItemId> = messages.iter().flat_map(|item| item.tags.iter().copied()).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut element = Element::new("c")
        .attr("id", id.to_string())
        .attr("n", messages.len())
        .attr("total", messages.len())
        .attr("u", unread)
        .attr("f", bits.letters())
        .attr("d", messages.last().map_or(0, |item| item.date_ms));
    if let Some((ids, tag_names)) = names.tags(&tags) {
        element.set("t", ids);
        element.set("tn", tag_names);
    }
    let people = participants(messages);
    if people.len() > PARTICIPANTS_MAX {
        element.set("elided", true);
    }
    let skip = people.len().saturating_sub(PARTICIPANTS_MAX);
    people.into_iter().skip(skip).for_each(|person| element.push(address::email("f", person)));
    let subject = messages.first().map(|item| item.subject.clone()).unwrap_or_default();
    let fragment = messages.last().map(fragment).unwrap_or_default();
    element.content("su", subject).content("fr", fragment)
}

fn fragment(item: &Item) -> String {
    match &item.detail {
        Detail::Message(detail) => detail.fragment.clone(),
        _ => String::new(),
    }
}

/// Each sender once, in the order of the latest word.
fn participants(messages: &[Item]) -> Vec<&Address> {
    let mut people: Vec<&Address> = Vec::new();
    for item in messages {
        let Detail::Message(detail) = &item.detail else { continue };
        let Some(person) = detail.from.first().or(detail.sender.first()) else { continue };
        people.retain(|known| !known.address.eq_ignore_ascii_case(&person.address));
        people.push(person);
    }
    people
}
