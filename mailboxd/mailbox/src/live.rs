// SPDX-License-Identifier: AGPL-3.0-or-later
//! A mailbox while it is in use. Three moments of its state are kept apart:
//!
//! - **assigned** (`Live::assigned`, the mailbox lock): what every appended record leads to. The next change starts here.
//! - **backlog**: appended records that its stores do not hold yet, in journal order; some durable, the newest maybe not.
//! - **visible** (`Live::visible`): what its stores hold and sessions may see.
//!
//! Rules: a record enters the backlog under the mailbox lock, so the backlog is in journal order; only the durable prefix is
//! applied; a reader first applies that prefix ([`Live::catch_up`]), so what was acknowledged is visible although a delivery
//! is acknowledged as soon as it is durable. A batch that could not be made durable takes every record queued behind it along
//! and starts a new journal generation: the next change settles the backlog and starts again from what is visible.

use crate::apply::{Bodies, Step};
use crate::effect::Record;
use crate::error::{Error, Result};
use crate::notify::{Change, EVENTS_MAX, Event};
use crate::store::Shared;
use crate::view::View;
use ids::{ItemId, MailboxId, Seq};
use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::broadcast;

/// Records that go into one transaction of the metadata at most.
const BATCH_RECORDS_MAX: usize = 256;

pub(crate) struct Live {
    pub id: MailboxId,
    assigned: Mutex<Assigned>,
    visible: RwLock<Arc<View>>,
    backlog: Mutex<VecDeque<Entry>>,
    /// Wakes who waits for the backlog's records to become durable (or to fail).
    decided: Condvar,
    applying: Mutex<()>,
    /// In the applier's queue already.
    pub queued: AtomicBool,
    events: broadcast::Sender<Arc<Event>>,
}

/// State behind the mailbox lock.
pub(crate) struct Assigned {
    pub view: Arc<View>,
    pub generation: u64,
    /// Its last record removes the mailbox: nothing may come after it, whoever still has it open.
    pub is_gone: bool,
}

pub(crate) struct Entry {
    pub seq: Seq,
    pub durable: bool,
    pub record: Arc<Record>,
    /// Which section of the record is this mailbox's.
    pub section: usize,
    pub bodies: Arc<Bodies>,
    pub view: Arc<View>,
    pub event: Arc<Event>,
}

impl Live {
    pub fn new(id: MailboxId, view: View, generation: u64) -> Live {
        let view = Arc::new(view);
        Live {
            id,
            assigned: Mutex::new(Assigned { view: view.clone(), generation, is_gone: false }),
            visible: RwLock::new(view),
            backlog: Mutex::new(VecDeque::new()),
            decided: Condvar::new(),
            applying: Mutex::new(()),
            queued: AtomicBool::new(false),
            events: broadcast::Sender::new(EVENTS_MAX),
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// Somebody waits for news.
    pub fn is_watched(&self) -> bool {
        self.events.receiver_count() > 0
    }

    /// Nobody listens and nothing is to be applied: it may be loaded again when it is needed.
    pub fn is_idle(&self) -> bool {
        !self.is_watched() && self.backlog.lock().is_empty()
    }

    pub fn has_backlog(&self) -> bool {
        !self.backlog.lock().is_empty()
    }

    /// Its removal is applied: nothing of it is left.
    pub fn is_over(&self, shared: &Shared) -> Result<bool> {
        let is_removed = self.assigned.lock().is_gone && !self.has_backlog();
        // a removal that failed left the rows
        Ok(is_removed && shared.metadata.mailbox(self.id)?.is_none())
    }

    /// What sessions may see: everything acknowledged, nothing that is not durable.
    pub fn view(&self, shared: &Shared) -> Arc<View> {
        self.catch_up_or_warn(shared);
        self.visible.read().clone()
    }

    /// The same without what is acknowledged and still to be applied.
    pub fn visible(&self) -> Arc<View> {
        self.visible.read().clone()
    }

    /// Before a reader looks. When the stores can't take what is acknowledged (a full disk), it sees the state before it, so
    /// that reading goes on.
    pub fn catch_up_or_warn(&self, shared: &Shared) {
        if let Err(error) = self.catch_up(shared) {
            tracing::warn!(mailbox = self.id.0, %error, "acknowledged changes wait to be applied");
        }
    }

    /// The mailbox lock, for a change that needs nothing but the view (a delivery): earlier changes may still be in flight.
    pub fn lock<'a>(&'a self, shared: &Shared) -> Result<MutexGuard<'a, Assigned>> {
        let mut assigned = self.assigned.lock();
        let generation = shared.journal.generation();
        if assigned.generation != generation {
            self.settle(shared)?;
            assigned.view = self.visible.read().clone();
            assigned.generation = generation;
            // a removal that failed left the rows
            assigned.is_gone = assigned.is_gone && shared.metadata.mailbox(self.id)?.is_none();
        }
        if assigned.is_gone {
            return Err(Error::no_such("mailbox", self.id));
        }
        Ok(assigned)
    }

    /// The mailbox lock, for a change that reads rows: everything before it is durable and applied.
    pub fn lock_settled<'a>(&'a self, shared: &Shared) -> Result<MutexGuard<'a, Assigned>> {
        let assigned = self.lock(shared)?;
        self.settle(shared)?;
        Ok(assigned)
    }

    /// Waits until every appended record is durable or has failed, and applies the durable ones.
    pub fn settle(&self, shared: &Shared) -> Result<()> {
        {
            let mut backlog = self.backlog.lock();
            while backlog.iter().any(|entry| !entry.durable) {
                self.decided.wait(&mut backlog);
            }
        }
        self.catch_up(shared)
    }

    pub fn push(&self, entry: Entry) {
        self.backlog.lock().push_back(entry);
    }

    /// The record `seq` is durable, and with it all before it: those who wait for them may wake later, but what is
    /// acknowledged here must not stay behind theirs. Or (`durable` false) it is in no store and never will be.
    pub fn decide(&self, seq: Seq, durable: bool) {
        let mut backlog = self.backlog.lock();
        if durable {
            backlog.iter_mut().filter(|entry| entry.seq <= seq).for_each(|entry| entry.durable = true);
        } else {
            backlog.retain(|entry| entry.seq != seq);
        }
        self.decided.notify_all();
    }

    /// Everything up to this sequence is in this mailbox's stores, as far as its backlog knows; `None`: no backlog.
    pub fn first_unapplied(&self) -> Option<Seq> {
        // the lock waits for a change between its append and its entry in the backlog
        let _assigned = self.assigned.lock();
        self.backlog.lock().front().map(|entry| entry.seq)
    }

    /// Whether a record in the backlog brings a message of one of these threads.
    pub fn is_bringing(&self, message_ids: &[i64], threads: &[i64]) -> bool {
        let backlog = self.backlog.lock();
        let changes = backlog.iter().flat_map(|entry| &entry.event.changes);
        changes.into_iter().any(|change| match change {
            Change::Created(item) => message_ids.contains(&item.message_id_hash) || threads.contains(&item.thread_hash),
            _ => false,
        })
    }

    /// Items that records in the backlog change or remove: their rows are not what the next change starts from.
    pub fn changing(&self) -> HashSet<ItemId> {
        let backlog = self.backlog.lock();
        let changes = backlog.iter().flat_map(|entry| &entry.event.changes);
        let ids = changes.filter_map(|change| match change {
            Change::Created(_) => None,
            Change::Modified { item, .. } => Some(item.id),
            Change::Removed { id, .. } => Some(*id),
        });
        ids.collect()
    }

    /// Applies the durable prefix of the backlog and tells the sessions.
    pub fn catch_up(&self, shared: &Shared) -> Result<()> {
        loop {
            if !self.backlog.lock().front().is_some_and(|entry| entry.durable) {
                // somebody else may be applying what was acknowledged before we came
                drop(self.applying.lock());
                return Ok(());
            }
            let _applying = self.applying.lock();
            let batch = self.durable_prefix();
            let Some(last) = batch.last() else { continue };
            let steps: Vec<Step<'_>> = batch
                .iter()
                .map(|entry| Step {
                    seq: entry.seq,
                    section: &entry.record.sections[entry.section],
                    bodies: &entry.bodies,
                })
                .collect();
            shared.apply(self.id, &steps).map_err(|error| match error {
                Error::Store(text) => Error::Unavailable(text),
                error => error,
            })?;
            *self.visible.write() = last.view.clone();
            shared.sharing.note(self.id, &last.view, batch.iter().map(|entry| entry.event.as_ref()));
            for entry in &batch {
                // no receiver is no error
                let _ = self.events.send(entry.event.clone());
            }
            // after the events: no backlog means that everything was told
            self.backlog.lock().drain(..batch.len());
            shared.unapplied.fetch_sub(batch.len() as u64, Ordering::Relaxed);
        }
    }

    fn durable_prefix(&self) -> Vec<Entry> {
        let backlog = self.backlog.lock();
        backlog.iter().take_while(|entry| entry.durable).take(BATCH_RECORDS_MAX).map(Entry::share).collect()
    }
}

impl Entry {
    fn share(&self) -> Entry {
        Entry {
            seq: self.seq,
            durable: self.durable,
            record: self.record.clone(),
            section: self.section,
            bodies: self.bodies.clone(),
            view: self.view.clone(),
            event: self.event.clone(),
        }
    }
}
