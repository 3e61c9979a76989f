// SPDX-License-Identifier: AGPL-3.0-or-later
//! Changes of one contact.

use super::{FileAttr, Mailbox, check, name, set_content};
use crate::error::{Error, Result};
use ids::ItemId;
use metadata::{Detail, Item, Kind, Member};

/// Applied in the order of the fields.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// All attributes, members and files go first.
    pub replace: bool,
    /// In place of what a name had; an empty value only takes it away.
    pub set: Vec<(String, String)>,
    /// One more value of a name.
    pub add: Vec<(String, String)>,
    /// One value of a name; an empty one: all of them.
    pub remove: Vec<(String, String)>,
    pub members: Vec<MemberChange>,
    /// In place of the file of that name.
    pub files: Vec<FileAttr>,
    pub tags: Option<Vec<ItemId>>,
}

#[derive(Debug, Clone)]
pub enum MemberChange {
    Add(Member),
    Remove(Member),
    /// All of them go.
    Reset,
}

impl Mailbox {
    /// The whole contact as it is afterwards.
    pub fn modify_contact(&self, id: ItemId, changes: &Changes) -> Result<Item> {
        let known = self.contact(id)?;
        let Detail::Contact(detail) = &known.detail else { return Err(Error::no_such("contact", id)) };
        let mut files = if changes.replace { Vec::new() } else { self.contact_files(&known, detail)? };
        let gone = |file: &FileAttr| {
            let taken = changes.set.iter().chain(&changes.remove).any(|(name, _)| *name == file.name);
            taken || changes.files.iter().any(|new| new.name == file.name)
        };
        files.retain(|file| !gone(file));
        files.extend(changes.files.iter().cloned());
        let content = self.stage_files(&files)?;
        self.transact(&content.iter().collect::<Vec<_>>(), |draft| {
            let before = self.message_rows(&[id])?.into_iter().find(|row| row.kind == Kind::Contact);
            let before = before.ok_or_else(|| Error::no_such("contact", id))?;
            if before.revision != known.revision {
                return Err(Error::ModifyConflict);
            }
            let mut after = before.clone();
            let Detail::Contact(detail) = &mut after.detail else { return Err(Error::no_such("contact", id)) };
            if changes.replace {
                detail.attrs.clear();
                detail.members.clear();
            }
            apply_attrs(&mut detail.attrs, changes);
            apply_members(&mut detail.members, &changes.members)?;
            detail.files = files.iter().map(FileAttr::described).collect();
            check(detail)?;
            if let Some(tags) = &changes.tags {
                after.tags = tags.iter().map(|tag| Ok(draft.view.tag(*tag)?.item.id)).collect::<Result<_>>()?;
                after.tags.sort();
                after.tags.dedup();
            }
            name(&mut after);
            set_content(&mut after, content.as_ref());
            self.check_quota(&draft.view, after.size.saturating_sub(before.size))?;
            after.modseq = draft.modseq;
            after.revision = draft.modseq;
            after.changed_ms = draft.now_ms;
            after.date_ms = draft.now_ms;
            Ok(draft.revise(&before, after)?.as_ref().clone())
        })
    }
}

pub(super) fn apply_attrs(attrs: &mut Vec<(String, String)>, changes: &Changes) {
    let set: Vec<&str> = changes.set.iter().map(|(name, _)| name.as_str()).collect();
    // A value that is replaced keeps its place.
    let mut next: Vec<(String, String)> = Vec::with_capacity(attrs.len() + set.len());
    for (name, value) in attrs.drain(..) {
        if !set.contains(&name.as_str()) {
            next.push((name, value));
        } else if !next.iter().any(|(known, _)| *known == name) {
            let new = changes.set.iter().filter(|(set, value)| *set == name && !value.is_empty());
            next.extend(new.cloned());
        }
    }
    let held: Vec<String> = next.iter().map(|(name, _)| name.clone()).collect();
    let new = changes.set.iter().filter(|(name, value)| !held.contains(name) && !value.is_empty());
    next.extend(new.cloned());
    for (name, value) in changes.add.iter().filter(|(_, value)| !value.is_empty()) {
        if !next.contains(&(name.clone(), value.clone())) {
            next.push((name.clone(), value.clone()));
        }
    }
    next.retain(|(name, value)| {
        !changes.remove.iter().any(|(gone, only)| gone == name && (only.is_empty() || only == value))
    });
    *attrs = next;
}

fn apply_members(members: &mut Vec<Member>, changes: &[MemberChange]) -> Result<()> {
    for change in changes {
        match change {
            MemberChange::Reset => members.clear(),
            MemberChange::Add(member) if members.contains(member) => {}
            MemberChange::Add(member) => members.push(member.clone()),
            MemberChange::Remove(member) => {
                let before = members.len();
                members.retain(|known| known != member);
                if members.len() == before {
                    return Err(Error::Invalid(format!("no such member: {}", member.value)));
                }
            }
        }
    }
    Ok(())
}
