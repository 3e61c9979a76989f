// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail that accounts no longer keep goes, a few times a day. What was missed, by a crash or by a directory that was away, goes
//! next time: losing a pass costs nothing.

use anyhow::{Result, anyhow};
use directory::{Account, Directory};
use mailbox::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

const EVERY: Duration = Duration::from_secs(6 * 3_600);
/// While the disk is almost full: what is in the dumpsters goes before mail is refused.
const EVERY_SCARCE: Duration = Duration::from_secs(600);
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A start has enough to do.
const FIRST: Duration = Duration::from_secs(600);

/// Passes until the daemon stops.
pub async fn serve(store: Store, directory: Directory, mut stopping: watch::Receiver<bool>) {
    let stop = Arc::new(AtomicBool::new(false));
    let (mut wait, mut last) = (FIRST, Instant::now());
    let mut is_settled = settled(&store, &directory).await;
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        if !is_settled {
            is_settled = settled(&store, &directory).await;
        }
        let wait_now = if store.is_space_scarce() { wait.min(EVERY_SCARCE) } else { wait };
        if last.elapsed() < wait_now {
            continue;
        }
        (wait, last) = (EVERY, Instant::now());
        let (store, directory, seen) = (store.clone(), directory.clone(), stop.clone());
        let mut pass = tokio::task::spawn_blocking(move || all(&store, &directory, &seen, &mut |_| {}));
        let done = tokio::select! {
            done = &mut pass => Some(done),
            _ = stopping.wait_for(|stopping| *stopping) => None,
        };
        let done = match done {
            Some(done) => done,
            None => {
                stop.store(true, Ordering::Relaxed);
                pass.await
            }
        };
        is_settled = false;
        match done {
            Ok(Ok(0)) => {}
            Ok(Ok(messages)) => tracing::info!(messages, "what nobody keeps any longer was deleted"),
            Ok(Err(error)) => tracing::warn!(%error, "old mail is not deleted: trying again later"),
            Err(error) => tracing::error!(%error, "deleting old mail failed"),
        }
    }
}

/// Every account that has a mailbox. One that fails holds up no other. Answers how many messages went. Blocking.
pub fn all(store: &Store, directory: &Directory, stop: &AtomicBool, progress: &mut dyn FnMut(&str)) -> Result<usize> {
    let ids = store.accounts();
    let mut messages = 0;
    for (done, id) in ids.iter().enumerate() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        progress(&format!("mailbox {} of {}", done + 1, ids.len()));
        // one whose account is gone is kept as it is
        let Some(of) = directory.account_by_id(id)? else { continue };
        match account(store, directory, &of) {
            Ok(gone) => messages += gone,
            Err(error) => tracing::warn!(account = %of.name, %error, "its old mail is not deleted"),
        }
    }
    match soap::expire_deleted(store, directory) {
        Ok(0) => {}
        Ok(accounts) => tracing::info!(accounts, "deleted accounts are gone for good"),
        Err(error) => tracing::warn!(%error, "deleted accounts are looked at again later"),
    }
    Ok(messages)
}

/// What a crash cut off between an account and its mailbox. False: the directory can't be asked now.
async fn settled(store: &Store, directory: &Directory) -> bool {
    let (store, directory) = (store.clone(), directory.clone());
    match tokio::task::spawn_blocking(move || soap::settle_deletions(&store, &directory)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "deletions that were cut off are looked at again later");
            false
        }
        Err(error) => {
            tracing::error!(%error, "deletions that were cut off could not be looked at");
            true
        }
    }
}

/// The mailbox of one account. Blocking.
pub fn account(store: &Store, directory: &Directory, account: &Account) -> Result<usize> {
    soap::purge(store, directory, account).map_err(|error| anyhow!("{error}"))
}
