// SPDX-License-Identifier: AGPL-3.0-or-later
//! Files of the briefcase.

use super::{Names, custom};
use crate::element::Element;
use mailbox::{Detail, DocumentDetail, Item, What};

fn detail(item: &Item) -> Option<&DocumentDetail> {
    match &item.detail {
        Detail::Document(detail) => Some(detail),
        _ => None,
    }
}

pub fn document(item: &Item, names: &Names) -> Element {
    let mut element = Element::new("doc")
        .attr("id", item.id.to_string())
        .attr("name", item.name.clone())
        .attr("l", item.folder.to_string())
        .attr("s", item.size)
        .attr("d", item.date_ms)
        .attr("rev", item.revision.0)
        .attr("md", item.changed_ms / 1000)
        .attr("ms", item.modseq.0)
        // Unlike that of a message it is there without any flag, too.
        .attr("f", item.flags.letters());
    if let Some((ids, tag_names)) = names.tags(&item.tags) {
        element.set("t", ids);
        element.set("tn", tag_names);
    }
    let Some(detail) = detail(item) else { return element };
    if let Some(lock) = &detail.lock {
        element.set("loid", lock.account.clone());
        element.set("loe", lock.name.clone());
        element.set("lt", lock.at_ms);
    }
    element = element
        .attr("ver", detail.version)
        .attr("ct", detail.content_type.clone())
        .attr("leb", detail.author.clone())
        .attr("cr", detail.creator.clone())
        .attr("cd", detail.created_ms)
        .attr("descEnabled", !detail.description_off);
    if !detail.description.is_empty() {
        element.set("desc", detail.description.clone());
    }
    custom::add(&mut element, item);
    element.content("fr", detail.fragment.clone())
}

/// Only what changed.
pub fn document_changes(item: &Item, what: What, names: &Names) -> Element {
    if what.content || what.name {
        return document(item, names);
    }
    let mut element = Element::new("doc").attr("id", item.id.to_string());
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
    element.attr("ms", item.modseq.0)
}
