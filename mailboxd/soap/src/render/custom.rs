// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::element::Element;
use mailbox::{CustomSection, Item};

/// `<meta section="zwc:x"><a n="name">value</a></meta>`
pub fn section(section: &CustomSection) -> Element {
    let meta = Element::new("meta").attr("section", section.name.clone());
    section.pairs.iter().fold(meta, |meta, (name, value)| meta.pair("a", "n", name, value))
}

/// What clients keep with an item.
pub fn add(element: &mut Element, item: &Item) {
    item.detail.custom().iter().flatten().for_each(|custom| element.push(section(custom)));
}
