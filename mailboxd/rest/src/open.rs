// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whose mailbox a URL is about, and who asks for it.

use crate::State;
use crate::answer::Refusal;
use crate::auth::{Shown, caller};
use crate::query::Query;
use directory::{Account, Attachments, Directory};
use mailbox::{Actor, Handle, Visitor};
use std::sync::Arc;

pub struct Opened {
    pub handle: Handle,
    /// Whose mailbox it is.
    pub owner: Account,
    /// Who asks; `None`: nobody that is known.
    pub caller: Option<Account>,
    /// What may be had of files: the strictest of what holds for both, and for everybody.
    pub attachments: Attachments,
}

/// The mailbox, and the path in it, that a URL means. A mount point of it stands for a folder of somebody else's, as an id with
/// an account before it does for what lies there; what of that is shared with the caller is found there.
pub async fn locate(
    state: &State,
    account: &str,
    path: &str,
    query: &Query,
    shown: &Shown,
) -> Result<(Opened, String), Refusal> {
    let opened = open(state, account, query, shown).await?;
    let path = path.trim().trim_matches('/').to_owned();
    let ids = query.id.iter().chain(&query.list).flat_map(|ids| ids.split(','));
    let mut accounts: Vec<&str> =
        ids.map(|id| id.rsplit_once(':').map_or(opened.owner.id.as_str(), |(account, _)| account.trim())).collect();
    accounts.sort_unstable();
    accounts.dedup();
    match accounts.as_slice() {
        [] if opened.handle.has_mount_points() => {}
        [account] if *account != opened.owner.id => {
            return Ok((open(state, account, query, shown).await?, path));
        }
        [] | [_] => return Ok((opened, path)),
        _ => return Err(Refusal::Bad("ids of one mailbox at a time\n")),
    }
    let asked = path.clone();
    let Some((remote, rest)) = opened.handle.run(move |mailbox| mailbox.mount_on_way(&asked)).await? else {
        return Ok((opened, path));
    };
    let there = open(state, &remote.account, query, shown).await?;
    let folder = there.handle.run(move |mailbox| mailbox.folder(remote.folder)).await?;
    Ok((there, format!("{}{rest}", folder.path.trim_start_matches('/'))))
}

/// By address, by id, or by a name in the default domain.
fn named(directory: &Directory, name: &str) -> directory::Result<Option<Account>> {
    if let Some(found) = directory.account(name)? {
        return Ok(Some(found));
    }
    if let Some(found) = directory.account_by_id(name)? {
        return Ok(Some(found));
    }
    match directory.default_domain()? {
        Some(domain) if !name.contains('@') => directory.account(&format!("{name}@{domain}")),
        _ => Ok(None),
    }
}

/// The mailbox named by the path, if there is anything in it for this caller. What there is not does not exist.
pub async fn open(state: &State, account: &str, query: &Query, shown: &Shown) -> Result<Opened, Refusal> {
    let own = account == "~" || account.is_empty();
    let (actor, caller) = match caller(state, query, shown).await {
        Ok(caller) => (Some(caller.actor), Some(caller.account)),
        // What is shared with everybody needs no login.
        Err(Refusal::Unauthorized) if !own && !shown.has_credentials(query) => (None, None),
        // Who is nobody has no mailbox, and where no password is taken a challenge would be in vain.
        Err(Refusal::Unauthorized) if own && !shown.has_credentials(query) && !query.takes_password() => {
            return Err(Refusal::NotFound);
        }
        Err(refusal) => return Err(refusal),
    };
    let missing = || if caller.is_some() { Refusal::NotFound } else { Refusal::Unauthorized };
    let owner = match &caller {
        Some(caller) if own => caller.clone(),
        _ => {
            let (directory, name) = (state.directory.clone(), account.to_owned());
            let found = state.store.run(move |_| named(&directory, &name));
            found.await?.map_err(Refusal::ours)?.ok_or_else(missing)?
        }
    };
    // The domain's counts too.
    let (directory, of) = (state.directory.clone(), owner.clone());
    let status = state.store.run(move |_| directory.status(&of)).await?.map_err(Refusal::ours)?;
    match status.as_str() {
        "active" => {}
        "maintenance" => return Err(Refusal::Unavailable),
        _ => return Err(missing()),
    }
    let actor = actor.unwrap_or(Actor { account: String::new(), is_admin: false });
    let (directory, target, asks) = (state.directory.clone(), owner.clone(), caller.clone());
    let opened = state.store.run(move |store| -> Result<Handle, Refusal> {
        if actor.account == target.id || actor.is_admin {
            return Ok(store.open_mailbox(&actor, &target.id, target.quota())?);
        }
        let visitor = match asks {
            Some(account) => {
                let of = directory.memberships(&account).map_err(Refusal::ours)?;
                Visitor::new(account.id, of.lists, of.domain, of.cos)
            }
            None => Visitor::new(String::new(), Vec::new(), None, None),
        };
        Ok(store.visit(&Arc::new(visitor), &target.id, target.quota())?)
    });
    let handle = match opened.await? {
        Err(Refusal::NotFound) => return Err(missing()),
        other => other?,
    };
    let (directory, of) = (state.directory.clone(), [Some(owner.clone()), caller.clone()]);
    let attachments = state.store.run(move |_| directory.attachments(&of.iter().flatten().collect::<Vec<_>>()));
    let attachments = attachments.await?.map_err(Refusal::ours)?;
    Ok(Opened { handle, owner, caller, attachments })
}
