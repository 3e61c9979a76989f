// SPDX-License-Identifier: AGPL-3.0-or-later
//! Applies what deliveries have made durable, so that they need not wait for it. A mailbox that somebody watches comes at
//! once; for the others changes gather for a moment, because ten records in one transaction cost a third of ten
//! transactions. Readers who come earlier apply them themselves. The sum of the backlogs is bounded: above the bound a
//! delivery applies its own mailboxes before it is acknowledged.

use crate::error::Result;
use crate::live::Live;
use crate::store::Shared;
use crate::worker::Worker;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Entries in all backlogs before deliveries have to help.
pub(crate) const UNAPPLIED_MAX: u64 = 1024;
/// Before a mailbox whose stores could not take a record is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How long changes of a mailbox that nobody watches gather.
const GATHER: Duration = Duration::from_millis(250);
/// Entries in all backlogs above which nothing gathers.
const GATHERED_MAX: u64 = UNAPPLIED_MAX / 2;
const THREADS: usize = 2;

#[derive(Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    filled: Condvar,
}

#[derive(Default)]
struct Inner {
    ready: VecDeque<Arc<Live>>,
    /// By the time from which they are ready.
    gathering: VecDeque<(Instant, Arc<Live>)>,
    /// Mailboxes whose stores failed, by the time from which they are tried again.
    parked: VecDeque<(Instant, Arc<Live>)>,
    stopped: bool,
}

pub(crate) struct Applier {
    shared: Arc<Shared>,
    workers: Vec<Worker>,
}

impl Queue {
    pub fn push(&self, live: &Arc<Live>) {
        if live.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut inner = self.inner.lock();
        if live.is_watched() {
            inner.ready.push_back(live.clone());
        } else {
            inner.gathering.push_back((Instant::now() + GATHER, live.clone()));
        }
        self.filled.notify_one();
    }

    /// The next mailbox with something to apply; `None` when the store closes.
    fn pop(&self, unapplied: &AtomicU64) -> Option<Arc<Live>> {
        let mut inner = self.inner.lock();
        loop {
            if inner.stopped {
                return None;
            }
            if let Some(live) = inner.ready.pop_front() {
                return Some(live);
            }
            let now = Instant::now();
            if let Some((_, live)) = inner.parked.pop_front_if(|(from, _)| *from <= now) {
                return Some(live);
            }
            let crowded = unapplied.load(Ordering::Relaxed) > GATHERED_MAX;
            if let Some((_, live)) = inner.gathering.pop_front_if(|(from, _)| crowded || *from <= now) {
                return Some(live);
            }
            let next =
                [inner.gathering.front(), inner.parked.front()].into_iter().flatten().map(|(from, _)| *from).min();
            match next {
                None => self.filled.wait(&mut inner),
                Some(from) => drop(self.filled.wait_until(&mut inner, from)),
            }
        }
    }
}

impl Applier {
    pub fn start(shared: Arc<Shared>) -> Result<Applier> {
        let workers = (0..THREADS)
            .map(|n| {
                let shared = shared.clone();
                Worker::start(&format!("apply-{n}"), move |_| run(&shared))
            })
            .collect::<Result<_>>()?;
        Ok(Applier { shared, workers })
    }
}

fn run(shared: &Shared) {
    while let Some(live) = shared.applier.pop(&shared.unapplied) {
        // cleared first: what becomes durable from now on queues the mailbox again
        live.queued.store(false, Ordering::Release);
        if let Err(error) = live.catch_up(shared) {
            tracing::error!(mailbox = live.id.0, %error, "can't apply acknowledged changes: trying again");
            shared.applier.inner.lock().parked.push_back((Instant::now() + RETRY, live));
        }
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        self.shared.applier.inner.lock().stopped = true;
        self.shared.applier.filled.notify_all();
        self.workers.clear();
    }
}
