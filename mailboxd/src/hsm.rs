// SPDX-License-Identifier: AGPL-3.0-or-later
//! Old mail moves to secondary volumes once a night. A night that was missed costs nothing: the next one moves it.

use chrono::{Local, NaiveDate, Timelike as _};
use directory::Directory;
use mailbox::Store;
use std::time::Duration;
use tokio::sync::watch;

/// Local time, behind the usual hour of backups: what is moved has been backed up from the faster disk.
const HOURS: std::ops::Range<u32> = 3..6;
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Runs until the daemon stops.
pub async fn serve(store: Store, directory: Directory, mut stopping: watch::Receiver<bool>) {
    let mut last: Option<NaiveDate> = None;
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let now = Local::now();
        if !HOURS.contains(&now.hour()) || last == Some(now.date_naive()) {
            continue;
        }
        last = Some(now.date_naive());
        let (own, directory) = (store.clone(), directory.clone());
        let mut run = tokio::task::spawn_blocking(move || match own.volumes() {
            Ok(volumes) if volumes.len() < 2 => Ok(None),
            Ok(_) => soap::hsm_run(&own, &directory, &mut |_| {}).map(Some),
            Err(error) => Err(error),
        });
        let done = tokio::select! {
            done = &mut run => Some(done),
            _ = stopping.wait_for(|stopping| *stopping) => None,
        };
        let done = match done {
            Some(done) => done,
            None => {
                store.hsm_abort();
                run.await
            }
        };
        match done {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "old mail is not moved: trying again tomorrow"),
            Err(error) => tracing::error!(%error, "HSM failed"),
        }
    }
}
