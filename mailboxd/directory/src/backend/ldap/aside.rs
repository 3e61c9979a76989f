// SPDX-License-Identifier: AGPL-3.0-or-later
//! A thread for what LDAP does over the network: callers block for it, whatever runtime they are in.

use crate::Error;
use std::future::Future;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};

/// The runtime is taken when it is dropped.
pub struct Aside(Option<Runtime>);

impl Aside {
    pub fn new() -> Result<Aside, Error> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().thread_name("ldap").build();
        Ok(Aside(Some(runtime.map_err(|e| Error::Unavailable(format!("thread for LDAP: {e}")))?)))
    }

    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(work);
        }
    }

    /// Runs a future over there and blocks for what comes of it.
    pub fn wait_for<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T, Error> {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        self.spawn(async move {
            // The caller waits; if not, nobody is interested.
            let _ = tell.send(work.await);
        });
        let wait = || told.recv().map_err(|_| Error::Unavailable("LDAP: the request ended unexpectedly".into()));
        // A worker of somebody's runtime hands its tasks over while it waits.
        match Handle::try_current() {
            Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => tokio::task::block_in_place(wait),
            _ => wait(),
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Blocking is not allowed where this may be dropped.
            runtime.shutdown_background();
        }
    }
}
