// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mailboxes whose index is built anew because an administrator said so.

use mailbox::Store;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far one is.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// Messages when it began.
    pub total: u64,
    pub done: u64,
}

#[derive(Default)]
pub struct Reindexing {
    runs: Arc<Mutex<HashMap<String, Arc<Run>>>>,
}

struct Run {
    total: u64,
    done: AtomicU64,
    cancelled: AtomicBool,
}

impl Run {
    fn state(&self) -> State {
        State { total: self.total, done: self.done.load(Ordering::Relaxed) }
    }
}

impl Reindexing {
    /// False: it is under way already.
    pub fn start(&self, store: &Store, account: &str, total: u64) -> bool {
        let run = Arc::new(Run { total, done: AtomicU64::new(0), cancelled: AtomicBool::new(false) });
        {
            let mut runs = self.runs.lock();
            if runs.contains_key(account) {
                return false;
            }
            runs.insert(account.to_owned(), Arc::clone(&run));
        }
        let (store, runs, account) = (store.clone(), Arc::clone(&self.runs), account.to_owned());
        tokio::task::spawn_blocking(move || {
            let mut progress = |done: u64| {
                run.done.store(done, Ordering::Relaxed);
                !run.cancelled.load(Ordering::Relaxed)
            };
            match store.reindex_mailbox(&account, &mut progress) {
                Ok(built) => tracing::info!(%account, built, "indexed anew"),
                Err(error) => tracing::error!(%account, %error, "indexing anew failed"),
            }
            runs.lock().remove(&account);
        });
        true
    }

    pub fn state(&self, account: &str) -> Option<State> {
        self.runs.lock().get(account).map(|run| run.state())
    }

    /// None: it is not under way. The index that was there stays.
    pub fn cancel(&self, account: &str) -> Option<State> {
        let run = self.runs.lock().get(account).cloned()?;
        run.cancelled.store(true, Ordering::Relaxed);
        Some(run.state())
    }

    /// The daemon stops.
    pub fn cancel_all(&self) {
        self.runs.lock().values().for_each(|run| run.cancelled.store(true, Ordering::Relaxed));
    }
}
