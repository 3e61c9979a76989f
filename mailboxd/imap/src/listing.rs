// SPDX-License-Identifier: AGPL-3.0-or-later
//! All names that a user may see, for LIST and LSUB: the user's own folders, those behind mount points, and, if they are asked
//! for, those that others share.

use crate::names;
use crate::place::{self, HOME, Spot};
use crate::session::User;
use crate::session::failure::Failure;
use mailbox::{Flags, Folder, Handle, Kind};
use std::collections::HashSet;

/// Names in one mailbox.
pub struct Group {
    pub handle: Handle,
    pub entries: Vec<Entry>,
}

pub struct Entry {
    pub name: String,
    /// `None`: only a place in the tree.
    pub folder: Option<Folder>,
    pub subscribed: bool,
    /// RFC 6154; of the user's own folders only, as a client would put its own mail into them.
    pub special_use: Option<String>,
}

impl Entry {
    fn own(name: String, folder: Folder) -> Entry {
        let subscribed = folder.item.flags.contains(Flags::SUBSCRIBED);
        let special_use = names::special_use(&folder).map(str::to_owned);
        Entry { name, subscribed, special_use, folder: Some(folder) }
    }

    fn of_others(name: String, folder: Option<Folder>, subscribed: bool) -> Entry {
        Entry { name, folder, subscribed, special_use: None }
    }
}

/// Whether what others share is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Homes {
    No,
    /// If something of it is subscribed to.
    Subscribed,
    Yes,
}

/// Parents before children within a group.
pub async fn all(user: &User, homes_wanted: Homes) -> Result<Vec<Group>, Failure> {
    let mut own = user.handle.run(names::with_searches).await?;
    own.retain(|(_, folder)| user.shows_searches || folder.item.kind == Kind::Folder);
    let entries = own.into_iter().map(|(name, folder)| Entry::own(name, folder)).collect();
    let mut groups = vec![Group { handle: user.handle.clone(), entries }];
    if homes_wanted == Homes::No && !user.handle.has_mount_points() {
        return Ok(groups);
    }
    let read = user.handle.run(|m| Ok((m.folders()?, m.subscriptions_elsewhere()?))).await?;
    let subscribed: HashSet<String> = read.1.into_iter().collect();
    for mount in read.0.into_iter().filter(|folder| folder.item.kind == Kind::MountPoint) {
        groups.extend(behind(user, &mount, &subscribed).await?);
    }
    let is_wanted = match homes_wanted {
        Homes::No => false,
        Homes::Subscribed => subscribed.iter().any(|name| name.starts_with(HOME)),
        Homes::Yes => true,
    };
    if is_wanted {
        homes(user, &subscribed, &mut groups).await?;
    }
    Ok(groups)
}

/// `None`: what is mounted is not there any more, or is no mail.
async fn behind(user: &User, mount: &Folder, subscribed: &HashSet<String>) -> Result<Option<Group>, Failure> {
    let Some(remote) = &mount.detail.remote else { return Ok(None) };
    let Some(Spot { handle, name: top }) = user.visits.mounted(remote).await? else { return Ok(None) };
    let at = mount.path.trim_start_matches('/').to_owned();
    let is_subscribed = mount.item.flags.contains(Flags::SUBSCRIBED);
    let entries = handle.run(names::visible).await?.into_iter().filter_map(|(name, folder)| {
        let rest = name.strip_prefix(top.as_str())?;
        if rest.is_empty() {
            return Some(Entry::of_others(at.clone(), Some(folder), is_subscribed));
        }
        let name = place::join(&at, rest.strip_prefix('/')?);
        let subscribed = subscribed.contains(&name);
        Some(Entry::of_others(name, Some(folder), subscribed))
    });
    let entries = entries.collect();
    Ok(Some(Group { handle, entries }))
}

async fn homes(user: &User, subscribed: &HashSet<String>, groups: &mut Vec<Group>) -> Result<(), Failure> {
    let root = HOME.trim_end_matches('/').to_owned();
    let mut tree = vec![Entry::of_others(root, None, false)];
    for owner in user.visits.owners().await? {
        let home = format!("{HOME}{}", owner.name);
        let Some(handle) = user.visits.open(owner).await? else { continue };
        let shared = handle.run(names::visible).await?.into_iter().map(|(name, folder)| {
            let name = place::join(&home, &name);
            let subscribed = subscribed.contains(&name);
            Entry::of_others(name, Some(folder), subscribed)
        });
        let entries = shared.collect();
        tree.push(Entry::of_others(home, None, false));
        groups.push(Group { handle, entries });
    }
    if tree.len() > 1 {
        groups.push(Group { handle: user.handle.clone(), entries: tree });
    }
    Ok(())
}
