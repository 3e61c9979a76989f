// SPDX-License-Identifier: AGPL-3.0-or-later
//! The first and the last record of a mailbox.

use crate::access::Access;
use crate::commit::Locked;
use crate::draft::Draft;
use crate::effect::Effect;
use crate::error::Result;
use crate::live::Live;
use crate::store::Shared;
use crate::view::{View, system_folders};
use ids::{ItemId, MailboxId, ModSeq, Seq};
use metadata::MailboxRow;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Shared {
    /// A new mailbox with its system folders; durable and applied when this returns.
    pub fn create(&self, id: MailboxId, account: &str) -> Result<Arc<Live>> {
        let row = MailboxRow {
            id,
            account: account.into(),
            next_item_id: ItemId::FIRST_USER.0,
            modseq: ModSeq(0),
            size: 0,
            applied: Seq(0),
            purged: ModSeq(0),
        };
        let view = View { row, containers: BTreeMap::new(), script: None };
        let live = Arc::new(Live::new(id, view, self.journal.generation()));
        self.transact(&live, &Access::Owner, &[], |draft| {
            let (modseq, now_ms) = (draft.modseq, draft.now_ms);
            system_folders(modseq, now_ms).try_for_each(|folder| draft.add_container(folder))
        })?;
        Ok(live)
    }

    /// The mailbox and everything in it goes.
    pub fn remove(&self, live: &Arc<Live>) -> Result<()> {
        let assigned = live.lock_settled(self)?;
        let mut draft = Draft::new(live.id, &assigned.view, self.now_ms(), Access::Owner);
        draft.push(Effect::RemoveMailbox);
        self.commit(vec![Locked { live, assigned, draft }], &[])?;
        live.catch_up(self)
    }

    /// A mailbox whose removal waits to be applied stays known, so that no checkpoint passes it by.
    pub fn forget_if_over(&self, live: &Live) {
        if live.is_over(self).is_ok_and(|is_over| is_over) {
            self.registry.lock().live.remove(&live.id);
            self.sharing.forget(live.id);
        }
    }
}
