// SPDX-License-Identifier: AGPL-3.0-or-later
//! Connections to the directory, on a thread of their own: callers block, whatever runtime they are in, and never for long.
//!
//! Once the server did not answer, everybody is told "not available" at once, without a try, until a probe in the background
//! gets an answer again: a dead directory must not hold up the threads that serve mail.

use super::aside::Aside;
use super::connection::{self, is_broken, was_not_sent};
use crate::Error;
use ldap3::{Ldap, LdapError, Scope};
use parking_lot::Mutex;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const CONNECTIONS_MAX: usize = 8;
/// A caller waits no longer than this for a free connection.
const QUEUE_MAX: Duration = Duration::from_secs(5);
const PROBE_EVERY: Duration = Duration::from_millis(300);

#[derive(Clone)]
pub struct Settings {
    pub url: String,
    pub bind_dn: String,
    pub password: String,
}

pub struct Pool {
    shared: Arc<Shared>,
    aside: Aside,
}

struct Shared {
    settings: Settings,
    idle: Mutex<Vec<Ldap>>,
    permits: Semaphore,
    /// Why nobody answers.
    down: Mutex<Option<String>>,
}

/// Whether a request may be sent again when it is not known what became of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// A read.
    Yes,
    No,
}

impl Pool {
    pub fn new(settings: Settings) -> Result<Pool, Error> {
        let shared = Shared {
            settings,
            idle: Mutex::default(),
            permits: Semaphore::new(CONNECTIONS_MAX),
            down: Mutex::default(),
        };
        Ok(Pool { shared: Arc::new(shared), aside: Aside::new()? })
    }

    /// Outer error: not available. Inner: what the server said.
    pub fn run<T, F, Fut>(&self, repeat: Repeat, work: F) -> Result<Result<T, LdapError>, Error>
    where
        T: Send + 'static,
        F: Fn(Ldap) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, LdapError>> + Send,
    {
        if let Some(why) = self.shared.down.lock().clone() {
            return Err(Error::Unavailable(why));
        }
        let shared = Arc::clone(&self.shared);
        match self.aside.wait_for(async move { shared.run(repeat, work).await })? {
            Err(error) if is_broken(&error) => {
                let why = format!("LDAP: {error}");
                self.shared.mark_down(&why, &self.aside);
                Err(Error::Unavailable(why))
            }
            answered => Ok(answered),
        }
    }
}

impl Shared {
    async fn run<T, F, Fut>(&self, repeat: Repeat, work: F) -> Result<T, LdapError>
    where
        F: Fn(Ldap) -> Fut,
        Fut: Future<Output = Result<T, LdapError>>,
    {
        // The semaphore is never closed.
        let _permit = timeout(QUEUE_MAX, self.permits.acquire()).await?;
        loop {
            let idle = self.take_idle();
            let was_idle = idle.is_some();
            let ldap = match idle {
                Some(ldap) => ldap,
                None => self.connect().await?,
            };
            match work(ldap.clone()).await {
                // The server may have closed it since: once more, with the next or a new one.
                Err(error) if was_idle && is_lost(&error) && (repeat == Repeat::Yes || was_not_sent(&error)) => {}
                Err(error) if is_broken(&error) => return Err(error),
                answered => {
                    self.idle.lock().push(ldap);
                    return answered;
                }
            }
        }
    }

    fn take_idle(&self) -> Option<Ldap> {
        let mut idle = self.idle.lock();
        while let Some(mut ldap) = idle.pop() {
            if !ldap.is_closed() {
                return Some(ldap);
            }
        }
        None
    }

    async fn connect(&self) -> Result<Ldap, LdapError> {
        let mut ldap = connection::open(&self.settings.url, false).await?;
        connection::bind(&mut ldap, &self.settings.bind_dn, &self.settings.password).await?;
        Ok(ldap)
    }

    /// From now on nobody waits for the server until it answers the probe.
    fn mark_down(self: &Arc<Self>, why: &str, aside: &Aside) {
        let mut down = self.down.lock();
        if down.is_some() {
            return;
        }
        tracing::warn!(%why, "directory is not available");
        *down = Some(why.to_owned());
        self.idle.lock().clear();
        drop(down);
        let shared = Arc::clone(self);
        aside.spawn(async move {
            while let Err(error) = shared.probe().await {
                tracing::debug!(%error, "directory is still not available");
                sleep(PROBE_EVERY).await;
            }
            *shared.down.lock() = None;
            tracing::info!("directory is available again");
        });
    }

    async fn probe(&self) -> Result<(), LdapError> {
        let mut ldap = self.connect().await?;
        let asked = ldap.with_timeout(connection::CONNECT_MAX).search("", Scope::Base, "(objectClass=*)", vec!["1.1"]);
        asked.await?.success()?;
        self.idle.lock().push(ldap);
        Ok(())
    }
}

/// The connection, not an answer that is late.
fn is_lost(error: &LdapError) -> bool {
    matches!(
        error,
        LdapError::Io { .. } | LdapError::OpSend { .. } | LdapError::ResultRecv { .. } | LdapError::EndOfStream
    )
}
