// SPDX-License-Identifier: AGPL-3.0-or-later
//! Notification sessions. A session reads the event stream of one mailbox and remembers, as ids only, what changed since
//! its client was last answered; what those ids look like is read from the mailbox when the answer is made. So a session
//! costs a few bytes a change, and at most `PENDING_MAX` of them: beyond that, or when the stream lagged, the session
//! dies and its client gets a new one with the whole state (a changed id tells it to drop what it knows).
//!
//! Blocks stay until the client names their number, so that a lost answer loses no notification. Sessions end by idleness,
//! by `EndSessionRequest`, or when an account opens more than its share (the one idle longest goes).

mod pending;

pub use pending::Pending;

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use mailbox::{Event, Handle, MailboxId};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

const PER_ACCOUNT_MAX: usize = 16;
const SESSIONS_MAX: usize = 50_000;
const IDLE_MAX: Duration = Duration::from_secs(30 * 60);
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Ids that one block may name.
const PENDING_MAX: usize = 5_000;
/// Blocks that a client may leave unacknowledged.
const BLOCKS_MAX: usize = 100;

pub struct Session {
    pub id: String,
    account: String,
    mailbox: MailboxId,
    inner: Mutex<Inner>,
    /// Moved to end blocked requests.
    kick: watch::Sender<u64>,
    /// One answer at a time, so that blocks leave in order.
    pub answering: tokio::sync::Mutex<()>,
}

struct Inner {
    events: broadcast::Receiver<Arc<Event>>,
    pending: Pending,
    blocks: VecDeque<(u64, Element)>,
    next: u64,
    fresh: bool,
    lost: bool,
    used: Instant,
}

/// What the next answer has to say.
pub enum Due {
    /// Start again with the whole state.
    Lost,
    Refresh,
    Block(u64, Pending),
    Nothing,
}

impl Session {
    fn new(account: &str, handle: &Handle) -> Arc<Session> {
        let inner = Inner {
            events: handle.subscribe(),
            pending: Pending::default(),
            blocks: VecDeque::new(),
            next: 1,
            fresh: true,
            lost: false,
            used: Instant::now(),
        };
        Arc::new(Session {
            id: uuid::Uuid::new_v4().simple().to_string(),
            account: account.to_owned(),
            mailbox: handle.id(),
            inner: Mutex::new(inner),
            kick: watch::Sender::new(0),
            answering: tokio::sync::Mutex::default(),
        })
    }

    /// Takes what is to be told.
    pub fn due(&self) -> Due {
        let mut inner = self.inner.lock();
        inner.used = Instant::now();
        inner.drain();
        if inner.lost {
            return Due::Lost;
        }
        if std::mem::take(&mut inner.fresh) {
            inner.pending = Pending::default();
            return Due::Refresh;
        }
        if inner.pending.is_empty() {
            return Due::Nothing;
        }
        let number = inner.next;
        inner.next += 1;
        Due::Block(number, std::mem::take(&mut inner.pending))
    }

    pub fn keep(&self, number: u64, block: Element) {
        let mut inner = self.inner.lock();
        inner.blocks.push_back((number, block));
        inner.lost |= inner.blocks.len() > BLOCKS_MAX;
    }

    pub fn blocks(&self) -> Vec<Element> {
        self.inner.lock().blocks.iter().map(|(_, block)| block.clone()).collect()
    }

    fn acknowledge(&self, seen: Option<u64>) {
        let mut inner = self.inner.lock();
        inner.used = Instant::now();
        match seen {
            Some(seen) => inner.blocks.retain(|(number, _)| *number > seen),
            None => inner.blocks.clear(),
        }
    }

    fn has_news(&self) -> bool {
        let mut inner = self.inner.lock();
        inner.drain();
        inner.lost || inner.fresh || !inner.pending.is_empty() || !inner.blocks.is_empty()
    }

    fn end_blocked(&self) {
        self.kick.send_modify(|generation| *generation += 1);
    }

    /// Waits for a change, at most `timeout`. With `only`, an earlier waiter of this session goes first.
    pub async fn wait(&self, handle: &Handle, timeout: Duration, only: bool) {
        // Subscribed before looking, so that nothing falls between.
        let mut events = handle.subscribe();
        if only {
            self.end_blocked();
        }
        let mut kicked = self.kick.subscribe();
        if self.has_news() {
            return;
        }
        tokio::select! {
            _ = events.recv() => {}
            _ = kicked.changed() => {}
            () = tokio::time::sleep(timeout) => {}
        }
    }
}

impl Inner {
    fn drain(&mut self) {
        loop {
            match self.events.try_recv() {
                Ok(event) if !self.lost => {
                    self.pending.add(&event);
                    self.lost = self.pending.len() > PENDING_MAX;
                }
                Ok(_) => {}
                Err(broadcast::error::TryRecvError::Lagged(_)) => self.lost = true,
                Err(_) => break,
            }
        }
        if self.lost {
            self.pending = Pending::default();
            self.blocks.clear();
        }
    }
}

#[derive(Default)]
pub struct Sessions {
    map: Mutex<HashMap<String, Arc<Session>>>,
    swept: Mutex<Option<Instant>>,
    closed: AtomicBool,
}

impl Sessions {
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.map.lock().values().for_each(|session| session.end_blocked());
    }

    fn find(&self, id: &str, account: &str, mailbox: MailboxId) -> Option<Arc<Session>> {
        let session = self.map.lock().get(id).cloned()?;
        (session.account == account && session.mailbox == mailbox).then_some(session)
    }

    pub fn create(&self, account: &str, handle: &Handle) -> Arc<Session> {
        self.sweep();
        let session = Session::new(account, handle);
        let mut map = self.map.lock();
        let mut own: Vec<(Instant, String)> = map
            .values()
            .filter(|session| session.account == account)
            .map(|session| (session.inner.lock().used, session.id.clone()))
            .collect();
        own.sort();
        let surplus = (own.len() + 1).saturating_sub(PER_ACCOUNT_MAX);
        for (_, id) in own.into_iter().take(surplus) {
            drop_session(&mut map, &id);
        }
        if map.len() >= SESSIONS_MAX {
            let oldest = map.values().min_by_key(|session| session.inner.lock().used).map(|s| s.id.clone());
            oldest.into_iter().for_each(|id| drop_session(&mut map, &id));
        }
        map.insert(session.id.clone(), session.clone());
        tokio::spawn(pump(Arc::downgrade(&session), handle.subscribe(), session.kick.subscribe()));
        session
    }

    /// Account and id of each.
    pub fn all(&self) -> Vec<(String, String)> {
        let map = self.map.lock();
        let mut all: Vec<_> = map.values().map(|session| (session.account.clone(), session.id.clone())).collect();
        drop(map);
        all.sort();
        all
    }

    /// Ends one session of the account, or all of them but `except`.
    pub fn end(&self, account: &str, id: Option<&str>, except: Option<&str>) {
        let mut map = self.map.lock();
        let ids: Vec<String> = map
            .values()
            .filter(|session| session.account == account && id.is_none_or(|id| id == session.id))
            .filter(|session| except != Some(session.id.as_str()))
            .map(|session| session.id.clone())
            .collect();
        ids.iter().for_each(|id| drop_session(&mut map, id));
    }

    fn sweep(&self) {
        let mut swept = self.swept.lock();
        if swept.is_some_and(|at| at.elapsed() < SWEEP_EVERY) {
            return;
        }
        *swept = Some(Instant::now());
        self.map.lock().retain(|_, session| session.inner.lock().used.elapsed() < IDLE_MAX);
    }
}

/// Empties the session's stream as it fills, so that a burst between two requests does not make it lag. Ends with it.
async fn pump(session: Weak<Session>, mut events: broadcast::Receiver<Arc<Event>>, mut alive: watch::Receiver<u64>) {
    loop {
        tokio::select! {
            event = events.recv() => {
                if matches!(event, Err(broadcast::error::RecvError::Closed)) {
                    return;
                }
            }
            changed = alive.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
        match session.upgrade() {
            Some(session) => session.inner.lock().drain(),
            None => return,
        }
    }
}

fn drop_session(map: &mut HashMap<String, Arc<Session>>, id: &str) {
    if let Some(session) = map.remove(id) {
        session.end_blocked();
    }
}

/// Finds or makes the session that the request's context asks for.
pub async fn join(context: &Context) -> Result<()> {
    let Some(wanted) = &context.notify.session else { return Ok(()) };
    let Ok(auth) = context.auth() else { return Ok(()) };
    // A visitor is told nothing unasked.
    if !context.owns_target()? {
        return Ok(());
    }
    let handle = context.open().await?;
    let sessions = &context.state.sessions;
    let session = match sessions.find(wanted, &auth.account.id, handle.id()) {
        Some(session) => {
            session.acknowledge(context.notify.seen);
            session
        }
        None => sessions.create(&auth.account.id, &handle),
    };
    *context.session.lock() = Some(session);
    Ok(())
}
