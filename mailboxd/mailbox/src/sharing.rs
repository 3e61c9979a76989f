// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which mailboxes share something at all: so that "what do others share with me?" need not look into all of them each time.
//! Worked out from rows when it is first asked for, and kept right by every change of a grant from then on.

use crate::error::Result;
use crate::notify::{Change, Event};
use crate::store::Shared;
use crate::view::View;
use ids::MailboxId;
use metadata::{Detail, Item, Kind};
use parking_lot::Mutex;
use std::collections::HashMap;

/// True for a mailbox with grants. One that is not in it has not been looked at.
#[derive(Default)]
pub(crate) struct Sharing(Mutex<HashMap<MailboxId, bool>>);

impl Sharing {
    /// `view`: of the mailbox after the changes.
    pub fn note<'a>(&self, mailbox: MailboxId, view: &View, events: impl Iterator<Item = &'a Event>) {
        let concerns = |change: &Change| match change {
            Change::Modified { item, what, .. } => item.kind == Kind::Folder && what.grants,
            Change::Removed { kind, .. } => *kind == Kind::Folder,
            Change::Created(_) => false,
        };
        let mut changes = events.flat_map(|event| &event.changes);
        if changes.any(concerns) {
            self.0.lock().insert(mailbox, view.containers.values().any(|item| has_grants(item)));
        }
    }

    pub fn forget(&self, mailbox: MailboxId) {
        self.0.lock().remove(&mailbox);
    }
}

fn has_grants(item: &Item) -> bool {
    matches!(&item.detail, Detail::Folder(detail) if !detail.grants.is_empty())
}

impl Shared {
    /// Mailboxes with grants, and their accounts.
    pub fn sharing_mailboxes(&self) -> Result<Vec<(MailboxId, String)>> {
        let all: Vec<(MailboxId, String)> =
            self.registry.lock().by_account.iter().map(|(account, id)| (*id, account.clone())).collect();
        let all = all.into_iter().filter(|(_, account)| !crate::deleted::is_hidden(account));
        let mut sharing = Vec::new();
        for (id, account) in all {
            let known = self.sharing.0.lock().get(&id).copied();
            let shares = match known {
                Some(shares) => shares,
                None => {
                    let containers = self.metadata.glance(id, |reader| reader.containers())?;
                    // A grant that was made meanwhile has been noted, and counts.
                    *self.sharing.0.lock().entry(id).or_insert_with(|| containers.iter().any(has_grants))
                }
            };
            if shares {
                sharing.push((id, account));
            }
        }
        Ok(sharing)
    }
}
