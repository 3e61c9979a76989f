// SPDX-License-Identifier: AGPL-3.0-or-later
//! Delivery: one message to many mailboxes is one journal record, with the body once and a section a mailbox. Each recipient
//! has an answer of its own; who is over quota does not hold up the others.

use super::add::{place, set_envelope};
use super::parcel::{Parcel, ParcelCopy};
use super::{message, thread};
use crate::access::Access;
use crate::applier::UNAPPLIED_MAX;
use crate::commit::Locked;
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::live::Live;
use crate::mailbox::{Mailbox, check_holds_messages, check_quota};
use crate::note::remember;
use crate::store::Store;
use blobs::Staged;
use ids::{ItemId, MailboxId};
use metadata::Flags;
use mime::Summary;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// One recipient of a delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Id of the account in the directory.
    pub account: String,
    pub quota_bytes: u64,
    /// Falls back to the Inbox when it is gone.
    pub folder: ItemId,
    /// What a scanner marked (X-Spam-Flag) goes to Junk instead of the Inbox.
    pub trusts_spam_flag: bool,
    pub flags: Flags,
    pub envelope_from: String,
    pub envelope_to: String,
}

/// A message with what it says of itself, parsed once.
struct Message<'a> {
    staged: &'a Staged,
    summary: Summary,
}

impl Store {
    /// An answer per recipient, in order: the new item once the record is durable. Blocking.
    pub fn deliver(&self, staged: &Staged, to: &[Delivery]) -> Vec<Result<ItemId>> {
        let parcels: Vec<_> = to.iter().map(Delivery::parcel).collect();
        let only = |ids: Vec<ItemId>| ids.first().copied().ok_or_else(|| Error::Store("nothing was delivered".into()));
        self.deliver_parcels(&[staged], &parcels).into_iter().map(|answer| answer.and_then(only)).collect()
    }

    /// The same for recipients who want the message elsewhere, more than once, or in another form. All of a parcel or nothing;
    /// an answer a parcel, in order: the new items. Blocking.
    pub fn deliver_parcels(&self, messages: &[&Staged], to: &[Parcel]) -> Vec<Result<Vec<ItemId>>> {
        let messages: Vec<_> =
            messages.iter().map(|staged| Message { staged, summary: mime::summary(&staged.content) }).collect();
        let mut answers: Vec<Option<Result<Vec<ItemId>>>> = to.iter().map(|_| None).collect();
        // by mailbox id: locks are taken in one order everywhere
        let mut mailboxes: BTreeMap<MailboxId, (Arc<Live>, Vec<usize>)> = BTreeMap::new();
        for (at, recipient) in to.iter().enumerate() {
            match self.mailbox_of(&recipient.account).and_then(|id| self.shared.live(id)) {
                Ok(live) => mailboxes.entry(live.id).or_insert_with(|| (live, Vec::new())).1.push(at),
                Err(error) => answers[at] = Some(Err(error)),
            }
        }
        if let Err(error) = self.deliver_locked(&messages, to, &mailboxes, &mut answers) {
            let text = error.to_string();
            for answer in &mut answers {
                if !matches!(answer, Some(Err(_))) {
                    *answer = Some(Err(Error::Unavailable(text.clone())));
                }
            }
        }
        let unanswered = || Err(Error::Store("a recipient was not answered".into()));
        answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect()
    }

    fn deliver_locked(
        &self,
        messages: &[Message<'_>],
        to: &[Parcel],
        mailboxes: &BTreeMap<MailboxId, (Arc<Live>, Vec<usize>)>,
        answers: &mut [Option<Result<Vec<ItemId>>>],
    ) -> Result<()> {
        let mut locked = Vec::with_capacity(mailboxes.len());
        for (live, recipients) in mailboxes.values() {
            let mailbox = Mailbox { store: self.clone(), live: live.clone(), quota_bytes: 0, access: Access::Owner };
            let locked_now = live.lock(&self.shared).and_then(|assigned| {
                self.shared.check_in_sight(live, &assigned.view.row.account)?;
                Ok(assigned)
            });
            let assigned = match locked_now {
                Ok(assigned) => assigned,
                Err(error) => {
                    refuse(recipients, answers, &error);
                    continue;
                }
            };
            let mut draft = Draft::new(live.id, &assigned.view, self.shared.now_ms(), Access::Owner);
            for at in recipients {
                answers[*at] = Some(mailbox.draft_parcel(&mut draft, messages, &to[*at]));
            }
            if !draft.is_empty() {
                locked.push(Locked { live, assigned, draft });
            }
        }
        if locked.is_empty() {
            return Ok(());
        }
        let lives: Vec<_> = locked.iter().map(|one| one.live.clone()).collect();
        let is_taken = |at: usize| matches!(answers.get(at), Some(Some(Ok(_))));
        let taken: Vec<_> = to.iter().enumerate().filter(|(at, _)| is_taken(*at)).map(|(_, parcel)| parcel).collect();
        let is_used = |at: usize| taken.iter().any(|parcel| parcel.copies.iter().any(|copy| copy.message == at));
        let used = messages.iter().enumerate().filter(|(at, _)| is_used(*at));
        let bodies: Vec<&Staged> = used.map(|(_, message)| message.staged).collect();
        self.shared.commit(locked, &bodies)?;
        self.hand_over(&lives);
        Ok(())
    }

    /// What is durable is applied by the applier and indexed by the indexer, or here when they fall behind, so that their
    /// backlogs are bounded. The record counts either way.
    fn hand_over(&self, lives: &[Arc<Live>]) {
        let behind = self.shared.unapplied.load(Ordering::Relaxed) > UNAPPLIED_MAX;
        for live in lives {
            if behind && let Err(error) = live.catch_up(&self.shared) {
                tracing::error!(mailbox = live.id.0, %error, "can't apply acknowledged changes: trying again");
            }
            self.shared.applier.push(live);
            if self.shared.indexer.is_far_behind()
                && let Err(error) = self.shared.index_now(live.id)
            {
                tracing::error!(mailbox = live.id.0, %error, "can't index acknowledged messages: trying again");
            }
        }
    }
}

fn refuse(recipients: &[usize], answers: &mut [Option<Result<Vec<ItemId>>>], error: &Error) {
    for at in recipients {
        answers[*at] = Some(Err(Error::Unavailable(error.to_string())));
    }
}

impl Mailbox {
    /// What is refused here leaves nothing in the draft.
    fn draft_parcel(&self, draft: &mut Draft, messages: &[Message<'_>], to: &Parcel) -> Result<Vec<ItemId>> {
        let mut each = Vec::with_capacity(to.copies.len());
        for copy in &to.copies {
            let message =
                messages.get(copy.message).ok_or_else(|| Error::Store("a parcel without its message".into()))?;
            each.push((copy, message));
        }
        check_quota(&draft.view, to.quota_bytes, each.iter().map(|(_, message)| message.staged.size).sum())?;
        let before = (each.len() + to.remember.len() > 1).then(|| draft.clone());
        let mut work = || {
            to.remember.iter().try_for_each(|name| remember(draft, name.space, &name.name, name.ms))?;
            each.iter().map(|(copy, message)| self.draft_copy(draft, message, copy, to)).collect::<Result<Vec<_>>>()
        };
        let outcome = work();
        if let (Err(_), Some(before)) = (&outcome, before) {
            *draft = before;
        }
        outcome
    }

    fn draft_copy(&self, draft: &mut Draft, message: &Message<'_>, copy: &ParcelCopy, to: &Parcel) -> Result<ItemId> {
        let folder = match check_holds_messages(&draft.view, copy.folder) {
            Ok(()) => copy.folder,
            Err(_) => ItemId::INBOX,
        };
        let is_junk = to.trusts_spam_flag && message.summary.is_marked_spam && folder == ItemId::INBOX;
        let folder = if is_junk { ItemId::JUNK } else { folder };
        let mut item = message::row(&message.summary, message.staged, copy.flags, draft.now_ms);
        item.tags = copy.tags.iter().copied().filter(|tag| draft.view.tag(*tag).is_ok()).collect();
        item.tags.sort();
        item.tags.dedup();
        set_envelope(&mut item, &to.envelope_from, &to.envelope_to);
        let candidates = thread::candidates(self, &message.summary, &item)?;
        place(draft, &mut item, folder)?;
        item.conversation = thread::join(self, draft, &candidates)?;
        Ok(draft.put_message(item)?.id)
    }
}
