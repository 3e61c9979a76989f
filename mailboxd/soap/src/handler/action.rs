// SPDX-License-Identifier: AGPL-3.0-or-later
//! What MsgAction, ConvAction and ItemAction do to messages.

use crate::args;
use crate::context::Context;
use crate::delegate;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{SETTABLE, parse_flags};
use mailbox::{FlagChange, Flags, Folder, Handle, Item, ItemId, Mailbox};

/// A tag as the request names it.
#[derive(Debug, Clone)]
enum TagRef {
    Id(ItemId),
    Name(String),
}

#[derive(Clone)]
pub enum Op {
    Flags {
        add: Flags,
        remove: Flags,
    },
    Tag {
        tag: TagName,
        add: bool,
    },
    Move(ItemId),
    Copy(ItemId),
    /// Into a folder of another mailbox.
    Elsewhere {
        target: Handle,
        folder: ItemId,
        remove: bool,
    },
    Delete,
    /// A document, for this account (id, name).
    Lock(String, String),
    Unlock(String),
    /// A document.
    Rename(String),
    Update {
        name: Option<String>,
        folder: Option<ItemId>,
        flags: Option<Flags>,
        tags: Option<Vec<TagName>>,
    },
}

/// Opaque outside: by id or by name, looked up when it runs.
#[derive(Debug, Clone)]
pub struct TagName(TagRef);

impl Op {
    /// As [`Op::of`], where the folder may be somebody else's, or a mount point.
    pub async fn read(context: &Context, action: &Element, own: &str) -> Result<Op> {
        let name = action.need_filled("op")?;
        let who = &context.auth()?.account;
        match name.as_str() {
            "lock" => return Ok(Op::Lock(who.id.clone(), who.name.clone())),
            "unlock" => return Ok(Op::Unlock(who.id.clone())),
            "rename" => return Ok(Op::Rename(action.need_filled("name")?)),
            _ => {}
        }
        if let ("move" | "copy", Some(text)) = (name.as_str(), action.get("l").filter(|text| !text.is_empty()))
            && let Some((target, folder)) = delegate::elsewhere(context, &text).await?
        {
            return Ok(Op::Elsewhere { target, folder, remove: name == "move" });
        }
        Op::of(action, own)
    }

    pub fn of(action: &Element, own: &str) -> Result<Op> {
        let op = action.need_filled("op")?;
        let set = |bit: Flags| Op::Flags { add: bit, remove: Flags(0) };
        let clear = |bit: Flags| Op::Flags { add: Flags(0), remove: bit };
        Ok(match op.as_str() {
            "read" => clear(Flags::UNREAD),
            "!read" => set(Flags::UNREAD),
            "flag" => set(Flags::FLAGGED),
            "!flag" => clear(Flags::FLAGGED),
            "tag" | "!tag" => Op::Tag { tag: one_tag(action, own)?, add: op == "tag" },
            "move" => Op::Move(target(action, own)?),
            "copy" => Op::Copy(target(action, own)?),
            "trash" => Op::Move(ItemId::TRASH),
            "spam" => Op::Move(action.folder_id("l", own)?.unwrap_or(ItemId::JUNK)),
            "!spam" => Op::Move(action.folder_id("l", own)?.unwrap_or(ItemId::INBOX)),
            "delete" => Op::Delete,
            "update" => Op::Update {
                name: action.get("name").filter(|name| !name.is_empty()),
                folder: action.folder_id("l", own)?,
                flags: action
                    .get("f")
                    .map(|text| parse_flags(&text).ok_or_else(|| Fault::invalid(format!("unknown flag in: {text}"))))
                    .transpose()?,
                tags: all_tags(action, own)?,
            },
            _ => return Err(Fault::invalid(format!("unknown operation: {op}"))),
        })
    }

    /// On messages that exist. Moves, copies and flags are all or nothing.
    pub fn run(&self, mailbox: &Mailbox, ids: &[ItemId]) -> mailbox::Result<()> {
        match self {
            Op::Flags { add, remove } => {
                flags(mailbox, ids, FlagChange { add: *add, remove: *remove, ..FlagChange::default() })
            }
            Op::Tag { tag, add } => {
                let tag = vec![tag.find(mailbox)?];
                let (tags_add, tags_remove) = if *add { (tag, vec![]) } else { (vec![], tag) };
                flags(mailbox, ids, FlagChange { tags_add, tags_remove, ..FlagChange::default() })
            }
            Op::Move(folder) => mailbox.move_items(ids, *folder).map(drop),
            Op::Copy(folder) => mailbox.copy_items(ids, *folder).map(drop),
            Op::Elsewhere { target, folder, remove: true } => {
                mailbox.move_items_to(ids, target.mailbox(), *folder).map(drop)
            }
            Op::Elsewhere { target, folder, remove: false } => {
                mailbox.copy_items_to(ids, target.mailbox(), *folder).map(drop)
            }
            Op::Delete => mailbox.delete_items(ids).map(drop),
            Op::Lock(account, name) => {
                ids.iter().try_for_each(|id| mailbox.lock_document(*id, account, name).map(drop))
            }
            Op::Unlock(account) => ids.iter().try_for_each(|id| mailbox.unlock_document(*id, account).map(drop)),
            Op::Rename(name) => ids.iter().try_for_each(|id| mailbox.rename_document(*id, name).map(drop)),
            Op::Update { name, folder, flags: bits, tags } => {
                if let Some(name) = name {
                    ids.iter().try_for_each(|id| mailbox.rename_document(*id, name).map(drop))?;
                }
                let tags_set = match tags {
                    Some(tags) => Some(tags.iter().map(|tag| tag.find(mailbox)).collect::<mailbox::Result<_>>()?),
                    None => None,
                };
                if bits.is_some() || tags_set.is_some() {
                    let add = bits.map_or(Flags(0), |bits| Flags(bits.0 & SETTABLE.0));
                    let remove = bits.map_or(Flags(0), |bits| SETTABLE.without(bits));
                    flags(mailbox, ids, FlagChange { add, remove, tags_set, ..FlagChange::default() })?;
                }
                folder.map_or(Ok(()), |folder| mailbox.move_items(ids, folder).map(drop))
            }
        }
    }
}

fn flags(mailbox: &Mailbox, ids: &[ItemId], change: FlagChange) -> mailbox::Result<()> {
    match mailbox.update_flags(ids, &change)?.missing.first() {
        Some(id) => Err(mailbox::Error::NoSuch { kind: "message", id: id.to_string() }),
        None => Ok(()),
    }
}

fn target(action: &Element, own: &str) -> Result<ItemId> {
    args::folder_id(&action.need_filled("l")?, own)
}

fn one_tag(action: &Element, own: &str) -> Result<TagName> {
    if let Some(name) = action.get("tn").filter(|name| !name.is_empty()) {
        return Ok(TagName(TagRef::Name(name)));
    }
    let id = match action.get("tag") {
        Some(id) => id,
        None => action.need("t")?,
    };
    Ok(TagName(TagRef::Id(args::tag_id(&id, own)?)))
}

/// The tags of `t` (ids) or `tn` (names); "" means none.
pub fn all_tags(element: &Element, own: &str) -> Result<Option<Vec<TagName>>> {
    if let Some(names) = element.get("tn") {
        return Ok(Some(split_names(&names).into_iter().map(|name| TagName(TagRef::Name(name))).collect()));
    }
    let Some(ids) = element.get("t") else { return Ok(None) };
    let ids = ids.split(',').filter(|id| !id.is_empty());
    let tags = ids.map(|id| Ok(TagName(TagRef::Id(args::tag_id(id, own)?)))).collect::<Result<Vec<_>>>()?;
    Ok(Some(tags))
}

/// At bare commas; a backslash keeps the next character.
fn split_names(text: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, names.last_mut()) {
            (',', _) => names.push(String::new()),
            ('\\', Some(name)) => name.extend(characters.next()),
            (c, Some(name)) => name.push(c),
            (_, None) => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

impl TagName {
    pub fn find(&self, mailbox: &Mailbox) -> mailbox::Result<ItemId> {
        let tags = mailbox.tags()?;
        let (found, shown) = match &self.0 {
            TagRef::Id(id) => (tags.iter().find(|tag| tag.item.id == *id), id.to_string()),
            TagRef::Name(name) => (tags.iter().find(|tag| tag.item.name.eq_ignore_ascii_case(name)), name.clone()),
        };
        found.map(|tag| tag.item.id).ok_or(mailbox::Error::NoSuch { kind: "tag", id: shown })
    }
}

/// `tcon`: which messages of a conversation an action is for: t trash, j junk, s sent, d drafts, o others; "-" negates.
#[derive(Debug, Clone)]
pub struct Constraint {
    letters: String,
    negated: bool,
}

impl Constraint {
    pub fn of(action: &Element) -> Result<Option<Constraint>> {
        let Some(text) = action.get("tcon").filter(|text| !text.is_empty()) else { return Ok(None) };
        let (letters, negated) = match text.strip_prefix('-') {
            Some(rest) => (rest.to_owned(), true),
            None => (text.clone(), false),
        };
        if letters.is_empty() || !letters.chars().all(|c| "tjsdo".contains(c)) {
            return Err(Fault::invalid(format!("malformed tcon: {text}")));
        }
        Ok(Some(Constraint { letters, negated }))
    }

    pub fn admits(&self, item: &Item, folders: &[Folder]) -> bool {
        let class = match top_folder(item.folder, folders) {
            ItemId::TRASH => 't',
            ItemId::JUNK => 'j',
            ItemId::SENT => 's',
            ItemId::DRAFTS => 'd',
            _ => 'o',
        };
        self.letters.contains(class) != self.negated
    }
}

/// The folder right below the root that holds `folder`.
fn top_folder(mut folder: ItemId, folders: &[Folder]) -> ItemId {
    for _ in 0..folders.len() {
        match folders.iter().find(|known| known.item.id == folder) {
            Some(known) if known.item.folder != ItemId::USER_ROOT && known.item.folder != folder => {
                folder = known.item.folder;
            }
            _ => break,
        }
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(op: &str, more: &[(&str, &str)]) -> Result<Op> {
        let action = more.iter().fold(Element::new("action").attr("op", op), |e, (k, v)| e.attr(k, *v));
        Op::of(&action, "me")
    }

    #[test]
    fn operations() {
        assert!(matches!(op("read", &[]), Ok(Op::Flags { remove: Flags::UNREAD, .. })));
        assert!(matches!(op("!flag", &[]), Ok(Op::Flags { remove: Flags::FLAGGED, .. })));
        assert!(matches!(op("move", &[("l", "3")]), Ok(Op::Move(ItemId::TRASH))));
        assert!(matches!(op("move", &[("l", "me:3")]), Ok(Op::Move(ItemId::TRASH))));
        assert!(matches!(op("!spam", &[]), Ok(Op::Move(ItemId::INBOX))));
        assert_eq!(op("move", &[("l", "you:3")]).err().unwrap().code, "service.PERM_DENIED");
        assert_eq!(op("move", &[("l", "-1")]).err().unwrap().code, "mail.NO_SUCH_FOLDER");
        for (name, more) in [("move", vec![]), ("move", vec![("l", "")]), ("tag", vec![]), ("explode", vec![])] {
            assert_eq!(op(name, &more).err().unwrap().code, "service.INVALID_REQUEST", "{name}");
        }
        assert_eq!(op("update", &[("f", "~~z")]).err().unwrap().code, "service.INVALID_REQUEST");
    }

    #[test]
    fn tag_names_split_at_bare_commas() {
        assert_eq!(split_names(r"a,b\,c,,d\\"), ["a", "b,c", "d\\"]);
        assert_eq!(split_names(r"\"), Vec::<String>::new());
    }
}
