// SPDX-License-Identifier: AGPL-3.0-or-later
//! SyncRequest: first the whole tree with the ids of what lies in it, then what changed since the token of the answer before. Of a
//! folder that is shared (`l="account:id"`, or a mount point's id) its visitors learn the same.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{self, ContactWish, Names};
use mailbox::{Brief, Folder, Item, ItemId, Kind, Mailbox, ModSeq, Tombstone};
use std::collections::{BTreeMap, HashSet};

/// Changes of one answer.
const CHANGES_MAX: usize = 10_000;

/// What is asked for.
struct Wish {
    /// Only this folder, and what is below it.
    root: Option<ItemId>,
    /// Only messages since then.
    messages_from_ms: Option<i64>,
    typed: bool,
    /// Of one answer.
    changes_max: usize,
    deletes_max: usize,
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let is_owner = context.owns_target()?;
    let token = request.get("token").filter(|token| !token.is_empty()).map(|token| parse(&token)).transpose()?;
    let limit = |name| {
        let asked = request.number::<usize>(name)?.filter(|limit| *limit > 0);
        Ok::<_, Fault>(asked.unwrap_or(CHANGES_MAX).min(CHANGES_MAX))
    };
    let root = request.folder_id("l", &own)?;
    if root.is_none() && !is_owner {
        return Err(Fault::denied());
    }
    let wish = Wish {
        root,
        messages_from_ms: request.number::<i64>("msgCutoff")?.map(|seconds| seconds.saturating_mul(1000)),
        typed: request.is("typed")?,
        changes_max: limit("changeLimit")?,
        deletes_max: limit("deleteLimit")?,
    };
    let handle = context.open().await?;
    let answer = Element::answer_to(request).attr("md", crate::state::now_ms() / 1000);
    Ok(handle
        .run(move |mailbox| match token {
            None => initial(mailbox, &wish, answer),
            Some(since) => changes(mailbox, &wish, since, answer),
        })
        .await?)
}

/// The number before what else a token may say.
fn parse(token: &str) -> Result<ModSeq> {
    let number = token.split('-').next().unwrap_or_default();
    let number =
        number.parse().map_err(|_| Fault::new("mail.INVALID_SYNC_TOKEN", format!("invalid sync token: {token}")))?;
    Ok(ModSeq(number))
}

fn element_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "m",
        Kind::Contact => "cn",
        Kind::Document => "doc",
        Kind::Folder => "folder",
        Kind::SearchFolder => "search",
        Kind::MountPoint => "link",
        Kind::Tag => "tag",
    }
}

fn joined(ids: &[ItemId]) -> String {
    ids.iter().map(ItemId::to_string).collect::<Vec<_>>().join(",")
}

fn initial(mailbox: &Mailbox, wish: &Wish, mut answer: Element) -> mailbox::Result<Element> {
    let row = mailbox.row()?;
    let folders = mailbox.folders()?;
    let root = wish.root.unwrap_or(ItemId::ROOT);
    let mut contents: BTreeMap<ItemId, BTreeMap<&'static str, Vec<ItemId>>> = BTreeMap::new();
    for brief in mailbox.contents()? {
        if is_wanted(&brief, wish) {
            contents.entry(brief.folder).or_default().entry(element_name(brief.kind)).or_default().push(brief.id);
        }
    }
    let tree = render::folder_tree(&folders, root, None, &|_| true);
    let mut tree = tree.ok_or_else(|| mailbox::Error::no_such("folder", root))?;
    fill(&mut tree, &contents);
    answer.set("token", row.modseq.0.to_string());
    answer.push(tree);
    if mailbox.is_own() {
        answer.set("s", row.size);
        mailbox.tags()?.iter().for_each(|tag| answer.push(render::tag(tag)));
    }
    Ok(answer)
}

fn is_wanted(brief: &Brief, wish: &Wish) -> bool {
    brief.kind != Kind::Message || wish.messages_from_ms.is_none_or(|from| brief.date_ms >= from)
}

fn fill(folder: &mut Element, contents: &BTreeMap<ItemId, BTreeMap<&'static str, Vec<ItemId>>>) {
    folder.children.iter_mut().for_each(|child| fill(&mut child.element, contents));
    let id = folder.get("id").and_then(|id| id.parse().ok()).map(ItemId);
    for (name, ids) in id.and_then(|id| contents.get(&id)).into_iter().flatten() {
        folder.push(Element::new(*name).attr("ids", joined(ids)));
    }
}

fn changes(mailbox: &Mailbox, wish: &Wish, since: ModSeq, mut answer: Element) -> mailbox::Result<Element> {
    let row = mailbox.row()?;
    if since > row.modseq {
        return Err(mailbox::Error::MustResync);
    }
    let folders = mailbox.folders()?;
    // What a visitor may not see any more is as good as gone.
    if let Some(root) = wish.root.filter(|root| !folders.iter().any(|folder| folder.item.id == *root)) {
        return Err(mailbox::Error::no_such("folder", root));
    }
    let (mut items, mut gone) = mailbox.changed_since(since, wish.changes_max + 1, wish.deletes_max + 1)?;
    let mut token = row.modseq;
    if items.len() > wish.changes_max || gone.len() > wish.deletes_max {
        token = whole(mailbox, since, &mut items, &mut gone, wish)?;
        answer.set("more", true);
    }
    answer.set("token", token.0.to_string());
    if mailbox.is_own() {
        answer.set("s", row.size);
    }
    let below = wish.root.map(|root| subtree(&folders, root));
    let inside = |folder: ItemId| below.as_ref().is_none_or(|below| below.contains(&folder));
    // What left the part that is wanted is as good as gone.
    let mut removed: Vec<(Kind, ItemId)> =
        gone.iter().filter(|one| one.removed && inside(one.folder)).map(|one| (one.kind, one.id)).collect();
    let moved_out = gone.iter().filter(|one| !one.removed && below.is_some() && inside(one.folder));
    let still: HashSet<ItemId> = items.iter().filter(|item| inside(item.folder)).map(|item| item.id).collect();
    removed.extend(moved_out.filter(|one| !still.contains(&one.id)).map(|one| (one.kind, one.id)));
    if !removed.is_empty() {
        answer.push(deleted(&removed, wish.typed));
    }
    let names = Names::of(mailbox)?;
    let order = |item: &Item| match item.kind {
        Kind::Tag => 1,
        kind if kind.is_container() => 0,
        _ => 2,
    };
    items.sort_by_key(|item| (order(item), item.modseq, item.id));
    for item in items.iter().filter(|item| inside(item.folder) || below.as_ref().is_some_and(|b| b.contains(&item.id)))
    {
        answer.children.extend(
            changed(mailbox, item, since, &names)?
                .map(|element| crate::element::Child { element, shape: crate::element::Shape::List }),
        );
    }
    Ok(answer)
}

/// As many as fit, never a part of a transaction; and how far that is.
fn whole(
    mailbox: &Mailbox,
    since: ModSeq,
    items: &mut Vec<Item>,
    gone: &mut Vec<Tombstone>,
    wish: &Wish,
) -> mailbox::Result<ModSeq> {
    let last = |is_cut: bool, at: Option<ModSeq>| at.filter(|_| is_cut);
    let cut = [
        last(items.len() > wish.changes_max, items.last().map(|i| i.modseq)),
        last(gone.len() > wish.deletes_max, gone.last().map(|g| g.modseq)),
    ];
    let cut = cut.into_iter().flatten().min().unwrap_or(since);
    let first = items.iter().map(|i| i.modseq).chain(gone.iter().map(|g| g.modseq)).min().unwrap_or(cut);
    let upto = if first < cut {
        ModSeq(cut.0 - 1)
    } else {
        // One transaction changed more than that: all of it.
        (*items, *gone) = mailbox.changed_since(since, usize::MAX, usize::MAX)?;
        first
    };
    items.retain(|item| item.modseq <= upto);
    gone.retain(|one| one.modseq <= upto);
    Ok(upto)
}

fn subtree(folders: &[Folder], root: ItemId) -> HashSet<ItemId> {
    let mut below = HashSet::from([root]);
    // parents come before children
    for folder in folders {
        if below.contains(&folder.item.folder) {
            below.insert(folder.item.id);
        }
    }
    below
}

fn deleted(removed: &[(Kind, ItemId)], typed: bool) -> Element {
    let all: Vec<ItemId> = removed.iter().map(|(_, id)| *id).collect();
    let mut element = Element::new("deleted").attr("ids", joined(&all));
    if typed {
        let mut by_kind: BTreeMap<&'static str, Vec<ItemId>> = BTreeMap::new();
        for (kind, id) in removed {
            by_kind.entry(element_name(*kind)).or_default().push(*id);
        }
        by_kind.into_iter().for_each(|(name, ids)| element.push(Element::new(name).attr("ids", joined(&ids))));
    }
    element
}

fn changed(mailbox: &Mailbox, item: &Item, since: ModSeq, names: &Names) -> mailbox::Result<Option<Element>> {
    let is_new = item.revision > since;
    Ok(match item.kind {
        Kind::Folder | Kind::SearchFolder | Kind::MountPoint => {
            mailbox.folder(item.id).ok().map(|f| render::folder(&f))
        }
        Kind::Tag => mailbox.tags()?.iter().find(|tag| tag.item.id == item.id).map(render::tag),
        Kind::Message => Some(render::message_row(item, names)),
        Kind::Contact if is_new => Some(render::contact(item, names, &ContactWish::default())),
        Kind::Contact => {
            Some(render::contact(item, names, &ContactWish { attrs: Some(Vec::new()), member_attrs: None }))
        }
        Kind::Document => Some(render::document(item, names)),
    })
}
