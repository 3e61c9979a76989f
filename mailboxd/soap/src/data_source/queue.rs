// SPDX-License-Identifier: AGPL-3.0-or-later
//! When which source is looked at. Made anew at each start; what has come is in the mailboxes.

use super::{Kind, Source, imap, limits, pop3, sources};
use crate::fault::Fault;
use crate::state::{State, now_ms};
use directory::Account;
use fetch::{Place, Tls};
use mailbox::{Actor, Handle};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

/// Sources that are read at once, of the whole server; of an account it is one.
const AT_ONCE: usize = 4;
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A pass that takes longer goes on in the next one, which comes at once: others have their turn between.
const PASS_MAX: Duration = Duration::from_secs(600);
/// A start has enough to do.
const FIRST_MS: i64 = 60_000;
/// After a failure it is not looked at more often.
const FAILED_MS: i64 = 300_000;

/// Account and source.
type Key = (String, String);

#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    /// `None`: only if somebody asks.
    next_ms: Option<i64>,
    pub is_running: bool,
    /// Somebody asked for it.
    is_wanted: bool,
    /// Of the last pass.
    pub error: Option<String>,
    pub has_run: bool,
    pub failing_since_ms: Option<i64>,
}

impl Status {
    pub fn is_busy(&self) -> bool {
        self.is_running || self.is_wanted
    }
}

pub(crate) struct Queue {
    known: Mutex<BTreeMap<Key, Status>>,
    changed: Notify,
    permits: Arc<Semaphore>,
}

impl Default for Queue {
    fn default() -> Queue {
        Queue { known: Mutex::default(), changed: Notify::new(), permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Queue {
    /// A source is new, or another one now.
    pub fn put(&self, account: &Account, id: &str, source: &Source, after_ms: i64) {
        let next_ms = source.interval(account).filter(|_| source.enabled).map(|_| now_ms().saturating_add(after_ms));
        self.known.lock().entry((account.id.clone(), id.to_owned())).or_default().next_ms = next_ms;
        self.changed.notify_one();
    }

    pub fn remove(&self, account: &str, id: &str) {
        self.known.lock().remove(&(account.to_owned(), id.to_owned()));
    }

    /// Now, whatever its interval.
    pub fn want(&self, account: &str, id: &str) {
        self.known.lock().entry((account.to_owned(), id.to_owned())).or_default().is_wanted = true;
        self.changed.notify_one();
    }

    pub fn status(&self, account: &str, id: &str) -> Status {
        self.known.lock().get(&(account.to_owned(), id.to_owned())).cloned().unwrap_or_default()
    }

    /// For somebody who only tries one.
    pub async fn permit(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        self.permits.clone().acquire_owned().await.ok()
    }

    /// Those that may start now; they count as running.
    fn take(&self, now_ms: i64) -> Vec<Key> {
        let mut known = self.known.lock();
        let mut busy: Vec<String> =
            known.iter().filter(|(_, status)| status.is_running).map(|(key, _)| key.0.clone()).collect();
        let mut taken = Vec::new();
        for (key, status) in known.iter_mut() {
            let is_due = status.is_wanted || status.next_ms.is_some_and(|next_ms| next_ms <= now_ms);
            if is_due && !status.is_running && !busy.contains(&key.0) {
                busy.push(key.0.clone());
                status.is_running = true;
                status.is_wanted = false;
                taken.push(key.clone());
            }
        }
        taken
    }

    fn done(&self, key: &Key, pass: Pass) {
        let mut known = self.known.lock();
        // it may have been removed meanwhile
        let Some(status) = known.get_mut(key) else { return };
        status.is_running = false;
        status.has_run = true;
        let now = now_ms();
        match pass {
            Pass::Gone => {
                known.remove(key);
                return;
            }
            Pass::Unfinished => status.next_ms = Some(now),
            Pass::Done { every } => {
                status.error = None;
                status.failing_since_ms = None;
                status.next_ms = every.map(|every| now.saturating_add(ms(every)));
            }
            Pass::Failed { why, every } => {
                status.failing_since_ms = status.failing_since_ms.or(Some(now));
                status.error = Some(why);
                status.next_ms = every.map(|every| now.saturating_add(ms(every).max(FAILED_MS)));
            }
        }
        drop(known);
        self.changed.notify_one();
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

enum Pass {
    /// There is no such source any more.
    Gone,
    Unfinished,
    Done {
        every: Option<Duration>,
    },
    Failed {
        why: String,
        every: Option<Duration>,
    },
}

/// What a pass needs.
pub(super) struct Work {
    pub state: State,
    pub account: Account,
    pub handle: Handle,
    pub id: String,
    pub source: Source,
    pub place: Place,
    pub tls: Tls,
    pub password: String,
}

/// Looks at sources when it is their time, until the daemon stops. A pass may be cut off anywhere.
pub async fn serve_data_sources(state: State, mut stopping: watch::Receiver<bool>) {
    let found = state.store.run({
        let directory = state.directory.clone();
        move |store| {
            let mut all = Vec::new();
            for account in store.accounts() {
                let notes = store.sources(&account).unwrap_or_else(|error| {
                    tracing::error!(%account, %error, "data sources were not found");
                    Vec::new()
                });
                if let (false, Ok(Some(account))) = (notes.is_empty(), directory.account_by_id(&account)) {
                    all.extend(sources(&notes).map(|(id, source)| (account.clone(), id.to_owned(), source)));
                }
            }
            all
        }
    });
    for (at, (account, id, source)) in found.await.unwrap_or_default().into_iter().enumerate() {
        // not all in one moment
        state.data_sources.put(&account, &id, &source, FIRST_MS + i64::try_from(at % 300).unwrap_or_default() * 1000);
    }
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = state.data_sources.changed.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(_) = running.join_next() => {}
        }
        for key in state.data_sources.take(now_ms()) {
            let state = state.clone();
            running.spawn(async move {
                let _permit = state.data_sources.permit().await;
                // A pass that breaks is a failed one, not one that never ends.
                let (of, inner) = (key.clone(), state.clone());
                let pass = tokio::spawn(async move { pass(&inner, &of).await });
                let pass = AbortOnDrop(pass).join().await;
                state.data_sources.done(&key, pass);
            });
        }
    }
}

struct AbortOnDrop(tokio::task::JoinHandle<Pass>);

impl AbortOnDrop {
    async fn join(mut self) -> Pass {
        (&mut self.0).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a pass over a data source broke");
            Pass::Failed { why: "internal error".into(), every: None }
        })
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn pass(state: &State, key: &Key) -> Pass {
    let work = match prepare(state, key).await {
        Ok(Some(work)) => work,
        Ok(None) => return Pass::Gone,
        Err(fault) => {
            tracing::warn!(account = %key.0, source = %key.1, error = %fault.reason, "a data source was not looked at");
            return Pass::Failed { why: fault.reason, every: Some(Duration::from_millis(FAILED_MS.unsigned_abs())) };
        }
    };
    let every = work.source.interval(&work.account).filter(|_| work.source.enabled);
    let run = async {
        match work.source.kind {
            Kind::Pop3 => pop3::run(&work).await,
            Kind::Imap => imap::run(&work).await,
        }
    };
    match tokio::time::timeout(PASS_MAX, run).await {
        Err(_) => Pass::Unfinished,
        Ok(Ok(count)) => {
            if count > 0 {
                tracing::info!(account = %work.account.name, source = %work.source.name, count, "mail was fetched");
            }
            Pass::Done { every }
        }
        Ok(Err(why)) => {
            tracing::info!(account = %work.account.name, source = %work.source.name, %why, "mail was not fetched");
            Pass::Failed { why, every }
        }
    }
}

async fn prepare(state: &State, key: &Key) -> crate::fault::Result<Option<Work>> {
    let (directory, id) = (state.directory.clone(), key.0.clone());
    let found = state.store.run(move |_| match directory.account_by_id(&id)? {
        Some(account) => Ok(Some((directory.status(&account)?, account))),
        None => Ok::<_, directory::Error>(None),
    });
    let Some((status, account)) = found.await?? else { return Ok(None) };
    if status != "active" {
        return Err(Fault::invalid("the account is not active"));
    }
    let actor = Actor { account: account.id.clone(), is_admin: false };
    let (of, quota) = (account.id.clone(), account.quota());
    let handle = state.store.run(move |store| store.open_mailbox(&actor, &of, quota)).await??;
    let notes = handle.run(|mailbox| mailbox.sources()).await?;
    let Some((_, source)) = sources(&notes).find(|(id, _)| *id == key.1) else { return Ok(None) };
    if !source.kind.is_allowed(&account) {
        return Err(Fault::invalid("the account may not fetch mail from elsewhere"));
    }
    let place = source.place(state).await?;
    let password = source.open_password(state, &account.id, &key.1).await?;
    let (state, tls) = (state.clone(), state.intake.tls().clone());
    Ok(Some(Work { state, account, handle, id: key.1.clone(), source, place, tls, password }))
}

/// Whether one can log in there, without taking anything.
pub async fn try_out(state: &State, source: &Source, password: &str) -> Result<(), String> {
    let place = source.place(state).await.map_err(|fault| fault.reason)?;
    let (tls, limits) = (state.intake.tls(), limits(state));
    let _permit = state.data_sources.permit().await;
    let said = |error: fetch::Error| error.to_string();
    match source.kind {
        Kind::Pop3 => {
            let client = fetch::pop3::Client::login(&place, tls, limits, &source.user, password).await.map_err(said)?;
            client.quit().await.map_err(said)
        }
        Kind::Imap => {
            let client = fetch::imap::Client::login(&place, tls, limits, &source.user, password).await.map_err(said)?;
            client.logout().await.map_err(said)
        }
    }
}
