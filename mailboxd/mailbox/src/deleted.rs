// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mailboxes of accounts that were deleted, while these can be had back.
//!
//! What the account was in the directory is a note in its mailbox ([`Store::note_deletion`]), written before the account goes from there.
//! Then one record takes the mailbox out of sight ([`Store::hide_mailbox`]): it belongs to "deleted:ID" from then on, which is no account's id,
//! and nobody opens it. One record brings it back, and takes the note away. Whether an account lives says the directory: whatever a
//! crash cut off between the two is mended by asking it ([`Store::noted_deletions`], [`Store::deleted_mailboxes`]).

use crate::access::Access;
use crate::commit::Locked;
use crate::draft::Draft;
use crate::effect::Effect;
use crate::error::{Error, Result};
use crate::live::Live;
use crate::mailbox::Mailbox;
use crate::note::{DELETION, DELETION_NAME};
use crate::store::{Shared, Store};
use crate::upkeep::Usage;
use ids::MailboxId;
use metadata::Note;
use minicbor::{Decode, Encode};
use std::sync::Arc;

/// Before the account's id, in the row of a mailbox that is out of sight. No id has a colon.
const HIDDEN: &str = "deleted:";

pub(crate) fn hidden(account: &str) -> String {
    format!("{HIDDEN}{account}")
}

pub(crate) fn is_hidden(account: &str) -> bool {
    account.starts_with(HIDDEN)
}

/// The account that the mailbox is of, or was.
pub(crate) fn owner(account: &str) -> &str {
    account.strip_prefix(HIDDEN).unwrap_or(account)
}

/// What is kept of a deleted account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Deletion {
    /// Id of the account.
    #[n(0)]
    pub account: String,
    /// Milliseconds since 1970.
    #[n(1)]
    pub deleted_ms: i64,
    /// As whoever deleted it wrote it: the directory's part.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub memo: Vec<u8>,
}

impl Deletion {
    fn note(&self) -> Result<Note> {
        let value = minicbor::to_vec(self).map_err(|error| Error::Store(error.to_string()))?;
        Ok(Note { space: DELETION, name: DELETION_NAME.into(), expires_ms: 0, value })
    }
}

impl Store {
    /// Before the account goes from the directory; the mailbox, which is made if there is none, works on. An earlier note is replaced.
    pub fn note_deletion(&self, account: &str, memo: &[u8]) -> Result<()> {
        let live = self.shared.live(self.mailbox_of(account)?)?;
        let deletion = Deletion { account: account.to_owned(), deleted_ms: self.shared.now_ms(), memo: memo.to_vec() };
        self.shared.transact(&live, &Access::Owner, &[], |draft| draft.put_note(deletion.note()?))
    }

    /// The account was not deleted after all.
    pub fn forget_deletion(&self, account: &str) -> Result<()> {
        let live = self.shared.live(self.mailbox_of(account)?)?;
        self.shared.transact(&live, &Access::Owner, &[], |draft| draft.remove_note(DELETION, DELETION_NAME))
    }

    /// After the account has gone from the directory: nobody sees the mailbox any more.
    pub fn hide_mailbox(&self, account: &str) -> Result<()> {
        let Some(id) = self.known(account) else { return Ok(()) };
        self.give(id, account, &hidden(account), |_| Ok(()))
    }

    /// It is its account's again, as it was.
    pub fn show_mailbox(&self, account: &str) -> Result<()> {
        let id = self.hidden_mailbox(account)?;
        self.give(id, &hidden(account), account, |draft| draft.remove_note(DELETION, DELETION_NAME))
    }

    /// Another memo of one that is out of sight.
    pub fn change_deletion(&self, account: &str, memo: &[u8]) -> Result<()> {
        let id = self.hidden_mailbox(account)?;
        let known = self.deletion_at(id)?.ok_or_else(|| Error::no_such("deleted account", account))?;
        let changed = Deletion { memo: memo.to_vec(), ..known };
        let live = self.shared.live(id)?;
        self.shared.transact(&live, &Access::System, &[], |draft| draft.put_note(changed.note()?))
    }

    /// For good, with all that is in it.
    pub fn remove_deleted_mailbox(&self, account: &str) -> Result<()> {
        self.hidden_mailbox(account)?;
        self.delete_mailbox(&hidden(account))
    }

    /// Mailboxes that are out of sight. One whose note can't be read is there with an empty memo: it stays until somebody looks.
    pub fn deleted_mailboxes(&self) -> Result<Vec<Deletion>> {
        let mut found = Vec::new();
        for (account, id) in self.registered(is_hidden) {
            let unread = || Deletion { account: owner(&account).to_owned(), deleted_ms: 0, memo: Vec::new() };
            found.push(self.deletion_at(id)?.unwrap_or_else(unread));
        }
        Ok(found)
    }

    /// Mailboxes in sight that have the note: a deletion was cut off. All are looked through.
    pub fn noted_deletions(&self) -> Result<Vec<Deletion>> {
        let mut found = Vec::new();
        for (_, id) in self.registered(|account| !is_hidden(account)) {
            found.extend(self.deletion_at(id)?);
        }
        Ok(found)
    }

    /// How much one that is out of sight holds.
    pub fn deleted_usage(&self, account: &str) -> Result<Option<Usage>> {
        self.usage_of(&hidden(account))
    }

    pub(crate) fn registered(&self, is_meant: impl Fn(&str) -> bool) -> Vec<(String, MailboxId)> {
        let registry = self.shared.registry.lock();
        let meant = registry.by_account.iter().filter(|(account, _)| is_meant(account));
        let mut all: Vec<_> = meant.map(|(account, id)| (account.clone(), *id)).collect();
        drop(registry);
        all.sort_unstable_by_key(|(_, id)| *id);
        all
    }

    fn known(&self, account: &str) -> Option<MailboxId> {
        self.shared.registry.lock().by_account.get(account).copied()
    }

    fn hidden_mailbox(&self, account: &str) -> Result<MailboxId> {
        self.known(&hidden(account)).ok_or_else(|| Error::no_such("deleted account", account))
    }

    fn deletion_at(&self, id: MailboxId) -> Result<Option<Deletion>> {
        let note = self.shared.metadata.glance(id, |reader| reader.note(DELETION, DELETION_NAME))?;
        Ok(note.and_then(|note| minicbor::decode(&note.value).ok()))
    }

    /// One record: the mailbox belongs to `to` from now on.
    fn give(&self, id: MailboxId, from: &str, to: &str, more: impl FnOnce(&mut Draft) -> Result<()>) -> Result<()> {
        let shared = &self.shared;
        let live = shared.live(id)?;
        let assigned = live.lock_settled(shared)?;
        let mut draft = Draft::new(id, &assigned.view, shared.now_ms(), Access::System);
        to.clone_into(&mut draft.view.row.account);
        more(&mut draft)?;
        // a record needs an effect besides its row
        draft.push(Effect::PutMailbox(draft.view.row.clone()));
        shared.commit(vec![Locked { live: &live, assigned, draft }], &[])?;
        {
            let mut registry = shared.registry.lock();
            registry.by_account.remove(from);
            registry.by_account.insert(to.to_owned(), id);
        }
        shared.sharing.forget(id);
        live.catch_up(shared)
    }
}

impl Shared {
    /// Fails where the mailbox is out of sight. Its lock is held.
    pub fn check_in_sight(&self, live: &Live, account: &str) -> Result<()> {
        if is_hidden(account) { Err(Error::no_such("mailbox", live.id)) } else { Ok(()) }
    }
}

impl Mailbox {
    /// For this program itself, whether it is in sight or not.
    pub(crate) fn of_system(store: &Store, live: Arc<Live>) -> Mailbox {
        Mailbox { store: store.clone(), live, quota_bytes: 0, access: Access::System }
    }

    pub(crate) fn check_in_sight(&self) -> Result<()> {
        match self.access {
            Access::System => Ok(()),
            _ => self.shared().check_in_sight(&self.live, &self.live.visible().row.account),
        }
    }
}
