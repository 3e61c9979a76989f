// SPDX-License-Identifier: AGPL-3.0-or-later
//! The files of all mailboxes and the pool of connections to them.
//!
//! A mailbox has one writer connection, whose mutex makes writes queue, and a few readers that WAL lets run beside it.
//! Short reads use the writer's if it is free.
//! Idle connections stay open for the next request, `connections_max` of them in all. Those of mailboxes that were used a
//! moment ago may be [`BUSY_FACTOR`] times more: opening one rebuilds the WAL's index, which costs many deliveries, so a pool
//! smaller than the mailboxes in use would do nothing else. What is above a bound is closed by whoever opens another one or
//! calls [`Store::trim`], longest idle first. A connection at work is never waited for (a thread that holds one and asks for
//! another could wait for itself), so the bound may be passed by the number of threads at work.
//!
//! Lock order: `slots`, then a slot's `readers`. A slot's `writer` is never waited for while either is held. A slot
//! leaves the map only when the map holds its last reference, so that a mailbox never has two writers.

use super::{Connection, Role};
use crate::{Error, Result};
use ids::MailboxId;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Idle readers kept per mailbox: what one web client and one mail client ask for at a time.
const READERS_IDLE_MAX: usize = 4;
/// A mailbox that was used so lately is in use.
const BUSY: Duration = Duration::from_secs(2);
const BUSY_FACTOR: usize = 8;

pub(crate) struct Store {
    pub(super) dir: PathBuf,
    connections_max: usize,
    slots: Mutex<HashMap<MailboxId, Arc<Slot>>>,
    open: Arc<AtomicUsize>,
    opened: Instant,
    /// Mailboxes with commits that no checkpoint has made durable yet. Marked before the commit.
    pub(super) dirty: Mutex<BTreeSet<MailboxId>>,
    /// Mailboxes whose last sync failed: see [`Error::SyncFailed`].
    pub(super) sync_failed: Mutex<BTreeSet<MailboxId>>,
}

/// One mailbox's connections.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) writer: Mutex<WriterState>,
    readers: Mutex<Vec<Pooled>>,
    /// When, in milliseconds after the store was opened.
    used: AtomicU64,
    /// The mailbox was removed: connections to its unlinked file are not kept.
    gone: AtomicBool,
}

#[derive(Default)]
pub(super) struct WriterState {
    pub(super) connection: Option<Pooled>,
    /// Octets of WAL at which the writer checkpoints next.
    pub(super) wal_limit: Option<u64>,
}

/// A connection that counts.
pub(super) struct Pooled {
    connection: Connection,
    open: Arc<AtomicUsize>,
}

impl std::ops::Deref for Pooled {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Relaxed);
    }
}

impl Store {
    pub(crate) fn open(dir: &Path, connections_max: usize) -> Result<Store> {
        std::fs::create_dir_all(dir).map_err(|e| Error::file(dir, "create folder", e))?;
        let store = Store {
            dir: dir.to_owned(),
            connections_max: connections_max.max(1),
            slots: Mutex::default(),
            open: Arc::default(),
            opened: Instant::now(),
            dirty: Mutex::default(),
            sync_failed: Mutex::default(),
        };
        // What an earlier process left in a WAL may never have been synced.
        *store.dirty.lock() = store.with_wal()?;
        Ok(store)
    }

    pub(crate) fn write<T>(&self, id: MailboxId, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let slot = self.slot(id);
        let mut state = slot.writer.lock();
        if slot.gone.load(Relaxed) {
            return Err(self.no_mailbox(id));
        }
        let connection = self.writer(id, &mut state)?;
        self.dirty.lock().insert(id);
        let value = connection.write(work)?;
        self.bound_wal(id, &mut state);
        Ok(value)
    }

    pub(crate) fn read<T>(&self, id: MailboxId, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.with_reader(id, |connection| connection.read(work))
    }

    /// On the writer's connection while nobody writes, so that most mailboxes need no second one: opening one costs more
    /// than a delivery. Writers wait for it, so it must be short.
    pub(crate) fn glance<T>(&self, id: MailboxId, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let slot = self.slot(id);
        let Some(mut state) = slot.writer.try_lock() else { return self.read(id, work) };
        if slot.gone.load(Relaxed) || state.connection.is_none() && !self.path(id).exists() {
            return Err(self.no_mailbox(id));
        }
        self.writer(id, &mut state)?.read(work)
    }

    /// Outside any transaction.
    pub(super) fn with_reader<T>(&self, id: MailboxId, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let slot = self.slot(id);
        let reader = self.reader(id, &slot)?;
        let value = work(&reader);
        let mut idle = slot.readers.lock();
        let room = idle.len() < READERS_IDLE_MAX && self.connections() <= self.connections_max * BUSY_FACTOR;
        if room && !slot.gone.load(Relaxed) {
            idle.push(reader);
        }
        value
    }

    /// The mailbox's writer, opened if need be.
    pub(super) fn writer<'a>(&self, id: MailboxId, state: &'a mut WriterState) -> Result<&'a Connection> {
        let connection = match state.connection.take() {
            Some(connection) => connection,
            None => self.connect(id, Role::Writer)?,
        };
        Ok(state.connection.insert(connection))
    }

    fn reader(&self, id: MailboxId, slot: &Slot) -> Result<Pooled> {
        if let Some(reader) = slot.readers.lock().pop() {
            return Ok(reader);
        }
        let path = self.path(id);
        if !path.exists() {
            return Err(self.no_mailbox(id));
        }
        self.connect(id, Role::Reader)
    }

    fn connect(&self, id: MailboxId, role: Role) -> Result<Pooled> {
        self.close_idle(1);
        let connection = Connection::open(&self.path(id), role)?;
        self.open.fetch_add(1, Relaxed);
        Ok(Pooled { connection, open: self.open.clone() })
    }

    pub(super) fn slot(&self, id: MailboxId) -> Arc<Slot> {
        let slot = self.slots.lock().entry(id).or_default().clone();
        slot.used.store(self.now_ms(), Relaxed);
        slot
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Closes what is above the bound and no longer in use.
    pub(crate) fn trim(&self) {
        self.close_idle(0);
    }

    /// Closes connections, longest idle first, until `more` fit into the bounds.
    fn close_idle(&self, more: usize) {
        // closed after the map is free again
        let mut closed = Vec::new();
        let mut slots = self.slots.lock();
        if self.connections() + more <= self.connections_max {
            return;
        }
        let now_ms = self.now_ms();
        let mut by_age: Vec<_> = slots.iter().map(|(id, slot)| (slot.used.load(Relaxed), *id)).collect();
        by_age.sort_unstable();
        for (used_ms, id) in by_age {
            let is_busy = now_ms.saturating_sub(used_ms) < BUSY.as_millis() as u64;
            let max = if is_busy { self.connections_max * BUSY_FACTOR } else { self.connections_max };
            if self.connections() + more <= max + closed.len() {
                break;
            }
            let Some(slot) = slots.get(&id) else { continue };
            closed.append(&mut slot.readers.lock());
            closed.extend(slot.writer.try_lock().and_then(|mut state| state.connection.take()));
            if Arc::strong_count(slot) == 1 {
                slots.remove(&id);
            }
        }
        drop(slots);
    }

    pub(crate) fn close(&self, id: MailboxId) {
        let Some(slot) = self.slots.lock().get(&id).cloned() else { return };
        let writer = slot.writer.lock().connection.take();
        let readers = std::mem::take(&mut *slot.readers.lock());
        drop((writer, readers));
    }

    pub(crate) fn remove(&self, id: MailboxId) -> Result<()> {
        let slot = self.slot(id);
        let mut state = slot.writer.lock();
        slot.gone.store(true, Relaxed);
        state.connection = None;
        slot.readers.lock().clear();
        let unlinked = self.unlink(id);
        if unlinked.is_ok() {
            self.dirty.lock().remove(&id);
            self.sync_failed.lock().remove(&id);
        }
        // Whoever comes now starts afresh; whoever holds the old slot finds it gone.
        self.slots.lock().remove(&id);
        unlinked
    }

    pub(crate) fn connections(&self) -> usize {
        self.open.load(Relaxed)
    }

    pub(super) fn no_mailbox(&self, id: MailboxId) -> Error {
        Error::NoMailbox { path: self.path(id), mailbox: id }
    }
}
