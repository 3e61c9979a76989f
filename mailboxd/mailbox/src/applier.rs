// SPDX-License-Identifier: AGPL-3.0-or-later
//! Applies what deliveries have made durable, so that they need not wait for it. Under load the backlogs grow and a batch
//! becomes one transaction; readers who come earlier apply it themselves. The sum of the backlogs is bounded: above the bound
//! a delivery applies its own mailboxes before it is acknowledged.

use crate::error::Result;
use crate::live::Live;
use crate::store::Shared;
use crate::worker::Worker;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Entries in all backlogs before deliveries have to help.
pub(crate) const UNAPPLIED_MAX: u64 = 1024;
/// Before a mailbox whose stores could not take a record is tried again.
const RETRY: Duration = Duration::from_millis(500);
const THREADS: usize = 2;

#[derive(Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    filled: Condvar,
}

#[derive(Default)]
struct Inner {
    ready: VecDeque<Arc<Live>>,
    /// Mailboxes whose stores failed: tried again after a while.
    parked: Vec<Arc<Live>>,
    stopped: bool,
}

pub(crate) struct Applier {
    shared: Arc<Shared>,
    workers: Vec<Worker>,
}

impl Queue {
    pub fn push(&self, live: &Arc<Live>) {
        if !live.queued.swap(true, Ordering::AcqRel) {
            self.inner.lock().ready.push_back(live.clone());
            self.filled.notify_one();
        }
    }

    /// The next mailbox with something to apply; `None` when the store closes.
    fn pop(&self) -> Option<Arc<Live>> {
        let mut inner = self.inner.lock();
        loop {
            if inner.stopped {
                return None;
            }
            if let Some(live) = inner.ready.pop_front() {
                return Some(live);
            }
            if inner.parked.is_empty() {
                self.filled.wait(&mut inner);
            } else if self.filled.wait_for(&mut inner, RETRY).timed_out() {
                let parked = std::mem::take(&mut inner.parked);
                inner.ready.extend(parked);
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
    while let Some(live) = shared.applier.pop() {
        // cleared first: what becomes durable from now on queues the mailbox again
        live.queued.store(false, Ordering::Release);
        if let Err(error) = live.catch_up(shared) {
            tracing::error!(mailbox = live.id.0, %error, "can't apply acknowledged changes: trying again");
            shared.applier.inner.lock().parked.push(live);
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
