// SPDX-License-Identifier: AGPL-3.0-or-later
//! Sieve at delivery: for each recipient whose account has an active script, what becomes of the message.
//!
//! A message is lost at no moment. What is redirected was taken by whoever delivers it before the sender is answered, else
//! the sender is told to try again; so it may come twice, after a crash for instance, and never not at all. Answers of vacation
//! go out after the record that remembers them is durable: they may be lost in a crash, and never come twice. A script that
//! fails, or takes too long, puts the message into the Inbox.

mod accept;
mod claim;
mod dispatch;
mod plan;
mod told;
mod world;

pub(crate) use plan::{Plan, Subject};

use lru::LruCache;
use mailbox::{ActiveScript, Mailbox, Staged, Store};
use parking_lot::Mutex;
use sieve::{Engine, Outcome, Script};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Scripts that run at once; the others wait.
const RUNS_MAX: usize = 4;
/// Compiled scripts kept.
const COMPILED_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);
/// A script that takes longer is left out for a while: it costs everybody.
const RUN_TIME_MAX: Duration = Duration::from_secs(2);
const LEFT_OUT: Duration = Duration::from_secs(600);
/// Accounts whose script is left out.
const SLOW_MAX: usize = 10_000;

/// Runs the scripts of all accounts. Cheap to clone; the daemon has one.
#[derive(Clone)]
pub struct Filters(Arc<Inner>);

/// The version that it was compiled from, and what came of it.
type Compiled = (u64, Result<Script, String>);

struct Inner {
    engine: Engine,
    runs: Semaphore,
    /// By account.
    compiled: Mutex<LruCache<String, Compiled>>,
    slow: Mutex<HashMap<String, Instant>>,
    claims: claim::Claims,
}

impl Filters {
    /// `hostname`: in the Message-ID of what scripts send.
    pub fn new(hostname: &str) -> Filters {
        Filters(Arc::new(Inner {
            engine: Engine::new(hostname),
            runs: Semaphore::new(RUNS_MAX),
            compiled: Mutex::new(LruCache::new(COMPILED_MAX)),
            slow: Mutex::default(),
            claims: claim::Claims::default(),
        }))
    }

    /// What an account's script wants. Whatever goes wrong, it is something that loses nothing.
    pub(crate) async fn plan(&self, store: &Store, staged: &Staged, subject: Subject, active: ActiveScript) -> Plan {
        let in_inbox = |subject: &Subject, why: &str| Plan::failed(subject, why.to_owned());
        let Ok(_permit) = self.0.runs.acquire().await else { return in_inbox(&subject, "the server is stopping") };
        let (filters, store, staged) = (self.clone(), store.clone(), staged.clone());
        let spare = subject.clone();
        let run = move || filters.plan_blocking(&store, &staged, &subject, &active);
        match tokio::task::spawn_blocking(run).await {
            Ok(plan) => plan,
            Err(error) => {
                tracing::error!(account = %spare.owner, %error, "a script broke its interpreter");
                in_inbox(&spare, "the script can't be run")
            }
        }
    }

    /// What the script of an absence says (`away`). It decides about nothing else, and what goes wrong costs only the answer.
    pub(crate) async fn answer_away(&self, store: &Store, staged: &Staged, subject: Subject, text: Arc<str>) -> Plan {
        let Ok(_permit) = self.0.runs.acquire().await else { return Plan::default() };
        let (filters, store, staged) = (self.clone(), store.clone(), staged.clone());
        let run = move || filters.away_blocking(&store, &staged, &subject, &text);
        tokio::task::spawn_blocking(run).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the script of an absence broke its interpreter");
            Plan::default()
        })
    }

    fn away_blocking(&self, store: &Store, staged: &Staged, subject: &Subject, text: &str) -> Plan {
        let failed = |error: String| {
            tracing::warn!(account = %subject.owner, %error, "nobody was told of an absence");
            Plan::default()
        };
        let script = match self.0.engine.compile(text.as_bytes()) {
            Ok(script) => script,
            Err(error) => return failed(error.to_string()),
        };
        let mailbox = match crate::deliver::open(store, &subject.local.account, subject.local.quota_bytes) {
            Ok(handle) => handle.mailbox().clone(),
            Err(error) => return failed(error.to_string()),
        };
        let mut claims = Vec::new();
        let outcome = self.execute(&mailbox, staged, subject, &script, &mut claims);
        match outcome.error {
            Some(error) => failed(error),
            None => Plan { _claims: claims, ..plan::make(store, &mailbox, staged, subject, outcome) },
        }
    }

    fn plan_blocking(&self, store: &Store, staged: &Staged, subject: &Subject, active: &ActiveScript) -> Plan {
        if self.is_left_out(&subject.local.account) {
            return Plan::failed(subject, "the script took too long lately, and is left out for some minutes".into());
        }
        let mailbox = match crate::deliver::open(store, &subject.local.account, subject.local.quota_bytes) {
            Ok(handle) => handle.mailbox().clone(),
            Err(error) => return Plan::failed(subject, error.to_string()),
        };
        let began = Instant::now();
        let mut claims = Vec::new();
        let outcome = self.run(&mailbox, staged, subject, active, &mut claims);
        let took = began.elapsed();
        if took > RUN_TIME_MAX {
            tracing::warn!(account = %subject.owner, ms = took.as_millis() as u64, "a slow script is left out for a while");
            self.leave_out(&subject.local.account);
        }
        Plan { _claims: claims, ..plan::make(store, &mailbox, staged, subject, outcome) }
    }

    fn run(
        &self,
        mailbox: &Mailbox,
        staged: &Staged,
        subject: &Subject,
        active: &ActiveScript,
        claims: &mut Vec<claim::Claim>,
    ) -> Outcome {
        match self.script(mailbox, subject, active) {
            Ok(script) => self.execute(mailbox, staged, subject, &script, claims),
            Err(error) => Outcome::failed(error),
        }
    }

    fn execute(
        &self,
        mailbox: &Mailbox,
        staged: &Staged,
        subject: &Subject,
        script: &Script,
        claims: &mut Vec<claim::Claim>,
    ) -> Outcome {
        let mail = sieve::Mail {
            raw: &staged.content,
            from: &subject.from,
            to: &subject.to,
            owner: &subject.owner,
            owner_name: &subject.owner_name,
        };
        let (engine, account, all) = (&self.0.engine, &subject.local.account, &self.0.claims);
        let mut world = world::Real { mailbox, engine, account, all, claims, failure: None };
        let outcome = self.0.engine.run(script, &mail, &mut world);
        world.failure.map_or(outcome, Outcome::failed)
    }

    fn script(&self, mailbox: &Mailbox, subject: &Subject, active: &ActiveScript) -> Result<Script, String> {
        let account = &subject.local.account;
        if let Some((version, compiled)) = self.0.compiled.lock().get(account)
            && *version == active.version
        {
            return compiled.clone();
        }
        let text = mailbox.script(&active.name).map_err(|error| error.to_string())?;
        let compiled = self.0.engine.compile(&text).map_err(|error| error.to_string());
        if compiled.as_ref().is_ok_and(|script| script.is_costly) {
            return compiled;
        }
        self.0.compiled.lock().put(account.clone(), (active.version, compiled.clone()));
        compiled
    }

    fn is_left_out(&self, account: &str) -> bool {
        let mut slow = self.0.slow.lock();
        slow.retain(|_, since| since.elapsed() < LEFT_OUT);
        slow.contains_key(account)
    }

    fn leave_out(&self, account: &str) {
        let mut slow = self.0.slow.lock();
        if slow.len() < SLOW_MAX {
            slow.insert(account.to_owned(), Instant::now());
        }
    }
}

impl std::fmt::Debug for Filters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Filters")
    }
}
