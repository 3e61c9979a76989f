// SPDX-License-Identifier: AGPL-3.0-or-later
//! Sieve at delivery: for each recipient whose account has an active script or rules, what becomes of the message.
//!
//! A message is lost at no moment. What is redirected was taken by whoever delivers it before the sender is answered, else
//! the sender is told to try again; so it may come twice, after a crash for instance, and never not at all. Answers of vacation
//! go out after the record that remembers them is durable: they may be lost in a crash, and never come twice. A script that
//! fails, or takes too long, puts the message into the Inbox.

mod accept;
mod claim;
mod dispatch;
mod plan;
mod rules;
mod told;
mod world;

pub(crate) use plan::{Plan, Subject};
pub use rules::Rules;
use rules::{Stage, Text};

use lru::LruCache;
use mailbox::{ActiveScript, Mailbox, Staged, Store};
use parking_lot::Mutex;
use sieve::{Chain, Engine, Outcome, Script};
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
/// Scripts that are left out.
const SLOW_MAX: usize = 10_000;

/// Runs the scripts of all accounts. Cheap to clone; the daemon has one.
#[derive(Clone)]
pub struct Filters(Arc<Inner>);

/// The version that it was compiled from, and what came of it.
type Compiled = (u64, Result<Script, String>);

struct Inner {
    engine: Engine,
    runs: Semaphore,
    /// By account and which of its scripts.
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

    /// What an account's script wants, and those of administrators around it. Whatever goes wrong, it is something that loses nothing.
    pub(crate) async fn plan(
        &self,
        store: &Store,
        staged: &Staged,
        subject: Subject,
        active: Option<ActiveScript>,
    ) -> Plan {
        let in_inbox = |subject: &Subject, why: &str| Plan::failed(subject, why.to_owned());
        let Ok(_permit) = self.0.runs.acquire().await else { return in_inbox(&subject, "the server is stopping") };
        let (filters, store, staged) = (self.clone(), store.clone(), staged.clone());
        let spare = subject.clone();
        let run = move || filters.plan_blocking(&store, &staged, &subject, active.as_ref());
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
        let (outcome, mut chain) = self.execute(&mailbox, staged, subject, &[script], &mut claims);
        match outcome.error.clone().or_else(|| chain.failures.pop().map(|failure| failure.error)) {
            Some(error) => failed(error),
            None => Plan { _claims: claims, ..plan::make(store, &mailbox, staged, subject, outcome) },
        }
    }

    fn plan_blocking(&self, store: &Store, staged: &Staged, subject: &Subject, active: Option<&ActiveScript>) -> Plan {
        let mailbox = match crate::deliver::open(store, &subject.local.account, subject.local.quota_bytes) {
            Ok(handle) => handle.mailbox().clone(),
            Err(error) => return Plan::failed(subject, error.to_string()),
        };
        let mut error = None;
        let mut failed = |stage: &Stage<'_>, why: String| match stage.is_owners {
            true => error = Some(why),
            // The owner can't mend it; who can reads the log.
            false => {
                tracing::error!(account = %subject.owner, script = stage.name, error = %why, "a script of an administrator fails")
            }
        };
        let (mut stages, mut scripts) = (Vec::new(), Vec::new());
        for stage in rules::stages(subject, active) {
            match self.script(&mailbox, &subject.local.account, &stage) {
                Ok(script) => {
                    stages.push(stage);
                    scripts.push(script);
                }
                Err(why) => failed(&stage, why),
            }
        }
        let mut claims = Vec::new();
        let (mut outcome, chain) = self.execute(&mailbox, staged, subject, &scripts, &mut claims);
        for failure in chain.failures {
            failed(&stages[failure.script], failure.error);
        }
        for (stage, took) in stages.iter().zip(chain.took).filter(|(_, took)| *took > RUN_TIME_MAX) {
            let ms = took.as_millis() as u64;
            tracing::warn!(account = %subject.owner, script = stage.name, ms, "a slow script is left out for a while");
            self.leave_out(&stage.key(&subject.local.account));
        }
        outcome.error = outcome.error.or(error);
        Plan { _claims: claims, ..plan::make(store, &mailbox, staged, subject, outcome) }
    }

    /// Blocking. What all of them want; when the store fails, that counts for nothing.
    fn execute(
        &self,
        mailbox: &Mailbox,
        staged: &Staged,
        subject: &Subject,
        scripts: &[Script],
        claims: &mut Vec<claim::Claim>,
    ) -> (Outcome, Chain) {
        let mail = sieve::Mail {
            raw: &staged.content,
            from: &subject.from,
            to: &subject.to,
            owner: &subject.owner,
            owner_name: &subject.owner_name,
        };
        let (engine, account, all) = (&self.0.engine, &subject.local.account, &self.0.claims);
        let mut world = world::Real { mailbox, engine, account, all, claims, failure: None };
        let mut chain = self.0.engine.run_all(scripts, &mail, &mut world);
        let outcome = std::mem::take(&mut chain.outcome);
        (world.failure.map_or(outcome, Outcome::failed), chain)
    }

    fn script(&self, mailbox: &Mailbox, account: &str, stage: &Stage<'_>) -> Result<Script, String> {
        let key = stage.key(account);
        if self.is_left_out(&key) {
            return Err("the script took too long lately, and is left out for some minutes".into());
        }
        let version = stage.version();
        if let Some((known, compiled)) = self.0.compiled.lock().get(&key)
            && *known == version
        {
            return compiled.clone();
        }
        let engine = &self.0.engine;
        let compiled = match &stage.text {
            Text::Active(active) => {
                let text = mailbox.script(&active.name).map_err(|error| error.to_string())?;
                engine.compile(&text).map_err(|error| error.to_string())
            }
            Text::Zimbra(text, dialect) => engine.compile_zimbra(text, dialect).map_err(|error| error.to_string()),
        };
        if compiled.as_ref().is_ok_and(|script| script.is_costly) {
            return compiled;
        }
        self.0.compiled.lock().put(key, (version, compiled.clone()));
        compiled
    }

    fn is_left_out(&self, key: &str) -> bool {
        let mut slow = self.0.slow.lock();
        slow.retain(|_, since| since.elapsed() < LEFT_OUT);
        slow.contains_key(key)
    }

    fn leave_out(&self, key: &str) {
        let mut slow = self.0.slow.lock();
        if slow.len() < SLOW_MAX {
            slow.insert(key.to_owned(), Instant::now());
        }
    }
}

impl std::fmt::Debug for Filters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Filters")
    }
}
