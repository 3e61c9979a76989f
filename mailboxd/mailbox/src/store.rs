// SPDX-License-Identifier: AGPL-3.0-or-later
//! The four stores of one server, opened together, and the mailboxes that are in use.

use crate::access::Access;
use crate::applier::Applier;
use crate::backup::Backups;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::indexer::Indexer;
use crate::live::Live;
use crate::mailbox::{Handle, Mailbox};
use crate::script::ActiveScript;
use crate::sharing::Sharing;
use crate::space::Space;
use crate::view::View;
use crate::volume::Hsm;
use crate::worker::Worker;
use blobs::{Blobs, Staging};
use fs::{Fs, RealFs};
use ids::MailboxId;
use index::Indexes;
use journal::Journal;
use metadata::Metadata;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Mailboxes kept in memory although nobody uses them.
const LIVE_IDLE_MAX: usize = 512;

/// Who asks. Made by a protocol after authentication; the domain decides what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Id of the account in the directory.
    pub account: String,
    pub is_admin: bool,
}

/// All mailboxes of this server. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    _workers: Arc<Workers>,
}

/// Threads that serve the store; they end with it.
struct Workers {
    _applier: Applier,
    _attachments: Option<crate::attachment::Reading>,
    _indexer: Worker,
    _janitor: Worker,
    _archiver: Option<Worker>,
}

pub(crate) struct Shared {
    pub config: Config,
    pub fs: Arc<dyn Fs>,
    pub journal: Journal,
    pub blobs: Blobs,
    pub metadata: Metadata,
    pub indexes: Indexes,
    pub indexer: Indexer,
    pub attachments: crate::attachment::Queue,
    pub space: Space,
    pub registry: Mutex<Registry>,
    pub sharing: Sharing,
    /// Entries in all backlogs.
    pub unapplied: AtomicU64,
    /// Records that recovery had to replay since the start.
    pub replayed: AtomicU64,
    pub applier: crate::applier::Queue,
    pub crossing: tokio::sync::Semaphore,
    /// One checkpoint or verification at a time.
    pub maintenance: Mutex<()>,
    pub backups: Backups,
    pub hsm: Hsm,
    clock: AtomicI64,
}

#[derive(Default)]
pub(crate) struct Registry {
    pub by_account: HashMap<String, MailboxId>,
    pub live: HashMap<MailboxId, Arc<Live>>,
    pub last_id: u32,
}

impl Store {
    /// Opens the stores and replays what they have not seen. Fails when another error than a torn tail is met: with a
    /// clear text, and nothing changed.
    pub fn open(config: Config) -> Result<Store> {
        Store::open_on(Arc::new(RealFs), config)
    }

    /// The same over another file system: the seam for power-cut and fault tests.
    pub fn open_on(fs: Arc<dyn Fs>, config: Config) -> Result<Store> {
        let shared = Arc::new(Shared::open(fs, config)?);
        crate::recovery::recover(&shared)?;
        shared.blobs.settle_moves()?;
        let last_id = shared.noted_last_id()?;
        shared.registry.lock().load(&shared.metadata, last_id)?;
        crate::backup::remove_unfinished(&shared)?;
        for id in shared.mailbox_ids() {
            shared.indexer.wake(id, 1);
            shared.attachments.wake(id);
        }
        let is_backed_up = shared.config.backup.is_some();
        let archiver = is_backed_up.then(|| crate::backup::start_archiver(shared.clone())).transpose()?;
        let extraction = shared.config.extraction.as_ref();
        let workers = Workers {
            _attachments: extraction.map(|by| crate::attachment::start(shared.clone(), by)).transpose()?,
            _applier: Applier::start(shared.clone())?,
            _indexer: crate::indexer::start(shared.clone())?,
            _janitor: crate::checkpoint::start_janitor(shared.clone())?,
            _archiver: archiver,
        };
        Ok(Store { shared, _workers: Arc::new(workers) })
    }

    /// The mailbox of an account; made, with its system folders, when it has none. `account` is its id in the directory.
    pub fn mailbox_of(&self, account: &str) -> Result<MailboxId> {
        if crate::deleted::is_hidden(account) {
            return Err(Error::no_such("mailbox", account));
        }
        let mut registry = self.shared.registry.lock();
        if let Some(id) = registry.by_account.get(account) {
            return Ok(*id);
        }
        if registry.by_account.contains_key(&crate::deleted::hidden(account)) {
            return Err(Error::Unavailable("the account is deleted, or is being brought back".into()));
        }
        // used up even if the record fails: a mailbox id is never reused
        let id = registry.take_id();
        let live = self.shared.create(id, account)?;
        registry.by_account.insert(account.into(), id);
        registry.insert(live);
        Ok(id)
    }

    /// Whether an account has a mailbox with messages in it.
    pub fn has_mail(&self, account: &str) -> Result<bool> {
        let id = self.shared.registry.lock().by_account.get(account).copied();
        let Some(id) = id else { return Ok(false) };
        self.shared.live(id)?.catch_up(&self.shared)?;
        Ok(self.shared.metadata.glance(id, |reader| reader.message_count())? > 0)
    }

    /// Entry for protocols: `actor` may use its own mailbox; an administrator any.
    pub fn open_mailbox(&self, actor: &Actor, account: &str, quota_bytes: u64) -> Result<Handle> {
        if actor.account != account && !actor.is_admin {
            return Err(Error::Denied);
        }
        let live = self.shared.live(self.mailbox_of(account)?)?;
        Ok(Handle::new(Mailbox { store: self.clone(), live, quota_bytes, access: Access::Owner }))
    }

    /// The disk is almost full: soon mail is refused.
    pub fn is_space_scarce(&self) -> bool {
        self.shared.space.is_scarce()
    }

    /// Ids of the accounts that have a mailbox here, in the order of the mailboxes. Not of those that are deleted.
    pub fn accounts(&self) -> Vec<String> {
        let in_sight = self.registered(|account| !crate::deleted::is_hidden(account));
        in_sight.into_iter().map(|(account, _)| account).collect()
    }

    /// Starts taking in a message; what is larger than the inline limit goes to disk at once.
    pub fn stage(&self) -> Staging {
        self.shared.blobs.stage(self.shared.config.message_bytes_max)
    }

    /// Of a message, or of what else has octets.
    pub fn message_bytes_max(&self) -> u64 {
        self.shared.config.message_bytes_max
    }

    /// A path for a file that comes from a client and is looked at later. Whoever makes it removes it; what a crash leaves goes
    /// with the folder's next start (`upload/`).
    pub fn scratch(&self) -> Result<std::path::PathBuf> {
        static FILES: AtomicU64 = AtomicU64::new(0);
        let dir = self.shared.config.state.join("upload");
        std::fs::create_dir_all(&dir).map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(dir.join(format!("import-{}-{}", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed))))
    }

    /// Crosses from async to the blocking domain, for what concerns no single mailbox (deliveries).
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> T + Send + 'static) -> Result<T> {
        let store = self.clone();
        crate::mailbox::cross(&self.shared, move || work(&store)).await
    }

    pub fn delete_mailbox(&self, account: &str) -> Result<()> {
        let Some(id) = self.shared.registry.lock().by_account.get(account).copied() else {
            return Ok(());
        };
        let live = self.shared.live(id)?;
        self.shared.note_last_id(self.shared.registry.lock().last_id)?;
        self.shared.remove(&live)?;
        let mut registry = self.shared.registry.lock();
        registry.by_account.remove(account);
        registry.live.remove(&id);
        self.shared.sharing.forget(id);
        Ok(())
    }

    /// Waits until everything acknowledged is applied and indexed.
    pub fn settle(&self) -> Result<()> {
        for live in self.shared.lives() {
            live.settle(&self.shared)?;
        }
        for id in self.shared.mailbox_ids() {
            self.shared.index_now(id)?;
        }
        Ok(())
    }

    /// Checkpoint, for a quick next start. The last handle's drop without it is a crash, which costs a replay and no more.
    pub fn shutdown(&self) -> Result<()> {
        self.checkpoint()
    }
}

impl Shared {
    fn open(fs: Arc<dyn Fs>, config: Config) -> Result<Shared> {
        let state = config.state.clone();
        let volume = state.join("store").join("main");
        let journal_dir = state.join("journal");
        fs::create_dir_synced(&*fs, &state).map_err(|e| Error::Store(format!("{}: {e}", state.display())))?;
        // the index removes files all the time, next to where the message files are made
        fs.spread(&state);
        fs::create_dir_synced(&*fs, &journal_dir)
            .map_err(|e| Error::Store(format!("{}: {e}", journal_dir.display())))?;
        crate::volume::primary::check(&*fs, &state, &volume)?;
        let metadata = Metadata::open_on(&state.join("metadata"), config.connections_max, config.engines.clone())?;
        let journal = Journal::open(
            fs.clone(),
            &journal_dir,
            journal::Options { segment_bytes_max: config.segment_bytes_max, record_bytes_max: RECORD_BYTES_MAX },
        )
        .map_err(|e| Error::Store(e.to_string()))?;
        let options = blobs::Options {
            compress: config.compress,
            compress_above: crate::volume::COMPRESS_ABOVE,
            inline_max: config.inline_max,
        };
        let blobs = Blobs::open(fs.clone(), &volume, options)?;
        let indexes = Indexes::open(&state.join("index"), config.index_writers_max)?;
        let space = Space::new(fs.clone(), vec![journal_dir, volume], config.reserve_bytes);
        let crossing = tokio::sync::Semaphore::new(config.blocking_threads);
        let backups = Backups::new(config.backup.is_some());
        let shared = Shared {
            config,
            fs,
            journal,
            blobs,
            metadata,
            indexes,
            indexer: Indexer::default(),
            attachments: crate::attachment::Queue::default(),
            space,
            registry: Mutex::default(),
            sharing: Sharing::default(),
            unapplied: AtomicU64::new(0),
            replayed: AtomicU64::new(0),
            applier: crate::applier::Queue::default(),
            crossing,
            maintenance: Mutex::new(()),
            backups,
            hsm: Hsm::default(),
            clock: AtomicI64::new(0),
        };
        shared.attach_volumes()?;
        Ok(shared)
    }

    /// Milliseconds since 1970; never goes back while the process lives.
    pub fn now_ms(&self) -> i64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        self.clock.fetch_max(now, Ordering::Relaxed).max(now)
    }

    pub fn live(&self, id: MailboxId) -> Result<Arc<Live>> {
        let mut registry = self.registry.lock();
        if let Some(live) = registry.live.get(&id) {
            return Ok(live.clone());
        }
        let row = self.metadata.mailbox(id)?.ok_or_else(|| Error::no_such("mailbox", id))?;
        let (containers, active, scheduled) = self.metadata.glance(id, |reader| {
            let active = reader.note(crate::note::ACTIVE, crate::note::ACTIVE_NAME)?;
            Ok((reader.containers()?, active, reader.notes(Some(crate::note::SCHEDULED))?))
        })?;
        let containers = containers.into_iter().map(|item| (item.id, Arc::new(item))).collect();
        let live = Arc::new(Live::new(
            id,
            View { row, containers, script: active.map(ActiveScript::of), scheduled: crate::schedule::all(&scheduled) },
            self.journal.generation(),
        ));
        registry.insert(live.clone());
        Ok(live)
    }

    pub fn lives(&self) -> Vec<Arc<Live>> {
        self.registry.lock().live.values().cloned().collect()
    }

    pub fn mailbox_ids(&self) -> Vec<MailboxId> {
        let mut ids: Vec<_> = self.registry.lock().by_account.values().copied().collect();
        ids.sort();
        ids
    }
}

impl Registry {
    /// `last_id`: the highest id that was ever given, as far as it was noted.
    fn load(&mut self, metadata: &Metadata, last_id: u32) -> Result<()> {
        self.last_id = last_id;
        for row in metadata.mailboxes()? {
            self.last_id = self.last_id.max(row.id.0);
            self.by_account.insert(row.account, row.id);
        }
        Ok(())
    }

    /// A mailbox id that was never given.
    pub fn take_id(&mut self) -> MailboxId {
        self.last_id += 1;
        MailboxId(self.last_id)
    }

    pub fn insert(&mut self, live: Arc<Live>) {
        if self.live.len() >= LIVE_IDLE_MAX {
            self.live.retain(|_, live| Arc::strong_count(live) > 1 || !live.is_idle());
        }
        self.live.insert(live.id, live);
    }
}

/// One message inline, or the patches of a very large folder.
const RECORD_BYTES_MAX: usize = 64 << 20;
