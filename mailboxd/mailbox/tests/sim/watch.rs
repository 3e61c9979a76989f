// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! What a power cut may take from the rows. SQLite in WAL mode promises less than the simulated disk remembers: the database
//! file is as of the last completed checkpoint, the WAL since then may be lost from any point on. The store relies on rows
//! being durable exactly when it writes its checkpoint mark, so this wrapper looks at the WALs at that moment: what stands in
//! them then must stay (a reader kept it from being copied, and it was synced instead).

use super::Rows;
use fs::{Entry, File, Fs, Meta, Open, Rng, Volume};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Length of a WAL's header, which has the salt that tells one WAL from the next (sqlite.org/fileformat2.html §4.1).
const WAL_HEADER: usize = 32;

pub struct Watch {
    inner: Arc<dyn Fs>,
    rows: PathBuf,
    durable: Mutex<Durable>,
    pub lies: Arc<Lies>,
}

#[derive(Default)]
struct Durable {
    databases: BTreeSet<PathBuf>,
    wals: BTreeMap<PathBuf, (Vec<u8>, u64)>,
}

/// Switches that break promises of the disk, to show that a test would notice if the store broke its own.
#[derive(Default)]
pub struct Lies {
    pub file_sync: AtomicBool,
    pub dir_sync: AtomicBool,
    pub volume_sync: AtomicBool,
}

impl Watch {
    pub fn new(inner: Arc<dyn Fs>, rows: &Path) -> Watch {
        let watch = Watch { inner, rows: rows.to_path_buf(), durable: Mutex::default(), lies: Arc::default() };
        // what a power cut has left is durable
        watch.note();
        watch
    }

    /// The checkpoint mark is about to be written.
    fn note(&self) {
        let mut durable = Durable::default();
        for path in files(&self.rows, ".sqlite") {
            let wal = wal_of(&path);
            if let Ok(bytes) = std::fs::read(&wal)
                && bytes.len() > WAL_HEADER
            {
                durable.wals.insert(wal, (bytes[..WAL_HEADER].to_vec(), bytes.len() as u64));
            }
            durable.databases.insert(path);
        }
        *self.durable.lock() = durable;
    }

    pub fn lose(&self, rows: Rows, rng: &mut Rng) {
        let durable = self.durable.lock();
        for path in files(&self.rows, ".sqlite") {
            let fate = match rows {
                Rows::Lost => 0,
                Rows::Kept => 3,
                Rows::Drawn => rng.below(4),
            };
            let shared_memory = path.with_extension("sqlite-shm");
            let copied = frames_copied(&shared_memory);
            // made anew at the next open
            let _ = std::fs::remove_file(&shared_memory);
            if fate == 0 && !durable.databases.contains(&path) {
                let _ = std::fs::remove_file(wal_of(&path));
                std::fs::remove_file(&path).unwrap();
            } else if fate < 3 {
                shorten(&wal_of(&path), fate == 2, copied, &durable, rng);
            }
        }
    }
}

/// Frames of the WAL that went to the database file, maybe only in part: they were synced before (walformat.html §2.2,
/// `nBackfillAttempted`).
fn frames_copied(shared_memory: &Path) -> u64 {
    let Ok(bytes) = std::fs::read(shared_memory) else { return 0 };
    bytes.get(128..132).and_then(|b| b.try_into().ok()).map_or(0, |b| u64::from(u32::from_ne_bytes(b)))
}

fn shorten(wal: &Path, partly: bool, copied: u64, durable: &Durable, rng: &mut Rng) {
    let Ok(bytes) = std::fs::read(wal) else { return };
    let kept = match durable.wals.get(wal) {
        Some((header, length)) if bytes.starts_with(header) => *length,
        _ => 0,
    };
    let kept =
        kept.max(if copied > 0 { WAL_HEADER as u64 + copied * frame_bytes(&bytes) } else { 0 }).min(bytes.len() as u64);
    let length = if partly { kept + rng.below((bytes.len() as u64).saturating_sub(kept) + 1) } else { kept };
    std::fs::OpenOptions::new().write(true).open(wal).unwrap().set_len(length).unwrap();
}

/// A page and its header.
fn frame_bytes(wal: &[u8]) -> u64 {
    wal.get(8..12).and_then(|b| b.try_into().ok()).map_or(0, |b| u64::from(u32::from_be_bytes(b)) + 24)
}

fn wal_of(database: &Path) -> PathBuf {
    database.with_extension("sqlite-wal")
}

fn files(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_str().is_some_and(|text| text.ends_with(suffix))).collect()
}

impl Fs for Watch {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        Ok(Box::new(Watched { inner: self.inner.open(path, how)?, lies: self.lies.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if to.file_name().is_some_and(|name| name == "checkpoint") {
            self.note();
        }
        self.inner.rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.hard_link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.inner.unlink(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir_all(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.inner.read_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Meta> {
        self.inner.metadata(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        if self.lies.dir_sync.load(SeqCst) { Ok(()) } else { self.inner.sync_dir(path) }
    }

    fn volume(&self, path: &Path) -> io::Result<Box<dyn Volume>> {
        Ok(Box::new(WatchedVolume { inner: self.inner.volume(path)?, lies: self.lies.clone() }))
    }
}

struct Watched {
    inner: Box<dyn File>,
    lies: Arc<Lies>,
}

impl File for Watched {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.inner.write_at(buf, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.inner.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.inner.allocate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.lies.file_sync.load(SeqCst) { Ok(()) } else { self.inner.sync_data() }
    }

    fn sync_all(&self) -> io::Result<()> {
        if self.lies.file_sync.load(SeqCst) { Ok(()) } else { self.inner.sync_all() }
    }

    fn metadata(&self) -> io::Result<Meta> {
        self.inner.metadata()
    }
}

struct WatchedVolume {
    inner: Box<dyn Volume>,
    lies: Arc<Lies>,
}

impl Volume for WatchedVolume {
    fn sync(&self) -> io::Result<()> {
        if self.lies.volume_sync.load(SeqCst) { Ok(()) } else { self.inner.sync() }
    }

    fn available(&self) -> io::Result<u64> {
        self.inner.available()
    }

    fn is_read_only(&self) -> io::Result<bool> {
        self.inner.is_read_only()
    }

    fn capacity(&self) -> io::Result<u64> {
        self.inner.capacity()
    }
}
