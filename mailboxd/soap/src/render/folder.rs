// SPDX-License-Identifier: AGPL-3.0-or-later
//! Folders and saved searches, alone or as a tree.

use super::flags;
use crate::element::Element;
use mailbox::{Folder, ItemId, Kind};

/// Folders that a client may not delete, rename or move.
fn is_system(id: ItemId) -> bool {
    id < ItemId::FIRST_USER
}

pub fn folder(folder: &Folder) -> Element {
    let (item, detail) = (&folder.item, &folder.detail);
    let search = item.kind == Kind::SearchFolder;
    let flags = flags::show(item.flags);
    let name = if item.id == ItemId::USER_ROOT { "USER_ROOT" } else { item.name.as_str() };
    Element::new(if search { "search" } else { "folder" })
        .attr("id", item.id.to_string())
        .attr("uuid", detail.uuid.clone())
        .attr("deletable", !is_system(item.id))
        .attr("name", name)
        .attr("absFolderPath", folder.path.clone())
        .attr("l", item.folder.to_string())
        .attr_opt("f", Some(flags).filter(|flags| !flags.is_empty()))
        .attr_opt("color", detail.color.filter(|color| *color != 0))
        .attr_opt("rgb", detail.rgb.clone())
        .attr_opt("u", Some(detail.unread).filter(|unread| *unread > 0))
        .attr("n", detail.total)
        .attr("s", detail.size)
        .attr_opt("view", Some(detail.view.clone()).filter(|view| !view.is_empty() && !search))
        .attr("rev", item.revision.0)
        .attr("ms", item.modseq.0)
        .attr_opt("i4ms", (!search).then_some(detail.highest_modseq))
        .attr_opt("i4next", (!search).then_some(detail.uid_next))
        .attr("activesyncdisabled", false)
        .attr("webOfflineSyncDays", 0)
        .attr_opt("query", detail.query.clone())
        .attr_opt("sortBy", detail.sort_by.clone().filter(|sort| !sort.is_empty()))
        .attr_opt("types", detail.types.clone().filter(|types| !types.is_empty()))
}

/// What a delivery changes of a folder.
pub fn folder_counters(folder: &Folder) -> Element {
    let name = if folder.item.kind == Kind::SearchFolder { "search" } else { "folder" };
    Element::new(name)
        .attr("id", folder.item.id.to_string())
        .attr("u", folder.detail.unread)
        .attr("n", folder.detail.total)
        .attr("s", folder.detail.size)
        .attr("i4ms", folder.detail.highest_modseq)
        .attr("i4next", folder.detail.uid_next)
}

/// `depth`: levels below `root`. A folder that is not `wanted` is left out, unless something below it is.
pub fn folder_tree(
    folders: &[Folder],
    root: ItemId,
    depth: Option<u32>,
    wanted: &dyn Fn(&Folder) -> bool,
) -> Option<Element> {
    let top = folders.iter().find(|folder| folder.item.id == root)?;
    let mut element = folder(top);
    subfolders(folders, root, depth, wanted).into_iter().for_each(|child| element.push(child));
    Some(element)
}

fn subfolders(
    folders: &[Folder],
    parent: ItemId,
    depth: Option<u32>,
    wanted: &dyn Fn(&Folder) -> bool,
) -> Vec<Element> {
    if depth == Some(0) {
        return Vec::new();
    }
    let mut out = Vec::new();
    // ROOT holds itself; the containers of tags and conversations are no folders to a client.
    let hidden = |id: ItemId| id == parent || id == ItemId::TAGS || id == ItemId::CONVERSATIONS;
    for child in folders.iter().filter(|folder| folder.item.folder == parent && !hidden(folder.item.id)) {
        let inner = subfolders(folders, child.item.id, depth.map(|depth| depth - 1), wanted);
        if wanted(child) || !inner.is_empty() {
            let mut element = folder(child);
            inner.into_iter().for_each(|child| element.push(child));
            out.push(element);
        }
    }
    out
}
