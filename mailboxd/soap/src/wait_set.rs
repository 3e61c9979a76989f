// SPDX-License-Identifier: AGPL-3.0-or-later
//! Wait sets: one request that is answered when something changes in one of several mailboxes. Between two waits a set goes on
//! listening, so nothing falls between them; an answer that was lost is given again.

use mailbox::{Change, Event, Handle, Kind};
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

const PER_ACCOUNT_MAX: usize = 20;
const SETS_MAX: usize = 5_000;
pub const MEMBERS_MAX: usize = 5_000;
const IDLE_MAX: Duration = Duration::from_secs(20 * 60);

/// Kinds of things whose changes are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interests(u8);

const LETTERS: [(char, u8); 6] = [('f', 1), ('m', 2), ('c', 4), ('a', 8), ('t', 16), ('d', 32)];

impl Interests {
    /// "m,c", "all"; `None` if it is neither.
    pub fn parse(text: &str) -> Option<Interests> {
        let mut bits = 0;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "all" {
                bits = u8::MAX >> 2;
                continue;
            }
            let mut letters = part.chars();
            let letter = letters.next().filter(|_| letters.as_str().is_empty())?;
            bits |= LETTERS.iter().find(|(known, _)| *known == letter)?.1;
        }
        (bits != 0).then_some(Interests(bits))
    }

    pub fn show(self) -> String {
        let letters = LETTERS.iter().filter(|(_, bit)| self.0 & bit != 0).map(|(letter, _)| letter.to_string());
        letters.collect::<Vec<_>>().join(",")
    }

    fn meets(self, event: &Event) -> bool {
        event.changes.iter().any(|change| {
            let kind = match change {
                Change::Created(item) => item.kind,
                // Every message changes the counters of its folder.
                Change::Modified { item, what, .. } if item.kind.is_container() => {
                    if !(what.name || what.folder || what.content || what.flags || what.color || what.grants) {
                        return false;
                    }
                    item.kind
                }
                Change::Modified { item, .. } => item.kind,
                Change::Removed { kind, .. } => *kind,
            };
            let bit = match kind {
                Kind::Message => 2,
                Kind::Contact => 4,
                Kind::Document => 32,
                _ => 1,
            };
            self.0 & bit != 0
        })
    }
}

struct Member {
    interests: Interests,
    listener: JoinHandle<()>,
}

struct Inner {
    members: HashMap<String, Member>,
    /// Not told yet.
    changed: BTreeSet<String>,
    /// Told under `seq`, and not acknowledged.
    told: BTreeSet<String>,
    seq: u64,
    used: Instant,
}

pub struct WaitSet {
    pub id: String,
    pub owner: String,
    pub interests: Interests,
    /// Made by an administrator: may hold anybody's mailbox.
    pub is_admin: bool,
    inner: Mutex<Inner>,
    news: watch::Sender<u64>,
    waiters: watch::Sender<u64>,
}

/// How a wait ended.
pub enum Outcome {
    Changed {
        seq: u64,
        accounts: Vec<String>,
    },
    /// A later wait on the same set came.
    Canceled,
}

impl WaitSet {
    /// Starts listening to a mailbox, or changes what is listened for; false: it was there.
    pub fn add(self: &Arc<Self>, account: &str, handle: &Handle, interests: Interests, changed: bool) -> bool {
        let events = handle.subscribe();
        let mut inner = self.inner.lock();
        let known = inner.members.remove(account);
        if let Some(known) = &known {
            known.listener.abort();
        }
        let listener = tokio::spawn(listen(Arc::downgrade(self), account.to_owned(), events));
        inner.members.insert(account.to_owned(), Member { interests, listener });
        if changed {
            inner.changed.insert(account.to_owned());
        }
        known.is_none()
    }

    pub fn has(&self, account: &str) -> bool {
        self.inner.lock().members.contains_key(account)
    }

    pub fn len(&self) -> usize {
        self.inner.lock().members.len()
    }

    pub fn remove(&self, account: &str) -> bool {
        let mut inner = self.inner.lock();
        inner.changed.remove(account);
        inner.told.remove(account);
        inner.members.remove(account).map(|member| member.listener.abort()).is_some()
    }

    fn mark(&self, account: &str, event: Option<&Event>) {
        let mut inner = self.inner.lock();
        let wanted =
            inner.members.get(account).is_some_and(|member| event.is_none_or(|event| member.interests.meets(event)));
        if wanted && inner.changed.insert(account.to_owned()) {
            drop(inner);
            self.news.send_modify(|count| *count += 1);
        }
    }

    /// `seen`: the number of the last answer that the client got. Without `timeout` it is answered at once.
    pub async fn wait(&self, seen: &str, timeout: Option<Duration>) -> Outcome {
        self.waiters.send_modify(|count| *count += 1);
        let mut waiters = self.waiters.subscribe();
        let mut news = self.news.subscribe();
        {
            let mut inner = self.inner.lock();
            inner.used = Instant::now();
            if seen == inner.seq.to_string() {
                inner.told.clear();
            } else {
                let told = std::mem::take(&mut inner.told);
                inner.changed.extend(told);
            }
        }
        let end = tokio::time::Instant::now() + timeout.unwrap_or_default();
        loop {
            {
                let mut inner = self.inner.lock();
                if !inner.changed.is_empty() || timeout.is_none() || tokio::time::Instant::now() >= end {
                    return inner.answer();
                }
            }
            tokio::select! {
                _ = news.changed() => {}
                _ = waiters.changed() => return Outcome::Canceled,
                () = tokio::time::sleep_until(end) => {}
            }
        }
    }
}

impl Inner {
    fn answer(&mut self) -> Outcome {
        self.used = Instant::now();
        if !self.changed.is_empty() {
            self.seq += 1;
            self.told = std::mem::take(&mut self.changed);
        }
        Outcome::Changed { seq: self.seq, accounts: self.told.iter().cloned().collect() }
    }
}

impl Drop for WaitSet {
    fn drop(&mut self) {
        self.inner.lock().members.values().for_each(|member| member.listener.abort());
    }
}

async fn listen(set: Weak<WaitSet>, account: String, mut events: broadcast::Receiver<Arc<Event>>) {
    loop {
        let event = match events.recv().await {
            Ok(event) => Some(event),
            // What was missed may have been anything.
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        match set.upgrade() {
            Some(set) => set.mark(&account, event.as_deref()),
            None => return,
        }
    }
}

#[derive(Default)]
pub struct WaitSets(Mutex<HashMap<String, Arc<WaitSet>>>);

impl WaitSets {
    /// The oldest of an account goes when it has too many.
    pub fn create(&self, owner: &str, is_admin: bool, interests: Interests) -> Arc<WaitSet> {
        let now = Instant::now();
        let set = Arc::new(WaitSet {
            id: format!("WaitSet-{}", uuid::Uuid::new_v4()),
            owner: owner.to_owned(),
            interests,
            is_admin,
            inner: Mutex::new(Inner {
                members: HashMap::new(),
                changed: BTreeSet::new(),
                told: BTreeSet::new(),
                seq: 0,
                used: now,
            }),
            news: watch::Sender::new(0),
            waiters: watch::Sender::new(0),
        });
        let mut sets = self.0.lock();
        sets.retain(|_, set| Arc::strong_count(set) > 1 || set.inner.lock().used.elapsed() < IDLE_MAX);
        let oldest = |sets: &HashMap<String, Arc<WaitSet>>, own: bool| {
            let all = sets.values().filter(|set| !own || set.owner == owner);
            all.min_by_key(|set| set.inner.lock().used).map(|set| set.id.clone())
        };
        let too_many = [sets.values().filter(|set| set.owner == owner).count() >= PER_ACCOUNT_MAX, false];
        for own in [too_many[0].then_some(true), (sets.len() >= SETS_MAX).then_some(false)].into_iter().flatten() {
            if let Some(id) = oldest(&sets, own) {
                sets.remove(&id);
            }
        }
        sets.insert(set.id.clone(), Arc::clone(&set));
        set
    }

    /// A set of this account; somebody else's is as good as none.
    pub fn find(&self, id: &str, owner: &str) -> Option<Arc<WaitSet>> {
        self.0.lock().get(id).filter(|set| set.owner == owner).cloned()
    }

    pub fn destroy(&self, id: &str, owner: &str) -> bool {
        let mut sets = self.0.lock();
        let found = sets.get(id).is_some_and(|set| set.owner == owner);
        if found && let Some(set) = sets.remove(id) {
            set.waiters.send_modify(|count| *count += 1);
        }
        found
    }

    /// Ends every wait, so that the daemon can stop.
    pub fn close(&self) {
        let sets = std::mem::take(&mut *self.0.lock());
        sets.values().for_each(|set| set.waiters.send_modify(|count| *count += 1));
    }
}

#[cfg(test)]
mod tests {
    use super::Interests;

    #[test]
    fn interests() {
        assert_eq!(Interests::parse("m,c").map(Interests::show).as_deref(), Some("m,c"));
        assert_eq!(Interests::parse("all").map(Interests::show).as_deref(), Some("f,m,c,a,t,d"));
        for bad in ["", "x", "mm", "m;c"] {
            assert_eq!(Interests::parse(bad), None, "{bad}");
        }
    }
}
