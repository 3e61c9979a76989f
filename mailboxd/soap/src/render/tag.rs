// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::element::Element;
use mailbox::Tag;

pub fn tag(tag: &Tag) -> Element {
    let detail = &tag.detail;
    Element::new("tag")
        .attr("id", tag.item.id.to_string())
        .attr("name", tag.item.name.clone())
        .attr_opt("color", detail.color.filter(|color| *color != 0))
        .attr_opt("rgb", detail.rgb.clone())
        .attr_opt("u", Some(detail.unread).filter(|unread| *unread > 0))
        .attr_opt("n", Some(detail.total).filter(|total| *total > 0))
        .attr("rev", tag.item.revision.0)
        .attr("ms", tag.item.modseq.0)
}
