// SPDX-License-Identifier: AGPL-3.0-or-later
//! Volumes of message files, primary and secondary: RFC 5322 bytes, written once, never changed, shared by hard links.
//!
//! ```text
//! <volume>/blob/<first two digits>/<sha256>[.n][.zst]           anchor: one a distinct message, source of the links
//! <volume>/mailbox/<mailbox>/<item>-<revision>.eml[.zst]        one a message that a mailbox holds
//! <volume>/training/{spam,ham}/<sequence>-<sha256>[.zst]        one a message that waits to be learnt from
//! <volume>/tmp/                                                 large bodies while they are received
//! <secondary>/volume.id                                         which volume is mounted there
//! <primary>/moving                                              files that are on two volumes while they move
//! <primary>/owed/<volume>                                       a secondary volume was away when files of it went
//! ```
//!
//! Invariants:
//! - A name below `blob/` or `mailbox/` that the *running* process sees holds the whole message: what a crash tore is mended
//!   by recovery ([`Blobs::restore`]) before anybody looks.
//! - Looking up, linking and unlinking the anchors of a digest happen under the lock of its shard.
//! - The links are the reference count. [`Blobs::sweep`] removes anchors that nobody links to, except pinned ones ([`Pin`]):
//!   a record that is under way will link to them.
//! - New files are made on the primary volume. What is on a secondary one was moved there, and is durable there before anything
//!   says so; nothing else is ever made there.
//! - Inline bodies are not synced here, the journal has them. Spilled ones are durable before [`Staging::finish`] returns.

mod anchor;
mod blob;
mod error;
mod export;
mod item;
mod pin;
mod places;
mod secondary;
mod shift;
mod staging;
mod sweep;
mod training;

pub use blob::Blob;
pub use error::{Error, Result};
pub use export::{Hold, Loose};
pub use pin::Pin;
pub use secondary::{PRIMARY, Presence, Spec, VolumeId};
pub use shift::{Moved, MovingFile};
pub use staging::{Staged, Staging};
pub use sweep::Swept;
pub use training::{Class, LESSONS_MAX, Lesson, Waiting};

use fs::{Fs, Volume};
use ids::Digest;
use parking_lot::{Mutex, MutexGuard, RwLock};
use pin::Pins;
use secondary::Secondary;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[derive(Debug, Clone)]
pub struct Options {
    /// Compress files with zstd; reading tells by itself, so it may be changed at any time ([`Blobs::set_compression`]).
    pub compress: bool,
    /// Only messages with more octets: a small one takes a block of the file system either way.
    pub compress_above: u64,
    /// Bodies up to this many octets stay in memory and travel in the journal; larger ones go to a file that is synced first.
    pub inline_max: usize,
}

/// The primary volume, with the secondary ones behind it (`places.rs`); each of those is one of its own. Cheap to clone.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    fs: Arc<dyn Fs>,
    root: PathBuf,
    compress: AtomicBool,
    compress_above: AtomicU64,
    inline_max: usize,
    /// Kept open, so that an error of write-back is reported to [`Blobs::sync`].
    volume: Box<dyn Volume>,
    shards: Vec<Mutex<()>>,
    pins: Arc<Pins>,
    /// Digests that lost a link since the last sweep.
    loose: Mutex<HashSet<Digest>>,
    /// Who needs messages that no mailbox holds any more.
    holds: Arc<AtomicU64>,
    spool: Mutex<training::Spool>,
    serial: AtomicU64,
    unsure: AtomicBool,
    secondaries: RwLock<Vec<Arc<Secondary>>>,
}

const SHARDS: usize = 256;

impl Blobs {
    /// Makes the directories that are missing; removes what was being received when the process died.
    pub fn open(fs: Arc<dyn Fs>, root: &Path, options: Options) -> Result<Blobs> {
        Blobs::open_pinned(fs, root, options, Arc::default())
    }

    fn open_pinned(fs: Arc<dyn Fs>, root: &Path, options: Options, pins: Arc<Pins>) -> Result<Blobs> {
        for dir in ["mailbox", "tmp"] {
            let dir = root.join(dir);
            fs::create_dir_synced(&*fs, &dir).map_err(Error::at(&dir))?;
        }
        for shard in 0..SHARDS {
            let dir = root.join("blob").join(format!("{shard:02x}"));
            if !fs.exists(&dir) {
                fs::create_dir_synced(&*fs, &dir).map_err(Error::at(&dir))?;
            }
        }
        let volume = fs.volume(root).map_err(Error::at(root))?;
        let inner = Inner {
            fs,
            root: root.to_path_buf(),
            compress: AtomicBool::new(options.compress),
            compress_above: AtomicU64::new(options.compress_above),
            inline_max: options.inline_max,
            volume,
            shards: (0..SHARDS).map(|_| Mutex::new(())).collect(),
            pins,
            loose: Mutex::default(),
            holds: Arc::default(),
            spool: Mutex::default(),
            serial: AtomicU64::new(0),
            unsure: AtomicBool::new(false),
            secondaries: RwLock::default(),
        };
        let blobs = Blobs(Arc::new(inner));
        blobs.clear_tmp()?;
        blobs.load_training()?;
        Ok(blobs)
    }

    /// For files that are made from now on; those that are there stay as they are.
    pub fn set_compression(&self, compress: bool, above_bytes: u64) {
        self.0.compress_above.store(above_bytes, Ordering::Release);
        self.0.compress.store(compress, Ordering::Release);
    }

    /// Whether a message of so many octets is compressed.
    fn compresses(&self, bytes: u64) -> bool {
        self.0.compress.load(Ordering::Acquire) && bytes > self.0.compress_above.load(Ordering::Acquire)
    }

    /// Everything written so far is durable when this returns (`syncfs`, errors of earlier write-back included), unless
    /// [`Blobs::is_unsure`] said yes before.
    pub fn sync(&self) -> Result<()> {
        self.sync_secondaries()?;
        self.sync_here()
    }

    pub(crate) fn sync_here(&self) -> Result<()> {
        let outcome = self.0.volume.sync().map_err(Error::at(&self.0.root));
        self.0.unsure.store(outcome.is_err(), Ordering::Release);
        outcome
    }

    /// The last sync failed. The next one may succeed although files were lost, as the error is reported only once: first every
    /// body since the last good sync must be written again ([`Blobs::restore`]).
    pub fn is_unsure(&self) -> bool {
        self.0.unsure.load(Ordering::Acquire)
    }

    fn lock(&self, digest: Digest) -> MutexGuard<'_, ()> {
        self.0.shards[usize::from(digest.0[0])].lock()
    }
}

/// SHA-256 of a message's octets.
pub fn digest(content: &[u8]) -> Digest {
    Digest(Sha256::digest(content).into())
}

/// How files of compressed messages end.
const ZST: &str = ".zst";

impl Inner {
    /// The order in which to look for a file: as the volume writes now, then the other way.
    fn suffixes(&self) -> [&'static str; 2] {
        if self.compress.load(Ordering::Acquire) { [ZST, ""] } else { ["", ZST] }
    }
}
