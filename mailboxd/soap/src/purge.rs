// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an account no longer keeps goes: by order of an administrator, and by the clock.

use crate::handler::folder_retention;
use directory::{Account, Directory, Retention};
use mailbox::{Actor, ItemId, Lifetime, Mailbox, Since, Store};

/// Answers how many messages were deleted; what leaves the dumpster is not counted. All of that goes while the disk is almost full.
/// Blocking.
pub fn purge(store: &Store, directory: &Directory, account: &Account) -> mailbox::Result<usize> {
    let actor = Actor { account: account.id.clone(), is_admin: false };
    let handle = store.open_mailbox(&actor, &account.id, account.quota())?;
    let retention = account.retention();
    handle.mailbox().set_hold(retention.is_held)?;
    let mut all = lifetimes(&retention);
    all.extend(of_folders(handle.mailbox(), directory, account)?);
    let gone = handle.mailbox().purge(&all)?;
    let keep_ms = retention.dumpster_ms.and_then(|ms| i64::try_from(ms).ok());
    let keep_ms = if store.is_space_scarce() && !retention.is_held { Some(0) } else { keep_ms };
    if let Some(keep_ms) = keep_ms {
        let discarded = handle.mailbox().purge_dumpster(keep_ms)?;
        tracing::debug!(account = %account.name, gone, discarded, "purged");
    }
    Ok(gone)
}

fn lifetimes(keep: &Retention) -> Vec<Lifetime> {
    let rules = [
        (keep.trash_ms, ItemId::TRASH, Since::Arrived, None),
        (keep.junk_ms, ItemId::JUNK, Since::Arrived, None),
        (keep.inbox_read_ms, ItemId::INBOX, Since::Arrived, Some(true)),
        (keep.inbox_unread_ms, ItemId::INBOX, Since::Arrived, Some(false)),
        (keep.sent_ms, ItemId::SENT, Since::Arrived, None),
        (keep.messages_ms, ItemId::USER_ROOT, Since::Received, None),
    ];
    let made = rules.into_iter().filter_map(|(keep_ms, folder, since, read)| {
        let keep_ms = i64::try_from(keep_ms?).ok()?;
        Some(Lifetime { folder, alone: false, since, keep_ms, read })
    });
    made.collect()
}

/// What owners wish of single folders. A policy of the administrator's that is there no more deletes nothing.
fn of_folders(mailbox: &Mailbox, directory: &Directory, account: &Account) -> mailbox::Result<Vec<Lifetime>> {
    let mut made = Vec::new();
    let mut offered = None;
    for folder in mailbox.folders()? {
        for policy in folder.detail.retention.iter().flat_map(|retention| &retention.purge) {
            let lifetime = match &policy.id {
                None => Some(policy.lifetime.clone()),
                Some(id) => {
                    let offered = offered.get_or_insert_with(|| folder_retention::offered(directory, account));
                    let known = offered.iter().find(|known| known.id == *id && !known.is_keep);
                    known.map(|known| known.lifetime.clone())
                }
            };
            let keep = lifetime.as_deref().and_then(crate::state::duration);
            let keep_ms = keep.and_then(|keep| i64::try_from(keep.as_millis()).ok()).filter(|ms| *ms > 0);
            let folder = folder.item.id;
            let since = Since::Arrived;
            made.extend(keep_ms.map(|keep_ms| Lifetime { folder, alone: true, since, keep_ms, read: None }));
        }
    }
    Ok(made)
}
