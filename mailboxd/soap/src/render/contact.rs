// SPDX-License-Identifier: AGPL-3.0-or-later
//! Contacts and groups.

use super::{Names, custom};
use crate::element::Element;
use mailbox::{ContactDetail, Detail, Item, Member, MemberKind, What};

/// Which attributes are shown.
#[derive(Debug, Clone, Default)]
pub struct ContactWish {
    /// `None`: all.
    pub attrs: Option<Vec<String>>,
    /// Of members that are contacts; none if this is so.
    pub member_attrs: Option<Vec<String>>,
}

impl ContactWish {
    fn wants(&self, name: &str) -> bool {
        self.attrs.as_ref().is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name))
    }
}

pub fn detail(item: &Item) -> Option<&ContactDetail> {
    match &item.detail {
        Detail::Contact(detail) => Some(detail),
        _ => None,
    }
}

/// The first value of an attribute.
pub fn contact_attr<'a>(detail: &'a ContactDetail, name: &str) -> Option<&'a str> {
    detail.attrs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub fn is_group(detail: &ContactDetail) -> bool {
    contact_attr(detail, "type") == Some("group")
}

/// Without its attributes.
fn contact_row(item: &Item, names: &Names) -> Element {
    let shown = item.flags.letters();
    let mut element = Element::new("cn")
        .attr("id", item.id.to_string())
        .attr("l", item.folder.to_string())
        .attr_opt("f", Some(shown).filter(|flags| !flags.is_empty()))
        .attr("d", item.date_ms)
        .attr("rev", item.revision.0)
        .attr("md", item.changed_ms / 1000)
        .attr("ms", item.modseq.0)
        .attr("fileAsStr", item.name.clone());
    if let Some((ids, tag_names)) = names.tags(&item.tags) {
        element.set("t", ids);
        element.set("tn", tag_names);
    }
    element
}

pub fn contact(item: &Item, names: &Names, wish: &ContactWish) -> Element {
    let mut element = contact_row(item, names);
    let Some(detail) = detail(item) else { return element };
    for (name, value) in detail.attrs.iter().filter(|(name, _)| wish.wants(name)) {
        element = element.pair("a", "n", name, value);
    }
    for (at, file) in detail.files.iter().enumerate().filter(|(_, file)| wish.wants(&file.name)) {
        let described = Element::new("a")
            .attr("part", (at + 1).to_string())
            .attr("ct", file.content_type.clone())
            .attr("s", file.size)
            .attr("filename", file.filename.clone());
        element.push_pair("a", "n", &file.name, described);
    }
    detail.members.iter().for_each(|member| element.push(self::member(member)));
    custom::add(&mut element, item);
    element
}

fn member(member: &Member) -> Element {
    let kind = match member.kind {
        MemberKind::Contact => "C",
        MemberKind::Gal => "G",
        MemberKind::Inline => "I",
    };
    Element::new("m").attr("type", kind).attr("value", member.value.clone())
}

/// Only what changed.
pub fn contact_changes(item: &Item, what: What, names: &Names) -> Element {
    if what.content {
        return contact(item, names, &ContactWish::default());
    }
    let mut element = Element::new("cn").attr("id", item.id.to_string());
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
