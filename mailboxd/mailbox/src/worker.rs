// SPDX-License-Identifier: AGPL-3.0-or-later
//! A thread of the store that is told to stop and waited for when its handle is dropped.

use crate::error::{Error, Result};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) struct Worker {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

/// What a worker sleeps on.
#[derive(Default)]
pub(crate) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Sleeps; true when the worker has to end.
    pub fn wait(&self, time: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        if !*stopped {
            self.changed.wait_for(&mut stopped, time);
        }
        *stopped
    }

    pub fn is_set(&self) -> bool {
        *self.stopped.lock()
    }

    pub fn set(&self) {
        *self.stopped.lock() = true;
        self.changed.notify_all();
    }
}

impl Worker {
    pub fn start(name: &str, body: impl FnOnce(&Stop) + Send + 'static) -> Result<Worker> {
        let stop = Arc::new(Stop::default());
        let for_thread = stop.clone();
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || body(&for_thread))
            .map_err(|e| Error::Store(format!("thread {name}: {e}")))?;
        Ok(Worker { stop, thread: Some(thread) })
    }

    /// Tells it to stop, without waiting for it.
    pub fn stop(&self) {
        self.stop.set();
    }
}

/// Lets others go first: what this thread and those that it starts do is not waited for. A share of the CPU stays, so that
/// who does wait for a lock that it holds does not wait for ever.
#[expect(unsafe_code, reason = "no safe wrapper among the dependencies")]
pub(crate) fn step_back() {
    const NICE: libc::c_int = 10;
    // SAFETY: takes numbers only. 0 is the calling thread (setpriority(2), "C library/kernel differences").
    if unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) } != 0 {
        tracing::warn!(error = %std::io::Error::last_os_error(), "can't lower a thread's priority");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(thread) = self.thread.take() {
            // a worker that panicked has been logged by the panic hook
            let _ = thread.join();
        }
    }
}
