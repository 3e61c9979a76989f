// SPDX-License-Identifier: AGPL-3.0-or-later
//! The rows of mailboxes move to the other engine, while the system runs. One mailbox at a time is held still: its changes
//! wait, its readers don't. A crash leaves each mailbox whole, in the one engine or in the other; the same request goes on
//! where it was cut off.

use crate::error::{Error, Result};
use crate::store::Store;
use ids::MailboxId;
use metadata::Engine;

impl Store {
    /// Of one account, or all. `progress` gets a line for people at each. Answers how many mailboxes were moved: those that
    /// are there already are not.
    pub fn migrate(&self, account: Option<&str>, to: Engine, progress: &mut dyn FnMut(&str)) -> Result<u64> {
        let ids = match account {
            None => self.shared.mailbox_ids(),
            Some(account) => self.shared.registry.lock().by_account.get(account).copied().into_iter().collect(),
        };
        let mut moved = 0;
        for (n, id) in ids.iter().enumerate() {
            match self.migrate_one(*id, to) {
                Ok(0) => {}
                Ok(rows) => {
                    moved += 1;
                    progress(&format!("mailbox {id} ({} of {}): {rows} rows moved and compared", n + 1, ids.len()));
                }
                // deleted meanwhile
                Err(Error::NoSuch { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }

    fn migrate_one(&self, id: MailboxId, to: Engine) -> Result<u64> {
        let shared = &self.shared;
        // neither a checkpoint nor a recovery of the database meanwhile
        let _one = shared.maintenance.lock();
        let live = shared.live(id)?;
        let _still = live.lock_settled(shared)?;
        Ok(shared.metadata.transfer(id, to)?)
    }
}
