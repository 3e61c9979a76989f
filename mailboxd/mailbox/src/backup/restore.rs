// SPDX-License-Identifier: AGPL-3.0-or-later
//! A rebuilt mailbox comes back. It is made beside what is there, as a mailbox without an account, record by record; then one
//! record gives it the account and removes the one that had it. Before that record nothing has happened to anybody, after it
//! everything has. What a crash leaves behind is removed at the next start.
//!
//! Item ids stay. Each folder gets a new UIDVALIDITY, since what an IMAP client knows of it may be from a future that is gone
//! (RFC 9051 §2.3.1.1); change numbers go on above the highest that was ever given, and older sync tokens start anew.

use super::fill::fill;
use super::loss::{FolderCount, Loss};
use super::rebuild::{STAGING, rebuild, staging_of};
use super::rebuilt::{Rebuilt, Scratch};
use crate::access::Access;
use crate::commit::Locked;
use crate::draft::{Draft, files, octets};
use crate::effect::Effect;
use crate::error::{Error, Result};
use crate::live::Live;
use crate::note::{DELETION, DELETION_NAME};
use crate::store::{Shared, Store};
use ::backup::Identities;
use ids::{MailboxId, ModSeq};
use std::sync::Arc;

/// Which mailbox, and from when.
#[derive(Debug, Clone, Default)]
pub struct RestoreRequest {
    /// Ids in the directory.
    pub account: String,
    /// Whose mailbox it becomes; the same: in place.
    pub to_account: String,
    /// Milliseconds since 1970; `None`: the last that is known.
    pub to_ms: Option<i64>,
    pub is_dry_run: bool,
}

/// What becomes of the mailbox that the account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It goes, with all that is in it.
    There,
    /// It goes only while there is no message in it.
    Beside,
}

/// What was brought, or would be.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Restored {
    pub is_dry_run: bool,
    /// The snapshot that it began with; none: the mailbox was made after the last one before the moment.
    pub base: Option<String>,
    pub as_of_ms: i64,
    pub messages: u64,
    pub bytes: u64,
    pub folders: Vec<FolderCount>,
    pub loss: Loss,
}

impl Store {
    pub fn restore_mailbox(
        &self,
        request: &RestoreRequest,
        identities: Option<Identities>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Restored> {
        let shared = &self.shared;
        // no snapshot sees half of it, and nothing is swept that it reads
        let _turn = shared.backups.turn.lock();
        let rebuilt = self.rebuild(request, identities, progress)?;
        if request.is_dry_run {
            return look(&rebuilt);
        }
        // mail that comes meanwhile is in this one, and not in one that nobody looks at
        self.mailbox_of(&request.to_account)?;
        let place = if request.to_account == request.account { Place::There } else { Place::Beside };
        let id = shared.registry.lock().take_id();
        put(shared, &rebuilt, id, &request.to_account, place, progress)
    }

    /// As it was, beside the store. What happened up to now is waited for.
    pub(super) fn rebuild(
        &self,
        request: &RestoreRequest,
        identities: Option<Identities>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Rebuilt> {
        let shared = &self.shared;
        // a target that is away is told when it is read
        let _ = shared.backups.ready();
        shared.backups.hurry(shared.journal.synced());
        let target = shared.target_for_reading(identities)?;
        progress("looking for what it was");
        rebuild(&target, Scratch::new(&shared.config.state)?, &request.account, request.to_ms)
    }
}

/// At the start: mailboxes whose restore was interrupted.
pub(crate) fn remove_unfinished(shared: &Shared) -> Result<()> {
    Scratch::clear(&shared.config.state);
    let unfinished: Vec<_> = {
        let registry = shared.registry.lock();
        registry
            .by_account
            .iter()
            .filter(|(account, _)| account.starts_with(STAGING))
            .map(|(a, id)| (a.clone(), *id))
            .collect()
    };
    for (account, id) in unfinished {
        tracing::warn!(mailbox = id.0, "an interrupted restore is undone: ask for it again");
        shared.note_last_id(shared.registry.lock().last_id)?;
        shared.remove(&shared.live(id)?)?;
        let mut registry = shared.registry.lock();
        registry.by_account.remove(&account);
        registry.live.remove(&id);
    }
    Ok(())
}

/// A message's content is looked for, not read.
pub(super) fn look(rebuilt: &Rebuilt) -> Result<Restored> {
    let mut restored = Restored {
        is_dry_run: true,
        base: rebuilt.base.clone(),
        as_of_ms: rebuilt.as_of_ms,
        folders: rebuilt.folders()?,
        loss: rebuilt.loss.clone(),
        ..Restored::default()
    };
    for item in rebuilt.items()? {
        let item = item?;
        if !item.kind.is_container() {
            restored.messages += 1;
            restored.bytes += octets(&item);
            restored.loss.messages += u64::from(!files(&item).all(|file| rebuilt.has(file.digest)));
        }
    }
    Ok(restored)
}

/// Makes the mailbox `id` of what was rebuilt, and gives it to the account.
pub(super) fn put(
    shared: &Shared,
    rebuilt: &Rebuilt,
    id: MailboxId,
    account: &str,
    place: Place,
    progress: &mut dyn FnMut(&str),
) -> Result<Restored> {
    shared.note_last_id(shared.registry.lock().last_id)?;
    let live = shared.create(id, &staging_of(account))?;
    shared.registry.lock().insert(live.clone());
    let made = fill(shared, rebuilt, &live, None, progress).and_then(|restored| {
        // found as soon as it is theirs
        shared.reindex(id)?;
        hand_over(shared, &live, account, place)?;
        Ok(restored)
    });
    if made.is_err() {
        // if this fails too, the next start does it
        let _ = shared.remove(&live);
        shared.registry.lock().live.remove(&id);
    }
    made
}

/// One record: the account's mailbox is this one from now on, and the one before is gone. An error: nothing has happened.
fn hand_over(shared: &Shared, live: &Arc<Live>, account: &str, place: Place) -> Result<()> {
    let known = shared.registry.lock().by_account.get(account).copied();
    let old = known.map(|id| shared.live(id)).transpose()?;
    // locks are taken by ascending id everywhere; ours is the highest as a rule
    let (old_first, new_first) = (old.as_ref().is_some_and(|old| old.id < live.id), old.is_none());
    let mut locked = Vec::with_capacity(2);
    let mut before = None;
    let assigned = if old_first || new_first { None } else { Some(live.lock_settled(shared)?) };
    if let Some(old) = &old {
        let assigned = old.lock_settled(shared)?;
        if place == Place::Beside && shared.metadata.glance(old.id, |reader| reader.message_count())? > 0 {
            return Err(Error::Invalid("mail came for the account meanwhile: name another one".into()));
        }
        before = Some(assigned.view.row.clone());
        let mut draft = Draft::new(old.id, &assigned.view, shared.now_ms(), Access::Owner);
        draft.push(Effect::RemoveMailbox);
        locked.push(Locked { live: old, assigned, draft });
    }
    let assigned = match assigned {
        Some(assigned) => assigned,
        None => live.lock_settled(shared)?,
    };
    let mut draft = Draft::new(live.id, &assigned.view, shared.now_ms(), Access::Owner);
    account.clone_into(&mut draft.view.row.account);
    if let Some(before) = before {
        draft.modseq = draft.modseq.max(ModSeq(before.modseq.0 + 1));
        draft.view.row.next_item_id = draft.view.row.next_item_id.max(before.next_item_id);
    }
    draft.view.row.purged = draft.modseq;
    // of a moment at which the account was deleted
    if !crate::deleted::is_hidden(account) {
        draft.remove_note(DELETION, DELETION_NAME)?;
    }
    // a record needs an effect besides its row
    draft.push(Effect::PutMailbox(draft.view.row.clone()));
    locked.push(Locked { live, assigned, draft });
    shared.commit(locked, &[])?;
    // it has happened, whatever the stores say now: who took it for a failure would remove the only mailbox that is left
    shared.registry.lock().by_account.insert(account.into(), live.id);
    for changed in old.iter().chain([live]) {
        changed.catch_up_or_warn(shared);
        if changed.has_backlog() {
            shared.applier.push(changed);
        }
    }
    if let Some(old) = &old {
        shared.forget_if_over(old);
    }
    Ok(())
}
