// SPDX-License-Identifier: AGPL-3.0-or-later
//! A saved search as a folder: what it finds now, each message with a UID of its own.
//!
//! UIDs of IMAP never lie (RFC 9051 §2.3.1.1): one is given in ascending order, to one message, for ever. Which message has
//! which is a note, changed whenever the search finds something else. A message that leaves and comes back, that is moved, or
//! that is a draft saved again, is a new one here.

use crate::error::{Error, Result};
use crate::find::SearchParams;
use crate::mailbox::Mailbox;
use crate::note::VIRTUAL;
use ids::{ItemId, Uid};
use metadata::{Brief, Kind, Note};
use minicbor::{Decode, Encode};
use std::collections::{HashMap, HashSet};

/// Messages in one: a search that finds more can't be opened as a folder.
pub const VIRTUAL_MESSAGES_MAX: usize = 20_000;

#[derive(Debug, Clone)]
pub struct VirtualFolder {
    pub uid_validity: u32,
    pub uid_next: u32,
    /// By ascending UID.
    pub messages: Vec<VirtualMessage>,
}

#[derive(Debug, Clone)]
pub struct VirtualMessage {
    /// Here.
    pub uid: Uid,
    /// With its own folder, and its UID there.
    pub brief: Brief,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct UidMap {
    #[n(0)]
    uid_next: u32,
    /// By ascending UID.
    #[n(1)]
    members: Vec<Member>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Member {
    #[n(0)]
    uid: u32,
    #[n(1)]
    item: ItemId,
    /// In its own folder.
    #[n(2)]
    place: Uid,
}

impl UidMap {
    fn decode(note: Option<Note>) -> Result<UidMap> {
        let Some(note) = note else { return Ok(UidMap { uid_next: 1, members: Vec::new() }) };
        minicbor::decode(&note.value).map_err(|error| Error::Store(format!("UIDs of search {}: {error}", note.name)))
    }

    /// Those that are still found keep their UIDs; new ones get the next, oldest item first.
    fn follow(&mut self, found: &[Brief]) -> Result<()> {
        let now: HashSet<(ItemId, Uid)> = found.iter().map(|brief| (brief.id, brief.uid)).collect();
        self.members.retain(|member| now.contains(&(member.item, member.place)));
        let known: HashSet<ItemId> = self.members.iter().map(|member| member.item).collect();
        let mut new: Vec<&Brief> = found.iter().filter(|brief| !known.contains(&brief.id)).collect();
        new.sort_unstable_by_key(|brief| brief.id);
        for brief in new {
            self.members.push(Member { uid: self.uid_next, item: brief.id, place: brief.uid });
            let next = self.uid_next.checked_add(1);
            self.uid_next = next.ok_or_else(|| Error::Store("a saved search has used up its UIDs".into()))?;
        }
        Ok(())
    }
}

impl Mailbox {
    /// What a saved search finds now. `own_addresses`: the owner's, for is:tome and its like.
    pub fn virtual_folder(&self, id: ItemId, own_addresses: &[String]) -> Result<VirtualFolder> {
        self.check_owner()?;
        let folder = self.folder(id)?;
        let query = match (folder.item.kind, folder.detail.query) {
            (Kind::SearchFolder, Some(query)) => query,
            _ => return Err(Error::no_such("search", id)),
        };
        let params = SearchParams { query, own_addresses: own_addresses.to_vec(), ..SearchParams::default() };
        let ids = self.matching(&params, VIRTUAL_MESSAGES_MAX + 1)?;
        if ids.len() > VIRTUAL_MESSAGES_MAX {
            let text = format!("the search finds more than {VIRTUAL_MESSAGES_MAX} messages: make it narrower");
            return Err(Error::Invalid(text));
        }
        let found: Vec<Brief> = self.items(&ids)?.iter().map(Brief::of).collect();
        let map = self.follow(id, &found)?;
        let mut by_id: HashMap<ItemId, Brief> = found.into_iter().map(|brief| (brief.id, brief)).collect();
        let messages = map.members.iter().filter_map(|member| {
            let brief = by_id.remove(&member.item).filter(|brief| brief.uid == member.place)?;
            Some(VirtualMessage { uid: Uid(member.uid), brief })
        });
        Ok(VirtualFolder {
            uid_validity: crate::view::uid_validity(folder.item.date_ms),
            uid_next: map.uid_next,
            messages: messages.collect(),
        })
    }

    /// The UIDs of what is found; what is new of them is durable when this returns.
    fn follow(&self, id: ItemId, found: &[Brief]) -> Result<UidMap> {
        let name = id.to_string();
        let known = UidMap::decode(self.read(|reader| reader.note(VIRTUAL, &name))?)?;
        let mut next = known.clone();
        next.follow(found)?;
        if next == known {
            return Ok(known);
        }
        self.transact(&[], |draft| {
            draft.view.folder_item(id)?;
            // Another session may have been quicker.
            let note = self.shared().metadata.glance(self.live.id, |reader| reader.note(VIRTUAL, &name))?;
            let known = UidMap::decode(note)?;
            let mut next = known.clone();
            next.follow(found)?;
            if next != known {
                let value = minicbor::to_vec(&next).map_err(|error| Error::Store(error.to_string()))?;
                draft.put_note(Note { space: VIRTUAL, name: name.clone(), expires_ms: 0, value })?;
            }
            Ok(next)
        })
    }
}
