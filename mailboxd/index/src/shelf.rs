// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which indexes are open and which of them hold a writer. A thousand idle mailboxes cost a change number each.

use crate::opened::{Fault, Opened};
use crate::{Error, Result};
use ids::{MailboxId, ModSeq};
use lru::LruCache;
use parking_lot::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Open indexes: each has some dozens of mapped files; the kernel allows 65,530 maps a process.
const OPEN_MAX: usize = 128;
const TURNS: usize = 64;

pub(crate) struct Shelf {
    dir: PathBuf,
    writers_max: usize,
    /// By mailbox number, modulo: only who holds the turn changes a mailbox's directory.
    turns: [Mutex<()>; TURNS],
    state: Mutex<State>,
}

struct State {
    open: LruCache<MailboxId, Arc<Opened>>,
    /// Least recently used first.
    writers: Vec<(MailboxId, Instant)>,
    applied: HashMap<MailboxId, ModSeq>,
}

impl Shelf {
    pub fn open(dir: &Path, writers_max: usize) -> Result<Shelf> {
        std::fs::create_dir_all(dir)
            .map_err(|source| Error::Index { path: dir.to_owned(), what: source.to_string() })?;
        Ok(Shelf {
            dir: dir.to_owned(),
            writers_max: writers_max.max(1),
            turns: [const { Mutex::new(()) }; TURNS],
            state: Mutex::new(State { open: LruCache::unbounded(), writers: Vec::new(), applied: HashMap::new() }),
        })
    }

    pub fn turn(&self, mailbox: MailboxId) -> MutexGuard<'_, ()> {
        self.turns[mailbox.0 as usize % TURNS].lock()
    }

    pub fn applied(&self, mailbox: MailboxId) -> Option<ModSeq> {
        self.state.lock().applied.get(&mailbox).copied()
    }

    pub fn set_applied(&self, mailbox: MailboxId, applied: ModSeq) {
        self.state.lock().applied.insert(mailbox, applied);
    }

    /// `None` if the mailbox has no index yet.
    pub fn opened(&self, mailbox: MailboxId) -> Result<Option<Arc<Opened>>> {
        if let Some(opened) = self.on_shelf(mailbox) {
            return Ok(Some(opened));
        }
        let _turn = self.turn(mailbox);
        self.opened_in_turn(mailbox)
    }

    pub fn opened_in_turn(&self, mailbox: MailboxId) -> Result<Option<Arc<Opened>>> {
        if let Some(opened) = self.on_shelf(mailbox) {
            return Ok(Some(opened));
        }
        match Opened::open(&self.path(mailbox)) {
            Ok(None) => {
                self.state.lock().applied.entry(mailbox).or_default();
                Ok(None)
            }
            Ok(Some(opened)) => Ok(Some(self.put(mailbox, opened))),
            Err(Fault::Damaged(what)) => {
                self.discard(mailbox, None, &what);
                Ok(None)
            }
            Err(Fault::Failed(what)) => Err(self.error(mailbox, what)),
        }
    }

    /// The caller holds the turn.
    pub fn opened_or_new(&self, mailbox: MailboxId) -> Result<Arc<Opened>> {
        if let Some(opened) = self.opened_in_turn(mailbox)? {
            return Ok(opened);
        }
        match Opened::create(&self.path(mailbox)) {
            Ok(opened) => Ok(self.put(mailbox, opened)),
            Err(Fault::Damaged(what) | Fault::Failed(what)) => Err(self.error(mailbox, what)),
        }
    }

    fn on_shelf(&self, mailbox: MailboxId) -> Option<Arc<Opened>> {
        self.state.lock().open.get(&mailbox).cloned()
    }

    fn put(&self, mailbox: MailboxId, opened: Opened) -> Arc<Opened> {
        let opened = Arc::new(opened);
        let mut closed = Vec::new();
        let mut state = self.state.lock();
        let state = &mut *state;
        state.applied.entry(mailbox).or_insert(opened.committed);
        state.open.put(mailbox, opened.clone());
        // Only what nobody uses may go, and no writer: a second one would be locked out of the directory.
        let excess = state.open.len().saturating_sub(OPEN_MAX);
        let idle = |(id, opened): &(&MailboxId, &Arc<Opened>)| {
            Arc::strong_count(opened) == 1 && !state.writers.iter().any(|(writer, _)| writer == *id)
        };
        let victims: Vec<MailboxId> = state.open.iter().rev().filter(idle).take(excess).map(|(id, _)| *id).collect();
        for victim in victims {
            closed.extend(state.open.pop(&victim));
        }
        opened
    }

    /// Notes that the mailbox's writer was used; lets the one go that was not for longest, if they are too many.
    pub fn wrote(&self, mailbox: MailboxId) {
        let victim = {
            let mut state = self.state.lock();
            state.writers.retain(|(id, _)| *id != mailbox);
            state.writers.push((mailbox, Instant::now()));
            if state.writers.len() <= self.writers_max {
                return;
            }
            let (victim, _) = state.writers.remove(0);
            state.open.peek(&victim).cloned()
        };
        if let Some(victim) = victim {
            victim.release_writer();
        }
    }

    pub fn release_idle(&self, idle: Duration) {
        let victims: Vec<Arc<Opened>> = {
            let mut state = self.state.lock();
            let state = &mut *state;
            let (gone, kept) = state.writers.drain(..).partition(|(_, used)| used.elapsed() >= idle);
            state.writers = kept;
            let gone: Vec<(MailboxId, Instant)> = gone;
            gone.iter().filter_map(|(id, _)| state.open.peek(id).cloned()).collect()
        };
        for victim in victims {
            victim.release_writer();
        }
    }

    /// Removes an index that can't be used. The caller holds the turn. Nothing happens if `found` was replaced meanwhile.
    pub fn discard(&self, mailbox: MailboxId, found: Option<&Arc<Opened>>, what: &str) {
        let current = self.state.lock().open.peek(&mailbox).cloned();
        if let (Some(found), Some(current)) = (found, &current)
            && !Arc::ptr_eq(found, current)
        {
            return;
        }
        tracing::warn!(%mailbox, path = %self.path(mailbox).display(), what, "the search index is unusable and is built anew");
        if let Err(source) = self.remove(mailbox) {
            tracing::error!(%mailbox, %source, "the unusable search index can't be removed");
        }
    }

    /// The caller holds the turn.
    pub fn remove(&self, mailbox: MailboxId) -> std::io::Result<()> {
        let opened = {
            let mut state = self.state.lock();
            state.writers.retain(|(id, _)| *id != mailbox);
            state.applied.insert(mailbox, ModSeq(0));
            state.open.pop(&mailbox)
        };
        if let Some(opened) = opened {
            opened.drop_writer();
        }
        let (path, aside) = (self.path(mailbox), self.dir.join(format!("{mailbox}.removed")));
        // Out of the way in one step, so that a crash leaves no half of an index.
        let _ = std::fs::remove_dir_all(&aside);
        match std::fs::rename(&path, &aside) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(source),
            Ok(()) => std::fs::remove_dir_all(&aside),
        }
    }

    fn path(&self, mailbox: MailboxId) -> PathBuf {
        self.dir.join(mailbox.to_string())
    }

    pub fn error(&self, mailbox: MailboxId, what: String) -> Error {
        Error::Index { path: self.path(mailbox), what }
    }
}
