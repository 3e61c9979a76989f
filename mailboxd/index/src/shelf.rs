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
/// What a crash may leave of a removal and of a rebuild; the next start clears it away.
const REMOVED: &str = ".removed";
const NEW: &str = ".new";

pub(crate) struct Shelf {
    dir: PathBuf,
    writers_max: usize,
    /// By mailbox number, modulo: only who holds the turn changes a mailbox's directory.
    turns: [Mutex<()>; TURNS],
    state: Mutex<State>,
}

struct State {
    open: LruCache<MailboxId, Used>,
    /// Least recently used first.
    writers: Vec<(MailboxId, Instant)>,
    applied: HashMap<MailboxId, ModSeq>,
    /// Why an index had to be discarded; until somebody asks.
    damage: HashMap<MailboxId, String>,
}

struct Used {
    opened: Arc<Opened>,
    last: Instant,
}

impl State {
    /// Closes up to `count` indexes that were not used for `idle`, those first that were not for longest. Only what nobody
    /// uses may go, and no writer: a second one would be locked out of the directory. The caller drops them, without the lock.
    fn close(&mut self, idle: Duration, count: usize) -> Vec<Used> {
        let is_idle = |(id, used): &(&MailboxId, &Used)| {
            Arc::strong_count(&used.opened) == 1
                && used.last.elapsed() >= idle
                && !self.writers.iter().any(|(writer, _)| writer == *id)
        };
        let victims: Vec<MailboxId> = self.open.iter().rev().filter(is_idle).take(count).map(|(id, _)| *id).collect();
        victims.iter().filter_map(|victim| self.open.pop(victim)).collect()
    }
}

impl Shelf {
    pub fn open(dir: &Path, writers_max: usize) -> Result<Shelf> {
        std::fs::create_dir_all(dir)
            .and_then(|()| clear(dir))
            .map_err(|source| Error::Index { path: dir.to_owned(), what: source.to_string() })?;
        Ok(Shelf {
            dir: dir.to_owned(),
            writers_max: writers_max.max(1),
            turns: [const { Mutex::new(()) }; TURNS],
            state: Mutex::new(State {
                open: LruCache::unbounded(),
                writers: Vec::new(),
                applied: HashMap::new(),
                damage: HashMap::new(),
            }),
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
            Err(Fault::Outdated(what)) => {
                tracing::info!(%mailbox, what, "the search index was made by other rules and is built anew");
                self.remove(mailbox).map_err(|source| self.error(mailbox, source.to_string()))?;
                Ok(None)
            }
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
            Err(fault) => Err(self.error(mailbox, fault.to_string())),
        }
    }

    fn on_shelf(&self, mailbox: MailboxId) -> Option<Arc<Opened>> {
        let mut state = self.state.lock();
        let used = state.open.get_mut(&mailbox)?;
        used.last = Instant::now();
        Some(used.opened.clone())
    }

    fn put(&self, mailbox: MailboxId, opened: Opened) -> Arc<Opened> {
        let opened = Arc::new(opened);
        let closed = {
            let mut state = self.state.lock();
            state.applied.entry(mailbox).or_insert(opened.committed);
            state.open.put(mailbox, Used { opened: opened.clone(), last: Instant::now() });
            let excess = state.open.len().saturating_sub(OPEN_MAX);
            state.close(Duration::ZERO, excess)
        };
        drop(closed);
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
            state.open.peek(&victim).map(|used| used.opened.clone())
        };
        if let Some(victim) = victim {
            victim.release_writer();
        }
    }

    pub fn release_idle(&self, writers: Duration, indexes: Duration) {
        let victims: Vec<Arc<Opened>> = {
            let mut state = self.state.lock();
            let state = &mut *state;
            let (gone, kept) = state.writers.drain(..).partition(|(_, used)| used.elapsed() >= writers);
            state.writers = kept;
            let gone: Vec<(MailboxId, Instant)> = gone;
            gone.iter().filter_map(|(id, _)| state.open.peek(id).map(|used| used.opened.clone())).collect()
        };
        for victim in victims {
            victim.release_writer();
        }
        let closed = self.state.lock().close(indexes, usize::MAX);
        drop(closed);
    }

    pub fn open_count(&self) -> usize {
        self.state.lock().open.len()
    }

    /// The index with no writer and no merge under way; nobody but the caller, who holds the turn, can start one.
    pub fn quiet(&self, mailbox: MailboxId) -> Result<Option<Arc<Opened>>> {
        let opened = self.opened_in_turn(mailbox)?;
        if let Some(opened) = &opened {
            self.state.lock().writers.retain(|(id, _)| *id != mailbox);
            opened.release_writer();
        }
        Ok(opened)
    }

    pub fn take_damage(&self, mailbox: MailboxId) -> Option<String> {
        self.state.lock().damage.remove(&mailbox)
    }

    /// Removes an index that can't be used. The caller holds the turn. Nothing happens if `found` was replaced meanwhile.
    pub fn discard(&self, mailbox: MailboxId, found: Option<&Arc<Opened>>, what: &str) {
        let current = self.state.lock().open.peek(&mailbox).map(|used| used.opened.clone());
        if let (Some(found), Some(current)) = (found, &current)
            && !Arc::ptr_eq(found, current)
        {
            return;
        }
        self.state.lock().damage.insert(mailbox, what.to_owned());
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
        if let Some(used) = opened {
            used.opened.drop_writer();
        }
        let (path, aside) = (self.path(mailbox), self.aside(mailbox));
        // Out of the way in one step, so that a crash leaves no half of an index.
        let _ = std::fs::remove_dir_all(&aside);
        match std::fs::rename(&path, &aside) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(source),
            Ok(()) => std::fs::remove_dir_all(&aside),
        }
    }

    /// Puts the whole index at `new` in the place of the mailbox's. Who searches sees the one or the other. The caller holds
    /// the turn.
    pub fn replace(&self, mailbox: MailboxId, new: &Path, applied: ModSeq) -> std::result::Result<(), Fault> {
        if let Ok(Some(old)) = self.quiet(mailbox) {
            // Searches go on in it; its files are open.
            old.drop_writer();
        }
        let (path, aside) = (self.path(mailbox), self.aside(mailbox));
        let _ = std::fs::remove_dir_all(&aside);
        match std::fs::rename(&path, &aside) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(source.into()),
            _ => std::fs::rename(new, &path)?,
        }
        let opened = Opened::open(&path)?.ok_or_else(|| Fault::Damaged("is not there".to_owned()))?;
        self.put(mailbox, opened);
        self.set_applied(mailbox, applied);
        let _ = std::fs::remove_dir_all(&aside);
        Ok(())
    }

    fn path(&self, mailbox: MailboxId) -> PathBuf {
        self.dir.join(mailbox.to_string())
    }

    fn aside(&self, mailbox: MailboxId) -> PathBuf {
        self.dir.join(format!("{mailbox}{REMOVED}"))
    }

    /// Where a new index is built while the old one is in use.
    pub fn beside(&self, mailbox: MailboxId) -> PathBuf {
        self.dir.join(format!("{mailbox}{NEW}"))
    }

    pub fn error(&self, mailbox: MailboxId, what: String) -> Error {
        Error::Index { path: self.path(mailbox), what }
    }
}

fn clear(dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.ends_with(REMOVED) || name.ends_with(NEW)) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
