// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages as lists show them: from the row alone, without opening the blob.

use super::{Names, address, conversation_id, custom};
use crate::element::Element;
use mailbox::{Detail, Flags, Item, MessageDetail, What};

/// The attributes that every form of a message has.
pub fn message_row(item: &Item, names: &Names) -> Element {
    let shown = item.flags.letters();
    let mut element = Element::new("m")
        .attr("id", item.id.to_string())
        .attr_opt("f", Some(shown).filter(|flags| !flags.is_empty()))
        .attr("s", item.size)
        .attr("d", item.date_ms)
        .attr("cid", conversation_id(item))
        .attr("l", item.folder.to_string())
        .attr("rev", item.revision.0)
        .attr("md", item.changed_ms / 1000)
        .attr("ms", item.modseq.0);
    set_tags(&mut element, item, names);
    if let Some((origin, how)) = detail(item).and_then(|detail| detail.origin.as_ref()) {
        element.set("origid", origin.to_string());
        element.set("rt", how.as_str());
    }
    if let Some(at_ms) = names.sent_at(item) {
        element.set("autoSendTime", at_ms);
    }
    custom::add(&mut element, item);
    element
}

fn set_tags(element: &mut Element, item: &Item, names: &Names) {
    if let Some((ids, tag_names)) = names.tags(&item.tags) {
        element.set("t", ids);
        element.set("tn", tag_names);
    }
}

fn detail(item: &Item) -> Option<&MessageDetail> {
    match &item.detail {
        Detail::Message(detail) => Some(detail),
        _ => None,
    }
}

/// With the sender, subject and first words.
pub fn message_summary(item: &Item, names: &Names) -> Element {
    message_hit(item, names, is_outgoing(item), "")
}

/// Sent from here, or to be.
pub fn is_outgoing(item: &Item) -> bool {
    item.flags.intersects(Flags::FROM_ME.with(Flags::DRAFT))
}

/// `<e t="t" …/>` of each.
pub fn recipients(item: &Item) -> impl Iterator<Item = Element> {
    detail(item).into_iter().flat_map(|detail| detail.to.iter().map(|to| address::email("t", to)))
}

/// A search hit: as the summary, with its sort value; `recipients` shows those too.
pub fn message_hit(item: &Item, names: &Names, recipients: bool, sort_value: &str) -> Element {
    let mut element = message_row(item, names);
    if !sort_value.is_empty() {
        element.set("sf", sort_value);
    }
    let Some(detail) = detail(item) else { return element.content("su", item.subject.clone()) };
    let from = if detail.from.is_empty() { &detail.sender } else { &detail.from };
    from.iter().take(1).for_each(|from| element.push(address::email("f", from)));
    if recipients {
        self::recipients(item).for_each(|to| element.push(to));
    }
    element.content("su", item.subject.clone()).content("fr", detail.fragment.clone())
}

/// Only what changed.
pub fn message_changes(item: &Item, what: What, names: &Names) -> Element {
    let mut element = Element::new("m").attr("id", item.id.to_string());
    if what.flags {
        element.set("f", item.flags.letters());
    }
    if what.tags {
        let (ids, tag_names) = names.tags(&item.tags).unwrap_or_default();
        element.set("t", ids);
        element.set("tn", tag_names);
    }
    if what.folder {
        element.set("l", item.folder.to_string());
    }
    if what.conversation || what.folder {
        element.set("cid", conversation_id(item));
    }
    element.attr("ms", item.modseq.0)
}
