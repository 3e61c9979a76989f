// SPDX-License-Identifier: AGPL-3.0-or-later
//! Folders and saved searches, alone or as a tree.

use crate::element::Element;
use mailbox::{Folder, Grant, GranteeKind, ItemId, Kind, Retention, RetentionPolicy, Rights};

/// Letters of `perm`.
pub const RIGHTS: [(Rights, char); 9] = [
    (Rights::READ, 'r'),
    (Rights::WRITE, 'w'),
    (Rights::INSERT, 'i'),
    (Rights::DELETE, 'd'),
    (Rights::ACTION, 'x'),
    (Rights::ADMIN, 'a'),
    (Rights::PRIVATE, 'p'),
    (Rights::FREEBUSY, 'f'),
    (Rights::CREATE, 'c'),
];

/// `zid` of a grant to every account (Zimbra's constant).
pub const EVERYBODY: &str = "00000000-0000-0000-0000-000000000000";

/// `zid` of a grant to everybody.
pub const PUBLIC: &str = "99999999-9999-9999-9999-999999999999";

/// Type and id of a grantee.
pub fn grantee(grant: &Grant) -> (&'static str, &str) {
    match grant.kind {
        GranteeKind::User => ("usr", grant.grantee.as_str()),
        GranteeKind::Group => ("grp", grant.grantee.as_str()),
        GranteeKind::Domain => ("dom", grant.grantee.as_str()),
        GranteeKind::Cos => ("cos", grant.grantee.as_str()),
        GranteeKind::All => ("all", EVERYBODY),
        GranteeKind::Public => ("pub", PUBLIC),
    }
}

/// The letters of rights.
pub fn show_rights(rights: Rights) -> String {
    RIGHTS.iter().filter(|(right, _)| rights.contains(*right)).map(|(_, letter)| *letter).collect()
}

/// Folders that a client may not delete, rename or move.
fn is_system(id: ItemId) -> bool {
    id < ItemId::FIRST_USER
}

pub fn folder(folder: &Folder) -> Element {
    let (item, detail) = (&folder.item, &folder.detail);
    if item.kind == Kind::MountPoint {
        return mount_point(folder);
    }
    let search = item.kind == Kind::SearchFolder;
    let flags = item.flags.letters();
    let name = if item.id == ItemId::USER_ROOT { "USER_ROOT" } else { item.name.as_str() };
    let element = Element::new(if search { "search" } else { "folder" })
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
        .attr("n", detail.total + detail.others)
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
        .attr_opt("types", detail.types.clone().filter(|types| !types.is_empty()));
    let element = if detail.grants.is_empty() { element } else { element.unique(acl(&detail.grants)) };
    detail.retention.iter().map(retention).fold(element, Element::child)
}

fn retention(retention: &Retention) -> Element {
    let list = |name: &str, policies: &[RetentionPolicy]| {
        let one = |policy: &RetentionPolicy| {
            Element::new("policy")
                .attr("type", if policy.id.is_some() { "system" } else { "user" })
                .attr_opt("id", policy.id.clone())
                .attr_opt("name", Some(policy.name.clone()).filter(|name| !name.is_empty()))
                .attr("lifetime", policy.lifetime.clone())
        };
        policies.iter().map(one).fold(Element::new(name), Element::child)
    };
    Element::new("retentionPolicy").child(list("keep", &retention.keep)).child(list("purge", &retention.purge))
}

fn acl(grants: &[Grant]) -> Element {
    grants.iter().fold(Element::new("acl"), |acl, grant| {
        let (kind, zid) = grantee(grant);
        let name = Some(grant.name.clone()).filter(|name| !name.is_empty());
        let perm = show_rights(grant.rights);
        acl.child(Element::new("grant").attr("zid", zid).attr("gt", kind).attr("perm", perm).attr_opt("d", name))
    })
}

/// A link. What its folder holds is its owner's to tell.
fn mount_point(folder: &Folder) -> Element {
    let (item, detail) = (&folder.item, &folder.detail);
    let flags = item.flags.letters();
    let remote = detail.remote.clone();
    Element::new("link")
        .attr("id", item.id.to_string())
        .attr("uuid", detail.uuid.clone())
        .attr("deletable", true)
        .attr("name", item.name.as_str())
        .attr("absFolderPath", folder.path.clone())
        .attr("l", item.folder.to_string())
        .attr_opt("f", Some(flags).filter(|flags| !flags.is_empty()))
        .attr_opt("color", detail.color.filter(|color| *color != 0))
        .attr_opt("rgb", detail.rgb.clone())
        .attr_opt("view", Some(detail.view.clone()).filter(|view| !view.is_empty()))
        .attr("rev", item.revision.0)
        .attr("ms", item.modseq.0)
        .attr_opt("zid", remote.as_ref().map(|remote| remote.account.clone()))
        .attr_opt("rid", remote.as_ref().map(|remote| remote.folder.to_string()))
        .attr_opt("owner", remote.map(|remote| remote.name))
}

/// What a delivery changes of a folder.
pub fn folder_counters(folder: &Folder) -> Element {
    let name = match folder.item.kind {
        Kind::SearchFolder => "search",
        Kind::MountPoint => "link",
        _ => "folder",
    };
    Element::new(name)
        .attr("id", folder.item.id.to_string())
        .attr("u", folder.detail.unread)
        .attr("n", folder.detail.total + folder.detail.others)
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
