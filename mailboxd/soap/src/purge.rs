// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an account no longer keeps goes: by order of an administrator, and by the clock.

use directory::{Account, Retention};
use mailbox::{Actor, ItemId, Lifetime, Since, Store};

/// Answers how many messages were deleted; what leaves the dumpster is not counted. All of that goes while the disk is almost full.
/// Blocking.
pub fn purge(store: &Store, account: &Account) -> mailbox::Result<usize> {
    let actor = Actor { account: account.id.clone(), is_admin: false };
    let handle = store.open_mailbox(&actor, &account.id, account.quota())?;
    let retention = account.retention();
    handle.mailbox().set_hold(retention.is_held)?;
    let gone = handle.mailbox().purge(&lifetimes(&retention))?;
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
        Some(Lifetime { folder, since, keep_ms, read })
    });
    made.collect()
}
