// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who may do what in a mailbox. Its owner may do everything; a visitor what the folders' grants say, at the moment of each
//! operation: a grant that is taken back counts at once, for sessions that are open, too.
//!
//! Invariant: a visitor's reading goes through [`Mailbox::check`] or [`Mailbox::may`], and every effect that a visitor causes
//! through a [`crate::draft::Draft`] that asks [`Access::check`]. What has no grant does not exist for a visitor: the error is
//! the one of an id that was never given.

use crate::error::{Error, Result};
use crate::mailbox::{Handle, Mailbox};
use crate::store::Store;
use crate::view::View;
use ids::ItemId;
use metadata::{Detail, Flags, Grant, GranteeKind, Kind, Rights};
use std::sync::Arc;

/// Somebody who looks into mailboxes of others, as the directory knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Id of the account.
    pub account: String,
    /// Ids of what the account belongs to: lists, domain, class of service.
    pub groups: Vec<(GranteeKind, String)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Access {
    /// The owner, an administrator, or this program on behalf of one.
    Owner,
    /// This program itself, also in mailboxes of deleted accounts, which nobody else sees.
    System,
    Visitor(Arc<Visitor>),
}

impl Visitor {
    pub fn new(account: String, lists: Vec<String>, domain: Option<String>, cos: Option<String>) -> Visitor {
        let lists = lists.into_iter().map(|id| (GranteeKind::Group, id));
        let domain = domain.map(|id| (GranteeKind::Domain, id));
        let cos = cos.map(|id| (GranteeKind::Cos, id));
        Visitor { account, groups: lists.chain(domain).chain(cos).collect() }
    }

    pub fn is_meant(&self, grant: &Grant) -> bool {
        match grant.kind {
            // Of nobody in particular there is no account.
            GranteeKind::All => !self.account.is_empty(),
            GranteeKind::Public => true,
            GranteeKind::User => grant.grantee == self.account,
            kind => self.groups.iter().any(|(known, id)| *known == kind && *id == grant.grantee),
        }
    }

    /// Grants on a folder count for what is below it, unless that says otherwise: the nearest folder that has some for this
    /// visitor decides, so that more or less can be given below.
    fn rights(&self, view: &View, folder: ItemId) -> Rights {
        let mut rights = Rights::NONE;
        let mut at = folder;
        // the tree is no deeper than its number of folders, whatever the rows say
        for _ in 0..view.containers.len() {
            let Some(item) = view.containers.get(&at) else { break };
            // Saved searches look at the whole mailbox, and mount points into others.
            if item.kind != Kind::Folder {
                return Rights::NONE;
            }
            if let Detail::Folder(detail) = &item.detail {
                let mut is_decided = false;
                for grant in detail.grants.iter().filter(|grant| self.is_meant(grant)) {
                    rights = rights.with(grant.rights);
                    is_decided = true;
                }
                if is_decided {
                    break;
                }
            }
            if item.flags.contains(Flags::NO_INHERIT) || item.folder == at {
                break;
            }
            at = item.folder;
        }
        rights
    }
}

impl Access {
    pub fn rights(&self, view: &View, folder: ItemId) -> Rights {
        match self {
            Access::Owner | Access::System => Rights::ALL,
            Access::Visitor(visitor) => visitor.rights(view, folder),
        }
    }

    pub fn check(&self, view: &View, folder: ItemId, wanted: Rights) -> Result<()> {
        let has = self.rights(view, folder);
        if has.contains(wanted) {
            return Ok(());
        }
        Err(if has == Rights::NONE { Error::no_such("folder", folder) } else { Error::Denied })
    }

    pub fn check_owner(&self) -> Result<()> {
        match self {
            Access::Owner | Access::System => Ok(()),
            Access::Visitor(_) => Err(Error::Denied),
        }
    }

    pub fn is_owner(&self) -> bool {
        matches!(self, Access::Owner | Access::System)
    }
}

impl Store {
    /// The mailbox of another account, as far as its folders are shared with the visitor; `Denied` if nothing is, or if there
    /// is no such mailbox.
    pub fn visit(&self, visitor: &Arc<Visitor>, owner: &str, quota_bytes: u64) -> Result<Handle> {
        // A visitor makes no mailbox.
        let id = self.shared.registry.lock().by_account.get(owner).copied().ok_or(Error::Denied)?;
        let live = self.shared.live(id)?;
        let access = Access::Visitor(visitor.clone());
        let mailbox = Mailbox { store: self.clone(), live, quota_bytes, access };
        if mailbox.folders()?.is_empty() {
            return Err(Error::Denied);
        }
        Ok(Handle::new(mailbox))
    }

    /// Ids of the accounts that share something with the visitor, ascending.
    pub fn owners_sharing_with(&self, visitor: &Arc<Visitor>) -> Result<Vec<String>> {
        let mut owners = Vec::new();
        for (id, account) in self.shared.sharing_mailboxes()? {
            if account == visitor.account {
                continue;
            }
            let view = self.shared.live(id)?.view(&self.shared);
            let access = Access::Visitor(visitor.clone());
            if view.containers.keys().any(|folder| access.rights(&view, *folder) != Rights::NONE) {
                owners.push(account);
            }
        }
        owners.sort();
        Ok(owners)
    }
}

impl Mailbox {
    /// Whether all of it is the actor's own.
    pub fn is_own(&self) -> bool {
        self.access.is_owner()
    }

    /// What the actor may do in a folder.
    pub fn rights(&self, folder: ItemId) -> Rights {
        self.access.rights(&self.view(), folder)
    }

    pub(crate) fn may(&self, view: &View, folder: ItemId, wanted: Rights) -> bool {
        self.access.rights(view, folder).contains(wanted)
    }

    pub(crate) fn check(&self, folder: ItemId, wanted: Rights) -> Result<()> {
        self.access.check(&self.view(), folder, wanted)
    }

    pub(crate) fn check_owner(&self) -> Result<()> {
        self.access.check_owner()
    }
}
