// SPDX-License-Identifier: AGPL-3.0-or-later
//! The names that a client knows, and how it is told of others (RFC 5465 §5.4, §5.5).

use super::filter::{Group, first};
use crate::wire::encode;
use mailbox::{Flags, Folder, ItemId};
use std::collections::BTreeMap;

/// By folder: its name, and whether it is subscribed to. As many as the mailbox has folders.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Known(BTreeMap<ItemId, (String, bool)>);

impl Known {
    pub fn of(folders: &[(String, Folder)]) -> Known {
        Known(folders.iter().map(|(name, folder)| (folder.item.id, (name.clone(), is_subscribed(folder)))).collect())
    }

    pub fn get(&self, id: ItemId) -> Option<(&str, bool)> {
        self.0.get(&id).map(|(name, subscribed)| (name.as_str(), *subscribed))
    }

    /// Takes over what there is now, and writes the difference as far as it is wanted.
    pub fn tell(&mut self, out: &mut Vec<u8>, folders: &[(String, Folder)], groups: &[Group], utf8: bool) {
        let mut before = std::mem::replace(self, Known::of(folders)).0;
        for (name, folder) in folders {
            let subscribed = is_subscribed(folder);
            let old = before.remove(&folder.item.id);
            let wants_name =
                |name: &str| first(groups, name, subscribed).is_some_and(|group| group.events.mailbox_name);
            // RFC 5465 §6: a subscription that ends was one, so that it is told to who wants those.
            let was = old.as_ref().is_some_and(|(_, was)| *was);
            let is_news = match &old {
                None => wants_name(name),
                Some((old, _)) if old != name => wants_name(name) || wants_name(old),
                Some(_) => {
                    was != subscribed && first(groups, name, true).is_some_and(|group| group.events.subscription_change)
                }
            };
            if is_news {
                let old = old.map(|(old, _)| old).filter(|old| old != name);
                write(out, if subscribed { "\\Subscribed" } else { "" }, name, old.as_deref(), utf8);
            }
        }
        for (name, subscribed) in before.into_values() {
            if first(groups, &name, subscribed).is_some_and(|group| group.events.mailbox_name) {
                write(out, "\\NonExistent", &name, None, utf8);
            }
        }
    }
}

pub fn is_subscribed(folder: &Folder) -> bool {
    folder.item.flags.contains(Flags::SUBSCRIBED)
}

/// RFC 5258 §4: with OLDNAME after a change of names.
fn write(out: &mut Vec<u8>, attribute: &str, name: &str, old: Option<&str>, utf8: bool) {
    out.extend_from_slice(format!("* LIST ({attribute}) \"/\" ").as_bytes());
    encode::mailbox(out, name, utf8);
    if let Some(old) = old {
        out.extend_from_slice(b" (\"OLDNAME\" (");
        encode::mailbox(out, old, utf8);
        out.extend_from_slice(b"))");
    }
    out.extend_from_slice(b"\r\n");
}
