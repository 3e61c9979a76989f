// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which message lies where: in the folders of those who sent and got it, the same bytes for all.

use crate::letter::Letter;
use crate::{DOMAIN, USERS, story};

/// 2026-11-20 12:00 UTC: "now" for [`mailboxes`].
const NOW_MS: i64 = 1_795_176_000_000;
/// Mail younger than this has not been read.
const UNREAD_MS: i64 = 36 * 3600 * 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    pub unread: bool,
    pub flagged: bool,
    pub replied: bool,
    pub forwarded: bool,
    pub draft: bool,
    pub from_me: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoMessage {
    /// "/Inbox", "/Sent", "/Projects/Relaunch"; parents first.
    pub folder: String,
    pub flags: Flags,
    /// Names out of [`tags`].
    pub tags: Vec<String>,
    pub date_ms: i64,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    pub name: &'static str,
    /// Zimbra's colour number.
    pub color: u8,
}

/// The tags that the messages carry; each user is to have all of them.
pub fn tags() -> Vec<Tag> {
    vec![
        Tag { name: "Important", color: 5 },
        Tag { name: "Travel", color: 2 },
        Tag { name: "To do", color: 3 },
        Tag { name: "家族", color: 7 },
    ]
}

/// A letter with what its place does not follow from.
pub(crate) struct Item {
    pub letter: Letter,
    /// (user, folder) where it isn't Inbox or Sent.
    pub filed: Vec<(&'static str, &'static str)>,
    pub flagged_by: Vec<&'static str>,
    pub tagged: Vec<(&'static str, &'static str)>,
    /// Seen although it is new.
    pub read: bool,
    /// Kept as a draft of the sender.
    pub draft: bool,
}

impl Item {
    pub fn new(letter: Letter) -> Item {
        Item { letter, filed: vec![], flagged_by: vec![], tagged: vec![], read: false, draft: false }
    }
}

/// Messages by user, oldest first. The newest are a few hours old on 20 November 2026.
pub fn mailboxes() -> Vec<(String, Vec<DemoMessage>)> {
    mailboxes_at(NOW_MS)
}

/// The same with another "now", for a demo that looks lived in.
pub fn mailboxes_at(now_ms: i64) -> Vec<(String, Vec<DemoMessage>)> {
    let items = story::items(now_ms);
    let answered: Vec<(&str, &String)> = items
        .iter()
        .filter(|i| !i.draft)
        .filter_map(|i| Some((user_of(i.letter.from.1)?, i.letter.references.last()?)))
        .collect();
    USERS
        .iter()
        .map(|user| {
            let mut messages: Vec<DemoMessage> =
                items.iter().flat_map(|item| copies(item, user, now_ms, &answered)).collect();
            messages.sort_by_key(|m| m.date_ms);
            (user.to_string(), messages)
        })
        .collect()
}

fn user_of(address: &str) -> Option<&str> {
    address.strip_suffix(DOMAIN)?.strip_suffix('@')
}

/// Those of one message that `user` has: as sender, as recipient, or both.
fn copies(item: &Item, user: &str, now_ms: i64, answered: &[(&str, &String)]) -> Vec<DemoMessage> {
    let letter = &item.letter;
    let filed = item.filed.iter().find(|(who, _)| *who == user).map(|(_, folder)| *folder);
    let sent = user_of(letter.from.1) == Some(user);
    let got = !item.draft && letter.to.iter().chain(&letter.cc).any(|p| user_of(p.1) == Some(user));
    let id = letter.message_id();
    let base = Flags {
        flagged: item.flagged_by.contains(&user),
        replied: answered.iter().any(|(who, what)| *who == user && **what == id),
        ..Flags::default()
    };
    let message = |folder: &str, flags: Flags| DemoMessage {
        folder: folder.to_string(),
        flags,
        tags: item.tagged.iter().filter(|(who, _)| *who == user).map(|(_, tag)| tag.to_string()).collect(),
        date_ms: letter.date_ms,
        bytes: letter.bytes(),
    };
    let mut out = Vec::new();
    if sent {
        let folder = if item.draft { "/Drafts" } else { "/Sent" };
        out.push(message(folder, Flags { from_me: true, draft: item.draft, replied: false, ..base }));
    }
    if got {
        let unread = !item.read && !base.replied && now_ms - letter.date_ms < UNREAD_MS;
        out.push(message(filed.unwrap_or("/Inbox"), Flags { unread, ..base }));
    }
    out
}
