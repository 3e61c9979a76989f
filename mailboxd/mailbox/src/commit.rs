// SPDX-License-Identifier: AGPL-3.0-or-later
//! From a finished draft to a durable record: the one way into the journal.

use crate::access::Access;
use crate::apply::Bodies;
use crate::draft::{Draft, Finished};
use crate::effect::{Body, Effect, KIND_MAILBOX, Record};
use crate::error::{Error, Result};
use crate::live::{Assigned, Entry, Live};
use crate::store::Shared;
use blobs::Staged;
use ids::{Digest, Seq};
use parking_lot::MutexGuard;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A change of one mailbox, its lock still held.
pub(crate) struct Locked<'a> {
    pub live: &'a Arc<Live>,
    pub assigned: MutexGuard<'a, Assigned>,
    pub draft: Draft,
}

/// A record in the journal's queue. It must be waited for: dropping it would leave its mailboxes waiting for ever.
#[must_use]
struct Ticket {
    pending: journal::Pending,
    lives: Vec<Arc<Live>>,
}

impl Shared {
    /// Runs `work` under the mailbox lock, with everything before it applied; what it drafted is durable, applied and
    /// published when this returns. A draft without effects writes nothing.
    pub fn transact<T>(
        &self,
        live: &Arc<Live>,
        access: &Access,
        bodies: &[&Staged],
        work: impl FnOnce(&mut Draft) -> Result<T>,
    ) -> Result<T> {
        let assigned = live.lock_settled(self)?;
        if !matches!(access, Access::System) {
            self.check_in_sight(live, &assigned.view.row.account)?;
        }
        let mut draft = Draft::new(live.id, &assigned.view, self.now_ms(), access.clone());
        // Whoever deletes now wants the room.
        draft.keeps_deleted = !self.space.is_scarce() || self.is_held(live.id)?;
        let out = work(&mut draft)?;
        if draft.is_empty() {
            return Ok(out);
        }
        self.commit(vec![Locked { live, assigned, draft }], bodies)?;
        live.catch_up(self)?;
        Ok(out)
    }

    /// Makes the drafts durable as one record, in the order of the locks. Applying is left to the caller or the applier.
    pub fn commit(&self, locked: Vec<Locked<'_>>, bodies: &[&Staged]) -> Result<()> {
        self.commit_linking(locked, bodies, &[])
    }

    /// The same for drafts that link to what is in another mailbox: `links` stay until the record is applied, though that
    /// mailbox may let go of them.
    pub fn commit_linking(&self, locked: Vec<Locked<'_>>, bodies: &[&Staged], links: &[Digest]) -> Result<()> {
        self.space.check(!bodies.is_empty())?;
        // what the rows can't take now would wait in memory, without a bound
        locked.iter().try_for_each(|one| self.metadata.serving(one.live.id))?;
        self.append(locked, bodies, links)?.wait(self)
    }

    fn append(&self, locked: Vec<Locked<'_>>, staged: &[&Staged], links: &[Digest]) -> Result<Ticket> {
        let Some(generation) = locked.iter().map(|one| one.assigned.generation).min() else {
            return Err(Error::Store("a record without a mailbox".into()));
        };
        let mut held = Vec::with_capacity(locked.len());
        let mut sections = Vec::with_capacity(locked.len());
        for Locked { live, assigned, draft } in locked {
            let Finished { view, section, event } = draft.finish();
            sections.push(section);
            held.push((live, assigned, view, event));
        }
        let record = Record { sections, bodies: staged.iter().map(|one| body_of(one)).collect::<Result<_>>()? };
        let inline = staged.iter().filter_map(|one| Some((one.digest, one.inline.clone()?)));
        let inline: Vec<_> = inline.collect();
        let parts = record.encode(inline.iter().map(|(_, bytes)| bytes.clone()).collect()).map_err(Error::Store)?;
        let digests = staged.iter().map(|one| one.digest).chain(links.iter().copied());
        let bodies = Arc::new(Bodies::new(inline, digests.map(|digest| self.blobs.pin(digest)).collect()));
        let record = Arc::new(record);
        let pending = self.journal.append_if(generation, KIND_MAILBOX, parts)?;
        self.unapplied.fetch_add(held.len() as u64, Ordering::Relaxed);
        let mut lives = Vec::with_capacity(held.len());
        for (section, (live, mut assigned, view, event)) in held.into_iter().enumerate() {
            assigned.view = view.clone();
            assigned.is_gone = record.sections[section].effects.contains(&Effect::RemoveMailbox);
            live.push(Entry {
                seq: Seq(pending.seq),
                durable: false,
                record: record.clone(),
                section,
                bodies: bodies.clone(),
                view,
                event,
            });
            lives.push(live.clone());
        }
        Ok(Ticket { pending, lives })
    }
}

impl Ticket {
    fn wait(self, shared: &Shared) -> Result<()> {
        let seq = Seq(self.pending.seq);
        let durable = self.pending.wait();
        if durable.is_err() {
            shared.unapplied.fetch_sub(self.lives.len() as u64, Ordering::Relaxed);
        }
        for live in &self.lives {
            live.decide(seq, durable.is_ok());
        }
        Ok(durable?)
    }
}

fn body_of(staged: &Staged) -> Result<Body> {
    let inline_bytes = staged.inline.as_ref().map(|bytes| u32::try_from(bytes.len())).transpose();
    Ok(Body { digest: staged.digest, inline_bytes: inline_bytes.map_err(|e| Error::Store(e.to_string()))? })
}
