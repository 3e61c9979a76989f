// SPDX-License-Identifier: AGPL-3.0-or-later
//! Work that lasts (exports, imports) waits for its turn and has a thread of its own: it holds none of the store's crossings, which
//! deliveries and all protocols need. Visitors have turns of their own, so that they can't keep owners waiting, and no mailbox has all of
//! them.

use mailbox::{Handle, Mailbox, MailboxId, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of one mailbox, of its owner or of visitors.
type Each = HashMap<(MailboxId, bool), Arc<Semaphore>>;

/// Cheap to clone.
#[derive(Clone)]
pub struct Turns {
    own: Arc<Semaphore>,
    visiting: Arc<Semaphore>,
    each: Arc<Mutex<Each>>,
    each_max: usize,
}

/// The place is free again when it is dropped.
pub struct Turn {
    _each: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Turns {
    /// How many at a time: of owners, of visitors, and of those for one mailbox.
    pub fn new(own: usize, visiting: usize, each_max: usize) -> Turns {
        let [own, visiting] = [own, visiting].map(|places| Arc::new(Semaphore::new(places)));
        Turns { own, visiting, each: Arc::default(), each_max }
    }

    pub async fn wait(&self, handle: &Handle) -> Result<Turn> {
        let closed = |_| mailbox::Error::Unavailable("shutting down".into());
        let each = self.each(handle).acquire_owned().await.map_err(closed)?;
        let all = if handle.is_own() { &self.own } else { &self.visiting };
        Ok(Turn { _each: each, _all: all.clone().acquire_owned().await.map_err(closed)? })
    }

    fn each(&self, handle: &Handle) -> Arc<Semaphore> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        // Permits and those that wait for one hold it too.
        each.retain(|_, places| Arc::strong_count(places) > 1);
        let new = || Arc::new(Semaphore::new(self.each_max));
        each.entry((handle.id(), handle.is_own())).or_insert_with(new).clone()
    }

    /// Once begun it goes on to its end, also when nobody waits for it any more.
    pub async fn run<T: Send + 'static>(
        &self,
        handle: &Handle,
        work: impl FnOnce(&Mailbox) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.wait(handle).await?;
        let handle = handle.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(handle.mailbox())
        });
        done.await.map_err(|error| mailbox::Error::Store(format!("operation failed: {error}")))?
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

    use super::*;
    use mailbox::{Actor, Config, Store};
    use std::sync::mpsc;
    use std::time::Duration;

    /// What lasts keeps what comes behind it waiting, but nobody else; and of one mailbox is not all that lasts.
    #[tokio::test]
    async fn one_after_another() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config { reserve_bytes: 0, blocking_threads: 1, ..Config::new(dir.path()) };
        let store = Store::open(config).unwrap();
        let open = |name: &str| {
            let actor = Actor { account: name.into(), is_admin: false };
            store.open_mailbox(&actor, name, 0).unwrap()
        };
        let (a, b, c) = (open("a"), open("b"), open("c"));
        let turns = Turns::new(2, 1, 1);
        let lasts = |handle: &Handle| {
            let (go, wait) = mpsc::channel::<()>();
            let (turns, handle) = (turns.clone(), handle.clone());
            (go, tokio::spawn(async move { turns.run(&handle, move |_| Ok(wait.recv().is_ok())).await }))
        };
        let is_free = async |handle: &Handle| {
            tokio::time::timeout(Duration::from_millis(500), turns.run(handle, |_| Ok(()))).await.is_ok()
        };
        let until = async |left: usize| {
            while turns.own.available_permits() != left {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let (go_a, lasting_a) = lasts(&a);
        until(1).await;
        assert!(!is_free(&a).await);
        assert!(is_free(&b).await);
        let (go_b, lasting_b) = lasts(&b);
        until(0).await;
        assert!(!is_free(&c).await);
        let others = tokio::time::timeout(Duration::from_secs(20), a.run(|_| Ok(()))).await;
        others.unwrap().unwrap();
        go_a.send(()).unwrap();
        assert!(lasting_a.await.unwrap().unwrap());
        assert!(is_free(&c).await && is_free(&a).await);
        go_b.send(()).unwrap();
        assert!(lasting_b.await.unwrap().unwrap());
        turns.each(&a);
        assert_eq!(turns.each.lock().unwrap().len(), 1, "what nobody waits for is forgotten");
    }
}
