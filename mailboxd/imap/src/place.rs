// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where a mailbox name leads: into the user's own mailbox, or into one of somebody else.
//!
//! Folders of others have two kinds of names. `/home/ADDRESS/PATH`, as Zimbra writes it, is the path in the mailbox of that
//! account (RFC 2342: the namespace of other users). And where the user has put a mount point among their own folders, its
//! name, and what is below it, stand for the folder that it points to. In either case the grants on that folder decide what
//! may be done, in the domain, at each operation.

use crate::names;
use crate::session::User;
use crate::session::failure::{Failure, internal};
use directory::{Account, Directory};
use mailbox::{Actor, Folder, Handle, Kind, Mailbox, Remote, Store, Visitor};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Prefix of the namespace of other users.
pub const HOME: &str = "/home/";

/// How long it is taken for granted what lists somebody is on.
const VISITOR_AGE_MAX: Duration = Duration::from_secs(60);

/// A name within one mailbox.
pub struct Spot {
    pub handle: Handle,
    /// As `names` knows it.
    pub name: String,
}

/// Opens mailboxes of others for one user.
pub struct Visits {
    store: Store,
    directory: Directory,
    /// Id and name of the user's account.
    id: String,
    name: String,
    visitor: Mutex<Option<(Instant, Arc<Visitor>)>>,
}

/// An account whose mailbox is asked for.
pub struct Owner {
    pub id: String,
    pub name: String,
    quota: u64,
}

impl Owner {
    fn of(account: Account) -> Owner {
        Owner { quota: account.quota(), id: account.id, name: account.name }
    }
}

impl Visits {
    pub fn new(store: Store, directory: Directory, account: &Account) -> Visits {
        Visits { store, directory, id: account.id.clone(), name: account.name.clone(), visitor: Mutex::default() }
    }

    /// The user's own address.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks the directory, off the async threads.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Directory) -> directory::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let directory = self.directory.clone();
        let asked = tokio::task::spawn_blocking(move || work(&directory)).await.map_err(|error| internal(&error))?;
        asked.map_err(|error| {
            tracing::warn!(%error, "the directory was asked in vain");
            Failure::no("UNAVAILABLE", "the directory can't be asked now, try again later")
        })
    }

    pub async fn owner_by_address(&self, address: &str) -> Result<Option<Owner>, Failure> {
        let address = address.to_owned();
        Ok(self.ask(move |directory| directory.account(&address)).await?.map(Owner::of))
    }

    async fn owner_by_id(&self, id: &str) -> Result<Option<Owner>, Failure> {
        let id = id.to_owned();
        Ok(self.ask(move |directory| directory.account_by_id(&id)).await?.map(Owner::of))
    }

    async fn visitor(&self) -> Result<Arc<Visitor>, Failure> {
        let mut known = self.visitor.lock().await;
        if let Some((since, visitor)) = known.as_ref()
            && since.elapsed() < VISITOR_AGE_MAX
        {
            return Ok(visitor.clone());
        }
        let name = self.name.clone();
        let of = self.ask(move |directory| {
            let account = directory.account(&name)?.ok_or(directory::Error::NoSuchAccount(name))?;
            directory.memberships(&account)
        });
        let of = of.await?;
        let visitor = Arc::new(Visitor::new(self.id.clone(), of.lists, of.domain, of.cos));
        *known = Some((Instant::now(), visitor.clone()));
        Ok(visitor)
    }

    /// `None`: nothing in it is shared with the user.
    pub async fn open(&self, owner: Owner) -> Result<Option<Handle>, Failure> {
        let opened = if owner.id == self.id {
            let actor = Actor { account: owner.id.clone(), is_admin: false };
            self.store.run(move |store| store.open_mailbox(&actor, &owner.id, owner.quota)).await?
        } else {
            let visitor = self.visitor().await?;
            self.store.run(move |store| store.visit(&visitor, &owner.id, owner.quota)).await?
        };
        match opened {
            Ok(handle) => Ok(Some(handle)),
            Err(mailbox::Error::Denied) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Who shares something with the user, by name.
    pub async fn owners(&self) -> Result<Vec<Owner>, Failure> {
        let visitor = self.visitor().await?;
        let ids = self.store.run(move |store| store.owners_sharing_with(&visitor)).await??;
        let mut owners = Vec::with_capacity(ids.len());
        for id in ids {
            owners.extend(self.owner_by_id(&id).await?);
        }
        owners.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(owners)
    }

    /// The folder that a mount point stands for, if it is there for this user.
    pub async fn mounted(&self, remote: &Remote) -> Result<Option<Spot>, Failure> {
        let Some(owner) = self.owner_by_id(&remote.account).await? else { return Ok(None) };
        let Some(handle) = self.open(owner).await? else { return Ok(None) };
        let folder = remote.folder;
        let name = handle.run(move |m| match m.folder(folder) {
            Ok(folder) => Ok(names::name_of(&folder)),
            Err(mailbox::Error::NoSuch { .. }) => Ok(None),
            Err(error) => Err(error),
        });
        let name = name.await?;
        Ok(name.map(|name| Spot { handle, name }))
    }
}

impl User {
    /// `None`: there is nothing of that name that the user may know of, and nothing can be made there.
    pub async fn place(&self, name: &str) -> Result<Option<Spot>, Failure> {
        if let Some(rest) = name.strip_prefix(HOME) {
            let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
            let Some(owner) = self.visits.owner_by_address(address).await? else { return Ok(None) };
            let opened = self.visits.open(owner).await?;
            return Ok(opened.map(|handle| Spot { handle, name: path.to_owned() }));
        }
        let own = || Spot { handle: self.handle.clone(), name: name.to_owned() };
        if !self.handle.has_mount_points() {
            return Ok(Some(own()));
        }
        let whole = name.to_owned();
        let Some((remote, rest)) = self.handle.run(move |m| mount_on(m, &whole)).await? else {
            return Ok(Some(own()));
        };
        let mounted = self.visits.mounted(&remote).await?;
        Ok(mounted.map(|place| Spot { name: join(&place.name, &rest), ..place }))
    }

    /// The mount point that has this name itself.
    pub async fn mount_named(&self, name: &str) -> Result<Option<Folder>, Failure> {
        if name.starts_with(HOME) || !self.handle.has_mount_points() {
            return Ok(None);
        }
        let path = format!("/{name}");
        let found = self.handle.run(move |m| m.folder_by_path(&path)).await?;
        Ok(found.filter(|folder| folder.item.kind == Kind::MountPoint))
    }

    /// [`User::place`] of what must be there.
    pub async fn existing(&self, name: &str) -> Result<Spot, Failure> {
        self.place(name).await?.ok_or_else(|| crate::command::select::missing(name))
    }
}

/// Below a mount's folder; what follows the name of a mount is empty for itself.
pub fn join(name: &str, rest: &str) -> String {
    if rest.is_empty() { name.to_owned() } else { format!("{name}/{rest}") }
}

/// The first mount point on a path of the user's own, and the path below it.
fn mount_on(mailbox: &Mailbox, name: &str) -> mailbox::Result<Option<(Remote, String)>> {
    let name = name.trim_end_matches('/');
    let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
    for end in ends {
        let Some(folder) = mailbox.folder_by_path(&format!("/{}", &name[..end]))? else { return Ok(None) };
        if folder.item.kind == Kind::MountPoint {
            let rest = name[end..].trim_start_matches('/').to_owned();
            return Ok(folder.detail.remote.map(|remote| (remote, rest)));
        }
    }
    Ok(None)
}
